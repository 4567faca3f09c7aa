"""Fixtures of the story: a folder with a copy of the sample, and a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from story_tools import SAMPLE, Terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample in ``src``."""
    shutil.copytree(SAMPLE, tmp_path / "src")
    return tmp_path


@pytest.fixture(params=[(100, 30)], ids=lambda size: f"{size[0]}x{size[1]}")
def terminal(folder: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """A tmux pane; parametrize ``terminal`` indirectly for other sizes."""
    made = Terminal(folder, *request.param)
    yield made
    made.stop()
