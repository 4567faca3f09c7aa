"""The generator of ``sample_exports/duplicates``: people and companies entered more than once, with known truth."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tests.factory import Bench

SAMPLES = Path(__file__).resolve().parents[2] / "sample_exports"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_duplicates", SAMPLES / "make_duplicates.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_duplicates"] = module
    spec.loader.exec_module(module)
    return module


make_duplicates = _generator()
ENTERED = make_duplicates.generate()


def portal(folder: Path) -> Bench:
    """A workspace with the sample."""
    bench = Bench(folder)
    make_duplicates.write(ENTERED, folder / "exports")
    assert bench.load(folder / "exports") == ()
    return bench
