"""Receipts: the next handoff has to follow the one taken last; nothing older, other, cut or rewritten comes in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_tui.errors import HandoffRefused, InputError, TargetError, UsageError
from crm_tui.handoff import keys, receipts
from crm_tui.handoff.receipts import Claim
from crm_tui.handoff.seal import seal
from crm_tui.handoff.statement import Terms
from crm_tui.handoff.trust import Trust
from crm_tui.handoff.verify import Receiver, Verified, verify
from crm_tui.workspace.journal import entry_hash, genesis
from tests.factory import Bench, signer, trust_in
from tests.handoff.test_seal_verify import Forge, Made, members_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAME = "Rita Reviewer"
ROWS = ("APT-7001", "ACT-9101", "ACT-9102", "CHG-8804")


class Sender:
    """A review that gives out handoffs."""

    def __init__(self, folder: Path, key: keys.FileSigner | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.bench = Bench(folder)
        if not self.bench.workspace.exists():
            self.bench.sample()
        self.key = key or signer(folder)

    def copy(self, folder: Path) -> Sender:
        """The same review on another laptop."""
        folder.mkdir()
        shutil.copy(self.bench.workspace, folder)
        return Sender(folder, self.key)

    def approve(self, event_id: str) -> None:
        with self.bench.open(NAME) as review:
            review.decisions.approve(review.id(event_id))

    def hand_over(self, terms: Terms = Terms()) -> bytes:  # noqa: B008
        out = self.bench.folder / "out.zip"
        with self.bench.open(NAME) as review:
            seal(review.cases, out, self.key, NAME, terms)
        return out.read_bytes()

    def after(self, event_id: str) -> bytes:
        self.approve(event_id)
        return self.hand_over()


class Taker:
    """A receiver with receipts."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        self.path = folder / "receipts.jsonl"
        self.trust = trust
        self.now = NOW

    def take(self, data: bytes, **receiver: Any) -> Verified:
        self.now += timedelta(minutes=1)
        return verify(data, self.trust, now=self.now, receiver=Receiver(receipts=self.path, **receiver))

    def code(self, data: bytes, **receiver: Any) -> str:
        try:
            self.take(data, **receiver)
        except HandoffRefused as error:
            assert "\n" not in str(error)
            return error.code
        return "accepted"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    return Sender(tmp_path / "sender")


@pytest.fixture
def taker(tmp_path: Path, sender: Sender) -> Taker:
    return Taker(tmp_path, trust_in(sender.key))


def test_each_handoff_follows_the_one_before(sender: Sender, taker: Taker) -> None:
    handoffs = [sender.after(row) for row in ROWS]
    assert [taker.code(data) for data in handoffs] == ["accepted"] * 4
    assert [(line["seq"], line["result"]) for line in taker.lines()] == [(n, "taken") for n in (1, 2, 3, 4)]
    assert taker.lines()[0]["received_at"] == "2026-06-01T12:01:00Z"
    assert taker.path.stat().st_mode & 0o077 == 0


def test_first_contact_is_said_and_later_not(sender: Sender, taker: Taker) -> None:
    first = taker.take(sender.after(ROWS[0]))
    assert any("first contact" in item for item in first.not_checked)
    second = taker.take(sender.after(ROWS[1]))
    assert not any("first contact" in item for item in second.not_checked)


def test_a_first_contact_may_be_any_number(sender: Sender, taker: Taker) -> None:
    sender.after(ROWS[0])
    assert taker.code(sender.after(ROWS[1])) == "accepted"


def test_the_same_handoff_again_is_said_and_refused_where_it_may_come_once(sender: Sender, taker: Taker) -> None:
    data = sender.after(ROWS[0])
    assert taker.take(data).warnings == ()
    (warning,) = taker.take(data).warnings
    assert "2026-06-01T12:01:00Z" in warning and "second time" in warning
    assert taker.code(data, once=True) == "replay.same"
    assert len(taker.lines()) == 1


def test_an_older_handoff_is_refused(sender: Sender, taker: Taker) -> None:
    handoffs = [sender.after(row) for row in ROWS[:3]]
    for data in handoffs:
        taker.take(data)
    assert [taker.code(data) for data in handoffs] == ["replay.older", "replay.older", "accepted"]


