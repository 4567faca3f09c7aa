"""Messages as Gmail's API gives them and the mail of a Takeout, trap by trap (formats.md 5), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, notes, told, writes

OWN = '[own]\ndomains = ["agency.example"]\n'


@pytest.fixture
def messages(bench: Bench) -> dict[str, Case]:
    return judged(bench, "gmail/messages.jsonl", contacts=PEOPLE, policy=OWN)


@pytest.fixture
def several(bench: Bench) -> dict[str, Case]:
    return judged(bench, "gmail/messages-several.jsonl", contacts=PEOPLE, policy=OWN)


@pytest.fixture
def nasty(bench: Bench) -> dict[str, Case]:
    return judged(bench, "gmail/messages-nasty.jsonl", contacts=PEOPLE, policy=OWN)


def test_headers_are_found_in_any_case_and_among_repeats(messages: dict[str, Case]) -> None:
    ann = messages["<a1@one.test>"]
    assert (ann.verdict.rule, ann.verdict.contact) == ("accepted", 1)
    assert writes(ann) == {
        "message_id": "<a1@one.test>",
        "direction": "inbound",
        "activity_type": "email",
        "subject": "Re: Résumé",
        "starts_at": "2026-05-20T10:00:00Z",
        "body": "Hello Rita",
        "thread_id": "t18a",
    }


def test_the_other_party_of_a_message_that_we_sent_is_its_recipient(messages: dict[str, Case]) -> None:
    sent = messages["<b1@agency.example>"]
    assert (sent.verdict.contact, writes(sent)["direction"]) == (1, "outbound")
    assert "cc: our own side" in notes(sent)


def test_the_plain_text_of_several_parts_is_the_body(messages: dict[str, Case]) -> None:
    assert writes(messages["<b1@agency.example>"])["body"] == "Dear Ann"


def test_a_message_without_a_message_id_is_named_by_gmails_own(messages: dict[str, Case]) -> None:
    assert messages["18c"].verdict.contact == 2


def test_a_message_to_two_contacts_is_a_conflict_and_never_the_first(several: dict[str, Case]) -> None:
    both = several["<c1@agency.example>"]
    assert (both.verdict.rule, both.verdict.candidates, both.suggestion) == ("keys_disagree", (1, 2), "")


def test_mail_of_a_colleague_in_the_inbox_went_out_to_the_contact_in_copy(several: dict[str, Case]) -> None:
    copied = several["<c2@agency.example>"]
    assert (copied.verdict.contact, writes(copied)["direction"]) == (3, "outbound")


def test_where_the_policy_names_nobody_both_ends_are_looked_up(bench: Bench) -> None:
    message = judged(bench, "gmail/messages.jsonl", contacts=PEOPLE)["<a1@one.test>"]
    assert "to rep@agency.example is not in the contact map" in told(message)
    assert message.verdict.contact == 1
    assert "direction" not in writes(message)


def test_the_messages_of_an_answer_are_rows_of_their_own(bench: Bench) -> None:
    (message,) = judged(bench, "gmail/messages-page.json", contacts=PEOPLE, policy=OWN).values()
    assert (message.event_id, message.verdict.contact) == ("<d1@one.test>", 1)


@pytest.mark.parametrize("name", ["<n1@one.test>", "<n2@one.test>", "<n3@one.test>", "<n9@one.test>"])
def test_automatic_senders_are_no_contacts_though_their_address_may_be_known(nasty: dict[str, Case], name: str) -> None:
    assert nasty[name].verdict.rule == "missing_identity"
    assert "from: an automatic sender" in notes(nasty[name])


def test_a_header_that_says_no_machine_sent_it_is_a_persons(messages: dict[str, Case]) -> None:
    assert "automatic" not in notes(messages["<b1@agency.example>"])


def test_a_display_name_is_no_identity(nasty: dict[str, Case]) -> None:
    assert nasty["<n5@one.test>"].verdict.rule == "missing_identity"


def test_words_beside_an_address_without_brackets_are_no_address(nasty: dict[str, Case]) -> None:
    assert nasty["<n4@one.test>"].verdict.rule == "missing_identity"


def test_one_message_id_with_other_labels_is_the_same_message_and_not_staged_twice(nasty: dict[str, Case]) -> None:
    assert nasty["<n6@one.test>"].verdict.rule == "accepted"
    assert nasty["line 7"].verdict.rule == "duplicate_event"


def test_a_body_that_is_no_base64_is_an_error(nasty: dict[str, Case]) -> None:
    assert nasty["<n8@one.test>"].verdict.rule == "bad_value"


@pytest.fixture
def takeout(bench: Bench) -> dict[str, Case]:
    return judged(bench, "gmail/All mail.mbox", contacts=PEOPLE, policy=OWN)


@pytest.fixture
def damaged(bench: Bench) -> dict[str, Case]:
    return judged(bench, "gmail/mail-nasty.mbox", contacts=PEOPLE, policy=OWN)


def test_a_mail_of_a_takeout_is_the_activity_that_the_api_would_tell(takeout: dict[str, Case]) -> None:
    ann = takeout["<m1@one.test>"]
    assert (ann.verdict.rule, ann.verdict.contact) == ("accepted", 1)
    assert writes(ann) == {
        "message_id": "<m1@one.test>",
        "direction": "inbound",
        "activity_type": "email",
        "subject": "Re: Résumé",
        "starts_at": "2026-05-20T10:00:00Z",
        "body": "Grüße\nFrom here on we are agreed.\n>From my side too.\nFrom there it goes on.",
        "thread_id": "1457861861978585000",
    }


def test_a_line_of_the_text_that_starts_with_from_is_no_new_mail(takeout: dict[str, Case]) -> None:
    assert set(takeout) == {"<m1@one.test>", "<m2@agency.example>", "143b5da3aed2bad5"}


def test_a_mail_of_a_takeout_that_we_sent_is_about_its_recipient_and_its_attachment_is_not_its_text(
    takeout: dict[str, Case],
) -> None:
    sent = takeout["<m2@agency.example>"]
    assert (sent.verdict.contact, writes(sent)["direction"], writes(sent)["body"]) == (1, "outbound", "Dear Ann")


def test_a_mail_without_a_message_id_has_the_id_that_the_api_gives_it(takeout: dict[str, Case]) -> None:
    assert f"{1457861861978585813:x}" in takeout


def test_one_mail_under_two_labels_is_one_mail(damaged: dict[str, Case]) -> None:
    assert (damaged["<n1@one.test>"].verdict.rule, damaged["line 10"].verdict.rule) == ("accepted", "duplicate_event")


def test_an_empty_from_is_nobody(damaged: dict[str, Case]) -> None:
    assert damaged["<n2@one.test>"].verdict.rule == "missing_identity"


def test_a_date_that_is_none_yields_to_the_time_of_receipt_with_a_note(damaged: dict[str, Case]) -> None:
    mail = damaged["<n3@two.test>"]
    assert (mail.verdict.rule, writes(mail)["starts_at"]) == ("accepted", "2026-05-20T10:00:17")
    assert "date: no date that can be read" in notes(mail)


@pytest.mark.parametrize("name", ["<n4@one.test>", "<n5@one.test>", "<n8@three.test>"])
def test_mail_of_a_machine_in_a_takeout_is_about_nobody(damaged: dict[str, Case], name: str) -> None:
    assert damaged[name].verdict.rule == "missing_identity"
    assert "an automatic sender" in notes(damaged[name])


def test_dots_and_a_tag_in_an_address_make_another_address(damaged: dict[str, Case]) -> None:
    assert damaged["<n6@one.test>"].verdict.rule == "unmapped"


def test_raw_letters_in_a_header_and_a_charset_that_nobody_knows_are_read(damaged: dict[str, Case]) -> None:
    mail = damaged["<n7@one.test>"]
    assert (mail.verdict.rule, mail.verdict.candidates) == ("keys_disagree", (1, 2))
    assert writes(mail)["subject"] == "Grüße"


def test_a_mail_to_several_contacts_is_about_none_of_them_by_itself(bench: Bench) -> None:
    (mail,) = judged(bench, "gmail/mail-several.mbox", contacts=PEOPLE, policy=OWN).values()
    assert (mail.verdict.rule, mail.verdict.candidates, mail.suggestion) == ("keys_disagree", (1, 2, 3), "")
