"""Which files a load is about: paths and folders as a person names them → the files to read, each once."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from crm_tui.errors import InputError
from crm_tui.text import safe_text

SUFFIXES = (".csv", ".txt", ".tsv", ".json", ".jsonl", ".ndjson", ".xml", ".xlsx", ".mbox", ".gz", ".zip")
"""What is taken from a folder or an archive; what a file is, its content tells."""
_NAMED = 5
"""So many of what a load of a folder leaves aside are named, the others counted."""
HANDOFF_SUFFIX = ".handoff.zip"
"""Our own results may lie beside the exports; they are none."""


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[InputError]]:
    """The files to read, in the order given and each once, and one error per path that cannot be read.

    A folder stands for its ``SUFFIXES`` files, not hidden ones, by name; a file that is named itself may have
    any suffix.
    """
    found: dict[tuple[int, int], Path] = {}
    errors: list[InputError] = []
    for path in paths:
        with _collected(errors):
            for file in _listed(path):
                with _collected(errors):
                    found.setdefault(_identity(file), file)
    return list(found.values()), errors


@contextlib.contextmanager
def _collected(errors: list[InputError]) -> Iterator[None]:
    """One path that cannot be read does not keep the others from being read."""
    try:
        yield
    except InputError as error:
        errors.append(error)


def _listed(path: Path) -> list[Path]:
    """A folder's tables, or the path itself."""
    if not stat.S_ISDIR(_status(path).st_mode):
        return [path]
    try:
        names = sorted(entry.name for entry in os.scandir(path) if is_export(entry))
    except OSError as error:
        raise _unreadable(path, error) from error
    if not names:
        raise InputError(
            f"{_drawn(path)} holds no export (.csv, .xlsx, .json, .zip …); name another folder, or the files."
        )
    return [path / name for name in names]


def left_aside(paths: Sequence[Path]) -> list[str]:
    """For each folder of ``paths`` what a load of them leaves unread: other files and folders; not hidden ones."""
    notes = []
    named = {path.resolve() for path in paths}
    for path in paths:
        with contextlib.suppress(OSError):
            with os.scandir(path) as entries:
                unread = (one for one in entries if not one.name.startswith(".") and not is_export(one))
                others = sorted(_named(one) for one in unread if Path(one).resolve() not in named)
            if others:
                told = [*others[:_NAMED], f"{len(others) - _NAMED} more"] if len(others) > _NAMED else others
                notes.append(f"{_drawn(path)}: not looked into, name it to load it: {', '.join(told)}")
    return notes


def _named(entry: os.DirEntry[str]) -> str:
    return safe_text(entry.name, 40) + ("/" if entry.is_dir() else "")


def is_export(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder is a file that a load of the folder reads."""
    name = entry.name.lower()
    listed = name.endswith(SUFFIXES) and not name.startswith(".") and not name.endswith(HANDOFF_SUFFIX)
    return listed and entry.is_file()


def _identity(path: Path) -> tuple[int, int]:
    """What tells a file from all others, however it is named; raises ``InputError`` if it is unreadable."""
    status = _status(path)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{_drawn(path)} is a pipe, socket or device; name a regular file or a folder.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{_drawn(path)} may not be read by you; give yourself the right to read it.")
    return status.st_dev, status.st_ino


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError as error:
        raise InputError(f"{_drawn(path)} does not exist; check the path.") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InputError(f"{_drawn(path)} cannot be read: {reason}; check the path and its rights.")


def _drawn(path: Path) -> str:
    return safe_text(str(path))
