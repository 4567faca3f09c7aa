"""Signing keys: making one, reading one, and signing through ``ssh-agent`` where the key must not be read.

A key is an OpenSSH private key file with its ``.pub`` beside it.  The comment in the ``.pub`` is the
principal: the address under which a receiver writes the key into a trust file (handoff.md, "Keys and trust").
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import platform
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from crm_tui.errors import HandoffRefused, SigningKeyError
from crm_tui.files import data_dir, private_folder, sync_folder, target_errors
from crm_tui.handoff import sshsig
from crm_tui.handoff.sshsig import PublicKey
from crm_tui.text import safe_text

if TYPE_CHECKING:
    from crm_tui.handoff.sshsig import PrivateKey

HANDOFF_NAMESPACE = "crm-tui-handoff-v1"
COUNTERSIGN_NAMESPACE = "crm-tui-countersign-v1"

_PRINCIPAL = re.compile(r"[a-z0-9._+-]+@[a-z0-9.-]+")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._@-]*")
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_PUBLIC_LINE = re.compile(rf"(\S+) ({_BASE64})(?:[ \t]+(.*))?")
_OPENSSH_HEADER = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_MAX_KEY_FILE = 64 * 1024
# Looked up in these places only: a PATH may lead into a folder that someone else fills.
_POSIX_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/run/current-system/sw/bin")
_TOOL_FOLDERS = (r"C:\Windows\System32\OpenSSH",) if os.name == "nt" else _POSIX_FOLDERS


class Signer(Protocol):
    """A key in memory, or an agent that holds it; ``sign`` makes the SSHSIG file or a ``SigningKeyError``."""

    @property
    def public(self) -> PublicKey:
        """The key that a receiver has to trust."""

    @property
    def principal(self) -> str:
        """The address to sign under."""

    def sign(self, namespace: str, message: bytes) -> bytes:
        """The signature file over ``message``."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A private key, read and unlocked."""

    public: PublicKey
    principal: str
    _private: PrivateKey = field(repr=False, compare=False)

    def sign(self, namespace: str, message: bytes) -> bytes:
        """The signature file over ``message``."""
        return sshsig.sign(self._private, namespace, message)


@dataclass(frozen=True, slots=True)
class AgentSigner:
    """A key that only ``ssh-agent`` or a hardware token holds; ``ssh-keygen`` asks it on our behalf."""

    public: PublicKey
    principal: str
    public_path: Path

    def sign(self, namespace: str, message: bytes) -> bytes:
        """The signature file over ``message``, checked to be by this key."""
        made = _run_ssh_keygen(["-Y", "sign", "-n", namespace, "-f", str(self.public_path)], message)
        try:
            signed_by = sshsig.verify(made, namespace, message)
        except HandoffRefused as error:
            raise SigningKeyError(f"ssh-keygen made a signature that does not verify ({error.code}).") from error
        if signed_by != self.public:
            raise SigningKeyError(f"ssh-keygen signed with another key than {_shown(self.public_path)}.")
        return made


def default_key_path() -> Path:
    """Where ``crm-tui key new`` puts the key: ``keys/signing_ed25519`` in the data folder."""
    return data_dir() / "keys" / "signing_ed25519"


def public_path_of(path: Path) -> Path:
    """The ``.pub`` file beside the private key ``path``."""
    return path.with_name(path.name + ".pub")


def principal_default() -> str:
    """``login@host`` of this machine in the grammar of principals; never empty on either side."""
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        login = ""
    login = re.sub(r"[^a-z0-9._+-]", "", login.lower())
    host = re.sub(r"[^a-z0-9.-]", "", platform.node().lower())
    return f"{login or 'user'}@{host or 'localhost'}"


def is_principal(text: str) -> bool:
    """Whether ``text`` is ``[a-z0-9._+-]+@[a-z0-9.-]+``."""
    return _PRINCIPAL.fullmatch(text) is not None


def is_namespace(text: str) -> bool:
    """Whether ``text`` is the plain name of a purpose, so no pattern and no list."""
    return _NAMESPACE.fullmatch(text) is not None


def check_principal(principal: str) -> str:
    """``principal`` itself if it is one; else ``SigningKeyError``."""
    if not is_principal(principal):
        shown = safe_text(principal, 80)
        raise SigningKeyError(f"“{shown}” is not an address in lower case such as alice@example.test.")
    return principal


