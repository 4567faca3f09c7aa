"""Groups of duplicates are kept beside the rows, decided by the same rules, and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_duplicate_scan import hubspot

from crm_tui.cli import run
from crm_tui.errors import DecisionRefused, WorkspaceError
from crm_tui.model import Outcome, Queue, State
from crm_tui.workspace.decide_file import apply_lines
from crm_tui.workspace.store import Store
from tests.factory import Bench, Review, back_to_version_1

ANN = ("1", "Ann", "Lee", "ann@one.test", "+12125550100", "One Ltd")
AGAIN = ("2", "Ann", "Leigh", "ann@one.test", "(212) 555-0100", "")
THIRD = ("3", "Anne", "Lee", "ann@one.test", "+12125550100", "One Limited")
BOB = ("9", "Bob", "Day", "bob@two.test", "+13125550111", "Two")


def contacts(bench: Bench, *rows: tuple[str, ...], header: str = "", name: str = "hubspot.csv") -> None:
    data = hubspot(*rows)
    if header:
        data = data.replace(b"Company Name\n", f"Company Name,{header}\n".encode(), 1)
    assert bench.load(bench.put(name, data)) == ()


@pytest.fixture
def two(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    contacts(bench, ANN, AGAIN, BOB)
    return bench


def group(review: Review) -> int:
    (number,) = review.cases.ids(Queue.DUPLICATE)
    return number


def test_a_load_keeps_the_groups_and_counts_them_beside_the_rows(two: Bench) -> None:
    with two.open() as review:
        counts = review.cases.counts()
        assert (counts.rows, counts.duplicates, counts.duplicates_left) == (3, 1, 1)
        case = review.cases.case(group(review))
        assert [side.subject for side in case.sides] and {side.option for side in case.sides} == {"1", "2"}
        assert group(review) not in review.cases.ids()


def test_the_survivor_is_chosen_by_its_id_and_the_sentence_says_what_the_merge_is(two: Bench) -> None:
    with two.open() as review:
        number = group(review)
        kept = review.cases.option(number, "2")
        assert kept and kept.staged
        assert (kept.staged.operation, kept.staged.target_id) == (Outcome.MERGE, "2")
        assert dict(kept.staged.values) == {"company": "One Ltd"}
        assert kept.effect == (
            "2 stays; 1 is merged into it. It gets: company One Ltd. Other values are given up: last name."
            " A merge cannot be undone."
        )
        with pytest.raises(DecisionRefused, match="has no choice"):
            review.decisions.approve(number)
        review.decisions.choose(number, "2")
        assert review.decisions.approve(number).text == "→ approved, keep 2"
        assert review.cases.counts().duplicates_left == 0
        assert review.cases.counts().left == 3
        review.decisions.undo()
        assert review.cases.review(number).state is State.CHOSEN


def test_fields_are_chosen_one_by_one(two: Bench) -> None:
    with two.open() as review:
        number = group(review)
        review.decisions.choose(number, "1")
        review.decisions.take_side(number, "last_name", "HubSpot 2")
        review.decisions.edit(number, "company", "One Inc.")
        chosen = review.cases.decided_option(number, review.cases.review(number))
        assert chosen and chosen.staged
        assert dict(chosen.staged.values) == {"last_name": "Leigh", "company": "One Inc."}
        assert dict(chosen.staged.before) == {"last_name": "Lee", "company": "One Ltd"}
        assert "Edited, neither source: company One Inc." in chosen.effect
        review.decisions.clear_field(number, "company")
        review.decisions.approve(number)
        again = review.cases.decided_option(number, review.cases.review(number))
        assert again and again.staged and dict(again.staged.values) == {"last_name": "Leigh"}


def test_consent_is_the_strictest_of_all_and_looser_only_with_a_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    contacts(bench, (*ANN, "No"), (*AGAIN, "Yes"), header="Unsubscribed from all email")
    with bench.open() as review:
        number = group(review)
        kept = review.cases.option(number, "1")
        assert kept and kept.staged and kept.staged.values["email_opt_out"] == "true"
        review.decisions.choose(number, "1")
        with pytest.raises(DecisionRefused, match="loosen"):
            review.decisions.take_side(number, "email_opt_out", "HubSpot 1")
        review.decisions.take_side(number, "email_opt_out", "HubSpot 1", "she has opted in again, mail of 3 May")
        chosen = review.cases.decided_option(number, review.cases.review(number))
        assert chosen and chosen.staged and chosen.overrides
        assert chosen.staged.values["email_opt_out"] == "false"


def test_a_protected_field_of_the_other_record_takes_a_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    contacts(bench, (*ANN, "Dana"), (*AGAIN, "Lee"), header="Contact owner")
    with bench.open() as review:
        number = group(review)
        with pytest.raises(DecisionRefused, match="protects this field"):
            review.decisions.take_side(number, "owner", "HubSpot 2")
        review.decisions.take_side(number, "owner", "HubSpot 2", "she has moved to Lee's region")
        chosen = review.cases.option(number, "1", review.cases.review(number).picks)
        assert chosen and chosen.staged and chosen.staged.values["owner"] == "Lee"


def test_two_ids_of_another_system_are_said_and_take_a_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.put("map.csv", b"hubspot_contact_id,salesforce_contact_id,email,phone\n"
              b"1,003000000000001AAA,,\n2,003000000000002AAA,,\n")  # fmt: skip
    bench.put("hubspot.csv", hubspot(ANN, AGAIN))
    assert bench.load(bench.folder / "exports") == ()
    with bench.open() as review:
        number = group(review)
        assert any("different records in Salesforce" in note.text for note in review.cases.case(number).notes)
        with pytest.raises(DecisionRefused, match="003000000000001AAA and 003000000000002AAA"):
            review.decisions.choose(number, "1")
        review.decisions.choose(number, "1", "the second was merged there yesterday")
        review.decisions.approve(number)


def test_a_family_that_shares_an_email_and_a_phone_is_never_merged_in_a_set(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    contacts(bench, ANN, ("2", "Gregory", "Lee", "ann@one.test", "+12125550100", ""))
    with bench.open() as review:
        assert review.cases.case(group(review)).alone == "too little in common to be sure; look at it by itself"


def test_not_the_same_is_remembered_over_loads_and_taken_back_by_undo(two: Bench) -> None:
    with two.open() as review:
        assert review.decisions.reject(group(review), "").text == "→ not the same"
        assert review.cases.review(group(review)).reason == "not the same"
    contacts(two, ANN, (*AGAIN[:5], "One"), BOB, name="later.csv")
    with two.open() as review:
        assert review.cases.counts().duplicates == 1
        assert review.cases.counts().duplicates_left == 0
        assert review.cases.review(group(review)).state is State.REJECTED
    contacts(two, ANN, AGAIN, BOB, THIRD, name="third.csv")
    with two.open() as review:
        shown = [review.cases.case(number) for number in review.cases.ids(Queue.DUPLICATE)]
        together = [{side.option for side in case.sides} for case in shown]
        assert {"1", "2"} in together and {"1", "2", "3"} not in together
        assert any("3" in names for names in together)


def test_a_group_that_a_third_record_joins_is_asked_anew_and_the_old_decision_does_not_count(two: Bench) -> None:
    with two.open() as review:
        number = group(review)
        review.decisions.choose(number, "1")
        review.decisions.approve(number)
    contacts(two, ANN, AGAIN, BOB, THIRD, name="third.csv")
    with two.open() as review:
        (three,) = review.cases.ids(Queue.DUPLICATE)
        assert {side.option for side in review.cases.case(three).sides} == {"1", "2", "3"}
        assert review.cases.review(three).state is State.PENDING
        assert [(one.live, review.state) for one, _, review in review.cases.each_group()] == [
            (three == one.number, State.PENDING if three == one.number else State.STALE)
            for one, _, _ in review.cases.each_group()
        ]


def test_a_decision_whose_records_have_changed_is_stale(two: Bench) -> None:
    with two.open() as review:
        review.decisions.choose(group(review), "1")
        review.decisions.approve(group(review))
    contacts(two, (*ANN[:5], "One Group"), AGAIN, BOB, name="later.csv")
    with two.open() as review:
        assert review.cases.review(group(review)).state is State.STALE
        assert review.cases.counts().duplicates_left == 1


def test_the_same_load_again_changes_nothing(two: Bench) -> None:
    with two.open() as review:
        review.decisions.reject(group(review), "they are sisters")
    contacts(two, ANN, AGAIN, BOB)
    with two.open() as review:
        assert review.cases.review(group(review)).reason == "they are sisters"
        assert review.cases.counts().duplicates_left == 0


def test_groups_are_decided_from_a_file_too(two: Bench) -> None:
    with two.open() as review:
        name = review.cases.case(group(review)).event_id
        lines = [{"event_id": name, "choice": "approve"}, {"event_id": name, "choice": "1"},
                 {"event_id": name, "choice": "approve"}]  # fmt: skip
        done = list(apply_lines(review.cases, review.decisions, list(enumerate(lines, 1))))
        assert "without a choice" in done[0].refusal
        assert review.cases.review(group(review)).state is State.APPROVED


def test_erasing_a_person_takes_the_decisions_on_the_groups_along(
    two: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    with two.open() as review:
        review.decisions.choose(group(review), "1")
        review.decisions.edit(group(review), "company", "Ann's Own Firm")
    assert run(["erase", "-w", str(two.workspace), "ann@one.test"]) == 0
    assert b"Own Firm" not in two.workspace.read_bytes()
    with two.open() as review:
        assert review.cases.counts().duplicates == 0
        assert list(review.cases.each_group()) == []


def test_a_workspace_of_the_version_before_is_brought_up_by_the_command_that_is_named(
    two: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    back_to_version_1(two.workspace)
    with pytest.raises(WorkspaceError, match="open it once with: crm-tui review -w"):
        Store.open(two.workspace, write=False)
    assert run(["review", "-w", str(two.workspace)]) == 0
    assert "decided" in capsys.readouterr().out
    Store.open(two.workspace, write=False).close()


def test_a_workspace_of_the_version_before_is_brought_up_when_it_is_opened(two: Bench) -> None:
    back_to_version_1(two.workspace)
    with two.open() as review:
        assert review.cases.counts().duplicates == 0
    assert run(["duplicates", "-w", str(two.workspace)]) == 0
    with two.open() as review:
        assert review.cases.counts().duplicates == 1
