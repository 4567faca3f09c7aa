"""The keys of the search, as a mixin of the review screen: the count grows while words are typed."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from crm_tui.console.dialogs import CleanInput, typed
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.tabs import Tab
from crm_tui.model import Queue
from crm_tui.text import counted, safe_text
from crm_tui.workspace.search import Needle, needle, search
from crm_tui.workspace.store import Store

Found = dict[Queue, frozenset[int]]


class SearchInput(CleanInput):
    """The line for the words searched for, in the place of the footer."""

    class Left(Message):
        """The focus has gone elsewhere."""

    def __init__(self) -> None:
        self.private = True
        super().__init__(id="search", max_length=120, select_on_focus=False, placeholder="search rows: any cell, id…")

    def on_blur(self, event: events.Blur) -> None:  # noqa: ARG002
        """Say so."""
        self.post_message(self.Left())


class Searching(ReviewPart):
    """What search keys do; the screen that shows it is ``ReviewScreen``."""

    @property
    def _input(self) -> SearchInput:
        return self.query_one(SearchInput)

    def action_search(self) -> None:
        """Open the search line."""
        if self.session.tab.queue is None:
            return
        self._start = self.session.index
        self._input.display, self.query_one("#footer").display = True, False
        self._input.value = ""
        self._input.focus()
        self.say("type what to look for; enter stays at the match, esc goes back.")

    def action_next_match(self) -> None:
        """Next match."""
        self._go_match(1)

    def action_previous_match(self) -> None:
        """Match before."""
        self._go_match(-1)

    def _go_match(self, step: int) -> None:
        session = self.session
        if not session.query:
            self.say(f"nothing is searched for; {session.settings.key('search')} starts a search.")
            return
        elsewhere = session.matches_in_tabs(step)
        if session.matches() or not elsewhere:
            session.jump(session.matches().__contains__, step)
        else:
            session.open_tab(elsewhere[0][0])
            if session.record_id not in session.matches():
                session.jump(session.matches().__contains__, step)
        self.moved()
        self.say(self._standing_of_search())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as far as the words go; an earlier search that still runs is dropped."""
        query = typed(event.value).strip()
        self.session.searched("", {})
        if not query:
            self.workers.cancel_group(self, "search")
            return
        wanted = needle(self.session.cases, query)
        self.run_worker(
            lambda: self._search(query, wanted), thread=True, exclusive=True, group="search", exit_on_error=False
        )

    def _search(self, query: str, wanted: Needle) -> None:
        """In a thread, over a connection of its own: a quarter of a million rows take a second or two."""
        worker = get_current_worker()
        encodings = {number: source.encoding for number, source in self.session.cases.sources.items()}
        with Store.open(self.session.store.path, write=False) as store:
            found = search(store.connection, encodings, wanted, lambda: worker.is_cancelled)
        if found is not None and not worker.is_cancelled:
            self.app.call_from_thread(self._show_found, query, found)

    def _show_found(self, query: str, found: Found) -> None:
        self.session.searched(query, found)
        if self._input.display:
            self.session.go(self._start)
        if self.session.record_id not in self.session.matches():
            self.session.jump(self.session.matches().__contains__, 1)
        self.moved()
        self.say(self._standing_of_search())

    def _standing_of_search(self) -> str:
        session = self.session
        matches = session.matches()
        here = [record_id for record_id in session.ids() if record_id in matches]
        at = here.index(session.record_id) + 1 if session.record_id in matches else 0
        settings, hidden = session.settings, session.matches_hidden
        place = f"{at:,} of {counted(len(here), 'match', 'matches')}" if here else "no match here"
        beyond = [f"{hidden:,} hidden by the filter"] if hidden else []
        for at, (tab, number) in enumerate(session.matches_in_tabs()):
            key = settings.key("next_match") if not at and not session.matches() else self.keys_to(tab)
            beyond.append(f"{number:,} in {tab.value} ({key} goes there)")
        go_on = f"; {settings.key('next_match')} {settings.key('previous_match')} go on" if len(here) > 1 else ""
        words = " · ".join([place + go_on, *beyond])
        return f"/{safe_text(session.privacy.typed(session.query), 60)}  {words}"

    def keys_to(self, tab: Tab) -> str:
        """The keys that lead to another tab, the short way round."""
        tabs, settings = self.session.tabs, self.session.settings
        far = (tabs.index(tab) - tabs.index(self.session.tab)) % len(tabs)
        back = len(tabs) - far
        key, presses = ("next_tab", far) if far <= back else ("previous_tab", back)
        return " ".join([settings.key(key)] * presses)

    def on_input_submitted(self) -> None:
        """Stay where the match is."""
        self._close_search()

    def on_search_input_left(self) -> None:
        """A click elsewhere ends the typing, not the search."""
        self._close_search()

    def leave_search(self) -> bool:
        """Out of the search line, back to where it was opened; then out of the search.  ``False`` = neither."""
        if self._input.display:
            self.workers.cancel_group(self, "search")
            self.session.searched("", {})
            self._close_search()
            self.session.go(self._start)
            return True
        had = bool(self.session.query)
        self.session.searched("", {})
        return had

    def _close_search(self) -> None:
        if self._input.display:
            self._input.display, self.query_one("#footer").display = False, True
            self.query_one("#queue").focus()
