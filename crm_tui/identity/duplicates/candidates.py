"""Every pair of records that can reach the threshold, without looking at every pair.

A pair reaches it only with certain sets of factors.  For each combination of fields that two records both have, it is
enough to look at pairs that share one factor of a set which every sufficient set of factors meets.  Nothing is lost:
equal e-mails, phones and ids are looked up, and names and companies that are similar enough are all found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, product

from crm_tui.identity.duplicates.score import Factor, Match, Person, Scoring, compare, is_duplicate

_COST = (Factor.EMAIL, Factor.PHONE, Factor.NAME, Factor.COMPANY)
"""Cheapest first."""
_BLOCK = 256
"""Texts compared with all others at a time; bounds the memory."""
_SLACK = 1e-5


_Mask = frozenset[Factor]
"""The fields that a record has."""
_Groups = dict[str, list[Person]]
"""Text in lower case → the records that have it."""


def find_duplicates(people: Sequence[Person], scoring: Scoring, *, relative: bool) -> list[Match]:
    """All pairs that reach the threshold, best first, then in order of their numbers; each pair once (X34)."""
    found = (compare(one, two, scoring) for one, two in candidates(people, scoring, relative=relative))
    matches = [match for match in found if is_duplicate(match, scoring, relative=relative)]
    return sorted(matches, key=lambda match: (-match.confidence, match.first, match.second))


def candidates(people: Sequence[Person], scoring: Scoring, *, relative: bool) -> Iterator[tuple[Person, Person]]:
    """Pairs among which are all that can reach the threshold; each pair once."""
    seen: set[tuple[int, int]] = set()
    for factor, pairs in _pairs_by_factor(people, scoring, relative=relative):
        for first, second in pairs:
            pair = (first.number, second.number) if first.number < second.number else (second.number, first.number)
            if pair[0] == pair[1] or pair in seen:
                continue
            both = _fields(first) & _fields(second)
            if factor is None or factor in _telling(both, scoring, relative):
                seen.add(pair)
                yield first, second


def _pairs_by_factor(
    people: Sequence[Person], scoring: Scoring, *, relative: bool
) -> Iterator[tuple[Factor | None, Iterable[tuple[Person, Person]]]]:
    """The pairs that share a factor, for each factor that is of use; ``None`` = a certain id."""
    yield None, _equal(people, lambda one: one.ids)
    masks = {_fields(one) for one in people}
    needed = {factor for a in masks for b in masks for factor in _telling(a & b, scoring, relative)}

    def tells(factor: Factor) -> Callable[[_Mask, _Mask], bool]:
        return lambda a, b: factor in _telling(a & b, scoring, relative)

    # Phase 1 wants e-mail and phone both equal, so the e-mail is looked up whatever the weights are.
    yield Factor.EMAIL, _equal(people, lambda one: (one.email,) if one.email else ())
    if Factor.PHONE in needed:
        yield Factor.PHONE, _equal(people, lambda one: (one.phone,) if one.phone else ())
    if Factor.NAME in needed:
        yield Factor.NAME, _similar(people, lambda one: one.name, scoring.name_above, tells(Factor.NAME))
    if Factor.COMPANY in needed:
        yield Factor.COMPANY, _similar(people, lambda one: one.company, scoring.company_above, tells(Factor.COMPANY))


def _fields(one: Person) -> _Mask:
    values = (one.email, one.phone, one.name, one.company)
    return _mask(tuple(map(bool, values)))


@cache
def _mask(present: tuple[bool, ...]) -> _Mask:
    return frozenset(factor for factor, here in zip(Factor, present, strict=True) if here)


def _telling(both: _Mask, scoring: Scoring, relative: bool) -> _Mask:
    """The cheapest factors of which every pair with these fields in common must share one to reach the threshold."""
    weights = tuple(scoring.weights[factor] for factor in Factor)
    return _telling_of(both, weights, scoring.threshold, relative, scoring.fewest)


@cache
def _telling_of(both: _Mask, weights: tuple[float, ...], threshold: float, relative: bool, fewest: int) -> _Mask:
    whole = sum(weights[factor] for factor in both) if relative else 1.0
    # A little below the threshold, so that a rounding error loses nothing.
    least = (threshold - 1e-9) * whole
    enough = [
        frozenset(some)
        for size in range(max(1, fewest), len(both) + 1)
        for some in combinations(sorted(both), size)
        if sum(weights[factor] for factor in some) >= least
    ]
    if {Factor.EMAIL, Factor.PHONE} <= both:
        enough.append(frozenset((Factor.EMAIL, Factor.PHONE)))
    for size in range(len(_COST) + 1):
        for some in combinations(_COST, size):
            if all(one & set(some) for one in enough):
                return frozenset(some)
    return frozenset(_COST)


def _equal(people: Iterable[Person], keys: Callable[[Person], Iterable[Hashable]]) -> Iterator[tuple[Person, Person]]:
    groups: dict[Hashable, list[Person]] = defaultdict(list)
    for one in people:
        for key in keys(one):
            groups[key].append(one)
    for group in groups.values():
        yield from combinations(group, 2)


def _similar(
    people: Iterable[Person],
    text: Callable[[Person], str],
    above: float,
    wanted: Callable[[_Mask, _Mask], bool],
) -> Iterator[tuple[Person, Person]]:
    """The pairs of similar texts, of records whose fields make the text tell something."""
    by_mask: dict[_Mask, _Groups] = defaultdict(dict)
    for one in people:
        if text(one):
            by_mask[_fields(one)].setdefault(text(one).lower(), []).append(one)
    for a, b in combinations_with_replacement(by_mask, 2):
        if not wanted(a, b):
            continue
        here, there = by_mask[a], by_mask[b]
        if a == b:
            for group in here.values():
                yield from combinations(group, 2)
            similar = similar_pairs(here, above)
        else:
            for same in here.keys() & there.keys():
                yield from product(here[same], there[same])
            similar = similar_across(here, there, above)
        for first, second in similar:
            yield from product(here[first], there[second])


def similar_pairs(texts: Iterable[str], above: float) -> Iterator[tuple[str, str]]:
    """All pairs of different texts whose similarity is over ``above``; each pair once, none left out."""
    ordered = _by_length(texts)
    yield from ((one, two) for one, two in _similar_texts(ordered, ordered, above) if _length(one) < _length(two))


def similar_across(texts: Iterable[str], others: Iterable[str], above: float) -> Iterator[tuple[str, str]]:
    """The same between two sets of texts, one of each."""
    pairs = _similar_texts(_by_length(texts), _by_length(others), above)
    yield from ((one, two) for one, two in pairs if one != two)


def _length(text: str) -> tuple[int, str]:
    return len(text), text


def _by_length(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts), key=_length)


def _similar_texts(texts: list[str], others: list[str], above: float) -> Iterator[tuple[str, str]]:
    """Texts of too different lengths cannot be similar; all others are compared, a block at a time."""
    import numpy as np
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    lengths = [len(one) for one in others]
    for start in range(0, len(texts), _BLOCK):
        rows = texts[start : start + _BLOCK]
        # The longer of two similar texts has fewer than 1/above times the characters of the shorter.
        first = bisect_left(lengths, int(len(rows[0]) * above))
        columns = others[first : bisect_right(lengths, int(len(rows[-1]) / above) + 1)]
        found = cdist(rows, columns, scorer=Levenshtein.normalized_similarity, score_cutoff=above, dtype=np.float32)
        for row, column in zip(*np.nonzero(found > above - _SLACK), strict=True):
            # Near the limit the exact similarity decides, not the matrix's shorter numbers.
            if Levenshtein.normalized_similarity(rows[row], columns[column]) > above:
                yield rows[row], columns[column]
