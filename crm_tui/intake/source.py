"""What a file is, before its rows are read: digest, encoding, dialect; the table that its header tells."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.damage import first_record
from crm_tui.intake.lines import BLOCK, Survey, split_lines, survey
from crm_tui.systems import TABLES, header_name, nearest, recognise
from crm_tui.systems.declare import Table
from crm_tui.text import one_of, safe_text

HEADER_LIMIT = 5_000
"""Characters of the header."""
DELIMITERS = (",", ";", "\t")

_BOM = b"\xef\xbb\xbf"
_FOREIGN = (
    (b"PK\x03\x04", "a zip file or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was when it was opened."""

    path: Path
    name: str
    sha256: str
    size: int
    encoding: str
    """``utf-8``, or ``utf-8-sig`` when the file starts with a byte order mark."""
    delimiter: str
    line_end: str
    """How the header ends; ``"\\r"`` only when the file holds no line feed at all."""
    header: tuple[str, ...]
    """The header cells as written."""
    header_sha256: str
    """Of ``header_raw``."""
    header_raw: bytes
    """Everything before the first row: byte order mark, blank lines, header with its line end."""
    header_last_line: int
    table: Table
    base: bool = False
    """Whether the file is an older export, given as what was last agreed to."""

    @property
    def judged(self) -> bool:
        """Whether its rows are judged and counted, and not kept for reference."""
        return self.table.kind.judged and not self.base


def open_source(path: Path) -> Source:
    """Hash ``path`` and recognise its header; raises ``InputError`` with the reason and a way out."""
    where = safe_text(str(path))
    seen = survey(path)
    for magic, kind in _FOREIGN:
        if seen.head.startswith(magic):
            raise InputError(f"{where} is {kind}; save it as CSV in UTF-8.")
    header, delimiter, table = _read_header(where, seen)
    return Source(
        path=path,
        name=path.name,
        sha256=seen.sha256,
        size=seen.size,
        encoding="utf-8-sig" if header.raw.startswith(_BOM) else "utf-8",
        delimiter=delimiter,
        line_end="\r\n" if header.raw.endswith(b"\r\n") else seen.line_end,
        header=header.cells,
        header_sha256=hashlib.sha256(header.raw).hexdigest(),
        header_raw=header.raw,
        header_last_line=header.last_line,
        table=table,
    )


class _Header(NamedTuple):
    cells: tuple[str, ...]
    text: str
    raw: bytes
    """``text`` and what stands before it."""
    last_line: int


def _read_header(where: str, seen: Survey) -> tuple[_Header, str, Table]:
    """The header by the first delimiter that makes a known table of it, that delimiter, and the table."""
    tried = {delimiter: _header_by(where, seen, delimiter) for delimiter in DELIMITERS}
    for delimiter, header in tried.items():
        table = recognise(header.cells)
        if table is not None:
            _check(where, header, delimiter)
            return header, delimiter, table
    raise _unrecognised(where, seen, tried)


def _header_by(where: str, seen: Survey, delimiter: str) -> _Header:
    """The first record that is not blank; raises ``InputError`` where no delimiter could help."""
    bom = len(_BOM) if seen.head.startswith(_BOM) else 0
    lines = split_lines(seen.head[bom:], seen.line_end)
    blank = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if blank == len(lines) and seen.size < BLOCK:
        raise InputError(f"{where} is empty; export the table again.")
    reader = csv.reader(map(bytes.decode, lines[blank:]), delimiter=delimiter)
    try:
        cells = tuple(next(reader, ()))
    except UnicodeDecodeError as error:
        raise _not_text(where, seen) from error
    except csv.Error as error:
        raise InputError(f"{where} has a header that is no CSV; export the table again.") from error
    last_line = blank + reader.line_num
    text = b"".join(lines[blank:last_line]).decode()
    return _Header(cells, text, seen.head[: bom + sum(map(len, lines[:last_line]))], last_line)


def _check(where: str, header: _Header, delimiter: str) -> None:
    if b"\0" in header.raw:
        raise _binary(where)
    if len(header.text) > HEADER_LIMIT:
        raise _too_long(where)
    _, problem = first_record([header.text], delimiter)
    if problem:
        raise InputError(f"{where} has a header in which {problem}; correct it or export the table again.")
    first_at: dict[str, int] = {}
    for position, cell in enumerate(header.cells, 1):
        name = header_name(cell)
        first = first_at.setdefault(name, position)
        if name and first != position:
            raise InputError(f"{where} names columns {first} and {position} alike; rename or remove one of them.")


def _unrecognised(where: str, seen: Survey, tried: dict[str, _Header]) -> InputError:
    if b"\0" in seen.head:
        return _binary(where)
    if min(len(header.text) for header in tried.values()) > HEADER_LIMIT:
        return _too_long(where)
    likely = [near for header in tried.values() if (near := nearest(header.cells))]
    if not likely:
        known = one_of(list(TABLES), "and")
        return InputError(f"{where} has the header of no table that is known here; known are {known}.")
    table, lacking = min(likely, key=lambda near: len(near[1]) / len(near[0].header))
    columns = one_of(lacking, "and")
    return InputError(f"{where} looks like {table.name} but lacks {columns}; export it with every column.")


def _not_text(where: str, seen: Survey) -> InputError:
    if b"\0" in seen.head:
        return _binary(where)
    return InputError(f"{where} has a header that is not UTF-8; save it as CSV in UTF-8.")


def _binary(where: str) -> InputError:
    return InputError(f"{where} holds binary data (NUL bytes); save it as CSV in UTF-8.")


def _too_long(where: str) -> InputError:
    return InputError(f"{where} has a header over {HEADER_LIMIT:,} characters; export the table with fewer columns.")
