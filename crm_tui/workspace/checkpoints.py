"""Anchors of the journal outside the workspace: where it ended when we last left it, and at each handoff given out.

A journal that was cut, or computed anew, is consistent in itself; only what was noted elsewhere tells (handoff.md, "The
decision log in SQLite").  ``checkpoints.jsonl`` in the user's data folder has a line each time: workspace, file, number
and hash of the last entry, time, and the id of the handoff if it was one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from crm_tui import canonical
from crm_tui.errors import InputError, JournalDamaged, TargetError
from crm_tui.files import append_line, data_dir, read_file
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.store import Store

_MAX_BYTES = 64 * 1024 * 1024


class Checkpoint(NamedTuple):
    """One line of the file."""

    workspace: str
    file: str
    """Absolute path of the workspace file at that time."""
    entries: int
    head: str
    """Hash of the last entry, in hex."""
    at: str
    handoff: str
    """Id of the handoff that ended with this entry, or ``""``."""

    @property
    def words(self) -> str:
        """``the handoff given out on 2026-06-01T12:00:00Z``."""
        return f"the handoff given out on {self.at}" if self.handoff else f"the checkpoint of {self.at}"


def default_path() -> Path:
    """The checkpoints of this user."""
    return data_dir() / "checkpoints.jsonl"


def keep(store: Store, handoff: str = "") -> None:
    """Note where the journal ends; a data folder that cannot be written stops nobody's work."""
    entries, head = journal.head(store.connection)
    known = of_file(store)
    if not handoff and known and (known[-1].entries, known[-1].head) == (entries, head.hex()):
        return
    line = Checkpoint(store.meta("workspace_id"), _place(store), entries, head.hex(), store.now(), handoff)
    with suppress(TargetError):
        append_line(default_path(), canonical.dumps(line._asdict()))


def of_file(store: Store) -> list[Checkpoint]:
    """The checkpoints of this workspace file, oldest first.

    A copy elsewhere has a life of its own; lines of another path count where nothing lies there any more, because then
    the file was moved.
    """
    place, workspace = _place(store), store.meta("workspace_id")
    return [line for line in _read(workspace) if line.file == place or not os.path.lexists(line.file)]


def check(store: Store) -> None:
    """Hold the journal against its checkpoints.

    Raises ``JournalDamaged``: ``log.truncated`` or ``log.rewritten``, with the first entry that is not what was noted.
    """
    given_up = _given_up(store)
    known = [line for line in of_file(store) if (line.entries, line.head) not in given_up]
    holds = 0
    for line in sorted(known, key=lambda one: one.entries):
        found = store.connection.execute("SELECT hash FROM log WHERE seq = ?", (line.entries,)).fetchone()
        if found is None:
            last = journal.head(store.connection)[0]
            raise JournalDamaged(
                "log.truncated",
                f"the journal ends with entry {last}, and {line.words} knew {line.entries} of them. {_WAY_ON}",
            )
        if found[0].hex() != line.head:
            first = f"from entry {holds + 1} on" if holds else f"up to entry {line.entries}"
            raise JournalDamaged(
                "log.rewritten", f"the journal is not the one that {line.words} knew, {first}. {_WAY_ON}"
            )
        holds = line.entries


_WAY_ON = (
    "A copy put back from a backup looks just like this. If you know why, go on with:"
    " crm-tui journal -w WS --continue --reason TEXT."
)


def missed(store: Store) -> list[Checkpoint]:
    """The checkpoints that the journal does not bear out and that nobody has given up yet."""
    given_up = _given_up(store)
    rows = dict(store.connection.execute("SELECT seq, hash FROM log").fetchall())
    return [
        line
        for line in of_file(store)
        if (line.entries, line.head) not in given_up and rows.get(line.entries, b"").hex() != line.head
    ]


def go_on(store: Store, reviewer: str, reason: str) -> int:
    """Give up the checkpoints that do not hold, which is itself an entry; gives its number, or 0 when all hold."""
    lost = sorted({(line.entries, line.head) for line in missed(store)})
    if not lost:
        return 0
    fields = {"lost": [{"entries": entries, "head": head} for entries, head in lost]}
    with store.transaction():
        number = journal.append(store, "continue", fields, {"by": reviewer, "reason": reason})
    keep(store)
    return number


def _given_up(store: Store) -> set[tuple[int, str]]:
    entries = journal.entries(store.connection, "kind = 'continue'")
    return {(one["entries"], one["head"]) for entry in entries for one in entry.body["lost"]}


def _place(store: Store) -> str:
    return safe_text(str(store.path.absolute()), 4_096)


def _read(workspace: str) -> Iterator[Checkpoint]:
    """The whole lines of one workspace; one that a crash cut short must not lock anybody out."""
    try:
        data = read_file(default_path(), _MAX_BYTES)
    except InputError:
        return
    for raw in data.split(b"\n"):
        if workspace.encode() in raw:
            with suppress(ValueError):
                line = _parsed(canonical.loads(raw))
                if line.workspace == workspace:
                    yield line


def _parsed(value: canonical.Json) -> Checkpoint:
    if not isinstance(value, dict) or set(value) != set(Checkpoint._fields):
        raise ValueError("no checkpoint")
    for name, item in value.items():
        if type(item) is not (int if name == "entries" else str):
            raise ValueError(name)
    return Checkpoint(**value)  # type: ignore[arg-type]
