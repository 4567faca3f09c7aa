"""The sample, loaded once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from portal import portal

from tests.factory import Bench


@pytest.fixture(scope="session")
def loaded_portal(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return portal(tmp_path_factory.mktemp("portal"))


@pytest.fixture
def bench(loaded_portal: Bench, tmp_path: Path) -> Bench:
    """A copy of its own."""
    shutil.copytree(loaded_portal.folder, tmp_path / "own", ignore=shutil.ignore_patterns(".*"))
    return Bench(tmp_path / "own")
