"""The row under the cursor, and which keys would do something on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crm_tui.classify.options import meaning
from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.model import Case, Option, Queue, Review, State


@dataclass(frozen=True, slots=True)
class Standing:
    """The row under the cursor with everything that is drawn of it."""

    record_id: int
    case: Case
    review: Review
    chosen: Option | None
    latest: bool


def approvable(standing: Standing) -> Option | None:
    """What ``a`` would approve: the choice, else the suggestion."""
    if standing.review.state is State.APPROVED or standing.case.verdict.queue is Queue.ERROR:
        return None
    if standing.chosen and standing.review.state is not State.STALE:
        return standing.chosen
    return standing.case.option(standing.case.suggestion) if standing.case.suggestion else None


def side_tokens(case: Case) -> list[str]:
    """Tokens of the sides that can be chosen, as they stand on the screen from left to right."""
    return [option.token for option in case.options if any(side.option == option.token for side in case.sides)]


def likeness(case: Case) -> tuple[str, str, tuple[str, ...]]:
    """What rows share that are alike: rule, source and the set of open choices, by their meaning."""
    return case.verdict.rule, case.source, tuple(sorted(meaning(case, option) for option in case.options))


def takes_contacts(case: Case) -> bool:
    """Whether another contact of the map can be chosen."""
    return case.verdict.queue is Queue.CONFLICT and case.verdict.rule in IDENTITY_CONFLICTS


CHECKS: dict[str, Callable[[Standing], bool]] = {
    "approve": lambda standing: approvable(standing) is not None,
    "clear": lambda standing: bool(standing.review.choice) and standing.review.state is not State.APPROVED,
    "map_contact": lambda standing: takes_contacts(standing.case),
    "choose_left": lambda standing: bool(side_tokens(standing.case)),
    "choose_right": lambda standing: bool(side_tokens(standing.case)),
}
