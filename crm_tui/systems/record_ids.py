"""The forms of record ids, system by system: one text for every spelling of the same id (formats.md, "Identity").

A step gives (compared id, note); the id is ``""`` where the text cannot be one any more, and the note says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from crm_tui.systems.declare import IdRule


class FormedId(NamedTuple):
    """A record id as compared, and what is odd about how it was written."""

    value: str
    note: str = ""


_SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]{1,3}[.,][0-9]+[eE][+-]?|[0-9]{1,3}[eE][+-])[0-9]{1,3}")
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


def exact(text: str) -> FormedId:
    """As written; what a spreadsheet has damaged is none."""
    damage = spreadsheet_damage(text)
    return FormedId("", damage) if damage else FormedId(text)


_SALESFORCE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_NO_CHECK = "its last three characters do not fit the rest: mistyped or damaged"


def salesforce(text: str) -> FormedId:
    """Give a Salesforce id its 18 characters; restore the case of one that a spreadsheet has lost (formats.md 7d).

    The last three characters say which of the other fifteen are capitals.  A text of another form stays as it is.
    """
    if text.endswith("*"):
        return FormedId("", "a wildcard for many records, not an id")
    if not _SALESFORCE.fullmatch(text):
        return exact(text)
    if len(text) == 15:
        one_case = text in (text.lower(), text.upper()) and not text.isdigit()
        doubt = "15 characters in one case: if a program changed the case, it is another id" if one_case else ""
        return FormedId(text + salesforce_checks(text), doubt)
    start, checks = text[:15], text[15:].upper()
    if salesforce_checks(start) == text[15:]:
        return FormedId(text)
    one_case = start in (start.lower(), start.upper())
    restored = _with_case_of(start, checks) if one_case else None
    if restored is None:
        return FormedId("", f"no Salesforce id: {_NO_CHECK}")
    return FormedId(restored + checks, "its case was lost and is restored from its last three characters")


def salesforce_checks(start: str) -> str:
    """The three check characters of a 15-character id: one for every five, a bit for each capital."""
    return _check(start[:5]) + _check(start[5:10]) + _check(start[10:])


@lru_cache(maxsize=1 << 14)
def _check(five: str) -> str:
    return _CHECKS[sum(1 << bit for bit, char in enumerate(five) if char.isupper())]


def _with_case_of(start: str, checks: str) -> str | None:
    """The fifteen characters in the case that the check characters tell; ``None`` if they cannot tell it."""
    if not set(checks) <= set(_CHECKS):
        return None
    capital = [bool(_CHECKS.index(check) >> bit & 1) for check in checks for bit in range(5)]
    if any(upper and not char.isalpha() for char, upper in zip(start, capital, strict=True)):
        return None
    return "".join(char.upper() if upper else char.lower() for char, upper in zip(start, capital, strict=True))


_GUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def guid(text: str) -> FormedId:
    """A GUID in lower case, without braces, with its dashes (formats.md 11d); another text stays as it is."""
    bare = text.lower()
    if bare[:1] + bare[-1:] in ("{}", "()"):
        bare = bare[1:-1].strip()
    if not _GUID.fullmatch(bare):
        return exact(text)
    digits = bare.replace("-", "")
    return FormedId("-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])))


_ZOHO_PREFIX = "zcrm_"


def zoho(text: str) -> FormedId:
    """A Zoho id, which is digits, without the ``zcrm_`` of a backup (formats.md 10a); another text stays as it is."""
    bare = text[len(_ZOHO_PREFIX) :] if text.lower().startswith(_ZOHO_PREFIX) else text
    damage = spreadsheet_damage(bare)
    if damage:
        return FormedId("", damage)
    if not (bare.isascii() and bare.isdigit()):
        return FormedId(text)
    rounded = len(bare) > 15 and bare.endswith("0" * (len(bare) - 15))
    return FormedId(bare, "its last digits are zeros: a spreadsheet may have rounded it" if rounded else "")


_WHOLE = re.compile(r"([0-9]{1,15})[.,]0+")
_NAMED = re.compile(r".*\(([0-9]{1,15})\)", re.DOTALL)


def integer(text: str) -> FormedId:
    """A number; the ``117.0`` of HubSpot is 117, since no digit of fifteen or fewer can be lost (formats.md 8a).

    ``Name (117)``, as notes name a contact, is 117 as well: a name alone is no identity.
    """
    named = _NAMED.fullmatch(text)
    if named:
        return FormedId(named[1])
    if " " in text and not any(char.isdigit() for char in text):
        return FormedId("", "a name, not an id")
    whole = _WHOLE.fullmatch(text)
    if whole:
        return FormedId(whole[1], "written as a decimal number")
    return exact(text)


FORMS: Mapping[IdRule, Callable[[str], FormedId]] = {
    IdRule.EXACT: exact,
    IdRule.SALESFORCE: salesforce,
    IdRule.GUID: guid,
    IdRule.ZOHO: zoho,
    IdRule.INTEGER: integer,
}
