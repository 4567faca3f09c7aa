"""What the screen does, without a terminal: rows as they stand, decisions and the kept place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from crm_tui.classify.fields import choice_question
from crm_tui.console.action import Context
from crm_tui.console.actions import BY_ID
from crm_tui.console.field_cursor import works_on_field
from crm_tui.console.listing import Listing
from crm_tui.console.privacy import MASKED, Privacy
from crm_tui.console.settings import SHIPPED, Settings
from crm_tui.console.standing import CHECKS, MOST, Standing, approvable, in_time, likeness, side_tokens
from crm_tui.console.tabs import Tab, View
from crm_tui.errors import DecisionRefused, WorkspaceError
from crm_tui.model import CaseField, Queue
from crm_tui.workspace.cases import Cases, Row
from crm_tui.workspace.counts import Counts
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.memory import earlier
from crm_tui.workspace.selection import Order, of_population, of_rule, put_off
from crm_tui.workspace.undoing import Ahead, Saved

if TYPE_CHECKING:
    from crm_tui.console.rehearsal import Considered

_CACHED_ROWS = 2_000
_PLACE = "place"
_ORDERS = "orders"
"""How the tabs are sorted: ``Ledger=CONTACT Conflicts=TIME``, of those that are not as they stand by themselves."""


class Session(Listing):
    """One person at one workspace."""

    def __init__(self, cases: Cases, reviewer: str, *, presenting: bool = False, settings: Settings = SHIPPED) -> None:
        super().__init__(cases)
        self.settings = settings
        self._considered: dict[int, Considered] = {}
        self._judged_by: object = None
        self._listed_by: object = cases.sources
        self.checked = True
        """Whether the whole journal was checked; ``False`` while that goes on beside the screen."""
        self.privacy = Privacy(cases, presenting=presenting)
        self._kept_mask = bool(self.store.meta(MASKED))
        if self._kept_mask:
            self.privacy.switch(on=True, presenting=presenting)
        self.decisions = Decisions(cases, reviewer)
        self.counts: Counts = cases.counts()
        self._rows: dict[int, Row] = {}
        self._kept = self.store.meta(_PLACE)
        self._ahead: tuple[Ahead | None, Ahead | None] | None = None
        self._kept_orders = self.store.meta(_ORDERS)
        self._sort_as_kept()
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
            (Tab.DUPLICATES, self.counts.duplicates_left),
            (Tab.ERRORS, self.counts.errors),
        ):
            if number:
                return tab
        return Tab.SLICE

    def next_open(self, step: int = 1, *, same_rule: bool = False) -> bool:
        """Go to the next (or previous) listed row that waits, round the end, to those put off last; ``False``: none."""
        queue, standing = self.tab.queue, self.standing
        if standing is None or queue is None:
            return False
        waiting: Set[int] = self._waiting(queue)
        if same_rule:
            waiting = waiting & self._near(standing)
        # What was deferred or asked comes last: it would stand in the way of what nobody has looked at.
        later = put_off(self.store.connection, queue)
        now = self.jump(lambda one: one in waiting and one not in later, step)
        return now or self.jump(waiting.__contains__, step)

    def mark_alike(self) -> bool:
        """Mark the listed rows that wait and are like this one: same rule, source and set of open choices.

        Of no more rows than a rehearsal takes, from the first one listed; gives whether there may be more.
        """
        from crm_tui.console.rehearsal import consider

        here = self.standing
        if self.tab.queue is None or here is None:
            return False
        near, wanted = self.near_ids(), likeness(here.case)
        if self.tab is Tab.LEDGER:
            # Each has the one choice that is ready, about its own contact: no row need be judged for it.
            found = set(near[:MOST])
        else:
            found = {one.record_id for one in consider(self, near[:MOST]) if one.likeness == wanted}
        self.mark(frozenset({here.record_id, *found}))
        return len(near) > MOST

    @property
    def considered(self) -> dict[int, Considered]:
        """What is known of rows that a set was made of; whatever decides on them, or judges any row anew, drops it."""
        if self._judged_by is not self.cases.sources:
            self._considered.clear()
            self._judged_by = self.cases.sources
        return self._considered

    def near_ids(self) -> list[int]:
        """The listed rows that wait and are near this one, which is the first of them."""
        here = self.standing
        if here is None:
            return []
        near = self._near(here, here.case.source)
        return [here.record_id, *(one for one in self.waiting_ids() if one in near and one != here.record_id)]

    def _near(self, here: Standing, source: str = "") -> frozenset[int]:
        """The rows of the rule of this one, with ``source`` those of its files; of a group, those of its records."""
        if here.record_id < 0:
            return of_population(self.store.connection, here.record_id)
        verdict = here.case.verdict
        return of_rule(self.store.connection, verdict.queue, verdict.rule, source)

    @property
    def context(self) -> Context:
        """What the keys act on."""
        return Context.FIELDS if self.field else Context.of(self.tab.queue)

    @property
    def field(self) -> CaseField | None:
        """The field under the cursor; ``None`` outside of a row's fields."""
        return self.fields.field(self.standing) if self.fields.record_id else None

    def refresh(self) -> None:
        """Read everything anew after a load; the cursor stays on its row in every tab, and goes to the first rows."""
        empty = not self.counts.rows
        self.cases.refresh()
        self.privacy.refresh()
        self._read_all()
        if empty and self.tab is Tab.SLICE:
            self.open_tab(self._start())

    def _sort_as_kept(self) -> None:
        for kept in self._kept_orders.split():
            with suppress(ValueError, KeyError):
                tab, order = kept.split("=")
                self._set_view(Tab(tab), View(order=Order[order]))

    def _keep_orders(self) -> None:
        """Write how the tabs are sorted, unless it is written already."""
        views = {tab: self.view_of(tab) for tab in Tab}
        orders = " ".join(f"{tab}={view.order.name}" for tab, view in views.items() if view.order is not tab.orders[0])
        if self.store.read_only or orders == self._kept_orders:
            return
        with suppress(WorkspaceError), self.store.transaction():
            self.store.set_meta(_ORDERS, orders)
            self._kept_orders = orders

    def keep_mask(self) -> None:
        """Write whether the mask is on, unless it is written already: the next start is masked as this one is left."""
        on = self.privacy.on
        if self.store.read_only or on == self._kept_mask:
            return
        with suppress(WorkspaceError), self.store.transaction():
            self.store.set_meta(MASKED, "on" if on else "")
            self._kept_mask = on

    def keep_place(self) -> None:
        """Write where the cursor is, as a row id, unless it is written already; a full disk is no reason to stop."""
        self.keep_mask()
        self._keep_orders()
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

    @property
    def seen(self) -> Standing | None:
        """The row under the cursor as it may be seen: what is drawn, and never decided on."""
        standing = self.standing
        return standing and in_time(self.privacy.standing(standing), self.settings)

    def _read_standing(self, record_id: int) -> Standing:
        self.privacy.look(record_id)
        with self.cases.looking_at([record_id]):
            case, review = self.cases.case(record_id), self.cases.review(record_id)
            chosen, options = self.cases.decided_option(record_id, review), self.cases.options(record_id, review.picks)
            latest, before = self.cases.is_latest(record_id), earlier(self.cases, record_id, review)
            return Standing(record_id, case, review, chosen, latest, options, before)

    def row(self, record_id: int, page: Iterable[int]) -> Row:
        """A queue line; when it is not at hand, those of ``page`` that are missing come with one query."""
        if record_id not in self._rows:
            missing = [one for one in page if one not in self._rows]
            if len(self._rows) + len(missing) > _CACHED_ROWS:
                self._rows.clear()
            self._rows.update((row.record_id, row) for row in self.cases.rows(missing))
        return self._rows[record_id]

    @property
    def ahead(self) -> tuple[Ahead | None, Ahead | None]:
        """What undo would take back, and what redo would do again; read once a decision."""
        if self._ahead is None:
            self._ahead = (self.decisions.next_undo(), self.decisions.next_redo())
        return self._ahead

    # -- what can be done here

    def can(self, action_id: str) -> bool:
        """Whether an action would do something on this row."""
        action = BY_ID[action_id]
        if self.context not in action.contexts or (action.decides and self.store.read_only):
            return False
        standing = self.standing
        if standing is None:
            return not action.decides or action_id in ("undo", "redo", "handoff")
        if self.field:
            return works_on_field(action_id, self.cases.facts(standing.record_id), standing, self.field)
        check = CHECKS.get(action_id)
        return check is None or check(standing)

    def question(self, token: str = "") -> str:
        """What must be answered before choosing ``token`` (approving: ``""``); ``""`` = nothing."""
        standing = self.standing
        if standing is None:
            return ""
        picks = standing.review.picks
        option = self.cases.option(standing.record_id, token, picks) if token else approvable(standing)
        given = "" if token else standing.review.reason
        return choice_question(option) if option and not given.strip() else ""

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

    def decide_set(self, act: Callable[[Decisions], Saved], words: str) -> Saved:
        """Do one thing with many rows, all of it or none; the cursor stays."""
        try:
            with self.decisions.together():
                saved = act(self.decisions)
        finally:
            self._read_all()
        return replace(saved, text=words)

    def take_back(self, act: Callable[[Decisions], Saved]) -> Saved:
        """Undo or redo; the cursor goes to the row that it was about."""
        saved = act(self.decisions)
        # Which rows it would be is known only afterwards; undoing is rare enough to count anew.
        self._read_all()
        if saved.record_id:
            self.go_to(saved.record_id)
            self.keep_place()
        return saved

    def _recorded(self, record_id: int, act: Callable[[], Saved]) -> Saved:
        partner = self.cases.case(record_id).partner
        before = {row: self._outstanding(row) for row in (record_id, partner) if row}
        try:
            saved = act()
        except WorkspaceError:
            # A write that failed may still be on disk: show what the file says.
            self._read_all()
            raise
        for row, waited in before.items():
            waits = self._outstanding(row)
            if waits != waited:
                self._count(row, 1 if waits else -1)
            self._rows.pop(row, None)
            self.considered.pop(row, None)
        self._standing = self._ahead = None
        return saved

    def _outstanding(self, record_id: int) -> bool:
        return self.cases.review(record_id).state.outstanding

    def _read_all(self) -> None:
        """Read anew what is said of all rows."""
        self._rows.clear()
        self._open.clear()
        self.considered.clear()
        self._standing = self._ahead = None
        with suppress(sqlite3.Error):
            self.counts = self.cases.counts()
            if self._listed_by is not self.cases.sources:
                # What judges rows anew reads the sources anew, and may move rows from queue to queue.
                self.list_anew()
                self._listed_by = self.cases.sources

    def _count(self, record_id: int, step: int) -> None:
        queue = self.cases.case(record_id).verdict.queue
        if queue is Queue.LEDGER:
            self.counts = replace(self.counts, ledger_left=self.counts.ledger_left + step)
        elif queue is Queue.CONFLICT:
            self.counts = replace(self.counts, conflicts_left=self.counts.conflicts_left + step)
        elif queue is Queue.DUPLICATE:
            self.counts = replace(self.counts, duplicates_left=self.counts.duplicates_left + step)
        waiting = self._open.get(queue, set())
        if step > 0:
            waiting.add(record_id)
        else:
            waiting.discard(record_id)
