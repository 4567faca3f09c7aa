"""All benchmarks, each in a process of its own.

    python -m tests.benchmarks [PART ...]        (default: every part)

``python -m tests.benchmarks.PART --help`` tells the options of a part.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import machine

HELPERS = ("__init__", "__main__", "measure", "generate", "crowd", "people")


def main() -> int:
    """Run the parts that are named; 1 if one of them fails."""
    names = (file.stem for file in Path(__file__).parent.glob("*.py"))
    parts = sorted(name for name in names if name not in HELPERS and not name.startswith("test_"))
    chosen = sys.argv[1:] or parts
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
