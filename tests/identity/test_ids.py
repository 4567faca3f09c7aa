"""Record ids: exact bytes; what a spreadsheet has damaged is no key."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.identity import ids
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import System

CLOSE, GHL = SYSTEMS["close"], SYSTEMS["ghl"]
OTHER = System(name="other", label="Other", letter="O")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("", ""),
        ("  ", ""),
        (" CLOSE-101\n", "CLOSE-101"),
        ("close-101", "close-101"),
        ("0015e0000001234", "0015e0000001234"),
        ("12345678901234567890", "12345678901234567890"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_kept_as_written(raw: str, value: str) -> None:
    assert ids.normalise(raw, OTHER) == (value, "")


@pytest.mark.parametrize("raw", ["4.15556E+10", "4,15556E+10", "5E+20", "1.5e20", "501.0", "501,00"])
def test_damaged_by_a_spreadsheet(raw: str) -> None:
    value, note = ids.normalise(raw, CLOSE)
    assert value == ""
    assert "damaged by a spreadsheet" in note


def test_what_is_a_systems_own_form_is_not_damaged() -> None:
    own = System(name="own", label="Own", letter="O", id_pattern=re.compile("[0-9]+[.]0"))
    assert ids.normalise("501.0", own) == ("501.0", "")


def test_case_and_look_alikes_stay_apart() -> None:
    assert ids.normalise("CLOSE-1", CLOSE)[0] != ids.normalise("close-1", CLOSE)[0]
    assert ids.normalise("\uff23LOSE-1", CLOSE) == ("\uff23LOSE-1", "U+FF23 in the id")
    assert ids.normalise("CLOSE-1\u200b", CLOSE) == ("CLOSE-1\u200b", "U+200B in the id")


@pytest.mark.parametrize(
    ("value", "system", "wrong"),
    [
        ("GHL-501", CLOSE, True),
        ("CLOSE-101", CLOSE, False),
        ("CLOSE-101", GHL, True),
        ("GHL-501", GHL, False),
        ("XGHL-501", CLOSE, False),
        ("GHL-501\n", CLOSE, False),
        ("whatever", CLOSE, False),
        ("GHL-501", OTHER, False),
    ],
)
def test_wrong_format(value: str, system: System, wrong: bool) -> None:
    assert ids.wrong_format(value, system) is wrong


@settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from([CLOSE, GHL, OTHER]))
def test_idempotent_and_verbatim(raw: str, system: System) -> None:
    value, _ = ids.normalise(raw, system)
    assert value in ("", raw.strip())
    assert ids.normalise(value, system)[0] == value


_PARTS = (
    "zcrm_",
    "ZCRM_",
    "{",
    "}",
    "(",
    ")",
    " ",
    "-",
    "null",
    "n/a",
    "5",
    "1.0",
    "1E+9",
    "0" * 15,
    "Aa" * 9,
    "Ann (117)",
)
_PARTS += ("5361160000000501001", "00000000-0000-4000-8000-00000000000a", "003xx000004TmiQAAS", "003XX000004TMIQAAS")


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=list(SYSTEMS))
def test_an_id_in_its_systems_form_is_in_that_form_to_stay(system: System) -> None:
    for raw in map("".join, product(_PARTS, repeat=2)):
        value, _ = ids.normalise(raw, system)
        assert ids.normalise(value, system)[0] == value, raw
