"""A few trials of each promise, in CI."""

from __future__ import annotations

import importlib

import pytest

from tests.soak.__main__ import PROMISES, tried

YIELDS = {"kills": 1, "hostile_cells": 5, "leftovers": 5}
"""Yields of the promises whose trials are no matter of milliseconds, or come by the thousand."""


@pytest.mark.parametrize("name", PROMISES)
def test_some_trials_of_the_promise_hold(name: str) -> None:
    number, _ = tried(importlib.import_module(f"tests.soak.{name}"), 20_261_122, 0, YIELDS.get(name, 150))
    assert number
