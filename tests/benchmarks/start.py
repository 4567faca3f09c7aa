"""How long the program takes to answer when nothing is to be done, beside Python alone.

python -m tests.benchmarks.start [--rounds 15]
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tests.benchmarks import measure

_CALLED = "import sys; sys.argv[1:] = [{!r}]; from crm_tui.__main__ import main; sys.exit(main())"


BARE = "python -c pass"


def measured(rounds: int) -> dict[str, measure.Cost]:
    """The median of each, in turn, as the installed script starts it."""
    measure.compiled()
    codes = {BARE: "pass"} | {f"crm-tui {word}": _CALLED.format(word) for word in ("--version", "--help")}
    costs: dict[str, list[measure.Cost]] = {}
    for _ in range(rounds):
        for who, code in codes.items():
            costs.setdefault(who, []).append(measure.run([sys.executable, "-c", code]))
    return {who: measure.median(several) for who, several in costs.items()}


def main() -> None:
    """The command."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    middle = measured(parser.parse_args().rounds)
    bare = middle[BARE]
    rows = [
        (who, f"{1000 * cost.cpu:.0f}", f"{1000 * cost.wall:.0f}", f"{cost.cpu / bare.cpu:.1f}")
        for who, cost in middle.items()
    ]
    print(measure.table(("", "CPU ms", "wall ms", "× python"), rows))


if __name__ == "__main__":
    main()
