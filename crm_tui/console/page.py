"""A screen of its own over the review: header, prepared lines with a cursor among them, and the keys that work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from crm_tui.console.bars import HeaderBar
from crm_tui.console.dialogs import Result
from crm_tui.console.draw import Lines, pad
from crm_tui.console.panes import LineBar, LinesPane
from crm_tui.console.privacy import Privacy, privacy_of
from crm_tui.console.session import Session
from crm_tui.console.theme import Paint, paint_of


class KeysBar(LineBar):
    """The keys of a page; a click presses one."""

    def __init__(self, keys: Sequence[tuple[str, str, str]], paint: Callable[[], Paint]) -> None:
        super().__init__(id="footer")
        self._keys, self._paint = keys, paint

    def line(self, width: int) -> Text:  # noqa: ARG002
        """Key and word, one after the other."""
        paint, line = self._paint(), Text(" ")
        for key, word, action in self._keys:
            start = line.cell_len
            line.append(key, paint.key)
            line.append(f" {word}", paint.text)
            self.spot(start, line.cell_len, action)
            line.append("  ")
        return line


class TitleLine(LineBar):
    """The name of the program and of the page, and whether the mask is on."""

    def __init__(self, title: str, paint: Callable[[], Paint]) -> None:
        super().__init__(id="header")
        self._title, self._paint = title, paint

    def line(self, width: int) -> Text:
        """All of it; sentences of the title give way."""
        paint, words = self._paint(), privacy_of(self.app).words
        flag = f" {words} " if words else ""
        line = Text.assemble(" ", ("crm-tui", paint.strong), "  ")
        room = max(0, width - line.cell_len - len(flag))
        # The first sentence of a title is the most important: what does not fit is left out whole.
        parts = self._title.split("; ")
        told = ["; ".join(parts[:end]) for end in range(len(parts), 0, -1)]
        line.append(pad(next((one for one in told if cell_len(one) < room), parts[0]), room), paint.muted)
        line.append(flag, f"bold reverse {paint.needs}")
        return line


class PlainPage(Screen[Result], inherit_bindings=False):
    """Lines that fill the screen, before a workspace is open; ``esc`` always leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c,ctrl+q", "back", "back", show=False),
        Binding("p,f2", "app.mask", "mask", show=False),
        Binding("full_stop", "app.curtain", "curtain", show=False),
        Binding("pagedown,right", "page(1)", "page down", show=False),
        Binding("pageup,left", "page(-1)", "page up", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("g,home", "move(-100000)", "top", show=False),
        Binding("G,end", "move(100000)", "bottom", show=False),
    ]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (("esc", "back", "back"),)
    """(key, word, action) of the footer."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title_text = title

    @property
    def paint(self) -> Paint:
        """The colours of the present theme."""
        return paint_of(self.app.theme)

    @property
    def privacy(self) -> Privacy:
        """The mask of the running console."""
        return privacy_of(self.app)

    def head(self) -> LineBar:
        """The first line."""
        return TitleLine(self.title_text, lambda: self.paint)

    def compose(self) -> ComposeResult:
        """The widgets from top to bottom."""
        yield self.head()
        yield LinesPane(self.build, id="page", focusable=True)
        yield KeysBar(self.KEYS, lambda: self.paint)

    def on_mount(self) -> None:
        """Take the keys; a theme that is put on is to be seen at once."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.pane.focus()

    @property
    def pane(self) -> LinesPane:
        """The lines."""
        return self.query_one("#page", LinesPane)

    def build(self, width: int, height: int) -> Lines:
        """The lines for a size; subclasses say what they are."""
        raise NotImplementedError

    def keep_in_view(self, y: int) -> None:
        """Scroll as far as it takes to see a line."""
        pane = self.pane
        top, height = pane.scroll_offset.y, pane.size.height
        if not top < y < top + height - 1:
            pane.scroll_to(y=max(0, y - height // 2), animate=False)

    def redraw(self) -> None:
        """Draw all of it anew, because the mask has gone on or off."""
        self.pane.rebuild()
        for bar in self.query(LineBar):
            bar.refresh()

    def action_back(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)

    def action_page(self, step: int) -> None:
        """Move a page."""
        self.pane.scroll_relative(y=step * max(1, self.pane.size.height - 1), animate=False)

    def action_move(self, step: int) -> None:
        """Move a line."""
        self.pane.scroll_relative(y=step, animate=False)

    async def on_line_bar_pressed(self, event: LineBar.Pressed) -> None:
        """A click on a key of the footer presses it."""
        await self.run_action(event.spot)


class Page(PlainPage[Result]):
    """The same over an open workspace."""

    def __init__(self, session: Session) -> None:
        super().__init__("")
        self.session = session
        # A page tells of many records; none of them is the one that was revealed for a moment.
        session.privacy.conceal()

    def head(self) -> LineBar:
        """The header of the review."""
        return HeaderBar(self.session, lambda: self.paint, id="header")
