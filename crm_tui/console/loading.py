"""Files taken into the workspace under review, as a mixin of the review screen: beside the screen, which goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.message import Message
from textual.worker import Worker, get_current_worker

from crm_tui.console.review_part import ReviewPart
from crm_tui.errors import CrmTuiError
from crm_tui.intake.column_map import ColumnMap
from crm_tui.text import counted
from crm_tui.workspace.ingest import LoadReport, PolicyText
from crm_tui.workspace.load import Found, load_more

_EVERY = 0.3
"""Seconds between two words on how far a load is; a short one says only what came."""


class Came(NamedTuple):
    """What a load came to."""

    report: LoadReport
    rows: int
    """Rows that the workspace did not have before."""


class _Stopped(Exception):
    """The person has stopped the load, or is leaving."""


class Loading(ReviewPart):
    """A load into the workspace on screen: one at a time, in a thread and by a connection of its own."""

    class Progressed(Message):
        """A load goes on."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Ended(Message):
        """A load has come to its end: with a report, or with a sentence why there is none."""

        def __init__(self, report: LoadReport | None, words: str, then: Callable[[Came], None]) -> None:
            super().__init__()
            self.report, self.words, self.then = report, words, then

    _load: Worker[None] | None = None

    @property
    def taking_in(self) -> bool:
        """Whether files are being taken in."""
        return self._load is not None

    def load_beside(
        self,
        found: Found,
        name: str,
        then: Callable[[Came], None],
        said: Sequence[ColumnMap] = (),
        policy: PolicyText | None = None,
    ) -> None:
        """Take in what was found, called ``name``, or a policy, and go on with ``then`` once it is on screen.

        Nothing can be decided meanwhile (``Store.beside``); ``esc`` stops it without a trace.
        """
        self._load = self.run_worker(
            lambda: self._load_found(found, name, then, said, policy), thread=True, group="load"
        )

    def _load_found(
        self,
        found: Found,
        name: str,
        then: Callable[[Came], None],
        said: Sequence[ColumnMap],
        policy: PolicyText | None,
    ) -> None:
        worker = get_current_worker()
        drawn = time.monotonic()

        def told(read: int, total: int, rows: int) -> None:
            nonlocal drawn
            if worker.is_cancelled:
                raise _Stopped
            if time.monotonic() - drawn >= _EVERY:
                drawn = time.monotonic()
                share = f"{read / total:.0%}, " if total else ""
                self.post_message(self.Progressed(f"loading {name}: {share}{counted(rows, 'row')}; esc stops it"))

        report, words = None, ""
        try:
            with self.session.store.beside() as store:
                report = load_more(store, found, self.session.reviewer, said, told, policy)
        except _Stopped:
            words = f"stopped: nothing of {name} was kept; to load it: crm-tui load FILE -w WORKSPACE"
        except CrmTuiError as error:
            words = str(error)
        self.post_message(self.Ended(report, words, then))

    def stop_loading(self) -> bool:
        """Stop the load that goes on; ``False`` where none does."""
        if self._load is None:
            return False
        self._load.cancel()
        self.say("stopping…")
        return True

    def on_loading_progressed(self, event: Loading.Progressed) -> None:
        """Say how far it is."""
        if self._load and not self._load.is_cancelled:
            self.say(event.words)

    def on_loading_ended(self, event: Loading.Ended) -> None:
        """Draw what came; the cursor stays on its row."""
        self._load = None
        before = self.session.counts.rows
        if event.report is None:
            self.say(event.words, "refused")
            return
        self.session.refresh()
        if event.report.problems:
            self.say(event.report.problems[0], "refused")
        event.then(Came(event.report, self.session.counts.rows - before))
        self.show()
