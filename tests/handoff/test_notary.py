"""Checkpoints of the journal are signed where a key is at hand; a signed one cannot be changed without the key."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm_tui.cli import run
from crm_tui.errors import JournalDamaged
from crm_tui.handoff import keys
from crm_tui.handoff.notary import CHECKPOINT_NAMESPACE, KeyNotary
from crm_tui.workspace import checkpoints
from crm_tui.workspace.store import Store
from tests.factory import Bench, signer

Line = dict[str, Any]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A review that was left twice by somebody with a key."""
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))
    keys.new_key(keys.default_key_path(), "rita@example.test")
    found = Bench(tmp_path).events(appointments=())
    left(found)
    found.load(found.put("again.csv", b"x"))
    return left(found)


def left(bench: Bench, notary: KeyNotary | None = None) -> Bench:
    """Decide nothing, but leave an entry, and go."""
    with bench.open() as review:
        with review.store.transaction():
            checkpoints.journal.append(review.store, "note", {"row": ""}, {"note": "seen"})
        checkpoints.keep(review.store, notary=notary or KeyNotary())
    return bench


def noted() -> list[Line]:
    return [json.loads(line) for line in checkpoints.default_path().read_text().splitlines()]


def write(lines: list[Line]) -> None:
    checkpoints.default_path().write_bytes(b"".join(checkpoints.canonical.dumps(line) + b"\n" for line in lines))


def code(bench: Bench) -> str:
    with Store.open(bench.workspace, write=False) as store:
        try:
            checkpoints.check(store, KeyNotary())
        except JournalDamaged as error:
            return error.code
    return ""


def test_ssh_keygen_verifies_a_checkpoint_under_its_own_purpose_only(bench: Bench, tmp_path: Path) -> None:
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        pytest.skip("OpenSSH is not installed")
    line = noted()[-1]
    (tmp_path / "sig").write_text(line.pop("signature"))
    public, _ = keys.read_public(keys.public_path_of(keys.default_key_path()))
    (tmp_path / "signers").write_text(f"rita@example.test {public}\n")
    for namespace, wanted in ((CHECKPOINT_NAMESPACE, 0), (keys.HANDOFF_NAMESPACE, 255)):
        command = [keygen, "-Y", "verify", "-f", "signers", "-I", "rita@example.test", "-n", namespace, "-s", "sig"]
        message = checkpoints.canonical.dumps(line)
        done = subprocess.run(command, cwd=tmp_path, input=message, capture_output=True, check=False)
        assert done.returncode == wanted, done.stderr


def another_head(line: Line) -> None:
    line["head"] = "0" * 64


def fewer_entries(line: Line) -> None:
    line["entries"] = 1


def another_time(line: Line) -> None:
    line["at"] = "2020-01-01T00:00:00Z"


def another_signature(line: Line) -> None:
    line["signature"] = noted()[0]["signature"]


def no_signature_at_all(line: Line) -> None:
    line["signature"] = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize("tamper", [another_head, fewer_entries, another_time, another_signature, no_signature_at_all])
def test_a_signed_checkpoint_that_was_changed_is_named(bench: Bench, tamper: Callable[[Line], None]) -> None:
    assert code(bench) == "" and all(line["signature"] for line in noted())
    lines = noted()
    tamper(lines[-1])
    write(lines)
    assert code(bench) == "log.checkpoint"
    with bench.open() as review:
        assert checkpoints.go_on(review.store, "Rita", "I edited it by hand", KeyNotary())
    assert code(bench) == ""


def test_whoever_has_no_key_leaves_unsigned_checkpoints_that_are_signed_once_there_is_one(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    key = keys.default_key_path()
    key.rename(key.with_name("away"))
    left(bench)
    assert not noted()[-1]["signature"] and code(bench) == ""
    assert run(["journal", "-w", str(bench.workspace)]) == 0
    assert "whoever can write your data folder could have changed the others" in capsys.readouterr().err
    key.with_name("away").rename(key)
    with bench.open() as review:
        checkpoints.keep(review.store, notary=KeyNotary())
        checkpoints.keep(review.store, notary=KeyNotary())
    assert [bool(line["signature"]) for line in noted()[-2:]] == [False, True]
    write([line for line in noted() if line["signature"]])
    assert run(["journal", "-w", str(bench.workspace)]) == 0
    assert "your key signed all of them" in capsys.readouterr().err


def test_a_line_of_an_earlier_version_has_no_signature_and_counts(bench: Bench) -> None:
    lines = noted()
    for line in lines:
        del line["signature"]
    write(lines)
    assert code(bench) == ""
    lines[-1]["head"] = "0" * 64
    write(lines)
    assert code(bench) == "log.rewritten"


def test_a_strangers_signature_is_not_ones_own(bench: Bench, tmp_path: Path) -> None:
    left(bench, KeyNotary(signer(tmp_path / "stranger")))
    with Store.open(bench.workspace, write=False) as store:
        line = checkpoints.of_file(store)[-1]
        assert line.signature and not KeyNotary().is_own(line.unsigned, line.signature)


def test_a_key_with_a_passphrase_is_not_asked_for(bench: Bench) -> None:
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        pytest.skip("OpenSSH is not installed")
    key = keys.default_key_path()
    subprocess.run([keygen, "-q", "-p", "-N", "long secret", "-P", "", "-f", key], check=True, capture_output=True)
    left(bench)
    assert not noted()[-1]["signature"] and code(bench) == ""
