"""Marks, ranges, all alike, and the rehearsal that applies one thing to a set; undone as a group."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from console_helpers import (
    FILES,
    SIZES,
    ack,
    clock,
    footer,
    here,
    review,
    screen_lines,
    screen_text,
    state,
    to,
    type_text,
)
from rich.cells import cell_len
from textual.events import Key
from textual.pilot import Pilot

from crm_tui.console import set_dialog, sets, working
from crm_tui.console.app import ConsoleApp
from crm_tui.console.deeds import Verb
from crm_tui.console.dialogs import Dialog, Prompt
from crm_tui.console.rehearsal import apply, rehearse
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.set_dialog import SetDialog
from crm_tui.console.tabs import Tab
from crm_tui.console.working import Working
from crm_tui.errors import DecisionRefused, WorkspaceError
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.store import Store
from tests.factory import Bench, change

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])

UNMAPPED = "".join(
    f"ACT-93{number:02},gmail,nobody{number}@nowhere.test,,email,Hello,2026-05-08T09:{number:02}:00-04:00,append\n"
    for number in range(12)
)


@pytest.fixture
def store(make: Callable[..., Path]) -> Iterator[Store]:
    files = {**FILES, "activity-events.csv": FILES["activity-events.csv"] + UNMAPPED}
    with Store.open(make(files), clock=clock) as opened:
        yield opened


def groups(app: ConsoleApp, after: int) -> list[int]:
    return [entry.group for entry in journal.entries(app.store.connection, "seq > ?", (after,))]


def marked(app: ConsoleApp) -> list[str]:
    return sorted(app.session.cases.case(one).event_id for one in app.session.marked)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came to that")


@sizes
async def test_space_marks_and_goes_on(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await press(pilot, "space", "space")
        assert marked(app) == ["APT-7002", "APT-7003"]
        text = screen_text(app)
        assert "2 marked" in text
        assert "*C APT-7002" in text
        assert footer(app).startswith(" B ")
        assert cell_len(footer(app)) <= size[0]
        await press(pilot, "k", "space")
        assert marked(app) == ["APT-7002"]
        await press(pilot, "escape")
        assert marked(app) == []
        assert all(cell_len(line) == size[0] for line in screen_lines(app))


@sizes
async def test_a_range(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9302")
        await press(pilot, "v", "j", "j")
        assert marked(app) == ["ACT-9302", "ACT-9303", "ACT-9304"]
        await press(pilot, "escape")
        assert marked(app) == []
        await to(pilot, app, "ACT-9304")
        await press(pilot, "v", "k", "v", "G")
        assert marked(app) == ["ACT-9303", "ACT-9304"]


@sizes
async def test_all_like_this(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "*")
        assert len(marked(app)) == 12
        assert "APT-7003" not in marked(app), "the same rule in another source is not alike"
        await press(pilot, "escape")
        await to(pilot, app, "ACT-9300")
        await press(pilot, "s", "*")
        assert len(marked(app)) == 12, "a deferred row still waits"


async def test_ready_rows_are_alike_whoever_they_are_about(tmp_path: Path) -> None:
    bob = {"email": "bob@two.test", "close_contact_id": "CLOSE-2", "ghl_contact_id": "GHL-2"}
    rows = [change("CHG-1"), change("CHG-2", **bob), change("CHG-3", field="email", new_value="x@y.test")]
    with Bench(tmp_path).events(changes=rows).open() as review:
        app = ConsoleApp(review.cases.store, "Rita", False)
        async with app.run_test() as pilot:
            await to(pilot, app, "CHG-1")
            await press(pilot, "*")
            assert marked(app) == ["CHG-1", "CHG-2"]
            assert not app.session.considered, "none of them had to be judged for that"


@sizes
async def test_a_set_is_taken_by_the_meaning_of_an_option_and_undone_as_a_group(
    app: ConsoleApp, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9300")
        before = journal.head(app.store.connection)[0]
        await press(pilot, "*", "B")
        assert isinstance(app.screen, SetDialog)
        assert "nothing chosen yet" in screen_text(app)
        await press(pilot, "a")
        text = screen_text(app)
        for words in ("12 marked rows", "approve: new GHL contact", "approve: write nothing", "no choice yet"):
            assert words in text
        assert all(cell_len(line) == size[0] for line in screen_lines(app))
        await press(pilot, "enter")
        assert isinstance(app.screen, SetDialog), "nothing would be approved, so enter applies nothing"
        await press(pilot, "2")
        assert "apply to 12 rows" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ReviewScreen)
        assert "#3 to #14 saved  12 rows → approved: write nothing" in ack(app)
        assert groups(app, before) == [before + 1] * 12
        assert {state(app, f"ACT-93{number:02}") for number in range(12)} == {"approved"}
        assert app.session.counts.conflicts_left == 4
        assert marked(app) == []
        assert here(app).startswith(("APT", "CHG", "ACT-91"))
        await press(pilot, "u")
        assert "#15 to #26 saved  12 rows undone: #3 to #14, approve" in ack(app)
        assert groups(app, before + 12) == [before + 13] * 12
        assert {state(app, f"ACT-93{number:02}") for number in range(12)} == {"to decide"}
        await press(pilot, "U")
        assert {state(app, f"ACT-93{number:02}") for number in range(12)} == {"approved"}
        await press(pilot, "u")
        assert app.session.counts.decided == 0
        integrity.check(app.store)


@sizes
async def test_reject_and_ask_take_one_reason_for_all(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "space", "space", "B", "x", "enter")
        assert isinstance(app.screen, Prompt)
        await press(pilot, "escape")
        assert state(app, "ACT-9300") == "to decide"
        await press(pilot, "B", "x", "enter")
        await type_text(pilot, "spam")
        assert state(app, "ACT-9300") == state(app, "ACT-9301") == "rejected"
        await to(pilot, app, "ACT-9302")
        await press(pilot, "space", "B", "t", "enter")
        await type_text(pilot, "who is it")
        assert state(app, "ACT-9302") == "needs client"
        await to(pilot, app, "ACT-9303")
        await press(pilot, "space", "B", "s", "enter")
        assert state(app, "ACT-9303") == "deferred"
        assert groups(app, journal.head(app.store.connection)[0] - 1) != [0]


@sizes
async def test_the_exceptions_are_named_with_their_reasons(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "a", "s")
        await to(pilot, app, "CHG-8804")
        await press(pilot, "B")
        rehearsal = rehearse(app.session)
        by_words = {deed.words: rehearsal.plan(deed) for deed in rehearsal.deeds}
        reasons = {row.event_id: row.kept_back for row in by_words["approve: take GHL's"].left_out}
        assert "protected field" in reasons["CHG-8804"]
        assert reasons["ACT-9300"] == "deferred"
        assert reasons["APT-7002"] == "this choice is not open here"
        assert {row.event_id for row in by_words["approve: keep Close's"].applied} == {"CHG-8804"}
        suggested = by_words["approve the choice made, else the suggestion"].applied
        assert "CHG-8804" in {row.event_id for row in suggested}
        assert {row.event_id for row in by_words["approve: the one contact found"].applied} == {"APT-7002"}
        assert {row.event_id for row in by_words["approve: the contact by e-mail"].applied} == {"ACT-9104"}


async def test_a_filter_makes_the_set_and_decided_rows_are_no_part_of_it(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "2", "a", "f", "enter")
        await to(pilot, app, "ACT-9301")
        rehearsal = rehearse(app.session)
        assert rehearsal.title == "all 12 undecided rows shown"
        assert len(rehearsal.rows) == 12, "eleven activities and one appointment"


async def test_what_is_rehearsed_is_what_is_approved(app: ConsoleApp) -> None:
    session = app.session
    session.open_tab(Tab.LEDGER)
    rehearsal = rehearse(session)
    plan = rehearsal.plan(rehearsal.deeds[0])
    apply(session, plan, "")
    for row in plan.applied:
        reviewed = session.cases.review(row.record_id)
        option = session.cases.option(row.record_id, reviewed.choice)
        assert option is not None and option.effect == row.effect


async def test_a_failed_write_leaves_nothing_of_the_set(app: ConsoleApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "ACT-9300")
        head = journal.head(app.store.connection)
        real = journal.append_all

        def fails(*given: object) -> object:
            real(*given)
            raise WorkspaceError("the disk is full.") from sqlite3.OperationalError()

        monkeypatch.setattr(journal, "append_all", fails)
        await press(pilot, "*", "B", "2", "enter")
        assert "disk is full" in ack(app)
        assert journal.head(app.store.connection) == head
        assert app.session.counts.decided == 0
        assert len(marked(app)) == 12, "the marks are kept for another try"
        monkeypatch.undo()
        await press(pilot, "2", "a")
        assert groups(app, head[0]) == [0, 0], "the group ended with the failure"


async def test_one_of_a_group_is_undone_alone(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "*", "B", "2", "enter")
        (record_id,) = app.session.cases.by_event_id("ACT-9305")
        app.session.decisions.undo(record_id)
        await press(pilot, "u")
        assert "11 rows undone" in ack(app)
        await press(pilot, "U")
        assert state(app, "ACT-9305") == "to decide"
        assert state(app, "ACT-9304") == "approved"


async def test_a_set_is_not_redone_unseen_once_one_of_its_rows_was_decided_anew(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "*", "B", "2", "enter", "u")
        assert "U redoes #3 to #14" in screen_text(app)
        await to(pilot, app, "ACT-9303")
        await press(pilot, "1")
        assert "redoes" not in screen_text(app)
        await press(pilot, "U")
        assert "nothing to redo" in ack(app)
        assert state(app, "ACT-9303") == "chosen"
        integrity.check(app.store)


async def test_a_read_only_workspace_marks_but_does_not_apply(store: Store) -> None:
    path = store.path
    with Store.open(path, write=False, clock=clock) as second:
        app = ConsoleApp(second, "Dana", False)
        async with app.run_test() as pilot:
            await press(pilot, "*", "B")
            assert isinstance(app.screen, ReviewScreen)
            assert "read-only" in ack(app)
            assert review(app).session.marked


def test_each_verb_has_a_key_of_its_own(app: ConsoleApp) -> None:
    rehearsal = rehearse(app.session)
    keys = [deed.key for deed in rehearsal.deeds]
    assert len(set(keys)) == len(keys)
    assert {deed.verb for deed in rehearsal.deeds} == set(Verb) - {Verb.PART}


def test_a_set_never_clears_a_value(tmp_path: Path) -> None:
    """X22: clearing is looked at, one by one."""
    bench = Bench(tmp_path).events(changes=[change("CHG-1", field="city", new_value=""), change("CHG-2", field="city")])
    with bench.open() as review:
        session = Session(review.cases, "Rita")
        session.open_tab(Tab.LEDGER)
        rehearsal = rehearse(session)
        plan = rehearsal.plan(rehearsal.deeds[0])
    assert [row.event_id for row in plan.applied] == ["CHG-2"]
    assert [(row.event_id, row.kept_back) for row in plan.left_out] == [
        ("CHG-1", "it clears a value: decide it by itself")
    ]


async def test_nothing_is_decided_by_two_keys_where_nothing_is_suggested(tmp_path: Path) -> None:
    """``B`` and ``enter`` neither write an e-mail that nobody has chosen nor drop the row."""
    bench = Bench(tmp_path).events(changes=[change("CHG-1", field="email", new_value="ann.lee@one.test")])
    with bench.open() as review:
        app = ConsoleApp(review.cases.store, "Rita", False)
        async with app.run_test() as pilot:
            await to(pilot, app, "CHG-1")
            await press(pilot, "B")
            dialog = app.screen
            assert isinstance(dialog, SetDialog)
            assert [deed.meaning for deed in dialog.rehearsal.deeds] == ["", "keep Close's", "take GHL's", "", "", ""]
            assert "nothing chosen yet" in screen_text(app)
            await press(pilot, "enter")
            assert app.screen is dialog
            assert "choose a key first" in screen_text(app)
            await press(pilot, "1")
            assert "apply to 1 row" in screen_text(app)
            await press(pilot, "enter")
            assert state(app, "CHG-1") == "approved"


@pytest.mark.parametrize("keys", [("B", "x", "enter"), ("B", "1", "enter"), ("H", "u"), ("m", "enter")])
async def test_keys_pressed_before_a_dialog_is_drawn_answer_nothing(app: ConsoleApp, keys: tuple[str, ...]) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await to(pilot, app, "APT-7002")
        await press(pilot, "1")
        before = journal.head(app.store.connection)
        # All keys are in the queue before the screen is painted once, as while many rows are being rehearsed.
        for key in keys:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(app.screen, Dialog) and "esc" in screen_text(app))
        dialog = app.screen
        await pilot.pause()
        assert app.screen is dialog, "it still asks"
        assert "was pressed before this was drawn; press it again" in screen_text(app)
        assert journal.head(app.store.connection) == before
        await press(pilot, *keys[1:])
        assert app.screen is not dialog, "what was seen is answered"


async def test_a_set_that_takes_a_while_is_judged_with_a_bar_and_esc_stops_it(
    app: ConsoleApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "_AT_ONCE", 0)
    monkeypatch.setattr(working, "_AT_A_TIME", 0.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await to(pilot, app, "ACT-9300")
        before = journal.head(app.store.connection)
        review(app).action_apply_set()
        await pilot.pause(0)
        assert isinstance(app.screen, Working)
        assert "stop; nothing is written" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "stopped; nothing was written" in ack(app)
        assert journal.head(app.store.connection) == before
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, SetDialog))
        await press(pilot, "escape")
        await pilot.press("*")
        await until(pilot, lambda: bool(marked(app)))
        assert len(marked(app)) == 12


async def test_what_was_rehearsed_is_not_applied_to_a_review_that_has_moved_on(app: ConsoleApp) -> None:
    session = app.session
    session.open_tab(Tab.LEDGER)
    rehearsal = rehearse(session)
    plan = rehearsal.plan(rehearsal.deeds[0])
    session.decide(lambda decisions, record_id: decisions.defer(record_id))
    with pytest.raises(DecisionRefused, match="since this was rehearsed"):
        apply(session, plan, "")
    again = rehearse(session).plan(rehearsal.deeds[0])
    assert len(again.applied) == len(plan.applied) - 1
    assert apply(session, again, "").rows == len(again.applied)


async def test_a_long_list_is_cut_and_says_how_many_more_rows_there_are(
    app: ConsoleApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_dialog, "_LISTED", 3)
    async with app.run_test(size=(120, 40)) as pilot:
        await to(pilot, app, "ACT-9300")
        await press(pilot, "*", "B", "2")
        text = screen_text(app)
        assert "12 rows would be approved" in text
        assert "and 9 further rows just so" in text
