"""The own contact store of seed 003 (requirements 3.3 to 3.13), through the real load."""

from __future__ import annotations

import json

from crm_tui.model import Case, Outcome
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import ANN, BOB, MAP_HEADER, cases_of, judged, writes


def shown(case: Case) -> dict[str, str]:
    return {row.field: row.values[0] for row in case.rows}


def test_records_and_rows_are_the_same_contacts(bench: Bench) -> None:
    cases = judged(bench, "app/contacts.csv", "app/contact.json")
    assert {name: case.verdict.rule for name, case in cases.items()} == {
        "k57ann": "no_write",
        "k57new": "unmapped",
        "k57bob": "no_write",
    }


def test_one_name_agrees_with_a_map_that_keeps_it_in_two(bench: Bench) -> None:
    assert writes(judged(bench, "app/contacts.csv")["k57ann"]) == {}


def test_one_name_is_split_at_its_last_blank_where_the_map_keeps_two(bench: Bench) -> None:
    case = judged(bench, "app/contacts.csv", contacts=(ANN | {"last_name": "Archer-Bell"}, BOB))["k57ann"]
    assert writes(case) == {"last_name": "Archer"}


def test_an_address_joined_by_commas_is_shown_and_never_staged(bench: Bench) -> None:
    case = judged(bench, "app/contacts.csv", contacts=(ANN | {"city": "Dallas"}, BOB))["k57ann"]
    assert shown(case)["address"] == "1 Elm St, Suite 4, Austin, TX"
    assert writes(case) == {}


def test_the_marks_of_the_synchronisation_are_shown_and_never_staged(bench: Bench) -> None:
    marks = {
        "syncedFromGhl": True,
        "lastGhlSync": 1778407200000,
        "deletedInGhl": False,
        "deletedInGhlAt": 1778407100000,
    }
    record = {
        "_id": "k57ann",
        "type": "contact",
        "customProperties": {"email": "ann@one.test", **marks},
        "createdAt": 1720732927000,
        "updatedAt": 1778407200000,
    }
    paths = [bench.put("map.csv", csv_bytes(MAP_HEADER, (ANN, BOB))), bench.put("a.json", json.dumps(record).encode())]
    assert bench.load(*paths) == ()
    case = cases_of(bench)["k57ann"]
    cells = shown(case)
    assert [cells[name] for name in ("created_at", "modified_at")] == ["2024-07-11T21:22:07Z", "2026-05-10T10:00:00Z"]
    assert {name: cells[name.lower()] for name in marks} == {
        "syncedFromGhl": "true",
        "lastGhlSync": "1778407200000",
        "deletedInGhl": "false",
        "deletedInGhlAt": "1778407100000",
    }
    assert writes(case) == {}


def test_a_ghl_id_that_is_another_contacts_is_a_conflict(bench: Bench) -> None:
    assert judged(bench, "app/contacts-nasty.csv")["k57ann"].verdict.rule == "keys_disagree"


def test_a_ghl_id_whose_case_was_lost_is_a_conflict(bench: Bench) -> None:
    assert judged(bench, "app/contacts-nasty.csv")["k57bob"].verdict.rule == "id_disagrees"


def test_a_row_without_any_key_is_an_error(bench: Bench) -> None:
    assert judged(bench, "app/contacts-nasty.csv")["line 4"].verdict.rule == "missing_identity"


def test_a_contact_of_ours_that_ghl_has_not_is_created_only_by_a_decision(bench: Bench) -> None:
    case = judged(bench, "app/contacts.csv")["k57new"]
    operations = [option.staged.operation for option in case.options if option.staged]
    assert operations == [Outcome.CREATE, Outcome.NO_WRITE]
    assert case.suggestion == ""
