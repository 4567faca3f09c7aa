"""Every command, used wrongly: one sentence, the right code, no traceback, nothing changed and nothing left behind."""

from __future__ import annotations

import hashlib
import os
import pty
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests_cli_support import COMMANDS, SUBCOMMANDS, Cli, unsafe_characters

from crm_tui.text import safe_text

HOSTILE = "a\x1b]0;owned\x07\x1b[31m\n[@click=app.quit]b\u202e.csv"
_SUMMARY = re.compile(r"\d+ files? loaded(, \d+ unchanged)?(, \d+ not read)?|workspace: .+")
_ADVICE = re.compile(r"[;.:] \W*\w+ \W*\w+")
"""A second half after what is wrong: what to do."""

# What stands for the wrong thing in an argument list.
BAD = "{bad}"


def say(done: object) -> list[str]:
    """The lines on stderr without the summary of a load."""
    return [line for line in done.err.splitlines() if not _SUMMARY.fullmatch(line)]  # type: ignore[attr-defined]


def check_refusal(done: object, codes: tuple[int, ...]) -> str:
    """The one sentence of a refusal."""
    code, out, err = done.code, done.out, done.err  # type: ignore[attr-defined]
    assert "Traceback" not in err + out
    assert "unexpected" not in err, err
    assert unsafe_characters(out + err) == []
    assert code in codes, (code, err)
    lines = say(done)
    assert len(lines) == 1, lines
    assert lines[0].startswith(("crm-tui", "REFUSED "))
    assert 20 < len(lines[0]) < 700
    return lines[0]


