"""Reliability goal 1: no acknowledged decision is lost when the process is killed at a random moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.properties.test_prop_nothing_lost import (
    test_a_process_killed_at_any_moment_has_lost_nothing_that_it_acknowledged as killed,
)

TRIED = "kill -9 at random moments"


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is a process that decides until it is killed."""
    while True:
        seed = lots.getrandbits(48)
        killed(fresh(folder, seed), seed)
        yield 1


def fresh(folder: Path, seed: int) -> Path:
    """An empty folder of one trial."""
    found = folder / f"{seed:012x}"
    found.mkdir()
    return found
