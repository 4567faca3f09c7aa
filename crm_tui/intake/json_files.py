"""JSON and JSON Lines: one source for each table that the payloads of a file are of.

A document is read whole, up to ``DOCUMENT_LIMIT``; lines are streamed.  Each record's bytes are exactly its value,
or its line; what lies around the records is left out with the first source of the file, so that all of its sources
together give the file back byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.columns import in_table_order
from crm_tui.intake.json_text import SPACE, Span, Unreadable, after_space
from crm_tui.intake.json_text import parse as parse_text
from crm_tui.intake.lines import LineFeed, survey
from crm_tui.intake.origin import Origin
from crm_tui.intake.pages import Page, is_failure, page
from crm_tui.intake.payloads import UNDECLARED, Envelope, Found, again, cells, found, undeclared
from crm_tui.intake.source import ABSENT, BLANK, Hollow, Layout, Opened, Overrides, Record, Skipped, Source, leave_out
from crm_tui.systems.declare import Table
from crm_tui.systems.paths import Value, compact
from crm_tui.systems.unknown import PAYLOADS

DOCUMENT, LINES = "json", "jsonl"

DOCUMENT_LIMIT = 64 << 20
"""Bytes of a JSON document; JSON Lines may be of any size."""
_OTHERS_LIMIT = 1_000
"""Members that a table does not declare and that have a column of their own; the rest shares ``REST``."""
REST = f"{UNDECLARED}…"
_GIVEN_LIMIT = 64 << 20
"""Characters that the records of one file may take from the envelopes around them."""
_LEAST = 16
"""Bytes of a record below which it holds next to nothing."""
_LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""
ENVELOPE = "envelope"
"""Why bytes around records are left out: they belong to none of them."""
_SHARED = 255
"""Stands for no table, or more than one."""
_SAMPLE = 50
"""Lines that are looked at to tell JSON Lines from a document."""


def sniff(head: bytes) -> bool:
    """Whether the content starts like an object or a list."""
    return head.removeprefix(BOM).lstrip(SPACE)[:1] in (b"{", b"[")


def never(head: bytes) -> bool:
    """JSON Lines are told from a document once the content is known to be JSON."""
    del head
    return False


class _Chunk(NamedTuple):
    """Bytes that are read by themselves: the document, or one line; without the byte order mark."""

    data: bytes
    offset: int
    line: int
    """Physical line of the first byte, from 1."""


class Seen:
    """What the records of one table have shown so far."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.names = dict.fromkeys(column.name for column in table.columns if column.path and table.payload)
        """The columns of the table that a payload can fill, then other members in order of appearance."""
        self.pages: list[Page] = []
        self._limit = len(self.names) + _OTHERS_LIMIT

    def note(self, names: Iterable[str]) -> None:
        """Give members that are new a column each while there is room."""
        for name in names:
            if name not in self.names:
                self.names[name if len(self.names) < self._limit else REST] = None


def open_content(origin: Origin, overrides: Overrides) -> Opened:
    """The sources of a JSON file; raises ``InputError`` when it is too long or changes while it is read."""
    del overrides
    surveyed = survey(origin)
    lines = _are_lines(origin.name, surveyed.head)
    if not lines and surveyed.size > DOCUMENT_LIMIT:
        raise InputError(
            f"{origin.shown} is a JSON document over {DOCUMENT_LIMIT >> 20} MB; save it as JSON Lines or in parts."
        )
    format = LINES if lines else DOCUMENT
    bom = BOM if surveyed.head.startswith(BOM) else b""
    seen, whose = _survey_records(origin, format, surveyed.sha256)
    sources = [
        Source(
            origin=origin,
            format=format,
            table=one.table,
            sha256=surveyed.sha256,
            size=surveyed.size,
            header=tuple(one.names),
            header_sha256=hashlib.sha256(b"" if number else bom).hexdigest(),
            header_raw=b"" if number else bom,
            part=one.table.name if len(seen) > 1 else "",
            encoding="utf-8-sig" if bom else "utf-8",
            pages=tuple(one.pages),
            holds_rest=not number,
            holds=_holding(whose, number) if lines and len(seen) > 1 else b"",
        )
        for number, one in enumerate(seen)
    ]
    return Opened(tuple(sources))


