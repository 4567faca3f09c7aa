"""Merging two reviewers: the laws on thousands of random reviews, and real handoffs of two copies of one workspace."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import HandoffRefused, TargetError, UsageError
from crm_tui.handoff import container, keys, votes
from crm_tui.handoff.merge import merge
from crm_tui.handoff.merge_in import merge_in
from crm_tui.handoff.receipts import opened
from crm_tui.handoff.row_file import RowShape
from crm_tui.handoff.seal import seal
from crm_tui.handoff.trust import Trust
from crm_tui.handoff.verify import Receiver, Verified, verify
from crm_tui.handoff.votes import Vote
from crm_tui.model import State
from crm_tui.workspace import integrity
from crm_tui.workspace.journal import effective_of_row
from tests.factory import Bench, Review, appointment, appointments_bytes, signer, trust_in
from tests.handoff.test_report import Markup, assert_harmless
from tests.handoff.test_seal_verify import Forge, Made, members_of
from tests.properties.profiles import examples

NOW = datetime(2026, 6, 3, tzinfo=UTC)


# The laws


VOTE = get_type_hints(get_type_hints(RowShape)["votes"].__args__[0])
"""The fields of a vote as a row carries it."""


def vote(
    number: int, action: str = "approve", option: str = "one", staged: str = "k", replaces: tuple[int, ...] = ()
) -> Vote:
    """The vote with that number: whoever holds it holds the same."""
    base: dict[str, Any] = dict.fromkeys(VOTE, "")
    return base | {
        "action": action,
        "at": f"2026-06-01T00:00:{number % 60:02d}Z",
        "option": option if action in ("approve", "choose") else "",
        "staged": staged if action == "approve" else "",
        "override": False,
        "salts": {},
        "marks": [{"name": "by", "mark": f"{number}"}],
        "replaces": [ALL_NAMES[old] for old in replaces],
    }


ACTIONS = ("approve", "choose", "reject", "defer", "needs-client", "clear", votes.UNDONE)
ALL_NAMES: dict[int, str] = {}


def all_votes(seed: int = 5) -> list[Vote]:
    """Sixty votes on one row, each after some others."""
    dice = random.Random(seed)
    found = []
    for number in range(60):
        action = dice.choice(ACTIONS)
        known = [old for old in range(number) if dice.random() < 0.1]
        made = vote(number, action, dice.choice(("one", "two")), dice.choice(("k", "l")), tuple(known))
        ALL_NAMES[number] = votes.name(made)
        found.append(made)
    return found


POOL = all_votes()
SIDES = st.lists(st.sampled_from(POOL), max_size=6)


@examples(1_500)
@given(SIDES, SIDES, SIDES)
def test_a_merge_is_commutative_associative_and_idempotent(a: list[Vote], b: list[Vote], c: list[Vote]) -> None:
    union = votes.union
    assert union(a, b) == union(b, a)
    assert union(union(a, b), c) == union(a, union(b, c)) == union(a, b, c)
    assert union(a, a) == union(a) == union(union(a))
    for left, right in ((union(a, b), union(b, a)), (union(a, a), union(a))):
        assert votes.settled(left) == votes.settled(right)
        assert votes.disputed(left) == votes.disputed(right)


@examples(1_500)
@given(SIDES, SIDES)
def test_no_vote_is_lost_or_invented(a: list[Vote], b: list[Vote]) -> None:
    merged = votes.union(a, b)
    assert {votes.name(one) for one in merged} == {votes.name(one) for one in (*a, *b)}
    assert len(merged) == len({votes.name(one) for one in merged})
    winner = votes.settled(merged)
    assert winner is None or winner in merged
    assert not (winner is not None and votes.disputed(merged))


@examples(1_500)
@given(SIDES)
def test_what_is_decided_is_what_every_standing_vote_says(side: list[Vote]) -> None:
    winner = votes.settled(side)
    standing = votes.standing(side)
    if winner is None:
        assert not standing or votes.disputed(side)
        return
    actions = {one["action"] for one in standing}
    assert actions <= {"approve", "choose"} or len(actions) == 1
    assert {one["option"] for one in standing} == {winner["option"]}
    assert {one["staged"] for one in standing if one["action"] == "approve"} <= {winner["staged"]}


@pytest.mark.parametrize(
    ("given", "wins", "open_again"),
    [
        ([vote(1)], "approve", False),
        ([vote(1), vote(2)], "approve", False),
        ([vote(1), vote(2, option="two")], "", True),
        ([vote(1), vote(2, staged="l")], "", True),
        ([vote(1), vote(2, "reject")], "", True),
        ([vote(1, "reject"), vote(2, "reject")], "reject", False),
        ([vote(1, "choose"), vote(2)], "approve", False),
        ([vote(1, "choose", "two"), vote(2)], "", True),
        ([vote(1), vote(2, "defer")], "approve", False),
        ([vote(1, "defer"), vote(2, "defer")], "defer", False),
        ([vote(1), vote(2, "needs-client")], "", True),
        ([vote(1), vote(2, "clear")], "approve", False),
        ([vote(1, votes.UNDONE)], "", False),
        ([], "", False),
    ],
)
def test_what_votes_come_to(given: list[Vote], wins: str, open_again: bool) -> None:
    winner = votes.settled(given)
    assert (winner["action"] if winner else "") == wins
    assert votes.disputed(given) is open_again


def test_a_vote_that_was_replaced_or_taken_back_counts_no_more() -> None:
    first = vote(90)
    ALL_NAMES[90] = votes.name(first)
    assert votes.settled([first, vote(91, option="two", replaces=(90,))])["option"] == "two"  # type: ignore[index]
    assert votes.settled([first, vote(92, votes.UNDONE, replaces=(90,))]) is None
    assert not votes.disputed([first, vote(92, votes.UNDONE, replaces=(90,))])


# Real handoffs


class Laptop:
    """One reviewer with a copy of the workspace."""

    def __init__(self, folder: Path, workspace: Path, name: str, key: keys.FileSigner) -> None:
        folder.mkdir(parents=True)
        shutil.copy(workspace, folder / "bench.crm")
        self.bench = Bench(folder)
        # Nobody decides at the same second in these stories, so that the earliest is the same one in each.
        self.bench.clock.moment = self.bench.clock.moment.replace(minute=len(name))
        self.name = name
        self.key = key

    def decide(self, *steps: Callable[[Review], object]) -> Laptop:
        with self.bench.open(self.name) as review:
            for step in steps:
                step(review)
        return self

    def hand_over(self) -> bytes:
        out = self.bench.folder / "out.zip"
        with self.bench.open(self.name) as review:
            seal(review.cases, out, self.key, self.name)
        return out.read_bytes()


class Office:
    """A workspace, two reviewers with copies of it, and somebody who merges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = Bench(folder / "base")
        self.base.folder.mkdir()
        self.base.sample()
        with self.base.open("Base") as review:
            review.decisions.approve(review.id("APT-7001"))
            review.decisions.choose(review.id("APT-7002"), "CLOSE-202/GHL-502")
        self.keys = {name: signer(folder, f"{name}@example.test") for name in ("rita", "sam", "lead")}
        self.trust: Trust = trust_in(*self.keys.values())
        self.number = itertools.count()

    def laptop(self, name: str) -> Laptop:
        folder = self.folder / f"laptop-{next(self.number)}"
        return Laptop(folder, self.base.workspace, name.capitalize(), self.keys[name])

    def merged(self, first: bytes, second: bytes) -> bytes:
        out = self.folder / f"merged-{next(self.number)}.zip"
        merge(first, second, out, self.trust, self.keys["lead"], "Lead", NOW)
        return out.read_bytes()

    def verify(self, data: bytes, **options: Any) -> Verified:
        return verify(data, self.trust, now=NOW, **options)

    def refused(self, data: bytes) -> str:
        try:
            self.verify(data)
        except HandoffRefused as error:
            return error.code
        return "accepted"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def approve(name: str, token: str = "") -> Callable[[Review], object]:
    return lambda review: review.decisions.approve(review.id(name), token=token, reason=f"why {name}")


