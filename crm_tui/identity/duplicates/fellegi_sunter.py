"""How probable it is that two records are the same: an unsupervised Fellegi–Sunter model.

For every field, ``m`` is how often two records of one person fall on a level of agreement and ``u`` how often any two
records do.  ``u`` is counted on random pairs; ``m`` and the share of true pairs come from expectation maximisation over
the candidate pairs, all others counting as different.  An agreement on a rare value weighs more than one on a common
value.  (Fellegi and Sunter, "A Theory for Record Linkage", 1969; Winkler on term frequencies, 1989.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist, cpdist

from crm_tui.progress import Progress, nobody, told

Rows = Sequence[Mapping[str, str]]
"""Per record: field → compared text; a blank or missing one says nothing."""

_RANDOM_PAIRS = 400_000
"""At most; of few records, as many as they have pairs."""
_AT_ONCE = 50_000
"""Of them, compared at a time."""
_ROUNDS = 30
_GROUP = 60
"""Records that share a blocking key; a larger group says little and costs much."""
_GROUP_AT, _GROUP_LEAST = 10_000, 10
"""Of more records than that smaller groups, so that the candidates grow with the records; but never below the least."""
_LEAST = 1e-5
_MATRIX = 1_000
"""Distinct texts of a field that are all compared with each other, in 8 MB."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How one field is compared."""

    name: str
    levels: tuple[float, ...] = (1.0,)
    """Least Jaro–Winkler similarity of each level of agreement, best first; 1.0 = equal."""
    by_frequency: bool = True
    """Whether an agreement on a rare value weighs more."""


PERSON = (
    FieldSpec("first_name", (1.0, 0.92, 0.80)),
    FieldSpec("last_name", (1.0, 0.92, 0.80)),
    FieldSpec("email"),
    FieldSpec("phone"),
    FieldSpec("company", (1.0, 0.90)),
    FieldSpec("city"),
    FieldSpec("postal_code"),
)
"""Fields of a contact.  An e-mail counts only when equal: a similar one repeats what the name says already."""

_Keys = tuple[tuple[str, int], ...]
PERSON_KEYS: tuple[_Keys, ...] = (
    (("email", 0),),
    (("phone", 0),),
    (("first_name", 0), ("last_name", 0)),
    (("first_name", 0), ("last_name", 3)),
    (("first_name", 3), ("last_name", 0)),
    (("last_name", 0), ("company", 4)),
    (("first_name", 0), ("company", 4)),
    (("last_name", 0), ("postal_code", 0)),
    (("first_name", 0), ("postal_code", 0)),
    (("last_name", 3), ("first_name", 1), ("city", 0)),
)
"""Blocking keys: fields, and how many leading characters of each (0 = all)."""

COMPANY = (
    FieldSpec("company", (1.0, 0.92, 0.85)),
    FieldSpec("website"),
    FieldSpec("phone"),
    FieldSpec("address1", (1.0, 0.92)),
    FieldSpec("city"),
    FieldSpec("postal_code"),
)
"""Fields of a company, which has no e-mail; its web domain says as much."""
COMPANY_KEYS: tuple[_Keys, ...] = (
    (("company", 0),),
    (("website", 0),),
    (("phone", 0),),
    (("company", 6),),
    (("company", 3), ("city", 0)),
    (("company", 3), ("postal_code", 0)),
    (("address1", 0), ("city", 0)),
)


class Scored(NamedTuple):
    """A candidate pair with its probability and what each field adds to it."""

    first: int
    second: int
    """Positions of the records, ``first < second``."""
    probability: float
    weights: Mapping[str, float]
    """Field → log2(m/u) with the adjustment for frequency; a field that one record lacks is left out."""


