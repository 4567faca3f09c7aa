"""The summary screen: the whole review as bars; ``enter`` on a line goes to the rows that it counts."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.console.blocks import Goal, Spot
from crm_tui.console.draw import Lines
from crm_tui.console.page import Page
from crm_tui.console.panes import LinesPane
from crm_tui.console.session import Session
from crm_tui.console.summary_view import summary_page
from crm_tui.workspace.store import Store
from crm_tui.workspace.summary import Summary, read_summary


class SummaryScreen(Page[Goal]):
    """Gives the rows to go to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "show the rows", show=False),
        Binding("y", "back", "back", show=False),
    ]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("↓ ↑", "choose", "move(1)"),
        ("enter", "show these rows", "go"),
        ("PgDn", "page", "page(1)"),
        ("esc", "back", "back"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._summary: Summary | None = None
        self._spots: tuple[Spot, ...] = ()
        self._at = 0

    def on_mount(self) -> None:
        """Count, beside the screen."""
        self.run_worker(self._count, thread=True, exclusive=True, group="summary", exit_on_error=False)

    def _count(self) -> None:
        """In a thread, over a connection of its own: a quarter of a million rows take a moment."""
        with Store.open(self.session.store.path, write=False, clock=self.session.store.clock) as store:
            summary = read_summary(store)
        self.app.call_from_thread(self._show, summary)

    def _show(self, summary: Summary) -> None:
        self._summary = summary
        self.pane.rebuild()

    def build(self, width: int, height: int) -> Lines:  # noqa: ARG002
        """The bars."""
        if self._summary is None:
            return [Text(""), Text("  counting…", self.paint.muted)]
        # One column is kept free for the scrollbar, which comes and goes with the height.
        page = summary_page(self.session, self._summary, width - 1, self.paint, self._at)
        self._spots = page.spots
        return page.lines

    def action_move(self, step: int) -> None:
        """Go to the next line that stands for rows."""
        self._put(self._at + step)

    def _put(self, at: int) -> None:
        if not self._spots:
            return
        self._at = max(0, min(at, len(self._spots) - 1))
        pane, y = self.pane, self._spots[self._at].y
        pane.rebuild()
        top, height = pane.scroll_offset.y, pane.size.height
        if not top < y < top + height - 1:
            # The last lines of the page stand for no rows, and belong to what is above them.
            beyond = self._at == len(self._spots) - 1
            pane.scroll_to(y=pane.max_scroll_y if beyond else max(0, y - height // 2), animate=False)

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click on a line goes to its rows."""
        for at, spot in enumerate(self._spots):
            if spot.y == event.index and spot.start <= event.column < spot.end:
                self._put(at)
                self.action_go()
                return

    def action_go(self) -> None:
        """Show the rows of the line."""
        if self._spots:
            self.dismiss(self._spots[self._at].goal)
