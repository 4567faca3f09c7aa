"""The sections of a policy file, each a model that says which key is wrong; ``policy.py`` puts them together."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from crm_tui.model import Outcome

Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Section(BaseModel):
    """A table of the file; a key that it does not know is an error."""

    # Deferred: each section is checked within the whole, so only that is compiled.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class Route(Section):
    """What a row of one table may do, and where."""

    destination: Word
    """System that the rows are staged for."""
    outcome: Literal[Outcome.UPSERT, Outcome.UPDATE, Outcome.APPEND, Outcome.SOFT_DELETE, Outcome.NO_WRITE]
    object: Literal["appointment", "contact", "activity", "opportunity"]


class Slice(Section):
    """One trigger, one match policy, one review queue (seed 001, acceptance check 4)."""

    id: Line
    trigger: Word
    """Name of the table whose rows the slice reviews."""
    match_policy: Line
    review_queue: Line


class Own(Section):
    """Our own addresses, mail domains and numbers, by which the other party of a message or call is told."""

    emails: tuple[Line, ...]
    domains: tuple[Word, ...]
    phones: tuple[Line, ...]


class FieldRules(Section):
    """Which canonical fields a plain key must not overwrite."""

    protected: frozenset[Word]
    identity: frozenset[Word]
    record_protected: frozenset[Word]
    """Protected as well where whole records are compared, but not in a single change event (X14)."""
    internal: frozenset[Word]
    """Never compared and never staged."""
    review: frozenset[Word]
    """A change waits for a person, even where only one side has changed."""
    directions: dict[Word, Annotated[str, StringConstraints(pattern=r"^[a-z-]+->[a-z-]+$")]]
    """Field → ``salesforce->hubspot``: only the first system's value is ever written to the second."""


class AppointmentRules(Section):
    """Words allowed as appointment status."""

    statuses: tuple[Word, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The words as compared."""
        return frozenset(plain_word(word) for word in self.statuses)


class ActivityRules(Section):
    """Activity types that need no note."""

    types: tuple[Word, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The words as compared."""
        return frozenset(plain_word(word) for word in self.types)


_SHORT = 256
"""Characters of a wish whose meaning is remembered."""
_FIRST = re.compile(r"\W*([^\W\d_]+)")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
"""Words of a text, also of ``camelCase`` and ``snake_case``."""


class PriorityRules(Section):
    """Which rows a queue lists first when it is ordered by priority (2.26); what is judged does not hang on it."""

    high: tuple[Word, ...]
    """Activity types; an appointment of a calendar is a ``meeting``."""

    @cached_property
    def known(self) -> frozenset[str]:
        """The words as compared."""
        return frozenset(plain_word(word) for word in self.high)


class ClaimWords(Section):
    """First words of a claim, by the kind of operation that they ask for (requirements X30)."""

    append: frozenset[Word]
    upsert: frozenset[Word]
    create: frozenset[Word]
    other: frozenset[Word]
    hold: frozenset[Word]
    payment: frozenset[Word]

    @model_validator(mode="after")
    def _one_meaning(self) -> ClaimWords:
        seen: dict[str, str] = {}
        for kind in ("append", "upsert", "create", "other", "hold"):
            for word in getattr(self, kind):
                if word in seen:
                    raise ValueError(f"the word {word!r} stands under {seen[word]} and under {kind}")
                seen[word] = kind
        return self

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Word → kind."""
        kinds = ("append", "upsert", "create", "other", "hold")
        return {word: kind for kind in kinds for word in getattr(self, kind)}

    def fault(self, wish: str, activity: str, field: str, outcome: Outcome) -> str:
        """Why a row that wishes so is held where its rows may only do ``outcome``: ``payment``, ``hold``, ``other`` (a
        wish of another kind), ``unknown``; ``""`` when it is not.

        In its activity type and the name of its field a word that begins with one for payment counts too (1.1).
        """
        short = len(wish) + len(activity) + len(field) <= _SHORT
        return (self._remembered if short else self._fault)(wish, activity, field, outcome)

    @cached_property
    def _remembered(self) -> Callable[[str, str, str, Outcome], str]:
        """Exports write few different wishes."""
        return lru_cache(maxsize=1 << 12)(self._fault)

    def _fault(self, wish: str, activity: str, field: str, outcome: Outcome) -> str:
        words = (word.lower() for text in (wish, activity, field) for word in _WORDS.findall(text))
        if any(word.startswith(self._payment) for word in words):
            return "payment"
        first = _FIRST.match(wish.lower())
        if first is None:
            return "unknown" if wish else ""
        kind = self.kinds.get(first[1], "unknown")
        return "" if kind == outcome else kind if kind in ("hold", "unknown") else "other"

    @cached_property
    def _payment(self) -> tuple[str, ...]:
        return tuple(self.payment)


class Strategy(StrEnum):
    """Named suggestions for a field on which two records differ (2.9 to 2.12)."""

    LAST_MODIFIED_WINS = "last-modified-wins"
    SOURCE_SYSTEM_WINS = "source-system-wins"
    FIELD_LEVEL_MERGE = "field-level-merge"
    MOST_COMPLETE = "most-complete"
    MANUAL_REVIEW = "manual-review"


class StrategyRules(Section):
    """Which strategy suggests a value for which field; none of them decides."""

    default: Strategy
    source_system: Word | Literal[""]
    fields: dict[Word, Strategy]
    priority: dict[Word, Word]
    """For field-level-merge: field → system, or ``newest``."""

    def of(self, field: str) -> Strategy:
        """The strategy for a field: its own; one with a priority is merged by it; else the default."""
        return self.fields.get(field) or (Strategy.FIELD_LEVEL_MERGE if field in self.priority else self.default)


_SEPARATORS = re.compile(r"[\s_\-]+")


def plain_word(text: str) -> str:
    """A word as the policy compares it: lower case, without blanks, dashes and underscores."""
    return _SEPARATORS.sub("", text).lower()
