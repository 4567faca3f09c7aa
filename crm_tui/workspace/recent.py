"""The workspaces opened last on this machine, and how far each has come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crm_tui.errors import TargetError, WorkspaceError, WorkspaceOlder
from crm_tui.files import data_dir, private_folder, write_atomic
from crm_tui.text import safe_text
from crm_tui.workspace.counts import Counts, read_counts
from crm_tui.workspace.store import Store

_FILE = "recent-workspaces.json"
_MOST = 12


@dataclass(frozen=True, slots=True)
class Recent:
    """One workspace as the start screen lists it."""

    path: Path
    name: str
    counts: Counts = field(default_factory=Counts)
    reviewer: str = ""
    last_at: str = ""
    """When something was recorded last, UTC as in the journal."""
    fault: str = ""
    """Why nothing is known of it, in words that go on from its name; ``""`` = all is."""
    opens: bool = True
    """Whether it can be opened."""


def recent_paths() -> list[Path]:
    """The paths, the latest first; those that are gone are left out."""
    try:
        found = json.loads((data_dir() / _FILE).read_bytes())
    except (OSError, ValueError):
        return []
    paths = [Path(one) for one in found if isinstance(one, str)] if isinstance(found, list) else []
    return [path for path in paths if path.is_file()]


def told_apart(found: Sequence[Recent]) -> list[str]:
    """The names of workspaces, each with as many of its folders before it as no other of that name shares."""
    names = []
    for one in found:
        folders = one.path.parts[1:-1]
        others = [other.path.parts[1:-1] for other in found if other.name == one.name and other.path != one.path]
        shared = max((_alike(folders, other) for other in others), default=-1)
        names.append("/".join((*folders[len(folders) - shared - 1 :], one.name) if others else (one.name,)))
    return names


def _alike(folders: Sequence[str], others: Sequence[str]) -> int:
    """How many of the innermost folders are called the same."""
    pairs = zip(reversed(folders), reversed(others), strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(folders), len(others)))


def note_recent(path: Path) -> None:
    """Put a workspace first; a folder that cannot be written is no error."""
    paths = [path.absolute(), *(one for one in recent_paths() if one != path.absolute())]
    try:
        data = json.dumps([str(one) for one in paths[:_MOST]], indent=1).encode()
        write_atomic(private_folder(data_dir()) / _FILE, data)
    except TargetError:
        return


def progress_of(path: Path) -> Recent:
    """How far a workspace has come; reads it only."""
    try:
        with Store.open(path, write=False) as store:
            return _progress(path, store)
    except WorkspaceOlder:
        return Recent(path, path.stem, fault="is of an earlier crm-tui: enter brings it up to date")
    except (WorkspaceError, sqlite3.Error) as error:
        # Its name stands before it, and the end of the sentence says what to do.
        return Recent(path, path.stem, fault=str(error).removeprefix(safe_text(str(path))).lstrip(" :"), opens=False)


def _progress(path: Path, store: Store) -> Recent:
    last = store.connection.execute(
        "SELECT json_extract(CAST(body AS TEXT), '$.at') FROM log ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    name, who = store.meta("name") or path.stem, store.meta("reviewer")
    return Recent(path, name, read_counts(store.connection), who, str(last[0]) if last else "")
