"""A file as the contents in it: itself, what a gzip holds, or the members of a zip."""

from __future__ import annotations

import contextlib
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.files import SUFFIXES
from crm_tui.intake.lines import survey
from crm_tui.intake.origin import EXPANDED_LIMIT, FREE, RATIO, ZIP, Origin, gunzipped, plain, too_big, zip_members
from crm_tui.intake.sheets import OFFICE
from crm_tui.text import counted, safe_text

MEMBER_LIMIT = 2_000
"""Tables of one archive."""
BOOK_LIMIT = 100
"""Workbooks of one archive: each is read in a process of its own."""

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 0x1
_OPEN_DOCUMENT = {"mimetype", "content.xml"}
_HANDOFF = {"SHA256SUMS", "handoff.json", "rows.jsonl"}
"""Members of every handoff: under another name than ours it may lie beside the exports."""


class Unpacked(NamedTuple):
    """The contents of one file."""

    origins: tuple[Origin, ...] = ()
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()


def is_archive(head: bytes) -> bool:
    """Whether a content with this start holds other files."""
    return head.startswith((_GZIP, *_ZIP))


def unpacked(path: Path) -> Unpacked:
    """The contents of a file, nothing of it read but heads and lists; raises ``InputError``.

    A workbook is a zip too, and stays whole.
    """
    origin = plain(path)
    head = origin.head(4)
    if head.startswith(_GZIP):
        return Unpacked((gunzipped(origin),))
    if not head.startswith(_ZIP):
        return Unpacked((origin,))
    members = [info for info in zip_members(origin) if not info.is_dir()]
    names = {info.filename for info in members}
    if names >= _OPEN_DOCUMENT:
        raise InputError(f"{origin.shown} is an OpenDocument file; save it as XLSX or CSV.")
    if names >= _HANDOFF:
        raise InputError(f"{origin.shown} is a handoff and no export; crm-tui verify checks it.")
    if OFFICE in names:
        return Unpacked((origin,))
    return _members(origin, members)


def content_digests(path: Path) -> set[str]:
    """SHA-256 of a file and of each content in it, in hex: what a handoff may name as an input."""
    found: set[str] = set()
    with contextlib.suppress(InputError):
        found.add(survey(plain(path)).sha256)
        for origin in unpacked(path).origins:
            with contextlib.suppress(InputError):
                found.add(survey(origin).sha256)
    return found


def _members(origin: Origin, members: list[zipfile.ZipInfo]) -> Unpacked:
    """The tables of an archive; what else is in it is noted, and what is suspicious is refused by itself."""
    expanded = sum(info.file_size for info in members)
    if expanded > min(EXPANDED_LIMIT, max(FREE, RATIO * origin.packed)):
        raise too_big(origin.shown)
    wanted = [info for info in members if _is_table(info.filename)]
    if len(wanted) > MEMBER_LIMIT:
        raise InputError(f"{origin.shown} holds over {MEMBER_LIMIT:,} files; unpack it and load a folder.")
    if sum(info.filename.lower().endswith(".xlsx") for info in wanted) > BOOK_LIMIT:
        raise InputError(f"{origin.shown} holds over {BOOK_LIMIT} workbooks; unpack it and load a folder.")
    if not wanted:
        raise InputError(f"{origin.shown} holds no file that can be read here; unpack it and look.")
    found: list[Origin] = []
    problems: list[InputError] = []
    times = Counter(info.filename for info in wanted)
    for info in sorted(wanted, key=lambda info: info.filename):
        fault = _fault(info, times[info.filename])
        member = Origin(origin.path, ZIP, info.file_size, info.compress_size, info.filename, info)
        if fault:
            problems.append(InputError(f"{member.shown} {fault}; it was not read."))
        else:
            found.append(member)
    left = len(members) - len(wanted)
    shown = safe_text(origin.name)
    notes = (f"{shown} holds {counted(left, 'file')} that no table is looked for in.",) if left else ()
    return Unpacked(tuple(found), tuple(problems), notes)


def _is_table(name: str) -> bool:
    """As in a folder: no hidden files, none of macOS' resource forks, and only what may be a table."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and not part.startswith("..") for part in parts) or "__MACOSX" in parts
    return not hidden and name.lower().endswith(SUFFIXES)


def _fault(info: zipfile.ZipInfo, times: int) -> str:
    """Why a member is not read, or ``""``."""
    path = PurePosixPath(info.filename)
    if ".." in path.parts or path.is_absolute() or "\\" in info.filename or PureWindowsPath(info.filename).drive:
        return "has a path that leads out of the archive"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if times > 1:
        return "is there more than once"
    return ""
