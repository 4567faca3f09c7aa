"""The header of a delimited table: its dialect, its cells, and the table that they tell."""

from __future__ import annotations

import csv
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.damage import first_record
from crm_tui.intake.lines import BLOCK, Survey, split_lines
from crm_tui.systems import TABLES, label, nearest, recognise
from crm_tui.systems.declare import Table
from crm_tui.text import one_of

HEADER_LIMIT = 5_000
"""Characters of the header."""
DELIMITERS = (",", ";", "\t")

BOM = b"\xef\xbb\xbf"


class Header(NamedTuple):
    """The first record of a file that is not blank."""

    cells: tuple[str, ...]
    text: str
    raw: bytes
    """``text`` and what stands before it."""
    last_line: int


def read_header(where: str, seen: Survey) -> tuple[Header, str, Table]:
    """The header by the first delimiter that makes a known table of it, that delimiter, and the table."""
    tried = {delimiter: _header_by(where, seen, delimiter) for delimiter in DELIMITERS}
    for delimiter, header in tried.items():
        table = recognise(header.cells)
        if table is not None:
            _check(where, header, delimiter)
            return header, delimiter, table
    raise _unrecognised(where, seen, tried)


def _header_by(where: str, seen: Survey, delimiter: str) -> Header:
    """The first record that is not blank; raises ``InputError`` where no delimiter could help."""
    bom = len(BOM) if seen.head.startswith(BOM) else 0
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
    return Header(cells, text, seen.head[: bom + sum(map(len, lines[:last_line]))], last_line)


def _check(where: str, header: Header, delimiter: str) -> None:
    if b"\0" in header.raw:
        raise _binary(where)
    if len(header.text) > HEADER_LIMIT:
        raise _too_long(where)
    _, problem = first_record([header.text], delimiter)
    if problem:
        raise InputError(f"{where} has a header in which {problem}; correct it or export the table again.")


def _unrecognised(where: str, seen: Survey, tried: dict[str, Header]) -> InputError:
    if b"\0" in seen.head:
        return _binary(where)
    if min(len(header.text) for header in tried.values()) > HEADER_LIMIT:
        return _too_long(where)
    likely = [near for header in tried.values() if (near := nearest(header.cells))]
    if not likely:
        known = one_of(sorted({label(table.system) for table in TABLES.values()}), "and")
        return InputError(f"{where} has the header of no table that is known here; known are tables of {known}.")
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
