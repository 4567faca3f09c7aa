"""A row as the judgement reads it: its table, its id, its cells and its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from crm_tui import canonical
from crm_tui.classify.parties import other_party
from crm_tui.classify.times import parse_time
from crm_tui.identity.keys import Keyring
from crm_tui.identity.secrets import find_secret, mask_secrets
from crm_tui.model import Key
from crm_tui.systems import CHANNELS, header_name, label
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Kind, Role, Table
from crm_tui.systems.fields import SURPLUS, Type, field_type
from crm_tui.systems.transforms import LIST_SEPARATOR, transformed

_NOTHING: Mapping[str, str] = MappingProxyType({})
_CELL = 32_767
"""Characters of a cell in Excel (formats.md 11a)."""
_STRENGTH = {"id": 0, "email": 1, "phone": 2}


class Event(NamedTuple):
    """One row of a judged table."""

    table: Table
    cells: Mapping[str, str]
    """Column name → text as written; empty for a row that cannot be read."""
    keys: tuple[Key, ...]
    """Every identity column that the file has, strongest first: ids, e-mail, phone (X6)."""
    problem: str = ""
    """Why the row cannot be read; ``""`` when it can."""
    normal: Mapping[str, str] = _NOTHING
    """Column name → canonical text, of the columns that carry a field or a transform and are not absent."""
    faults: tuple[tuple[str, str], ...] = ()
    """(column, why) of the cells whose text is not of the column's form."""
    steps: tuple[tuple[str, str], ...] = ()
    """(column, what to know) of the cells whose canonical text took a choice, or loses something."""
    own: Mapping[str, str] = _NOTHING
    """Column name → field, of the columns for which the review's policy has a name of its own (``own_fields``)."""
    way: str = ""
    """``inbound`` or ``outbound`` as our own addresses and numbers among the keys tell it; ``""`` = they do not."""

    def cell(self, role: Role) -> str:
        """The first trimmed cell of ``role`` that is not blank, in canonical form where it has one, or ``""``."""
        for column in self.table.of(role):
            text = self.text(column.name)
            if text:
                return text
        return ""

    def text(self, name: str) -> str:
        """The canonical text of a column, or its trimmed cell where it has none; ``""`` when it is absent."""
        known = self.normal.get(name)
        return self.cells.get(name, "").strip() if known is None else known

    @property
    def deletes(self) -> bool:
        """Whether the row says that its record is gone: deleted, or merged into another (3.20, 2.29)."""
        if not self.table.of(Role.OPERATION):
            return self.table.kind is Kind.DELETION
        return self.table.kind is Kind.DELETION or self.cell(Role.OPERATION).lower() in ("delete", "merge")

    @property
    def event_id(self) -> str:
        """The row's own id: its event id, a digest of the parts that name it, or the record id of its system.

        The record id only in tables that have neither event ids nor such parts; ``""`` when there is none.
        """
        given = self.cell(Role.EVENT_ID)
        if given or self.table.parts:
            return given or self._named_by_parts()
        return "" if self.table.of(Role.EVENT_ID) else self.record_id

    def _named_by_parts(self) -> str:
        parts = [self.cells.get(name, "").strip() for name in self.table.parts]
        if not any(parts):
            return ""
        return f"{self.table.kind}-{hashlib.sha256(canonical.dumps(parts)).hexdigest()[:16]}"

    @property
    def record_id(self) -> str:
        """The id of the record in the system that the row comes from, as a key; ``""`` when it is no usable one."""
        own, by_name = f"id:{self.table.system}", self.table.by_name
        for key in self.keys:
            if key.kind == own and not by_name[key.column].secondary:
                return key.value
        return ""

    @property
    def values(self) -> Mapping[str, str]:
        """Canonical field → canonical text of what the row says; ``""`` = present but blank, absent = not said."""
        if self.table.kind is Kind.CHANGE:
            return {self.field: self.cell(Role.NEW_VALUE)} if self.field else {}
        if not self.own:
            return _values(self.table, self.normal, self.cells)
        by_name = self.table.by_name
        renamed = {name: text for name, text in self.normal.items() if name not in self.own}
        own = {field: self.text(name) for name, field in self.own.items()}
        replaced = {by_name[name].field for name in self.own if name in by_name}
        kept = _values(self.table, renamed, self.cells)
        return {name: text for name, text in kept.items() if name not in replaced} | own

    @property
    def changed(self) -> frozenset[str] | None:
        """The canonical fields that the event says were changed; ``None`` when it is a whole record."""
        if self.table.kind is Kind.CHANGE:
            return frozenset(self.values)
        column = self.table.one(Role.CHANGED)
        if column is None or column.name not in self.cells:
            return None
        names = (name.strip().lower() for name in self.cells[column.name].splitlines())
        return frozenset(self.table.fields.get(name, name) for name in names if name)

    @property
    def system(self) -> str:
        """The system that the row comes from; in a feed, the channel's."""
        return CHANNELS.get(self.cell(Role.CHANNEL).lower(), (self.table.system, ""))[0]

    @property
    def noun(self) -> str:
        """``Close appointment``, ``OpenPhone call``."""
        if self.table.kind is not Kind.ACTIVITY:
            return self.table.noun
        known = CHANNELS.get(self.cell(Role.CHANNEL).lower())
        kind = self.cell(Role.ACTIVITY_TYPE)
        what = mask_secrets(kind) if find_secret(kind) else kind.lower() or "activity"
        return f"{known[1]} {what}" if known else self.table.noun

    @property
    def source_label(self) -> str:
        """``Close``, ``GHL``, ``OpenPhone``."""
        return label(self.system)

    @property
    def sort_time(self) -> str:
        """When it happened, as UTC text that sorts; a time without an offset counts as UTC, none is ``""``."""
        text = self.cell(Role.TIME) or self.cell(Role.UPDATED_AT)
        try:
            # Every row of a load comes by here; only a time that is written unusually is looked at closely.
            moment: datetime | None = datetime.fromisoformat(text)
        except ValueError:
            moment = parse_time(text)
        if moment is None:
            return ""
        try:
            moment = moment.astimezone(UTC) if moment.tzinfo else moment
        except OverflowError:
            return ""
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")

    @property
    def field(self) -> str:
        """For a change: the canonical name of the field, or ``""`` when no field map knows it."""
        written = self.cell(Role.FIELD).lower()
        return self.table.fields.get(written) or self.table.fields.get(written.replace(" ", "_"), "")

    @property
    def changed_field(self) -> str:
        """For a change: the name under which the field is staged, as written where no field map knows it."""
        return self.field or self.cell(Role.FIELD)


