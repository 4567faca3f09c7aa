"""Reads a workbook in a process of its own, which a bomb may take down: rows as JSON lines on stdout.

``python -m crm_tui.intake.sheet_child FILE SECONDS`` prints ``[name, row number, cells, ""]`` of each sheet's first row
that is not blank; ``… FILE SECONDS NAME WIDTH`` prints ``[row number, cells, problem]`` of every row of a sheet that is
not blank, of a damaged one ``{column: cell}`` of what is there; NAME is a JSON text.  The last line is ``true``;
without it the output is not whole.  ``-`` stands for a workbook on stdin.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

MEMORY = 240 << 20
"""Bytes of data that the process may hold."""
HEAD_LIMIT = 5_001
"""Columns of a header that are told: one more than a table has at most."""
TEXT_LIMIT = 32_767
"""Characters of a cell, as Excel's specification has it."""
Row = tuple[int, list[str] | dict[str, str], str]
"""Number, cells, and what is wrong with it."""
_SPARE = 256
"""Cells beside those of the header that are looked at in a row that has too many."""
_EXACT = 10**15
"""A spreadsheet keeps 15 digits: a number from here on has lost some."""
_ZEROS = re.compile(r"0+")


def text_of(value: Any, number_format: str) -> str:
    """A cell as the text that a person sees; dates as ISO 8601, whatever the locale shows.

    A whole number that has lost digits keeps its exponent, so that a mangled id can be told from a good one.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, number_format)
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time() and "h" not in number_format.lower()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) and abs(value) < _EXACT:
        text = str(int(value))
        # The format 00000 is how a sheet keeps the leading zeros of a postal code.
        return text.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) and value >= 0 else text
    return f"{value:.15G}"


def rows(sheet: Any, width: int) -> Iterator[Row]:
    """The rows of a sheet that are not blank, of a table with a header of ``width`` cells.

    Only cells that are there are held: one at ``XFD1`` takes no more than one at ``A1``.
    """
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
    from openpyxl.xml.functions import iterparse

    book = sheet.parent
    most = width + _SPARE
    with sheet._get_source() as source:
        dates = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
        parser = WorkSheetParser(source, sheet._shared_strings, data_only=True, epoch=book.epoch, **dates)
        for _, element in iterparse(source):
            if element.tag == DATA_TAG:
                break
            if element.tag != ROW_TAG:
                continue
            count = len(element)
            del element[most:]
            number, cells = parser.parse_row(element)
            element.clear()
            said = {
                cell["column"]: text
                for cell in cells
                if cell["value"] is not None
                and (text := text_of(cell["value"], ReadOnlyCell(sheet, **cell).number_format)).strip()
            }
            last = count if count > most else max(said, default=0)
            if last:
                yield _row(number, said, last, width)


def _row(number: int, said: dict[int, str], last: int, width: int) -> Row:
    """A row of which ``last`` is the last column: all of its cells, or those that there are and what is wrong."""
    problem = f"has {last:,} cells where the header has {width:,}" if last > width else ""
    if any(len(text) > TEXT_LIMIT for text in said.values()):
        problem = f"has a cell of over {TEXT_LIMIT:,} characters, more than a workbook may hold"
        said = {column: text[:TEXT_LIMIT] for column, text in said.items()}
    if problem:
        return number, {str(column): text for column, text in said.items()}, problem
    return number, [said.get(column, "") for column in range(1, last + 1)], ""


def head(sheet: Any) -> Row:
    """The first row that is not blank, cut to more columns than any table has."""
    number, cells, _ = next(rows(sheet, HEAD_LIMIT), (0, [], ""))
    if isinstance(cells, dict):
        cells = [cells.get(str(column), "") for column in range(1, HEAD_LIMIT + 1)]
    return number, cells, ""


def say(value: Any) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(value) + "\n")


def limit(seconds: int) -> None:
    """Bound what the process may take, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(path: str, seconds: str, name: str = "", width: str = "") -> int:
    """Print what is asked for; 1 when the workbook cannot be read."""
    # openpyxl would take numpy along, which alone fills half of the memory allowed.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    limit(int(seconds))
    try:
        from openpyxl import load_workbook
        from openpyxl.styles.fills import Fill, PatternFill
        from openpyxl.worksheet._read_only import ReadOnlyWorksheet

        # Some programs write an empty fill, for which it refuses the whole workbook; nobody asks for colours.
        Fill.from_tree = classmethod(lambda *_: PatternFill())
        # It would read a sheet that does not tell its size to the end, each time; nobody asks for the size.
        ReadOnlyWorksheet._get_size = lambda _: None
        file = io.BytesIO(sys.stdin.buffer.read()) if path == "-" else path
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        if width:
            for row in rows(book[json.loads(name)], int(width)):
                say(row)
        else:
            for sheet in book.worksheets:
                say((sheet.title, *head(sheet)))
        say(True)
        sys.stdout.flush()
    # Whatever a hostile workbook breaks, in any library below, is the same to the reader: no last line.
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
