from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.rig import HERE, Rig


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("the interposer needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("interposer") / "interposer.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "interposer.c", "-ldl"], check=True)
    made = Rig(library)
    yield made
    made.close()
