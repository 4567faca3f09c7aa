"""Merge laws: of two or three reviewers' handoffs it is all one who is merged with whom first, and no vote is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from random import Random

from tests.factory import Review
from tests.handoff.test_merge import Laptop, Office, content
from tests.handoff.test_seal_verify import members_of

TRIED = "random reviews of three people, merged in every order"

_NAMES = ("rita", "sam")
_EACH = 200
"""Trials in one folder."""


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one more copy of a review, decided at random, and merged in six ways with the two before it."""
    while True:
        office = Office(fresh(folder, lots))
        made = (decided(office.laptop(name), lots) for name in cycle(_NAMES))
        one, two = next(made), next(made)
        for three in islice(made, _EACH):
            hold(office, one, two, three)
            yield 1
            one, two = two, three


def fresh(folder: Path, lots: Random) -> Path:
    """An empty folder."""
    found = folder / f"{lots.getrandbits(48):012x}"
    found.mkdir()
    return found


def decided(laptop: Laptop, lots: Random) -> bytes:
    """A copy in which somebody has decided some rows, perhaps twice, and taken some of it back."""

    def some(review: Review) -> None:
        for record_id in lots.sample(review.cases.ids(), lots.randint(1, 6)):
            for _ in range(lots.choice((1, 1, 2))):
                act(review, record_id, lots)

    return laptop.decide(some).hand_over()


def act(review: Review, record_id: int, lots: Random) -> None:
    """One step on one row, of those that are open there."""
    decisions, case = review.decisions, review.cases.case(record_id)
    if review.cases.review(record_id).state.value in ("approved", "rejected"):
        decisions.undo(record_id)
        return
    steps = [
        lambda: decisions.defer(record_id, "later"),
        lambda: decisions.ask(record_id, f"Which one, {lots.randint(1, 3)}?"),
        lambda: decisions.note(record_id, "seen"),
    ]
    if case.options:
        token = lots.choice(case.options).token
        steps += [lambda: decisions.approve(record_id, token=token, reason="asked")] * 4
        steps += [lambda: decisions.reject(record_id, "not ours"), lambda: decisions.choose(record_id, token, "asked")]
    lots.choice(steps)()


def hold(office: Office, one: bytes, two: bytes, three: bytes) -> None:
    """The laws: in any order, in any grouping, with itself; and the votes are those of the parts."""
    both = office.merged(one, two)
    assert content(both) == content(office.merged(two, one))
    assert content(office.merged(both, one)) == content(both)
    every, others = office.merged(both, three), office.merged(two, three)
    assert content(every) == content(office.merged(one, others))
    assert votes_in(every) == votes_in(both) | votes_in(others)
    assert office.verify(every).kind == "merge"


def votes_in(merged: bytes) -> set[tuple[str, str]]:
    """(row, marks) of each vote: no two people's, and no two decisions', are the same."""
    rows = map(json.loads, members_of(merged)["rows.jsonl"].splitlines())
    return {(row["row_id"], json.dumps(vote["marks"])) for row in rows for vote in row["votes"]}
