"""One record where ``csv.reader`` stumbled: how many lines it takes, and what is wrong with it.

A stray quote swallows the innocent lines that follow; a text of several lines with a fault in it does not.
Lines that make a good row by themselves tell the two apart.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from crm_tui.text import counted

FIELD_LIMIT = 1 << 20
"""Characters of one cell."""

_NEVER_CLOSED = "a quote is opened and never closed"
_STRAY_TEXT = "text follows a closing quote"
_TOO_LONG = f"a cell is longer than {FIELD_LIMIT:,} characters"
_PROBLEMS = {
    "unexpected end of data": _NEVER_CLOSED,
    "expected after": _STRAY_TEXT,
    "field larger": _TOO_LONG,
    "new-line character": "a carriage return stands outside quotes",
}
_WITNESSES = 3
# A quoted cell starts and ends with an odd run of quotes; inside, they come in pairs.
_ODD_QUOTES = re.compile(rb'(?<!")"(?:"")*+(?!")')

# The limit belongs to the whole process, csv offers no other; its default of 128 KiB is less than we promise.
csv.field_size_limit(FIELD_LIMIT)


# Made once for a delimiter: making it of its words costs as much as reading a record.
_dialect = cache(lambda delimiter: csv.reader((), delimiter=delimiter, strict=True).dialect)


class Shape(NamedTuple):
    """What a good row of a file looks like."""

    delimiter: str
    width: int
    least: int
    """Cells up to the last one that the header names: Excel drops blank cells at the end of a line."""

    @property
    def blanks(self) -> bytes:
        """The bytes of which a blank line consists."""
        return b" \t\r\n\v\f" + self.delimiter.encode()

    def fault(self, cells: Sequence[str]) -> str:
        """What a wrong number of cells is called; ``""`` when it is right."""
        if self.least <= len(cells) <= self.width:
            return ""
        return f"has {counted(len(cells), 'cell')} where the header has {self.width:,}"


class Finding(NamedTuple):
    """The record at a place: its lines, and either its cells or why it cannot be read, bad bytes aside."""

    lines: tuple[bytes, ...]
    cells: tuple[str, ...]
    problem: str


def first_record(lines: Iterable[str], delimiter: str) -> tuple[tuple[str, ...], str]:
    """The cells of the first record, however many, and ``""``; or no cells and why it cannot be read."""
    try:
        return tuple(next(csv.reader(lines, _dialect(delimiter)), ())), ""
    except csv.Error as error:
        said = str(error)
        return (), next((ours for theirs, ours in _PROBLEMS.items() if theirs in said), "is no CSV")


def examine(peek: Callable[[int], bytes | None], shape: Shape) -> Finding:
    """The record that starts at ``peek(0)``, good or damaged, and none of the lines that are not its own.

    ``peek(n)`` is the n-th line from there in UTF-8, ``None`` behind the last one.
    """
    taken: list[bytes] = []
    cells, problem = first_record(_taking(peek, taken, shape), shape.delimiter)
    problem = problem or shape.fault(cells)
    if len(taken) > 1 and (problem or not sound(b"".join(taken), shape.delimiter)):
        given_up = problem == _TOO_LONG or (problem == _NEVER_CLOSED and peek(len(taken)) is not None)
        if given_up or _swallowed(taken[1:], shape):
            return Finding((taken[0],), (), _NEVER_CLOSED)
    if problem == _STRAY_TEXT and len(taken) > 1:
        problem = f"{problem} in line {len(taken)} of the row"
    return Finding(tuple(taken), cells, problem)


def _taking(peek: Callable[[int], bytes | None], taken: list[bytes], shape: Shape) -> Iterator[str]:
    """Lines as text, noted in ``taken``; stops where more cells were quoted than a row has."""
    runs = 2 * (shape.width + 2)
    while runs >= 0 and (line := peek(len(taken))) is not None:
        taken.append(line)
        runs -= _ODD_QUOTES.search(line) is not None
        yield _text(line)


def _swallowed(following: Sequence[bytes], shape: Shape) -> bool:
    """Whether these lines are rows of their own rather than the inside of a quoted cell."""
    if _opens(following[-1], shape):
        return True
    witnesses = [line for line in following if line.strip(shape.blanks)][:_WITNESSES]
    return any(_stands_alone(line, shape) for line in witnesses)


def _opens(line: bytes, shape: Shape) -> bool:
    # A text that ends in a line end has its closing quote at the start of a line.
    if line.rstrip(b"\r\n") == b'"' or line.startswith(f'"{shape.delimiter}'.encode()):
        return False
    return first_record([_text(line)], shape.delimiter)[1] == _NEVER_CLOSED


def _stands_alone(line: bytes, shape: Shape) -> bool:
    cells, problem = first_record([_text(line)], shape.delimiter)
    return not problem and not shape.fault(cells) and sound(line, shape.delimiter)


def _text(line: bytes) -> str:
    # Bad bytes are named by the caller; here they must not hide how the quotes stand.
    return line.decode("utf-8", "surrogateescape")


def sound(raw: bytes, delimiter: str) -> bool:
    """Whether each quote of a record that ``csv`` could read is where RFC 4180 allows one."""
    return b'"' not in raw or _grammar(delimiter).fullmatch(raw) is not None


@cache
def _grammar(delimiter: str) -> re.Pattern[bytes]:
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{delimiter}\r\n]*+)'
    return re.compile(rf"{cell}(?:{delimiter}{cell})*+[\r\n]*+".encode())
