"""The history of one row: every entry, who, when, what and why; any one decision is undone from here, alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from crm_tui.console.dialogs import Dialog
from crm_tui.console.draw import Lines, labelled, shown
from crm_tui.console.entry_words import EntryWords
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import privacy_of
from crm_tui.console.settings import settings_of
from crm_tui.console.theme import AGREES, CURSOR, NOTHING, Paint
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.replay import Entry, undone


class Past(NamedTuple):
    """One entry as it is listed."""

    entry: Entry
    counts: bool
    """Whether it stands: nothing that stands takes it back."""


def past_of(entries: Sequence[Entry]) -> list[Past]:
    """The entries of a row, the latest first."""
    cancelled = undone(entries)
    return [Past(entry, entry.seq not in cancelled) for entry in reversed(entries)]


class History(Dialog[Entry]):
    """Gives the decision that ``u`` was pressed on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("g,home", "move(-100000)", "top", show=False),
        Binding("G,end", "move(100000)", "bottom", show=False),
        Binding("u", "take_back", "undo", show=False),
        Binding("q,H,enter", "back", "back", show=False),
    ]
    ANSWERS = frozenset({"u"})

    def __init__(self, title: str, entries: Sequence[Entry], cases: Cases, record_id: int, paint: Paint) -> None:
        super().__init__(title, "↓ ↑ choose   u undo it alone, or do it again   esc back")
        self._past, self._paint = past_of(entries), paint
        self._cases, self._record_id = cases, record_id
        self._at = 0
        self._tops: list[int] = []

    def compose_body(self) -> ComposeResult:
        """The entries."""
        yield LinesPane(self._lines, id="listing", focusable=True)

    def on_mount(self) -> None:
        """Take the room that the entries need."""
        pane = self.query_one("#listing", LinesPane)
        pane.focus()
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if not self.query("#listing"):
            return  # left again before it was drawn
        pane = self.query_one("#listing", LinesPane)
        pane.styles.height = max(3, min(len(self._lines(max(20, pane.size.width), 0)), self.size.height - 9))

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + step, len(self._past) - 1))
        pane = self.query_one("#listing", LinesPane)
        pane.rebuild()
        top = pane.scroll_offset.y
        if not top <= self._tops[self._at] < top + pane.size.height - 1:
            pane.scroll_to(y=max(0, self._tops[self._at] - 1), animate=False)

    def action_take_back(self) -> None:
        """Undo the decision under the cursor, or the one that the undo under it is about; or do it again."""
        entries = {past.entry.seq: past.entry for past in self._past}
        entry: Entry | None = self._past[self._at].entry
        while entry is not None and entry.kind == "undo":
            entry = entries.get(entry.undoes)
        if entry is not None and entry.kind == "decide":
            self.dismiss(entry)
        else:
            self.tell("only a decision is undone or done again   esc back")

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click goes to an entry."""
        before = [at for at, top in enumerate(self._tops) if top <= event.index]
        if before:
            self.action_move(before[-1] - self._at)

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        lines: Lines = []
        self._tops = []
        for at, past in enumerate(self._past):
            self._tops.append(len(lines))
            lines.extend(self._entry(past, width, here=at == self._at))
        return lines

    def _entry(self, past: Past, width: int, *, here: bool) -> Lines:
        paint, entry = self._paint, past.entry
        head = f"{CURSOR if here else ' '} {AGREES if past.counts else NOTHING} #{entry.seq}"
        told = EntryWords(privacy_of(self.app), self._cases, self._record_id)
        words = Text(told.said(entry), paint.text if past.counts else f"strike {paint.muted}")
        if not past.counts:
            words.append("  undone", f"not strike {paint.needs}")
        who = privacy_of(self.app).reviewer(entry.shown("by") or "somebody")
        by = f"{shown(who, 60)}, {settings_of(self.app).time(str(entry.body['at']))}"
        words.append(f"  {by}", f"not strike {paint.muted}")
        lines = labelled(head, [words], width, 10, (paint.needs if here else paint.muted, paint.text))
        for line in lines if here else ():
            line.stylize(paint.cursor)
        return lines
