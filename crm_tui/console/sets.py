"""The keys that work on many rows, as a mixin of the review screen: marks, ranges, all alike, the rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crm_tui.console.review_part import ReviewPart
from crm_tui.console.tabs import Tab
from crm_tui.text import counted
from crm_tui.workspace.decisions import decided_words

if TYPE_CHECKING:
    from crm_tui.console.rehearsal import Plan

_AT_ONCE = 2_000
"""Rows that are judged without a bar: a second."""


class Sets(ReviewPart):
    """What set keys do; the screen that shows it is ``ReviewScreen``."""

    def action_mark(self) -> None:
        """Mark the row, or not, and go on."""
        if self.session.standing is None:
            return
        if self.session.anchor is None:
            self.session.toggle_mark()
            self.session.go(self.session.index + 1)
        else:
            self.session.end_range()
        self._marked()

    def action_range(self) -> None:
        """Start a range at this row; again: mark it."""
        if self.session.standing is None:
            return
        if self.session.anchor is None:
            self.session.anchor = self.session.index
            self.show()
            self.say(self.told("range from here: move, then {range} marks it; esc drops it."))
        else:
            self.session.end_range()
            self._marked()

    def action_mark_alike(self) -> None:
        """Mark what is like this row."""
        session = self.session

        def mark() -> None:
            more = session.mark_alike()
            self._marked(", and there may be more that are like it" if more else "")

        here = session.standing
        if here is None:
            return
        if decided := decided_words(here.case, here.review):
            self.say(decided, "refused")
        elif session.tab is Tab.LEDGER:
            mark()
        else:
            self._considered(f"Looking for {session.tab.noun}s like this one", session.near_ids(), mark)

    def _considered(self, title: str, record_ids: Sequence[int], then: Callable[[], None]) -> None:
        """Judge the rows of a set, with a bar where that takes a while; then go on, unless it was stopped."""
        from crm_tui.console.rehearsal import consider
        from crm_tui.console.standing import MOST

        wanted = record_ids[:MOST]
        if sum(one not in self.session.considered for one in wanted) <= _AT_ONCE:
            then()
            return
        from crm_tui.console.working import Working

        def answered(whole: bool | None) -> None:
            if whole:
                then()
            else:
                self.say("stopped; nothing was written.")

        rows = consider(self.session, wanted)
        self.app.push_screen(Working(title, rows, len(wanted), lambda: self.paint), answered)

    def _marked(self, also: str = "") -> None:
        self.moved()
        number = len(self.session.marked)
        told = f"{counted(number, self.session.tab.noun)} marked{also}" + self.told(
            "; {apply_set} rehearses, esc takes the marks off."
        )
        self.say(told if number else "no marks.")

    def action_apply_set(self) -> None:
        """Rehearse, then do one thing with all rows of the set."""
        session = self.session
        if session.tab.queue is None:
            return
        if session.store.read_only:
            self.say("this workspace is open read-only: nothing can be decided here.", "refused")
            return
        from crm_tui.console.rehearsal import rows_of_set

        session.end_range()
        self._considered("Rehearsing", rows_of_set(session), self._rehearse)

    def _rehearse(self) -> None:
        from crm_tui.console.rehearsal import rehearse
        from crm_tui.console.set_dialog import SetDialog

        session = self.session
        rehearsal = rehearse(session)
        if not rehearsal.rows:
            self.say("nothing is undecided in this list.")
            return
        dialog = SetDialog(rehearsal, lambda: self.paint)

        def answered(yes: bool | None) -> None:
            if yes and dialog.plan:
                self._ask_words(dialog.plan)

        self.app.push_screen(dialog, answered)

    def _ask_words(self, plan: Plan) -> None:
        if not plan.deed.question:
            self._apply(plan, "")
            return
        from crm_tui.console.dialogs import Prompt

        def answered(words: str | None) -> None:
            if words:
                self._apply(plan, words)

        number = counted(len(plan.applied), self.session.tab.noun)
        title = f"{plan.deed.words.partition(',')[0].capitalize()}: {number}"
        self.app.push_screen(Prompt(title, plan.deed.question, verb=plan.deed.verb.value), answered)

    def _apply(self, plan: Plan, words: str) -> None:
        from crm_tui.console.rehearsal import apply

        if self.attempt(lambda: apply(self.session, plan, words)):
            self.session.unmark()
            self.session.next_open()
            self.session.keep_place()
            self.show()
