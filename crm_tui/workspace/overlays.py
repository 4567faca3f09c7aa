"""What reviewers have typed over single cells, as it stands: read wherever a stored record is read.

A repair belongs to the bytes that it was made on.  The row stays as it was read; a later version of it with other bytes
is judged as it stands.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from crm_tui.errors import JournalDamaged
from crm_tui.model import Case, Choice, Note
from crm_tui.systems.declare import Table
from crm_tui.text import safe_text
from crm_tui.workspace.replay import Entry


class Repair(NamedTuple):
    """A cell that a person has typed over."""

    row_id: str
    column: str
    """As the table of the row calls it."""
    value: str
    digest: str
    """SHA-256 hex of the bytes of the row that it was made on."""
    seq: int
    """Number of the journal entry."""


Overlay = Mapping[str, str]
"""Column → text that counts in place of the file's."""


def digest_of(raw: bytes) -> str:
    """How a repair names the bytes that it was made on."""
    return hashlib.sha256(raw).hexdigest()


def repairs(effective: Iterable[Entry]) -> tuple[Repair, ...]:
    """The repairs that stand after those decisions on a row that count, oldest first; of a cell, the last one."""
    found: dict[str, Repair] = {}
    for entry in effective:
        texts = entry.texts
        # One whose texts were erased says nothing any more.
        if entry.body.get("choice") == Choice.REPAIR.value and texts.get("field") and texts.get("value"):
            made = Repair(entry.row, texts["field"], texts["value"], texts.get("digest", ""), entry.seq)
            found[made.column] = made
    return tuple(sorted(found.values()))


def stored(connection: sqlite3.Connection, row_id: str) -> tuple[Repair, ...]:
    """The repairs of a row as they are projected, also those made on other bytes."""
    rows = connection.execute("SELECT * FROM repair WHERE row_id = ? ORDER BY row_id, name", (row_id,))
    return tuple(map(Repair._make, rows))


def project(connection: sqlite3.Connection, row_id: str, found: Iterable[Repair]) -> None:
    """Make the projection of a row's repairs what ``repairs`` gave."""
    connection.execute("DELETE FROM repair WHERE row_id = ?", (row_id,))
    connection.executemany("INSERT INTO repair VALUES (?, ?, ?, ?, ?)", found)


def check(connection: sqlite3.Connection, effective: Callable[[str], Iterable[Entry]]) -> None:
    """Raise ``JournalDamaged`` where the projection is not what the journal says; ``effective``: row id → the decisions
    on it that count."""
    sql = "SELECT row_id FROM repair UNION SELECT row_id FROM log JOIN log_text USING (seq) WHERE field = 'digest'"
    for (row_id,) in connection.execute(sql).fetchall():
        if stored(connection, row_id) != repairs(effective(row_id)):
            raise JournalDamaged(
                "log.projection", f"what was typed over {safe_text(row_id, 40)} is not what the journal says."
            )


def in_force(connection: sqlite3.Connection) -> dict[int, dict[str, Repair]]:
    """Record id → column → the repair that counts there, because the row has the bytes that it was made on."""
    found: dict[int, dict[str, Repair]] = {}
    # CROSS: from the few repairs to their records, or SQLite reads every record first.
    sql = "SELECT record.id, raw, repair.* FROM repair CROSS JOIN record USING (row_id) WHERE problem = ''"
    for record_id, raw, *told in connection.execute(sql):
        one = Repair._make(told)
        if digest_of(raw) == one.digest:
            found.setdefault(record_id, {})[one.column] = one
    return found


def typed_over(found: Mapping[int, Mapping[str, Repair]]) -> dict[int, Overlay]:
    """Record id → what counts in place of its cells."""
    return {record: {column: one.value for column, one in of_row.items()} for record, of_row in found.items()}


def column_label(table: Table, column: str) -> str:
    """How a column is called on screen."""
    known = table.by_name.get(column)
    return known.label if known else column.removeprefix("+")


def marked(case: Case, table: Table, found: Mapping[str, Repair]) -> Case:
    """The case with a note that names the cells which a person has typed over."""
    named = (f"{column_label(table, column)} (#{one.seq})" for column, one in found.items())
    note = Note("repaired", f"typed over by a reviewer, not what the file says: {', '.join(named)}")
    return replace(case, notes=(note, *case.notes))
