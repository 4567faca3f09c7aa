"""The table of traps names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.systems.traps import TRAPS

TESTS = Path(__file__).parent.parent
NAMES = {
    name
    for path in TESTS.rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.M)
}


@pytest.mark.parametrize("system", TRAPS)
def test_every_trap_of_a_system_is_walked_into_by_a_test(system: str) -> None:
    assert [trap for trap, name in TRAPS[system].items() if name not in NAMES] == []
