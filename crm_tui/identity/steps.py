"""What a normaliser does to a text, step by step, so that a person can follow it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Step(NamedTuple):
    """One step: what was done, and the text after it."""

    what: str
    text: str


def changes_in(raw: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that changed the text, in their order."""
    found: list[Step] = []
    before = raw
    for step in steps:
        if step.text != before:
            found.append(step)
        before = step.text
    return tuple(found)


def trimmed(raw: str) -> Step:
    """The first step of every normaliser."""
    return Step("blanks around it taken off", raw.strip())
