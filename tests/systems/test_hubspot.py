"""HubSpot exports, trap by trap (formats.md 8), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Queue
from crm_tui.systems import recognise
from tests.factory import Bench
from tests.systems.systems_support import ANN, BOB, judged, notes, rows_judged, told, writes

EXPORT = "hubspot/hubspot-crm-exports-all-contacts-2026-05-11.csv"


@pytest.fixture
def export(bench: Bench) -> dict[str, Case]:
    return judged(bench, EXPORT)


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "hubspot/contacts-nasty.csv")


def test_an_export_with_labels_is_recognised_and_compared(export: dict[str, Case]) -> None:
    assert (export["101"].noun, export["101"].verdict.rule) == ("HubSpot contact", "no_write")
    assert writes(export["102"]) == {"first_name": "Robert"}


def test_an_export_with_internal_names_is_the_same_table(bench: Bench) -> None:
    assert judged(bench, "hubspot/contacts-internal-names.csv")["101"].verdict.rule == "no_write"


def test_a_lead_status_is_the_same_as_label_and_as_internal_value(export: dict[str, Case]) -> None:
    assert "lead_status" not in writes(export["101"])
    assert "lead_status" not in writes(export["102"])


def test_merged_record_ids_that_no_map_knows_hold_nothing(export: dict[str, Case]) -> None:
    assert export["101"].verdict.queue is Queue.LEDGER


def test_a_merged_record_id_that_the_map_has_for_somebody_else_holds_the_row(bench: Bench) -> None:
    case = judged(bench, EXPORT, contacts=(ANN, BOB | {"hubspot_contact_id": "77"}))["101"]
    assert case.verdict.rule == "keys_disagree"
    assert "merged HubSpot ids" in case.issue


def test_a_second_e_mail_that_is_another_contacts_holds_the_row(bench: Bench) -> None:
    case = judged(bench, EXPORT, contacts=(ANN, BOB | {"email": "archer@one.test"}))["101"]
    assert case.verdict.rule == "keys_disagree"
    assert "other e-mails" in case.issue


def test_second_e_mails_that_no_map_knows_hold_nothing(export: dict[str, Case]) -> None:
    assert "email_unknown" not in export["101"].verdict.fired


def test_a_record_id_with_a_decimal_tail_is_the_id_and_is_told(nasty: dict[str, Case]) -> None:
    assert nasty["101"].verdict.contact is not None
    assert "HubSpot id: written as a decimal number" in notes(nasty["101"])


def test_a_record_id_in_scientific_notation_is_refused_with_the_reason(nasty: dict[str, Case]) -> None:
    case = nasty["line 3"]
    assert case.verdict.rule == "id_disagrees"
    assert "scientific notation, digits are lost" in told(case)


def test_ids_of_eleven_and_twelve_digits_are_ids(export: dict[str, Case]) -> None:
    assert "HubSpot id 10676775052 is not in the contact map" in told(export["10676775052"])


def test_a_date_that_is_none_is_an_error_that_says_which_column(nasty: dict[str, Case]) -> None:
    assert nasty["103"].verdict.rule == "bad_value"
    assert nasty["103"].why == "created is no date or time."


def test_a_date_of_zeros_is_blank(nasty: dict[str, Case]) -> None:
    assert "modified: a date of zeros, read as blank" in notes(nasty["103"])
    assert "last_modified_date" not in nasty["103"].issue


def test_a_time_without_a_zone_is_never_said_to_be_older(bench: Bench) -> None:
    contacts = (ANN | {"hubspot_updated_at": "2026-12-31T00:00:00Z"},)
    case = judged(bench, EXPORT, contacts=contacts)["101"]
    assert "stale_event" not in case.verdict.fired
    assert "has no offset" in notes(case)


def test_no_break_and_wide_blanks_around_a_name_are_not_a_change(bench: Bench) -> None:
    row = {"Record ID": "101", "First Name": "\u00a0Ann", "Last Name": "Archer\u3000", "Email": "ann@one.test"}
    assert rows_judged(bench, (), row)["101"].verdict.fired == ("no_write", "cleared_field")[:1]


def test_an_association_label_without_its_blank_does_not_hide_the_table(nasty: dict[str, Case]) -> None:
    assert {case.noun for case in nasty.values()} == {"HubSpot contact"}


def test_a_contact_exported_with_its_companies_repeats_and_is_held(bench: Bench) -> None:
    rows = [
        {
            "Record ID - Contact": "101",
            "First Name": "Ann",
            "Last Name": "Archer",
            "Email": "ann@one.test",
            "Record ID - Company": company,
        }
        for company in ("9001", "9002")
    ]
    cases = rows_judged(bench, (), *rows)
    assert [case.verdict.rule for case in cases.values()] == ["event_id_reused", "event_id_reused"]


def test_a_deal_is_found_by_its_associated_contact_id(bench: Bench) -> None:
    deal = judged(bench, "hubspot/deals.csv")["5001"]
    assert deal.verdict.queue is Queue.LEDGER
    assert writes(deal) == {"deal_name": "Acme renewal", "close_date": "2026-09-30"}


def test_a_deal_of_two_contacts_is_held_and_never_given_to_the_first(bench: Bench) -> None:
    deal = judged(bench, "hubspot/deals.csv")["5002"]
    assert deal.verdict.rule == "keys_disagree"
    assert deal.issue == "several values of associated HubSpot ids map to different contacts"


def test_the_time_of_day_of_a_close_date_is_left_out_and_told(bench: Bench) -> None:
    assert "close date: the time of day is left out" in notes(judged(bench, "hubspot/deals.csv")["5002"])


def test_a_note_is_matched_by_the_id_in_name_and_id(bench: Bench) -> None:
    first, second = judged(bench, "hubspot/notes.csv").values()
    assert first.verdict.queue is Queue.LEDGER
    assert writes(first) == {"body": "Asked for the offer again", "starts_at": "2026-05-09T11:30:00"}
    assert second.verdict.rule == "missing_identity"


def test_a_name_alone_is_no_identity(bench: Bench) -> None:
    _, second = judged(bench, "hubspot/notes.csv").values()
    assert "a name, not an id" in told(second)


def test_call_durations_are_milliseconds(bench: Bench) -> None:
    assert writes(judged(bench, "hubspot/calls.csv")["8001"])["duration_s"] == "320"


def test_a_company_is_kept_for_reference(bench: Bench) -> None:
    assert judged(bench, "hubspot/companies.csv")["9001"].verdict.rule == "reference_only"


def test_an_opt_out_of_all_e_mail_is_consent(bench: Bench) -> None:
    row = {"Record ID": "102", "Email": "bob@two.test", "Last Name": "Brook", "Unsubscribed from all email": "No"}
    case = rows_judged(bench, (), row, contacts=(BOB | {"phone": ""},))["102"]
    assert case.verdict.rule == "protected_field"


def test_labels_in_the_language_of_the_user_are_the_same_columns(bench: Bench) -> None:
    cases = judged(bench, "hubspot/kontakte-deutsch.csv")
    assert {case.noun for case in cases.values()} == {"HubSpot contact"}
    assert [case.verdict.contact for case in cases.values()] == [1, 2]


@pytest.mark.parametrize(
    "header",
    [
        ("ID de registro", "Nombre", "Apellidos", "Correo"),
        ("ID de fiche d'informations", "Prénom", "Nom de famille", "Adresse e-mail"),
        ("Datensatz-ID", "Vorname", "Nachname", "E-Mail"),
    ],
)
def test_four_labels_of_another_language_tell_the_table(header: tuple[str, ...]) -> None:
    table = recognise(header)
    assert table is not None and table.name == "hubspot-contacts"
    assert recognise(header[1:]) is None
