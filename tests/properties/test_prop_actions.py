"""Invariants 3 and 4: only a person's approval stages a row, and nothing in a file chooses what is staged."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from crm_tui.classify.event import read_event
from crm_tui.classify.facts import Facts, Repeat
from crm_tui.classify.fields import read_picks
from crm_tui.classify.judge import judge
from crm_tui.classify.options import options
from crm_tui.classify.policy import Policy, parse_policy
from crm_tui.errors import DecisionRefused
from crm_tui.identity.contact_map import ContactIndex
from crm_tui.identity.keys import Keyring
from crm_tui.identity.map_reading import build_contacts
from crm_tui.model import Option, Queue, Verdict
from crm_tui.systems import TABLES
from tests.factory import CHANGE_HEADER, MAP_HEADER
from tests.properties.driving import (
    REVIEWER,
    Desk,
    handed_off,
    new_signer,
    read_log,
    rows_of,
    scratch,
    standing,
    told,
    verdicts,
)
from tests.properties.profiles import examples
from tests.properties.strategies import (
    CLAIMS,
    EMAILS,
    PHONES,
    File,
    Inputs,
    Step,
    Story,
    activities,
    appointments,
    changes,
    contact_maps,
    hostile,
    inputs,
    policies,
    stories,
)

ROUTES = {
    "close-appointments": ("ghl", "upsert", "appointment"),
    "ghl-contact-changes": ("close", "update", "contact"),
    "activity-events": ("ghl", "append", "activity"),
}
"""The allow-list of the shipped policy, written down once more."""


# 3: no silent overwrite


def approvals(desk: Desk) -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
    """Row id → body and texts of the approval that stands last, of rows where nothing else was said after it."""
    last: dict[str, tuple[dict[str, Any], dict[str, str]]] = {}
    for _, body, texts in standing(read_log(desk.path)):
        if body["choice"] not in ("note", "repair"):
            last[body["row"]] = (body, texts)
    return {row: found for row, found in last.items() if found[0]["choice"] == "approve"}


def check_staged(desk: Desk, rows: list[dict[str, Any]]) -> int:
    """Every staged row has its approval and writes what that approval showed; gives how many are staged."""
    approved = approvals(desk)
    staged = 0
    for row in rows:
        said = approved.get(row["row_id"])
        if not (row["operation"] or row["staged"] or row["fields"] or row["target_id"] or row["idempotency_key"]):
            assert row["status"] != "ready" and row["first_ready_seq"] == 0
            continue
        staged += 1
        assert row["status"] == "ready" and row["was"] != "error"
        assert said is not None, "staged without an approval that stands"
        body, texts = said
        assert texts["by"] == REVIEWER and texts["evidence"] == row["evidence_sha256"]
        assert texts["staged"] == row["idempotency_key"]
        assert (row["decision"]["by"], row["decision"]["action"]) == (REVIEWER, "approve")
        record_id = desk.cases.by_row_id(row["row_id"])
        assert record_id is not None
        option = desk.cases.option(record_id, texts["option"], read_picks(texts.get("picks", "")))
        assert option is not None and option.staged is not None
        assert {item["field"]: item["value"] for item in row["staged"]} == dict(option.staged.values)
        check_fields(desk, row, body, texts)
    return staged


def check_fields(desk: Desk, row: dict[str, Any], body: dict[str, Any], texts: Mapping[str, str]) -> None:
    """A known value is only replaced under the word ``overwrite``, a protected one only with a typed reason."""
    rules = {item["field"]: item["rule"] for item in row["fields"]}
    assert set(rules) == {item["field"] for item in row["staged"]}
    writes_contact = row["table"] == "ghl-contact-changes" and row["operation"] not in ("no-write", "create")
    for item in row["staged"]:
        name, value = item["field"], item["value"]
        if not writes_contact:
            continue
        for contact in desk.cases.contacts:
            known = contact.values.get(name, "")
            if contact.ids.get(row["target"]) == row["target_id"] and contact.contact_id == texts.get("option"):
                assert item["before"] == contact.values.get(name)
                assert not known or known == value or rules[name] == "overwrite"
        assert not item["before"] or rules[name] == "overwrite"
        if name in desk.cases.policy.fields.protected:
            assert body["locked"] is True and row["decision"]["override"] is True
            picked = [pick["reason"] for pick in row["decision"]["picks"] if pick["field"] == name]
            assert "".join(picked or [row["decision"]["reason"]]).strip()


@examples(60)
@given(stories(most=14))
def test_nothing_is_staged_without_the_approval_of_a_person_that_still_stands(story: Story) -> None:
    with told(story) as desk:
        check_staged(desk, desk.rows())
        decide_everything(desk, len(story.steps))
        check_staged(desk, desk.rows())


def decide_everything(desk: Desk, turn: int) -> None:
    """On every row an option in its turn: without a reason first, then with one; some end chosen and deferred."""
    for number, record_id in enumerate(desk.cases.ids(), turn):
        names = [option.name for option in desk.cases.case(record_id).options]
        if not names:
            continue
        for reason in ("", "because"):
            if number % 4 == 0:
                with contextlib.suppress(DecisionRefused):
                    desk.decisions.choose(record_id, names[number % len(names)], reason)
                    desk.decisions.defer(record_id)
                continue
            with contextlib.suppress(DecisionRefused):
                desk.decisions.approve(record_id, token=names[number % len(names)], reason=reason)


@examples(40)
@given(
    st.sampled_from(("update", "upsert", "append")),
    st.sampled_from(("phone", "email")),
    st.sampled_from((*PHONES, *EMAILS, "new value")),
)
def test_nor_under_another_word_for_what_a_change_does(outcome: str, field: str, value: str) -> None:
    """A policy may route the changes of a contact under another word: a known value still is overwritten by it."""
    change = {
        "change_id": "C", "ghl_contact_id": "GHL-1", "email": EMAILS[0], "close_contact_id": "CLOSE-1",
        "field": field, "new_value": value, "updated_at": "2026-05-10T10:00:00Z",
    }  # fmt: skip
    known = {"close_contact_id": "CLOSE-1", "ghl_contact_id": "GHL-1", "email": EMAILS[0], "phone": PHONES[0]}
    policy = f'[routes.ghl-contact-changes]\noutcome = "{outcome}"\n'
    files = (File("map.csv", MAP_HEADER, (known,)), File("changes.csv", CHANGE_HEADER, (change,)))
    done = (Step("choose", 0, 1), Step("approve", 0))
    with told(Story(Inputs(files, policy), done)) as desk:
        rows = desk.rows()
        assert check_staged(desk, rows) == 1
        option = desk.cases.case(1).options[-1]
        if rows[0]["operation"] != "no-write":
            assert "No field of the contact is overwritten" not in option.effect


@examples(10)
@given(stories(most=14, reloads=False))
def test_nor_in_the_file_that_is_handed_over(story: Story) -> None:
    with told(story) as desk:
        check_staged(desk, rows_of(handed_off(desk, new_signer(desk.folder))))


@examples(15)
@given(inputs())
def test_a_review_that_nobody_has_touched_stages_nothing(found: Inputs) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(found)
        with desk:
            assert check_staged(desk, desk.rows()) == 0


# 4: the input never chooses the action

EVENTS = st.one_of(
    st.tuples(st.just("activity-events"), activities()),
    st.tuples(st.just("close-appointments"), appointments()),
    st.tuples(st.just("ghl-contact-changes"), changes()),
    st.tuples(st.just("activity-events"), activities()),
)
STRICTNESS = {Queue.LEDGER: 0, Queue.CONFLICT: 1, Queue.ERROR: 2}
claims = st.one_of(st.sampled_from(CLAIMS), hostile, st.text(max_size=20))


def look(
    table: str, cells: Mapping[str, str], contacts: list[dict[str, str]], rules: Policy, repeat: Repeat
) -> tuple[Verdict, dict[str, Option]]:
    keyring = Keyring(rules.default_region)
    found = build_contacts((("map.csv", line, row) for line, row in enumerate(contacts, 2)), keyring)
    facts = Facts(read_event(TABLES[table], cells, keyring), ContactIndex(found.contacts), rules, keyring, repeat)
    verdict = judge(facts)
    return verdict, {option.name: option for option in options(facts, verdict)}


@examples(100)
@given(EVENTS, contact_maps(), policies(), claims, st.sampled_from((Repeat.NONE, *Repeat)))
def test_a_claim_never_makes_a_row_less_strict_and_never_changes_what_is_staged(
    event: tuple[str, dict[str, str]],
    contacts: list[dict[str, str]],
    policy: str | None,
    claim: str,
    repeat: Repeat,
) -> None:
    table, cells = event
    rules = parse_policy(policy)
    silent, none = look(table, cells | {"desired_ghl_action": ""}, contacts, rules, repeat)
    wishes = (*CLAIMS, claim)
    seen = [look(table, cells | {"desired_ghl_action": wish}, contacts, rules, repeat) for wish in wishes]
    for verdict, choices in seen:
        assert STRICTNESS[verdict.queue] >= STRICTNESS[silent.queue]
        assert set(silent.fired) <= set(verdict.fired)
        assert verdict.outcome in (silent.outcome, "conflict", "error")
        for name, option in choices.items():
            if name in none:
                assert option.staged == none[name].staged
    for (_, one), (_, other) in itertools.pairwise(seen):
        for name in one.keys() & other.keys():
            assert one[name].staged == other[name].staged
    for _, choices in (*seen, (silent, none)):
        for option in choices.values():
            assert option.staged is not None
            destination, outcome, thing = ROUTES[table]
            allowed = {(outcome, thing), ("create", "contact"), ("no-write", thing)}
            assert (option.staged.operation.value, option.staged.object) in allowed
            assert option.staged.destination == destination
            assert "desired_ghl_action" not in option.staged.values


@examples(60)
@given(inputs(most=5), claims)
def test_a_claim_column_changes_nothing_that_is_staged_in_a_whole_review(found: Inputs, claim: str) -> None:
    """In every table: in the feed it may only hold rows, in the others, where nobody asked for it, not even that."""
    with scratch() as folder:
        plainly, claiming = Desk(folder, "plain.crm"), Desk(folder, "claim.crm")
        plainly.load(wished(found, ""))
        claiming.load(wished(found, claim))
        with plainly, claiming:
            before, after = verdicts(plainly.path), verdicts(claiming.path)
            assume(set(before) == set(after))
            for row_id, (_, queue, rule, *_) in after.items():
                was, now = STRICTNESS[Queue(before[row_id][1])], STRICTNESS[Queue(queue)]
                assert now >= was
                assert now == was or rule == "claim"
            for desk in (plainly, claiming):
                for record_id in desk.cases.ids():
                    desk_row = desk.cases.case(record_id)
                    if desk_row.options:
                        name = desk_row.options[0].name
                        desk.decisions.choose(record_id, name, "because")
                        desk.decisions.approve(record_id, reason="because")
            names = {row_id: texts["option"] for row_id, (_, texts) in approvals(plainly).items()}
            same = {row_id: texts["option"] for row_id, (_, texts) in approvals(claiming).items()}
            staged = [{row["row_id"]: row for row in desk.rows()} for desk in (plainly, claiming)]
            for row_id in names.keys() & same.keys():
                if names[row_id] == same[row_id]:
                    for column in ("operation", "object", "target", "target_id", "staged", "idempotency_key"):
                        assert staged[0][row_id][column] == staged[1][row_id][column]


def wished(found: Inputs, claim: str) -> Inputs:
    """The load with this wish in every row, and every row with an id of its own."""
    files = []
    for one in found.files:
        rows: list[dict[str, str]] = []
        for number, row in enumerate(one.rows):
            name = one.header[0]
            own = {name: f"{one.name}-{number}"} if one.judged else {}
            rows.append({**row, **own, **({"desired_ghl_action": claim} if "desired_ghl_action" in row else {})})
        feed = one.header[-1] == "desired_ghl_action"
        extra = ("desired_ghl_action", claim) if one.judged and not feed else one.dialect.extra
        dialect = type(one.dialect)(**{**vars(one.dialect), "extra": extra})
        files.append(File(one.name, one.header, tuple(rows), dialect))
    return Inputs(tuple(files), found.policy)


@examples(30)
@given(stories(most=14))
def test_every_operation_is_the_routes_or_a_creation_or_nothing(story: Story) -> None:
    with told(story) as desk:
        for record_id, case, _ in desk.cases.each():
            table = desk.store.connection.execute(
                "SELECT table_name FROM record JOIN source ON source.id = source_id WHERE record.id = ?", (record_id,)
            ).fetchone()[0]
            _, outcome, _ = ROUTES[table]
            held = (case.verdict.queue.value,)
            allowed = (outcome, "no-write") if case.verdict.queue is Queue.LEDGER else held
            assert case.verdict.outcome.value in allowed
        for row in desk.rows():
            assert row["operation"] in ("", ROUTES[row["table"]][1], "create", "no-write")


def test_the_steps_of_these_stories_do_stage_something() -> None:
    """Guards the tests above against passing on nothing."""
    row = {
        "appointment_id": "A", "close_contact_id": "CLOSE-1", "email": "ann@one.test", "title": "x",
        "start_at": "2026-06-01T10:00:00Z", "status": "scheduled", "updated_at": "2026-05-10T10:00:00Z",
    }  # fmt: skip
    contact = {"close_contact_id": "CLOSE-1", "ghl_contact_id": "GHL-1", "email": "ann@one.test"}
    files = (
        File("map.csv", MAP_HEADER, (contact,)),
        File("a.csv", tuple(TABLES["close-appointments"].header), (row,)),
    )
    with told(Story(Inputs(files), (Step("approve"),))) as desk:
        assert check_staged(desk, desk.rows()) == 1
