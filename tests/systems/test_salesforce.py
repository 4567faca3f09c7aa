"""Salesforce exports, trap by trap (formats.md 7), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Outcome, Queue
from tests.factory import Bench
from tests.systems.systems_support import ANN, BOB, judged, notes, rows_judged, told, writes

HEADER = ("Id", "LastName", "FirstName", "Email", "LastModifiedDate")
ANN_ID = "0035e00000AnnAaAAJ"


@pytest.fixture
def loader(bench: Bench) -> dict[str, Case]:
    return judged(bench, "salesforce/contacts-data-loader.csv")


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "salesforce/contacts-nasty.csv")


def test_the_capitals_of_data_loader_are_the_same_columns(loader: dict[str, Case]) -> None:
    ann = loader[ANN_ID]
    assert ann.noun == "Salesforce contact"
    assert (ann.verdict.queue, ann.verdict.rule) == (Queue.LEDGER, "no_write")


def test_an_id_of_18_characters_finds_the_contact_that_the_map_knows_by_15(loader: dict[str, Case]) -> None:
    assert loader["0035e00000BobBbAAJ"].verdict.rule == "accepted"
    assert writes(loader["0035e00000BobBbAAJ"]) == {"first_name": "Robert"}


def test_an_offset_without_a_colon_is_a_time_and_tells_that_a_row_is_older(loader: dict[str, Case]) -> None:
    assert "stale_event" in loader["0035e00000CaraCAAR"].verdict.fired


def test_a_deleted_record_is_held_and_nothing_is_deleted_because_of_it(loader: dict[str, Case]) -> None:
    gone = loader["0035e00000EveEeAAJ"]
    assert gone.verdict.queue is Queue.CONFLICT
    assert "deletion" in gone.verdict.fired
    assert [option.token for option in gone.options] == ["no-write"]


def test_a_merged_record_leads_to_its_survivor_and_is_held(loader: dict[str, Case]) -> None:
    merged = loader["0035e00000DanDdAAJ"]
    assert merged.verdict.queue is Queue.CONFLICT
    assert "deletion" in merged.verdict.fired
    assert "id of the surviving record 0035e00000AnnAaAAJ maps to" in told(merged)
    assert all(option.staged and option.staged.operation is Outcome.NO_WRITE for option in merged.options)


def test_a_deleted_contact_of_the_map_may_become_inactive_only_where_the_policy_says(bench: Bench) -> None:
    row = {"Id": ANN_ID, "LastName": "Archer", "IsDeleted": "true", "Email": "ann@one.test"}
    policy = '[destinations]\nsalesforce = "app"\n'
    options = rows_judged(bench, HEADER, row, policy=policy)[ANN_ID].options
    assert [option.staged.operation for option in options if option.staged] == [Outcome.NO_WRITE, Outcome.SOFT_DELETE]
    assert options[1].staged and options[1].staged.target_id == "k57ann"


def test_an_id_whose_case_a_spreadsheet_has_lost_finds_its_contact(nasty: dict[str, Case]) -> None:
    for name in (ANN_ID, "0035e00000BobBbAAJ"):
        assert nasty[name].verdict.contact is not None
        assert "its case was lost and is restored" in notes(nasty[name])


def test_an_id_whose_checks_do_not_fit_is_no_key_and_holds_the_row(nasty: dict[str, Case]) -> None:
    cara = nasty["line 4"]
    assert cara.verdict.rule == "id_disagrees"
    assert "its last three characters do not fit" in told(cara)


def test_an_id_in_scientific_notation_is_refused_with_the_reason(nasty: dict[str, Case]) -> None:
    assert "written in scientific notation, digits are lost" in told(nasty["line 5"])


def test_a_leads_id_in_a_contacts_place_is_told(nasty: dict[str, Case]) -> None:
    assert nasty["00Q5e00000LeaLeEAJ"].verdict.queue is Queue.CONFLICT
    assert "a lead's id, not a contact's" in notes(nasty["00Q5e00000LeaLeEAJ"])


def test_a_leads_id_in_the_contact_map_holds_what_touches_the_entry(bench: Bench) -> None:
    wrong = ANN | {"salesforce_contact_id": "00Q5e00000LeaLeEAJ"}
    row = {"Id": "00Q5e00000LeaLeEAJ", "LastName": "Archer", "Email": "ann@one.test"}
    case = rows_judged(bench, HEADER, row, contacts=(wrong, BOB))["00Q5e00000LeaLeEAJ"]
    assert case.verdict.rule == "map_doubtful"
    assert "does not look like a Salesforce id" in told(case)


def test_dates_that_went_through_excel_are_read_and_the_choice_is_told(nasty: dict[str, Case]) -> None:
    assert "read with the month first" in notes(nasty[ANN_ID])
    assert "a year of two digits" in notes(nasty["0035e00000BobBbAAJ"])
    assert "read with the month first" in notes(nasty["0035e00000BobBbAAJ"])


def test_a_zone_that_is_nowhere_is_not_invented(nasty: dict[str, Case]) -> None:
    assert "a time is missing or has no offset" in notes(nasty[ANN_ID])
    assert "stale_event" not in nasty[ANN_ID].verdict.fired


def test_a_literal_z_before_an_offset_yields_to_the_offset(nasty: dict[str, Case]) -> None:
    assert "Z and an offset: the offset counts" in notes(nasty["line 4"])


def test_consent_in_every_word_is_read_and_a_word_that_is_none_is_an_error(nasty: dict[str, Case]) -> None:
    assert "email_opt_out" not in writes(nasty["0035e00000BobBbAAJ"])
    fay = nasty["0035e00000FayFfAAJ"]
    assert fay.verdict.rule == "bad_value"
    assert "e-mail opt-out is neither yes nor no" in fay.why


def test_a_consent_that_would_be_loosened_is_protected(bench: Bench) -> None:
    row = {"Id": "0035e00000BobBbAAJ", "LastName": "Brook", "Email": "bob@two.test", "HasOptedOutOfEmail": "false"}
    case = rows_judged(bench, HEADER, row)["0035e00000BobBbAAJ"]
    assert case.verdict.rule == "protected_field"
    assert [option.locked for option in case.options] == [False, True]


def test_an_address_as_one_json_text_is_shown_and_staged_nowhere(nasty: dict[str, Case]) -> None:
    assert writes(nasty[ANN_ID]).keys() <= {"phone"}


def test_a_converted_lead_is_the_contact_that_it_became(bench: Bench) -> None:
    lead = judged(bench, "salesforce/leads.csv")["00Q5e00000LeaLeEAJ"]
    assert lead.contact_key.endswith(ANN_ID)
    assert lead.verdict.rule == "protected_field"


def test_a_converted_lead_links_its_contact_where_the_map_has_no_salesforce_id(bench: Bench) -> None:
    blank = ANN | {"salesforce_contact_id": ""}
    row = {
        "Id": "00Q5e00000LeaLeEAJ",
        "LastName": "Archer",
        "Company": "Acme Corp",
        "Email": "ann@one.test",
        "ConvertedContactId": "0035e00000AnnAa",
    }
    cases = rows_judged(bench, (), row, contacts=(blank, BOB), policy='[destinations]\nsalesforce = "hubspot"\n')
    (option,) = cases["00Q5e00000LeaLeEAJ"].options
    assert option.staged and option.staged.operation is Outcome.LINK
    assert option.staged.values == {"salesforce_contact_id": ANN_ID}


def test_choosing_a_leads_side_never_clears_what_the_lead_leaves_blank(bench: Bench) -> None:
    lead = judged(bench, "salesforce/leads.csv")["00Q5e00000LeaLeEAJ"]
    assert [option.staged.values for option in lead.options if option.staged] == [{}, {"lead_status": "Qualified"}]


def test_a_new_lead_is_unmapped_and_never_created_by_itself(bench: Bench) -> None:
    lead = judged(bench, "salesforce/leads.csv")["00Q5e00000LouLoEAJ"]
    assert (lead.noun, lead.verdict.rule) == ("Salesforce lead", "unmapped")


def test_a_report_with_labels_and_no_id_is_matched_by_its_e_mail(bench: Bench) -> None:
    cases = judged(bench, "salesforce/contact-report.csv")
    assert [case.verdict.rule for case in cases.values()] == ["no_write", "unmapped"]


def test_an_opportunity_without_a_contact_is_an_error_row(bench: Bench) -> None:
    cases = judged(bench, "salesforce/opportunities.csv")
    assert cases["0065e00000DealBAAR"].verdict.rule == "missing_identity"


def test_amount_and_stage_of_an_opportunity_are_protected(bench: Bench) -> None:
    case = judged(bench, "salesforce/opportunities.csv")["0065e00000DealAAAR"]
    assert case.verdict.queue is Queue.LEDGER
    assert writes(case) == {"deal_name": "Acme renewal", "probability": "75", "close_date": "2026-09-30"}


def test_a_deleted_opportunity_never_marks_its_contact_as_inactive(bench: Bench) -> None:
    row = {"Id": "0065e00000DealAAAR", "StageName": "Lost", "ContactId": ANN_ID, "IsDeleted": "TRUE"}
    case = rows_judged(bench, (), row, policy='[destinations]\nsalesforce = "app"\n')["0065e00000DealAAAR"]
    assert case.verdict.rule == "deletion"
    assert [option.token for option in case.options] == ["no-write"]


def test_a_call_keeps_its_type_direction_and_seconds(bench: Bench) -> None:
    call = judged(bench, "salesforce/tasks.csv")["00T5e00000CallAEAR"]
    assert call.verdict.queue is Queue.LEDGER
    written = writes(call)
    assert (written["subject"], written["direction"], written["duration_s"]) == (
        "Call about renewal",
        "Outbound",
        "320",
    )


def test_a_task_of_a_lead_is_held_because_the_map_has_contacts(bench: Bench) -> None:
    task = judged(bench, "salesforce/tasks.csv")["00T5e00000TaskBEAR"]
    assert task.verdict.rule == "unmapped"
    assert "a lead's id, not a contact's" in notes(task)


def test_a_calendar_event_is_an_appointment(bench: Bench) -> None:
    event = judged(bench, "salesforce/events.csv")["00U5e00000MeetAEAR"]
    assert writes(event)["starts_at"] == "2026-06-01T14:00:00+00:00"
    assert writes(event)["ends_at"] == "2026-06-01T15:00:00+00:00"


def test_an_account_is_kept_for_reference(bench: Bench) -> None:
    assert judged(bench, "salesforce/accounts.csv")["0015e00000AcmeAAAR"].verdict.rule == "reference_only"


def test_a_country_in_words_is_the_country_of_the_map(loader: dict[str, Case]) -> None:
    assert "country" not in writes(loader[ANN_ID])


@pytest.mark.parametrize("more", [("STATUS", "Item Updated"), ("ERROR", "REQUIRED_FIELD_MISSING")])
def test_a_result_file_of_a_data_load_is_the_same_table(bench: Bench, more: tuple[str, str]) -> None:
    header = ("ID", "FIRSTNAME", "LASTNAME", "EMAIL", more[0])
    row = dict(zip(header, ("0035e00000AnnAaAAJ", "Ann", "Archer", "ann@one.test", more[1]), strict=True))
    (case,) = rows_judged(bench, header, row).values()
    assert (case.noun, case.verdict.contact) == ("Salesforce contact", 1)
    assert all("lead_status" not in option.staged.values for option in case.options if option.staged)
