"""Addresses that look like known ones: flagged with the code point, never matched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.identity.look_alikes import Known, skeleton
from tests.factory import ANN, Bench, activity, appointment

KNOWN = Known(["buyer@clearwater.test", "ann@one.test", "sam@modern.test"])


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("buyer@\u0441learwater.test", "looks like buyer@clearwater.test: U+0441 for c"),
        ("buyer@c1earwater.test", "looks like buyer@clearwater.test: 1 for l"),
        ("\u0430nn@\u043ene.test", "looks like ann@one.test: U+0430 for a, U+043E for o"),
        ("sam@rnodern.test", "looks like sam@modern.test: rn for m"),
        ("new@cle\u0430rwater.test", "has a domain that looks like clearwater.test: U+0430 for a"),
    ],
)
def test_what_stands_for_what_is_named(address: str, told: str) -> None:
    assert KNOWN.told(address) == told


@pytest.mark.parametrize(
    "address",
    ["buyer@clearwater.test", "ann@one.test", "new@clearwater.test", "bob@two.test", "k\u00e4the@one.test", ""],
)
def test_a_known_address_and_one_like_none_say_nothing(address: str) -> None:
    assert KNOWN.told(address) == KNOWN.taken_for(address) == ""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_has_a_skeleton_that_is_its_own(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once
    assert not Known([text]).told(text)


def test_the_list_is_not_read_for_plain_addresses() -> None:
    code = (
        "import sys; from crm_tui.identity.look_alikes import Known; Known(['a@b.test']).told('a@c.test');"
        "sys.exit('confusable_homoglyphs' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_activity_with_a_known_phone_is_held_when_its_address_looks_like_a_known_one(bench: Bench) -> None:
    fake = "\u0430nn@one.test"
    cases = bench.events(
        activities=[
            activity(email=fake, phone=ANN["phone"]),
            activity("ACT-2", email="new@two.test", phone=ANN["phone"]),
        ]
    ).cases()
    assert (cases["ACT-1"].verdict.rule, cases["ACT-1"].verdict.contact) == ("look_alike", 1)
    assert "looks like ann@one.test: U+0430 for a" in cases["ACT-1"].why
    assert cases["ACT-2"].verdict.rule == "accepted"


def test_an_address_that_is_none_and_looks_like_a_known_one_holds_the_row_too(bench: Bench) -> None:
    cases = bench.events(
        activities=[
            activity("ACT-1", email="ann@on\u212e.test", phone=ANN["phone"]),
            activity("ACT-2", email="an\u200bn@one.test", phone=ANN["phone"]),
            activity("ACT-3", email="not an address", phone=ANN["phone"]),
        ]
    ).cases()
    assert [case.verdict.rule for case in cases.values()] == ["look_alike", "look_alike", "accepted"]
    assert "U+212E for e" in cases["ACT-1"].why
    assert "U+200B for nothing" in cases["ACT-2"].why


def test_a_row_that_is_held_anyway_says_what_its_address_looks_like(bench: Bench) -> None:
    case = bench.events(appointments=[appointment(email="ann@\u043ene.test")]).cases()["APT-1"]
    assert case.verdict.rule == "email_unknown"
    assert "the e-mail looks like ann@one.test: U+043E for o" in [note.text for note in case.notes]
