"""The views of a review: the four CSVs of seed 001, the questions, the summary and the README of a handoff.

All are pure functions of the statement and the rows, so that a verifier can draw them again and compare every byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crm_tui.classify.fields import OUTSIDE
from crm_tui.handoff.csv_view import csv_lines, view_line
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import source_label
from crm_tui.handoff.statement import VIEWS_VERSION
from crm_tui.handoff.view_words import choice_words, pick_words
from crm_tui.systems import label

Statement = Mapping[str, Any]

_OWN = ("review_state", "decision", "reviewer", "decided_at", "row_id")
LEDGER_HEADER = ("event_id", "source", "target", "contact_key", "action", "status", "evidence", *_OWN)
CONFLICT_HEADER = ("event_id", "source", "issue", "evidence", "reviewer_action", *_OWN)
ERROR_HEADER = ("event_id", "source", "error", "evidence", "blocked_at", *_OWN)
SLICE_HEADER = (
    "slice_id",
    "source_pattern",
    "transformation",
    "destination_review",
    "boundary",
    "trigger",
    "match_policy",
    "review_queue",
    "rows",
    "ledger",
    "conflicts",
    "errors",
)
QUESTION_HEADER = ("event_id", "source", "issue", "question", "asked_by", "asked_at", "answer", "row_id")


class QueueViews:
    """The views of the three queues, told row by row; of a row only its line is kept, so that it is read once."""

    def __init__(self, version: int = VIEWS_VERSION) -> None:
        """``version`` is the ``VIEWS_VERSION`` whose words the rows are drawn with."""
        self._version = version
        self._lines = {queue: list[tuple[str, str, bytes]]() for queue in _QUEUES}

    def add(self, row: Row) -> None:
        """Take the next row in."""
        queue = _QUEUES[row["was"]]
        cells = queue.cells(row, self._version)
        line = view_line([cells[name] for name in queue.header])
        self._lines[row["was"]].append((row["event_id"], row["row_id"], line))

    def files(self) -> dict[str, Iterator[bytes]]:
        """The views by file name, line by line, as a reader looks for a row: by event id, then row id."""
        return {_QUEUES[name].file: _with_head(_QUEUES[name], sorted(lines)) for name, lines in self._lines.items()}


def _with_head(queue: _Queue, lines: Sequence[tuple[str, str, bytes]]) -> Iterator[bytes]:
    yield view_line(queue.header)
    for _, _, line in lines:
        yield line


def render_slices(statement: Statement) -> dict[str, Iterator[bytes]]:
    """The view of the first slice by its file name, line by line."""
    return {"first-slice-map.csv": csv_lines(SLICE_HEADER, statement["slices"])}


def render_questions(asked: Iterable[Row]) -> dict[str, Iterator[bytes]]:
    """The view of what the client was asked by its file name, line by line."""
    return {"questions.csv": csv_lines(QUESTION_HEADER, map(_question, asked))}


def _own(row: Row, version: int) -> dict[str, str]:
    decision = row["decision"] or {}
    return {
        "review_state": "pending" if row["state"] == "to decide" else row["state"],
        "decision": _decision_text(row, version),
        "reviewer": decision.get("by", ""),
        "decided_at": decision.get("at", ""),
        "row_id": row["row_id"],
    }


def _decision_text(row: Row, version: int) -> str:
    decision = row["decision"]
    if not decision:
        return ""
    chosen = choice_words(decision, version) + (f" ({OUTSIDE.rstrip('.').lower()})" if decision["outside"] else "")
    by_hand = [pick_words(row, pick, version) for pick in decision["picks"]]
    text = "; ".join([" ".join(part for part in (decision["action"], chosen) if part), *by_hand])
    words = decision["reason"] or decision["question"]
    return f"{text}: {words}" if words else text


def _ledger(row: Row, version: int) -> dict[str, str]:
    what = row["outcome"] if row["outcome"] == "no-write" else f"{row['outcome']} into {label(row['target'])}"
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "target": label(row["target"]),
        "contact_key": row["contact_key"],
        "action": what,
        "status": row["word"],
        "evidence": row["evidence_text"],
        **_own(row, version),
    }


def _conflict(row: Row, version: int) -> dict[str, str]:
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "issue": f"{source_label(row)} identity conflict: {row['issue']}" if _is_identity(row) else row["issue"],
        "evidence": row["evidence_text"],
        "reviewer_action": row["action"],
        **_own(row, version),
    }


def _is_identity(row: Row) -> bool:
    return row["rule"] in ("keys_disagree", "id_disagrees", "unmapped", "email_unknown")


def _error(row: Row, version: int) -> dict[str, str]:
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "error": row["issue"],
        "evidence": row["evidence_text"],
        "blocked_at": row["loaded_at"],
        **_own(row, version),
    }


class _Queue(NamedTuple):
    """How the rows of a queue are drawn."""

    file: str
    header: Sequence[str]
    cells: Callable[[Row, int], Mapping[str, str]]


_QUEUES = {
    "ledger": _Queue("sync-ledger.csv", LEDGER_HEADER, _ledger),
    "conflict": _Queue("conflict-queue.csv", CONFLICT_HEADER, _conflict),
    "error": _Queue("error-log.csv", ERROR_HEADER, _error),
}


def _question(row: Row) -> dict[str, str]:
    decision = row["decision"]
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "issue": row["issue"],
        "question": decision["question"],
        "asked_by": decision["by"],
        "asked_at": decision["at"],
        "answer": "",
        "row_id": row["row_id"],
    }
