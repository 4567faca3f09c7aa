"""The real program in a real terminal: a private tmux server, keys, and waiting for what is on the screen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.console.screens import SEEN, WAYS

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "sample_exports" / "first-slice"
PATIENCE = 30.0
_PAUSE = 0.04
_KEYS = {"_": "Space", "enter": "Enter", "ctrl+p": "C-p"}
"""Keys as tmux names them."""
_PID, _CODE = ".pid", ".code"
_CONFIGURATION = """\
set -g remain-on-exit on
set -g default-terminal "screen-256color"
set -g status off
set -s escape-time 0
set -s set-clipboard on
set -g allow-rename on
set -g history-limit 0
"""


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without anything that would change the program, and the data folder inside ``folder``."""
    unwanted = ("CRM_TUI", "TEXTUAL", "PYTEST", "TMUX", "NO_COLOR", "SSH_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    path = {"PYTHONPATH": str(REPOSITORY), "CRM_TUI_DATA_DIR": str(folder / "data")}
    return {**kept, **path, "PYTHONWARNINGS": "error", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(extra or {})}


def crm_tui(folder: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "crm_tui", *arguments],
        cwd=folder,
        env=environment(folder, extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(*arguments: str) -> str:
    """The command line of the program for a shell."""
    return shlex.join([sys.executable, "-m", "crm_tui", *arguments])


class Terminal:
    """One pane of a tmux server of our own."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.folder, self.width, self.height = folder, width, height
        self.pressed = 0
        self._socket = f"crm-tui-test-{uuid.uuid4().hex[:12]}"
        self._configuration = folder / "tmux.conf"
        self._configuration.write_text(_CONFIGURATION)

    def tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", str(self._configuration), *arguments],
            cwd=self.folder,
            env=environment(self.folder),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def start(self, command: str, extra: Mapping[str, str] | None = None) -> None:
        """Start ``command`` in the pane; what ran there before is gone.

        A shell around it keeps the exit code: tmux 3.3 itself misses now and then that a program has ended.
        """
        words = " ".join(f"{name}={shlex.quote(value)}" for name, value in (extra or {}).items())
        inner = f"echo $$ > {_PID}; exec env {words} {command}"
        self.tmux("kill-server", check=False)
        # The old server needs a moment to go; until then a new session would be given to it.
        until(lambda: "no server" in self._refused(), "the old server stays")
        for name in (_PID, _CODE):
            (self.folder / name).unlink(missing_ok=True)
        self.tmux(
            "new-session", "-d", "-x", str(self.width), "-y", str(self.height), "-c", str(self.folder),
            f"sh -c {shlex.quote(inner)}; echo $? > {_CODE}",
        )  # fmt: skip

    def _refused(self) -> str:
        """What tmux says when it is asked of a server that is not there."""
        done = subprocess.run(["tmux", "-L", self._socket, "ls"], capture_output=True, text=True, check=False)
        return done.stderr.replace("error connecting to", "no server at")

    def stop(self) -> None:
        self.tmux("kill-server", check=False)

    def ask(self, what: str) -> str:
        """A variable of the pane: ``pane_pid``, ``pane_title``, ``pane_dead_status`` …"""
        return self.tmux("display-message", "-p", f"#{{{what}}}").strip()

    def screen(self, *, styles: bool = False) -> str:
        return self.tmux("capture-pane", "-p", *(("-e",) if styles else ()))

    def press(self, key: str) -> None:
        """One key press."""
        self.pressed += 1
        self.tmux("send-keys", key)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def wait(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until a pattern is on the screen, or a condition holds for it; gives the screen."""
        holds = wanted if callable(wanted) else lambda screen: re.search(wanted, screen) is not None
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if holds(screen):
                return screen
            assert time.monotonic() < deadline, f"not on the screen after {PATIENCE} s: {wanted}\n{screen}"
            time.sleep(_PAUSE)

    def settle(self) -> None:
        """Wait until two looks at the screen see the same: the keys that were pressed are told before what they do."""
        seen = ""
        while seen != (now := self.screen()):
            seen = now
            time.sleep(3 * _PAUSE)

    def tour(self, over: str) -> Iterator[str]:
        """Open each screen that stands over one, give its name, and leave it by ``esc``."""
        for name, way in WAYS.items():
            if way.over.__name__ != over:
                continue
            for at, key in enumerate(way.keys):
                if key.startswith(SEEN):
                    self.wait(re.escape(key.removeprefix(SEEN)))
                    continue
                before = self.screen()
                self.press(_KEYS.get(key, key))
                if at == 0 or key == "enter":
                    # What it opens or closes has to be drawn: the next key would be another screen's.
                    self.wait(lambda screen, before=before: screen != before)  # type: ignore[misc]
                    self.settle()
                else:
                    time.sleep(_PAUSE)
            self.wait(re.escape(way.words))
            time.sleep(_PAUSE)
            yield name
            for _ in range(way.backs):
                self.press("Escape")
                self.wait(lambda screen, words=way.words: words not in screen)
                time.sleep(3 * _PAUSE)  # a key right after esc would be read as one with alt
            self.wait(re.escape(WAYS[over].words))

    @property
    def pid(self) -> int:
        """The process of the command."""
        until(lambda: self._kept(_PID) != "", "nothing was started")
        return int(self._kept(_PID))

    def ended(self) -> int:
        """Wait until the command has ended; gives its exit code as a shell has it."""
        until(lambda: self._kept(_CODE) != "", "the program did not end", self.screen)
        return int(self._kept(_CODE))

    def running(self) -> bool:
        """Whether the command goes on."""
        return self._kept(_CODE) == ""

    def _kept(self, name: str) -> str:
        path = self.folder / name
        return path.read_text().strip() if path.exists() else ""


def until(holds: Callable[[], bool], otherwise: str, more: Callable[[], str] = str) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{otherwise}\n{more()}"
        time.sleep(_PAUSE)


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