def reject(name: str) -> Callable[[Review], object]:
    return lambda review: review.decisions.reject(review.id(name), f"not {name}")


def undo(name: str) -> Callable[[Review], object]:
    return lambda review: review.decisions.undo(review.id(name))


def rows_of(data: bytes) -> dict[str, dict[str, Any]]:
    return {row["event_id"]: row for row in map(json.loads, members_of(data)["rows.jsonl"].splitlines())}


@pytest.fixture
def two(office: Office) -> tuple[bytes, bytes]:
    rita = office.laptop("rita").decide(
        approve("APT-7002"), approve("CHG-8804"), reject("APT-7003"), approve("ACT-9104", "CLOSE-303/GHL-503"),
        approve("ACT-9101"), undo("ACT-9101"), undo("APT-7001"),
    )  # fmt: skip
    sam = office.laptop("sam").decide(
        approve("APT-7002"), approve("ACT-9102"), approve("APT-7003", "create"),
        approve("ACT-9104", "CLOSE-202/GHL-502"), approve("ACT-9101"),
    )  # fmt: skip
    return rita.hand_over(), sam.hand_over()


def test_two_reviewers_become_one_handoff(office: Office, two: tuple[bytes, bytes]) -> None:
    data = office.merged(*two)
    found = office.verify(data)
    assert (found.kind, found.signer, found.seq) == ("merge", "lead@example.test", 2)
    rows = rows_of(data)
    assert {name: rows[name]["status"] for name in ("CHG-8804", "ACT-9102", "APT-7002", "ACT-9101")} == dict.fromkeys(
        ("CHG-8804", "ACT-9102", "APT-7002", "ACT-9101"), "ready"
    )
    assert rows["CHG-8804"]["decision"]["by"] == "Rita"
    assert rows["ACT-9102"]["decision"]["by"] == "Sam"
    assert {one["by"] for one in votes.standing(rows["APT-7002"]["votes"])} == {"Rita", "Sam"}
    assert rows["APT-7001"]["status"] == "outstanding", "Rita took back what Sam never touched"
    parents = json.loads(members_of(data)["handoff.json"])["parents"]
    assert {one["principal"] for one in parents} == {"rita@example.test", "sam@example.test"}
    assert {one["id"] for one in parents} == {office.verify(one).handoff_id for one in two}


