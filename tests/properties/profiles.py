"""The two hypothesis profiles; registered under their names and never loaded, so other folders keep theirs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

SOAK = os.environ.get("CRM_TUI_SOAK", "") not in ("", "0")
_FACTOR = 40 if SOAK else 1
OTHER_PYTHON = os.environ.get("CRM_TUI_OTHER_PYTHON", sys.executable)
"""Another version of Python with the program's dependencies, where there is one (``other_python.py`` makes one)."""

settings.register_profile(
    "crm-tui-ci", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "crm-tui-soak", deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck)
)
_PROFILE = settings.get_profile("crm-tui-soak" if SOAK else "crm-tui-ci")


def examples(number: int, *, shrink: bool = True) -> Callable[[Any], Any]:
    """Half as many examples in CI, where the whole must stay under a quarter of an hour on two cores, forty times as
    many in a soak; ``shrink=False`` where one example takes a second."""
    phases = [one for one in Phase if shrink or one not in (Phase.shrink, Phase.explain)]
    return settings(_PROFILE, max_examples=number * 40 if SOAK else max(2, number // 2), phases=phases)


def runs(number: int) -> int:
    """The same for a loop that is no hypothesis test."""
    return number * _FACTOR
