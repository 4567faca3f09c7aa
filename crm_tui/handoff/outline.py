"""Which rows stand where in what people read, for the summary and the report alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from crm_tui.classify.fields import NEITHER_SOURCE
from crm_tui.classify.staging import field_label
from crm_tui.handoff import votes
from crm_tui.handoff.row_file import Row, Some
from crm_tui.handoff.rows import READY
from crm_tui.handoff.statement import VIEWS_VERSION
from crm_tui.handoff.view_words import choice_words, rule_words
from crm_tui.systems import label
from crm_tui.text import counted

WHEN_REFUSED = (
    "When a system refuses a write because it is busy: try again at most 5 times, each wait twice as long as the one"
    " before, none longer than 3,600 seconds. Nothing here tries anything by itself."
)
"""What seed 002 asks of whoever writes (2.33); an advice, as this program writes to no system."""


_Place: TypeAlias = "tuple[Any, ...]"
"""By what a row is sorted, and at last its position."""


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


class Outline:
    """Which rows stand where, told row by row; a row is looked up again where it is written."""

    def __init__(self, rows: Sequence[Row], *, read: bool = True, version: int = VIEWS_VERSION) -> None:
        """``read=False``: whoever reads the rows tells of each in their order (``add``).

        ``version`` is the ``VIEWS_VERSION`` whose words the rows are drawn with.
        """
        self.rows = rows
        self.version = version
        self._queues: list[str] = []
        self._by_status: dict[str, list[_Place]] = {}
        self._asked: list[_Place] = []
        self._repaired: list[_Place] = []
        self._flagged: dict[str, set[int]] = {name: set() for name in ("overridden", "outside", "edited", "gone")}
        self._rules: dict[str, tuple[Counter[str], Counter[str]]] = {}
        self._writes: Counter[tuple[str, str, str]] = Counter()
        for row in rows if read else ():
            self.add(row)

    def add(self, row: Row) -> bool:
        """Take the next row in; gives whether it is one by which something is written."""
        number, status, decision = len(self._queues), row["status"], row["decision"]
        source, name = row["source"], row["row_id"]
        self._queues.append(row["was"])
        self._by_status.setdefault(status, []).append((source["file"], source["line"], name, number))
        issues, statuses = self._rules.setdefault(row["rule"], (Counter(), Counter()))
        issues[row["issue"]] += 1
        statuses[status] += 1
        if row.get("repairs"):
            self._repaired.append((source["file"], source["line"], name, number))
        if decision and decision["action"] == "needs-client":
            self._asked.append((row["event_id"], name, number))
        if status != READY:
            return False
        marks = (decision["override"], decision["outside"], bool(edited_fields(row)), not row["in_latest_load"])
        for numbers, marked in zip(self._flagged.values(), marks, strict=True):
            if marked:
                numbers.add(number)
        if row["operation"] == "no-write":
            return False
        self._writes[label(row["target"]), row["operation"], row["object"]] += 1
        return True

    @property
    def asked(self) -> Some:
        """Rows that wait for an answer of the client, by event id."""
        return Some(self.rows, _last(self._asked))

    @property
    def repaired(self) -> Some:
        """Rows of which a person typed a cell over, as they stand in their files."""
        return Some(self.rows, _last(self._repaired))

    @property
    def overridden(self) -> Some:
        """Ready rows by which a protected field is overridden."""
        return self.among(self._flagged["overridden"])

    @property
    def outside(self) -> Some:
        """Ready rows whose contact the reviewer chose although no key leads to it."""
        return self.among(self._flagged["outside"])

    @property
    def edited(self) -> Some:
        """Ready rows with a value that the reviewer wrote."""
        return self.among(self._flagged["edited"])

    @property
    def gone(self) -> Some:
        """Ready rows that the latest files of their kind do not have any more."""
        return self.among(self._flagged["gone"])

    def in_order(self, status: str, queue: str = "", without: Container[int] = ()) -> Some:
        """The rows of a status (and a queue) as they stand in their files, ``without`` those at some positions."""
        found = _last(self._by_status.get(status, []))
        return Some(
            self.rows, [one for one in found if (not queue or self._queues[one] == queue) and one not in without]
        )

    def among(self, numbers: Container[int]) -> Some:
        """The ready rows at these positions, as they stand in their files."""
        return Some(self.rows, [one for one in _last(self._by_status.get(READY, [])) if one in numbers])

    def writes(self) -> list[Write]:
        """What each destination has to do, by its name."""
        return [Write(*what, number) for what, number in sorted(self._writes.items())]

    def by_rule(self) -> list[RuleCount]:
        """Per rule, in its name's order, its words and its rows by status."""
        counts = []
        for rule, (issues, status) in sorted(self._rules.items()):
            most = min(issues, key=lambda issue: (-issues[issue], issue))
            words = rule_words(rule, most, self.version)
            numbers = (status["ready"], status["rejected"], status["outstanding"], status["error"])
            counts.append(RuleCount(rule, words, *numbers))
        return counts


def _last(found: list[_Place]) -> list[int]:
    """The positions that stand last in each, in order."""
    found.sort()  # of what is sorted already this costs next to nothing
    return [one[-1] for one in found]


NO_ROWS = Outline(())


def edited_fields(row: Row) -> list[str]:
    """The fields of a row whose value is of neither source."""
    return [field_label(item["field"]) for item in row["fields"] if item["source"] == NEITHER_SOURCE]


def reasons(row: Row) -> str:
    """Why: for the row, and for each field that was chosen by itself."""
    decision = row["decision"]
    of_fields = [f"{field_label(pick['field'])}: {pick['reason']}" for pick in decision["picks"] if pick["reason"]]
    return "; ".join(text for text in (decision["reason"], *of_fields) if text)


def disputes(row: Row, version: int = VIEWS_VERSION) -> list[str]:
    """What each reviewer said, in a merged handoff, of a row on which they disagree."""
    if not votes.disputed(row["votes"]):
        return []
    said = []
    for vote in votes.standing(row["votes"]):
        words = vote["reason"] or vote["question"]
        what = f"{vote['action']} {choice_words(vote, version)}".strip()
        said.append(f"{vote['by']}: {what}" + (f" ({words})" if words else ""))
    return said


def place(row: Row) -> str:
    """``close-appointments.csv line 3``."""
    return f"{row['source']['file']} line {row['source']['line']}"


def finished(statement: Mapping[str, Any]) -> str:
    """Whether the review is finished, in one sentence."""
    if statement["complete"]:
        return "It is complete: every row that needs a person has been decided."
    return f"It is partial: {waiting(statement)}"


def waiting(statement: Mapping[str, Any]) -> str:
    """``2 rows still wait for a person.``"""
    return f"{counted(statement['counts']['outstanding'], 'row still waits', 'rows still wait')} for a person."
