"""The built wheel: it holds the samples, and the main job runs from it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_samples_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("contact-map", "close-appointments", "ghl-contact-changes", "activity-events", "first-slice-map"):
        assert f"crm_tui/sample_exports/first-slice/{name}.csv" in names
    assert "crm_tui/classify/default_policy.toml" in names
    assert any(name.endswith(".tcss") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "screenshots/"))]


def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "CRM_TUI_DATA_DIR": str(tmp_path / "data")}
    where = "import crm_tui, runpy, sys; print(crm_tui.__file__); sys.argv[1:] = ['demo'];"
    done = subprocess.run(
        [sys.executable, "-c", f"{where} runpy.run_module('crm_tui', run_name='__main__')"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(unpacked)), "the demo must run from the wheel, not from the checkout"
    assert "ledger 5 · conflicts 5 · errors 3" in done.stdout
