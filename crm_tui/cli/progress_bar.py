"""The one line on a terminal that tells how far long work is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crm_tui.progress import Progress, nobody
from crm_tui.text import counted

_BAR = 24
_AFTER = 0.5
"""Seconds of work before there is anything to see; what is over sooner needs no bar."""
_EVERY = 0.1


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """To be told of how far the work is, which stands on stderr where that is a terminal, and is gone at the end."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield nobody
        return
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.clear()


class ProgressBar:
    """One line on stderr: share done, rows, rows per second, seconds left."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._next = self._started + _AFTER
        self._drawn = False

    def __call__(self, done: int, total: int, rows: int) -> None:
        """Draw, at most ten times a second."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next, self._drawn = now + _EVERY, True
        share = done / total if total else 1.0
        passed = now - self._started
        left = f"{passed / share - passed:.0f} s left" if share else ""
        bar = "█" * round(share * _BAR)
        line = f"{bar:░<{_BAR}} {share:4.0%}  {counted(rows, 'row')}  {rows / passed:,.0f} rows/s  {left}"
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
