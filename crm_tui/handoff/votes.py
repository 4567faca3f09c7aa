"""Two reviewers' decisions on the same rows: a union of votes; what they agree on is decided, the rest is open again.

Pure.  Laws: commutative, associative, idempotent; no vote is lost or invented; never "the last one wins" (handoff.md,
"Merging two reviewers").  A vote replaces what its author had decided on the row before, as far as that is known on
both sides, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from crm_tui import canonical

Vote: TypeAlias = Mapping[str, Any]
"""A decision of one reviewer on one row: the fields of a row's ``decision`` without ``log_seq``, and ``staged`` (the
idempotency key of what it stages), ``marks`` (the keyed hashes of its texts in the log), ``replaces`` (names of the
votes on that row which its author's log has before it)."""

UNDONE = "undone"
"""A vote that only takes an earlier decision back."""
_EMPTY = frozenset((UNDONE, "clear"))
_TAKES = frozenset(("approve", "choose"))


def name_of(action: str, at: str, marks: Mapping[str, str]) -> str:
    """What makes two votes one: action, time and marks.  Marks are salted, so that only a copy has the same name."""
    return hashlib.sha256(canonical.dumps([action, at, [list(item) for item in sorted(marks.items())]])).hexdigest()


def name(vote: Vote) -> str:
    """The name of a vote."""
    return name_of(vote["action"], vote["at"], {mark["name"]: mark["mark"] for mark in vote["marks"]})


def words(vote: Vote) -> dict[str, Any]:
    """A vote as the ``decision`` of a row says it, without ``log_seq``."""
    return {key: item for key, item in vote.items() if key not in ("marks", "replaces", "staged")}


def union(*sides: Iterable[Vote]) -> list[Vote]:
    """The votes of all sides on one row, each once, by time; one replaces what it does on any side."""
    found: dict[tuple[str, str], Vote] = {}
    for vote in (vote for side in sides for vote in side):
        key = (vote["at"], name(vote))
        known = found.get(key, vote)
        found[key] = {**vote, "replaces": sorted({*known["replaces"], *vote["replaces"]})}
    return [found[key] for key in sorted(found)]


def standing(votes: Iterable[Vote]) -> list[Vote]:
    """The votes that count: no other one replaces them, and they do not only take something back.

    One that leaves the row for later does not stand against one that decides it.
    """
    listed = union(votes)
    replaced = {old for vote in listed for old in vote["replaces"]}
    alive = [vote for vote in listed if name(vote) not in replaced and vote["action"] not in _EMPTY]
    return [vote for vote in alive if vote["action"] != "defer"] or alive


def settled(votes: Iterable[Vote]) -> Vote | None:
    """The vote that decides a row: the earliest of those that stand, when all agree; else ``None``."""
    alive = standing(votes)
    if not alive or not _agree(alive):
        return None
    return next((vote for vote in alive if vote["action"] == "approve"), alive[0])


def disputed(votes: Iterable[Vote]) -> bool:
    """Whether the votes that stand on a row contradict each other."""
    return not _agree(standing(votes))


def agreement(rows: Iterable[Iterable[Vote]]) -> tuple[int, int]:
    """Of the votes on each row: on how many rows two people or more decided, and on how many of those alike."""
    both = [alive for alive in map(standing, rows) if len({vote["by"] for vote in alive}) > 1]
    return len(both), sum(map(_agree, both))


def _agree(alive: Sequence[Vote]) -> bool:
    """One option and one content, one rejection, or one open question; whoever says so, and for whatever reason."""
    actions = {vote["action"] for vote in alive}
    if actions <= _TAKES:
        contents = {vote["staged"] for vote in alive if vote["action"] == "approve"}
        return len({vote["option"] for vote in alive}) <= 1 and len(contents) <= 1
    return len(actions) == 1
