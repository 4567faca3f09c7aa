"""Opening, making and writing a workspace file safely (reliability.md, "SQLite").

WAL with ``synchronous=FULL``; one writer, held by a lock file; every write is one ``BEGIN IMMEDIATE`` … ``COMMIT``.
"""

from __future__ import annotations

import contextlib
import getpass
import glob
import os
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from crm_tui.errors import JournalDamaged, WorkspaceBusy, WorkspaceError, WorkspaceOlder
from crm_tui.files import PRIVATE_FILE, private_folder, sync_folder, target_errors
from crm_tui.model import Clock
from crm_tui.text import safe_text
from crm_tui.workspace import schema

SUFFIX = ".crm"
_AS_IT_LIES = "mode=ro&immutable=1"
_LOADING = "a file is being loaded; nothing was saved. Decide again when it is in, or stop it."


def utc_now() -> datetime:
    """The clock of the real program."""
    return datetime.now(UTC)


def login_name() -> str:
    """The login name of who runs the program: the reviewer who has not said another name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"


class Store:
    """A workspace file, open.  ``read_only`` when another program holds it or the file cannot be written."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None, clock: Clock) -> None:
        self.path = path
        self.connection = connection
        self.clock = clock
        self._lock = lock
        self._beside = False

    @property
    def read_only(self) -> bool:
        """Whether nothing can be decided or loaded here."""
        return self._lock is None

    @classmethod
    def open(cls, path: Path, *, write: bool = True, clock: Clock = utc_now) -> Store:
        """Open an existing workspace.

        Raises ``WorkspaceError`` when it is missing, of another program, newer, damaged or not a file, and
        ``WorkspaceBusy`` when ``write`` is asked for and another crm-tui holds it.
        """
        _refuse_bad_path(path)
        _check_header(path)
        if write and path.stat().st_nlink > 1:
            # Locks and write-ahead logs go by name: two names for one file lose decisions.
            raise WorkspaceError(f"{safe_text(str(path))} has a second name (hard link); copy it, and open the copy.")
        lock = _take_lock(path) if write else None
        try:
            connection = _connect(path, write=write)
            _check_identity(connection, path)
            _bring_up(connection, path, write=write)
        except BaseException:
            if lock:
                lock.release()
            raise
        return cls(path, connection, lock, clock)

    @classmethod
    @contextlib.contextmanager
    def building(cls, path: Path, *, clock: Clock = utc_now) -> Iterator[Store]:
        """A new workspace under a temporary name: it takes its own name, synced, only when the block succeeds.

        The rollback journal is off meanwhile, so a half-built workspace never exists (performance.md, design 1).
        """
        private_folder(path.parent)
        lock = _take_lock(path)
        if path.exists():
            lock.release()
            raise WorkspaceBusy(f"{safe_text(str(path))} exists already; another crm-tui made it just now. Load again.")
        # Whoever holds the lock is the only one who builds here: what an interrupted load left is nobody's.
        for stale in path.parent.glob(f".{glob.escape(path.name)}.*.tmp*"):
            stale.unlink(missing_ok=True)
        temporary = path.parent / f".{path.name}.{secrets.token_hex(6)}.tmp"
        try:
            with target_errors(path):
                os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
            connection = sqlite3.connect(temporary, isolation_level=None, check_same_thread=False)
            try:
                _build_pragmas(connection)
                schema.migrate(connection)
                yield cls(path, connection, lock, clock)
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.Error as error:
                raise _storage_error(path, error) from error
            finally:
                connection.close()
            with target_errors(path):
                _sync_file(temporary)
                temporary.rename(path)
                sync_folder(path.parent)
        finally:
            for leftover in (temporary, Path(f"{temporary}-wal"), Path(f"{temporary}-shm")):
                leftover.unlink(missing_ok=True)
            lock.release()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write: all of it is on disk when the block has ended without an error, or none of it."""
        if self.read_only:
            raise WorkspaceBusy(f"{safe_text(self.path.name)} is open read-only; nothing was saved.")
        if self._beside:
            # SQLite would let the screen wait for the other connection.
            raise WorkspaceBusy(_LOADING)
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self._roll_back()
                raise
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise _storage_error(self.path, error) from error

    @contextlib.contextmanager
    def beside(self) -> Iterator[Store]:
        """The same workspace by another connection, for a thread that writes while this one reads.

        Until the block ends this one refuses to write, at once; it sees what was written when that is committed.
        """
        if self._beside:
            raise WorkspaceBusy(_LOADING)
        connection = _connect(self.path, write=not self.read_only)
        self._beside = True
        try:
            yield Store(self.path, connection, self._lock, self.clock)
        finally:
            self._beside = False
            connection.close()

    def end_writing(self) -> None:
        """Read only from now on, because what lies here is not what we wrote; the file may be opened elsewhere."""
        self.connection.execute("PRAGMA query_only = ON")
        if self._lock:
            self._lock.release()
            self._lock = None

    def scrub(self) -> None:
        """Rewrite the file, so that nothing which was deleted stays in a free page or in the write-ahead log."""
        try:
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                row = self.connection.execute(statement).fetchone()
                if row and row[0]:
                    raise WorkspaceBusy(
                        f"{safe_text(self.path.name)} is being read by another program, so old bytes may stay in it;"
                        " close that one and give the same command again."
                    )
        except sqlite3.Error as error:
            raise WorkspaceError(
                f"{safe_text(self.path.name)} could not be rewritten, so old bytes may stay in it; make room on the"
                " disk and give the same command again."
            ) from error

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def now(self) -> str:
        """The clock's time as the journal writes it: ``2026-05-13T16:00:00Z``."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def meta(self, key: str, default: str = "") -> str:
        """A small setting of the workspace."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def set_meta(self, key: str, value: str) -> None:
        """Keep a small setting; call it inside ``transaction``."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Close the file and let the next one write."""
        self.connection.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_REASONS = {
    "SQLITE_FULL": "the disk is full; make room and try again",
    "SQLITE_IOERR_SHMSIZE": "the disk is full; make room and try again",
    "SQLITE_BUSY": "another program holds it; close that one and try again",
    "SQLITE_READONLY": "it cannot be written; check its permissions",
    "SQLITE_CORRUPT": "it is damaged; take your last copy of it",
    "SQLITE_NOTADB": "it is damaged; take your last copy of it",
}


