"""A cell that was typed over, in a handoff: listed apart with what the file says, tied to the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crm_tui.errors import HandoffRefused
from crm_tui.handoff.masking import write_masked_report
from crm_tui.handoff.merge import merge
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import verify
from crm_tui.privacy.erase import erase
from crm_tui.privacy.subject import find_subject
from crm_tui.workspace import integrity
from tests.factory import SAMPLE, Review, signer
from tests.handoff.test_merge import Office, approve, rows_of
from tests.handoff.test_report import assert_harmless
from tests.handoff.test_seal_verify import NOW, Forge, Made, code, made, members_of, sealed

EMAIL = "buyer@clearwater.test"


def repair_one(review: Review) -> None:
    """Two cells of a row, one of them twice; what was typed first and the row's latest repair are of two cells."""
    record_id = review.id("APT-7004")
    review.decisions.repair(record_id, "email", "other@clearwater.test")
    review.decisions.repair(record_id, "email", EMAIL, "told on the phone")
    review.decisions.repair(record_id, "title", "Contract review")
    review.decisions.approve(record_id)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("repaired"), repair_one)


def test_the_row_is_staged_and_carries_what_the_file_says_beside_what_counts(repaired: Made) -> None:
    assert code(repaired.data, repaired.trust) == "accepted"
    row = rows_of(repaired.data)["APT-7004"]
    assert (row["was"], row["status"]) == ("ledger", "ready")
    one, title = row["repairs"]
    assert title["value"] == "Contract review"
    assert (one["label"], one["was"], one["value"], one["reason"]) == ("e-mail", "", EMAIL, "told on the phone")


def test_repairs_are_listed_apart_in_the_summary_and_on_the_page(repaired: Made) -> None:
    members = members_of(repaired.data)
    summary = members["SUMMARY.md"].decode()
    assert "## Cells typed over by the reviewer: not what the file says" in summary
    assert "told on the phone" in summary
    page = assert_harmless(members["report.html"])
    assert "Cells typed over by the reviewer" in page.text and EMAIL in page.text


def test_a_handoff_without_repairs_says_nothing_of_them(tmp_path: Path) -> None:
    plain = made(tmp_path, lambda review: review.decisions.approve(review.id("APT-7001")))
    assert "typed over" not in members_of(plain.data)["SUMMARY.md"].decode()
    assert not any("repairs" in row for row in rows_of(plain.data).values())


def test_nobody_is_named_in_the_masked_edition(repaired: Made, tmp_path: Path) -> None:
    write_masked_report(repaired.data, tmp_path / "masked.html")
    page = (tmp_path / "masked.html").read_text()
    assert "Cells typed over by the reviewer" in page
    assert EMAIL not in page and "told on the phone" not in page


@pytest.mark.parametrize(
    ("field", "text"),
    [("value", "mallory@evil.test"), ("reason", "because"), ("by", "Mallory"), ("at", "2020-01-01T00:00:00Z"),
     ("field", "title")],
)  # fmt: skip
def test_a_repair_that_the_log_does_not_know_is_refused(repaired: Made, field: str, text: str) -> None:
    forge = Forge(repaired)
    forge.row("APT-7004")["repairs"][0][field] = text
    assert forge.code() == "rows.decision"


@pytest.mark.parametrize(("which", "position"), [("repairs", 0), ("repairs", 1), ("earlier_repairs", 0)])
def test_no_repair_that_the_log_knows_can_be_left_out(repaired: Made, which: str, position: int) -> None:
    hidden = Forge(repaired)
    told = hidden.row("APT-7004")[which].pop(position)
    assert hidden.code() == "rows.decision"
    if which == "repairs":
        pass_off(hidden.row("APT-7004"), told)
        assert hidden.code() == "rows.decision", "one that counts is none that was typed over again"


def pass_off(row: dict[str, Any], told: dict[str, Any]) -> None:
    """Name a repair of a row as one that counts no more."""
    salts = {name: told["salts"][name] for name in ("field", "digest")}
    one = {"field": told["field"], "digest": row["source"]["raw_sha256"], "salts": salts}
    row.setdefault("earlier_repairs", []).append(one)


def test_a_repair_after_which_the_row_is_still_an_error_cannot_be_passed_off_as_an_earlier_one(tmp_path: Path) -> None:
    forge = Forge(made(tmp_path, lambda review: review.decisions.repair(review.id("APT-7004"), "title", "Review")))
    row = forge.row("APT-7004")
    assert row["was"] == "error" and forge.code() == "accepted"
    pass_off(row, row.pop("repairs")[0])
    assert forge.code() == "rows.decision"


def test_a_repair_is_listed_once(repaired: Made) -> None:
    forge = Forge(repaired)
    listed = forge.row("APT-7004")["repairs"]
    listed.append(listed[0] | {"was": "what no file says"})
    assert forge.code() == "rows.decision"


@pytest.mark.parametrize("field", ["field", "digest"])
def test_what_is_said_of_an_earlier_repair_is_as_logged(repaired: Made, field: str) -> None:
    forge = Forge(repaired)
    forge.row("APT-7004")["earlier_repairs"][0][field] = "title" if field == "field" else "0" * 64
    assert forge.code() == "rows.decision"


