"""Dialogs: a prompt for words, a list to read or confirm, and a contact picker.  ``esc`` always backs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from crm_tui.console.draw import Builder, Lines, pad, shown
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import privacy_of
from crm_tui.console.theme import CURSOR, Paint
from crm_tui.model import Contact
from crm_tui.text import counted, safe_text
from crm_tui.workspace.decisions import MAX_TEXT

Result = TypeVar("Result")
Item = TypeVar("Item")
_PICKED_FROM = 500
"""Contacts listed at once; typing narrows the list."""


def typed(text: str) -> str:
    """What somebody typed or pasted, without control and invisible characters."""
    return "".join(char for char in text if safe_text(char) == char)


class CleanInput(Input):
    """An input that takes only what can be drawn, and shows under the mask only what may be seen."""

    private = False
    """Whether people type values of a person here, which are then dots."""
    record_id = 0
    """Of which record a value is typed: while that one is revealed, so is the value.  0 = of none."""
    reviewer = False
    """Whether who reviews gives their own name here, which everybody may know."""

    @property
    def _value(self) -> Text:
        privacy = privacy_of(self.app)
        if self.password or not privacy.hides(self.record_id):
            return super()._value
        seen = privacy.typing(self.value, private=self.private, reviewer=self.reviewer)
        return Text(seen, no_wrap=True, overflow="ignore", end="")

    def action_copy(self) -> None:
        """Copy what is marked, unless it may not be seen."""
        if not privacy_of(self.app).on:
            super().action_copy()

    def action_cut(self) -> None:
        """The same."""
        if not privacy_of(self.app).on:
            super().action_cut()

    async def action_submit(self) -> None:
        """Give what was typed; the mask knows it from then on."""
        if not self.password and not self.reviewer:
            privacy_of(self.app).heard(self.value)
        await super().action_submit()

    def _on_paste(self, event: events.Paste) -> None:
        event.text = typed(event.text.replace("\n", " ").replace("\t", " "))
        super()._on_paste(event)


class Dialog(ModalScreen[Result]):
    """A dialog over the review."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False),
        Binding("f2", "app.mask", "mask", show=False),
        Binding("full_stop", "app.curtain", "curtain", show=False),
    ]
    ANSWERS: ClassVar[frozenset[str]] = frozenset()
    """Keys that answer what is written here."""

    def __init__(self, title: str, hint: str) -> None:
        super().__init__()
        self._title, self._hint = title, hint

    def unseen(self, event: events.Key) -> bool:
        """Whether a key answers what was not drawn yet when it was pressed, also where it has waited until it was."""
        # Before the dialog is composed it has no pane at all.
        drawn = max((pane.drawn_at for pane in self.query(LinesPane)), default=inf)
        return event.key in self.ANSWERS and event.time < drawn

    def compose(self) -> ComposeResult:
        """Title, the dialog's own widgets, and the keys that work here."""
        with Vertical(id="dialog"):
            yield Static(self._headline(), id="dialog-title")
            yield from self.compose_body()
            yield Static(Text(self._hint, no_wrap=True, overflow="ellipsis"), id="dialog-hint")

    def tell(self, hint: str) -> None:
        """Say something else where the keys stand."""
        self.query_one("#dialog-hint", Static).update(Text(hint, no_wrap=True, overflow="ellipsis"))

    def tell_early(self, event: events.Key) -> None:
        """Say that a key came before what it answers."""
        key = event.character if event.is_printable and event.character else event.key
        self.tell(f"{key} was pressed before this was drawn; press it again     esc  back")

    def seen(self, text: str, limit: int) -> str:
        """A sentence of the dialog as it may be drawn; it may speak of the rows looked at last."""
        privacy = privacy_of(self.app)
        return shown(privacy.text(text, privacy.recent()), limit)

    def _headline(self) -> Text:
        return Text(self.seen(self._title, 120), no_wrap=True, overflow="ellipsis")

    def redraw(self) -> None:
        """Draw all of it anew, because the mask has gone on or off."""
        self.query_one("#dialog-title", Static).update(self._headline())
        for pane in self.query(LinesPane):
            pane.rebuild()
        for line in self.query(Input):
            line.refresh()

    def compose_body(self) -> ComposeResult:
        """The widgets between title and hint."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)


class Prompt(Dialog[str]):
    """Asks for a line of words; gives ``None`` when left.  A ``proposed`` value is replaced by the first key."""

    def __init__(
        self,
        title: str,
        about: str,
        *,
        value: str = "",
        verb: str = "keep",
        required: bool = True,
        masked: bool = False,
        proposed: bool = False,
        private: bool = False,
        reviewer: bool = False,
        fault: Callable[[str], str] | None = None,
        record_id: int = 0,
    ) -> None:
        """``fault`` says why a text cannot be taken, ``""`` where it can; it is said beside the length while one types,
        and enter leaves such a text where it is.

        ``private``, ``reviewer`` and ``record_id`` are those of ``CleanInput``.
        """
        super().__init__(title, f"enter  {verb}     esc  back")
        self._about, self._value = about, value
        self._required, self._masked, self._proposed, self._private = required, masked, proposed, private
        self._fault, self._record_id, self._reviewer = fault, record_id, reviewer

    def compose_body(self) -> ComposeResult:
        """What is asked, and where to write it."""
        yield Static(Text(self.seen(self._about, 600)), id="dialog-about")
        answer = CleanInput(
            value=typed(self._value),
            password=self._masked,
            max_length=MAX_TEXT,
            select_on_focus=self._proposed,
            id="answer",
        )
        answer.private, answer.record_id, answer.reviewer = self._private, self._record_id, self._reviewer
        yield answer
        if self._fault:
            yield Static(self._shape(answer.value), id="dialog-shape")

    def _shape(self, text: str) -> Text:
        """How long the text is and whether it can be taken, also of one that is typed unseen."""
        length, fault = counted(len(text), "character"), self._fault(typed(text).strip()) if self._fault else ""
        return Text(f"{length} · {self.seen(fault, 200) or 'can be kept'}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the shape anew."""
        for line in self.query("#dialog-shape").results(Static):
            line.update(self._shape(event.value))

    def redraw(self) -> None:
        """What is asked as well."""
        super().redraw()
        self.query_one("#dialog-about", Static).update(Text(self.seen(self._about, 600)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer; an empty one is no answer where words are needed, nor is one that cannot be taken."""
        answer = event.value if self._masked else typed(event.value).strip()
        empty = self._required and not answer
        if not empty and not (self._fault and self._fault(answer)):
            self.dismiss(answer)
        else:
            about = f"{self.seen(self._about, 600)}  {'Write' if empty else 'Mend'} it, or leave with esc."
            self.query_one("#dialog-about", Static).update(Text(about))


class Listing(Dialog[bool]):
    """Lines to read; ``enter`` gives ``True``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "apply", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("pagedown,space,right", "page(1)", "page down", show=False),
        Binding("pageup,left", "page(-1)", "page up", show=False),
        Binding("g,home", "ends(-1)", "top", show=False),
        Binding("G,end", "ends(1)", "bottom", show=False),
    ]
    ANSWERS = frozenset({"enter"})

    def __init__(self, title: str, builder: Builder, hint: str) -> None:
        super().__init__(title, hint)
        self._builder = builder

    def compose_body(self) -> ComposeResult:
        """The lines."""
        yield LinesPane(self._builder, id="listing", focusable=True)

    def on_mount(self) -> None:
        """Take as much room as the lines need, not more."""
        for pane in self._panes:
            pane.focus()
        self.call_after_refresh(self.fit)

    @property
    def _panes(self) -> Iterator[LinesPane]:
        """The lines; none any more in a dialog that was left before the screen was drawn."""
        return self.query("#listing").results(LinesPane)

    def fit(self) -> None:
        """Make the dialog as high as its lines."""
        for pane in self._panes:
            width = max(20, pane.size.width)
            pane.styles.height = min(len(self._builder(width, 1_000)), max(4, self.size.height - 9))

    def on_resize(self) -> None:
        """Fit the new size."""
        self.call_after_refresh(self.fit)

    def action_accept(self) -> None:
        """Say yes."""
        self.dismiss(True)

    def action_scroll(self, step: int) -> None:
        """Move a line."""
        for pane in self._panes:
            pane.scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Move a page."""
        for pane in self._panes:
            pane.scroll_relative(y=step * max(1, pane.size.height - 1), animate=False)

    def action_ends(self, step: int) -> None:
        """Go to an end."""
        for pane in self._panes:
            if step < 0:
                pane.scroll_home(animate=False)
            else:
                pane.scroll_end(animate=False)


class Notice(Listing):
    """Lines to read only: every usual key leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,question_mark,f1", "back", "back", show=False)]

    def action_accept(self) -> None:
        """Nothing is asked here."""
        self.dismiss(None)


class Picker(Dialog[str], Generic[Item]):
    """Picks one of many things by typing a part of it; subclasses say what a thing is called."""

    PLACEHOLDER = ""
    EMPTY = ""
    PRIVATE = False
    """Whether people type values of a person here."""
    CALLED = 26
    """Cells of what a thing is called."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", "down", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "up", show=False, priority=True),
        Binding("pagedown", "move(8)", "page down", show=False, priority=True),
        Binding("pageup", "move(-8)", "page up", show=False, priority=True),
    ]
    ANSWERS = frozenset({"enter"})

    def __init__(self, title: str, items: Sequence[Item], paint: Callable[[], Paint]) -> None:
        super().__init__(title, "type to filter     ↑ ↓  choose     enter  take     esc  back")
        self._items = items
        self._searched = [self.searched(item).lower() for item in items]
        self._found = list(items[:_PICKED_FROM])
        self._beyond = max(0, len(items) - _PICKED_FROM)
        self._at = 0
        self._paint = paint

    def token(self, item: Item) -> str:
        """What taking it gives."""
        raise NotImplementedError

    def searched(self, item: Item) -> str:
        """The text that is searched."""
        raise NotImplementedError

    def told(self, item: Item) -> tuple[str, str]:
        """What it is called, and what stands beside that, as they may be seen."""
        raise NotImplementedError

    def compose_body(self) -> ComposeResult:
        """The filter and what it leaves."""
        answer = CleanInput(placeholder=self.PLACEHOLDER, max_length=120, id="answer")
        answer.private = self.PRIVATE
        yield answer
        yield LinesPane(self._lines, id="contacts")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        words = typed(event.value).lower().split()
        found = [
            item for item, text in zip(self._items, self._searched, strict=True) if all(word in text for word in words)
        ]
        self._found, self._beyond, self._at = found[:_PICKED_FROM], max(0, len(found) - _PICKED_FROM), 0
        self._redraw()

    def on_input_submitted(self) -> None:
        """Take what is under the cursor."""
        if self._found:
            self.dismiss(self.token(self._found[self._at]))

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """Take what was clicked."""
        if event.index < len(self._found):
            self.dismiss(self.token(self._found[event.index]))

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + step, len(self._found) - 1))
        self._redraw()

    def _redraw(self) -> None:
        pane = self.query_one("#contacts", LinesPane)
        pane.rebuild()
        top = pane.scroll_offset.y
        if not top <= self._at < top + pane.size.height:
            pane.scroll_to(y=max(0, self._at - pane.size.height // 2), animate=False)

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        paint = self._paint()
        if not self._found:
            return [Text(f" {self.EMPTY}", paint.muted)]
        lines = [self._line(at, item, width) for at, item in enumerate(self._found)]
        return [*lines, Text(f"   and {self._beyond:,} more: type to narrow", paint.muted)] if self._beyond else lines

    def _line(self, at: int, item: Item, width: int) -> Text:
        paint, here = self._paint(), at == self._at
        called, beside = self.told(item)
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs))
        line.append(pad(shown(called, 80), self.CALLED), paint.strong if here else paint.text)
        line.append(pad(safe_text(beside, 160), max(4, width - self.CALLED - 4)), paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line


class ContactPicker(Picker[Contact]):
    """Picks a contact of the map by typing a part of it; gives its contact id."""

    PLACEHOLDER = "part of an id, an e-mail or a phone"
    EMPTY = "no contact of the map has this"
    PRIVATE = True

    def token(self, item: Contact) -> str:
        """Its contact id."""
        return item.contact_id

    def searched(self, item: Contact) -> str:
        """Its ids, keys and values."""
        return " ".join((item.label, *item.emails, *item.phones, *item.values.values()))

    def told(self, item: Contact) -> tuple[str, str]:
        """Its ids, its e-mail and its phone."""
        seen = privacy_of(self.app).contact(item)
        known = "  ".join(safe_text(seen.values.get(name, ""), 80) for name in ("email", "phone"))
        return seen.label or "no id", known.strip()
