"""A blind second review: a copy that says nothing of the first decisions, and how far the two agree (D21)."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_tui.errors import UsageError
from crm_tui.handoff import votes
from crm_tui.handoff.merge import merge
from crm_tui.handoff.merge_in import merge_in
from crm_tui.handoff.seal import seal
from crm_tui.model import Queue
from crm_tui.workspace import integrity
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


def test_of_a_sample_only_those_rows_wait_and_the_same_ones_each_time(first: Bench) -> None:
    asked = []
    for folder in (first.folder, first.folder / "again"):
        folder.mkdir(exist_ok=True)
        with first.open() as review:
            blind_copy(review.cases, folder / "second.crm", sample=2)
        with Store.open(folder / "second.crm") as store:
            integrity.check(store)
            asked.append({case.event_id for _, case, one in Cases(store).each() if one.state == "to decide"})
    assert asked[0] == asked[1]
    assert len(asked[0] & {"APT-7004", "APT-7001", "CHG-8802", "APT-7002"}) == 2
    assert len(asked[0]) == 2 + 2, "error rows have nothing to put off"


def test_overrides_are_the_repaired_and_the_edited(first: Bench) -> None:
    with copied(first, Asked.OVERRIDES).open() as review:
        waiting = [case.event_id for _, case, one in review.cases.each() if one.state == "to decide" and case.options]
    assert waiting == ["APT-7004"]


def test_merged_the_two_are_counted_and_what_they_disagree_on_waits_again(first: Bench, tmp_path: Path) -> None:
    second = copied(first)
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
