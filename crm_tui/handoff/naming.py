"""What a handoff is called where nobody names it: never as another file that lies there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from crm_tui.errors import InputError
from crm_tui.files import read_file
from crm_tui.handoff.container import Content
from crm_tui.workspace.store import Store


def own_names(store: Store, seq: int) -> Iterator[Path]:
    """``acme-6f1c0d2a-h0003.handoff.zip`` beside the workspace, its name, its id, the number; then with ``-2`` …"""
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in store.meta("name").lower())
    stem = f"{name.strip('-')[:40] or 'review'}-{store.meta('workspace_id')[:8]}-h{seq:04d}"
    folder = store.path.absolute().parent
    return (folder / f"{stem}{f'-{number}' if number > 1 else ''}.handoff.zip" for number in count(1))


def own_path(store: Store, seq: int, pieces: Sequence[Content] = ()) -> Path:
    """The first of the names that nothing has but a file of these ``pieces``.

    Copies of one review count alike, and a file to which somebody has added a sign-off is not the one that was signed.
    """
    return next(path for path in own_names(store, seq) if _is_free(path) or _holds(path, pieces))


def _is_free(path: Path) -> bool:
    return not (path.exists() or path.is_symlink())


def _holds(path: Path, pieces: Sequence[Content]) -> bool:
    try:
        return read_file(path, sum(map(len, pieces))) == b"".join(pieces)
    except InputError:
        return False
