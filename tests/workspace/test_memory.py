"""What was decided before on the same disagreement is offered with its number, day and reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_tui.classify.times import shown_time
from crm_tui.cli import run
from crm_tui.model import State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decide_file import apply_lines
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.memory import earlier, forget
from crm_tui.workspace.store import Store
from tests.factory import MAP, MAP_HEADER, Review, appointment, appointments_bytes, csv_bytes

BOBS = "CLOSE-2/GHL-2"
STRAY = {"close_contact_id": "CLOSE-9", "email": "bob@two.test"}


def rows(*more: dict[str, str]) -> bytes:
    """Two appointments that say the same two things of one person, and one of somebody else."""
    return appointments_bytes(
        appointment("A-1", **STRAY),
        appointment("A-2", **STRAY, title="Another day", start_at="2026-07-01T10:00:00Z"),
        appointment("A-3", close_contact_id="CLOSE-8", email="bob@two.test"),
        *more,
    )


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    (tmp_path / "map.csv").write_bytes(csv_bytes(MAP_HEADER, MAP))
    (tmp_path / "a.csv").write_bytes(rows())
    path = tmp_path / "w.crm"
    assert load(path, [tmp_path / "map.csv", tmp_path / "a.csv"]).problems == ()
    with Store.open(path) as store:
        cases = Cases(store)
        yield Review(cases, Decisions(cases, "Dana"))


def number(review: Review, event_id: str) -> int:
    (found,) = review.cases.by_event_id(event_id)
    return found


def test_the_same_disagreement_is_offered_with_number_day_and_reviewer(review: Review) -> None:
    first, second, other = (number(review, name) for name in ("A-1", "A-2", "A-3"))
    assert earlier(review.cases, second) is None
    review.decisions.choose(first, BOBS)
    assert earlier(review.cases, second) is None, "a choice is no decision yet"
    saved = review.decisions.approve(first)
    found = earlier(review.cases, second)
    assert found is not None
    assert (found.seq, found.by, found.token) == (saved.seq, "Dana", BOBS)
    assert found.words == f"#{saved.seq}, {shown_time(review.store.now())}, Dana: CLOSE-2 · GHL-2"
    assert earlier(review.cases, other) is None, "another id is another disagreement"
    assert earlier(review.cases, first) is None, "it is decided"


def test_nothing_is_taken_by_itself_and_the_choice_is_approved_as_ever(review: Review) -> None:
    review.decisions.approve(number(review, "A-1"), token=BOBS)
    second = number(review, "A-2")
    assert review.cases.review(second).state is State.PENDING
    (result,) = apply_lines(review.cases, review.decisions, [(2, {"event_id": "A-2", "choice": "earlier"})])
    assert result.saved
    assert (review.cases.review(second).state, review.cases.case(second).option(BOBS) is not None) == (
        State.CHOSEN,
        True,
    )
    (result,) = apply_lines(review.cases, review.decisions, [(3, {"event_id": "A-3", "choice": "earlier"})])
    assert result.refusal == "nothing was decided before on this disagreement; choose a side."


def test_a_rejection_is_offered_with_its_reason(review: Review) -> None:
    review.decisions.reject(number(review, "A-1"), "not ours")
    found = earlier(review.cases, number(review, "A-2"))
    assert found is not None
    assert found.words.endswith("Dana: rejected (not ours)")
    (result,) = apply_lines(review.cases, review.decisions, [(2, {"event_id": "A-2", "choice": "earlier"})])
    assert result.saved
    assert review.cases.review(number(review, "A-2")).reason == "not ours"


def test_what_was_undone_is_offered_no_more_and_the_one_before_is(review: Review) -> None:
    first, second = number(review, "A-1"), number(review, "A-2")
    review.decisions.reject(first, "not ours")
    review.decisions.undo(first)
    assert earlier(review.cases, second) is None
    review.decisions.redo()
    assert earlier(review.cases, second) is not None


def test_forgetting_offers_nothing_made_so_far_and_changes_no_decision(review: Review) -> None:
    first, second = number(review, "A-1"), number(review, "A-2")
    review.decisions.approve(first, token=BOBS)
    assert forget(review.cases, second) == 1
    assert earlier(review.cases, second) is None
    assert review.cases.review(first).state is State.APPROVED
    assert forget(review.cases, second) == 0


def test_a_later_file_that_moves_a_row_offers_what_was_decided_on_it(review: Review, tmp_path: Path) -> None:
    review.decisions.approve(number(review, "A-1"), token=BOBS)
    path = review.store.path
    review.store.close()
    later = tmp_path / "later.csv"
    later.write_bytes(rows().replace(b"scheduled", b"confirmed"))
    assert load(path, [later]).reopened == 1
    with Store.open(path) as store:
        cases = Cases(store)
        (first,) = cases.by_event_id("A-1")
        assert cases.review(first).state is State.STALE
        found = earlier(cases, first)
        assert found is not None
        assert found.token == BOBS


def test_the_memory_tells_nothing_of_anybody_and_goes_with_the_person(review: Review) -> None:
    review.decisions.approve(number(review, "A-1"), token=BOBS)
    kept = review.store.connection.execute("SELECT disagreement FROM memory").fetchall()
    assert [len(one) for (one,) in kept] == [32]
    path = review.store.path
    review.store.close()
    assert run(["erase", "-w", str(path), "bob@two.test"]) == 0
    with Store.open(path, write=False) as store:
        assert store.connection.execute("SELECT COUNT(*) FROM memory").fetchone() == (0,)


def test_two_workspaces_have_digests_of_their_own(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        (tmp_path / "map.csv").write_bytes(csv_bytes(MAP_HEADER, MAP))
        (tmp_path / "a.csv").write_bytes(rows())
        path = tmp_path / f"{name}.crm"
        load(path, [tmp_path / "map.csv", tmp_path / "a.csv"])
        with Store.open(path) as store:
            cases = Cases(store)
            Decisions(cases, "Dana").reject(cases.by_event_id("A-1")[0], "no")
            digests |= set(store.connection.execute("SELECT disagreement FROM memory").fetchall())
    assert len(digests) == 2
