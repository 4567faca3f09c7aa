"""Pipedrive exports, trap by trap (formats.md 9), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Outcome, Queue
from crm_tui.systems import recognise
from tests.factory import Bench
from tests.systems.people import ANN, BOB, PEOPLE
from tests.systems.systems_support import judged, notes, rows_judged, told, writes


@pytest.fixture
def people(bench: Bench) -> dict[str, Case]:
    return judged(bench, "pipedrive/people.csv", contacts=PEOPLE)


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "pipedrive/people-nasty.csv", contacts=PEOPLE)


@pytest.fixture
def activities(bench: Bench) -> list[Case]:
    return list(judged(bench, "pipedrive/activities.csv", contacts=PEOPLE).values())


def test_only_the_field_that_differs_is_staged_for_a_person(people: dict[str, Case]) -> None:
    assert people["501"].verdict.rule == "accepted"
    assert people["501"].target == "ghl"
    assert writes(people["501"]) == {"job_title": "Head of Buying"}


def test_labels_are_a_set_in_any_case_and_order(people: dict[str, Case]) -> None:
    row = next(row for row in people["501"].rows if row.field == "tags")
    assert row.values[0] == "west; VIP"
    assert "tags" not in writes(people["501"])


def test_an_email_in_the_home_column_is_the_persons_email_where_there_is_no_other(people: dict[str, Case]) -> None:
    assert people["502"].verdict.contact == 2
    assert "identity_change" not in people["502"].verdict.fired


def test_no_consent_neither_sets_nor_clears_an_opt_out(people: dict[str, Case]) -> None:
    assert "no consent is neither consent nor opt-out" in notes(people["502"])
    assert all("email_opt_out" not in option.staged.values for option in people["502"].options if option.staged)


def test_unsubscribed_is_an_opt_out_that_only_a_typed_reason_stages(people: dict[str, Case]) -> None:
    cara = people["503"]
    assert cara.verdict.rule == "protected_field"
    assert [option.locked for option in cara.options] == [False, True]


def test_a_second_address_is_kept_as_a_further_one_and_does_not_hold_the_row(people: dict[str, Case]) -> None:
    cara = people["503"]
    assert "email_unknown" not in cara.verdict.fired
    assert next(row for row in cara.rows if row.field == "other_emails").values[0] == "cara.cole@home.test"


def test_notes_with_line_breaks_stay_in_one_row(people: dict[str, Case]) -> None:
    assert set(people) == {"501", "502", "503"}


def test_all_addresses_and_numbers_in_one_cell_are_keys_of_their_own(bench: Bench) -> None:
    cases = judged(bench, "pipedrive/people-all-in-one.csv", contacts=PEOPLE)
    assert cases["501"].verdict.contact == 1
    assert "e-mail a.archer@acme.test is not in the contact map" in told(cases["501"])
    assert "phone +12125550177 is not in the contact map" in told(cases["501"])


def test_two_addresses_of_two_contacts_in_one_cell_are_a_conflict_and_never_the_first(bench: Bench) -> None:
    twin = judged(bench, "pipedrive/people-all-in-one.csv", contacts=PEOPLE)["504"]
    assert twin.verdict.rule == "keys_disagree"
    assert twin.suggestion == ""
    assert [option.contact for option in twin.options] == [1, 2, None]


def test_the_spelling_of_the_import_sheet_is_read_and_a_row_without_an_id_is_found_by_email(bench: Bench) -> None:
    (bob,) = judged(bench, "pipedrive/people-import-sheet.csv", contacts=PEOPLE).values()
    assert bob.verdict.contact == 2
    assert bob.verdict.outcome is Outcome.LINK or bob.verdict.rule == "no_write"


@pytest.mark.parametrize(
    "header",
    [
        ("Person - ID", "Person - Name", "Person - Email - Work"),
        ("Person - Pipedrive System ID", "Person - Name", "Person - Email (Work)"),
        ("PERSON - ID", "Person - NAME ", " Person - Email"),
        ("Person\u00a0- ID", "Person -\u00a0Name"),
    ],
)
def test_casing_blanks_and_older_spellings_of_headers_are_the_same_table(header: tuple[str, ...]) -> None:
    table = recognise(header)
    assert table is not None and table.name == "pipedrive-people"


def test_an_activity_export_with_person_columns_is_no_export_of_people() -> None:
    table = recognise(("Activity - Subject", "Activity - Type", "Person - Name", "Person - Email", "Deal - Title"))
    assert table is not None and table.name == "pipedrive-activities"


def test_a_deal_export_is_told_by_its_title_and_not_by_the_contact_person() -> None:
    table = recognise(("Deal - ID", "Deal - Title", "Deal - Contact person", "Person - Name"))
    assert table is not None and table.name == "pipedrive-deals"


def test_an_id_written_as_a_decimal_number_is_the_same_id(nasty: dict[str, Case]) -> None:
    assert nasty["501"].verdict.candidates == (1,)
    assert "written as a decimal number" in notes(nasty["501"])


def test_an_id_in_scientific_notation_is_refused_with_the_reason(nasty: dict[str, Case]) -> None:
    assert nasty["line 3"].verdict.rule == "id_disagrees"
    assert "digits are lost" in notes(nasty["line 3"])


def test_a_number_that_a_spreadsheet_has_damaged_is_never_staged(nasty: dict[str, Case]) -> None:
    staged = [option.staged for option in nasty["line 3"].options if option.staged]
    assert staged and all("phone" not in one.values for one in staged)


def test_two_rows_with_one_id_and_other_cells_are_both_held(nasty: dict[str, Case]) -> None:
    assert nasty["501"].verdict.rule == nasty["line 5"].verdict.rule == "event_id_reused"


def test_an_id_and_an_email_of_two_people_are_a_conflict(nasty: dict[str, Case]) -> None:
    assert nasty["503"].verdict.rule == "keys_disagree"
    assert set(nasty["503"].verdict.candidates) == {1, 3}


def test_dates_in_the_users_own_form_and_serial_numbers_are_read_with_a_note(nasty: dict[str, Case]) -> None:
    assert "a spreadsheet's day number" in notes(nasty["501"])
    assert "a year of two digits" in notes(nasty["line 5"])
    assert "a date of zeros, read as blank" in notes(nasty["503"])


def test_a_change_of_owner_is_held(bench: Bench) -> None:
    header = ("Person - ID", "Person - Name", "Person - Email", "Person - Owner")
    row = dict(zip(header, ("501", "Ann Archer", "ann@one.test", "Someone Else"), strict=True))
    case = rows_judged(bench, header, row, contacts=PEOPLE)["501"]
    assert case.verdict.rule == "protected_field"
    assert case.verdict.queue is Queue.CONFLICT


def test_an_unknown_id_with_a_known_email_is_a_link_only_where_the_slot_is_empty(bench: Bench) -> None:
    header = ("Person - ID", "Person - Name", "Person - Email")
    row = dict(zip(header, ("777", "Ann Archer", "ann@one.test"), strict=True))
    free = {name: text for name, text in ANN.items() if name != "pipedrive_contact_id"}
    linked = rows_judged(bench, header, row, contacts=(free | {"pipedrive_contact_id": ""}, BOB))["777"]
    assert (linked.verdict.outcome, writes(linked)) == (Outcome.LINK, {"pipedrive_contact_id": "777"})


def test_an_unknown_id_with_a_known_email_of_another_id_is_held(bench: Bench) -> None:
    header = ("Person - ID", "Person - Name", "Person - Email")
    row = dict(zip(header, ("777", "Ann Archer", "ann@one.test"), strict=True))
    assert rows_judged(bench, header, row, contacts=PEOPLE)["777"].verdict.rule == "id_disagrees"


def test_a_deal_finds_its_person_by_id_and_its_stage_and_amount_stay_out(bench: Bench) -> None:
    deal = judged(bench, "pipedrive/deals.csv", contacts=PEOPLE)["7001"]
    assert (deal.verdict.rule, deal.verdict.contact) == ("accepted", 1)
    assert writes(deal) == {
        "deal_name": "Acme renewal",
        "currency": "USD",
        "probability": "60",
        "close_date": "2026-07-31",
    }


def test_the_name_of_a_contact_person_is_no_identity(bench: Bench) -> None:
    deal = judged(bench, "pipedrive/deals.csv", contacts=PEOPLE)["7002"]
    assert deal.verdict.rule == "missing_identity"
    assert "No usable Pipedrive id of the person." in told(deal)


def test_words_for_an_amount_are_an_error(bench: Bench) -> None:
    deal = judged(bench, "pipedrive/deals.csv", contacts=PEOPLE)["7003"]
    assert deal.verdict.rule == "bad_value"
    assert "amount is no number" in told(deal)


def test_an_organization_is_kept_for_reference_though_its_header_has_a_trailing_blank(bench: Bench) -> None:
    assert judged(bench, "pipedrive/organizations.csv", contacts=PEOPLE)["9001"].verdict.rule == "reference_only"


def test_an_activity_without_an_id_is_named_by_its_parts_and_keeps_its_name(
    bench: Bench, activities: list[Case]
) -> None:
    names = [case.event_id for case in activities]
    assert len(set(names)) == 5 and all(name.startswith("activity-") for name in names)
    again = judged(bench, "pipedrive/activities.csv", contacts=PEOPLE)
    assert list(again) == names


def test_hours_and_minutes_are_seconds_and_html_is_kept_as_written(activities: list[Case]) -> None:
    staged = writes(activities[0])
    assert staged["duration_s"] == "4500"
    assert staged["body"] == "<p>She <b>agrees</b></p>"
    assert staged["subject"] == "Call about renewal"
    assert staged["starts_at"] == "2026-05-20"


def test_an_activity_without_a_type_is_a_note(activities: list[Case]) -> None:
    assert activities[1].verdict.rule == "accepted"
    assert writes(activities[1])["activity_type"] == "note"


def test_an_activity_with_a_name_alone_has_no_identity(activities: list[Case]) -> None:
    assert activities[2].verdict.rule == "missing_identity"


def test_an_activity_with_two_people_is_held(activities: list[Case]) -> None:
    assert activities[3].verdict.rule == "keys_disagree"
    assert set(activities[3].verdict.candidates) == {1, 2}


def test_a_duration_in_words_is_an_error(activities: list[Case]) -> None:
    assert activities[4].verdict.rule == "bad_value"
    assert "no duration in hours and minutes" in told(activities[4])
