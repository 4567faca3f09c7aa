"""``rows.jsonl``: one object per judged row, from which every view of the handoff is drawn.

Their shape is in ``row_file.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crm_tui.classify.fields import NEITHER_SOURCE
from crm_tui.classify.staging import content_key, staged_values
from crm_tui.handoff.repaired import counting_repairs, repairs_of
from crm_tui.handoff.row_file import Row
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Case, Option, Queue, Review, State, Take
from crm_tui.progress import Progress, nobody, told
from crm_tui.systems import label
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.stored import SourceRow

READY, REJECTED, OUTSTANDING, ERROR = "ready", "rejected", "outstanding", "error"


def build_rows(cases: Cases, seq: int, progress: Progress = nobody) -> Iterator[dict[str, Any]]:
    """All rows of the workspace, sorted by row id, as the handoff with number ``seq`` carries them."""
    loaded_at = _load_times(cases)
    logged = _logged(cases)
    first = _first_ready(cases)
    repaired = counting_repairs(cases)
    for record_id, case, review in told(cases.each(), cases.counts().rows, progress):
        raw_sha256, source, latest = _stored(cases, record_id)
        row = _row(case, review, cases.decided_option(record_id, review), logged.get(review.seq))
        row["source"] = {"file": case.source, "line": case.line, "raw_sha256": raw_sha256}
        row["table"] = source.table_name
        row["in_latest_load"] = latest
        row["loaded_at"] = loaded_at.get(source.load_seq, "")
        if row["status"] == READY:
            row["first_ready_seq"] = first.get((case.row_id, row["idempotency_key"]), seq)
        if case.row_id in repaired:
            row.update(repairs_of(cases, record_id, repaired[case.row_id]))
        yield row


def build_groups(cases: Cases, seq: int) -> Iterator[dict[str, Any]]:
    """The groups of duplicates that are suggested or were decided, as rows of the same form, sorted by row id.

    ``source`` is the first record's; ``in_latest_load`` says whether the group is still suggested as it is.
    """
    groups = list(cases.each_group())
    logged, first = (_logged(cases), _first_ready(cases)) if groups else ({}, {})
    for one, case, review in groups:
        stored = [_stored(cases, number) for name in one.members if (number := cases.by_row_id(name))]
        digest = hashlib.sha256("\0".join(raw_sha256 for raw_sha256, _, _ in stored).encode())
        row = _row(case, review, cases.decided_option(one.number, review), logged.get(review.seq))
        row["source"] = {"file": case.source, "line": case.line, "raw_sha256": digest.hexdigest()}
        row["table"] = stored[0][1].table_name
        row["in_latest_load"] = one.live
        row["loaded_at"] = ""
        if row["status"] == READY:
            row["first_ready_seq"] = first.get((case.row_id, row["idempotency_key"]), seq)
        yield row


def _stored(cases: Cases, record_id: int) -> tuple[str, SourceRow, bool]:
    digest = hashlib.sha256(cases.raw(record_id)).hexdigest()
    return digest, cases.source(record_id), cases.is_latest(record_id)


def _load_times(cases: Cases) -> dict[int, str]:
    """Load number → time of its journal entry."""
    imports = journal.entries(cases.store.connection, "kind = 'import'")
    return {int(entry.body["load"]): str(entry.body["at"]) for entry in imports}


class _Logged(NamedTuple):
    """What the journal says of one decision beyond its projection."""

    override: bool
    """Whether it overrides a protected field."""
    outside: bool
    """Whether the contact was chosen by the reviewer, not among the candidates."""
    source_of_truth: str
    """The choice in words, as it was called when it was made."""
    salts: dict[str, str]
    """Field → salt of its text, in hex."""


def _logged(cases: Cases) -> dict[int, _Logged]:
    """Number of a journal entry → what it says."""
    salts: dict[int, dict[str, str]] = {}
    for seq, name, salt in cases.store.connection.execute("SELECT seq, field, salt FROM log_text"):
        salts.setdefault(seq, {})[name] = salt.hex()
    decisions = journal.entries(cases.store.connection, "kind = 'decide'")
    return {
        entry.seq: _Logged(
            bool(entry.body["locked"]),
            bool(entry.body["outside"]),
            entry.texts.get("source_of_truth", ""),
            salts.get(entry.seq, {}),
        )
        for entry in decisions
    }


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


def _row(case: Case, review: Review, option: Option | None, logged: _Logged | None) -> dict[str, Any]:
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
        **_side_by_side(case),
        "notes": [note.text for note in case.notes],
        "decision": _decision(review, logged, chosen),
        "votes": [],
        **_staged(case, chosen),
    }


def _contact_key(case: Case, option: Option | None) -> str:
    return case.contact_key or (option.token if option and option.contact else "")


def _side_by_side(case: Case) -> dict[str, Any]:
    """The sides and fields of a held or broken row as the screen shows them; a ready row needs no comparison."""
    if case.verdict.queue is Queue.LEDGER:
        return {"sides": [], "compared": []}
    return {
        "sides": [{"name": side.name, "subject": side.subject, "option": side.option} for side in case.sides],
        "compared": [
            {
                "field": row.field,
                "label": row.label,
                "values": [mask_secrets(value) for value in row.values],
                "marks": [mark.value for mark in row.marks],
                "locked": row.locked,
            }
            for row in case.rows
        ],
    }


def _evidence(item: Any) -> dict[str, str]:
    return {"side": item.side, "field": item.field, "value": item.value, "text": item.text}


def _decision(review: Review, logged: _Logged | None, chosen: Option | None) -> dict[str, Any] | None:
    if logged is None:
        return None
    return {
        "action": review.action,
        "option": review.choice,
        "source_of_truth": logged.source_of_truth,
        "suggested": review.suggested,
        "reason": review.reason,
        "question": review.question,
        "by": review.by,
        "at": review.at,
        "log_seq": review.seq,
        "evidence": review.fingerprint,
        "override": logged.override,
        "outside": logged.outside,
        "picks": [pick._asdict() for pick in chosen.picks] if chosen else [],
        "salts": logged.salts,
    }


def field_rules(
    staged: Sequence[Mapping[str, Any]], picks: Sequence[Mapping[str, Any]], system: str
) -> list[dict[str, str]]:
    """Per field written: ``overwrite`` a known value, or ``fill`` where none is known; and whose value it is.

    ``source`` is a side's key (``system`` is the event's), ``both``, or the mark of a value that a person wrote.
    """
    picked = {pick["field"]: _source(pick) for pick in picks}
    return [
        {
            "field": item["field"],
            "rule": "overwrite" if item["before"] else "fill",
            "source": picked.get(item["field"], system),
        }
        for item in staged
    ]


def _source(pick: Mapping[str, Any]) -> str:
    return str({Take.SIDE: pick["side"], Take.EDITED: NEITHER_SOURCE}.get(pick["take"], pick["take"]))


def _staged(case: Case, chosen: Option | None) -> dict[str, Any]:
    staged = chosen.staged if chosen else None
    if chosen is None or staged is None:
        return nothing_staged()
    values = staged_values(staged)
    row = {
        "row_id": case.row_id,
        "target": staged.destination,
        "operation": staged.operation.value,
        "object": staged.object,
        "target_id": staged.target_id,
        "staged": values,
        "fields": field_rules(values, [pick._asdict() for pick in chosen.picks], case.sides[0].system),
        "first_ready_seq": 0,
    }
    return row | {"idempotency_key": idempotency_key(row)}


def nothing_staged() -> dict[str, Any]:
    """The fields of a row by which nothing is to be written."""
    return {
        "operation": "",
        "object": "",
        "target_id": "",
        "staged": [],
        "fields": [],
        "idempotency_key": "",
        "first_ready_seq": 0,
    }


def idempotency_key(row: Row) -> str:
    """The key that the staged content of a row must have."""
    return content_key(row["row_id"], row["target"], row["operation"], row["object"], row["target_id"], row["staged"])


_QUEUES = {"ledger": "ledger", "conflict": "conflicts", "error": "errors"}


class Tally:
    """Rows per queue and per status: of all of them, and of each table."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.counts = self._none()
        self._tables: dict[str, dict[str, int]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Count one row."""
        of_table = self._tables.setdefault(row["table"], self._none())
        for found in (self.counts, of_table):
            found["rows"] += 1
            found[_QUEUES[row["was"]]] += 1
            if row["status"] != ERROR:
                found[row["status"]] += 1

    def of_table(self, table: str) -> Mapping[str, int]:
        """The same of the rows of one table."""
        return self._tables.get(table) or self._none()

    @staticmethod
    def _none() -> dict[str, int]:
        return dict.fromkeys(("rows", "ledger", "conflicts", "errors", READY, REJECTED, OUTSTANDING), 0)


def source_label(row: Row) -> str:
    """How the row's source is called in the views."""
    return label(row["system"])
