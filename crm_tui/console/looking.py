"""The keys that look beyond one row, as a mixin of the review screen: the whole, what is around a row, an address."""

from __future__ import annotations

from dataclasses import replace

from crm_tui.console.privacy import Ours
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.tabs import View
from crm_tui.text import safe_text


class Looking(ReviewPart):
    """What looking keys do; the screen that shows it is ``ReviewScreen``."""

    def action_summary(self) -> None:
        """See the whole; from there to the rows of one line."""
        from crm_tui.console.blocks import Goal
        from crm_tui.console.summary_screen import SummaryScreen

        def answered(goal: Goal | None) -> None:
            if goal is not None:
                self.session.open_tab(goal.tab)
                self.look(replace(self.session.view, filter=goal.filter))

        self.app.push_screen(SummaryScreen(self.session), answered)

    def action_related(self) -> None:
        """See what else there is about the people of this row."""
        from crm_tui.console.related_screen import RelatedScreen

        standing = self.session.standing
        if standing is not None:
            self.app.push_screen(RelatedScreen(self.session, standing), self._go_to_record)

    def _go_to_record(self, record_id: int | None) -> None:
        if record_id is None:
            return
        self.session.fields.leave()
        self.session.go_to(record_id)
        self.moved()

    def action_go_to(self) -> None:
        """Ask for an address, and go there."""
        from crm_tui.console.dialogs import Prompt

        about = Ours(
            "An event id (APT-7002), a row id, a journal number (#12), or a file and line (close-appointments.csv:3)."
        )
        self.app.push_screen(Prompt("Go to", about, verb="go", private=True), self._go_to_address)

    def _go_to_address(self, address: str | None) -> None:
        from crm_tui.workspace.address import at_address

        if not address:
            return
        found = at_address(self.session.cases, address)
        named = safe_text(self.session.privacy.name(address), 60)
        if not found:
            self.say(f"no row is called {named}" + self.told("; {search} searches in all cells."), "refused")
            return
        here = self.session.record_id
        at = (found.index(here) + 1) % len(found) if here in found else 0
        self._go_to_record(found[at])
        several = f"{at + 1} of {len(found)} rows called {named}; the same address goes on."
        self.say(several if len(found) > 1 else "")

    def look(self, view: View) -> None:
        """List the present tab so, and say how many rows that are."""
        raise NotImplementedError
