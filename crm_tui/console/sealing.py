"""Signing: what it would make, and the work beside the screen, which ``esc`` stops without a trace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from crm_tui.console.dialogs import Dialog, Listing
from crm_tui.console.draw import Builder
from crm_tui.console.theme import Paint
from crm_tui.console.working import work_line
from crm_tui.errors import CrmTuiError

if TYPE_CHECKING:
    from crm_tui.handoff.seal import Sealed
    from crm_tui.progress import Progress

_EVERY = 0.1


class _Stopped(Exception):
    """The person has stopped it."""


class Signing(Listing):
    """What signing would make.  ``again`` is what a second ``enter`` signs, after the first; ``""`` = one will do.

    A partial handoff asks for it: words that were meant for another dialog, with an enter after them, sign nothing.
    """

    def __init__(self, builder: Builder, kind: str, again: str) -> None:
        super().__init__("Handoff", builder, f"enter  sign the {kind} handoff     esc  back, nothing is signed")
        self._again, self._asked_at = again, 0.0

    def unseen(self, event: events.Key) -> bool:
        """An enter that was pressed before the second one was asked for answers nothing either."""
        return super().unseen(event) or (event.key in self.ANSWERS and event.time < self._asked_at)

    def action_accept(self) -> None:
        """Sign, or ask once more."""
        if self._again and not self._asked_at:
            self._asked_at = Message().time
            self._ask()
        else:
            super().action_accept()

    def tell_early(self, event: events.Key) -> None:
        """What was asked for stays in view."""
        if self._asked_at:
            self._ask()
        else:
            super().tell_early(event)

    def _ask(self) -> None:
        self.tell(f"enter again  sign {self._again}     esc  back")


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
