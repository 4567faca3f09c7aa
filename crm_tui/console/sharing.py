"""The keys for a shared screen, as a mixin of the review screen: mask, reveal, presenter mode, curtain."""

from __future__ import annotations

from collections import deque
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from crm_tui.console.actions import BY_ID
from crm_tui.console.dialogs import Dialog
from crm_tui.console.draw import Lines, clip, shown
from crm_tui.console.page import PlainPage
from crm_tui.console.panes import LinesPane
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.theme import STATE_SIGNS
from crm_tui.workspace.cases import DecidedLast
from crm_tui.workspace.undoing import numbers, several

REVEALED_FOR = 5.0
"""Seconds that one record is shown without the mask."""
DECISIONS = 5
"""Decisions that presenter mode keeps in view."""
_ECHOED = 4


class Curtain(Screen[None]):
    """Nothing but a blank screen; only ``.`` and ``esc`` do anything."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("full_stop,escape", "lift", "lift the curtain", show=False)]

    def compose(self) -> ComposeResult:
        """One quiet line, so that nobody takes the screen for broken."""
        yield Static(Text(". comes back"), id="curtain")

    def action_lift(self) -> None:
        """Show the review again."""
        self.dismiss(None)


def redraw_over(app: App[Any]) -> None:
    """Draw dialogs and pages anew, because the mask has gone on or off."""
    for screen in app.screen_stack:
        if isinstance(screen, Dialog | PlainPage):
            screen.redraw()


class Sharing(ReviewPart):
    """What sharing keys do; the screen that shows it is ``ReviewScreen``."""

    _reveal_timer: Timer | None = None

    def action_mask(self) -> None:
        """Mask on or off."""
        privacy = self.session.privacy
        if privacy.presenting:
            self.say(self.told("presenting: the mask stays on until {present} ends it."), "refused")
            return
        privacy.switch(on=not privacy.on)
        self.session.keep_mask()
        self.shared()
        self.say(
            self.told("mask on: nobody is recognisable; {reveal} shows this record for five seconds.")
            if privacy.on
            else "mask off."
        )

    def action_reveal(self) -> None:
        """This record without the mask, for a moment."""
        privacy, record_id = self.session.privacy, self.session.record_id
        if privacy.presenting:
            self.say("presenting: nothing is revealed.", "refused")
        elif not privacy.on:
            self.say(self.told("nothing is masked; {mask} puts the mask on."))
        elif record_id is not None:
            privacy.reveal(record_id)
            self.shared()
            self.say("this record is shown for five seconds.")
            self._stop_reveal()
            self._reveal_timer = self.set_timer(REVEALED_FOR, self._conceal)

    def _conceal(self) -> None:
        self._stop_reveal()
        if self.session.privacy.conceal():
            self.shared()
            self.say("mask on.")

    def _stop_reveal(self) -> None:
        if self._reveal_timer:
            self._reveal_timer.stop()
            self._reveal_timer = None

    def action_present(self) -> None:
        """Presenter mode on; off again the mask stays."""
        privacy = self.session.privacy
        privacy.switch(on=True, presenting=not privacy.presenting)
        privacy.conceal()
        self.session.keep_mask()
        self.shared()
        self.say(
            self.told("presenting: the mask is locked, keys are shown; {curtain} draws the curtain, {present} ends it.")
            if privacy.presenting
            else self.told("no longer presenting; the mask stays on, {mask} takes it off.")
        )

    async def action_curtain(self) -> None:
        """Blank the screen."""
        await self.run_action("app.curtain")

    def shared(self) -> None:
        """Draw all of it anew, because the same texts look otherwise; also what stands over the review."""
        self.query_one("#presenter", PresenterPane).display = self.session.privacy.presenting
        self.show()
        redraw_over(self.app)

    def echo(self, action: str) -> None:
        """Show which key was pressed, where one is presenting: ``approve``, ``choose(2)``."""
        if self.session.privacy.presenting:
            self.query_one("#presenter", PresenterPane).echo(action)


class PresenterPane(LinesPane):
    """What people in front of a shared screen ask for: which key that was, and what was decided last."""

    def __init__(self, part: Sharing) -> None:
        super().__init__(self._lines, id="presenter")
        self._part = part
        self._keys: deque[tuple[str, str]] = deque(maxlen=_ECHOED)
        self._read: tuple[int, list[DecidedLast]] | None = None
        """How often was written, and the latest decisions then."""

    def echo(self, action: str) -> None:
        """Note an action that a key of the registry has called."""
        name, _, number = action.partition("(")
        if name in BY_ID and BY_ID[name].keys:
            self._keys.append(
                (
                    number.rstrip(")") or self._part.session.settings.keys_of(BY_ID[name]).split(" ")[0],
                    BY_ID[name].label,
                )
            )
            self.rebuild()

    def on_mount(self) -> None:
        """Stand there only while one presents."""
        self.display = self._part.session.privacy.presenting

    def fit(self, roomy: bool) -> None:
        """Take one line, or where there is room one more for each decision."""
        self.styles.height = 1 + (len(self._decided()) if roomy and self.display else 0)

    def _lines(self, width: int, height: int) -> Lines:
        paint = self._part.paint
        line = Text(" keys ", paint.muted)
        for key, label in list(self._keys)[-1 if height < 2 else -_ECHOED :]:
            line.append(f" {key} ", paint.key)
            line.append(f" {label}  ", paint.text)
        decided = self._decided(why=height > 1)
        if height < 2:
            words = " · ".join(decided)
            line.append(clip(f"   {words}", max(0, width - line.cell_len - 1)), paint.muted)
            return [line]
        more = [Text(clip(f" {words}", width - 1), paint.text) for words in decided]
        return [line, *more]

    def _decided(self, *, why: bool = False) -> list[str]:
        """The latest decisions that stand, the newest first: ``✓ CHG-8801 approved: write nothing  “as agreed”``.

        Two records that are decided together are one decision, named as it was acknowledged; so is a set, of which
        only its entries are named.  ``why`` adds what was said with it.
        """
        session = self._part.session
        found: list[str] = []
        for one in self._last():
            (row,) = session.cases.rows([one.record_id])
            if one.rows > 2 or (one.rows == 2 and not session.cases.case(one.record_id).partner):
                rows = several(one.rows, one.record_id)
                found.append(f"{STATE_SIGNS[row.state]} {rows} {row.state.value}, {numbers(one.first, one.last)}")
                continue
            seen, review = session.privacy.row(row), session.cases.review(row.record_id)
            choice = f": {shown(seen.choice, 60)}" if seen.choice else ""
            words = session.privacy.typed(review.question or review.reason, session.privacy.people(row.record_id))
            said = f"  “{shown(words, 120)}”" if words and why else ""
            name = shown(seen.event_id, 40) or "row without id"
            found.append(f"{STATE_SIGNS[row.state]} {name} {row.state.value}{choice}{said}")
        return found

    def _last(self) -> list[DecidedLast]:
        """The latest decisions, read anew once something was written."""
        cases = self._part.session.cases
        written = cases.store.connection.total_changes
        if self._read is None or self._read[0] != written:
            self._read = written, cases.decided_last(DECISIONS)
        return self._read[1]
