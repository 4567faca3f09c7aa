"""Does a handoff agree with itself?  Rows against statement, decisions against the log, views against the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.handoff import rows as handoff_rows
from crm_tui.handoff.rows import Row, counts, idempotency_key
from crm_tui.handoff.seal import render_content
from crm_tui.handoff.statement import SCHEMA
from crm_tui.model import Queue, Review, State
from crm_tui.text import safe_text
from crm_tui.workspace.journal import entry_hash, genesis, text_mark
from crm_tui.workspace.replay import Entry, replay

Data = bytes | memoryview


def parse_json(name: str, data: Data) -> Any:
    """One canonical JSON document with a line end; refuses anything that could be read in two ways."""
    raw = bytes(data)
    if not raw.endswith(b"\n"):
        raise HandoffRefused("json.syntax", f"{name} does not end with a line end.")
    try:
        return canonical.loads(raw[:-1])
    except canonical.NotCanonical as error:
        raise HandoffRefused(error.code, f"{name} is not canonical JSON.") from error


def parse_lines(name: str, data: Data) -> list[Any]:
    """Canonical JSON documents, one per line."""
    raw = bytes(data)
    if raw and not raw.endswith(b"\n"):
        raise HandoffRefused("json.syntax", f"{name} does not end with a line end.")
    return [
        parse_json(f"line {number} of {name}", line + b"\n") for number, line in enumerate(raw.split(b"\n")[:-1], 1)
    ]


def check_statement(statement: Mapping[str, Any]) -> None:
    """The schema is the one we know, and nothing that it needs is missing."""
    if not isinstance(statement, dict) or statement.get("schema") != SCHEMA:
        raise HandoffRefused("schema", "the handoff is of a form that this crm-tui does not know; use a newer one.")


def check_log(statement: Mapping[str, Any], bodies: Sequence[bytes]) -> list[Entry]:
    """Recompute the chain from its genesis; return its entries without texts."""
    prev = genesis(statement["workspace_id"])
    signed = statement["log"]
    if signed["genesis"] != prev.hex():
        raise HandoffRefused("log.genesis", "the log is not one of this workspace.")
    entries: list[Entry] = []
    for seq, body in enumerate(bodies, 1):
        prev = entry_hash(prev, seq, body)
        entries.append(Entry(seq, parse_json(f"entry {seq} of the log", body + b"\n"), {}))
    if (len(entries), prev.hex()) != (signed["entries"], signed["head"]):
        raise HandoffRefused("log.head", "the log is not the one that was signed: its end differs.")
    last = entries[-1].body if entries else {}
    if last.get("kind") != "handoff" or last.get("handoff") != statement["seq"]:
        raise HandoffRefused("log.head", "the log does not end with this handoff.")
    return entries


def check_rows(statement: Mapping[str, Any], rows: Sequence[Row], entries: Sequence[Entry]) -> None:
    """Rows are unique, in order, counted, and each decision is what the log says."""
    names = [row["row_id"] for row in rows]
    if len(set(names)) != len(names):
        raise HandoffRefused("rows.duplicate", "a row stands in the handoff twice.")
    if names != sorted(names):
        raise HandoffRefused("rows.order", "the rows are not in order.")
    numbers = counts([dict(row) for row in rows])
    complete = numbers["outstanding"] == 0
    if (
        numbers != statement["counts"]
        or statement["rows_total"] != len(rows)
        or statement["complete"] is not complete
        or statement["kind"] != ("full" if complete else "partial")
    ):
        raise HandoffRefused("rows.counts", "the counts in the statement are not those of the rows.")
    decided = dict(replay(entries))
    by_seq = {entry.seq: entry for entry in entries}
    for row in rows:
        review = decided.pop(row["row_id"], Review())
        _check_decision(row, review)
        _check_status(row, review)
        _check_texts(row, by_seq)
        if row["operation"] and row["idempotency_key"] != idempotency_key(row):
            raise HandoffRefused("rows.key", f"{row['row_id']}: its idempotency key is not that of its content.")
        if not 0 <= row["first_ready_seq"] <= statement["seq"]:
            raise HandoffRefused("rows.key", f"{row['row_id']}: it claims a handoff that is not there yet.")
    for row_id, review in decided.items():
        if review.seq:
            raise HandoffRefused(
                "rows.decision", f"the log decides {safe_text(row_id, 40)}, which is not among the rows."
            )


def _check_decision(row: Row, review: Review) -> None:
    decision = row["decision"]
    if (decision is None) != (review.seq == 0):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its decision is not the one in the log.")
    if decision is None:
        return
    shown = (decision["log_seq"], decision["option"], decision["suggested"], decision["at"], decision["evidence"])
    if shown != (review.seq, review.choice, review.suggested, review.at, review.fingerprint):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its decision is not the one in the log.")


def _check_status(row: Row, review: Review) -> None:
    moved = review.fingerprint != row["evidence_sha256"]
    state = State.STALE if review.seq and moved else review.state
    if row["status"] == handoff_rows.READY and (review.seq == 0 or state is not State.APPROVED):
        raise HandoffRefused("rows.undecided", f"{row['row_id']}: it is marked ready without an approval in the log.")
    error = row["was"] == "error"
    expected = handoff_rows.ERROR if error else handoff_rows.row_status(Queue(row["was"]), state)
    if row["status"] != expected or row["state"] != state.value:
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its state is not the one that the log gives.")
    if row["staged"] and row["status"] != handoff_rows.READY:
        raise HandoffRefused("rows.undecided", f"{row['row_id']}: it stages values without an approval.")


def _check_texts(row: Row, entries: Mapping[int, Entry]) -> None:
    """Names and reasons are the ones whose keyed hashes stand in the log."""
    decision = row["decision"]
    if decision is None:
        return
    marks = entries[decision["log_seq"]].body["texts"]
    for name in ("by", "reason", "question"):
        text, salt = decision[name], decision["salts"].get(name, "")
        given = text_mark(bytes.fromhex(salt), text) if salt and text else None
        # An erased text leaves its mark in the log and a blank in the row.
        if text and given != marks.get(name):
            raise HandoffRefused("rows.decision", f"{row['row_id']}: its {name} is not the one in the log.")


def check_views(statement: dict[str, Any], rows: list[dict[str, Any]], members: Mapping[str, Data]) -> None:
    """What a person reads is drawn again from what a machine reads, and compared byte for byte."""
    for name, data in render_content(statement, rows).items():
        if data != members[name]:
            raise HandoffRefused("bundle.view", f"{name} says something else than the data.")
