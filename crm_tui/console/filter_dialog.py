"""Choosing a filter by keys, from lists with counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from crm_tui.classify.staging import field_label
from crm_tui.console.dialogs import Dialog
from crm_tui.console.draw import Lines, pad, shown
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import privacy_of
from crm_tui.console.theme import AGREES, CURSOR, Paint
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.selection import Facet, Filter, Value

_MOST = 200
"""Values listed of one facet: more contacts than that are found by searching."""

Count = Callable[[Filter], list[tuple[Value, int]]]


def value_words(cases: Cases, value: Value) -> str:
    """How a value of a facet is called on screen."""
    if value.facet is Facet.SOURCE:
        source = cases.sources.get(int(value.text))
        return source.name if source else value.text
    if value.facet is Facet.CONTACT:
        number = int(value.text)
        return cases.contacts.contact(number).label if number else "no single contact"
    return field_label(value.text) if value.facet is Facet.FIELD else value.text


def filter_words(cases: Cases, chosen: Filter, *, short: bool = False) -> str:
    """The filter in words: ``rule unmapped, claim · source close-appointments.csv``; short: the values alone."""
    parts = []
    for facet in Facet:
        values = [value_words(cases, Value(facet, text)) for text in chosen.of(facet)]
        if values:
            listed = ", ".join(shown(value, 60) for value in values)
            parts.append(listed if short else f"{facet.value} {listed}")
    return " · ".join(parts)


class FilterDialog(Dialog[Filter]):
    """Values to choose with the space bar; ``enter`` gives the filter, ``esc`` changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(8)", "page down", show=False),
        Binding("pageup", "move(-8)", "page up", show=False),
        Binding("g,home", "move(-100000)", "top", show=False),
        Binding("G,end", "move(100000)", "bottom", show=False),
        Binding("tab,right,l,right_square_bracket", "facet(1)", "next list", show=False),
        Binding("shift+tab,left,h,left_square_bracket", "facet(-1)", "list before", show=False),
        Binding("space", "mark", "choose", show=False),
        Binding("backspace", "none", "none", show=False),
        Binding("enter", "accept", "apply", show=False),
    ]

    def __init__(self, cases: Cases, count: Count, chosen: Filter, start: Value, paint: Callable[[], Paint]) -> None:
        super().__init__("Filter", "space choose   enter apply   ← → lists   backspace none   esc back")
        self._cases, self._count, self._paint = cases, count, paint
        self._before = self._chosen = chosen
        self._values: list[tuple[Value, int]] = []
        self._read()
        self._at = next((at for at, (value, _) in enumerate(self._values) if value == start), 0)

    def compose_body(self) -> ComposeResult:
        """The lists, one under the other."""
        yield LinesPane(self._lines, id="listing", focusable=True)

    def on_mount(self) -> None:
        """Take the room that the lists need."""
        pane = self._pane
        pane.styles.height = max(4, min(len(self._values) + 2 * len(Facet) - 1, self.size.height - 9))
        pane.focus()
        self.call_after_refresh(self._redraw)

    @property
    def _pane(self) -> LinesPane:
        return self.query_one("#listing", LinesPane)

    def _read(self) -> None:
        """Count anew: each list says what is there under the choices of the others."""
        under = self._values[self._at][0] if self._values else None
        kept: dict[Facet, int] = {}
        self._values = []
        for value, number in self._count(self._chosen):
            kept[value.facet] = kept.get(value.facet, 0) + 1
            if kept[value.facet] <= _MOST or value in self._chosen.values:
                self._values.append((value, number))
        self._at = next((at for at, (value, _) in enumerate(self._values) if value == under), 0)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + step, len(self._values) - 1))
        self._redraw()

    def action_facet(self, step: int) -> None:
        """Go to the first value of the next or previous list."""
        if not self._values:
            return
        heads = [at for at, (value, _) in enumerate(self._values) if not at or value[0] != self._values[at - 1][0][0]]
        here = max(number for number, at in enumerate(heads) if at <= self._at)
        self._at = heads[(here + step) % len(heads)]
        self._redraw()

    def action_mark(self) -> None:
        """Choose the value, or not."""
        if self._values:
            self._chosen = self._chosen.toggled(self._values[self._at][0])
            self._read()
            self._redraw()

    def action_none(self) -> None:
        """Choose nothing."""
        self._chosen = Filter()
        self._read()
        self._redraw()

    def action_accept(self) -> None:
        """Give what is chosen; where nothing was changed, the value under the cursor."""
        if self._chosen == self._before and self._values:
            self._chosen = self._chosen.toggled(self._values[self._at][0])
        self.dismiss(self._chosen)

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click chooses."""
        at = next((at for at in range(len(self._values)) if self._line_of(at) == event.index), None)
        if at is not None:
            self._at = at
            self.action_mark()

    def _line_of(self, at: int) -> int:
        """On which line a value stands: each list has a heading, and a blank line before it."""
        facets = list(dict.fromkeys(value.facet for value, _ in self._values))
        return at + 2 * facets.index(self._values[at][0].facet) + 1

    def _redraw(self) -> None:
        pane = self._pane
        pane.rebuild()
        if not self._values:
            return
        line, top = self._line_of(self._at), pane.scroll_offset.y
        if not top < line < top + pane.size.height:
            pane.scroll_to(y=max(0, line - pane.size.height // 2), animate=False)

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        paint = self._paint()
        lines: Lines = []
        last = None
        for at, (value, number) in enumerate(self._values):
            if value.facet is not last:
                lines.extend([Text("")] if lines else [])
                lines.append(Text(f" {value.facet.value}", paint.strong))
                last = value.facet
            lines.append(self._line(at, value, number, width))
        return lines or [Text(" there is no row to filter", paint.muted)]

    def _line(self, at: int, value: Value, number: int, width: int) -> Text:
        paint, here, on = self._paint(), at == self._at, value in self._chosen.values
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs), (f"{AGREES if on else ' '} ", paint.saved))
        words = pad(shown(privacy_of(self.app).text(value_words(self._cases, value)), 120), max(4, width - 16))
        line.append(words, paint.strong if on or here else paint.text)
        line.append(f"{number:>9,}", paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line
