"""The keys that find rows, as a mixin of the review screen: filter, sort, jumps."""

from __future__ import annotations

from dataclasses import replace

from crm_tui.console.filter_dialog import filter_words
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.tabs import View
from crm_tui.text import counted
from crm_tui.workspace.selection import Facet, Filter, Value, band


class Finding(ReviewPart):
    """What finding keys do; the screen that shows it is ``ReviewScreen``."""

    def action_next_open(self) -> None:
        """Next undecided row."""
        self._go_open(1)

    def action_previous_open(self) -> None:
        """Undecided row before."""
        self._go_open(-1)

    def action_next_like(self) -> None:
        """Next undecided row of this rule."""
        self._go_open(1, same_rule=True)

    def action_previous_like(self) -> None:
        """Undecided row of this rule before."""
        self._go_open(-1, same_rule=True)

    def _go_open(self, step: int, *, same_rule: bool = False) -> None:
        if self.session.next_open(step, same_rule=same_rule):
            self.hush("saved")
            self.moved()
        else:
            self.say(f"nothing {'of this rule ' if same_rule else ''}is undecided in this list.")

    def action_filter(self) -> None:
        """Choose which rows are listed."""
        from crm_tui.console.filter_dialog import FilterDialog

        session, queue = self.session, self.session.tab.queue
        if queue is None:
            return

        def answered(chosen: Filter | None) -> None:
            if chosen is not None:
                self.look(replace(session.view, filter=chosen))

        dialog = FilterDialog(session.cases, queue, session.view.filter, self._value_here(), lambda: self.paint)
        self.app.push_screen(dialog, answered)

    def _value_here(self) -> Value:
        """What the cursor of the filter starts at: the rule of the row, or how probable the group is."""
        standing = self.session.standing
        if standing and standing.record_id < 0:
            return Value(Facet.PROBABILITY, band(self.session.store.connection, standing.record_id))
        return Value(Facet.RULE, standing.case.verdict.rule if standing else "")

    def action_sort(self) -> None:
        """List the rows in the next order."""
        orders = self.session.tab.orders
        if self.session.tab.queue is not None:
            order = orders[(orders.index(self.session.view.order) + 1) % len(orders)]
            self.look(replace(self.session.view, order=order))
            again = self.session.settings.key("sort")
            self.say(f"sorted by {self.session.view.order.value}; {again} goes on to the next order.")

    def look(self, view: View) -> None:
        """List the present tab so, and say how many rows that are."""
        self.session.look(view)
        self.moved()
        number = counted(len(self.session.ids()), self.session.tab.noun)
        words = filter_words(self.session.cases, self.session.privacy, view.filter)
        self.say(f"{number} listed by {words}; esc shows all." if words else f"{number}: all of this tab.")

    def action_back(self) -> None:
        """Out of what narrows the list."""
        view = self.session.view
        if self.stop_loading() or self.leave_fields():
            return
        if self.leave_search():
            self.moved()
            self.say("search left.")
        elif self.session.unmark():
            self.moved()
            self.say("no marks.")
        elif view.filter.values:
            self.look(replace(view, filter=Filter()))
