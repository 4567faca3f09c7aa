"""The two hypothesis profiles; registered under their names and never loaded, so other folders keep theirs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

SOAK = os.environ.get("CRM_TUI_SOAK", "") not in ("", "0")
_FACTOR = 40 if SOAK else 1

settings.register_profile(
    "crm-tui-ci", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "crm-tui-soak", deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck)
)
_PROFILE = settings.get_profile("crm-tui-soak" if SOAK else "crm-tui-ci")


def examples(number: int) -> Callable[[Any], Any]:
    """So many examples in CI, forty times as many in a soak."""
    return settings(_PROFILE, max_examples=number * _FACTOR)


def runs(number: int) -> int:
    """The same for a loop that is no hypothesis test."""
    return number * _FACTOR
