"""Work in SQLite that can be stopped at any moment, not only between two rows of a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STEPS = 10_000
"""Steps of SQLite's machine between two looks whether to stop: some milliseconds of work."""


@contextmanager
def stoppable(connection: sqlite3.Connection, look: Callable[[], None]) -> Iterator[None]:
    """Call ``look`` now and then while statements run in the block; what it raises ends them, and the block.

    SQLite knows only that a statement was interrupted, so the exception itself is kept here and raised in its place.
    """
    raised: list[BaseException] = []

    def goes_on() -> bool:
        try:
            look()
        except BaseException as error:
            raised.append(error)
        return bool(raised)

    connection.set_progress_handler(goes_on, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        # A ctrl+c that comes just before ``look`` is the one thing that goes past it.
        raise (raised[0] if raised else KeyboardInterrupt()) from error
    finally:
        connection.set_progress_handler(None, 0)
