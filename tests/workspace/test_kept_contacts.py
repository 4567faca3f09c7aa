"""The contact map is read once: what is kept of it says what its rows say, and nothing else is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.identity.contact_map import ContactIndex, Contacts
from crm_tui.identity.keys import Keyring
from crm_tui.identity.map_reading import MapRow, build_contacts
from crm_tui.workspace import schema, stored
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.kept_contacts import KeptContacts, MapAtHand, forget_contacts, keep_contacts, kept_contacts
from crm_tui.workspace.store import Store
from tests.factory import ANN, BOB, Bench

IDS = ("CLOSE-1", "close-1", "CLOSE-1/GHL-1", "GHL-1", "con-1", "")
ADDRESSES = ("ann@x.test", "ANN@x.test", "bob@x1.test", "bob@xl.test", "b0b@x.test", "info@m.test", "no address", "")
PHONES = ("+1 202 555 0123", "(202) 555-0123", "202-555-0124", "")
KEYRING = Keyring("US")


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.events(contacts=[ANN, {**BOB, "email": ANN["email"]}])
    return bench


def told(contacts: Contacts) -> tuple[object, ...]:
    """All that a map says."""
    return list(contacts), contacts.unreadable, contacts.present, contacts.systems, len(contacts)


def test_the_kept_map_equals_the_one_that_its_rows_give(bench: Bench) -> None:
    with bench.open() as review:
        kept = told(review.cases.contacts)
        assert type(review.cases.contacts) is KeptContacts
        assert any(contact.lints for contact in review.cases.contacts)
        with review.store.transaction() as connection:
            forget_contacts(connection)
    with Store.open(bench.workspace, write=False) as store:
        memory = Cases(store).contacts
        assert isinstance(memory, ContactIndex)
        assert kept == told(memory)


def test_a_workspace_is_opened_without_reading_its_map(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(stored, "keep_contacts", lambda *given: read.append(given) or keep_contacts(*given))
    with bench.open() as review:
        asked: list[str] = []
        review.store.connection.set_trace_callback(asked.append)
        review.cases.refresh()
        review.store.connection.set_trace_callback(None)
        assert review.cases.contacts.by_key("CLOSE-1")
    assert not read
    assert not [sql for sql in asked if "FROM contact" in sql]


def test_a_map_that_is_not_kept_is_kept_when_the_workspace_is_opened(bench: Bench) -> None:
    with bench.open() as review:
        with review.store.transaction() as connection:
            forget_contacts(connection)
        review.cases.refresh()
        assert isinstance(review.cases.contacts, KeptContacts)


def test_what_was_kept_of_other_rows_is_not_believed(bench: Bench) -> None:
    with bench.open() as review:
        cases, right = review.cases, told(review.cases.contacts)
        with review.store.transaction() as connection:
            keep_contacts(connection, cases.keyring, [(9, "other.csv", "0" * 64, "")], lambda _: iter(()))
        cases.refresh()
        assert told(cases.contacts) == right


def test_what_cannot_be_read_as_a_map_is_read_anew(bench: Bench) -> None:
    with bench.open() as review:
        right = told(review.cases.contacts)
        with review.store.transaction() as connection:
            connection.execute("UPDATE meta SET value = substr(value, 1, 64) WHERE key = 'contact_map'")
        review.cases.refresh()
        assert told(review.cases.contacts) == right


ROWS = st.lists(st.tuples(*map(st.sampled_from, (IDS, IDS, ADDRESSES, PHONES))), max_size=6)


def map_rows(rows: list[tuple[str, ...]], wanted: Container[int] | None = None) -> Iterator[MapRow]:
    """These rows as rows of a map, or those of these numbers."""
    columns = ("close_contact_id", "ghl_contact_id", "email", "phone")
    for number, row in enumerate(rows, 1):
        if wanted is None or number in wanted:
            yield "map.csv", number + 1, dict(zip(columns, row, strict=True))


def in_memory(rows: list[tuple[str, ...]]) -> ContactIndex:
    """The map of these rows."""
    built = build_contacts(map_rows(rows), KEYRING)
    return ContactIndex(built.contacts, True, built.lints_without_contact)


@settings(deadline=None)
@given(ROWS)
def test_a_kept_map_answers_as_the_one_in_memory(rows: list[tuple[str, ...]]) -> None:
    memory = in_memory(rows)
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.migrate(connection)
        part = [(1, "map.csv", "0" * 64, "")]
        made = keep_contacts(connection, KEYRING, part, partial(map_rows, rows))
        kept, at_hand = (kept_contacts(connection, KEYRING, part, at_hand=one) for one in (False, True))
        assert kept is not None
        assert isinstance(at_hand, MapAtHand)
        for one in (kept, at_hand, made):
            answers_as(one, memory)


def answers_as(kept: Contacts, memory: ContactIndex) -> None:
    """Hold one map against another, question by question."""
    assert told(kept) == told(memory)
    assert list(kept.linted()) == list(memory.linted()) == [one for one in memory if one.lints]
    for name in (*IDS, *(f"{one}/{other}" for one in IDS for other in IDS)):
        assert kept.by_key(name) == memory.by_key(name), name
    for one in IDS:
        assert kept.find("id:ghl", one) == memory.find("id:ghl", one)
    for address in (*ADDRESSES, "ann@xl.test", "ann@rn.test", "x@\u0445.test"):
        assert kept.find("email", address) == memory.find("email", address)
        assert kept.addresses.taken_for(address) == memory.addresses.taken_for(address)
        assert kept.addresses.told(address) == memory.addresses.told(address)
    assert [kept.numbered(one.contact_id) for one in memory] == [one.number for one in memory]
    assert kept.numbered("con-nobody") is None
    with pytest.raises(KeyError):
        kept.contact(len(memory) + 1)


@given(ROWS)
def test_keys_read_ahead_lead_to_the_same_contacts_in_two_statements(rows: list[tuple[str, ...]]) -> None:
    memory = in_memory(rows)
    keys = [("email", address) for address in (*ADDRESSES, "ann@xl.test", "ann@rn.test")]
    keys += [(kind, one) for kind in ("id:close", "id:ghl") for one in IDS]
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.migrate(connection)
        keep_contacts(connection, KEYRING, [], partial(map_rows, rows))
        kept = kept_contacts(connection, KEYRING, [])
        assert kept is not None
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        kept.read_ahead(iter(keys))
        kept.read_ahead(keys)
        assert len(asked) <= 2, asked
        for kind, value in filter(lambda key: key[1], keys):
            assert kept.find(kind, value) == memory.find(kind, value)
            assert [*map(kept.contact, kept.find(kind, value))] == [*map(memory.contact, memory.find(kind, value))]
        for _, address in filter(lambda key: key[0] == "email" and key[1], keys):
            assert kept.addresses.told(address) == memory.addresses.told(address)
        assert len(asked) <= 2, asked
        connection.set_trace_callback(None)


def test_a_key_with_a_nul_is_found_as_it_stands(bench: Bench) -> None:
    with bench.open() as review:
        with review.store.transaction() as connection:
            connection.execute("INSERT INTO contact_key VALUES ('id:close', ?, 2)", ("CLOSE-1\0",))
        kept = review.cases.contacts
        kept.read_ahead([("id:close", "CLOSE-1\0"), ("id:close", "CLOSE-1")])
        assert kept.find("id:close", "CLOSE-1") == (1,)
        assert kept.find("id:close", "CLOSE-1\0") == (2,)


def test_keys_read_ahead_are_sought_in_the_index(bench: Bench) -> None:
    with bench.open() as review:
        asked: list[str] = []
        review.store.connection.set_trace_callback(asked.append)
        review.cases.contacts.read_ahead([("id:close", "CLOSE-1")])
        review.store.connection.set_trace_callback(None)
        plans = [row[3] for sql in asked for row in review.store.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert any("SEARCH contact_key USING PRIMARY KEY (kind=? AND value=?)" in one for one in plans), plans
    assert not [one for one in plans if one.startswith(("SCAN contact", "SCAN contact_key"))], plans
