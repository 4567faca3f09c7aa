"""The rehearsal of a set: for each thing that can be done with its rows, the exact rows, and those left out and why.

Nothing is written before one key applies it; then every row is its own journal entry, all in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from crm_tui.classify.options import meaning
from crm_tui.console.session import Session
from crm_tui.console.standing import MOST, Standing, approvable, likeness
from crm_tui.errors import DecisionRefused
from crm_tui.model import Choice, Option, Queue, Review, State
from crm_tui.text import counted
from crm_tui.workspace import journal
from crm_tui.workspace.decisions import Decisions, Prepared
from crm_tui.workspace.undoing import Saved

_MEANINGS = 9
_AT_ONCE = 500
"""Rows whose records are read with one query."""


class Verb(StrEnum):
    """What can be done with a set."""

    APPROVE = "approve"
    TAKE = "take"
    REJECT = "reject"
    DEFER = "defer"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do with the set; ``meaning`` is the option that every row is to take."""

    key: str
    verb: Verb
    words: str
    meaning: str = ""

    @property
    def question(self) -> str:
        """What has to be typed before it is applied; ``""`` = nothing."""
        return _QUESTIONS.get(self.verb, "")

    @property
    def done(self) -> str:
        """What the rows are afterwards: ``approved: write nothing``."""
        return _DONE.get(self.verb, f"approved: {self.meaning}" if self.meaning else "approved")


_DONE = {Verb.REJECT: "rejected", Verb.DEFER: "deferred", Verb.ASK: "left for the client"}
_QUESTIONS = {
    Verb.REJECT: "Nothing is staged for a rejected row. Why are these rejected? One reason stands on each.",
    Verb.ASK: "What is the client to be asked? The question stands on each of these rows.",
}


class Taking(NamedTuple):
    """What one option would do on a row."""

    effect: str
    token: str
    ready: Prepared


class Openness(NamedTuple):
    """Why a row is left out of a deed; ``""`` = it is not.  Most rows of a set share one of these."""

    decided: str
    held: str
    """Why it cannot be approved in a set, whatever the option."""
    suggested: str
    """Why the choice made, or the suggestion, cannot be approved."""
    takes: tuple[tuple[str, str], ...]
    """(meaning of an option, why it cannot be taken)"""

    def kept_back(self, deed: Deed) -> str:
        """Why the row is left out of this deed."""
        if deed.verb in (Verb.REJECT, Verb.DEFER, Verb.ASK):
            return self.decided
        own = self.suggested
        if deed.verb is Verb.TAKE:
            own = next((why for words, why in self.takes if words == deed.meaning), "this choice is not open here")
        return self.decided or self.held or own


@dataclass(frozen=True, slots=True)
class Considered:
    """One row of the set: all that its deeds need, so that its case need not be made again."""

    record_id: int
    event_id: str
    issue: str
    queue: Queue
    likeness: tuple[str, str, tuple[str, ...]]
    open: Openness
    takings: Mapping[str, Taking]
    """Meaning of an option → what it would do; ``""`` stands for the choice made, else the suggestion."""
    bare: Prepared
    """For what takes no option."""
    partner: int
    plain: bool
    """Whether nothing was chosen on it, and nothing is decided with it: it can be entered as it was prepared."""

    def taking(self, deed: Deed) -> Taking:
        """What the deed would do here."""
        if deed.verb in (Verb.REJECT, Verb.DEFER, Verb.ASK):
            return Taking(self.issue, "", self.bare)
        return self.takings.get(deed.meaning) or Taking("", "", self.bare)


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of a plan: with ``kept_back`` it is left out, for that reason."""

    record_id: int
    event_id: str
    effect: str
    token: str
    kept_back: str = ""
    partner: int = 0
    """The record that is decided together with this one."""
    ready: Prepared | None = None
    """What the journal would say of it; ``None`` where the row has to be looked at once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a deed would do."""

    deed: Deed
    applied: tuple[Planned, ...]
    left_out: tuple[Planned, ...]
    head: bytes
    """Hash of the journal's last entry when this was rehearsed."""

    @property
    def beside(self) -> int:
        """Records that are decided along, because they are the other half of a pair and not in the set themselves."""
        own = {row.record_id for row in self.applied}
        return sum(1 for row in self.applied if row.partner and row.partner not in own)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A set, and what can be done with it."""

    title: str
    rows: tuple[Considered, ...]
    deeds: tuple[Deed, ...]
    beyond: int
    """Rows of the set beyond ``MOST``."""
    head: bytes
    """Hash of the journal's last entry: what is rehearsed holds until there is another."""

    def plan(self, deed: Deed) -> Plan:
        """What the deed would do; changes nothing."""
        planned = [_planned(row, deed) for row in self.rows]
        applied = tuple(row for row in planned if not row.kept_back)
        return Plan(deed, applied, tuple(row for row in planned if row.kept_back), self.head)

    def size(self, deed: Deed) -> int:
        """How many rows the deed would touch."""
        return sum(number for row, number in Counter(row.open for row in self.rows).items() if not row.kept_back(deed))


