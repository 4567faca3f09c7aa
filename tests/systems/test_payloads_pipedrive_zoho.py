"""Webhooks of Pipedrive and notices of Zoho, trap by trap (formats.md 9b and 10b), through the real load."""

from __future__ import annotations

import pytest

from crm_tui.model import Case, Queue
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, told, writes


def by_line(cases: dict[str, Case]) -> dict[int, list[Case]]:
    """Line of a payload → its cases, as events of these systems have no ids of their own."""
    found: dict[int, list[Case]] = {}
    for case in cases.values():
        found.setdefault(case.line, []).append(case)
    return found


@pytest.fixture
def webhooks(bench: Bench) -> dict[int, Case]:
    lines = by_line(judged(bench, "pipedrive/webhooks-nasty.jsonl", contacts=PEOPLE))
    return {line: case for line, (case,) in lines.items()}


@pytest.fixture
def notices(bench: Bench) -> dict[int, list[Case]]:
    return by_line(judged(bench, "zoho/notices-nasty.jsonl", contacts=PEOPLE))


def test_the_address_marked_as_primary_is_the_persons_wherever_it_stands(webhooks: dict[int, Case]) -> None:
    ann = webhooks[1]
    assert (ann.verdict.rule, ann.verdict.contact) == ("accepted", 1)
    assert writes(ann) == {"job_title": "Head of Buying"}
    assert "e-mail a.archer@acme.test is not in the contact map" in told(ann)


def test_a_second_address_of_another_contact_holds_the_event(webhooks: dict[int, Case]) -> None:
    assert (webhooks[2].verdict.rule, webhooks[2].verdict.candidates) == ("keys_disagree", (2, 3))


def test_a_merged_person_is_told_by_what_it_was_and_nothing_is_deleted(webhooks: dict[int, Case]) -> None:
    cara = webhooks[3]
    assert (cara.verdict.rule, cara.verdict.contact) == ("deletion", 3)
    assert [option.token for option in cara.options] == ["no-write"]


def test_what_version_2_does_not_name_as_changed_is_not_written(webhooks: dict[int, Case]) -> None:
    assert writes(webhooks[4]) == {"job_title": "CTO"}


def test_ids_of_labels_are_shown_and_never_become_tags(webhooks: dict[int, Case]) -> None:
    for case in (webhooks[1], webhooks[4]):
        assert all("tags" not in option.staged.values for option in case.options if option.staged)


def test_an_opt_out_that_the_map_holds_already_writes_nothing(webhooks: dict[int, Case]) -> None:
    assert webhooks[5].verdict.rule == "no_write"


def test_a_lead_event_is_an_unknown_event_and_never_a_persons(webhooks: dict[int, Case]) -> None:
    assert webhooks[6].verdict.rule == "unknown_event"


def test_a_deal_event_is_about_the_person_of_its_id_and_not_of_its_name(webhooks: dict[int, Case]) -> None:
    assert (webhooks[7].verdict.rule, webhooks[7].verdict.contact) == ("accepted", 1)


def test_a_deal_event_without_a_person_is_an_error(webhooks: dict[int, Case]) -> None:
    assert webhooks[8].verdict.rule == "missing_identity"


def test_an_event_that_was_tried_again_is_the_same_event(webhooks: dict[int, Case]) -> None:
    assert [webhooks[line].verdict.rule for line in (9, 10)] == ["no_write", "duplicate_event"]


def test_a_notice_with_values_writes_the_changed_field_of_each_record(notices: dict[int, list[Case]]) -> None:
    ann, bob = notices[1]
    assert writes(ann) == {"job_title": "Head of Buying"}
    assert bob.verdict.rule == "no_write"


def test_a_notice_without_values_says_what_changed_and_writes_nothing(notices: dict[int, list[Case]]) -> None:
    ann, bob, nobody = notices[2]
    assert ann.verdict.rule == bob.verdict.rule == "values_untold"
    assert "phone changed, the event does not say to what" in told(ann)
    assert nobody.verdict.rule == "unmapped"


def test_a_new_record_of_which_only_the_id_is_told_creates_nobody(notices: dict[int, list[Case]]) -> None:
    (new,) = notices[3]
    assert (new.verdict.rule, [option.token for option in new.options]) == ("unmapped", ["no-write"])


def test_a_changed_address_in_a_notice_is_held(notices: dict[int, list[Case]]) -> None:
    (cara,) = notices[4]
    assert "identity_change" in cara.verdict.fired
    assert cara.verdict.queue is Queue.CONFLICT


def test_each_record_of_a_deletion_notice_is_held(notices: dict[int, list[Case]]) -> None:
    assert [case.verdict.rule for case in notices[5]] == ["deletion", "deletion"]


def test_a_notice_of_another_module_is_an_unknown_event(notices: dict[int, list[Case]]) -> None:
    (lead,) = notices[6]
    assert lead.verdict.rule == "unknown_event"


def test_owner_and_opt_out_in_a_notice_are_protected(notices: dict[int, list[Case]]) -> None:
    (ann,) = notices[7]
    assert ann.verdict.rule == "protected_field"
    assert [option.locked for option in ann.options] == [False, True]


def test_two_notices_that_differ_in_their_time_alone_are_two_events(notices: dict[int, list[Case]]) -> None:
    (first,), (second,) = notices[8], notices[9]
    assert first.event_id != second.event_id
    assert first.verdict.rule == second.verdict.rule == "values_untold"