def fingerprint(public: PublicKey) -> str:
    """``SHA256:…`` as ``ssh-keygen -l`` shows it: base64 of the blob's SHA-256 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public.blob).digest()).decode("ascii").rstrip("=")


def allowed_signers_line(principal: str, public: PublicKey, namespaces: Sequence[str] = (HANDOFF_NAMESPACE,)) -> str:
    """A receiver's trust line, without newline, and without dates: ``ssh-keygen`` 8.1 and 8.6 refuse them."""
    if not namespaces or not all(map(is_namespace, namespaces)):
        raise SigningKeyError("A purpose (namespace) is lower-case letters, digits and . _ @ - only.")
    return f'{check_principal(principal)} namespaces="{",".join(namespaces)}" {public}'


def parse_public_line(line: str) -> tuple[PublicKey, str]:
    """Key and comment of one line of a ``.pub`` file; ``HandoffRefused`` for a key that is not accepted."""
    match = _PUBLIC_LINE.fullmatch(line.strip(" \t\r\n"))
    algorithm, text, comment = match.groups() if match else ("", "", "")
    try:
        public = sshsig.parse_public(base64.b64decode(text))
    except HandoffRefused as error:
        if error.code == "sig.algorithm":
            raise
        raise HandoffRefused("sig.invalid", "This is not a well-formed public key.") from error
    if str(public) != f"{algorithm} {text}":
        raise HandoffRefused("sig.invalid", "This is not a well-formed public key.")
    return public, comment or ""


def new_key(path: Path, principal: str) -> FileSigner:
    """Make an Ed25519 key at ``path`` and its ``.pub`` beside it, both 0600, in folders made 0700.

    Nothing is ever overwritten, no link is followed.  Raises ``SigningKeyError`` if one of the files is
    there, ``TargetError`` if they cannot be written; then neither of the two is left.  The key has no
    passphrase, so that making one needs no terminal; ``ssh-keygen -p -f`` sets one later.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    check_principal(principal)
    public_path = public_path_of(path)
    private = Ed25519PrivateKey.generate()
    public = sshsig.public_of(private)
    encoded = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption())
    with target_errors(path):
        private_folder(path.parent)
        _create(path, encoded)
        try:
            _create(public_path, f"{public} {principal}\n".encode("ascii"))
        except BaseException:
            path.unlink()
            raise
        sync_folder(path.parent)
    return FileSigner(public, principal, private)


def load_key(path: Path, passphrase: Callable[[], str] | None = None, principal: str | None = None) -> Signer:
    """The signer for the key file ``path``; a ``.pub`` means: sign through ``ssh-agent``.

    ``passphrase`` is called once, and only for a protected key.  ``principal`` replaces the key's comment.
    Raises ``SigningKeyError``, with the command that puts it right where there is one.
    """
    if path.suffix == ".pub":
        public, comment = read_public(path)
        return AgentSigner(public, _principal_of(path, comment, principal), path.absolute())
    private = _unlock(path, _read(path, private=True), passphrase)
    try:
        public = sshsig.public_of(private)
    except HandoffRefused as error:
        raise SigningKeyError(f"{_shown(path)}: {error}") from error
    beside = public_path_of(path)
    comment = ""
    if principal is None and beside.exists():
        owner, comment = read_public(beside)
        if owner != public:
            raise SigningKeyError(f"{_shown(beside)} belongs to another key than {_shown(path)}.")
    return FileSigner(public, _principal_of(path, comment, principal), private)


def agent_may_be_forwarded() -> bool:
    """Whether the agent that would sign may be the far end's: whoever is root here can then sign, too."""
    return bool(os.environ.get("SSH_CONNECTION") and os.environ.get("SSH_AUTH_SOCK"))


def _principal_of(path: Path, comment: str, given: str | None) -> str:
    if given is not None:
        return check_principal(given)
    if not is_principal(comment.lower()):
        key = path.with_suffix("") if path.suffix == ".pub" else path
        raise SigningKeyError(
            f"{_shown(key)} has no address as its comment, and that is the name that you sign under."
            f" Set one: ssh-keygen -c -C you@example.test -f {_shown(key)}"
        )
    return comment.lower()


