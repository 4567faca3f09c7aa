"""Decided groups in a handoff: a plan for a person, signed with the rest, and refused when it says something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from test_duplicate_scan import hubspot
from test_groups import AGAIN, ANN, BOB, THIRD, contacts, group

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container, sums
from crm_tui.handoff.keys import HANDOFF_NAMESPACE, FileSigner
from crm_tui.handoff.masking import write_masked_report
from crm_tui.handoff.merge import merge
from crm_tui.handoff.merge_in import merge_in
from crm_tui.handoff.seal import GROUPS, seal
from crm_tui.handoff.verify import verify
from crm_tui.model import Queue, State
from tests.factory import Bench, read_csv, signer, trust_in
from tests.handoff.test_seal_verify import NOW, members_of

PLAN = "staged/hubspot-merge-plan.csv"
CARL = ("7", "Carl", "Ray", "carl@three.test", "+13125550122", "Three")
CARLO = ("8", "Carlo", "Ray", "carl@three.test", "+13125550122", "Three")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return signer(tmp_path_factory.mktemp("key"))


@pytest.fixture
def decided(tmp_path: Path) -> Bench:
    """Ann is merged, Carl is not; of a third pair nothing is said."""
    bench = Bench(tmp_path / "one")
    bench.folder.mkdir()
    contacts(bench, ANN, AGAIN, BOB, CARL, CARLO, ("9b", *BOB[1:]))
    with bench.open() as review:
        by_survivor = {review.cases.case(one).sides[0].option: one for one in review.cases.ids(Queue.DUPLICATE)}
        ann = next(one for name, one in by_survivor.items() if name in "12")
        carl = next(one for name, one in by_survivor.items() if name in "78")
        review.decisions.choose(ann, "2", "the newer one")
        review.decisions.take_side(ann, "last_name", "HubSpot 1")
        review.decisions.approve(ann)
        review.decisions.reject(carl, "father and son")
    return bench


def sealed(bench: Bench, key: FileSigner) -> bytes:
    with bench.open() as review:
        out = bench.folder / "out.handoff.zip"
        seal(review.cases, out, key, "Rita Reviewer")
        return out.read_bytes()


def test_the_plan_says_step_by_step_what_a_person_does_and_on_what_it_rests(
    decided: Bench, tmp_path: Path, key: FileSigner
) -> None:
    data = sealed(decided, key)
    found = verify(data, trust_in(key), now=NOW)
    assert found.counts["rows"] == 6, "the groups are no rows"
    plan = read_csv(members_of(data)[PLAN])
    assert [(row["step"], row["survivor_id"], row["other_id"], row["field"], row["value"]) for row in plan] == [
        ("keep", "2", "", "", ""),
        ("set", "2", "", "last_name", "Lee"),
        ("set", "2", "", "company", "One Ltd"),
        ("merge into the survivor", "2", "1", "", ""),
    ]
    assert (plan[1]["survivor_has"], plan[1]["only_if"]) == ("Leigh", "the last name is still Leigh")
    assert plan[1]["taking_it_back"] == "set it to Leigh"
    assert plan[2]["only_if"] == "it is still blank"
    assert plan[3]["taking_it_back"].startswith("cannot be undone")


def test_summary_and_report_tell_of_the_groups(decided: Bench, tmp_path: Path, key: FileSigner) -> None:
    members = members_of(sealed(decided, key))
    summary = members["SUMMARY.md"].decode()
    assert "keep 2, merge 1 into it" in summary
    assert "not the same (father and son)" in summary
    assert "- 1 group of records that may be the same: not decided" in summary
    assert "hubspot-merge-plan.csv" in summary
    report = members["report.html"].decode()
    assert "Records that may be the same" in report and "father and son" in report


def test_a_question_about_a_group_is_among_the_questions(decided: Bench, key: FileSigner) -> None:
    with decided.open() as review:
        (left,) = review.cases.ids(Queue.DUPLICATE, open_only=True)
        review.decisions.ask(left, "Is Bob there twice?")
    data = sealed(decided, key)
    verify(data, trust_in(key), now=NOW)
    (asked,) = read_csv(members_of(data)["questions.csv"])
    assert (asked["question"], asked["event_id"][:4]) == ("Is Bob there twice?", "DUP-")


def test_the_masked_report_names_nobody_of_the_groups(decided: Bench, tmp_path: Path, key: FileSigner) -> None:
    out = tmp_path / "masked.html"
    write_masked_report(sealed(decided, key), out)
    text = out.read_text(encoding="utf-8")
    assert "Records that may be the same" in text
    assert [word for word in ("Leigh", "ann@one.test", "father and son", "Carlo", "Ann Lee") if word in text] == []


def test_a_handoff_without_duplicates_is_of_the_same_form_as_ever(tmp_path: Path, key: FileSigner) -> None:
    bench = Bench(tmp_path)
    contacts(bench, ANN, BOB)
    assert GROUPS not in members_of(sealed(bench, key))


def test_a_group_that_another_has_taken_in_stages_nothing(tmp_path: Path, key: FileSigner) -> None:
    bench = Bench(tmp_path)
    contacts(bench, ANN, AGAIN, BOB)
    with bench.open() as review:
        review.decisions.choose(group(review), "1")
        review.decisions.approve(group(review))
    contacts(bench, ANN, AGAIN, BOB, THIRD, name="third.csv")
    data = sealed(bench, key)
    verify(data, trust_in(key), now=NOW)
    assert PLAN not in members_of(data)


def _signed(members: Mapping[str, bytes], key: FileSigner) -> bytes:
    """A handoff of these members, signed by the same key as if by the program."""
    content = [(name, data) for name, data in members.items() if not name.startswith("SHA256SUMS")]
    listed = sums.render(content)
    signature = key.sign(HANDOFF_NAMESPACE, listed)
    return container.write([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *content])


def _forged(data: bytes, key: FileSigner, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The handoff with its groups changed."""
    members = members_of(data)
    rows = [json.loads(line) for line in members[GROUPS].splitlines()]
    for row in rows:
        change(row)
    return _signed(members | {GROUPS: b"".join(canonical.dumps(row) + b"\n" for row in rows)}, key)


