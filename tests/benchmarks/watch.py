"""A payload dropped into a watched folder: how long until the review on the screen has it.

    python -m tests.benchmarks.watch [FILES]        (default: 20)

Each file is one webhook of Close about a contact; it counts from when it is written until the last byte is drawn of the
line that names it.  A file is looked into once it has not changed for a moment (``crm_tui.workspace.watch.STILL``).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import measure
from tests.benchmarks.console import Terminal, Took
from tests.factory import ANN, Bench, appointment

_PAYLOAD = measure.ROOT / "tests/systems/fixtures/close/contact-updated.json"


def measured(files: int) -> list[Took]:
    """What each file took, from its last byte on."""
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name) / "watched", Path(name) / "data"
        folder.mkdir()
        os.environ["CRM_TUI_DATA_DIR"] = str(data)
        bench = Bench(Path(name)).events(contacts=[ANN], appointments=[appointment("APT-0")])
        command = measure.ours("review", "-w", bench.workspace, "--watch", folder, "--reviewer", "Rita")
        terminal = Terminal(command, data)
        terminal.settled(terminal.started, b"Conflicts")
        found = []
        for number in range(1, files + 1):
            path = folder / f"webhook-{number}.json"
            path.write_bytes(_PAYLOAD.read_bytes().replace(b'"ev_1"', f'"ev_{number}"'.encode()))
            found.append(terminal.settled(time.perf_counter(), path.name.encode()))
        terminal.end()
        return found


def p95(found: list[Took]) -> Took:
    """The 95th percentile of both figures."""
    walls, cpus = zip(*found, strict=True)
    return Took(*(statistics.quantiles(one, n=20)[-1] for one in (walls, cpus)))


def main() -> None:
    """The command."""
    found = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    walls, cpus = zip(*found, strict=True)
    middle = Took(statistics.median(walls), statistics.median(cpus))
    print(f"{len(found)} files, milliseconds (of them CPU): p50 {middle.shown}, p95 {p95(found).shown}")


if __name__ == "__main__":
    main()