def _reason(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    return next((text for code, text in _REASONS.items() if name.startswith(code)), f"the system says {name}")


def _storage_error(path: Path, error: sqlite3.Error) -> WorkspaceError:
    return WorkspaceError(f"{safe_text(path.name)} was not written: {_reason(error)}. Nothing of this step was saved.")


def _refuse_bad_path(path: Path) -> None:
    shown = safe_text(str(path))
    if path.is_symlink():
        raise WorkspaceError(f"{shown} is a symbolic link; name the workspace file itself.")
    if path.is_dir():
        name = next((one.name for one in sorted(path.glob(f"*{SUFFIX}"))), f"review{SUFFIX}")
        raise WorkspaceError(f"{shown} is a folder; name a workspace file, for example {shown}/{safe_text(name)}.")
    if not path.exists():
        raise WorkspaceError(f"there is no workspace {shown}; make one with: crm-tui load FILES -w {shown}")
    if not path.is_file():
        raise WorkspaceError(f"{shown} is not a regular file; name a workspace file.")


def _take_lock(path: Path) -> FileLock:
    lock = FileLock(path.parent / f".{path.name}.lock", mode=PRIVATE_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        if not _may_write(path.parent):
            raise WorkspaceError(f"cannot write beside {safe_text(str(path))}; choose another place.") from error
        raise WorkspaceBusy(
            f"{safe_text(path.name)} is open in another crm-tui; close that one, or wait until it has finished."
        ) from error
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise WorkspaceError(f"cannot write beside {safe_text(str(path))}: {reason}. Choose another place.") from error
    return lock


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    writable = os.access(path, os.W_OK) and _may_write(path.parent)
    beside = [Path(f"{path}-wal"), Path(f"{path}-shm")]
    new = [one for one in beside if not one.exists()]
    try:
        connection = _opened(path, "mode=rw" if write or writable else _AS_IT_LIES)
        try:
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
            _review_pragmas(connection)
            if not write:
                connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        for one in new:
            one.unlink(missing_ok=True)
        raise _unreadable(path, error) from error
    return connection


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _may_write(folder: Path) -> bool:
    """A reader needs SQLite's shared memory beside the file; where it cannot be made, the file is read as it lies."""
    return os.access(folder, os.W_OK)


def _unreadable(path: Path, error: sqlite3.DatabaseError | UnicodeDecodeError) -> WorkspaceError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return WorkspaceError(f"cannot open {safe_text(str(path))}: check that you may read and write it.")
    cut_short = name == "SQLITE_IOERR_SHORT_READ"
    if isinstance(error, sqlite3.Error) and name.startswith(("SQLITE_FULL", "SQLITE_IOERR")) and not cut_short:
        return WorkspaceError(f"cannot open {safe_text(str(path))}: {_reason(error)}. It was left as it is.")
    return WorkspaceError(
        f"{safe_text(str(path))} is no crm-tui workspace, or it is damaged; name another file, or take your last copy."
    )


def _header_mode(path: Path) -> str:
    """As it lies, so that nothing is made beside it; but beside a write-ahead log the file alone may be half a file."""
    log = Path(f"{path}-wal")
    half = log.is_file() and log.stat().st_size > 0
    return "mode=ro" if half and os.access(path, os.W_OK) and _may_write(path.parent) else _AS_IT_LIES


def _check_header(path: Path) -> None:
    """Refuse what is no workspace of ours before anything is made beside it.

    Read through SQLite, because closing a descriptor of our own would drop the locks of another connection.
    """
    try:
        with contextlib.closing(_opened(path, _header_mode(path))) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application == schema.APPLICATION_ID:
                connection.execute("SELECT MAX(seq), (SELECT COUNT(*) FROM meta) FROM log").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    if application != schema.APPLICATION_ID:
        raise WorkspaceError(
            f"{safe_text(str(path))} is no crm-tui workspace; it was left as it is. Name another file."
        )
    if version > schema.USER_VERSION:
        raise WorkspaceError(f"{safe_text(str(path))} was made by a newer crm-tui; install that one to open it.")


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    try:
        found = schema.objects(connection)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    expected = schema.expected_objects(connection.execute("PRAGMA user_version").fetchone()[0])
    strange = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    if strange:
        connection.close()
        guard = next((name for name in strange if name.startswith("log")), "")
        if guard:
            raise JournalDamaged(
                "log.schema",
                f"{safe_text(str(path))}: the guards of the journal were changed ({safe_text(guard)});"
                " take your last copy of it.",
            )
        raise WorkspaceError(
            f"{safe_text(str(path))} was changed by another program ({safe_text(strange[0])});"
            " take your last copy of it."
        )


def _bring_up(connection: sqlite3.Connection, path: Path, *, write: bool) -> None:
    """Give a workspace of an earlier version what this one needs; whoever only reads it is told."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == schema.USER_VERSION:
        return
    if not write:
        connection.close()
        shown = safe_text(str(path))
        raise WorkspaceOlder(f"{shown} was made by an older crm-tui; open it once with: crm-tui review -w {shown}")
    schema.migrate(connection)


def _review_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
        "busy_timeout = 2000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync = ON")


def _build_pragmas(connection: sqlite3.Connection) -> None:
    # 64 MB of pages: row ids are hashes, so the rows of a load go everywhere in their index.
    for pragma in (
        "journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY", "foreign_keys = ON", "cache_size = -65536",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
