"""One scan of the records of one system and kind: the pairs that may be the same, each with both scores (2.34 to 2.39).

The seed's score tells with which factors two records agree; the Fellegi–Sunter model tells how probable it is that
they are the same, and what each field adds.  Whoever decides sees both (X1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from crm_tui.identity.duplicates.candidates import find_duplicates
from crm_tui.identity.duplicates.score import Match, Person, Scoring, compare
from crm_tui.progress import Progress, nobody

PROBABLE = 0.9
"""Least probability at which the model alone suggests a pair (performance.md: precision .998 there)."""
MODEL_FROM = 50
"""Records below which shares of values mean nothing, so that the model says nothing."""
_NOTHING: Mapping[str, float] = MappingProxyType({})


class Known(NamedTuple):
    """One record, as the scan reads it."""

    number: int
    values: Mapping[str, str]
    """Canonical field → canonical text."""
    email: str
    """Compared form; ``""`` = none that is usable."""
    phone: str
    """E.164."""
    ids: frozenset[tuple[str, str]]
    """(system, id) under which the record is known; two records that share one are the same."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """Two records that may be the same."""

    match: Match
    """The seed's score; ``first`` and ``second`` are the numbers of the records."""
    probability: float | None
    """Of the model; ``None`` where the records are too few for one."""
    weights: Mapping[str, float]
    """Field → log2 of how much more often it stands so in two records of one person than in any two."""

    @property
    def confidence(self) -> float:
        """The greater of the two scores, 0 to 1."""
        return max(self.match.confidence, self.probability or 0.0)

    @property
    def first(self) -> int:
        """The smaller number."""
        return self.match.first

    @property
    def second(self) -> int:
        """The greater number."""
        return self.match.second


def suspects(
    records: Sequence[Known], *, companies: bool, scoring: Scoring | None = None, progress: Progress = nobody
) -> list[Suspect]:
    """The pairs that may be the same, best first; never a record with itself, each pair once (X34)."""
    rules = scoring or Scoring(fewest=2)
    people = [person(one, companies=companies) for one in records]
    by_number = {one.number: one for one in people}
    # Over what is comparable a score is never lower than the seed's, so this finds what either finds.
    matches = {(match.first, match.second): match for match in find_duplicates(people, rules, relative=True)}
    scored = _modelled(records, matches, companies, progress) if len(records) >= MODEL_FROM else {}
    for pair, (probability, _) in scored.items():
        if probability >= PROBABLE and pair not in matches:
            matches[pair] = compare(by_number[pair[0]], by_number[pair[1]], rules)
    found = [Suspect(match, *scored.get(pair, (None, _NOTHING))) for pair, match in matches.items()]
    return sorted(found, key=lambda one: (-one.confidence, one.first, one.second))


def _modelled(
    records: Sequence[Known], also: Iterable[tuple[int, int]], companies: bool, progress: Progress
) -> dict[tuple[int, int], tuple[float, Mapping[str, float]]]:
    from crm_tui.identity.duplicates.fellegi_sunter import COMPANY, COMPANY_KEYS, PERSON, PERSON_KEYS, score_pairs

    place = {one.number: at for at, one in enumerate(records)}
    rows = [compared(one, companies=companies) for one in records]
    fields, keys = (COMPANY, COMPANY_KEYS) if companies else (PERSON, PERSON_KEYS)
    known = [(place[first], place[second]) for first, second in also]
    found = {}
    for one in score_pairs(rows, fields, keys, also=known, least=PROBABLE, progress=progress):
        first, second = sorted((records[one.first].number, records[one.second].number))
        found[first, second] = one.probability, one.weights
    return found


def compared(record: Known, *, companies: bool) -> dict[str, str]:
    """Field → text as the model compares it; keys in their compared form."""
    values = record.values
    found = {name: " ".join(values.get(name, "").split()) for name in ("company", "city", "postal_code")}
    found["phone"] = record.phone
    if companies:
        return found | {"website": domain(values.get("website", "")), "address1": values.get("address1", "").strip()}
    first, last = _names(values)
    return found | {"first_name": first, "last_name": last, "email": record.email}


def person(record: Known, *, companies: bool) -> Person:
    """What the seed's score compares; a company's web domain stands where a person has an e-mail."""
    values = record.values
    company = " ".join(values.get("company", "").split())
    if companies:
        site = record.email or domain(values.get("website", ""))
        return Person(record.number, site, record.phone, "", company, record.ids)
    return Person(record.number, record.email, record.phone, " ".join(_names(values)).strip(), company, record.ids)


def _names(values: Mapping[str, str]) -> tuple[str, str]:
    """First and last name; of a name in one piece the last word counts as the last name."""
    first, last = (" ".join(values.get(name, "").split()) for name in ("first_name", "last_name"))
    if not first and not last:
        first, _, last = " ".join(values.get("name", "").split()).rpartition(" ")
    return first, last


def domain(text: str) -> str:
    """``https://www.Acme.test/about`` → ``acme.test``."""
    host = text.strip().lower().rpartition("://")[2].partition("/")[0]
    return host.removeprefix("www.")