def rows_of_set(session: Session) -> list[int]:
    """The marked rows; where none is marked, those listed that still wait."""
    return sorted(session.marked) or session.waiting_ids()


def rehearse(session: Session) -> Rehearsal:
    """The rehearsal of the marked rows; where none is marked, of those listed that still wait."""
    ids, number = rows_of_set(session), len(session.marked)
    if number:
        title = counted(number, "marked row")
    else:
        shown = "shown" if session.view.filter.values else f"of {session.tab.value}"
        title = f"all {counted(len(ids), 'undecided row')} {shown}"
    rows = tuple(consider(session, ids[:MOST]))
    _, head = journal.head(session.store.connection)
    here = next((row.record_id for row in rows if row.record_id == session.record_id), ids[0] if ids else 0)
    return Rehearsal(title, rows, _deeds(rows, _choices(session, here)), max(0, len(ids) - MOST), head)


def consider(session: Session, record_ids: Sequence[int]) -> Iterator[Considered]:
    """Each of the rows, as far as a set needs it; what is known of one is kept until something is decided on it."""
    for start in range(0, len(record_ids), _AT_ONCE):
        some = record_ids[start : start + _AT_ONCE]
        reviews = session.cases.reviews(some)
        with session.cases.reading_ahead(some):
            for record_id in some:
                known = session.considered.get(record_id)
                if known is None:
                    known = session.considered[record_id] = _considered(session, record_id, reviews[record_id])
                yield known


def _considered(session: Session, record_id: int, review: Review) -> Considered:
    case = session.cases.case(record_id)
    chosen, options = session.cases.decided_option(record_id, review), session.cases.options(record_id, review.picks)
    standing = Standing(record_id, case, review, chosen, True, options)
    # What an option means is what it means without the field choices that are laid over it.
    found = [(meaning(case, plain), option) for plain, option in zip(case.options, options, strict=True)]
    often = Counter(words for words, _ in found)
    takes = tuple(
        (words, "this means several contacts here" if often[words] > 1 else _not_open(standing, option, Verb.TAKE))
        for words, option in dict(found).items()
    )
    takings = {words: _taking(session, standing, option) for words, option in found if often[words] == 1}
    suggested = approvable(standing)
    if suggested:
        takings[""] = _taking(session, standing, suggested)
    state = review.state
    return Considered(
        record_id=record_id,
        event_id=case.event_id,
        issue=case.issue,
        queue=case.verdict.queue,
        likeness=likeness(case),
        open=Openness(_decided(standing), _held(standing), _not_open(standing, suggested, Verb.APPROVE), takes),
        takings=takings,
        bare=session.decisions.prepare(record_id, None),
        partner=case.partner,
        plain=record_id > 0 and not case.partner and not (review.choice or review.picks) and state in _PLAIN,
    )


_PLAIN = (State.PENDING, State.DEFERRED, State.NEEDS_CLIENT)


def _taking(session: Session, standing: Standing, option: Option) -> Taking:
    return Taking(option.effect, option.token, session.decisions.prepare(standing.record_id, option))


