"""``python -m crm_tui`` and the ``crm-tui`` command."""

from __future__ import annotations

import gc
import os
import sys


def leave_folder(path: list[str]) -> None:
    """Take the folder that ``python -m`` was started in off ``path``: a module beside the exports must not be run.

    It stays where the program itself lies in it.
    """
    folder = os.getcwd()  # noqa: PTH109
    if path and path[0] in ("", folder) and not __file__.startswith(os.path.join(folder, "")):  # noqa: PTH118
        del path[0]


def main() -> int:
    """Run the command line; the exit code is 0 done, 1 refused or found wrong, 2 wrong usage or unreadable input."""
    # What a start makes stays: to look for garbage in it after every 700 objects takes a tenth of the start.
    gc.set_threshold(20_000, 20, 20)
    # Nobody else's plugin reads a policy here, and looking for one reads the data of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from crm_tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the command line is read nothing has begun, so there is nothing to say.
        return 1


if __name__ == "__main__":
    leave_folder(sys.path)
    sys.exit(main())
