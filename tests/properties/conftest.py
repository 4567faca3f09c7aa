from __future__ import annotations

import os
from pathlib import Path

import pytest

# Textual reads both when it is imported.
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))
