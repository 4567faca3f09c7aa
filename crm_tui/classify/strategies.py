"""The strategies of seed 002 and the rules of seed 003, as named suggestions: a strategy never decides (D5, X4, X26).

Each looks at one field on which two records differ and says which system's value it would take, or why it cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import Strategy
from crm_tui.classify.times import strictly_earlier
from crm_tui.systems import label


class Record(NamedTuple):
    """What a strategy looks at of one side."""

    system: str
    values: Mapping[str, str]
    """Canonical field → canonical text."""
    modified_at: str
    """When the record was last changed, as its system says; ``""`` = not said."""


class Question(NamedTuple):
    """One field on which two records differ."""

    field: str
    here: Record
    there: Record
    policy: Policy


class Advice(NamedTuple):
    """What a strategy says of one field."""

    system: str
    """The system whose value it would take; ``""`` = it cannot tell."""
    reason: str
    """The strategy's name and why, in a sentence fragment."""


def advise(question: Question) -> Advice:
    """What the policy's strategy for the field suggests."""
    return _STRATEGIES[question.policy.strategies.of(question.field)](question)


def _newest(question: Question) -> Advice:
    """2.9: the later record; times that cannot be compared, and ties, tell nothing (X33)."""
    _, here, there, _ = question
    earlier = strictly_earlier(here.modified_at, there.modified_at)
    later = strictly_earlier(there.modified_at, here.modified_at)
    if earlier is None or later is None:
        return Advice("", "last-modified-wins cannot tell: a time of change is missing or has no offset")
    if earlier is later:
        return Advice("", "last-modified-wins cannot tell: both were changed at the same moment")
    newer = there if earlier else here
    return Advice(newer.system, f"last-modified-wins: {label(newer.system)}'s record was changed later")


def _source_system(question: Question) -> Advice:
    """2.10: the system that the policy names."""
    _, here, there, policy = question
    named = policy.strategies.source_system
    if named in (here.system, there.system):
        return Advice(named, f"source-system-wins: the policy names {label(named)}")
    return Advice("", "source-system-wins cannot tell: the policy's system is neither of the two")


def _priority(question: Question) -> Advice:
    """2.11: the priority map names a system, or ``newest``, per field."""
    field, here, there, policy = question
    named = policy.strategies.priority.get(field, "")
    if named == "newest":
        found = _newest(question)
        return found._replace(reason=found.reason.replace("last-modified-wins", "field-level-merge, newest"))
    if named in (here.system, there.system):
        return Advice(named, f"field-level-merge: the priority of this field is {label(named)}'s")
    return Advice("", "field-level-merge cannot tell: the priority map names neither of the two for this field")


def _most_complete(question: Question) -> Advice:
    """The record with more values in the fields that both systems have."""
    _, here, there, _ = question
    shared = here.values.keys() & there.values.keys()
    ours, theirs = (sum(bool(one.values[name].strip()) for name in shared) for one in (here, there))
    if ours == theirs:
        return Advice("", "most-complete cannot tell: both records have as many values")
    fuller = here if ours > theirs else there
    return Advice(fuller.system, f"most-complete: {label(fuller.system)}'s record has more values")


def _manual(_: Question) -> Advice:
    """2.12: nothing is suggested."""
    return Advice("", "manual-review: which value stands, is a person's call")


_STRATEGIES: dict[Strategy, Callable[[Question], Advice]] = {
    Strategy.LAST_MODIFIED_WINS: _newest,
    Strategy.SOURCE_SYSTEM_WINS: _source_system,
    Strategy.FIELD_LEVEL_MERGE: _priority,
    Strategy.MOST_COMPLETE: _most_complete,
    Strategy.MANUAL_REVIEW: _manual,
}
