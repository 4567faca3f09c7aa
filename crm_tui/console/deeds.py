"""What can be done with a set of rows, or of groups of duplicates, by one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm_tui.classify.duplicate_sets import SET_MEANINGS
from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.model import Choice

_MEANINGS = 9


class Verb(StrEnum):
    """What can be done with a set."""

    APPROVE = "approve"
    TAKE = "take"
    REJECT = "reject"
    PART = "keep apart"
    """Of groups of duplicates: their records are not the same."""
    DEFER = "defer"
    ASK = "ask"


CHOICES = {
    Verb.APPROVE: Choice.APPROVE,
    Verb.TAKE: Choice.APPROVE,
    Verb.REJECT: Choice.REJECT,
    Verb.PART: Choice.REJECT,
    Verb.DEFER: Choice.DEFER,
    Verb.ASK: Choice.NEEDS_CLIENT,
}
LEAVING = frozenset((Verb.REJECT, Verb.PART, Verb.DEFER, Verb.ASK))
"""What takes no option, and stages nothing."""
_DONE = {
    Verb.REJECT: "rejected",
    Verb.PART: NOT_THE_SAME,
    Verb.DEFER: "deferred",
    Verb.ASK: "left for the client",
}
_QUESTIONS = {
    Verb.REJECT: "Nothing is staged for a rejected row. Why are these rejected? One reason stands on each.",
    Verb.PART: "They are not the same, and are never asked about again. Why? One reason stands on each.",
    Verb.ASK: "What is the client to be asked? The question stands on each of these rows.",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do with the set; ``meaning`` is the option that every row is to take."""

    key: str
    verb: Verb
    words: str
    meaning: str = ""

    @property
    def question(self) -> str:
        """What has to be typed before it is applied; ``""`` = nothing."""
        return _QUESTIONS.get(self.verb, "")

    @property
    def done(self) -> str:
        """What the rows are afterwards: ``approved: write nothing``."""
        return _DONE.get(self.verb, f"approved: {self.meaning}" if self.meaning else "approved")


_DEFER = Deed("s", Verb.DEFER, "defer")
_ASK = Deed("t", Verb.ASK, "ask the client one question")


def deeds_of_rows(found: Counter[str], meanings: Iterable[Sequence[str]]) -> tuple[Deed, ...]:
    """What can be done with rows: ``found`` is what their options mean, and on how many; ``meanings`` are those of each
    row in the order of their numbers."""
    takes = [Deed(str(number), Verb.TAKE, f"approve: {words}", words) for number, words in _numbered(found, meanings)]
    reject = Deed("x", Verb.REJECT, "reject, with one reason")
    return (Deed("a", Verb.APPROVE, "approve the choice made, else the suggestion"), *takes, reject, _DEFER, _ASK)


def _numbered(found: Counter[str], meanings: Iterable[Sequence[str]]) -> list[tuple[int, str]]:
    """A choice has the number that it has on most rows, whichever row the cursor is on; else the first that is free."""
    seats = Counter((words, number) for row in meanings for number, words in enumerate(row, 1) if words in found)
    taken: dict[int, str] = {}
    for (words, number), _ in sorted(seats.items(), key=lambda one: (-one[1], one[0][1], one[0][0])):
        if number not in taken and words not in taken.values():
            taken[number] = words
    others = [words for words, _ in found.most_common() if words not in taken.values()]
    free = [number for number in range(1, _MEANINGS + 1) if number not in taken]
    return sorted(
        (number, words) for number, words in [*taken.items(), *zip(free, others, strict=False)] if number <= _MEANINGS
    )


def deeds_of_groups(found: Counter[str]) -> tuple[Deed, ...]:
    """What can be done with groups of duplicates; a merge that gives nothing up is always 1, another one 2."""
    takes = [
        Deed(str(number), Verb.TAKE, f"merge: {words}", words)
        for number, words in enumerate(SET_MEANINGS, 1)
        if words in found
    ]
    part = Deed("x", Verb.PART, f"{NOT_THE_SAME}, with one reason")
    return (Deed("a", Verb.APPROVE, "merge as chosen on each"), *takes, part, _DEFER, _ASK)
