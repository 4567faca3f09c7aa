"""What the journal says of each row: a pure fold over its entries.

The same function projects the workspace, checks the projection and checks a handoff's rows against its log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

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


class Entry(NamedTuple):
    """One journal entry: the chained body, and the texts that stand beside it."""

    seq: int
    body: Mapping[str, Any]
    texts: Mapping[str, str]
    """Field → text: ``by``, ``reason``, ``question``, ``note``; of a decision also ``option``, ``suggested``,
    ``source_of_truth``, ``evidence``, ``staged`` and ``picks``; of a field's choice ``field``, ``side``, ``value``,
    of a repair ``field``, ``value`` and ``digest``.
    A missing one was blank, or erased."""

    def shown(self, *names: str) -> str:
        """The first of these texts that there is, as a person reads it; ``erased`` for one that was taken out."""
        there = (self.texts.get(name) or (ERASED if name in self.body["texts"] else "") for name in names)
        return next(filter(None, there), "")

    @property
    def kind(self) -> str:
        """``open``, ``import``, ``policy``, ``map``, ``decide``, ``judge`` (after a repair), ``undo``, ``handoff``,
        ``keep`` or ``erase``."""
        return str(self.body["kind"])

    @property
    def row(self) -> str:
        """Row id that a ``decide`` entry is about; ``""`` for others."""
        return str(self.body.get("row", ""))

    @property
    def decides(self) -> bool:
        """Whether it says how its row stands; a note and a repair decide nothing."""
        return self.kind == "decide" and self.body["choice"] not in (Choice.NOTE, Choice.REPAIR)

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
    lasts = outliving(entries)
    return [entry for entry in entries if entry.kind != "decide" or lasts(entry.row, entry.seq)]


def outliving(entries: Iterable[Entry]) -> Callable[[str, int], bool]:
    """Whether a decision, by row id and number, outlives the ``erase`` entries among these."""
    erased: dict[str, int] = {}
    everything = 0
    for entry in entries:
        if entry.kind == "erase":
            erased.update(dict.fromkeys(entry.body["rows"], entry.seq))
            everything = entry.seq if entry.body["everything"] else everything
    return lambda row, seq: seq > max(everything, erased.get(row, 0))


def fold(entries: Iterable[Entry], before: Review | None = None) -> Review:
    """The state of one row from those of its ``decide`` entries that count, oldest first.

    ``before``: what the ones before them came to.
    """
    review = before or Review()
    for entry in entries:
        review = _after(review, entry)
    return review


def _after(review: Review, entry: Entry) -> Review:
    choice = Choice(entry.body["choice"])
    if choice is Choice.REPAIR:
        return review
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


class Turn(NamedTuple):
    """A decision, or an undo with the decision that it comes to in the end."""

    seq: int
    of: int
    """The entry that an undo takes back; 0 = the decision itself."""
    group: int
    """Number of the first entry of its set; 0 = alone."""
    decision: int
    """Number of the decision: its own, or the one at the end of what the undo takes back."""
    row: str
    """Row id of the decision."""
    counts: bool
    """Whether the decision counts by it: an undo of an undo makes it count again."""

    @property
    def act(self) -> int:
        """Number of what was done by one key: an entry, or a set of them."""
        return self.group or self.seq


def latest_act(backwards: Iterable[Turn]) -> list[Turn]:
    """What was decided last, or done again last, and counts: one decision or a set, oldest first.

    So undo takes back what was done last, and not the decision with the highest number: one that was done again
    stands above those that were made in between.  ``backwards`` gives all turns, the latest first; it is read no
    further than it has to be.
    """
    return _last(backwards, counts=True)


def latest_undone(backwards: Iterable[Turn]) -> list[Turn]:
    """The undos that redo takes back: the latest that count, one or a set, oldest first.

    ``backwards`` gives the turns after the latest decision that was made, the latest first.  A new decision empties
    this stack: what was undone before it is done again only from the row's history, where it can be seen.
    """
    return _last(backwards, counts=False)


def _last(backwards: Iterable[Turn], *, counts: bool) -> list[Turn]:
    """The turns of the last act by which decisions came to count, or came not to."""
    cancelled: set[int] = set()
    settled: set[int] = set()
    found: list[Turn] = []
    for turn in backwards:
        if found and turn.seq < found[0].act:
            break
        if turn.seq in cancelled:
            continue
        if turn.of:
            cancelled.add(turn.of)
        # Of one decision only its latest turn that counts says how it stands.
        if turn.decision not in settled and turn.counts is counts and (not found or turn.act == found[0].act):
            found.append(turn)
        settled.add(turn.decision)
    return found[::-1]
