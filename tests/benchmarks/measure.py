"""What one command costs, and the tables in which figures are told."""

from __future__ import annotations

import compileall
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Cost(NamedTuple):
    """What a process and its children took."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    """Seconds."""
    memory: float
    """Megabytes held at most."""


def run(command: Sequence[str | Path], said: str = "") -> Cost:
    """Run a command to its end, quietly; raises ``CalledProcessError`` when it fails.

    Linux counts what this process holds to what a child held at most, so whoever measures stays small.
    The child may keep its bytecode, as it is kept of a program that was installed.
    """
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(map(str, command)))
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024)


@cache
def compiled() -> None:
    """Compile the package, as pip does when it installs it: no start that is measured does."""
    compileall.compile_dir(ROOT / "crm_tui", quiet=2)


def ours(*arguments: str | Path) -> list[str | Path]:
    """The command line of our program."""
    compiled()
    return [sys.executable, "-m", "crm_tui", *arguments]


def median(costs: Iterable[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """The day and the machine, for under a table."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    day = datetime.now(UTC)
    names = f"{os.cpu_count()} cores {model}".rstrip()
    busy = os.getloadavg()[0]
    return f"{day.day} {day:%B %Y}, {names}, {platform.system()}, Python {platform.python_version()}, load {busy:.1f}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
