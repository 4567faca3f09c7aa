"""``python -m crm_tui`` and the ``crm-tui`` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is 0 done, 1 refused or found wrong, 2 wrong usage or unreadable input."""
    try:
        from crm_tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the command line is read nothing has begun, so there is nothing to say.
        return 1


if __name__ == "__main__":
    sys.exit(main())
