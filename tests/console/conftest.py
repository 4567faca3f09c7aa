"""Workspaces for console tests, built by the real loader from small CSV texts."""

from __future__ import annotations

import os

# Textual reads both when it is imported.
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from console_helpers import FILES, clock

from crm_tui.console.app import ConsoleApp
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

Make = Callable[..., Path]
_FRAME = 1 / 50
"""Seconds in which Textual draws what has changed, at 60 frames a second."""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Build a workspace from files (default: the small review above)."""

    def build(files: Mapping[str, str] | None = None, name: str = "first-slice") -> Path:
        folder = tmp_path / f"{name}-input"
        folder.mkdir()
        for file, text in (FILES if files is None else files).items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
        path = tmp_path / f"{name}.crm"
        report = load(path, [folder], clock=clock)
        assert not report.problems
        return path

    return build


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def store(make: Make) -> Iterator[Store]:
    """The small review, open for writing."""
    with Store.open(make(), clock=clock) as opened:
        yield opened


@pytest.fixture
def app(store: Store) -> ConsoleApp:
    """The console on the small review."""
    return ConsoleApp(store, "Dana", False)


async def _nothing_left_to_run(min_sleep: float = 0.0, max_sleep: float = 10.0) -> None:
    """Wait a frame, and then until the event loop has nothing left to run but timers and what threads will tell.

    Textual's own takes a process that gets little of a busy machine for one that has nothing to do.
    """
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(min_sleep, _FRAME))
    deadline = loop.time() + max_sleep
    while loop._ready and loop.time() < deadline:  # type: ignore[attr-defined]
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was pressed has done all that it does, however busy the machine is."""
    monkeypatch.setattr("textual.app.wait_for_idle", _nothing_left_to_run)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _nothing_left_to_run)
