"""The console on a pseudo-terminal, over queues of growing length: how long until a key is drawn.

    python -m tests.benchmarks.console [ROWS ...]        (default: 1000 50000 250000)

A key is drawn when the last byte has come after it before the terminal is quiet: a frame of Textual waits up to 16 ms
for its turn.  First paint counts from the start of the process; an empty Textual application stands beside it.  The CPU
time of the program stands in brackets, because on a busy machine it is the figure that says something.  Linux only.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import measure
from tests.benchmarks.load import generated

JUDGED = 260_000
"""Judged rows of the generated exports at scale 1; seven in eight are in the ledger, which is the queue looked at."""
QUIET = 0.15
"""Seconds without output after which a frame counts as whole."""
LONGEST = 600.0
_EMPTY = "from textual.app import App; App().run()"


class Took(NamedTuple):
    """What a key cost."""

    wall: float
    """Seconds until the last byte was drawn."""
    cpu: float
    """Seconds of CPU."""

    @property
    def shown(self) -> str:
        """In milliseconds."""
        return f"{1000 * self.wall:,.0f} ({1000 * self.cpu:,.0f})"


class Terminal:
    """A program on a terminal of 120 × 40 of its own."""

    def __init__(self, command: list[str | Path], data: Path) -> None:
        self.started = time.perf_counter()
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = os.environ | {
            "PYTHONPATH": str(measure.ROOT), "TERM": "xterm-256color", "CRM_TUI_DATA_DIR": str(data),
        }  # fmt: skip
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=follower, stdout=follower, stderr=follower, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(follower)
        self.leader = leader
        self.cpu = 0.0

    def settled(self, start: float, sign: bytes = b"") -> Took:
        """From ``start`` to the last byte before a pause, once ``sign`` has come."""
        seen, last, cpu = b"", start, self.cpu
        while time.perf_counter() - start < LONGEST:
            ready, _, _ = select.select([self.leader], [], [], QUIET)
            if ready:
                seen += os.read(self.leader, 1 << 16)
                last = time.perf_counter()
            elif last > start and sign in seen:
                self.cpu = self.cpu_now()
                return Took(last - start, self.cpu - cpu)
        raise SystemExit(f"nothing was drawn within {LONGEST:.0f} s")

    def cpu_now(self) -> float:
        """Seconds of CPU that all threads of the program have taken so far."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def press(self, keys: str, sign: bytes = b"") -> Took:
        """From a key to the end of what it draws."""
        start = time.perf_counter()
        os.write(self.leader, keys.encode())
        return self.settled(start, sign)

    def memory(self) -> float:
        """Megabytes held at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024

    def end(self) -> None:
        """Stop it."""
        self.process.send_signal(signal.SIGTERM)
        while self.process.poll() is None:
            if select.select([self.leader], [], [], 0.05)[0]:
                try:
                    os.read(self.leader, 1 << 16)
                except OSError:
                    break
        self.process.wait()
        os.close(self.leader)


Walk = dict[str, Took | float]
"""What was done → what it took; megabytes where it is memory."""


def walked(rows: int, folder: Path) -> Walk:
    """One walk through the ledger of a review of about so many rows."""
    exports, workspace, data = folder / str(rows), folder / f"{rows}.crm", folder / "data"
    generated(exports, rows / JUDGED)
    os.environ["CRM_TUI_DATA_DIR"] = str(data)
    measure.run(measure.ours("load", *sorted(exports.glob("*.csv")), "-w", workspace))
    terminal = Terminal(measure.ours("review", "-w", workspace, "--reviewer", "Rita"), data)
    found: Walk = {FIRST: terminal.settled(terminal.started, b"Conflicts")}
    found[MEMORY] = terminal.memory()

    def timed(what: str, keys: str, sign: bytes = b"") -> None:
        found[what] = terminal.press(keys, sign)

    timed("the ledger, [", "[")
    steps = [terminal.press("j") for _ in range(60)]
    walls, cpus = zip(*steps, strict=True)
    found["a row down, j: p50"] = Took(statistics.median(walls), statistics.median(cpus))
    found[KEY] = Took(*(statistics.quantiles(one, n=20)[-1] for one in (walls, cpus)))
    timed("to the end, G", "G")
    timed("to the start, g", "g")
    for what in ("rule", "contact", "time", "event id", "file order"):
        timed(f"sort by {what}, o", "o")
    timed("the filter, f", "f")
    timed("filter by the rule, enter", "\r")
    timed("all rows again, esc", "\x1b")
    timed("next undecided, }", "}")
    timed("approve and go on, a", "a")
    timed("undo, u", "u")
    timed("mark all alike, up to 50,000, *", "*", b" rows marked")
    timed("rehearse them, B", "B", b"would be")
    timed("apply it, enter", "\r", b" saved")
    timed("undo it, u", "u", b"undone")
    found["memory at the end"] = terminal.memory()
    terminal.end()
    return found


FIRST, MEMORY, KEY = "first paint", "memory then", "a row down, j: p95"


def empty_app(folder: Path) -> Walk:
    """First paint and memory of a Textual application that does nothing."""
    terminal = Terminal([sys.executable, "-c", _EMPTY], folder)
    found: Walk = {FIRST: terminal.settled(terminal.started, b"\x1b[?25l"), MEMORY: terminal.memory()}
    terminal.end()
    return found


def _shown(figure: Took | float | None) -> str:
    return figure.shown if isinstance(figure, Took) else "" if figure is None else f"{figure:.0f} MB"


def walks(sizes: Sequence[int], columns: Sequence[Walk]) -> str:
    """The walks as a table, the empty application last."""
    lines = [(what, *(_shown(column.get(what)) for column in columns)) for what in columns[0]]
    return measure.table(("", *(f"{rows:,} rows" for rows in sizes), "an empty Textual app"), lines)


def main() -> None:
    """The command."""
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 50_000, 250_000]
    with tempfile.TemporaryDirectory() as name:
        columns = [*(walked(rows, Path(name)) for rows in sizes), empty_app(Path(name))]
    print("milliseconds from the key to the last byte drawn (of them CPU)\n")
    print(walks(sizes, columns))


if __name__ == "__main__":
    main()
