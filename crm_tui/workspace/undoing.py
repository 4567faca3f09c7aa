"""Undo and redo: two stacks that the journal alone makes, so that they are the same after a restart.

What was done last stands on top: ``undo`` takes back the last decision, or set, that came to count, whether it was made
or done again; ``redo`` does again what was undone last, and knows nothing any more once something is decided.  Any one
decision is undone, or done again, alone by its number.  Each of these is an entry; nothing is ever deleted.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

from crm_tui.errors import DecisionRefused
from crm_tui.model import Choice, Review
from crm_tui.text import counted
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.groups import PREFIX
from crm_tui.workspace.replay import Entry, Turn, fold, undone


@dataclass(frozen=True, slots=True)
class Saved:
    """The acknowledgement of an entry that is on disk, or of several that were made together."""

    seq: int
    """Number of the entry; of several, of the first."""
    record_id: int
    event_id: str
    text: str
    """What was recorded, as a sentence fragment: ``→ CLOSE-202 · GHL-502``, ``approved: …``."""
    rows: int = 1
    """Of how many rows it is the acknowledgement."""
    last: int = 0
    """Number of the last entry, where there are several."""

    @property
    def line(self) -> str:
        """``#12 saved  APT-7002 → CLOSE-202 · GHL-502``: names row, choice and the running number, or all of them."""
        name = several(self.rows, self.record_id) if self.rows > 1 else self.event_id or "row without id"
        return f"{numbers(self.seq, self.last)} saved  {name} {self.text}"


def numbers(first: int, last: int) -> str:
    """The entries of one key press: ``#12``, ``#12 and #13``, ``#12 to #40``."""
    if last <= first:
        return f"#{first}"
    return f"#{first} {'and' if last == first + 1 else 'to'} #{last}"


def several(rows: int, record_id: int) -> str:
    """``12 rows``, ``12 groups``: a set is of one tab, so that any one of its numbers says which."""
    return counted(rows, "group" if record_id < 0 else "row")


class Ahead(NamedTuple):
    """What undo or redo would act on."""

    seq: int
    """Number of the decision; of a set, of its first."""
    choice: str
    """``Choice``: what was decided."""
    event_id: str
    record_id: int
    """0 = the row is gone from the workspace."""
    rows: int
    """Decisions that it is about; more than one are a set."""
    last: int
    """Number of the last of them."""


class Taken(NamedTuple):
    """An entry that is taken back."""

    entry: int
    decision: int
    """The decision that it comes to: its own number, or that of what an undo took back."""
    row: str
    """Row id of the decision."""


_AT_ONCE = 1_000
"""Rows whose projection is read with one query."""
_FEW = 20
"""Rows whose cases are made sooner than the journal is asked whether they may have changed."""
PLACES = ", ".join("?" * 14)


