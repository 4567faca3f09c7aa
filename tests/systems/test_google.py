"""Google Contacts CSV, trap by trap (formats.md 5a), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case
from crm_tui.systems import recognise
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, notes, told, writes


def rows(bench: Bench, fixture: str) -> list[Case]:
    return list(judged(bench, fixture, contacts=PEOPLE).values())


@pytest.fixture
def nasty(bench: Bench) -> list[Case]:
    return rows(bench, "google/contacts-nasty.csv")


def test_the_header_of_today_and_the_older_one_are_read(bench: Bench) -> None:
    for fixture in ("google/contacts.csv", "google/contacts-older.csv"):
        ann = rows(bench, fixture)[0]
        assert ann.noun == "Google contact"
        assert ann.verdict.contact == 1
        assert writes(ann)["job_title"] == "Head of Buying"


def test_values_in_one_cell_are_parted_at_three_colons(bench: Bench) -> None:
    ann = rows(bench, "google/contacts.csv")[0]
    assert "phone +12125550101 maps to" in told(ann)
    assert "phone +12125550177 is not in the contact map" in told(ann)


def test_a_second_numbered_address_is_kept_as_a_further_one(bench: Bench) -> None:
    ann = rows(bench, "google/contacts.csv")[0]
    further = next(row for row in ann.rows if row.field == "other_emails")
    assert further.values[0] == "ann.archer@home.test"


def test_googles_own_groups_are_no_tags(bench: Bench) -> None:
    ann, bob = rows(bench, "google/contacts.csv")
    tags = next(row for row in ann.rows if row.field == "tags")
    assert set(tags.values[0].split("; ")) == {"VIP", "West"}
    assert "Google's own groups are left out" in notes(bob)
    assert all("myContacts" not in text for row in bob.rows for text in row.values)


def test_a_starred_label_beside_an_address_is_no_part_of_it(bench: Bench) -> None:
    assert rows(bench, "google/contacts-older.csv")[0].verdict.contact == 1


def test_a_birthday_without_its_year_is_left_out_with_a_note(bench: Bench) -> None:
    assert "a birthday without its year is left out" in notes(rows(bench, "google/contacts.csv")[1])


def test_there_are_as_many_numbered_columns_as_the_richest_contact_has(nasty: list[Case]) -> None:
    assert nasty[0].verdict.candidates == (1,)
    assert "e-mail ann@one.test maps to" in told(nasty[0])


def test_two_addresses_of_two_contacts_in_one_cell_are_held(nasty: list[Case]) -> None:
    assert (nasty[1].verdict.rule, nasty[1].verdict.candidates) == ("keys_disagree", (1, 2))


def test_a_name_alone_is_no_identity(nasty: list[Case]) -> None:
    assert nasty[2].verdict.rule == "missing_identity"


def test_dots_in_an_address_are_not_taken_out(nasty: list[Case]) -> None:
    assert nasty[3].verdict.rule == "unmapped"


def test_a_company_with_a_phone_is_found_by_it(nasty: list[Case]) -> None:
    assert nasty[4].verdict.contact == 2


def test_a_birthday_in_words_is_an_error(nasty: list[Case]) -> None:
    assert nasty[5].verdict.rule == "bad_value"


def test_a_contact_has_the_same_name_in_every_load(bench: Bench) -> None:
    names = list(judged(bench, "google/contacts.csv", contacts=PEOPLE))
    assert names == list(judged(bench, "google/contacts.csv", contacts=PEOPLE))
    assert len(set(names)) == 2


def test_a_header_without_a_single_address_is_recognised() -> None:
    table = recognise(("First Name", "Last Name", "File As", "Labels", "Phone 1 - Value"))
    assert table is not None and table.name == "google-contacts"


def test_the_outlook_form_is_read_in_the_code_page_of_windows(bench: Bench) -> None:
    ann, zoe = judged(bench, "google/contacts-outlook.csv", contacts=PEOPLE).values()
    assert (ann.verdict.contact, writes(ann)) == (1, {"job_title": "Einkäuferin"})
    assert "a.archer@acme.test is not in the contact map" in told(ann)
    assert zoe.verdict.rule == "missing_identity"
