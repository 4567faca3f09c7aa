"""Before an audience: in the bytes that reach a real terminal nobody is named, from the first frame on."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from story_tools import Terminal, crm_tui, program, until
from textual.screen import Screen

from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.start import StartScreen
from tests.console.leaking import CLIENT, write
from tests.console.screens import WAYS, strange_table

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

STYLE = re.compile(r"\x1b\[[0-9;:]*m")
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[()#][0-9A-Z]|.)")
TYPED = "owner@harborlight.test"
SETTLE = 0.12


def text_of(raw: bytes) -> str:
    """What was written, without the colours; wherever the cursor was put, a new line."""
    return SEQUENCE.sub("\n", STYLE.sub("", raw.decode("utf-8", "replace")))


def test_no_byte_that_reaches_the_terminal_names_anybody(tmp_path: Path) -> None:
    exports, secrets = write(tmp_path)
    strange = strange_table(exports)
    workspace = exports / f"{CLIENT}.crm"
    raw, go = exports / "raw", exports / "go"
    # The first load leaves the workspace among those that the start screen lists.
    files = [str(path) for path in exports.glob("*.csv") if path != strange]
    assert crm_tui(exports, "review", *files, "-w", str(workspace)).returncode == 0
    terminal = Terminal(exports, 100, 30)
    screens = []

    def begin(*arguments: str) -> None:
        # Nothing of the program is written before the pipe is there to keep it.
        go.unlink(missing_ok=True)
        waiting = shlex.quote(f"until [ -e go ]; do sleep 0.02; done; exec {program(*arguments)}")
        terminal.start(f"sh -c {waiting}")
        terminal.tmux("pipe-pane", "-o", f"cat >> {shlex.quote(str(raw))}")
        go.touch()
        terminal.wait("presenting")

    def look(over: type[Screen[Any]]) -> None:
        screens.extend((name, terminal.screen(styles=True)) for name in terminal.tour(over.__name__))
        for size in (("140", "40"), ("100", "30")):
            terminal.tmux("resize-window", "-x", size[0], "-y", size[1])
            time.sleep(SETTLE)
            screens.append((over.__name__, terminal.screen(styles=True)))

    try:
        begin("--start", "--present")
        title = terminal.ask("pane_title")
        look(StartScreen)
        terminal.press("Enter")
        terminal.wait("Who is reviewing")
        terminal.press("Enter")
        terminal.wait(lambda screen: "Who is reviewing" not in screen)
        look(ReviewScreen)
        for key, words in (("x", "enter  reject"), ("/", "type what to look for")):
            terminal.press(key)
            terminal.wait(words)
            terminal.type(TYPED)
            terminal.press("Enter")
            terminal.wait(lambda screen, words=words: words not in screen)  # type: ignore[misc]
        for key in ("r", "p", "]", "j"):
            terminal.press(key)
            time.sleep(SETTLE)
        screens.append(("the rest", terminal.screen(styles=True)))
        terminal.press("q")
        assert terminal.ended() == 0
        begin("review", str(strange), "-w", str(workspace), "--present")
        look(MappingScreen)
        until(raw.exists, "nothing was written")
        written = raw.read_bytes()
        assert terminal.ask("pane_title") == title
        assert terminal.tmux("show-buffer", check=False) == "", "nothing was put into the clipboard"
        assert {name for name, _ in screens} == {*WAYS, "the rest"}
        assert b"presenting" in written
        assert b"\x1b]52" not in written
        assert secrets.in_text(text_of(written)) == []
        assert [(name, found) for name, one in screens if (found := secrets.in_text(STYLE.sub("", one)))] == []

        # A workspace that was left masked opens masked; the same look does find names where nothing is masked.
        terminal.start(program("review", "-w", str(workspace)))
        assert secrets.in_text(terminal.wait("mask on")) == []
        terminal.press("p")
        assert secrets.in_text(terminal.wait(lambda screen: "mask on" not in screen)) != []
    finally:
        terminal.stop()