class Undoing:
    """Writes entries of one reviewer, alone or as a group, and takes them back."""

    def __init__(self, cases: Cases, reviewer: str) -> None:
        self.cases = cases
        self.store = cases.store
        self.reviewer = reviewer
        self._group = 0

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is decided in the block is one transaction and one group: all of it is on disk after it, or nothing.

        The group's number is that of its first entry.
        """
        with self.store.transaction():
            self._group = journal.head(self.store.connection)[0] + 1
            try:
                yield
            finally:
                self._group = 0

    @contextmanager
    def _entry(self) -> Iterator[dict[str, Any]]:
        """The transaction of one entry, and what its body says of the group."""
        if self._group:
            yield {"group": self._group}
        else:
            with self.store.transaction():
                yield {}

    def undo(self, record_id: int | None = None) -> Saved:
        """Take back the latest decision that counts, of one row or of the workspace; itself an entry.

        Of the workspace, what was decided as a group is taken back as a group.
        """
        latest = self._latest(record_id)
        if not latest:
            raise DecisionRefused("there is nothing to undo.")
        return self._take_back(latest, "undone")

    def reopen(self, record_id: int) -> None:
        """Take back the latest decision of a row, and those before it until the row waits; notes and repairs stay."""
        found = self._latest_of_row(record_id, deciding=True)
        while found:
            self._take_back([Taken(entry.seq, entry.seq, entry.row) for entry in found], "undone")
            decided = not self.cases.review(record_id).state.outstanding
            found = self._latest_of_row(record_id, deciding=True) if decided else []

    def undo_entry(self, seq: int) -> Saved:
        """Take back one decision, whenever it was made; later ones stay."""
        found = journal.decisions(self.store.connection)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        if entry is None:
            raise DecisionRefused(f"#{seq} is no decision.")
        if seq in undone(found):
            raise DecisionRefused(f"#{seq} is undone already.")
        return self._take_back([Taken(seq, seq, entry.row)], "undone")

    def redo_entry(self, seq: int) -> Saved:
        """Make one decision that was undone count again; later ones stay."""
        found = journal.decisions(self.store.connection)
        cancelled = undone(found)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        undo = next((one for one in found if one.undoes == seq and one.seq not in cancelled), None)
        if entry is None or undo is None:
            raise DecisionRefused(f"#{seq} is not undone.")
        return self._take_back([Taken(undo.seq, seq, entry.row)], "done again")

    def redo(self) -> Saved:
        """Take back the latest undo, or group of undos; there is none once something was decided after it."""
        found = journal.latest_undone(self.store.connection)
        if not found:
            raise DecisionRefused("there is nothing to redo.")
        return self._take_back([Taken(turn.seq, turn.decision, turn.row) for turn in found], "done again")

    def next_undo(self) -> Ahead | None:
        """What ``undo`` would take back."""
        return self._ahead(journal.latest_act(self.store.connection))

    def next_redo(self) -> Ahead | None:
        """What ``redo`` would do again."""
        return self._ahead(journal.latest_undone(self.store.connection))

    def _ahead(self, found: Sequence[Turn]) -> Ahead | None:
        if not found:
            return None
        first = journal.decision(self.store.connection, found[0].decision)
        choice, last = str(first.body["choice"]), max(turn.decision for turn in found)
        return Ahead(first.seq, choice, *self._row(first.row), len(found), last)

    def _row(self, row_id: str) -> tuple[str, int]:
        """Event id and record id; of a row that is gone its row id and 0."""
        record_id = self.cases.by_row_id(row_id)
        return (self.cases.case(record_id).event_id, record_id) if record_id else (row_id, 0)

    def _latest(self, record_id: int | None) -> list[Taken]:
        """The latest decision that counts; of the workspace, with the others of its group."""
        if record_id is not None:
            return [Taken(entry.seq, entry.seq, entry.row) for entry in self._latest_of_row(record_id)]
        turns = journal.latest_act(self.store.connection)
        return [Taken(turn.decision, turn.decision, turn.row) for turn in turns]

    def _latest_of_row(self, record_id: int, *, deciding: bool = False) -> list[Entry]:
        """The latest entry of a row that counts, with the one that was made with it on its partner.

        ``deciding``: notes and repairs are passed over.
        """
        case = self.cases.case(record_id)
        found = self._latest_entry(case.row_id, deciding)
        if found and found[0].group and case.partner:
            theirs = self._latest_entry(self.cases.case(case.partner).row_id, deciding)
            found += [entry for entry in theirs if entry.group == found[0].group]
        return found

    def _latest_entry(self, row_id: str, deciding: bool) -> list[Entry]:
        counting = journal.effective_of_row(self.store.connection, row_id)
        return [entry for entry in counting if entry.decides or not deciding][-1:]

    def _take_back(self, taken: Sequence[Taken], verb: str) -> Saved:
        """Take entries back; more than one are a group."""
        connection = self.store.connection
        first = journal.decision(connection, taken[0].decision)
        with self.together() if len(taken) > 1 else nullcontext(), self._entry() as group:
            said = [({"of": one.entry, **group}, {"by": self.reviewer}) for one in taken]
            if journal.holds_repair(connection, [one.decision for one in taken]):
                # Each row is judged again before anything further is said.
                entered = [self._take_back_one(one.row, *what) for one, what in zip(taken, said, strict=True)]
            else:
                entered = [entry.seq for entry in journal.append_all(self.store, "undo", said)]
                project_rows(self.cases, [one.row for one in taken])
        decided = [one.decision for one in taken]
        text = f"{verb}: {numbers(min(decided), max(decided))}, {first.body['choice']}"
        event_id, record_id = self._row(first.row)
        return Saved(entered[0], record_id, event_id, text, len(taken), entered[-1])

    def _take_back_one(self, row_id: str, fields: Mapping[str, Any], texts: Mapping[str, str]) -> int:
        seq = journal.append(self.store, "undo", fields, texts)
        repaired = journal.holds_repair(self.store.connection, [int(fields["of"])])
        self._project(row_id, Choice.REPAIR if repaired else "")
        return seq

    def _project(self, row_id: str, choice: str) -> None:  # noqa: ARG002
        """Bring the projection of a row up to an entry about it, which says or takes back ``choice``."""
        project_row(self.cases, row_id)


def project_row(cases: Cases, row_id: str) -> None:
    """Bring the projection of one row up to the journal; call it inside a transaction."""
    project_rows(cases, [row_id])


def project_rows(cases: Cases, row_ids: Sequence[str]) -> None:
    """Bring the projection of some rows up to the journal; call it inside a transaction."""
    connection = cases.store.connection
    settled = _evidence_moved(connection) if len(row_ids) > _FEW else sys.maxsize
    for start in range(0, len(row_ids), _AT_ONCE):
        some = row_ids[start : start + _AT_ONCE]
        connection.executemany("DELETE FROM decision WHERE row_id = ?", [(row_id,) for row_id in some])
        for row_id, entries in journal.effective_of_rows(connection, some).items():
            review = fold(entries)
            row = journal.projected(row_id, review)
            if row is not None:
                # A case takes longer to make than all the rest.
                stale = (review.seq <= settled or row_id.startswith(PREFIX)) and _lapsed(cases, row_id, review)
                connection.execute(f"INSERT INTO decision VALUES ({PLACES})", (*row, int(stale)))


def _evidence_moved(connection: sqlite3.Connection) -> int:
    """The last entry by which evidence of rows may have moved; what was decided after it rests on what there is."""
    ((last,),) = connection.execute(
        "SELECT COALESCE(MAX(seq), 0) FROM log"
        " WHERE kind NOT IN ('decide', 'undo', 'handoff', 'continue', 'keep', 'draw')"
    )
    return int(last)


def _lapsed(cases: Cases, row_id: str, review: Review) -> bool:
    record_id = cases.by_row_id(row_id)
    return record_id is not None and cases.lapsed(cases.case(record_id), review)
