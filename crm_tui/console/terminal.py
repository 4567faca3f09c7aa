"""Leaving the terminal as it was found, whatever ends the program, and ending when the terminal is gone."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

# Leave the alternate screen, show the cursor, mouse and paste reporting off, keyboard protocol and style back.
_OFF = ("1049l", "25h", "1000l", "1002l", "1003l", "1006l", "1015l", "1004l", "2004l")
_RESET = "".join(f"\x1b[?{mode}" for mode in _OFF) + "\x1b[<u\x1b[0m"

_GRACE = 3.0
"""Seconds in which the program can end by itself once its terminal is gone."""


def end_with_the_terminal() -> None:
    """End the program as SIGHUP does when its terminal goes away and nothing says so.

    A process whose session has no controlling terminal gets no signal; it would stand still and keep the workspace.
    """
    if sys.stdin and sys.stdin.isatty() and hasattr(select, "poll"):
        threading.Thread(target=_wait_for_the_end, args=(sys.stdin.fileno(),), daemon=True).start()


def _wait_for_the_end(descriptor: int) -> None:
    poll = select.poll()
    # No event is asked for: that the other end is closed is told all the same.
    poll.register(descriptor, 0)
    if not any(told & select.POLLHUP for _, told in poll.poll()):
        return
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(_GRACE)
    # Whoever waits to draw on what is gone hears no signal; what was decided is on the disk.
    os._exit(128 + signal.SIGHUP)


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
