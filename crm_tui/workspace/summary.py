"""The whole of a review in figures: rows by outcome, rule, source and system pair, the funnel, age and pace.

``read_summary`` asks SQLite for a few grouped counts; everything else is pure functions over what it gives, so that
each figure can be counted again by hand (requirements D 22, B.2 2.40-2.43 and 2.50: raw figures, nothing claimed).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import NamedTuple, TypeVar

from crm_tui.classify.paired import PAIRED_RULES
from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.model import Choice, Outcome, Queue, State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.counts import Counts, read_counts
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import stored_sources

SITTING_GAP = timedelta(minutes=30)
"""After so long without an entry a new sitting begins: the pace of an hour is not thinned out by a lunch."""
_ENOUGH = 5
"""Deciding key presses from which on their pace says something of the rest."""
_SETTLES = frozenset((Choice.APPROVE.value, Choice.REJECT.value))
_SAYS = frozenset((*_SETTLES, Choice.DEFER.value, Choice.NEEDS_CLIENT.value))
"""Entries that say something of the row as a whole; a row that has two of them was revisited."""


class Reached(StrEnum):
    """How far a row has come, as the bars show it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    LATER = "asked or later"
    WAITING = "to decide"
    BLOCKED = "blocked"


class Cell(NamedTuple):
    """Rows that have everything in common that a bar can tell apart."""

    queue: Queue
    rule: str
    outcome: Outcome
    source: int
    """``SourceRow.id``."""
    state: State
    one_contact: bool
    rows: int

    @property
    def reached(self) -> Reached:
        """Errors are blocked."""
        return Reached.BLOCKED if self.queue is Queue.ERROR else reached(self.state)


def reached(state: State) -> Reached:
    """A choice that is not approved still waits, a decision whose evidence moved too."""
    if state is State.APPROVED:
        return Reached.APPROVED
    if state is State.REJECTED:
        return Reached.REJECTED
    return Reached.LATER if state in (State.DEFERRED, State.NEEDS_CLIENT) else Reached.WAITING


class Step(NamedTuple):
    """One step of the funnel."""

    name: str
    rows: int
    lost: str
    """Why the rows of the step before are not all here; ``""`` where nothing is lost by nature."""


class Age(NamedTuple):
    """Rows whose event is at most so old."""

    name: str
    rows: int
    left: int
    """Of these, rows that still wait for a person."""


class Act(NamedTuple):
    """What was recorded by one key press: one entry, or a set of them."""

    at: datetime
    rows: int
    settled: int
    """Of these, rows approved or rejected."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The present or last sitting: entries without a break of ``SITTING_GAP``."""

    acts: tuple[Act, ...] = ()
    elapsed: timedelta = timedelta()
    """From the first act to now, or to the last act when the sitting is over."""
    running: bool = False

    @property
    def settled(self) -> int:
        """Rows approved or rejected in the sitting."""
        return sum(act.settled for act in self.acts)

    @property
    def deciding(self) -> int:
        """Key presses that settled something; a set counts once."""
        return sum(act.settled > 0 for act in self.acts)

    @property
    def usual_gap(self) -> timedelta | None:
        """Median time between two deciding key presses; ``None`` with fewer than two."""
        times = [act.at for act in self.acts if act.settled]
        gaps = [(two - one).total_seconds() for one, two in pairwise(times)]
        return timedelta(seconds=median(gaps)) if gaps else None

    def time_left(self, presses: int) -> timedelta | None:
        """For so many deciding key presses at the usual pace; ``None`` = too little was decided to go by."""
        gap = self.usual_gap
        return presses * gap if gap and self.deciding >= _ENOUGH else None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the summary screen shows."""

    cells: tuple[Cell, ...]
    counts: Counts
    read: int
    """Rows of all judged files, in every load."""
    ages: tuple[Age, ...]
    loaded_at: str
    """When files were loaded last, UTC as in the journal; ``""`` = never."""
    pace: Pace
    revisited: int
    """Rows that were decided, deferred or asked about more than once, whatever was undone in between."""
    undone: int
    """Key presses that took something back, or did it again; a set counts once."""
    reviewers: tuple[tuple[str, int], ...]
    """(name, rows that stand as that person left them), most rows first."""
    questions: tuple[tuple[int, str], ...]
    """(record id or number of a group, what the client was asked about it and has not answered)."""
    groups: tuple[tuple[State, int], ...]
    """(state, groups of duplicates that stand so)."""
    singly: int
    """Open conflicts and groups: each takes a key of its own, two records that are decided together one."""


def read_summary(store: Store) -> Summary:
    """The figures of a workspace as it stands, at its clock's time."""
    connection, now = store.connection, store.clock().astimezone(UTC)
    counts = read_counts(connection)
    marks = _marks(connection)
    return Summary(
        cells=_cells(connection),
        counts=counts,
        read=sum(source.rows for source in stored_sources(connection) if source.judged),
        ages=ages(_days(connection), now),
        loaded_at=_loaded_at(connection),
        pace=pace(marks, now),
        revisited=revisited(marks),
        undone=len({mark.group or mark.seq for mark in marks if not mark.choice}),
        reviewers=tuple(connection.execute(f"SELECT by_name, COUNT(*) {_DECIDED} GROUP BY 1 ORDER BY 2 DESC, 1")),
        questions=tuple(connection.execute(_ASKED, (State.NEEDS_CLIENT.value,))),
        groups=tuple(
            (State(state), number)
            for state, number in connection.execute(f"SELECT {_STATE}, COUNT(*) {_GROUPS} WHERE live GROUP BY 1")
        ),
        singly=_conflicts(connection) + counts.duplicates_left,
    )


