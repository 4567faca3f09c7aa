"""The mouse on the evidence, as a mixin of the review screen: what a click on a side does is what its number does."""

from __future__ import annotations

from textual import on

from crm_tui.console.deciding import Deciding
from crm_tui.console.evidence import number_under
from crm_tui.console.field_cursor import side_numbers
from crm_tui.console.frame import Frame
from crm_tui.console.panes import LinesPane


class Pointing(Deciding):
    """What a click does; the screen that shows it is ``ReviewScreen``."""

    _shift = 0

    def frame(self, width: int, height: int) -> Frame:
        """The room that the evidence has."""
        return Frame(width, height, self._shift, self.paint, self.session.settings.key)

    @on(LinesPane.Clicked, "#evidence")
    def click_on_side(self, event: LinesPane.Clicked) -> None:
        """A click on a side chooses it, as its number does; in the fields, for the field that was clicked."""
        seen, pane = self.session.seen, event.pane
        if seen is None:
            return
        frame = self.frame(pane.virtual_size.width, pane.content_size.height)
        field = self.session.fields.field(seen)
        if field is None:
            if number := number_under(self.session, seen, frame, event.index, event.column):
                self.action_choose(number)
            return
        from crm_tui.console.field_lines import drawn_fields

        at, side = drawn_fields(seen, field, frame).under(event.index, event.column)
        if at >= 0:
            self.move_field(at - seen.case.fields.index(field))
        if side:
            self.action_choose(side_numbers(seen.case)[side])
