"""Cells that a reviewer typed over, as a handoff carries them: what the file says, what counts, who and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui.errors import HandoffRefused
from crm_tui.handoff.log_file import Log, mark
from crm_tui.handoff.row_file import Row
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Choice
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.overlays import column_label
from crm_tui.workspace.replay import Entry, lasting, undone

_LOGGED = ("field", "value", "reason", "by")


def repairs_of(cases: Cases, record_id: int) -> list[dict[str, Any]]:
    """The repairs of a row, by column."""
    connection, found = cases.store.connection, []
    sql = "SELECT source_id, raw, context FROM record WHERE id = ?"
    source_id, raw, context = connection.execute(sql, (record_id,)).fetchone()
    source = cases.sources[source_id]
    cells = source.cells(raw, context)
    for column, one in sorted(cases.repairs[record_id].items()):
        (entry,) = journal.entries(connection, "seq = ?", (one.seq,))
        salts = connection.execute("SELECT field, salt FROM log_text WHERE seq = ?", (one.seq,))
        said = {name: entry.texts.get(name, "") for name in _LOGGED}
        label, was = column_label(source.table, column), mask_secrets(cells.get(column, ""))
        kept = {name: salt.hex() for name, salt in salts.fetchall()}
        found.append({**said, "label": label, "was": was, "at": str(entry.body["at"]), "salts": kept})
    return found


def logged_repairs(entries: Sequence[Entry]) -> dict[str, list[int]]:
    """Row id → the numbers of the repairs in a log that count."""
    cancelled = undone(entries)
    found: dict[str, list[int]] = {}
    for entry in lasting(entries):
        if entry.body.get("choice") == Choice.REPAIR.value and entry.seq not in cancelled:
            found.setdefault(entry.row, []).append(entry.seq)
    return found


def check_repairs(row: Row, log: Log, logged: Sequence[int]) -> None:
    """Refuse a row of which a cell is said to be typed over and the log does not say so, of these bytes."""
    for one in row.get("repairs", ()):
        told = {name: one[name] for name in _LOGGED} | {"digest": row["source"]["raw_sha256"]}
        if not any(_says(log.entry(seq), told, one["salts"], one["at"]) for seq in logged):
            raise HandoffRefused("rows.decision", f"{row['row_id']}: what was typed over it is not as logged.")


def _says(entry: Entry, told: Mapping[str, str], salts: Mapping[str, str], at: str) -> bool:
    marks = entry.body["texts"]
    return entry.body["at"] == at and all(marks.get(name) == mark(salts, name, text) for name, text in told.items())


def repair_words(row: Row) -> str:
    """What was typed over, in words."""
    return "; ".join(
        f"{one['label']} “{one['was']}” → “{one['value']}” ({one['by']}, {one['at']}"
        f"{', ' if one['reason'] else ''}{one['reason']})"
        for one in row.get("repairs", ())
    )
