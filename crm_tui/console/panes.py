"""Widgets that draw lines: the virtual queue, and panes of prepared lines.

Each renders only the lines in view, from text that went through ``draw.shown``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from rich.segment import Segment
from rich.style import Style
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


class LineWidget(Widget):
    """Lines of text, of which only those are drawn anew that say something else than what stands on the screen."""

    ALLOW_SELECT = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._standing: dict[int, Text] = {}
        """Line of the widget → what was drawn there last."""
        self._ground: Style | None = None
        self._theme = ""

    def text_at(self, y: int) -> Text:
        """What stands on a line of the widget; subclasses say what it is."""
        raise NotImplementedError

    def renew(self) -> bool:
        """Draw the lines that have changed; gives whether there are any."""
        if self._theme != self.app.theme:
            # The same words on another ground.
            self._theme = self.app.theme
            self.refresh()
            return True
        width, height = self.size
        changed = [y for y in range(height) if not _same(self._standing.get(y), self.text_at(y))]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))
        return bool(changed)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines of one frame, all of them on the same ground."""
        self._ground = None
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw a line, exactly as wide as the widget, on its own ground."""
        text = self._standing[y] = self.text_at(y)
        if self._ground is None:
            # The styles of all widgets around this one are looked through for it.
            self._ground = self.rich_style
        ground, width, console = self._ground, self.size.width, self.app.console
        # Text.render leaves its own base style out when the text has no spans.
        base = ground + console.get_style(text.style)
        strip = Strip(Segment.apply_style(text.render(console), base))
        return strip if strip.cell_length == width else strip.crop_extend(0, width, ground)


def _same(before: Text | None, text: Text) -> bool:
    return before is not None and before == text and before.style == text.style


def _words(lines: Lines) -> list[str]:
    return " ".join(line.plain for line in lines).split()


class LineBar(LineWidget):
    """One line of text."""

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

    def text_at(self, y: int) -> Text:
        """The line."""
        if y:
            return Text("")
        self._spots = []
        return self.line(self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Say which part was clicked."""
        for start, end, name in self._spots:
            if start <= event.x < end:
                self.post_message(self.Pressed(name))


class LinesPane(ScrollView, LineWidget, inherit_bindings=False):
    """A pane of prepared lines; the builder is asked again when the size changes."""

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
        self._drawn: tuple[Lines | None, float] = None, inf
        self.can_focus = focusable

    @property
    def drawn_at(self) -> float:
        """When these lines were first drawn, by the clock of events; infinite = not yet."""
        lines, moment = self._drawn
        return moment if lines is self.lines else inf

    def rebuild(self, *, home: bool = False) -> None:
        """Make the lines anew; ``home`` shows them from the top."""
        width, height = self.content_size
        before = self.lines
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
        # Never lower than the pane: a change of this size lays the whole screen out anew.
        self.virtual_size = Size(width - bar * barred, max(len(self.lines), height))
        if home and self.scroll_offset.y:
            self.scroll_home(animate=False)
        drawn, moment = self._drawn
        # What was read stays read when only the room around it has changed.
        read = drawn is before and _words(before) == _words(self.lines)
        if not self.renew() or read:
            self._drawn = self.lines, moment

    def on_resize(self) -> None:
        """Fit the lines to the new size."""
        self.rebuild()
        self.refresh()

    def text_at(self, y: int) -> Text:
        """A line in view."""
        index = y + self.scroll_offset.y
        return self.lines[index] if 0 <= index < len(self.lines) else Text("")

    def render_line(self, y: int) -> Strip:
        """Draw it, and note when that was."""
        if self._drawn[0] is not self.lines:
            self._drawn = self.lines, Message().time
        return super().render_line(y)

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
        columns = QueueColumns.fitting(width - _SCROLLBAR, queue) if queue else None
        return heading_line(columns, queue, self._paint()) if columns else Text("")


class QueuePane(ScrollView, LineWidget, inherit_bindings=False):
    """The rows of a tab: a virtual list that reads only what is in view, at most one page a key."""

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
        place = self.session.index * self.step - self.scroll_offset.y
        if 0 <= place < self.size.height:
            self.renew()
        else:
            self.scroll_to_region(Region(0, self.session.index * self.step, 1, 1), animate=False, force=True)
            self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.sync()
        self.refresh()

    def text_at(self, y: int) -> Text:
        """A row in view."""
        ids = self.session.ids()
        index, air = divmod(y + self.scroll_offset.y, self.step)
        queue = self.session.tab.queue
        if queue is None or index >= len(ids) or air:
            return Text("")
        row = self.session.privacy.row(self.session.row(ids[index], self._page()))
        columns = QueueColumns.fitting(self.size.width - _SCROLLBAR, queue)
        here, marked = index == self.session.index, ids[index] in self._marked
        return queue_line(row, columns, self._paint(), here=here, marked=marked)

    def _page(self) -> list[int]:
        """The rows in view: one that comes into it is read by itself, a page of them at once."""
        top = self.scroll_offset.y // self.step
        return self.session.ids()[top : top + max(1, self.size.height)]

    def on_click(self, event: events.Click) -> None:
        """Say which row was clicked."""
        self.post_message(self.Clicked((event.y + self.scroll_offset.y) // self.step))
