"""The story of issue 2 on the real program: load, decide, undo, kill -9, go on, sign, check with stock tools."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from story_tools import PATIENCE, SAMPLE, Terminal, crm_tui, environment, program

from tests.recipe import stock_recipe

MISSING = [tool for tool in ("tmux", "ssh-keygen", "unzip", "sha256sum", "bash") if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the story needs {', '.join(MISSING)}")

KEYS_AT_MOST = 25
CONFLICTS = ("APT-7002", "APT-7003", "CHG-8802", "ACT-9103", "ACT-9104")
LEDGER = ("APT-7001", "CHG-8801", "CHG-8804", "ACT-9101", "ACT-9102")
START = program("review", "src", "-w", "X.crm", "--reviewer", "Dana")
SIZES = [(100, 30), (80, 24)]


def journal(folder: Path) -> list[dict[str, object]]:
    done = crm_tui(folder, "journal", "-w", "X.crm", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def cursor_line(screen: str) -> str:
    """The line of the queue under the cursor."""
    found = [line for line in screen.splitlines() if line.startswith("▸")]
    assert len(found) == 1, screen
    return found[0]


def queue(screen: str) -> list[str]:
    """The lines of the queue with what they say about the state of each row."""
    return [line for line in screen.splitlines() if re.match(r"[▸ ] . (?:APT|CHG|ACT)-\d", line)]


def decide_conflicts(terminal: Terminal) -> None:
    """Two keys for each: the first side or option, then approve."""
    for number, event_id in enumerate(CONFLICTS, 1):
        terminal.wait(rf"(?m)^▸ . {event_id} ")
        terminal.press("1")
        terminal.wait(rf"#\d+ saved  {event_id} → ")
        terminal.press("a")
        terminal.wait(rf"#\d+ saved  {event_id} → approved")
        terminal.wait(rf"{number} of 10 decided")


def approve_ledger(terminal: Terminal) -> None:
    """To the ledger, rehearse, apply."""
    terminal.press("[")
    terminal.wait(r"(?m)^▸ . APT-7001 ")
    terminal.press("B")
    rehearsal = terminal.wait("5 rows would be approved")
    assert "0 of 10 decided" not in rehearsal
    assert len(journal(terminal.folder)) == 10, "the rehearsal has written nothing"
    terminal.press("Enter")
    terminal.wait("10 of 10 decided")


def sign_and_quit(terminal: Terminal) -> Path:
    """Sign what is complete and leave."""
    terminal.press("w")
    terminal.wait("FULL")
    assert not list(terminal.folder.glob("*.handoff.zip")), "looking signs nothing"
    terminal.press("Enter")
    terminal.wait(r"Signed: full handoff")
    terminal.press("Escape")
    terminal.wait(lambda screen: "Signed: full" not in screen)
    terminal.press("q")
    assert terminal.ended() == 0
    (handoff,) = terminal.folder.glob("*.handoff.zip")
    return handoff


def stock(folder: Path, handoff: Path, signer: str) -> subprocess.CompletedProcess[str]:
    """The recipe for a receiver who has nothing of ours."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    return subprocess.run(
        ["bash", "-c", stock_recipe(handoff.name, signer)],
        cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("terminal", SIZES, indirect=True, ids=["100x30", "80x24"])
def test_the_story(terminal: Terminal, folder: Path) -> None:
    terminal.start(START)
    terminal.wait("0 of 10 decided")
    decide_conflicts(terminal)
    approve_ledger(terminal)

    # Undo the set; the moment its acknowledgement is on the screen, the program dies.
    terminal.press("u")
    terminal.wait(r"#\d+ saved  5 rows undone")
    terminal.wait("5 of 10 decided")
    before = terminal.wait(r"(?m)^▸ . APT-7001 ")
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.ended() == 128 + signal.SIGKILL
    decided = journal(folder)
    assert len(decided) == 20, "5 choices, 10 approvals, 5 undos"
    assert [entry["undone"] for entry in decided] == [False] * 10 + [True] * 5 + [False] * 5

    # The same command again: the same row, the same decisions.
    terminal.start(START)
    after = terminal.wait("5 of 10 decided")
    assert cursor_line(after) == cursor_line(before)
    assert queue(after) == queue(before)
    assert len(queue(after)) >= 3
    assert journal(folder) == decided

    terminal.press("B")
    terminal.wait("5 rows would be approved")
    terminal.press("Enter")
    terminal.wait(r"#\d+ saved  5 rows → approved")
    terminal.wait("10 of 10 decided")
    handoff = sign_and_quit(terminal)
    assert terminal.pressed <= KEYS_AT_MOST, terminal.pressed
    assert {entry["by"] for entry in journal(folder)} == {"Dana"}

    _check(folder, handoff)


