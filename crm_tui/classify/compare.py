"""When two texts of a field are the same value: compared by the field's type, never by how they are spelled."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal, InvalidOperation

from crm_tui.classify.times import parse_time
from crm_tui.identity.keys import Keyring, kind_of
from crm_tui.identity.phone import LOCAL
from crm_tui.identity.steps import Step, changes_in, trimmed
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.fields import ITEMS, Type, field_type
from crm_tui.systems.transforms import LIST_SEPARATOR, boolean, picklist


def compared(field: str, text: str, keyring: Keyring) -> str:
    """A field's value as compared: e-mails, phones, times, amounts, words and lists in one form, others trimmed."""
    kind = field_type(field)
    if kind in _KEYS:
        key = keyring.read(field, _KEYS[kind], text)
        # As an identity key a number stands for its line; as a value its extension counts.
        return text.strip() if "extension" in key.note else key.value or text.strip()
    if kind in _FORMS:
        return _FORMS[kind](text.strip())
    return LIST_SEPARATOR.join(sorted(items(field, text, keyring))) if kind is _LIST else text.strip()


def steps(field: str, text: str, keyring: Keyring) -> tuple[Step, ...]:
    """What ``compared`` does to a value, of that what changes it."""
    kind, value = field_type(field), compared(field, text, keyring)
    column = _AS_KEYS.get(kind)
    if column is not None and keyring.key(column, text).value == value:
        return keyring.steps(column, text)
    return changes_in(text, (trimmed(text), Step(f"in the one form of a {kind.value}", value)))


def usable(field: str, text: str, keyring: Keyring) -> bool:
    """Whether a text may be written as the field's value: a damaged number or a text that is no address may not.

    A local phone number is no key, but it is a number (X3).
    """
    column = _AS_KEYS.get(field_type(field))
    if column is None:
        return True
    key = keyring.key(column, text)
    return bool(key.value) or key.note == LOCAL


def listed(text: str) -> tuple[str, ...]:
    """The values of a list in canonical text, each once, in their order."""
    return tuple(dict.fromkeys(part for part in (one.strip() for one in text.split(";")) if part))


def items(field: str, text: str, keyring: Keyring) -> dict[str, str]:
    """The items of a list, as compared → as written, each once and in their order.

    Further e-mails and phones are the same in any spelling, as a first one is; other items in any case.
    """
    of = ITEMS.get(field, "")
    found: dict[str, str] = {}
    for item in listed(text):
        found.setdefault(compared(of, item, keyring) if of else _word(item), item)
    return found


def _time(text: str) -> str:
    moment = parse_time(text)
    if moment is None or moment.tzinfo is None:
        return text
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        return text


def _boolean(text: str) -> str:
    try:
        return boolean(text) if text else ""
    except ValueError:
        return text


def _amount(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 30 else text


def _word(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


_FORMS: dict[Type, Callable[[str], str]] = {
    Type.TIME: _time,
    Type.BOOLEAN: _boolean,
    Type.CONSENT: _boolean,
    Type.MONEY: _amount,
    Type.NUMBER: _amount,
    Type.WORD: lambda text: picklist(_word(text)),
    Type.COUNTRY: str.upper,
}

_AS_KEYS = {
    Type.EMAIL: Column("email", Role.EMAIL, "e-mail"),
    Type.PHONE: Column("phone", Role.PHONE, "phone"),
}
_KEYS = {kind: kind_of(column) for kind, column in _AS_KEYS.items()}
_LIST = Type.LIST
