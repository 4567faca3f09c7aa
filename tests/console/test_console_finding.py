"""Filter, sort and jumps: by keys, at three sizes."""

from __future__ import annotations

import pytest
from console_helpers import SIZES, ack, footer, here, review, screen_lines, screen_text, to
from rich.cells import cell_len

from crm_tui.console.app import ConsoleApp
from crm_tui.console.filter_dialog import FilterDialog, filter_words
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.tabs import Tab, View
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.selection import Facet, Filter, Order, Value, counted_values, listed, orders

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])


def names(app: ConsoleApp) -> list[str]:
    return [app.session.cases.case(one).event_id for one in app.session.ids()]


@sizes
async def test_filter_by_the_rule_of_the_row_in_two_keys(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("f")
        await pilot.pause()
        assert isinstance(app.screen, FilterDialog)
        for words in ("rule", "unmapped", "source", "close-appointments.csv", "state", "to decide"):
            assert words in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert names(app) == ["APT-7003"]
        text = screen_text(app)
        assert "Conflicts 1 of 4" in text
        assert "unmapped" in text.splitlines()[1]
        assert "rule unmapped; esc shows all" in ack(app)
        assert all(cell_len(line) == size[0] for line in screen_lines(app))
        assert cell_len(footer(app)) <= size[0]
        await pilot.press("escape")
        await pilot.pause()
        assert len(names(app)) == 4
        assert here(app) == "APT-7003"


async def test_a_filter_of_nothing_is_not_kept_and_that_is_said(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f", "s")
        await pilot.pause()
        assert "nothing is picked yet" in screen_text(app)
        await pilot.press("space")
        await pilot.pause()
        assert "nothing is picked yet" not in screen_text(app)


@sizes
async def test_facets_are_combined_and_esc_leaves_the_dialog_unchanged(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("f", "tab", "space", "tab", "space", "enter")
        await pilot.pause()
        chosen = app.session.view.filter
        assert {value.facet for value in chosen.values} == {Facet.SOURCE, Facet.STATE}
        assert 0 < len(names(app)) < 4
        await pilot.press("f", "backspace", "escape")
        assert app.session.view.filter == chosen
        await pilot.press("f", "backspace", "enter")
        await pilot.pause()
        assert app.session.view.filter == Filter()
        assert isinstance(app.screen, ReviewScreen)
        assert app.focused is not None and app.focused.id == "queue"


@sizes
async def test_sort_goes_round_and_the_cursor_stays_on_its_row(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        before = names(app)
        await to(pilot, app, "APT-7003")
        seen = []
        for order in (*orders(Queue.CONFLICT)[1:], Order.FILE):
            await pilot.press("o")
            assert app.session.view.order is order
            assert here(app) == "APT-7003"
            assert sorted(names(app)) == sorted(before)
            seen.append(tuple(names(app)))
        assert names(app) == before
        assert len(set(seen)) > 1
        await pilot.press("o")
        assert "sorted by rule" in ack(app)
        app.session.keep_place()
        again = Session(Cases(app.store), "Dana")
        assert (again.view.order, again.record_id) == (Order.RULE, app.session.record_id), "as the cursor is kept"


@sizes
async def test_deciding_keeps_the_filtered_list_as_it_is(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7001")
        await pilot.press("f", "tab", "tab", "enter")
        await pilot.pause()
        assert app.session.view.filter.of(Facet.STATE) == ["to decide"]
        before = names(app)
        await pilot.press("a")
        await pilot.pause()
        assert names(app) == before
        assert here(app) == before[1]


async def test_undo_of_a_hidden_row_shows_all_rows_again(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("s")
        await to(pilot, app, "APT-7002")
        await pilot.press("f", "enter")
        await pilot.pause()
        assert names(app) == ["APT-7002"]
        await pilot.press("u")
        await pilot.pause()
        assert here(app) == "APT-7003"
        assert app.session.view == View()


@sizes
async def test_jumps_to_undecided_rows_of_the_same_rule(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7001")
        order = names(app)
        assert order == ["APT-7001", "CHG-8801", "ACT-9101"]
        await pilot.press(")")
        await pilot.pause()
        assert here(app) == "ACT-9101", "CHG-8801 has another rule"
        await pilot.press("(")
        assert here(app) == "APT-7001"
        await to(pilot, app, "CHG-8801")
        await pilot.press("a")
        await to(pilot, app, "CHG-8801")
        await pilot.press(")")
        assert "nothing of this rule is undecided" in ack(app)


async def test_the_mouse_chooses_in_the_filter(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f")
        await pilot.pause()
        await pilot.click("#listing", offset=(5, 1))
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.session.view.filter.values) == 1


async def test_the_slice_has_nothing_to_filter(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        app.session.open_tab(Tab.SLICE)
        review(app).show()
        await pilot.press("f", "o", ")", "escape")
        assert isinstance(app.screen, ReviewScreen)


def test_counts_are_of_what_each_choice_would_list(app: ConsoleApp) -> None:
    connection = app.store.connection
    for queue in Queue:
        for value, number in counted_values(connection, queue, Filter()):
            assert len(listed(connection, queue, Filter(frozenset((value,))))) == number > 0
    chosen = Filter(frozenset((Value(Facet.RULE, "unmapped"),)))
    assert (Value(Facet.RULE, "unmapped"), 1) in counted_values(connection, Queue.CONFLICT, chosen)
    assert (Value(Facet.RULE, "keys_disagree"), 1) in counted_values(connection, Queue.CONFLICT, chosen)


def test_times_sort_by_the_moment_that_they_name(app: ConsoleApp) -> None:
    connection = app.store.connection
    ids = listed(connection, Queue.LEDGER, order=Order.TIME)
    times = [connection.execute("SELECT event_at FROM record WHERE id = ?", (one,)).fetchone()[0] for one in ids]
    assert times == sorted(times)
    assert times[-1] == "2026-05-12T14:00:00"


def test_a_filter_in_words(app: ConsoleApp) -> None:
    chosen = Filter(frozenset((Value(Facet.RULE, "claim"), Value(Facet.CONTACT, "0"), Value(Facet.FIELD, "phone"))))
    words = filter_words(app.session.cases, app.session.privacy, chosen)
    assert words == "rule claim · contact no single contact · field phone"
