"""Before an audience: in the bytes that reach a real terminal nobody is named, from the first frame on."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from pathlib import Path

import pytest
from story_tools import Terminal, program, until

from tests.console.leaking import CLIENT, write

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
    workspace = tmp_path / f"{CLIENT}.crm"
    raw, go = tmp_path / "raw", tmp_path / "go"
    terminal = Terminal(tmp_path, 100, 30)
    command = program("review", str(exports), "-w", str(workspace), "--present", "--reviewer", "Dana")
    try:
        # Nothing of the program is written before the pipe is there to keep it.
        waiting = shlex.quote(f"until [ -e go ]; do sleep 0.02; done; exec {command}")
        terminal.start(f"sh -c {waiting}")
        title = terminal.ask("pane_title")
        terminal.tmux("pipe-pane", "-o", f"cat > {raw}")
        go.touch()
        terminal.wait("presenting")
        seen = [terminal.screen(styles=True)]

        def press(*keys: str) -> None:
            for key in keys:
                terminal.press(key)
                # A key right after esc would be read as one with alt.
                time.sleep(SETTLE * (3 if key == "Escape" else 1))
            seen.append(terminal.screen(styles=True))

        press("j", "i", "Escape", "H", "Escape", "m", "Escape", "f", "Escape")
        press("x")
        terminal.type(TYPED)
        press("Enter", "y", "Escape", "B", "Escape", "w", "Escape", "?", "Escape", "/")
        terminal.type(TYPED)
        press("Enter", "]", "j", "r", "p", "]", "]")
        terminal.tmux("resize-window", "-x", "140", "-y", "40")
        press("[", "Enter", "i", "Escape", "Escape", ".", ".", "C-p", "Escape")
        terminal.wait(r"\? (?:all )?keys")
        press("q")
        assert terminal.ended() == 0
        until(raw.exists, "nothing was written")
        written = raw.read_bytes()
        assert terminal.ask("pane_title") == title
        assert terminal.tmux("show-buffer", check=False) == "", "nothing was put into the clipboard"
        assert b"presenting" in written
        assert b"\x1b]52" not in written
        assert secrets.in_text(text_of(written)) == []
        assert [found for screen in seen if (found := secrets.in_text(STYLE.sub("", screen)))] == []

        # The same look does find them where nothing is masked.
        terminal.start(program("review", "-w", str(workspace)))
        assert secrets.in_text(terminal.wait("to decide")) != []
    finally:
        terminal.stop()
