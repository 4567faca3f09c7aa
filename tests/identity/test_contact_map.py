"""The contact map, its lint (D1), its index, and the keyring."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.identity import keys, map_reading
from crm_tui.identity.contact_map import ContactIndex, ContactLookup
from crm_tui.identity.keys import Keyring
from crm_tui.identity.map_reading import ContactMap, MapRow, build_contacts
from crm_tui.model import Contact
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.reference import CONTACT_MAP

HEADER = ("close_contact_id", "ghl_contact_id", "email", "phone", "close_updated_at", "ghl_updated_at")


def row(*cells: str) -> Mapping[str, str]:
    return dict(zip(HEADER, cells, strict=False))


def built(*rows: Mapping[str, str] | None) -> ContactMap:
    return build_contacts((("map.csv", line, cells) for line, cells in enumerate(rows, 2)), Keyring("US"))


def codes(contact: Contact) -> set[str]:
    return {lint.code for lint in contact.lints}


ANN = row("CLOSE-101", "GHL-501", "Ann@x.test", "+1 202 555 0123", "2024-01-05T10:00:00Z", "2024-01-06T10:00:00Z")
BOB = row("CLOSE-102", "GHL-502", "bob@x.test", "(202) 555-0124")


def test_one_contact() -> None:
    (ann,) = built(ANN).contacts
    assert (ann.number, ann.source, ann.line) == (1, "map.csv", 2)
    assert ann.ids == {"close": "CLOSE-101", "ghl": "GHL-501"}
    assert (ann.emails, ann.phones) == (("ann@x.test",), ("+12025550123",))
    assert ann.values == {"email": "Ann@x.test", "phone": "+1 202 555 0123"}
    assert ann.updated_at == {"close": "2024-01-05T10:00:00Z", "ghl": "2024-01-06T10:00:00Z"}
    assert ann.lints == ()
    assert ann.key == "CLOSE-101/GHL-501"


def test_failure_1_two_map_rows_with_the_same_email() -> None:
    contacts = built(ANN, row("CLOSE-102", "GHL-502", "ANN@x.test", "(202) 555-0124")).contacts
    assert ContactIndex(contacts).find("email", "ann@x.test") == (1, 2)
    for contact, other in zip(contacts, ("CLOSE-102/GHL-502 (map.csv, line 3)", "CLOSE-101/GHL-501"), strict=True):
        (lint,) = contact.lints
        assert (lint.code, lint.holds, lint.system) == ("duplicate_email", True, "")
        assert other in lint.text


def test_failure_3_a_blank_email_is_never_indexed() -> None:
    contacts = built(row("CLOSE-101", "GHL-501", " ", "")).contacts
    index = ContactIndex(contacts)
    assert contacts[0].emails == ()
    assert contacts[0].values == {}
    for kind in ("email", "phone", "id:close", "id:ghl"):
        assert index.find(kind, "") == ()
    assert {(lint.code, lint.holds) for lint in contacts[0].lints} == {
        ("blank_email", False),
        ("blank_phone", False),
    }


def test_a_contact_with_a_blank_key_from_elsewhere_is_not_indexed_either() -> None:
    contact = Contact(7, "con-0", {"close": ""}, ("",), ("",), {}, {})
    index = ContactIndex([contact])
    assert [index.find(kind, "") for kind in ("email", "phone", "id:close")] == [(), (), ()]
    assert index.contact(7) is contact


def test_a_contact_is_found_once_however_many_of_its_cells_say_the_same() -> None:
    twice = Contact(2, "con-2", {}, ("a@x.test", "a@x.test"), (), {}, {})
    index = ContactIndex([twice, Contact(1, "con-1", {}, ("a@x.test",), (), {}, {})])
    assert index.find("email", "a@x.test") == (1, 2)


def test_duplicates_of_phone_and_id() -> None:
    contacts = built(ANN, row("CLOSE-101", "GHL-777", "c@x.test", "(202) 555-0123")).contacts
    assert [codes(contact) for contact in contacts] == [{"duplicate_id", "duplicate_phone"}] * 2
    assert all(lint.holds for contact in contacts for lint in contact.lints)


def test_an_exact_repeat_is_a_duplicate_and_has_its_own_contact_id() -> None:
    contacts = built(ANN, ANN, ANN).contacts
    assert [codes(contact) for contact in contacts] == [{"duplicate_id", "duplicate_email", "duplicate_phone"}] * 3
    assert len({contact.contact_id for contact in contacts}) == 3
    assert contacts[0].contact_id == built(ANN).contacts[0].contact_id
    assert contacts == built(ANN, ANN, ANN).contacts


def test_a_missing_id_holds_only_what_is_bound_for_its_system() -> None:
    (contact,) = built(row("CLOSE-101", "", "a@x.test", "+1 202 555 0123")).contacts
    (lint,) = contact.lints
    assert (lint.code, lint.holds, lint.system) == ("missing_id", True, "ghl")
    assert contact.ids == {"close": "CLOSE-101"}


def test_a_damaged_id_is_missing() -> None:
    (contact,) = built(row("4.15556E+10", "GHL-501", "a@x.test", "+1 202 555 0123")).contacts
    (lint,) = contact.lints
    assert (lint.code, lint.system) == ("missing_id", "close")
    assert "damaged by a spreadsheet" in lint.text
    assert contact.ids == {"ghl": "GHL-501"}


def test_ids_in_the_wrong_column() -> None:
    (contact,) = built(row("GHL-501", "CLOSE-101", "a@x.test", "+1 202 555 0123")).contacts
    assert [(lint.code, lint.holds, lint.system) for lint in contact.lints] == [("wrong_id_format", True, "")] * 2


@pytest.mark.parametrize(
    ("email", "phone", "expected"),
    [
        ("a@x.test", "+15550101010", {"not_valid_phone"}),
        ("a@x.test", "555-1234", {"unusable_phone"}),
        ("Ann <a@x.test>", "+12025550123", {"unusable_email"}),
        ("", "", {"blank_email", "blank_phone"}),
    ],
)
def test_noted_only(email: str, phone: str, expected: set[str]) -> None:
    (contact,) = built(row("CLOSE-1", "GHL-1", email, phone)).contacts
    assert codes(contact) == expected
    assert not any(lint.holds for lint in contact.lints)
    assert contact.values == {kind: raw for kind, raw in (("email", email), ("phone", phone)) if raw}


def test_an_unreadable_row_is_reported_and_takes_no_number() -> None:
    found = built(ANN, None, BOB)
    assert [contact.number for contact in found.contacts] == [1, 2]
    (lint,) = found.lints_without_contact
    assert (lint.code, lint.holds) == ("unreadable", False)
    assert "map.csv, line 3" in lint.text


def test_contact_id_is_stable_and_without_personal_data() -> None:
    first = built(ANN).contacts[0].contact_id
    assert first == built(BOB, row("CLOSE-101", "GHL-501", "new@x.test", "")).contacts[1].contact_id
    assert len(first) == 20
    assert first.startswith("con-")
    assert set(first[4:]) <= set("0123456789abcdef")
    without = built(row("", "", "a@x.test", ""), row("", "", "b@x.test", ""), row("", "", "", "")).contacts
    assert len({contact.contact_id for contact in without}) == 3


@given(st.dictionaries(st.sampled_from(["close", "ghl", "zoho"]), st.text(min_size=1)), st.lists(st.text()))
def test_a_contact_is_named_by_the_json_of_its_ids_or_else_of_its_other_keys(
    ids: dict[str, str], others: list[str]
) -> None:
    told = map_reading._identity(ids, others, others)
    assert told == json.dumps([sorted(ids.items())] if ids else [[], others, others])


def test_a_shared_mailbox_names_a_few_rows() -> None:
    rows = [row(f"CLOSE-{n}", f"GHL-{n}", "info@x.test", "") for n in range(1, 2001)]
    contacts = built(*rows).contacts
    (lint,) = [lint for lint in contacts[9].lints if lint.code == "duplicate_email"]
    assert "CLOSE-1/GHL-1 (map.csv, line 2)" in lint.text
    assert "CLOSE-10/" not in lint.text
    assert lint.text.endswith("and 1,996 more")
    assert ContactIndex(contacts).find("email", "info@x.test") == tuple(range(1, 2001))


def test_index() -> None:
    index: ContactLookup = ContactIndex(built(ANN, BOB).contacts)
    assert index.present
    assert index.find("id:ghl", "GHL-502") == (2,)
    assert index.find("phone", "+12025550124") == (2,)
    assert index.find("email", "nobody@x.test") == index.find("id:hubspot", "1") == ()
    assert index.contact(2).key == "CLOSE-102/GHL-502"
    with pytest.raises(KeyError):
        index.contact(3)


def test_index_iterates_in_order_and_may_be_empty_or_absent() -> None:
    contacts = built(ANN, BOB).contacts
    assert list(ContactIndex(reversed(contacts))) == list(contacts)
    assert len(ContactIndex(contacts)) == 2
    assert ContactIndex(()).present
    assert not ContactIndex((), present=False).present


def test_by_key() -> None:
    odd = row("close-101", "A/B", "c@x.test", "")
    index = ContactIndex(built(ANN, BOB, odd).contacts)

    def numbers(text: str) -> list[int]:
        return [contact.number for contact in index.by_key(text)]

    assert numbers("CLOSE-102/GHL-502") == numbers(" ghl-502 ") == numbers("Close-102/ghl-502") == [2]
    assert numbers("CLOSE-101") == [1]
    assert numbers("close-101") == [3]
    assert numbers("Close-101") == [1, 3]
    assert numbers("close-101/A/B") == numbers("A/B") == numbers("CLOSE-101/a/b") == [3]
    assert numbers("CLOSE-102/GHL-501") == numbers("") == numbers("ann@x.test") == []
    assert numbers("CLO\u017fE-102") == []


def test_keyring() -> None:
    ring = Keyring("us")
    assert ring.default_region == "US"
    key = ring.key(Column("phone", Role.PHONE, "phone"), "(555) 010-1010")
    assert key == ("phone", "phone", "(555) 010-1010", "+15550101010", "a possible number, though not a valid one")
    assert ring.key(Column("e", Role.EMAIL, "e-mail"), " A@x.test")[1:4] == ("email", " A@x.test", "a@x.test")
    assert ring.key(Column("i", Role.SYSTEM_ID, "id", system="new"), "7.0")[1:4] == ("id:new", "7.0", "")
    with pytest.raises(ValueError, match="no identity column"):
        ring.key(Column("t", Role.TEXT, "text"), "x")


def test_keyring_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_REMEMBERED", 10)
    calls: list[str] = []

    def normalise(raw: str) -> tuple[str, str]:
        calls.append(raw)
        return raw, ""

    memo = keys._Memo(normalise)
    assert [memo[text] for text in ("a", "a")] == [("a", "")] * 2
    assert calls == ["a"]
    for number in range(100):
        memo[str(number)]
        assert len(memo) <= 10
    memo["x" * 1000]
    assert "x" * 1000 not in memo


def test_fifty_thousand_contacts_in_time() -> None:
    chance = random.Random(1)

    def rows() -> Iterator[MapRow]:
        for n in range(50_000):
            phone = f"({chance.randint(200, 999)}) {chance.randint(200, 999)}-{n % 10_000:04d}"
            yield "map.csv", n + 2, row(f"CLOSE-{n}", f"GHL-{n}", f"person{n}@company{n % 997}.test", phone)

    data = list(rows())
    start = time.process_time()
    found = build_contacts(data, Keyring("US"))
    index = ContactIndex(found.contacts)
    spent = time.process_time() - start
    assert len(index) == 50_000
    assert spent < 6, "about 1.5 s on the machine where this was written; with phonenumbers alone 5 s more"


CELLS = st.sampled_from(["", " ", "CLOSE-1", "GHL-1", "a@x.test", "A@x.test", "(202) 555-0123", "+12025550123", "7.0"])
ROWS = st.lists(st.none() | st.tuples(CELLS, CELLS, CELLS, CELLS).map(lambda cells: row(*cells)), max_size=8)


@settings(deadline=None)
@given(ROWS)
def test_every_key_finds_its_rows_and_duplicates_hold(rows: list[Mapping[str, str] | None]) -> None:
    found = built(*rows)
    index = ContactIndex(found.contacts)
    assert len(found.contacts) + len(found.lints_without_contact) == len(rows)
    assert len({contact.contact_id for contact in found.contacts}) == len(found.contacts)
    for contact in found.contacts:
        for kind, values in (("email", contact.emails), ("phone", contact.phones)):
            for value in values:
                same = [other.number for other in found.contacts if value in (*other.emails, *other.phones)]
                assert index.find(kind, value) == tuple(same)
                assert (f"duplicate_{kind}" in codes(contact)) == (len(same) > 1)
        assert {column.system for column in CONTACT_MAP.of(Role.SYSTEM_ID) if column.name in HEADER} == {
            *contact.ids,
            *(lint.system for lint in contact.lints if lint.code == "missing_id"),
        }
