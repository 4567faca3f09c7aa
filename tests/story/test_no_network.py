"""The whole story with internet sockets forbidden: the first one ends the process with exit code 97."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from story_tools import PATIENCE, REPOSITORY, crm_tui, environment

GUARD = Path(__file__).parent / "guard"
CAUGHT = 97


@pytest.fixture
def guarded(folder: Path) -> dict[str, str]:
    """What the environment needs so that every Python in it is guarded."""
    return {"PYTHONPATH": f"{GUARD}{os.pathsep}{REPOSITORY}", "NETWORK_GUARD_LOG": str(folder / "guard.log")}


def seen(folder: Path) -> list[str]:
    """The processes that the guard was in."""
    log = folder / "guard.log"
    return log.read_text().splitlines() if log.exists() else []


TOUCHING = {
    "a socket": "socket.socket()",
    "IPv6": "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "a name": "socket.getaddrinfo('localhost', 80)",
    "an old name": "socket.gethostbyname('localhost')",
    "create_connection": "socket.create_connection(('127.0.0.1', 9))",
    "from C": "__import__('_socket').socket(2, 1, 0)",
    "asyncio": "__import__('asyncio').run(__import__('asyncio').open_connection('127.0.0.1', 9))",
    "urllib": "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
    "hidden by a handler": "exec('try:\\n socket.socket()\\nexcept BaseException: pass')",
}


@pytest.mark.parametrize("code", TOUCHING.values(), ids=TOUCHING)
def test_the_guard_catches(folder: Path, guarded: dict[str, str], code: str) -> None:
    """The control: without it the other tests of this file prove nothing."""
    done = subprocess.run(
        [sys.executable, "-c", f"import socket, crm_tui.cli\n{code}"],
        cwd=folder, env=environment(folder, guarded), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == CAUGHT, done.stderr
    assert "network guard" in done.stderr
    assert len(seen(folder)) == 1


def test_the_guard_lets_local_sockets_pass(folder: Path, guarded: dict[str, str]) -> None:
    code = """
import asyncio, socket
for one in (*socket.socketpair(), socket.socket(socket.AF_UNIX)):
    one.close()
asyncio.run(asyncio.sleep(0))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, env=environment(folder, guarded), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_need_no_network(folder: Path, guarded: dict[str, str]) -> None:
    lines = [
        "APT-7001,approve",
        "APT-7002,CLOSE-202/GHL-502",
        "APT-7002,approve",
        "ACT-9103,no-write",
        "CHG-8804,defer",
    ]
    (folder / "d.csv").write_text("event_id,choice,field,value,reason\n" + "".join(f"{line},,,\n" for line in lines))
    (folder / "own.toml").write_text("")

    def done(*arguments: str) -> str:
        ran = crm_tui(folder, *arguments, extra=guarded)
        assert ran.returncode == 0, (arguments, ran.stderr)
        return ran.stdout

    done("demo")
    done("load", "src", "-w", "X.crm", "--json")
    done("load", "src", "-w", "X.crm", "--policy", "own.toml")
    done("rows", "src/activity-events.csv")
    done("decide", "-w", "X.crm", "--from", "d.csv")
    done("journal", "-w", "X.crm")
    done("export", "-w", "X.crm", "-o", "views")
    (folder / "signers").write_text(done("key", "new"))
    done("handoff", "-w", "X.crm", "-o", "h.zip")
    done("verify", "h.zip", "--signers", "signers", "--inputs", "src")
    words = ("--role", "ops", "--verdict", "approve", "--as", "ops@client.test", "--unsigned", "01-ops.json")
    done("countersign", "h.zip", "--signers", "signers", *words)
    done("policy", "show", "-w", "X.crm")
    done("trust", "list")
    done("keys")
    done("redact", "src", "-o", "redacted")
    done("review", "-w", "X.crm")
    done("show", "-w", "X.crm", "CLOSE-202")
    done("erase", "-w", "X.crm", "CLOSE-202")
    done("purge", "-w", "X.crm", "--now")
    assert len(seen(folder)) == 19, "the guard was in every one of them"


class Pty:
    """The program on a pseudo-terminal of ours; what it draws is only searched, so no tmux is needed."""

    def __init__(self, folder: Path, extra: dict[str, str], *arguments: str) -> None:
        self.said = ""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            words = [sys.executable, "-m", "crm_tui", *arguments]
            os.execve(
                sys.executable,
                words,
                {**environment(folder, extra), "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
            )

    def wait(self, wanted: str) -> None:
        """Wait for new output that holds ``wanted``."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.said:
            assert time.monotonic() < deadline, f"{wanted!r} did not come: {self.said[-2000:]!r}"
            if select.select([self.descriptor], [], [], 0.1)[0]:
                try:
                    self.said += os.read(self.descriptor, 65536).decode("utf-8", "replace")
                except OSError as error:
                    raise AssertionError(f"the program ended: {self.said[-2000:]!r}") from error
        self.said = ""

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def ended(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, "it did not end"
            if select.select([self.descriptor], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    os.read(self.descriptor, 65536)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.descriptor)
                return os.waitstatus_to_exitcode(status)


def test_the_console_needs_no_network(folder: Path, guarded: dict[str, str]) -> None:
    console = Pty(folder, guarded, "review", "src", "-w", "X.crm", "--reviewer", "Dana")
    console.wait("decided")
    console.press("1")
    console.wait("saved")
    console.press("a")
    console.wait("approved")
    console.press("?")
    console.wait("previous")
    console.press("\x1b")
    time.sleep(0.2)  # a lone escape is told from a sequence by the silence after it
    console.press("w")
    console.wait("PARTIAL")
    console.press("\r")
    console.wait("again")
    console.press("\r")
    console.wait("Signed")
    console.press("\x1b")
    time.sleep(0.2)
    console.press("q")
    assert console.ended() == 0
    assert len(list(folder.glob("*.handoff.zip"))) == 1
    assert len(seen(folder)) == 1
