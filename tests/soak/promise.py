"""What a promise that is tried again and again looks like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Protocol


class Promise(Protocol):
    """A module of this package."""

    TRIED: str
    """What is counted, in the plural: "random kill -9"."""

    def trials(self, folder: Path, lots: Random) -> Iterator[int]:
        """Try without end in an empty folder; yields how many trials have come to nothing bad since the last yield.

        Raises ``AssertionError`` at the first fault.
        """
