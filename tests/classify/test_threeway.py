"""Comparing two records field by field against what both last agreed to (D3, D7, D25, D26, X16, X17, X22)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.classify.compare import compared, listed
from crm_tui.classify.policy import parse_policy
from crm_tui.classify.threeway import (
    UNDECIDED,
    Baselines,
    Comparison,
    FieldState,
    compare_field,
    compare_records,
    merged_list,
    mirrored,
)
from crm_tui.identity.keys import Keyring
from crm_tui.systems.declare import Column, Kind, Role, Table
from crm_tui.systems.fields import FIELDS, Type, field_type

KEYRING = Keyring("US")
POLICY = parse_policy()
TABLE = Table("people", "close", Kind.CONTACT, "person", (Column("id", Role.SYSTEM_ID, "id", system="close"),))


def one(name: str, here: str, there: str, base: str | None) -> Comparison:
    """The comparison of one field with one baseline."""
    found = compare_field(name, here, there, (base, base), KEYRING)
    assert found is not None
    return found


def guarded(name: str, here: str, there: str, base: str | None) -> Comparison:
    """The same with the policy's guards."""
    bases: Mapping[str, str] = {} if base is None else {name: base}
    (found,) = compare_records({name: here}, {name: there}, Baselines(bases, bases), POLICY, TABLE, KEYRING)
    return found


@pytest.mark.parametrize(
    ("here", "there", "base", "state"),
    [
        ("Acme", "Acme", "Old", FieldState.AGREED),
        ("Acme", "Old", "Old", FieldState.HERE),
        ("Old", "Acme", "Old", FieldState.THERE),
        ("Acme", "Bolt", "Old", FieldState.BOTH),
        ("Acme", "Bolt", None, FieldState.NO_BASELINE),
        ("Acme", "", None, FieldState.HERE),
        ("", "Acme", None, FieldState.THERE),
        ("", "Old", "Old", FieldState.CLEARED_HERE),
        ("Old", "", "Old", FieldState.CLEARED_THERE),
        ("", "Acme", "Old", FieldState.BOTH),
        ("Acme", "", "", FieldState.HERE),
    ],
)
def test_the_state_of_a_field(here: str, there: str, base: str | None, state: FieldState) -> None:
    assert one("company", here, there, base).state is state


def test_only_the_spelling_differs() -> None:
    assert one("phone", "(202) 555-0123", "+12025550123", None).state is FieldState.FORMATTING
    assert one("email", "Ann@One.test", "ann@one.test", None).state is FieldState.FORMATTING
    assert one("tags", "VIP; new", "new; vip", None).state is FieldState.FORMATTING
    assert one("amount", "1500.00", "1500", None).state is FieldState.FORMATTING


def test_a_side_that_had_never_agreed_is_no_change_of_that_side() -> None:
    found = compare_field("company", "Acme", "Bolt", ("Acme", "Bolt"), KEYRING)
    assert found is not None
    assert found.state is FieldState.NO_BASELINE


def test_only_one_side_changed_is_written_to_the_other_and_nothing_else_is() -> None:
    assert guarded("company", "Acme", "Old", "Old").writes
    assert not guarded("company", "Old", "Acme", "Old").writes
    assert not guarded("company", "Acme", "Bolt", "Old").writes
    assert not guarded("company", "Acme", "Bolt", None).writes


def test_clearing_is_held(name: str = "company") -> None:
    assert guarded(name, "", "Old", "Old").held == "cleared"
    assert guarded(name, "Old", "", "Old").held == "cleared"


def test_a_protected_field_is_held_when_somebody_changed_it_and_left_alone_when_nobody_knows() -> None:
    assert guarded("owner", "Ann", "Bob", "Bob").held == "protected"
    assert guarded("owner", "Ann", "Bob", None).blocked
    assert not guarded("owner", "Ann", "Bob", None).writes


def test_an_email_that_was_changed_is_an_identity_change() -> None:
    assert guarded("email", "new@one.test", "old@one.test", "old@one.test").held == "identity"
    assert guarded("email", "new@one.test", "", None).writes


@pytest.mark.parametrize("base", [None, "", "false"])
def test_consent_is_only_tightened(base: str | None) -> None:
    ours = guarded("dnd", "true", "false", base)
    theirs = guarded("dnd", "false", "true", base)
    assert (ours.writes, ours.value) == (True, "true")
    assert not theirs.writes
    assert theirs.value == "true"


def test_consent_that_one_side_took_back_is_held() -> None:
    assert guarded("dnd", "false", "true", "true").held == "protected"
    assert guarded("dnd", "true", "false", "true").held == "protected"


def test_absent_consent_is_not_false() -> None:
    assert not compare_records({"dnd": "true"}, {}, Baselines({}, {}), POLICY, TABLE, KEYRING)


@pytest.mark.parametrize(
    ("here", "there", "base", "merged"),
    [
        ("a; b", "b; c", None, "b; c; a"),
        ("a; b", "a; c", "a", "a; c; b"),
        ("a", "a; b; c", "a; b", "a; c"),
        ("a; x", "a; b", "a; b", "a; x"),
        ("A", "a; new", "a", "a; new"),
    ],
)
def test_lists_are_merged_as_sets_against_the_baseline(here: str, there: str, base: str | None, merged: str) -> None:
    assert merged_list("tags", here, there, (base, base), KEYRING) == merged


