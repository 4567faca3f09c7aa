"""One review, carried out four ways: by keys, by a decisions file, by plain calls and by replaying its journal.

All must agree on states, counts, journal, staged content and the rows of the handoff, after every step.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from hypothesis import example, given

from crm_tui.workspace import integrity, journal
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
from tests.properties.driving import Desk, judged, read_log, scratch, seen, shown_states, without_salts
from tests.properties.profiles import examples
from tests.properties.strategies import CHOICES, CONFLICTS_ONLY, FIELDED_ONLY, PICKS, File, Inputs, Step, Story, stories
from tests.properties.ways import ByCalls, ByFile, ByReplay, BySession, by_keys

PATIENCE = 60
"""Seconds for one story at the console; then something hangs."""

# -- comparing


@contextmanager
def desks(story: Story, *kinds: type[Desk]) -> Iterator[list[Desk]]:
    """Copies of one loaded workspace, each open at a desk of its own."""
    with scratch() as folder, ExitStack() as stack:
        base = Desk(folder)
        base.load(story.inputs)
        found = []
        for number, kind in enumerate(kinds):
            own = folder / str(number)
            own.mkdir()
            shutil.copyfile(base.path, own / base.name)
            found.append(stack.enter_context(kind(own)))
        yield found


def comparable(path: Path) -> list[tuple[Any, ...]]:
    """The journal without what is drawn by lot."""
    return [(seq, {**body, "texts": sorted(body["texts"])}, texts) for seq, body, texts in read_log(path)]


def agree(one: Desk, other: Desk) -> None:
    assert shown_states(one.cases) == shown_states(other.cases)
    assert one.cases.counts() == other.cases.counts()
    assert without_salts(one.rows()) == without_salts(other.rows())
    assert without_salts(one.groups()) == without_salts(other.groups())
    assert seen(one.cases) == judged(read_log(one.path))
    integrity.check(one.store)


ANCHOR = Story(
    Inputs(
        (
            File("map.csv", (*MAP_HEADER, "tags"), (ANN | {"tags": "vip; old"}, BOB | {"tags": ""})),
            File("a.csv", APPOINTMENT_HEADER, (appointment("A"), appointment("B", close_contact_id="CLOSE-9"))),
            File(
                "c.csv",
                CHANGE_HEADER,
                (
                    change("C", field="owner"),
                    change("D", field="owner", new_value="Dan"),
                    change("T", field="tags", new_value="west; vip"),
                ),
            ),
            File("x.csv", ACTIVITY_HEADER, (activity("X"), activity("Y", phone="+15550100002"))),
        )
    ),
    (
        Step("approve", 2, text="ok"), Step("choose", 2, 1, "why"), Step("defer", 2, CONFLICTS_ONLY),
        Step("choose", 0), Step("ask", 0, CONFLICTS_ONLY, "ok"), Step("approve", 0), Step("note", 0, text="so be it"),
        Step("contact", 3, 1), Step("approve", 3, CONFLICTS_ONLY), Step("undo"), Step("undo"), Step("redo"),
        Step("approve", 3, text="ok"), Step("restart"), Step("clear", 2), Step("undo"), Step("approve", 2, text="ok"),
    ),
)  # fmt: skip
"""Every path once, whatever is generated: suggestions, protected fields, choices kept through a deferral."""


FIELDS = Story(
    ANCHOR.inputs,
    (
        *(Step(kind, row, 0, "why", at=at) for row in (0, 2, 4) for kind, at in (("both", 0), ("edit", 1))),
        Step("side", 0, 1, "why"), Step("clear-field", 0, text="why"), Step("side", 3, 1, "why"),
        Step("edit", 3, value="x@y"), Step("approve", 3, FIELDED_ONLY, "why"), Step("restart"), Step("undo"),
        Step("redo"), Step("reject", 4, FIELDED_ONLY), Step("clear", 1), Step("set", 3, 1, at=1), Step("undo"),
        Step("redo"), Step("set", 0, 0), Step("set", 2, 0, "later", at=-3), Step("undo"),
    ),
)  # fmt: skip
"""Every choice for a field and every way of doing one thing with a set."""

_SALESFORCE = {
    "Id": "003xxDqEi31kmjgAFA", "FirstName": "Ivan", "LastName": "Ericson", "Email": "ivan@juniper.test",
    "Phone": "+12025550119", "Title": "Director", "HasOptedOutOfEmail": "false",
    "LastModifiedDate": "2026-04-22T09:00:00.000+0000",
}  # fmt: skip
_HUBSPOT = {
    "Record ID": "10676775000", "First Name": "Ivan", "Last Name": "Novak", "Email": "ivan@juniper.test",
    "Phone Number": "+12025550119", "Job Title": "Head of Sales", "Unsubscribed from all email": "Yes",
    "Last Modified Date": "2026-04-11 10:00",
}  # fmt: skip
_JOINED = {
    "salesforce_contact_id": "003xxDqEi31kmjgAFA", "hubspot_contact_id": "10676775000", "email": "ivan@juniper.test",
    "phone": "+12025550119",
}  # fmt: skip
PAIR = Story(
    Inputs(
        tuple(
            File(name, tuple(row), (row,))
            for name, row in (("map.csv", _JOINED), ("sf.csv", _SALESFORCE), ("hs.csv", _HUBSPOT))
        )
    ),
    (
        Step("side", 0, 0, "why"), Step("side", 1, 1, "why", at=1), Step("edit", 0, 0, "why", at=1, value="Owner"),
        Step("clear-field", 1, text="why"), Step("approve", 1, FIELDED_ONLY, "why"), Step("undo"), Step("redo"),
        Step("undo"), Step("restart"), Step("choose", 0, 1, "why"), Step("approve", 0, text="why"), Step("undo"),
        Step("set", 0, 1, at=2), Step("undo"),
    ),
)  # fmt: skip
"""Two records of one contact: each key decides both of them."""

_PERSON = ("Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company Name")
_TWICE = (
    ("101", "Ann", "Lee", "ann@one.test", "+12125550100", "One Ltd"),
    ("102", "Ann", "Leigh", "ann@one.test", "+12125550100", ""),
    ("201", "Bob", "Day", "bob@two.test", "+13125550111", "Two Inc"),
    ("202", "Bob", "Day", "bob@two.test", "+13125550111", ""),
    ("301", "Cyd", "Foy", "cyd@three.test", "+14155550122", "Three"),
    ("302", "Cyd", "Foy", "cyd@three.test", "+14155550122", "Three & Co"),
)


def _of_group(kind: str, row: int = 0, pick: int = 0, text: str = "why", at: int = 0) -> Step:
    return Step(kind, row, pick, text, at, group=True)


GROUPS = Story(
    Inputs((File("hubspot.csv", _PERSON, tuple(dict(zip(_PERSON, row, strict=True)) for row in _TWICE)),)),
    (
        _of_group("choose", 0, 1), _of_group("side", 0, 0, at=1), _of_group("approve", 0), Step("undo"), Step("redo"),
        Step("undo"), _of_group("clear", 0), _of_group("set", 0, 0, at=1), Step("undo"), Step("redo"), Step("restart"),
        _of_group("defer", 2), _of_group("ask", 0), _of_group("note", 1), _of_group("set", 2, 1, at=-3), Step("undo"),
        _of_group("reject", 0), _of_group("edit", 2, at=1), _of_group("approve", 2), _of_group("set", 0, 0, at=2),
    ),
)  # fmt: skip
"""People who were entered twice: one record is kept, they are not the same, many at a time."""

MANY = stories(most=12, many=True)


@examples(20)
@example(ANCHOR)
@example(FIELDS)
@example(PAIR)
@example(GROUPS)
@given(MANY)
def test_file_session_and_calls_agree_after_every_step(story: Story) -> None:
    with desks(story, ByCalls, ByFile, BySession) as (calls, *others):
        for step in story.steps:
            for desk in (calls, *others):
                if not desk.pause(step):
                    desk.decide(step)
            for desk in others:
                assert shown_states(desk.cases) == shown_states(calls.cases), step
                assert comparable(desk.path) == comparable(calls.path), step
        for desk in others:
            agree(desk, calls)


@examples(20)
@example(ANCHOR)
@example(FIELDS)
@example(PAIR)
@example(GROUPS)
@given(MANY)
def test_a_replay_of_the_journal_ends_where_the_review_ended(story: Story) -> None:
    with desks(story, ByCalls, ByReplay) as (calls, again):
        assert isinstance(again, ByReplay)
        for step in story.steps:
            if not calls.pause(step):
                calls.decide(step)
            again.catch_up(read_log(calls.path))
            again.pause(step)
        assert comparable(again.path) == comparable(calls.path)
        agree(again, calls)
        # The projection too: thrown away and made again from the journal alone.
        stored = sorted(calls.store.connection.execute(f"SELECT {journal.PROJECTED} FROM decision").fetchall())
        assert sorted(journal.projection(calls.store.connection)) == stored


def test_the_written_stories_do_each_thing_at_least_once() -> None:
    """Guards the tests here against passing on nothing but refusals."""
    done = set()
    for story in (ANCHOR, FIELDS, PAIR):
        with desks(story, ByCalls) as (desk,):
            done |= {step.kind for step in story.steps if not desk.pause(step) and desk.decide(step)}
    assert done == {*CHOICES, *PICKS, "set"}


@examples(3, shrink=False)
@example(FIELDS)
@example(PAIR)
@example(GROUPS)
@given(stories(most=10, simple=True, many=True))
def test_real_keys_agree_with_plain_calls_after_every_step(story: Story) -> None:
    with desks(story, ByCalls, Desk) as (calls, keys):
        wanted, found = [], []
        for step in story.steps:
            if not calls.pause(step):
                calls.decide(step)
            wanted.append(shown_states(calls.cases))
        asyncio.run(asyncio.wait_for(by_keys(keys, story.steps, found), PATIENCE))
        for step, one, other in zip(story.steps, found, wanted, strict=True):
            assert one == other, step
        assert comparable(keys.path) == comparable(calls.path)
        agree(keys, calls)
