"""The row under the cursor, and which keys would do something on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from crm_tui.classify.fields import asks_who
from crm_tui.classify.options import meaning
from crm_tui.console.settings import Settings
from crm_tui.model import Case, Option, Queue, Review, State
from crm_tui.systems.fields import Type
from crm_tui.workspace.memory import Earlier

MOST = 50_000
"""Rows of one rehearsal: half a minute to judge, and some seconds to enter."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The row under the cursor with everything that is drawn of it."""

    record_id: int
    case: Case
    review: Review
    chosen: Option | None
    """The choice made, with the field choices laid over it."""
    latest: bool
    options: tuple[Option, ...]
    """The options open here, with the field choices laid over them."""
    earlier: Earlier | None = None
    """A decision on the same disagreement, offered for this row."""

    def option(self, token: str) -> Option | None:
        """The option of that token or journal name."""
        return next((option for option in self.options if token.lower() in (option.token.lower(), option.name)), None)


def in_time(standing: Standing, settings: Settings) -> Standing:
    """The same with its times in the zone and the form that were set: in cells, in fields and in every sentence."""
    if settings.as_written:
        return standing
    case, told = standing.case, settings.times_in

    def option(one: Option) -> Option:
        return replace(one, label=told(one.label), effect=told(one.effect))

    drawn = replace(
        case,
        rows=tuple(
            row._replace(values=tuple(map(settings.time, row.values))) if row.field.endswith("_at") else row
            for row in case.rows
        ),
        fields=tuple(
            replace(field, offers=tuple((side, value and settings.time(value)) for side, value in field.offers))
            if field.type == Type.TIME
            else field
            for field in case.fields
        ),
        why=told(case.why),
        suggestion_text=told(case.suggestion_text),
        options=tuple(map(option, case.options)),
        evidence=tuple(replace(item, text=told(item.text)) for item in case.evidence),
        notes=tuple(note._replace(text=told(note.text)) for note in case.notes),
    )
    before = standing.earlier
    return replace(
        standing,
        case=drawn,
        review=replace(standing.review, at=settings.time(standing.review.at)),
        chosen=option(standing.chosen) if standing.chosen else None,
        options=tuple(map(option, standing.options)),
        earlier=before._replace(at=settings.time(before.at)) if before else None,
    )


def approvable(standing: Standing) -> Option | None:
    """What ``a`` would approve: the choice, else the suggestion."""
    if standing.review.state is State.APPROVED or standing.case.verdict.queue is Queue.ERROR:
        return None
    if standing.chosen and standing.review.state is not State.STALE:
        return standing.chosen
    return standing.option(standing.case.suggestion) if standing.case.suggestion else None


def side_tokens(case: Case) -> list[str]:
    """Tokens of the sides that can be chosen, as they stand on the screen from left to right."""
    return [option.token for option in case.options if any(side.option == option.token for side in case.sides)]


def likeness(case: Case) -> tuple[str, str, tuple[str, ...]]:
    """What rows share that are alike: rule, source and the set of open choices, by their meaning; groups of duplicates
    what agrees in their records, how many and of what kind those are, and the choices."""
    choices = tuple(sorted(meaning(case, option) for option in case.options))
    if case.verdict.queue is Queue.DUPLICATE:
        return case.why, case.noun, choices
    return case.verdict.rule, case.source, choices


def takes_contacts(case: Case) -> bool:
    """Whether another contact of the map can be chosen."""
    return asks_who(case)


def _has_choice(review: Review) -> bool:
    return bool(review.choice or review.picks)


CHECKS: dict[str, Callable[[Standing], bool]] = {
    "recall": lambda standing: standing.earlier is not None,
    "approve": lambda standing: approvable(standing) is not None,
    "clear": lambda standing: _has_choice(standing.review) and standing.review.state is not State.APPROVED,
    "map_contact": lambda standing: takes_contacts(standing.case),
    "choose_left": lambda standing: bool(side_tokens(standing.case)),
    "choose_right": lambda standing: bool(side_tokens(standing.case)),
}