def tree(folder: Path) -> dict[str, str]:
    """Every entry below ``folder``: kind, and digest of a file.  The bytes of the good workspace may change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            found[name] = stat.filemode(mode)
        elif name == "X.crm":
            found[name] = "workspace"
        elif not name.startswith(("X.crm-", ".X.crm.lock")):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


# -- wrong words


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("demo", "keys", "systems")])
def test_no_argument(cli: Cli, place: Path, command: str) -> None:
    check_refusal(cli(command), (2,))
    assert not (place / "data").exists()


@pytest.mark.parametrize("command", [*([name] for name in COMMANDS), *map(list, SUBCOMMANDS)], ids=" ".join)
def test_unknown_option(cli: Cli, place: Path, command: list[str]) -> None:
    sentence = check_refusal(cli(*command, "--no-such-option"), (2,))
    assert "--help" in sentence
    assert not (place / "data").exists()


@pytest.mark.parametrize("word", ["nonsense", "--nonsense", "LOAD", "", HOSTILE, "\udcff"])
def test_no_such_command(cli: Cli, word: str) -> None:
    check_refusal(cli(word), (2,))


def test_options_are_not_abbreviated(cli: Cli, workspace: Path) -> None:
    """A script that relies on ``--js`` breaks with the next option that begins alike."""
    check_refusal(cli("load", "src", "-w", "X.crm", "--js"), (2,))


# -- wrong files: where a file is read

READERS: dict[str, tuple[str, ...]] = {
    "load": ("load", BAD, "-w", "new.crm"),
    "review": ("review", BAD, "-w", "new.crm"),
    "load --policy": ("load", "src", "-w", "new.crm", "--policy", BAD),
    "review --policy": ("review", "src", "-w", "new.crm", "--policy", BAD),
    "rows": ("rows", BAD),
    "rows --json": ("rows", BAD, "--json"),
    "decide --from": ("decide", "-w", "X.crm", "--from", BAD),
    "verify": ("verify", BAD),
    "verify --signers": ("verify", "h.zip", "--signers", BAD),
    "policy check": ("policy", "check", BAD),
    "handoff --key": ("handoff", "-w", "X.crm", "-o", "new.zip", "--key", BAD),
}
WORKSPACES: dict[str, tuple[str, ...]] = {
    "load -w": ("load", "src", "-w", BAD),
    "review -w": ("review", "-w", BAD),
    "review src -w": ("review", "src", "-w", BAD),
    "export -w": ("export", "-w", BAD, "-o", "views"),
    "decide -w": ("decide", "-w", BAD, "--from", "good.csv"),
    "handoff -w": ("handoff", "-w", BAD, "-o", "new.zip"),
    "journal -w": ("journal", "-w", BAD),
    "journal -w --json": ("journal", "-w", BAD, "--json"),
    "policy show -w": ("policy", "show", "-w", BAD),
}
WRITERS: dict[str, tuple[str, ...]] = {
    "export -o": ("export", "-w", "X.crm", "-o", BAD),
    "handoff -o": ("handoff", "-w", "X.crm", "-o", BAD),
}


def _missing(folder: Path) -> str:
    return "nothing-here"


def _missing_folder(folder: Path) -> str:
    return "no-folder/nothing-here"


def _folder(folder: Path) -> str:
    (folder / "a-folder").mkdir()
    return "a-folder"


def _inside_a_file(folder: Path) -> str:
    (folder / "a-file").write_text("x")
    return "a-file/inside"


def _binary(folder: Path) -> str:
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (folder / "binary.csv").chmod(0o600)
    return "binary.csv"


def _empty(folder: Path) -> str:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "empty.csv").chmod(0o600)
    return "empty.csv"


def _truncated(folder: Path) -> str:
    whole = (folder / "X.crm").read_bytes()
    (folder / "half.crm").write_bytes(whole[: len(whole) // 2 + 100])
    return "half.crm"


def _zeroed(folder: Path) -> str:
    whole = (folder / "X.crm").read_bytes()
    (folder / "zeroed.crm").write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    return "zeroed.crm"


def _other_program(folder: Path) -> str:
    connection = sqlite3.connect(folder / "other.sqlite")
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    return "other.sqlite"


def _fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def _hostile_name(folder: Path) -> str:
    (folder / HOSTILE).write_bytes(b"\x1b]0;x\x07")
    (folder / HOSTILE).chmod(0o600)
    return HOSTILE


def _not_utf8_name(folder: Path) -> str:
    return "nothing-\udcff"


def _dangling(folder: Path) -> str:
    (folder / "dangling").symlink_to("nowhere")
    return "dangling"


KINDS: dict[str, Callable[[Path], str]] = {
    "missing": _missing,
    "in a missing folder": _missing_folder,
    "a folder": _folder,
    "below a file": _inside_a_file,
    "binary": _binary,
    "empty": _empty,
    "half a workspace": _truncated,
    "a workspace with zeros": _zeroed,
    "another program's database": _other_program,
    "a FIFO": _fifo,
    "a hostile name": _hostile_name,
    "a name that is not UTF-8": _not_utf8_name,
    "a dangling link": _dangling,
}
_MAKES_A_WORKSPACE = ("load -w", "review src -w")
# An empty file is a policy that changes nothing, and a list that trusts nobody.
_FINE = {(slot, "empty") for slot in ("load --policy", "review --policy", "policy check", "verify --signers")}
_FINE |= {
    (slot, kind)
    for slot in _MAKES_A_WORKSPACE
    for kind in ("missing", "in a missing folder", "a name that is not UTF-8")
}
CASES = [
    (slot, arguments, kind)
    for slots in (READERS, WORKSPACES)
    for slot, arguments in slots.items()
    for kind in KINDS
    if (slot, kind) not in _FINE
]
CASE_IDS = [f"{slot}, {kind}" for slot, _, kind in CASES]


@pytest.fixture(scope="session")
def sealed_once(tmp_path_factory: pytest.TempPathFactory, loaded_once: Path) -> Path:
    """A data folder with a signing key, and a handoff signed by it."""
    from cli_environment import clean_environment

    folder = tmp_path_factory.mktemp("sealed")
    shutil.copy(loaded_once, folder / "X.crm")
    subprocess.run(
        [sys.executable, "-m", "crm_tui", "handoff", "-w", "X.crm", "-o", "h.zip"],
        cwd=folder,
        env=clean_environment(folder / "data"),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    return folder


@pytest.fixture
def furnished(place: Path, workspace: Path, sealed_once: Path) -> Path:
    """The working folder with ``X.crm``, ``h.zip``, a key and a decisions file."""
    shutil.copy(sealed_once / "h.zip", place / "h.zip")
    shutil.copytree(sealed_once / "data", place / "data")
    (place / "good.csv").write_text("event_id,choice,field,value,reason\nAPT-7001,approve,,,\n")
    return place


@pytest.mark.parametrize(("slot", "arguments", "kind"), CASES, ids=CASE_IDS)
def test_a_wrong_file_is_refused_in_a_sentence(
    cli: Cli, furnished: Path, slot: str, arguments: tuple[str, ...], kind: str
) -> None:
    bad = KINDS[kind](furnished)
    before = tree(furnished)
    done = cli(*(bad if argument == BAD else argument for argument in arguments))
    after = tree(furnished)
    sentence = check_refusal(done, (1, 2) if slot.startswith("verify") else (2,))
    faults = [f"left behind: {name}" for name in after.keys() - before.keys()]
    faults += [f"changed: {name}" for name in before if after.get(name) != before[name]]
    if slot != "verify":  # which names the first broken link of the one file that was given
        if safe_text(Path(bad).name) not in sentence:
            faults.append("the sentence does not name the file")
        if not _ADVICE.search(sentence.removeprefix("crm-tui: ").replace(safe_text(bad), "")):
            faults.append("the sentence does not say what to do")
    assert faults == [], (sentence, faults)


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        ("export -o", "below a file"),
        ("export -o", "binary"),
        ("export -o", "a FIFO"),
        ("export -o", "a hostile name"),
        ("export -o", "a dangling link"),
        ("handoff -o", "in a missing folder"),
        ("handoff -o", "a folder"),
        ("handoff -o", "below a file"),
        ("handoff -o", "a FIFO"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused(cli: Cli, furnished: Path, slot: str, kind: str) -> None:
    bad = KINDS[kind](furnished)
    before = tree(furnished)
    done = cli(*(bad if argument == BAD else argument for argument in WRITERS[slot]))
    assert tree(furnished) == before, f"something was left behind or changed, exit code {done.code}: {done.out}"
    assert _ADVICE.search(check_refusal(done, (2,)))


@pytest.mark.parametrize("bad", ["new\x1b]0;owned\x07\n[red]\u202e", "new-\udcff"], ids=["hostile", "not UTF-8"])
@pytest.mark.parametrize("slot", [*_MAKES_A_WORKSPACE, "export -o", "handoff -o"])
def test_a_strange_name_of_a_target_is_drawn_safely(cli: Cli, furnished: Path, slot: str, bad: str) -> None:
    done = cli(*(bad if argument == BAD else argument for argument in {**WORKSPACES, **WRITERS}[slot]))
    assert done.code == 0, done.err
    assert unsafe_characters(done.out + done.err) == []
    assert (furnished / bad).exists()


def test_hostile_cells_are_drawn_safely_by_rows_and_load(cli: Cli, place: Path) -> None:
    with (place / "src" / "activity-events.csv").open("a", encoding="utf-8") as stream:
        stream.write(
            'ACT-9,gmail,owner@harborlight.test,,email,"\x1b]52;c;AAAA\x07\x9b31m\u202e\x07",2026-05-08T09:05:00Z,x\n'
        )
    for arguments in (
        ("rows", "src/activity-events.csv"),
        ("rows", "src/activity-events.csv", "--json"),
        ("load", "src", "-w", "N.crm"),
    ):
        done = cli(*arguments)
        assert done.code == 0
        assert unsafe_characters(done.out + done.err) == []


def test_a_hostile_decision_file_is_drawn_safely(cli: Cli, furnished: Path) -> None:
    (furnished / "bad.csv").write_text(
        "event_id,choice,field,value,reason\n\x1b]0;x\x07\u202e,approve,,,\nAPT-7002,\x1b[2J,,,\nAPT-7001,approve,\x1b[2J,,\n",
        encoding="utf-8",
    )
    done = cli("decide", "-w", "X.crm", "--from", "bad.csv")
    assert done.code == 1
    assert done.err.count(" refused: ") == 3
    assert unsafe_characters(done.out + done.err) == []


@pytest.mark.parametrize(
    "content",
    [b'{"event_id": "APT-7001"', b"[" * 100_000, b'{"event_id": 1, "choice": "approve"}', b'{"a": NaN}', b"{" * 50_000],
    ids=["cut", "deep list", "number", "NaN", "deep object"],
)
def test_a_broken_json_line_is_a_refusal_with_its_number(cli: Cli, furnished: Path, content: bytes) -> None:
    (furnished / "d.jsonl").write_bytes(b'{"event_id": "APT-7001", "choice": "approve"}\n' + content + b"\n")
    done = cli("decide", "-w", "X.crm", "--from", "d.jsonl")
    assert done.code == 1
    assert re.fullmatch(r"line 2 refused: .+\n", done.err)
    assert "#" in done.out


@pytest.mark.parametrize("kind", ["missing", "binary", "a hostile name"])
def test_verify_inputs_that_are_no_folder(cli: Cli, furnished: Path, kind: str) -> None:
    (furnished / "signers").write_text(cli("key", "show").out)
    bad = KINDS[kind](furnished)
    check_refusal(cli("verify", "h.zip", "--signers", "signers", "--inputs", bad), (2,))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "\x00",
        '* namespaces="crm-tui-handoff-v1" ssh-ed25519 AAAA',
        "a@b ssh-ed25519 AAAA",
        "\udcff",
        "a\nb",
        HOSTILE,
    ],
)
def test_a_broken_trust_line(cli: Cli, place: Path, line: str) -> None:
    check_refusal(cli("trust", "add", line, "--confirm", "abcdef"), (2,))
    assert not (place / "data" / "allowed_signers").exists()


@pytest.mark.parametrize(
    "arguments", [("trust", "list"), ("trust", "remove", "a@b"), ("verify", "h.zip")], ids=" ".join
)
def test_a_damaged_trust_file_is_named(cli: Cli, furnished: Path, arguments: tuple[str, ...]) -> None:
    (furnished / "data" / "allowed_signers").write_bytes(b"\xff\x00 nonsense\n")
    assert "allowed_signers" in check_refusal(cli(*arguments), (2,))


@pytest.mark.parametrize(
    "arguments",
    [("demo",), ("review", "src"), ("key", "new"), ("trust", "list"), ("handoff", "-w", "X.crm", "-o", "n.zip")],
    ids=" ".join,
)
def test_a_data_folder_that_is_a_file(
    cli: Cli, workspace: Path, place: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (place / "data").write_text("mine")
    before = tree(place)
    assert "data" in check_refusal(cli(*arguments), (2,))
    assert tree(place) == before


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"nowhere.crm", b"src", b"src/contact-map.csv"])
def test_a_damaged_note_of_the_last_workspace(cli: Cli, place: Path, content: bytes) -> None:
    (place / "data").mkdir()
    (place / "data" / "last-workspace").write_bytes(content)
    check_refusal(cli(), (2,))


def test_a_refused_workspace_does_not_become_the_last_one(cli: Cli, workspace: Path, place: Path) -> None:
    assert cli("review", "-w", "X.crm").code == 0
    check_refusal(cli("review", "-w", _other_program(place)), (2,))
    assert "X.crm" in cli().out


# -- rights

needs_setpriv = pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root can read everything, and setpriv is not there"
)
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""Root without its capabilities is stopped by permissions like anybody else."""