def score_pairs(
    rows: Rows,
    fields: Sequence[FieldSpec] = PERSON,
    keys: Sequence[_Keys] = PERSON_KEYS,
    seed: int = 1,
    also: Iterable[tuple[int, int]] = (),
    least: float = 0.0,
    progress: Progress = nobody,
) -> list[Scored]:
    """The candidate pairs with their probabilities, most probable first; the same for the same rows and seed.

    ``also`` names pairs of positions that are scored although no key brings them together; they are told whatever
    comes out, others only from the probability ``least``.
    """
    named = {(min(pair), max(pair)) for pair in also}
    pairs = blocked(rows, keys, named, lambda: progress(0, len(fields), 0))
    if not len(pairs):
        return []
    columns = [_Column(rows, field) for field in fields]
    levels = [column.levels(pairs) for column in told(columns, len(columns), progress)]
    chance = _random_pairs(len(rows), seed)

    def look() -> None:
        """Let whoever wants to stop it do so."""
        progress(len(columns), len(columns), len(columns))

    unlike = [_unlike(column, chance) for column in columns]
    alike, prior = _expectation_maximisation(levels, unlike, len(rows), look)
    weights = []
    for column, level, m, u in zip(columns, levels, alike, unlike, strict=True):
        weights.append(_weights(column, level, m, u, pairs))
        look()
    probability = _probability(sum(weights, np.zeros(len(pairs))), prior)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -probability))
    if least:
        listed_pairs = probability[order] >= least
        if named:
            listed_pairs |= np.isin(_coded(pairs[order], len(rows)), _coded(np.array(sorted(named)), len(rows)))
        order = order[listed_pairs]
    names = [field.name for field in fields]
    added = np.where(np.stack(levels, axis=1) >= 0, np.stack(weights, axis=1), np.nan)[order].tolist()
    listed = zip(pairs[order].tolist(), probability[order].tolist(), added, strict=True)
    return [
        # Not a number where one of the two records says nothing.
        Scored(first, second, share, {name: one for name, one in zip(names, said, strict=True) if not isnan(one)})
        for (first, second), share, said in listed
    ]


