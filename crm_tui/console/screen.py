"""The review screen: header, tabs, queue, evidence, acknowledgement and footer.

One ``action_…`` method per entry of the registry; what deciding means stands in ``session``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer

from crm_tui.console.action import Action
from crm_tui.console.actions import ACTIONS, BY_ID
from crm_tui.console.bars import AckBar, FooterBar, HeaderBar, TabsBar, TitleBar
from crm_tui.console.draw import Lines
from crm_tui.console.evidence import evidence_lines
from crm_tui.console.explaining import Explaining
from crm_tui.console.finding import Finding
from crm_tui.console.looking import Looking
from crm_tui.console.panes import LineBar, LinesPane, QueueHeading, QueuePane
from crm_tui.console.pointing import Pointing
from crm_tui.console.searching import Searching, SearchInput
from crm_tui.console.session import Session
from crm_tui.console.sets import Sets
from crm_tui.console.settings import Settings, keep_theme
from crm_tui.console.sharing import PresenterPane, Sharing
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import CONTRAST, DARK, LIGHT, Paint, paint_of
from crm_tui.console.trying import Trying
from crm_tui.console.watching import Watching
from crm_tui.errors import CrmTuiError
from crm_tui.intake.source import UnknownTable
from crm_tui.workspace.undoing import Saved
from crm_tui.workspace.watch import Arrivals

_PLACE_AFTER = 0.6
"""Seconds of rest after which the cursor's place is written."""
_SHORT = 30
"""Screens lower than this have no room for column titles."""
_EMPTY = {
    Tab.LEDGER: "No row is ready: nothing in the loaded files maps to one contact without being held.",
    Tab.CONFLICTS: "No conflicts: nothing in the loaded files is held for a person.",
    Tab.DUPLICATES: "No duplicates: no two records look like the same.",
    Tab.ERRORS: "No errors: every line of the loaded files could be read and judged.",
}


def _bindings(actions: Iterable[Action]) -> list[BindingType]:
    found: list[BindingType] = []
    for action in actions:
        for key in action.keys:
            method = f"choose({key})" if action.id == "choose" else action.id
            found.append(Binding(key, method, action.label, show=False, id=f"{action.id}.{key}"))
    return found


