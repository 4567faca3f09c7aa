"""The words in which a system's tables are declared; one file per system uses nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crm_tui.systems.imports import Imports


class Kind(StrEnum):
    """What a row of a table is."""

    APPOINTMENT = "appointment"
    CHANGE = "change"
    """One changed field of a contact."""
    ACTIVITY = "activity"
    CONTACT = "contact"
    """A person's record, whole or as far as an event tells it."""
    LEAD = "lead"
    ACCOUNT = "account"
    OPPORTUNITY = "opportunity"
    DELETION = "deletion"
    """A record was deleted, or merged into another, in its system."""
    LIFECYCLE = "lifecycle"
    """An app was installed or removed, or a call rings: nothing of a contact that could be written."""
    UNKNOWN = "unknown"
    """A payload that no declaration fits; always an error row (X24)."""
    CONTACT_MAP = "contact-map"
    SLICE_MAP = "slice-map"

    @property
    def judged(self) -> bool:
        """Events and records are judged and counted; the maps are reference data."""
        return self not in (Kind.CONTACT_MAP, Kind.SLICE_MAP)

    @property
    def is_person(self) -> bool:
        """Whether a row is a person's record with many fields."""
        return self in _PERSONS

    @property
    def is_record(self) -> bool:
        """Whether a row is a record with many fields, and not one event."""
        return self in (Kind.CONTACT, Kind.LEAD, Kind.OPPORTUNITY)


_PERSONS = frozenset((Kind.CONTACT, Kind.LEAD))


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
    VALUE = "value"
    """Carries the canonical field that ``Column.field`` names, and is no identity."""
    CHANGED = "changed fields"
    """The fields that an event says were changed, in the system's own spelling, one a line."""
    OPERATION = "operation"
    """What a request asks for: ``create``, ``update``, ``delete``, ``merge`` (2.29)."""
    DIRECTION = "direction"
    """``inbound`` or ``outbound``, as the source says it; two columns of a row that differ contradict each other."""
    AUTOMATED = "sent automatically"
    """Filled where a machine sent the message: its sender is no contact (formats.md 5)."""
    OPTION = "option"
    """A switch of a request that is refused where it is on: ``force_update`` (2.30)."""
    CONNECTION = "connection"
    """``removed`` or ``installed``: whether the system can still be written to through its app (3.40)."""
    SCOPE = "scope"
    """The account, location or portal that a record id belongs to (3.9)."""


IDENTITY_ROLES = frozenset((Role.SYSTEM_ID, Role.EMAIL, Role.PHONE))


def header_name(cell: str) -> str:
    """A header cell as compared: trimmed, lower case, blanks (no-break ones too) and dashes as underscores."""
    return "_".join(cell.lower().split()).replace("-", "_")


class Party(StrEnum):
    """Which end of a message or call a key column names."""

    SENDER = "sender"
    RECIPIENT = "recipient"


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
    field: str = ""
    """The canonical field that the column carries (``systems/fields.py``), if any."""
    aliases: tuple[str, ...] = ()
    """Other spellings of the header, as ``header_name`` compares them."""
    path: str = ""
    """In a payload: where the value lies (``systems/paths.py``), from the record's own object."""
    transform: str = ""
    """Name in ``systems/transforms.py`` of the step from the text as written to the canonical text."""
    separator: str = ""
    """What parts the values of a cell that holds a list; a key column then gives one key for each."""
    secondary: bool = False
    """A further key of the record (merged ids, other e-mails): it finds a contact, but unknown it holds nothing."""
    absent: str = ""
    """Canonical text where a payload lacks the value and its vendor says what that means; it is noted on the row."""
    party: Party | None = None
    """For a key of a message or call: whose it is; our own end is no identity (``classify/parties.py``)."""
    default: str = ""
    """Canonical text of a blank or absent cell: an activity without a type is a ``note`` (2.23)."""


@dataclass(frozen=True, slots=True)
class Payload:
    """How a captured payload of a table is told, and where its records lie in it."""

    when: Mapping[str, tuple[str, ...]]
    """Path from the payload's root → words allowed there, compared in lower case; ``()`` = anything, but present."""
    each: str = ""
    """Path of the list whose items are the records; ``""`` = the payload is one record."""


