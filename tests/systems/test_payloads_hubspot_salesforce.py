"""Webhooks, change events and API records of HubSpot and Salesforce (formats.md 7b and 8b), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Queue
from tests.factory import Bench
from tests.systems.systems_support import ANN, BOB, judged, told, writes


@pytest.fixture
def old(bench: Bench) -> dict[str, Case]:
    return judged(bench, "hubspot/webhook-old.json")


@pytest.fixture
def generic(bench: Bench) -> dict[str, Case]:
    return judged(bench, "hubspot/webhook-generic.json")


@pytest.fixture
def changes(bench: Bench) -> list[Case]:
    return sorted(judged(bench, "salesforce/change-events.jsonl").values(), key=lambda case: (case.line, case.event_id))


def test_a_property_change_is_one_changed_field(old: dict[str, Case], generic: dict[str, Case]) -> None:
    assert writes(old["9001001"]) == {"job_title": "CIO"}
    assert writes(generic["9002001"]) == {"job_title": "CIO"}


def test_a_changed_e_mail_is_an_identity_change(old: dict[str, Case]) -> None:
    assert old["9001002"].verdict.rule == "identity_change"


def test_a_creation_says_nothing_but_an_id_and_creates_nobody(old: dict[str, Case]) -> None:
    assert old["9001003"].verdict.rule == "unmapped"
    assert [option.token for option in old["9001003"].options] == ["no-write"]


def test_deletions_and_merges_are_held_and_delete_nothing(old: dict[str, Case], generic: dict[str, Case]) -> None:
    assert old["9001004"].verdict.rule == generic["9002002"].verdict.rule == "deletion"
    assert old["9001005"].verdict.fired[:2] == ("keys_disagree", "deletion")
    for case in (old["9001004"], old["9001005"], generic["9002002"]):
        assert all(not (option.staged and option.staged.values) for option in case.options)


def test_a_cleared_property_is_said_to_clear(old: dict[str, Case]) -> None:
    assert "clear Austin" in old["9001006"].options[0].effect


def test_a_sensitive_value_is_never_written_as_redacted(old: dict[str, Case]) -> None:
    assert old["9001007"].verdict.rule == "bad_value"
    assert "hidden by its system" in old["9001007"].why


def test_an_event_that_was_sent_again_is_the_same_event_and_another_value_under_its_id_is_not(bench: Bench) -> None:
    cases = judged(bench, "hubspot/webhook-again.json")
    assert [cases[name].verdict.rule for name in ("9003001", "line 2")] == ["accepted", "duplicate_event"]
    (when,) = (row.values[0] for row in cases["9003001"].rows if row.field == "occurred_at")
    assert when == "2026-05-10T10:00:00Z", "a count of milliseconds is shown as the time that it is"
    assert cases["9003002"].verdict.rule == cases["line 4"].verdict.rule == "event_id_reused"


def test_the_vendors_test_events_are_about_nobody(old: dict[str, Case]) -> None:
    assert old["9001008"].verdict.rule == "unmapped"


def test_a_deals_event_is_never_taken_for_a_contacts(old: dict[str, Case]) -> None:
    assert old["9001009"].verdict.rule == "missing_identity"
    assert old["9001009"].noun == "HubSpot deal event"


def test_companies_are_reference_and_tickets_and_associations_unknown(
    old: dict[str, Case], generic: dict[str, Case]
) -> None:
    assert generic["9002003"].verdict.rule == "reference_only"
    assert "ticket.creation" in told(old["9001010"])
    assert "object.associationChange" in told(generic["9002004"])


def test_another_portal_is_an_error_row_where_the_policy_names_one(bench: Bench) -> None:
    cases = judged(bench, "hubspot/webhook-old.json", policy='[scopes]\nhubspot = ["7777"]\n')
    assert cases["9001001"].verdict.rule == "unknown_scope"


def test_a_page_of_contacts_is_its_contacts(bench: Bench) -> None:
    cases = judged(bench, "hubspot/contacts-page.json")
    assert cases["101"].verdict.rule == "no_write"
    assert writes(cases["102"]) == {"first_name": "Robert"}


def test_a_change_event_writes_the_changed_field_alone(changes: list[Case]) -> None:
    assert writes(changes[0]) == {"job_title": "CIO"}
    assert changes[0].verdict.queue is Queue.LEDGER


def test_one_change_event_of_two_records_is_two_rows(changes: list[Case]) -> None:
    two = [case for case in changes if case.line == 2]
    assert len(two) == 2
    assert {case.contact_key for case in two} == {
        "/".join((person["app_contact_id"], person["close_contact_id"], person["ghl_contact_id"],
                  person["hubspot_contact_id"], id_18))
        for person, id_18 in ((ANN, "0035e00000AnnAaAAJ"), (BOB, "0035e00000BobBbAAJ"))
    }  # fmt: skip
    assert sorted(writes(case).get("city", "") for case in two) == ["Dallas", "Dallas"]


def test_a_deletion_event_is_held(changes: list[Case]) -> None:
    (gone,) = (case for case in changes if case.line == 3)
    assert gone.verdict.rule == "deletion"


def test_a_wildcard_of_a_gap_is_no_record(changes: list[Case]) -> None:
    (gap,) = (case for case in changes if case.line == 4)
    assert gap.verdict.rule == "missing_identity"
    assert "a wildcard for many records" in told(gap)


def test_a_field_that_was_nulled_is_told_and_clears_nothing(changes: list[Case]) -> None:
    (nulled,) = (case for case in changes if case.line == 5)
    assert nulled.verdict.rule == "values_untold"
    assert "e-mail changed" in nulled.issue
    assert [option.token for option in nulled.options] == ["no-write"]


def test_the_name_of_a_created_contact_may_be_an_object(changes: list[Case]) -> None:
    (new,) = (case for case in changes if case.line == 6)
    assert {"first_name": "Nora", "last_name": "New"}.items() <= writes(new).items()


def test_an_entity_of_no_declaration_is_an_unknown_event(changes: list[Case]) -> None:
    (campaign,) = (case for case in changes if case.line == 7)
    assert campaign.verdict.rule == "unknown_event"


def test_the_account_of_a_queried_contact_is_its_company(bench: Bench) -> None:
    people = (ANN | {"company": "Acme Ltd"}, BOB)
    case = judged(bench, "salesforce/query-page.json", contacts=people)["0035e00000AnnAaAAJ"]
    assert writes(case) == {"company": "Acme Corp"}