def read_event(table: Table, cells: Mapping[str, str], keyring: Keyring) -> Event:
    """The event of a readable row."""
    cells = without_blank_words(table, cells)
    normal, faults, steps = _canonical(table, cells) if table.valued else (_NOTHING, (), ())
    keys = [
        keyring.key(column, part)
        for column in table.identity
        if column.name in cells
        for part in _parts(column, cells, normal)
    ]
    keys.sort(key=lambda key: _STRENGTH[key.kind.partition(":")[0]])
    own = keyring.own_fields.get(table.system)
    named = _own_fields(table, cells, own) if own else _NOTHING
    event = Event(table, cells, tuple(keys), "", normal, faults, steps, named)
    return _of_other_party(event, keyring) if table.parties else event


def without_blank_words(table: Table, cells: Mapping[str, str]) -> Mapping[str, str]:
    """The cells, blank where one holds a word that stands for a blank in the table."""
    if not table.blanks:
        return cells
    return {name: "" if text.strip().lower() in table.blanks else text for name, text in cells.items()}


def _of_other_party(event: Event, keyring: Keyring) -> Event:
    """The event without the keys of our own end; its direction is filled in where the row does not say it."""
    stated, automated = event.cell(Role.DIRECTION).lower(), bool(event.cell(Role.AUTOMATED))
    found = other_party(event.table, event.keys, stated, keyring.own_side, automated=automated)
    normal, column = event.normal, event.table.one(Role.DIRECTION)
    if column and found.direction and not stated:
        normal = {**normal, column.name: found.direction}
    steps = (*event.steps, *found.steps)
    return event._replace(keys=found.keys, normal=normal, steps=steps, way=found.direction)


