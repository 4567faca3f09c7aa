"""The summary screen: true counts, the way to the rows behind a line, and nothing cut at any size."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from console_helpers import SIZES, review, screen_lines, screen_text
from rich.cells import cell_len
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.charts import centred, length_words, shares, spark, stacked
from crm_tui.console.panes import LinesPane
from crm_tui.console.session import Session
from crm_tui.console.summary_screen import SummaryScreen
from crm_tui.console.summary_view import summary_page
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import BAR_SIGNS, PAINTS
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.selection import Facet, listed
from crm_tui.workspace.store import Store
from crm_tui.workspace.summary import Reached, read_summary


async def opened(pilot: Pilot[str], *keys: str) -> SummaryScreen:
    """The summary, counted."""
    await pilot.press(*keys, "y")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    assert isinstance(pilot.app.screen, SummaryScreen)
    return pilot.app.screen


def under(app: ConsoleApp) -> str:
    """The line under the cursor."""
    return next(line for line in screen_lines(app) if "▸" in line)


@pytest.mark.parametrize("size", [*SIZES, (60, 20), (200, 60), (300, 100)])
async def test_it_fits_any_width_and_esc_leaves(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        here = app.session.record_id
        screen = await opened(pilot)
        pane = screen.query_one("#page", LinesPane)
        assert max(line.cell_len for line in pane.lines) <= pane.scrollable_content_region.width
        assert "0 of 7 decided" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert max(line.cell_len for line in pane.lines) <= 79
        await pilot.press("escape")
        assert app.screen is review(app)
        assert app.session.record_id == here


def test_every_line_leads_to_the_rows_that_it_counts(store: Store) -> None:
    cases = Cases(store)
    decisions = Decisions(cases, "Dana")
    decisions.approve(cases.ids(Queue.LEDGER)[0])
    decisions.defer(cases.ids(Queue.CONFLICT)[0])
    sheet = summary_page(Session(cases, "Dana"), read_summary(store), 79, PAINTS["crm-tui-dark"], 0)
    with_filter = [spot for spot in sheet.spots if spot.goal.filter.values]
    assert len(with_filter) >= 12
    for spot in with_filter:
        line = sheet.lines[spot.y].plain
        rows = int(re.search(r" ([0-9,]+) ", line + " ")[1].replace(",", ""))  # type: ignore[index]
        everywhere = {queue: len(listed(store.connection, queue, spot.goal.filter)) for queue in Queue}
        # A file has rows in several tabs; everything else is of one.
        whole = sum(everywhere.values()) if spot.goal.filter.of(Facet.SOURCE) else everywhere[spot.goal.tab.queue]  # type: ignore[index]
        assert rows == whole, line
        assert everywhere[spot.goal.tab.queue], line  # type: ignore[index]


async def test_enter_shows_the_rows_of_the_line(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("j")
        assert "3 to decide    ready" in under(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.session.tab is Tab.LEDGER
        assert len(app.session.ids()) == 3
        assert "3 rows listed by state to decide" in screen_text(app)


async def test_what_is_left_is_said_with_the_question_and_the_way_there(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("t", *"Who", "enter", "s")
        await opened(pilot)
        text = screen_text(app)
        assert "1 needs client waiting for an answer" in text
        assert "“Who”" in text
        await pilot.press("j", "j")
        assert "deferred" in under(app) or "needs client" in under(app)
        await pilot.press("enter")
        assert app.session.tab is Tab.CONFLICTS
        assert len(app.session.ids()) == 1


async def test_a_click_on_a_bar_shows_its_rows_and_one_on_a_key_presses_it(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(pilot)
        lines = screen_lines(app)
        y = next(at for at, line in enumerate(lines) if "unmapped" in line)
        await pilot.click("#page", offset=(lines[y].index("unmapped"), y - 1))
        await pilot.pause()
        assert {app.session.row(one, [one]).rule for one in app.session.ids()} == {"unmapped"}
        await opened(pilot)
        await pilot.click("#footer", offset=(screen_lines(app)[-1].index("back"), 0))
        await pilot.pause()
        assert app.screen is review(app)


@pytest.mark.parametrize("width", range(8, 90, 9))
def test_a_bar_shows_every_part_that_is_there_and_nothing_beyond_its_width(width: int) -> None:
    paint = PAINTS["crm-tui-dark"]
    parts = {Reached.WAITING: 1_000, Reached.APPROVED: 1, Reached.BLOCKED: 3, Reached.LATER: 0}
    bar = stacked(parts, 1_004, width, paint)
    assert bar.cell_len == width
    assert set(bar.plain) == {BAR_SIGNS[part] for part, rows in parts.items() if rows}
    assert max(shares([5, 5], 20, width)) - min(shares([5, 5], 20, width)) <= 1
    assert sum(shares([10, 10], 20, width)) == width
    for number in (0, 1, 7, 20):
        line = centred(number, 20, width, "")
        assert line.cell_len == width
        assert (number > 0) == bool(line.plain.strip())


def test_signs_of_the_bars_differ_without_colour() -> None:
    assert len(set(BAR_SIGNS.values())) == len(BAR_SIGNS) == len(Reached)
    assert [sign for sign in BAR_SIGNS.values() if cell_len(sign) != 1] == []


def test_a_spark_is_highest_where_most_is() -> None:
    assert spark([0, 1, 8, 4], "").plain == "▁▂█▅"
    assert spark([0, 0], "").plain == "▁▁"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "1 h"), (6000, "1 h 40 min"), (864000, "10 days")],
)
def test_a_length_of_time_is_said_in_the_unit_one_would_say(seconds: int, words: str) -> None:
    assert length_words(timedelta(seconds=seconds)) == words