def test_an_older_handoff_that_was_never_taken_is_refused(sender: Sender, taker: Taker) -> None:
    first, second = sender.after(ROWS[0]), sender.after(ROWS[1])
    taker.take(second)
    assert taker.code(first) == "replay.older"


def test_a_gap_is_refused_until_what_is_missing_has_come(sender: Sender, taker: Taker) -> None:
    first, second, third = (sender.after(row) for row in ROWS[:3])
    taker.take(first)
    assert taker.code(third) == "replay.chain"
    assert [taker.code(second), taker.code(third)] == ["accepted", "accepted"]


def test_a_fork_refuses_both_until_a_person_says_which(sender: Sender, taker: Taker, tmp_path: Path) -> None:
    other = sender.copy(tmp_path / "other")
    ours, theirs = sender.after(ROWS[0]), other.after(ROWS[1])
    taker.take(ours)
    assert taker.code(theirs) == "replay.fork"
    assert taker.code(ours) == "replay.fork"
    assert taker.code(sender.after(ROWS[2])) == "replay.fork"
    assert [line["result"] for line in taker.lines()] == ["taken", "fork"], "a fork is remembered once"
    assert taker.code(theirs, settle=True) == "accepted"
    assert taker.code(theirs) == "accepted"
    assert taker.code(other.after(ROWS[2])) == "accepted"
    assert taker.code(ours) == "replay.older"


def test_a_handoff_that_follows_another_one_of_that_number_is_a_fork(
    sender: Sender, taker: Taker, tmp_path: Path
) -> None:
    other = sender.copy(tmp_path / "other")
    taker.take(sender.after(ROWS[0]))
    other.after(ROWS[1])
    assert taker.code(other.after(ROWS[2])) == "replay.fork"


def test_another_review_has_receipts_of_its_own(sender: Sender, taker: Taker, tmp_path: Path) -> None:
    other = Sender(tmp_path / "elsewhere", sender.key)
    taker.take(sender.after(ROWS[0]))
    assert taker.code(other.after(ROWS[0])) == "accepted"
    wanted = taker.take(sender.hand_over()).workspace
    assert taker.code(sender.hand_over(), workspace=wanted) == "accepted"
    assert taker.code(other.hand_over(), workspace=wanted) == "replay.workspace"


def test_a_refused_handoff_leaves_no_receipt(sender: Sender, taker: Taker) -> None:
    data = bytearray(sender.after(ROWS[0]))
    data[-40] ^= 1
    assert taker.code(bytes(data)) != "accepted"
    assert not taker.path.exists()


def test_without_receipts_nothing_is_compared_and_nothing_is_kept(sender: Sender, taker: Taker) -> None:
    first, second = sender.after(ROWS[0]), sender.after(ROWS[1])
    taker.take(second)
    found = verify(first, taker.trust, now=NOW)
    assert any("receipts were left aside" in item for item in found.not_checked)
    assert len(taker.lines()) == 1


# The log goes on from the one that came before.  Only somebody who can sign could make these.


def heads(*bodies: bytes) -> list[bytes]:
    found, prev = [], genesis("w")
    for seq, body in enumerate(bodies, 1):
        prev = entry_hash(prev, seq, body)
        found.append(prev)
    return found


def claim(seq: int, previous: str, *bodies: bytes, kind: str = "full", parents: tuple[str, ...] = ()) -> Claim:
    return Claim("w", seq, f"id{seq}" + kind, kind, previous, parents, heads(*bodies))


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (claim(2, "id1full", b"a", b"b", b"c", b"d"), "accepted"),
        (claim(2, "id1full", b"a", b"b"), "log.truncated"),
        (claim(2, "id1full", b"a", b"X", b"c", b"d"), "log.rewritten"),
        (claim(2, "id1full", b"a", b"b", b"X", b"d"), "log.rewritten"),
        (claim(2, "id0", b"a", b"b", b"c", b"d"), "replay.fork"),
        (claim(3, "id2", b"a", b"b", b"c", b"d"), "replay.chain"),
        (claim(2, "", b"z", kind="merge", parents=("id1full", "idx")), "accepted"),
        (claim(2, "", b"z", kind="merge", parents=("id0", "idx")), "replay.chain"),
        (claim(1, "", b"z"), "replay.same"),
        (claim(1, "", b"z", kind="partial"), "replay.fork"),
        (claim(0, "", b"z"), "replay.older"),
    ],
)
def test_what_may_follow(tmp_path: Path, later: Claim, code: str) -> None:
    with receipts.opened(tmp_path / "r.jsonl") as book:
        book.take(claim(1, "", b"a", b"b", b"c"), principal="a@b", key="k", now=NOW)
    with receipts.opened(tmp_path / "r.jsonl") as book:
        try:
            book.check(later, once=True)
        except HandoffRefused as error:
            assert error.code == code
        else:
            assert code == "accepted"


