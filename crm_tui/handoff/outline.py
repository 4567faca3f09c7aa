"""Which rows stand where in what people read, for the summary and the report alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crm_tui.classify.fields import NEITHER_SOURCE
from crm_tui.classify.staging import field_label
from crm_tui.handoff import votes
from crm_tui.handoff.rows import READY, Row
from crm_tui.model import Take
from crm_tui.systems import label
from crm_tui.text import counted

BOUNDARY = (
    "No CRM write was executed; every row here says what somebody else may write.",
    "No contact was created, no record deleted or merged.",
    "No phone call, text message, e-mail or payment was triggered.",
    "Nothing is promised about the availability of Close, GHL, Copper or any other system's API.",
)

WHEN_REFUSED = (
    "When a system refuses a write because it is busy: try again at most 5 times, each wait twice as long as the one"
    " before, none longer than 3,600 seconds. Nothing here tries anything by itself."
)
"""What seed 002 asks of whoever writes (2.33); an advice, as this program writes to no system."""


class Write(NamedTuple):
    """What one destination has to do how often."""

    system: str
    operation: str
    object: str
    rows: int


class RuleCount(NamedTuple):
    """One rule and what became of its rows."""

    rule: str
    words: str
    ready: int
    rejected: int
    outstanding: int
    error: int


def in_order(rows: Sequence[Row], status: str) -> list[Row]:
    """The rows of a status as they stand in their files."""
    found = (row for row in rows if row["status"] == status)
    return sorted(found, key=lambda row: (row["source"]["file"], row["source"]["line"], row["row_id"]))


def overridden(rows: Sequence[Row]) -> list[Row]:
    """Ready rows by which a protected field is overridden."""
    return [row for row in in_order(rows, READY) if row["decision"]["override"]]


def outside(rows: Sequence[Row]) -> list[Row]:
    """Ready rows whose contact the reviewer chose although no key leads to it."""
    return [row for row in in_order(rows, READY) if row["decision"]["outside"]]


def edited(rows: Sequence[Row]) -> list[Row]:
    """Ready rows with a value that the reviewer wrote."""
    return [row for row in in_order(rows, READY) if edited_fields(row)]


def edited_fields(row: Row) -> list[str]:
    """The fields of a row whose value is of neither source."""
    return [field_label(item["field"]) for item in row["fields"] if item["source"] == NEITHER_SOURCE]


def pick_words(pick: Mapping[str, Any]) -> str:
    """What was chosen for one field; the value itself stands in ``rows.jsonl``."""
    name = field_label(pick["field"])
    if pick["take"] == Take.EDITED:
        return f"{name} {NEITHER_SOURCE}"
    if pick["value"] is None:
        return f"{name} left as it is"
    return f"{name} from {label(pick['side']) or 'both sides'}"


def reasons(row: Row) -> str:
    """Why: for the row, and for each field that was chosen by itself."""
    decision = row["decision"]
    of_fields = [f"{field_label(pick['field'])}: {pick['reason']}" for pick in decision["picks"] if pick["reason"]]
    return "; ".join(text for text in (decision["reason"], *of_fields) if text)


def gone(rows: Sequence[Row]) -> list[Row]:
    """Ready rows that the latest files of their kind do not have any more."""
    return [row for row in in_order(rows, READY) if not row["in_latest_load"]]


def asked(rows: Sequence[Row]) -> list[Row]:
    """Rows that wait for an answer of the client, by event id."""
    found = (row for row in rows if row["decision"] and row["decision"]["action"] == "needs-client")
    return sorted(found, key=lambda row: (row["event_id"], row["row_id"]))


def writes(rows: Sequence[Row]) -> list[Write]:
    """What each destination has to do, by its name."""
    ready = [row for row in rows if row["status"] == READY and row["operation"] != "no-write"]
    numbers = Counter((label(row["target"]), row["operation"], row["object"]) for row in ready)
    return [Write(*what, number) for what, number in sorted(numbers.items())]


def by_rule(rows: Sequence[Row]) -> list[RuleCount]:
    """Per rule, in its name's order, its rows by status; ``words`` is how most of its rows put it."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["rule"], []).append(row)
    counts = []
    for rule, of_rule in sorted(found.items()):
        issues = Counter(row["issue"] for row in of_rule)
        words = min(issues, key=lambda issue: (-issues[issue], issue))
        status = Counter(row["status"] for row in of_rule)
        numbers = (status["ready"], status["rejected"], status["outstanding"], status["error"])
        counts.append(RuleCount(rule, words, *numbers))
    return counts


def disputes(row: Row) -> list[str]:
    """What each reviewer said, in a merged handoff, of a row on which they disagree."""
    if not votes.disputed(row["votes"]):
        return []
    said = []
    for vote in votes.standing(row["votes"]):
        words = vote["reason"] or vote["question"]
        what = f"{vote['action']} {vote['source_of_truth']}".strip()
        said.append(f"{vote['by']}: {what}" + (f" ({words})" if words else ""))
    return said


def place(row: Row) -> str:
    """``close-appointments.csv line 3``."""
    return f"{row['source']['file']} line {row['source']['line']}"


def finished(statement: Mapping[str, Any]) -> str:
    """Whether the review is finished, in one sentence."""
    if statement["complete"]:
        return "It is complete: every row that needs a person has been decided."
    left = statement["counts"]["outstanding"]
    return f"It is partial: {counted(left, 'row still waits', 'rows still wait')} for a person."
