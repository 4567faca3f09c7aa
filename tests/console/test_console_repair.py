"""Repairing an error row by keys: which cell, what it should say, judged again, and taken back."""

from __future__ import annotations

from console_helpers import ack, evidence, footer, here, review, screen_text, state, to, type_text
from textual.widgets import Input

from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Prompt
from crm_tui.console.panes import LinesPane
from crm_tui.console.repairing import CellPicker
from crm_tui.console.tabs import Tab
from crm_tui.model import Queue


def listed(app: ConsoleApp) -> list[str]:
    """The cells of the dialog, as drawn."""
    return [line.plain for line in app.screen.query_one("#contacts", LinesPane).lines]


async def test_a_cell_of_an_error_row_is_typed_over_in_few_keys_and_undone_by_one(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7004")
        assert "e repair" in footer(app)
        left = app.session.counts.errors
        await pilot.press("e")
        assert isinstance(app.screen, CellPicker)
        assert listed(app)[0].split() == ["▸", "starts", "!", "next", "Friday"], "the cell at fault stands first"
        await pilot.press("enter")
        assert isinstance(app.screen, Prompt)
        await type_text(pilot, "2026-05-15T10:00:00Z")
        assert app.session.counts.errors == left - 1
        assert app.session.tab is Tab.LEDGER and here(app) == "APT-7004"
        assert "judged again: ready" in ack(app)
        assert "typed over by a reviewer" in evidence(app)
        assert app.session.counts == app.session.cases.counts()
        await pilot.press("u")
        assert app.session.counts.errors == left
        assert app.session.tab is Tab.ERRORS and here(app) == "APT-7004"


async def test_a_repaired_row_is_shown_and_decided_in_a_tab_that_was_seen_before_and_leaves_it_again(
    app: ConsoleApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        session = app.session
        await to(pilot, app, "CHG-8801")
        await to(pilot, app, "CHG-8803")
        await pilot.press("v")
        (record_id,) = session.cases.by_event_id("APT-7004")
        repaired = session.decisions.repair
        session.take_back(lambda _: repaired(record_id, "start_at", "2026-05-15T10:00:00Z"))
        assert (session.tab, here(app)) == (Tab.LEDGER, "APT-7004")
        assert len(session.ids()) == session.counts.ledger and not session.marked
        session.open_tab(Tab.CONFLICTS)
        await to(pilot, app, "APT-7004")
        assert here(app) == "APT-7004", "its address leads to it"
        await pilot.press("a")
        assert (state(app, "APT-7004"), state(app, "CHG-8801")) == ("approved", "to decide")
        session.open_tab(Tab.ERRORS)
        assert here(app) == "CHG-8803" and len(session.ids()) == session.counts.errors
        await pilot.press("u", "u")
        assert (session.tab, here(app)) == (Tab.ERRORS, "APT-7004")
        session.open_tab(Tab.LEDGER)
        assert record_id not in session.ids() and len(session.ids()) == session.counts.ledger
        await pilot.press("U")
        assert (session.tab, here(app)) == (Tab.LEDGER, "APT-7004")


async def test_what_is_refused_says_why_and_the_row_stays(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7004")
        await pilot.press("e")
        await type_text(pilot, "title")
        await type_text(pilot, "4111 1111 1111 1111")
        assert "card number" in screen_text(app) and "Mend it" in screen_text(app)
        assert app.screen.query_one(Input).value == "4111 1111 1111 1111", "what was typed stays to be mended"
        await pilot.press("escape")
        assert app.screen is review(app)
        assert state(app, "APT-7004") == "to decide"
        (record_id,) = app.session.cases.by_event_id("APT-7004")
        assert app.session.cases.case(record_id).verdict.queue is Queue.ERROR
        await pilot.press("e", "escape")
        assert app.screen is review(app)


async def test_under_the_mask_the_cells_name_nobody(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("p")
        review(app).action_repair()
        await pilot.pause()
        assert isinstance(app.screen, CellPicker)
        case = app.session.cases.case(app.session.record_id)
        (email,) = [row.values[0] for row in case.rows if row.field == "email"]
        assert email and email not in " ".join(listed(app))
