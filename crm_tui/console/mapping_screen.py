"""The screen for a table that no system knows: what each column may be, and what the reviewer says it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from crm_tui.console.dialogs import Dialog, Notice, Picker
from crm_tui.console.draw import Lines, labelled, pad, shown
from crm_tui.console.map_draft import DraftColumn, MapDraft
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import privacy_of
from crm_tui.console.theme import AGREES, CURSOR, NOTHING, Paint
from crm_tui.intake.column_map import ColumnMap
from crm_tui.intake.proposal import Sure, propose_for, tables_by_kind
from crm_tui.intake.source import Source
from crm_tui.systems import TABLES, label
from crm_tui.systems.declare import Column, Table

_ASKS = "?"
"""Stands before a proposal that nobody has said yes to."""
_AROUND = 12
"""Lines of the dialog that are neither the head nor the list: frame, title, detail, keys."""
_SHORT = 30
"""Screens lower than this have one line for what the table is read as."""


class Key(NamedTuple):
    """One key of the screen."""

    keys: str
    action: str
    label: str
    help: str


KEYS = (
    Key("a", "accept", "accept", "Accept the proposal for this column, and go to the next."),
    Key("A", "accept_all", "all", "Accept every proposal."),
    Key("e", "choose", "field", "Say what this column is, from a list that typing narrows."),
    Key("x", "leave_out", "not read", "Leave this column out: it stays with the row and is not judged."),
    Key("t", "table", "kind", "Say what the table is: contacts, deals, calls …; the columns are proposed anew."),
    Key("enter", "load", "load", "Load the file as it stands here, once nothing waits for a yes."),
)
_HINT = "  ".join((*(f"{key.keys} {key.label}" for key in KEYS), "esc back"))


class MappingScreen(Dialog[ColumnMap]):
    """Gives the confirmed map; ``None`` when left, so the file stays unloaded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.keys, key.action, key.label, show=False) for key in KEYS),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(8)", "page down", show=False),
        Binding("pageup", "move(-8)", "page up", show=False),
        Binding("g,home", "move(-100000)", "top", show=False),
        Binding("G,end", "move(100000)", "bottom", show=False),
        Binding("question_mark,f1", "keys", "keys", show=False),
    ]

    def __init__(self, source: Source, rows: Sequence[Sequence[str]], region: str, paint: Callable[[], Paint]) -> None:
        """``rows``: the first of the file (``sample_rows``)."""
        super().__init__("No system knows this table; say what its columns are", _HINT)
        self._source, self._rows, self._region, self._paint = source, rows, region, paint
        self.draft = self._drafted()
        self._at = 0
        self._said = ""

    def _drafted(self, table: Table | None = None) -> MapDraft:
        return MapDraft.of(propose_for(self._source, table, self._region, self._rows))

    def compose_body(self) -> ComposeResult:
        """What it is read as, the columns, and the column under the cursor."""
        yield LinesPane(self._head, id="mapping-head")
        yield LinesPane(self._lines, id="listing", focusable=True)
        yield LinesPane(self._detail, id="mapping-detail")

    def on_mount(self) -> None:
        """Take the height of the screen."""
        self._pane.focus()
        self.call_after_refresh(self._redraw)

    def on_resize(self) -> None:
        """Fit the new size."""
        self.call_after_refresh(self._redraw)

    @property
    def _pane(self) -> LinesPane:
        return self.query_one("#listing", LinesPane)

    @property
    def _column(self) -> DraftColumn:
        return self.draft.columns[self._at]

    def _redraw(self) -> None:
        if not self.query("#listing"):
            return  # The screen was left before its refresh came.
        pane = self._pane
        head = self._head_height
        self.query_one("#mapping-head").styles.height = head
        pane.styles.height = max(3, min(len(self.draft.columns), self.size.height - _AROUND - head))
        for one in self.query(LinesPane):
            one.rebuild()
        top = pane.scroll_offset.y
        if not top <= self._at < top + pane.size.height:
            pane.scroll_to(y=max(0, self._at - pane.size.height // 2), animate=False)

    # -- what is drawn

    @property
    def _head_height(self) -> int:
        return 2 if self.size.height < _SHORT else 3

    def _head(self, width: int, height: int) -> Lines:  # noqa: ARG002
        paint, privacy = self._paint(), privacy_of(self.app)
        name = Text(shown(privacy.file(self._source.name), 120), paint.strong)
        table = self.draft.table
        kind = Text.assemble(
            (f"{table.kind.value} of {label(table.system)}", paint.strong),
            (f"  {table.name}: {self.draft.why}", paint.muted),
        )
        styles = (paint.muted, paint.text)
        lines = [*labelled("file", [name], width, 8, styles)[:1], *labelled("read as", [kind], width, 8, styles)]
        return lines[: self._head_height]

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        return [self._line(at, column, width) for at, column in enumerate(self.draft.columns)]

    def _line(self, at: int, column: DraftColumn, width: int) -> Text:
        paint, here = self._paint(), at == self._at
        room = max(12, width - 8)
        name, values, field = room * 28 // 100, room * 28 // 100, room * 26 // 100
        sign, style = (AGREES, paint.saved) if column.target else (NOTHING, paint.muted)
        if not column.accepted:
            sign, style = _ASKS, paint.needs
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs), (f"{sign} ", style))
        line.append(pad(self._named(column), name - 1) + " ", paint.strong if here else paint.text)
        line.append(pad("  ".join(self._samples(column)), values - 1) + " ", paint.muted)
        line.append(pad(self._called(column.target), field - 1) + " ", style)
        line.append(pad(self._sure(column), max(0, room - name - values - field)), paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line

    def _named(self, column: DraftColumn) -> str:
        return shown(privacy_of(self.app).text(column.proposal.key), 200)

    def _samples(self, column: DraftColumn) -> list[str]:
        privacy = privacy_of(self.app)
        return [shown(privacy.line(text[:400]), 200) for text in column.proposal.samples]

    def _called(self, target: str) -> str:
        column = self.draft.table.by_name.get(target)
        return column.label if column else "left out"

    def _sure(self, column: DraftColumn) -> str:
        if column.target and column.target == column.proposal.target:
            return column.proposal.sure.value
        return "you said so" if column.accepted and column.target != column.proposal.target else ""

    def _detail(self, width: int, height: int) -> Lines:
        paint, column = self._paint(), self._column
        styles = (paint.muted, paint.text)
        values = " · ".join(self._samples(column)) or "none in the first rows"
        proposed = column.proposal
        sure = f"{proposed.sure.value}: " if proposed.sure is not Sure.NO else ""
        lines = [
            *labelled("column", [self._named(column)], width, 8, styles)[:1],
            *labelled("values", [values], width, 8, styles)[:1],
            *labelled("why", [shown(privacy_of(self.app).text(f"{sure}{proposed.reason}"), 300)], width, 8, styles)[:2],
        ]
        said = self._said or self._state()
        style = paint.needs if self._said or self.draft.waiting else paint.saved
        lines += [Text("")] * (height - 1 - len(lines))
        return [*lines[: height - 1], Text(f" {shown(said, 300)}", style)]

    def _state(self) -> str:
        left = len(self.draft.columns) - self.draft.mapped
        counts = f"{self.draft.mapped} columns read, {left} left out"
        waiting = self.draft.waiting
        return f"{counts}; {waiting} wait for your yes: a, or A for all" if waiting else f"{counts}; enter loads"

    # -- keys

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._go(self._at + step)

    def _go(self, at: int) -> None:
        self._at, self._said = max(0, min(at, len(self.draft.columns) - 1)), ""
        self._redraw()

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click goes to a column."""
        if event.control is self._pane and event.index < len(self.draft.columns):
            self._go(event.index)

    def action_accept(self) -> None:
        """Yes to this one."""
        self.draft = self.draft.accept(self._at)
        self._go(self._at + 1)

    def action_accept_all(self) -> None:
        """Yes to all."""
        self.draft = self.draft.accept_all()
        self._go(self._at)

    def action_leave_out(self) -> None:
        """Not this one."""
        self.draft = self.draft.choose(self._at, "")
        self._go(self._at + 1)

    def action_choose(self) -> None:
        """Another column of the table."""

        def chosen(target: str | None) -> None:
            if target is not None:
                other = self.draft.holder(target) if target != self._column.target else ""
                self.draft = self.draft.choose(self._at, target)
                self._go(self._at)
                if other:
                    self._said = f"{self._called(target)} was {privacy_of(self.app).text(other)!r}: left out"
                    self._redraw()

        columns = self.draft.table.columns
        self.app.push_screen(ColumnPicker("This column is", columns, self._paint), chosen)

    def action_table(self) -> None:
        """Another kind of table."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.draft = self._drafted(TABLES[name])
                self._go(0)

        self.app.push_screen(TablePicker("This table is", tables_by_kind(), self._paint), chosen)

    def action_load(self) -> None:
        """Give the map, if nothing waits and nothing lacks."""
        wrong = self.draft.faults
        if self.draft.waiting:
            self._said = f"{self.draft.waiting} proposals wait for your yes: a for this one, A for all of them"
        elif wrong:
            self._said = wrong[0].removeprefix("columns: ")
        else:
            self.dismiss(self.draft.column_map())
            return
        self._redraw()

    def action_keys(self) -> None:
        """The keys of this screen."""
        paint = self._paint()
        rows = [*((key.keys, key.help) for key in KEYS), ("esc", "Leave the file unloaded.")]

        def lines(width: int, height: int) -> Lines:  # noqa: ARG001
            return [
                line for keys, text in rows for line in labelled(keys, [text], width, 8, (paint.strong, paint.text))
            ]

        self.app.push_screen(Notice("Keys: columns of an unknown table", lines, "esc  back"))


class ColumnPicker(Picker[Column]):
    """Picks a column of a table by typing a part of it; gives its name."""

    PLACEHOLDER = "part of a field's name"
    EMPTY = "no field is called so"

    def token(self, item: Column) -> str:
        """Its name."""
        return item.name

    def searched(self, item: Column) -> str:
        """All that it is called."""
        return " ".join((item.name, item.label, item.field, *item.aliases))

    def told(self, item: Column) -> tuple[str, str]:
        """Its label, and its name."""
        return item.label, item.name


class TablePicker(Picker[Table]):
    """Picks a table that a map may name by typing a part of it; gives its name."""

    PLACEHOLDER = "contact, deal, HubSpot …"
    EMPTY = "no table is called so"

    def token(self, item: Table) -> str:
        """Its name."""
        return item.name

    def searched(self, item: Table) -> str:
        """Its name, kind and system."""
        return f"{item.name} {item.kind.value} {label(item.system)} {item.noun}"

    def told(self, item: Table) -> tuple[str, str]:
        """What it is, and its name."""
        return f"{item.kind.value} · {label(item.system)}", item.name
