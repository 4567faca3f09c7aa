"""Undo and redo: two stacks that the journal alone makes, so that they are the same after a restart.

What was done last stands on top: ``undo`` takes back the last decision, or set, that came to count, whether it was made
or done again; ``redo`` does again what was undone last, and knows nothing any more once something is decided.  Any one
decision is undone, or done again, alone by its number.  Each of these is an entry; nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

from crm_tui.errors import DecisionRefused
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.replay import Entry, fold, undone


@dataclass(frozen=True, slots=True)
class Saved:
    """The acknowledgement of an entry that is on disk."""

    seq: int
    record_id: int
    event_id: str
    text: str
    """What was recorded, as a sentence fragment: ``→ CLOSE-202 · GHL-502``, ``approved: …``."""
    rows: int = 1
    """Of how many rows it is the acknowledgement; of more than one it names the last entry."""

    @property
    def line(self) -> str:
        """``#12 saved  APT-7002 → CLOSE-202 · GHL-502``: names row, choice and the running number."""
        name = f"{self.rows:,} rows" if self.rows > 1 else self.event_id or "row without id"
        return f"#{self.seq} saved  {name} {self.text}"


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
        return self._take_back([(entry.seq, entry) for entry in latest], "undone")

    def undo_entry(self, seq: int) -> Saved:
        """Take back one decision, whenever it was made; later ones stay."""
        found = journal.decisions(self.store.connection)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        if entry is None:
            raise DecisionRefused(f"#{seq} is no decision.")
        if seq in undone(found):
            raise DecisionRefused(f"#{seq} is undone already.")
        return self._take_back([(seq, entry)], "undone")

    def redo_entry(self, seq: int) -> Saved:
        """Make one decision that was undone count again; later ones stay."""
        found = journal.decisions(self.store.connection)
        cancelled = undone(found)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        undo = next((one for one in found if one.undoes == seq and one.seq not in cancelled), None)
        if entry is None or undo is None:
            raise DecisionRefused(f"#{seq} is not undone.")
        return self._take_back([(undo.seq, entry)], "done again")

    def redo(self) -> Saved:
        """Take back the latest undo, or group of undos; there is none once something was decided after it."""
        found = journal.latest_undone(self.store.connection)
        if not found:
            raise DecisionRefused("there is nothing to redo.")
        return self._take_back([(turn.seq, entry) for turn, entry in found], "done again")

    def next_undo(self) -> Ahead | None:
        """What ``undo`` would take back."""
        return self._ahead([entry for _, entry in journal.latest_act(self.store.connection)])

    def next_redo(self) -> Ahead | None:
        """What ``redo`` would do again."""
        return self._ahead([entry for _, entry in journal.latest_undone(self.store.connection)])

    def _ahead(self, found: Sequence[Entry]) -> Ahead | None:
        if not found:
            return None
        first = found[0]
        return Ahead(first.seq, str(first.body["choice"]), *self._row(first.row), len(found))

    def _row(self, row_id: str) -> tuple[str, int]:
        """Event id and record id; of a row that is gone its row id and 0."""
        record_id = self.cases.by_row_id(row_id)
        return (self.cases.case(record_id).event_id, record_id) if record_id else (row_id, 0)

    def _latest(self, record_id: int | None) -> list[Entry]:
        """The latest decision that counts; of the workspace, with the others of its group."""
        if record_id is not None:
            return self._latest_of_row(record_id)
        return [entry for _, entry in journal.latest_act(self.store.connection)]

    def _latest_of_row(self, record_id: int) -> list[Entry]:
        """The latest decision of a row that counts, with the one that was made with it on its partner."""
        case = self.cases.case(record_id)
        connection = self.store.connection
        found = journal.effective_of_row(connection, case.row_id)[-1:]
        if found and found[0].group and case.partner:
            theirs = journal.effective_of_row(connection, self.cases.case(case.partner).row_id)[-1:]
            found += [entry for entry in theirs if entry.group == found[0].group]
        return found

    def _take_back(self, pairs: Sequence[tuple[int, Entry]], verb: str) -> Saved:
        """Take entries back, each number given with the decision that it comes to; more than one are a group."""
        with self.together() if len(pairs) > 1 else nullcontext():
            seqs = [self._take_back_one(seq, decision) for seq, decision in pairs]
        first = pairs[0][1]
        text = f"{verb}: #{first.seq}, {first.body['choice']}"
        if len(pairs) > 1:
            text = f"{verb}: the set of #{first.group}, {first.body['choice']}"
        event_id, record_id = self._row(first.row)
        return Saved(seqs[-1], record_id, event_id, text, len(pairs))

    def _take_back_one(self, seq: int, decision: Entry) -> int:
        with self._entry() as group:
            number = journal.append(self.store, "undo", {"of": seq, **group}, {"by": self.reviewer})
            self._project(decision.row, str(decision.body["choice"]))
        return number

    def _project(self, row_id: str, choice: str) -> None:  # noqa: ARG002
        """Bring the projection of a row up to an entry about it, which says or takes back ``choice``."""
        project_row(self.cases, row_id)


def project_row(cases: Cases, row_id: str) -> None:
    """Bring the projection of one row up to the journal; call it inside a transaction."""
    connection = cases.store.connection
    review = fold(journal.effective_of_row(connection, row_id))
    row = journal.projected(row_id, review)
    connection.execute("DELETE FROM decision WHERE row_id = ?", (row_id,))
    if row is None:
        return
    record_id = cases.by_row_id(row_id)
    stale = record_id is not None and cases.lapsed(cases.case(record_id), review)
    connection.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, int(stale)))