def test_what_they_disagree_on_waits_again_with_both_votes(office: Office, two: tuple[bytes, bytes]) -> None:
    data = office.merged(*two)
    rows = rows_of(data)
    for name in ("APT-7003", "ACT-9104"):
        row = rows[name]
        assert (row["status"], row["decision"], row["staged"], row["idempotency_key"]) == ("outstanding", None, [], "")
        assert {one["by"] for one in row["votes"]} == {"Rita", "Sam"}
        assert row["contact_key"] == ""
    summary = members_of(data)["SUMMARY.md"].decode()
    assert "reviewers disagree: Sam: approve create" in summary.replace("Rita: reject (not APT-7003); ", "")
    assert "Rita: reject (not APT-7003)" in summary
    page = assert_harmless(members_of(data)["report.html"])
    assert "The reviewers disagree:" in page.text and "Merged from" in page.text
    assert "Also looked at by" in Markup(members_of(data)["report.html"]).text


def content(data: bytes) -> list[dict[str, Any]]:
    """What a merge comes to, without who was signing and when."""
    left_out = ("first_ready_seq",)
    found = []
    for row in rows_of(data).values():
        decision = row["decision"] and {key: item for key, item in row["decision"].items() if key != "log_seq"}
        found.append({key: item for key, item in row.items() if key not in left_out} | {"decision": decision})
    return found


def test_the_laws_hold_for_real_handoffs(office: Office, two: tuple[bytes, bytes]) -> None:
    third = office.laptop("rita").decide(approve("ACT-9104", "CLOSE-303/GHL-503"), reject("CHG-8802"))
    a, b, c = *two, third.hand_over()
    assert content(office.merged(a, b)) == content(office.merged(b, a))
    left = office.merged(office.merged(a, b), c)
    right = office.merged(a, office.merged(b, c))
    assert content(left) == content(right)
    assert office.verify(left).counts == office.verify(right).counts
    again = office.merged(office.merged(a, b), a)
    assert content(again) == content(office.merged(a, b))


def test_ready_rows_keep_their_idempotency_key(office: Office, two: tuple[bytes, bytes]) -> None:
    before, after = rows_of(two[0]), rows_of(office.merged(*two))
    assert before["CHG-8804"]["idempotency_key"] == after["CHG-8804"]["idempotency_key"] != ""
    assert before["CHG-8804"]["staged"] == after["CHG-8804"]["staged"]


def test_the_merged_log_holds_no_personal_words(office: Office, two: tuple[bytes, bytes]) -> None:
    log = members_of(office.merged(*two))["log.jsonl"]
    for word in (b"Rita", b"Sam", b"Lead", b"not APT", b"why", b"CLOSE-", b"northstar"):
        assert word not in log


