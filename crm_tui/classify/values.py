"""Values as a person writes them: checked by the field's type, united, and guarded where writing takes a reason."""

from __future__ import annotations

from collections.abc import Sequence

from crm_tui.classify.compare import compared, items, listed
from crm_tui.classify.event import Event
from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import plain_word
from crm_tui.classify.times import parse_time
from crm_tui.errors import DecisionRefused
from crm_tui.identity.keys import Keyring
from crm_tui.identity.secrets import find_secret
from crm_tui.model import CaseField, Key, Lock
from crm_tui.systems.declare import Column, Role, Table
from crm_tui.systems.fields import ITEMS, Type, field_type
from crm_tui.systems.transforms import LIST_SEPARATOR, boolean, transformed
from crm_tui.text import safe_text

MAX_VALUE = 2_000
"""Characters of an edited value."""

_KEYS = {
    Type.EMAIL: Column("email", Role.EMAIL, "e-mail"),
    Type.PHONE: Column("phone", Role.PHONE, "phone"),
}
_BY_ROLE = {
    Role.EMAIL: Type.EMAIL,
    Role.PHONE: Type.PHONE,
    Role.TIME: Type.TIME,
    Role.UPDATED_AT: Type.TIME,
}
"""Roles of cells whose text is of a type."""
_TRANSFORMS = {Type.BOOLEAN: "boolean", Type.CONSENT: "boolean", Type.MONEY: "money", Type.NUMBER: "money"}
_ASKED = {
    Type.TIME: "a time; write it like 2026-05-13T16:00:00-04:00",
    Type.DATE: "a date; write it like 2026-05-13",
    Type.BOOLEAN: "a yes or no; write true or false",
    Type.CONSENT: "a yes or no; write true (do not contact) or false",
    Type.MONEY: "a number; write it like 1500.50",
    Type.NUMBER: "a number; write it like 1500.50",
    Type.COUNTRY: "a country; write two letters like US",
}
"""What a value has to be, and how it is written."""
_DAY_LENGTH = len("2026-05-13")


def wants_reason(field: CaseField, value: str | None) -> str:
    """What has to be answered before ``value`` is written into the field; ``""`` = nothing (requirements D6, D7).

    Consent may become stricter by a plain key; whatever does not say yes would loosen it.
    """
    if value is None:
        return ""
    if field.type == Type.CONSENT:
        return "" if says_yes(value) else "This would loosen the contact's consent. Why may it be?"
    return _QUESTIONS[field.lock]


_QUESTIONS = {
    Lock.NONE: "",
    Lock.PROTECTED: "The policy protects this field. Why may it be overwritten?",
    Lock.IDENTITY: "This value says who the contact is. Why may it be changed?",
}


def protects(name: str, value: str, policy: Policy, table: Table) -> bool:
    """Whether writing ``value`` into a contact's field overrides a protection."""
    if field_type(name) is Type.CONSENT:
        return not says_yes(value)
    return policy.is_protected(name, table)


def says_yes(value: str) -> bool:
    """Whether a flag is set."""
    try:
        return boolean(value) == "true"
    except ValueError:
        return False


def is_united(field: CaseField) -> bool:
    """Whether the values of several sides can stand together: in a list, or as the stricter of two consents."""
    return field.type in (Type.LIST, Type.CONSENT)


def united(field: CaseField, values: Sequence[str], keyring: Keyring) -> str:
    """The union of lists, each item once and in the order in which it is met; of consents the more restrictive."""
    if field.type == Type.CONSENT:
        return next((value for value in values if says_yes(value)), values[0])
    return LIST_SEPARATOR.join(items(field.name, LIST_SEPARATOR.join(values), keyring).values())


def edited_value(field: CaseField, text: str, keyring: Keyring) -> str:
    """What a person wrote, checked by its type and normalised like a value from a file.

    Raises ``DecisionRefused`` with a sentence that says what is missing.
    """
    value = text.strip()
    if not value:
        raise DecisionRefused(f"the {field.label} is empty; write a value, or clear the choice.")
    if len(value) > MAX_VALUE:
        raise DecisionRefused(f"the {field.label} is longer than {MAX_VALUE:,} characters.")
    if safe_text(value, MAX_VALUE * 8) != value:
        raise DecisionRefused(f"the {field.label} holds characters that cannot be seen.")
    # A long phone number looks like a card number one time in ten.
    if Type.PHONE not in (field.type, field_type(ITEMS.get(field.name, ""))) and (secret := find_secret(value)):
        raise DecisionRefused(f"the {field.label} holds what looks like {secret}; secrets are never written.")
    if field.type == Type.LIST:
        item = ITEMS.get(field.name, "")
        return united(field, [_checked(field, field_type(item), item, one, keyring) for one in listed(value)], keyring)
    if field.words and plain_word(value) not in {plain_word(word) for word in field.words}:
        raise DecisionRefused(f"the policy does not list that {field.label}; known are: {', '.join(field.words)}.")
    return _checked(field, Type(field.type), field.name, value, keyring)


def check_cell(event: Event, column: str, label: str, keyring: Keyring) -> None:
    """Refuse an e-mail, a phone, a time or a day in a cell of a row that is not one, as an edited value would be.

    The cell counts as it is read, in the form and with the separator of its column; ``label``: what it is called.
    Raises ``DecisionRefused`` with one sentence.
    """
    kind, text = _kind(event, column), event.text(column)
    if kind in _KEYS:
        read = [key for key in event.keys if key.column == column] or [keyring.key(_KEYS[kind], text)]
        for key in read:
            _refuse_no_key(kind, key)
    elif kind in (Type.TIME, Type.DATE) and (column in dict(event.faults) or not _is_time(kind, text)):
        raise _malformed(label, kind)


def _kind(event: Event, name: str) -> Type:
    column = event.table.by_name.get(name)
    if name in event.own or column is None:
        return field_type(event.own.get(name, ""))
    if column.role is Role.NEW_VALUE:
        return field_type(event.field)
    return _BY_ROLE.get(column.role) or field_type(column.field)


def _refuse_no_key(kind: Type, key: Key) -> None:
    if not key.value:
        raise DecisionRefused(f"that is no {kind} a CRM could use: {key.note or 'it is not one'}.")


def _is_time(kind: Type, text: str) -> bool:
    return parse_time(text) is not None and (kind is not Type.DATE or len(text) == _DAY_LENGTH)


def _checked(field: CaseField, kind: Type, name: str, value: str, keyring: Keyring) -> str:
    """One value in its canonical form."""
    if kind in _KEYS:
        _refuse_no_key(kind, keyring.key(_KEYS[kind], value))
        return compared(name, value, keyring)
    if kind in _TRANSFORMS:
        try:
            return transformed(_TRANSFORMS[kind], value).text
        except ValueError as error:
            raise _malformed(field.label, kind) from error
    if kind in (Type.TIME, Type.DATE) and not _is_time(kind, value):
        raise _malformed(field.label, kind)
    if kind is Type.COUNTRY:
        if not (len(value) == 2 and value.isascii() and value.isalpha()):
            raise _malformed(field.label, kind)
        return value.upper()
    return value


def _malformed(label: str, kind: Type) -> DecisionRefused:
    return DecisionRefused(f"the {label} is {_ASKED[kind]}.")
