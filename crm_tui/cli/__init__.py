"""The command line: argument parsing and printing, no logic.

Every way out goes through here: an error of ours is one sentence and its exit code, an unexpected one is named by
class and place and never shows a value.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from crm_tui.cli.parser import build_parser
from crm_tui.errors import CrmTuiError


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; never raises."""
    try:
        parsed = build_parser().parse_args(arguments)
        code: int = parsed.handler(parsed)
        sys.stdout.flush()
        return code
    except CrmTuiError as error:
        return _failed(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed("stopped; nothing that was not finished was kept.", 1)
    except BrokenPipeError:
        # The reader of our output has gone (`crm-tui … | head`); the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno}"  # noqa: PTH119
        return _failed(f"unexpected {type(error).__name__} at {where}; please report it. Nothing else was changed.", 1)


def _failed(sentence: str, code: int) -> int:
    print(f"crm-tui: {sentence}", file=sys.stderr)
    return code
