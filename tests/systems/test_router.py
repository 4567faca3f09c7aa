"""Which table a payload is of, and why."""

from __future__ import annotations

import json

import pytest

from crm_tui.intake.json_text import parse
from crm_tui.systems import TABLES
from crm_tui.systems.declare import Column, Kind, Payload, Role, Table
from crm_tui.systems.paths import At, Every, Member, compiled
from crm_tui.systems.router import candidates, each_steps, explain, route

SYNC = {"entity_type": "contact", "operation": "update", "data": {"email": "ann@one.test"}, "options": {}}


def payload(value: object) -> object:
    return parse(json.dumps(value).encode())


def table_of(value: object) -> str:
    return route(payload(value)).table.name


def declared(name: str, **when: tuple[str, ...]) -> Table:
    columns = (Column("id", Role.EVENT_ID, "id", path="id"), Column("mail", Role.EMAIL, "mail", path="mail"))
    return Table(name, "x", Kind.ACTIVITY, "x", columns, payload=Payload(when=when))


@pytest.mark.parametrize("entity", ["contact", "lead", "account", "opportunity", "activity"])
@pytest.mark.parametrize("operation", ["create", "update", "delete", "merge"])
def test_a_sync_request_is_judged_as_its_entity_type(entity: str, operation: str) -> None:
    assert table_of({**SYNC, "entity_type": entity, "operation": operation}) == f"request-{entity}"
    assert table_of({**SYNC, "entity_type": entity, "operation": operation, "data": [{}]}) == f"request-{entity}-bulk"


def test_words_of_a_condition_are_compared_without_case() -> None:
    assert table_of({**SYNC, "entity_type": "Contact", "operation": "UPDATE"}) == "request-contact"


@pytest.mark.parametrize(
    "change", [{"operation": "upsert"}, {"entity_type": "ticket"}, {"operation": None}, {"entity_type": ["x"]}]
)
def test_an_envelope_that_is_none_of_the_request_s_is_unknown(change: dict[str, object]) -> None:
    assert table_of({**SYNC, **change}) == "unknown-payload"


@pytest.mark.parametrize("value", [None, True, 7, "text", {}, {"type": "NewThing"}])
def test_what_no_declaration_fits_is_unknown_and_not_lost(value: object) -> None:
    assert table_of(value) == "unknown-payload"


def test_the_declaration_with_the_most_conditions_wins() -> None:
    loose, strict = declared("loose", type=()), declared("strict", type=("a",), id=())
    for order in ((loose, strict), (strict, loose)):
        assert route({"type": "a", "id": "1"}, candidates(order)).table is strict
        assert route({"type": "b", "id": "1"}, candidates(order)).table is loose


def test_of_as_many_conditions_the_ones_with_words_win() -> None:
    loose, strict = declared("loose", type=()), declared("strict", type=("a",))
    assert route({"type": "a"}, candidates((loose, strict))).table is strict


def test_of_equal_declarations_the_one_that_finds_more_columns_wins() -> None:
    few = declared("few", type=("a",))
    many = Table(
        "many", "x", Kind.ACTIVITY, "x", (*few.columns, Column("n", Role.TEXT, "n", path="n")), payload=few.payload
    )
    assert route({"type": "a", "n": "1"}, candidates((few, many))).table is many


@pytest.mark.parametrize(
    ("wrapped", "inside"),
    [
        ({"headers": {"host": "x"}, "params": {}, "query": {}, "body": SYNC}, (Member("body"),)),
        ({"headers": [{"name": "host"}], "method": "POST", "body": [SYNC]}, (Member("body"),)),
        ({"json": SYNC, "pairedItem": {"item": 0}}, (Member("json"),)),
        ({"requests": [SYNC, SYNC], "count": 2}, (Member("requests"), Every())),
        ([SYNC], (Every(),)),
    ],
)
def test_a_captured_request_is_unwrapped(wrapped: object, inside: object) -> None:
    routed = route(payload(wrapped))
    assert routed.inside == inside
    assert not routed.text


def test_a_body_that_was_captured_as_text_is_unwrapped() -> None:
    routed = route(payload({"headers": {}, "content": " " + json.dumps(SYNC)}))
    assert (routed.inside, routed.text) == ((Member("content"),), True)


def test_an_envelope_around_a_list_of_things_that_nothing_fits_stays_whole() -> None:
    assert not route(payload({"items": [{"type": "NewThing"}]})).inside


def test_a_flat_object_is_recognised_by_its_members_as_by_a_header() -> None:
    columns = ("appointment_id", "close_contact_id", "email", "start_at", "status", "updated_at", "title")
    assert table_of(dict.fromkeys(columns, "x")) == "close-appointments"
    assert table_of({**dict.fromkeys(columns, "x"), "nested": {}}) == "unknown-payload"


def test_an_activity_belongs_to_the_system_that_sent_it() -> None:
    activity = {"source": "Pipedrive", "type": "call", "contacts": ["7"], "created_at": "2026-05-01T10:00:00Z"}
    assert table_of(activity) == "activity-webhook-pipedrive"
    assert table_of({**activity, "source": "dialer"}) == "activity-webhook"
    assert table_of({"source": "web", "email": "ann@one.test", "created_at": "x"}) == "unknown-payload"


def test_the_explanation_says_what_spoke_for_a_table_and_what_the_next_ones_lack() -> None:
    said = explain(payload({**SYNC, "data": {"email": "secret@one.test"}}))
    assert said[0].startswith("request-contact: entity_type is contact and operation is ")
    assert said[1].startswith("not request-")
    assert "secret" not in "".join(said)


def test_every_declared_path_can_be_read() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.path:
                compiled(column.path)
        # Where no column has a path, a reader of its own fills them: mail.
        by_path = any(column.path for column in table.columns)
        if table.payload is None or table.kind is Kind.UNKNOWN or not by_path:
            continue
        assert table.payload.when, f"{table.name} would take any payload"
        for path in table.payload.when:
            ways = [way for group in compiled(path).ways for way in group]
            assert all(way.steps and not way.from_root for way in ways), (table.name, path)
        assert all(isinstance(step, (Member, Every, At)) for step in each_steps(table)), table.name
