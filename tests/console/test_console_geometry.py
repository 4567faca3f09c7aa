"""Every screen and every tab holds together: nothing is cut or overlaps, keys are said in full, at two sizes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from console_helpers import clock, fits, footer, review, screen_text, to
from leaking import build
from rich.cells import cell_len
from rounds import back, stand
from screens import WAYS, pressed, reviewing, settled, starting, strange_table, tour
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from crm_tui.console.action import Context
from crm_tui.console.app import ConsoleApp
from crm_tui.console.draw import wrap
from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.page import KeysBar
from crm_tui.console.panes import LineBar, LinesPane, QueuePane
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.shown_actions import in_context
from crm_tui.console.start import StartScreen
from crm_tui.workspace.load import open_all
from crm_tui.workspace.store import Store

SIZES = ((80, 24), (140, 40))
LEAVES = ("escape", "enter", "q", "ctrl+c", "ctrl+q", "ctrl+p", "full_stop")
"""Keys that leave a screen, or are those of every screen."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all tabs."""
    return build(tmp_path_factory.mktemp("geometry"))[0]


@pytest.mark.parametrize("over", [ReviewScreen, MappingScreen, StartScreen])
async def test_every_screen_is_whole_at_two_sizes(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: type[Screen[Any]]
) -> None:
    strange = strange_table(tmp_path)
    monkeypatch.chdir(tmp_path)
    seen = set()
    with Store.open(built, clock=clock) as store:
        app: App[Any]
        if over is StartScreen:
            app = starting([built, strange], tmp_path / "other.crm")
        else:
            app = reviewing(store, open_all([strange]).unknown if over is MappingScreen else ())
        async with app.run_test(size=SIZES[0]) as pilot:
            async for name in tour(app, pilot, over):
                for size in SIZES:
                    await pilot.resize_terminal(*size)
                    await pilot.pause()
                    await pilot.pause()  # what fits itself to the new size does so after it was drawn once
                    assert_whole(app, name)
                await pilot.resize_terminal(*SIZES[0])
                if name != "ReviewScreen":  # its keys are those of the registry
                    await press_all(app, pilot, name)
                seen.add(name)
    assert seen == {name for name, way in WAYS.items() if way.over is over}


async def press_all(app: App[Any], pilot: Pilot[Any], name: str) -> None:
    """Every key that is the screen's own: whatever it does, the screen stays whole."""
    keys = [key for one in type(app.screen).BINDINGS for key in getattr(one, "key", "").split(",")]
    for key in dict.fromkeys(key for key in keys if key not in LEAVES):
        await pilot.press(key)
        await pilot.pause()
        assert_whole(app, f"{key} on {name}")
        if type(app.screen).__name__ == name:
            continue
        if not isinstance(app.screen, WAYS[name].over):
            await pilot.press("escape")
        else:
            await pilot.press(*pressed(WAYS[name].keys))
        await settled(pilot)
        assert type(app.screen).__name__ == name, f"{key} on {name} leads to {app.screen}"


def assert_whole(app: App[Any], name: str) -> None:
    """The screen as a whole, its dialog, and the keys that it says."""
    text = screen_text(app)
    assert fits(app), f"{name} at {app.size}:\n{text}"
    for box in app.screen.query("#dialog"):
        for pane in box.query(LinesPane):
            assert box.region.contains_region(pane.region), f"{name} at {app.size}:\n{text}"
            widest = max((line.cell_len for line in pane.lines), default=0)
            assert widest <= pane.scrollable_content_region.width, f"{name} at {app.size}:\n{text}"
        assert str(app.screen.query_one("#dialog-hint", Static).content) in text
    for one in app.screen.query("TitleBar, TitleLine, KeysBar, FooterBar, AckBar").results(LineBar):
        assert "…" not in one.line(app.size.width).plain, f"{name} at {app.size}: {one} is cut"
        assert cell_len(one.line(app.size.width).plain.rstrip()) <= app.size.width, f"{name}: {one} does not fit"
    for bar in app.screen.query(KeysBar):
        assert cell_len(bar.line(app.size.width).plain.rstrip()) <= app.size.width, f"{name}: the keys do not fit"


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_action_on_a_group_of_duplicates_keeps_the_screen_whole(
    built: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    with Store.open(Path(shutil.copy(built, tmp_path)), clock=clock) as store:
        app = reviewing(store)
        async with app.run_test(size=size) as pilot:
            for action in in_context(Context.DUPLICATE):
                if action.id != "quit":
                    assert await stand(app, pilot, Context.DUPLICATE, 0)
                    await pilot.press(action.keys[0])
                    await settled(pilot)
                    assert_whole(app, action.id)
                    await back(app, pilot)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_tab_and_the_fields_are_whole(built: Path, size: tuple[int, int]) -> None:
    with Store.open(built, clock=clock) as store:
        app = reviewing(store)
        async with app.run_test(size=size) as pilot:
            for context in Context:
                assert await stand(app, pilot, context, 0), context
                await pilot.pause()
                assert app.session.context is context
                assert_whole(app, context)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_bars_and_panes_do_not_overlap_with_a_filter_and_marks(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        for keys in (("f", "enter"), ("*",), ("/",), ("escape",), ("escape",), ("escape",), ("o",)):
            await pilot.press(*keys)
            await pilot.pause()
            screen = review(app)
            shown = [one for one in screen.query("LineBar, LinesPane, QueuePane, SearchInput") if one.region.area]
            assert {LineBar, LinesPane, QueuePane} <= {kind for one in shown for kind in type(one).__mro__}
            rows = [range(one.region.y, one.region.bottom) for one in shown]
            assert sum(len(row) for row in rows) == len({y for row in rows for y in row}) <= size[1]
            assert cell_len(footer(app)) <= size[0]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_long_sentence_is_said_in_full_and_gives_its_lines_back(app: ConsoleApp, size: tuple[int, int]) -> None:
    sentence = (
        "the mobile phone holds one value, so both cannot be kept; choose a side, or edit it, or leave it as it is."
    )
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        before = review(app).query_one("#evidence").size.height
        review(app).say(sentence, "refused")
        await pilot.pause()
        assert f"! {sentence}" in " ".join(screen_text(app).split())
        assert_whole(app, "a long sentence")
        review(app).say("")
        await pilot.pause()
        assert review(app).query_one("#evidence").size.height == before


async def test_the_fields_say_how_to_leave_them_at_80_columns(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("enter")
        await pilot.pause()
        assert "Esc back" in footer(app)


def test_a_path_too_long_for_a_line_breaks_between_its_folders() -> None:
    path = "/home/dana/clients/harbor-light/reviews/2026-05/harbor-light-d90170e1-h0001.handoff.zip"
    lines = wrap(f"crm-tui verify {path}", 50)
    assert "".join(lines).replace(" ", "") == f"crm-tuiverify{path}"
    assert "harbor-light-d90170e1-h0001.handoff.zip" in lines[-1]
    assert all(cell_len(line) <= 50 for line in lines)
