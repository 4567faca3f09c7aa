"""The start screen: what was opened lately, choosing files, seeing what they are, loading and stopping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import FILES, SIZES, clock, screen_lines, screen_text
from textual.pilot import Pilot

from crm_tui.cli import run
from crm_tui.console import opening
from crm_tui.console.browse import Browse
from crm_tui.console.opening import BrowseScreen, LoadScreen
from crm_tui.console.settings import SHIPPED
from crm_tui.console.start import Chosen, StartApp
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.recent import Recent, note_recent, progress_of, recent_paths, told_apart
from crm_tui.workspace.store import Store
from tests.factory import back_to_version_1

Make = Callable[..., Path]


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports, a folder in it, something that is no export; one stands in it."""
    folder = tmp_path / "client"
    (folder / "older").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / ".hidden.csv").write_text("a,b\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def start(tmp_path: Path, *paths: Path) -> StartApp:
    return StartApp(paths, ["first-slice", "quarter"], lambda first: tmp_path / f"{first.name}.crm", SHIPPED)


async def settled(pilot: Pilot[Chosen]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def test_workspaces_are_remembered_the_latest_first_without_those_that_are_gone(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.crm" for number in range(15)]
    for path in paths:
        path.touch()
        note_recent(path)
    note_recent(paths[7])
    assert recent_paths()[:2] == [paths[7], paths[14]]
    assert len(recent_paths()) == 12
    paths[14].unlink()
    assert paths[14] not in recent_paths()


def test_the_progress_of_a_workspace_is_read_and_nothing_is_written(make: Make, tmp_path: Path) -> None:
    path = make()
    with Store.open(path, clock=clock) as store:
        decisions = Decisions(Cases(store), "Dana")
        decisions.approve(decisions.cases.by_event_id("APT-7001")[0])
        counts = decisions.cases.counts()
    before = path.read_bytes()
    found = progress_of(path)
    assert found.counts == counts
    assert counts.decided == 1
    assert found.last_at == "2026-05-13T16:00:00Z"
    assert path.read_bytes() == before
    other = tmp_path / "other.crm"
    other.write_bytes(b"no workspace")
    broken = progress_of(other)
    assert broken.fault.startswith("is no crm-tui workspace") and not broken.opens
    back_to_version_1(path)
    older = progress_of(path)
    assert older.opens and older.fault == "is of an earlier crm-tui: enter brings it up to date"


def test_workspaces_of_one_name_are_told_apart_by_their_folders() -> None:
    places = ("/w/acme/may/review.crm", "/w/bolt/may/review.crm", "/w/bolt/other.crm", "/w/june/review.crm")
    found = [Recent(Path(place), Path(place).stem) for place in places]
    assert told_apart(found) == ["acme/may/review", "bolt/may/review", "other", "june/review"]


@pytest.mark.parametrize("size", SIZES)
async def test_lately_opened_workspaces_stand_with_their_progress(
    make: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    broken = tmp_path / "broken.crm"
    broken.write_bytes(b"x" * 5000)
    app = start(tmp_path, make(), broken)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        text = screen_text(app)
        for words in (
            "Opened lately",
            "0 of 7 decided · 7 open · 2 blocked  13 May 2026"
            if size[0] < 100
            else "0 of 7 decided · open: 4 held, 3 ready · 2 blocked",
            "open files or a folder",
            "crm-tui demo quarter",
        ):
            assert words in text
        assert "  , " not in text, "nobody has reviewed it yet"
        assert all(len(line) == size[0] for line in screen_lines(app))
        await pilot.press("j", "enter")
        assert app.is_running, "what cannot be opened is not opened"
        await pilot.press("k", "enter")
    assert app.return_value == Chosen(tmp_path / "first-slice.crm")


async def test_files_are_shown_as_what_they_are_before_they_are_loaded(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["systems", "--explain", str(exports / "close-appointments.csv")]) == 0
    words = capsys.readouterr().out.splitlines()
    app = start(tmp_path)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("o")
        await pilot.pause()
        text = screen_text(app)
        assert "older/" in text
        assert "notes.pdf" not in text
        assert ".hidden" not in text
        await pilot.press("o")
        await settled(pilot)
        assert isinstance(app.screen, LoadScreen)
        text = " ".join(screen_text(app).split())
        for line in words[:2]:
            assert " ".join(line.split())[:90] in text
        assert not (tmp_path / "client.crm").exists()
        await pilot.press("enter")
        await settled(pilot)
    assert app.return_value == Chosen(tmp_path / "client.crm")
    with Store.open(tmp_path / "client.crm", write=False) as store:
        assert Cases(store).counts().rows == 9


async def test_chosen_files_alone_are_opened_and_a_strange_one_is_said(exports: Path, tmp_path: Path) -> None:
    (exports / "strange.csv").write_text("colour,taste\nred,sweet\n", encoding="utf-8")
    app = start(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("o")
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        names = [entry.path.name for entry in screen.browse.entries]
        for name in ("contact-map.csv", "strange.csv"):
            await pilot.press("g", *["j"] * names.index(name), "space")
        await pilot.press("o")
        await settled(pilot)
        text = screen_text(app)
        assert "contact-map" in text
        assert "strange.csv" in text
        assert "close-appointments.csv" not in text
        await pilot.press("escape")
        await pilot.pause()
        assert app.is_running


async def test_a_load_that_is_stopped_leaves_no_trace(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path)
    held = asyncio.Event()
    real = opening.load

    def slow(*arguments: object, **named: object) -> object:
        app.call_from_thread(held.set)
        while not screen._stopping:
            time.sleep(0.005)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "load", slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "o")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, LoadScreen)
        await pilot.press("enter")
        await asyncio.wait_for(held.wait(), 10)
        await pilot.press("escape")
        await settled(pilot)
        assert "Stopped: nothing was kept." in screen_text(app)
        assert [path for path in tmp_path.iterdir() if ".crm" in path.name and not path.name.endswith(".lock")] == []
        await pilot.press("escape", "escape", "escape")
    assert app.return_value is None


def test_folders_are_gone_through_without_reading_a_file(exports: Path) -> None:
    browse = Browse.of(exports)
    assert browse.entries[0].up
    assert [entry.path.name for entry in browse.entries if entry.folder][1:] == ["older"]
    assert browse.wanted() == [exports]
    inside = browse.moved(1).into()
    assert inside.folder == exports / "older"
    assert inside.above().here == browse.moved(1).here
    gone = Browse.of(exports / "no such folder")
    assert gone.fault
    assert gone.moved(5).into().folder == exports


def test_without_a_terminal_the_words_are_as_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "nothing"))
    for words in ([], ["--start"]):
        assert run(words) == 2
        assert "there is no workspace yet; start with: crm-tui demo" in capsys.readouterr().err
