"""The figures of the summary, counted again by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm_tui.model import Queue, State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from crm_tui.workspace.summary import Mark, Reached, ages, funnel, pace, read_summary, revisited, rows_of, tally

SAMPLES = Path(__file__).resolve().parents[2] / "sample_exports"
NOW = datetime(2026, 5, 13, 16, 0, tzinfo=UTC)


class Ticking:
    """A clock that goes on by ``step`` whenever it is looked at."""

    def __init__(self) -> None:
        self.now, self.step = NOW, timedelta()

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@pytest.fixture(scope="module", params=["first-slice", "quarter", "drift"])
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    """Each sample, with a decision of every kind on it."""
    folder, path = SAMPLES / request.param, tmp_path_factory.mktemp("summary") / "sample.crm"
    base = [folder / "base"] if (folder / "base").is_dir() else []
    load(path, [folder], base=base, clock=Ticking())
    with Store.open(path, clock=Ticking()) as store:
        found = Cases(store)
        decisions = Decisions(found, "Dana")
        ready, held = found.ids(Queue.LEDGER), found.ids(Queue.CONFLICT)
        decisions.approve(ready[0])
        decisions.reject(ready[1], "not ours")
        decisions.defer(ready[2])
        decisions.ask(held[0], "Who is this?")
        yield found


def test_every_bar_counts_what_reading_the_rows_one_by_one_counts(cases: Cases) -> None:
    summary = read_summary(cases.store)
    by_rule: Counter[tuple[str, bool]] = Counter()
    by_outcome: Counter[str] = Counter()
    by_source: Counter[tuple[str, bool]] = Counter()
    for _, case, review in cases.each():
        waits = review.state.outstanding and case.verdict.queue is not Queue.ERROR
        by_rule[case.verdict.rule, waits] += 1
        by_outcome[case.verdict.outcome] += 1
        by_source[case.source, waits] += 1

    def drawn(name: object) -> Counter[object]:
        found: Counter[object] = Counter()
        for key, parts in tally(summary.cells, name):  # type: ignore[arg-type]
            for part, rows in parts.items():
                found[key, part in (Reached.WAITING, Reached.LATER)] += rows
        return found

    assert drawn(lambda cell: cell.rule) == by_rule
    assert drawn(lambda cell: cases.sources[cell.source].name) == by_source
    assert {one: sum(parts.values()) for one, parts in tally(summary.cells, lambda cell: cell.outcome)} == by_outcome
    assert rows_of(summary.cells) == cases.counts().rows == sum(age.rows for age in summary.ages)
    assert sum(age.left for age in summary.ages) == cases.counts().left


def test_each_step_of_the_funnel_is_a_part_of_the_one_before(cases: Cases) -> None:
    counts, steps = cases.counts(), funnel(read_summary(cases.store))
    assert [step.rows for step in steps] == sorted((step.rows for step in steps), reverse=True)
    assert steps[0].rows == steps[1].rows == counts.rows
    assert (steps[2].rows, steps[-1].rows) == (counts.rows - counts.errors, counts.ledger)


def test_what_was_decided_stands_in_its_own_part_of_the_bar(cases: Cases) -> None:
    summary = read_summary(cases.store)
    ((_, parts),) = tally(summary.cells, lambda _: "all")
    counts = cases.counts()
    said = sum(review.state is not State.PENDING for review in cases.reviews(cases.ids()).values())
    settled = parts[Reached.APPROVED] + parts[Reached.REJECTED]
    assert settled == counts.decided
    assert settled + parts[Reached.LATER] == said >= 4
    assert parts[Reached.BLOCKED] == counts.errors
    assert summary.questions[0][1] == "Who is this?"
    assert summary.reviewers == (("Dana", said),)


def test_the_first_slice_narrows_from_thirteen_rows_to_five(tmp_path: Path) -> None:
    load(tmp_path / "a.crm", [SAMPLES / "first-slice"])
    with Store.open(tmp_path / "a.crm", write=False) as store:
        assert [step.rows for step in funnel(read_summary(store))] == [13, 13, 10, 7, 5]


# -- pace, as pure arithmetic


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def mark(seq: int, seconds: float, row: str, choice: str = "approve", group: int = 0) -> Mark:
    return Mark(seq, at(seconds), row, choice, group)


def test_a_set_is_one_key_press_however_many_rows_it_settles() -> None:
    marks = [mark(1, 0, "a"), *(mark(n, 60, f"r{n}", group=2) for n in range(2, 202)), mark(202, 120, "z", "reject")]
    found = pace(marks, at(180))
    assert (found.deciding, found.settled, found.elapsed) == (3, 202, timedelta(minutes=3))
    assert found.usual_gap == timedelta(seconds=60)


def test_the_time_left_goes_by_the_usual_pace_whatever_the_breaks_once_some_decisions_are_there() -> None:
    marks = [mark(n, 10 * n, f"r{n}") for n in range(1, 5)]
    assert pace(marks, at(40)).time_left(30) is None
    after_a_break = pace([*marks, mark(5, 1200, "e")], at(1500))
    assert after_a_break.usual_gap == timedelta(seconds=10)
    assert after_a_break.time_left(30) == timedelta(minutes=5)


def test_what_takes_a_key_of_its_own_are_conflicts_and_of_two_records_decided_together_one(cases: Cases) -> None:
    opened = set(cases.ids(Queue.CONFLICT, open_only=True))
    alone = {tuple(sorted({one, cases.case(one).partner or one})) for one in opened}
    assert read_summary(cases.store).singly == len(alone) + cases.counts().duplicates_left


def test_a_choice_before_the_approval_takes_time_but_settles_nothing() -> None:
    marks = [mark(1, 0, "a", "choose"), mark(2, 30, "a"), mark(3, 60, "b", "choose"), mark(4, 90, "b")]
    found = pace(marks, at(90))
    assert (found.deciding, found.settled) == (2, 2)


def test_after_half_an_hour_without_an_entry_a_new_sitting_begins() -> None:
    marks = [mark(1, 0, "a"), mark(2, 60, "b"), mark(3, 60 + 31 * 60, "c"), mark(4, 60 + 32 * 60, "d")]
    found = pace(marks, at(60 + 33 * 60))
    assert (found.deciding, found.elapsed, found.running) == (2, timedelta(minutes=2), True)
    later = pace(marks, at(24 * 3600))
    assert (later.deciding, later.elapsed, later.running) == (2, timedelta(minutes=1), False)


def test_too_little_tells_no_pace_and_a_clock_put_back_no_time() -> None:
    assert pace([], NOW).usual_gap is None
    assert pace([mark(1, 0, "a")], at(60)).usual_gap is None
    back = pace([mark(1, 100, "a"), mark(2, 0, "b")], at(-500))
    assert back.elapsed == timedelta()
    assert not back.time_left(3)


def test_a_row_is_revisited_when_more_is_said_of_it_than_once() -> None:
    marks = [mark(1, 0, "a", "defer"), mark(2, 1, "a"), mark(3, 2, "b", "choose"), mark(4, 3, "b"), mark(5, 4, "", "")]
    assert revisited(marks) == 1


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-05-14", "in the future"),
        ("2026-05-13", "up to a week"),
        ("2026-05-06", "up to a week"),
        ("2026-05-05", "up to a month"),
        ("2026-04-11", "up to 3 months"),
        ("2025-05-13", "up to a year"),
        ("2025-05-01", "older"),
        ("", "without a time"),
        ("soon", "without a time"),
    ],
)
def test_the_age_of_an_event_is_told_by_its_day(day: str, name: str) -> None:
    assert [(age.name, age.rows, age.left) for age in ages([(day, True, 3), (day, False, 2)], NOW)] == [(name, 5, 3)]


def test_undo_and_sets_reach_the_pace_from_the_journal(tmp_path: Path) -> None:
    clock = Ticking()
    load(tmp_path / "a.crm", [SAMPLES / "first-slice"], clock=clock)
    with Store.open(tmp_path / "a.crm", clock=clock) as store:
        clock.step = timedelta(seconds=10)
        decisions = Decisions(Cases(store), "Dana")
        ready = decisions.cases.ids(Queue.LEDGER)
        decisions.approve(ready[0])
        decisions.undo()
        decisions.approve(ready[0])
        with decisions.together():
            for record_id in ready[1:3]:
                decisions.approve(record_id)
        summary = read_summary(store)
    assert (summary.undone, summary.revisited) == (1, 1)
    assert [(act.rows, act.settled) for act in summary.pace.acts] == [(1, 1), (1, 0), (1, 1), (2, 2)]
