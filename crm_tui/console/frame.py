"""The room in which a row is drawn, and how much of it is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from crm_tui.console.settings import SHIPPED
from crm_tui.console.theme import Paint

_MEASURE = 112
"""The widest a paragraph gets: longer lines are hard to follow."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The room that the evidence has."""

    width: int
    height: int
    shift: int
    """Side columns scrolled past."""
    paint: Paint
    key: Callable[[str], str] = SHIPPED.key
    """Action → the key that is named for it in sentences."""

    @property
    def label(self) -> int:
        """Width of the label column of the table: where it is narrow, that of "appointment" and "description"."""
        return 16 if self.width >= 100 else 11

    @property
    def words(self) -> int:
        """Width of the label column of paragraphs: their text starts where the values do."""
        return self.label + 2

    @property
    def measure(self) -> int:
        """Width of paragraphs."""
        return min(self.width, _MEASURE)


class Density(IntEnum):
    """How much room is taken; the loosest that fits the pane is drawn."""

    SPACIOUS = 0
    FOLDED = 1
    """What only the event has is one sentence."""
    COMPACT = 2
    """No blank lines, and the most decisive first."""
    TIGHT = 3
    """Without words that say what is not done."""