def _another_survivor(row: dict[str, Any]) -> None:
    if row["status"] == "ready":
        row["target_id"] = "1"


def _approved_by_nobody(row: dict[str, Any]) -> None:
    if row["status"] == "outstanding":
        row["status"], row["state"] = "ready", "approved"


def _the_same_after_all(row: dict[str, Any]) -> None:
    if row["status"] == "rejected":
        row["status"], row["state"] = "outstanding", "to decide"


@pytest.mark.parametrize("change", [_another_survivor, _approved_by_nobody, _the_same_after_all])
def test_groups_that_say_something_else_than_the_log_are_refused(
    decided: Bench, tmp_path: Path, key: FileSigner, change: Callable[[dict[str, Any]], None]
) -> None:
    data = _forged(sealed(decided, key), key, change)
    with pytest.raises(HandoffRefused) as refused:
        verify(data, trust_in(key), now=NOW)
    assert refused.value.code.startswith("rows.")


def test_groups_left_out_or_a_plan_changed_are_refused(decided: Bench, tmp_path: Path, key: FileSigner) -> None:
    data = sealed(decided, key)
    members = members_of(data)
    assert verify(_signed(members, key), trust_in(key), now=NOW).counts["rows"] == 6
    without = {name: content for name, content in members.items() if name != GROUPS}
    with pytest.raises(HandoffRefused, match=r"which is not among the rows"):
        verify(_signed(without, key), trust_in(key), now=NOW)
    other = members | {PLAN: members[PLAN].replace(b'"One Ltd"', b'"Two Ltd"')}
    with pytest.raises(HandoffRefused, match=r"is not what follows from the rows"):
        verify(_signed(other, key), trust_in(key), now=NOW)


def test_two_reviewers_are_merged_with_what_they_said_of_the_groups(tmp_path: Path, key: FileSigner) -> None:
    first, second = (Bench(tmp_path / name) for name in ("first", "second"))
    first.folder.mkdir()
    contacts(first, ANN, AGAIN, BOB, CARL, CARLO)
    shutil.copytree(first.folder, second.folder, ignore=shutil.ignore_patterns(".*"))
    with first.open() as review:
        one, other = review.cases.ids(Queue.DUPLICATE)
        review.decisions.reject(one, "sisters")
        review.decisions.reject(other, "namesakes")
    with second.open("Sam Second") as review:
        one, other = review.cases.ids(Queue.DUPLICATE)
        kept = review.cases.case(one).options[0].token
        review.decisions.choose(one, kept)
        review.decisions.approve(one)
    keys = [signer(first.folder), signer(second.folder, "bob@example.test")]
    packed = []
    for bench, key in zip((first, second), keys, strict=True):
        with bench.open() as review:
            seal(review.cases, bench.folder / "out.handoff.zip", key, "Somebody")
        packed.append((bench.folder / "out.handoff.zip").read_bytes())
    trust, out = trust_in(*keys), tmp_path / "merged.handoff.zip"
    statement, rows = merge(*packed, out, trust, keys[0], "Rita Reviewer", NOW)
    verify(out.read_bytes(), trust, now=NOW)
    with first.open() as review:
        assert merge_in(review.cases, statement, rows, "Rita Reviewer") == 1
        assert review.cases.review(one).state is State.PENDING
        assert "two reviewers disagree" in review.cases.review(one).note
        assert review.cases.review(other).state is State.REJECTED


def test_dangerous_values_of_a_record_are_harmless_in_the_plan(tmp_path: Path, key: FileSigner) -> None:
    bench = Bench(tmp_path)
    evil = b'"=HYPERLINK(""http://x.test"")"'
    bench.put("hubspot.csv", hubspot(ANN, (*AGAIN[:5], "")).replace(b"One Ltd", evil))
    assert bench.load(bench.folder / "exports") == ()
    with bench.open() as review:
        review.decisions.choose(group(review), "2")
        review.decisions.approve(group(review))
    data = sealed(bench, key)
    verify(data, trust_in(key), now=NOW)
    assert b"\"'=HYPERLINK" in members_of(data)[PLAN]
