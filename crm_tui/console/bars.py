"""The one-line bars: header with progress, tabs, the title over the evidence, acknowledgement, footer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.cells import cell_len
from rich.text import Text

from crm_tui.console.action import Action
from crm_tui.console.actions import BY_ID
from crm_tui.console.draw import clip, shown, wrap
from crm_tui.console.field_cursor import side_numbers
from crm_tui.console.filter_dialog import filter_words
from crm_tui.console.panes import LineBar
from crm_tui.console.session import Session
from crm_tui.console.shown_actions import FOOTER_KEYS, footer_actions
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import AGREES, Paint
from crm_tui.model import Queue
from crm_tui.text import one_of
from crm_tui.workspace.selection import Order
from crm_tui.workspace.undoing import Ahead, numbers, several


class Bar(LineBar):
    """A bar over the session."""

    def __init__(self, session: Session, paint: Callable[[], Paint], *, id: str) -> None:
        super().__init__(id=id)
        self.session = session
        self._paint = paint

    @property
    def paint(self) -> Paint:
        """The present paint."""
        return self._paint()


_NAMES = 20
"""Cells of the header that names keep, before what is left is said more briefly."""


class HeaderBar(Bar):
    """Workspace, reviewer, progress."""

    def line(self, width: int) -> Text:
        """The header for a width: names give way first, then the bar."""
        counts, paint = self.session.counts, self.paint
        right = Text()
        right.append(counts.progress, paint.strong)
        right.append(" · ")
        words = counts.left_words
        right.append(words if right.cell_len + cell_len(words) + _NAMES < width else counts.brief_words, paint.text)
        privacy = self.session.privacy
        flags = (privacy.words, "read-only" if self.session.store.read_only else "")
        flag = "".join(f"  {word} " for word in flags if word)
        # Whether an audience sees a masked screen must be told whole, whatever else there is to tell.
        right.truncate(max(0, width - cell_len(flag) - 4), overflow="ellipsis")
        name = shown(privacy.file(self.session.store.meta("name") or self.session.store.path.stem), 60)
        room = width - right.cell_len - cell_len(flag) - 3
        bar = progress_bar(*counts.done, max(0, min(24, room - 22)), paint)
        left = clip(f"{name} · {shown(privacy.reviewer(self.session.reviewer), 60)}", room - bar.cell_len - 2)
        line = Text.assemble(" ", (left, paint.text))
        line.append(" " * max(1, width - line.cell_len - bar.cell_len - right.cell_len - cell_len(flag) - 3))
        line.append_text(bar)
        line.append("  ")
        line.append_text(right)
        if flag:
            line.append(flag, f"bold reverse {paint.needs}")
        return line


def progress_bar(done: int, total: int, width: int, paint: Paint) -> Text:
    """Decided against to decide; full only when nothing is left."""
    if width < 4:
        return Text("")
    filled = width if total and done >= total else min(width - 1, width * done // total) if total else 0
    return Text.assemble(("█" * filled, paint.saved), ("░" * (width - filled), paint.faint))


class TabsBar(Bar):
    """The tabs with their counts."""

    def line(self, width: int) -> Text:
        """The tabs; the present one stands between bars, so that it shows without colour."""
        filtered = bool(self.session.view.filter.values or self.session.marked)
        line, spots = self._tabs(bare=filtered)
        if line.cell_len > width and not filtered:
            line, spots = self._tabs(bare=True)
        for spot in spots:
            self.spot(*spot)
        line.append_text(self._view_words(max(0, width - line.cell_len - 1)))
        return line

    def _tabs(self, *, bare: bool) -> tuple[Text, list[tuple[int, int, str]]]:
        """All tabs, and where each stands; ``bare`` = without what is left in them."""
        line, spots = Text(" "), []
        for tab in self.session.tabs:
            start = line.cell_len
            self._append_tab(line, tab, bare)
            spots.append((start, line.cell_len, tab.value))
            line.append("  ")
        return line, spots

    def _view_words(self, room: int) -> Text:
        """Filter and order of the present tab, and how to leave them."""
        view, paint = self.session.view, self.paint
        privacy = self.session.privacy
        words = f"filter: {filter_words(self.session.cases, privacy, view.filter)}"
        if cell_len(words) > room:
            words = filter_words(self.session.cases, privacy, view.filter, short=True)
        if self.session.marked:
            return Text(clip(f"{len(self.session.marked):,} marked", room), f"bold {paint.needs}")
        if self.session.query:
            return Text(clip(f"/{shown(privacy.typed(self.session.query), 60)}", room), f"bold {paint.needs}")
        if view.filter.values:
            return Text(clip(words, room), paint.needs)
        if view.order is self.session.tab.orders[0]:
            return Text("")
        words = f"by {view.order.value}"
        if view.order is Order.PRIORITY:
            words += f": {one_of(self.session.cases.policy.priority.high, 'and') or 'no type'} first"
        return Text(clip(words, room), paint.muted)

    def _append_tab(self, line: Text, tab: Tab, bare: bool) -> None:
        paint = self.paint
        total, left = self._numbers(tab)
        here = tab is self.session.tab
        words = tab.value if total is None else f"{tab.value} {total:,}"
        if here and self.session.view.filter.values and total is not None:
            words = f"{tab.value} {len(self.session.ids()):,} of {total:,}"
        if here:
            line.append_text(Text.assemble(("▐", paint.tab_edge), (words, paint.tab), ("▌", paint.tab_edge)))
        else:
            line.append(f" {words} ", paint.text)
        if bare:
            return
        if left:
            line.append(f" {left:,} open", paint.needs)
        elif total and tab is not Tab.ERRORS:
            line.append(f" {AGREES}", paint.saved)

    def _numbers(self, tab: Tab) -> tuple[int | None, int]:
        counts = self.session.counts
        if tab is Tab.LEDGER:
            return counts.ledger, counts.ledger_left
        if tab is Tab.CONFLICTS:
            return counts.conflicts, counts.conflicts_left
        if tab is Tab.DUPLICATES:
            return counts.duplicates, counts.duplicates_left
        return (counts.errors, 0) if tab is Tab.ERRORS else (None, 0)


class TitleBar(Bar):
    """The rule between queue and evidence, with the row's name, file and line."""

    def line(self, width: int) -> Text:
        """The rule."""
        paint, standing = self.paint, self.session.seen
        if standing is None:
            return Text("─" * width, paint.faint)
        case = standing.case
        line = Text.assemble(("─ ", paint.faint), (shown(case.event_id, 40) or "row without id", paint.strong))
        place = f"{shown(case.source, 60)}, line {case.line}"
        number = f" {self.session.index + 1:,}/{len(self.session.ids()):,} "
        word, noun = case.verdict.queue.word, shown(case.noun, 60)
        told = (
            f"  {noun} · {place} · {word} ",
            f"  {noun} · {place} ",
            f"  {place} · {word} ",
            f"  {noun} · {word} ",
            f"  {word} ",
        )
        room = width - line.cell_len - len(number) - 2
        line.append(next((words for words in told if cell_len(words) <= room), ""), paint.muted)
        line.append("─" * max(0, width - line.cell_len - len(number) - 1), paint.faint)
        line.append(number, paint.muted)
        line.append("─", paint.faint)
        return line


