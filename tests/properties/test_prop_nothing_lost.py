"""Invariants 6 and 7: what was acknowledged survives a crash, and nothing is ever deleted, only taken back."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import DecisionRefused
from crm_tui.model import Choice
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.replay import replay
from crm_tui.workspace.store import Store
from crm_tui.workspace.undoing import Saved
from tests.factory import MAP, SAMPLE, activity, appointment, change
from tests.properties.driving import (
    Desk,
    Judged,
    LogRow,
    clock,
    crashed_copy,
    judged,
    read_log,
    scratch,
    seen,
    shown_picks,
    shown_states,
    standing,
    told,
)
from tests.properties.profiles import examples, runs
from tests.properties.strategies import File, Inputs, Step, Story, inputs, steps, stories

REPOSITORY = SAMPLE.parent.parent


# 6: durable


def found_after_a_crash(desk: Desk, saved: Saved) -> None:
    """The copy that a crash would leave holds the decision, is sound and shows what the open one shows."""
    copy = crashed_copy(desk.path, desk.folder / "crashed")
    with Store.open(copy, clock=clock) as store:
        integrity.check(store)
        cases = Cases(store)
        assert journal.head(store.connection) == journal.head(desk.store.connection)
        assert journal.head(store.connection)[0] >= saved.seq
        assert shown_states(cases) == shown_states(desk.cases)
        assert cases.counts() == desk.cases.counts()


@examples(20)
@given(stories(most=10))
def test_after_each_acknowledgement_a_crash_loses_nothing(story: Story) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(story.inputs)
        with desk:
            for step in story.steps:
                if desk.pause(step):
                    continue
                saved = desk.decide(step)
                if saved:
                    found_after_a_crash(desk, saved)


def test_every_write_is_flushed_before_it_is_acknowledged(tmp_path: Path) -> None:
    """A copy of the files cannot tell whether the disk has them; the settings that make it so can."""
    desk = Desk(tmp_path)
    desk.load(Inputs(busy()))
    with desk:
        assert desk.store.connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert desk.store.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def busy() -> tuple[File, ...]:
    """Rows of every sort, enough to decide on for a while."""
    events = (
        File("a.csv", tuple(appointment()), tuple(appointment(f"A{n}") for n in range(12))),
        File("c.csv", tuple(change()), tuple(change(f"C{n}", field="owner") for n in range(6))),
        File("x.csv", tuple(activity()), tuple(activity(f"X{n}", phone="+15550100002") for n in range(6))),
    )
    return (File("map.csv", tuple(MAP[0]), tuple(MAP)), *events)


@pytest.mark.parametrize("seed", range(runs(5)))
def test_a_process_killed_at_any_moment_has_lost_nothing_that_it_acknowledged(tmp_path: Path, seed: int) -> None:
    lots = Random(seed)
    desk = Desk(tmp_path)
    desk.load(Inputs(busy()))
    kinds = ("choose", "approve", "reject", "defer", "ask", "note", "undo", "undo", "redo")
    done = [Step(lots.choice(kinds), lots.randrange(24), lots.randrange(4), "because") for _ in range(200)]
    description = tmp_path / "description.pickle"
    description.write_bytes(pickle.dumps((tmp_path, done)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.properties.killable", str(description)],
        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, cwd=REPOSITORY,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        first = process.stdout.readline()
        time.sleep(lots.uniform(0, 0.25))
    finally:
        process.kill()
        rest, _ = process.communicate()
    said = first + rest
    # A line cut short by the kill was not read by anybody.
    acknowledged = [line.decode().split("\t") for line in said.split(b"\n")[:-1]]
    assert acknowledged
    log = read_log(desk.path)
    assert [seq for seq, _, _ in log] == list(range(1, len(log) + 1))
    assert len(log) - int(acknowledged[-1][0]) in (0, 1), "at most the entry that was being acknowledged is new"
    for seq, row, state, choice in acknowledged:
        then = judged(log[: int(seq)]).get(row, Judged("to decide"))
        assert (then.state, then.choice) == (state, choice)
    with desk:
        integrity.check(desk.store)
        assert seen(desk.cases) == judged(log)


# 7: undo is an entry


@examples(30)
@given(stories(most=12))
def test_the_journal_only_grows_and_what_is_shown_is_what_it_says(story: Story) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(story.inputs)
        before: list[LogRow] = read_log(desk.path)
        with desk:
            for step in story.steps:
                paused = desk.pause(step)
                saved = None if paused else desk.decide(step)
                log = read_log(desk.path)
                assert log[: len(before)] == before, "an entry was changed or taken out"
                if not paused:
                    assert len(log) == len(before) + (saved is not None)
                    assert saved is None or saved.seq == len(log)
                before = log
                assert seen(desk.cases) == judged(log)
            check_replay(desk)


def check_replay(desk: Desk) -> None:
    """The program's own fold, over the whole journal, says the same as ours."""
    entries = journal.entries(desk.store.connection)
    found = {}
    for row, review in replay(entries):
        said = (review.choice, review.action, review.reason, review.question, review.note, review.seq)
        one = Judged(review.state.value, *said, shown_picks(review.picks))
        if one != Judged("to decide"):
            found[row] = one
    assert found == judged(read_log(desk.path))


