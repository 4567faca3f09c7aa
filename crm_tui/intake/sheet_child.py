"""Reads a workbook in a process of its own, which a bomb may take down: rows as JSON lines on stdout.

``python -m crm_tui.intake.sheet_child FILE heads`` prints ``[name, row number, cells]`` of each sheet's first row that
is not blank; ``… FILE 2`` prints ``[row number, cells]`` of every row of the third sheet that is not blank.  The last
line is ``true``; without it the output is not whole.  ``-`` stands for a workbook on stdin.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

MEMORY = 256 << 20
"""Bytes of data that the process may hold."""
SECONDS = 120
"""Of processor time."""
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


def rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Row number, from 1, and cells of each row that is not blank, without blank cells at its end."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [text_of(cell.value, cell.number_format) if cell.value is not None else "" for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, cells


def say(value: Any) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(value) + "\n")


def limit() -> None:
    """Bound what the process may take, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(path: str, what: str) -> int:
    """Print what is asked for; 1 when the workbook cannot be read."""
    # openpyxl would take numpy along, which alone fills half of the memory allowed.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    limit()
    try:
        from openpyxl import load_workbook

        file = io.BytesIO(sys.stdin.buffer.read()) if path == "-" else path
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        if what == "heads":
            for sheet in book.worksheets:
                number, cells = next(rows(sheet), (0, []))
                say([sheet.title, number, cells])
        else:
            for row in rows(book.worksheets[int(what)]):
                say(row)
        say(True)
        sys.stdout.flush()
    # Whatever a hostile workbook breaks, in any library below, is the same to the reader: no last line.
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