def _choices(session: Session, record_id: int) -> list[str]:
    """What the options of a row mean, in the order of their numbers; 0 = no row."""
    case = session.cases.case(record_id) if record_id else None
    return [meaning(case, option) for option in case.options] if case else []


def _deeds(rows: Sequence[Considered], own: Sequence[str]) -> tuple[Deed, ...]:
    """What can be done; a choice has the number that it has on the cursor's row (``own``), others the numbers after."""
    conflicts = (row for row in rows if row.queue is Queue.CONFLICT)
    found = Counter(words for row in conflicts for words in row.takings if words)
    numbers = {words: number for number, words in enumerate(own, 1) if words in found and own.count(words) == 1}
    others = [words for words, _ in found.most_common() if words not in numbers]
    numbers |= {words: number for number, words in enumerate(others, len(own) + 1)}
    takes = [
        Deed(str(number), Verb.TAKE, f"approve: {words}", words)
        for words, number in sorted(numbers.items(), key=lambda item: item[1])
        if number <= _MEANINGS
    ]
    return (
        Deed("a", Verb.APPROVE, "approve the choice made, else the suggestion"),
        *takes,
        Deed("x", Verb.REJECT, "reject, with one reason"),
        Deed("s", Verb.DEFER, "defer"),
        Deed("t", Verb.ASK, "ask the client one question"),
    )


def _planned(row: Considered, deed: Deed) -> Planned:
    taking = row.taking(deed)
    ready = taking.ready if row.plain else None
    kept_back = row.open.kept_back(deed)
    return Planned(row.record_id, row.event_id, taking.effect, taking.token, kept_back, row.partner, ready)


def _decided(standing: Standing) -> str:
    state = standing.review.state
    return "" if state.outstanding else f"{state.value} already"


def _held(standing: Standing) -> str:
    if standing.case.verdict.queue is Queue.ERROR:
        return "an error row: it stays blocked until its source is put right"
    state = standing.review.state
    if state is State.STALE:
        return "its evidence changed since the choice; look at it again"
    if state is State.DEFERRED:
        return "deferred"
    return "waits for the client" if state is State.NEEDS_CLIENT else ""


def _not_open(standing: Standing, option: Option | None, verb: Verb) -> str:
    if option is None:
        return "no choice yet and nothing suggested"
    if option.clears:
        # Clearing a known value is a reviewed change (X22): it is looked at, one by one.
        return "it clears a value: decide it by itself"
    if option.takes_reason and not (verb is Verb.APPROVE and standing.review.reason.strip()):
        return "changes a protected field; that takes a typed reason, row by row"
    return ""


def apply(session: Session, plan: Plan, words: str) -> Saved:
    """Do it: one entry per row, all of them or none.

    Raises ``DecisionRefused`` where anything was entered since it was rehearsed: what was shown is not what is there.
    """
    if journal.head(session.store.connection)[1] != plan.head:
        words = "something was decided or loaded since this was rehearsed; press {apply_set} again."
        raise DecisionRefused(session.settings.told(words))
    verb = plan.deed.verb

    def act(decisions: Decisions) -> Saved:
        saved = []
        for plain, rows in groupby(plan.applied, key=lambda row: row.ready is not None):
            if plain:
                saved.append(decisions.enter([row.ready for row in rows if row.ready], _CHOICES[verb], words))
            else:
                saved += [_one(decisions, verb, row.record_id, row.token, words) for row in rows]
        return replace(saved[-1], rows=len(plan.applied))

    return session.decide_set(act, f"→ {plan.deed.done}")


_CHOICES = {
    Verb.APPROVE: Choice.APPROVE,
    Verb.TAKE: Choice.APPROVE,
    Verb.REJECT: Choice.REJECT,
    Verb.DEFER: Choice.DEFER,
    Verb.ASK: Choice.NEEDS_CLIENT,
}


def _one(decisions: Decisions, verb: Verb, record_id: int, token: str, words: str) -> Saved:
    match verb:
        case Verb.REJECT:
            return decisions.reject(record_id, words)
        case Verb.DEFER:
            return decisions.defer(record_id)
        case Verb.ASK:
            return decisions.ask(record_id, words)
        case _:
            return decisions.approve(record_id, token=token)
