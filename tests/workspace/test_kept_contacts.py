"""The contact map is read once: what is kept of it says what its rows say, and nothing else is believed."""

from __future__ import annotations

import pytest

from crm_tui.identity.contact_map import build_contacts
from crm_tui.workspace import stored
from crm_tui.workspace.kept_contacts import forget_contacts, keep_contacts
from tests.factory import ANN, BOB, Bench


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.events(contacts=[ANN, {**BOB, "email": ANN["email"]}])
    return bench


def test_the_kept_map_equals_the_one_that_its_rows_give(bench: Bench) -> None:
    with bench.open() as review:
        kept = review.cases.map
        with review.store.transaction() as connection:
            forget_contacts(connection)
        review.cases.refresh()
        assert kept == review.cases.map
        assert any(contact.lints for contact in kept.contacts)


def test_a_workspace_is_opened_without_reading_the_rows_of_its_map(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(stored, "build_contacts", lambda *given: read.append(given) or build_contacts(*given))
    with bench.open() as review:
        assert review.cases.contacts.by_key("CLOSE-1")
    assert not read


def test_what_was_kept_of_other_rows_is_not_believed(bench: Bench) -> None:
    with bench.open() as review:
        cases, right = review.cases, review.cases.map
        with review.store.transaction() as connection:
            keep_contacts(
                connection, cases.keyring, [(9, "other.csv", "0" * 64, "")], build_contacts([], cases.keyring)
            )
        cases.refresh()
        assert cases.map == right


def test_what_cannot_be_read_as_a_map_is_read_anew(bench: Bench) -> None:
    with bench.open() as review:
        right = review.cases.map
        with review.store.transaction() as connection:
            connection.execute("UPDATE meta SET value = substr(value, 1, 80) WHERE key = 'contact_map'")
        review.cases.refresh()
        assert review.cases.map == right
