"""A blind second review: a copy that says nothing of the first decisions, and how far the two agree (D21)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from crm_tui.errors import UsageError
from crm_tui.handoff import votes
from crm_tui.handoff.merge import merge
from crm_tui.handoff.merge_in import merge_in
from crm_tui.handoff.seal import seal
from crm_tui.model import Queue
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.blind import Asked, blind_copy
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store
from tests.factory import Bench, signer, trust_in

SECRET = "because the client said so on Tuesday"


@pytest.fixture
def first(bench: Bench) -> Bench:
    """A review that Rita has decided: every way of deciding, a repair, an override."""
    bench.sample()
    with bench.open("Rita Reviewer") as review:
        decide, row = review.decisions, review.id
        decide.repair(row("APT-7004"), "email", "buyer@clearwater.test")
        decide.approve(row("APT-7004"))
        decide.approve(row("APT-7001"))
        decide.reject(row("CHG-8802"), SECRET)
        decide.choose(row("APT-7002"), "CLOSE-202/GHL-502")
        decide.approve(row("APT-7002"))
        decide.note(row("ACT-9103"), SECRET)
        decide.defer(row("ACT-9101"))
    return bench


def copied(first: Bench, asked: Asked = Asked.ALL) -> Bench:
    folder = first.folder / "second"
    folder.mkdir()
    second = Bench(folder, first.clock)
    with first.open() as review:
        blind_copy(review.cases, second.workspace, asked)
    return second


def test_the_copy_has_every_row_and_repair_and_nothing_of_what_was_decided(first: Bench) -> None:
    second = copied(first)
    assert not any(text in second.workspace.read_bytes() for text in (SECRET.encode(), b"approve"))
    with first.open() as one, second.open() as two:
        integrity.check(two.store)
        assert all(not two.cases.review(record).seq for record in two.cases.ids())
        assert {case.row_id: case.fingerprint for _, case, _ in one.cases.each()} == {
            case.row_id: case.fingerprint for _, case, _ in two.cases.each()
        }
        assert two.case("APT-7004").verdict.queue is Queue.LEDGER


def test_the_copy_does_not_take_the_second_reviewer_for_the_first(first: Bench) -> None:
    with first.open() as one, one.store.transaction():
        one.store.set_meta("reviewer", "Rita Reviewer")
    with copied(first).open() as two:
        assert two.store.meta("reviewer") == ""


def waiting_in_a_sample(first: Bench, name: str, sample: int = 2) -> set[str]:
    copy = first.folder / name
    with first.open() as review:
        blind_copy(review.cases, copy, sample=sample, reviewer="Rita Reviewer")
    with Store.open(copy) as store:
        integrity.check(store)
        return {case.event_id for _, case, one in Cases(store).each() if one.state == "to decide"}


def draws(first: Bench) -> list[bytes]:
    with first.open() as review:
        integrity.check(review.store)
        return [mark for (mark,) in review.store.connection.execute("SELECT hash FROM log WHERE kind = 'draw'")]


def nonce(first: Bench) -> str:
    with first.open() as review:
        (entry,) = journal.entries(review.store.connection, "kind = 'draw'")
        return str(entry.body["nonce"])


def test_of_a_sample_only_those_rows_wait_and_the_same_ones_until_something_else_is_decided(first: Bench) -> None:
    asked = [waiting_in_a_sample(first, "one.crm"), waiting_in_a_sample(first, "two.crm")]
    assert asked[0] == asked[1]
    assert len(asked[0] & {"APT-7004", "APT-7001", "CHG-8802", "APT-7002"}) == 2
    assert len(asked[0]) == 2 + 2, "error rows have nothing to put off"
    (draw,) = draws(first)
    with first.open() as review:
        decided = [case.row_id for _, case, one in review.cases.each() if not one.state.outstanding]
        again = sorted(decided, key=lambda row: hashlib.sha256(draw + row.encode()).digest())[:2]
        assert {review.id(name) for name in asked[0]} >= {review.cases.by_row_id(row) for row in again}
        review.decisions.approve(review.id("ACT-9102"))
    waiting_in_a_sample(first, "three.crm")
    assert len(draws(first)) == 2


def test_nobody_can_foresee_a_sample(first: Bench) -> None:
    kept, found = first.workspace.read_bytes(), set()
    for name in ("one.crm", "two.crm"):
        first.workspace.write_bytes(kept)
        waiting_in_a_sample(first, name)
        found.add(nonce(first))
    assert len(found) == 2 and {len(one) for one in found} == {64}


def test_overrides_are_the_repaired_and_the_edited(first: Bench) -> None:
    with copied(first, Asked.OVERRIDES).open() as review:
        waiting = [case.event_id for _, case, one in review.cases.each() if one.state == "to decide" and case.options]
    assert waiting == ["APT-7004"]


def test_merged_the_two_are_counted_and_what_they_disagree_on_waits_again(first: Bench, tmp_path: Path) -> None:
    second = copied(first)
    waiting_in_a_sample(first, "drawn.crm")
    with second.open("Sam Second") as review:
        decide, row = review.decisions, review.id
        decide.approve(row("APT-7004"))
        decide.approve(row("APT-7001"))
        decide.approve(row("CHG-8802"), token="CLOSE-303/GHL-503", reason="it is hers")
    keys = [signer(tmp_path, f"{name}@example.test") for name in ("rita", "sam", "lead")]
    made = []
    for bench, key, name in ((first, keys[0], "Rita Reviewer"), (second, keys[1], "Sam Second")):
        with bench.open(name) as review:
            seal(review.cases, bench.folder / "h.zip", key, name)
        made.append((bench.folder / "h.zip").read_bytes())
    done, rows = merge(made[0], made[1], None, trust_in(*keys), keys[2], "Lead", first.clock())
    assert votes.agreement(row["votes"] for row in rows) == (3, 2)
    with Store.open(first.workspace, clock=first.clock) as store:
        assert merge_in(Cases(store), done, rows, "Lead") == 1
        review = Cases(store).review(Cases(store).by_event_id("CHG-8802")[0])
        assert review.state.outstanding and "two reviewers disagree" in review.note


def test_a_file_that_is_there_is_left_alone(first: Bench) -> None:
    second = copied(first)
    before = second.workspace.read_bytes()
    with first.open() as review, pytest.raises(UsageError, match="is there already"):
        blind_copy(review.cases, second.workspace)
    assert second.workspace.read_bytes() == before
