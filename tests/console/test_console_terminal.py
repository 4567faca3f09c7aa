"""The real program on a pseudo-terminal: however it ends, the terminal is as it was and nothing is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crm_tui.workspace.store import Store

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
from crm_tui.console import app, screen
if sys.argv[2:]:
    def fail(self):
        raise KeyError("ops@northstar.test")
    screen.ReviewScreen.action_down = fail
sys.exit(app.run_console(Path(sys.argv[1]), reviewer="Dana"))
"""


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, arguments: list[str], *, start_new_session: bool = False) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        termios.tcsetwinsize(self.slave, (24, 80))
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
            start_new_session=start_new_session,
        )
        os.set_blocking(self.master, False)
        self.output = b""

    def read_until(self, words: bytes, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while words not in self.output:
            assert time.monotonic() < end, f"{words!r} did not come"
            self.read()
            time.sleep(0.02)

    def read(self) -> None:
        try:
            while chunk := os.read(self.master, 65_536):
                self.output += chunk
        except OSError:
            return

    def wait(self, seconds: float = 15) -> int:
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "it did not end"
            self.read()
            time.sleep(0.02)
        self.read()
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@contextmanager
def started(*arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(list(arguments))
    try:
        terminal.read_until(b"would")
        yield terminal
    finally:
        terminal.close()


def assert_restored(terminal: Terminal) -> None:
    assert termios.tcgetattr(terminal.slave) == terminal.before
    end = terminal.output[-600:]
    assert b"\x1b[?1049l" in end, "the alternate screen was left"
    assert b"\x1b[?25h" in end, "the cursor is shown"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_cleanly_and_keeps_what_was_decided(make: Callable[..., Path], name: str) -> None:
    path = make()
    number = getattr(signal, name)
    with started(str(path)) as terminal:
        os.write(terminal.master, b"s")
        terminal.read_until(b"saved")
        terminal.process.send_signal(number)
        assert terminal.wait() == 128 + number
        assert_restored(terminal)
        assert b"Traceback" not in terminal.output


def test_a_terminal_that_is_gone_without_a_signal_ends_the_program_and_frees_the_workspace(
    make: Callable[..., Path],
) -> None:
    """A session without a controlling terminal is sent no SIGHUP."""
    path = make()
    terminal = Terminal([str(path)], start_new_session=True)
    terminal.read_until(b"would")
    os.close(terminal.slave)
    os.close(terminal.master)
    assert terminal.process.wait(20) == 128 + signal.SIGHUP
    with Store.open(path) as store:
        assert not store.read_only


def test_kill_9_loses_nothing_and_starts_again_at_the_same_place(make: Callable[..., Path]) -> None:
    path = make()
    with started(str(path)) as terminal:
        os.write(terminal.master, b"s")
        terminal.read_until(b"saved")
        time.sleep(0.1)
        terminal.process.kill()
        terminal.process.wait()
    with started(str(path)) as terminal:
        terminal.read_until(b"2/4")
        terminal.read_until(b"deferred")
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_a_crash_says_one_sentence_and_exits_with_1(make: Callable[..., Path]) -> None:
    with started(str(make()), "fail") as terminal:
        seen = len(terminal.output)
        os.write(terminal.master, b"j")
        assert terminal.wait() == 1
        assert_restored(terminal)
        told = terminal.output[seen:].split(b"\x1b[?1049l")[-1]
        assert b"KeyError" in told
        assert b"northstar" not in told
        assert b"Traceback" not in terminal.output


def test_q_says_what_is_left_and_nothing_of_an_error(make: Callable[..., Path]) -> None:
    with started(str(make())) as terminal:
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert_restored(terminal)
        last = terminal.output.rpartition(b"Saved;")[2]
        assert b"ready \xc2\xb7 2 blocked. crm-tui alone goes on at this row." in last
        assert b"error" not in last
