"""SSHSIG, the signature format of ``ssh-keygen -Y``: written as OpenSSH writes it, read more strictly.

Formats: OpenSSH's PROTOCOL.sshsig (envelope, signed data, armour), RFC 4251 section 5 (string, mpint), RFC
4253 section 6.6 and RFC 8332 (RSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519), PROTOCOL.u2f (hardware keys).
OpenSSH lets pass, and we refuse (handoff.md, "Libraries"): reserved bytes, version 0, text after the armour,
CRLF, other line lengths, and an Ed25519 scalar S that is not below the group order.

Every refusal is a ``HandoffRefused``.  ``cryptography`` is imported only where it is used: it costs 17-40 ms.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from crm_tui.errors import HandoffRefused
from crm_tui.text import safe_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MAX_BYTES: Final = 8192  # An RSA signature by the longest key that OpenSSH makes (16384 bits) takes 5.8 kB.
MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 16384

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = ("sha256", "sha512")
_ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_USER_PRESENT = 0x01
_SK_ED25519 = "sk-ssh-ed25519@openssh.com"
_POINT_BYTES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as SSH writes it; made by ``parse_public`` only, so the blob is well formed and unique."""

    algorithm: str
    blob: bytes

    def __str__(self) -> str:
        """The two words of a ``.pub`` file: algorithm and blob in base64."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A parsed signature file, not yet checked; ``signature`` holds algorithm and value as on the wire."""

    public: PublicKey
    namespace: str
    hash_name: str
    signature: bytes


class _Reader:
    """Reads RFC 4251 values front to back and accounts for every byte; a short field is ``sig.invalid``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        start, self._position = self._position, self._position + size
        if self._position > len(self._data):
            raise _invalid("it ends in the middle of a field")
        return self._data[start : self._position]

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.u32())

    def text(self) -> str:
        # Latin-1 never fails, and no name that we compare with holds a byte above 127.
        return self.string().decode("latin-1")

    def mpint(self) -> int:
        """A positive integer in its shortest form, so that no value has two encodings."""
        raw = self.string()
        value = int.from_bytes(raw, "big")
        if value == 0 or _mpint(value) != struct.pack(">I", len(raw)) + raw:
            raise _invalid("a number in it is not in its one form")
        return value

    def end(self) -> None:
        if self._position != len(self._data):
            raise HandoffRefused("sig.trailing-data", "The signature or its key holds bytes after its end.")


def parse_public(blob: bytes) -> PublicKey:
    """The public key in ``blob``; ``sig.algorithm`` for a kind we refuse, ``sig.invalid`` for a bad shape."""
    reader = _Reader(blob)
    algorithm = reader.text()
    if algorithm == "ssh-ed25519":
        _ed25519_point(reader)
    elif algorithm == _SK_ED25519:
        _sk_fields(reader)
    elif algorithm == "ssh-rsa":
        _rsa_numbers(reader)
    elif algorithm.startswith("ecdsa-sha2-"):
        _ecdsa_fields(reader, algorithm)
    else:
        raise _algorithm(algorithm)
    reader.end()
    return PublicKey(algorithm, blob)


def public_of(private_key: PrivateKey) -> PublicKey:
    """The public half of ``private_key``; ``sig.algorithm`` for kinds and sizes that no handoff accepts."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    line = private_key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return parse_public(base64.b64decode(line.split()[1]))


def _ed25519_point(reader: _Reader) -> bytes:
    point = reader.string()
    if len(point) != 32:
        raise _invalid("an Ed25519 key has 32 bytes")
    return point


def _sk_fields(reader: _Reader) -> tuple[bytes, bytes]:
    """Point and application of a hardware key."""
    point, application = _ed25519_point(reader), reader.string()
    # Authenticators serve web log-ins as well; OpenSSH's applications begin with "ssh:" to keep them apart.
    if not application.startswith(b"ssh:"):
        raise _invalid("the hardware key was not made for SSH")
    return point, application


def _rsa_numbers(reader: _Reader) -> tuple[int, int]:
    """Exponent and modulus."""
    exponent, modulus = reader.mpint(), reader.mpint()
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        raise HandoffRefused("sig.algorithm", f"An RSA key needs {MIN_RSA_BITS} to {MAX_RSA_BITS} bits.")
    if exponent < 3 or exponent.bit_length() > 32 or not exponent & modulus & 1:
        raise _invalid("the numbers of the RSA key are not those of a key")
    return exponent, modulus