# The file itself


@pytest.mark.parametrize(
    "line",
    [b"{}", b"[]", b"not json", b'{"seq":1}', b"\xff", b""],
)
def test_a_damaged_receipt_file_is_named_and_nothing_is_taken(sender: Sender, taker: Taker, line: bytes) -> None:
    data = sender.after(ROWS[0])
    taker.take(data)
    with taker.path.open("ab") as stream:
        stream.write(line + b"\n")
    with pytest.raises(InputError, match="line 2"):
        taker.take(data)


def test_a_value_of_another_type_is_no_receipt(sender: Sender, taker: Taker) -> None:
    taker.take(sender.after(ROWS[0]))
    taker.path.write_bytes(taker.path.read_bytes().replace(b'"seq":1', b'"seq":"1"'))
    with pytest.raises(InputError, match="line 1"):
        taker.code(sender.hand_over())


def test_a_link_in_the_place_of_the_receipts_is_not_followed(sender: Sender, taker: Taker, tmp_path: Path) -> None:
    taker.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises((TargetError, InputError)):
        taker.take(sender.after(ROWS[0]))
    assert not (tmp_path / "elsewhere").exists()


# Withdrawal, audience, expiry


def test_a_withdrawal_names_what_it_withdraws_and_is_never_imported(sender: Sender, taker: Taker) -> None:
    first = taker.take(sender.after(ROWS[0]))
    data = sender.hand_over(Terms(withdraws=first.handoff_id[:12], reason="wrong | *contact* map"))
    found = taker.take(data)
    assert (found.kind, found.seq) == ("withdrawal", 2)
    assert any("WITHDRAWS handoff 1" in item for item in found.warnings)
    statement = json.loads(members_of(data)["handoff.json"])
    assert statement["withdraws"] == {"seq": 1, "id": first.handoff_id, "reason": "wrong | *contact* map"}
    summary = members_of(data)["SUMMARY.md"].decode()
    assert "It withdraws handoff 1" in summary and r"\*contact\*" in summary
    assert b"wrong" not in members_of(data)["log.jsonl"]
    with pytest.raises(HandoffRefused) as refused:
        verify(data, taker.trust, now=NOW, require_complete=True)
    assert refused.value.code == "withdrawal"
    assert taker.take(sender.hand_over()).kind == "partial", "work goes on with the next number"


@pytest.mark.parametrize(
    "terms",
    [Terms(withdraws="0" * 64, reason="x"), Terms(withdraws="0" * 4, reason="x"), Terms(withdraws="", reason="")],
)
def test_only_what_was_given_out_can_be_withdrawn(sender: Sender, terms: Terms) -> None:
    sender.after(ROWS[0])
    if not terms.withdraws:
        terms = Terms(withdraws=handoff_id(sender))
    with pytest.raises(UsageError):
        sender.hand_over(terms)


def handoff_id(sender: Sender) -> str:
    with sender.bench.open() as review:
        return str(review.store.connection.execute("SELECT id FROM handoff ORDER BY seq DESC").fetchone()[0])


def test_a_withdrawal_cannot_be_withdrawn(sender: Sender) -> None:
    sender.after(ROWS[0])
    sender.hand_over(Terms(withdraws=handoff_id(sender), reason="no"))
    with pytest.raises(UsageError, match="itself a withdrawal"):
        sender.hand_over(Terms(withdraws=handoff_id(sender), reason="no"))


def test_the_audience_stops_forwarding(sender: Sender, taker: Taker) -> None:
    sender.approve(ROWS[0])
    data = sender.hand_over(Terms(audience="Harborlight Ltd"))
    assert taker.code(data, audience="Harborlight Ltd") == "accepted"
    assert taker.code(data, audience="Northstar Ltd") == "audience"
    assert b"Harborlight Ltd" in members_of(data)["SUMMARY.md"]
    assert b"Harborlight" not in members_of(data)["log.jsonl"]
    assert taker.code(sender.after(ROWS[1]), audience="Harborlight Ltd") == "audience"