_ACK_LINES = 3
"""At most so many lines of a sentence: more would hide what it is about."""
_WHOLE, _NAMED, _BRIEF = range(3)
"""How undo is told: entry, choice and row; entry and row; the entry alone."""


class AckBar(Bar):
    """What was saved last, or why something was not done."""

    def __init__(self, session: Session, paint: Callable[[], Paint], *, id: str) -> None:
        super().__init__(session, paint, id=id)
        self.text = ""
        self.kind = "quiet"

    def say(self, text: str, kind: str) -> None:
        """Show a sentence: ``saved``, ``refused``, ``quiet``, or ``unknown`` of a key that has no meaning."""
        self.text, self.kind = text, kind
        self.fit()
        self.renew()

    def on_resize(self) -> None:
        """Take the lines that the sentence needs at the new width."""
        self.fit()

    def fit(self) -> None:
        """As many lines as it takes to say all of the sentence, three at most."""
        if self.size.width:
            self.styles.height = len(self._pieces(self.size.width))

    def _pieces(self, width: int) -> list[str]:
        signs = {"saved": f"{AGREES} ", "refused": "! ", "unknown": "! ", "quiet": ""}
        said = self.session.privacy.text(self.text, self.session.privacy.recent())
        pieces = wrap(signs[self.kind] + shown(said, 400) if self.text else "", width - 2, _ACK_LINES)
        # What undo takes back has a line of its own where the sentence leaves no room for it.
        crowded = self.kind == "saved" and not self._aside(pieces[-1], width)
        return [*pieces, ""] if crowded and len(pieces) < _ACK_LINES else pieces

    def text_at(self, y: int) -> Text:
        """One line of the sentence."""
        pieces = self._pieces(self.size.width)
        if y == len(pieces) - 1:
            return super().text_at(0)
        return Text.assemble(" ", (pieces[y], self._style)) if y < len(pieces) else Text("")

    @property
    def _style(self) -> str:
        return {"saved": self.paint.saved, "quiet": self.paint.muted}.get(self.kind, self.paint.bad)

    def line(self, width: int) -> Text:
        """The end of the sentence, and what undo and redo would act on; a sign says its kind without colour."""
        line = Text.assemble(" ", (self._pieces(width)[-1], self._style))
        aside = self._aside(line.plain[1:], width)
        line.append(" " * (width - 1 - line.cell_len - cell_len(aside)) if aside else "")
        return line.append(aside, self.paint.muted)

    def _aside(self, sentence: str, width: int) -> str:
        """What undo and redo would act on, as far as there is room beside the end of the sentence."""
        room = width - cell_len(sentence) - 4
        return next((aside for aside in self._ahead() if cell_len(aside) < room), "")

    def _ahead(self) -> Iterator[str]:
        """What undo and redo would act on, in fewer and fewer words."""
        if self.session.store.read_only:
            return
        keys = (self.session.settings.key("undo"), self.session.settings.key("redo"))
        told = [one for one in zip(keys, ("undoes", "redoes"), self.session.ahead, strict=True) if one[2]]
        for kept, words in ((told, _WHOLE), (told, _NAMED), (told[:1], _WHOLE), (told[:1], _NAMED), (told[:1], _BRIEF)):
            yield " · ".join(f"{key} {verb} {self._named(ahead, words)}" for key, verb, ahead in kept if ahead)

    def _named(self, ahead: Ahead, words: int) -> str:
        entries = numbers(ahead.seq, ahead.last)
        if words == _BRIEF:
            return entries
        choice = f" {ahead.choice}" if words == _WHOLE else ""
        if ahead.rows > 1:
            return f"{several(ahead.rows, ahead.record_id)}{choice}, {entries}"
        privacy = self.session.privacy
        about = privacy.people(ahead.record_id) if ahead.record_id else privacy.recent()
        name = privacy.text(ahead.event_id, about)
        return f"{entries}{choice} {shown(name, 24) or 'row without id'}"


