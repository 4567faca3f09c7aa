"""The commands around a handoff: receipts, withdrawal, sign-offs, revocation, the masked report."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests_cli_support import Cli, allowed_line, decide_everything, is_refusal


@pytest.fixture
def believed(cli: Cli, workspace: Path, place: Path) -> Path:
    """A handoff whose signer is in the trust file."""
    made = cli("key", "new", "--as", "ann@example.test")
    cli("handoff", "-w", "X.crm", "-o", "1.zip")
    assert cli("trust", "add", made.out.strip(), "--confirm", made.err.strip()[-6:]).code == 0
    return place / "1.zip"


def as_client(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """From here on the commands run with another person's data folder."""
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(place / "client"))


def test_what_was_taken_is_remembered(cli: Cli, believed: Path, place: Path) -> None:
    assert cli("verify", "1.zip").code == 0
    again = cli("verify", "1.zip")
    assert again.code == 0 and "TAKE CARE: you took this very handoff on" in again.out
    once = cli("verify", "1.zip", "--once")
    assert once.code == 1 and "REFUSED replay.same" in once.err
    decide_everything(cli, place)
    cli("handoff", "-w", "X.crm", "-o", "2.zip")
    assert cli("verify", "2.zip", "--once", "--require-complete").code == 0
    older = cli("verify", "1.zip")
    assert older.code == 1 and "REFUSED replay.older" in older.err
    assert cli("verify", "1.zip", "--no-receipt").code == 0
    assert cli("verify", "1.zip", "--settle").code == 0
    assert is_refusal(cli("verify", "1.zip", "--settle", "--no-receipt"), 2)
    assert len((place / "data" / "receipts.jsonl").read_text().splitlines()) == 3


def test_receipts_that_cannot_be_read_or_written_are_named(cli: Cli, believed: Path, place: Path) -> None:
    receipts = place / "data" / "receipts.jsonl"
    receipts.write_text("what?\n")
    assert is_refusal(cli("verify", "1.zip"), 2)
    assert cli("verify", "1.zip", "--no-receipt").code == 0
    receipts.unlink()
    receipts.mkdir()
    done = cli("verify", "1.zip")
    assert done.code == 2 and "receipts.jsonl" in done.err


def test_a_handoff_says_for_whom_and_until_when(cli: Cli, believed: Path) -> None:
    cli("handoff", "-w", "X.crm", "-o", "2.zip", "--for", "Northstar", "--expires", "2026-06-30")
    assert cli("verify", "2.zip", "--for", "Northstar").code == 0
    other = cli("verify", "2.zip", "--for", "Harborlight")
    assert other.code == 1 and "REFUSED audience: it is meant for Northstar." in other.err
    assert is_refusal(cli("handoff", "-w", "X.crm", "-o", "3.zip", "--expires", "soon"), 2)


def test_a_handoff_is_withdrawn(cli: Cli, believed: Path) -> None:
    handoff_id = re.search(r"[0-9a-f]{64}", cli("verify", "1.zip").out)[0]  # type: ignore[index]
    done = cli("handoff", "-w", "X.crm", "-o", "2.zip", "--withdraw", handoff_id, "--reason", "wrong map")
    assert done.code == 0 and "withdrawal" in done.out
    seen = cli("verify", "2.zip")
    assert seen.code == 0
    assert "TAKE CARE: it WITHDRAWS handoff 1" in seen.out and "wrong map" in seen.out
    assert "REFUSED withdrawal" in cli("verify", "2.zip", "--require-complete").err
    assert is_refusal(cli("handoff", "-w", "X.crm", "-o", "3.zip", "--withdraw", handoff_id), 2)
    assert is_refusal(cli("handoff", "-w", "X.crm", "-o", "3.zip", "--reason", "x"), 2)
    assert is_refusal(cli("handoff", "-w", "X.crm", "-o", "3.zip", "--withdraw", "f" * 64, "--reason", "x"), 2)


def test_the_masked_report(cli: Cli, believed: Path, place: Path) -> None:
    done = cli("handoff", "-w", "X.crm", "-o", "2.zip", "--masked-report", "masked.html")
    assert done.code == 0 and "masked.html" in done.out
    page = (place / "masked.html").read_text()
    assert "Masked edition" in page and "clearwater.test" not in page
    (place / "notes.txt").write_text("mine")
    assert is_refusal(cli("handoff", "-w", "X.crm", "-o", "3.zip", "--masked-report", "notes.txt"), 2)
    assert (place / "notes.txt").read_text() == "mine"
    assert not (place / "3.zip").exists(), "a wrong name is noticed before anything is signed"