def unprivileged(program: Cli, *arguments: str) -> object:
    return program(*arguments, before=UNPRIVILEGED)


@needs_setpriv
@pytest.mark.parametrize(
    ("slot", "arguments"),
    [*READERS.items(), ("journal -w", WORKSPACES["journal -w"]), ("load -w", WORKSPACES["load -w"])],
)
def test_an_unreadable_file(program: Cli, furnished: Path, slot: str, arguments: tuple[str, ...]) -> None:
    (furnished / "closed.csv").write_text("secret")
    (furnished / "closed.csv").chmod(0)
    before = _names(furnished)
    done = unprivileged(program, *("closed.csv" if argument == BAD else argument for argument in arguments))
    assert "closed.csv" in check_refusal(done, (2,))
    assert _names(furnished) == before


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")} - {".X.crm.lock", "X.crm-shm", "X.crm-wal"}


@needs_setpriv
@pytest.mark.parametrize(
    "arguments",
    [
        ("load", "src", "-w", "closed/new.crm"),
        ("export", "-w", "X.crm", "-o", "closed"),
        ("export", "-w", "X.crm", "-o", "closed/new"),
        ("handoff", "-w", "X.crm", "-o", "closed/new.zip"),
        ("decide", "-w", "closed/old.crm", "--from", "good.csv"),
        ("load", "src", "-w", "closed/old.crm"),
    ],
    ids=" ".join,
)
def test_a_folder_that_may_not_be_written(program: Cli, furnished: Path, arguments: tuple[str, ...]) -> None:
    closed = furnished / "closed"
    closed.mkdir()
    shutil.copy(furnished / "X.crm", closed / "old.crm")
    closed.chmod(0o500)
    before = tree(closed)
    try:
        sentence = check_refusal(unprivileged(program, *arguments), (2,))
        assert "closed" in sentence
        assert "another crm-tui" not in sentence, "that is not the reason"
        assert tree(closed) == before
    finally:
        closed.chmod(0o700)


