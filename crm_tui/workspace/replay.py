"""What the journal says of each row: a pure fold over its entries.

The same function projects the workspace, checks the projection and checks a handoff's rows against its log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm_tui.model import Choice, Review, State

_STATES = {
    Choice.CHOOSE: State.CHOSEN,
    Choice.CLEAR: State.PENDING,
    Choice.APPROVE: State.APPROVED,
    Choice.REJECT: State.REJECTED,
    Choice.DEFER: State.DEFERRED,
    Choice.NEEDS_CLIENT: State.NEEDS_CLIENT,
}


_ACTIONS = {state: choice.value for choice, state in _STATES.items()}


def action_of(state: State) -> str:
    """Word of the entry that leads to ``state``."""
    return _ACTIONS[state]


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry: the chained body, and the texts that stand beside it."""

    seq: int
    body: Mapping[str, Any]
    texts: Mapping[str, str]
    """Field → text: ``by``, ``reason``, ``question``, ``note``; of a decision also ``option``, ``suggested``,
    ``source_of_truth``, ``evidence`` and ``staged``.  A missing one was blank, or erased."""

    @property
    def kind(self) -> str:
        """``open``, ``import``, ``policy``, ``decide``, ``undo`` or ``handoff``."""
        return str(self.body["kind"])

    @property
    def row(self) -> str:
        """Row id that a ``decide`` entry is about; ``""`` for others."""
        return str(self.body.get("row", ""))

    @property
    def undoes(self) -> int:
        """For an ``undo``: the entry that it takes back; 0 for others."""
        return int(self.body.get("of", 0))

    @property
    def group(self) -> int:
        """Number of the first entry of the set that was decided, or undone, together; 0 = alone."""
        return int(self.body.get("group", 0))


def undone(entries: Sequence[Entry]) -> frozenset[int]:
    """The entries that do not count: a later entry that counts takes them back (an undo can be undone too)."""
    cancelled: set[int] = set()
    for entry in reversed(entries):
        if entry.undoes and entry.seq not in cancelled:
            cancelled.add(entry.undoes)
    return frozenset(cancelled)


def fold(entries: Iterable[Entry]) -> Review:
    """The state of one row from those of its ``decide`` entries that count, oldest first."""
    review = Review()
    for entry in entries:
        review = _after(review, entry)
    return review


def _after(review: Review, entry: Entry) -> Review:
    choice = Choice(entry.body["choice"])
    if choice is Choice.NOTE:
        return replace(review, note=entry.texts.get("note", ""))
    return Review(
        state=_STATES[choice],
        choice=entry.texts.get("option", ""),
        suggested=entry.texts.get("suggested", ""),
        action=choice.value,
        by=entry.texts.get("by", ""),
        at=str(entry.body["at"]),
        seq=entry.seq,
        reason=entry.texts.get("reason", ""),
        question=entry.texts.get("question", ""),
        note=review.note,
        fingerprint=entry.texts.get("evidence", ""),
    )


def replay(entries: Sequence[Entry]) -> Iterator[tuple[str, Review]]:
    """Row id → state, for every row that any entry is about, in the order of its first entry."""
    cancelled = undone(entries)
    by_row: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind == "decide":
            of_row = by_row.setdefault(entry.row, [])
            if entry.seq not in cancelled:
                of_row.append(entry)
    for row, of_row in by_row.items():
        yield row, fold(of_row)
