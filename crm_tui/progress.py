"""How far long work is: plain numbers, told to whoever shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Progress = Callable[[int, int, int], None]
"""Called now and then with (done, in all, rows gone through), of which the first two have a unit of their own, such as
bytes; what it raises ends the work, of which nothing is kept then."""

_Row = TypeVar("_Row")


def nobody(done: int, total: int, rows: int) -> None:
    """Where nobody wants to know."""


def told(rows: Iterable[_Row], number: int, progress: Progress) -> Iterator[_Row]:
    """The ``rows``, ``number`` of them, while it is told how many were gone through."""
    for done, row in enumerate(rows, 1):
        yield row
        progress(done, number, done)


class Stages:
    """Stages of one piece of work over the same rows, told as one whole: the rows are those that are through it all."""

    def __init__(self, progress: Progress, number: int, *costs: float) -> None:
        """``number`` of rows (0: as the stages tell it); ``costs``: how long each takes, compared with the others."""
        self._progress, self._number = progress, number
        self._costs, self._sum, self._before = iter(costs), sum(costs), 0.0

    def next(self) -> Progress:
        """To be told of the next stage."""
        cost, before = next(self._costs), self._before
        self._before += cost

        def tell(done: int, total: int, _rows: int) -> None:
            share = (before + cost * (done / total if total else 1.0)) / self._sum
            number = self._number or total
            through = int(share * number)
            self._progress(through, number, through)

        return tell