def test_a_repair_of_bytes_that_a_later_load_replaced_counts_no_more_and_cannot_be_left_out(tmp_path: Path) -> None:
    one = made(tmp_path, repair_one)
    table = (SAMPLE / "close-appointments.csv").read_text(encoding="utf-8")
    later = table.replace("Contract questions", "Questions")
    assert one.bench.load(one.bench.put("close-appointments.csv", later.encode())) == ()
    done, data = sealed(one.bench, one.key, "later.handoff.zip")
    row = rows_of(data)["APT-7004"]
    assert "repairs" not in row and len(row["earlier_repairs"]) == 3
    assert code(data, one.trust) == "accepted"
    hidden = Forge(Made(one.bench, one.key, one.trust, data, done))
    del hidden.row("APT-7004")["earlier_repairs"]
    assert hidden.code() == "rows.decision"
    again = one.bench.load(one.bench.put("close-appointments.csv", table.encode()))
    assert again == () and len(rows_of(sealed(one.bench, one.key, "again.zip")[1])["APT-7004"]["repairs"]) == 2


def test_a_person_named_in_the_reason_of_a_repair_can_be_erased_and_the_repair_still_holds(tmp_path: Path) -> None:
    one = made(
        tmp_path,
        lambda review: review.decisions.repair(review.id("APT-7004"), "email", EMAIL, "so said zoe@elsewhere.test"),
    )
    with one.bench.open("Dana") as review:
        erase(review.cases, find_subject(review.cases, "zoe@elsewhere.test"), "zoe@elsewhere.test", "Dana")
    data = sealed(one.bench, one.key, "after.handoff.zip")[1]
    assert rows_of(data)["APT-7004"]["repairs"][0]["reason"] == ""
    assert code(data, one.trust) == "accepted"


def test_of_a_handoff_from_before_only_the_last_repair_of_a_row_is_known_to_be_named(tmp_path: Path) -> None:
    folder = Path(__file__).parent / "golden" / "v2"
    trust = Trust(parse((folder / "allowed_signers").read_bytes()))
    data = (folder / "repaired.zip").read_bytes()
    assert any("every cell typed over" in one for one in verify(data, trust, now=NOW).not_checked)
    assert not any(
        "typed over" in one for one in verify((folder / "partial.zip").read_bytes(), trust, now=NOW).not_checked
    )
    with pytest.raises(HandoffRefused, match="sign it anew"):
        merge(data, (folder / "complete.zip").read_bytes(), None, trust, signer(tmp_path), "Lead", NOW)


def test_a_repair_moved_to_another_row_or_taken_from_one_that_was_undone_is_refused(
    repaired: Made, tmp_path: Path
) -> None:
    forge = Forge(repaired)
    forge.row("APT-7002")["repairs"] = forge.row("APT-7004")["repairs"]
    assert forge.code() == "rows.decision"

    def undo_it(review: Review) -> None:
        repair_one(review)
        for _ in range(4):
            review.decisions.undo()

    undone = made(tmp_path, undo_it)
    assert rows_of(undone.data)["APT-7004"]["status"] == "error"
    other = Forge(undone)
    other.row("APT-7004")["repairs"] = Forge(repaired).row("APT-7004")["repairs"]
    assert other.code() == "rows.decision"


def test_a_row_that_is_said_to_be_an_error_still_although_it_was_repaired_is_refused(repaired: Made) -> None:
    forge = Forge(repaired)
    forge.row("CHG-8803")["was"] = "ledger"
    assert forge.code() != "accepted"


def test_reviewers_of_copies_of_a_repaired_review_are_merged_with_the_repair(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.base.open("Base") as review:
        review.decisions.repair(review.id("APT-7004"), "email", EMAIL)
    rita = office.laptop("rita").decide(approve("APT-7004")).hand_over()
    sam = office.laptop("sam").decide(approve("APT-7004"), approve("ACT-9102")).hand_over()
    merged = office.merged(rita, sam)
    assert office.verify(merged).kind == "merge"
    row = rows_of(merged)["APT-7004"]
    assert (row["status"], row["repairs"][0]["value"]) == ("ready", EMAIL)


def test_a_repair_of_one_copy_only_is_no_copy_of_the_same_review(tmp_path: Path) -> None:
    office = Office(tmp_path)
    rita = office.laptop("rita").decide(repair_one).hand_over()
    sam = office.laptop("sam").decide(approve("ACT-9102")).hand_over()
    with pytest.raises(Exception, match="same loads"):
        office.merged(rita, sam)


def test_who_was_only_typed_in_can_be_erased_and_the_journal_still_holds(tmp_path: Path) -> None:
    one = made(tmp_path, lambda review: review.decisions.repair(review.id("APT-7004"), "email", "new@person.test"))
    with one.bench.open("Dana") as review:
        erase(review.cases, find_subject(review.cases, "new@person.test"), "new@person.test", "Dana")
        integrity.check(review.store)
        assert not review.cases.repairs
    assert code(sealed(one.bench, one.key, "after.handoff.zip")[1], one.trust) == "accepted"
    with one.bench.open("Dana") as review:
        told = review.store.connection.execute("SELECT COUNT(*) FROM repair").fetchone()
        assert told == (0,)