@needs_setpriv
def test_a_workspace_in_a_folder_that_may_not_be_written_can_be_read(program: Cli, furnished: Path) -> None:
    closed = furnished / "closed"
    closed.mkdir()
    shutil.copy(furnished / "X.crm", closed / "old.crm")
    closed.chmod(0o500)
    before = tree(closed)
    try:
        done = unprivileged(program, "journal", "-w", "closed/old.crm")
        assert (done.code, done.err) == (0, "")
        assert tree(closed) == before
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=["000", "077"])
def test_files_are_private_whatever_the_umask(program: Cli, place: Path, umask: int) -> None:
    (place / "made").mkdir()
    commands = (
        ("load", "src", "-w", "made/deep/X.crm"),
        ("demo",),
        ("key", "show"),
        ("handoff", "-w", "made/deep/X.crm", "-o", "made/h.zip"),
        ("export", "-w", "made/deep/X.crm", "-o", "made/views/new"),
    )
    codes = [program(*command, umask=umask).code for command in commands]
    assert [code for code, command in zip(codes, commands, strict=True) if command[0] != "key"] == [0] * 4
    modes = {
        path.relative_to(place).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for folder in (place / "made", place / "data")
        for path in folder.rglob("*")
    }
    folders = {name for name in modes if (place / name).is_dir()}
    assert {name: oct(mode) for name, mode in modes.items() if name in folders and mode != 0o700} == {}
    assert {name: oct(mode) for name, mode in modes.items() if name not in folders and mode != 0o600} == {}
    assert {"made/deep/X.crm", "made/h.zip", "made/views/new/sync-ledger.csv", "data/keys/signing_ed25519"} <= set(
        modes
    )


