"""Signing beside the screen: a dialog that tells how far the handoff is, and that ``esc`` stops without a trace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Static
from textual.worker import get_current_worker

from crm_tui.console.dialogs import Dialog
from crm_tui.console.theme import Paint
from crm_tui.console.working import work_line
from crm_tui.errors import CrmTuiError

if TYPE_CHECKING:
    from crm_tui.handoff.seal import Sealed
    from crm_tui.progress import Progress

_EVERY = 0.1


class _Stopped(Exception):
    """The person has stopped it."""


class Sealing(Dialog["Sealed | str"]):
    """Signs in a thread; gives the handoff, or a sentence why there is none."""

    def __init__(self, sign: Callable[[Progress], Sealed], paint: Callable[[], Paint]) -> None:
        super().__init__("Signing", "esc  stop; nothing is written")
        self._sign, self._paint = sign, paint
        self._stopping = False
        self._started = self._drawn = time.monotonic()

    def compose_body(self) -> ComposeResult:
        """The bar."""
        yield Static(id="dialog-about")

    def on_mount(self) -> None:
        """Begin."""
        self.run_worker(self._work, thread=True, exit_on_error=True)

    def _work(self) -> None:
        try:
            found: Sealed | str = self._sign(self._told)
        except _Stopped:
            found = "stopped; nothing was signed."
        except CrmTuiError as error:
            found = f"nothing was signed: {error}"
        self.app.call_from_thread(self.dismiss, found)

    def _told(self, done: int, total: int, rows: int) -> None:
        """From the thread: stop it, or draw how far it is."""
        if self._stopping or get_current_worker().is_cancelled:
            raise _Stopped
        now = time.monotonic()
        if now - self._drawn >= _EVERY:
            self._drawn = now
            self.app.call_from_thread(self._draw, done, total, rows)

    def _draw(self, done: int, total: int, rows: int) -> None:
        passed = time.monotonic() - self._started
        for bar in self.query("#dialog-about").results(Static):
            bar.update(work_line(done / total if total else 1.0, rows, passed, bar.size.width, self._paint()))

    def action_back(self) -> None:
        """Stop, as soon as the thread looks up."""
        self._stopping = True
        self.tell("stopping…")
