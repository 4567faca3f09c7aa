"""Choosing a filter by keys, from lists with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from crm_tui.classify.rule_words import rule_named
from crm_tui.classify.staging import field_label
from crm_tui.console.dialogs import Dialog, Prompt
from crm_tui.console.draw import Lines, clip, pad, shown
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import Privacy, privacy_of
from crm_tui.console.theme import AGREES, CURSOR, Paint
from crm_tui.errors import WorkspaceError
from crm_tui.model import Queue
from crm_tui.systems import label
from crm_tui.systems.declare import Kind
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.groups import SCANNED
from crm_tui.workspace.selection import Facet, Filter, Value, counted_values, facets
from crm_tui.workspace.views import SavedFilter, save_filter, saved_filters

_MOST = 200
"""Values listed of one facet: more contacts than that are found by searching."""

_KEPT = "kept by name"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the dialog: a value of a facet, or a filter that was kept."""

    list: str
    """Heading of its list."""
    rows: int
    """Rows of the value under the filter of the other facets; -1 for a kept filter, which stands for itself."""
    value: Value | None = None
    kept: SavedFilter | None = None


def value_words(cases: Cases, privacy: Privacy, value: Value) -> str:
    """How a value of a facet is called on screen, as it may be seen."""
    if value.facet is Facet.SOURCE:
        source = cases.sources.get(int(value.text))
        return privacy.file(source.name) if source else value.text
    if value.facet is Facet.CONTACT:
        number = int(value.text)
        return privacy.contact(cases.contacts.contact(number)).label if number else "no single contact"
    if value.facet is Facet.REVIEWER:
        return privacy.reviewer(value.text)
    if value.facet is Facet.SYSTEM:
        return label(value.text)
    if value.facet is Facet.PROBABILITY:
        return value.text
    if value.facet is Facet.KIND:
        return SCANNED[Kind(value.text)]
    return privacy.text(field_label(value.text) if value.facet is Facet.FIELD else value.text)