def test_a_receiver_takes_the_merge_of_what_came_before(
    office: Office, two: tuple[bytes, bytes], tmp_path: Path
) -> None:
    receiver = Receiver(receipts=tmp_path / "r.jsonl")
    office.verify(two[0], receiver=receiver)
    with pytest.raises(HandoffRefused) as refused:
        office.verify(two[1], receiver=receiver)
    assert refused.value.code == "replay.fork"
    with pytest.raises(HandoffRefused, match="--settle"):
        office.verify(office.merged(*two), receiver=receiver)
    settled = Receiver(receipts=tmp_path / "r.jsonl", settle=True)
    assert office.verify(office.merged(*two), receiver=settled).kind == "merge"
    other = Receiver(receipts=tmp_path / "other.jsonl")
    office.verify(two[0], receiver=other)
    assert office.verify(office.merged(*two), receiver=other).kind == "merge"
    with opened(tmp_path / "other.jsonl") as book:
        assert [line.kind for line in book.lines] == ["partial", "merge"]


# Into a copy of the workspace


def taken(office: Office, laptop: Laptop, two: tuple[bytes, bytes]) -> int:
    statement, rows = merge(*two, None, office.trust, office.keys["lead"], "Lead", NOW)
    with laptop.bench.open("Lead") as review:
        return merge_in(review.cases, statement, rows, "Lead")


def test_disagreement_goes_back_to_the_queue_of_a_workspace(office: Office) -> None:
    steps = (approve("APT-7002"), approve("CHG-8804"), reject("APT-7003"), undo("APT-7001"))
    rita = office.laptop("rita").decide(*steps)
    sam = office.laptop("sam").decide(approve("APT-7003", "create"), approve("ACT-9102"), reject("CHG-8802"))
    first, second = rita.hand_over(), sam.hand_over()
    assert taken(office, rita, (first, second)) == 1
    with rita.bench.open("Lead") as review:
        states = {name: review.state(name) for name in ("APT-7001", "APT-7002", "APT-7003", "CHG-8804", "ACT-9102")}
        assert states == {
            "APT-7001": "to decide", "APT-7002": "approved", "APT-7003": "to decide", "CHG-8804": "approved",
            "ACT-9102": "approved",
        }  # fmt: skip
        note = review.cases.review(review.id("APT-7003")).note
        assert "Rita: reject (not APT-7003)" in note and "Sam: approve create" in note
        assert review.cases.review(review.id("ACT-9102")).by == "Sam"
        assert review.cases.review(review.id("CHG-8802")).reason == "not CHG-8802"
        integrity.check(review.store)
        review.decisions.reject(review.id("APT-7003"), "agreed with both")
    final = rita.hand_over()
    found = office.verify(final)
    assert (found.seq, found.kind) == (2, "partial")
    assert rows_of(final)["APT-7003"]["status"] == "rejected"


def note(name: str) -> Callable[[Review], object]:
    return lambda review: review.decisions.note(review.id(name), "she rang")


def as_a_set(*steps: Callable[[Review], object]) -> Callable[[Review], object]:
    def decide(review: Review) -> None:
        with review.decisions.together():
            for step in steps:
                step(review)

    return decide


def approve_below_a_rejection(review: Review) -> None:
    """Two decisions that count: one was done again from the history under a later one."""
    row = review.id("APT-7002")
    first = review.decisions.approve(row)
    review.decisions.undo(row)
    review.decisions.reject(row, "no")
    review.decisions.redo_entry(first.seq)


@pytest.mark.parametrize(
    "steps",
    [
        (approve("APT-7002"), note("APT-7002")),
        (approve("APT-7002"), note("APT-7002"), lambda review: review.decisions.defer(review.id("APT-7003"))),
        (as_a_set(approve("APT-7002"), approve("CHG-8804")), as_a_set(note("APT-7002"), note("CHG-8804"))),
        (lambda review: review.decisions.ask(review.id("APT-7002"), "whose?"), note("APT-7002")),
        (approve_below_a_rejection, note("APT-7002")),
    ],
    ids=["note", "other row", "set", "question", "done again"],
)
def test_a_note_after_the_decision_keeps_no_disputed_row_from_waiting_again(
    office: Office, steps: tuple[Callable[[Review], object], ...]
) -> None:
    rita = office.laptop("rita").decide(*steps)
    sam = office.laptop("sam").decide(approve("APT-7002", "no-write"))
    two = rita.hand_over(), sam.hand_over()
    assert taken(office, rita, two) == taken(office, rita, two) == 1
    with rita.bench.open("Lead") as review:
        found = review.cases.review(review.id("APT-7002"))
        assert (found.state, found.by) == (State.CHOSEN, "Base"), "as it was before the decision"
        assert found.note.startswith("two reviewers disagree: ") and "Sam: approve no-write" in found.note
        assert found.note.count("disagree") == 1 and found.note.endswith("; she rang")
        integrity.check(review.store)
    row = rows_of(rita.hand_over())["APT-7002"]
    assert (row["status"], row["staged"]) == ("outstanding", [])


