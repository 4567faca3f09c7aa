"""Leaving the terminal as it was found, whatever ends the program."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

# Leave the alternate screen, show the cursor, mouse and paste reporting off, keyboard protocol and style back.
_OFF = ("1049l", "25h", "1000l", "1002l", "1003l", "1006l", "1015l", "1004l", "2004l")
_RESET = "".join(f"\x1b[?{mode}" for mode in _OFF) + "\x1b[<u\x1b[0m"


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Restore the terminal if the block ends otherwise than by itself; also when the interpreter ends in it."""
    saved = _settings()

    def reset() -> None:
        _restore(saved)

    atexit.register(reset)
    try:
        yield
    except BaseException:
        reset()
        raise
    finally:
        _restore_settings(saved)
        atexit.unregister(reset)


def _settings() -> Any:
    try:
        import termios

        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ else None
    except Exception:  # no terminal, no termios, a closed stream: then there is nothing to restore
        return None


def _restore(saved: Any) -> None:
    if saved is not None:
        with contextlib.suppress(Exception):
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _RESET.encode())
    _restore_settings(saved)


def _restore_settings(saved: Any) -> None:
    if saved is not None and sys.__stdin__:
        with contextlib.suppress(Exception):
            import termios

            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, saved)
