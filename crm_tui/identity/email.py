"""E-mail addresses as compared values.

Rule: equal bytes after NFC and ASCII lower-casing (reliability.md, "Identity by exact bytes").
email-validator only judges whether a text is an address; its own normal form is not used, because UTS 46
turns full-width letters and the KELVIN SIGN into ASCII, and that would be a false match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from crm_tui.identity.steps import Step, changes_in, trimmed

NOT_AN_EMAIL = "not an e-mail address"

_MAX_LENGTH = 254
"""RFC 5321 4.5.3.1.3, as email-validator counts it."""

_ATOM = r"[a-z0-9_!#$%&'*+\-/=?^`{|}~]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Strict on purpose: a plain address only; whatever it does not take is judged by the library.
_PLAIN = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?![^@]*--)(?:{_LABEL}\.)+[a-z]{{2,63}}")

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}

# Of all characters only these three become ASCII by NFC alone: GREEK QUESTION MARK, GREEK VARIA, KELVIN SIGN.
_TURNS_ASCII = re.compile("([\u037e\u1fef\u212a])")


def normalise(raw: str) -> tuple[str, str]:
    """Give (compared value, note) of an e-mail cell.

    The value is ``""`` for a blank cell (note ``""`` too) and for one that is no usable address; the note
    then starts with ``not an e-mail address``.  The note of a usable address names its non-ASCII characters:
    ``U+0441 in the domain``.
    """
    text = raw.strip()
    if not text:
        return "", ""
    if len(text) > _MAX_LENGTH:
        return "", f"{NOT_AN_EMAIL}: longer than {_MAX_LENGTH} characters"
    value = lowered(text)
    if text.isascii() and _PLAIN.fullmatch(value):
        return value, ""
    if _library_accepts(value):
        return value, look_alikes(value)
    return "", _reason(value)


def steps(raw: str) -> tuple[Step, ...]:
    """What ``normalise`` does to a cell, of that what changes it."""
    text = raw.strip()
    return changes_in(
        raw,
        (trimmed(raw), Step("composed (NFC)", _nfc(text)), Step("ASCII capitals made small", lowered(text))),
    )


def lowered(text: str) -> str:
    """In NFC and with small ASCII letters, whether it is an address or not."""
    if text.isascii():
        return text.lower()
    # Twice, because lower-casing can make a pair that composes: H + macron below does not, h does.
    return _nfc(_nfc(text).translate(_LOWER))


def look_alikes(address: str) -> str:
    """Name the non-ASCII characters of an address by their code points; ``""`` if there are none."""
    if address.isascii():
        return ""
    local, _, domain = address.rpartition("@")
    parts = ((code_points(local), "before the @"), (code_points(domain), "in the domain"))
    return ", ".join(f"{points} {place}" for points, place in parts if points)


def code_points(text: str) -> str:
    """``U+0441, U+043E``: the distinct non-ASCII characters of ``text`` in their order, at most five."""
    points = [f"U+{ord(char):04X}" for char in dict.fromkeys(text) if ord(char) > 0x7F]
    return ", ".join(points[:5]) + (" …" if len(points) > 5 else "")


def _nfc(text: str) -> str:
    return "".join(
        piece if _TURNS_ASCII.fullmatch(piece) else unicodedata.normalize("NFC", piece)
        for piece in _TURNS_ASCII.split(text)
    )


def _library_accepts(address: str) -> bool:
    try:
        _library()(address)
    except ValueError:  # EmailNotValidError and, for lone surrogates, UnicodeError
        return False
    return True


@cache
def _library() -> Callable[[str], object]:
    # Here, because it costs 60 ms to import and most files hold no address that needs it.
    import email_validator

    # Whether mail can be sent there is no question of identity: .test and .local name people as well as .com.
    # Emptying the list is the way that the library documents.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return lambda address: email_validator.validate_email(address, check_deliverability=False)


def _reason(address: str) -> str:
    if "@" not in address:
        return f"{NOT_AN_EMAIL}: no @"
    if "<" in address and address.endswith(">"):
        return f"{NOT_AN_EMAIL}: a name and an address in angle brackets; only a bare address is compared"
    if address.count("@") > 1 and re.search(r"[,;/\s]", address):
        return f"{NOT_AN_EMAIL}: more than one in the cell"
    strange = look_alikes(address)
    return f"{NOT_AN_EMAIL}: {strange}" if strange else NOT_AN_EMAIL
