"""Reliability goal 6: no small file takes more than seconds and a few hundred megabytes, whatever it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.intake.bombs import BOMBS, MEMORY, SECONDS, costs, written

TRIED = "bombs of random sizes"
_LEAST = 0.7
"""Below it some are no bomb, and simply loaded."""


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is a bomb of the table, up to three times as large, loaded in a fresh process."""
    while True:
        for name in lots.sample(list(BOMBS), len(BOMBS)):
            size = lots.uniform(_LEAST, 3)
            path = written(folder, name, size)
            (cost,) = costs([path])
            # A larger one may be refused for another reason than in the table.
            assert cost.loaded or cost.said.endswith("."), (name, size, cost)
            assert cost.seconds < SECONDS and cost.memory < MEMORY, (name, size, cost)
            path.unlink()
            yield 1
