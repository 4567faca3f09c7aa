"""Search: any cell, whatever the case; a phone number however it is typed; counts while typing; esc backs out."""

from __future__ import annotations

import pytest
from console_helpers import SIZES, ack, footer, here, review, screen_lines, screen_text, to
from rich.cells import cell_len
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.searching import SearchInput
from crm_tui.console.tabs import Tab
from crm_tui.workspace.search import folded, needle, search

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])


async def look_for(pilot: Pilot[None], app: ConsoleApp, words: str) -> None:
    await pilot.press("/")
    await pilot.pause()
    review(app).query_one(SearchInput).value = words
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


def found(app: ConsoleApp, query: str) -> set[str]:
    hits = search(app.store.connection, {}, needle(app.session.cases, query), lambda: False)
    assert hits is not None
    return {app.session.cases.case(one).event_id for ids in hits.values() for one in ids}


@pytest.mark.parametrize(
    "typed", ["+15550102020", "(555) 010-2020", "555.010.2020", "1 555 010 2020", "5550102020", "+1-555-010-2020"]
)
def test_a_phone_number_is_found_however_it_is_typed(app: ConsoleApp, typed: str) -> None:
    assert found(app, typed) == {"CHG-8801", "ACT-9104"}, "one is written (555) 010-2020, one +1 555 010 2020"


def test_an_address_is_found_in_any_case(app: ConsoleApp) -> None:
    assert found(app, "OPS@NorthStar.TEST") == {"APT-7002", "CHG-8801", "CHG-8804"}
    assert found(app, "Ops@Northstar") == {"APT-7002", "CHG-8801", "CHG-8804"}


def test_any_cell_and_the_name_of_the_contact_are_found(app: ConsoleApp) -> None:
    assert found(app, "kick-off") == {"APT-7001"}
    assert found(app, "next friday") == {"APT-7004"}
    assert found(app, "GHL-501") == {"APT-7001", "ACT-9101"}, "their contact is called so, no cell says it"
    assert found(app, "nothing like it") == set()


def test_a_search_stops_when_it_is_not_wanted_any_more(app: ConsoleApp) -> None:
    assert search(app.store.connection, {}, needle(app.session.cases, "a"), lambda: True) is None


def test_wide_letters_and_sharp_s_are_the_same() -> None:
    assert folded("ＯＰＳ") == "ops"
    assert folded("Straße") == folded("STRASSE")


@sizes
async def test_the_match_is_shown_while_typing_and_n_goes_on(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("/", *"clearwater")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert here(app) == "ACT-9104"
        assert "1 of 1 match" in ack(app)
        assert "1 in Errors (] goes there)" in ack(app)
        assert all(cell_len(line) == size[0] for line in screen_lines(app))
        await pilot.press("enter")
        await pilot.pause()
        assert app.focused is not None and app.focused.id == "queue"
        assert "? " in footer(app)
        await look_for(pilot, app, "northstar")
        await pilot.press("enter", "n")
        first = here(app)
        await pilot.press("n")
        assert here(app) != first
        await pilot.press("N")
        assert here(app) == first
        assert "matches" in ack(app)


async def test_a_search_says_where_its_matches_are_and_the_key_that_goes_there(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await look_for(pilot, app, "Kick-off")
        assert ack(app) == "/Kick-off  no match here · 1 in Ledger (n goes there)"
        assert here(app) == "APT-7002"
        await pilot.press("enter", "n")
        assert here(app) == "APT-7001"
        assert ack(app) == "/Kick-off  1 of 1 match"
        await look_for(pilot, app, "riverbend")
        await pilot.press("enter", "N")
        assert here(app) == "APT-7003"
        await pilot.press("escape", "f", "enter")
        await look_for(pilot, app, "northstar")
        assert "2 hidden by the filter" in ack(app) or "1 hidden by the filter" in ack(app)
        await to(pilot, app, "APT-7004")
        await look_for(pilot, app, "northstar")
        assert "([ goes there)" in ack(app) or "n goes there" in ack(app)


@sizes
async def test_esc_goes_back_to_where_it_began(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await look_for(pilot, app, "clearwater")
        assert here(app) == "ACT-9104"
        await pilot.press("escape")
        await pilot.pause()
        assert here(app) == "APT-7003"
        assert app.focused is not None and app.focused.id == "queue"
        assert not review(app).query_one(SearchInput).display
        await pilot.press("n")
        assert "nothing is searched for" in ack(app)
        await look_for(pilot, app, "no such words")
        assert "no match here" in ack(app)
        assert here(app) == "APT-7003"


async def test_keys_are_words_while_typing_and_decide_nothing(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("/", "a", "x", "1", "q", "space", "B", "u")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert review(app).query_one(SearchInput).value == "ax1q Bu"
        assert app.session.counts.decided == 0
        await pilot.click("#queue", offset=(10, 1))
        await pilot.pause()
        assert not review(app).query_one(SearchInput).display
        assert "? keys" in screen_text(app)


async def test_the_slice_is_not_searched(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        app.session.open_tab(Tab.SLICE)
        review(app).show()
        await pilot.press("/", "n")
        assert not review(app).query_one(SearchInput).display