def test_a_client_signs_off_and_the_receiver_asks_for_it(
    cli: Cli, believed: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = cli("key", "show").out.strip()
    as_client(monkeypatch, place)
    (place / "signers").write_text(line + "\n")
    made = cli("key", "new", "--as", "ops@client.test")
    for_sign_offs = cli("key", "show", "--for-sign-offs").out.strip()
    assert 'namespaces="crm-tui-countersign-v1"' in for_sign_offs
    done = cli("countersign", "1.zip", "--role", "ops", "--verdict", "approve", "--signers", "signers", "-o", "s.zip")
    assert done.code == 0, done.err
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(place / "data"))
    assert "trust.unknown-key" in cli("verify", "s.zip").err
    assert cli("trust", "add", for_sign_offs, "--confirm", made.err.strip()[-6:]).code == 0
    seen = cli("verify", "s.zip", "--require-role", "ops")
    assert seen.code == 0
    assert "signed off by ops@client.test as ops: approve" in seen.out
    missing = cli("verify", "1.zip", "--require-role", "ops")
    assert missing.code == 1 and "REFUSED countersign.missing" in missing.err
    assert "REFUSED countersign.missing" in cli("verify", "s.zip", "--require-role", "ops:2").err


def test_a_no_is_written_into_the_file_itself(
    cli: Cli, believed: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "signers").write_text(cli("key", "show").out)
    as_client(monkeypatch, place)
    cli("key", "new", "--as", "ops@client.test")
    arguments = ("countersign", "1.zip", "--role", "ops", "--verdict", "reject", "--comment", "not ours")
    assert cli(*arguments, "--signers", "signers").code == 0
    with (place / "signers").open("a") as stream:
        stream.write(cli("key", "show", "--for-sign-offs").out)
    refused = cli("verify", "1.zip", "--signers", "signers")
    assert refused.code == 1
    assert "REFUSED countersign.rejected: ops@client.test as ops: reject: not ours" in refused.err


def test_a_statement_for_somebody_elses_key(cli: Cli, believed: Path, place: Path) -> None:
    arguments = ("countersign", "1.zip", "--role", "ops", "--verdict", "approve", "--unsigned", "01-ops.json")
    assert is_refusal(cli(*arguments), 2)
    done = cli(*arguments, "--as", "ops@client.test")
    assert done.code == 0 and "ssh-keygen -Y sign" in done.out and "--attach 01-ops.json" in done.out
    assert is_refusal(cli(*arguments, "--as", "ops@client.test"), 2), "it is never overwritten"
    assert is_refusal(cli("countersign", "1.zip", "--attach", "01-ops.json"), 2), "there is no signature beside it yet"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--role", "ops"), ("--verdict", "approve"), ("--role", "ops", "--verdict", "approve", "--attach", "x.json"),
     ("--role", "OPS", "--verdict", "approve"), ("--role", "ops", "--verdict", "approve-except")],
)  # fmt: skip
def test_half_a_sign_off_is_a_wrong_usage(cli: Cli, believed: Path, arguments: tuple[str, ...]) -> None:
    before = believed.read_bytes()
    assert is_refusal(cli("countersign", "1.zip", *arguments), 2)
    assert believed.read_bytes() == before


def test_the_reviewer_cannot_sign_off(cli: Cli, believed: Path) -> None:
    done = cli("countersign", "1.zip", "--role", "ops", "--verdict", "approve")
    assert done.code == 1 and "reviewer" in done.err
    assert cli("verify", "1.zip").code == 0


def test_a_sign_off_never_replaces_a_file_that_is_no_handoff(cli: Cli, believed: Path, place: Path) -> None:
    (place / "notes.txt").write_text("mine")
    done = cli("countersign", "1.zip", "--role", "ops", "--verdict", "approve", "-o", "notes.txt")
    assert is_refusal(done, 2)
    assert (place / "notes.txt").read_text() == "mine"


