"""A row as the judgement reads it: its table, its id, its cells and its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple, cast

from crm_tui import canonical
from crm_tui.classify import reading
from crm_tui.classify.parties import other_party
from crm_tui.classify.times import sorts_as
from crm_tui.identity.keys import Keyring
from crm_tui.identity.secrets import find_secret, mask_secrets
from crm_tui.model import Key
from crm_tui.systems import CHANNELS, header_name, label
from crm_tui.systems.declare import Kind, Role, Table

# In Python 3.11 naming a member of an enumeration costs as much as a call, and every row comes by here.
_OPERATION, _EVENT_ID, _NEW_VALUE, _CHANGED = Role.OPERATION, Role.EVENT_ID, Role.NEW_VALUE, Role.CHANGED
_FIELD, _TIME, _UPDATED_AT = Role.FIELD, Role.TIME, Role.UPDATED_AT
_CHANGE, _DELETION = Kind.CHANGE, Kind.DELETION
_NOTHING: Mapping[str, str] = MappingProxyType({})


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
        # Every rule comes by here, so the steps of ``text`` stand here again.
        normal, cells = self.normal, self.cells
        for column in self.table.by_role[role]:
            name = column.name
            text = normal.get(name)
            if text is None:
                text = cells.get(name, "").strip()
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
        if not self.table.of(_OPERATION):
            return self.table.kind is _DELETION
        return self.table.kind is _DELETION or self.cell(_OPERATION).lower() in ("delete", "merge")

    @property
    def event_id(self) -> str:
        """The row's own id: its event id, a digest of the parts that name it, or the record id of its system.

        The record id only in tables that have neither event ids nor such parts; ``""`` when there is none.
        """
        given = self.cell(_EVENT_ID)
        if given or self.table.parts:
            return given or named_by_parts(self.table, [self.cells.get(name, "") for name in self.table.parts])
        return "" if self.table.of(_EVENT_ID) else self.record_id

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
        if self.table.kind is _CHANGE:
            return {self.field: self.cell(_NEW_VALUE)} if self.field else {}
        if not self.own:
            return reading.values(self.table, self.normal, self.cells)
        by_name = self.table.by_name
        renamed = {name: text for name, text in self.normal.items() if name not in self.own}
        own = {field: self.text(name) for name, field in self.own.items()}
        replaced = {by_name[name].field for name in self.own if name in by_name}
        kept = reading.values(self.table, renamed, self.cells)
        return {name: text for name, text in kept.items() if name not in replaced} | own

    @property
    def changed(self) -> frozenset[str] | None:
        """The canonical fields that the event says were changed; ``None`` when it is a whole record."""
        if self.table.kind is _CHANGE:
            return frozenset(self.values)
        column = self.table.one(_CHANGED)
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
    def happened(self) -> str:
        """When it happened, as written; else when it was written, ``""`` where it tells neither."""
        return self.cell(_TIME) or self.cell(_UPDATED_AT)

    @property
    def sort_time(self) -> str:
        """When it happened, as UTC text that sorts; a time without an offset counts as UTC, none is ``""``."""
        return sorts_as(self.happened)

    @property
    def field(self) -> str:
        """For a change: the canonical name of the field, or ``""`` when no field map knows it."""
        if not self.table.fields:
            return ""
        written = self.cell(_FIELD).lower()
        return self.table.fields.get(written) or self.table.fields.get(written.replace(" ", "_"), "")

    @property
    def changed_field(self) -> str:
        """For a change: the name under which the field is staged, as written where no field map knows it."""
        return self.field or self.cell(_FIELD)


# ``Event(…)`` is a Python call, and one is made for every row; this is the same without one.
_as_event = cast("Callable[[Iterable[object]], Event]", partial(tuple.__new__, Event))


def read_event(table: Table, cells: Mapping[str, str], keyring: Keyring) -> Event:
    """The event of a readable row."""
    cells = without_blank_words(table, cells)
    plan = reading.plan_of(table, tuple(cells))
    normal, faults, steps = reading.canonical(plan, cells) if plan.valued else (_NOTHING, (), ())
    own = keyring.own_fields.get(table.system)
    named = _own_fields(table, cells, own) if own else _NOTHING
    event = _as_event((table, cells, reading.keys(plan, cells, normal, keyring), "", normal, faults, steps, named, ""))
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


def named_by_parts(table: Table, parts: Iterable[str]) -> str:
    """The event id of a row to which its system gives none: a digest of ``table.parts``; ``""`` if all are blank."""
    trimmed = [part.strip() for part in parts]
    return f"{table.kind}-{hashlib.sha256(canonical.dumps(trimmed)).hexdigest()[:16]}" if any(trimmed) else ""


def unreadable_event(table: Table, problem: str) -> Event:
    """The event of a row that cannot be read as a record."""
    return Event(table, {}, (), problem or "cannot be read")


def row_id(system: str, kind: str, scope: str, event_id: str, occurrence: int) -> str:
    """``row-`` + 16 hex of SHA-256 over system, kind, scope, id and the occurrence among equal ids (handoff.md)."""
    # The canonical form of the list of the five, in two pieces: the first is the same for every row of a source.
    named = b"%b%b,%d]" % (_row_start(system, kind, scope), canonical.dumps_own(event_id), occurrence)
    return f"row-{hashlib.sha256(named).hexdigest()[:16]}"


@lru_cache(maxsize=256)
def _row_start(system: str, kind: str, scope: str) -> bytes:
    return canonical.dumps([system, kind, scope])[:-1] + b","
