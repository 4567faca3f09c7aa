"""The history of a row, and undoing any one decision from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import SIZES, ack, clock, here, screen_lines, state, to, type_text
from rich.cells import cell_len

from crm_tui.console.app import ConsoleApp
from crm_tui.console.history import History
from crm_tui.console.panes import LinesPane
from crm_tui.console.screen import ReviewScreen
from crm_tui.workspace import integrity
from crm_tui.workspace.store import Store

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])


@sizes
async def test_the_history_names_who_when_what_and_why(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("H")
        assert "nothing was decided" in ack(app)
        await pilot.press("1", "t")
        await pilot.pause()
        await type_text(pilot, "who is that")
        await to(pilot, app, "APT-7002")
        await pilot.press("u", "H")
        await pilot.pause()
        assert isinstance(app.screen, History)
        pane = app.screen.query_one("#listing", LinesPane)
        text = " ".join(" ".join(line.plain for line in pane.lines).split())
        for words in ("chose CLOSE-202 · GHL-502", "asked the client", "who is that", "undone", "Dana", "took back #"):
            assert words in text
        assert all(cell_len(line) == size[0] for line in screen_lines(app))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert here(app) == "APT-7002"


@sizes
async def test_an_earlier_decision_is_undone_alone_and_done_again(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("c")
        await pilot.pause()
        await type_text(pilot, "seen")
        await pilot.press("1", "s")
        await to(pilot, app, "APT-7003")
        assert state(app, "APT-7003") == "deferred"
        await pilot.press("H", "j", "u")
        await pilot.pause()
        assert "undone: #" in ack(app)
        assert "choose" in ack(app)
        assert state(app, "APT-7003") == "deferred", "the later decision stays"
        await pilot.press("H", "j", "u")
        await pilot.pause()
        assert state(app, "APT-7003") == "to decide", "only the note is left"
        (record_id,) = app.session.cases.by_event_id("APT-7003")
        assert app.session.cases.review(record_id).note == "seen"
        await pilot.press("H")
        await pilot.pause()
        past = app.screen._past  # type: ignore[attr-defined]
        at = next(at for at, one in enumerate(past) if one.entry.kind == "decide" and not one.counts)
        await pilot.press(*("j" * at), "u")
        await pilot.pause()
        assert "done again" in ack(app)
        assert state(app, "APT-7003") == "deferred"
        integrity.check(app.store)


async def test_the_undo_itself_does_what_it_took_back_again(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("s", "u")
        await to(pilot, app, "APT-7003")
        assert state(app, "APT-7003") == "to decide"
        for after in ("deferred", "to decide"):
            await pilot.press("H", "u")
            await pilot.pause()
            assert state(app, "APT-7003") == after
        integrity.check(app.store)


async def test_one_of_a_set_is_undone_from_the_history_after_a_restart(make: Callable[..., Path]) -> None:
    path = make()
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test() as pilot:
            await to(pilot, app, "APT-7001")
            await pilot.press("B", "enter")
            await pilot.pause()
            assert app.session.counts.ledger_left == 0
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test() as pilot:
            await to(pilot, app, "CHG-8801")
            await pilot.press("H", "u")
            await pilot.pause()
            assert state(app, "CHG-8801") == "to decide"
            assert state(app, "APT-7001") == state(app, "ACT-9101") == "approved"
            assert app.session.counts.ledger_left == 1
            assert here(app) == "CHG-8801"


def test_only_decisions_that_stand_are_undone(app: ConsoleApp) -> None:
    from crm_tui.errors import DecisionRefused

    decisions = app.session.decisions
    (record_id,) = app.session.cases.by_event_id("APT-7003")
    saved = decisions.defer(record_id)
    for seq in (1, 999):
        with pytest.raises(DecisionRefused, match="is no decision"):
            decisions.undo_entry(seq)
    with pytest.raises(DecisionRefused, match="is not undone"):
        decisions.redo_entry(saved.seq)
    decisions.undo_entry(saved.seq)
    with pytest.raises(DecisionRefused, match="undone already"):
        decisions.undo_entry(saved.seq)