def test_two_handoffs_become_one(cli: Cli, believed: Path, place: Path) -> None:
    shutil.copy(place / "X.crm", place / "Y.crm")
    for name, row in (("X", "APT-7001"), ("Y", "ACT-9101")):
        (place / "d.csv").write_text(f"event_id,choice,field,value,reason\n{row},approve,,,\n")
        assert cli("decide", "-w", f"{name}.crm", "--from", "d.csv", "--reviewer", name).code == 0
        cli("handoff", "-w", f"{name}.crm", "-o", f"{name}.zip")
    done = cli("merge", "X.zip", "Y.zip", "-o", "both.zip", "--reviewer", "Lead")
    assert done.code == 0, done.err
    assert "2 rows ready" in done.out and "partial: 8 rows" in done.out
    assert "(merge), signed by ann@example.test" in cli("verify", "both.zip").out
    into = cli("merge", "X.zip", "Y.zip", "-w", "X.crm", "--reviewer", "Lead")
    assert into.code == 0 and "0 rows wait again" in into.out, into.err
    assert '"by": "Y"' in cli("journal", "-w", "X.crm", "--json").out
    (place / "d.csv").write_text("event_id,choice,field,value,reason\nAPT-7001,reject,,,not hers\n")
    assert cli("decide", "-w", "Y.crm", "--from", "d.csv", "--reviewer", "Y").code == 0
    cli("handoff", "-w", "Y.crm", "-o", "Z.zip")
    assert "1 row waits again, with both votes" in cli("merge", "X.zip", "Z.zip", "-w", "X.crm").out
    assert is_refusal(cli("merge", "X.zip", "Y.zip"), 2)
    for wrong in (("X.zip", "X.zip"), ("X.zip", "1.zip")):
        refused = cli("merge", *wrong, "-o", "no.zip")
        assert refused.code == 1 and "merge.same" in refused.err
        assert not (place / "no.zip").exists()
    assert is_refusal(cli("merge", "X.zip", "Y.zip", "-o", "X.zip"), 2)
    assert is_refusal(cli("merge", "X.zip", "none.zip", "-o", "no.zip"), 2)


def test_a_revoked_key_is_refused_as_such(cli: Cli, believed: Path, place: Path) -> None:
    assert cli("verify", "1.zip").code == 0
    done = cli("trust", "revoke", "ann@example.test")
    assert done.code == 0 and "revoked: SHA256:" in done.out
    refused = cli("verify", "1.zip")
    assert refused.code == 1 and "REFUSED trust.revoked" in refused.err
    assert is_refusal(cli("trust", "revoke", "ann@example.test"), 2)
    assert is_refusal(cli("trust", "revoke", "bob@example.test"), 2)
    shutil.rmtree(place / "client", ignore_errors=True)


def test_the_line_in_a_refusal_is_for_the_one_who_signed_the_handoff(cli: Cli, believed: Path) -> None:
    cli("trust", "remove", "ann@example.test")
    assert "ann@example.test" in allowed_line(cli("verify", "1.zip").err)


def test_a_journal_put_back_from_a_copy_is_read_only_until_somebody_says_why(
    cli: Cli, workspace: Path, place: Path
) -> None:
    shutil.copy(workspace, place / "backup")
    (place / "d.csv").write_text("event_id,choice,field,value,reason\nAPT-7001,approve,,,\n")
    assert cli("decide", "-w", "X.crm", "--from", "d.csv").code == 0
    shutil.copy(place / "backup", workspace)
    refused = cli("decide", "-w", "X.crm", "--from", "d.csv")
    assert refused.code == 1 and "log.truncated" in refused.err and "--continue" in refused.err
    assert cli("handoff", "-w", "X.crm", "-o", "h.zip").code == 1
    assert cli("load", "src", "-w", "X.crm").code == 1
    seen = cli("journal", "-w", "X.crm")
    assert seen.code == 0 and "log.truncated" in seen.err, "it can be read, with the warning"
    assert is_refusal(cli("journal", "-w", "X.crm", "--continue"), 2)
    done = cli("journal", "-w", "X.crm", "--continue", "--reason", "the disk failed", "--reviewer", "Ann")
    assert done.code == 0 and "goes on from here: the disk failed" in done.out
    assert cli("decide", "-w", "X.crm", "--from", "d.csv").code == 0
    again = cli("journal", "-w", "X.crm", "--continue", "--reason", "x")
    assert again.code == 0 and "nothing to continue from" in again.out
    assert is_refusal(cli("journal", "-w", "X.crm", "--reason", "x"), 2)
