"""What lies beside the exports is data: no module there is run, however the program is started in that folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import crm_tui

ROOT = Path(crm_tui.__file__).parent.parent


def test_a_module_in_the_folder_of_the_exports_is_not_run(tmp_path: Path) -> None:
    for name in ("json", "msgspec", "csv", "textual", "tomllib"):
        (tmp_path / f"{name}.py").write_text("import os\nos.write(2, b'planted')\n")
    done = subprocess.run(
        [sys.executable, "-m", "crm_tui", "load", "missing.csv", "-w", "new.crm"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "planted" not in done.stderr
    assert done.returncode == 2 and "crm-tui" in done.stderr


def test_the_program_still_starts_in_its_own_folder() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crm_tui", "--version"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("crm-tui ")