def _check(folder: Path, handoff: Path) -> None:
    shown = crm_tui(folder, "key", "show")
    (folder / "allowed_signers").write_text(shown.stdout)
    signer = shown.stdout.split(" ")[0]
    good = crm_tui(
        folder, "verify", handoff.name, "--signers", "allowed_signers", "--require-complete", "--inputs", "src"
    )
    assert good.returncode == 0, good.stderr
    assert signer in good.stdout
    by_hand = stock(folder, handoff, signer)
    assert by_hand.returncode == 0, by_hand.stderr
    assert f'Good "crm-tui-handoff-v1" signature for {signer}' in by_hand.stdout
    assert by_hand.stdout.count(": OK\n") >= 10
    with zipfile.ZipFile(handoff) as archive:
        rows = [json.loads(line) for line in archive.read("rows.jsonl").splitlines()]
    assert len(rows) == 13
    assert "mallory" not in by_hand.stdout
    assert stock(folder, handoff, "mallory@example.test").returncode != 0


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, str]]:
    """A complete handoff made without the console: folder, file, signer."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(SAMPLE, folder / "src")
    choices = {**dict.fromkeys(("APT-7003", "ACT-9103"), "create"), "APT-7002": "CLOSE-202/GHL-502"}
    choices |= dict.fromkeys(("CHG-8802", "ACT-9104"), "CLOSE-303/GHL-503")
    lines = [*choices.items(), *((event_id, "approve") for event_id in (*CONFLICTS, *LEDGER))]
    (folder / "d.csv").write_text("event_id,choice,field,value,reason\n" + "".join(f"{a},{b},,,\n" for a, b in lines))
    for arguments in (
        ("load", "src", "-w", "X.crm"),
        ("decide", "-w", "X.crm", "--from", "d.csv"),
        ("handoff", "-w", "X.crm", "-o", "h.zip"),
    ):
        done = crm_tui(folder, *arguments)
        assert done.returncode == 0, done.stderr
    line = crm_tui(folder, "key", "show").stdout
    (folder / "allowed_signers").write_text(line)
    yield folder, folder / "h.zip", line.split(" ")[0]


def test_the_untouched_handoff_is_good_for_both(signed: tuple[Path, Path, str]) -> None:
    folder, handoff, signer = signed
    assert stock(folder, handoff, signer).returncode == 0
    assert crm_tui(folder, "verify", handoff.name, "--signers", "allowed_signers").returncode == 0


MEMBERS = (
    "SHA256SUMS",
    "SHA256SUMS.sig",
    "handoff.json",
    "rows.jsonl",
    "log.jsonl",
    "SUMMARY.md",
    "sync-ledger.csv",
    "policy.toml",
)


@pytest.mark.parametrize("member", MEMBERS)
def test_one_flipped_byte_is_refused_by_both(signed: tuple[Path, Path, str], member: str) -> None:
    """In the middle of a member, with the zip's own checksum put right: nothing but the signature stands in the way."""
    folder, handoff, signer = signed
    flipped = folder / f"flipped-{member}.zip"
    with zipfile.ZipFile(handoff) as source, zipfile.ZipFile(flipped, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            data = bytearray(source.read(entry))
            if entry.filename == member:
                data[len(data) // 2] ^= 1
            target.writestr(entry, bytes(data))
    ours = crm_tui(folder, "verify", flipped.name, "--signers", "allowed_signers")
    assert ours.returncode == 1
    assert re.match(r"REFUSED [a-z]+\.[a-z-]+: .{10,}\n", ours.stderr)
    assert stock(folder, flipped, signer).returncode != 0


def test_one_raw_flipped_byte_is_refused_by_both(signed: tuple[Path, Path, str]) -> None:
    folder, handoff, signer = signed
    data = bytearray(handoff.read_bytes())
    data[data.index(b"APT-7002")] ^= 1
    (folder / "raw.zip").write_bytes(data)
    assert crm_tui(folder, "verify", "raw.zip", "--signers", "allowed_signers").returncode == 1
    assert stock(folder, folder / "raw.zip", signer).returncode != 0


def test_an_added_file_is_refused_by_both(signed: tuple[Path, Path, str]) -> None:
    folder, handoff, signer = signed
    shutil.copy(handoff, folder / "more.zip")
    with zipfile.ZipFile(folder / "more.zip", "a") as archive:
        archive.writestr("staged.csv", "GHL-501,delete\n")
    assert crm_tui(folder, "verify", "more.zip", "--signers", "allowed_signers").returncode == 1
    refused = stock(folder, folder / "more.zip", signer)
    assert refused.returncode != 0
    assert "staged.csv" in refused.stdout


def test_the_readme_in_the_handoff_says_how_to_check_it(signed: tuple[Path, Path, str]) -> None:
    _, handoff, _ = signed
    with zipfile.ZipFile(handoff) as archive:
        text = archive.read("README.txt").decode()
    for words in ("ssh-keygen -Y verify", "-n crm-tui-handoff-v1", "sha256sum --strict -c SHA256SUMS", "unzip -Z1"):
        assert words in text
