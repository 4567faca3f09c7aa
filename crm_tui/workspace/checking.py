"""The whole check of a large workspace beside the work, in a process of its own, so that no key waits for it.

``python -m crm_tui.workspace.checking WORKSPACE`` prints one JSON text: why the journal does not hold, ``""`` where it
does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from crm_tui.errors import CrmTuiError
from crm_tui.workspace import integrity
from crm_tui.workspace.store import Store

_BROKEN_OFF = "the check of the journal did not come to its end; open the workspace again."


class WholeCheck:
    """A check that goes on."""

    def __init__(self, path: Path) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        # -P: a module that lies in the folder of the exports must not be run.
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
        )

    @property
    def goes_on(self) -> bool:
        """Whether it has not come to its end yet."""
        return self._child.poll() is None

    def fault(self) -> str:
        """Why the journal does not hold, in one sentence; ``""`` where it does.  Waits for the end."""
        said, _ = self._child.communicate()
        try:
            return str(json.loads(said))
        except ValueError:
            return _BROKEN_OFF

    def end(self) -> None:
        """Stop it; nothing of it stays."""
        with self._child:
            self._child.kill()


def main() -> None:
    """Check, and say what was found."""
    with suppress(AttributeError, OSError):
        # Keys come first where there is one core for both.
        os.nice(10)
    fault = ""
    try:
        with Store.open(Path(sys.argv[1]), write=False) as store:
            integrity.check(store, every_page=True)
    except CrmTuiError as error:
        fault = str(error)
    json.dump(fault, sys.stdout)


if __name__ == "__main__":
    main()
