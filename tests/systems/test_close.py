"""Close's exports and payloads, trap by trap (formats.md 2), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Queue
from tests.factory import Bench
from tests.systems.systems_support import ANN, BOB, judged, notes, rows_judged, told, writes

ANN_ID = "cont_AnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnn"
BETA = "lead_BetaBetaBetaBetaBetaBetaBetaBetaBetaBetaBeta"
CARA = "lead_CaraCaraCaraCaraCaraCaraCaraCaraCaraCaraCara"
LEAD = "lead_AcmeAcmeAcmeAcmeAcmeAcmeAcmeAcmeAcmeAcmeAcme"


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "close/leads-excel-nasty.csv")


@pytest.fixture
def events(bench: Bench) -> dict[str, Case]:
    return judged(bench, "close/events-nasty.jsonl")


def test_the_id_of_a_leads_export_is_the_leads_and_the_person_is_found_by_e_mail(bench: Bench) -> None:
    lead = judged(bench, "close/leads.csv")[LEAD]
    assert (lead.noun, lead.verdict.rule) == ("Close lead", "no_write")
    assert lead.contact_key.endswith("0035e00000AnnAaAAJ")


def test_a_leads_id_in_a_contacts_place_is_told(bench: Bench) -> None:
    case = judged(bench, "close/contacts.csv")[BETA]
    assert case.verdict.rule == "id_disagrees"
    assert "a lead's id, not a contact's" in notes(case)


def test_the_original_date_form_with_five_decimals_tells_which_is_newer(bench: Bench) -> None:
    newer = ANN | {"close_updated_at": "2026-05-11T00:00:00Z"}
    assert "stale_event" in judged(bench, "close/leads.csv", contacts=(newer, BOB))[LEAD].verdict.fired


def test_the_excel_date_form_is_utc_although_it_says_no_zone(bench: Bench) -> None:
    newer = BOB | {"close_updated_at": "2026-04-10T10:00:01Z"}
    older = BOB | {"close_updated_at": "2026-04-10T09:59:59Z"}
    assert "stale_event" in judged(bench, "close/leads-excel-nasty.csv", contacts=(newer,))[BETA].verdict.fired
    again = Bench(bench.folder / "again")
    again.folder.mkdir()
    assert "stale_event" not in judged(again, "close/leads-excel-nasty.csv", contacts=(older,))[BETA].verdict.fired


def test_other_e_mails_are_parted_by_semicolon_comma_or_line(bench: Bench) -> None:
    for at, address in enumerate(("b2@two.test", "b3@two.test", "b4@two.test")):
        one = Bench(bench.folder / str(at))
        one.folder.mkdir()
        case = judged(one, "close/leads-excel-nasty.csv", contacts=(ANN | {"email": address}, BOB))[BETA]
        assert case.verdict.rule == "keys_disagree"


def test_two_e_mails_in_one_cell_are_two_keys_and_never_the_first(nasty: dict[str, Case]) -> None:
    assert nasty[CARA].verdict.rule == "keys_disagree"


def test_a_leading_emoji_of_a_name_is_a_change_that_a_person_sees(bench: Bench) -> None:
    case = judged(bench, "close/leads-excel-nasty.csv")[BETA]
    assert case.verdict.contact is not None
    assert writes(case)["first_name"] == "🔥 Bob"


def test_a_lead_without_a_person_is_an_error_row(nasty: dict[str, Case]) -> None:
    assert nasty["lead_NobodyNobodyNobodyNobodyNobodyNobodyNobodyNo"].verdict.rule == "missing_identity"


def test_the_value_of_an_opportunity_is_hundredths_and_the_reading_is_told(bench: Bench) -> None:
    (case,) = judged(bench, "close/opportunities.csv").values()
    assert "amount: read as hundredths" in notes(case)


def test_a_call_of_the_vendors_script_is_matched_by_the_other_number(bench: Bench) -> None:
    (call,) = judged(bench, "close/calls.csv").values()
    assert call.verdict.rule == "accepted"
    assert (writes(call)["direction"], writes(call)["duration_s"]) == ("outbound", "320")


def test_two_hundred_custom_columns_do_not_hide_the_table(bench: Bench) -> None:
    row = {"id": LEAD, "display_name": "Acme Corp", "primary_contact_primary_email": "ann@one.test", "status_label": ""}
    row |= {f"custom.Field {n}": "x" for n in range(200)}
    assert rows_judged(bench, (), row)[LEAD].noun == "Close lead"


def test_an_update_writes_only_what_it_says_was_changed(bench: Bench) -> None:
    people = (ANN | {"job_title": "CIO", "name": "Ann Archer"}, BOB)
    case = judged(bench, "close/contact-updated.json", contacts=people)["ev_1"]
    assert case.verdict.queue is Queue.LEDGER
    assert writes(case) == {"job_title": "CTO"}


def test_a_second_address_that_no_map_knows_does_not_hold_an_event(bench: Bench) -> None:
    assert "email_unknown" not in judged(bench, "close/contact-updated.json")["ev_1"].verdict.fired


def test_an_event_time_without_a_zone_never_makes_it_older(events: dict[str, Case]) -> None:
    assert "stale_event" not in events["ev_2"].verdict.fired


def test_a_deleted_contact_is_held_and_deletes_nothing(events: dict[str, Case]) -> None:
    assert events["ev_2"].verdict.rule == "deletion"
    assert [option.token for option in events["ev_2"].options] == ["no-write"]


def test_a_merged_lead_with_two_contacts_is_about_neither_by_itself(events: dict[str, Case]) -> None:
    assert events["ev_3"].verdict.fired == ("keys_disagree", "deletion")


def test_a_call_event_keeps_direction_outcome_and_seconds(events: dict[str, Case]) -> None:
    said = writes(events["ev_4"])
    assert (said["direction"], said["outcome"], said["duration_s"]) == ("outbound", "answered", "320")
    assert (said["activity_type"], said["body"]) == ("call", "Will sign")


def test_an_opportunity_event_counts_in_hundredths(events: dict[str, Case]) -> None:
    assert events["ev_5"].verdict.rule == "accepted"
    assert "amount" not in writes(events["ev_5"])


def test_taking_back_an_opt_out_is_never_silent(bench: Bench) -> None:
    case = judged(bench, "close/events-nasty.jsonl")["ev_6"]
    assert case.verdict.rule == "protected_field"
    assert "e-mail opt-out" in case.issue


def test_an_object_that_is_about_nobody_is_an_unknown_event(events: dict[str, Case]) -> None:
    assert "membership" in told(events["ev_7"])


def test_a_page_of_contacts_is_its_contacts(bench: Bench) -> None:
    assert judged(bench, "close/contacts-page.json")[ANN_ID].verdict.rule == "no_write"
