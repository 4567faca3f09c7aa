"""The console on a pseudo-terminal, over queues of growing length: how long until a key is drawn.

    python -m tests.benchmarks.console [ROWS ...]        (default: 1000 50000 250000)

A key is drawn when the last byte has come after it before the terminal is quiet.  First paint counts from the start of
the process; an empty Textual application stands beside it.  Linux and macOS only.
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

    def settled(self, start: float, sign: bytes = b"") -> float:
        """Seconds from ``start`` to the last byte before a pause, once ``sign`` has come."""
        seen, last = b"", start
        while time.perf_counter() - start < LONGEST:
            ready, _, _ = select.select([self.leader], [], [], QUIET)
            if ready:
                seen += os.read(self.leader, 1 << 16)
                last = time.perf_counter()
            elif last > start and sign in seen:
                return last - start
        raise SystemExit(f"nothing was drawn within {LONGEST:.0f} s")

    def press(self, keys: str, sign: bytes = b"") -> float:
        """Seconds from a key to the end of what it draws."""
        start = time.perf_counter()
        os.write(self.leader, keys.encode())
        return self.settled(start, sign)

    def memory(self) -> float:
        """Megabytes held at most."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return 0.0
        return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))) / 1024

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


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    seconds: float


def walked(rows: int, folder: Path) -> list[Figure]:
    """One walk through the ledger of a review of about so many rows."""
    exports, workspace, data = folder / str(rows), folder / f"{rows}.crm", folder / "data"
    generated(exports, rows / JUDGED)
    os.environ["CRM_TUI_DATA_DIR"] = str(data)
    measure.run(measure.ours("load", *sorted(exports.glob("*.csv")), "-w", workspace))
    terminal = Terminal(measure.ours("review", "-w", workspace, "--reviewer", "Rita"), data)
    found = [Figure("first paint", terminal.settled(terminal.started, b"Conflicts"))]

    def timed(what: str, keys: str, sign: bytes = b"") -> None:
        found.append(Figure(what, terminal.press(keys, sign)))

    timed("the ledger, [", "[")
    steps = [terminal.press("j") for _ in range(40)]
    found.append(Figure("a row down, p50", statistics.median(steps)))
    found.append(Figure("a row down, p95", statistics.quantiles(steps, n=20)[-1]))
    timed("to the end, G", "G")
    timed("to the start, g", "g")
    for what in ("by rule", "by contact", "by time", "by event id", "in file order"):
        timed(f"sort {what}, o", "o")
    timed("the filter, f", "f")
    timed("filter by the rule, enter", "\r")
    timed("all rows again, esc", "\x1b")
    timed("next undecided, }", "}")
    timed("approve and go on, a", "a")
    timed("undo, u", "u")
    timed("rehearse 2,000 rows, B", "B")
    timed("apply it", "\r", b"approved")
    timed("undo it, u", "u")
    timed("all that are alike, *", "*")
    found.append(Figure("memory", terminal.memory()))
    terminal.end()
    return found


def empty_app(folder: Path) -> list[Figure]:
    """First paint and memory of a Textual application that does nothing."""
    terminal = Terminal([sys.executable, "-c", _EMPTY], folder)
    found = [
        Figure("first paint", terminal.settled(terminal.started, b"\x1b[?25l")),
        Figure("memory", terminal.memory()),
    ]
    terminal.end()
    return found


def main() -> None:
    """The command."""
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 50_000, 250_000]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nothing = dict(empty_app(folder))
        columns = [dict(walked(rows, folder)) for rows in sizes]
    lines = []
    for what in columns[0]:
        figures = [column[what] for column in (*columns, nothing) if what in column]
        told = [f"{one:.0f} MB" if what == "memory" else f"{1000 * one:,.0f}" for one in figures]
        lines.append((what, *told, *[""] * (len(sizes) + 1 - len(told))))
    print("milliseconds from the key to the last byte drawn\n")
    print(measure.table(("", *(f"{rows:,} rows" for rows in sizes), "an empty Textual app"), lines))


if __name__ == "__main__":
    main()
