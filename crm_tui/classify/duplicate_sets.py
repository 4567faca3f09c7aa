"""Which merges may be planned many at a time.  A merge cannot be undone, so what is in any doubt is looked at alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from crm_tui.model import Case, CaseField, Lock, Option, Queue, Side, Staged
from crm_tui.systems.fields import Type
from crm_tui.text import one_of

if TYPE_CHECKING:
    from crm_tui.identity.duplicates.scan import Suspect

SURE = 0.95
"""Least probability of every pair of a group that may be in a set: half the doubt at which a pair is suggested."""
KEEP_FULLEST = "keep the fullest, nothing is given up"
KEEP_FULLEST_ANYWAY = "keep the fullest, give up what differs"
SET_MEANINGS = (KEEP_FULLEST, KEEP_FULLEST_ANYWAY)
"""What can be taken on many groups; on each it is one record that stays, or none where that is another one."""

NOT_MEANT = {
    KEEP_FULLEST: "other values would be given up",
    KEEP_FULLEST_ANYWAY: "nothing would be given up",
}
"""Why one of them is not what keeping the fullest record comes to."""


def alone(pairs: Sequence[Suspect], *, person: bool, whole: bool, doubted: bool) -> str:
    """Why a group is decided by itself, never in a set; ``""`` = it may be in one.

    ``person``: of people, not of companies; ``whole``: whether each record resembles each; ``doubted``: whether
    choosing one takes a typed reason.
    """
    if doubted:
        return "different records in another system; that takes a typed reason, one by one"
    if not whole:
        return "not each of its records resembles each; look at it by itself"
    if all(_sure(one, person) for one in pairs):
        return ""
    if any(one.probability is not None for one in pairs):
        return f"less than {SURE:.0%} probable; look at it by itself"
    return "too little in common to be sure; look at it by itself"


def _sure(one: Suspect, person: bool) -> bool:
    """Records too few for a probability have to agree in e-mail, phone and name: a family shares the first two."""
    if one.probability is not None:
        return one.probability >= SURE
    return {"email", "phone", "name" if person else "company"} <= one.match.factors.keys()


def set_meaning(case: Case, option: Option) -> str:
    """What the option means in words that hold for other groups too, with the field choices laid over it; ``""`` where
    another record has more values, so that nobody takes it many at a time."""
    if fullest(case.fields, case.sides).option != option.token:
        return ""
    return KEEP_FULLEST_ANYWAY if _given_up(case, option) else KEEP_FULLEST


def not_in_a_set(case: Case, option: Option, chosen: Option | None) -> str:
    """Why this record of a group is not kept by a key that is about many groups; ``""`` = it may be."""
    if case.verdict.queue is not Queue.DUPLICATE:
        return ""
    if chosen and chosen.token != option.token:
        return f"{chosen.token} was chosen to stay"
    guarded = [field.label for field in _given_up(case, option) if field.lock is not Lock.NONE]
    if case.alone or not guarded:
        return case.alone
    return f"the other {one_of(guarded, 'and')} would be given up; look at it by itself"


def _given_up(case: Case, option: Option) -> list[CaseField]:
    if option.staged is None or option.draft is None:
        return []
    return given_up(case.fields, option.staged, {name: text or "" for name, text in option.draft.before.items()})


def fullest(fields: Sequence[CaseField], sides: Iterable[Side]) -> Side:
    """The record with the most values."""
    return max(sides, key=lambda side: (filled(fields, side), side.option))


def filled(fields: Iterable[CaseField], side: Side) -> int:
    """How many fields have a value on a side."""
    return sum(field.offer(side.key) is not None for field in fields)


def given_up(fields: Iterable[CaseField], staged: Staged, own: Mapping[str, str]) -> list[CaseField]:
    """The fields of which another record has a value that no merged record would keep; ``own`` are those of the one
    that stays."""
    return [field for field in fields if _loses(field, staged.values.get(field.name, own[field.name]) or "")]


def _loses(field: CaseField, kept: str) -> bool:
    if field.type in (Type.LIST, Type.CONSENT):
        return False
    return any(text and text.casefold() != kept.casefold() for _, text in field.offers)
