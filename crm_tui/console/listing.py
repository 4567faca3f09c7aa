"""What each tab lists, where its cursor stands, and what is marked or found in it; decides nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace

from crm_tui.console.field_cursor import FieldCursor
from crm_tui.console.standing import Standing
from crm_tui.console.tabs import Tab, View
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.counts import Counts
from crm_tui.workspace.selection import listed


class Listing:
    """The tabs of one workspace as one person looks at them."""

    tab: Tab
    counts: Counts

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.store = cases.store
        self.fields = FieldCursor()
        self.query = ""
        self.anchor: int | None = None
        """Position where a range of marks starts, while one is being drawn."""
        self._found: Mapping[Queue, frozenset[int]] = {}
        self._views: dict[Tab, View] = {}
        self._marks: dict[Tab, frozenset[int]] = {}
        self._ids: dict[Tab, list[int]] = {}
        self._index: dict[Tab, int] = {}
        self._standing: Standing | None = None
        """The row under the cursor as it was read last; whatever moves the cursor or the rows drops it."""
        self._open: dict[Queue, set[int]] = {}

    # -- what is listed

    def view_of(self, tab: Tab) -> View:
        """Filter and order of a tab."""
        return self._views.get(tab, View(order=tab.orders[0]))

    @property
    def view(self) -> View:
        """Filter and order of the present tab."""
        return self.view_of(self.tab)

    def look(self, view: View) -> None:
        """List the present tab so; the cursor stays on its row, or goes to the first where that is hidden."""
        here = self.record_id
        self._set_view(self.tab, view)
        ids = self.ids()
        self.go(ids.index(here) if here in ids else 0)

    def _set_view(self, tab: Tab, view: View) -> None:
        known = view.order in tab.orders
        self._views[tab] = view if known else replace(view, order=tab.orders[0])
        self._ids.pop(tab, None)
        self._standing = None

    def ids(self, tab: Tab | None = None) -> list[int]:
        """Record ids of a tab as listed; deciding does not change them."""
        tab = tab or self.tab
        if tab.queue is None:
            return []
        if tab not in self._ids:
            view = self.view_of(tab)
            self._ids[tab] = listed(self.store.connection, tab.queue, view.filter, view.order)
        return self._ids[tab]

    def list_anew(self) -> None:
        """Read the list of every tab anew; cursors and marks stay on their rows, a search keeps what it found."""
        before, self._ids = self._ids, {}
        for tab, ids in before.items():
            at, now = self._index.get(tab, 0), self.ids(tab)
            moved = now.index(ids[at]) if ids and ids[at] in now else at
            self._index[tab] = max(0, min(moved, len(now) - 1))
        self._marks = {tab: marks.intersection(self.ids(tab)) for tab, marks in self._marks.items()}
        if self.anchor is not None:
            start, ids = before.get(self.tab, [])[self.anchor : self.anchor + 1], self.ids()
            self.anchor = ids.index(start[0]) if start and start[0] in ids else None
        found = frozenset[int]().union(*self._found.values())
        self._found = {queue: found.intersection(self.cases.ids(queue)) for queue in Queue} if found else {}
        self._standing = None
        self.fields.leave_unless(self.record_id)

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
        self.fields.leave_unless(self.record_id)

    def go_to(self, record_id: int) -> None:
        """Put the cursor on a record, in its own tab."""
        tab = Tab.of(self.cases.case(record_id).verdict.queue)
        if tab is not self.tab:
            self.open_tab(tab)
        self.go(self._position(self.tab, record_id))

    @property
    def tabs(self) -> list[Tab]:
        """The tabs that there are, in their order."""
        return [tab for tab in Tab if tab is not Tab.DUPLICATES or self.counts.duplicates]

    def switch(self, step: int) -> None:
        """Go to the next or the previous tab."""
        tabs = self.tabs
        self.open_tab(tabs[(tabs.index(self.tab) + step) % len(tabs)])

    def open_tab(self, tab: Tab) -> None:
        """Go to a tab; its cursor is where it was."""
        self.tab, self.anchor = tab, None
        self.fields.leave()
        self._standing = None

    def jump(self, wanted: Callable[[int], bool], step: int) -> bool:
        """Go to the next (or previous) listed row that is wanted, round the end; ``False`` when none is."""
        ids, start = self.ids(), self.index
        places = ((start + step * distance) % len(ids) for distance in range(1, len(ids) + 1))
        found = next((at for at in places if wanted(ids[at])), None)
        if found is None:
            return False
        self.go(found)
        return True

    def _position(self, tab: Tab, record_id: int) -> int:
        """Where a record stands; one that is not listed, as the filter hides it, brings all rows back."""
        at = self._listed_at(tab, record_id)
        if at is None:
            self._set_view(tab, View())
            at = self._listed_at(tab, record_id)
        return at or 0

    def _listed_at(self, tab: Tab, record_id: int) -> int | None:
        ids = self.ids(tab)
        if self.view_of(tab) == View() and tab is not Tab.DUPLICATES:
            at = bisect_left(ids, record_id)
            return at if ids[at : at + 1] == [record_id] else None
        return ids.index(record_id) if record_id in ids else None

    def _waiting(self, queue: Queue) -> set[int]:
        if queue not in self._open:
            self._open[queue] = set(self.cases.ids(queue, open_only=True))
        return self._open[queue]

    # -- the search

    def searched(self, query: str, found: Mapping[Queue, frozenset[int]]) -> None:
        """Keep what a search has found; ``""`` = nothing is searched for."""
        self.query, self._found = query, found

    def matches(self) -> frozenset[int]:
        """The rows of the present tab that were found."""
        return self._found.get(self.tab.queue, frozenset()) if self.tab.queue else frozenset()

    @property
    def matches_hidden(self) -> int:
        """How many were found in the present tab that its filter hides."""
        return len(self.matches() - set(self.ids())) if self.view.filter.values else 0

    def matches_in_tabs(self, step: int = 1) -> list[tuple[Tab, int]]:
        """Other tabs in which rows were found, and how many; the next first, or (``step`` −1) the one before."""
        at = self.tabs.index(self.tab)
        others = [self.tabs[(at + step * far) % len(self.tabs)] for far in range(1, len(self.tabs))]
        found = [(tab, len(self._found.get(tab.queue, ()))) for tab in others if tab.queue]
        return [(tab, number) for tab, number in found if number]

    def waiting_ids(self) -> list[int]:
        """The listed rows that still wait, in the order listed."""
        waiting = self._waiting(self.tab.queue) if self.tab.queue else set()
        return [record_id for record_id in self.ids() if record_id in waiting]

    # -- marks

    @property
    def marked(self) -> frozenset[int]:
        """The marked rows of the present tab, with the range that is being drawn."""
        marks = self._marks.get(self.tab, frozenset())
        if self.anchor is None:
            return marks
        first, last = sorted((self.anchor, self.index))
        return marks | frozenset(self.ids()[first : last + 1])

    def toggle_mark(self) -> None:
        """Mark the row, or take its mark off."""
        if self.record_id is not None:
            self._marks[self.tab] = self.marked ^ {self.record_id}

    def mark(self, record_ids: frozenset[int]) -> None:
        """Mark these rows of the present tab besides those that are marked."""
        self._marks[self.tab] = self.marked | record_ids

    def end_range(self) -> None:
        """Keep the marks of the range."""
        self._marks[self.tab], self.anchor = self.marked, None

    def unmark(self) -> bool:
        """Take all marks of the tab off, or drop the range; ``False`` where there was none."""
        had = bool(self.marked)
        if self.anchor is None:
            self._marks[self.tab] = frozenset()
        self.anchor = None
        return had