def test_a_repair_of_a_row_that_waits_again_stays(office: Office) -> None:
    with office.base.open("Base") as review:
        row = review.id("APT-7003")
        review.decisions.defer(row)
        review.decisions.repair(row, "title", "Ops call")
        review.decisions.reopen(row)
        assert review.state("APT-7003") == "to decide"
        (held,) = effective_of_row(review.store.connection, review.cases.case(row).row_id)
        assert held.body["choice"] == "repair"
        integrity.check(review.store)


def test_fields_chosen_one_by_one_are_taken_over_as_they_were(office: Office) -> None:
    def edit(review: Review) -> object:
        return review.decisions.edit(review.id("APT-7002"), "title", "Ops call", "as agreed")

    rita = office.laptop("rita").decide(edit, approve("APT-7002"))
    sam = office.laptop("sam").decide(approve("ACT-9102"))
    two = rita.hand_over(), sam.hand_over()
    merged = rows_of(office.merged(*two))["APT-7002"]
    assert merged["staged"] == rows_of(two[0])["APT-7002"]["staged"]
    assert [pick["value"] for pick in merged["decision"]["picks"]] == ["Ops call"]
    sam.decide(lambda review: review.decisions.edit(review.id("APT-7002"), "title", "Something else", "x"))
    assert taken(office, sam, two) == 0
    mine = rows_of(sam.hand_over())["APT-7002"]
    assert (mine["staged"], mine["idempotency_key"]) == (merged["staged"], merged["idempotency_key"])
    other = office.laptop("sam").decide(approve("APT-7002"))
    assert rows_of(office.merged(two[0], other.hand_over()))["APT-7002"]["status"] == "outstanding"


def test_both_copies_come_to_the_same(office: Office, two: tuple[bytes, bytes]) -> None:
    sides = []
    for name, data in (("rita", two[0]), ("sam", two[1])):
        laptop = office.laptop(name)
        taken(office, laptop, two)
        with laptop.bench.open("Lead") as review:
            reviews = {case.event_id: one for _, case, one in review.cases.each()}
            sides.append({key: (one.state, one.choice, one.by) for key, one in reviews.items()})
        assert data
    assert sides[0] == sides[1]


def test_taking_a_merge_in_is_undone_as_one_set(office: Office, two: tuple[bytes, bytes]) -> None:
    laptop = office.laptop("rita")
    with laptop.bench.open("Rita") as review:
        before = {case.event_id: one.state for _, case, one in review.cases.each()}
    taken(office, laptop, two)
    with laptop.bench.open("Lead") as review:
        review.decisions.undo()
        after = {case.event_id: one.state for _, case, one in review.cases.each()}
        integrity.check(review.store)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"APT-7001"}, "what the merge decided is undone; what it took back is taken back alone"


def test_another_workspace_takes_nothing_in(office: Office, two: tuple[bytes, bytes], tmp_path: Path) -> None:
    bench = Bench(tmp_path / "else")
    bench.folder.mkdir()
    bench.sample()
    statement, rows = merge(*two, None, office.trust, office.keys["lead"], "Lead", NOW)
    with bench.open("Lead") as review, pytest.raises(UsageError, match="no copy"):
        merge_in(review.cases, statement, rows, "Lead")
    sam = office.laptop("sam")
    sam.bench.load(sam.bench.put("more.csv", appointments_bytes(appointment("NEW"))))
    with sam.bench.open("Lead") as review, pytest.raises(UsageError, match="other loads"):
        merge_in(review.cases, statement, rows, "Lead")


# What cannot be merged


def refusal(office: Office, first: bytes, second: bytes) -> str:
    with pytest.raises(HandoffRefused) as refused:
        office.merged(first, second)
    return refused.value.code


def test_one_that_goes_on_from_the_other_has_everything_already(office: Office) -> None:
    rita = office.laptop("rita")
    first = rita.decide(approve("CHG-8804")).hand_over()
    second = rita.decide(approve("ACT-9102")).hand_over()
    assert refusal(office, first, second) == refusal(office, second, first) == "merge.same"
    assert refusal(office, first, first) == "merge.same"


