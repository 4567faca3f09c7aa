"""Work on many rows that somebody waits for: how far it is, how fast, how long it will take; ``esc`` stops it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from crm_tui.console.charts import length_words
from crm_tui.console.dialogs import Dialog
from crm_tui.console.draw import clip
from crm_tui.console.theme import Paint
from crm_tui.text import counted

_AT_A_TIME = 0.05
"""Seconds of work between two looks at the keys."""
_EVERY = 0.25
"""Seconds between two drawings of the bar: each takes the time of some twenty rows."""
_BAR = 40


def work_line(share: float, rows: int, passed: float, width: int, paint: Paint, instead: str = "") -> Text:
    """A bar and words on it: ``██░░  40%  20,000 rows  2,100 rows/s  14 s left``, or the words ``instead``.

    ``share``: how much is done, 0 to 1, in ``passed`` seconds.
    """
    cells = min(_BAR, max(8, width - 50))
    line = Text.assemble("  ", ("█" * round(share * cells), paint.saved))
    line.append("░" * (cells - round(share * cells)), paint.faint)
    words = f"  {share:4.0%}  {counted(rows, 'row')}"
    if share:
        left = length_words(timedelta(seconds=passed / share - passed))
        words += f"  {rows / max(passed, 1e-6):,.0f} rows/s  {left} left"
    line.append(clip(instead or words, width - line.cell_len), paint.text)
    return line


class Working(Dialog[bool]):
    """Goes through rows, a few at a time, so that keys and clock go on; gives whether it came to the end."""

    def __init__(self, title: str, rows: Iterable[object], number: int, paint: Callable[[], Paint]) -> None:
        """``rows``: what is to be gone through, ``number`` of them."""
        super().__init__(title, "esc  stop; nothing is written")
        self._rows: Iterator[object] = iter(rows)
        self._number, self._paint = number, paint
        self._done = 0

    def compose_body(self) -> ComposeResult:
        """The bar."""
        yield Static(id="dialog-about")

    def on_mount(self) -> None:
        """Begin."""
        self.run_worker(self._work(), exit_on_error=True)

    async def _work(self) -> None:
        started = time.monotonic()
        drawn = -_EVERY
        while not self._some():
            passed = time.monotonic() - started
            if passed - drawn >= _EVERY:
                drawn = passed
                self._draw(passed)
            await asyncio.sleep(0.005)
        self.dismiss(True)

    def _draw(self, passed: float) -> None:
        for bar in self.query("#dialog-about").results(Static):
            share = self._done / self._number
            bar.update(work_line(share, self._done, passed, bar.size.width, self._paint()))

    def _some(self) -> bool:
        """Go on for a moment; gives whether that was all."""
        until = time.monotonic() + _AT_A_TIME
        for _ in self._rows:
            self._done += 1
            if time.monotonic() > until:
                return False
        return True

    def action_back(self) -> None:
        """Stop."""
        self.dismiss(False)
