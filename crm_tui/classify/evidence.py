"""What a judgement rests on, in words: whom each key leads to, and the one line that the exports carry."""

from __future__ import annotations

from crm_tui.classify.facts import Facts
from crm_tui.classify.rules import stray_ids
from crm_tui.classify.wording import WORDS, candidates_of, key_label, mapped_labels, no_identity
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Contact, Evidence, Key, Queue, Verdict
from crm_tui.systems import label
from crm_tui.systems.declare import Kind
from crm_tui.text import one_of


def status_word(facts: Facts, verdict: Verdict) -> str:
    """The seed's status: ``ready for sync``, ``ready for review``, ``blocked``, ``error`` (0.35)."""
    if verdict.queue is Queue.ERROR:
        return "error"
    if verdict.queue is Queue.CONFLICT:
        return "blocked"
    return "ready for review" if facts.event.table.kind is Kind.ACTIVITY else "ready for sync"


def _shown(key: Key, text: str) -> str:
    """A key as evidence shows it; a phone is long enough to look like a card number one time in ten."""
    return text if key.kind == "phone" and key.value else mask_secrets(text)


def evidence(facts: Facts) -> tuple[Evidence, ...]:
    """The statements that the verdict rests on: what each key leads to, then what the rule found."""
    found: list[Evidence] = []
    for key, numbers in facts.found:
        names = [facts.contacts.contact(number).key or "a map entry without ids" for number in numbers]
        what = f"{key_label(facts, key)} {_shown(key, key.value)}"
        text = f"{what} maps to {one_of(names, 'and')}" if names else f"{what} is not in the contact map"
        found.append(Evidence("contact map", key.column, _shown(key, key.value), text))
    found.extend(
        Evidence("event", key.column, _shown(key, key.raw.strip()), f"{key_label(facts, key)} is no key: {key.note}")
        for key in facts.event.keys
        if key.raw.strip() and not key.value
    )
    return tuple(found)


def evidence_sentence(facts: Facts, verdict: Verdict) -> str:
    """The evidence in one line, as the exports carry it."""
    if verdict.rule == "unreadable":
        return f"The line cannot be read as a row: {facts.event.problem}."
    if verdict.rule == "missing_identity":
        return no_identity(facts)
    candidates = candidates_of(facts)
    if verdict.rule == "id_disagrees":
        says = ", ".join(_shown(key, key.raw.strip()) for key in stray_ids(facts))
        return f"Event says {says}, but {_by(facts)} to {candidates[0].key}."
    if verdict.queue is Queue.LEDGER and candidates:
        mapped = [_ledger_evidence(facts, candidates[0])]
    else:
        mapped = [item.text for item in evidence(facts)]
    quiet = verdict.queue is Queue.LEDGER or verdict.rule in ("unmapped", "keys_disagree")
    extra = "" if quiet else _why(facts, verdict)
    return " ".join([f"{_capital('; '.join(mapped))}." if mapped else "", extra]).strip()


def _ledger_evidence(facts: Facts, contact: Contact) -> str:
    own = contact.ids.get(facts.event.table.system)
    other = contact.ids.get(facts.destination)
    if own and other:
        by = one_of(mapped_labels(facts), "and")
        return f"{label(facts.event.table.system)} id {own} maps to {other} by {by}"
    return f"{_by(facts)} to {contact.key}"


def _by(facts: Facts) -> str:
    """``e-mail maps``, ``Close id and e-mail map``."""
    labels = mapped_labels(facts)
    return f"{one_of(labels, 'and')} {'maps' if len(labels) == 1 else 'map'}"


def _why(facts: Facts, verdict: Verdict) -> str:
    return WORDS[verdict.rule].why(facts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
