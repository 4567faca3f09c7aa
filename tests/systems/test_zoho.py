"""Zoho exports and backups, trap by trap (formats.md 10), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Queue
from crm_tui.systems import recognise
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, notes, told, writes

ANN_ID, BOB_ID, CARA_ID = (f"536116000000050{number}001" for number in (1, 2, 3))


@pytest.fixture
def backup(bench: Bench) -> dict[str, Case]:
    return judged(bench, "zoho/Contacts_001.csv", contacts=PEOPLE)


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "zoho/contacts-nasty.csv", contacts=PEOPLE)


def test_the_prefix_of_a_backups_ids_is_left_out(backup: dict[str, Case]) -> None:
    assert set(backup) == {ANN_ID, BOB_ID, CARA_ID}
    assert [backup[name].verdict.contact for name in (ANN_ID, BOB_ID, CARA_ID)] == [1, 2, 3]


def test_only_the_field_that_differs_is_staged(backup: dict[str, Case]) -> None:
    assert writes(backup[ANN_ID]) == {"job_title": "Head of Buying"}


def test_a_date_of_zeros_is_blank_and_clears_nothing(backup: dict[str, Case]) -> None:
    assert "birthday: a date of zeros, read as blank" in notes(backup[ANN_ID])


def test_both_forms_of_times_are_read(backup: dict[str, Case]) -> None:
    assert all("bad_value" not in case.verdict.fired for case in backup.values())


def test_a_cleared_opt_out_is_protected(backup: dict[str, Case]) -> None:
    assert backup[BOB_ID].verdict.rule == "protected_field"
    assert [option.locked for option in backup[BOB_ID].options] == [False, True]


def test_the_id_columns_of_owners_and_accounts_are_no_keys(backup: dict[str, Case]) -> None:
    assert "5361160000000100001" not in told(backup[ANN_ID])
    assert backup[ANN_ID].verdict.rule == "accepted"


def test_a_secondary_address_is_a_further_key_that_alone_holds_nothing(backup: dict[str, Case]) -> None:
    assert "email_unknown" not in backup[BOB_ID].verdict.fired
    assert "bob@second.test is not in the contact map" in told(backup[BOB_ID])


def test_a_blank_owner_clears_no_owner(backup: dict[str, Case]) -> None:
    assert "owner" not in writes(backup[CARA_ID])


def test_an_id_that_a_spreadsheet_has_ruined_is_unrecoverable_and_says_so(nasty: dict[str, Case]) -> None:
    ann = nasty["line 2"]
    assert ann.verdict.queue is Queue.CONFLICT
    assert "written in scientific notation, digits are lost" in notes(ann)


def test_an_id_that_ends_in_zeros_never_finds_the_id_that_it_was(nasty: dict[str, Case]) -> None:
    bob = nasty["5361160000000500000"]
    assert "id_disagrees" in bob.verdict.fired
    assert "not in the contact map" in told(bob)


def test_renamed_labels_are_still_the_contacts_table(nasty: dict[str, Case]) -> None:
    assert all(case.noun == "Zoho contact" for case in nasty.values())


def test_an_opt_out_that_is_neither_yes_nor_no_is_an_error(nasty: dict[str, Case]) -> None:
    assert nasty["5361160000000500000"].verdict.rule == "bad_value"
    assert "e-mail opt-out is neither yes nor no" in told(nasty["5361160000000500000"])


def test_a_look_alike_letter_in_an_address_is_held_with_its_code_point(nasty: dict[str, Case]) -> None:
    cara = nasty[CARA_ID]
    assert cara.verdict.rule == "email_unknown"
    assert "U+0441" in notes(cara)


def test_an_id_and_an_email_of_two_people_are_a_conflict(nasty: dict[str, Case]) -> None:
    assert nasty[BOB_ID].verdict.rule == "keys_disagree"


def test_a_converted_lead_leads_to_the_contact_it_became(bench: Bench) -> None:
    leads = judged(bench, "zoho/Leads_001.csv", contacts=PEOPLE)
    converted = leads["5361160000000601001"]
    assert converted.noun == "Zoho lead"
    assert converted.verdict.contact == 1
    assert "id of the contact it became 5361160000000501001 maps to" in told(converted)


def test_a_leads_own_id_is_never_taken_for_a_contacts(bench: Bench) -> None:
    lead = judged(bench, "zoho/Leads_001.csv", contacts=PEOPLE)["5361160000000602001"]
    assert lead.verdict.rule == "unmapped"
    assert "5361160000000602001" not in told(lead)


def test_a_deal_without_a_contacts_id_has_no_identity(bench: Bench) -> None:
    deals = judged(bench, "zoho/Deals_001.csv", contacts=PEOPLE)
    assert deals["5361160000000702001"].verdict.rule == "missing_identity"
    assert deals["5361160000000701001"].verdict.contact == 1


def test_a_note_on_a_contact_is_appended_and_one_on_a_deal_is_held_without_a_contact_to_create(bench: Bench) -> None:
    notes_file = judged(bench, "zoho/Notes_001.csv", contacts=PEOPLE)
    on_contact, on_deal = notes_file["5361160000000801001"], notes_file["5361160000000802001"]
    assert on_contact.verdict.rule == "accepted"
    assert writes(on_contact)["activity_type"] == "note"
    assert on_deal.verdict.rule == "unmapped"
    assert [option.token for option in on_deal.options] == ["no-write"]


def test_an_account_is_kept_for_reference(bench: Bench) -> None:
    assert (
        judged(bench, "zoho/Accounts_001.csv", contacts=PEOPLE)["5361160000000900001"].verdict.rule == "reference_only"
    )


def test_a_hubspot_export_with_the_same_first_column_is_not_taken_for_zoho() -> None:
    table = recognise(("Record ID", "First Name", "Last Name", "Email", "Contact owner", "Lifecycle Stage"))
    assert table is None or table.system != "zoho"
