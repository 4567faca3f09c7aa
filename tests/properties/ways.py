"""The ways of carrying out one review: plain calls, a decisions file, the session, a replay of the journal, keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from textual.pilot import Pilot

from crm_tui.classify.fields import reason_wanted, side_words
from crm_tui.console.app import ConsoleApp
from crm_tui.console.bars import AckBar
from crm_tui.console.deeds import Deed, Verb
from crm_tui.console.dialogs import ContactPicker, Prompt
from crm_tui.console.field_cursor import field_sides, has_fields, side_numbers
from crm_tui.console.rehearsal import Plan, Planned, Rehearsal, apply, rehearse
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.set_dialog import SetDialog
from crm_tui.console.tabs import Tab
from crm_tui.errors import DecisionRefused
from crm_tui.model import Queue, State, Take
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decide_file import COLUMNS, apply_lines, read_lines
from crm_tui.workspace.store import Store
from crm_tui.workspace.undoing import Saved
from tests.properties.driving import REVIEWER, Desk, LogRow, clock, crashed_copy, read_log, shown_states, standing, tops
from tests.properties.strategies import PICKS, Step

# -- sets


def rehearsed(session: Session, step: Step, record_id: int) -> Plan:
    """What the step's set comes to, with its rows marked; raises where it would touch none."""
    session.go_to(record_id)
    if step.pick % 2:
        session.mark_alike()
    rehearsal = rehearse(session)
    plan = rehearsal.plan(deed_of(rehearsal, step)) if rehearsal.rows else None
    if plan is None or not plan.applied:
        session.unmark()
        raise DecisionRefused("the set has no row that this could be done to.")
    return plan


def deed_of(rehearsal: Rehearsal, step: Step) -> Deed:
    """What is done with the set."""
    return rehearsal.deeds[step.at % len(rehearsal.deeds)]


class ByCalls(Desk):
    """Plain calls; a set is one call a row, together."""

    def _decide(self, step: Step) -> Saved:
        record_id = self.record(step)
        if step.kind != "set" or record_id is None:
            return super()._decide(step)
        plan = rehearsed(Session(self.cases, REVIEWER), step, record_id)
        with self.decisions.together():
            return [self._row(plan, row, step.text) for row in plan.applied][-1]

    def _row(self, plan: Plan, row: Planned, words: str) -> Saved:
        if plan.deed.verb in (Verb.REJECT, Verb.PART):
            return self.decisions.reject(row.record_id, words)
        if plan.deed.verb is Verb.ASK:
            return self.decisions.ask(row.record_id, words)
        if plan.deed.verb is Verb.DEFER:
            return self.decisions.defer(row.record_id)
        return self.decisions.approve(row.record_id, token=row.token)


class ByFile(ByCalls):
    """Each decision is a file of one line; what no line can say is done by a plain call."""

    def decide(self, step: Step) -> Any:
        line = self._line(step)
        if line is None:
            return super().decide(step)
        path = self.folder / "decisions.csv"
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, line])
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        (result,) = apply_lines(self.cases, self.decisions, read_lines(path))
        assert (result.saved is None) == bool(result.refusal)
        return result.saved

    def _line(self, step: Step) -> tuple[str, str, str, str, str] | None:
        if step.kind in ("set", "note", "redo"):
            return None
        if step.kind == "undo":
            row = self._undoable()
            return (row, "undo", "", "", "") if row else None
        record_id = self.record(step)
        if record_id is None:
            return None
        row = self.cases.case(record_id).row_id
        try:
            if step.kind in PICKS:
                return row, *self._pick(step, record_id)
            if step.kind in ("choose", "contact"):
                token = self.wanted(step, record_id)
                return row, token, "", "", self.reason(record_id, token, step.text)
        except DecisionRefused:
            return None
        if step.kind == "approve":
            return row, self._approval(record_id), "", "", self.reason(record_id, "", step.text)
        word = {"ask": "needs-client"}.get(step.kind, step.kind)
        return row, word, "", "", "" if step.kind in ("defer", "clear") else step.text

    def _undoable(self) -> str:
        """The row whose latest decision was the last done, with its partner's at most; ``""`` = no line can say it."""
        log = read_log(self.path)
        last, alive = tops(log)[0], standing(log)
        rows = [str(body["row"]) for seq, body, _ in alive if seq in last]
        if not rows or [seq for seq, body, _ in alive if body["row"] == rows[0]][-1] != last[0]:
            return ""
        case = self.cases.case(self.cases.by_row_id(rows[0]) or 0)
        pair = [case.row_id, self.cases.case(case.partner).row_id] if case.partner else []
        return rows[0] if len(rows) == 1 or rows == pair else ""

    def _pick(self, step: Step, record_id: int) -> tuple[str, str, str, str]:
        """Choice, field, value and reason, in the words of the screen where they name one thing only."""
        case, field = self.cases.case(record_id), self.field(step, record_id)
        name = field.label if [one.label for one in case.fields].count(field.label) == 1 else field.name
        if step.kind == "clear-field":
            return "clear", name, "", ""
        reason = step.text if self.asked(step, record_id) else ""
        if step.kind == "both":
            return "both", name, "", reason
        if step.kind == "edit":
            return "edit", name, self.written(step, record_id), reason
        key = self.side(step, record_id)
        words = [side_words(case, one) for one in field_sides(case)]
        own = side_words(case, key)
        return own if words.count(own) == 1 else key, name, "", reason

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
        if step.kind == "set":
            plan = rehearsed(session, step, record_id)
            saved = apply(session, plan, step.text if plan.deed.question else "")
            session.unmark()
            session.next_open()
            return saved
        session.go_to(record_id)
        assert session.record_id == record_id
        if step.kind in PICKS:
            return self._field(step)
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

    def _field(self, step: Step) -> Saved:
        session, standing = self.session, self.session.standing
        if standing is None or not has_fields(standing):
            raise DecisionRefused("no field can be chosen on this row.")
        session.fields.enter(standing)
        session.fields.move(standing, step.at % len(standing.case.fields))
        field = session.field
        assert field is not None
        try:
            if step.kind == "clear-field":
                return session.decide(lambda decisions, row: decisions.clear_field(row, field.name))
            pick = self.picked(step, standing.record_id)
            reason = step.text if reason_wanted(self.cases.facts(standing.record_id), standing.case, pick) else ""
            return session.decide(lambda decisions, row: decisions.pick(row, pick, reason))
        finally:
            session.fields.leave()


