"""Fields of other systems that came through Zapier, trap by trap (formats.md 4), through the real load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crm_tui.errors import InputError
from crm_tui.intake.formats import open_sources
from crm_tui.systems.carrier import table_of
from crm_tui.systems.router import explain
from tests.factory import Bench
from tests.systems import systems_support
from tests.systems.people import PEOPLE
from tests.systems.systems_support import FIXTURES, judged, told, writes


def test_a_flattened_person_is_the_person_of_its_system(bench: Bench) -> None:
    ann = judged(bench, "zapier/copper-person.json", contacts=PEOPLE)["167480501"]
    assert (ann.noun, ann.verdict.rule, ann.verdict.contact) == ("Copper person", "accepted", 1)
    assert writes(ann) == {"job_title": "Head of Buying"}


def test_addresses_that_are_joined_by_commas_are_keys_of_their_own(bench: Bench) -> None:
    ann = judged(bench, "zapier/copper-person.json", contacts=PEOPLE)["167480501"]
    assert "e-mail a.archer@acme.test is not in the contact map" in told(ann)
    assert "ann@one.test,a.archer@acme.test" not in told(ann)


def test_a_flattened_event_in_a_table_of_one_row_is_its_systems_event(bench: Bench) -> None:
    event = judged(bench, "zapier/close-contact-updated.csv", contacts=systems_support.PEOPLE)["ev_z1"]
    assert (event.noun, event.verdict.contact, writes(event)) == ("Close contact event", 1, {"job_title": "CTO"})


def test_names_as_people_read_them_with_the_number_of_the_step_are_the_same(bench: Bench) -> None:
    cases = judged(bench, "zapier/pipedrive-labels-nasty.csv", contacts=PEOPLE)
    assert {case.noun for case in cases.values()} == {"Pipedrive person event"}


def test_two_joined_addresses_of_two_contacts_are_a_conflict_and_never_the_first(bench: Bench) -> None:
    ann, _ = judged(bench, "zapier/pipedrive-labels-nasty.csv", contacts=PEOPLE).values()
    assert (ann.verdict.rule, ann.verdict.candidates) == ("keys_disagree", (1, 2))


def test_the_words_none_and_null_say_nothing_and_clear_nothing(bench: Bench) -> None:
    _, bob = judged(bench, "zapier/pipedrive-labels-nasty.csv", contacts=PEOPLE).values()
    assert bob.verdict.rule == "no_write"
    assert all(not option.clears for option in bob.options)


def test_a_word_before_every_name_of_an_export_is_left_out(bench: Bench) -> None:
    (ann,) = judged(bench, "zapier/contacts-prefixed.csv", contacts=systems_support.PEOPLE).values()
    assert (ann.noun, ann.verdict.contact) == ("HubSpot contact", 1)


def test_why_it_was_recognised_is_said() -> None:
    record = json.loads((FIXTURES / "zapier" / "copper-person.json").read_text())
    assert explain(record) == ["copper-person-record: its names are the table's fields as Zapier flattens them"]


@pytest.mark.parametrize(
    "pairs",
    [
        {},
        {"a__b": "1", "c__d": "2"},
        {"email": "ann@one.test", "name": "Ann", "phone": "1"},
        {"event__object_type": "contact", "event__action": "exploded", "event__data__emails__email": "ann@one.test"},
    ],
)
def test_names_that_tell_too_little_are_of_no_system(pairs: dict[str, str]) -> None:
    assert table_of(pairs) is None


def test_a_table_whose_condition_its_first_row_does_not_meet_is_not_read_as_another(tmp_path: Path) -> None:
    path = tmp_path / "zap.csv"
    path.write_text("event__object_type,event__action,event__data__id\nrocket,launched,1\n")
    with pytest.raises(InputError, match="no table that is known"):
        open_sources(path)


def test_the_history_of_a_zap_is_its_systems_events_and_what_it_says_of_the_run_is_none_of_them(bench: Bench) -> None:
    cases = judged(bench, "zapier/zap-history.csv", contacts=systems_support.PEOPLE)
    assert {case.noun for case in cases.values()} == {"Close contact event"}
    assert writes(cases["ev_z3"]) == {"job_title": "CTO"}
    assert cases["ev_z4"].verdict.rule == "values_untold"


def test_the_output_of_a_run_is_the_payload_and_a_run_without_one_is_an_error_row(bench: Bench) -> None:
    cases = judged(bench, "zapier/zap-runs.json", contacts=systems_support.PEOPLE)
    assert (cases["ev_z2"].noun, cases["ev_z2"].verdict.contact) == ("Close contact event", 1)
    assert [case.noun for case in cases.values()] == [
        "Close contact event",
        "Pipedrive person event",
        "Unknown payload",
    ]
    assert cases["123e4567-e89b-12d3-a456-426614174002"].verdict.rule == "unknown_event"
