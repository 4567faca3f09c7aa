"""A few trials of each promise, in CI."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.benchmarks.measure import ROOT
from tests.soak.__main__ import PROMISES, tried

YIELDS = {"merges": 1, "bombs": 1, "kills": 1, "hostile_cells": 5, "leftovers": 5, "look_alikes": 4}
"""Yields of the promises whose trials are no matter of milliseconds, or come by the thousand."""


@pytest.mark.parametrize("name", PROMISES)
def test_some_trials_of_the_promise_hold(name: str) -> None:
    number, _ = tried(importlib.import_module(f"tests.soak.{name}"), 20_261_122, 0, YIELDS.get(name, 150))
    assert number


def test_the_readme_names_tests_and_soaks_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    page = text.partition("## What we promise and how we test it")[2].partition("\n## ")[0]
    lines = [line for line in page.splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == 12
    for line in lines:
        assert all((ROOT / path).exists() for path in re.findall(r"tests/[\w/.]+", line)), line
    assert set(re.findall(r"tests\.soak ([a-z_]+)", page)) == set(PROMISES)
