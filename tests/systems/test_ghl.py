"""GoHighLevel's exports and payloads, trap by trap (formats.md 1), through the real load."""

from __future__ import annotations

import json

import pytest

from crm_tui.model import Case, Outcome, Queue
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import (
    ANN,
    BOB,
    FIXTURES,
    MAP_HEADER,
    PEOPLE,
    cases_of,
    judged,
    notes,
    rows_judged,
    told,
    writes,
)

EXPORT = "ghl/Export_Contacts_undefined_May_2026.csv"
ANN_ID = "AnnAaAnnAaAnnAaAnnAa"
BOB_ID = "BobBbBobBbBobBbBobBb"


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "ghl/contacts-nasty.csv")


def payloads(bench: Bench, *events: object, contacts: tuple[dict[str, str], ...] = PEOPLE) -> dict[str, Case]:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    paths = [bench.put("map.csv", csv_bytes(MAP_HEADER, contacts)), bench.put("events.jsonl", lines.encode())]
    assert bench.load(*paths) == ()
    return cases_of(bench)


def event(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((FIXTURES / "ghl" / name).read_text())
    return found


def test_the_default_export_is_recognised_and_compared(bench: Bench) -> None:
    cases = judged(bench, EXPORT)
    assert {name: case.verdict.rule for name, case in cases.items()} == {
        ANN_ID: "no_write",
        BOB_ID: "accepted",
        "newnewnewnewnewnewne": "unmapped",
    }
    assert writes(cases[BOB_ID]) == {"first_name": "Robert", "country": "GB"}


def test_ids_of_another_case_are_other_contacts(nasty: dict[str, Case]) -> None:
    assert nasty["annaaannaaannaaannaa"].verdict.rule == "unmapped"


def test_a_blank_line_and_a_cell_of_two_lines_are_no_rows_of_their_own(nasty: dict[str, Case]) -> None:
    assert len(nasty) == 3


def test_tags_with_colons_digits_and_currency_signs_stay_whole(bench: Bench) -> None:
    case = judged(bench, EXPORT, contacts=(ANN | {"tags": "VIP"}, BOB))[ANN_ID]
    assert writes(case) == {"tags": "vip; 2026: spring £5"}


def test_last_activity_never_makes_a_row_older(bench: Bench) -> None:
    newer = ANN | {"ghl_updated_at": "2027-01-01T00:00:00Z"}
    case = judged(bench, EXPORT, contacts=(newer, BOB))[ANN_ID]
    assert "stale_event" not in case.verdict.fired


def test_a_phone_with_a_00_prefix_is_the_same_number(nasty: dict[str, Case]) -> None:
    assert nasty[ANN_ID].verdict.contact is not None
    assert "phone: 00 read as +" in notes(nasty[ANN_ID])


def test_a_local_foreign_number_is_no_key_and_is_not_written(nasty: dict[str, Case]) -> None:
    cara = nasty["CaraCCaraCCaraCCaraC"]
    assert "phone: not a phone number" in notes(cara)
    assert "phone" not in writes(cara)


def test_a_permanent_do_not_disturb_is_an_opt_out(bench: Bench) -> None:
    people = (*PEOPLE[:2], PEOPLE[2] | {"dnd": "false"})
    case = judged(bench, "ghl/contacts-nasty.csv", contacts=people)["CaraCCaraCCaraCCaraC"]
    assert case.verdict.rule == "protected_field"
    assert case.options[1].staged and case.options[1].staged.values == {"dnd": "true"}


def test_an_opportunity_of_an_export_is_found_by_its_contact_id(bench: Bench) -> None:
    case = judged(bench, "ghl/opportunities.csv")["OppoAOppoAOppoAOppoA"]
    assert case.verdict.queue is Queue.LEDGER
    assert writes(case) == {"deal_name": "Acme renewal"}


def test_every_opportunity_event_is_an_opportunity_and_a_deletion_is_held(bench: Bench) -> None:
    cases = judged(bench, "ghl/opportunities.jsonl")
    assert [cases[f"wh-{n}"].verdict.rule for n in range(1, 7)] == ["accepted"] * 5 + ["deletion"]
    assert [option.token for option in cases["wh-6"].options] == ["no-write"]
    assert all("amount" not in writes(cases[f"wh-{n}"]) and "stage" not in writes(cases[f"wh-{n}"]) for n in (3, 5))


def test_appointments_are_upserted_and_a_deleted_one_is_cancelled(bench: Bench) -> None:
    cases = judged(bench, "ghl/appointments.jsonl")
    assert writes(cases["wh-11"])["starts_at"] == "2026-06-01T10:00:00-04:00"
    assert writes(cases["wh-11"])["status"] == "confirmed"
    assert writes(cases["wh-12"])["status"] == "noshow"
    gone = cases["wh-13"].options[0].staged
    assert gone and (gone.operation, gone.values["status"]) == (Outcome.UPSERT, "cancelled")


def test_an_appointment_status_that_no_list_has_is_an_error(bench: Bench) -> None:
    assert judged(bench, "ghl/appointments.jsonl")["wh-14"].verdict.rule == "bad_value"


def test_a_deletion_sample_that_calls_itself_a_creation_is_no_deletion(bench: Bench) -> None:
    sample = {"type": "AppointmentCreate", "locationId": "L", "appointment": {"id": "a", "contactId": ANN_ID,
              "startTime": "2026-06-01T10:00:00-04:00", "appointmentStatus": "cancelled"}}  # fmt: skip
    (case,) = payloads(bench, sample).values()
    assert case.verdict.rule == "accepted"
    assert writes(case)["status"] == "cancelled"


def test_a_message_is_appended_by_its_contact_id_alone(bench: Bench) -> None:
    cases = judged(bench, "ghl/messages.jsonl")
    assert cases["msg-1"].verdict.rule == "accepted"
    assert writes(cases["msg-2"])["duration_s"] == "120"


def test_an_outbound_message_that_says_inbound_is_a_contradiction(bench: Bench) -> None:
    case = judged(bench, "ghl/messages.jsonl")["msg-3"]
    assert case.verdict.rule == "contradiction"
    assert case.issue == "says outbound and inbound"


def test_an_absent_dnd_means_false_in_a_dnd_event_and_nothing_elsewhere(bench: Bench) -> None:
    people = (ANN | {"dnd": "true"}, BOB | {"dnd": "true"})
    of_dnd = event("contact-dnd-update.json")
    elsewhere = event("contact-tag-update.json")
    cases = list(payloads(bench, of_dnd, elsewhere, contacts=people).values())
    dnd, tags = sorted(cases, key=lambda case: case.noun)[::-1]
    if dnd.noun != "GHL DND event":
        dnd, tags = tags, dnd
    assert "do not disturb: not in the event; GHL says that means false" in notes(dnd)
    assert dnd.verdict.rule == "protected_field"
    assert "protected_field" not in tags.verdict.fired


def test_an_opt_out_of_one_channel_is_told_by_its_status(bench: Bench) -> None:
    people = (ANN, BOB | {"email_opt_out": "false", "sms_opt_out": "false"})
    (case,) = payloads(bench, event("contact-dnd-update.json"), contacts=people).values()
    assert case.options[1].staged and case.options[1].staged.values == {"sms_opt_out": "true"}


def test_small_letters_of_an_api_record_are_no_change_of_name(bench: Bench) -> None:
    assert judged(bench, "ghl/contacts-page-1.json")[ANN_ID].verdict.rule == "no_write"


def test_a_workflows_webhook_has_other_spellings_and_is_the_same_contact(bench: Bench) -> None:
    (case,) = judged(bench, "ghl/workflow-webhook.json").values()
    assert (case.noun, case.verdict.rule) == ("GHL workflow event", "no_write")


def test_the_same_event_delivered_twice_is_told(bench: Bench) -> None:
    once = event("contact-tag-update.json")
    assert sorted(case.verdict.rule for case in payloads(bench, once, once).values()) == ["duplicate_event", "no_write"]


def test_two_events_of_one_contact_are_two_events(bench: Bench) -> None:
    first = event("contact-tag-update.json")
    second = first | {"tags": ["vip"]}
    assert {case.verdict.rule for case in payloads(bench, first, second).values()} == {"no_write"}


def test_an_unknown_event_is_told_by_its_type(bench: Bench) -> None:
    assert "LocationUpdate" in told(judged(bench, "ghl/lifecycle-and-unknown.jsonl")["wh-23"])


def test_notes_and_tasks_are_activities_of_their_contact(bench: Bench) -> None:
    cases = judged(bench, "ghl/lifecycle-and-unknown.jsonl")
    assert writes(cases["wh-24"])["body"] == "Likes mornings"
    assert writes(cases["wh-25"])["activity_type"] == "task"


def test_opportunities_in_one_cell_are_shown_and_never_split(bench: Bench) -> None:
    header = ("Contact Id", "First Name", "Last Name", "Phone", "Email", "Created", "Tags", "Opportunities")
    row = dict.fromkeys(header, "") | {"Contact Id": "AnnAaAnnAaAnnAaAnnAa", "Email": "ann@one.test"}
    row["Opportunities"] = "open Sales Pipeline New Lead,won Sales Pipeline Closed"
    (case,) = rows_judged(bench, header, row).values()
    assert (case.noun, case.verdict.contact) == ("GHL contact", 1)
    staged = [option.staged for option in case.options if option.staged]
    assert all(not name.startswith(("opportunit", "deal", "stage")) for one in staged for name in one.values)
