"""The duplicate scan: the seed's score, candidates against brute force, clusters (2.34 to 2.39, X1, X2, X34)."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.identity.duplicates.candidates import candidates, find_duplicates, similar_pairs
from crm_tui.identity.duplicates.clusters import clusters
from crm_tui.identity.duplicates.score import Factor, Match, Person, Scoring, compare, is_duplicate, similarity

JOHN = Person(1, "john@example.test", "+15550100123", "John Doe", "")
JONATHAN = Person(2, "john@example.test", "+15550100123", "Jonathan Doe", "")


def test_the_seeds_own_test_one_duplicate_over_eighty_percent_by_email_and_phone() -> None:
    (found,) = find_duplicates([JOHN, JONATHAN], Scoring(), relative=False)
    assert found.confidence > 0.8
    assert found.factors["email"] == found.factors["phone"] == 1.0


def test_two_exact_factors_alone_stay_below_the_seeds_threshold_but_not_of_what_is_comparable() -> None:
    found = compare(JOHN, JONATHAN, Scoring())
    assert found.exact
    assert found.score == 1.0
    without_phone = compare(JOHN._replace(phone=""), JONATHAN._replace(phone="", name="John Doe"), Scoring())
    assert without_phone.score == pytest.approx(0.60)
    assert without_phone.comparable == pytest.approx(0.60)
    assert without_phone.relative == pytest.approx(1.0)


def test_the_seeds_similarity() -> None:
    assert similarity("Jonathan Doe", "John Doe") == pytest.approx(1 - 4 / 12)
    assert similarity("ANN", "ann") == 1.0


def test_a_similarity_at_the_limit_does_not_count() -> None:
    name = "a" * 17 + "bcd"
    found = compare(Person(1, "", "", "a" * 20, ""), Person(2, "", "", name, ""), Scoring())
    assert similarity("a" * 20, name) == pytest.approx(0.85)
    assert found.factors == {}


def test_an_equal_email_alone_is_no_proof() -> None:
    one, two = Person(1, "info@x.test", "", "Ann Lee", ""), Person(2, "info@x.test", "", "Bob Day", "")
    assert find_duplicates([one, two], Scoring(), relative=False) == []


def test_a_shared_id_is_certain() -> None:
    ids = frozenset({("salesforce", "003xx0000012345AAA")})
    (found,) = find_duplicates(
        [Person(1, "", "", "A", "", ids), Person(2, "", "", "B", "", ids)], Scoring(), relative=True
    )
    assert found.exact


def test_a_record_is_never_compared_with_itself() -> None:
    assert list(candidates([JOHN, JOHN], Scoring(), relative=True)) == []


WORDS = st.sampled_from(["", "ann lee", "ann leé", "anne lee", "ann le", "bob day", "bob dey", "acme inc", "acme inc."])
PEOPLE = st.lists(
    st.tuples(st.sampled_from(["", "a@x", "b@x", "c@x"]), st.sampled_from(["", "+1", "+2", "+3"]), WORDS, WORDS),
    max_size=12,
).map(lambda rows: [Person(number, *row) for number, row in enumerate(rows)])
WEIGHTS = st.tuples(*[st.sampled_from([0.0, 0.1, 0.15, 0.2, 0.25, 0.4, 0.6])] * 4).filter(any)


@settings(deadline=None)
@given(PEOPLE, WEIGHTS, st.sampled_from([0.2, 0.5, 0.7, 0.9, 1.0]), st.booleans(), st.integers(1, 3))
def test_no_pair_that_brute_force_finds_is_left_out(
    people: list[Person], weights: tuple[float, ...], threshold: float, relative: bool, fewest: int
) -> None:
    scoring = Scoring(dict(zip(Factor, weights, strict=True)), threshold=threshold, fewest=fewest)
    found = find_duplicates(people, scoring, relative=relative)
    every = (compare(one, two, scoring) for one, two in combinations(people, 2))
    wanted = [match for match in every if is_duplicate(match, scoring, relative=relative)]
    assert sorted(found) == sorted(wanted)
    assert len({(one.first, one.second) for one in found}) == len(found)


@settings(deadline=None)
@given(st.sets(st.text("abé", max_size=9), max_size=25), st.sampled_from([0.5, 0.7, 0.8, 0.85]))
def test_similar_texts_are_all_found_once(texts: set[str], above: float) -> None:
    found = sorted(tuple(sorted(pair)) for pair in similar_pairs(texts, above))
    assert found == sorted(tuple(sorted(pair)) for pair in combinations(texts, 2) if similarity(*pair) > above)


def _match(first: int, second: int) -> Match:
    return Match(first, second, 0.8, 1.0, {}, exact=False)


def test_clusters_hang_together_and_say_whether_every_member_matches() -> None:
    chain, pair = clusters([_match(1, 2), _match(2, 3), _match(7, 9)])
    assert (chain.members, chain.complete) == ((1, 2, 3), False)
    assert (pair.members, pair.complete) == ((7, 9), True)


def test_what_was_found_not_to_be_the_same_connects_nothing() -> None:
    assert [one.members for one in clusters([_match(1, 2), _match(2, 3)], apart=[(3, 2)])] == [(1, 2)]