def filter_words(cases: Cases, privacy: Privacy, chosen: Filter, *, short: bool = False) -> str:
    """The filter in words: ``rule unmapped, claim · source close-appointments.csv``; short: the values alone."""
    parts = []
    for facet in Facet:
        values = [value_words(cases, privacy, Value(facet, text)) for text in chosen.of(facet)]
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
        Binding("s", "keep", "keep under a name", show=False),
        Binding("x", "forget", "forget the name", show=False),
        Binding("enter", "accept", "apply", show=False),
    ]

    def __init__(self, cases: Cases, queue: Queue, chosen: Filter, start: Value, paint: Callable[[], Paint]) -> None:
        hint = "space pick  enter apply  ← → list  backspace none  s keep  esc back"
        super().__init__("Filter", hint)
        self._cases, self._queue, self._paint = cases, queue, paint
        self._before = self._chosen = chosen
        self._items: list[Item] = []
        self._read()
        self._at = next((at for at, one in enumerate(self._items) if one.value == start), 0)

    def compose_body(self) -> ComposeResult:
        """The lists, one under the other."""
        yield LinesPane(self._lines, id="listing", focusable=True)

    def on_mount(self) -> None:
        """Take the room that the lists need."""
        pane = self._pane
        pane.styles.height = max(4, min(len(self._items) + 2 * len(Facet) + 1, self.size.height - 9))
        pane.focus()
        self.call_after_refresh(self._redraw)

    @property
    def _pane(self) -> LinesPane:
        return self.query_one("#listing", LinesPane)

    def _read(self) -> None:
        """Count anew: each list says what is there under the choices of the others."""
        under = self._items[self._at] if self._items else None
        numbers: Counter[Facet] = Counter()
        known = facets(self._queue)
        kept = (one for one in saved_filters(self._cases) if {value.facet for value in one.filter.values} <= known)
        self._items = [Item(_KEPT, -1, kept=one) for one in kept]
        for value, number in counted_values(self._cases.store.connection, self._queue, self._chosen):
            numbers[value.facet] += 1
            if numbers[value.facet] <= _MOST or value in self._chosen.values:
                self._items.append(Item(value.facet.value, number, value))
        places = (
            at for at, one in enumerate(self._items) if under and (one.value, one.kept) == (under.value, under.kept)
        )
        self._at = next(places, 0)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + step, len(self._items) - 1))
        self._redraw()

    def action_facet(self, step: int) -> None:
        """Go to the first value of the next or previous list."""
        if not self._items:
            return
        lists = [one.list for one in self._items]
        heads = [at for at, name in enumerate(lists) if not at or name != lists[at - 1]]
        here = max(number for number, at in enumerate(heads) if at <= self._at)
        self._at = heads[(here + step) % len(heads)]
        self._redraw()

    def action_mark(self) -> None:
        """Choose the value, or not; a kept filter: choose all of it."""
        if self._items:
            self._chosen = self._toggled()
            self._read()
            self._redraw()

    def _toggled(self) -> Filter:
        here = self._items[self._at]
        if here.kept:
            return Filter() if self._chosen == here.kept.filter else here.kept.filter
        return self._chosen.toggled(here.value) if here.value else self._chosen

    def action_keep(self) -> None:
        """Keep what is chosen under a name."""
        if self._cases.store.read_only:
            self.tell("this workspace is open read-only: no name can be kept here   esc back")
            return
        if not self._chosen.values:
            self.tell("nothing is picked yet to be kept: space picks   esc back")
            return
        words = filter_words(self._cases, privacy_of(self.app), self._chosen)
        about = f"{words}: under which name shall it be kept?"
        self.app.push_screen(Prompt("Keep this filter", about), self._named)

    def _named(self, name: str | None) -> None:
        if name:
            self._write(name, self._chosen)

    def action_forget(self) -> None:
        """Take the name under the cursor away; nothing else changes."""
        here = self._items[self._at].kept if self._items else None
        if here and not self._cases.store.read_only:
            self._write(here.name, Filter())

    def _write(self, name: str, chosen: Filter) -> None:
        # A full disk keeps no name, which the list then shows; the filter itself works on.
        with suppress(WorkspaceError):
            save_filter(self._cases, name, chosen)
        self._read()
        self._redraw()

    def action_none(self) -> None:
        """Choose nothing."""
        self._chosen = Filter()
        self._read()
        self._redraw()

    def action_accept(self) -> None:
        """Give what is chosen; where nothing was changed, the value under the cursor."""
        if self._chosen == self._before and self._items:
            self._chosen = self._toggled()
        self.dismiss(self._chosen)

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click chooses."""
        at = next((at for at in range(len(self._items)) if self._line_of(at) == event.index), None)
        if at is not None:
            self._at = at
            self.action_mark()

    def _line_of(self, at: int) -> int:
        """On which line a value stands: each list has a heading, and a blank line before it."""
        lists = list(dict.fromkeys(one.list for one in self._items))
        return at + 2 * lists.index(self._items[at].list) + 1

    def _redraw(self) -> None:
        if not self.query("#listing"):
            return  # left again before it was drawn
        self.tell(self._hint)
        pane = self._pane
        pane.rebuild()
        if not self._items:
            return
        line, top = self._line_of(self._at), pane.scroll_offset.y
        if not top < line < top + pane.size.height:
            pane.scroll_to(y=max(0, line - pane.size.height // 2), animate=False)

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        paint = self._paint()
        lines: Lines = []
        last = ""
        for at, one in enumerate(self._items):
            if one.list != last:
                lines.extend([Text("")] if lines else [])
                lines.append(Text(f" {one.list}", paint.strong))
                last = one.list
            lines.append(self._line(at, one, width))
        return lines or [Text(" there is no row to filter", paint.muted)]

    def _line(self, at: int, one: Item, width: int) -> Text:
        paint, here = self._paint(), at == self._at
        on = one.kept.filter == self._chosen if one.kept else one.value in self._chosen.values
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs), (f"{AGREES if on else ' '} ", paint.saved))
        room, privacy = max(4, width - 16), privacy_of(self.app)
        if one.kept:
            name = clip(shown(privacy.typed(one.kept.name), 120), room // 2)
            said = shown(filter_words(self._cases, privacy, one.kept.filter, short=True), 200)
            line.append(name, paint.strong if on or here else paint.text)
            line.append(pad(f"  {said}", room - cell_len(name)), paint.muted)
            line.append(f"{'x forget' if here else '':>9}", paint.muted)
        elif one.value:
            rule = one.value.facet is Facet.RULE
            words = rule_named(one.value.text) if rule else shown(value_words(self._cases, privacy, one.value), 120)
            line.append(pad(words, room), paint.strong if on or here else paint.text)
            line.append(f"{one.rows:>9,}", paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line
