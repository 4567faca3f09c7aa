"""The generated exports hold what their truth file says, so that a benchmark measures a right result."""

from __future__ import annotations

from pathlib import Path

from crm_tui.workspace.load import load
from tests.benchmarks.generate import Export
from tests.benchmarks.load import check_truth, target


def test_every_row_of_a_generated_review_gets_the_reason_that_was_put_into_it(tmp_path: Path) -> None:
    Export(scale=0.01).write(tmp_path)
    load(target(tmp_path), sorted(tmp_path.glob("*.csv")), reviewer="Ann")
    check_truth(tmp_path)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Export(scale=0.002).write(tmp_path / name)
    files = sorted((tmp_path / "one").iterdir())
    assert len(files) == 5
    assert all(file.read_bytes() == (tmp_path / "two" / file.name).read_bytes() for file in files)
