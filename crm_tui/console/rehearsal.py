"""The rehearsal of a set: for each thing that can be done with its rows, the exact rows, and those left out and why.

Nothing is written before one key applies it; then every row is its own journal entry, all in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from crm_tui.classify.duplicate_sets import NOT_MEANT, SET_MEANINGS, not_in_a_set
from crm_tui.classify.duplicates import FOR_GOOD
from crm_tui.classify.options import meaning
from crm_tui.console.deeds import CHOICES, LEAVING, Deed, Verb, deeds_of_groups, deeds_of_rows
from crm_tui.console.session import Session
from crm_tui.console.standing import MOST, Standing, approvable, likeness
from crm_tui.console.tabs import Tab
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, Option, Queue, Review, State
from crm_tui.text import counted
from crm_tui.workspace import journal
from crm_tui.workspace.decisions import Decisions, Prepared
from crm_tui.workspace.undoing import Saved

_AT_ONCE = 500
"""Rows whose records are read with one query."""


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
        if deed.verb in LEAVING:
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
    meanings: tuple[str, ...]
    """What its options mean, in the order of their numbers."""
    takings: Mapping[str, Taking]
    """Meaning of an option → what it would do; ``""`` stands for the choice made, else the suggestion."""
    bare: Prepared
    """For what takes no option."""
    partner: int
    plain: bool
    """Whether nothing was chosen on it, and nothing is decided with it: it can be entered as it was prepared."""
    losers: int = 0
    """Of a group of duplicates, the records that a merge would take in."""

    def taking(self, deed: Deed) -> Taking:
        """What the deed would do here."""
        if deed.verb in LEAVING:
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
    losers: int = 0
    """Records that the deed would merge into another."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a deed would do."""

    deed: Deed
    applied: tuple[Planned, ...]
    left_out: tuple[Planned, ...]
    head: bytes
    """Hash of the journal's last entry when this was rehearsed."""

    @property
    def losers(self) -> int:
        """Records that would be merged into others, which nobody can take back once it is done in their system."""
        return sum(row.losers for row in self.applied)

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
    noun: str
    """``row`` or ``group``."""

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
    # Groups have negative numbers: the first one found has the greatest.
    return sorted(session.marked, key=abs) or session.waiting_ids()


def rehearse(session: Session) -> Rehearsal:
    """The rehearsal of the marked rows; where none is marked, of those listed that still wait."""
    ids, number, noun = rows_of_set(session), len(session.marked), session.tab.noun
    if number:
        title = counted(number, f"marked {noun}")
    else:
        shown = "shown" if session.view.filter.values else f"of {session.tab.value}"
        title = f"all {counted(len(ids), f'undecided {noun}')} {shown}"
    rows = tuple(consider(session, ids[:MOST]))
    _, head = journal.head(session.store.connection)
    found = Counter(words for row in rows if row.queue.held for words in row.takings if words)
    if session.tab is Tab.DUPLICATES:
        deeds = deeds_of_groups(found)
    else:
        deeds = deeds_of_rows(found, [row.meanings for row in rows if row.queue.held])
    return Rehearsal(title, rows, deeds, max(0, len(ids) - MOST), head, noun)


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
    found = _meant(case, options)
    often = Counter(words for words, _ in found)
    takes = tuple(
        (words, "this means several contacts here" if often[words] > 1 else _not_open(standing, option, Verb.TAKE))
        for words, option in dict(found).items()
    )
    if standing.record_id < 0:
        takes += tuple((words, NOT_MEANT[words]) for words in SET_MEANINGS if words not in often)
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
        meanings=tuple(words for words, _ in found),
        takings=takings,
        bare=session.decisions.prepare(record_id, None),
        partner=case.partner,
        plain=record_id > 0 and not case.partner and not (review.choice or review.picks) and state in _PLAIN,
        losers=len(case.sides) - 1 if case.verdict.queue is Queue.DUPLICATE else 0,
    )


def _meant(case: Case, options: Sequence[Option]) -> list[tuple[str, Option]]:
    """What each option means in words that hold for other rows too, as far as it means anything there."""
    if case.verdict.queue is Queue.DUPLICATE:
        # What a merge gives up depends on the field choices that are laid over it.
        return [(words, option) for option in options if (words := meaning(case, option))]
    # What an option means is what it means without the field choices that are laid over it.
    return [(meaning(case, plain), option) for plain, option in zip(case.options, options, strict=True)]


_PLAIN = (State.PENDING, State.DEFERRED, State.NEEDS_CLIENT)


def _taking(session: Session, standing: Standing, option: Option) -> Taking:
    case, effect = standing.case, option.effect
    if case.verdict.queue is Queue.DUPLICATE:
        # That it cannot be undone is said once, above them all; who they are is not in the words of a merge.
        effect = f"{case.issue}. {effect.removesuffix(FOR_GOOD).rstrip()}"
    return Taking(effect, option.token, session.decisions.prepare(standing.record_id, option))


def _planned(row: Considered, deed: Deed) -> Planned:
    taking = row.taking(deed)
    ready = taking.ready if row.plain else None
    kept_back = row.open.kept_back(deed)
    losers = 0 if deed.verb in LEAVING else row.losers
    return Planned(row.record_id, row.event_id, taking.effect, taking.token, kept_back, row.partner, ready, losers)


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
    if verb is Verb.TAKE and (why := not_in_a_set(standing.case, option, standing.chosen)):
        return why
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
                saved.append(decisions.enter([row.ready for row in rows if row.ready], CHOICES[verb], words))
            else:
                saved += [_one(decisions, verb, row.record_id, row.token, words) for row in rows]
        first, last = saved[0].seq, max(max(one.seq, one.last) for one in saved)
        # Each entry of the set is about a row of its own, those that are decided with another among them.
        return replace(saved[-1], seq=first, rows=last - first + 1, last=last)

    return session.decide_set(act, f"→ {plan.deed.done}")


def _one(decisions: Decisions, verb: Verb, record_id: int, token: str, words: str) -> Saved:
    match verb:
        case Verb.REJECT | Verb.PART:
            return decisions.reject(record_id, words)
        case Verb.DEFER:
            return decisions.defer(record_id)
        case Verb.ASK:
            return decisions.ask(record_id, words)
        case _:
            return decisions.approve(record_id, token=token)
