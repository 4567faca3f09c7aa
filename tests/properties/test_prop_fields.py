"""Field choices and contacts beyond the candidates in one story: calls, a decisions file and the session agree."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from crm_tui.console.session import Session
from crm_tui.errors import DecisionRefused
from crm_tui.workspace.decide_file import apply_lines
from crm_tui.workspace.decisions import Decisions, Saved
from tests.factory import (
    ACTIVITY_HEADER,
    ANN,
    APPOINTMENT_HEADER,
    BOB,
    CHANGE_HEADER,
    MAP_HEADER,
    activity,
    appointment,
    change,
)
from tests.properties.driving import Desk
from tests.properties.profiles import examples
from tests.properties.strategies import File, Inputs, Story
from tests.properties.test_prop_four_ways import agree, comparable, desks

INPUTS = Inputs(
    (
        File("map.csv", (*MAP_HEADER, "tags"), (ANN | {"tags": "vip; old"}, BOB | {"tags": ""})),
        File("a.csv", APPOINTMENT_HEADER, (appointment("A"), appointment("B", close_contact_id="CLOSE-9"))),
        File("c.csv", CHANGE_HEADER, (change("C", field="owner"), change("T", field="tags", new_value="west; vip"))),
        File("x.csv", ACTIVITY_HEADER, (activity("X", phone=BOB["phone"]),)),
    )
)
WHY = "because"


class Act(NamedTuple):
    """One thing done to a row; what is not open there is refused, in every way alike."""

    kind: str
    row: int
    field: int
    value: str


acts = st.builds(
    Act,
    kind=st.sampled_from(("side", "both", "edit", "edit", "clear-field", "contact", "approve", "reject", "undo")),
    row=st.integers(0, 4),
    field=st.integers(0, 4),
    value=st.sampled_from(("CLOSE-1/GHL-1", "CLOSE-2/GHL-2", "close", "ghl", "contact map", "west; east", "Dana")),
)


def field_of(desk: Desk, act: Act, record_id: int) -> str:
    fields = desk.cases.case(record_id).fields
    return fields[act.field % len(fields)].name if fields else "none"


def call(decisions: Decisions, act: Act, record_id: int, field: str) -> Saved:
    """The act by a plain call."""
    match act.kind:
        case "side":
            return decisions.take_side(record_id, field, act.value, WHY)
        case "both":
            return decisions.keep_both(record_id, field, WHY)
        case "edit":
            return decisions.edit(record_id, field, act.value, WHY)
        case "clear-field":
            return decisions.clear_field(record_id, field)
        case "contact":
            return decisions.choose(record_id, act.value, WHY)
        case "reject":
            return decisions.reject(record_id, WHY)
        case "undo":
            return decisions.undo(record_id)
        case _:
            name = decisions.cases.case(record_id)
            review = decisions.cases.review(record_id)
            if name.verdict.queue.value == "conflict" and not (review.choice or review.picks):
                raise DecisionRefused("no choice yet.")
            return decisions.approve(record_id, reason=WHY)


def line(desk: Desk, act: Act, record_id: int, field: str) -> dict[str, str]:
    """The act as a line of a decisions file."""
    row = {"event_id": desk.cases.case(record_id).row_id, "choice": act.kind, "field": "", "value": "", "reason": WHY}
    match act.kind:
        case "side":
            return row | {"choice": act.value, "field": field}
        case "both":
            return row | {"field": field}
        case "edit":
            return row | {"field": field, "value": act.value}
        case "clear-field":
            return row | {"choice": "clear", "field": field}
        case "contact":
            return row | {"choice": act.value}
        case _:
            return row


def picks(desk: Desk) -> dict[str, Any]:
    return {case.row_id: review.picks for _, case, review in desk.cases.each()}


@examples(5, shrink=False)
@given(st.lists(acts, min_size=4, max_size=14))
def test_field_choices_agree_by_calls_by_file_and_by_session_after_every_act(story: list[Act]) -> None:
    with desks(Story(INPUTS, ()), Desk, Desk, Desk) as (calls, file, keys):
        session = Session(keys.cases, keys.decisions.reviewer)
        for act in story:
            ids = calls.cases.ids()
            record_id = ids[act.row % len(ids)]
            field = field_of(calls, act, record_id)
            with suppress(DecisionRefused):
                call(calls.decisions, act, record_id, field)
            list(apply_lines(file.cases, file.decisions, [(2, line(file, act, record_id, field))]))
            session.go_to(record_id)
            with suppress(DecisionRefused):
                session.decide(lambda decisions, row, act=act, field=field: call(decisions, act, row, field))
            assert picks(file) == picks(calls) == picks(keys), act
            assert comparable(file.path) == comparable(calls.path) == comparable(keys.path), act
        agree(file, calls)
        agree(keys, calls)
