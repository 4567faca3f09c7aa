"""What every part of the review screen may count on; the keys of each part are a mixin on this."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from crm_tui.console.privacy import Ours
from crm_tui.console.session import Session
from crm_tui.console.standing import Standing
from crm_tui.console.theme import Paint
from crm_tui.workspace.undoing import Saved


class ReviewPart(Screen[None]):
    """The screen as its parts see it; ``ReviewScreen`` fills it in."""

    session: Session

    @property
    def paint(self) -> Paint:
        """The colours of the present theme."""
        raise NotImplementedError

    def show(self) -> None:
        """Draw what the session says."""
        raise NotImplementedError

    def moved(self) -> None:
        """Draw another row."""
        raise NotImplementedError

    def say(self, text: str, kind: str = "quiet") -> None:
        """Show a sentence."""
        raise NotImplementedError

    def hush(self, *kept: str) -> None:
        """Take a sentence away that is about the row, or the tab, that is left, but for these kinds of it."""
        raise NotImplementedError

    def told(self, sentence: str) -> Ours:
        """A sentence of the program alone, with the keys of the actions that it names in braces."""
        return Ours(self.session.settings.told(sentence))

    def attempt(self, act: Callable[[], Saved]) -> bool:
        """Do what writes, and say that it is saved, or why it is not."""
        raise NotImplementedError

    def for_row(self, done: Callable[[str], object], *, decides: bool = True) -> Callable[[str | None], None]:
        """What is done with the answer to a question about the row under the cursor, and about no other row.

        A load that ends while one types may take the cursor elsewhere, and change what the row says; then nothing
        is decided on it.
        """
        asked = self.session.standing

        def answered(answer: str | None) -> None:
            if answer is not None and asked and self._back_on(asked, decides):
                done(answer)

        return answered

    def _back_on(self, asked: Standing, decides: bool) -> bool:
        """Put the cursor on a row again; whether the row is what it was, where that matters."""
        if self.session.record_id != asked.record_id:
            self.session.go_to(asked.record_id)
            self.moved()
        if not decides or self.session.cases.case(asked.record_id).fingerprint == asked.case.fingerprint:
            return True
        self.say("a load has changed this row meanwhile, so nothing was saved: look at it and answer again.", "refused")
        return False

    def stop_loading(self) -> bool:
        """Stop a load that goes on, where there is one."""
        raise NotImplementedError

    def leave_fields(self) -> bool:
        """Out of the fields of a row, where the cursor is in them."""
        raise NotImplementedError

    def leave_search(self) -> bool:
        """Out of the search, where there is one."""
        raise NotImplementedError
