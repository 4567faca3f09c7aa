"""Tables that no system knows, as a mixin of the review screen: their columns are asked for one table at a time."""

from __future__ import annotations

from collections.abc import Sequence

from crm_tui.console.loading import Came, Loading
from crm_tui.console.privacy import privacy_of
from crm_tui.errors import CrmTuiError
from crm_tui.intake.column_map import ColumnMap
from crm_tui.intake.source import UnknownTable
from crm_tui.text import counted, safe_text
from crm_tui.workspace.load import Found

_AGAIN = 0.3
"""Seconds until another try, while a dialog is open or a load goes on."""


class Mapping(Loading):
    """What is done with unknown tables; the screen that shows it is ``ReviewScreen``."""

    def map_tables(self, unknown: Sequence[UnknownTable]) -> None:
        """Ask what the columns of each table are, and load those that the reviewer confirms."""
        if not unknown or self.session.store.read_only:
            return
        if self.taking_in or self.app.screen is not self or self.session.anchor is not None:
            self.set_timer(_AGAIN, lambda: self.map_tables(unknown))
            return
        self.run_worker(lambda: self._read_sample(unknown), thread=True, group="sample", exclusive=True)

    def _read_sample(self, unknown: Sequence[UnknownTable]) -> None:
        """Beside the screen, which goes on: the first rows of a file may lie deep in an archive."""
        from crm_tui.intake.proposal import sample_rows

        try:
            rows = sample_rows(unknown[0].source)
        except CrmTuiError as error:
            self.app.call_from_thread(self._cannot_ask, str(error), unknown[1:])
        else:
            self.app.call_from_thread(self._ask_columns, unknown, rows)

    def _cannot_ask(self, why: str, rest: Sequence[UnknownTable]) -> None:
        self.say(why, "refused")
        self.map_tables(rest)

    def _ask_columns(self, unknown: Sequence[UnknownTable], rows: Sequence[Sequence[str]]) -> None:
        if self.app.screen is not self:
            self.set_timer(_AGAIN, lambda: self._ask_columns(unknown, rows))
            return
        from crm_tui.console.mapping_screen import MappingScreen

        first, *rest = unknown
        screen = MappingScreen(first.source, rows, self.session.cases.policy.default_region, lambda: self.paint)

        def answered(confirmed: ColumnMap | None) -> None:
            self._load_mapped(first, confirmed, rest)

        self.app.push_screen(screen, answered)

    def _load_mapped(self, table: UnknownTable, confirmed: ColumnMap | None, rest: Sequence[UnknownTable]) -> None:
        name = safe_text(privacy_of(self.app).file(table.source.name), 60)
        if confirmed is None:
            self.say(f"{name} was not loaded; to come back to it: crm-tui review FILE -w WORKSPACE", "refused")
            self.map_tables(rest)
            return

        def came(what: Came) -> None:
            if not what.report.problems:
                rows = counted(what.rows, "new row")
                self.say(f"{name} was loaded by the columns you confirmed: {rows}; the map is kept for the next one")
            self.map_tables(rest)

        self.load_beside(Found([], [], [table]), name, came, [confirmed])