class FooterBar(Bar):
    """The at most eight keys that decide this row, then the key for all."""

    def line(self, width: int) -> Text:
        """The footer for a width: short labels, then fewer keys, until it fits."""
        items = self._items()
        for short in (False, True):
            if _length(items, short) <= width - 1:
                return self._drawn(items, short)
        while len(items) > 1 and _length(items, True) > width - 1:
            items.remove(min(items[:-1], key=lambda item: BY_ID[item[0].id].weight))
        return self._drawn(items, True)

    def _items(self) -> list[tuple[Action, str, bool]]:
        """(action, keys as shown, whether it would do something)."""
        session = self.session
        actions = footer_actions(session.context, read_only=session.store.read_only)
        if session.marked and BY_ID["apply_set"] not in actions:
            actions = (BY_ID["apply_set"], *actions)
        items = [(action.named_in(session.context), self._keys(action), session.can(action.id)) for action in actions]
        standing = session.standing
        if standing is None:
            # Where there is no row, what decides one is no key.
            items = [item for item in items if item[2]]
        elif standing.case.verdict.queue is Queue.CONFLICT:
            # A key that is never open on such a row is no key of this row; a approve stays, dim, to be learned.
            items = [item for item in items if item[2] or item[0].id != "map_contact"]
        return [*items[:FOOTER_KEYS], (BY_ID["help"], self._keys(BY_ID["help"]), True)]

    def _keys(self, action: Action) -> str:
        standing = self.session.standing
        if action.id == "choose" and standing:
            options = len(standing.case.options)
            numbers = list(side_numbers(standing.case).values()) if self.session.field else range(1, options + 1)
            first, last = min(numbers, default=1), min(9, max(numbers, default=1))
            if last - first >= len(numbers):
                return ",".join(map(str, numbers))
            return f"{first}-{last}" if last > first else str(first)
        return self.session.settings.keys_of(action).split(" ")[0]

    def _drawn(self, items: list[tuple[Action, str, bool]], short: bool) -> Text:
        line = Text(" ")
        for action, keys, usable in items:
            start = line.cell_len
            line.append(keys, self.paint.key if usable else self.paint.key_off)
            line.append(f" {_label(action, short)}", self.paint.text if usable else self.paint.muted)
            if action.id != "choose":
                self.spot(start, line.cell_len, action.id)
            line.append("  ")
        line.rstrip()
        return line


def _label(action: Action, short: bool) -> str:
    return action.short if short and action.short else action.label


def _length(items: list[tuple[Action, str, bool]], short: bool) -> int:
    words = [cell_len(keys) + 1 + cell_len(_label(action, short)) for action, keys, _ in items]
    return sum(words) + 2 * (len(words) - 1) + 1