def _ecdsa_fields(reader: _Reader, algorithm: str) -> tuple[str, bytes]:
    """Curve name and uncompressed point."""
    curve, point = reader.text(), reader.string()
    if curve not in _POINT_BYTES:
        raise _algorithm(algorithm)
    if algorithm != f"ecdsa-sha2-{curve}" or len(point) != _POINT_BYTES[curve] or point[0] != 4:
        raise _invalid("the point of the ECDSA key is not of its curve")
    return curve, point


def armour(blob: bytes) -> bytes:
    """``blob`` as ``ssh-keygen`` writes it: base64 in lines of 70 columns, LF, between two marker lines."""
    text = base64.b64encode(blob)
    lines = [text[start : start + _COLUMNS] + b"\n" for start in range(0, len(text), _COLUMNS)]
    return b"".join((_BEGIN, *lines, _END))


def dearmour(data: bytes) -> bytes:
    """The blob of which ``armour`` makes exactly ``data``; else ``sig.armor`` or ``sig.too-big``."""
    if len(data) > MAX_BYTES:
        raise HandoffRefused("sig.too-big", f"The signature file is larger than {MAX_BYTES:,} bytes.")
    body = data.removeprefix(_BEGIN).removesuffix(_END).replace(b"\n", b"")
    try:
        blob = base64.b64decode(body, validate=True)
    except binascii.Error:
        blob = b""
    if armour(blob) != data:
        raise HandoffRefused("sig.armor", "The signature file is not in the one form that ssh-keygen writes.")
    return blob


def signed_data(namespace: str, message: bytes, hash_name: str = "sha512") -> bytes:
    """The bytes that the key signs (PROTOCOL.sshsig, "Signed Data"): they bind the purpose to the message."""
    digest = hashlib.new(hash_name, message).digest()
    return _MAGIC + b"".join(map(_string, (_ascii(namespace), b"", hash_name.encode("ascii"), digest)))


def parse(data: bytes) -> Signature:
    """The parts of the signature file ``data``, not yet verified; any ``sig.*`` but ``sig.namespace``."""
    reader = _Reader(dearmour(data))
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise HandoffRefused("sig.armor", "The signature file does not hold an SSH signature.")
    if reader.u32() != _VERSION:
        raise HandoffRefused("sig.version", "The signature is of another version than 1.")
    public = parse_public(reader.string())
    namespace = reader.text()
    if reader.string():
        raise HandoffRefused("sig.reserved", "The reserved field of the signature is not empty.")
    hash_name = reader.text()
    if hash_name not in _HASHES:
        raise HandoffRefused("sig.hash", "The signature does not use SHA-256 or SHA-512.")
    signature = reader.string()
    reader.end()
    return Signature(public, namespace, hash_name, signature)


def verify(data: bytes, namespace: str, message: bytes) -> PublicKey:
    """The key that signed ``message`` for the purpose ``namespace``, by the signature file ``data``.

    Whether that key is trusted is not asked here.  Raises any ``sig.*``.
    """
    parsed = parse(data)
    if parsed.namespace != namespace:
        found, wanted = safe_text(parsed.namespace, 60), safe_text(namespace, 60)
        raise HandoffRefused("sig.namespace", f"The signature was made for {found}, not for {wanted}.")
    _check_value(parsed, signed_data(namespace, message, parsed.hash_name))
    return parsed.public


def _check_value(parsed: Signature, data: bytes) -> None:
    from cryptography.exceptions import InvalidSignature

    key, fields = _Reader(parsed.public.blob), _Reader(parsed.signature)
    kind, algorithm = key.text(), fields.text()
    prepare = _CHECKS.get((kind, algorithm))
    if prepare is None:
        raise _algorithm(algorithm)
    check = prepare(key, fields, algorithm, data)
    fields.end()
    try:
        check()
    except (InvalidSignature, ValueError):
        raise _invalid("the key did not sign this content") from None


def sign(private_key: PrivateKey, namespace: str, message: bytes) -> bytes:
    """The signature file over ``message``, byte for byte what ``ssh-keygen -Y sign -n namespace`` writes.

    (ECDSA: of the same form only, since it draws a random number.)  ``sig.algorithm`` for a key that no
    handoff accepts; ``ValueError`` for a namespace that is empty or not ASCII.
    """
    public = public_of(private_key)
    algorithm = b"rsa-sha2-512" if public.algorithm == "ssh-rsa" else public.algorithm.encode("ascii")
    signature = _string(algorithm) + _string(_sign_raw(private_key, signed_data(namespace, message)))
    fields = (public.blob, _ascii(namespace), b"", b"sha512", signature)
    return armour(_MAGIC + struct.pack(">I", _VERSION) + b"".join(map(_string, fields)))


