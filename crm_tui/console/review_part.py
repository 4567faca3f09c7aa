"""What every part of the review screen may count on; the keys of each part are a mixin on this."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from crm_tui.console.session import Session
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

    def told(self, sentence: str) -> str:
        """A sentence of ours with the keys of the actions that it names in braces."""
        return self.session.settings.told(sentence)

    def attempt(self, act: Callable[[], Saved]) -> bool:
        """Do what writes, and say that it is saved, or why it is not."""
        raise NotImplementedError

    def stop_loading(self) -> bool:
        """Stop a load that goes on, where there is one."""
        raise NotImplementedError

    def leave_fields(self) -> bool:
        """Out of the fields of a row, where the cursor is in them."""
        raise NotImplementedError

    def leave_search(self) -> bool:
        """Out of the search, where there is one."""
        raise NotImplementedError
