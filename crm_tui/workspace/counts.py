"""How many rows there are, and what is left: the one count that every screen, command and sentence tells.

Its words mean the same everywhere (the files of a handoff have status words of their own, see the README):

* ``ready``: a row of the ledger.  Every key agrees; it waits for an approval and for nothing else.
* ``held``: a row in the conflict queue, or a group of duplicates.  Nothing happens until a person has chosen.
* ``blocked``: an error row.  It cannot be judged until its source is put right; nobody decides it, so it is never open.
* ``decided``: a ready or held row that was approved or rejected, on evidence that has not moved since.
* ``open``: a ready or held row, or a group, that is not decided; also one that is chosen, deferred or asked about.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from crm_tui.model import Queue
from crm_tui.text import counted
from crm_tui.workspace.groups import Groups

ENDED = "FROM decision JOIN record USING (row_id) WHERE state IN ('approved', 'rejected') AND NOT stale"
"""The rows that are decided; of the queues that are decided at all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows per queue, and how many of the ledger and conflict rows are open."""

    ledger: int = 0
    conflicts: int = 0
    errors: int = 0
    ledger_left: int = 0
    conflicts_left: int = 0
    duplicates: int = 0
    """Groups of records that may be the same; no rows, so in none of the sums of rows."""
    duplicates_left: int = 0

    @property
    def rows(self) -> int:
        """All judged rows."""
        return self.ledger + self.conflicts + self.errors

    @property
    def to_decide(self) -> int:
        """Rows that a person decides: errors are blocked already."""
        return self.ledger + self.conflicts

    @property
    def left(self) -> int:
        """Rows that are open; a handoff is a full one when there is none."""
        return self.ledger_left + self.conflicts_left

    @property
    def decided(self) -> int:
        """Rows approved or rejected."""
        return self.to_decide - self.left

    @property
    def open(self) -> int:
        """Rows and groups that are open."""
        return self.left + self.duplicates_left

    @property
    def done(self) -> tuple[int, int]:
        """How many rows and groups are decided, and how many a person decides in all: what a bar shows."""
        every = self.to_decide + self.duplicates
        return every - self.open, every

    @property
    def progress(self) -> str:
        """``7 of 13 decided``; where there are groups, ``7 of 13 rows, 1 of 4 groups decided``."""
        if not self.duplicates:
            return self.rows_progress
        groups = f"{self.duplicates - self.duplicates_left:,} of {counted(self.duplicates, 'group')}"
        return f"{self.decided:,} of {counted(self.to_decide, 'row')}, {groups} decided"

    @property
    def rows_progress(self) -> str:
        """``7 of 13 decided``: of the rows alone, as a handoff is full or partial by them."""
        return f"{self.decided:,} of {self.to_decide:,} decided"

    @property
    def left_words(self) -> str:
        """What is left, as every screen says it: ``open: 4 held, 2 ready, 1 group of duplicates · 3 blocked``."""
        groups = counted(self.duplicates_left, "group of duplicates", "groups of duplicates")
        parts = (
            (self.conflicts_left, f"{self.conflicts_left:,} held"),
            (self.ledger_left, f"{self.ledger_left:,} ready"),
            (self.duplicates_left, groups),
        )
        opened = ", ".join(words for number, words in parts if number)
        return (f"open: {opened}" if opened else "nothing open") + self._blocked

    @property
    def brief_words(self) -> str:
        """The same where there is little room: ``6 open, 1 group · 3 blocked``; groups are no rows."""
        groups = counted(self.duplicates_left, "group")
        parts = ((self.left, f"{self.left:,} open"), (self.duplicates_left, groups if self.left else f"{groups} open"))
        return (", ".join(words for number, words in parts if number) or "nothing open") + self._blocked

    @property
    def _blocked(self) -> str:
        return f" · {self.errors:,} blocked" if self.errors else ""


def read_counts(connection: sqlite3.Connection) -> Counts:
    """The counts of a workspace as it stands."""
    # Each from an index: a row with its bytes is read only where it is decided.
    rows = Counter(dict(connection.execute("SELECT queue, COUNT(*) FROM record GROUP BY queue").fetchall()))
    left = rows - Counter(dict(connection.execute(f"SELECT queue, COUNT(*) {ENDED} GROUP BY queue").fetchall()))
    return Counts(
        rows[Queue.LEDGER],
        rows[Queue.CONFLICT],
        rows[Queue.ERROR],
        left[Queue.LEDGER],
        left[Queue.CONFLICT],
        *Groups(connection).counts(),
    )
