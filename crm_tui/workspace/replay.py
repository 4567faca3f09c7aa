"""What the journal says of each row: a pure fold over its entries.

The same function projects the workspace, checks the projection and checks a handoff's rows against its log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm_tui.classify.fields import read_picks, with_pick
from crm_tui.model import Choice, Pick, Review, State, Take

_STATES = {
    Choice.CHOOSE: State.CHOSEN,
    Choice.FIELD: State.CHOSEN,
    Choice.CLEAR: State.PENDING,
    Choice.APPROVE: State.APPROVED,
    Choice.REJECT: State.REJECTED,
    Choice.DEFER: State.DEFERRED,
    Choice.NEEDS_CLIENT: State.NEEDS_CLIENT,
}


ERASED = "erased"
"""What stands where a text was taken out of the journal; its mark stays, so the chain holds as before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry: the chained body, and the texts that stand beside it."""

    seq: int
    body: Mapping[str, Any]
    texts: Mapping[str, str]
    """Field → text: ``by``, ``reason``, ``question``, ``note``; of a decision also ``option``, ``suggested``,
    ``source_of_truth``, ``evidence``, ``staged`` and ``picks``; of a field's choice ``field``, ``side``, ``value``.
    A missing one was blank, or erased."""

    def shown(self, *names: str) -> str:
        """The first of these texts that there is, as a person reads it; ``erased`` for one that was taken out."""
        there = (self.texts.get(name) or (ERASED if name in self.body["texts"] else "") for name in names)
        return next(filter(None, there), "")

    @property
    def kind(self) -> str:
        """``open``, ``import``, ``policy``, ``map``, ``decide``, ``undo``, ``handoff``, ``keep`` or ``erase``."""
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


def lasting(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without the decisions on rows that were erased since; an ``erase`` entry names them."""
    erased: dict[str, int] = {}
    everything = 0
    for entry in entries:
        if entry.kind == "erase":
            erased.update(dict.fromkeys(entry.body["rows"], entry.seq))
            everything = entry.seq if entry.body["everything"] else everything
    return [
        entry for entry in entries if entry.kind != "decide" or entry.seq > max(everything, erased.get(entry.row, 0))
    ]


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
    fingerprint, option = entry.texts.get("evidence", ""), entry.texts.get("option", "")
    picks = _picks_after(choice, entry, review.picks if fingerprint == review.fingerprint else ())
    return Review(
        state=_state_after(choice, option, picks),
        choice=option,
        suggested=entry.texts.get("suggested", ""),
        action=choice.value,
        by=entry.texts.get("by", ""),
        at=str(entry.body["at"]),
        seq=entry.seq,
        # The reason of a field's choice stands with that choice; the one of the row's stays.
        reason=review.reason if choice in (Choice.FIELD, Choice.CLEAR_FIELD) else entry.texts.get("reason", ""),
        question=entry.texts.get("question", ""),
        note=review.note,
        fingerprint=fingerprint,
        picks=picks,
    )


def _picks_after(choice: Choice, entry: Entry, kept: tuple[Pick, ...]) -> tuple[Pick, ...]:
    """The field choices in force; ``kept`` are those from before, where they rest on the same evidence.

    An approval names its own, so that taking back an earlier one does not change what was approved.
    """
    field = entry.texts.get("field", "")
    if choice is Choice.FIELD:
        take = Take(str(entry.body["take"]))
        value = entry.texts.get("value", "") if take is not Take.SIDE else None
        pick = Pick(field, take, entry.texts.get("side", ""), value, entry.texts.get("reason", ""))
        return with_pick(kept, field, pick)
    if choice is Choice.CLEAR_FIELD:
        return with_pick(kept, field, None)
    if choice is Choice.APPROVE:
        return read_picks(entry.texts.get("picks", ""))
    return () if choice in (Choice.CLEAR, Choice.REJECT) else kept


def _state_after(choice: Choice, option: str, picks: tuple[Pick, ...]) -> State:
    if choice is Choice.CLEAR_FIELD:
        return State.CHOSEN if option or picks else State.PENDING
    return _STATES[choice]


def replay(entries: Sequence[Entry]) -> Iterator[tuple[str, Review]]:
    """Row id → state, for every row that any entry is about, in the order of its first entry."""
    cancelled = undone(entries)
    by_row: dict[str, list[Entry]] = {}
    for entry in lasting(entries):
        if entry.kind == "decide":
            of_row = by_row.setdefault(entry.row, [])
            if entry.seq not in cancelled:
                of_row.append(entry)
    for row, of_row in by_row.items():
        yield row, fold(of_row)


def latest_set(backwards: Iterable[Entry]) -> list[Entry]:
    """The latest decision that counts, with the others of its set, oldest first; reads no further than it has to.

    ``backwards``: decisions and undos, the latest first.
    """
    cancelled: set[int] = set()
    found: list[Entry] = []
    for entry in backwards:
        if found and entry.seq < found[0].group:
            break
        if entry.seq in cancelled:
            continue
        if entry.undoes:
            cancelled.add(entry.undoes)
        elif not found or entry.group == found[0].group:
            found.append(entry)
            if not entry.group:
                break
    return found[::-1]


def redoable(backwards: Iterable[Entry], entry_of: Callable[[int], Entry | None]) -> list[tuple[Entry, Entry]]:
    """The undos that ``redo`` takes back, each with its decision, oldest first; reads no further than it has to.

    ``backwards`` as in ``latest_set``; ``entry_of`` gives the entry of a number.
    """
    cancelled: set[int] = set()
    newer: set[str] = set()
    pairs: list[tuple[Entry, Entry]] = []
    for entry in backwards:
        if pairs and not (entry.group and entry.group == pairs[0][0].group):
            break
        if entry.seq in cancelled:
            continue
        cancelled.add(entry.undoes)
        target = (entry_of(entry.undoes) if entry.undoes else None) or entry
        if entry.kind == "decide":
            newer.add(entry.row)
        elif target.kind == "decide" and target.row not in newer:
            pairs.append((entry, target))
    return pairs[::-1]
