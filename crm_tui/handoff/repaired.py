"""Cells that a reviewer typed over, as a handoff carries them: what the file says, what counts, who and when."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
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


def standing_repairs(entries: Sequence[Entry]) -> frozenset[int]:
    """Of each row the number of its latest repair, where it must count: no file was loaded since, nothing erased.

    Of an earlier one the log does not say openly whether it was of the same cell, so that the latest took its place.
    """
    last = max((entry.seq for entry in entries if entry.kind == "import"), default=0)
    erased = {seq for entry in entries if entry.kind == "erase" for seq, _ in entry.body["erased_texts"]}
    latest = {max(of_row) for of_row in logged_repairs(entries).values()}
    return frozenset(seq for seq in latest if seq > last and seq not in erased)


def check_repairs(row: Row, log: Log, logged: Sequence[int], standing: Container[int]) -> None:
    """Refuse a row that names a cell typed over which the log does not know, of these bytes, or leaves out one that it
    knows to stand (``standing_repairs``)."""
    named: set[int] = set()
    for one in row.get("repairs", ()):
        told = {name: one[name] for name in _LOGGED} | {"digest": row["source"]["raw_sha256"]}
        found = next((seq for seq in logged if _says(log.entry(seq), told, one["salts"], one["at"])), 0)
        if not found:
            raise HandoffRefused("rows.decision", f"{row['row_id']}: what was typed over it is not as logged.")
        named.add(found)
    if any(seq in standing and seq not in named for seq in logged):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: it leaves out what the log says was typed over it.")


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
