"""Reliability goal 8: of a table with one damaged line exactly that line is named.

What is tried is damage that shows in the form: a cell too many or too few, a stray quote, text behind a quote, a byte
that is no character, a line that ends too soon.  Two cells that changed places show in no form and are not tried.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from random import Random

from crm_tui.intake.formats import open_sources, records
from crm_tui.systems import TABLES

TRIED = "tables with one damaged line"
_TABLES = ("close-appointments", "ghl-contact-changes", "activity-events")
_WORDS = ("Ann", "O'Neil", "Müller", "a, b", 'said "yes"', "two\nlines", "", "ann@one.test", "+12025550101", "42")


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one table of up to forty rows in one of three delimiters."""
    path = folder / "table.csv"
    while True:
        header = TABLES[lots.choice(_TABLES)].header
        delimiter = lots.choice(",,;\t")
        rows = [[f"ID-{n}", *(lots.choice(_WORDS) for _ in header[1:])] for n in range(lots.randrange(2, 40))]
        # A text in UTF-8 elsewhere: where none is, a stray byte is a character of Windows-1252.
        rows[0][-1] = "é"
        lines = [written([cells], delimiter) for cells in [header, *rows]]
        at = lots.randrange(2, len(lines))
        lines[at] = damaged(rows[at - 1], delimiter, lots)
        path.write_bytes(b"".join(lines))
        number = b"".join(lines[:at]).count(b"\n") + 1
        (source,) = open_sources(path).sources
        named = [(one.first_line, one.problem) for one in records(source, []) if one.problem]
        assert [line for line, _ in named] == [number], (number, named, path.read_bytes())
        yield 1


def damaged(cells: list[str], delimiter: str, lots: Random) -> bytes:
    """The line of a row with one fault in its form."""
    plain = [cell.replace("\n", " ").replace('"', "").replace(delimiter, " ") for cell in cells]
    whole = written([plain], delimiter)
    inside = lots.randrange(1, len(plain))
    kind = lots.randrange(5)
    if kind == 0:
        return written([plain[:inside] + plain[inside + 1 :]], delimiter)
    if kind == 1:
        return written([[*plain[:inside], "x", *plain[inside:]]], delimiter)
    mark = delimiter.encode()
    parts = whole[:-1].split(mark)
    if kind == 2:
        parts[inside] = b'"' + parts[inside]
    elif kind == 3:
        parts[inside] = b'"' + parts[inside] + b'"x'
    else:
        parts[inside] += lots.choice((b"\xff", b"\xe9", b"\xc3", b"\xed\xa0\x80"))
    return mark.join(parts) + b"\n"


def written(rows: list[list[str]] | list[tuple[str, ...]], delimiter: str) -> bytes:
    """Rows as a CSV writer writes them."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
