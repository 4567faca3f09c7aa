"""The handoff's zip: stored only, one form per content, read front to back and compared byte for byte.

The form is handoff.md, "Container rules", on PKWARE's APPNOTE 6.3 (4.3.7 local header, 4.3.12 central
header, 4.3.16 end record): method 0, flags 0, no extra fields, comments, data descriptors or ZIP64, date
1980-01-01, mode 0100644.  The standard library's zip module is not used: it reads from the back and forgives
what we refuse.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from crm_tui.errors import HandoffRefused
from crm_tui.text import safe_text

Content: TypeAlias = "bytes | memoryview"

MAX_MEMBERS = 64
MAX_BYTES = 2 * 1024**3
MAX_NAME = 100

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_CRC = slice(14, 18)
"""Where a local header says what the content's check sum is."""
_LOCAL_MAGIC = b"PK\x03\x04"
_CENTRAL_MAGIC = b"PK\x01\x02"
_END_MAGIC = b"PK\x05\x06"
_NEEDED = 20
_MADE_BY_UNIX = (3 << 8) | _NEEDED
_STORED = 0
_TIME_MIDNIGHT = 0
_DATE_1980_01_01 = (1 << 5) | 1
_REGULAR_0644 = 0o100644 << 16

_NAME = re.compile(r"(?:[a-z][a-z0-9-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


class Member(NamedTuple):
    """One file of the archive; ``data`` is a view on the bytes that were read, not a copy."""

    name: str
    data: memoryview


def write(members: Sequence[tuple[str, Content]]) -> bytes:
    """The archive that holds ``members`` in this order; the same members give the same bytes everywhere."""
    return b"".join(chunks(members))


def chunks(members: Sequence[tuple[str, Content]]) -> Iterator[Content]:
    """The archive in pieces, to be streamed; a member's content is passed on as the very object given.

    Raises ``HandoffRefused`` at the call, before the first piece, for what ``read`` would refuse.
    """
    check_names([name for name, _ in members])
    overhead = sum(_LOCAL.size + _CENTRAL.size + 2 * len(name) for name, _ in members) + _END.size
    if overhead + sum(len(data) for _, data in members) > MAX_BYTES:
        raise _too_big()
    return _emit(members)


def read(data: Content) -> tuple[Member, ...]:
    """The members of the archive ``data``, in order, if it is exactly what ``write`` makes of them.

    Raises ``HandoffRefused``: ``zip.too-big``, ``zip.too-many``, ``zip.form``, ``zip.name``,
    ``zip.duplicate``, ``zip.not-canonical``.
    """
    if len(data) > MAX_BYTES:
        raise _too_big()
    view = memoryview(data).toreadonly()
    members = _walk(view)
    check_names([member.name for member in members])
    position = 0
    for number, chunk in enumerate(_emit(members)):
        end = position + len(chunk)
        # A view is a member's content, cut out of these very bytes; comparing it with itself only costs time.
        if not isinstance(chunk, memoryview) and view[position:end] != chunk:
            if number < 2 * len(members) and view[position:end][_CRC] != chunk[_CRC]:
                raise _altered(members[number // 2].name)
            raise _not_canonical()
        position = end
    if position != len(view):
        raise _not_canonical()
    return members


def check_names(names: Sequence[str]) -> None:
    """Refuse a list of member names that some system could not, or would wrongly, unpack.

    Raises ``HandoffRefused``: ``zip.too-many``, ``zip.name``, ``zip.duplicate`` (also by letter case, and a
    file named like a folder).
    """
    if len(names) > MAX_MEMBERS:
        raise HandoffRefused("zip.too-many", f"The archive holds more than {MAX_MEMBERS} files.")
    for name in names:
        if not is_name(name):
            raise HandoffRefused("zip.name", f"The archive holds a file with a refused name: {safe_text(name, 60)}.")
    _check_unique(name.casefold() for name in names)


def is_name(name: str) -> bool:
    """Whether ``name`` may be a member's: plain letters, one folder at most, safe on any system."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return False
    if ".." in name or name.endswith("."):
        return False
    return not any(_DEVICE.fullmatch(part.partition(".")[0]) for part in name.split("/"))


def _check_unique(folded_names: Iterable[str]) -> None:
    files: set[str] = set()
    folders: set[str] = set()
    for name in folded_names:
        if name in files:
            raise HandoffRefused("zip.duplicate", f"The archive holds {safe_text(name, 60)} twice.")
        files.add(name)
        folder, slash, _ = name.partition("/")
        if slash:
            folders.add(folder)
    if files & folders:
        raise HandoffRefused("zip.duplicate", "The archive holds a file and a folder of the same name.")


def _walk(view: memoryview) -> tuple[Member, ...]:
    members: list[Member] = []
    position = 0
    while view[position : position + 4] == _LOCAL_MAGIC:
        if len(members) == MAX_MEMBERS:
            raise HandoffRefused("zip.too-many", f"The archive holds more than {MAX_MEMBERS} files.")
        member, position = _read_member(view, position)
        members.append(member)
    return tuple(members)


def _read_member(view: memoryview, position: int) -> tuple[Member, int]:
    """The member whose local header starts at byte ``position``, and the position after its content."""
    if len(view) - position < _LOCAL.size:
        raise _form("it ends in the middle of a header")
    _, _, flags, method, _, _, _, packed, size, name_size, extra_size = _LOCAL.unpack_from(view, position)
    if flags or method != _STORED or extra_size:
        raise _form("a file in it is compressed, encrypted or carries extra fields; it was packed anew")
    if size > MAX_BYTES:
        raise _too_big()
    if packed != size:
        raise _form("the two sizes of a stored file differ")
    start = position + _LOCAL.size
    end = start + name_size + size
    if end > len(view):
        raise _form("it ends in the middle of a file")
    # Latin-1 never fails and keeps every odd byte outside the grammar of names, which is checked next.
    name = bytes(view[start : start + name_size]).decode("latin-1")
    return Member(name, view[start + name_size : end]), end


def _emit(members: Sequence[tuple[str, Content]]) -> Iterator[Content]:
    directory: list[bytes] = []
    offset = 0
    for name, data in members:
        raw_name = name.encode("ascii")
        common = _common_fields(data, raw_name)
        header = _LOCAL.pack(_LOCAL_MAGIC, *common) + raw_name
        central = _CENTRAL.pack(_CENTRAL_MAGIC, _MADE_BY_UNIX, *common, 0, 0, 0, _REGULAR_0644, offset)
        directory.append(central + raw_name)
        yield header
        yield data
        offset += len(header) + len(data)
    tail = b"".join(directory)
    count = len(members)
    yield tail + _END.pack(_END_MAGIC, 0, 0, count, count, len(tail), offset, 0)


def _common_fields(data: Content, raw_name: bytes) -> tuple[int, ...]:
    """The fields that the local and the central header share, in their common order."""
    crc = zlib.crc32(data)
    flags = extra_size = 0
    stamp = (_TIME_MIDNIGHT, _DATE_1980_01_01)
    return (_NEEDED, flags, _STORED, *stamp, crc, len(data), len(data), len(raw_name), extra_size)


def _form(what: str) -> HandoffRefused:
    return HandoffRefused("zip.form", f"The archive is not of the handoff's form: {what}.")


def _altered(name: str) -> HandoffRefused:
    return HandoffRefused(
        "zip.not-canonical",
        f"{safe_text(name, 60)} was changed or damaged within the archive. Ask for the file as it was made.",
    )


def _not_canonical() -> HandoffRefused:
    return HandoffRefused(
        "zip.not-canonical",
        "The archive holds bytes that do not belong to a handoff, or its directory disagrees: it was changed, damaged"
        " or packed anew. Ask for the file as it was made.",
    )


def _too_big() -> HandoffRefused:
    return HandoffRefused("zip.too-big", f"The archive is larger than {MAX_BYTES // 1024**3} GiB.")
