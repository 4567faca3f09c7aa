"""The words in which a system's tables are declared; one file per system uses nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a row of a table is."""

    APPOINTMENT = "appointment"
    CHANGE = "change"
    ACTIVITY = "activity"
    CONTACT_MAP = "contact-map"
    SLICE_MAP = "slice-map"

    @property
    def judged(self) -> bool:
        """Events are judged and counted; the maps are reference data."""
        return self in (Kind.APPOINTMENT, Kind.CHANGE, Kind.ACTIVITY)


class Role(StrEnum):
    """What a column means for the judgement."""

    EVENT_ID = "event id"
    SYSTEM_ID = "system id"
    EMAIL = "e-mail"
    PHONE = "phone"
    FIELD = "field"
    NEW_VALUE = "new value"
    UPDATED_AT = "updated at"
    TIME = "time"
    STATUS = "status"
    CHANNEL = "channel"
    ACTIVITY_TYPE = "activity type"
    CLAIM = "claim"
    TEXT = "text"


IDENTITY_ROLES = frozenset((Role.SYSTEM_ID, Role.EMAIL, Role.PHONE))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its exact header, what it means, and whether a blank is an error of the row."""

    name: str
    role: Role
    label: str
    system: str = ""
    """For ``SYSTEM_ID`` and, in the contact map, ``UPDATED_AT``: whose it is."""
    required: bool = False
    optional: bool = False
    """The header may lack it; where it is present it counts like any other."""


@dataclass(frozen=True)
class Table:
    """One kind of file that a system writes, recognised by its header in any column order."""

    name: str
    system: str
    kind: Kind
    noun: str
    """How a row is called on screen when no channel says better: ``Close appointment``."""
    columns: tuple[Column, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    """For changes: the system's field names in lower case → canonical field."""
    by_name: Mapping[str, Column] = field(init=False)
    _first: Mapping[Role, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        object.__setattr__(self, "_first", {column.role: column for column in reversed(self.columns)})

    @property
    def header(self) -> tuple[str, ...]:
        """The columns that a file of this table must have."""
        return tuple(column.name for column in self.columns if not column.optional)

    def of(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role, in declared order."""
        return tuple(column for column in self.columns if column.role is role)

    def one(self, role: Role) -> Column | None:
        """The first column of a role, if there is one."""
        return self._first.get(role)


@dataclass(frozen=True, slots=True)
class System:
    """One system: what it is called, how its record ids look, which tables it writes."""

    name: str
    """Lower case, stable: part of every row id."""
    label: str
    letter: str
    """One letter that marks the system where there is no colour."""
    id_pattern: re.Pattern[str] | None = None
    """Full-match form of a contact id; ids of another system's form in its place are a lint."""
    tables: tuple[Table, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    """Channel words in lower case that name this system in an activity feed → label."""
