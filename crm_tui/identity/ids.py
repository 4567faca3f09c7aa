"""Record ids as compared values: in the one form that their system's rule gives them, without the blanks around."""

from __future__ import annotations

from crm_tui.identity.email import code_points
from crm_tui.identity.steps import Step, changes_in, trimmed
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import IdRule, System
from crm_tui.systems.record_ids import FORMS

_SHORTEST = 15
"""Characters of a record id in the systems that tell an id's kind by its prefix (Salesforce, Close)."""
_PLACEHOLDERS = frozenset(("", "-", "–", "n/a", "na", "none", "null", "nil", "unknown", "tbd", "?"))
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))


def normalise(raw: str, system: System) -> tuple[str, str]:
    """Give (compared value, note) of an id cell; the value is ``""`` for a blank or damaged one.

    The note of a usable id says what was odd: how it was written, non-ASCII characters (they may draw nothing, or
    like another), or that it is the id of a lead or company and not of a contact.
    """
    text = raw.strip()
    if is_placeholder(text):
        return "", "a placeholder, not an id" if text else ""
    own = system.id_pattern
    as_it_is = system.id_rule is IdRule.EXACT and own is not None and own.fullmatch(text)
    value, note = (text, "") if as_it_is else FORMS[system.id_rule](text)
    if not value:
        return "", note
    other = other_kind(value, system)
    if not (note or other) and value.isascii():
        return value, ""
    told = (note, f"{other} id, not a contact's" if other else "", "" if value.isascii() else _strange(value))
    return value, "; ".join(filter(None, told))


def steps(raw: str, system: System) -> tuple[Step, ...]:
    """What ``normalise`` does to a cell, of that what changes it."""
    value = normalise(raw, system)[0]
    form = f"in the one form of {system.label}'s ids"
    return changes_in(raw, (trimmed(raw), *((Step(form, value),) if value else ())))


def is_placeholder(text: str) -> bool:
    """Whether a cell says that there is no id: ``n/a``, ``none``, ``-``, blank."""
    bare = text.strip()
    return len(bare) <= _LONGEST_PLACEHOLDER and bare.lower() in _PLACEHOLDERS


def _strange(value: str) -> str:
    return f"{code_points(value)} in the id"


def other_kind(value: str, system: System) -> str:
    """Whose id it is where its prefix says that it is no contact's: ``a lead's``; ``""`` otherwise."""
    if len(value) < _SHORTEST:
        return ""
    if not value.startswith(tuple(system.id_prefixes)):
        return ""
    return next(whose for prefix, whose in system.id_prefixes.items() if value.startswith(prefix))


def wrong_format(value: str, system: System) -> bool:
    """Whether an id is of another record than a contact, or has in full the form of another system's contact ids.

    ``False`` where the form of the system's own ids is not declared: then nothing can be said.
    """
    own = system.id_pattern
    if own is None or own.fullmatch(value):
        return False
    if other_kind(value, system):
        return True
    return any(
        other.id_pattern.fullmatch(value)
        for other in SYSTEMS.values()
        if other.id_pattern is not None and other.name != system.name
    )