def blocked(
    rows: Rows,
    keys: Sequence[_Keys],
    also: Iterable[tuple[int, int]] = (),
    look: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """The pairs that share at least one blocking key, and those named; shape (pairs, 2), positions, in order.

    ``look`` is called for each key; what it raises ends the work.
    """
    most = max(_GROUP_LEAST, min(_GROUP, _GROUP * _GROUP_AT // max(1, len(rows))))
    found = [np.array(sorted(also), dtype=np.int64).reshape(-1, 2)]
    named = {name for key in keys for name, _ in key}
    texts = {name: [row.get(name, "").lower() for row in rows] for name in named}
    for key in keys:
        look()
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        columns = [[text[: length or None] for text in texts[name]] for name, length in key]
        for position, parts in enumerate(zip(*columns, strict=True)):
            if all(parts):
                groups[parts].append(position)
        by_size: dict[int, list[list[int]]] = defaultdict(list)
        for group in groups.values():
            if 1 < len(group) <= most:
                by_size[len(group)].append(group)
        for size, of_size in by_size.items():
            first, second = np.triu_indices(size, 1)
            members = np.array(of_size, dtype=np.int64)
            found.append(np.stack((members[:, first].ravel(), members[:, second].ravel()), axis=1))
    codes = np.unique(_coded(np.concatenate(found), len(rows)))
    return np.stack(np.divmod(codes, max(1, len(rows))), axis=1)


def _coded(pairs: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A pair of positions as one number, in the order of the pairs."""
    codes: NDArray[np.int64] = pairs[:, 0] * count + pairs[:, 1]
    return codes


class _Column:
    """One field of all records: the distinct texts, and which one each record has."""

    def __init__(self, rows: Rows, field: FieldSpec) -> None:
        self.field = field
        texts = [row.get(field.name, "").lower() for row in rows]
        self.names = sorted(set(texts) - {""})
        number = {name: at for at, name in enumerate(self.names)}
        self.codes: NDArray[np.int64] = np.array([number.get(text, -1) for text in texts], dtype=np.int64)
        counts = Counter(texts)
        present = max(1, len(rows) - counts[""])
        self.share: NDArray[np.float64] = np.array([counts[name] / present for name in self.names], dtype=np.float64)

    def levels(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Per pair: 0 = different, up to the number of levels = equal, −1 = one of the two says nothing."""
        one, two = self.codes[pairs[:, 0]], self.codes[pairs[:, 1]]
        best = len(self.field.levels)
        found = np.where(one == two, best, 0)
        if best > 1:
            unlike = np.flatnonzero((one != two) & (one >= 0) & (two >= 0))
            similar = self._similar(one[unlike], two[unlike])
            for level, least in zip(range(best - 1, 0, -1), self.field.levels[1:], strict=True):
                found[unlike] = np.where((similar >= least) & (found[unlike] == 0), level, found[unlike])
        found[(one < 0) | (two < 0)] = -1
        return found

    def _similar(self, one: NDArray[np.int64], two: NDArray[np.int64]) -> NDArray[np.float64]:
        """Jaro–Winkler similarity of two texts each; every two texts are compared once."""
        if len(self.names) <= _MATRIX:
            alike: NDArray[np.float64] = self._matrix[one, two]
            return alike
        codes, back = np.unique(one * len(self.names) + two, return_inverse=True)
        here, there = np.divmod(codes, max(1, len(self.names)))
        names = self.names
        found: NDArray[np.float64] = cpdist(
            [names[at] for at in here.tolist()],
            [names[at] for at in there.tolist()],
            scorer=JaroWinkler.similarity,
            dtype=np.float64,
        )
        similar: NDArray[np.float64] = found[back]
        return similar

    @cached_property
    def _matrix(self) -> NDArray[np.float64]:
        """The similarity of every two texts: of few texts that is a tenth of the work of comparing pairs."""
        return cdist(self.names, self.names, scorer=JaroWinkler.similarity, dtype=np.float64)


def _random_pairs(count: int, seed: int) -> NDArray[np.int64]:
    chance = np.random.default_rng(seed)
    size = min(_RANDOM_PAIRS, count * (count - 1))
    pairs: NDArray[np.int64] = chance.integers(0, max(count, 2), size=(size, 2))
    kept: NDArray[np.int64] = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs < count).all(axis=1)]
    return kept


def _shares(levels: NDArray[np.int64], size: int, weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """How often each level occurs among the pairs that say something, never quite 0."""
    told = levels >= 0
    return _portions(np.bincount(levels[told], weights=None if weight is None else weight[told], minlength=size))


def _unlike(column: _Column, chance: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same of a field over the random pairs, some of them at a time: their texts are most of the memory taken."""
    size = len(column.field.levels) + 1
    found = (column.levels(chance[start : start + _AT_ONCE]) for start in range(0, len(chance), _AT_ONCE))
    return _portions(sum((np.bincount(one[one >= 0], minlength=size) for one in found), np.zeros(size)))


def _portions(counts: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    some = counts + _LEAST
    share: NDArray[np.float64] = np.maximum(some / some.sum(), _LEAST)
    return share


def _expectation_maximisation(
    levels: Sequence[NDArray[np.int64]], unlike: Sequence[NDArray[np.float64]], count: int, look: Callable[[], None]
) -> tuple[list[NDArray[np.float64]], float]:
    """``m`` per field and level, and the share of true pairs among all pairs."""
    levels, times = _patterns(levels, unlike)
    every = count * (count - 1) / 2
    prior = min(0.5, count / 10 / every)
    # Two records of one person mostly agree; where they do not, each other level is as probable.
    alike = [np.full(len(u), 0.1 / max(1, len(u) - 1)) for u in unlike]
    for m in alike:
        m[-1] = 0.9
    for _ in range(_ROUNDS):
        look()
        total = np.zeros(len(times))
        for level, m, u in zip(levels, alike, unlike, strict=True):
            total += np.where(level >= 0, np.log2(m / u)[level], 0.0)
        probability = _probability(total, prior) * times
        alike = [_shares(level, len(u), probability) for level, u in zip(levels, unlike, strict=True)]
        prior = float(np.clip(probability.sum() / every, 1e-12, 0.5))
    return alike, prior


def _patterns(
    levels: Sequence[NDArray[np.int64]], unlike: Sequence[NDArray[np.float64]]
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """The different ways in which pairs agree, per field the level of each, and how many pairs agree so."""
    codes = np.zeros(len(levels[0]), dtype=np.int64)
    for level, u in zip(levels, unlike, strict=True):
        codes = codes * (len(u) + 1) + level + 1
    _, first, times = np.unique(codes, return_index=True, return_counts=True)
    return [level[first] for level in levels], times


def _probability(weight: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    odds = np.clip(weight + np.log2(prior / (1 - prior)), -60.0, 60.0)
    found: NDArray[np.float64] = 1 / (1 + np.exp2(-odds))
    return found


def _weights(
    column: _Column,
    level: NDArray[np.int64],
    m: NDArray[np.float64],
    u: NDArray[np.float64],
    pairs: NDArray[np.int64],
) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.where(level >= 0, np.log2(m / u)[level], 0.0)
    if column.field.by_frequency:
        equal = np.flatnonzero(level == len(column.field.levels))
        share = np.maximum(column.share[column.codes[pairs[equal, 0]]], _LEAST)
        found[equal] += np.log2(u[-1] / share)
    return found