def _own_fields(table: Table, cells: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Column name → the review's name for it, by any of its headers or by its member in a payload."""
    headers = ((name, header) for name in cells for header in _headers(table, name))
    return {name: own[header] for name, header in headers if header in own}


def _headers(table: Table, name: str) -> list[str]:
    """How the source calls a column; one that its table does not declare has a ``+`` before its name."""
    column = table.by_name.get(name)
    if column is None:
        return [header_name(name.removeprefix("+"))]
    members = (way.rpartition(".")[2] for way in column.path.split("|"))
    return [column.name, *column.aliases, *map(header_name, members)]


def _values(table: Table, normal: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Canonical field → text, over all columns that carry it; what a step reads as nothing is not said, not blank.

    Of several values of a field that holds one, the first counts, which all systems take as the main one; further
    ones go to the field that the model has for them.
    """
    said: dict[str, list[str]] = {}
    for name, text in normal.items():
        column = table.by_name[name]
        if column.field and (text or not (table.silent or cells.get(name, "").strip())):
            said.setdefault(column.field, []).extend(text.split(LIST_SEPARATOR) if column.separator else [text])
    values: dict[str, str] = {}
    for name, texts in said.items():
        found = list(dict.fromkeys(filter(None, texts)))
        many = field_type(name) is Type.LIST
        further = name if many else SURPLUS.get(name, "")
        if not many or not found:
            values[name] = found.pop(0) if found else values.get(name, "")
        if further and found:
            values[further] = LIST_SEPARATOR.join(filter(None, (values.get(further, ""), *found)))
    return values


def _parts(column: Column, cells: Mapping[str, str], normal: Mapping[str, str]) -> list[str]:
    """The values of a key cell; a blank cell is one blank value, so that it is seen as blank."""
    if column.transform:
        text, separator = normal.get(column.name, cells[column.name]), column.separator and LIST_SEPARATOR
    else:
        text, separator = cells[column.name], column.separator
    parts = [part for part in text.split(separator) if part.strip()] if separator else []
    return parts or [text]


_Told = tuple[tuple[str, str], ...]


def _canonical(table: Table, cells: Mapping[str, str]) -> tuple[dict[str, str], _Told, _Told]:
    """The canonical text of every column that has one, why a cell has none, and what to know of the others."""
    normal: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    steps: list[tuple[str, str]] = []
    for column in table.valued:
        if column.name not in cells:
            said = column.absent or column.default
            if said:
                normal[column.name] = said
            if column.absent:
                steps.append((column.name, f"not in the event; {label(table.system)} says that means {column.absent}"))
            continue
        # A step on a key column takes the cell as a whole: a comma may stand within the name before an address.
        separator = "" if column.transform and column.role in IDENTITY_ROLES else column.separator
        try:
            text, note = transformed(column.transform, cells[column.name], separator)
            normal[column.name] = text or column.default
        except ValueError as error:
            faults.append((column.name, str(error)))
            continue
        if note:
            steps.append((column.name, note))
        if len(cells[column.name]) == _CELL:
            steps.append((column.name, "as long as a spreadsheet's cell can be, so it may be cut off"))
    return normal, tuple(faults), tuple(steps)


def unreadable_event(table: Table, problem: str) -> Event:
    """The event of a row that cannot be read as a record."""
    return Event(table, {}, (), problem or "cannot be read")


def row_id(system: str, kind: str, scope: str, event_id: str, occurrence: int) -> str:
    """``row-`` + 16 hex of SHA-256 over system, kind, scope, id and the occurrence among equal ids (handoff.md)."""
    digest = hashlib.sha256(canonical.dumps([system, kind, scope, event_id, occurrence])).hexdigest()
    return f"row-{digest[:16]}"