class ByReplay(Desk):
    """Does nothing but what a journal says; its rows are decided by what the entries hold."""

    def catch_up(self, log: Sequence[LogRow]) -> None:
        """Repeat what is new in another's journal; what was done together, together."""
        head = journal.head(self.store.connection)[0]
        new = [row for row in log if row[0] > head and row[1]["kind"] in ("decide", "undo")]
        for group, entries in groupby(new, key=lambda row: row[1].get("group", 0)):
            with self.decisions.together() if group else nullcontext():
                for seq, body, texts in entries:
                    # The other record of a pair is decided by the first one's entry.
                    if seq > journal.head(self.store.connection)[0]:
                        self.repeat(body, texts)

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
        elif choice == "field":
            self.repeat_field(record_id, body["take"], texts, reason)
        elif choice == "clear-field":
            self.decisions.clear_field(record_id, texts["field"])
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

    def repeat_field(self, record_id: int, take: str, texts: dict[str, str], reason: str) -> None:
        if take == Take.SIDE:
            self.decisions.take_side(record_id, texts["field"], texts["side"], reason)
        elif take == Take.BOTH:
            self.decisions.keep_both(record_id, texts["field"], reason)
        else:
            self.decisions.edit(record_id, texts["field"], texts["value"], reason)


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
        if step.kind == "set":
            await self.rehearse(step)
        elif step.kind in PICKS:
            await self.choose_field(step)
        elif step.kind == "choose":
            await self.pilot.press(str(1 + step.pick % len(case.options)))
        elif step.kind == "contact":
            await self.pick(step)
        else:
            await self.pilot.press(key[step.kind])
        await self.answer(step.text)
        while self.app.session.field or self.app.session.marked:
            await self.pilot.press("escape")
        assert isinstance(self.app.screen, ReviewScreen)

    async def answer(self, words: str) -> None:
        """Type what is asked for, if anything is."""
        if isinstance(self.app.screen, Prompt):
            await self.pilot.press("ctrl+u", *("space" if char == " " else char for char in words), "enter")

    async def rehearse(self, step: Step) -> None:
        if step.pick % 2:
            await self.pilot.press("*")
        await self.pilot.press("B")
        if not isinstance(dialog := self.app.screen, SetDialog):
            return
        await self.pilot.press(deed_of(dialog.rehearsal, step).key, "enter")
        if not dialog.plan.applied:
            await self.pilot.press("escape")
        await self.pilot.pause()

    async def choose_field(self, step: Step) -> None:
        standing = self.app.session.standing
        assert standing is not None
        if len(standing.case.fields) > 1 or step.kind not in ("both", "edit"):
            await self.pilot.press("enter")
            if self.app.session.field is None:
                return
            await self.pilot.press(*["j"] * (step.at % len(standing.case.fields)))
        numbers = list(side_numbers(standing.case).values())
        number = numbers[step.pick % len(numbers)]
        key = {"side": str(number), "both": "b", "edit": "e", "clear-field": "backspace"}
        await self.pilot.press(key[step.kind])
        if step.kind == "edit":
            await self.answer(self.desk.written(step, standing.record_id))

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