class ReviewScreen(
    Explaining, Searching, Finding, Looking, Sets, Sharing, Pointing, Trying, Watching, inherit_bindings=False
):
    """Everything that a reviewer looks at."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings(ACTIONS)
    AUTO_FOCUS = "#queue"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as Textual declares it
        (0, "-narrow"),
        (100, "-normal"),
        (190, "-wide"),
    ]

    def __init__(
        self,
        session: Session,
        greeting: str = "",
        warning: str = "",
        watched: Arrivals | None = None,
        unknown: Sequence[UnknownTable] = (),
    ) -> None:
        super().__init__()
        self._watched, self._unknown = watched, unknown
        self.session = session
        self._greeting, self._warning = greeting, warning
        self._place_timer: Timer | None = None

    @property
    def paint(self) -> Paint:
        """The colours of the present theme."""
        return paint_of(self.app.theme)

    def _paint(self) -> Paint:
        return self.paint

    # -- what is on the screen

    def compose(self) -> ComposeResult:
        """The widgets from top to bottom."""
        yield HeaderBar(self.session, self._paint, id="header")
        yield TabsBar(self.session, self._paint, id="tabs")
        with Container(id="rows"):
            with Vertical(id="list"):
                yield QueueHeading(self.session, self._paint)
                yield QueuePane(self.session, self._paint)
            with Vertical(id="detail"):
                yield TitleBar(self.session, self._paint, id="title")
                yield LinesPane(self._evidence, id="evidence")
        yield LinesPane(self._slice, id="slice")
        yield PresenterPane(self)
        yield AckBar(self.session, self._paint, id="ack")
        yield FooterBar(self.session, self._paint, id="footer")
        yield SearchInput()

    def on_mount(self) -> None:
        """Show the first row, and what is to be said at the start."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.show())
        if self._warning:
            self.say(self._warning, "refused")
        elif self._greeting:
            self.say(self._greeting)
        self.show()
        if self._watched and not self.session.store.read_only:
            self.watch_folder(self._watched)
        self.call_after_refresh(self.map_tables, self._unknown)

    def _evidence(self, width: int, height: int) -> Lines:
        standing = self.session.seen
        if standing is None:
            text = _EMPTY.get(self.session.tab, "") if self.session.cases.sources else "Nothing is loaded yet."
            return [Text(""), Text(f"  {text}", self.paint.muted)]
        frame = self.frame(width, height)
        field = self.session.fields.field(standing)
        if field:
            from crm_tui.console.field_lines import field_lines

            return field_lines(standing, field, frame)
        return evidence_lines(self.session, standing, frame)

    def _slice(self, width: int, height: int) -> Lines:  # noqa: ARG002
        from crm_tui.console.slice_view import slice_lines

        return slice_lines(self.session.cases, self.session.privacy, width, self.paint)

    def on_resize(self, event: events.Resize) -> None:
        """Share the height between queue and evidence."""
        self._share(event.size.width, event.size.height)

    def _share(self, width: int, height: int) -> None:
        rows = max(1, len(self.session.ids()))
        heading = self.query_one("#heading")
        queue = self.query_one("#queue")
        heading.display = height >= _SHORT
        self.query_one("#presenter", PresenterPane).fit(height >= _SHORT)
        rows *= self.query_one("#queue", QueuePane).step
        if width >= 190:
            queue.styles.height = "1fr"
            return
        most = 4 if height < _SHORT else max(5, (height - 6) * 30 // 100)
        queue.styles.height = max(3, min(rows, most))

    def show(self) -> None:
        """Draw what the session says."""
        on_rows = self.session.tab is not Tab.SLICE
        self.query_one("#rows").display = on_rows
        pane = self.query_one("#slice", LinesPane)
        pane.display = not on_rows
        self._share(self.size.width, self.size.height)
        if on_rows:
            self.query_one("#queue", QueuePane).sync()
            self.query_one("#evidence", LinesPane).rebuild(home=True)
        else:
            pane.rebuild()
        self.query_one("#presenter", PresenterPane).rebuild()
        for bar in self.query(LineBar):
            bar.renew()

    def say(self, text: str, kind: str = "quiet") -> None:
        """Show a sentence on the acknowledgement line."""
        self.query_one("#ack", AckBar).say(text, kind)

    def warn(self, text: str) -> None:
        """Say why nothing can be decided here."""
        self.say(text, "refused")
        self.show()

    def attempt(self, act: Callable[[], Saved]) -> bool:
        """Do what writes; say after the COMMIT that it is saved, or in one sentence why it is not."""
        tab = self.session.tab
        try:
            saved = act()
        except CrmTuiError as error:
            self.say(str(error), "refused")
            self.show()
            return False
        self.say(saved.line + self._what_next(tab), "saved")
        if self.session.field is None:
            self._shift = 0
        self.show()
        return True

    def _what_next(self, tab: Tab) -> str:
        counts = self.session.counts
        if counts.open == 0 and counts.to_decide:
            return self.told("  ·  all decided: {handoff} signs")
        left = {
            Tab.CONFLICTS: counts.conflicts_left,
            Tab.LEDGER: counts.ledger_left,
            Tab.DUPLICATES: counts.duplicates_left,
        }
        if left.get(tab, 1):
            return ""
        other = next(one for one, number in left.items() if number)
        return f"  ·  {tab.value} is done, {self.keys_to(other)} goes on to {other.value}"

    # -- moving

    def moved(self) -> None:
        """Draw another row; its place is kept after a rest."""
        self._shift = 0
        self.session.privacy.conceal()
        self.show()
        if self._place_timer:
            self._place_timer.stop()
        self._place_timer = self.set_timer(_PLACE_AFTER, self.session.keep_place)

    def _move(self, index: int) -> None:
        self.session.go(index)
        if self.session.anchor is None:
            self.hush("saved")
        self.moved()

    def hush(self, *kept: str) -> None:
        """Take away a sentence that was about the row, or the tab, that is left."""
        if self.query_one("#ack", AckBar).kind not in kept:
            self.say("")

    def _in_tab(self) -> None:
        self.hush()
        self.moved()

    def _scroll_slice(self, step: int) -> bool:
        if self.session.tab is not Tab.SLICE:
            return False
        self.query_one("#slice", LinesPane).scroll_relative(y=step, animate=False)
        return True

    def _page(self) -> int:
        if self.session.tab is Tab.SLICE:
            return max(1, self.query_one("#slice").size.height - 1)
        queue = self.query_one("#queue", QueuePane)
        return max(1, queue.size.height // queue.step - 1)

    def action_down(self) -> None:
        """Next row."""
        if not self._scroll_slice(1) and not self.move_field(1):
            self._move(self.session.index + 1)

    def action_up(self) -> None:
        """Previous row."""
        if not self._scroll_slice(-1) and not self.move_field(-1):
            self._move(self.session.index - 1)

    def action_page_down(self) -> None:
        """One page on."""
        if not self._scroll_slice(self._page()):
            self._move(self.session.index + self._page())

    def action_page_up(self) -> None:
        """One page back."""
        if not self._scroll_slice(-self._page()):
            self._move(self.session.index - self._page())

    def action_first(self) -> None:
        """First row."""
        if not self._scroll_slice(-100_000):
            self._move(0)

    def action_last(self) -> None:
        """Last row."""
        if not self._scroll_slice(100_000):
            self._move(len(self.session.ids()) - 1)

    def action_next_tab(self) -> None:
        """Next tab."""
        self.session.switch(1)
        self._in_tab()

    def action_previous_tab(self) -> None:
        """Tab before."""
        self.session.switch(-1)
        self._in_tab()

    def action_scroll_on(self) -> None:
        """The next side into view; when all are, the evidence down."""
        self._scroll_evidence(1)

    def action_scroll_back(self) -> None:
        """Back."""
        self._scroll_evidence(-1)

    def _scroll_evidence(self, step: int) -> None:
        standing = self.session.standing
        if standing is None:
            self._scroll_slice(step * self._page())
            return
        pane = self.query_one("#evidence", LinesPane)
        if self.session.field:
            from crm_tui.console.field_lines import hidden_sides as shiftable
        else:
            from crm_tui.console.evidence import shiftable
        most = shiftable(standing.case, pane.size.width)
        shift = max(0, min(self._shift + step, most))
        if shift == self._shift or (step < 0 and pane.scroll_offset.y > 0):
            pane.scroll_relative(y=step * max(1, pane.size.height // 2), animate=False)
            return
        self._shift = shift
        pane.rebuild()

    def on_key(self, event: events.Key) -> None:
        """A key without a meaning is answered as well; in the search it is a sign to type."""
        if event.key not in self.active_bindings and not isinstance(self.focused, SearchInput):
            key = event.character if event.is_printable and event.character else event.key
            self.say(
                f"{key} is no key here; " + self.told("{help} shows all keys, {palette} finds one by name."), "unknown"
            )

    # -- the mouse

    def on_queue_pane_clicked(self, event: QueuePane.Clicked) -> None:
        """A click on a row goes to it."""
        if event.index < len(self.session.ids()):
            self._move(event.index)

    async def on_line_bar_pressed(self, event: LineBar.Pressed) -> None:
        """A click on a tab opens it; on a key of the footer, presses it."""
        if event.spot in BY_ID:
            await self.run_action(event.spot)
        else:
            self.session.open_tab(Tab(event.spot))
            self._in_tab()

    # -- the rest of the registry

    def action_help(self) -> None:
        """All keys that work here."""
        from crm_tui.console.dialogs import Notice
        from crm_tui.console.listings import help_lines

        lines = help_lines(self.session.context, self.paint, self.session.settings.actions)
        self.app.push_screen(Notice(f"Keys: {self.session.context}", lines, "esc  back     ↓ ↑  scroll"))

    def action_palette(self) -> None:
        """Find an action by name."""
        self.app.action_command_palette()

    def action_theme_dark(self) -> None:
        """Dark."""
        self._use_theme(DARK)

    def action_theme_light(self) -> None:
        """Light."""
        self._use_theme(LIGHT)

    def action_theme_contrast(self) -> None:
        """High contrast."""
        self._use_theme(CONTRAST)

    def _use_theme(self, name: str) -> None:
        self.app.theme = name
        keep_theme(name)

    def action_quit(self) -> None:
        """Leave; the work is saved."""
        self.session.keep_place()
        counts = self.session.counts
        masked = self.told(", masked; there {mask} takes the mask off") if self.session.privacy.on else ""
        self.app.exit(f"Saved; {counts.progress}, {counts.left_words}. crm-tui alone goes on at this row{masked}.")


def review_screen(settings: Settings) -> type[ReviewScreen]:
    """The screen with the keys that were set."""
    if settings.actions == ACTIONS:
        return ReviewScreen

    class OwnKeys(ReviewScreen, inherit_bindings=False):
        BINDINGS: ClassVar[list[BindingType]] = _bindings(settings.actions)

    return OwnKeys