def _sign_raw(private_key: PrivateKey, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils

    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return private_key.sign(data)
    if isinstance(private_key, rsa.RSAPrivateKey):
        return private_key.sign(data, padding.PKCS1v15(), hashes.SHA512())
    _, scheme = _ecdsa_scheme(private_key.curve.key_size)
    return b"".join(map(_mpint, utils.decode_dss_signature(private_key.sign(data, scheme))))


# One function per kind of key; it parses the signature's fields and returns the check, not yet run.
def _ed25519_check(key: _Reader, fields: _Reader, _algorithm: str, data: bytes) -> _Check:
    return _ed25519(_ed25519_point(key), fields.string(), data)


def _sk_ed25519_check(key: _Reader, fields: _Reader, _algorithm: str, data: bytes) -> _Check:
    point, application = _sk_fields(key)
    value, flags, counter = fields.string(), fields.take(1), fields.take(4)
    if not flags[0] & _USER_PRESENT:
        raise _invalid("the hardware key signed without anyone touching it")
    parts = (hashlib.sha256(application).digest(), flags, counter, hashlib.sha256(data).digest())
    return _ed25519(point, value, b"".join(parts))


def _ed25519(point: bytes, value: bytes, data: bytes) -> _Check:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    # S + L verifies under lax implementations (ssh-keygen up to 9.5): two signature files from one signature.
    if len(value) != 64 or int.from_bytes(value[32:], "little") >= _ED25519_ORDER:
        raise _invalid("it is not in its one form")
    return lambda: Ed25519PublicKey.from_public_bytes(point).verify(value, data)


def _rsa_check(key: _Reader, fields: _Reader, algorithm: str, data: bytes) -> _Check:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    numbers, value = rsa.RSAPublicNumbers(*_rsa_numbers(key)), fields.string()
    digest = hashes.SHA256() if algorithm == "rsa-sha2-256" else hashes.SHA512()
    return lambda: numbers.public_key().verify(value, data, padding.PKCS1v15(), digest)


def _ecdsa_check(key: _Reader, fields: _Reader, algorithm: str, data: bytes) -> _Check:
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    name, point = _ecdsa_fields(key, algorithm)
    pair = _Reader(fields.string())
    value = utils.encode_dss_signature(pair.mpint(), pair.mpint())
    pair.end()
    curve, scheme = _ecdsa_scheme(int(name.removeprefix("nistp")))
    return lambda: ec.EllipticCurvePublicKey.from_encoded_point(curve, point).verify(value, data, scheme)


def _ecdsa_scheme(bits: int) -> tuple[ec.EllipticCurve, ec.ECDSA]:
    """Curve of ``bits`` bits and the hash that RFC 5656 section 6.2.1 prescribes for it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    curves = {256: (ec.SECP256R1(), hashes.SHA256()), 384: (ec.SECP384R1(), hashes.SHA384())}
    curve, digest = curves.get(bits, (ec.SECP521R1(), hashes.SHA512()))
    return curve, ec.ECDSA(digest)


_Check: TypeAlias = Callable[[], None]
_CHECKS: dict[tuple[str, str], Callable[[_Reader, _Reader, str, bytes], _Check]] = {
    ("ssh-ed25519", "ssh-ed25519"): _ed25519_check,
    (_SK_ED25519, _SK_ED25519): _sk_ed25519_check,
    ("ssh-rsa", "rsa-sha2-256"): _rsa_check,
    ("ssh-rsa", "rsa-sha2-512"): _rsa_check,
    **{(f"ecdsa-sha2-{curve}", f"ecdsa-sha2-{curve}"): _ecdsa_check for curve in _POINT_BYTES},
}


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _mpint(value: int) -> bytes:
    """A positive integer: big endian, shortest, with a leading zero where the top bit is set."""
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _ascii(namespace: str) -> bytes:
    if not namespace or not namespace.isascii():
        raise ValueError("a signature's namespace is ASCII text and not empty")
    return namespace.encode("ascii")


def _invalid(what: str) -> HandoffRefused:
    return HandoffRefused("sig.invalid", f"The signature does not hold: {what}.")


def _algorithm(name: str) -> HandoffRefused:
    accepted = "Ed25519, RSA from 2048 bits with SHA-2, ECDSA and sk-ssh-ed25519 are accepted"
    return HandoffRefused("sig.algorithm", f"Signatures by {safe_text(name, 60)} are refused: {accepted}.")
