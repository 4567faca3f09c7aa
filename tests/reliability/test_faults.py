"""A kill at every file operation, every file operation failing, and power cuts: nothing acknowledged is ever lost."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from crm_tui.cli import run
from crm_tui.handoff import keys
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import verify
from crm_tui.workspace.store import utc_now
from tests.factory import SAMPLE, back_to_version_1
from tests.properties.profiles import SOAK
from tests.reliability.rig import (
    FAIL_ON,
    FAIL_ONCE,
    KILL_AFTER,
    KILL_BEFORE,
    KILL_HALF,
    Disk,
    Done,
    Rig,
    fresh,
    recorded,
    sound,
    sound_or_reason,
)

DECISIONS = (
    "APT-7002,CLOSE-202/GHL-502", "APT-7002,approve", "ACT-9103,no-write", "ACT-9103,approve", "APT-7001,approve",
    "APT-7001,undo", "CHG-8804,defer", "APT-7001,reject",
)  # fmt: skip
SCENARIOS: Mapping[str, list[str]] = {
    "first load": ["load", "src", "-w", "new.crm"],
    "load": ["load", "src2", "-w", "X.crm"],
    "decide": ["decide", "-w", "X.crm", "--from", "d.csv"],
    "export": ["export", "-w", "X.crm", "-o", "views"],
    "handoff": ["handoff", "-w", "X.crm", "-o", "h.zip"],
    "erase": ["erase", "-w", "X.crm", "CLOSE-202"],
    "migrate": ["decide", "-w", "old.crm", "--from", "d.csv"],
}
STEP = 1 if SOAK else 13
"""Every so-manieth operation is tried; CI begins at another one for each scenario."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review in use: decisions, views and a handoff of an earlier state, a second export that differs."""
    folder = tmp_path_factory.mktemp("template")
    patch = pytest.MonkeyPatch()
    patch.setenv("CRM_TUI_DATA_DIR", str(folder / "data"))
    patch.chdir(folder)
    shutil.copytree(SAMPLE, "src")
    shutil.copytree(SAMPLE, "src2")
    changed = Path("src2/close-appointments.csv")
    changed.write_text(changed.read_text().replace("Kick-off call", "Kick-off meeting"))
    Path("first.csv").write_text("event_id,choice,field,value,reason\nCHG-8801,approve,,,\n")
    lines = [f"{line},,,{'because' if line.endswith('reject') else ''}" for line in DECISIONS]
    Path("d.csv").write_text("event_id,choice,field,value,reason\n" + "\n".join(lines) + "\n")
    assert run(["load", "src", "-w", "X.crm"]) == 0
    assert run(["export", "-w", "X.crm", "-o", "views"]) == 0
    assert run(["handoff", "-w", "X.crm", "-o", "h.zip"]) == 0
    assert run(["decide", "-w", "X.crm", "--from", "first.csv"]) == 0
    shutil.copy("X.crm", "old.crm")
    back_to_version_1(Path("old.crm"))
    patch.undo()
    return folder


def check(folder: Path, scenario: str, done: Done, whole: Mapping[str, set[bytes]]) -> str:
    """What is wrong after a trial; ``""`` when nothing is."""
    if "Traceback" in done.err or "unexpected" in done.err:
        return done.err
    name = SCENARIOS[scenario][SCENARIOS[scenario].index("-w") + 1]
    if (folder / name).exists() or scenario != "first load":
        wrong = sound_or_reason(folder / name, done.acknowledged)
        if wrong:
            return wrong
    for path, known in whole.items():
        if (folder / path).read_bytes() not in known:
            return f"{path} is neither the old file nor the new one"
    if scenario == "handoff":
        public, principal = keys.read_public(keys.public_path_of(folder / "data/keys/signing_ed25519"))
        line = keys.allowed_signers_line(principal, public)
        verify((folder / "h.zip").read_bytes(), Trust(parse(f"{line}\n".encode())), now=utc_now())
    return ""


def views(folder: Path) -> dict[str, bytes]:
    return {f"views/{one.name}": one.read_bytes() for one in (folder / "views").glob("*.csv")}


def known_views(rig: Rig, template: Path, folder: Path, scenario: str) -> tuple[dict[str, set[bytes]], int]:
    """What the views may be: as before, or as after an undisturbed run; and how many operations that takes."""
    done = rig.run(fresh(template, folder), [SCENARIOS[scenario]])
    assert done.operations > 5, done
    assert done.status == (1 if scenario in ("decide", "migrate") and "refused" in done.err else 0), done
    old, new = views(template), views(folder)
    return {name: {old[name], new[name]} for name in old}, done.operations


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("mode", [KILL_BEFORE, KILL_HALF, KILL_AFTER], ids=["before", "half-way", "after"])
def test_a_kill_at_any_file_operation_loses_nothing_acknowledged(
    rig: Rig, template: Path, tmp_path: Path, scenario: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "trial"
    whole, operations = known_views(rig, template, folder, scenario)
    trials = range((mode * 3) % STEP, operations, STEP)
    for at in trials:
        done = rig.run(fresh(template, folder), [SCENARIOS[scenario]], mode=mode, at=at)
        assert done.status in (-9, 0, 1), (at, done)
        assert check(folder, scenario, done, whole) == "", (scenario, at, done)
    print(f"\n{len(trials)} kills in {scenario}")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(folder / "data"))
    assert run(SCENARIOS[scenario]) in (0, 1), "what was interrupted can be given again"


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("mode", [FAIL_ONCE, FAIL_ON], ids=["once", "for good"])
def test_any_file_operation_may_fail_and_nothing_is_lost_or_silent(
    rig: Rig, template: Path, tmp_path: Path, scenario: str, mode: int
) -> None:
    folder = tmp_path / "trial"
    whole, operations = known_views(rig, template, folder, scenario)
    numbers = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES)
    trials = range(mode % STEP, operations, STEP)
    for at in trials:
        for number in numbers if SOAK else (numbers[at % len(numbers)],):
            done = rig.run(fresh(template, folder), [SCENARIOS[scenario]], mode=mode, at=at, errno=number)
            assert done.status in (0, 1, 2), (at, done)
            assert done.status == 0 or done.err.strip(), "a failure is never silent"
            assert check(folder, scenario, done, whole) == "", (scenario, at, os.strerror(number), done)
    print(f"\n{len(trials)} failing operations in {scenario}")


