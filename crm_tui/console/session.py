"""What the screen does, without a terminal: tabs, the cursor in each, pages of rows, decisions and the kept place."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.console.actions import BY_ID, Context
from crm_tui.errors import DecisionRefused, WorkspaceError
from crm_tui.model import Case, Option, Queue, Review, State
from crm_tui.workspace.cases import Cases, Counts, Row
from crm_tui.workspace.decisions import Decisions, Saved

_CACHED_ROWS = 2_000
_PLACE = "place"


class Tab(StrEnum):
    """The tabs, in their order."""

    LEDGER = "Ledger"
    CONFLICTS = "Conflicts"
    ERRORS = "Errors"
    SLICE = "Slice"

    @property
    def queue(self) -> Queue | None:
        """The queue that the tab lists; ``None`` for the slice."""
        return _QUEUES.get(self)

    @classmethod
    def of(cls, queue: Queue) -> Tab:
        """The tab of a queue."""
        return next(tab for tab, own in _QUEUES.items() if own is queue)


_QUEUES = {Tab.LEDGER: Queue.LEDGER, Tab.CONFLICTS: Queue.CONFLICT, Tab.ERRORS: Queue.ERROR}


@dataclass(frozen=True, slots=True)
class Standing:
    """The row under the cursor with everything that is drawn of it."""

    record_id: int
    case: Case
    review: Review
    chosen: Option | None
    latest: bool


class Session:
    """One person at one workspace."""

    def __init__(self, cases: Cases, reviewer: str) -> None:
        self.cases = cases
        self.store = cases.store
        self.decisions = Decisions(cases, reviewer)
        self.counts: Counts = cases.counts()
        self._ids: dict[Queue, list[int]] = {}
        self._open: dict[Queue, list[int]] = {}
        self._rows: dict[int, Row] = {}
        self._standing: Standing | None = None
        self._index: dict[Tab, int] = {}
        self._kept = self.store.meta(_PLACE)
        self.tab = self._start()

    @property
    def reviewer(self) -> str:
        """Who decides."""
        return self.decisions.reviewer

    def rename(self, name: str) -> None:
        """Keep the reviewer's name with the workspace."""
        self.decisions = Decisions(self.cases, name)
        with self.store.transaction():
            self.store.set_meta("reviewer", name)

    # -- where the cursor is

    def _start(self) -> Tab:
        record_id = self.cases.by_row_id(self._kept) if self._kept else None
        if record_id is not None:
            tab = Tab.of(self.cases.case(record_id).verdict.queue)
            self._index[tab] = self._position(tab, record_id)
            return tab
        for tab, number in (
            (Tab.CONFLICTS, self.counts.conflicts_left),
            (Tab.LEDGER, self.counts.ledger_left),
            (Tab.CONFLICTS, self.counts.conflicts),
            (Tab.LEDGER, self.counts.ledger),
            (Tab.ERRORS, self.counts.errors),
        ):
            if number:
                return tab
        return Tab.SLICE

    def _position(self, tab: Tab, record_id: int) -> int:
        ids = self.ids(tab)
        index = bisect_left(ids, record_id)
        return min(index, max(0, len(ids) - 1))

    @property
    def context(self) -> Context:
        """What the keys act on."""
        return Context.of(self.tab.queue)

    def ids(self, tab: Tab | None = None) -> list[int]:
        """Record ids of a tab, ascending; deciding does not change them."""
        queue = (tab or self.tab).queue
        if queue is None:
            return []
        if queue not in self._ids:
            self._ids[queue] = self.cases.ids(queue)
        return self._ids[queue]

    @property
    def index(self) -> int:
        """Position of the cursor in the present tab."""
        return self._index.get(self.tab, 0)

    @property
    def record_id(self) -> int | None:
        """The record under the cursor."""
        ids = self.ids()
        return ids[self.index] if ids else None

    def go(self, index: int) -> None:
        """Put the cursor on a position, kept within the list."""
        self._index[self.tab] = max(0, min(index, len(self.ids()) - 1))
        self._standing = None

    def go_to(self, record_id: int) -> None:
        """Put the cursor on a record, in its own tab."""
        self.tab = Tab.of(self.cases.case(record_id).verdict.queue)
        self.go(self._position(self.tab, record_id))

    def switch(self, step: int) -> None:
        """Go to the next or the previous tab."""
        tabs = list(Tab)
        self.open_tab(tabs[(tabs.index(self.tab) + step) % len(tabs)])

    def open_tab(self, tab: Tab) -> None:
        """Go to a tab; its cursor is where it was."""
        self.tab = tab
        self._standing = None

    def next_open(self, step: int = 1) -> bool:
        """Go to the next (or previous) row that still waits, round the end; ``False`` when none does."""
        here, queue = self.record_id, self.tab.queue
        if here is None or queue is None:
            return False
        waiting = self._waiting(queue)
        if not waiting:
            return False
        at = bisect_right(waiting, here) if step > 0 else bisect_left(waiting, here) - 1
        self.go_to(waiting[at % len(waiting)])
        return True

    def _waiting(self, queue: Queue) -> list[int]:
        if queue not in self._open:
            self._open[queue] = self.cases.ids(queue, open_only=True)
        return self._open[queue]

    def keep_place(self) -> None:
        """Write where the cursor is, as a row id, unless it is written already; a full disk is no reason to stop."""
        standing = self.standing
        if standing is None or self.store.read_only or standing.case.row_id == self._kept:
            return
        with suppress(WorkspaceError), self.store.transaction():
            self.store.set_meta(_PLACE, standing.case.row_id)
            self._kept = standing.case.row_id

    # -- what is drawn

    @property
    def standing(self) -> Standing | None:
        """The row under the cursor; ``None`` in an empty tab."""
        record_id = self.record_id
        if record_id is None:
            return None
        if self._standing is None or self._standing.record_id != record_id:
            self._standing = self._read_standing(record_id)
        return self._standing

    def _read_standing(self, record_id: int) -> Standing:
        case, review = self.cases.case(record_id), self.cases.review(record_id)
        chosen = self.cases.option(record_id, review.choice) if review.choice else None
        return Standing(record_id, case, review, chosen, self.row(record_id, [record_id]).latest)

    def row(self, record_id: int, page: Iterable[int]) -> Row:
        """A queue line; when it is not at hand, those of ``page`` that are missing come with one query."""
        if record_id not in self._rows:
            missing = [one for one in page if one not in self._rows]
            if len(self._rows) + len(missing) > _CACHED_ROWS:
                self._rows.clear()
            self._rows.update((row.record_id, row) for row in self.cases.rows(missing))
        return self._rows[record_id]

    # -- what can be done here

    def can(self, action_id: str) -> bool:
        """Whether an action would do something on this row."""
        action = BY_ID[action_id]
        if self.context not in action.contexts or (action.decides and self.store.read_only):
            return False
        standing = self.standing
        if standing is None:
            return not action.decides or action_id in ("undo", "redo", "handoff")
        check = _CHECKS.get(action_id)
        return check is None or check(standing)

    def needs_reason(self, token: str = "") -> bool:
        """Whether choosing ``token`` (approving: ``""``) writes a protected field, so that a reason must be typed."""
        standing = self.standing
        if standing is None:
            return False
        option = self.cases.option(standing.record_id, token) if token else approvable(standing)
        given = "" if token else standing.review.reason
        return bool(option and option.locked and not given.strip())

    def side_token(self, step: int) -> str:
        """The token of the choosable side to the left or right of the choice; ``""`` when there is none."""
        standing = self.standing
        tokens = side_tokens(standing.case) if standing else []
        if not tokens:
            return ""
        chosen = standing.chosen.token if standing and standing.chosen else ""
        if chosen not in tokens:
            return tokens[0] if step < 0 else tokens[-1]
        return tokens[max(0, min(tokens.index(chosen) + step, len(tokens) - 1))]

    # -- deciding

    def decide(self, act: Callable[[Decisions, int], Saved], *, go_on: bool = False) -> Saved:
        """Do one decision on this row; with ``go_on`` the cursor then goes to the next row that waits."""
        record_id = self.record_id
        if record_id is None:
            raise DecisionRefused("there is no row here.")
        saved = self._recorded(record_id, lambda: act(self.decisions, record_id))
        if go_on:
            self.next_open()
        self.keep_place()
        return saved

    def decide_record(self, record_id: int, act: Callable[[Decisions, int], Saved]) -> Saved:
        """Do one decision on a named row; the cursor stays."""
        return self._recorded(record_id, lambda: act(self.decisions, record_id))

    def take_back(self, act: Callable[[Decisions], Saved]) -> Saved:
        """Undo or redo; the cursor goes to the row that it was about."""
        saved = act(self.decisions)
        # Which row it would be is known only afterwards; undoing is rare enough to count anew.
        self.counts = self.cases.counts()
        self._open.clear()
        self._forget(saved.record_id)
        if saved.record_id:
            self.go_to(saved.record_id)
            self.keep_place()
        return saved

    def _recorded(self, record_id: int, act: Callable[[], Saved]) -> Saved:
        before = self.cases.review(record_id).state.outstanding
        try:
            saved = act()
        except WorkspaceError:
            self._read_back(record_id)
            raise
        after = self.cases.review(record_id).state.outstanding
        if before != after:
            self._count(record_id, 1 if after else -1)
        self._forget(record_id)
        return saved

    def _read_back(self, record_id: int) -> None:
        """A write that failed may still be on disk: show what the file says."""
        self._forget(record_id)
        self._open.clear()
        with suppress(sqlite3.Error):
            self.counts = self.cases.counts()

    def _forget(self, record_id: int) -> None:
        self._rows.pop(record_id, None)
        self._standing = None

    def _count(self, record_id: int, step: int) -> None:
        queue = self.cases.case(record_id).verdict.queue
        if queue is Queue.LEDGER:
            self.counts = replace(self.counts, ledger_left=self.counts.ledger_left + step)
        elif queue is Queue.CONFLICT:
            self.counts = replace(self.counts, conflicts_left=self.counts.conflicts_left + step)
        waiting = self._open.get(queue)
        if waiting is not None:
            at = bisect_left(waiting, record_id)
            if step > 0:
                insort(waiting, record_id)
            elif waiting[at : at + 1] == [record_id]:
                del waiting[at]


def approvable(standing: Standing) -> Option | None:
    """What ``a`` would approve: the choice, else the suggestion."""
    if standing.review.state is State.APPROVED or standing.case.verdict.queue is Queue.ERROR:
        return None
    if standing.chosen and standing.review.state is not State.STALE:
        return standing.chosen
    return standing.case.option(standing.case.suggestion) if standing.case.suggestion else None


def side_tokens(case: Case) -> list[str]:
    """Tokens of the sides that can be chosen, as they stand on the screen from left to right."""
    return [option.token for option in case.options if any(side.option == option.token for side in case.sides)]


def takes_contacts(case: Case) -> bool:
    """Whether another contact of the map can be chosen."""
    return case.verdict.queue is Queue.CONFLICT and case.verdict.rule in IDENTITY_CONFLICTS


_CHECKS: dict[str, Callable[[Standing], bool]] = {
    "approve": lambda standing: approvable(standing) is not None,
    "clear": lambda standing: bool(standing.review.choice) and standing.review.state is not State.APPROVED,
    "map_contact": lambda standing: takes_contacts(standing.case),
    "choose_left": lambda standing: bool(side_tokens(standing.case)),
    "choose_right": lambda standing: bool(side_tokens(standing.case)),
}
