"""Every format that is read, and the way from a file to its sources; a new format is one module and one row here.

A format's module has ``sniff``, ``open_content``, ``records`` and ``parse``, as ``Format`` describes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake import archive, json_files, mbox, sheets, soap, table
from crm_tui.intake.columns import by_names, in_table_order, of_table
from crm_tui.intake.origin import Origin
from crm_tui.intake.pages import NOTE, Page, gaps
from crm_tui.intake.source import NOTHING_SAID, Hollow, Layout, Opened, Overrides, Record, Skipped, Source, together
from crm_tui.systems.declare import Table
from crm_tui.systems.router import is_carried

__all__ = ["FORMATS", "Format", "named", "noted", "open_sources", "parse", "places", "records"]


class Format(NamedTuple):
    """How one format is read."""

    sniff: Callable[[bytes], bool]
    """Whether a content that starts with these bytes (64 KiB, or all of it) is of this format."""
    open: Callable[[Origin, Overrides], Opened]
    """The sources of a content, each of one table; raises ``InputError`` when it has none."""
    records: Callable[[Source, list[Skipped]], Iterator[Record]]
    """The records of a source in order, what was left out appended to the list; raises ``InputError``."""
    parse: Callable[[bytes, Layout, str], tuple[str, ...]]
    """The cells of a stored record again, from its bytes and its context."""
    named: Callable[[Table, Sequence[str]], Callable[[tuple[str, ...]], dict[str, str]]] = in_table_order
    """A function from the cells of a record of a table to ``{column: text}``."""
    written: Callable[[Sequence[str], Layout], bytes] | None = None
    """The bytes that ``parse`` reads as these cells; ``None`` where a record is more than its cells."""


FORMATS: dict[str, Format] = {
    sheets.NAME: Format(sheets.sniff, sheets.open_content, sheets.records, sheets.parse, written=sheets.written),
    json_files.DOCUMENT: Format(
        json_files.sniff, json_files.open_content, json_files.records, json_files.parse, json_files.named
    ),
    json_files.LINES: Format(
        json_files.never, json_files.open_content, json_files.records, json_files.parse, json_files.named
    ),
    mbox.NAME: Format(mbox.sniff, mbox.open_content, mbox.records, mbox.parse, json_files.named),
    soap.NAME: Format(soap.sniff, soap.open_content, soap.records, soap.parse, json_files.named),
    table.NAME: Format(table.sniff, table.open_content, table.records, table.parse, of_table, table.written),
}
"""By name, in the order in which they are tried; a table of text last, since any bytes may be one."""

_PAYLOADS = (json_files.DOCUMENT, json_files.LINES)
_LEAST = 4
"""Characters of all cells of a row below which it holds next to nothing."""
_SHORT = 16
"""Bytes beside its separators that such a row has at most."""
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as XLSX or CSV"),
    (b"%PDF", "a PDF", "save it as CSV in UTF-8"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and load the files"),
    (b"Rar!", "a RAR archive", "unpack it and load the files"),
    (b"BZh", "a bzip2 file", "unpack it and load the files"),
    (b"\xfd7zXZ", "an xz file", "unpack it and load the files"),
    (b"SQLite format 3\0", "a database", "export its tables as CSV"),
)
_TAR = (257, b"ustar")


def open_sources(path: Path, overrides: Overrides = NOTHING_SAID) -> Opened:
    """Everything that a file holds; what of it cannot be read is told beside it.

    Raises ``InputError`` when nothing of the file can be read.
    """
    packed = archive.unpacked(path)
    opened = together((Opened((), packed.problems, packed.notes), *(_opened(one, overrides) for one in packed.origins)))
    if not opened.sources and len(opened.problems) == 1:
        raise opened.problems[0]
    return replace(opened, sources=noted(opened.sources))


def noted(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources of one load, with a note on those whose encoding is a guess or whose pages are not all (X20)."""
    failed = any(page.failed for source in sources for page in source.pages)
    of_table: dict[str, list[Page]] = {}
    for source in sources:
        of_table.setdefault(source.table.name, []).extend(page for page in source.pages if not page.failed)
    told = {name: tuple(f"{NOTE}: {gap}" for gap in gaps(pages, failed=failed)) for name, pages in of_table.items()}
    return tuple(
        replace(source, notes=(*_guesses(source), *(told[source.table.name] if source.pages else ())))
        for source in sources
    )


def _guesses(source: Source) -> tuple[str, ...]:
    if "encoding" not in source.guessed:
        return ()
    return (f"read as {source.encoding}, which is a guess; look at its accents, or load it with --encoding",)


def _opened(origin: Origin, overrides: Overrides) -> Opened:
    try:
        head = origin.head()
        _refuse_foreign(origin, head)
        return next(one for one in FORMATS.values() if one.sniff(head)).open(origin, overrides)
    except InputError as error:
        return Opened(problems=(error,))


def _refuse_foreign(origin: Origin, head: bytes) -> None:
    start, magic = _TAR
    if head[start : start + len(magic)] == magic:
        raise InputError(f"{origin.shown} is a tar archive; unpack it and load the files.")
    for magic, kind, way_out in _FOREIGN:
        if head.startswith(magic):
            raise InputError(f"{origin.shown} is {kind}; {way_out}.")
    if origin.container and archive.is_archive(head) and not sheets.is_workbook(origin):
        raise InputError(f"{origin.shown} is an archive within an archive; unpack it and load the files.")


def records(source: Source, skipped: list[Skipped] | None = None) -> Iterator[Record]:
    """The records of ``source`` in order; with ``skipped`` they account for each byte (see ``Source``).

    Raises ``InputError`` when the file cannot be read on, or is no longer the one that was opened, which may show
    only at its end.  Damaged records raise nothing (see ``Record.problem``) as long as others outnumber them
    (``Hollow``).
    """
    found = FORMATS[source.format].records(source, [] if skipped is None else skipped)
    # Of payloads it is known since they were opened.
    return found if source.format in _PAYLOADS else _counted(found, source)


def _counted(found: Iterator[Record], source: Source) -> Iterator[Record]:
    hollow = Hollow(source.origin.shown)
    short = len(source.header) + _SHORT
    for record in found:
        cells = record.cells
        hollow.note(cells is None or (len(record.raw) < short and sum(map(len, cells)) < _LEAST))
        yield record


def parse(raw: bytes, layout: Layout, context: str = "") -> tuple[str, ...]:
    """The cells of one readable record again, from its stored bytes; raises ``InputError`` if it is none."""
    return FORMATS[layout.format].parse(raw, layout, context)


def named(layout: Layout) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """A function from the cells of a source's records to ``{column: text}``, as ``in_table_order`` names them."""
    if layout.names:
        return by_names(layout.table, layout.names)
    return FORMATS[layout.format].named(layout.table, layout.header)


def places(layout: Layout) -> Mapping[str, int] | None:
    """Column → its position in ``Record.cells``; ``None`` where that differs from record to record."""
    carried = not layout.names and is_carried(layout.table, layout.header)
    if FORMATS[layout.format].written is None or carried:
        return None
    numbered = tuple(map(str, range(len(layout.header))))
    return {name: int(place) for name, place in named(layout)(numbered).items()}
