"""``rows.jsonl``: one object per judged row, from which every view of the handoff is drawn.

Fields are those of handoff.md's payload schema; lists of named values stand for maps, because field names come from
the exports and canonical JSON has fixed keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from crm_tui import canonical
from crm_tui.model import Case, Option, Outcome, Queue, Review, Staged, State
from crm_tui.systems import label
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases, SourceRow

READY, REJECTED, OUTSTANDING, ERROR = "ready", "rejected", "outstanding", "error"

Row = Mapping[str, Any]


def build_rows(cases: Cases, seq: int) -> list[dict[str, Any]]:
    """All rows of the workspace, sorted by row id, as the handoff with number ``seq`` carries them."""
    loaded_at = _load_times(cases)
    salts = _salts(cases)
    first = _first_ready(cases)
    rows = []
    for record_id, case, review in cases.each():
        raw_sha256, source, latest = _stored(cases, record_id)
        option = cases.option(record_id, review.choice) if review.choice else None
        row = _row(case, review, option)
        row["source"] = {"file": case.source, "line": case.line, "raw_sha256": raw_sha256}
        row["table"] = source.table_name
        row["in_latest_load"] = latest
        row["loaded_at"] = loaded_at.get(source.load_seq, "")
        if row["decision"]:
            row["decision"]["salts"] = salts.get(review.seq, {})
        if row["status"] == READY:
            row["first_ready_seq"] = first.get((case.row_id, row["idempotency_key"]), seq)
        rows.append(row)
    return rows


def _stored(cases: Cases, record_id: int) -> tuple[str, SourceRow, bool]:
    raw, source_id, latest = cases.store.connection.execute(
        "SELECT raw, source_id, latest FROM record WHERE id = ?", (record_id,)
    ).fetchone()
    return hashlib.sha256(raw).hexdigest(), cases.sources[source_id], bool(latest)


def _load_times(cases: Cases) -> dict[int, str]:
    """Load number → time of its journal entry; loads and import entries come in the same order."""
    loads = sorted({source.load_seq for source in cases.sources.values()})
    imports = journal.entries(cases.store.connection, "kind = 'import'")
    return {load_seq: str(entry.body["at"]) for load_seq, entry in zip(loads, imports, strict=True)}


def _salts(cases: Cases) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for seq, name, salt in cases.store.connection.execute("SELECT seq, field, salt FROM log_text"):
        found.setdefault(seq, {})[name] = salt.hex()
    return found


def _first_ready(cases: Cases) -> dict[tuple[str, str], int]:
    """The handoff in which a row was first ready with the same content: importers take only newer ones."""
    sql = "SELECT row_id, idempotency_key, MIN(seq) FROM handoff_row GROUP BY 1, 2"
    return {(row_id, key): seq for row_id, key, seq in cases.store.connection.execute(sql)}


def row_status(queue: Queue, state: State) -> str:
    """What the importer may do with a row: only ``ready`` ones are for it."""
    if queue is Queue.ERROR:
        return ERROR
    if state is State.APPROVED:
        return READY
    return REJECTED if state is State.REJECTED else OUTSTANDING


def _row(case: Case, review: Review, option: Option | None) -> dict[str, Any]:
    status = row_status(case.verdict.queue, review.state)
    chosen = option if status == READY else None
    untouched = case.verdict.queue is Queue.LEDGER and not review.seq
    return {
        "row_id": case.row_id,
        "event_id": case.event_id,
        "noun": case.noun,
        "system": case.sides[0].system,
        "target": case.target,
        "contact_key": _contact_key(case, option),
        "was": case.verdict.queue.value,
        "outcome": case.verdict.outcome.value,
        "rule": case.verdict.rule,
        "fired": list(case.verdict.fired),
        "word": case.status,
        "issue": case.issue,
        "action": case.action,
        "status": status,
        "state": review.state.value,
        "evidence": [] if untouched else [_evidence(item) for item in case.evidence[:-1]],
        "evidence_text": case.evidence[-1].text,
        "evidence_sha256": case.fingerprint,
        "notes": [note.text for note in case.notes],
        "decision": _decision(review, option),
        "fields": _field_rules(chosen),
        **_staged(case.row_id, chosen.staged if chosen else None),
    }


def _contact_key(case: Case, option: Option | None) -> str:
    return case.contact_key or (option.token if option and option.contact else "")


def _evidence(item: Any) -> dict[str, str]:
    return {"side": item.side, "field": item.field, "value": item.value, "text": item.text}


def _decision(review: Review, option: Option | None) -> dict[str, Any] | None:
    if not review.seq:
        return None
    return {
        "action": _ACTIONS.get(review.state, "stale"),
        "option": review.choice,
        "source_of_truth": option.token if option else "",
        "suggested": review.suggested,
        "reason": review.reason,
        "question": review.question,
        "by": review.by,
        "at": review.at,
        "log_seq": review.seq,
        "evidence": review.fingerprint,
        "override": bool(option and option.locked),
    }


_ACTIONS = {
    State.PENDING: "clear",
    State.CHOSEN: "choose",
    State.APPROVED: "approve",
    State.REJECTED: "reject",
    State.DEFERRED: "defer",
    State.NEEDS_CLIENT: "needs-client",
}


def _field_rules(option: Option | None) -> list[dict[str, str]]:
    """Per field written: ``overwrite`` a known value, or ``fill`` where none is known."""
    if option is None or option.staged is None:
        return []
    known = option.staged.before
    return [{"field": name, "rule": "overwrite" if known.get(name) else "fill"} for name in option.staged.values]


def _staged(row_id: str, staged: Staged | None) -> dict[str, Any]:
    if staged is None:
        return {
            "operation": "",
            "object": "",
            "target_id": "",
            "staged": [],
            "idempotency_key": "",
            "first_ready_seq": 0,
        }
    values = [
        {"field": name, "value": value, "before": staged.before.get(name)} for name, value in staged.values.items()
    ]
    row = {
        "row_id": row_id,
        "target": staged.destination,
        "operation": staged.operation.value,
        "object": staged.object if staged.operation is not Outcome.NO_WRITE else "",
        "target_id": staged.target_id,
        "staged": values,
        "first_ready_seq": 0,
    }
    return row | {"idempotency_key": idempotency_key(row)}


def idempotency_key(row: Row) -> str:
    """The key that the staged content of a row must have."""
    content = [row["target"], row["operation"], row["object"], row["target_id"], row["row_id"], row["staged"]]
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Rows per queue and per status."""
    queues = {"ledger": "ledger", "conflict": "conflicts", "error": "errors"}
    found = dict.fromkeys(("rows", "ledger", "conflicts", "errors", READY, REJECTED, OUTSTANDING), 0)
    for row in rows:
        found["rows"] += 1
        found[queues[row["was"]]] += 1
        if row["status"] != ERROR:
            found[row["status"]] += 1
    return found


def source_label(row: Row) -> str:
    """How the row's source is called in the views."""
    return label(row["system"])
