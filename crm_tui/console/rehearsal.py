"""The rehearsal of "approve all": the exact rows, and those left out with the reason, before one key applies it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crm_tui.console.session import Session, Tab
from crm_tui.console.standing import Standing, approvable
from crm_tui.model import Queue, Review, State
from crm_tui.workspace.decisions import Saved

MOST = 2_000
"""Rows of one rehearsal: more than anybody reads, few enough to list at once."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of the list: with ``kept_back`` it is left out, for that reason."""

    record_id: int
    event_id: str
    issue: str
    effect: str
    kept_back: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What applying would do."""

    tab: Tab
    approved: tuple[Planned, ...]
    left_out: tuple[Planned, ...]
    beyond: int
    """Rows that wait beyond ``MOST``."""


def rehearse(session: Session) -> Rehearsal:
    """What approving all rows of the present tab would do; changes nothing."""
    ids = session.cases.ids(session.tab.queue, open_only=True) if session.tab.queue else []
    reviews = session.cases.reviews(ids[:MOST])
    planned = [_planned(session, record_id, reviews[record_id]) for record_id in ids[:MOST]]
    approved = tuple(row for row in planned if not row.kept_back)
    left_out = tuple(row for row in planned if row.kept_back)
    return Rehearsal(session.tab, approved, left_out, max(0, len(ids) - MOST))


def _planned(session: Session, record_id: int, review: Review) -> Planned:
    case = session.cases.case(record_id)
    chosen = session.cases.option(record_id, review.choice) if review.choice else None
    standing = Standing(record_id, case, review, chosen, True)
    option = approvable(standing)
    reason = _kept_back(standing, option.locked if option else False)
    return Planned(record_id, case.event_id, case.issue, option.effect if option else "", reason)


def _kept_back(standing: Standing, locked: bool) -> str:
    state, conflict = standing.review.state, standing.case.verdict.queue is Queue.CONFLICT
    if state is State.STALE:
        return "its evidence changed since the choice; look at it again"
    if state is State.DEFERRED:
        return "deferred"
    if state is State.NEEDS_CLIENT:
        return "waits for the client"
    if locked and not standing.review.reason.strip():
        return "changes a protected field; that takes a typed reason"
    if conflict and standing.chosen is None:
        return "only suggested; look at it and press a" if standing.case.suggestion else "no choice yet"
    return ""


def apply(session: Session, rehearsal: Rehearsal) -> Iterator[Saved]:
    """Approve the rows one by one, each its own journal entry; stop between two and nothing is half done."""
    for row in rehearsal.approved:
        yield session.decide_record(row.record_id, lambda decisions, record_id: decisions.approve(record_id))
