"""The README's lines for somebody who has unzip, ssh-keygen and sha256sum: what they accept, and what they refuse."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container, keys
from crm_tui.handoff.keys import COUNTERSIGN_NAMESPACE
from crm_tui.handoff.sign_off import Wish, sign_off
from crm_tui.handoff.summary import README as README_TXT
from crm_tui.handoff.verify import verify
from tests.factory import signer
from tests.handoff.test_seal_verify import NOW, Made, decide_some, made, members_of
from tests.recipe import README, stock_recipe

TOOLS = ("unzip", "ssh-keygen", "sha256sum", "bash")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the recipe needs {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("good"), decide_some)


def checked(one: Made, data: bytes, folder: Path, line: str = "") -> subprocess.CompletedProcess[str]:
    """Run the lines as a receiver would, in a folder with the file and the signer's line."""
    (folder / "x.handoff.zip").write_bytes(data)
    trusted = line or keys.allowed_signers_line(one.key.principal, one.key.public)
    (folder / "allowed_signers").write_text(trusted + "\n")
    return subprocess.run(
        ["bash", "-c", stock_recipe("x.handoff.zip", one.key.principal)],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_lines_accept_a_good_handoff_and_the_last_prints_nothing(good: Made, tmp_path: Path) -> None:
    done = checked(good, good.data, tmp_path)
    assert done.returncode == 0, done.stderr
    first, *sums = done.stdout.splitlines()
    assert first.startswith('Good "crm-tui-handoff-v1" signature for alice@example.test')
    assert all(line.endswith(": OK") for line in sums)
    assert len(sums) == len(container.read(good.data)) - 2


def test_the_lines_accept_a_handoff_that_was_signed_off(good: Made, tmp_path: Path) -> None:
    ops = signer(tmp_path, "ops@client.test")
    data = sign_off(good.data, good.trust, ops, Wish("ops", "approve"), datetime(2026, 6, 1, tzinfo=UTC))
    assert COUNTERSIGN_NAMESPACE.encode() in data or b"countersign/01-ops.json" in data
    assert checked(good, data, tmp_path).returncode == 0


def added(items: dict[str, bytes]) -> None:
    items["staged/extra.csv"] = b"GHL-501,delete\n"


def altered(items: dict[str, bytes]) -> None:
    items["rows.jsonl"] = items["rows.jsonl"].replace(b"GHL-501", b"GHL-666", 1)


def removed(items: dict[str, bytes]) -> None:
    del items["questions.csv"]


def another_list(items: dict[str, bytes]) -> None:
    items["SHA256SUMS"] = items["SHA256SUMS"].replace(b"a", b"b", 1)


def summary_reworded(items: dict[str, bytes]) -> None:
    items["SUMMARY.md"] += b"All of it is fine.\n"


def report_reworded(items: dict[str, bytes]) -> None:
    items["report.html"] = items["report.html"].replace(b"outstanding", b"approved", 1)


@pytest.mark.parametrize(
    "attack",
    [added, altered, removed, another_list, summary_reworded, report_reworded],
    ids=lambda value: value.__name__,
)
def test_the_lines_refuse(good: Made, tmp_path: Path, attack: Callable[[dict[str, bytes]], None]) -> None:
    items = members_of(good.data)
    attack(items)
    assert checked(good, container.write(list(items.items())), tmp_path).returncode != 0


def test_of_a_file_that_was_altered_the_right_name_is_found(good: Made, tmp_path: Path) -> None:
    """As a receiver who unpacked, and as one who asks the program: in the zip, unpacked, and packed anew."""
    checked(good, good.data, tmp_path)
    for name, content in members_of(good.data).items():
        if name.startswith("SHA256SUMS"):
            continue
        changed = content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]
        (tmp_path / "out" / name).write_bytes(changed)
        line = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
        done = subprocess.run(line, cwd=tmp_path / "out", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, f"{name}: FAILED\n")
        (tmp_path / "out" / name).write_bytes(content)
        put_in = good.data.replace(content, changed, 1)
        again = container.write([*(members_of(good.data) | {name: changed}).items()])
        for data, code in ((put_in, "zip.not-canonical"), (again, "bundle.digest")):
            with pytest.raises(HandoffRefused, match=f"^{re.escape(name)} was changed") as caught:
                verify(data, good.trust, now=NOW)
            assert caught.value.code == code


def test_the_lines_refuse_another_signer_and_another_purpose(good: Made, tmp_path: Path) -> None:
    stranger = signer(tmp_path, "alice@else.test")
    line = keys.allowed_signers_line(good.key.principal, stranger.public)
    assert checked(good, good.data, tmp_path, line).returncode != 0
    line = keys.allowed_signers_line(good.key.principal, good.key.public, (COUNTERSIGN_NAMESPACE,))
    assert checked(good, good.data, tmp_path, line).returncode != 0


def test_the_file_in_the_handoff_gives_the_same_lines() -> None:
    inside = " ".join(README_TXT.decode().replace("\\\n", " ").split())
    for line in stock_recipe("H.handoff.zip", "NAME@HOST").splitlines()[1:]:
        assert " ".join(line.split()) in inside


def test_the_readme_promises_in_the_words_of_the_design() -> None:
    text = " ".join(README.read_text("utf-8").split())
    for words in (
        "That the person read each row; that the laptop was clean",
        "K belongs to the person the **receiver** wrote down for K",
        "Any identity the file claims about itself",
        "`created_at` is a claim. Only the receiver's own receipt time is evidence",
        "A person with the laptop, the key and no earlier handoff given out can rewrite history.",
        "This is the next handoff of this workspace after the last one I took",
        "The log in it extends the log I got before",
        "That nothing was left out of the log before it was first shown to anyone",
    ):
        assert words in text, words
