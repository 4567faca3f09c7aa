"""Reliability goal 10: what draws a cell lets no control, bidi or invisible character through, nor a live formula."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from crm_tui.handoff.csv_view import neutral_cell
from crm_tui.text import safe_text
from tests.properties.test_prop_safe_text import hidden, is_formula

TRIED = "random cells drawn"
_CHUNK = 1_000
_PIECES = (
    "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J", "\x9b31m", "\x00", "\u202e", "\u2066", "\u200b", "\ufeff", "\u034f",
    "\u0300" * 9, "[@click=app.quit]x[/]", "[/foo]", "=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-1+1", "\t=1", ";=1",
    "|@x", "'", '"',
    "\ue000", "\U000e0001", "\ufe0f", "\u2028", "\r\n", "ann@one.test", "+12025550101",
)  # fmt: skip


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one cell of random characters and hostile pieces, drawn for a screen and for a spreadsheet."""
    while True:
        for _ in range(_CHUNK):
            cell = random_cell(lots)
            drawn = safe_text(cell, 2_000)
            assert not hidden(drawn), ascii(cell)
            view = neutral_cell(cell)
            assert not hidden(view) and not is_formula(view), ascii(cell)
        yield _CHUNK


def random_cell(lots: Random) -> str:
    """One to eight pieces: a hostile one, or any code point."""
    return "".join(
        lots.choice(_PIECES) if lots.random() < 0.5 else chr(lots.randrange(0x110000))
        for _ in range(lots.randrange(1, 9))
    )
