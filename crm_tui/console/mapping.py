"""Tables that no system knows, as a mixin of the review screen: their columns are asked for one table at a time."""

from __future__ import annotations

from collections.abc import Sequence

from crm_tui.console.privacy import privacy_of
from crm_tui.console.review_part import ReviewPart
from crm_tui.errors import CrmTuiError
from crm_tui.intake.column_map import ColumnMap
from crm_tui.intake.source import UnknownTable
from crm_tui.text import counted, safe_text
from crm_tui.workspace.load import Found, load_more

_AGAIN = 0.3
"""Seconds until another try, while a dialog is open."""


class Mapping(ReviewPart):
    """What is done with unknown tables; the screen that shows it is ``ReviewScreen``."""

    def map_tables(self, unknown: Sequence[UnknownTable]) -> None:
        """Ask what the columns of each table are, and load those that the reviewer confirms."""
        if not unknown or self.session.store.read_only:
            return
        if self.app.screen is not self or self.session.anchor is not None:
            self.set_timer(_AGAIN, lambda: self.map_tables(unknown))
            return
        from crm_tui.console.mapping_screen import MappingScreen

        first, *rest = unknown
        try:
            screen = MappingScreen(first.source, self.session.cases.policy.default_region, lambda: self.paint)
        except CrmTuiError as error:
            self.say(str(error), "refused")
            self.map_tables(rest)
            return

        def answered(confirmed: ColumnMap | None) -> None:
            self._load_mapped(first, confirmed)
            self.map_tables(rest)

        self.app.push_screen(screen, answered)

    def _load_mapped(self, table: UnknownTable, confirmed: ColumnMap | None) -> None:
        name = safe_text(privacy_of(self.app).file(table.source.name), 60)
        if confirmed is None:
            self.say(f"{name} was not loaded; to come back to it: crm-tui review FILE -w WORKSPACE", "refused")
            return
        before = self.session.counts.rows
        try:
            report = load_more(self.session.store, Found([], [], [table]), self.session.reviewer, [confirmed])
        except CrmTuiError as error:
            self.say(str(error), "refused")
            return
        self.session.refresh()
        if report.problems:
            self.say(report.problems[0], "refused")
        else:
            rows = counted(self.session.counts.rows - before, "new row")
            self.say(f"{name} was loaded by the columns you confirmed: {rows}; the map is kept for the next one")
        self.show()
