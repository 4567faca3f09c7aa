"""``show``, ``erase``, ``purge``: all of one person, nobody else, no byte left, and a journal that still verifies."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.cli import run
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.store import Store
from tests.factory import (
    ANN,
    BOB,
    SAMPLE,
    Bench,
    Ticking,
    activities_bytes,
    activity,
    appointment,
    appointments_bytes,
    change,
    map_bytes,
)
from tests.properties.driving import REVIEWER, Desk, scratch
from tests.properties.profiles import examples
from tests.properties.strategies import CLOSE_IDS, EMAILS, PHONES, Story, stories

Said = Callable[..., tuple[int, str, str]]
OPS = (b"ops@northstar.test", b"5550102020", b"010-2020", b"CLOSE-202", b"GHL-502")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def review(tmp_path: Path, said: Said) -> Path:
    """The sample, with decisions that name people in every kind of text."""
    path = tmp_path / "X.crm"
    assert said("load", SAMPLE, "-w", path, "--reviewer", "Rita")[0] == 0
    lines = [
        "APT-7002,CLOSE-202/GHL-502,,,",
        "APT-7002,approve,,,ops@northstar.test said so",
        "APT-7001,reject,,,not before +1 (555) 010-2020 has answered",
        "ACT-9103,needs-client,,,is this OPS@NorthStar.test?",
        "CHG-8802,CLOSE-303/GHL-503,,,",
        "CHG-8802,approve,,,",
    ]
    (tmp_path / "d.csv").write_text("event_id,choice,field,value,reason\n" + "\n".join(lines))
    assert said("decide", "-w", path, "--from", tmp_path / "d.csv")[0] == 0
    return path


def bytes_of(path: Path) -> bytes:
    files = [path, Path(f"{path}-wal"), Path(f"{path}-journal")]
    return b"".join(one.read_bytes() for one in files if one.exists()).lower()


def shown(said: Said, path: Path, subject: str) -> dict[str, list[dict[str, Any]]]:
    code, out, err = said("show", "-w", path, subject, "--json")
    assert code == 0, err
    return json.loads(out)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "subject", ["ops@northstar.test", "OPS@NorthStar.test ", "+1 (555) 010-2020", "CLOSE-202", "close-202/ghl-502"]
)
def test_show_finds_a_person_by_any_key_in_any_spelling(said: Said, review: Path, subject: str) -> None:
    found = shown(said, review, subject)
    events = sorted(next(iter(row["cells"].values())) for row in found["rows"])
    assert events == ["ACT-9102", "ACT-9104", "APT-7002", "CHG-8801", "CLOSE-202"]
    reasons = {str(text["text"]) for text in found["texts"]}
    assert {"ops@northstar.test said so", "is this OPS@NorthStar.test?"} <= reasons
    assert "not before +1 (555) 010-2020 has answered" in reasons


def test_show_changes_nothing_and_says_when_nothing_is_held(said: Said, review: Path) -> None:
    before = review.read_bytes()
    code, out, _ = said("show", "-w", review, "nobody@else.test")
    assert (code, out) == (0, "0 rows and 0 texts of the journal are held about this person\n")
    assert said("show", "-w", review, "?")[0] == 2
    assert review.read_bytes() == before


def test_no_byte_of_an_erased_person_is_left(said: Said, review: Path) -> None:
    assert all(one.lower() in bytes_of(review) for one in OPS), "the control"
    assert said("erase", "-w", review, "ops@northstar.test")[0] == 0
    assert [one for one in OPS if one.lower() in bytes_of(review)] == []
    assert shown(said, review, "ops@northstar.test") == {"contacts": [], "rows": [], "texts": []}


def test_the_others_stay_as_they_were(said: Said, review: Path) -> None:
    owner = shown(said, review, "owner@harborlight.test")
    said("erase", "-w", review, "CLOSE-202/GHL-502")
    after = shown(said, review, "owner@harborlight.test")
    assert after["rows"] == owner["rows"]
    kept = [text for text in owner["texts"] if "010-2020" not in str(text["text"])]
    assert after["texts"] == kept
    with Store.open(review, write=False) as store:
        found = dict(store.connection.execute("SELECT event_id, queue FROM record WHERE event_id <> ''"))
        assert store.connection.execute("SELECT COUNT(*) FROM record").fetchone() == (13,)
    assert found["APT-7001"] == "ledger"
    assert found["CHG-8802"] == "conflict"
    assert len(found) == 9


def test_the_chain_still_verifies_and_the_entry_names_nobody(said: Said, review: Path) -> None:
    said("erase", "-w", review, "ops@northstar.test")
    with Store.open(review, write=False) as store:
        integrity.check(store)
        (entry,) = journal.entries(store.connection, "kind = 'erase'")
    assert len(entry.body["rows"]) == 4
    assert "northstar" not in json.dumps(dict(entry.body))


def test_the_receipt_proves_whom_it_is_about_to_who_knows_it(said: Said, review: Path, tmp_path: Path) -> None:
    assert said("erase", "-w", review, "Ops@northstar.test", "-o", tmp_path / "receipt.json")[0] == 0
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    expected = hmac.new(bytes.fromhex(receipt["salt"]), b"ops@northstar.test", hashlib.sha256).hexdigest()
    assert receipt["subject"] == expected
    assert (receipt["rows"], receipt["map_entries"], receipt["handoffs_before"]) == (4, 1, [])
    assert "northstar" not in (tmp_path / "receipt.json").read_text()
    with Store.open(review, write=False) as store:
        number, head = journal.head(store.connection)
    assert (receipt["entry"], receipt["head"]) == (number, head.hex())


def test_a_handoff_made_after_an_erasure_verifies(said: Said, review: Path, tmp_path: Path) -> None:
    assert said("handoff", "-w", review, "-o", tmp_path / "one.zip")[0] == 0
    (tmp_path / "signers").write_text(said("key", "show")[1])
    code, out, err = said("erase", "-w", review, "ops@northstar.test")
    assert (code, json.loads(out)["handoffs_before"]) == (0, [1])
    assert "1 handoff given out before may hold the person" in err
    assert said("handoff", "-w", review, "-o", tmp_path / "two.zip")[0] == 0
    code, _, err = said("verify", tmp_path / "two.zip", "--signers", tmp_path / "signers")
    assert (code, err) == (0, "")
    assert not any(one.lower() in (tmp_path / "two.zip").read_bytes().lower() for one in OPS)


def test_a_blank_text_is_accepted_only_where_the_log_says_that_it_was_erased(bench: Bench, tmp_path: Path) -> None:
    """The control of the rule above: taking a reason away by hand is found out."""
    from crm_tui.errors import HandoffRefused
    from crm_tui.handoff.seal import seal
    from crm_tui.handoff.verify import verify
    from tests.factory import signer, trust_in

    bench.sample()
    key = signer(tmp_path / "keys")
    with bench.open() as review:
        review.decisions.reject(review.id("APT-7001"), "a reason")
        seq = journal.head(review.store.connection)[0]
    with sqlite3.connect(bench.workspace) as connection:
        connection.execute("DELETE FROM log_text WHERE seq = ? AND field = 'reason'", (seq,))
        connection.execute("UPDATE decision SET reason = ''")
    connection.close()
    with bench.open() as review:
        seal(review.cases, tmp_path / "h.zip", key, "Rita")
    with pytest.raises(HandoffRefused, match="its reason is not the one logged"):
        verify((tmp_path / "h.zip").read_bytes(), trust_in(key), now=bench.clock())


def test_a_decision_on_an_erased_row_is_gone_for_undo_and_redo(said: Said, bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("B", close_contact_id="CLOSE-2", email="bob@two.test")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
        review.decisions.approve(review.id("B"))
    assert said("erase", "-w", bench.workspace, "bob@two.test")[0] == 0
    with bench.open() as review:
        assert review.decisions.undo().event_id == "A"
        assert review.decisions.redo().event_id == "A"
        assert review.state("A") == "approved"


def test_the_same_files_again_do_not_bring_the_person_back(said: Said, review: Path) -> None:
    said("erase", "-w", review, "ops@northstar.test")
    code, _, err = said("load", SAMPLE, "-w", review)
    assert (code, err.strip()) == (0, "0 files loaded, 5 unchanged")
    assert b"northstar" not in bytes_of(review)


def test_earlier_versions_and_earlier_maps_are_erased_too(said: Said, bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes(ANN | {"phone": "+15550107777"}, BOB)))
    bench.load(bench.put("a.csv", appointments_bytes(appointment("A", title="old title"))))
    bench.load(bench.put("map.csv", map_bytes(ANN, BOB)))
    bench.load(bench.put("a.csv", appointments_bytes(appointment("A", title="new title"))))
    assert b"+15550107777" in bytes_of(bench.workspace)
    code, out, _ = said("erase", "-w", bench.workspace, "ann@one.test")
    receipt = json.loads(out)
    assert (code, receipt["rows"], receipt["earlier_versions"], receipt["map_entries"]) == (0, 1, 1, 2)
    left = bytes_of(bench.workspace)
    assert not any(one in left for one in (b"ann@one.test", b"+15550107777", b"old title", b"new title"))


def test_a_key_that_two_contacts_share_is_refused_and_names_both(said: Said, bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes(ANN, BOB | {"email": "ann@one.test"})))
    bench.load(bench.put("a.csv", appointments_bytes(appointment("A"))))
    code, _, err = said("erase", "-w", bench.workspace, "ann@one.test")
    assert code == 2
    assert "CLOSE-1/GHL-1 and CLOSE-2/GHL-2; name one by its key" in err


def test_what_is_shared_with_another_contact_stays_and_is_said(said: Said, bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes(ANN, BOB | {"email": "ann@one.test"})))
    bench.load(bench.put("a.csv", activities_bytes(activity("shared"), activity("own", email="", phone=ANN["phone"]))))
    assert said("erase", "-w", bench.workspace, "CLOSE-1/GHL-1")[0] == 0
    left = bytes_of(bench.workspace)
    assert b"ann@one.test" in left, "it is Bob's address as well"
    assert b"close-1" not in left and b"+15550100001" not in left
    assert [next(iter(row["cells"].values())) for row in shown(said, bench.workspace, "CLOSE-2")["rows"]] == [
        "shared",
        "CLOSE-2",
    ]


def test_an_id_inside_a_longer_id_is_somebody_else(said: Said, bench: Bench) -> None:
    far = ANN | {"close_contact_id": "CLOSE-10", "ghl_contact_id": "GHL-10", "email": "joann@one.test", "phone": ""}
    bench.load(bench.put("map.csv", map_bytes(ANN, far)))
    row = change("C", ghl_contact_id="GHL-10", close_contact_id="CLOSE-10", email="joann@one.test")
    bench.events(contacts=None, changes=[row])
    said("erase", "-w", bench.workspace, "CLOSE-1/GHL-1")
    assert len(shown(said, bench.workspace, "CLOSE-10")["rows"]) == 2


def test_a_person_who_is_not_there_is_one_sentence_and_no_entry(said: Said, review: Path) -> None:
    code, _, err = said("erase", "-w", review, "nobody@else.test")
    assert (code, err) == (1, "crm-tui: nothing is held about that person; nothing was changed.\n")
    with Store.open(review, write=False) as store:
        assert journal.entries(store.connection, "kind = 'erase'") == []


def test_an_erasure_while_somebody_reads_says_so_and_can_be_repeated(said: Said, review: Path) -> None:
    reader = sqlite3.connect(review)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM record").fetchone()
    code, _, err = said("erase", "-w", review, "ops@northstar.test")
    assert code == 1
    assert "close that one and give the same command again" in err or "could not be rewritten" in err
    reader.close()
    assert said("erase", "-w", review, "ops@northstar.test")[0] == 1
    assert [one for one in OPS if one.lower() in bytes_of(review)] == []


# -- purge


def test_a_purge_leaves_nobody_and_the_chain_verifies(said: Said, review: Path) -> None:
    assert b"rita" in bytes_of(review)
    assert said("purge", "-w", review, "--now")[0] == 0
    left = bytes_of(review)
    words = (*OPS, b"rita", b"harborlight", b"clearwater", b"riverbend", b"close-appointments.csv", b"kick-off")
    assert [one for one in words if one.lower() in left] == []
    with Store.open(review, write=False) as store:
        integrity.check(store)
        assert store.connection.execute("SELECT COUNT(*) FROM record").fetchone() == (13,)


def test_a_purge_waits_for_its_day(said: Said, review: Path) -> None:
    assert said("purge", "-w", review)[0] == 1
    assert said("purge", "-w", review, "--keep-until", "31.12.2099")[0] == 2
    assert said("purge", "-w", review, "--keep-until", "2099-12-31")[0] == 0
    code, _, err = said("purge", "-w", review)
    assert (code, "kept until 2099-12-31" in err) == (1, True)
    assert "to be kept until 2099-12-31" in said("load", SAMPLE, "-w", review)[1]
    assert said("purge", "-w", review, "--keep-until", "2020-01-01")[0] == 0
    assert "that day is over" in said("load", SAMPLE, "-w", review)[1]
    assert said("purge", "-w", review)[0] == 0
    assert b"northstar" not in bytes_of(review)


# -- any review


@examples(25)
@given(stories(most=8), st.sampled_from([*EMAILS, *PHONES, *CLOSE_IDS]))
def test_in_any_review_a_person_is_erased_and_the_journal_holds(story: Story, subject: str) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(story.inputs)
        with desk:
            for step in story.steps:
                if not desk.pause(step):
                    desk.decide(step)
            rows = desk.cases.counts().rows
        code = run(["erase", "-w", str(desk.path), subject, "-o", str(folder / "receipt.json"), "--reviewer", REVIEWER])
        assert code in (0, 1, 2)
        with desk:
            integrity.check(desk.store)
            assert desk.cases.counts().rows == rows
        if (folder / "receipt.json").exists():
            receipt = json.loads((folder / "receipt.json").read_text())
            assert receipt["rows"] + receipt["earlier_versions"] + receipt["map_entries"] + receipt["texts"] > 0
            if code == 0:
                assert subject.encode().lower() not in bytes_of(desk.path)


def test_the_clock_of_the_entry_is_the_one_given(bench: Bench) -> None:
    from crm_tui.privacy.erase import erase
    from crm_tui.privacy.subject import find_subject

    bench.sample()
    bench.clock = Ticking()
    with bench.open() as review:
        found = erase(review.cases, find_subject(review.cases, "CLOSE-202"), "CLOSE-202", "Rita")
    assert found.receipt.at.startswith("2026-05-20T12:00:")
