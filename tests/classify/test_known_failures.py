"""The twelve ways in which a plain script is known to fail (requirements, part A), each held against the program."""

from __future__ import annotations

import pytest

from crm_tui.handoff.csv_view import neutral_cell
from crm_tui.handoff.export import export_views
from crm_tui.model import Outcome, Queue
from crm_tui.workspace import journal
from tests.factory import (
    ANN,
    BOB,
    Bench,
    activity,
    appointment,
    appointments_bytes,
    change,
    contact_keys,
    map_bytes,
    read_csv,
)


def test_failure_01_two_map_rows_with_one_email_hide_nobody_and_accuse_nobody(bench: Bench) -> None:
    case = bench.events(contacts=[ANN, BOB | {"email": "ann@one.test"}], appointments=[appointment()]).cases()["APT-1"]
    assert case.verdict.queue is Queue.CONFLICT
    assert contact_keys(case) == {"CLOSE-1/GHL-1", "CLOSE-2/GHL-2"}
    email = next(item.text for item in case.evidence if item.field == "email")
    assert "CLOSE-1/GHL-1" in email and "CLOSE-2/GHL-2" in email
    assert any(note.code == "duplicate_email" for note in case.notes)


def test_failure_01_the_row_is_not_accused_where_its_keys_do_share_a_contact(bench: Bench) -> None:
    """The Close id and the e-mail both lead to Ann; it is the map that names a second contact (D1)."""
    case = bench.events(contacts=[ANN, BOB | {"email": "ann@one.test"}], appointments=[appointment()]).cases()["APT-1"]
    assert "map_doubtful" in case.verdict.fired
    assert "Close id and e-mail map to different contacts" not in case.issue


def test_failure_02_a_mapped_id_is_looked_up_although_the_email_is_unknown(bench: Bench) -> None:
    case = bench.events(appointments=[appointment(email="new@x.test")]).cases()["APT-1"]
    assert case.verdict.rule == "email_unknown"
    assert "CLOSE-1/GHL-1" in case.evidence[-1].text


def test_failure_03_a_blank_email_in_the_map_matches_nobody(bench: Bench) -> None:
    stranger = BOB | {"email": "", "phone": ""}
    cases = bench.events(
        contacts=[ANN, stranger],
        changes=[change("CHG-1", email=""), change("CHG-2", email="", ghl_contact_id="", close_contact_id="")],
        activities=[activity("ACT-1", email=""), activity("ACT-2", phone="", email="  ")],
    ).cases()
    assert cases["CHG-1"].verdict.rule == "accepted"
    assert contact_keys(cases["CHG-1"]) == {"CLOSE-1/GHL-1"}
    for name in ("CHG-2", "ACT-1", "ACT-2"):
        assert (cases[name].verdict.rule, contact_keys(cases[name])) == ("missing_identity", set())


@pytest.mark.parametrize(
    "written", ["(555) 010-0001", "555-010-0001", "555.010.0001", "1 555 010 0001", "+15550100001"]
)
def test_failure_04_a_phone_matches_however_it_is_written(bench: Bench, written: str) -> None:
    case = bench.events(activities=[activity(email="", phone=written)]).cases()["ACT-1"]
    assert (case.verdict.rule, case.contact_key) == ("accepted", "CLOSE-1/GHL-1")


def test_failure_05_the_same_event_id_twice_does_not_land_in_the_ledger_twice(bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("A"), appointment("B"), appointment("B", title="Other")])
    with bench.open() as review:
        ledger = read_csv(export_views(review.cases)["sync-ledger.csv"])
        counts = review.cases.counts()
    assert [row["event_id"] for row in ledger] == ["A"]
    assert (counts.ledger, counts.conflicts, counts.errors) == (1, 2, 1)


def test_failure_06_dates_statuses_and_old_rows_are_not_waved_through(bench: Bench) -> None:
    cases = bench.events(
        appointments=[
            appointment("APT-1", start_at="not-a-date"),
            appointment("APT-2", status="whatever"),
            appointment("APT-3", updated_at="1999-01-01T00:00:00Z"),
        ]
    ).cases()
    assert [cases[f"APT-{number}"].verdict.rule for number in (1, 2, 3)] == ["bad_value", "bad_value", "stale_event"]


