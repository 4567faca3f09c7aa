"""Files that come into a watched folder, as a mixin of the review screen: loaded without moving the cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from textual.message import Message
from textual.worker import get_current_worker

from crm_tui.console.actions import BY_ID
from crm_tui.console.loading import Came
from crm_tui.console.mapping import Mapping
from crm_tui.intake.source import UnknownTable
from crm_tui.text import counted, one_of, safe_text
from crm_tui.workspace.load import Found
from crm_tui.workspace.watch import Arrivals

EVERY = 0.1
"""Seconds between two looks at the folder."""
_AGAIN = 0.3
"""Seconds until another try, while a dialog is open or a range is being marked."""
_NAMED = 2


class Watching(Mapping):
    """What a watched folder does; the screen that shows it is ``ReviewScreen``."""

    class Arrived(Message):
        """Files have come."""

        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    _folder: Path | None = None
    _waiting: Sequence[UnknownTable] = ()
    """Tables that no system knows, until the reviewer asks for them."""

    def watch_folder(self, arrivals: Arrivals) -> None:
        """Take the files of a folder as they come."""
        self._folder = arrivals.folder
        self.run_worker(lambda: self._watch(arrivals), thread=True, group="watch", exit_on_error=False)

    def _watch(self, arrivals: Arrivals) -> None:
        worker = get_current_worker()
        while not worker.is_cancelled:
            found = arrivals.look(time.monotonic())
            if found.sources or found.problems or found.unknown:
                self.post_message(self.Arrived(found))
            time.sleep(EVERY)

    def on_watching_arrived(self, event: Watching.Arrived) -> None:
        """Load what came; nothing changes under a dialog that shows what one key would do."""
        if self.taking_in or self.app.screen is not self or self.session.anchor is not None:
            self.set_timer(_AGAIN, lambda: self.post_message(self.Arrived(event.found)))
            return
        with suppress(OSError):
            self.session.privacy.learn(one.name for one in (self._folder.iterdir() if self._folder else ()))
        names = [source.name for source in event.found.sources]

        def came(what: Came) -> None:
            report = what.report
            strange = {str(one) for one in report.unknown}
            told = [problem for problem in report.problems if problem not in strange][:1]
            if report.loaded and not told:
                told.append(_came(report.loaded, what.rows, report.reopened))
            if report.unknown:
                self._waiting = (*self._waiting, *report.unknown)
                told.append(self._strange(report.unknown))
            if told:
                self.say("; ".join(told), "refused" if report.problems or report.unknown else "quiet")

        self.load_beside(event.found, _files(names), came)

    def _strange(self, unknown: Sequence[UnknownTable]) -> str:
        """Which tables no system knows, and how to say what they are: the mapping screen takes no key unasked."""
        names = _files([one.source.name for one in unknown])
        which = "is a table" if len(unknown) == 1 else "are tables"
        return f"{names} {which} no system knows: {BY_ID['map_waiting'].label} ({self.told('{map_waiting}')})"

    def action_map_waiting(self) -> None:
        """Ask what the columns of the tables are that have come and that no system knows."""
        if not self._waiting:
            self.say("no table that came waits to be mapped.")
            return
        waiting, self._waiting = self._waiting, ()
        self.map_tables(waiting)


def _came(names: tuple[str, ...], rows: int, reopened: int) -> str:
    """``came: contact-17.json, 2 new rows``."""
    parts = [f"came: {_files(names)}", counted(rows, "new row") if rows else "no new row"]
    if reopened:
        parts.append(f"{counted(reopened, 'decision')} re-opened")
    return ", ".join(parts)


def _files(names: Sequence[str]) -> str:
    """The files of these sources, a few of them by name."""
    files = list(dict.fromkeys(name.partition("!")[0] for name in names))
    return one_of([safe_text(name, 40) for name in files], "and") if len(files) <= _NAMED else f"{len(files)} files"
