"""Every row of the seeds that names a rule, a strategy, an event or a status is held by a named test.

``requirements.toml`` beside this file is the table: under ``[tests]`` the id of a row (2.n and 3.n of the seeds 002 and
003, Xn of the contradictions that were settled) with the tests that hold it, under ``[no_test]`` the rows that nothing
here can be held to, each with the reason.
"""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "requirements.toml").read_text(encoding="utf-8"))
ROWS = [
    *(f"2.{number}" for number in range(1, 74)),
    *(f"3.{number}" for number in range(1, 68)),
    *(f"X{number}" for number in range(1, 36)),
    "X12b",
]


@cache
def named_in(module: str) -> frozenset[str]:
    tree = ast.parse((HERE / module).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_row_is_missing_and_none_stands_twice() -> None:
    named = [*TABLE["tests"], *TABLE["no_test"]]
    assert sorted(named) == sorted(ROWS)


@pytest.mark.parametrize("row", TABLE["tests"])
def test_the_named_in_a_row_exist(row: str) -> None:
    assert TABLE["tests"][row]
    for name in TABLE["tests"][row]:
        module, _, test = name.partition("::")
        assert test.startswith("test_") and test in named_in(module), name


def test_what_has_no_test_says_why() -> None:
    assert all(len(reason.split()) > 3 for reason in TABLE["no_test"].values())
