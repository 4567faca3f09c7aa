"""Short ways to write the columns that most tables have."""

from __future__ import annotations

from typing import TypedDict, Unpack

from crm_tui.systems.declare import Column, Role
from crm_tui.systems.fields import FIELDS, Type

_STEPS = {
    Type.TIME: "time",
    Type.DATE: "date",
    Type.BOOLEAN: "boolean",
    Type.CONSENT: "boolean",
    Type.MONEY: "money",
    Type.NUMBER: "number",
    Type.COUNTRY: "country",
}
"""How a field of a type is read where the system has no spelling of its own."""


def value(
    name: str,
    field: str,
    *aliases: str,
    path: str = "",
    transform: str = "",
    separator: str = "",
    required: bool = False,
    optional: bool = True,
    role: Role = Role.VALUE,
    label: str = "",
    absent: str = "",
) -> Column:
    """A column that carries the canonical field ``field``, read as the field's type is unless ``transform`` says."""
    known = FIELDS[field]
    return Column(
        name,
        role,
        label or known.label,
        required=required,
        optional=optional,
        field=field,
        aliases=aliases,
        path=path,
        transform=transform or _STEPS.get(known.type, ""),
        separator=separator,
        absent=absent,
    )


def person(
    name: str,
    system: str,
    label: str,
    *aliases: str,
    path: str = "",
    separator: str = "",
    required: bool = False,
    optional: bool = True,
    secondary: bool = False,
    field: str = "",
) -> Column:
    """A column of ids of contacts in ``system``, as a contact map may hold them; ``field`` where it is stored too."""
    return Column(
        name,
        Role.SYSTEM_ID,
        label,
        system=system,
        field=field,
        required=required,
        optional=optional,
        aliases=aliases,
        path=path,
        separator=separator,
        secondary=secondary,
    )


class _Reach(TypedDict, total=False):
    """What a column of e-mail addresses or phone numbers may say beside its names and its field."""

    path: str
    separator: str
    transform: str
    optional: bool
    secondary: bool


def email(name: str, *aliases: str, field: str = "email", **rest: Unpack[_Reach]) -> Column:
    """A column of e-mail addresses: identity, and the field's value."""
    return _reach(name, Role.EMAIL, _field_label(field, "e-mail"), field, aliases, rest)


def phone(name: str, *aliases: str, field: str = "phone", **rest: Unpack[_Reach]) -> Column:
    """A column of phone numbers: identity, and the field's value."""
    return _reach(name, Role.PHONE, _field_label(field, "phone"), field, aliases, rest)


def _reach(name: str, role: Role, label: str, field: str, aliases: tuple[str, ...], rest: _Reach) -> Column:
    rest.setdefault("optional", True)
    return Column(name, role, label, field=field, aliases=aliases, **rest)


def direction(name: str, path: str = "", transform: str = "direction", *, optional: bool = True) -> Column:
    """A column that says which way a message or call went; two of a row that differ hold it."""
    return Column(
        name, Role.DIRECTION, "direction", optional=optional, field="direction", path=path, transform=transform
    )


def _field_label(field: str, otherwise: str) -> str:
    return FIELDS[field].label if field else otherwise
