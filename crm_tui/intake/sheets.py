"""Excel workbooks: each sheet with a known header is a source, read in a process of its own within limits.

A record's bytes are the cells of its row as one JSON line, since a workbook's own are compressed XML.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from crm_tui.errors import InputError
from crm_tui.intake.header import COLUMN_LIMIT, FEWEST, HEADER_LIMIT
from crm_tui.intake.lines import survey
from crm_tui.intake.origin import PLAIN, RATIO, Origin, too_big, zip_members
from crm_tui.intake.source import STAND_IN, Layout, Opened, Overrides, Record, Skipped, Source, UnknownTable
from crm_tui.systems import recognise
from crm_tui.text import safe_text

NAME = "xlsx"
SIZE_LIMIT = 512 << 20
"""Bytes that the parts of a workbook may expand to together."""
PACKED_LIMIT = 32 << 20
"""Bytes of a workbook that lies in an archive."""
OFFICE = "[Content_Types].xml"
"""The member that tells a file of Microsoft Office from any other zip."""
TIME_LIMIT = 300
"""Seconds for one sheet."""
SHEET_LIMIT = 1_000
_SECONDS, _SECONDS_A_MB, _MOST_SECONDS = 5, 1, 120
"""Processor time of the child: at least, for each MB of the expanded parts, and at most."""
_HANDED, _TIMES = 16 << 20, 4
"""Bytes that the child may print, and how many more for each byte of the expanded parts: many cells share a text."""
_FREE = 16 << 20
"""Bytes that any part may expand to."""
_SHEETS, _TEXTS = "xl/worksheets/", "xl/sharedStrings.xml"
_TEXT_END = re.compile(rb"</(?:[A-Za-z0-9]+:)?si>")
_FEW_TEXTS = 4 << 20
_CELL = 16
"""Bytes that a cell with a shared text takes at least."""


def sniff(head: bytes) -> bool:
    """Any zip that reaches a reader whole is a file of Microsoft Office (``archive.unpacked``)."""
    return head.startswith(b"PK\x03\x04")


def open_content(origin: Origin, overrides: Overrides) -> Opened:
    """The sheets whose first row is the header of a known table; raises ``InputError`` when there is none."""
    del overrides
    expanded = _check_parts(origin)
    seen = survey(origin)
    sources: list[Source] = []
    problems: list[InputError] = []
    notes: list[str] = []
    for name, line, cells, _ in _printed(origin, expanded):
        shown = f"{origin.shown}!{safe_text(name)}"
        if not cells:
            notes.append(f"{shown} is an empty sheet.")
            continue
        table = recognise(cells)
        too_wide = len(cells) > COLUMN_LIMIT or sum(map(len, cells)) > HEADER_LIMIT
        unknown = f"{shown} has the header of no table that is known here; it was not read."
        if too_wide or len(cells) < FEWEST:
            problems.append(InputError(unknown))
            continue
        raw = _line(cells)
        digest = hashlib.sha256(raw).hexdigest()
        place = (seen.sha256, seen.size, tuple(cells), digest, raw, line, name)
        source = Source(origin, NAME, table or STAND_IN, *place, delimiter="", line_end="\n", encoding="utf-8")
        if table is None:
            problems.append(UnknownTable(source, unknown))
        else:
            sources.append(source)
    if not sources and not problems:
        raise InputError(f"{origin.shown} is empty; export the table again.")
    return Opened(tuple(sources), tuple(problems), tuple(notes))


def is_workbook(origin: Origin) -> bool:
    """Whether a content within an archive is a file of Microsoft Office, and not an archive like any other."""
    try:
        return any(part.filename == OFFICE for part in _parts_within(origin))
    except InputError:
        return False


def _parts_within(origin: Origin) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(_packed(origin))) as book:
            return book.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise InputError(f"{origin.shown} is a damaged workbook; export it or fetch it again.") from error


def _packed(origin: Origin) -> bytes:
    """The bytes of a workbook within an archive, which has no file of its own."""
    with origin.open() as stream:
        data = stream.read(PACKED_LIMIT + 1)
    if len(data) > PACKED_LIMIT:
        raise InputError(
            f"{origin.shown} is a workbook over {PACKED_LIMIT >> 20} MB within an archive; "
            "unpack it and load the workbook."
        )
    return data


def _check_parts(origin: Origin) -> int:
    """Refuse what is no workbook, or one that holds more than any export does; gives its bytes, expanded."""
    parts = zip_members(origin) if origin.container == PLAIN else _parts_within(origin)
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise InputError(f"{origin.shown} is a file of Microsoft Office but no XLSX workbook; save it as XLSX or CSV.")
    expanded = sum(part.file_size for part in parts)
    if expanded > SIZE_LIMIT or any(part.file_size > max(_FREE, RATIO * part.compress_size) for part in parts):
        raise too_big(origin.shown)
    sheets = [part.file_size for part in parts if part.filename.startswith(_SHEETS)]
    if len(sheets) > SHEET_LIMIT:
        raise InputError(f"{origin.shown} has over {SHEET_LIMIT:,} sheets; save those with tables as CSV.")
    texts = next((part for part in parts if part.filename == _TEXTS), None)
    if texts and texts.file_size > _FEW_TEXTS and _texts(origin) > sum(sheets) // _CELL:
        raise InputError(f"{origin.shown} holds more texts than its cells can show; save its sheets as CSV.")
    return expanded


def _texts(origin: Origin) -> int:
    """How many texts the cells of a workbook share."""
    count = 0
    file = origin.path if origin.container == PLAIN else io.BytesIO(_packed(origin))
    try:
        with zipfile.ZipFile(file) as book, book.open(_TEXTS) as stream:
            while block := stream.read(1 << 20):
                count += len(_TEXT_END.findall(block))
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise InputError(f"{origin.shown} is a damaged workbook; export it or fetch it again.") from error
    return count


def records(source: Source, skipped: list[Skipped]) -> Iterator[Record]:
    """The rows below the header that are not blank; line numbers are the sheet's row numbers."""
    del skipped
    offset = len(source.header_raw)
    width = len(source.header)
    if survey(source.origin).sha256 != source.sha256:
        raise _changed(source)
    for line, cells, problem in _printed(
        source.origin, _check_parts(source.origin), json.dumps(source.part), str(width)
    ):
        if line <= source.header_last_line:
            continue
        raw = _line(cells)
        yield Record(line, line, offset, raw, None if problem else _padded(cells, width), problem)
        offset += len(raw)
    if survey(source.origin).sha256 != source.sha256:
        raise _changed(source)


