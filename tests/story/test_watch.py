"""A captured webhook is dropped into a folder while the console is open in a terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from story_tools import Terminal, crm_tui, program

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


def test_a_payload_is_decided_on_a_minute_after_it_came(terminal: Terminal, folder: Path) -> None:
    inbox = folder / "inbox"
    inbox.mkdir()
    terminal.start(program("review", "src", "-w", "X.crm", "--reviewer", "Dana", "--watch", "inbox"))
    screen = terminal.wait(r"Conflicts")
    assert "hook" not in screen
    body = {"entity_type": "contact", "operation": "delete", "data": {"email": "ops@northstar.test"}}
    captured = {"headers": {"host": "hooks.one.test"}, "query": {}, "body": body}
    (inbox / "hook-1.json").write_text(json.dumps(captured))
    terminal.wait(r"came: hook-1\.json, 1 new row")
    terminal.press("G")
    terminal.wait(r"deleted in its system")
    terminal.press("x")
    terminal.wait(r"Why is it rejected")
    terminal.type("a request may not delete")
    terminal.press("Enter")
    terminal.wait(r"saved")
    terminal.press("q")
    assert terminal.ended() == 0
    done = crm_tui(folder, "journal", "-w", "X.crm", "--json")
    assert [entry["choice"] for entry in json.loads(done.stdout)] == ["reject"]


def test_a_review_begins_with_an_empty_folder(terminal: Terminal, folder: Path) -> None:
    inbox = folder / "inbox"
    inbox.mkdir()
    terminal.start(program("review", "--watch", "inbox", "-w", "Y.crm", "--reviewer", "Dana"))
    terminal.wait(r"waiting for files in inbox")
    (inbox / "hook.json").write_text(json.dumps({"type": "SomethingNew", "id": "1"}))
    terminal.wait(r"came: hook\.json, 1 new row")
    terminal.press("q")
    assert terminal.ended() == 0


def test_what_is_no_folder_cannot_be_watched(folder: Path) -> None:
    done = crm_tui(folder, "review", "src", "-w", "X.crm", "--watch", "nowhere")
    assert done.returncode == 2
    assert "nowhere is no folder; name the folder into which files come." in done.stderr
