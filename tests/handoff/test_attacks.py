"""Every attack of the design's tables is refused with its code by a named test, and no code goes without one.

``attacks.toml`` beside this file is the table: an attack, the codes that refuse it, the tests that hold it.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.test_requirements import named_in

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "attacks.toml").read_text(encoding="utf-8"))
ATTACKS = {f"{part}: {name}": attack for part, found in TABLE.items() for name, attack in found.items()}

_CODE = re.compile(
    r'"((?:bundle|countersign|inputs|json|log|policy|replay|rows|sig|trust|zip)\.(?!jsonl|toml|json)[a-z-]+)"'
)


def codes_in(folder: Path) -> set[str]:
    return {code for path in folder.rglob("*.py") for code in _CODE.findall(path.read_text(encoding="utf-8"))}


RAISED = codes_in(HERE.parent.parent / "crm_tui")


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_named_tests_exist_and_the_codes_are_raised(attack: str) -> None:
    assert ATTACKS[attack]["tests"]
    assert set(ATTACKS[attack]["codes"]) <= RAISED | {"schema"}
    for name in ATTACKS[attack]["tests"]:
        module, _, test = name.partition("::")
        assert test in named_in(module), name


def test_every_code_of_a_refusal_is_expected_by_a_test() -> None:
    assert len(RAISED) > 60
    assert RAISED - codes_in(HERE.parent) == set()
