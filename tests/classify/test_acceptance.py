"""The nine acceptance checks of seed 001 and the six rows of seed 000, on the shipped sample and its default policy."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from crm_tui.classify.policy import parse_policy
from crm_tui.errors import PolicyError
from crm_tui.handoff.export import export_views
from crm_tui.intake.formats import open_sources, records
from crm_tui.model import Case, Outcome, Queue
from crm_tui.workspace import journal
from crm_tui.workspace.summary import sample_kinds
from tests.factory import SAMPLE, Bench, contact_keys, read_csv


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("sample")).sample()


@pytest.fixture(scope="module")
def cases(sample: Bench) -> dict[str, Case]:
    return sample.cases()


@pytest.fixture(scope="module")
def exported(sample: Bench) -> dict[str, list[dict[str, str]]]:
    with sample.open() as review:
        return {name: read_csv(data) for name, data in export_views(review.cases).items()}


def sample_rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# Counts


def test_the_sample_holds_3_contacts_and_4_4_5_events() -> None:
    files = ("contact-map.csv", "close-appointments.csv", "ghl-contact-changes.csv", "activity-events.csv")
    assert [len(list(records(open_sources(SAMPLE / name).sources[0]))) for name in files] == [3, 4, 4, 5]


def test_the_sample_is_judged_5_5_3(sample: Bench) -> None:
    with sample.open() as review:
        counts = review.cases.counts()
    assert (counts.rows, counts.ledger, counts.conflicts, counts.errors) == (13, 5, 5, 3)
    assert (counts.to_decide, counts.left, counts.decided) == (10, 10, 0)


def test_the_classes_of_the_sample_are_those_of_part_a(cases: dict[str, Case]) -> None:
    table = Counter((case.verdict.queue.value, case.status, name[:3]) for name, case in cases.items())
    assert table == {
        ("ledger", "ready for sync", "APT"): 1,
        ("ledger", "ready for sync", "CHG"): 2,
        ("ledger", "ready for review", "ACT"): 2,
        ("conflict", "blocked", "APT"): 2,
        ("conflict", "blocked", "CHG"): 1,
        ("conflict", "blocked", "ACT"): 2,
        ("error", "error", "APT"): 1,
        ("error", "error", "CHG"): 1,
        ("error", "error", "ACT"): 1,
    }


def test_the_five_conflicts_have_five_distinct_issue_texts(exported: dict[str, list[dict[str, str]]]) -> None:
    issues = [row["issue"] for row in exported["conflict-queue.csv"]]
    assert len(issues) == len(set(issues)) == 5


def test_the_three_errors_are_those_of_part_a(cases: dict[str, Case]) -> None:
    errors = {name: case for name, case in cases.items() if case.verdict.queue is Queue.ERROR}
    assert {name: case.verdict.rule for name, case in errors.items()} == {
        "APT-7004": "missing_required_field",
        "CHG-8803": "missing_identity",
        "ACT-9105": "missing_identity",
    }
    assert contact_keys(errors["APT-7004"]) == {"CLOSE-303/GHL-503"}


def test_no_kind_of_the_useful_sample_is_absent(sample: Bench) -> None:
    with sample.open() as review:
        assert all(present for _, present in sample_kinds(review.cases))


def test_the_absent_kinds_are_named(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.load(SAMPLE / "contact-map.csv", policy="[fields]\nprotected = []\n")
    with bench.open() as review:
        assert not any(present for _, present in sample_kinds(review.cases))


# The nine acceptance checks


def test_ac1_a_valid_close_appointment_for_a_mapped_contact_lands_in_the_ledger(cases: dict[str, Case]) -> None:
    verdict = cases["APT-7001"].verdict
    assert (verdict.queue, verdict.outcome) == (Queue.LEDGER, Outcome.UPSERT)


def test_ac2_a_valid_ghl_change_for_a_mapped_contact_lands_in_the_ledger(cases: dict[str, Case]) -> None:
    verdicts = {cases[name].verdict.queue for name in ("CHG-8801", "CHG-8804")}
    assert verdicts == {Queue.LEDGER}
    assert cases["CHG-8804"].verdict.outcome is Outcome.UPDATE
    assert cases["CHG-8801"].verdict.outcome is Outcome.NO_WRITE


def test_ac3_a_valid_activity_for_a_mapped_contact_lands_in_the_ledger_for_review(cases: dict[str, Case]) -> None:
    for name, noun in (("ACT-9101", "Gmail email"), ("ACT-9102", "OpenPhone call")):
        assert cases[name].verdict.queue is Queue.LEDGER
        assert (cases[name].status, cases[name].noun) == ("ready for review", noun)


def test_ac4_a_slice_is_one_trigger_one_match_policy_one_review_queue(
    sample: Bench, exported: dict[str, list[dict[str, str]]]
) -> None:
    with sample.open() as review:
        slices = review.cases.policy.slices
    assert {one.trigger for one in slices} == {"close-appointments", "ghl-contact-changes", "activity-events"}
    rows = {row["slice_id"]: row for row in exported["first-slice-map.csv"]}
    activity = rows["ghl-activity-sync"]
    assert all(activity[name] for name in ("trigger", "match_policy", "review_queue"))
    assert [activity[name] for name in ("rows", "ledger", "conflicts", "errors")] == ["5", "2", "2", "1"]
    for row in sample_rows("first-slice-map.csv"):
        assert {name: rows[row["slice_id"]][name] for name in row} == row


@pytest.mark.parametrize(
    "slices",
    [
        'id="a"\ntrigger="activity-events"\nmatch_policy="m"',
        'id="a"\ntrigger="activity-events"\nreview_queue="q"',
        'id="a"\nmatch_policy="m"\nreview_queue="q"',
        'id="a"\ntrigger=["activity-events","close-appointments"]\nmatch_policy="m"\nreview_queue="q"',
        'id="a"\ntrigger="nothing"\nmatch_policy="m"\nreview_queue="q"',
        'id="a"\ntrigger="contact-map"\nmatch_policy="m"\nreview_queue="q"',
        'id="a"\ntrigger="activity-events"\nmatch_policy="m"\nreview_queue="q"\nsecond_queue="q"',
        'id="a"\ntrigger="activity-events"\nmatch_policy="m"\nreview_queue="q"\n'
        '[[slices]]\nid="b"\ntrigger="activity-events"\nmatch_policy="m"\nreview_queue="q"',
    ],
    ids=["no queue", "no policy", "no trigger", "two triggers", "unknown", "no event", "a fourth", "trigger twice"],
)
def test_ac4_another_number_of_parts_is_refused(slices: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(f"[[slices]]\n{slices}\n")


def test_ac5_an_appointment_whose_email_belongs_to_another_contact_is_blocked(cases: dict[str, Case]) -> None:
    assert cases["APT-7002"].verdict.queue is Queue.CONFLICT
    assert contact_keys(cases["APT-7002"]) == {"CLOSE-202/GHL-502"}


def test_ac6_an_unmapped_appointment_is_a_conflict_not_a_blind_create(cases: dict[str, Case]) -> None:
    case = cases["APT-7003"]
    assert (case.verdict.queue, case.verdict.outcome, case.verdict.rule) == (
        Queue.CONFLICT,
        Outcome.CONFLICT,
        "unmapped",
    )
    assert case.suggestion == ""


def test_ac7_a_ghl_change_whose_identifiers_disagree_is_blocked(cases: dict[str, Case]) -> None:
    assert cases["CHG-8802"].verdict.queue is Queue.CONFLICT
    assert cases["CHG-8802"].verdict.rule == "id_disagrees"


def test_ac8_an_activity_whose_email_and_phone_map_to_different_contacts_is_blocked(cases: dict[str, Case]) -> None:
    case = cases["ACT-9104"]
    assert (case.verdict.queue, case.verdict.rule) == (Queue.CONFLICT, "keys_disagree")
    assert contact_keys(case) == {"CLOSE-303/GHL-503", "CLOSE-202/GHL-502"}


def test_ac9_a_row_with_no_usable_identity_is_in_the_error_log(exported: dict[str, list[dict[str, str]]]) -> None:
    assert {"CHG-8803", "ACT-9105"} <= {row["event_id"] for row in exported["error-log.csv"]}


# The six rows of seed 000: status, issue, evidence and reviewer action in substance


@pytest.mark.parametrize(
    ("event_id", "status", "issue", "evidence", "action"),
    [
        (
            "APT-7001",
            "ready for sync",
            ["accepted", "Close appointment"],
            ["CLOSE-101", "GHL-501", "maps to", "e-mail"],
            ["Approve", "appointment upsert into GHL"],
        ),
        (
            "ACT-9102",
            "ready for review",
            ["accepted", "OpenPhone"],
            ["phone maps", "CLOSE-202", "GHL-502"],
            ["Approve", "call activity append into GHL"],
        ),
        (
            "APT-7002",
            "blocked",
            ["e-mail belongs to another contact"],
            ["Event says CLOSE-999", "e-mail maps", "CLOSE-202/GHL-502"],
            ["Confirm the correct contact before syncing"],
        ),
        (
            "CHG-8802",
            "blocked",
            ["ids disagree"],
            ["GHL-999", "CLOSE-303/GHL-503"],
            ["Resolve the mapping before writing back to Close"],
        ),
        (
            "ACT-9104",
            "blocked",
            ["different contacts"],
            ["e-mail", "CLOSE-303/GHL-503", "phone", "CLOSE-202/GHL-502"],
            ["Choose the correct contact before appending activity"],
        ),
        (
            "CHG-8803",
            "error",
            ["missing contact identity"],
            ["No usable", "GHL id", "e-mail", "Close id"],
            ["Reject the row until a usable identity is present"],
        ),
    ],
)
def test_the_rows_of_seed_000(
    cases: dict[str, Case], event_id: str, status: str, issue: list[str], evidence: list[str], action: list[str]
) -> None:
    case = cases[event_id]
    assert case.status == status
    for text, parts in ((case.issue, issue), (case.evidence[-1].text, evidence), (case.action, action)):
        assert [part for part in parts if part.lower() not in text.lower()] == []


def test_the_rows_of_seed_000_stand_so_in_the_exports(exported: dict[str, list[dict[str, str]]]) -> None:
    ledger = {row["event_id"]: row for row in exported["sync-ledger.csv"]}
    conflicts = {row["event_id"]: row for row in exported["conflict-queue.csv"]}
    errors = {row["event_id"]: row for row in exported["error-log.csv"]}
    assert (ledger["APT-7001"]["status"], ledger["APT-7001"]["contact_key"]) == ("ready for sync", "CLOSE-101/GHL-501")
    assert (ledger["ACT-9102"]["status"], ledger["ACT-9102"]["contact_key"]) == (
        "ready for review",
        "CLOSE-202/GHL-502",
    )
    assert {"APT-7002", "CHG-8802", "ACT-9104"} <= set(conflicts)
    assert "Close identity conflict" in conflicts["APT-7002"]["issue"]
    assert "GHL identity conflict" in conflicts["CHG-8802"]["issue"]
    assert "identity conflict" in conflicts["ACT-9104"]["issue"]
    assert errors["CHG-8803"]["error"] == "missing contact identity"
    assert sorted(ledger) == ["ACT-9101", "ACT-9102", "APT-7001", "CHG-8801", "CHG-8804"]
    assert sorted(errors) == ["ACT-9105", "APT-7004", "CHG-8803"]


def test_blocked_at_is_the_time_of_the_load(sample: Bench, exported: dict[str, list[dict[str, str]]]) -> None:
    with sample.open() as review:
        (entry,) = journal.entries(review.store.connection, "kind = 'import'")
    assert {row["blocked_at"] for row in exported["error-log.csv"]} == {entry.body["at"]}
