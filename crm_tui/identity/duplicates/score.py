"""The score of seed 002, and the same score over what two records have in common (2.34 to 2.39, X1, X2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein


class Person(NamedTuple):
    """What the scan compares of a record; ``""`` where it has none.  A company often has neither e-mail nor phone."""

    number: int
    """Names the record; a record is never compared with itself."""
    email: str
    """Compared form."""
    phone: str
    """E.164."""
    name: str
    company: str
    ids: frozenset[tuple[str, str]] = frozenset()
    """(system, id) that identify the person for certain: two records that share one are the same."""


class Factor(IntEnum):
    """What two records can have in common, in the order of the seed."""

    EMAIL = 0
    PHONE = 1
    NAME = 2
    COMPANY = 3


@dataclass(frozen=True, slots=True)
class Scoring:
    """Weights and thresholds; the defaults are the seed's (2.36, 2.37)."""

    weights: Mapping[Factor, float] = field(
        default_factory=lambda: MappingProxyType(
            {Factor.EMAIL: 0.40, Factor.PHONE: 0.25, Factor.NAME: 0.20, Factor.COMPANY: 0.15}
        )
    )
    name_above: float = 0.85
    company_above: float = 0.80
    threshold: float = 0.70
    fewest: int = 1
    """How many factors have to agree at least: two of the same name, and nothing else known of them, are two."""


class Match(NamedTuple):
    """Two records that may be the same; the one result of every phase (X2)."""

    first: int
    second: int
    score: float
    """The seed's confidence, 0 to 1."""
    comparable: float
    """Sum of the weights of the fields that both records have."""
    factors: Mapping[str, float]
    """Field → 1.0 for an equal e-mail or phone, else the similarity that counted."""
    exact: bool
    """Phase 1: the same e-mail and phone, or an id that identifies for certain."""

    @property
    def relative(self) -> float:
        """The score over what could be compared, 0 to 1: .65 of .85 comparable is .76 (X1)."""
        return 1.0 if self.exact else self.score / self.comparable if self.comparable else 0.0

    @property
    def confidence(self) -> float:
        """The greater of the two scores."""
        return max(self.score, self.relative)


def similarity(first: str, second: str) -> float:
    """1 − Levenshtein distance ÷ the longer length, small and capital letters alike (2.39)."""
    one, two = first.lower(), second.lower()
    return float(Levenshtein.normalized_similarity(one, two)) if one or two else 1.0


def compare(first: Person, second: Person, scoring: Scoring) -> Match:
    """Score two records by both phases."""
    weights = scoring.weights
    factors: dict[str, float] = {}
    score = comparable = 0.0
    for factor, one, two, above in (
        (Factor.EMAIL, first.email, second.email, None),
        (Factor.PHONE, first.phone, second.phone, None),
        (Factor.NAME, first.name, second.name, scoring.name_above),
        (Factor.COMPANY, first.company, second.company, scoring.company_above),
    ):
        if not one or not two:
            continue
        comparable += weights[factor]
        alike = float(one == two) if above is None else similarity(one, two)
        if alike > (above or 0.0):
            score += weights[factor] * alike
            factors[factor.name.lower()] = alike
    exact = bool(first.ids & second.ids) or {"email", "phone"} <= factors.keys()
    low, high = sorted((first.number, second.number))
    return Match(low, high, 1.0 if exact else round(score, 12), round(comparable, 12), factors, exact)


def is_duplicate(match: Match, scoring: Scoring, *, relative: bool) -> bool:
    """Whether a match reaches the threshold, by the seed's score or by the one over what is comparable."""
    if match.exact or len(match.factors) < scoring.fewest:
        return match.exact
    return (match.relative if relative else match.score) >= scoring.threshold
