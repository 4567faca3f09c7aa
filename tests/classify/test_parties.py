"""Whose keys of a message or call count, told by the ends of it alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.classify.parties import Parties, other_party
from crm_tui.classify.policy import Policy, parse_policy
from crm_tui.errors import PolicyError
from crm_tui.identity.keys import NOBODY, OwnSide
from crm_tui.model import Key
from crm_tui.systems.columns import email
from crm_tui.systems.declare import Kind, Party, Table

MAIL = Table(
    name="mail",
    system="mail",
    kind=Kind.ACTIVITY,
    noun="mail",
    columns=(
        replace(email("from", field=""), party=Party.SENDER),
        replace(email("to", field=""), party=Party.RECIPIENT),
        replace(email("cc", field=""), party=Party.RECIPIENT),
        email("about", field=""),
    ),
)
OURS = OwnSide(emails=frozenset({"rita@mailbox.test"}), domains=frozenset({"agency.test"}))


def keys(**cells: str) -> list[Key]:
    return [Key(name, "email", text, text, "") for name, cell in cells.items() for text in cell.split()]


def left(found: Parties) -> list[str]:
    return [key.value for key in found.keys]


def told(cells: list[Key], stated: str = "", own: OwnSide = NOBODY, *, automated: bool = False) -> Parties:
    return other_party(MAIL, cells, stated, own, automated=automated)


@pytest.mark.parametrize("ours", ["rita@mailbox.test", "rep@agency.test"])
def test_our_own_end_tells_the_way_and_is_no_identity(ours: str) -> None:
    out = told(keys(**{"from": ours, "to": "ann@one.test"}), own=OURS)
    back = told(keys(**{"from": "ann@one.test", "to": ours}), own=OURS)
    assert (left(out), out.direction) == (["ann@one.test"], "outbound")
    assert (left(back), back.direction) == (["ann@one.test"], "inbound")


def test_a_domain_under_ours_and_a_look_alike_are_not_ours() -> None:
    cells = keys(**{"from": "x@mail.agency.test", "to": "y@notagency.test z@agency.test.evil.test"})
    assert left(told(cells, own=OURS)) == [key.value for key in cells]


def test_where_nobody_says_which_end_is_ours_both_are_candidates() -> None:
    found = told(keys(**{"from": "ann@one.test", "to": "bob@two.test"}))
    assert (left(found), found.direction, found.steps) == (["ann@one.test", "bob@two.test"], "", ())


def test_several_other_parties_are_all_candidates() -> None:
    cells = keys(**{"from": "rep@agency.test", "to": "ann@one.test bob@two.test", "cc": "cara@three.test"})
    assert left(told(cells, own=OURS)) == ["ann@one.test", "bob@two.test", "cara@three.test"]


def test_a_stated_direction_tells_our_end_where_the_policy_names_nobody() -> None:
    cells = keys(**{"from": "ann@one.test", "to": "bob@two.test"})
    assert left(told(cells, "inbound")) == ["ann@one.test"]
    assert left(told(cells, "outbound")) == ["bob@two.test"]


def test_of_several_recipients_of_an_incoming_message_nobody_can_say_which_is_ours() -> None:
    cells = keys(**{"from": "ann@one.test", "to": "bob@two.test", "cc": "cara@three.test"})
    assert left(told(cells, "inbound")) == ["ann@one.test", "bob@two.test", "cara@three.test"]


def test_a_message_among_ourselves_has_no_other_party_and_no_way() -> None:
    found = told(keys(**{"from": "rep@agency.test", "to": "rita@mailbox.test"}), own=OURS)
    assert (left(found), found.direction) == ([], "")


def test_a_copy_to_a_colleague_does_not_hide_that_a_message_went_out() -> None:
    found = told(keys(**{"from": "rep@agency.test", "to": "ann@one.test", "cc": "rita@mailbox.test"}), own=OURS)
    assert (left(found), found.direction) == (["ann@one.test"], "outbound")


@pytest.mark.parametrize(
    "sender",
    ["noreply@one.test", "no-reply@one.test", "do_not_reply@one.test", "mailer-daemon@one.test", "bounce+7@one.test"],
)
def test_the_address_of_a_machine_is_no_identity_and_is_told(sender: str) -> None:
    found = told(keys(**{"from": sender, "to": "ann@one.test"}))
    assert left(found) == ["ann@one.test"]
    assert found.steps == (("from", "an automatic sender, so no identity"),)


def test_a_message_that_a_machine_sent_says_nothing_of_its_sender() -> None:
    assert left(told(keys(**{"from": "ann@one.test", "to": "bob@two.test"}), automated=True)) == ["bob@two.test"]


def test_a_person_whose_address_only_begins_like_a_machines_is_kept() -> None:
    cells = keys(**{"from": "noreen@one.test", "to": "postmasters-office@two.test"})
    assert left(told(cells)) == ["noreen@one.test", "postmasters-office@two.test"]


_ADDRESSES = st.sampled_from(["ann@one.test", "bob@two.test", "rep@agency.test", "rita@mailbox.test", "noreply@x.test"])
_CELLS = st.lists(st.tuples(st.sampled_from(["from", "to", "cc", "about"]), _ADDRESSES), max_size=6)


@given(_CELLS, st.sampled_from(["", "inbound", "outbound"]), st.booleans())
def test_no_key_of_ours_is_left_none_is_made_up_and_each_that_goes_is_told(
    cells: list[tuple[str, str]], stated: str, automated: bool
) -> None:
    given_keys = [Key(name, "email", text, text, "") for name, text in cells]
    found = told(given_keys, stated, OURS, automated=automated)
    assert not any(OURS.holds(key.kind, key.value) for key in found.keys)
    assert list(found.keys) == [key for key in given_keys if key in found.keys]
    assert {key.column for key in given_keys if key not in found.keys} == {column for column, _ in found.steps}


def test_the_policy_names_our_side_in_any_spelling() -> None:
    policy: Policy = parse_policy(
        '[own]\nemails = ["Rita@Mailbox.test"]\ndomains = ["@Agency.test"]\nphones = ["212 555 0190"]'
    )
    own = policy.own_side
    assert own.holds("email", "rita@mailbox.test") and own.holds("email", "x@agency.test")
    assert own.holds("phone", "+12125550190") and not own.holds("phone", "+12125550101")


@pytest.mark.parametrize("text", ['emails = ["Rita"]', 'domains = ["agency"]', 'phones = ["12"]'])
def test_a_policy_that_names_what_can_never_match_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="own"):
        parse_policy(f"[own]\n{text}")
