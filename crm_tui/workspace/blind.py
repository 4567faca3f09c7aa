"""A blind copy for a second reviewer: the same rows and the same evidence, and nothing of what the first decided (D21).

The copy is of the same review, so both handoffs can be merged: what the two decided alike stands, what they did not
waits again.  Rows outside of what is to be looked at a second time are put off in the copy, which stands against
nobody's decision.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from crm_tui.errors import UsageError
from crm_tui.model import Queue, Take
from crm_tui.text import safe_text
from crm_tui.workspace import journal, overlays
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.store import Store

KEPT = ("open", "import", "policy", "map", "judge")
"""Kinds of entries that say what there is to decide, and nothing of what was decided; copies of a review share them."""
DRAW = "draw"
"""Kind of the entry by which the rows of a sample are drawn."""
_TABLES = (
    "meta", "policy", "column_map", "source", "left_out", "reference", "record", "record_version", "contact",
    "contact_key", "duplicate",
)  # fmt: skip
NOT_ASKED = "not part of the second review"


class Asked(Enum):
    """Which rows a second reviewer is to look at."""

    ALL = "all"
    OVERRIDES = "overrides"
    """Those by which a protected field is overridden, a value or a cell was typed, or a contact chosen that no key
    leads to."""


def blind_copy(
    cases: Cases, out: Path, asked: Asked = Asked.ALL, sample: int = 0, reviewer: str = ""
) -> tuple[int, int]:
    """Write the copy; gives how many rows the second reviewer is asked for, and how many were decided before.

    ``sample``: at most so many of the rows that were decided, by a draw that ``reviewer`` enters into the journal, for
    which the store has to be writable; 0 = all.  Raises ``UsageError`` where there is a file already, or somebody was
    erased.
    """
    if out.exists() or out.is_symlink():
        raise UsageError(f"{safe_text(str(out))} is there already; name a new file.")
    first = cases.store
    if journal.entries(first.connection, "kind = 'erase'"):
        raise UsageError("somebody was erased from this review, so no blind copy of it can be made any more.")
    decided = [(record, case.row_id) for record, case, review in cases.each() if not review.state.outstanding]
    wanted = [row for record, row in decided if asked is Asked.ALL or _is_override(cases, record)]
    picked = frozenset(_drawn(wanted, _draw(first, reviewer))[:sample] if sample else wanted)
    with Store.building(out, clock=first.clock) as store:
        _fill(store, first.path)
        if sample or asked is not Asked.ALL:
            _put_off(store, lambda row_id: row_id not in picked)
    return len(picked), len(decided)


def _draw(store: Store, reviewer: str) -> bytes:
    """The hash of the journal entry by which rows are drawn; 32 bytes.

    It follows from all that was decided before and from a number drawn at random, so that nobody can foresee or choose
    the rows, and whoever has the log can draw them again.  One draw counts until something else happens to the review.
    """
    connection = store.connection
    last = connection.execute("SELECT kind, hash FROM log WHERE kind != 'handoff' ORDER BY seq DESC LIMIT 1").fetchone()
    if last and last[0] == DRAW:
        return bytes(last[1])
    with store.transaction():
        journal.append(store, DRAW, {"nonce": secrets.token_hex(32)}, {"by": reviewer})
    return journal.head(connection)[1]


def _drawn(rows: list[str], draw: bytes) -> list[str]:
    """Row ids in the order of SHA-256(draw, row id)."""
    return sorted(rows, key=lambda row: hashlib.sha256(draw + row.encode()).digest())


def _is_override(cases: Cases, record_id: int) -> bool:
    review = cases.review(record_id)
    option = cases.decided_option(record_id, review)
    typed = any(pick.take is Take.EDITED for pick in review.picks)
    return bool(option and (option.overrides or option.outside)) or typed or record_id in cases.repairs


def _fill(store: Store, source: Path) -> None:
    """Everything but what was decided; the entries are the same, word for word, in a chain of their own."""
    connection = store.connection
    connection.execute("ATTACH DATABASE ? AS first", (str(source),))
    try:
        for table in _TABLES:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM first.{table}")
        # Else what the second person decides would stand in the name of the first, unless they say their own.
        connection.execute("DELETE FROM main.meta WHERE key = 'reviewer'")
        repaired = {row_id for (row_id,) in connection.execute("SELECT row_id FROM first.repair")}
        kept = {seq for (seq,) in connection.execute("SELECT seq FROM first.repair")}
        rows = connection.execute("SELECT seq, kind, row_id, body FROM first.log ORDER BY seq")
        for seq, kind, row_id, body in rows.fetchall():
            if kind in KEPT or seq in kept:
                _enter(store, seq, kind, row_id, body)
    finally:
        connection.execute("DETACH DATABASE first")
    for row_id in sorted(repaired):
        overlays.project(connection, row_id, overlays.repairs(journal.effective_of_row(connection, row_id)))


def _enter(store: Store, seq: int, kind: str, row_id: str, body: bytes) -> None:
    """Add an entry of the first workspace to the journal of the copy, with its texts and their salts."""
    connection = store.connection
    last, prev = journal.head(connection)
    prev = prev or journal.genesis(store.meta("workspace_id"))
    digest = journal.entry_hash(prev, last + 1, body)
    connection.execute("INSERT INTO log VALUES (?, ?, ?, 0, ?, ?, ?)", (last + 1, kind, row_id, prev, body, digest))
    connection.execute(
        "INSERT INTO log_text SELECT ?, field, salt, text FROM first.log_text WHERE seq = ?", (last + 1, seq)
    )


def _put_off(store: Store, is_out: Callable[[str], bool]) -> None:
    cases = Cases(store)
    decisions = Decisions(cases, "blind copy")
    with decisions.together():
        for record_id in [record for record, case, _ in cases.each() if is_out(case.row_id)]:
            if cases.case(record_id).verdict.queue is not Queue.ERROR:
                decisions.defer(record_id, NOT_ASKED)
