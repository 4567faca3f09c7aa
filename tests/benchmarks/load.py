"""Loading, beside what the same files cost others to import only, in alternation and in one run.

    python -m tests.benchmarks.load [--scale 0.1] [--rounds 3] [--times 4]

``--scale 1`` is a month: 305,000 rows.  ``--times 10`` loads ten times as much once more, for how the cost grows.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from functools import cache
from pathlib import Path

from tests.benchmarks import measure
from tests.benchmarks.measure import Cost, ours, run

_PANDAS = """
import sqlite3, sys, pathlib, pandas
with sqlite3.connect(sys.argv[1]) as target:
    for path in map(pathlib.Path, sys.argv[2:]):
        pandas.read_csv(path, dtype=str).to_sql(path.stem, target, index=False)
"""
BARE = "sqlite3 .import"
OURS = "crm-tui load"


def options(parser: ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--scale", type=float, default=0.1, help="1 = a month of 305,000 rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=Path(sys.executable), help="the Python that has the peers")
    parser.add_argument("--times", type=int, default=4, help="how many times as much the growth is measured with")


def run_part(chosen: Namespace) -> str:
    """The figures as Markdown."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        folder, large = Path(name) / "one", Path(name) / "more"
        rows = generated(folder, chosen.scale)
        costs: dict[str, list[Cost]] = {}
        sizes: dict[str, int] = {}
        for _ in range(chosen.rounds):
            for who, (command, said) in commands(folder, chosen.peers).items():
                target(folder).unlink(missing_ok=True)
                costs.setdefault(who, []).append(run(command, said))
                sizes[who] = target(folder).stat().st_size
                if who == OURS:
                    check_truth(folder)
        middle = {who: measure.median(several) for who, several in costs.items()}
        told = [_told(who, one, middle[BARE], sizes[who], rows) for who, one in middle.items()]
        header = ("", "CPU s", "× import", "rows/s", "memory MB", "file MB")
        found = [f"{rows:,} rows, medians of {chosen.rounds} alternating runs", measure.table(header, told)]
        if chosen.times > 1:
            found.append(_growth(large, chosen, middle, rows))
    return "\n\n".join(found)


def generated(folder: Path, scale: float) -> int:
    """Make the files in a process of its own, so that this one stays small; the number of their rows."""
    run([sys.executable, "-m", "tests.benchmarks.generate", folder, "--scale", str(scale)])
    return int(json.loads((folder / "truth.json").read_text())["rows"])


def target(folder: Path) -> Path:
    """What is written."""
    return folder / "target.db"


def commands(folder: Path, peers: Path) -> dict[str, tuple[list[str | Path], str]]:
    """Who → command and standard input; those that the Python ``peers`` does not have are left out.

    It should not be ours: where pandas is there, sqlite-utils imports it, and so we would.
    """
    files = sorted(folder.glob("*.csv"))
    found: dict[str, tuple[list[str | Path], str]] = {}
    bare = "".join(f'.import --csv "{path}" "{path.stem}"\n' for path in files)
    found[BARE] = (["sqlite3", target(folder)], bare)
    found[OURS] = (ours("load", *files, "-w", target(folder)), "")
    if shutil.which("sqlite3") is None:
        raise SystemExit("the benchmark compares with the sqlite3 command; install it.")
    if _has(peers, "sqlite_utils"):
        each = "; ".join(
            f"{peers} -m sqlite_utils insert {target(folder)} {path.stem} {path} --csv --no-detect-types"
            for path in files
        )
        found["sqlite-utils insert"] = (["sh", "-ec", each], "")
    if _has(peers, "pandas"):
        found["pandas to_sql"] = ([peers, "-c", _PANDAS, target(folder), *files], "")
    return found


@cache
def _has(peers: Path, module: str) -> bool:
    return subprocess.run([peers, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def check_truth(folder: Path) -> None:
    """Compare the reasons that the workspace gives with the truth file; stop at the first file that differs."""
    told: dict[str, dict[str, int]] = json.loads((folder / "truth.json").read_text())["reasons"]
    connection = sqlite3.connect(target(folder))
    sql = "SELECT source.name, rule, COUNT(*) FROM record JOIN source ON source.id = source_id GROUP BY 1, 2"
    found: dict[str, dict[str, int]] = {}
    for name, rule, count in connection.execute(sql):
        found.setdefault(name, {})[rule] = count
    connection.close()
    for name, reasons in told.items():
        if found.get(name, {}) != reasons:
            raise SystemExit(f"{name}: the truth is {reasons}, the workspace has {found.get(name)}")


def _told(who: str, cost: Cost, bare: Cost, size: int, rows: int) -> tuple[str, ...]:
    figures = f"{cost.cpu:.2f}", f"{cost.cpu / bare.cpu:.1f}", f"{rows / cost.wall:,.0f}", f"{cost.memory:.0f}"
    return (who, *figures, f"{size / 1e6:.0f}")


def _growth(folder: Path, chosen: Namespace, before: dict[str, Cost], rows: int) -> str:
    """The same once more with several times as many rows."""
    more = generated(folder, chosen.scale * chosen.times)
    told = []
    for who in (BARE, OURS):
        command, said = commands(folder, chosen.peers)[who]
        target(folder).unlink(missing_ok=True)
        cost = run(command, said)
        exponent = math.log(cost.cpu / before[who].cpu) / math.log(more / rows)
        told.append((who, f"{cost.cpu:.2f}", f"{more / cost.wall:,.0f}", f"{cost.memory:.0f}", f"{exponent:.2f}"))
    check_truth(folder)
    header = ("", "CPU s", "rows/s", "memory MB", "growth exponent")
    return f"{more:,} rows, one run each; every count per reason equals the truth file\n\n{measure.table(header, told)}"


def main() -> None:
    """The command."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    options(parser)
    print(run_part(parser.parse_args()), measure.machine(), sep="\n\n")


if __name__ == "__main__":
    main()
