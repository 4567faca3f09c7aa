"""What holds for every test."""

from __future__ import annotations

import asyncio
import compileall
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from textual.events import Key


def pytest_configure(config: pytest.Config) -> None:
    """No test touches the data folder of whoever runs it: checkpoints, receipts and keys go into one of the session."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        # As pip does when it installs: the programs that tests start compile nothing.
        compileall.compile_dir(Path(__file__).parents[1] / "crm_tui", quiet=2)
    folder = tempfile.mkdtemp(prefix="crm-tui-tests-")
    os.environ["CRM_TUI_DATA_DIR"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session", autouse=True)
def _who_is_asked_looks_first() -> Iterator[None]:
    """A pilot answers a dialog when it is drawn, and waits for a bar of work to end: what comes before is no answer."""
    if "crm_tui.console.dialogs" not in sys.modules:
        yield
        return
    from textual.pilot import Pilot

    from crm_tui.console.dialogs import Dialog
    from crm_tui.console.panes import LinesPane
    from crm_tui.console.working import Working

    pressed, unseen = Pilot.press, Dialog.unseen
    swallowed: list[str] = []

    def noted(self: Dialog[Any], event: Key) -> bool:
        found = unseen(self, event)
        swallowed.extend([event.key] * found)
        return found

    async def press(self: Pilot[Any], *keys: str) -> None:
        for key in keys:
            while key != "escape" and self.app.screen_stack and isinstance(self.app.screen, Working):
                await asyncio.sleep(0.01)
                await self.pause()
            # A pane that finds out how large it is draws once more, on a busy machine after the key.
            for _ in range(3):
                swallowed.clear()
                await drawn(self, key)
                await pressed(self, key)
                if not swallowed:
                    break

    async def drawn(self: Pilot[Any], key: str) -> None:
        asked = self.app.screen if self.app.screen_stack else None
        if not isinstance(asked, Dialog) or key not in asked.ANSWERS:
            return
        for look in range(1_000):
            panes = list(asked.query(LinesPane))
            missing = [pane for pane in panes if pane.drawn_at == inf]
            # On a screen of a few cells a dialog may have no line that can be drawn.
            if panes and not missing:
                return
            if look > 20 and not any(pane in asked._compositor.visible_widgets for pane in missing):
                return
            await asyncio.sleep(0.01)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pilot, "press", press)
        patch.setattr(Dialog, "unseen", noted)
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``CRM_TUI_NO_SKIP`` a skipped test is a failure: CI installs what the tests need."""
    if not os.environ.get("CRM_TUI_NO_SKIP"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        for report in skipped:
            reporter.write_line(f"skipped, and must not be: {report.nodeid}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
