"""The goals beside what we and the peers come to, as one table; or single parts with all of their figures.

    python -m tests.benchmarks [--size small|month] [PART ...]

Without a part it is the table of ``tests.benchmarks.goals``.  ``python -m tests.benchmarks.PART --help`` tells the
options of a part.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import machine

HELPERS = ("__init__", "__main__", "measure", "generate", "crowd", "people", "goals")


def main() -> int:
    """Run the parts that are named, each in a process of its own; 1 if one of them fails."""
    names = (file.stem for file in Path(__file__).parent.glob("*.py"))
    parts = sorted(name for name in names if name not in HELPERS and not name.startswith("test_"))
    chosen = sys.argv[1:]
    if not chosen or chosen[0].startswith("-"):
        return subprocess.run([sys.executable, "-m", "tests.benchmarks.goals", *chosen], check=False).returncode
    unknown = sorted(set(chosen) - set(parts))
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    failed = 0
    for part in chosen:
        print(f"## {part}\n", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"tests.benchmarks.{part}"], check=False).returncode != 0
        print(flush=True)
    print(machine())
    return failed


if __name__ == "__main__":
    sys.exit(main())