@dataclass(frozen=True, eq=False)
class Table:
    """One kind of file that a system writes, recognised by its header in any column order.

    Declared once, so two are the same only if they are one; that makes it a key to look up by.
    """

    name: str
    system: str
    kind: Kind
    noun: str
    """How a row is called on screen when no channel says better: ``Close appointment``."""
    columns: tuple[Column, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    """For changes: the system's field names in lower case → canonical field."""
    ids_needed: int = 0
    """How many of its system id columns a header must have at least."""
    columns_needed: int = 0
    """How many of all its columns a header must have at least, where exports vary and few columns tell."""
    payload: Payload | None = None
    """For captured payloads; ``None`` = a table with a header."""
    parts: tuple[str, ...] = ()
    """Columns that together name a row for which the system gives no id: its event id is a digest of them."""
    blanks: frozenset[str] = frozenset()
    """Words in lower case that stand for a blank cell: ``none`` and ``null`` of a carrier that writes all as text."""
    silent: bool = False
    """Whether a blank cell says nothing, so that it clears nothing: a question of a form that was not answered."""
    footer: str = ""
    """With what a line below the rows of a report starts, a regular expression; ``""`` where none is written."""
    by_map: bool = False
    """Whether no header tells the table, and only a column map that a person confirmed says that a file is one."""
    by_name: Mapping[str, Column] = field(init=False)
    spelled: Mapping[str, Column] = field(init=False, repr=False)
    """Every spelling of a header, as ``header_name`` gives it → its column."""
    ranks: Mapping[str, int] = field(init=False, repr=False)
    """Spelling of a header → how early it is declared: of two headers of one column the earlier spelling is the column,
    however the file orders them."""
    valued: tuple[Column, ...] = field(init=False, repr=False)
    """The columns that carry a canonical field, a transform, a list or a default; most tables of events have none."""
    identity: tuple[Column, ...] = field(init=False, repr=False)
    """The identity columns, in declared order."""
    required: tuple[str, ...] = field(init=False, repr=False)
    """The columns whose blank is an error of the row."""
    formed: tuple[Column, ...] = field(init=False, repr=False)
    """The columns whose text must be a time, or a word that the policy lists."""
    by_role: Mapping[Role, tuple[Column, ...]] = field(init=False, repr=False)
    """The columns of each role, in declared order."""
    parties: bool = field(init=False)
    """Whether key columns name the two ends of a message or call."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        spellings = [(name, column) for column in self.columns for name in (column.name, *column.aliases)]
        object.__setattr__(self, "spelled", dict(reversed(spellings)))
        ranks = {name: rank for rank, (name, _) in reversed(list(enumerate(spellings)))}
        object.__setattr__(self, "ranks", ranks)
        identity = tuple(column for column in self.columns if column.role in IDENTITY_ROLES)
        object.__setattr__(self, "identity", identity)
        valued = [c for c in self.columns if c.field or c.transform or c.separator or c.default]
        object.__setattr__(self, "valued", tuple(valued))
        object.__setattr__(self, "required", tuple(column.name for column in self.columns if column.required))
        forms = (Role.TIME, Role.UPDATED_AT, Role.STATUS)
        object.__setattr__(self, "formed", tuple(column for column in self.columns if column.role in forms))
        by_role = {role: tuple(column for column in self.columns if column.role is role) for role in Role}
        object.__setattr__(self, "by_role", by_role)
        object.__setattr__(self, "parties", any(column.party for column in identity))

    @property
    def header(self) -> tuple[str, ...]:
        """The columns that a file of this table must have."""
        return tuple(column.name for column in self.columns if not column.optional)

    def found_in(self, names: Collection[str]) -> tuple[str, ...]:
        """The columns that a header with these names has, by any of their spellings, in declared order."""
        present = {self.spelled[name].name for name in names if name in self.spelled}
        return tuple(column.name for column in self.columns if column.name in present)

    def lacking(self, names: Collection[str]) -> tuple[str, ...]:
        """The required columns that a header with these names does not have."""
        present = set(self.found_in(names))
        ids = [column.name for column in self.of(Role.SYSTEM_ID)]
        few_ids = self.ids_needed > sum(name in present for name in ids)
        few = self.columns_needed > len(present)
        wanted = (*self.header, *(ids if few_ids else ()), *(self.by_name if few else ()))
        return tuple(dict.fromkeys(name for name in wanted if name not in present))

    def of(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role, in declared order."""
        return self.by_role[role]

    def one(self, role: Role) -> Column | None:
        """The first column of a role, if there is one."""
        found = self.by_role[role]
        return found[0] if found else None


class IdRule(StrEnum):
    """How ids of a system are brought to the form in which they are compared (``identity/ids.py``)."""

    EXACT = "exact"
    """As written, case included."""
    SALESFORCE = "salesforce"
    """15 characters become 18; an 18 whose case was lost is repaired from its suffix (formats.md 7d)."""
    GUID = "guid"
    """Lower case, without braces (formats.md 11d)."""
    ZOHO = "zoho"
    """Without the backup's ``zcrm_`` (formats.md 10a)."""
    INTEGER = "integer"
    """Decimal digits; a spreadsheet's ``117.0`` is 117 where no digit can be lost (formats.md 8a)."""


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
    id_rule: IdRule = IdRule.EXACT
    id_prefixes: Mapping[str, str] = field(default_factory=dict)
    """Prefix of ids that are no contact's → whose they are, as a note says it: ``a lead's``."""
    tables: tuple[Table, ...] = ()
    delivery: frozenset[str] = frozenset()
    """Cells that tell of one delivery or copy and not of the row itself: how often a webhook was tried, the labels of a
    mail.  Rows of one event id that differ in nothing else are the same row, come twice."""
    channels: Mapping[str, str] = field(default_factory=dict)
    """Channel words in lower case that name this system in an activity feed → label."""
    imports: Imports = field(default_factory=Imports)
    """What the system takes back (``systems/imports.py``)."""

    @property
    def has_contacts(self) -> bool:
        """Whether contacts have ids of this system, so that a contact map may hold them."""
        return any(column.system == self.name for table in self.tables for column in table.of(Role.SYSTEM_ID))
