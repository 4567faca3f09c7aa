"""The environment in which the command-line tests start the program."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def clean_environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_TUI", "TEXTUAL", "PYTEST"))}
    return {**kept, "CRM_TUI_DATA_DIR": str(data), "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "error"}
