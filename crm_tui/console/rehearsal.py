"""The rehearsal of a set: for each thing that can be done with its rows, the exact rows, and those left out and why.

Nothing is written before one key applies it; then every row is its own journal entry, all in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm_tui.classify.options import meaning
from crm_tui.console.session import Session
from crm_tui.console.standing import MOST, Standing, approvable
from crm_tui.model import Option, Outcome, Queue, Review, State
from crm_tui.text import counted
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.undoing import Saved

_MEANINGS = 9


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


@dataclass(frozen=True, slots=True)
class Considered:
    """One row of the set."""

    standing: Standing
    meanings: Mapping[str, Option]
    unclear: frozenset[str]
    """Meanings that several options have: one e-mail may stand on two contacts."""


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a deed would do."""

    deed: Deed
    applied: tuple[Planned, ...]
    left_out: tuple[Planned, ...]

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

    def plan(self, deed: Deed) -> Plan:
        """What the deed would do; changes nothing."""
        planned = [_planned(row, deed) for row in self.rows]
        applied = tuple(row for row in planned if not row.kept_back)
        return Plan(deed, applied, tuple(row for row in planned if row.kept_back))

    def writing(self, deed: Deed) -> int:
        """On how many rows the option that the deed takes stages something."""
        options = [row.meanings[deed.meaning] for row in self.rows if deed.meaning in row.meanings]
        return sum(any(one and one.operation is not Outcome.NO_WRITE for one in (o.staged, o.beside)) for o in options)


def rehearse(session: Session) -> Rehearsal:
    """The rehearsal of the marked rows; where none is marked, of those listed that still wait."""
    marked = session.marked
    if marked:
        ids, title = sorted(marked), counted(len(marked), "marked row")
    else:
        ids = session.waiting_ids()
        shown = "shown" if session.view.filter.values else f"of {session.tab.value}"
        title = f"all {counted(len(ids), 'undecided row')} {shown}"
    reviews = session.cases.reviews(ids[:MOST])
    with session.cases.reading_ahead(ids[:MOST]):
        rows = tuple(_considered(session, record_id, reviews[record_id]) for record_id in ids[:MOST])
    return Rehearsal(title, rows, _deeds(rows), max(0, len(ids) - MOST))


def _considered(session: Session, record_id: int, review: Review) -> Considered:
    case = session.cases.case(record_id)
    chosen, options = session.cases.decided_option(record_id, review), session.cases.options(record_id, review.picks)
    # What an option means is what it means without the field choices that are laid over it.
    found = [(meaning(case, plain), option) for plain, option in zip(case.options, options, strict=True)]
    often = Counter(words for words, _ in found)
    meanings = {words: option for words, option in found if often[words] == 1}
    unclear = frozenset(words for words, number in often.items() if number > 1)
    return Considered(Standing(record_id, case, review, chosen, True, options), meanings, unclear)


def _deeds(rows: Sequence[Considered]) -> tuple[Deed, ...]:
    conflicts = [row for row in rows if row.standing.case.verdict.queue is Queue.CONFLICT]
    found = Counter(words for row in conflicts for words in row.meanings)
    takes = [
        Deed(str(number), Verb.TAKE, f"approve: {words}", words)
        for number, (words, _) in enumerate(found.most_common(_MEANINGS), 1)
    ]
    return (
        Deed("a", Verb.APPROVE, "approve the choice made, else the suggestion"),
        *takes,
        Deed("x", Verb.REJECT, "reject, with one reason"),
        Deed("s", Verb.DEFER, "defer"),
        Deed("t", Verb.ASK, "ask the client one question"),
    )


def _planned(row: Considered, deed: Deed) -> Planned:
    standing = row.standing
    case = standing.case
    if deed.verb in (Verb.REJECT, Verb.DEFER, Verb.ASK):
        return Planned(standing.record_id, case.event_id, case.issue, "", _decided(standing), case.partner)
    option = approvable(standing) if deed.verb is Verb.APPROVE else row.meanings.get(deed.meaning)
    unclear = "this means several contacts here" if deed.meaning in row.unclear else ""
    kept_back = _decided(standing) or _held(standing) or unclear or _not_open(standing, option, deed)
    token = option.token if option else ""
    effect = option.effect if option else ""
    return Planned(standing.record_id, case.event_id, effect, token, kept_back, case.partner)


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


def _not_open(standing: Standing, option: Option | None, deed: Deed) -> str:
    if option is None:
        return "no choice yet and nothing suggested" if deed.verb is Verb.APPROVE else "this choice is not open here"
    if option.clears:
        # Clearing a known value is a reviewed change (X22): it is looked at, one by one.
        return "it clears a value: decide it by itself"
    if option.takes_reason and not (deed.verb is Verb.APPROVE and standing.review.reason.strip()):
        return "changes a protected field; that takes a typed reason, row by row"
    return ""


def apply(session: Session, plan: Plan, words: str) -> Saved:
    """Do it: one entry per row, all of them or none."""
    tokens = {row.record_id: row.token for row in plan.applied}

    def act(decisions: Decisions, record_id: int) -> Saved:
        match plan.deed.verb:
            case Verb.REJECT:
                return decisions.reject(record_id, words)
            case Verb.DEFER:
                return decisions.defer(record_id)
            case Verb.ASK:
                return decisions.ask(record_id, words)
            case _:
                return decisions.approve(record_id, token=tokens[record_id])

    return session.decide_set(list(tokens), act, f"→ {plan.deed.done}")
