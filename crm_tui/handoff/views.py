"""The views of a review: the four CSVs of seed 001, the questions, the summary and the README of a handoff.

All are pure functions of the statement and the rows, so that a verifier can draw them again and compare every byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crm_tui.classify.fields import OUTSIDE
from crm_tui.handoff import outline
from crm_tui.handoff.csv_view import csv_lines
from crm_tui.handoff.outline import NO_ROWS, Outline
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import source_label
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


def render_views(statement: Statement, found: Outline, alike: Outline = NO_ROWS) -> dict[str, Iterator[bytes]]:
    """The CSV views by file name, line by line; of the groups of duplicates (``alike``) what the client was asked."""
    return {
        "sync-ledger.csv": csv_lines(LEDGER_HEADER, map(_ledger, found.in_queue("ledger"))),
        "conflict-queue.csv": csv_lines(CONFLICT_HEADER, map(_conflict, found.in_queue("conflict"))),
        "error-log.csv": csv_lines(ERROR_HEADER, map(_error, found.in_queue("error"))),
        "first-slice-map.csv": csv_lines(SLICE_HEADER, statement["slices"]),
        "questions.csv": csv_lines(QUESTION_HEADER, map(_question, [*found.asked, *alike.asked])),
    }


def _own(row: Row) -> dict[str, str]:
    decision = row["decision"] or {}
    return {
        "review_state": "pending" if row["state"] == "to decide" else row["state"],
        "decision": _decision_text(row),
        "reviewer": decision.get("by", ""),
        "decided_at": decision.get("at", ""),
        "row_id": row["row_id"],
    }


def _decision_text(row: Row) -> str:
    decision = row["decision"]
    if not decision:
        return ""
    chosen = decision["source_of_truth"] + (f" ({OUTSIDE.rstrip('.').lower()})" if decision["outside"] else "")
    by_hand = [outline.pick_words(pick) for pick in decision["picks"]]
    text = "; ".join([" ".join(part for part in (decision["action"], chosen) if part), *by_hand])
    words = decision["reason"] or decision["question"]
    return f"{text}: {words}" if words else text


def _ledger(row: Row) -> dict[str, str]:
    what = row["outcome"] if row["outcome"] == "no-write" else f"{row['outcome']} into {label(row['target'])}"
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "target": label(row["target"]),
        "contact_key": row["contact_key"],
        "action": what,
        "status": row["word"],
        "evidence": row["evidence_text"],
        **_own(row),
    }


def _conflict(row: Row) -> dict[str, str]:
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "issue": f"{source_label(row)} identity conflict: {row['issue']}" if _is_identity(row) else row["issue"],
        "evidence": row["evidence_text"],
        "reviewer_action": row["action"],
        **_own(row),
    }


def _is_identity(row: Row) -> bool:
    return row["rule"] in ("keys_disagree", "id_disagrees", "unmapped", "email_unknown")


def _error(row: Row) -> dict[str, str]:
    return {
        "event_id": row["event_id"],
        "source": row["noun"],
        "error": row["issue"],
        "evidence": row["evidence_text"],
        "blocked_at": row["loaded_at"],
        **_own(row),
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
