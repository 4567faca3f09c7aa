"""Files as they come into a folder: each once, when it is whole; looking never waits and never changes the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_tui.errors import InputError
from crm_tui.intake.files import is_export
from crm_tui.intake.formats import records
from crm_tui.intake.json_text import ENDS_EARLY
from crm_tui.intake.source import NOTHING_SAID, Overrides, UnknownTable
from crm_tui.text import safe_text
from crm_tui.workspace.load import Found, open_all

STILL = 0.15
"""Seconds without a change after which a file is looked into."""
PATIENCE = 3.0
"""Seconds without a change after which a file is taken as it is, whole or not: nothing may be dropped."""

_Stamp = tuple[int, int, int]


@dataclass
class _Known:
    """One file of the folder."""

    stamp: _Stamp
    since: float
    taken: bool = False


class Arrivals:
    """The files of one folder that have come since the last look."""

    def __init__(self, folder: Path, overrides: Overrides = NOTHING_SAID) -> None:
        self.folder = folder
        self._overrides = overrides
        self._known: dict[Path, _Known] = {}
        self._gone = False

    def look(self, now: float) -> Found:
        """What is whole at ``now``, in seconds of a clock that never goes back; mostly nothing."""
        try:
            entries = list(self._entries())
        except OSError as error:
            return self._lost(error)
        self._gone = False
        found = Found([], [])
        unknown: list[UnknownTable] = []
        for path, stamp in entries:
            known = self._known.get(path)
            if known is None or known.stamp != stamp:
                self._known[path] = _Known(stamp, now)
            elif not known.taken and stamp[0] and now - known.since >= STILL:
                late = now - known.since >= PATIENCE
                content = open_all([path], self._overrides)
                if late or _is_whole(content):
                    known.taken = True
                    found.sources.extend(content.sources)
                    found.problems.extend(content.problems)
                    unknown.extend(content.unknown)
        return found._replace(unknown=unknown)

    def _entries(self) -> Iterator[tuple[Path, _Stamp]]:
        with os.scandir(self.folder) as entries:
            listed = sorted((entry for entry in entries if is_export(entry)), key=lambda entry: entry.name)
            for entry in listed:
                status = entry.stat()
                yield Path(entry.path), (status.st_size, status.st_mtime_ns, status.st_ino)

    def _lost(self, error: OSError) -> Found:
        """Say once that the folder cannot be read."""
        said, self._gone = self._gone, True
        reason = error.strerror or "the system refuses"
        return Found(
            [], [] if said else [f"{safe_text(str(self.folder))} cannot be watched: {reason}; check the folder."]
        )


def _is_whole(content: Found) -> bool:
    """Whether nothing looks cut off; a table that is no JSON may always go on, so only patience tells."""
    if content.problems or not content.sources:
        return False
    try:
        return all(
            source.format.startswith(("json", "soap")) and not any(one.problem == ENDS_EARLY for one in records(source))
            for source in content.sources
        )
    except InputError:
        return False
