"""A value typed over a malformed cell: judged again, the original kept, undone as any decision (D17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_tui.errors import DecisionRefused, JournalDamaged
from crm_tui.model import Queue, State
from crm_tui.workspace import integrity, journal, repairs
from crm_tui.workspace.cases import Counts
from crm_tui.workspace.decide_file import apply_lines
from crm_tui.workspace.load import load
from tests.factory import SAMPLE, Bench, Review, appointment, appointments_bytes

EMAIL = "buyer@clearwater.test"


def repaired(review: Review, event_id: str = "APT-7004", column: str = "email", text: str = EMAIL) -> int:
    record_id = review.id(event_id)
    review.decisions.repair(record_id, column, text, "told on the phone")
    integrity.check(review.store)
    return record_id


def queues(counts: Counts) -> tuple[int, int, int]:
    return counts.ledger, counts.conflicts, counts.errors


def test_an_error_row_is_judged_again_with_what_was_typed_and_then_decided_as_any_row(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        raw = review.cases.raw(review.id("APT-7004"))
        saved = review.decisions.repair(review.id("APT-7004"), "e-mail", EMAIL)
        assert saved.text == "→ email repaired, judged again: ready, accepted Close appointment"
        assert queues(review.cases.counts()) == (6, 5, 2)
        record_id = review.id("APT-7004")
        case = review.cases.case(record_id)
        assert case.verdict.queue is Queue.LEDGER
        assert case.notes[0].text == "typed over by a reviewer, not what the file says: e-mail (#3)"
        assert review.cases.raw(record_id) == raw
        assert review.cases.review(record_id).state is State.PENDING, "a repair decides nothing"
        review.decisions.approve(record_id)
        integrity.check(review.store)
    with bench.open("Dana") as review:
        assert review.cases.review(review.id("APT-7004")).state is State.APPROVED


def test_undo_and_redo_of_a_repair_judge_the_row_again(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        record_id = repaired(review)
        for take, expected in ((review.decisions.undo, Queue.ERROR), (review.decisions.redo, Queue.LEDGER)):
            take()
            assert review.cases.case(record_id).verdict.queue is expected
            integrity.check(review.store)


def test_the_last_repair_of_a_cell_counts_and_without_it_the_one_before(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        record_id = repaired(review, text="somebody@else.test")
        assert review.cases.case(record_id).verdict.queue is Queue.CONFLICT
        repaired(review)
        assert review.cases.case(record_id).verdict.queue is Queue.LEDGER
        review.decisions.undo()
        assert review.cases.case(record_id).verdict.queue is Queue.CONFLICT


def test_a_decision_made_before_a_repair_rests_on_other_evidence(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        record_id = review.id("APT-7002")
        review.decisions.defer(record_id)
        review.decisions.repair(record_id, "status", "cancelled")
        assert review.cases.review(record_id).state is State.STALE


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("email", "  ", "write another value"),
        ("shoe size", "44", "has no cell shoe size; it has"),
        ("email", "a\u202eb@one.test", "visible characters"),
        ("title", "4111 1111 1111 1111", "card number"),
        ("appointment_id", "APT-7001", "another row is called APT-7001 already"),
        ("status", "rescheduled", "write another value"),
        ("email", "x y", "that is no e-mail a CRM could use: "),
        ("email", "buyer@clearwater", "that is no e-mail a CRM could use: "),
        ("start_at", "next Friday", "the starts is a time; write it like "),
    ],
)
def test_what_cannot_be_typed_over_is_refused_in_a_sentence_and_changes_nothing(
    bench: Bench, column: str, text: str, why: str
) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        with pytest.raises(DecisionRefused, match=why):
            review.decisions.repair(review.id("APT-7004"), column, text)
        assert queues(review.cases.counts()) == (5, 5, 3)
        assert journal.head(review.store.connection)[0] == 2


@pytest.mark.parametrize("text", ["x y", "call me"])
def test_a_value_of_a_change_is_refused_as_one_of_its_field(bench: Bench, text: str) -> None:
    bench.sample()
    with bench.open("Dana") as review, pytest.raises(DecisionRefused, match="that is no phone a CRM could use: "):
        review.decisions.repair(review.id("CHG-8803"), "new_value", text)


def test_a_decided_row_is_undone_before_it_is_repaired(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        review.decisions.reject(review.id("APT-7004"), "not ours")
        with pytest.raises(DecisionRefused, match="undo it first"):
            repaired(review)


def test_the_cells_that_are_at_fault_are_named_first(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        found = repairs.cells(review.cases, review.id("CHG-8803"))
        assert [cell.label for cell in found if cell.suspect] == ["GHL id", "e-mail", "Close id"]
        assert [cell.suspect for cell in found] == sorted((cell.suspect for cell in found), reverse=True)


def test_a_repair_lasts_as_long_as_the_row_has_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        repaired(review)
    same, other = tmp_path / "again.csv", tmp_path / "later.csv"
    lines = (SAMPLE / "close-appointments.csv").read_bytes()
    same.write_bytes(lines + appointments_bytes(appointment("APT-7999")).partition(b"\n")[2])
    other.write_bytes(lines.replace(b"Contract questions", b"Contract answers"))
    for path, expected in ((same, Queue.LEDGER), (other, Queue.ERROR), (same, Queue.LEDGER)):
        load(bench.workspace, [path])
        with bench.open("Dana") as review:
            assert review.cases.case(review.id("APT-7004")).verdict.queue is expected
            integrity.check(review.store)


def test_a_repaired_event_id_names_the_row_also_after_the_next_load(bench: Bench, tmp_path: Path) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        record_id = repaired(review, column="appointment_id", text="APT-7040")
        assert review.id("APT-7040") == record_id
    later = tmp_path / "later.csv"
    later.write_bytes((SAMPLE / "close-appointments.csv").read_bytes() + b"\n")
    load(bench.workspace, [later])
    with bench.open("Dana") as review:
        assert review.id("APT-7040") == record_id


def test_a_repair_that_was_changed_outside_of_the_journal_is_named(bench: Bench) -> None:
    bench.sample()
    with bench.open("Dana") as review:
        repaired(review)
        with review.store.transaction() as connection:
            connection.execute("UPDATE repair SET value = 'mallory@evil.test'")
        with pytest.raises(JournalDamaged, match="what was typed over"):
            integrity.check(review.store)


def test_a_line_of_a_file_repairs_a_cell_by_the_same_rules(bench: Bench) -> None:
    bench.sample()
    lines = [
        (2, {"event_id": "APT-7004", "choice": "repair", "field": "email", "value": EMAIL, "reason": "by phone"}),
        (3, {"event_id": "APT-7004", "choice": "approve"}),
        (4, {"event_id": "CHG-8803", "choice": "repair", "field": "shoe", "value": "44"}),
    ]
    with bench.open("Dana") as review:
        first, second, third = apply_lines(review.cases, review.decisions, lines)
        assert (first.refusal, second.refusal) == ("", "")
        assert "has no cell shoe" in third.refusal
        assert review.state("APT-7004") == "approved"
