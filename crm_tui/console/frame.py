"""The room in which a row is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
