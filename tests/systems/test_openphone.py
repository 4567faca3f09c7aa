"""OpenPhone events and answers, trap by trap (formats.md 6), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case
from tests.factory import Bench
from tests.systems.people import ANN, BOB, CARA
from tests.systems.people import PEOPLE as UNLINKED
from tests.systems.systems_support import judged, notes, told, writes

PEOPLE = tuple(
    person | {"openphone_contact_id": one} for person, one in zip((ANN, BOB, CARA), ("664d1", "664d2", ""), strict=True)
)


@pytest.fixture
def messages(bench: Bench) -> dict[str, Case]:
    return judged(bench, "openphone/messages.jsonl", contacts=UNLINKED)


@pytest.fixture
def calls(bench: Bench) -> dict[str, Case]:
    return judged(bench, "openphone/calls.jsonl", contacts=UNLINKED)


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "openphone/nasty.jsonl", contacts=UNLINKED)


def test_the_other_party_is_who_sent_an_incoming_message_and_who_got_an_outgoing_one(messages: dict[str, Case]) -> None:
    assert [messages[name].verdict.contact for name in ("ACm1", "ACm2")] == [1, 2]
    assert [writes(messages[name])["direction"] for name in ("ACm1", "ACm2")] == ["inbound", "outbound"]
    assert "to: our own side" in notes(messages["ACm1"])
    assert "from: our own side" in notes(messages["ACm2"])


def test_the_text_of_a_message_is_read_by_its_old_and_its_new_name(messages: dict[str, Case]) -> None:
    assert writes(messages["ACm1"])["body"] == "Please call back"
    assert writes(messages["ACm2"])["body"] == "On my way"


def test_a_recipient_is_a_text_or_a_list(messages: dict[str, Case]) -> None:
    assert messages["ACm3"].verdict.contact == messages["ACm1"].verdict.contact == 1


def test_the_message_and_not_the_event_names_the_row(messages: dict[str, Case]) -> None:
    assert set(messages) == {"ACm1", "ACm2", "ACm3"}


def test_a_call_that_rings_and_ends_is_staged_once(calls: dict[str, Case]) -> None:
    assert calls["ACc1"].verdict.rule == "accepted"
    steps = [calls[name] for name in ("EVc0", "EVc2", "EVc5", "EVc6")]
    assert {(step.verdict.rule, step.noun) for step in steps} == {("lifecycle", "OpenPhone call step")}
    assert all(not writes(step) for step in steps)


def test_a_call_that_went_to_voicemail_is_not_told_as_completed(calls: dict[str, Case]) -> None:
    assert writes(calls["ACc2"])["outcome"] == "voicemail"
    assert writes(calls["ACc2"])["recording_url"] == "https://files.example/v.mp3"
    assert writes(calls["ACc1"])["outcome"] == "completed"


def test_a_call_without_an_id_is_named_by_its_event(calls: dict[str, Case]) -> None:
    assert (calls["EVc4"].noun, calls["EVc4"].verdict.contact) == ("OpenPhone call", 1)


def test_a_contact_is_found_by_its_id_and_only_what_differs_is_staged(bench: Bench) -> None:
    contacts = judged(bench, "openphone/contacts.jsonl", contacts=PEOPLE)
    assert contacts["EVk1"].verdict.rule == "accepted"
    assert writes(contacts["EVk1"]) == {"job_title": "Head of Buying"}


def test_a_deleted_contact_is_held_and_nothing_is_deleted(bench: Bench) -> None:
    gone = judged(bench, "openphone/contacts.jsonl", contacts=PEOPLE)["EVk2"]
    assert (gone.verdict.rule, gone.verdict.candidates) == ("deletion", (2,))
    assert not writes(gone)


def test_another_id_of_a_known_contact_is_held(bench: Bench) -> None:
    assert judged(bench, "openphone/contacts.jsonl", contacts=PEOPLE)["664d3"].verdict.rule == "id_disagrees"


def test_each_record_of_an_answer_is_a_row(bench: Bench) -> None:
    (contact,) = judged(bench, "openphone/contacts-page.json", contacts=PEOPLE).values()
    assert contact.verdict.contact == 1
    assert "phone +12125550177 is not in the contact map" in told(contact)


def test_a_message_to_two_contacts_is_a_conflict_and_never_the_first(bench: Bench) -> None:
    page = judged(bench, "openphone/messages-page.json", contacts=UNLINKED)
    assert page["ACr1"].verdict.contact == 1
    assert (page["ACr2"].verdict.rule, page["ACr2"].verdict.candidates) == ("keys_disagree", (1, 2))
    assert page["ACr2"].suggestion == ""


def test_a_call_with_participants_is_of_one_contact_or_held(bench: Bench) -> None:
    page = judged(bench, "openphone/calls-page.json", contacts=UNLINKED)
    assert (page["ACr3"].verdict.contact, writes(page["ACr3"])["outcome"]) == (2, "no-answer")
    assert page["ACr4"].verdict.rule == "keys_disagree"
    assert writes(page["ACr4"])["duration_s"] == "61"


def test_a_short_code_and_a_withheld_number_are_no_identity(nasty: dict[str, Case]) -> None:
    assert nasty["ACn1"].verdict.rule == nasty["ACn2"].verdict.rule == "missing_identity"
    assert nasty["ACn1"].options == nasty["ACn2"].options == ()


def test_a_direction_that_is_no_word_for_one_is_an_error(nasty: dict[str, Case]) -> None:
    assert nasty["ACn3"].verdict.rule == "bad_value"


def test_an_event_that_came_twice_is_told_as_a_repeat(nasty: dict[str, Case]) -> None:
    assert nasty["ACn4"].verdict.rule == "accepted"
    assert nasty["line 5"].verdict.rule == "duplicate_event"


def test_an_unknown_type_and_a_cut_line_are_error_rows(nasty: dict[str, Case]) -> None:
    assert nasty["EVn5"].verdict.rule == "unknown_event"
    assert nasty["line 7"].verdict.rule == "unreadable"


def test_a_sender_that_the_policy_calls_ours_contradicts_an_incoming_message(bench: Bench) -> None:
    policy = '[own]\nphones = ["212-555-0101"]\n'
    contacts = (ANN, BOB, CARA | {"phone": "+12125550190"})
    message = judged(bench, "openphone/messages.jsonl", contacts=contacts, policy=policy)["ACm1"]
    assert message.verdict.rule == "contradiction"
    assert message.issue == "says inbound and outbound"


def test_a_list_of_contacts_has_no_ids_and_is_matched_by_number_and_address(bench: Bench) -> None:
    ann, bob, nobody = judged(bench, "openphone/contacts.csv", contacts=PEOPLE).values()
    assert (ann.noun, ann.verdict.contact, writes(ann)) == ("OpenPhone contact", 1, {"job_title": "Head of Buying"})
    assert (bob.verdict.contact, bob.verdict.rule) == (2, "cleared_field")
    assert nobody.verdict.rule == "missing_identity"
    assert "No usable e-mail or phone." in told(nobody)


def test_the_export_of_the_call_log_is_told_by_both_ends_and_the_way(bench: Bench) -> None:
    calls = judged(bench, "openphone/calls.csv", contacts=UNLINKED)
    assert {case.noun for case in calls.values()} == {"OpenPhone call"}
    assert [calls[name].verdict.contact for name in ("ACe1", "ACe2")] == [1, 2]
    assert [writes(calls[name])["direction"] for name in ("ACe1", "ACe2")] == ["inbound", "outbound"]
    assert writes(calls["ACe1"])["duration_s"] == "61"
    assert writes(calls["ACe1"])["starts_at"] == "2026-05-20T10:00:00Z"


def test_a_logged_call_without_an_id_and_with_a_withheld_number_is_an_error_row(bench: Bench) -> None:
    withheld = list(judged(bench, "openphone/calls.csv", contacts=UNLINKED).values())[2]
    assert withheld.verdict.rule == "missing_identity"
    assert withheld.event_id.startswith("activity-")


def test_a_logged_message_to_two_contacts_is_held_and_its_lines_stay_one_row(bench: Bench) -> None:
    logged = judged(bench, "openphone/messages.csv", contacts=UNLINKED)
    assert writes(logged["ACx1"])["body"] == "Please call back,\ntoday"
    assert logged["ACx2"].verdict.rule == "keys_disagree"


def test_the_list_of_calls_of_close_is_not_taken_for_openphones(bench: Bench) -> None:
    (call,) = judged(bench, "close/calls.csv").values()
    assert call.noun == "Close call"
