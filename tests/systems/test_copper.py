"""Copper exports, webhooks and records, trap by trap (formats.md 3), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Outcome
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, notes, told, writes


@pytest.fixture
def nasty(bench: Bench) -> list[Case]:
    return list(judged(bench, "copper/people-nasty.csv", contacts=PEOPLE).values())


@pytest.fixture
def hooks(bench: Bench) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in judged(bench, "copper/webhooks-ids.jsonl", contacts=PEOPLE).values():
        found.setdefault(case.noun, []).append(case)
    return found


@pytest.fixture
def records(bench: Bench) -> dict[str, Case]:
    return judged(bench, "copper/records.jsonl", contacts=PEOPLE)


def test_only_the_field_that_differs_is_staged_for_a_person(bench: Bench) -> None:
    people = judged(bench, "copper/people-view.csv", contacts=PEOPLE)
    assert writes(people["167480501"]) == {"job_title": "Head of Buying"}
    assert people["167480502"].verdict.rule == "no_write"


def test_an_id_in_scientific_notation_is_refused_with_the_reason(nasty: list[Case]) -> None:
    assert nasty[0].verdict.rule == "id_disagrees"
    assert "digits are lost" in notes(nasty[0])


def test_an_id_and_an_email_of_two_people_are_a_conflict(nasty: list[Case]) -> None:
    assert nasty[1].verdict.rule == "keys_disagree"
    assert set(nasty[1].verdict.candidates) == {1, 2}


def test_an_id_that_no_person_has_is_held(nasty: list[Case]) -> None:
    assert nasty[2].verdict.rule == "id_disagrees"


def test_a_leads_number_is_never_taken_for_the_person_of_the_same_number(bench: Bench) -> None:
    lead = judged(bench, "copper/leads-same-number.csv", contacts=PEOPLE)["167480501"]
    assert lead.verdict.contact == 3
    assert "keys_disagree" not in lead.verdict.fired


def test_an_update_stages_the_new_one_of_the_two_values(hooks: dict[str, list[Case]]) -> None:
    update = hooks["Copper person event"][0]
    assert (update.verdict.rule, writes(update)) == ("accepted", {"job_title": "Head of Buying"})


def test_a_notice_of_several_ids_is_one_row_for_each(hooks: dict[str, list[Case]]) -> None:
    assert len(hooks["Copper person event"]) == 3


def test_a_new_person_of_whom_only_the_id_is_told_is_held_and_not_taken_for_unchanged(
    hooks: dict[str, list[Case]],
) -> None:
    known = hooks["Copper person event"][1]
    assert known.verdict.rule == "values_untold"
    assert [option.token for option in known.options] == ["no-write"]


def test_a_person_of_whom_only_an_unknown_id_is_told_is_never_created(hooks: dict[str, list[Case]]) -> None:
    unknown = hooks["Copper person event"][2]
    assert unknown.verdict.rule == "unmapped"
    assert [option.token for option in unknown.options] == ["no-write"]


def test_a_deletion_is_held_and_deletes_nothing(hooks: dict[str, list[Case]]) -> None:
    (gone,) = hooks["Copper person deleted"]
    assert gone.verdict.rule == "deletion"
    assert [option.staged.operation for option in gone.options if option.staged] == [Outcome.NO_WRITE]


def test_a_leads_notice_with_the_number_of_a_person_has_no_identity(hooks: dict[str, list[Case]]) -> None:
    (lead,) = hooks["Copper lead event"]
    assert lead.verdict.rule == "missing_identity"


def test_an_opportunitys_person_is_found_by_id(hooks: dict[str, list[Case]]) -> None:
    (opportunity,) = hooks["Copper opportunity event"]
    assert (opportunity.verdict.rule, opportunity.verdict.contact) == ("accepted", 1)


def test_a_company_is_kept_for_reference(hooks: dict[str, list[Case]]) -> None:
    (company,) = hooks["Copper company event"]
    assert company.verdict.rule == "reference_only"


def test_a_record_with_a_second_address_finds_its_person(records: dict[str, Case]) -> None:
    cara = records["167480503"]
    assert (cara.verdict.rule, writes(cara)) == ("accepted", {"job_title": "Chair"})
    assert "e-mail cara.cole@home.test is not in the contact map" in told(cara)


def test_a_null_or_blank_address_clears_nothing(records: dict[str, Case]) -> None:
    assert set(writes(records["167480503"])) == {"job_title"}


def test_a_lead_record_has_one_address_and_no_persons_id(records: dict[str, Case]) -> None:
    assert records["8982702"].noun == "Copper lead"
    assert writes(records["8982702"])["email"] == "dan@four.test"


def test_an_opportunity_record_stages_no_stage_and_no_amount(records: dict[str, Case]) -> None:
    assert writes(records["7001"]) == {"deal_name": "Acme renewal", "close_date": "2026-07-31", "probability": "60"}
