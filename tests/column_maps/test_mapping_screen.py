"""The screen for a table that no system knows: nothing is loaded that the reviewer has not said yes to."""

from __future__ import annotations

import os

# Textual reads both when it is imported.
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.bars import AckBar
from crm_tui.console.dialogs import Notice
from crm_tui.console.map_draft import MapDraft
from crm_tui.console.mapping_screen import KEYS, ColumnPicker, MappingScreen, TablePicker
from crm_tui.console.screen import ReviewScreen
from crm_tui.intake import proposal
from crm_tui.intake.proposal import propose
from crm_tui.intake.source import Source, UnknownTable
from crm_tui.workspace.load import load, open_all
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import stored_maps
from tests.factory import SAMPLE

FIXTURES = Path(__file__).parent / "fixtures"
CONTACTS = FIXTURES / "kontakte-2026.csv"
SIZES = ((80, 24), (140, 40))
Open = Callable[..., ConsoleApp]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Open]:
    """A review of the sample whose reviewer is asked about the files given."""
    path = tmp_path / "acme.crm"
    load(path, [SAMPLE])
    with Store.open(path) as store:

        def opened(*files: Path, presenting: bool = False) -> ConsoleApp:
            unknown = open_all(files).unknown
            assert all(isinstance(one, UnknownTable) for one in unknown) and unknown
            return ConsoleApp(store, "Dana", False, unknown=unknown, presenting=presenting)

        yield opened


def drawn(app: ConsoleApp) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def said(app: ConsoleApp) -> str:
    return next(one for one in app.screen_stack if isinstance(one, ReviewScreen)).query_one(AckBar).text


async def mapping(pilot: Pilot[str], app: ConsoleApp) -> MappingScreen:
    """The mapping screen, once it stands."""
    for _ in range(50):
        await pilot.pause(0.02)
        if isinstance(app.screen, MappingScreen):
            await pilot.pause()
            return app.screen
    raise AssertionError(type(app.screen))


@pytest.mark.parametrize("size", SIZES)
async def test_it_opens_with_what_is_proposed_values_and_reason(console: Open, size: tuple[int, int]) -> None:
    app = console(CONTACTS)
    async with app.run_test(size=size) as pilot:
        screen = await mapping(pilot, app)
        text = "\n".join(drawn(app))
        assert all(cell_len(line) == size[0] for line in drawn(app))
        for shown in ("kontakte-2026.csv", "contact of Another system", "other-contacts", "E-Mail", "owner@harborlig"):
            assert shown in text
        assert "why     certain: called so in German" in text
        assert "12 columns read, 2 left out; 12 wait for your yes: a, or A for all" in text
        assert screen.draft.waiting == 12
        for key in KEYS:
            assert f"{key.keys} {key.label}" in text
        assert app.session.counts.rows == 13