def test_failure_07_the_input_never_chooses_the_action(bench: Bench) -> None:
    bench.events(activities=[activity(desired_ghl_action="delete contact")])
    case = bench.cases()["ACT-1"]
    assert case.verdict.rule == "claim"
    with bench.open() as review:
        review.decisions.choose(review.id("ACT-1"), "CLOSE-1/GHL-1")
        review.decisions.approve(review.id("ACT-1"))
        option = review.cases.option(review.id("ACT-1"), review.cases.review(review.id("ACT-1")).choice)
        views = export_views(review.cases)
    assert option is not None and option.staged is not None
    assert option.staged.operation is Outcome.APPEND
    assert not any(b"delete contact" in data for data in views.values())


def test_failure_08_a_no_op_has_the_outcome_no_write(bench: Bench) -> None:
    bench.events(changes=[change(field="phone", new_value="(555) 010-0001")])
    with bench.open() as review:
        (row,) = read_csv(export_views(review.cases)["sync-ledger.csv"])
    assert (row["event_id"], row["action"]) == ("CHG-1", "no-write")


def test_failure_09_a_byte_order_mark_is_no_part_of_the_first_column(bench: Bench) -> None:
    bom = b"\xef\xbb\xbf"
    problems = bench.load(
        bench.put("map.csv", bom + map_bytes()), bench.put("a.csv", bom + appointments_bytes(appointment()))
    )
    assert problems == ()
    assert bench.cases()["APT-1"].verdict.rule == "accepted"


def test_failure_10_evidence_is_structured(bench: Bench) -> None:
    case = bench.events(appointments=[appointment(close_contact_id="CLOSE-77")]).cases()["APT-1"]
    facts = {(item.field, item.value) for item in case.evidence}
    assert {("close_contact_id", "CLOSE-77"), ("email", "ann@one.test")} <= facts
    assert [side.system for side in case.sides] == ["close", "contact-map", "contact-map"]
    rows = {row.field: row for row in case.rows}
    assert rows["close_contact_id"].values == ("CLOSE-77", "CLOSE-1", "")
    assert [mark.value for mark in rows["close_contact_id"].marks[:2]] == ["neutral", "differs"]
    assert [mark.value for mark in rows["email"].marks[:2]] == ["neutral", "agrees"]


def test_failure_11_decisions_are_recorded_with_reviewer_time_and_reason_and_can_be_undone(bench: Bench) -> None:
    bench.events(appointments=[appointment()])
    with bench.open("Rita Reviewer") as review:
        review.decisions.reject(review.id("APT-1"), "duplicate of a paper note")
        (row,) = read_csv(export_views(review.cases)["sync-ledger.csv"])
        assert (row["review_state"], row["reviewer"]) == ("rejected", "Rita Reviewer")
        assert "duplicate of a paper note" in row["decision"]
        assert row["decided_at"].startswith("2026-05-20T12:00:")
    with bench.open() as review:
        assert review.state("APT-1") == "rejected"
        review.decisions.undo(review.id("APT-1"))
        assert review.state("APT-1") == "to decide"
        kinds = [entry.kind for entry in journal.entries(review.store.connection)]
    assert kinds == ["open", "import", "decide", "undo"]


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x.test","y")', "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3"])
def test_failure_12_a_formula_never_travels_to_an_output_unchanged(bench: Bench, cell: str) -> None:
    bench.events(
        appointments=[appointment(cell), appointment("APT-2", email=cell), appointment("APT-3", close_contact_id=cell)]
    )
    with bench.open() as review:
        for record in review.cases.ids():
            review.decisions.defer(record, cell)
        views = export_views(review.cases)
    cells = [text for data in views.values() for row in read_csv(data) for text in row.values()]
    assert [text for text in cells if text[:1] in tuple("=+-@")] == []
    assert neutral_cell(cell) in cells
