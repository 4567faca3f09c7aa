"""Invariant 9: apply the staged rows to copies of the exports, review those, and nothing is left (2.8, 2.45)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from drifting import Loaded, decide_all

from crm_tui.model import Outcome, State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.simulation import agreement, simulate


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    one = Loaded(tmp_path_factory.mktemp("small"), 90)
    yield one
    one.store.close()


def test_before_any_decision_nothing_is_applied_and_everything_is_still_open(small: Loaded) -> None:
    found = simulate(small.cases)
    assert found.applied == 0
    assert found.agreed_before == found.agreed_after
    assert (found.after.ledger, found.after.conflicts) == (found.before.ledger, found.before.conflicts)
    assert not found.converged


def written_fields(cases: Cases) -> tuple[int, int]:
    """Fields that approved rows write to records of the two systems, and of how many fields the map then differs."""
    records, agreed = set(), set()
    for _, case, review in cases.each():
        option = case.option(review.choice) if review.state is State.APPROVED else None
        staged = option.staged if option else None
        if staged and staged.operation in (Outcome.UPDATE, Outcome.LINK):
            records |= {(staged.destination, staged.target_id, name) for name in staged.values}
            agreed |= {(case.contact_key, name) for name in staged.values}
    return len(records), len(agreed)


@pytest.mark.parametrize("seed", [1, 2])
def test_once_all_is_decided_a_second_review_is_empty_and_the_systems_agree_in_every_field(
    small: Loaded, seed: int
) -> None:
    (before,) = agreement(small.cases)
    assert before.share < 1
    decide_all(small.cases, random.Random(seed))
    found = simulate(small.cases)
    assert found.open_after == ()
    (after,) = found.agreed_after
    assert after.agreeing == after.compared
    assert (found.applied, found.noted) == written_fields(small.cases)
    # A field that was cleared on both sides has nothing left to compare.
    assert before.compared - 5 < after.compared <= before.compared


def test_the_workspace_and_its_folder_are_as_before(small: Loaded) -> None:
    folder = small.store.path.parent
    before = sorted(path.name for path in folder.iterdir())
    rows = small.store.connection.execute("SELECT COUNT(*) FROM log").fetchone()
    simulate(small.cases)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert small.store.connection.execute("SELECT COUNT(*) FROM log").fetchone() == rows