_FROM = "FROM record LEFT JOIN decision USING (row_id)"
_DECIDED = "FROM record JOIN decision USING (row_id) WHERE seq > 0"
_GROUPS = "FROM duplicate LEFT JOIN decision USING (row_id)"
_ASKED = (
    f"SELECT id, question FROM (SELECT record.id AS id, question, seq, state, stale {_DECIDED} UNION ALL"
    f" SELECT -duplicate.id, question, seq, state, stale {_GROUPS} WHERE live)"
    " WHERE state = ? AND NOT stale ORDER BY seq"
)
_STATE = "CASE WHEN stale THEN 'stale' ELSE COALESCE(state, 'to decide') END"


def _cells(connection: sqlite3.Connection) -> tuple[Cell, ...]:
    rows = connection.execute(
        f"SELECT queue, rule, outcome, source_id, {_STATE}, contact IS NOT NULL, COUNT(*) {_FROM}"
        " GROUP BY 1, 2, 3, 4, 5, 6"
    )
    return tuple(
        Cell(Queue(queue), rule, Outcome(outcome), source, State(state), bool(contact), number)
        for queue, rule, outcome, source, state, contact, number in rows
    )


def _conflicts(connection: sqlite3.Connection) -> int:
    """Open conflicts; the two records of a contact that are decided together count once."""
    paired = ", ".join(f"'{rule}'" for rule in sorted(PAIRED_RULES))
    one = f"CASE WHEN rule IN ({paired}) AND contact IS NOT NULL THEN contact ELSE row_id END"
    opened = f"queue = 'conflict' AND {_STATE} NOT IN ('approved', 'rejected')"
    ((number,),) = connection.execute(f"SELECT COUNT(DISTINCT {one}) {_FROM} WHERE {opened}")
    return int(number)


def _days(connection: sqlite3.Connection) -> Iterable[tuple[str, bool, int]]:
    left = f"{_STATE} NOT IN ('approved', 'rejected') AND queue != 'error'"
    return connection.execute(f"SELECT substr(event_at, 1, 10), {left}, COUNT(*) {_FROM} GROUP BY 1, 2")


def _loaded_at(connection: sqlite3.Connection) -> str:
    sql = "SELECT json_extract(CAST(body AS TEXT), '$.at') FROM log WHERE kind = 'import' ORDER BY seq DESC LIMIT 1"
    row = connection.execute(sql).fetchone()
    return str(row[0]) if row else ""


# -- bars

Name = TypeVar("Name", bound=Hashable)
Parts = Mapping[Reached, int]


def tally(cells: Iterable[Cell], name: Callable[[Cell], Name]) -> list[tuple[Name, Parts]]:
    """The rows of each name by how far they have come; most rows first, then in the order met."""
    found: dict[Name, Counter[Reached]] = {}
    for cell in cells:
        found.setdefault(name(cell), Counter())[cell.reached] += cell.rows
    return sorted(found.items(), key=lambda item: -sum(item[1].values()))


def rows_of(cells: Iterable[Cell], wanted: Callable[[Cell], bool] = lambda _: True) -> int:
    """How many rows pass."""
    return sum(cell.rows for cell in cells if wanted(cell))


