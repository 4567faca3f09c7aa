"""Where the program keeps its files, and how it writes one: whole, private, or not at all."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from crm_tui.errors import InputError, TargetError
from crm_tui.text import safe_text

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
IN_MEMORY = 256 * 1024 * 1024
"""Bytes of a file that is read into memory as a whole (handoff.md, "Order of verification" 1)."""

_BLOCK = 1 << 20
_UNFINISHED = ".crm-tui-part"
_NAMED_BY_US = re.compile(rf"\..{{1,60}}\.[0-9a-f]{{12}}{re.escape(_UNFINISHED)}", re.DOTALL)
_ABANDONED_AFTER = 60.0
"""Seconds without a write after which an unfinished file may be one that was left behind."""

Data = TypeVar("Data", bound="bytes | memoryview")


def data_dir() -> Path:
    """The folder for workspaces, keys and the trust file; ``CRM_TUI_DATA_DIR`` overrides the platform's."""
    override = os.environ.get("CRM_TUI_DATA_DIR")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_data_path("crm-tui")


def config_dir() -> Path:
    """The folder for what a person has set; ``CRM_TUI_CONFIG_DIR``, else ``CRM_TUI_DATA_DIR``, overrides it."""
    override = os.environ.get("CRM_TUI_CONFIG_DIR") or os.environ.get("CRM_TUI_DATA_DIR")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_config_path("crm-tui")


def private_folder(folder: Path) -> Path:
    """Make ``folder`` and its missing parents, each 0700 whatever the umask; an existing one stays as it is."""
    missing = [folder, *folder.parents]
    missing = missing[: next((i for i, path in enumerate(missing) if path.exists()), len(missing))]
    for path in reversed(missing):
        with target_errors(path):
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            path.chmod(PRIVATE_FOLDER)
    return folder


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes; a pipe or device in its place never holds us.

    Raises ``InputError`` with what is wrong with the file and what to do.
    """
    with _opened(path) as stream:
        data = stream.read(limit + 1)
    return _within(path, data, limit)


def stable_bytes(path: Path, limit: int, *, in_memory: int = IN_MEMORY) -> bytes | memoryview:
    """The bytes of a regular file, which nobody can change any more: what is checked is what is used.

    A file of more than ``in_memory`` bytes is copied to a private file without a name in the data folder and read
    from there, so that its size costs no memory.  Raises as ``read_file``, and ``TargetError`` when there is no room.
    """
    with _opened(path) as stream:
        first = stream.read(in_memory + 1)
        if len(first) <= in_memory or limit <= in_memory:
            return _within(path, first, limit)
        with target_errors(data_dir()), tempfile.TemporaryFile(dir=private_folder(data_dir())) as copy:
            size, block = 0, first
            while block and size <= limit:
                size += copy.write(block)
                block = stream.read(_BLOCK)
            copy.flush()
            return _within(path, memoryview(mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)), limit)


def _within(path: Path, data: Data, limit: int) -> Data:
    if len(data) > limit:
        raise InputError(f"{safe_text(str(path))} is over {limit:,} bytes; name the right file.")
    return data


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, opened once for reading; ``InputError`` for whatever the system says against it."""
    shown = safe_text(str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise InputError(f"{shown} is a pipe, socket or device; name a regular file.")
            yield stream
    except FileNotFoundError as error:
        raise InputError(f"{shown} does not exist; check the path.") from error
    except IsADirectoryError as error:
        raise InputError(f"{shown} is a folder; name a file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the system refuses"
        raise InputError(f"{shown} cannot be read: {reason}; check the path and its rights.") from error


def write_atomic(
    path: Path, data: bytes | Sequence[bytes | memoryview], *, before_rename: Callable[[], None] | None = None
) -> None:
    """Replace ``path`` by ``data``, whole or in pieces: a private temporary file beside it, synced, checked, renamed,
    folder synced.

    ``before_rename`` runs when the bytes are safely on disk under the temporary name; if it raises, ``path``
    stays as it was.  Raises ``TargetError`` for anything the system refuses.
    """
    if path.is_dir():
        raise TargetError(f"{safe_text(str(path))} is a folder; name a file to write.")
    if path.exists() and not path.is_file():
        raise TargetError(f"{safe_text(str(path))} is a pipe, socket or device; name a file to write.")
    pieces = [data] if isinstance(data, bytes) else data
    temporary = path.parent / f".{path.name[:60]}.{secrets.token_hex(6)}{_UNFINISHED}"
    with target_errors(path):
        _clear_unfinished(path.parent)
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(descriptor, "w+b") as stream:
                temporary.chmod(PRIVATE_FILE)
                _is_ours_alone(stream)
                stream.writelines(pieces)
                stream.flush()
                os.fsync(stream.fileno())
                stream.seek(0)
                if any(stream.read(len(block)) != block for block in _blocks(pieces)) or stream.read(1):
                    raise OSError("the disk does not hold what was written")
            if before_rename is not None:
                before_rename()
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _blocks(pieces: Sequence[bytes | memoryview]) -> Iterator[bytes]:
    """The pieces in parts that are small enough to be copied: two views are compared byte by byte, which is slow."""
    for piece in pieces:
        for start in range(0, len(piece), _BLOCK):
            yield bytes(piece[start : start + _BLOCK])


def _clear_unfinished(folder: Path) -> None:
    """Take away what a write that was killed has left: of our naming, ours, old, and held by nobody."""
    for found in folder.glob(f".*.*{_UNFINISHED}"):
        if not _NAMED_BY_US.fullmatch(found.name):
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(found, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "r+b") as stream:
                status = os.fstat(stream.fileno())
                own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
                old = time.time() - status.st_mtime > _ABANDONED_AFTER
                private = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
                if not (own and old and private and _is_ours_alone(stream)):
                    continue
            found.unlink()


def _is_ours_alone(stream: BinaryIO) -> bool:
    """Hold a file against other runs until it is closed; a killed one holds nothing.  Windows does so by itself."""
    if os.name == "nt":
        return True
    import fcntl

    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a private file, made if missing, and have it on disk; raises ``TargetError``.

    A link or a pipe in its place is refused, and holds nobody.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)
    with target_errors(path):
        private_folder(path.parent)
        descriptor = os.open(path, flags, PRIVATE_FILE)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "it is a pipe, socket or device")
            os.write(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable; systems without folder handles (Windows) do it themselves."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def target_errors(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` on a file that we write into one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetError(f"cannot write {safe_text(str(path))}: {reason}. Choose another place.") from error