def test_another_review_cannot_be_merged(office: Office, two: tuple[bytes, bytes], tmp_path: Path) -> None:
    bench = Bench(tmp_path / "else")
    bench.folder.mkdir()
    bench.sample()
    with bench.open("Sam") as review:
        review.decisions.approve(review.id("APT-7001"))
        seal(review.cases, tmp_path / "else.zip", office.keys["sam"], "Sam")
    assert refusal(office, two[0], (tmp_path / "else.zip").read_bytes()) == "merge.inputs"


def test_copies_with_other_loads_since_cannot_be_merged(office: Office, two: tuple[bytes, bytes]) -> None:
    sam = office.laptop("sam")
    sam.bench.load(sam.bench.put("more.csv", appointments_bytes(appointment("NEW"))))
    assert refusal(office, two[0], sam.decide(approve("ACT-9102")).hand_over()) == "merge.inputs"


def test_what_does_not_hold_is_not_merged(office: Office, two: tuple[bytes, bytes]) -> None:
    broken = bytearray(two[1])
    broken[-50] ^= 1
    assert refusal(office, two[0], bytes(broken)).startswith("zip.")
    office.trust = trust_in(office.keys["rita"])
    assert refusal(office, *two) == "trust.unknown-key"


def test_no_other_file_is_replaced(office: Office, two: tuple[bytes, bytes]) -> None:
    out = office.folder / "notes.txt"
    out.write_text("mine")
    with pytest.raises(TargetError):
        merge(*two, out, office.trust, office.keys["lead"], "Lead", NOW)
    assert out.read_text() == "mine"


# A merge that says what the reviewers did not


def invent_a_vote(forge: Forge) -> None:
    row = forge.row("APT-7004")
    row["votes"] = [forge.row("ACT-9102")["votes"][0]]


def drop_a_vote(forge: Forge) -> None:
    del forge.row("APT-7003")["votes"][0]


def rename_a_voter(forge: Forge) -> None:
    forge.row("APT-7003")["votes"][0]["by"] = "Mallory"


def reword_a_reason(forge: Forge) -> None:
    next(one for one in forge.row("APT-7003")["votes"] if one["reason"])["reason"] = "fine by me"


def swap_the_winner(forge: Forge) -> None:
    forge.row("CHG-8804")["decision"]["by"] = "Sam"


def hide_a_parent(forge: Forge) -> None:
    del forge.statement["parents"][0]


def drop_votes_from_the_log_too(forge: Forge) -> None:
    """The last one wins: the row's other vote is cut from rows and log, and the chain is computed anew."""
    row = forge.row("APT-7003")
    keep = next(one for one in row["votes"] if one["action"] == "approve")
    row["votes"] = [keep]
    gone = [line for line in forge.log if row["row_id"].encode() in line and b'"reject"' in line]
    forge.log = [line for line in forge.log if line not in gone]
    forge.chain()


@pytest.mark.parametrize(
    "tamper",
    [
        invent_a_vote,
        drop_a_vote,
        rename_a_voter,
        reword_a_reason,
        swap_the_winner,
        hide_a_parent,
        drop_votes_from_the_log_too,
    ],
    ids=lambda value: value.__name__,
)
def test_forged_merges_are_refused(office: Office, two: tuple[bytes, bytes], tamper: Callable[[Forge], None]) -> None:
    data = office.merged(*two)
    done: Any = None
    forge = Forge(Made(office.base, office.keys["lead"], office.trust, data, done))
    assert forge.code() == "accepted"
    tamper(forge)
    assert forge.code() not in ("accepted", "internal")


def test_votes_have_no_place_in_a_handoff_of_one_reviewer(office: Office, two: tuple[bytes, bytes]) -> None:
    merged = rows_of(office.merged(*two))
    done: Any = None
    forge = Forge(Made(office.base, office.keys["rita"], office.trust, two[0], done))
    forge.row("CHG-8804")["votes"] = merged["CHG-8804"]["votes"]
    assert forge.code() == "rows.votes"


def test_members_of_a_merge_are_those_of_a_handoff(office: Office, two: tuple[bytes, bytes]) -> None:
    names = [[member.name for member in container.read(data)] for data in (two[0], office.merged(*two))]
    assert names[0] == names[1]
