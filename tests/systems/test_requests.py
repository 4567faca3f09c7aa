"""Seed 002's sync and bulk requests and its activity webhook, through the real load (requirements 2.22 to 2.33)."""

from __future__ import annotations

import json
import re

import pytest

from crm_tui.cli import run
from crm_tui.console.privacy import Privacy
from crm_tui.model import Outcome, Queue
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import (
    ALL_FIXTURES,
    FIXTURES,
    MAP_HEADER,
    PEOPLE,
    Fixture,
    cases_of,
    judged,
    notes,
    told,
    writes,
)


def counts(bench: Bench) -> list[tuple[str, str, int]]:
    """(source, queue, rows) of what is judged."""
    with bench.open() as review:
        return review.store.connection.execute(
            "SELECT name, queue, COUNT(*) FROM record JOIN source ON source.id = source_id GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def test_the_data_of_every_entity_type_is_judged_as_that_kind(bench: Bench) -> None:
    cases = judged(bench, "request/sync.jsonl")
    assert [case.noun for name, case in cases.items() if name != "line 6"] == [
        f"Request: {entity}" for entity in ("contact", "lead", "account", "opportunity", "activity")
    ]
    assert cases["line 3"].verdict.rule == "reference_only"
    assert cases["line 2"].verdict.rule == "unmapped"


def test_an_activity_s_contacts_are_ids_of_the_system_that_it_comes_from(bench: Bench) -> None:
    activity = judged(bench, "request/sync.jsonl")["line 6"]
    assert (activity.noun, activity.verdict.queue) == ("HubSpot activity", Queue.LEDGER)
    assert "0035e00000AnnAaAAJ" in activity.contact_key


def test_an_activity_that_no_destination_takes_is_told_in_words(bench: Bench) -> None:
    activity = judged(bench, "request/sync.jsonl")["a-1"]
    assert "Not staged: type, because App has no import of this kind" in told(activity)
    assert "@" not in notes(activity)


def test_a_request_writes_the_fields_that_it_names_and_no_other(bench: Bench) -> None:
    asked = judged(bench, "request/sync.jsonl")["101"]
    assert (asked.verdict.queue, asked.verdict.rule, asked.target) == (Queue.LEDGER, "accepted", "app")
    assert writes(asked) == {"job_title": "Owner"}


def test_a_bulk_request_gives_each_of_its_records_what_its_envelope_says(bench: Bench) -> None:
    cases = judged(bench, "request/bulk.json")
    assert [cases[f"c-{number}"].verdict.rule for number in (1, 2, 3, 4)] == [
        "refused_option",
        "refused_option",
        "unmapped",
        "missing_identity",
    ]
    assert "asks for skip_validation" in cases["c-1"].issue
    assert writes(cases["c-2"]) == {"city": "Leeds"}


@pytest.mark.parametrize("number", [1, 2])
def test_a_request_to_delete_or_merge_is_held_and_obeyed_by_nobody(bench: Bench, number: int) -> None:
    held = [case for case in judged(bench, "request/captured.json").values() if "deletion" in case.verdict.fired]
    assert len(held) == 2
    case = held[number - 1]
    assert case.verdict.queue is Queue.CONFLICT
    operations = {option.staged.operation for option in case.options if option.staged}
    assert operations <= {Outcome.NO_WRITE, Outcome.SOFT_DELETE}


def test_a_switch_that_is_on_is_refused_in_a_body_captured_as_text_too(bench: Bench) -> None:
    issues = [told(case) for case in judged(bench, "request/captured.json").values()]
    assert sum("trigger_workflows" in issue for issue in issues) == 1
    assert sum("force_update" in issue for issue in issues) == 1


def test_what_is_no_request_of_the_seed_is_an_error_row_that_says_what_it_calls_itself(bench: Bench) -> None:
    cases = judged(bench, "request/nasty.jsonl")
    errors = [case for case in cases.values() if case.verdict.queue is Queue.ERROR]
    unknown = [case.issue for case in errors if case.verdict.rule == "unknown_event"]
    assert unknown == [
        "unknown kind of event: upsert",
        "unknown kind of event: update",
        "unknown kind of event: update",
    ]
    broken = " ".join(told(case) for case in errors if case.verdict.rule == "unreadable")
    assert "names a member twice" in broken
    assert "NaN" in broken
    assert "never closed" in broken or "ends in the middle" in broken
    assert len(cases) == 8


def test_every_record_of_every_file_is_counted_once(bench: Bench) -> None:
    judged(bench, "request/sync.jsonl", "request/bulk.json", "request/captured.json", "request/nasty.jsonl")
    per_file: dict[str, int] = {}
    for name, _, rows in counts(bench):
        file = name.partition("!")[0]
        per_file[file] = per_file.get(file, 0) + rows
    assert per_file == {"sync.jsonl": 6, "bulk.json": 4, "captured.json": 4, "nasty.jsonl": 8}


def test_loading_the_same_payloads_again_changes_nothing(bench: Bench) -> None:
    judged(bench, "request/captured.json", "request/nasty.jsonl")
    before = cases_of(bench)
    assert bench.load(FIXTURES / "request/captured.json", FIXTURES / "request/nasty.jsonl") == ()
    after = cases_of(bench)
    assert {name: case.fingerprint for name, case in before.items()} == {
        name: case.fingerprint for name, case in after.items()
    }


def test_a_later_file_of_payloads_takes_no_earlier_row_out_of_the_latest_load(bench: Bench) -> None:
    judged(bench, "request/bulk.json")
    later = {"entity_type": "contact", "operation": "update", "data": [{"id": "c-9", "email": "cara@three.test"}]}
    assert bench.load(bench.put("later.json", json.dumps(later).encode())) == ()
    with bench.open() as review:
        assert review.store.connection.execute("SELECT COUNT(*) FROM record WHERE NOT latest").fetchone() == (0,)


def test_a_contact_map_may_be_json_too(bench: Bench) -> None:
    people = [{name: person[name] for name in MAP_HEADER} for person in PEOPLE]
    paths = [bench.put("map.json", json.dumps(people).encode()), FIXTURES / "request/bulk.json"]
    assert bench.load(*paths) == ()
    assert cases_of(bench)["c-1"].verdict.contact == 1


@pytest.mark.parametrize("fixture", [one for one in ALL_FIXTURES if one.folder == "request"], ids=lambda one: one.name)
def test_rows_shows_every_form_of_json(fixture: Fixture, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rows", str(fixture.path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    parts = shown.get("sources", [shown])
    assert sum(len(part["rows"]) + len(part["errors"]) for part in parts) == fixture.rows.total()
    assert all(len(row) == len(part["columns"]) for part in parts for row in part["rows"])
    assert run(["rows", str(fixture.path)]) == 0
    assert re.search("request-|activity-webhook", capsys.readouterr().out)


def test_the_three_links_of_an_activity_are_kept_and_masked_while_presenting(bench: Bench) -> None:
    links = {
        "recording_url": "https://calls.test/ann-archer.mp3",
        "thread_id": "ann@one.test",
        "meeting_url": "https://meet.test/ann-archer",
    }
    webhook = {"source": "hubspot", "id": "a-9", "contacts": ["101"], "created_at": "2026-05-10T10:00:00Z", **links}
    paths = [bench.put("map.csv", csv_bytes(MAP_HEADER, PEOPLE)), bench.put("call.json", json.dumps(webhook).encode())]
    assert bench.load(*paths) == ()
    with bench.open() as review:
        record_id = review.id("a-9")
        (option,) = review.cases.case(record_id).options
        privacy = Privacy(review.cases, presenting=True)
        shown = [privacy.cell(name, link, privacy.people(record_id)) for name, link in links.items()]
    assert option.staged
    assert {name: option.staged.values[name] for name in links} == links
    assert not re.search("ann|archer|one|calls|meet", " ".join(shown))


def test_a_map_is_needed_before_any_request_is_ready(bench: Bench) -> None:
    assert bench.load(FIXTURES / "request/sync.jsonl") == ()
    assert {case.verdict.rule for case in cases_of(bench).values()} <= {"no_map", "reference_only"}


def test_the_command_line_says_why_a_file_is_what_it_is(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["systems", "--explain", str(FIXTURES / "request/nasty.jsonl")]) == 0
    said = capsys.readouterr().out
    assert "unknown-payload: no declaration of any system fits" in said
    assert "not request-contact: operation is create or delete or merge or update would have to hold" in said
    assert "ann@one.test" not in said
    assert run(["systems", "--explain", str(FIXTURES / "request/bulk.json")]) == 0
    assert "request-contact-bulk: entity_type is contact" in capsys.readouterr().out
    assert run(["systems", "--explain", str(bench.put("map.csv", csv_bytes(MAP_HEADER, PEOPLE)))]) == 0
    assert "contact-map: it knows the columns " in capsys.readouterr().out
