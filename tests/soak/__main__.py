"""``python -m tests.soak [PROMISE …] [--minutes N]``: tries each promise for so long, and prints the README's table."""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import machine
from tests.soak.promise import Promise

HERE = Path(__file__).parent
PROMISES = sorted(
    file.stem for file in HERE.glob("*.py") if not file.stem.startswith(("_", "test_")) and file.stem != "promise"
)


def main() -> None:
    """Try the promises that are named, else all."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("promises", nargs="*", metavar="PROMISE", help=f"one of {', '.join(PROMISES)}")
    parser.add_argument("--minutes", type=float, default=5, help="for each promise (default 5)")
    parser.add_argument("--seed", type=int, default=None, help="begin with the trials of an earlier run")
    chosen = parser.parse_args()
    for name in chosen.promises:
        if name not in PROMISES:
            parser.error(f"no such promise: {name}; there are {', '.join(PROMISES)}")
    seed = chosen.seed if chosen.seed is not None else time.time_ns() % 1_000_000
    print("| promise | tried | faults | minutes | seed |\n|---|---|---|---|---|", flush=True)
    for name in chosen.promises or PROMISES:
        promise: Promise = importlib.import_module(f"tests.soak.{name}")
        number, minutes = tried(promise, seed, chosen.minutes * 60)
        print(f"| {name} | {number:,} {promise.TRIED} | 0 | {minutes:.1f} | {seed} |", flush=True)
    print(f"\n{machine()}")


def tried(promise: Promise, seed: int, seconds: float, most: int = 0) -> tuple[int, float]:
    """How many trials went well in so many seconds (or, where given, ``most`` yields), and the minutes it took."""
    began = time.monotonic()
    number = yields = 0
    with TemporaryDirectory(prefix="crm-tui-soak-") as folder:
        for done in promise.trials(Path(folder), Random(seed)):
            number += done
            yields += 1
            if yields == most or (not most and time.monotonic() - began >= seconds):
                break
    return number, (time.monotonic() - began) / 60


if __name__ == "__main__":
    main()
