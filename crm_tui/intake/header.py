"""The header of a delimited table: its dialect, its cells, and the table that they tell."""

from __future__ import annotations

import csv
from contextlib import suppress
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.damage import first_record
from crm_tui.intake.encoding import label as encoding_label
from crm_tui.intake.encoding import mark_of, unit, utf8_lines
from crm_tui.intake.lines import HEAD, Survey, split_lines
from crm_tui.systems import TABLES, is_id, label, nearest, recognise, staged_for
from crm_tui.systems.carrier import table_of
from crm_tui.systems.declare import Kind, Table
from crm_tui.text import one_of

HEADER_LIMIT = 200_000
"""Characters of the header: Close exports 200 columns and more, smart fields with long names (formats.md 2a)."""
COLUMN_LIMIT = 5_000
"""Columns of a table."""
_ROW_LINES = 1_000
"""Lines below the header in which its first row stands."""
DELIMITERS = (",", ";", "\t")
FEWEST = 2
"""Columns of a table that no system knows; a single one may be any text."""


class Header(NamedTuple):
    """The first record of a file that is not blank."""

    cells: tuple[str, ...]
    text: str
    raw: bytes
    """``text`` and what stands before it."""
    last_line: int

    @property
    def too_wide(self) -> str:
        """Which limit it is over, in words; ``""`` when over none."""
        if len(self.cells) > COLUMN_LIMIT:
            return f"{COLUMN_LIMIT:,} columns"
        return f"{HEADER_LIMIT:,} characters" if len(self.text) > HEADER_LIMIT else ""


class Told(NamedTuple):
    """What a header tells."""

    header: Header
    delimiter: str
    table: Table | None
    """``None`` where no system knows it, but rows of as many cells follow."""
    problem: str = ""
    """Why it is of no table that is known."""


def read_header(where: str, seen: Survey, said: str = "") -> Told:
    """The header by the first delimiter that makes a known table of it; else by the one that makes most columns.

    ``said`` is the delimiter that the user names, ``""`` when any may be it.  Raises ``InputError`` for what is no
    table at all.
    """
    tried = {delimiter: _header_by(where, seen, delimiter) for delimiter in (said or DELIMITERS)}
    for delimiter, header in tried.items():
        table = None if header.too_wide else _staged(seen, header, delimiter) or recognise(header.cells)
        if table is not None:
            _check(where, header, delimiter)
            return Told(header, delimiter, table)
    for delimiter, header in tried.items():
        table = None if header.too_wide else table_of(_first_row(seen, header, delimiter))
        if table is not None:
            _check(where, header, delimiter)
            return Told(header, delimiter, table)
    problem = _unrecognised(where, seen, tried)
    unknown = [(header, delimiter) for delimiter, header in tried.items() if _heads_rows(seen, header, delimiter)]
    if not unknown:
        raise problem
    header, delimiter = max(unknown, key=lambda one: len(one[0].cells))
    return Told(header, delimiter, None, str(problem))


def _staged(seen: Survey, header: Header, delimiter: str) -> Table | None:
    """The table into which the file goes back, where it is one as staged here: ``Id`` and ``Email`` any table may have,
    so the first id must be one.
    """
    table = staged_for(header.cells)
    if table is None:
        return None
    first = next(iter(_first_row(seen, header, delimiter).values()), "")
    return table if is_id(table.system, first) else None


def _heads_rows(seen: Survey, header: Header, delimiter: str) -> bool:
    """Whether a row of as many cells follows, as under the header of a table."""
    if len(header.cells) < FEWEST or header.too_wide or "\0" in header.text:
        return False
    return not first_record([header.text], delimiter)[1] and bool(_first_row(seen, header, delimiter))


def _first_row(seen: Survey, header: Header, delimiter: str) -> dict[str, str]:
    """The names of the header with the cells of the first row below it: what a carrier brings is told by both."""
    lines = split_lines(seen.head[len(header.raw) :], seen.line_end, seen.encoding)
    texts = (text.decode() for text in utf8_lines(lines[:_ROW_LINES], seen.encoding))
    rows = csv.reader(texts, delimiter=delimiter)
    with suppress(UnicodeDecodeError, csv.Error):
        cells = next((row for row in rows if any(map(str.strip, row))), [])
        return dict(zip(header.cells, cells, strict=False)) if len(cells) == len(header.cells) else {}
    return {}


def _header_by(where: str, seen: Survey, delimiter: str) -> Header:
    """The first record that is not blank; raises ``InputError`` where no delimiter could help."""
    bom = len(mark_of(seen.encoding, seen.head))
    lines = split_lines(seen.head[bom:], seen.line_end, seen.encoding)
    texts = utf8_lines(lines, seen.encoding)
    blank = next((at for at, text in enumerate(texts) if text.strip()), len(lines))
    if blank == len(lines) and seen.size < HEAD:
        raise InputError(f"{where} is empty; export the table again.")
    reader = csv.reader(map(bytes.decode, texts[blank:]), delimiter=delimiter)
    try:
        cells = tuple(next(reader, ()))
    except UnicodeDecodeError as error:
        raise _not_text(where, seen) from error
    except csv.Error as error:
        raise InputError(f"{where} has a header that is no CSV; export the table again.") from error
    last_line = blank + reader.line_num
    text = b"".join(texts[blank:last_line]).decode()
    return Header(cells, text, seen.head[: bom + sum(map(len, lines[:last_line]))], last_line)


def _check(where: str, header: Header, delimiter: str) -> None:
    if "\0" in header.text:
        raise _binary(where)
    _, problem = first_record([header.text], delimiter)
    if problem:
        raise InputError(f"{where} has a header in which {problem}; correct it or export the table again.")


def _unrecognised(where: str, seen: Survey, tried: dict[str, Header]) -> InputError:
    if _has_nuls(seen):
        return _binary(where)
    if all(header.too_wide for header in tried.values()) or any(
        len(one.cells) > COLUMN_LIMIT for one in tried.values()
    ):
        limit = max(tried.values(), key=lambda header: len(header.cells)).too_wide
        return InputError(f"{where} has a header over {limit}; export the table with fewer columns.")
    likely = [near for header in tried.values() if (near := nearest(header.cells))]
    if not likely:
        tables = [table for table in TABLES.values() if not table.by_map and table.kind is not Kind.UNKNOWN]
        known = one_of(sorted({label(table.system) for table in tables}), "and")
        return InputError(f"{where} has the header of no table that is known here; known are tables of {known}.")
    table, lacking = min(likely, key=lambda near: len(near[1]) / len(near[0].header))
    columns = one_of(lacking, "and")
    return InputError(f"{where} looks like {table.name} but lacks {columns}; export it with every column.")


def _not_text(where: str, seen: Survey) -> InputError:
    if _has_nuls(seen):
        return _binary(where)
    encoding = encoding_label(seen.encoding)
    return InputError(f"{where} has a header that is not {encoding}; name its encoding, or save it as CSV in UTF-8.")


def _has_nuls(seen: Survey) -> bool:
    return unit(seen.encoding) == 1 and b"\0" in seen.head


def _binary(where: str) -> InputError:
    return InputError(f"{where} holds binary data (NUL bytes); save it as CSV in UTF-8.")
