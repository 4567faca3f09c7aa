"""Blocks of lines, side by side as far as the width goes; some lines lead to the rows that they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from rich.text import Text

from crm_tui.console.draw import Lines
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import CURSOR, Paint
from crm_tui.workspace.selection import Filter

GAP = 3
"""Cells between two columns."""


class Goal(NamedTuple):
    """The rows that a line speaks of: where ``enter`` goes."""

    tab: Tab
    filter: Filter = Filter()


class Line(NamedTuple):
    """One line of a block."""

    text: Text
    goal: Goal | None = None


Block = list[Line]


class Spot(NamedTuple):
    """Where a line with a goal stands on the page."""

    y: int
    start: int
    end: int
    goal: Goal


class Sheet(NamedTuple):
    """What is drawn."""

    lines: Lines
    spots: tuple[Spot, ...]
    """In the order in which the cursor goes through them."""


def shared_out(blocks: Sequence[Block], columns: int) -> list[Sequence[Block]]:
    """The blocks in their order, in columns of which the highest is as low as can be."""
    best: list[Sequence[Block]] = [blocks]
    for breaks in combinations(range(1, len(blocks)), min(columns, len(blocks)) - 1):
        ends = (0, *breaks, len(blocks))
        shared = [blocks[one:two] for one, two in pairwise(ends)]
        best = min(best, shared, key=lambda found: max(map(height_of, found)))
    return best


def height_of(column: Sequence[Block]) -> int:
    """Lines of a column, with a blank one after each block."""
    return sum(len(block) + 1 for block in column)


def laid_out(columns: Sequence[Sequence[Block]], wide: int, paint: Paint, at: int) -> Sheet:
    """The columns beside each other, each ``wide`` cells; ``at`` is the number of the spot under the cursor."""
    lines = [Text() for _ in range(max(map(height_of, columns)))]
    spots: list[Spot] = []
    for number, column in enumerate(columns):
        start = number * (wide + GAP)
        y = 0
        for block in column:
            for line in [*block, Line(Text(""))]:
                text = line.text
                if line.goal:
                    here = len(spots) == at
                    spots.append(Spot(y, start, start + wide, line.goal))
                    text = _pointed(text, wide, paint, here=here)
                lines[y].append(" " * max(0, start - lines[y].cell_len))
                lines[y].append_text(text)
                y += 1
    return Sheet(lines, tuple(spots))


def _pointed(text: Text, width: int, paint: Paint, *, here: bool) -> Text:
    """A line under the cursor, with the sign that shows it where there is no colour."""
    if not here:
        return text
    pointed = Text.assemble((CURSOR, paint.needs), text[1:])
    pointed.append(" " * max(0, width - pointed.cell_len))
    pointed.stylize(paint.cursor)
    return pointed
