"""Signatures: OpenSSH's both ways, and every form that we refuse although somebody accepts it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import sshsig

SSH_KEYGEN = shutil.which("ssh-keygen")
needs_ssh_keygen = pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen (OpenSSH) is not installed")

NAMESPACE = "crm-tui-handoff-v1"
MESSAGE = b"5891b5b5  README.txt\n"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = sshsig.public_of(KEY)
SIGNED = sshsig.sign(KEY, NAMESPACE, MESSAGE)
ORDER = 2**252 + 27742317777372353535851937790883648493
SK = b"sk-ssh-ed25519@openssh.com"


def text(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def mpint(value: int) -> bytes:
    return text(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def envelope(
    signature: bytes,
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    public: bytes = PUBLIC.blob,
    namespace: bytes = NAMESPACE.encode(),
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    tail: bytes = b"",
) -> bytes:
    """A signature file of any content, in flawless armour."""
    fields = (public, namespace, reserved, hash_name, signature)
    return sshsig.armour(magic + struct.pack(">I", version) + b"".join(map(text, fields)) + tail)


def to_sign(hash_name: str = "sha512", reserved: bytes = b"", namespace: str = NAMESPACE) -> bytes:
    digest = hashlib.new(hash_name, MESSAGE).digest()
    return b"SSHSIG" + b"".join(map(text, (namespace.encode(), reserved, hash_name.encode(), digest)))


def ed25519_value(data: bytes | None = None) -> bytes:
    return KEY.sign(to_sign() if data is None else data)


def wrapped(value: bytes, algorithm: bytes = b"ssh-ed25519", tail: bytes = b"") -> bytes:
    return text(algorithm) + text(value) + tail


def blob_of(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def code_of(data: bytes, namespace: str = NAMESPACE, message: bytes = MESSAGE) -> str:
    with pytest.raises(HandoffRefused) as caught:
        sshsig.verify(data, namespace, message)
    assert str(caught.value).isprintable()
    return caught.value.code


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    assert SSH_KEYGEN is not None
    return subprocess.run([SSH_KEYGEN, *arguments], input=stdin, capture_output=True, check=False, timeout=60)


def make_key(folder: Path, kind: str, bits: str) -> Path:
    path = folder / f"{kind}{bits}"
    size = ["-b", bits] if bits else []
    run("-q", "-t", kind, *size, "-N", "", "-C", "alice@example.test", "-f", str(path))
    return path


def their_verdict(folder: Path, signature: bytes, public: str) -> bool:
    """Whether the real ``ssh-keygen -Y verify`` accepts ``signature`` over ``MESSAGE``."""
    signers, signature_path = folder / "signers", folder / "m.sig"
    signers.write_text(f'alice@example.test namespaces="{NAMESPACE}" {public}\n', "utf-8")
    signature_path.write_bytes(signature)
    options = ("-f", str(signers), "-I", "alice@example.test", "-n", NAMESPACE, "-s", str(signature_path))
    return run("-Y", "verify", *options, stdin=MESSAGE).returncode == 0


KINDS = [
    ("ed25519", ""),
    ("rsa", "2048"),
    ("rsa", "3072"),
    ("ecdsa", "256"),
    ("ecdsa", "384"),
    ("ecdsa", "521"),
]


@needs_ssh_keygen
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_openssh_and_we_agree_both_ways(tmp_path: Path, kind: str, bits: str) -> None:
    path = make_key(tmp_path, kind, bits)
    private = load_ssh_private_key(path.read_bytes(), None)
    assert isinstance(private, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    public = sshsig.public_of(private)
    assert path.with_suffix(".pub").read_text("ascii") == f"{public} alice@example.test\n"

    theirs = run("-Y", "sign", "-n", NAMESPACE, "-f", str(path), stdin=MESSAGE).stdout
    ours = sshsig.sign(private, NAMESPACE, MESSAGE)
    assert sshsig.verify(theirs, NAMESPACE, MESSAGE) == public
    assert sshsig.verify(ours, NAMESPACE, MESSAGE) == public
    assert their_verdict(tmp_path, ours, str(public))
    if kind != "ecdsa":
        assert ours == theirs


@needs_ssh_keygen
@pytest.mark.parametrize("length", [0, 1, 63, 64, 4097])
def test_our_bytes_are_those_of_openssh_for_any_message(tmp_path: Path, length: int) -> None:
    path = make_key(tmp_path, "ed25519", "")
    private = load_ssh_private_key(path.read_bytes(), None)
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    message = bytes(number % 251 for number in range(length))
    for namespace in ("git", NAMESPACE, "n" * 57):
        theirs = run("-Y", "sign", "-n", namespace, "-f", str(path), stdin=message).stdout
        assert sshsig.sign(private, namespace, message) == theirs


@needs_ssh_keygen
def test_openssh_with_sha256_is_accepted_as_the_protocol_allows_it(tmp_path: Path) -> None:
    path = make_key(tmp_path, "ed25519", "")
    theirs = run("-Y", "sign", "-O", "hashalg=sha256", "-n", NAMESPACE, "-f", str(path), stdin=MESSAGE).stdout
    assert sshsig.parse(theirs).hash_name == "sha256"
    assert str(sshsig.verify(theirs, NAMESPACE, MESSAGE)) in path.with_suffix(".pub").read_text("ascii")


@given(st.binary(max_size=200))
def test_a_signature_is_deterministic_and_binds_message_and_purpose(message: bytes) -> None:
    signed = sshsig.sign(KEY, NAMESPACE, message)
    assert signed == sshsig.sign(KEY, NAMESPACE, message)
    assert sshsig.verify(signed, NAMESPACE, message) == PUBLIC
    assert code_of(signed, message=message + b"\0") == "sig.invalid"
    assert code_of(signed, namespace="crm-tui-countersign-v1", message=message) == "sig.namespace"


def test_the_form_has_lf_and_70_columns() -> None:
    lines = SIGNED.split(b"\n")
    assert lines[0] == b"-----BEGIN SSH SIGNATURE-----"
    assert lines[-2:] == [b"-----END SSH SIGNATURE-----", b""]
    assert {len(line) for line in lines[1:-3]} == {70}
    assert 1 <= len(lines[-3]) <= 70
    assert b"\r" not in SIGNED


def test_what_the_test_helpers_build_is_what_we_write() -> None:
    assert envelope(wrapped(ed25519_value())) == SIGNED
    assert sshsig.signed_data(NAMESPACE, MESSAGE) == to_sign()


def test_every_single_bit_of_the_file_counts() -> None:
    for position in range(len(SIGNED)):
        for bit in range(8):
            flipped = bytearray(SIGNED)
            flipped[position] ^= 1 << bit
            assert code_of(bytes(flipped)).startswith("sig."), (position, bit)


def test_every_single_bit_of_the_blob_counts() -> None:
    blob = sshsig.dearmour(SIGNED)
    for position in range(len(blob)):
        for bit in range(8):
            flipped = bytearray(blob)
            flipped[position] ^= 1 << bit
            assert code_of(sshsig.armour(bytes(flipped))).startswith("sig."), (position, bit)


def malleated() -> bytes:
    value = ed25519_value()
    scalar = int.from_bytes(value[32:], "little") + ORDER
    return envelope(wrapped(value[:32] + scalar.to_bytes(32, "little")))


LAST = SIGNED.split(b"\n")[-3]
ARMOUR_ATTACKS: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("text before", b"hi\n" + SIGNED),
    ("text after", SIGNED + b"hi\n"),
    ("blank line after", SIGNED + b"\n"),
    ("two blocks", SIGNED + SIGNED),
    ("no final newline", SIGNED[:-1]),
    ("CRLF", SIGNED.replace(b"\n", b"\r\n")),
    ("other columns", SIGNED.replace(b"\n" + LAST, LAST)),
    ("one line less", SIGNED.replace(LAST + b"\n", b"")),
    ("junk base64", SIGNED.replace(b"U1NIU0lH", b"U1NI!!!!")),
    ("url base64", SIGNED.replace(b"+", b"-").replace(b"/", b"_")),
    ("space in base64", SIGNED.replace(b"U1NI", b"U1N I")),
    ("padding bits", SIGNED.replace(LAST, b"AAAAAAAB=") if LAST.endswith(b"=") else SIGNED[:-30] + b"=\n"),
    ("no armour", sshsig.dearmour(SIGNED)),
    ("PGP", SIGNED.replace(b"SSH SIGNATURE", b"PGP SIGNATURE")),
    ("wrong magic", envelope(wrapped(ed25519_value()), magic=b"SSHSIH")),
]


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in ARMOUR_ATTACKS])
def test_the_armour_has_one_form(data: bytes) -> None:
    assert data != SIGNED
    assert code_of(data) == "sig.armor"


BLOB_ATTACKS: list[tuple[str, Callable[[], bytes], str]] = [
    ("20 kB", lambda: sshsig.armour(bytes(20_000)), "sig.too-big"),
    ("version 0", lambda: envelope(wrapped(ed25519_value()), version=0), "sig.version"),
    ("version 2", lambda: envelope(wrapped(ed25519_value()), version=2), "sig.version"),
    ("reserved", lambda: envelope(wrapped(ed25519_value()), reserved=b"\0"), "sig.reserved"),
    ("signed so", lambda: envelope(wrapped(KEY.sign(to_sign(reserved=b"x"))), reserved=b"x"), "sig.reserved"),
    ("namespace of git", lambda: sshsig.sign(KEY, "git", MESSAGE), "sig.namespace"),
    ("namespace with ESC", lambda: envelope(wrapped(ed25519_value()), namespace=b"\x1b[2J\n"), "sig.namespace"),
    ("namespace empty", lambda: envelope(wrapped(ed25519_value()), namespace=b""), "sig.namespace"),
    ("namespace swapped", lambda: envelope(wrapped(KEY.sign(to_sign(namespace="git")))), "sig.invalid"),
    ("SHA-1 message hash", lambda: envelope(wrapped(KEY.sign(to_sign("sha1"))), hash_name=b"sha1"), "sig.hash"),
    ("MD5 message hash", lambda: envelope(wrapped(KEY.sign(to_sign("md5"))), hash_name=b"md5"), "sig.hash"),
    ("hash name only", lambda: envelope(wrapped(ed25519_value()), hash_name=b"sha256"), "sig.invalid"),
    ("hash in capitals", lambda: envelope(wrapped(ed25519_value()), hash_name=b"SHA512"), "sig.hash"),
    ("after the blob", lambda: envelope(wrapped(ed25519_value()), tail=b"\0"), "sig.trailing-data"),
    ("after the signature", lambda: envelope(wrapped(ed25519_value(), tail=b"\0")), "sig.trailing-data"),
    ("after the key", lambda: envelope(wrapped(ed25519_value()), public=PUBLIC.blob + b"\0"), "sig.trailing-data"),
    ("S + L", malleated, "sig.invalid"),
    ("S = L", lambda: envelope(wrapped(ed25519_value()[:32] + ORDER.to_bytes(32, "little"))), "sig.invalid"),
    ("short value", lambda: envelope(wrapped(ed25519_value()[:63])), "sig.invalid"),
    ("long value", lambda: envelope(wrapped(ed25519_value() + b"\0")), "sig.invalid"),
    ("no value", lambda: envelope(b""), "sig.invalid"),
    ("length beyond the end", lambda: sshsig.armour(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"), "sig.invalid"),
    ("short key", lambda: envelope(b"", public=text(b"ssh-ed25519") + text(bytes(31))), "sig.invalid"),
    ("algorithm of another kind", lambda: envelope(wrapped(ed25519_value(), b"rsa-sha2-512")), "sig.algorithm"),
    ("algorithm unknown", lambda: envelope(wrapped(ed25519_value(), b"\x1b[31m")), "sig.algorithm"),
    ("key unknown", lambda: envelope(b"", public=text(b"ssh-mldsa65") + text(b"x")), "sig.algorithm"),
    ("certificate", lambda: envelope(b"", public=text(b"ssh-ed25519-cert-v01@openssh.com")), "sig.algorithm"),
    ("ecdsa-sk", lambda: envelope(b"", public=text(b"sk-ecdsa-sha2-nistp256@openssh.com")), "sig.algorithm"),
    ("webauthn", lambda: hardware(algorithm=b"webauthn-sk-ssh-ed25519@openssh.com"), "sig.algorithm"),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "code"), [pytest.param(a, c, id=n) for n, a, c in BLOB_ATTACKS])
def test_envelope_attacks(attack: Callable[[], bytes], code: str) -> None:
    assert code_of(attack()) == code


def test_the_malleated_signature_would_pass_where_only_the_curve_equation_is_checked() -> None:
    # The scalar differs by the group order, so both describe the same point: only the range check tells them apart.
    value = sshsig.parse(malleated()).signature[-64:]
    honest = sshsig.parse(SIGNED).signature[-64:]
    assert value[:32] == honest[:32]
    assert int.from_bytes(value[32:], "little") % ORDER == int.from_bytes(honest[32:], "little")


def test_signing_refuses_a_namespace_that_is_empty_or_not_ascii() -> None:
    for namespace in ("", "é"):
        with pytest.raises(ValueError, match="namespace"):
            sshsig.sign(KEY, namespace, MESSAGE)


RSA = rsa.generate_private_key(65537, 2048)
RSA_BLOB = blob_of(RSA)


def rsa_signed(digest: hashes.HashAlgorithm, algorithm: bytes, public: bytes = RSA_BLOB) -> bytes:
    return envelope(wrapped(RSA.sign(to_sign(), padding.PKCS1v15(), digest), algorithm), public=public)


def rsa_public(exponent: int, modulus: int) -> bytes:
    return text(b"ssh-rsa") + mpint(exponent) + mpint(modulus)


def test_rsa_with_both_sha2_hashes_verifies() -> None:
    for digest, algorithm in ((hashes.SHA256(), b"rsa-sha2-256"), (hashes.SHA512(), b"rsa-sha2-512")):
        assert sshsig.verify(rsa_signed(digest, algorithm), NAMESPACE, MESSAGE).blob == RSA_BLOB


def test_rsa_refusals() -> None:
    numbers = RSA.public_key().public_numbers()
    value = RSA.sign(to_sign(), padding.PKCS1v15(), hashes.SHA512())
    # Another encoding of the same number would be another fingerprint of the same key.
    padded = text(b"ssh-rsa") + mpint(numbers.e) + text(b"\0\0" + numbers.n.to_bytes(256, "big"))
    assert code_of(rsa_signed(hashes.SHA1(), b"ssh-rsa")) == "sig.algorithm"
    assert code_of(rsa_signed(hashes.SHA512(), b"rsa-sha2-256")) == "sig.invalid"
    assert code_of(rsa_signed(hashes.SHA512(), b"rsa-sha2-512", padded)) == "sig.invalid"
    assert code_of(envelope(wrapped(value[:-1], b"rsa-sha2-512"), public=RSA_BLOB)) == "sig.invalid"
    assert code_of(envelope(wrapped(b"\0" + value, b"rsa-sha2-512"), public=RSA_BLOB)) == "sig.invalid"
    for public in (rsa_public(1, numbers.n), rsa_public(4, numbers.n), rsa_public(2**33 + 1, numbers.n)):
        assert code_of(rsa_signed(hashes.SHA512(), b"rsa-sha2-512", public)) == "sig.invalid"
    for bits in (1024, 2047, 16385):
        public = rsa_public(65537, 2 ** (bits - 1) + 1)
        assert code_of(envelope(wrapped(b"x" * 64, b"rsa-sha2-512"), public=public)) == "sig.algorithm"


def test_a_short_rsa_key_cannot_sign_here() -> None:
    with pytest.raises(HandoffRefused) as caught:
        sshsig.sign(rsa.generate_private_key(65537, 1024), NAMESPACE, MESSAGE)
    assert caught.value.code == "sig.algorithm"


def test_dsa_is_refused() -> None:
    assert code_of(envelope(b"", public=text(b"ssh-dss") + mpint(5) * 4)) == "sig.algorithm"


ECDSA = ec.generate_private_key(ec.SECP256R1())
ECDSA_BLOB = blob_of(ECDSA)
CURVE = b"ecdsa-sha2-nistp256"


def ecdsa_file(pair: bytes, public: bytes = ECDSA_BLOB) -> bytes:
    return envelope(wrapped(pair, CURVE), public=public)


def test_ecdsa_refusals() -> None:
    good = sshsig.parse(sshsig.sign(ECDSA, NAMESPACE, MESSAGE)).signature
    pair = good[len(text(CURVE)) + 4 :]
    point = ECDSA_BLOB[-65:]

    def public(curve: bytes = b"nistp256", point: bytes = point, algorithm: bytes = CURVE) -> bytes:
        return text(algorithm) + text(curve) + text(point)

    assert sshsig.verify(ecdsa_file(pair), NAMESPACE, MESSAGE).blob == public() == ECDSA_BLOB
    assert code_of(ecdsa_file(pair + b"\0")) == "sig.trailing-data"
    for bad in (
        mpint(0) + mpint(1),
        text(b"") + mpint(1),
        text(b"\xff") + mpint(1),
        text(b"\0\1") + mpint(1),
        b"",
    ):
        assert code_of(ecdsa_file(bad)) == "sig.invalid"
    off_curve = point[:-1] + bytes([point[-1] ^ 1])
    compressed = b"\x02" + point[1:33]
    for key in (
        public(point=off_curve),
        public(point=compressed),
        public(curve=b"nistp384"),
        public(point=b"\0"),
    ):
        assert code_of(ecdsa_file(pair, key)) == "sig.invalid"
    assert code_of(ecdsa_file(pair, public(b"nistk163", algorithm=b"ecdsa-sha2-nistk163"))) == "sig.algorithm"


def hardware(*, flags: int = 1, application: bytes = b"ssh:", tail: bytes = b"", algorithm: bytes = SK) -> bytes:
    """What a hardware key answers (PROTOCOL.u2f), by a key in memory."""
    point = PUBLIC.blob[-32:]
    state = bytes([flags]) + struct.pack(">I", 7)
    data = hashlib.sha256(application).digest() + state + hashlib.sha256(to_sign()).digest()
    public = text(SK) + text(point) + text(application)
    return envelope(wrapped(KEY.sign(data), algorithm, state + tail), public=public)


def test_a_hardware_key_verifies_when_it_was_touched() -> None:
    assert sshsig.verify(hardware(), NAMESPACE, MESSAGE).algorithm == SK.decode()
    assert sshsig.verify(hardware(flags=5), NAMESPACE, MESSAGE).algorithm == SK.decode()
    assert code_of(hardware(flags=0)) == "sig.invalid"
    assert code_of(hardware(flags=4)) == "sig.invalid"
    assert code_of(hardware(tail=b"\0")) == "sig.trailing-data"
    assert code_of(hardware(application=b"https://example.test")) == "sig.invalid"
    assert code_of(hardware(), message=MESSAGE + b"x") == "sig.invalid"


@needs_ssh_keygen
def test_openssh_accepts_the_same_hardware_signature(tmp_path: Path) -> None:
    public = sshsig.parse(hardware()).public
    assert their_verdict(tmp_path, hardware(), str(public))


def test_cryptography_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from crm_tui.handoff import keys, sshsig, trust; import base64;"
        f"sshsig.parse(base64.b64decode({base64.b64encode(SIGNED)!r}));"
        "sys.exit(any(name.split('.')[0] in ('cryptography', 'bcrypt') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