def test_an_expired_handoff_is_for_people_only(sender: Sender, taker: Taker) -> None:
    sender.approve(ROWS[0])
    data = sender.hand_over(Terms(expires_at="2026-05-31T23:59:59Z"))
    assert any("2026-05-31" in item for item in taker.take(data).warnings)
    assert refused_when_complete(data, taker.trust, NOW) == "incomplete"
    assert verify(data, taker.trust, now=NOW - timedelta(days=3)).warnings == ()


def test_an_expired_complete_handoff_is_refused_for_programs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.events(appointments=[{"appointment_id": "A", "email": "ann@one.test", "close_contact_id": "CLOSE-1",
                                "start_at": "2026-06-01T10:00:00Z", "status": "scheduled",
                                "updated_at": "2026-05-10T10:00:00Z", "title": "Call"}])  # fmt: skip
    key = signer(tmp_path)
    with bench.open(NAME) as review:
        review.decisions.approve(review.id("A"))
        seal(review.cases, tmp_path / "x.zip", key, NAME, Terms(expires_at="2026-05-31T23:59:59Z"))
    data = (tmp_path / "x.zip").read_bytes()
    assert refused_when_complete(data, trust_in(key), NOW) == "expired"
    assert refused_when_complete(data, trust_in(key), NOW - timedelta(days=3)) == ""


def refused_when_complete(data: bytes, trust: Trust, now: datetime) -> str:
    try:
        verify(data, trust, now=now, require_complete=True)
    except HandoffRefused as error:
        return error.code
    return ""


def test_a_row_that_is_ready_no_more_is_said_loudly(sender: Sender, taker: Taker) -> None:
    taker.take(sender.after(ROWS[0]))
    with sender.bench.open(NAME) as review:
        review.decisions.undo(review.id(ROWS[0]))
    (warning,) = taker.take(sender.after(ROWS[1])).warnings
    assert "1 row approved before is not ready any more: APT-7001" in warning


def drop_withdrawal(forge: Forge) -> None:
    forge.statement["withdraws"] = None
    forge.count()


def withdraw_another(forge: Forge) -> None:
    forge.statement["withdraws"]["id"] = "0" * 64


def reword_reason(forge: Forge) -> None:
    forge.statement["withdraws"]["reason"] = "all is well"


def renumber_withdrawn(forge: Forge) -> None:
    forge.statement["withdraws"]["seq"] = 2


def other_audience(forge: Forge) -> None:
    forge.statement["audience"] = "Northstar Ltd"


def no_audience(forge: Forge) -> None:
    forge.statement["audience"] = ""


def later_expiry(forge: Forge) -> None:
    forge.statement["expires_at"] = "2036-05-31T23:59:59Z"


def invented_parents(forge: Forge) -> None:
    forge.statement["parents"] = [{"id": "0" * 64, "seq": 1, "principal": "bob@example.test", "head": "0"}]


@pytest.mark.parametrize(
    "tamper",
    [
        drop_withdrawal,
        withdraw_another,
        reword_reason,
        renumber_withdrawn,
        other_audience,
        no_audience,
        later_expiry,
        invented_parents,
    ],
    ids=lambda value: value.__name__,
)
def test_terms_that_the_log_does_not_bear_out_are_refused(sender: Sender, tamper: Callable[[Forge], None]) -> None:
    sender.after(ROWS[0])
    terms = Terms("Harborlight Ltd", "2026-12-31T23:59:59Z", withdraws=handoff_id(sender), reason="wrong map")
    data = sender.hand_over(terms)
    trust = trust_in(sender.key)
    with sender.bench.open(NAME) as review:
        done = seal(review.cases, sender.bench.folder / "again.zip", sender.key, NAME, terms)
    forge = Forge(Made(sender.bench, sender.key, trust, data, done))
    assert forge.code() == "accepted"
    tamper(forge)
    assert forge.code() not in ("accepted", "internal")


def test_other_terms_make_another_handoff(sender: Sender) -> None:
    sender.approve(ROWS[0])
    plain = sender.hand_over()
    assert sender.hand_over() == plain
    other = sender.hand_over(Terms(audience="Northstar Ltd"))
    assert json.loads(members_of(other)["handoff.json"])["seq"] == 2
    assert sender.hand_over(Terms(audience="Northstar Ltd")) == other
