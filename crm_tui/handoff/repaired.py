"""Cells that a reviewer typed over, as a handoff carries them: what the file says, what counts, who and when.

The log holds keyed hashes of what was typed, so the row opens them: of a cell that counts everything, of one that was
typed over again, or whose row was loaded with other bytes since, only which cell and which bytes it was.  So a receiver
sees that none is left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping, Sequence
from typing import Any

from crm_tui.errors import HandoffRefused
from crm_tui.handoff.log_file import mark
from crm_tui.handoff.row_file import Row
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Choice
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.overlays import column_label
from crm_tui.workspace.replay import Entry, lasting, undone

_LOGGED = ("field", "value", "reason", "by")


SINCE_VERSION = 3
"""The ``VIEWS_VERSION`` from which on a handoff accounts for every cell that was typed over."""
_OF_WHICH = ("field", "digest")


def counting_repairs(cases: Cases) -> dict[str, dict[int, Entry]]:
    """Row id → number → each of its repairs that counts; one of which texts were erased says nothing any more."""
    connection = cases.store.connection
    sql = "SELECT DISTINCT row_id FROM log JOIN log_text USING (seq) WHERE field = 'digest'"
    row_ids = [row_id for (row_id,) in connection.execute(sql)]
    return {
        row_id: {
            entry.seq: entry
            for entry in effective
            if entry.body["choice"] == Choice.REPAIR and not _SAYS.difference(entry.texts)
        }
        for row_id, effective in journal.effective_of_rows(connection, row_ids).items()
    }


def repairs_of(cases: Cases, record_id: int, counting: Mapping[int, Entry]) -> dict[str, list[dict[str, Any]]]:
    """``repairs`` of a row, by column, and ``earlier_repairs``, in their order; each where there are some."""
    connection, named = cases.store.connection, []
    sql = "SELECT source_id, raw, context FROM record WHERE id = ?"
    source_id, raw, context = connection.execute(sql, (record_id,)).fetchone()
    source = cases.sources[source_id]
    cells = source.cells(raw, context)
    in_force = cases.repairs.get(record_id, {})
    for column, one in sorted(in_force.items()):
        entry = counting[one.seq]
        said = {name: entry.texts.get(name, "") for name in _LOGGED}
        label, was = column_label(source.table, column), mask_secrets(cells.get(column, ""))
        named.append(
            {**said, "label": label, "was": was, "at": str(entry.body["at"]), "salts": _salts(connection, one.seq)}
        )
    counted = {one.seq for one in in_force.values()}
    earlier = [
        {name: entry.texts[name] for name in _OF_WHICH} | {"salts": _salts(connection, seq, _OF_WHICH)}
        for seq, entry in sorted(counting.items())
        if seq not in counted
    ]
    return {name: some for name, some in (("repairs", named), ("earlier_repairs", earlier)) if some}


_SAYS = frozenset(("field", "value", "digest"))


def _salts(connection: sqlite3.Connection, seq: int, names: Sequence[str] = ()) -> dict[str, str]:
    found = connection.execute("SELECT field, salt FROM log_text WHERE seq = ?", (seq,))
    return {name: salt.hex() for name, salt in found if name in names or not names}


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

    All that a log tells by itself, for handoffs from before ``SINCE_VERSION``.
    """
    last = max((entry.seq for entry in entries if entry.kind == "import"), default=0)
    erased = {seq for entry in entries if entry.kind == "erase" for seq, _ in entry.body["erased_texts"]}
    latest = {max(of_row) for of_row in logged_repairs(entries).values()}
    return frozenset(seq for seq in latest if seq > last and seq not in erased)


Erased = Container[tuple[int, str]]
"""The texts, by entry and field, that the log says were erased."""


def check_repairs(row: Row, logged: Sequence[Entry], erased: Erased) -> None:
    """Refuse a row that names a cell typed over which the log does not know, or not of these bytes, or leaves one out.

    ``logged``: the repairs of the row that count, in order.
    """
    named = _named(row, logged, erased)
    told = {seq: (field, row["source"]["raw_sha256"]) for seq, field in named.items()}
    for one in row.get("earlier_repairs", ()):
        said = {name: one[name] for name in _OF_WHICH}
        found = next(
            (entry for entry in logged if entry.seq not in told and _has_marks(entry, said, one["salts"])), None
        )
        if found is None:
            raise HandoffRefused("rows.decision", f"{row['row_id']}: what was typed over it before is not as logged.")
        told[found.seq] = one["field"], one["digest"]
    untold = (entry.seq for entry in logged if entry.seq not in told)
    latest = {told[seq][0]: seq for seq in sorted(told)}
    in_force = {seq for seq in latest.values() if told[seq][1] == row["source"]["raw_sha256"]}
    # A line that cannot be read as a row any more has no cells, whatever was typed over them before.
    whole = in_force == named.keys() or (in_force > named.keys() and row["rule"] == "unreadable")
    if not whole or not all(any((seq, name) in erased for name in _SAYS) for seq in untold):
        raise _left_out(row)


def check_repairs_before(row: Row, logged: Sequence[Entry], erased: Erased, standing: Container[int]) -> None:
    """The same of a handoff from before ``SINCE_VERSION``, as far as its log tells (``standing_repairs``)."""
    named = _named(row, logged, erased)
    if any(entry.seq in standing and entry.seq not in named for entry in logged):
        raise _left_out(row)


def _left_out(row: Row) -> HandoffRefused:
    return HandoffRefused("rows.decision", f"{row['row_id']}: it leaves out what the log says was typed over it.")


def _named(row: Row, logged: Sequence[Entry], erased: Erased) -> dict[int, str]:
    """Number of the entry → column, of each cell that the row says was typed over."""
    named: dict[int, str] = {}
    for one in row.get("repairs", ()):
        told = {name: one[name] for name in _LOGGED} | {"digest": row["source"]["raw_sha256"]}
        matching = (entry for entry in logged if entry.body["at"] == one["at"])
        found = next((entry for entry in matching if _has_marks(entry, told, one["salts"], erased)), None)
        if found is None or found.seq in named:
            raise HandoffRefused("rows.decision", f"{row['row_id']}: what was typed over it is not as logged.")
        named[found.seq] = one["field"]
    return named


def _has_marks(entry: Entry, told: Mapping[str, str], salts: Mapping[str, str], erased: Erased = ()) -> bool:
    """Whether the texts are those of which the entry has the keyed hashes; one that was erased is blank."""
    marks = entry.body["texts"]
    return all(
        marks.get(name) == mark(salts, name, text) or (not text and (entry.seq, name) in erased)
        for name, text in told.items()
    )


def repair_words(row: Row) -> str:
    """What was typed over, in words."""
    return "; ".join(
        f"{one['label']} “{one['was']}” → “{one['value']}” ({one['by']}, {one['at']}"
        f"{', ' if one['reason'] else ''}{one['reason']})"
        for one in row.get("repairs", ())
    )
