"""Delimited text as records, byte for byte; names exactly the lines that are damaged.

The fast path is ``csv.reader`` over a window of lines.  Where that stumbles, ``damage.examine`` looks at one
record and says how many lines it takes; then the fast path goes on.  Only blocks of the file are held.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate, repeat
from typing import NamedTuple, cast

from crm_tui.errors import InputError
from crm_tui.intake.damage import Shape, examine, first_record, sound
from crm_tui.intake.encoding import bad_byte, codec, label, utf8_line, utf8_lines
from crm_tui.intake.footer import without_footer
from crm_tui.intake.header import read_header
from crm_tui.intake.lines import LineFeed, survey
from crm_tui.intake.origin import Origin
from crm_tui.intake.source import (
    STAND_IN,
    Layout,
    Opened,
    Overrides,
    Record,
    Skipped,
    Source,
    UnknownTable,
    leave_out,
)

NAME = "csv"

_WINDOW = 4_096
_SMALL_WINDOW = 16


# ``Record(…)`` is a Python call; this is the same without one, and half the cost of a row.
_as_record = cast("Callable[[Iterable[object]], Record]", partial(tuple.__new__, Record))


def sniff(head: bytes) -> bool:
    """Any text may be a table: this format is tried last."""
    del head
    return True


def open_content(origin: Origin, overrides: Overrides) -> Opened:
    """Hash ``origin`` and recognise its header; raises ``InputError`` with the reason and a way out."""
    seen = survey(origin, overrides.encoding)
    header, delimiter, table, problem = read_header(origin.shown, seen, overrides.delimiter)
    source = Source(
        origin=origin,
        format=NAME,
        table=table or STAND_IN,
        sha256=seen.sha256,
        size=seen.size,
        header=header.cells,
        header_sha256=hashlib.sha256(header.raw).hexdigest(),
        header_raw=header.raw,
        header_last_line=header.last_line,
        encoding=seen.encoding,
        delimiter=delimiter,
        line_end="\r\n" if header.text.endswith("\r\n") else seen.line_end,
        guessed=("encoding",) if seen.guessed else (),
    )
    if problem:
        return Opened(problems=(UnknownTable(source, problem),))
    return Opened((source,))


def records(source: Source, skipped: list[Skipped] | None = None) -> Iterator[Record]:
    """The rows of ``source`` in order; header, ``skipped`` and rows together are the file, byte for byte.

    Raises ``InputError`` when the file cannot be read on, has a line over ``LINE_LIMIT``, or is no longer the
    one that was opened, which shows only at its end.  Damaged rows raise nothing: see ``Record.problem``.
    """
    named = [at for at, cell in enumerate(source.header, 1) if cell.strip()]
    shape = Shape(source.delimiter, len(source.header), max(named, default=len(source.header)))
    found = _records(source, shape, skipped)
    words = source.table.footer
    return without_footer(found, words, shape, codec(source.encoding), skipped) if words else found


def _records(source: Source, shape: Shape, skipped: list[Skipped] | None) -> Iterator[Record]:
    with source.origin.open() as stream:
        lines = LineFeed(stream, source.origin.shown, source.line_end, source.encoding)
        _pass_header(lines, source)
        window = _WINDOW
        while lines.peek(0) is not None:
            seen = lines.held[lines.at : lines.at + window]
            texts = utf8_lines(seen, source.encoding)
            batch, used, size = _batch(seen, texts, lines.number, lines.offset, shape, skipped)
            yield from batch
            lines.skip(used, size)
            if used < len(seen):
                record = _examined(lines, shape, source.encoding)
                yield record
                lines.skip(record.last_line - record.first_line + 1, len(record.raw))
            # A window that gave little was read in vain: a narrow one keeps the work linear.
            window = min(window * 2, _WINDOW) if used * 2 >= len(seen) else _SMALL_WINDOW
        if lines.sha256() != source.sha256:
            raise InputError(f"{source.origin.shown} changed while it was read; load it again.")


def parse(raw: bytes, layout: Layout, context: str) -> tuple[str, ...]:
    """The cells of one readable record again, from its stored bytes; raises ``InputError`` if it is none."""
    del context
    try:
        # A byte order mark in a row is text: only the header can start a file.
        cells, problem = first_record([raw.decode(codec(layout.encoding))], layout.delimiter)
    except UnicodeDecodeError as error:
        raise InputError(f"a stored row is not {label(layout.encoding)}; load its file again.") from error
    if problem:
        raise InputError(f"a stored row cannot be read ({problem}); load its file again.")
    return _padded(cells, len(layout.header))


def written(cells: Sequence[str], layout: Layout) -> bytes:
    """A row with these cells, as ``parse`` reads it."""
    text = io.StringIO()
    csv.writer(text, delimiter=layout.delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue().encode(codec(layout.encoding))


def _padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """The cells of a good row, with those at its end that ``Shape.least`` lets be absent."""
    return cells if len(cells) == width else (*cells, *[""] * (width - len(cells)))


def _pass_header(lines: LineFeed, source: Source) -> None:
    lines.peek(source.header_last_line - 1)
    lines.skip(source.header_last_line, len(source.header_raw))


class _Window(NamedTuple):
    """Consecutive lines, and the rows that ``csv`` could make of them before it stumbled, if it did."""

    lines: list[bytes]
    texts: list[bytes]
    """The lines in UTF-8."""
    number: int
    """Physical line number of the first line."""
    offsets: list[int]
    """Where each line starts in the file, and where the last one ends."""
    rows: list[tuple[str, ...]]
    ends: list[int]
    """For each row: how many lines are read after it."""


def _batch(
    lines: list[bytes], texts: list[bytes], number: int, offset: int, shape: Shape, skipped: list[Skipped] | None
) -> tuple[Iterable[Record], int, int]:
    """The records of ``lines`` up to one that needs a closer look, the lines they take, and their bytes."""
    if not any(map(bytes.strip, texts, repeat(shape.blanks))):
        raw = b"".join(lines)
        _leave_out(skipped, Skipped(number, offset, raw))
        return (), len(lines), len(raw)
    rows, ends = _parsed(texts, shape.delimiter)
    offsets = list(accumulate(map(len, lines), initial=offset))
    plain = len(rows) == len(lines) and {shape.width}.issuperset(map(len, rows))
    if plain and all(map(bytes.strip, texts, repeat(shape.blanks))):
        numbers = range(number, number + len(lines))
        fields = zip(numbers, numbers, offsets, lines, rows, repeat(""), repeat(""), strict=False)
        return map(_as_record, fields), len(lines), offsets[-1] - offset
    found, used = _one_by_one(_Window(lines, texts, number, offsets, rows, ends), shape, skipped)
    return found, used, offsets[used] - offset


def _parsed(lines: list[bytes], delimiter: str) -> tuple[list[tuple[str, ...]], list[int]]:
    rows: list[tuple[str, ...]] = []
    ends: list[int] = []
    reader = csv.reader(map(bytes.decode, lines), delimiter=delimiter, strict=True)
    with suppress(csv.Error, UnicodeDecodeError):
        for cells in reader:
            rows.append(tuple(cells))
            ends.append(reader.line_num)
    return rows, ends


def _one_by_one(window: _Window, shape: Shape, skipped: list[Skipped] | None) -> tuple[list[Record], int]:
    """The records up to the first of several lines that is not sound, and how many lines they take."""
    lines, texts, number, offsets, rows, ends = window
    found: list[Record] = []
    start = 0
    for cells, end in zip(rows, ends, strict=True):
        raw = lines[start] if end - start == 1 else b"".join(lines[start:end])
        text = texts[start] if end - start == 1 else b"".join(texts[start:end])
        first, last, offset = number + start, number + end - 1, offsets[start]
        if not text.strip(shape.blanks):
            _leave_out(skipped, Skipped(first, offset, raw))
        elif not shape.fault(cells) and (end - start == 1 or sound(text, shape.delimiter)):
            found.append(_as_record((first, last, offset, raw, _padded(cells, shape.width), "", "")))
        elif end - start == 1:
            found.append(Record(first, last, offset, raw, None, shape.fault(cells)))
        else:
            break
        start = end
    # csv refuses a blank line that holds a carriage return; it is a blank line all the same.
    if start < len(lines) and not texts[start].strip(shape.blanks):
        _leave_out(skipped, Skipped(number + start, offsets[start], lines[start]))
        start += 1
    return found, start


def _leave_out(skipped: list[Skipped] | None, blank: Skipped) -> None:
    if skipped is not None:
        leave_out(skipped, blank)


def _examined(lines: LineFeed, shape: Shape, encoding: str) -> Record:
    def peek(ahead: int) -> bytes | None:
        line = lines.peek(ahead)
        return None if line is None else utf8_line(line, encoding)

    finding = examine(peek, shape)
    taken = lines.held[lines.at : lines.at + len(finding.lines)]
    problem = bad_byte(taken, encoding) or finding.problem
    last_line = lines.number + len(taken) - 1
    cells = None if problem else _padded(finding.cells, shape.width)
    return Record(lines.number, last_line, lines.offset, b"".join(taken), cells, problem)
