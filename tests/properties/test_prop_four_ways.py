"""One review, carried out four ways: by keys, by a decisions file, by plain calls and by replaying its journal.

All must agree on states, counts, journal, staged content and the rows of the handoff, after every step.
"""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import example, given
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.bars import AckBar
from crm_tui.console.dialogs import ContactPicker, Prompt
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session, Tab
from crm_tui.errors import DecisionRefused
from crm_tui.model import Queue, State
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decide_file import apply_lines, read_lines
from crm_tui.workspace.store import Store
from tests.factory import (
    ACTIVITY_HEADER,
    APPOINTMENT_HEADER,
    CHANGE_HEADER,
    MAP,
    MAP_HEADER,
    activity,
    appointment,
    change,
)
from tests.properties.driving import (
    REVIEWER,
    Desk,
    clock,
    crashed_copy,
    judged,
    read_log,
    scratch,
    seen,
    shown_states,
    standing,
    without_salts,
)
from tests.properties.profiles import examples
from tests.properties.strategies import CONFLICTS_ONLY, File, Inputs, Step, Story, stories

PATIENCE = 60
"""Seconds for one story at the console; then something hangs."""

# -- by plain calls: ``Desk`` itself


class ByFile(Desk):
    """Each decision is a file of one line; what no line can say is done by a plain call."""

    def decide(self, step: Step) -> Any:
        line = self._line(step)
        if line is None:
            return super().decide(step)
        path = self.folder / "decisions.csv"
        text = io.StringIO()
        csv.writer(text).writerows([("event_id", "choice", "reason"), line])
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        (result,) = apply_lines(self.cases, self.decisions, read_lines(path))
        assert (result.saved is None) == bool(result.refusal)
        return result.saved

    def _line(self, step: Step) -> tuple[str, str, str] | None:
        if step.kind in ("clear", "note", "redo"):
            return None
        if step.kind == "undo":
            alive = standing(read_log(self.path))
            return (alive[-1][1]["row"], "undo", "") if alive else None
        record_id = self.record(step)
        if record_id is None:
            return None
        row = self.cases.case(record_id).row_id
        if step.kind in ("choose", "contact"):
            try:
                token = self.wanted(step, record_id)
            except DecisionRefused:
                return None
            return row, token, self.reason(record_id, token, step.text)
        if step.kind == "approve":
            return row, self._approval(record_id), self.reason(record_id, "", step.text)
        word = {"ask": "needs-client"}.get(step.kind, step.kind)
        return row, word, "" if step.kind == "defer" else step.text

    def _approval(self, record_id: int) -> str:
        """The key takes a suggestion where nothing is chosen; a line has to say so."""
        case, review = self.cases.case(record_id), self.cases.review(record_id)
        made = review.choice and review.state is not State.STALE
        return "suggestion" if case.verdict.queue is Queue.CONFLICT and not made and case.suggestion else "approve"


class BySession(Desk):
    """What the keys call, without a screen; its own counts must stay right."""

    def open(self) -> Desk:
        super().open()
        self.session = Session(self.cases, REVIEWER)
        return self

    def decide(self, step: Step) -> Any:
        try:
            return self._decided(step)
        except DecisionRefused:
            return None
        finally:
            assert self.session.counts == self.cases.counts()

    def _decided(self, step: Step) -> Any:
        session = self.session
        if step.kind in ("undo", "redo"):
            return session.take_back(lambda decisions: getattr(decisions, step.kind)())
        record_id = self.record(step)
        if record_id is None:
            return None
        session.go_to(record_id)
        assert session.record_id == record_id
        if step.kind in ("choose", "contact"):
            token = self.wanted(step, record_id)
            reason = step.text if session.question(token) else ""
            return session.decide(lambda decisions, row: decisions.choose(row, token, reason))
        if step.kind == "approve":
            reason = step.text if session.question() else ""
            return session.decide(lambda decisions, row: decisions.approve(row, reason=reason), go_on=True)
        if step.kind in ("clear", "defer"):
            return session.decide(lambda decisions, row: getattr(decisions, step.kind)(row))
        return session.decide(lambda decisions, row: getattr(decisions, step.kind)(row, step.text), go_on=True)


class ByReplay(Desk):
    """Does nothing but what a journal says; its rows are decided by what the entries hold."""

    def repeat(self, body: dict[str, Any], texts: dict[str, str]) -> None:
        if body["kind"] == "undo":
            bodies = {number: one for number, one, _ in read_log(self.path)}
            if bodies[body["of"]]["kind"] == "decide":
                self.decisions.undo_entry(body["of"])
            else:
                self.decisions.redo_entry(bodies[body["of"]]["of"])
            return
        record_id, choice, reason = self.cases.by_row_id(body["row"]), body["choice"], texts.get("reason", "")
        assert record_id is not None
        if choice == "choose":
            self.decisions.choose(record_id, texts["option"], reason)
        elif choice == "approve":
            self.decisions.approve(record_id, token=texts["option"], reason=reason)
        elif choice == "needs-client":
            self.decisions.ask(record_id, texts["question"])
        elif choice == "note":
            self.decisions.note(record_id, texts["note"])
        elif choice == "reject":
            self.decisions.reject(record_id, reason)
        else:
            getattr(self.decisions, choice)(record_id)


# -- by keys