CUTS = 40 if SOAK else 1
"""States tried for each place of a cut."""


def cut_faults(rig: Rig, template: Path, tmp_path: Path, scenario: str, sabotage: str = "") -> tuple[list[str], int]:
    """Cut the power after every operation of a recorded run; what was wrong, and how many states were tried."""
    folder, target = tmp_path / "recorded", tmp_path / "cut"
    whole, _ = known_views(rig, template, folder, scenario)
    fresh(template, folder)
    disk = Disk(folder)
    rig.run(folder, [SCENARIOS[scenario]], record=True, sabotage=sabotage)
    lots, said, wrong, states = Random(7), b"", [], 0
    for number, step in enumerate(recorded(folder / "log")):
        if step.name == "say":
            said += step.data
        disk.do(step)
        for _ in range(CUTS):
            disk.after_a_cut(target, lots)
            states += 1
            done = Done(0, 0, said.decode(), "")
            fault = check(target, "export" if scenario == "handoff" else scenario, done, whole)
            if fault:
                wrong.append(f"after operation {number}: {fault}")
    return wrong, states


@pytest.mark.parametrize("scenario", ["first load", "load", "decide", "export", "handoff", "erase", "migrate"])
def test_a_power_cut_at_any_time_loses_nothing_acknowledged(
    rig: Rig, template: Path, tmp_path: Path, scenario: str
) -> None:
    wrong, states = cut_faults(rig, template, tmp_path, scenario)
    assert wrong == []
    print(f"\n{states} power-cut states of {scenario}")
    assert states > 10


# -- tests of the tests


def test_the_power_cuts_find_commits_that_are_not_flushed(rig: Rig, template: Path, tmp_path: Path) -> None:
    wrong, _ = cut_faults(rig, template, tmp_path, "decide", "normal")
    assert any("lost" in one for one in wrong)


def test_the_power_cuts_find_an_export_written_in_place(rig: Rig, template: Path, tmp_path: Path) -> None:
    wrong, _ = cut_faults(rig, template, tmp_path, "export", "in place")
    assert any("neither the old file nor the new one" in one for one in wrong)


def test_the_kills_find_an_export_written_in_place(rig: Rig, template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    whole, operations = known_views(rig, template, folder, "export")

    def found(at: int) -> str:
        done = rig.run(fresh(template, folder), [SCENARIOS["export"]], mode=KILL_HALF, at=at, sabotage="in place")
        return check(folder, "export", done, whole)

    assert any("neither the old file nor the new one" in found(at) for at in range(operations))


def test_the_kills_find_an_acknowledgement_before_the_commit(rig: Rig, template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    _, operations = known_views(rig, template, folder, "decide")

    def found(at: int) -> str:
        done = rig.run(fresh(template, folder), [SCENARIOS["decide"]], mode=KILL_BEFORE, at=at, sabotage="early")
        return check(folder, "decide", done, {})

    assert any("lost" in found(at) for at in range(operations))


# -- a disk that is really full


@pytest.fixture
def full_disk(template: Path, tmp_path: Path) -> Iterator[Path]:
    """A small disk with the review on it and no byte left; ``ballast`` is what fills it."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root)")
    try:
        for name in ("X.crm", "d.csv"):
            shutil.copy(template / name, mount)
        with (mount / "ballast").open("wb", buffering=0) as stream, pytest.raises(OSError):
            while stream.write(bytes(512)):
                pass
        yield mount
    finally:
        subprocess.run(["umount", mount], check=True)


def test_a_really_full_disk_loses_nothing_and_goes_on_once_there_is_room(
    rig: Rig, template: Path, full_disk: Path
) -> None:
    before = sound(template / "X.crm")
    full = rig.run(full_disk, [SCENARIOS["decide"]])
    assert full.status in (1, 2)
    (full_disk / "ballast").unlink()
    assert set(full.acknowledged) | set(before) == set(sound(full_disk / "X.crm"))
    assert rig.run(full_disk, [SCENARIOS["decide"]]).acknowledged


@pytest.mark.parametrize("target", ["X.crm", "new.crm"])
def test_a_load_that_runs_out_of_room_changes_nothing_and_can_be_given_again(
    rig: Rig, template: Path, full_disk: Path, target: str
) -> None:
    command = ["load", str(template / "src2"), "-w", f"{full_disk.name}/{target}"]
    full = rig.run(full_disk.parent, [command])
    assert full.status == 2
    assert "the disk is full; make room and try again" in full.err
    (full_disk / "ballast").unlink()
    assert {path.name for path in full_disk.glob("*.crm")} == {"X.crm"}
    assert contents(full_disk / "X.crm") == contents(template / "X.crm")
    assert rig.run(full_disk.parent, [command]).status == 0


def contents(path: Path) -> list[str]:
    """All that a workspace holds, in SQL."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_template_has_what_the_trials_need(template: Path) -> None:
    with sqlite3.connect(template / "X.crm") as connection:
        assert connection.execute("SELECT COUNT(*) FROM log").fetchone()[0] >= 4
    connection.close()
