"""What is explained is what decided: the steps of every cell end at the value that was compared."""

from __future__ import annotations

import pytest

from crm_tui.classify import compare
from crm_tui.identity.keys import Keyring
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.fields import FIELDS

EMAIL = Column("email", Role.EMAIL, "e-mail")
PHONE = Column("phone", Role.PHONE, "phone")
SALESFORCE = Column("id", Role.SYSTEM_ID, "Salesforce id", system="salesforce")
CELLS = (
    "",
    "  ",
    "Owner@Harborlight.test ",
    "owner@harborlight.test",
    "\u212aelvin@x.test",
    "u\u0308mit@x.test",
    "no address",
    "(555) 010-2020",
    "00 44 20 7946 0018",
    "+1 555 010 2020 ext 12",
    "4.15556E+10",
    "2026-05-13",
    "+(1)5550102020",
    "003xxDqEi31kmjg",
    "003XXDQEI31KMJGAFA",
    "n/a",
    "\u0660\u0661\u0662 555 0101",
    "x" * 300,
)


@pytest.mark.parametrize("region", ["US", "GB", ""])
@pytest.mark.parametrize("column", [EMAIL, PHONE, SALESFORCE], ids=lambda column: column.name)
@pytest.mark.parametrize("raw", CELLS)
def test_the_steps_of_a_key_end_at_the_compared_value(raw: str, column: Column, region: str) -> None:
    keyring = Keyring(region)
    key, steps = keyring.key(column, raw), keyring.steps(column, raw)
    if key.value:
        assert ([raw] + [step.text for step in steps])[-1] == key.value
    assert all(step.what for step in steps)
    assert len({raw, *(step.text for step in steps)}) == len(steps) + 1, "each step changes something"


@pytest.mark.parametrize(
    "raw", [*CELLS, "Yes", " 1,000.50", "1000.50", "Red; blue;RED", "us", "2026-05-13T16:00:00-04:00"]
)
def test_the_steps_of_a_value_end_at_the_compared_value(raw: str) -> None:
    keyring = Keyring("US")
    for field in FIELDS:
        texts = [raw] + [step.text for step in compare.steps(field, raw, keyring)]
        assert texts[-1] == compare.compared(field, raw, keyring)


def test_a_step_says_what_was_done() -> None:
    keyring = Keyring("US")
    assert [step.what for step in keyring.steps(EMAIL, " Ada@X.test")] == [
        "blanks around it taken off",
        "ASCII capitals made small",
    ]
    assert [tuple(step) for step in keyring.steps(PHONE, "(555) 010-2020")] == [
        ("read as a number of US, written as E.164", "+15550102020")
    ]
    assert keyring.steps(PHONE, "00 44 20 7946 0018")[-1].what == "read by its country code, written as E.164"
    assert keyring.steps(SALESFORCE, "003xxDqEi31kmjg")[-1].what == "in the one form of Salesforce's ids"