def test_further_phones_and_emails_are_the_same_item_in_any_spelling() -> None:
    agreed = "+12025550123; +12025550124"
    assert one("other_phones", "(202) 555-0124; 202-555-0123", agreed, None).state is FieldState.FORMATTING
    assert one("other_emails", "Ann@One.test", "ann@one.test", None).state is FieldState.FORMATTING
    found = one("other_phones", "(202) 555-0123; (202) 555-0125", agreed, agreed)
    assert (found.state, found.value) == (FieldState.MERGED, "+12025550123; +12025550125")
    assert not guarded("other_phones", agreed, "(202) 555-0123; (202) 555-0125", agreed).writes


def test_an_empty_list_never_wipes_the_other_one() -> None:
    assert guarded("tags", "", "vip; new", None).writes is False
    assert guarded("tags", "", "vip; new", "vip; new").held == "cleared"
    assert guarded("tags", "vip", "", None).value == "vip"


def test_a_field_that_one_system_does_not_have_says_nothing() -> None:
    assert not compare_records({"company": "Acme"}, {"city": "Rome"}, Baselines({}, {}), POLICY, TABLE, KEYRING)


def test_times_and_ids_of_the_systems_are_never_compared() -> None:
    here, there = {"created_at": "2026-01-01", "record_id": "1"}, {"created_at": "2026-01-02", "record_id": "2"}
    assert not compare_records(here, there, Baselines({}, {}), POLICY, TABLE, KEYRING)


WRITABLE = [name for name, field in FIELDS.items() if field.writable]
TEXTS = {
    Type.EMAIL: ["", "ann@one.test", "bob@two.test", "ANN@one.test"],
    Type.PHONE: ["", "+12025550123", "(202) 555-0123", "+12025550199"],
    Type.CONSENT: ["", "true", "false", "yes"],
    Type.LIST: ["", "a", "b; a", "A; c", "c"],
}


@st.composite
def triples(draw: st.DrawFn) -> tuple[str, str, str, tuple[str | None, str | None]]:
    """A field with a value on each side, and a baseline per side."""
    name = draw(st.sampled_from(WRITABLE))
    texts = st.sampled_from(TEXTS.get(field_type(name), ["", "one", "two", "ONE", "three"]))
    return name, draw(texts), draw(texts), (draw(st.none() | texts), draw(st.none() | texts))


def _both(
    name: str, here: str, there: str, bases: tuple[str | None, str | None]
) -> tuple[Comparison, Comparison] | None:
    mine, theirs = ({} if one is None else {name: one} for one in bases)
    ours = compare_records({name: here}, {name: there}, Baselines(mine, theirs), POLICY, TABLE, KEYRING)
    other = compare_records({name: there}, {name: here}, Baselines(theirs, mine), POLICY, TABLE, KEYRING)
    assert len(ours) == len(other)
    return (ours[0], other[0]) if ours else None


@given(triples())
def test_the_other_record_sees_the_mirror_image(case: tuple[str, str, str, tuple[str | None, str | None]]) -> None:
    found = _both(*case)
    if found is None:
        return
    ours, theirs = found
    assert theirs.state is mirrored(ours.state)
    assert (theirs.held, theirs.blocked) == (ours.held, ours.blocked)


@given(triples())
def test_what_both_rows_write_makes_them_agree(case: tuple[str, str, str, tuple[str | None, str | None]]) -> None:
    name, here, there, _ = case
    found = _both(*case)
    if found is None or found[0].held or found[0].blocked:
        return
    ours, theirs = found
    after_there = ours.value if ours.writes else there
    after_here = theirs.value if theirs.writes else here
    assert compared(name, after_there, KEYRING) == compared(name, after_here, KEYRING)


@given(triples())
def test_nothing_that_was_not_agreed_to_is_overwritten_without_a_person(
    case: tuple[str, str, str, tuple[str | None, str | None]],
) -> None:
    name, _, there, bases = case
    found = _both(*case)
    if found is None or not found[0].writes or not there.strip():
        return
    known = [compared(name, one, KEYRING) for one in bases if one is not None]
    kind = field_type(name)
    if kind is Type.LIST:
        gone = {text.lower() for text in listed(there)} - {text.lower() for text in listed(found[0].value)}
        assert gone <= {text.lower() for one in bases if one is not None for text in listed(one)}
    elif kind is Type.CONSENT:
        assert found[0].value == "true"
    else:
        assert compared(name, there, KEYRING) in known
        assert found[0].state not in UNDECIDED


PARTS = {"first_name": "Ann", "last_name": "Archer"}


def names_compared(here: dict[str, str], there: dict[str, str], agreed: dict[str, str]) -> list[tuple[str, FieldState]]:
    found = compare_records(here, there, Baselines(agreed, agreed), POLICY, TABLE, KEYRING)
    return [(one.field, one.state) for one in found]


def test_a_whole_name_and_one_in_parts_are_compared_as_wholes_from_either_side() -> None:
    assert names_compared({"name": "Ann Archer"}, PARTS, {}) == [("name", FieldState.AGREED)]
    assert names_compared({"name": "Anna Archer"}, PARTS, PARTS) == [("name", FieldState.HERE)]
    assert names_compared(PARTS, {"name": "Anna Archer"}, PARTS) == [("name", FieldState.THERE)]
    assert names_compared(PARTS, {"name": "Anna Archer"}, {}) == [("name", FieldState.NO_BASELINE)]


def test_names_that_both_keep_in_parts_stay_in_parts_and_half_a_name_is_no_whole() -> None:
    both = names_compared(PARTS | {"name": "Ann Archer"}, PARTS, {})
    assert both == [("first_name", FieldState.AGREED), ("last_name", FieldState.AGREED)]
    assert names_compared({"name": "Ann Archer"}, {"first_name": "Ann"}, {}) == []