# -- interrupted, and without the usual streams


PATIENCE = 120
"""Seconds after which something hangs, however busy the machine is."""


def _large(folder: Path, rows: int) -> Path:
    path = folder / "large.csv"
    with path.open("w") as stream:
        stream.write("activity_id,channel,email,phone,activity_type,summary,occurred_at,desired_ghl_action\n")
        for number in range(rows):
            stream.write(
                f"ACT-{number},gmail,p{number}@x.test,,email,Hello,2026-05-08T09:05:00-04:00,append email activity\n"
            )
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_load_that_is_stopped_leaves_nothing(place: Path, number: signal.Signals) -> None:
    from cli_environment import clean_environment

    _large(place, 60_000)
    before = tree(place)
    with subprocess.Popen(
        [sys.executable, "-m", "crm_tui", "load", "large.csv", "-w", "new.crm"],
        cwd=place,
        env=clean_environment(place / "data"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + PATIENCE
        while not any(path.stat().st_size > 200_000 for path in place.glob(".new.crm.*.tmp")):
            assert process.poll() is None, "it had ended before it could be stopped"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    assert out == ""
    if number is signal.SIGINT:
        assert process.returncode in (1, 130)
        assert re.fullmatch(r"crm-tui: .{20,}\n", err)
    assert process.returncode != 0
    left = {name for name in tree(place) if not name.endswith(".lock")}
    assert left == set(before)


def test_an_interrupted_load_keeps_the_workspace_as_it_was(place: Path, workspace: Path, cli: Cli) -> None:
    from cli_environment import clean_environment

    _large(place, 60_000)
    with subprocess.Popen(
        [sys.executable, "-m", "crm_tui", "load", "large.csv", "-w", "X.crm"],
        cwd=place,
        env=clean_environment(place / "data"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + PATIENCE
        wal = place / "X.crm-wal"
        while process.poll() is None and not (wal.exists() and wal.stat().st_size > 200_000):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL, "it had ended before it could be stopped"
    done = cli("load", "src", "-w", "X.crm")
    assert done.code == 0
    assert "rows 13: ledger 5 · conflicts 5 · errors 3" in done.out


def _shell(place: Path, script: str) -> tuple[int, str]:
    from cli_environment import clean_environment

    done = subprocess.run(
        ["/bin/bash", "-c", script.replace("crm-tui", f"{sys.executable} -m crm_tui")],
        cwd=place,
        env=clean_environment(place / "data"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["rows src/activity-events.csv", "keys", "journal -w X.crm --json", "policy show"])
def test_a_reader_that_goes_away(place: Path, workspace: Path, command: str) -> None:
    code, said = _shell(place, f"set -o pipefail; crm-tui {command} | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}")
    assert said == ""
    assert code in (0, 1)


@pytest.mark.parametrize(
    "command", ["demo", "review -w X.crm", "load src -w X.crm", "keys", "trust list", "handoff -w X.crm -o h.zip"]
)
def test_stdin_closed(place: Path, workspace: Path, command: str) -> None:
    """As under a service manager: ``sys.stdin`` is ``None``."""
    code, said = _shell(place, f"crm-tui {command} <&-")
    assert code == 0, said
    assert "unexpected" not in said


@pytest.mark.parametrize("command", ["demo", "keys", "load src -w X.crm", "journal -w X.crm"])
def test_stdout_closed(place: Path, workspace: Path, command: str) -> None:
    code, said = _shell(place, f"crm-tui {command} >&-")
    assert code in (0, 1)
    assert "unexpected" not in said
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["keys", "load src -w X.crm --json", "journal -w X.crm"])
def test_stdout_full(place: Path, workspace: Path, command: str) -> None:
    code, said = _shell(place, f"crm-tui {command} >/dev/full")
    assert code != 0, "what was asked for was not printed"
    assert "unexpected" not in said
    assert "Traceback" not in said
    assert re.fullmatch(r"(\d.*\n)?crm-tui: .{20,}\n", said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["keys", "load src nothing.csv -w X.crm --json", "journal -w nothing.crm"])
def test_stdout_and_stderr_full(place: Path, workspace: Path, command: str) -> None:
    code, said = _shell(place, f"crm-tui {command} >/dev/full 2>/dev/full")
    assert (code, said) == (2, ""), "the exit code is ours, also where no word finds room"


def test_stderr_closed_keeps_stdout_clean(place: Path) -> None:
    code, said = _shell(place, "crm-tui journal -w nothing.crm --json 2>&-")
    assert (code, said) == (2, ""), "an error sentence went to stdout, where a script expects JSON"


def test_ctrl_c_at_a_question(place: Path) -> None:
    """``trust add`` on a terminal asks; ctrl+c is one sentence."""
    from cli_environment import clean_environment

    environment = {**clean_environment(place / "data"), "TERM": "xterm"}
    base = [sys.executable, "-m", "crm_tui"]
    line = subprocess.run(
        [*base, "key", "new", "--as", "ann@example.test"], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*base, "trust", "add", line],
        env=environment, stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
        preexec_fn=_controlling_terminal,
    ) as process:  # fmt: skip
        os.close(follower)
        try:
            said = _read_until(leader, b"last six characters")
            # The prompt is drawn a moment before the interpreter waits for the answer.
            time.sleep(0.3)
            os.write(leader, b"\x03")
            said += _read_until(leader, b"\n", seconds=10, after=b"crm-tui: ")
            assert process.wait(timeout=PATIENCE) in (1, 130)
        finally:
            process.kill()
    os.close(leader)
    assert b"Traceback" not in said
    assert not (place / "data" / "allowed_signers").exists()


def _controlling_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(descriptor: int, wanted: bytes, seconds: float = 20, after: bytes = b"") -> bytes:
    import select

    said, deadline = b"", time.monotonic() + seconds
    while wanted not in (said.partition(after)[2] if after else said):
        assert time.monotonic() < deadline, said
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                said += os.read(descriptor, 4096)
            except OSError:
                break
    return said