@dataclass
class Keys:
    """A person at the console of a desk."""

    desk: Desk
    app: ConsoleApp
    pilot: Pilot[None]
    said: list[str] = field(default_factory=list)

    async def do(self, step: Step) -> None:
        if step.kind in ("undo", "redo"):
            await self.pilot.press("u" if step.kind == "undo" else "U")
            return
        record_id = self.desk.record(step)
        if record_id is None:
            return
        await self.go_to(record_id)
        case = self.desk.cases.case(record_id)
        key = {"clear": "backspace", "approve": "a", "reject": "x", "defer": "s", "ask": "t", "note": "c"}
        if step.kind == "choose":
            await self.pilot.press(str(1 + step.pick % len(case.options)))
        elif step.kind == "contact":
            await self.pick(step)
        else:
            await self.pilot.press(key[step.kind])
        if isinstance(self.app.screen, Prompt):
            await self.pilot.press("ctrl+u", *("space" if char == " " else char for char in step.text), "enter")
        assert isinstance(self.app.screen, ReviewScreen)

    async def pick(self, step: Step) -> None:
        await self.pilot.press("m")
        if isinstance(self.app.screen, ContactPicker):
            number = step.pick % len(list(self.desk.cases.contacts))
            await self.pilot.press(*["down"] * number, "enter")

    async def go_to(self, record_id: int) -> None:
        session = self.app.session
        tab = Tab.of(self.desk.cases.case(record_id).verdict.queue)
        for _ in Tab:
            if session.tab is not tab:
                await self.pilot.press("]")
        await self.pilot.press("g", *["j"] * session.ids().index(record_id))
        assert session.record_id == record_id


async def by_keys(desk: Desk, steps: tuple[Step, ...], states: list[dict[str, Any]]) -> None:
    """Go through the steps at the console; after each the screen's counts, and what the file says, are noted."""
    left = list(steps)
    while left:
        app = ConsoleApp(desk.store, REVIEWER, False)
        async with app.run_test(size=(80, 24)) as pilot:
            hands = Keys(desk, app, pilot)
            with told_only_what_is_saved(app, desk):
                while left and left[0].kind not in ("reload", "restart"):
                    await hands.do(left.pop(0))
                    await pilot.pause()
                    assert app.session.counts == desk.cases.counts()
                    states.append(shown_states(desk.cases))
        assert app.return_code in (0, None)
        if left:
            desk.pause(left.pop(0))
            states.append(shown_states(desk.cases))


@contextmanager
def told_only_what_is_saved(app: ConsoleApp, desk: Desk) -> Iterator[None]:
    """Whenever the screen says ``#7 saved``, a crash at that moment would leave entry 7 on disk."""
    screen = next(one for one in app.screen_stack if isinstance(one, ReviewScreen))
    say = screen.say

    def watched(text: str, *rest: Any, **more: Any) -> None:
        if text.startswith("#"):
            number = int(text[1:].split()[0])
            with Store.open(crashed_copy(desk.path, desk.folder / "crashed"), clock=clock) as store:
                assert journal.head(store.connection)[0] >= number, "said before it was saved"
                assert shown_states(Cases(store)) == shown_states(desk.cases)
        say(text, *rest, **more)

    screen.say = watched  # type: ignore[method-assign]
    try:
        yield
        assert screen.query_one(AckBar).text is not None
    finally:
        del screen.say


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
    assert seen(one.cases) == judged(read_log(one.path))
    journal.check(one.store)


ANCHOR = Story(
    Inputs(
        (
            File("map.csv", MAP_HEADER, MAP),
            File("a.csv", APPOINTMENT_HEADER, (appointment("A"), appointment("B", close_contact_id="CLOSE-9"))),
            File("c.csv", CHANGE_HEADER, (change("C", field="owner"), change("D", field="owner", new_value="Dan"))),
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


@examples(25)
@example(ANCHOR)
@given(stories(most=12))
def test_file_session_and_calls_agree_after_every_step(story: Story) -> None:
    with desks(story, Desk, ByFile, BySession) as (calls, *others):
        for step in story.steps:
            for desk in (calls, *others):
                if not desk.pause(step):
                    desk.decide(step)
            for desk in others:
                assert shown_states(desk.cases) == shown_states(calls.cases), step
                assert comparable(desk.path) == comparable(calls.path), step
        for desk in others:
            agree(desk, calls)


@examples(25)
@example(ANCHOR)
@given(stories(most=12))
def test_a_replay_of_the_journal_ends_where_the_review_ended(story: Story) -> None:
    with desks(story, Desk, ByReplay) as (calls, again):
        assert isinstance(again, ByReplay)
        done = len(read_log(calls.path))
        for step in story.steps:
            if not calls.pause(step):
                calls.decide(step)
            for _, body, texts in read_log(calls.path)[done:]:
                if body["kind"] in ("decide", "undo"):
                    again.repeat(body, texts)
            again.pause(step)
            done = len(read_log(calls.path))
        assert comparable(again.path) == comparable(calls.path)
        agree(again, calls)
        # The projection too: thrown away and made again from the journal alone.
        stored = sorted(calls.store.connection.execute(f"SELECT {journal.PROJECTED} FROM decision").fetchall())
        assert sorted(journal.projection(calls.store.connection)) == stored


@examples(3, shrink=False)
@example(ANCHOR)
@given(stories(most=10, simple=True))
def test_real_keys_agree_with_plain_calls_after_every_step(story: Story) -> None:
    with desks(story, Desk, Desk) as (calls, keys):
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