def _holding(whose: bytes, number: int) -> bytes:
    """Which lines a source has to look at: its own, and those that are not of one source alone."""
    kept = bytearray(256)
    kept[number] = kept[_SHARED] = 1
    return whose.translate(bytes(kept))


def _survey_records(origin: Origin, format: str, sha256: str) -> tuple[list[Seen], bytes]:
    """The tables of a file in the order of their first records, with the names that these use.

    And for each chunk the place of the one table that all of it is a record of, or ``_SHARED``.
    """
    seen: dict[str, Seen] = {}
    whose = bytearray()
    given = 0
    hollow = Hollow(origin.shown, "payloads")
    envelopes: list[Envelope] = []
    for chunk in _chunks(origin, format, sha256):
        tables: list[str] = []
        end = 0
        for one in found(chunk.data, envelopes):
            whole = one.table is not None and _span(chunk, one, format) == Span(0, len(chunk.data))
            tables.append(one.table.name if one.table and whole else "")
            hollow.note(one.table in (None, PAYLOADS) or one.span.end - one.span.start < _LEAST)
            # The records of a body that was captured as a text take the bytes of all of it, each.
            given += len(one.context) + max(0, end - one.span.start)
            end = one.span.end
            if given > _GIVEN_LIMIT:
                raise InputError(f"{origin.shown} has one envelope for too many records; split the request into parts.")
            if one.table is None:
                continue
            known = seen.setdefault(one.table.name, Seen(one.table))
            known.note(undeclared(one))
            if one.table is PAYLOADS and is_failure(one.record):
                known.pages.append(Page(0, failed=True))
        whose.append(_place(list(seen), tables))
    for table, members, count in envelopes:
        seen.setdefault(table.name, Seen(table)).pages.append(page(members, count))
    return list(seen.values()) or [Seen(PAYLOADS)], bytes(whose)


def _place(seen: list[str], tables: list[str]) -> int:
    """The place of the table of which a chunk is one record; ``_SHARED`` where it is more or less than that."""
    place = seen.index(tables[0]) if len(tables) == 1 and tables[0] else _SHARED
    return min(place, _SHARED)


def records(source: Source, skipped: list[Skipped]) -> Iterator[Record]:
    """The records of one table of the file; with its first source what lies between the records of them all."""
    places = {name: place for place, name in enumerate(source.header)}
    for number, chunk in enumerate(_chunks(source.origin, source.format, source.sha256)):
        if not any(source.holds[number : number + 1] or b"\1"):
            continue
        lines = _Lines(chunk)
        at = 0
        for one in found(chunk.data):
            span = _span(chunk, one, source.format)
            if source.holds_rest:
                _leave_out(skipped, lines, Span(at, span.start))
            at = max(at, span.end)
            if one.table.name == source.table.name if one.table else source.holds_rest:
                yield _record(lines, one, span, places)
        if source.holds_rest:
            _leave_out(skipped, lines, Span(at, len(chunk.data)))


def _span(chunk: _Chunk, one: Found, format: str) -> Span:
    """Where a record lies: of lines, one that is alone in its line takes all of it."""
    end = len(chunk.data)
    alone = after_space(chunk.data, 0) == one.span.start and after_space(chunk.data, one.span.end) == end
    return Span(0, end) if format == LINES and alone else one.span


class _Lines:
    """The physical lines of the places in a chunk; asked for in their order."""

    def __init__(self, chunk: _Chunk) -> None:
        self.chunk = chunk
        self._at = 0
        self._line = chunk.line

    def line(self, at: int) -> int:
        """The line in which the byte at ``at`` stands."""
        if at < self._at:
            return self._line - self.chunk.data.count(b"\n", at, self._at)
        self._line += self.chunk.data.count(b"\n", self._at, at)
        self._at = at
        return self._line


