"""The rehearsal on screen: what can be done with a set, and the exact rows that the chosen deed would touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.console.deeds import Deed, Verb
from crm_tui.console.dialogs import Listing
from crm_tui.console.draw import Lines, clip, clip_ids, labelled, shown, wrap
from crm_tui.console.privacy import Privacy, privacy_of
from crm_tui.console.rehearsal import Plan, Planned, Rehearsal
from crm_tui.console.settings import settings_of
from crm_tui.console.theme import AGREES, CURSOR, NOTHING, Paint
from crm_tui.text import counted

_DEEDS = "a123456789xst"
"""The keys of what can be done."""
_LISTED = 1_000
"""Rows that are written out."""
_REASONS = 3
"""Rows named under each reason for leaving rows out, before the rest is a number."""


class SetDialog(Listing):
    """Choose a deed by its key; ``enter`` takes it, ``esc`` writes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"deed('{key}')", show=False) for key in _DEEDS),
    ]
    ANSWERS = frozenset({*_DEEDS, "enter"})

    def __init__(self, rehearsal: Rehearsal, paint: Callable[[], Paint]) -> None:
        super().__init__(f"Rehearsal: {rehearsal.title}", self._lines, "")
        self.rehearsal, self._paint = rehearsal, paint
        self._made: tuple[tuple[Deed | None, int, str, int], Lines] | None = None
        self._sizes = {deed: rehearsal.size(deed) for deed in rehearsal.deeds}
        suggested = rehearsal.deeds[0]
        # Two keys in a row, B and enter, never decide what nobody has chosen and nothing suggests.
        self.plan = rehearsal.plan(suggested) if self._sizes[suggested] else None
        self._accepted = False

    def on_mount(self) -> None:
        """Show the first deed."""
        super().on_mount()
        self._tell()

    def action_deed(self, key: str) -> None:
        """Rehearse another deed."""
        deed = next((deed for deed in self.rehearsal.deeds if deed.key == key), None)
        if deed:
            self.plan = self.rehearsal.plan(deed)
            for pane in self._panes:
                pane.rebuild(home=True)
            self.fit()
            self._tell()

    def action_accept(self) -> None:
        """Apply what is rehearsed, where it touches any row."""
        if self._accepted:
            return
        if self.plan is None:
            self.tell(f"choose a key first     {self._keys}  choose     esc  leave")
        elif self.plan.applied:
            # A thousand rows take a second: what goes on is drawn before it starts.
            self._accepted = True
            self.tell(f"applying to {counted(len(self.plan.applied), self.rehearsal.noun)} …")
            self.call_after_refresh(self._apply)

    def _apply(self) -> None:
        self.dismiss(True)

    def action_back(self) -> None:
        """Leave without doing anything, unless it is being done."""
        if not self._accepted:
            super().action_back()

    @property
    def _privacy(self) -> Privacy:
        return privacy_of(self.app)

    @property
    def _keys(self) -> str:
        takes = [deed.key for deed in self.rehearsal.deeds if deed.verb is Verb.TAKE]
        numbers = f"{takes[0]}-{takes[-1]}" if len(takes) > 1 else "".join(takes)
        return " ".join(filter(None, ("a", numbers, "x s t")))

    def _tell(self) -> None:
        number = len(self.plan.applied) if self.plan else 0
        what = f"enter  apply to {counted(number, self.rehearsal.noun)}" if number else "nothing to apply"
        if self.plan and self.plan.losers:
            what = f"enter  plan {counted(number, 'merge')}"
        self.tell(f"{what if self.plan else 'nothing chosen yet'}     {self._keys}  choose     esc  leave")

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        key = (self.plan.deed if self.plan else None, width, self.app.theme, self._privacy.version)
        if self._made is None or self._made[0] != key:
            # A thousand rows take a while to wrap, and a pane asks several times for its lines.
            deeds = [self._deed(deed, width) for deed in self.rehearsal.deeds]
            rows = self._rows(self.plan, width)
            self._made = key, [*deeds, Text(""), *rows, *self._beyond()]
        return self._made[1]

    def _rows(self, plan: Plan | None, width: int) -> Lines:
        if plan is None:
            these = f"these {self.rehearsal.noun}s"
            words = f"Nothing is chosen on {these}, and nothing suggested: choose what is to be done with them."
            if all(row.open.decided for row in self.rehearsal.rows):
                words = f"What is to become of {these} is decided already: undo that first, one by one or as a set."
            return [Text(f" {line}", self._paint().needs) for line in wrap(words, width - 2)]
        undo = settings_of(self.app).key("undo")
        drawn = plan_lines(
            plan, self.rehearsal.noun, self._privacy, settings_of(self.app).times_in, width, self._paint()
        )
        return [*_for_good(plan, undo, width, self._paint()), *drawn]

    def _deed(self, deed: Deed, width: int) -> Text:
        paint, here = self._paint(), self.plan is not None and deed == self.plan.deed
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs), (f" {deed.key} ", paint.key), " ")
        size = counted(self._sizes[deed], self.rehearsal.noun)
        words = clip(shown(self._privacy.text(deed.words), 120), max(4, width - line.cell_len - len(size) - 2))
        line.append(words, paint.strong if here else paint.text)
        line.append(" " * max(1, width - line.cell_len - len(size) - 1))
        line.append(size, paint.saved if self._sizes[deed] else paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line

    def _beyond(self) -> Lines:
        beyond = self.rehearsal.beyond
        if not beyond:
            return []
        again = settings_of(self.app).key("apply_set")
        words = f" and {counted(beyond, self.rehearsal.noun)} beyond this list; press {again} again for them."
        return [Text(words, self._paint().muted)]


def _for_good(plan: Plan, undo: str, width: int, paint: Paint) -> Lines:
    """What cannot be taken back stands before anything that may need scrolling."""
    if not plan.losers:
        return []
    number = len(plan.applied)
    words = (
        f"{counted(number, 'merge')} to be planned: {counted(plan.losers, 'record')} into {counted(number, 'other')}."
        f" Once somebody has merged them, that cannot be undone; until then {undo} takes the plan back."
    )
    return [Text(f" {line}", f"bold {paint.needs}") for line in wrap(words, width - 2)]


def plan_lines(plan: Plan, noun: str, privacy: Privacy, told: Callable[[str], str], width: int, paint: Paint) -> Lines:
    """The rows left out by reason, then the exact rows, their times as ``told`` writes them."""
    lines: Lines = []
    if plan.left_out:
        lines.append(Text(f" {NOTHING} {counted(len(plan.left_out), noun)} left out", f"bold {paint.needs}"))
        for reason in dict.fromkeys(row.kept_back for row in plan.left_out):
            rows = [row for row in plan.left_out if row.kept_back == reason]
            lines.extend(_reason(reason, rows, noun, privacy, width, paint))
        lines.append(Text(""))
    style = f"bold {paint.saved if plan.applied else paint.muted}"
    beside = f", and {counted(plan.beside, 'record')} decided with them" if plan.beside else ""
    heading = (
        f" {AGREES} {counted(len(plan.applied), noun)} would be {shown(privacy.text(plan.deed.done), 120)}{beside}"
    )
    lines.append(Text(clip(heading, width - 1), style))
    for row in plan.applied[:_LISTED]:
        name = clip_ids(shown(privacy.name(row.event_id), 60) or "row without id", 13)
        effect = told(privacy.text(row.effect, privacy.people(row.record_id)))
        words = [Text(shown(effect, 400), paint.text)]
        lines.extend(labelled(f"  {name}", words, width, 16, (paint.strong, paint.text)))
    if len(plan.applied) > _LISTED:
        more = counted(len(plan.applied) - _LISTED, f"further {noun}")
        lines.append(Text(f" and {more} just so; a filter, f, makes the set smaller.", paint.muted))
    return lines


def _reason(reason: str, rows: list[Planned], noun: str, privacy: Privacy, width: int, paint: Paint) -> Lines:
    names = ", ".join(shown(privacy.name(row.event_id), 60) or "row without id" for row in rows[:_REASONS])
    more = f" and {len(rows) - _REASONS:,} more" if len(rows) > _REASONS else ""
    words = [Text(f"{reason}: {names}{more}", paint.text)]
    return labelled(f"  {counted(len(rows), noun)}", words, width, 16, (paint.muted, paint.text))
