"""Who is believed: the receiver's trust file (OpenSSH ``allowed_signers``) and the list of revoked keys.

Format: ssh-keygen(1), "ALLOWED SIGNERS", less whatever makes a line mean more than one person and purpose:
one address per line, no patterns, ``namespaces=`` on every line, no certificates (handoff.md, "Keys and
trust").  An option that we do not know refuses the whole file, as OpenSSH does: it may be a restriction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from crm_tui.errors import HandoffRefused, InputError, TrustFileError
from crm_tui.files import data_dir, private_folder, read_file, write_atomic
from crm_tui.handoff import keys
from crm_tui.handoff.sshsig import PublicKey
from crm_tui.text import safe_text

Parsed = TypeVar("Parsed")

_MAX_BYTES = 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OPTION = r'[A-Za-z-]+(?:="[^"\\]*")?'
_LINE = re.compile(rf"(?P<who>\S+)[ \t]+(?:(?P<options>{_OPTION}(?:,{_OPTION})*)[ \t]+)?(?P<key>\S+ \S+.*)")
_OPTION_PARTS = re.compile(r'([A-Za-z-]+)(?:="([^"\\]*)")?(?:,|$)')
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(Z?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrustLine:
    """One line: this key signs as ``principal`` for ``namespaces`` between the two times (None: no limit)."""

    number: int
    principal: str
    namespaces: tuple[str, ...]
    public: PublicKey
    valid_after: datetime | None = None
    valid_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """What a receiver believes; made by ``load``."""

    lines: tuple[TrustLine, ...]
    revoked: frozenset[PublicKey] = frozenset()

    def find(self, public: PublicKey, *, namespace: str, now: datetime, principal: str | None = None) -> TrustLine:
        """The line by which ``public`` may sign for ``namespace`` at the receiver's (zoned) ``now``.

        ``principal`` is who the content says has signed: the same line must name that address.  Raises
        ``HandoffRefused``: ``trust.revoked``, ``trust.unknown-key``, ``trust.principal``,
        ``trust.namespace``, ``trust.not-yet``, ``trust.expired``.
        """
        if public in self.revoked:
            raise HandoffRefused("trust.revoked", f"The key {keys.fingerprint(public)} is revoked.")
        found = [line for line in self.lines if line.public == public]
        if not found:
            told = f"The key {keys.fingerprint(public)} is not in your trust file."
            raise HandoffRefused("trust.unknown-key", told)
        owner = found[0].principal
        found = [line for line in found if principal in (None, line.principal)]
        if not found:
            raise HandoffRefused("trust.principal", f"The key is {owner}'s, not {safe_text(principal or '', 80)}'s.")
        found = [line for line in found if namespace in line.namespaces]
        if not found:
            raise HandoffRefused("trust.namespace", f"{owner}'s key is not trusted for {safe_text(namespace, 60)}.")
        return _in_time(found, now)


def _in_time(lines: list[TrustLine], now: datetime) -> TrustLine:
    if now.tzinfo is None:
        raise ValueError("the receiver's time needs its zone")
    for line in lines:
        begun = line.valid_after is None or now >= line.valid_after
        # OpenSSH still accepts the very second that valid-before names; so do we, to give the same answer.
        ended = line.valid_before is not None and now > line.valid_before
        if begun and not ended:
            return line
    line = lines[0]
    if line.valid_after is not None and now < line.valid_after:
        raise HandoffRefused("trust.not-yet", f"{line.principal}'s key is not valid yet (line {line.number}).")
    raise HandoffRefused("trust.expired", f"{line.principal}'s key is no longer valid (line {line.number}).")


def default_path() -> Path:
    """The trust file of this user."""
    return data_dir() / "allowed_signers"


def default_revoked_path() -> Path:
    """The list of revoked keys of this user; it works with ``ssh-keygen -Y verify -r`` as well."""
    return data_dir() / "revoked_keys"


def load(path: Path | None = None, revoked_path: Path | None = None) -> Trust:
    """Read both files; a default file (None) need not exist, a named one must.

    Raises ``TrustFileError`` for a file that cannot be read or holds a line that we do not accept.
    """
    lines_at, revoked_at = path or default_path(), revoked_path or default_revoked_path()
    lines = _parse_named(parse, lines_at, _read(lines_at, must_exist=path is not None))
    revoked = _parse_named(parse_revoked, revoked_at, _read(revoked_at, must_exist=revoked_path is not None))
    return Trust(lines, revoked)


def parse(data: bytes) -> tuple[TrustLine, ...]:
    """The lines of an ``allowed_signers`` file; ``TrustFileError`` names the first that is not accepted."""
    return tuple(_parse_line(number, text) for number, text in _numbered(data))


def parse_revoked(data: bytes) -> frozenset[PublicKey]:
    """The keys of a plain list, one public key per line; ``TrustFileError`` for other content (KRL)."""
    return frozenset(_parse_key(number, text) for number, text in _numbered(data))


def add(
    path: Path, principal: str, public: PublicKey, namespaces: tuple[str, ...] = (keys.HANDOFF_NAMESPACE,)
) -> TrustLine:
    """Append a line to the trust file ``path`` (made if missing); all other bytes stay.

    The caller has had the fingerprint compared by a person.  Raises ``TrustFileError`` if the line is there
    already or the file is not accepted, ``SigningKeyError`` for a bad address, ``TargetError``.
    """
    data = _read(path, must_exist=False)
    for line in _parse_named(parse, path, data):
        if (line.principal, line.public, line.namespaces) == (principal, public, namespaces):
            raise TrustFileError(f"{principal} is in the trust file with this key already (line {line.number}).")
    if data and not data.endswith(b"\n"):
        data += b"\n"
    data += keys.allowed_signers_line(principal, public, namespaces).encode("ascii") + b"\n"
    added = parse(data)[-1]
    private_folder(path.parent)
    write_atomic(path, data)
    return added


def remove(path: Path, who: str) -> tuple[TrustLine, ...]:
    """Delete every line whose address or fingerprint is ``who``; what is deleted is returned.

    Raises ``TrustFileError`` if there is none, or the file is not accepted.
    """
    data = _read(path, must_exist=True)
    removed = tuple(
        line for line in _parse_named(parse, path, data) if who in (line.principal, keys.fingerprint(line.public))
    )
    if not removed:
        raise TrustFileError(f"{safe_text(who, 80)} is not in the trust file.")
    numbers = {line.number for line in removed}
    kept = [raw for number, raw in enumerate(data.split(b"\n"), 1) if number not in numbers]
    write_atomic(path, b"\n".join(kept))
    return removed


def revoke(path: Path, revoked_path: Path, who: str) -> tuple[PublicKey, ...]:
    """Put every key of ``who`` (address or fingerprint) in the trust file onto the list of revoked keys.

    The trust lines stay: a revoked key is refused as such, and not as an unknown one.  Raises ``TrustFileError`` if
    there is none that is not revoked already.
    """
    lines = _parse_named(parse, path, _read(path, must_exist=True))
    data = _read(revoked_path, must_exist=False)
    known = _parse_named(parse_revoked, revoked_path, data)
    found = dict.fromkeys(line.public for line in lines if who in (line.principal, keys.fingerprint(line.public)))
    new = tuple(public for public in found if public not in known)
    if not new:
        raise TrustFileError(f"{safe_text(who, 80)} has no key in the trust file that is not revoked already.")
    if data and not data.endswith(b"\n"):
        data += b"\n"
    write_atomic(revoked_path, data + b"".join(f"{public}\n".encode("ascii") for public in new))
    return new


def _read(path: Path, *, must_exist: bool) -> bytes:
    try:
        return read_file(path, _MAX_BYTES)
    except InputError as error:
        if not must_exist and isinstance(error.__cause__, FileNotFoundError):
            return b""
        raise TrustFileError(str(error)) from error


def _parse_named(parser: Callable[[bytes], Parsed], path: Path, data: bytes) -> Parsed:
    """``parser(data)``; its refusal begins with the file's name."""
    try:
        return parser(data)
    except TrustFileError as error:
        raise TrustFileError(f"{safe_text(str(path))}: {error}") from error