@examples(30)
@given(stories(most=12, reloads=False), st.data())
def test_any_one_decision_can_be_undone_alone_and_done_again_also_after_a_restart(
    story: Story, data: st.DataObject
) -> None:
    with told(story) as desk:
        log = read_log(desk.path)
        decided = [(seq, body["row"]) for seq, body, _ in log if body["kind"] == "decide"]
        if not decided:
            return
        seq, row = data.draw(st.sampled_from(decided))
        if seq not in [one for one, _, _ in standing(log)]:
            with pytest.raises(DecisionRefused):
                desk.decisions.undo_entry(seq)
            return
        gone = [one for one in log if one[0] != seq and seq != one[1].get("of")]
        if data.draw(st.booleans()):
            desk.pause(Step("restart"))
        before, shown = seen(desk.cases), shown_states(desk.cases)
        desk.decisions.undo_entry(seq)
        if not any(body.get("of") == seq for _, body, _ in log):
            assert seen(desk.cases) == judged(gone)
        others = {name: state for name, state in shown.items() if name != row}
        assert {name: state for name, state in shown_states(desk.cases).items() if name != row} == others
        integrity.check(desk.store)
        if data.draw(st.booleans()):
            desk.pause(Step("restart"))
        desk.decisions.redo_entry(seq)
        assert (seen(desk.cases), shown_states(desk.cases)) == (before, shown)
        integrity.check(desk.store)
        assert read_log(desk.path)[: len(log)] == log


@examples(20)
@given(inputs(), st.lists(steps(), min_size=1, max_size=8))
def test_undoing_everything_and_doing_it_again_ends_where_it_was(found: Inputs, done: list[Step]) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(found)
        with desk:
            for step in done:
                if step.kind not in ("undo", "redo"):
                    desk.decide(step)
            before = shown_states(desk.cases)
            number = len([1 for _, body, _ in read_log(desk.path) if body["kind"] == "decide"])
            for _ in range(number):
                assert desk.decide(Step("undo"))
            assert seen(desk.cases) == {}
            assert desk.decide(Step("undo")) is None
            desk.pause(Step("restart"))
            for _ in range(number):
                assert desk.decide(Step("redo"))
            assert desk.decide(Step("redo")) is None
            assert shown_states(desk.cases) == before


def test_every_word_of_the_journal_is_covered() -> None:
    """A new word needs a state in the second opinion."""
    from tests.properties.driving import _STATE

    assert {choice.value for choice in Choice} == {*_STATE, "note", "repair"}
