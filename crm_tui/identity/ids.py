"""Record ids as compared values: the exact bytes, case included, without the blanks around them."""

from __future__ import annotations

import re

from crm_tui.identity.email import code_points
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import System

_SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]{1,3}[.,][0-9]+[eE][+-]?|[0-9]{1,3}[eE][+-])[0-9]{1,3}")
_PLACEHOLDERS = frozenset(("", "-", "–", "n/a", "na", "none", "null", "nil", "unknown", "tbd", "?"))
_DECIMAL_TAIL = re.compile(r"[0-9]+[.,]0+")


def spreadsheet_damage(text: str) -> str:
    """Say how a spreadsheet has damaged a number, or ``""``: ``4.15556E+10``, ``501.0``.

    An exponent without sign or fraction (``0015e0000001234``) is an ordinary id: no spreadsheet writes that.
    """
    if _SCIENTIFIC.fullmatch(text):
        return "damaged by a spreadsheet: written in scientific notation, digits are lost"
    if _DECIMAL_TAIL.fullmatch(text):
        return "damaged by a spreadsheet: written as a decimal number"
    return ""


def normalise(raw: str, system: System) -> tuple[str, str]:
    """Give (compared value, note) of an id cell; the value is ``""`` for a blank or damaged one.

    The note of a usable id names its non-ASCII characters: they may draw nothing, or like another.
    """
    value = raw.strip()
    if value.lower() in _PLACEHOLDERS:
        return "", "a placeholder, not an id" if value else ""
    own = system.id_pattern
    if own is None or not own.fullmatch(value):
        damage = spreadsheet_damage(value)
        if damage:
            return "", damage
    return value, "" if value.isascii() else f"{code_points(value)} in the id"


def wrong_format(value: str, system: System) -> bool:
    """Whether an id has in full the form of another system's ids and not that of its own.

    ``False`` where the form of the system's own ids is not declared: then nothing can be said.
    """
    own = system.id_pattern
    if own is None or own.fullmatch(value):
        return False
    return any(
        other.id_pattern.fullmatch(value)
        for other in SYSTEMS.values()
        if other.id_pattern is not None and other.name != system.name
    )