def _create(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise SigningKeyError(f"{_shown(path)} is there already; a key is never overwritten.") from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            # A umask that takes bits from the owner (0o777) would make a key that nobody can read.
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink()
        raise


def _read(path: Path, *, private: bool) -> bytes:
    """The bytes of a key file; a private one must be closed to group and others."""
    try:
        # Without O_NONBLOCK a named pipe in the key's place would hold us for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SigningKeyError(f"{_shown(path)} is a pipe, socket or device; name a key file.")
            data = stream.read(_MAX_KEY_FILE + 1)
            if private and data.startswith(b"-----BEGIN") and os.name != "nt" and mode & 0o077:
                name, bits = _shown(path), f"{stat.S_IMODE(mode):04o}"
                raise SigningKeyError(f"Permissions {bits} for {name} are too open. Run: chmod 600 {name}")
    except OSError as error:
        raise SigningKeyError(f"cannot read {_shown(path)}: {error.strerror or 'unknown reason'}.") from error
    if len(data) > _MAX_KEY_FILE:
        raise SigningKeyError(f"{_shown(path)} is too large for a key; name a key file.")
    return data


def read_public(path: Path) -> tuple[PublicKey, str]:
    """The public key in a ``.pub`` file and its comment; raises ``SigningKeyError``."""
    try:
        return parse_public_line(_read(path, private=False).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SigningKeyError(f"{_shown(path)} is not a public key.") from error
    except HandoffRefused as error:
        raise SigningKeyError(f"{_shown(path)}: {error}") from error


def _unlock(path: Path, data: bytes, passphrase: Callable[[], str] | None) -> PrivateKey:
    """The key in ``data``; each way in which ``cryptography`` fails becomes a sentence of its own."""
    from cryptography.exceptions import InvalidTag

    if not data.startswith(_OPENSSH_HEADER):
        raise SigningKeyError(
            f"{_shown(path)} is no OpenSSH private key. Convert an old one: ssh-keygen -p -f {_shown(path)}"
        )
    try:
        return _decode_private(path, data, None)
    except ValueError as error:
        raise SigningKeyError(f"{_shown(path)} is damaged.") from error
    except TypeError as error:
        if passphrase is None:
            raise SigningKeyError(f"{_shown(path)} needs its passphrase, or ssh-agent{_in_agent(path)}.") from error
    secret = passphrase().encode("utf-8")
    try:
        return _decode_private(path, data, secret)
    except (TypeError, ValueError, InvalidTag) as error:
        raise SigningKeyError(f"That is not the passphrase of {_shown(path)}.") from error


def _decode_private(path: Path, data: bytes, secret: bytes | None) -> PrivateKey:
    """``TypeError`` if a passphrase is needed or empty, ``ValueError``, ``InvalidTag`` if it is wrong."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        private = load_ssh_private_key(data, secret)
        if isinstance(private, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return private
        raise UnsupportedAlgorithm("DSA")
    except UnsupportedAlgorithm as error:
        why = "it is of a kind or cipher that is not read here, or the Python package bcrypt is missing"
        raise SigningKeyError(f"{_shown(path)} needs ssh-agent{_in_agent(path)}: {why}.") from error


def _run_ssh_keygen(arguments: Sequence[str], message: bytes) -> bytes:
    """What ``ssh-keygen`` writes to stdout, started by absolute path in an environment of our own."""
    tool = shutil.which("ssh-keygen", path=os.pathsep.join(_TOOL_FOLDERS))
    if tool is None:
        raise SigningKeyError("Signing through ssh-agent needs ssh-keygen (OpenSSH), which is not installed.")
    kept = ("SSH_AUTH_SOCK", "SYSTEMROOT") if os.name == "nt" else ("SSH_AUTH_SOCK",)
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        # A session of its own has no terminal: a prompt would draw over the console and take its keys.
        done = subprocess.run(
            [tool, *arguments],
            input=message,
            capture_output=True,
            check=True,
            cwd=Path(tool).parent,
            env=environment,
            start_new_session=True,
            timeout=60,
        )
    except subprocess.CalledProcessError as error:
        said = safe_text(" ".join(error.stderr.decode("utf-8", "replace").split()))
        raise SigningKeyError(f"ssh-keygen did not sign ({said}). Is the key loaded: ssh-add -l?") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SigningKeyError("ssh-keygen did not answer; is a hardware key waiting for you?") from error
    return done.stdout


def _in_agent(path: Path) -> str:
    return f" (load it there and give {_shown(public_path_of(path))} as the key)"


def _shown(path: Path) -> str:
    return safe_text(str(path))
