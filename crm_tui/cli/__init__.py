"""The command line: argument parsing and printing, no logic.

Every way out goes through here: an error of ours is one sentence and its exit code, an unexpected one is named by
class and place and never shows a value.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import crm_tui
from crm_tui.errors import CrmTuiError

_SEE_VERIFY = " crm-tui verify says how to add it."
"""After the refusal of a key that is not believed; ``verify`` itself says how below its own."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; never raises."""
    try:
        return _run(arguments)
    finally:
        _settle_output()


def _run(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot draw a sign must not stop a command half-way.
            stream.reconfigure(errors="backslashreplace")
    try:
        if list(arguments) == ["--version"]:
            # Making the parser takes longer than this answer, which scripts ask for before anything else.
            print(f"crm-tui {crm_tui.__version__}", flush=True)
            return 0
        from crm_tui.cli.parser import build_parser

        parsed = build_parser(arguments).parse_args(arguments)
        with stoppable():
            code: int = parsed.handler(parsed)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except SystemExit as leaving:
        # argparse leaves like this after --help and after a wrong argument.
        return leaving.code if isinstance(leaving.code, int) else 0
    except CrmTuiError as error:
        from crm_tui.cli.parser_parts import PRESENT

        told = f"{error}{_SEE_VERIFY}" if getattr(error, "code", "") == "trust.unknown-key" else str(error)
        return _failed(_seen(told, arguments) if PRESENT in arguments else told, error.exit_code)
    except (KeyboardInterrupt, EOFError):
        return _failed("stopped; nothing that was not finished was kept.", 1)
    except BrokenPipeError:
        return 1
    except OSError as error:
        return _failed(f"the system refuses: {error.strerror or type(error).__name__}; check disk and output.", 2)
    except Exception as error:
        if type(error).__module__ == "sqlite3":
            return _failed("the workspace is damaged, or the disk refuses to read it; take your last copy of it.", 2)
        import traceback

        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno}"  # noqa: PTH119
        return _failed(f"unexpected {type(error).__name__} at {where}; please report it. Nothing else was changed.", 1)


def _seen(sentence: str, arguments: Sequence[str]) -> str:
    """A sentence for a screen that others see: without paths, names of files, e-mails and phones."""
    from crm_tui.privacy.masking import Masks
    from crm_tui.text import safe_text

    masks = Masks(os.urandom(32))
    for path in (one for one in arguments if os.sep in one or "." in one):
        sentence = sentence.replace(safe_text(path), masks.path(path))
    return masks.sentence(sentence)


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl+C does, so that what is half done is cleared away."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        # Windows has no SIGHUP, and only the main thread may say what a signal does.
        with suppress(AttributeError, ValueError):
            before[name] = signal.signal(getattr(signal, name), stop)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _settle_output() -> None:
    """What nobody takes any more is dropped: the interpreter must not complain of it at exit, nor change the code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _failed(sentence: str, code: int) -> int:
    # With stderr closed, print would choose stdout, where a script expects data.
    if sys.stderr is not None:
        # On a full disk the sentence may find no room either; the exit code still says it.
        with suppress(OSError):
            print(f"crm-tui: {sentence}", file=sys.stderr)
    return code