def parse(raw: bytes, layout: Layout, context: str) -> tuple[str, ...]:
    """The cells of a stored row again; raises ``InputError`` if it is none."""
    del context
    try:
        cells = json.loads(raw)
    except ValueError as error:
        raise InputError("a stored row cannot be read; load its file again.") from error
    return _padded([str(cell) for cell in cells], len(layout.header))


def written(cells: Sequence[str], layout: Layout) -> bytes:
    """A row with these cells, as ``parse`` reads it."""
    del layout
    return _line(list(cells))


def _padded(cells: list[str], width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))


def _line(cells: list[str] | dict[str, str]) -> bytes:
    return json.dumps(cells, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _changed(source: Source) -> InputError:
    return InputError(f"{source.origin.shown} changed while it was read; load it again.")


def _printed(origin: Origin, expanded: int, *sheet: str) -> Iterator[Any]:
    """What the child prints, a line at a time; raises ``InputError`` when that is not whole or far too much.

    ``expanded``: bytes that the parts of the workbook take.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    # -P: a module that lies in the folder of the exports must not be run.
    packed = b"" if origin.container == PLAIN else _packed(origin)
    file = "-" if packed else str(origin.path.absolute())
    seconds = str(min(_MOST_SECONDS, _SECONDS + _SECONDS_A_MB * expanded // (1 << 20)))
    command = [sys.executable, "-P", "-m", "crm_tui.intake.sheet_child", file, seconds, *sheet]
    left = _HANDED + _TIMES * expanded
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE if packed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": paths},
    ) as child:
        timer = threading.Timer(TIME_LIMIT, child.kill)
        timer.start()
        try:
            whole = False
            assert child.stdout is not None
            if child.stdin is not None:
                # The child reads all of it before it prints a line, so neither waits for the other.
                with contextlib.suppress(BrokenPipeError), child.stdin as stream:
                    stream.write(packed)
            for line in child.stdout:
                left -= len(line)
                if left < 0:
                    raise too_big(origin.shown)
                whole = line == b"true\n"
                if not whole and line.endswith(b"\n"):
                    yield json.loads(line)
        finally:
            timer.cancel()
            child.kill()
    if not whole:
        raise InputError(f"{origin.shown} is damaged or too big to be read safely; save its sheets as CSV.")