async def test_what_waits_for_a_yes_is_not_loaded(console: Open) -> None:
    app = console(CONTACTS)
    async with app.run_test(size=(100, 30)) as pilot:
        await mapping(pilot, app)
        await pilot.press("a", "enter")
        await pilot.pause()
        assert isinstance(app.screen, MappingScreen)
        assert "11 proposals wait for your yes" in "\n".join(drawn(app))
        await pilot.press("A", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert said(app) == (
            "kontakte-2026.csv was loaded by the columns you confirmed: 4 new rows; the map is kept for the next one"
        )
        assert app.session.counts.rows == 17
    assert open_all([CONTACTS]).unknown, "only this workspace knows the map"
    assert [one.name for one in stored_maps(app.store.connection)] == ["kontakte"]


async def test_a_field_is_chosen_from_a_list_and_taken_from_where_it_was(console: Open) -> None:
    app = console(CONTACTS)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await mapping(pilot, app)
        await pilot.press("down", "e")
        await pilot.pause()
        assert isinstance(app.screen, ColumnPicker)
        await pilot.press(*"company")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert screen.draft.columns[1].target == "company"
        assert "company was 'Firma': left out" in "\n".join(drawn(app))
        assert screen.draft.holder("company") == "Anrede"
        await pilot.press("x")
        assert screen.draft.columns[1] == screen.draft.columns[1]._replace(target="", accepted=True)


async def test_what_the_table_is_can_be_said_and_what_lacks_is_named(console: Open) -> None:
    app = console(CONTACTS)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await mapping(pilot, app)
        await pilot.press("t")
        await pilot.pause()
        assert isinstance(app.screen, TablePicker)
        await pilot.press(*"other-appo")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert screen.draft.table.name == "other-appointments"
        await pilot.press("A", "enter")
        await pilot.pause()
        assert isinstance(app.screen, MappingScreen)
        assert "other-appointments needs start_at and status; say which column it is" in "\n".join(drawn(app))


async def test_esc_leaves_the_file_unloaded_and_the_next_table_follows(console: Open) -> None:
    app = console(CONTACTS, FIXTURES / "firmen.csv")
    async with app.run_test(size=(100, 30)) as pilot:
        first = await mapping(pilot, app)
        await pilot.press("escape")
        await pilot.pause()
        assert "was not loaded; to come back to it: crm-tui review FILE -w WORKSPACE" in said(app)
        for _ in range(40):
            await pilot.pause(0.02)
            if isinstance(app.screen, MappingScreen) and app.screen is not first:
                break
        await pilot.press("A", "enter")
        await pilot.pause()
        assert app.session.counts.rows in (14, 17)


async def test_the_keys_are_told_on_a_key(console: Open) -> None:
    app = console(CONTACTS)
    async with app.run_test(size=(80, 24)) as pilot:
        await mapping(pilot, app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, Notice)
        text = " ".join(" ".join(drawn(app)).split())
        assert all(key.help.split()[0] in text for key in KEYS)


HOSTILE = "[@click=app.quit]x[/]\x1b]52;c;AAAA\x07\u202e\u200bname"


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_headers_and_values_are_drawn_harmless(
    console: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "bad\u202e.csv"
    file.write_text(f'"{HOSTILE}","E-Mail","{"w" * 3000}"\n"{HOSTILE}","ann@one.test","\U0001f600{"長" * 500}"\n')
    app = console(file)
    async with app.run_test(size=size) as pilot:
        await mapping(pilot, app)
        for key in ("down", "down", "e", "escape", "A", "x"):
            await pilot.press(key)
            await pilot.pause()
            for line in drawn(app):
                assert line.isprintable() and cell_len(line) == size[0]


async def test_before_an_audience_no_value_and_no_file_name_is_seen(console: Open) -> None:
    app = console(CONTACTS, presenting=True)
    async with app.run_test(size=(140, 40)) as pilot:
        await mapping(pilot, app)
        for _ in range(14):
            text = "\n".join(drawn(app))
            for hidden in ("harborlight", "Olga", "kontakte-2026", "555 010", "nils", "Hamburg", "1980"):
                assert hidden not in text
            await pilot.press("down")
            await pilot.pause()


async def test_the_first_rows_are_read_beside_the_screen_which_answers_meanwhile(
    console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on, read = threading.Event(), threading.Event(), proposal.sample_rows

    def slow(source: Source) -> list[tuple[str, ...]]:
        reading.set()
        go_on.wait(30)
        return read(source)

    monkeypatch.setattr(proposal, "sample_rows", slow)
    app = console(CONTACTS)
    async with app.run_test(size=(100, 30)) as pilot:
        while not reading.is_set():
            await pilot.pause(0.01)
        at = app.session.index
        await pilot.press("j")
        assert app.session.index == at + 1
        go_on.set()
        assert (await mapping(pilot, app)).draft.columns


def test_a_draft_is_whole_only_when_nothing_waits() -> None:
    draft = MapDraft.of(propose("x", ["E-Mail", "Farbe"], [["a@one.test", "rot"]]))
    assert (draft.waiting, draft.mapped, draft.faults) == (1, 1, [])
    assert draft.accept(0).waiting == draft.accept_all().waiting == 0
    assert draft.choose(0, "").faults == [
        "columns: nothing says who a row is about; an e-mail, a phone or a record id of a known system must"
    ]
    assert draft.choose(1, "email").holder("email") == "Farbe"
    assert draft.accept_all().column_map().columns == {"E-Mail": "email", "Farbe": ""}