def _numbered(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1; a CR at the end is ignored."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise TrustFileError("The file is not text in UTF-8.") from None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r").strip(" \t")
        if _CONTROL.search(line):
            raise _refused(number, "it holds control characters")
        if line and not line.startswith("#"):
            yield number, line


def _parse_line(number: int, text: str) -> TrustLine:
    match = _LINE.fullmatch(text)
    if match is None:
        raise _refused(number, 'it is not of the form: address namespaces="..." key')
    options = _parse_options(number, match["options"] or "")
    after = _parse_date(number, options.get("valid-after"))
    before = _parse_date(number, options.get("valid-before"))
    if after is not None and before is not None and before <= after:
        raise _refused(number, "valid-before is not later than valid-after")
    return TrustLine(
        number=number,
        principal=_parse_principal(number, match["who"]),
        namespaces=_parse_namespaces(number, options.get("namespaces")),
        public=_parse_key(number, match["key"]),
        valid_after=after,
        valid_before=before,
    )


def _parse_principal(number: int, text: str) -> str:
    if any(char in text for char in "*?!,"):
        raise _refused(number, "it names more than one address; a pattern would believe anyone")
    if not keys.is_principal(text):
        raise _refused(number, "it does not begin with one address in lower case")
    return text


def _parse_options(number: int, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _OPTION_PARTS.finditer(text):
        name, value = match[1].lower(), match[2]
        if name == "cert-authority":
            raise _refused(number, "certificate authorities are not accepted")
        if name not in ("namespaces", "valid-after", "valid-before") or value is None:
            raise _refused(number, "it holds an option that is not known, which may be a restriction")
        if name in found:
            raise _refused(number, "it holds an option twice")
        found[name] = value
    return found


def _parse_namespaces(number: int, text: str | None) -> tuple[str, ...]:
    if text is None:
        raise _refused(number, 'it has no namespaces="...": the key would be believed for every purpose')
    names = tuple(text.split(","))
    if not all(map(keys.is_namespace, names)):
        raise _refused(number, "its namespaces are not plain names")
    return names


def _parse_date(number: int, text: str | None) -> datetime | None:
    """``YYYYMMDD[HHMM[SS]][Z]``; without Z it is local time, as OpenSSH has it."""
    if text is None:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise _refused(number, "a date is not of the form YYYYMMDD or YYYYMMDDHHMM[SS]")
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        utc = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return utc if match[7] else utc.replace(tzinfo=None).astimezone()
    except (ValueError, OverflowError, OSError):
        raise _refused(number, "a date does not exist") from None


def _parse_key(number: int, text: str) -> PublicKey:
    try:
        return keys.parse_public_line(text)[0]
    except HandoffRefused as error:
        raise TrustFileError(f"Line {number} is refused. {error}") from error


def _refused(number: int, why: str) -> TrustFileError:
    return TrustFileError(f"Line {number} is refused: {why}.")
