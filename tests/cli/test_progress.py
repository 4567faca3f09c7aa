"""Long work tells how far it is, and leaves nothing half done when it is stopped."""

from __future__ import annotations

import io
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_environment import REPOSITORY
from tests_cli_support import Cli, decide_everything, is_refusal

from crm_tui.cli import duplicating, handing, merging, progress_bar, simulating
from crm_tui.cli.progress_bar import ProgressBar
from crm_tui.progress import Progress, Stages, nobody, told

Told = list[tuple[int, int, int]]
_MODULES = (duplicating, handing, merging, simulating)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What a command tells of its progress."""
    found: Told = []
    _shown_to(monkeypatch, lambda *numbers: found.append(numbers))
    return found


def _shown_to(monkeypatch: pytest.MonkeyPatch, listener: Progress) -> None:
    @contextmanager
    def shown() -> Iterator[Progress]:
        yield listener

    for module in _MODULES:
        monkeypatch.setattr(module, "progress_shown", shown)


def _signed(cli: Cli) -> None:
    assert cli("handoff", "-w", "X.crm", "-o", "h.zip", "--reviewer", "Dana").code == 0
    Path("signers").write_text(cli("key", "show").out)


def test_seal_verify_export_and_simulate_tell_of_every_row(cli: Cli, workspace: Path, heard: Told) -> None:
    for call in (
        ("handoff", "-w", "X.crm", "-o", "h.zip", "--reviewer", "Dana"),
        ("verify", "h.zip", "--signers", "signers", "--no-receipt"),
        ("export", "-w", "X.crm", "-o", "out"),
        ("simulate", "-w", "X.crm"),
    ):
        heard.clear()
        ran = cli(*call)
        assert ran.code == int("exit code 1 says just that: rows are left" in ran.out), call
        assert ran.code == int(call[0] == "simulate"), call
        _holds(heard, 13)
        if call[0] == "handoff":
            Path("signers").write_text(cli("key", "show").out)


def test_a_merge_tells_of_both_handoffs(cli: Cli, workspace: Path, heard: Told) -> None:
    Path("Y.crm").write_bytes(workspace.read_bytes())
    for name, row in (("X", "APT-1001"), ("Y", "GHL-2001")):
        Path(f"{name}.csv").write_text(f"event_id,choice,reason\n{row},reject,no\n")
        cli("decide", "-w", f"{name}.crm", "--from", f"{name}.csv", "--reviewer", name)
        assert cli("handoff", "-w", f"{name}.crm", "-o", f"{name}.zip").code == 0
    Path("signers").write_text(cli("key", "show").out)
    heard.clear()
    assert cli("merge", "X.zip", "Y.zip", "-o", "both.zip", "--signers", "signers").code == 0
    _holds(heard, 13)


def test_the_scan_for_duplicates_tells_of_every_record(cli: Cli, place: Path, heard: Told) -> None:
    sample = REPOSITORY / "sample_exports" / "duplicates"
    assert cli("load", sample, "-w", "D.crm").code == 0
    assert cli("duplicates", "-w", "D.crm").code == 0
    assert len(heard) > 20
    assert [done / total for done, total, _ in heard] == sorted(done / total for done, total, _ in heard)


def _holds(heard: Told, rows: int) -> None:
    """It never goes back, never beyond the end, and comes to the end."""
    assert len(heard) >= rows
    assert heard == sorted(heard)
    assert {total for _, total, _ in heard} == {rows}
    assert heard[-1] == (rows, rows, rows)


@pytest.mark.parametrize(
    "call",
    [
        ("handoff", "-w", "X.crm", "-o", "new.zip"),
        ("export", "-w", "X.crm", "-o", "out"),
        ("simulate", "-w", "X.crm"),
        ("verify", "h.zip", "--signers", "signers"),
    ],
    ids=lambda call: str(call[0]),
)
def test_stopped_half_way_it_says_one_sentence_and_leaves_no_file(
    cli: Cli, workspace: Path, place: Path, monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...]
) -> None:
    decide_everything(cli, place)
    _signed(cli)
    cli("export", "-w", "X.crm", "-o", "before")

    def kept() -> dict[str, object]:
        with sqlite3.connect(workspace) as connection:
            entries = connection.execute("SELECT seq, hash FROM log ORDER BY seq").fetchall()
        connection.close()
        return {"log": entries, **{path.name: path.read_bytes() for path in (place / "before").iterdir()}}

    names, content = _tree(place), kept()

    def stop(done: int, total: int, rows: int) -> None:
        if 2 * done > total:
            raise KeyboardInterrupt

    _shown_to(monkeypatch, stop)
    done = cli(*call)
    assert is_refusal(done, 1)
    assert done.err == "crm-tui: stopped; nothing that was not finished was kept.\n"
    monkeypatch.undo()
    monkeypatch.chdir(place)
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(place / "data"))
    assert _tree(place) == names
    assert kept() == content


def _tree(place: Path) -> set[str]:
    found = {str(path.relative_to(place)) for path in place.rglob("*")}
    return {name for name in found if not name.endswith((".lock", "-wal", "-shm"))}


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the seconds that have passed."""
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    return lambda seconds: passed.__setitem__(0, seconds)


def test_the_bar_comes_after_half_a_second_and_goes_away(
    clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = _Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with progress_bar.progress_shown() as progress:
        assert isinstance(progress, ProgressBar)
        clock(0.4)
        progress(10, 1000, 10)
        assert screen.getvalue() == ""
        clock(2.0)
        progress(250, 1000, 250)
        assert screen.getvalue() == "\r██████░░░░░░░░░░░░░░░░░░  25%  250 rows  125 rows/s  6 s left\x1b[K"
        clock(2.05)
        progress(260, 1000, 260)
    assert screen.getvalue().endswith("6 s left\x1b[K\r\x1b[K")


def test_what_is_over_soon_and_what_no_terminal_sees_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    for screen in (_Screen(), io.StringIO()):
        monkeypatch.setattr("sys.stderr", screen)
        with progress_bar.progress_shown() as progress:
            progress(1, 2, 1)
        assert screen.getvalue() == ""
        assert (progress is nobody) is not screen.isatty()


def test_stages_are_told_as_one_whole() -> None:
    found: Told = []
    stages = Stages(lambda *numbers: found.append(numbers), 8, 3, 1)
    assert list(told("abcd", 4, stages.next())) == list("abcd")
    stages.next()(0, 0, 0)
    assert found == [(1, 8, 1), (3, 8, 3), (4, 8, 4), (6, 8, 6), (8, 8, 8)]
