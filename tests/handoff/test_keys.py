"""Signing keys: private on disk whatever the umask, never overwritten, one sentence for each thing that fails."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from crm_tui.errors import CrmTuiError, HandoffRefused, SigningKeyError, TargetError
from crm_tui.handoff import keys, sshsig

SSH_KEYGEN = shutil.which("ssh-keygen")
SSH_AGENT = shutil.which("ssh-agent")
SSH_ADD = shutil.which("ssh-add")
needs_ssh_keygen = pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen (OpenSSH) is not installed")
needs_agent = pytest.mark.skipif(
    not (SSH_KEYGEN and SSH_AGENT and SSH_ADD), reason="ssh-agent and ssh-add (OpenSSH) are not installed"
)
posix = pytest.mark.skipif(os.name == "nt", reason="file modes are those of POSIX")

ALICE = "alice@example.test"
NAMESPACE = keys.HANDOFF_NAMESPACE


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def ssh_keygen(*arguments: str) -> str:
    assert SSH_KEYGEN is not None
    done = subprocess.run([SSH_KEYGEN, *arguments], capture_output=True, check=True, timeout=60, text=True)
    return done.stdout


def made_by_openssh(path: Path, *options: str, passphrase: str = "", comment: str = ALICE) -> Path:
    ssh_keygen("-q", "-t", "ed25519", *options, "-N", passphrase, "-C", comment, "-f", str(path))
    return path


def refusal(call: Callable[[], object], error: type[CrmTuiError] = SigningKeyError) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@posix
def test_a_new_key_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "data" / "keys" / "signing_ed25519"
    signer = keys.new_key(path, ALICE)
    assert mode(path) == mode(keys.public_path_of(path)) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert sorted(item.name for item in path.parent.iterdir()) == ["signing_ed25519", "signing_ed25519.pub"]
    assert keys.load_key(path).sign(NAMESPACE, b"m") == signer.sign(NAMESPACE, b"m")
    assert os.umask(umask) == umask


def test_a_new_key_reads_back_with_its_principal(tmp_path: Path) -> None:
    made = keys.new_key(tmp_path / "k", ALICE)
    read = keys.load_key(tmp_path / "k")
    assert (read.public, read.principal) == (made.public, ALICE)
    assert sshsig.verify(read.sign(NAMESPACE, b"m"), NAMESPACE, b"m") == made.public
    assert made.public.algorithm == "ssh-ed25519"
    assert made.public != keys.new_key(tmp_path / "other", ALICE).public


def test_a_signer_does_not_show_its_private_key(tmp_path: Path) -> None:
    assert "private" not in repr(keys.new_key(tmp_path / "k", ALICE)).lower()


@needs_ssh_keygen
def test_openssh_reads_the_key_that_we_make(tmp_path: Path) -> None:
    signer = keys.new_key(tmp_path / "k", ALICE)
    assert ssh_keygen("-y", "-f", str(tmp_path / "k")).split()[:2] == str(signer.public).split()
    bits, fingerprint, comment, kind = ssh_keygen("-l", "-f", str(tmp_path / "k.pub")).split()
    assert (bits, fingerprint, comment, kind) == ("256", keys.fingerprint(signer.public), ALICE, "(ED25519)")


@pytest.mark.parametrize("there", ["k", "k.pub"])
def test_nothing_is_ever_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious", "utf-8")
    assert "never overwritten" in refusal(lambda: keys.new_key(tmp_path / "k", ALICE))
    assert (tmp_path / there).read_text("utf-8") == "precious"
    assert [item.name for item in tmp_path.iterdir()] == [there]


@posix
@pytest.mark.parametrize("there", ["k", "k.pub"])
def test_no_link_is_followed(tmp_path: Path, there: str) -> None:
    target = tmp_path / "elsewhere"
    (tmp_path / there).symlink_to(target)
    refusal(lambda: keys.new_key(tmp_path / "k", ALICE))
    assert not target.exists()
    assert [item.name for item in tmp_path.iterdir()] == [there]


def test_a_failed_write_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in refusal(lambda: keys.new_key(tmp_path / "k", ALICE), TargetError)
    assert list(tmp_path.iterdir()) == []


def test_a_new_key_needs_an_address(tmp_path: Path) -> None:
    for bad in (
        "",
        "alice",
        "Alice@example.test",
        "a b@example.test",
        "*@example.test",
        "a@b@c",
        "a@b\n",
        "é@x.test",
    ):
        refusal(partial(keys.new_key, tmp_path / "k", bad))
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("bits", [0o644, 0o640, 0o604, 0o660, 0o601, 0o620])
def test_a_key_that_others_can_touch_is_refused(tmp_path: Path, bits: int) -> None:
    keys.new_key(tmp_path / "k", ALICE)
    (tmp_path / "k").chmod(bits)
    sentence = refusal(lambda: keys.load_key(tmp_path / "k"))
    assert f"Permissions 0{bits:o} for" in sentence
    assert f"chmod 600 {tmp_path / 'k'}" in sentence
    (tmp_path / "k").chmod(0o400)
    assert keys.load_key(tmp_path / "k").principal == ALICE


@posix
def test_what_is_not_a_key_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, data in (
        ("old", b"-----BEGIN RSA PRIVATE KEY-----\n"),
        ("long", b"x" * 70_000),
        ("empty", b""),
    ):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
    keys.new_key(tmp_path / "damaged", ALICE)
    damaged = (tmp_path / "damaged").read_bytes()
    (tmp_path / "damaged").write_bytes(damaged[:120] + damaged[130:])
    assert "is a pipe, socket or device" in refusal(lambda: keys.load_key(tmp_path / "pipe"))
    assert "No such file" in refusal(lambda: keys.load_key(tmp_path / "missing"))
    assert "ssh-keygen -p" in refusal(lambda: keys.load_key(tmp_path / "old"))
    assert "too large" in refusal(lambda: keys.load_key(tmp_path / "long"))
    assert "no OpenSSH" in refusal(lambda: keys.load_key(tmp_path / "empty"))
    assert "damaged" in refusal(lambda: keys.load_key(tmp_path / "damaged"))


@needs_ssh_keygen
@pytest.mark.parametrize("options", [(), ("-Z", "aes256-gcm@openssh.com"), ("-a", "4")], ids=str)
def test_a_protected_key_asks_once_and_says_what_is_wrong(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = made_by_openssh(tmp_path / "k", *options, passphrase="pässword")
    asked: list[str] = []

    def answer(text: str) -> Callable[[], str]:
        def ask() -> str:
            asked.append(text)
            return text

        return ask

    signer = keys.load_key(path, answer("pässword"))
    assert sshsig.verify(signer.sign(NAMESPACE, b"m"), NAMESPACE, b"m") == signer.public
    assert "not the passphrase" in refusal(lambda: keys.load_key(path, answer("wrong")))
    assert "not the passphrase" in refusal(lambda: keys.load_key(path, answer("")))
    assert asked == ["pässword", "wrong", ""]
    assert "needs its passphrase" in refusal(lambda: keys.load_key(path))


@needs_ssh_keygen
def test_an_open_key_asks_nothing(tmp_path: Path) -> None:
    path = made_by_openssh(tmp_path / "k")
    assert keys.load_key(path, lambda: pytest.fail("asked for a passphrase")).principal == ALICE


@needs_ssh_keygen
def test_a_missing_bcrypt_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made_by_openssh(tmp_path / "k", passphrase="secret")
    real = serialization.load_ssh_private_key

    def without_bcrypt(data: bytes, password: bytes | None) -> object:
        if password is not None:
            raise UnsupportedAlgorithm("Need bcrypt module")
        return real(data, password)

    monkeypatch.setattr(serialization, "load_ssh_private_key", without_bcrypt)
    assert "bcrypt" in refusal(lambda: keys.load_key(path, lambda: "secret"))


@needs_ssh_keygen
def test_other_kinds_of_keys_sign_and_short_ones_do_not(tmp_path: Path) -> None:
    for kind, bits, good in (("rsa", "2048", True), ("ecdsa", "384", True), ("rsa", "1024", False)):
        path = tmp_path / f"{kind}{bits}"
        ssh_keygen("-q", "-t", kind, "-b", bits, "-N", "", "-C", ALICE, "-f", str(path))
        if good:
            signer = keys.load_key(path)
            assert sshsig.verify(signer.sign(NAMESPACE, b"m"), NAMESPACE, b"m") == signer.public
        else:
            assert "2048" in refusal(partial(keys.load_key, path))


@needs_ssh_keygen
def test_the_principal_is_the_comment_of_the_pub_file(tmp_path: Path) -> None:
    assert keys.load_key(made_by_openssh(tmp_path / "a", comment="Bob@Laptop.test")).principal == "bob@laptop.test"
    nameless = made_by_openssh(tmp_path / "b", comment="Bob's laptop")
    assert f"ssh-keygen -c -C you@example.test -f {nameless}" in refusal(lambda: keys.load_key(nameless))
    assert keys.load_key(nameless, principal=ALICE).principal == ALICE
    refusal(lambda: keys.load_key(nameless, principal="Not An Address"))
    shutil.copy(tmp_path / "a.pub", tmp_path / "b.pub")
    assert "belongs to another key" in refusal(lambda: keys.load_key(nameless))


@needs_ssh_keygen
def test_the_command_that_we_advise_brings_a_lost_pub_file_back(tmp_path: Path) -> None:
    path = tmp_path / "k"
    made = keys.new_key(path, ALICE)
    keys.public_path_of(path).unlink()
    assert "ssh-keygen -c -C" in refusal(lambda: keys.load_key(path))
    ssh_keygen("-c", "-C", ALICE, "-f", str(path))
    assert keys.load_key(path).public == made.public


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A running ``ssh-agent`` without keys."""
    assert SSH_AGENT is not None
    path = tmp_path_factory.mktemp("agent") / "s"
    process = subprocess.Popen([SSH_AGENT, "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                break
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield
    process.terminate()
    process.wait(10)


@needs_agent
@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(("kind", "bits"), [("ed25519", "256"), ("ecdsa", "256"), ("rsa", "2048")])
def test_the_agent_signs_for_a_pub_file(tmp_path: Path, kind: str, bits: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "k"
    ssh_keygen("-q", "-t", kind, "-b", bits, "-N", "", "-C", ALICE, "-f", str(path))
    assert SSH_ADD is not None
    subprocess.run([SSH_ADD, "-q", str(path)], check=True, timeout=60)
    in_memory = keys.load_key(path)
    path.unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    signer = keys.load_key(Path("k.pub"))
    made = signer.sign(NAMESPACE, b"m")
    assert isinstance(signer, keys.AgentSigner)
    assert (signer.public, signer.principal) == (in_memory.public, ALICE)
    assert sshsig.verify(made, NAMESPACE, b"m") == signer.public
    if kind != "ecdsa":
        assert made == in_memory.sign(NAMESPACE, b"m")


@needs_agent
@pytest.mark.usefixtures("agent")
def test_a_key_that_the_agent_does_not_hold_is_refused_without_a_prompt(tmp_path: Path) -> None:
    path = made_by_openssh(tmp_path / "k", passphrase="secret")
    assert "ssh-add -l" in refusal(lambda: keys.load_key(keys.public_path_of(path)).sign(NAMESPACE, b"m"))


@needs_ssh_keygen
def test_a_signature_by_another_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.new_key(tmp_path / "k", ALICE)
    other = keys.new_key(tmp_path / "other", ALICE)
    signer = keys.load_key(tmp_path / "k.pub")
    monkeypatch.setattr(keys, "_run_ssh_keygen", lambda _arguments, message: other.sign(NAMESPACE, message))
    assert "another key" in refusal(lambda: signer.sign(NAMESPACE, b"m"))
    monkeypatch.setattr(keys, "_run_ssh_keygen", lambda _arguments, _message: other.sign(NAMESPACE, b"x"))
    assert "does not verify" in refusal(lambda: signer.sign(NAMESPACE, b"m"))


@posix
def test_ssh_keygen_gets_our_environment_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "ssh-keygen"
    report = "import json, os; print(json.dumps([dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid()]))"
    tool.write_text(f"#!{sys.executable} -I\n{report}\n", "utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(keys, "_TOOL_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/a/socket")
    monkeypatch.setenv("SSH_ASKPASS", "/evil")
    environment, folder, leads_a_session = json.loads(keys._run_ssh_keygen([], b""))
    environment.pop("LC_CTYPE", None)  # Python sets it for itself.
    assert environment == {"SSH_AUTH_SOCK": "/a/socket"}
    assert folder == str(tmp_path)
    assert leads_a_session
    keys.new_key(tmp_path / "k", ALICE)
    monkeypatch.setattr(keys, "_TOOL_FOLDERS", ())
    assert "not installed" in refusal(lambda: keys.load_key(tmp_path / "k.pub").sign(NAMESPACE, b"m"))


def test_the_default_place_follows_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path))
    assert keys.default_key_path() == tmp_path / "keys" / "signing_ed25519"
    monkeypatch.delenv("CRM_TUI_DATA_DIR")
    assert keys.default_key_path().parts[-3:] == ("crm-tui", "keys", "signing_ed25519")


@pytest.mark.parametrize(
    ("login", "host", "principal"),
    [
        ("Alice", "Lap.Local", "alice@lap.local"),
        ("DOM\\Bob Ä", "x_1", "dombob@x1"),
        ("Ж", "", "user@localhost"),
    ],
)
def test_the_default_principal_is_always_one(
    monkeypatch: pytest.MonkeyPatch, login: str, host: str, principal: str
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: login)
    monkeypatch.setattr("platform.node", lambda: host)
    assert keys.principal_default() == keys.check_principal(principal)


def test_the_trust_line_is_dateless_and_names_its_purposes(tmp_path: Path) -> None:
    public = keys.new_key(tmp_path / "k", ALICE).public
    assert keys.allowed_signers_line(ALICE, public) == f'{ALICE} namespaces="crm-tui-handoff-v1" {public}'
    assert ' namespaces="a,b" ' in keys.allowed_signers_line(ALICE, public, ("a", "b"))
    for bad in ((), ("*",), ("a,b",), ('a" cert-authority',), ("",)):
        refusal(partial(keys.allowed_signers_line, ALICE, public, bad))


def test_lines_of_pub_files(tmp_path: Path) -> None:
    public = keys.new_key(tmp_path / "k", ALICE).public
    assert keys.parse_public_line(f"{public} a b\n") == (public, "a b")
    assert keys.parse_public_line(str(public)) == (public, "")
    line = str(public)
    bad_lines = [
        "",
        "x",
        line[:-4],
        line.replace("ssh-ed25519", "ssh-rsa"),
        line + "AAAA",
        f"a@b.test {line}",
        line[:-1] + "=",
    ]
    for bad in bad_lines:
        refusal(partial(keys.parse_public_line, bad), HandoffRefused)


def test_an_agent_in_an_ssh_session_may_be_a_forwarded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/x")
    assert not keys.agent_may_be_forwarded()
    monkeypatch.setenv("SSH_CONNECTION", "::1 1 ::1 22")
    assert keys.agent_may_be_forwarded()
