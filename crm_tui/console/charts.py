"""Bars, sparks and lengths of time in text; every part of a bar has a sign of its own, so none needs its colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from rich.text import Text

from crm_tui.console.theme import BAR_SIGNS, SPARKS, Paint
from crm_tui.text import counted
from crm_tui.workspace.summary import Reached


def bar_style(part: Reached, paint: Paint) -> str:
    """The colour of a part."""
    return {
        Reached.APPROVED: paint.saved,
        Reached.REJECTED: paint.bad,
        Reached.LATER: paint.muted,
        Reached.WAITING: paint.needs,
        Reached.BLOCKED: paint.bad,
    }[part]


def stacked(parts: Mapping[Reached, int], most: int, width: int, paint: Paint) -> Text:
    """One bar: ``most`` rows would fill ``width`` cells; nothing that is there is drawn as nothing."""
    present = [part for part in Reached if parts.get(part)]
    cells = shares([parts[part] for part in present], most, width)
    bar = Text()
    for part, number in zip(present, cells, strict=True):
        bar.append(BAR_SIGNS[part.value] * number, bar_style(part, paint))
    bar.append(" " * (width - bar.cell_len))
    return bar


def shares(numbers: Sequence[int], most: int, width: int) -> list[int]:
    """Cells for each number, in proportion, at least one each; together as many as their sum has, within ``width``."""
    if not numbers or not most:
        return [0 for _ in numbers]
    room = min(width, max(len(numbers), round(width * sum(numbers) / most)))
    cells = [max(1, number * room // sum(numbers)) for number in numbers]
    while sum(cells) != room:
        step = 1 if sum(cells) < room else -1
        wanted = [number * room / sum(numbers) - has for number, has in zip(numbers, cells, strict=True)]
        open_ = [at for at, has in enumerate(cells) if step > 0 or has > 1]
        if not open_:
            break
        cells[max(open_, key=lambda at: step * wanted[at])] += step
    return cells


def legend(paint: Paint, parts: Sequence[Reached] = tuple(Reached)) -> Text:
    """What the parts of a bar stand for."""
    line = Text(" ")
    for part in parts:
        line.append(BAR_SIGNS[part.value], bar_style(part, paint))
        line.append(f" {part.value}   ", paint.muted)
    line.rstrip()
    return line


def centred(number: int, most: int, width: int, style: str) -> Text:
    """A bar exactly in the middle of ``width`` cells, for a funnel; half a cell at either end where that is needed."""
    length = max(1 if number else 0, round(width * number / most)) if most else 0
    left, odd = divmod(width - length, 2)
    bar = "▐" + "█" * (length - 1) + "▌" if odd and length else "█" * length
    return Text.assemble(" " * left, (bar, style), " " * (width - left - len(bar)))


def spark(numbers: Sequence[int], style: str) -> Text:
    """One column a number, as high as it is."""
    most = max(numbers, default=0)
    steps = len(SPARKS) - 1
    signs = (SPARKS[-(-number * steps // most)] if most else SPARKS[0] for number in numbers)
    return Text("".join(signs), style)


def length_words(length: timedelta) -> str:
    """``40 s``, ``24 min``, ``1 h 40 min``, ``3 days``."""
    seconds = round(length.total_seconds())
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return counted(minutes // (24 * 60), "day")
