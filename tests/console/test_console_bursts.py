"""Keys that come in one burst do what they do one by one: none acts on the review that was typed into a question."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_helpers import here, review, screen_text, state, to
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Prompt
from crm_tui.console.filter_dialog import FilterDialog
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.searching import SearchInput
from crm_tui.console.type_ahead import UnderWay
from crm_tui.workspace import journal
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

_DUPLICATES = Path(__file__).resolve().parents[2] / "sample_exports" / "duplicates"
_SPELT = {"/": "slash", ":": "colon", " ": "space"}


async def burst(pilot: Pilot[None], app: ConsoleApp, keys: str, last: str = "") -> None:
    """Put all keys into the queue before the first is answered, as a terminal does with what is pasted."""
    for char in keys:
        app.post_message(Key(_SPELT.get(char, char), char))
    if last:
        app.post_message(Key(last, None))
    for _ in range(4):
        await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("portal") / "duplicates.crm"
    assert not load(path, [_DUPLICATES], reviewer="Dana").problems
    return path


@pytest.fixture
def people(grouped: Path, tmp_path: Path) -> Iterator[ConsoleApp]:
    """The console on records that may be the same, with the cursor on the first group."""
    with Store.open(Path(shutil.copy(grouped, tmp_path))) as store:
        yield ConsoleApp(store, "Dana", False)


@pytest.mark.parametrize("groups", [False, True], ids=["rows", "duplicates"])
@pytest.mark.parametrize("key", "/:xtcf")
async def test_words_in_one_burst_with_their_key_reach_what_asks_for_them(
    app: ConsoleApp, request: pytest.FixtureRequest, key: str, *, groups: bool
) -> None:
    """``a``, ``1``, ``u`` and ``d`` are keys of the review as well."""
    console: ConsoleApp = request.getfixturevalue("people") if groups else app
    async with console.run_test(size=(80, 24)) as pilot:
        if groups:
            await pilot.press("right_square_bracket", "right_square_bracket")
        else:
            await to(pilot, console, "APT-7002")
        before = journal.head(console.store.connection)
        await burst(pilot, console, f"{key}ada u1a")
        assert journal.head(console.store.connection) == before, "nothing is decided"
        if key == "f":
            assert isinstance(console.screen, FilterDialog)
            return
        focused = console.focused
        assert isinstance(focused, Input)
        assert focused.value == "ada u1a"
        assert isinstance(console.screen, ReviewScreen if key == "/" else Prompt)


async def test_a_reason_in_one_burst_with_its_key_and_enter_is_kept_and_the_next_key_is_of_the_next_row(
    app: ConsoleApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await burst(pilot, app, "xdup owner", "enter")
        assert state(app, "APT-7002") == "rejected"
        (record_id,) = app.session.cases.by_event_id("APT-7002")
        assert app.session.cases.review(record_id).reason == "dup owner"
        assert here(app) != "APT-7002"


async def test_a_search_in_one_burst_with_its_keys_ends_at_the_match(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await burst(pilot, app, "/riverbend", "enter")
        assert not review(app).query_one(SearchInput).display
        assert here(app) == "APT-7003"
        assert "/riverbend" in screen_text(app)


async def test_keys_are_answered_again_though_one_went_down_with_its_dialog(app: ConsoleApp) -> None:
    """A key whose widget is gone never comes back; what was typed behind it is dropped, and the next key is heard."""
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("c")
        gone, dialog = app.focused, app.screen
        assert gone is not None
        await pilot.press("escape")
        app._under_way = UnderWay(Key("j", "j"), gone, dialog)
        app._waiting.append(Key("a", "a"))
        before = journal.head(app.store.connection)
        await pilot.press("c")
        assert isinstance(app.screen, Prompt)
        assert journal.head(app.store.connection) == before
