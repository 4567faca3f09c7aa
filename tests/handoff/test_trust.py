"""The trust file: what OpenSSH accepts and means, less whatever would believe more than one person and purpose."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm_tui.errors import CrmTuiError, HandoffRefused, SigningKeyError, TargetError, TrustFileError
from crm_tui.handoff import keys, sshsig, trust

SSH_KEYGEN = shutil.which("ssh-keygen")
needs_ssh_keygen = pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen (OpenSSH) is not installed")

ALICE, BOB = "alice@example.test", "bob@example.test"
HANDOFF, COUNTERSIGN = keys.HANDOFF_NAMESPACE, keys.COUNTERSIGN_NAMESPACE
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = sshsig.public_of(PRIVATE)
OTHER = sshsig.public_of(Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
LINE = keys.allowed_signers_line(ALICE, KEY)


def with_options(options: str, who: str = ALICE) -> bytes:
    return f"{who} {options} {KEY} a comment\n".encode()


def parse_one(options: str) -> trust.TrustLine:
    (line,) = trust.parse(with_options(options))
    return line


def refusal(call: Callable[[], object], error: type[CrmTuiError] = TrustFileError) -> str:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).isprintable()
    return str(caught.value)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(HandoffRefused) as caught:
        call()
    assert str(caught.value).isprintable()
    return caught.value.code


def test_the_line_that_we_hand_out_is_one_that_we_accept() -> None:
    assert trust.parse(LINE.encode()) == (trust.TrustLine(1, ALICE, (HANDOFF,), KEY),)


def test_comments_blank_lines_crlf_tabs_and_key_comments_are_fine() -> None:
    text = f"# who\r\n\r\n  \n {LINE} his laptop é\r\n\t{LINE.replace(' ', chr(9), 1)}\n#{LINE}"
    assert [(line.number, line.principal) for line in trust.parse(text.encode())] == [(4, ALICE), (5, ALICE)]


def test_options_may_stand_in_any_order_and_case() -> None:
    line = parse_one('VALID-BEFORE="20270101Z",Namespaces="a,b",valid-after="20260101Z"')
    assert line.namespaces == ("a", "b")
    assert line.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert line.valid_before == datetime(2027, 1, 1, tzinfo=UTC)


NS = 'namespaces="a"'
BAD_OPTIONS = [
    "", "cert-authority", f"cert-authority,{NS}", f"{NS},cert-authority", 'namespaces="*"', 'namespaces="crm-*"',
    'namespaces="!git"', 'namespaces=""', 'namespaces="a,"', "namespaces=a", "namespaces", f"{NS},{NS}",
    f"{NS},no-touch",
    f'{NS},max-uses="3"', f"{NS}, ", f"{NS},", f",{NS}", 'namespaces="a" valid-after="20260101"', 'namespaces="a\\"b"',
    f'{NS},valid-after="tomorrow"', f'{NS},valid-after="2026010"', f'{NS},valid-after="20261301"',
    f'{NS},valid-before="20260101Z",valid-after="20260101Z"', f"{NS},valid-after=20260101",
    f'{NS},valid-before="00000101Z"',
    f'{NS},valid-before="+1w"', f'{NS},valid-after="２０２６0101"',
]  # fmt: skip


@pytest.mark.parametrize("options", BAD_OPTIONS)
def test_an_option_that_is_not_understood_refuses_the_file(options: str) -> None:
    assert "ine 2 " in refusal(lambda: trust.parse(f"{LINE}\n".encode() + with_options(options)))


BAD_PRINCIPALS = [
    "*",
    "*@example.test",
    "a?@example.test",
    "!a@b.test",
    "a@b.test,c@d.test",
    "alice",
    "Alice@b.test",
    '"a@b.test"',
    "é@b.test",
]


@pytest.mark.parametrize("who", BAD_PRINCIPALS)
def test_a_line_names_exactly_one_address(who: str) -> None:
    assert "Line 1" in refusal(lambda: trust.parse(with_options(NS, who)))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\n",
        b"\xef\xbb\xbf" + LINE.encode(),
        LINE.encode()[:-8],
        LINE.replace("ssh-ed25519", "ssh-rsa").encode(),
        LINE.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com").encode(),
        LINE.replace(str(KEY), "ssh-dss AAAAB3NzaC1kc3M=").encode(),
        LINE.replace(ALICE + " ", "").encode(),
        LINE.encode() + b" \x00",
        LINE.encode() + b" \x1b[2J",
        LINE.encode() + b"\r" + LINE.encode(),
        b"hello",
    ],
)
def test_other_lines_are_refused(data: bytes) -> None:
    refusal(lambda: trust.parse(data))


def test_find_names_the_first_thing_that_is_missing() -> None:
    known = trust.Trust(trust.parse(f"{LINE}\n{keys.allowed_signers_line(BOB, OTHER, (COUNTERSIGN,))}\n".encode()))
    assert known.find(KEY, namespace=HANDOFF, now=NOW, principal=ALICE).number == 1
    assert known.find(KEY, namespace=HANDOFF, now=NOW).principal == ALICE
    assert known.find(OTHER, namespace=COUNTERSIGN, now=NOW, principal=BOB).number == 2
    stranger = sshsig.public_of(Ed25519PrivateKey.generate())
    assert code_of(lambda: known.find(stranger, namespace=HANDOFF, now=NOW)) == "trust.unknown-key"
    assert code_of(lambda: known.find(KEY, namespace=HANDOFF, now=NOW, principal=BOB)) == "trust.principal"
    assert code_of(lambda: known.find(KEY, namespace=HANDOFF, now=NOW, principal="\x1b[2J")) == "trust.principal"
    assert code_of(lambda: known.find(KEY, namespace=COUNTERSIGN, now=NOW, principal=ALICE)) == "trust.namespace"
    assert code_of(lambda: known.find(OTHER, namespace=HANDOFF, now=NOW, principal=BOB)) == "trust.namespace"
    revoked = trust.Trust(known.lines, frozenset([KEY]))
    assert code_of(lambda: revoked.find(KEY, namespace=HANDOFF, now=NOW, principal=ALICE)) == "trust.revoked"
    assert revoked.find(OTHER, namespace=COUNTERSIGN, now=NOW).principal == BOB
    assert code_of(lambda: trust.Trust(()).find(KEY, namespace=HANDOFF, now=NOW)) == "trust.unknown-key"


def test_person_purpose_and_dates_must_all_be_those_of_one_line() -> None:
    lines = [
        keys.allowed_signers_line(ALICE, KEY, (COUNTERSIGN,)),
        keys.allowed_signers_line(BOB, KEY, (HANDOFF,)),
        f'{ALICE} namespaces="{HANDOFF}",valid-before="20200101Z" {KEY}',
    ]
    known = trust.Trust(trust.parse("\n".join(lines).encode()))
    assert code_of(lambda: known.find(KEY, namespace=HANDOFF, now=NOW, principal=ALICE)) == "trust.expired"
    assert known.find(KEY, namespace=HANDOFF, now=NOW).principal == BOB
    lines.append(keys.allowed_signers_line(ALICE, KEY))
    known = trust.Trust(trust.parse("\n".join(lines).encode()))
    assert known.find(KEY, namespace=HANDOFF, now=NOW, principal=ALICE).number == 4


def test_dates_are_held_against_the_receivers_now() -> None:
    known = trust.Trust((parse_one('namespaces="a",valid-after="20260501Z",valid-before="202605021030Z"'),))
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, 10, 30, tzinfo=UTC)
    second = timedelta(seconds=1)

    def find(now: datetime) -> trust.TrustLine:
        return known.find(KEY, namespace="a", now=now)

    assert code_of(lambda: find(start - second)) == "trust.not-yet"
    assert find(start) == find(end) == known.lines[0]
    assert code_of(lambda: find(end + second)) == "trust.expired"
    with pytest.raises(ValueError, match="zone"):
        find(datetime(2026, 5, 1))


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot change its time zone in a process")
def test_a_date_without_z_is_local_time_as_in_openssh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XXX-05:30")
    time.tzset()
    try:
        line = parse_one('namespaces="a",valid-after="20260501",valid-before="20260501000001"')
        assert line.valid_after == datetime(2026, 4, 30, 18, 30, tzinfo=UTC)
        assert line.valid_before == datetime(2026, 4, 30, 18, 30, 1, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@needs_ssh_keygen
@pytest.mark.parametrize(
    "options",
    [
        f'namespaces="{HANDOFF}"',
        f'namespaces="git,{HANDOFF}"',
        'namespaces="git"',
        f'namespaces="{HANDOFF}",valid-before="20200101"',
        f'namespaces="{HANDOFF}",valid-after="20990101"',
        f'namespaces="{HANDOFF}",valid-after="20200101",valid-before="20990101"',
        f'namespaces="{HANDOFF}",unknown-option',
        f'cert-authority,namespaces="{HANDOFF}"',
    ],
)
def test_openssh_gives_the_same_answer(tmp_path: Path, options: str) -> None:
    assert SSH_KEYGEN is not None
    signers, signature = tmp_path / "signers", tmp_path / "m.sig"
    signers.write_bytes(with_options(options))
    signature.write_bytes(sshsig.sign(PRIVATE, HANDOFF, b"m"))
    asked = ["-Y", "verify", "-f", str(signers), "-I", ALICE, "-n", HANDOFF, "-s", str(signature)]
    done = subprocess.run([SSH_KEYGEN, *asked], input=b"m", capture_output=True, check=False, timeout=60)
    try:
        known = trust.Trust(trust.parse(signers.read_bytes()))
        known.find(KEY, namespace=HANDOFF, now=datetime.now(UTC), principal=ALICE)
        ours = True
    except CrmTuiError:
        ours = False
    assert ours == (done.returncode == 0)


def test_revoked_keys_are_plain_lines() -> None:
    assert trust.parse_revoked(f"# lost\n{KEY} laptop\n\n{OTHER}\n".encode()) == {KEY, OTHER}
    assert trust.parse_revoked(b"") == frozenset()
    for bad in (b"SSHKRL\n\0", b"sha256: abc", LINE.encode(), b"ssh-ed25519 AAAA"):
        refusal(partial(trust.parse_revoked, bad))


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_default_files_may_be_missing_and_named_ones_may_not(data_folder: Path, tmp_path: Path) -> None:
    assert trust.default_path() == data_folder / "allowed_signers"
    assert trust.default_revoked_path() == data_folder / "revoked_keys"
    assert trust.load() == trust.Trust((), frozenset())
    assert "does not exist" in refusal(lambda: trust.load(tmp_path / "missing"))
    assert "does not exist" in refusal(lambda: trust.load(None, tmp_path / "missing"))
    assert "is a folder" in refusal(lambda: trust.load(tmp_path))
    trust.add(trust.default_path(), ALICE, KEY)
    trust.default_revoked_path().write_text(f"{KEY}\n", "utf-8")
    assert code_of(lambda: trust.load().find(KEY, namespace=HANDOFF, now=NOW)) == "trust.revoked"


def test_an_enormous_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"#" * (1024 * 1024 + 1))
    assert "bytes; name the right file" in refusal(lambda: trust.load(tmp_path / "f"))


@pytest.mark.skipif(os.name == "nt", reason="file modes are those of POSIX")
def test_add_makes_a_private_file_in_a_private_folder(data_folder: Path) -> None:
    before = os.umask(0)
    try:
        added = trust.add(trust.default_path(), ALICE, KEY)
    finally:
        os.umask(before)
    assert added == trust.TrustLine(1, ALICE, (HANDOFF,), KEY)
    assert trust.default_path().read_text("ascii") == LINE + "\n"
    assert stat.S_IMODE(trust.default_path().stat().st_mode) == 0o600
    assert stat.S_IMODE(data_folder.stat().st_mode) == 0o700
    assert [item.name for item in data_folder.iterdir()] == ["allowed_signers"]


def test_add_and_remove_keep_every_other_byte(tmp_path: Path) -> None:
    path = tmp_path / "signers"
    before = f"# é mine\r\n\n{LINE}   # laptop".encode()
    path.write_bytes(before)
    assert trust.add(path, BOB, OTHER, (COUNTERSIGN, HANDOFF)).number == 4
    bob = keys.allowed_signers_line(BOB, OTHER, (COUNTERSIGN, HANDOFF)).encode() + b"\n"
    assert path.read_bytes() == before + b"\n" + bob
    assert [line.principal for line in trust.remove(path, ALICE)] == [ALICE]
    assert path.read_bytes() == "# é mine\r\n\n".encode() + bob
    assert [line.principal for line in trust.remove(path, keys.fingerprint(OTHER))] == [BOB]
    assert trust.load(path).lines == ()


def test_remove_takes_every_line_of_a_person_and_only_those(tmp_path: Path) -> None:
    path = tmp_path / "signers"
    trust.add(path, ALICE, KEY)
    trust.add(path, BOB, KEY)
    trust.add(path, ALICE, OTHER)
    assert [line.number for line in trust.remove(path, ALICE)] == [1, 3]
    assert [line.principal for line in trust.load(path).lines] == [BOB]
    data = path.read_bytes()
    for stranger in (ALICE, "alice", "", "\x1b[2J", "SHA256:"):
        refusal(partial(trust.remove, path, stranger))
    refusal(lambda: trust.remove(tmp_path / "missing", ALICE))
    assert path.read_bytes() == data


def test_add_refuses_what_is_there_and_what_is_no_address(tmp_path: Path) -> None:
    path = tmp_path / "signers"
    trust.add(path, ALICE, KEY)
    trust.add(path, ALICE, KEY, (COUNTERSIGN,))
    assert "already (line 1)" in refusal(lambda: trust.add(path, ALICE, KEY))
    refusal(lambda: trust.add(path, "*", KEY), SigningKeyError)
    refusal(lambda: trust.add(path, ALICE, KEY, ("*",)), SigningKeyError)
    assert len(trust.load(path).lines) == 2
    path.write_bytes(b"* " + LINE.encode())
    refusal(lambda: trust.add(path, BOB, OTHER))
    refusal(lambda: trust.remove(path, BOB))
    assert path.read_bytes() == b"* " + LINE.encode()
    assert str(path) in refusal(lambda: trust.load(path))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "signers"
    trust.add(path, ALICE, KEY)
    data = path.read_bytes()

    def full(_source: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    refusal(lambda: trust.add(path, BOB, OTHER), TargetError)
    assert path.read_bytes() == data
    assert [item.name for item in tmp_path.iterdir()] == ["signers"]
