"""Dynamics exports and events, trap by trap (formats.md 11), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Outcome, Queue
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, notes, rows_judged, told, writes

ANN_ID, BOB_ID, CARA_ID = (f"0a1b2c3d-0000-4000-8000-00000000050{number}" for number in (1, 2, 3))


@pytest.fixture
def contacts(bench: Bench) -> dict[str, Case]:
    return judged(bench, "dynamics/contacts-reimport.csv", contacts=PEOPLE)


@pytest.fixture
def nasty(bench: Bench) -> list[Case]:
    return list(judged(bench, "dynamics/contacts-view-damaged.csv", contacts=PEOPLE).values())


@pytest.fixture
def events(bench: Bench) -> list[Case]:
    return list(judged(bench, "dynamics/events-nasty.jsonl", contacts=PEOPLE).values())


def test_a_guid_in_braces_and_capitals_is_the_same_id(contacts: dict[str, Case]) -> None:
    assert set(contacts) == {ANN_ID, BOB_ID, CARA_ID}
    assert contacts[ANN_ID].verdict.contact == 1


def test_only_the_field_that_differs_is_staged(contacts: dict[str, Case]) -> None:
    assert writes(contacts[ANN_ID]) == {"job_title": "Head of Buying"}


def test_the_row_checksum_is_no_key_and_is_never_staged(contacts: dict[str, Case]) -> None:
    assert "c2FtcGxl" not in told(contacts[ANN_ID])
    assert all("checksum" not in name for name in writes(contacts[ANN_ID]))


def test_a_phone_of_the_parent_account_is_not_the_contacts(contacts: dict[str, Case]) -> None:
    assert contacts[ANN_ID].verdict.rule == "accepted"
    assert "0102" not in told(contacts[ANN_ID])


def test_allow_and_do_not_allow_are_read_the_right_way_round(contacts: dict[str, Case]) -> None:
    loosened, tightened = contacts[BOB_ID], contacts[CARA_ID]
    assert [option.locked for option in loosened.options] == [False, True]
    assert "opt-out true → false" in loosened.options[1].effect
    assert "opt-out false → true" in tightened.options[1].effect


def test_blanks_and_no_break_blanks_in_labels_are_overlooked(nasty: list[Case]) -> None:
    assert [case.noun for case in nasty] == ["Dynamics contact"] * 4


def test_dates_in_the_users_form_are_read_and_the_choice_is_told(nasty: list[Case]) -> None:
    assert "day first, since there is no such month" in notes(nasty[0])
    assert "read with the month first" in notes(nasty[1])


def test_a_number_that_a_spreadsheet_has_damaged_is_never_staged(nasty: list[Case]) -> None:
    assert nasty[0].verdict.contact == 1
    assert all("phone" not in option.staged.values for option in nasty[0].options if option.staged)


def test_a_display_name_alone_is_no_identity(nasty: list[Case]) -> None:
    assert nasty[2].verdict.rule == "missing_identity"


def test_keys_of_two_people_disagree(nasty: list[Case]) -> None:
    assert "keys_disagree" in nasty[3].verdict.fired


def test_a_leads_id_is_never_taken_for_a_contacts(bench: Bench) -> None:
    leads = judged(bench, "dynamics/leads-reimport.csv", contacts=PEOPLE)
    assert leads["0a1b2c3d-0000-4000-8000-000000000601"].verdict.rule == "unmapped"
    assert leads["0a1b2c3d-0000-4000-8000-000000000602"].verdict.contact == 1


def test_an_opportunity_finds_its_contact_by_address_and_not_by_name(bench: Bench) -> None:
    found, named = judged(bench, "dynamics/opportunities-names.csv", contacts=PEOPLE).values()
    assert found.verdict.contact == 1
    assert "amount" not in writes(found)
    assert named.verdict.rule == "missing_identity"


def test_attendees_by_display_name_have_no_identity(bench: Bench) -> None:
    named, unclear = judged(bench, "dynamics/appointments-names.csv", contacts=PEOPLE).values()
    assert named.verdict.rule == "missing_identity"
    assert "a name without an address is no identity" in notes(named)
    assert unclear.verdict.rule == "bad_value"


def test_an_email_finds_its_contact_by_the_address_beside_the_name(bench: Bench) -> None:
    (mail,) = judged(bench, "dynamics/emails.csv", contacts=PEOPLE).values()
    assert (mail.verdict.rule, mail.verdict.contact) == ("accepted", 1)
    assert (writes(mail)["direction"], writes(mail)["activity_type"]) == ("outbound", "email")


def test_an_account_is_kept_for_reference(bench: Bench) -> None:
    (account,) = judged(bench, "dynamics/accounts-reimport.csv", contacts=PEOPLE).values()
    assert account.verdict.rule == "reference_only"


def test_a_list_of_keys_and_values_is_read_as_fields(events: list[Case]) -> None:
    assert writes(events[0]) == {"job_title": "Head of Buying"}


def test_a_message_that_was_too_large_for_its_values_is_held_and_says_what_to_load(events: list[Case]) -> None:
    assert events[1].verdict.rule == "values_untold"
    assert [option.token for option in events[1].options] == ["no-write"]
    assert "Load an export of Dynamics" in events[1].action


def test_the_image_of_the_record_is_evidence_and_changes_nothing(events: list[Case]) -> None:
    opted_out = events[2]
    assert opted_out.verdict.rule == "protected_field"
    assert set(writes(opted_out)) <= {"email_opt_out"}


def test_a_deletion_is_held_and_deletes_nothing(events: list[Case]) -> None:
    gone = next(case for case in events if case.verdict.rule == "deletion")
    assert gone.verdict.queue is Queue.CONFLICT
    assert [option.staged.operation for option in gone.options if option.staged] == [Outcome.NO_WRITE]


def test_a_web_api_record_is_a_contact(events: list[Case]) -> None:
    record = events[-1]
    assert (record.event_id, record.verdict.contact) == (CARA_ID, 3)
    assert writes(record) == {"job_title": "Chair"}


def test_a_text_as_long_as_a_spreadsheets_cell_is_said_to_be_cut_off(bench: Bench) -> None:
    header = ("Subject", "From", "To", "Regarding", "Status Reason", "Direction", "Date Sent", "Description")
    row = dict.fromkeys(header, "") | {"Subject": "Offer", "From": "rep@agency.example", "To": "Ann <ann@one.test>"}
    row |= {"Status Reason": "Sent", "Direction": "Outgoing", "Date Sent": "3/11/2026 13:00"}
    cut, whole = rows_judged(
        bench,
        header,
        row | {"Description": "<p>" + "x" * 32_764},
        row | {"Subject": "Other", "Description": "<p>short</p>"},
        contacts=PEOPLE,
    ).values()
    assert "may be cut off" in notes(cut)
    assert "may be cut off" not in notes(whole)
