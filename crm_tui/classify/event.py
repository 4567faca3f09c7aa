"""A row as the judgement reads it: its table, its id, its cells and its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crm_tui import canonical
from crm_tui.classify.times import parse_time
from crm_tui.identity.keys import Keyring
from crm_tui.identity.secrets import find_secret, mask_secrets
from crm_tui.model import Key
from crm_tui.systems import CHANNELS, label
from crm_tui.systems.declare import Kind, Role, Table

_STRENGTH = {"id": 0, "email": 1, "phone": 2}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a judged table."""

    table: Table
    cells: Mapping[str, str]
    """Column name → text as written; empty for a row that cannot be read."""
    keys: tuple[Key, ...]
    """Every identity column that the file has, strongest first: ids, e-mail, phone (X6)."""
    problem: str = ""
    """Why the row cannot be read; ``""`` when it can."""

    def cell(self, role: Role) -> str:
        """The trimmed cell of the first column of ``role``, or ``""``."""
        column = self.table.one(role)
        return self.cells.get(column.name, "").strip() if column else ""

    @property
    def event_id(self) -> str:
        """The row's own id, trimmed; ``""`` when it has none."""
        return self.cell(Role.EVENT_ID)

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


def read_event(table: Table, cells: Mapping[str, str], keyring: Keyring) -> Event:
    """The event of a readable row."""
    columns = [column for column in table.columns if column.role in (Role.SYSTEM_ID, Role.EMAIL, Role.PHONE)]
    keys = [keyring.key(column, cells[column.name]) for column in columns if column.name in cells]
    keys.sort(key=lambda key: _STRENGTH[key.kind.partition(":")[0]])
    return Event(table, cells, tuple(keys))


def unreadable_event(table: Table, problem: str) -> Event:
    """The event of a row that cannot be read as a record."""
    return Event(table, {}, (), problem or "cannot be read")


def row_id(system: str, kind: str, scope: str, event_id: str, occurrence: int) -> str:
    """``row-`` + 16 hex of SHA-256 over system, kind, scope, id and the occurrence among equal ids (handoff.md)."""
    digest = hashlib.sha256(canonical.dumps([system, kind, scope, event_id, occurrence])).hexdigest()
    return f"row-{digest[:16]}"
