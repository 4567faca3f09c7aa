"""What is around a row: other rows of its people, addresses, filters with a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from console_helpers import (
    ACTIVITIES,
    APPOINTMENTS,
    FILES,
    SIZES,
    ack,
    clock,
    here,
    screen_text,
    to,
    type_text,
)

from crm_tui.console.app import ConsoleApp
from crm_tui.console.filter_dialog import FilterDialog
from crm_tui.console.panes import LinesPane
from crm_tui.console.related_screen import RelatedScreen
from crm_tui.console.tabs import Tab
from crm_tui.model import Queue
from crm_tui.workspace.address import at_address
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.related import related
from crm_tui.workspace.selection import Facet, Filter, Value, counted_values, listed
from crm_tui.workspace.store import Store
from crm_tui.workspace.views import save_filter, saved_filters

MORE = ACTIVITIES + (
    "ACT-9201,openphone,,+1 (555) 010-1010,call,Called back,2026-05-09T09:05:00-04:00,append\n"
    "ACT-9202,gmail,hello@riverbend.test,,email,Who are you,2026-05-10T09:05:00-04:00,append\n"
)


@pytest.fixture
def wider(make: Callable[..., Path]) -> Iterator[Cases]:
    """The small review with two more activities."""
    with Store.open(make({**FILES, "activity-events.csv": MORE}), clock=clock) as store:
        yield Cases(store)


def one(cases: Cases, event_id: str) -> int:
    (record_id,) = cases.by_event_id(event_id)
    return record_id


def names(cases: Cases, event_id: str) -> dict[str, list[str]]:
    """Title → event ids of the other rows."""
    found = related(cases, one(cases, event_id))
    return {person.title: [cases.case(row.record_id).event_id for row in person.rows] for person in found}


def test_the_rows_of_one_contact_stand_together_in_order_of_time(wider: Cases) -> None:
    assert names(wider, "APT-7001") == {"CLOSE-101 · GHL-501": ["ACT-9101", "ACT-9201"]}
    (person,) = related(wider, one(wider, "APT-7001"))
    assert [row.event_at for row in person.rows] == ["2026-05-08T09:05:00-04:00", "2026-05-09T09:05:00-04:00"]


def test_a_row_of_several_candidates_tells_of_each_of_them(wider: Cases) -> None:
    found = names(wider, "ACT-9104")
    assert found["CLOSE-202 · GHL-502"] == ["CHG-8801", "CHG-8804", "APT-7002"]
    assert found["CLOSE-303 · GHL-503"] == ["APT-7004"]


def test_a_row_of_nobody_finds_who_shares_its_address(wider: Cases) -> None:
    assert names(wider, "APT-7003") == {"hello@riverbend.test": ["ACT-9202"]}


def test_a_row_that_a_person_gave_to_a_contact_stands_with_it_and_says_who_and_why(wider: Cases) -> None:
    Decisions(wider, "Dana").choose(one(wider, "APT-7003"), "CLOSE-101/GHL-501", "the client said so")
    (person,) = related(wider, one(wider, "APT-7001"))
    (given,) = [row for row in person.rows if row.record_id == one(wider, "APT-7003")]
    assert (given.review.by, given.review.reason) == ("Dana", "the client said so")
    assert set(names(wider, "APT-7003")["CLOSE-101 · GHL-501"]) == {"ACT-9101", "ACT-9201", "APT-7001"}


@pytest.mark.parametrize("size", SIZES)
async def test_r_shows_what_is_around_and_enter_goes_there(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        app.session.decisions.reject(one(app.session.cases, "CHG-8804"), "owner stays")
        await to(pilot, app, "APT-7002")
        await pilot.press("R")
        await pilot.pause()
        assert isinstance(app.screen, RelatedScreen)
        text = screen_text(app)
        for words in (
            "Around APT-7002",
            "CLOSE-202 · GHL-502",
            "CHG-8801",
            "CHG-8804",
            "“owner stays”",
            "Dana, 13 May",
        ):
            assert words in text
        pane = app.screen.query_one("#page", LinesPane)
        assert max(line.cell_len for line in pane.lines) <= pane.scrollable_content_region.width
        await pilot.press("j", "enter")
        await pilot.pause()
        assert here(app) == "CHG-8804"
        await pilot.press("R", "escape")
        assert here(app) == "CHG-8804"


async def test_a_click_goes_to_a_related_row(app: ConsoleApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("R")
        await pilot.pause()
        y = next(at for at, line in enumerate(screen_text(app).splitlines()) if "CHG-8801" in line)
        await pilot.click("#page", offset=(12, y - 1))
        await pilot.pause()
        assert here(app) == "CHG-8801"
        assert app.session.tab is Tab.LEDGER


# -- addresses


def test_an_address_is_an_event_a_row_an_entry_or_a_line(store: Store) -> None:
    cases = Cases(store)
    wanted = one(cases, "APT-7002")
    saved = Decisions(cases, "Dana").defer(wanted)
    undo = Decisions(cases, "Dana").undo()
    for address in (
        "APT-7002",
        " apt-7002 ",
        cases.case(wanted).row_id,
        cases.case(wanted).row_id.upper(),
        f"#{saved.seq}",
        f"#{undo.seq}",
        "close-appointments.csv:3",
        "Close-Appointments.csv: 3",
    ):
        assert at_address(cases, address) == [wanted], address
    for nowhere in ("", "#", "#1", "#999999999999999999999", "APT", "no.csv:3", "close-appointments.csv:99", "#²"):
        assert at_address(cases, nowhere) == [], nowhere


async def test_a_typed_address_goes_to_the_row_in_whichever_tab(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(":")
        await type_text(pilot, "chg-8803")
        assert here(app) == "CHG-8803"
        assert app.session.tab is Tab.ERRORS
        await pilot.press(":")
        await type_text(pilot, "APT-1")
        assert "no row is called APT-1" in ack(app)
        assert here(app) == "CHG-8803"
        await pilot.press(":")
        await type_text(pilot, "APT-7004")
        assert here(app) == "APT-7004"
        assert ack(app) == "", "what was refused before is not said of this row"


async def test_the_same_address_goes_round_the_rows_that_share_it(make: Callable[..., Path]) -> None:
    twice = APPOINTMENTS + "APT-7001,CLOSE-303,buyer@clearwater.test,2026-06-01,scheduled,2026-05-09T08:30:00Z,Other\n"
    with Store.open(make({**FILES, "close-appointments.csv": twice})) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(80, 24)) as pilot:
            seen = []
            for number in ("2 of 2", "1 of 2", "2 of 2"):
                await pilot.press(":")
                await type_text(pilot, "APT-7001")
                assert number in ack(app)
                seen.append(app.session.record_id)
            assert seen[0] == seen[2] != seen[1]


# -- filters


def test_rows_are_filtered_by_the_system_of_their_file_and_by_who_decided(wider: Cases) -> None:
    connection = wider.store.connection
    Decisions(wider, "Ada").defer(one(wider, "APT-7002"))
    Decisions(wider, "Dana").defer(one(wider, "ACT-9104"))
    for facet in (Facet.SYSTEM, Facet.REVIEWER):
        values = [
            (value, rows)
            for value, rows in counted_values(connection, Queue.CONFLICT, Filter())
            if value.facet is facet
        ]
        assert values
        for value, rows in values:
            found = listed(connection, Queue.CONFLICT, Filter(frozenset((value,))))
            assert len(found) == rows
            if facet is Facet.REVIEWER:
                assert {wider.review(number).by for number in found} == {value.text}
            else:
                tables = {wider.facts(number).event.table.system for number in found}
                assert tables == {value.text}
    systems = dict(counted_values(connection, Queue.CONFLICT, Filter()))
    assert systems[Value(Facet.SYSTEM, "close")] == 2
    assert systems[Value(Facet.REVIEWER, "Ada")] == 1


def test_a_filter_is_kept_by_name_also_when_the_contact_map_is_another(store: Store) -> None:
    cases = Cases(store)
    chosen = Filter(frozenset((Value(Facet.CONTACT, "2"), Value(Facet.CONTACT, "0"), Value(Facet.RULE, "unmapped"))))
    save_filter(cases, "Northstar", chosen)
    save_filter(cases, "other", Filter(frozenset((Value(Facet.RULE, "claim"),))))
    assert [one.filter for one in saved_filters(cases) if one.name == "Northstar"] == [chosen]
    gone = f'{{"a": [["contact", "{"con-" + "0" * 16}"]]}}'
    with store.transaction():
        store.set_meta("filters", gone)
    assert saved_filters(cases)[0].filter == Filter(frozenset((Value(Facet.CONTACT, "-1"),)))


@pytest.mark.parametrize("stored", ["", "[]", "{", '{"a": 1}', '{"a": [["no such", "x"]]}', '{"a": [["rule"]]}'])
def test_filters_that_cannot_be_read_are_none(store: Store, stored: str) -> None:
    with store.transaction():
        store.set_meta("filters", stored)
    assert saved_filters(Cases(store)) == []


async def test_a_filter_is_kept_used_and_forgotten_by_keys(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("f", "space", "s")
        await type_text(pilot, "nobody's")
        assert isinstance(app.screen, FilterDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.session.ids()) == 1
        await pilot.press("escape", "f", "g")
        await pilot.pause()
        assert "kept by name" in screen_text(app)
        assert "nobody's" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.session.ids()) == 1
        await pilot.press("f", "g", "x", "escape")
        await pilot.pause()
        assert saved_filters(app.session.cases) == []


async def test_under_the_mask_nothing_around_a_row_is_recognisable(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        app.session.decisions.ask(one(app.session.cases, "APT-7003"), "Is hello@riverbend.test theirs?")
        await pilot.press("p")
        for event_id, keys in (("APT-7002", ("R",)), ("APT-7003", ("R",)), ("APT-7003", ("y",)), ("APT-7003", ("f",))):
            await to(pilot, app, event_id)
            await pilot.press(*keys)
            await app.workers.wait_for_complete()
            await pilot.pause()
            text = screen_text(app)
            raw = ("riverbend", "northstar", "close-appointments", "first-slice")
            assert [word for word in raw if word in text.lower()] == [], keys
            await pilot.press("escape")
