"""The e-mails of a row that a person may take for one that the contact map has (reliability.md, goal 9)."""

from __future__ import annotations

from collections.abc import Iterator

from crm_tui.classify.facts import Facts
from crm_tui.identity import email


def taken_for_known(facts: Facts) -> Iterator[str]:
    """The addresses of the map that the row's look like and are not."""
    unknown = _unknown(facts)
    return filter(None, map(facts.contacts.addresses.taken_for, unknown)) if unknown else iter(())


def looks_like(facts: Facts) -> Iterator[str]:
    """For each such e-mail what stands in the place of what: ``looks like buyer@clearwater.test: U+0441 for c``."""
    return filter(None, map(facts.contacts.addresses.told, _unknown(facts)))


def _unknown(facts: Facts) -> list[str]:
    """The e-mails that no contact of the map has; those that are no address only where they are not ASCII."""
    unknown = [key.value for key, numbers in facts.found if not numbers and key.kind == "email"]
    damaged = [key.raw for key in facts.event.keys if not key.value and key.kind == "email" and not key.raw.isascii()]
    return unknown + [email.lowered(raw.strip()) for raw in damaged] if damaged else unknown
