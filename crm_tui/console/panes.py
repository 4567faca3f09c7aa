"""Widgets that draw lines: the virtual queue, and panes of prepared lines.

Each renders only the lines in view, from text that went through ``draw.shown``.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.console.draw import Builder, Lines
from crm_tui.console.queue_line import QueueColumns, heading_line, queue_line
from crm_tui.console.session import Session
from crm_tui.console.theme import Paint


def strip_of(text: Text, widget: Widget, width: int, offset: int = 0) -> Strip:
    """A line of a widget, exactly ``width`` cells, on the widget's own ground."""
    style = widget.rich_style
    console = widget.app.console
    # Text.render leaves its own base style out when the text has no spans.
    strip = Strip(text.render(console)).apply_style(console.get_style(text.style))
    return strip.crop_extend(offset, offset + width, style).apply_style(style)


class LineBar(Widget):
    """One line of text that is made anew whenever the widget is drawn."""

    ALLOW_SELECT = False

    class Pressed(Message):
        """A click on a part of the line that stands for something."""

        def __init__(self, spot: str) -> None:
            super().__init__()
            self.spot = spot

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._spots: list[tuple[int, int, str]] = []

    def line(self, width: int) -> Text:
        """The line; subclasses say what it is and may call ``spot`` for what can be clicked."""
        raise NotImplementedError

    def spot(self, start: int, end: int, name: str) -> None:
        """A click on these cells means ``name``."""
        self._spots.append((start, end, name))

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        self._spots = []
        return strip_of(self.line(self.size.width), self, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Say which part was clicked."""
        for start, end, name in self._spots:
            if start <= event.x < end:
                self.post_message(self.Pressed(name))


class LinesPane(ScrollView, inherit_bindings=False):
    """A pane of prepared lines; the builder is asked again when the size changes."""

    ALLOW_SELECT = False
    can_focus = False

    class Clicked(Message):
        """A click on a line."""

        def __init__(self, pane: LinesPane, index: int, column: int) -> None:
            super().__init__()
            self.pane = pane
            self.index = index
            self.column = column

        @property
        def control(self) -> LinesPane:
            """The pane that was clicked."""
            return self.pane

    def __init__(self, builder: Builder, *, id: str, focusable: bool = False) -> None:
        super().__init__(id=id)
        self._builder = builder
        self.lines: Lines = []
        self.can_focus = focusable

    def rebuild(self, *, home: bool = False) -> None:
        """Make the lines anew; ``home`` shows them from the top."""
        width, height = self.content_size
        if not width:
            # What was built before may not be seen any more; once the pane has room it is built anew.
            self.lines = []
            return
        bar = self.styles.scrollbar_size_vertical
        # Whether there is a scrollbar depends on the lines, and how wide they are on it: most often it stays as it was.
        barred = bool(self.show_vertical_scrollbar)
        self.lines = self._builder(width - bar * barred, height)
        if barred != (len(self.lines) > height):
            barred = not barred
            self.lines = self._builder(width - bar * barred, height)
        self.virtual_size = Size(width - bar * barred, len(self.lines))
        if home:
            self.scroll_home(animate=False)
        self.refresh()

    def on_resize(self) -> None:
        """Fit the lines to the new size."""
        self.rebuild()

    def render_line(self, y: int) -> Strip:
        """Draw one line in view."""
        index = y + self.scroll_offset.y
        text = self.lines[index] if 0 <= index < len(self.lines) else Text("")
        return strip_of(text, self, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Say which line was clicked, and where in it."""
        self.post_message(self.Clicked(self, event.y + self.scroll_offset.y, event.x))


_ROOMY = 30
"""Lines of a screen from which on rows may stand apart."""
_SCROLLBAR = 1
"""Columns kept free beside the rows, also while there is no scrollbar, so that titles and rows stay aligned."""


class QueueHeading(LineBar):
    """The column titles of the queue."""

    def __init__(self, session: Session, paint: Callable[[], Paint]) -> None:
        super().__init__(id="heading")
        self.session = session
        self._paint = paint

    def line(self, width: int) -> Text:
        """The titles."""
        queue = self.session.tab.queue
        return heading_line(QueueColumns.fitting(width - _SCROLLBAR, queue), self._paint()) if queue else Text("")


class QueuePane(ScrollView, inherit_bindings=False):
    """The rows of a tab: a virtual list that reads only what is in view, at most one page a key."""

    ALLOW_SELECT = False
    can_focus = True

    class Clicked(Message):
        """A click on a row."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, session: Session, paint: Callable[[], Paint]) -> None:
        super().__init__(id="queue")
        self.session = session
        self._marked: frozenset[int] = frozenset()
        self._paint = paint

    @property
    def step(self) -> int:
        """Lines a row takes: for an audience one stays free under each, where the screen has the room."""
        return 2 if self.session.privacy.presenting and self.screen.size.height >= _ROOMY else 1

    def sync(self) -> None:
        """Show what the session says: the tab's rows, with the cursor in view."""
        self._marked = self.session.marked
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.session.ids()) * self.step)
        self.scroll_to_region(Region(0, self.session.index * self.step, 1, 1), animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.sync()

    def render_line(self, y: int) -> Strip:
        """Draw one row in view."""
        ids = self.session.ids()
        index, air = divmod(y + self.scroll_offset.y, self.step)
        width = self.size.width
        queue = self.session.tab.queue
        if queue is None or index >= len(ids) or air:
            return strip_of(Text(""), self, width)
        row = self.session.privacy.row(self.session.row(ids[index], self._page()))
        columns = QueueColumns.fitting(width - _SCROLLBAR, queue)
        here, marked = index == self.session.index, ids[index] in self._marked
        return strip_of(queue_line(row, columns, self._paint(), here=here, marked=marked), self, width)

    def _page(self) -> list[int]:
        """The rows in view and half a screen around them."""
        top, height = self.scroll_offset.y // self.step, max(1, self.size.height)
        return self.session.ids()[max(0, top - height // 2) : top + height + height // 2]

    def on_click(self, event: events.Click) -> None:
        """Say which row was clicked."""
        self.post_message(self.Clicked((event.y + self.scroll_offset.y) // self.step))