def funnel(summary: Summary) -> tuple[Step, ...]:
    """From the rows read to the rows on which every key agrees; each step is a part of the one before."""
    cells = summary.cells
    sound = [cell for cell in cells if cell.queue is not Queue.ERROR]
    known = [cell for cell in sound if cell.one_contact or cell.queue is Queue.LEDGER]
    return (
        Step("rows read", summary.read, ""),
        Step("in force", rows_of(cells), "replaced later"),
        Step("can be judged", rows_of(sound), "blocked"),
        Step("one contact", rows_of(known), "held: unclear who"),
        Step("ready", rows_of(known, lambda cell: cell.queue is Queue.LEDGER), "held: by a rule"),
    )


_SPANS = (("a week", 7), ("a month", 31), ("3 months", 92), ("a year", 366))


def ages(days: Iterable[tuple[str, bool, int]], now: datetime) -> tuple[Age, ...]:
    """Rows by the age of their event; ``days`` are (UTC day or ``""``, whether they wait, rows)."""
    names = ("in the future", *(f"up to {name}" for name, _ in _SPANS), "older", "without a time")
    rows: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for day, waits, number in days:
        name = names[_span(day, now)]
        rows[name] += number
        left[name] += number if waits else 0
    return tuple(Age(name, rows[name], left[name]) for name in names if rows[name])


def _span(day: str, now: datetime) -> int:
    try:
        old = (now.date() - datetime.fromisoformat(day).date()).days
    except ValueError:
        return len(_SPANS) + 2
    if old < 0:
        return 0
    return next((at for at, (_, most) in enumerate(_SPANS, 1) if old <= most), len(_SPANS) + 1)


# -- pace


class Mark(NamedTuple):
    """One entry of the journal that a person made on a row."""

    seq: int
    at: datetime
    row: str
    choice: str
    """``Choice``; ``""`` = an undo."""
    group: int
    """Number of the first entry of its set; 0 = alone."""
    blocked: bool = False
    """Whether it is about an error row, which is never decided."""

    @property
    def settles(self) -> bool:
        """Whether its row is decided by it."""
        return self.choice in _SETTLES and not self.blocked


def _marks(connection: sqlite3.Connection) -> list[Mark]:
    said = [f"json_extract(text, '$.{name}')" for name in ("at", "choice", "group")]
    errors = "SELECT row_id FROM record JOIN decision USING (row_id) WHERE queue = 'error'"
    rows = connection.execute(
        f"SELECT seq, row_id, {', '.join(said)}, row_id IN ({errors}) FROM (SELECT seq, row_id, CAST(body AS TEXT) AS"
        " text FROM log WHERE kind IN ('decide', 'undo')) ORDER BY seq"
    )
    return [
        Mark(seq, datetime.fromisoformat(at), row, choice or "", group or 0, bool(blocked))
        for seq, row, at, choice, group, blocked in rows
    ]


def pace(marks: Sequence[Mark], now: datetime) -> Pace:
    """The last sitting.  A clock that was put back counts as no time at all."""
    acts: dict[int, list[Mark]] = {}
    later = now
    for mark in reversed(marks):
        if later - mark.at > SITTING_GAP and acts:
            break
        acts.setdefault(mark.group or mark.seq, []).append(mark)
        later = mark.at
    if not acts:
        return Pace()
    found = tuple(
        Act(
            min(mark.at for mark in of_act),
            len({mark.row for mark in of_act}),
            len({mark.row for mark in of_act if mark.settles}),
        )
        for of_act in reversed(acts.values())
    )
    running = now - marks[-1].at <= SITTING_GAP
    end = max(now if running else marks[-1].at, found[0].at)
    return Pace(found, end - found[0].at, running)


def revisited(marks: Iterable[Mark]) -> int:
    """Rows about which more than one entry says something as a whole."""
    said = Counter(mark.row for mark in marks if mark.choice in _SAYS)
    return sum(number > 1 for number in said.values())


def sample_kinds(cases: Cases) -> tuple[tuple[str, bool], ...]:
    """The rows of seed 001's "useful sample", and whether the loaded files have one of each."""
    rules = {row[0] for row in cases.store.connection.execute("SELECT DISTINCT rule FROM record")}
    protected = sorted(cases.policy.fields.protected)
    return (
        ("one clean mapped row", "accepted" in rules),
        ("one identity conflict", bool(rules & (IDENTITY_CONFLICTS - {"unmapped", "no_map", "claim"}))),
        ("one unmapped or missing-identity row", bool(rules & {"unmapped", "missing_identity"})),
        (f"the fields that must never be overwritten: {', '.join(protected) or 'none named'}", bool(protected)),
    )