def _record(lines: _Lines, one: Found, span: Span, places: Mapping[str, int]) -> Record:
    chunk = lines.chunk
    raw = chunk.data[span.start : span.end]
    first = lines.line(span.start)
    last = first + raw.rstrip(SPACE).count(b"\n")
    problem = one.problem
    named: tuple[str, ...] | None = None
    if not problem:
        try:
            named = aligned(cells(one), places)
        except Unreadable as error:
            problem = str(error)
    return Record(first, last, chunk.offset + span.start, raw, named, problem, one.context)


def aligned(named: Mapping[str, str], places: Mapping[str, int]) -> tuple[str, ...]:
    """The cells in the order of the header; those for which it has no place together in one."""
    row = [ABSENT] * len(places)
    rest: dict[str, Value] = {}
    for name, text in named.items():
        if name in places:
            row[places[name]] = text
        else:
            rest[name] = text
    if rest and REST in places:
        row[places[REST]] = compact(rest)
    return tuple(row)


def _leave_out(skipped: list[Skipped], lines: _Lines, span: Span) -> None:
    raw = lines.chunk.data[span.start : span.end]
    if raw:
        reason = ENVELOPE if raw.strip(SPACE) else BLANK
        leave_out(skipped, Skipped(lines.line(span.start), lines.chunk.offset + span.start, raw, reason))


def parse(raw: bytes, layout: Layout, context: str) -> tuple[str, ...]:
    """The cells of one stored record again; raises ``InputError`` if it is none."""
    try:
        one = again(layout.table, raw, context)
        return aligned(cells(one), {name: place for place, name in enumerate(layout.header)})
    except Unreadable as error:
        raise InputError(f"a stored record cannot be read ({error}); load its file again.") from error


def named(table: Table, header: Sequence[str]) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """A function from the cells of a record to ``{column: text}``, without those that are absent."""
    names = in_table_order(table, header) if table.payload is None else lambda row: dict(zip(header, row, strict=True))
    return lambda row: {name: text for name, text in names(row).items() if text is not ABSENT}


def contents(source: Source) -> Iterator[bytes]:
    """What of a file is read by itself: the document, or each line; raises as ``records``."""
    return (chunk.data for chunk in _chunks(source.origin, source.format, source.sha256))


def _chunks(origin: Origin, format: str, sha256: str) -> Iterator[_Chunk]:
    """The document, or its lines; raises ``InputError`` where these are not the bytes that were opened."""
    with origin.open() as stream:
        if format == DOCUMENT:
            data = stream.read()
            digest = hashlib.sha256(data).hexdigest()
            start = len(BOM) if data.startswith(BOM) else 0
            yield _Chunk(data[start:], start, 1)
        else:
            feed = LineFeed(stream, origin.shown, "\n")
            while (line := feed.peek(0)) is not None:
                start = len(BOM) if not feed.offset and line.startswith(BOM) else 0
                taken = [line] if line.strip(SPACE) else feed.blank(SPACE)
                data = line if len(taken) == 1 else b"".join(taken)
                yield _Chunk(data[start:], feed.offset + start, feed.number)
                feed.skip(len(taken), len(data))
            digest = feed.sha256()
    if digest != sha256:
        raise InputError(f"{origin.shown} changed while it was read; load it again.")


def _are_lines(name: str, head: bytes) -> bool:
    """Whether each line is a value by itself: two of them in a row never are within one document."""
    if name.lower().endswith(_LINE_SUFFIXES):
        return True
    lines = [line for line in head.removeprefix(BOM).split(b"\n")[: _SAMPLE + 1] if line.strip(SPACE)]
    alone = [_stands_alone(line) for line in lines]
    return len(alone) > 1 and (alone[0] or any(one and other for one, other in pairwise(alone)))


def _stands_alone(line: bytes) -> bool:
    try:
        return isinstance(parse_text(line), (dict, list))
    except Unreadable:
        return False
