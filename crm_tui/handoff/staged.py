"""The files under ``staged/``: what each destination imports, how to take it back, and which row is where.

All follow from ``rows.jsonl`` alone, so a verifier makes them again and compares every byte.  An import file has
exactly the vendor's headers and values; ids and keys of its rows are in ``staged/index.jsonl``.  Nothing is ever sent.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crm_tui import canonical
from crm_tui.classify.mapped_row import Filled, Line, Loss, Mapped
from crm_tui.classify.mapping import inverse, irreversible, mapped
from crm_tui.classify.staging import shortfalls
from crm_tui.handoff.csv_view import csv_line
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.statement import VIEWS_VERSION
from crm_tui.handoff.view_words import loss_words
from crm_tui.model import Outcome, Staged
from crm_tui.systems import TABLES
from crm_tui.systems.imports import ImportFile
from crm_tui.text import runs_as_formula

STAGED = "staged/"
"""Folder of the files that one destination takes in; those that there are follow the others, by name."""
INDEX = f"{STAGED}index.jsonl"
MAX_SHAPES = 4
"""Files that one kind of update is spread over, by the columns it sets; rarer sets of columns become requests."""
MAX_REQUEST_BYTES = 10_000_000
"""Of one file of requests, as the bulk request of seed 002 allows (2.31)."""
MAX_MEMBERS = 40
"""Files under ``staged/``; where there would be more, everything that can be is staged as requests."""
SENT = "no"

_FORWARD, _BACK = "", "inverse-"


class Place(NamedTuple):
    """Where one staged row stands."""

    file: str
    row: int
    """Data row of a CSV, or line of a list of requests, from 1."""


class _Piece(NamedTuple):
    """A part of a staged row as it goes into the files: cells of an import file, or lines of a list of requests."""

    system: str
    shape: tuple[str, ...]
    """What one file holds: system, object, operation, and for updates the columns that are set."""
    file: ImportFile | None
    cells: Mapping[str, str]
    lines: tuple[bytes, ...]
    losses: tuple[Loss, ...]
    defaults: tuple[Filled, ...]
    notes: tuple[str, ...]

    @property
    def is_update(self) -> bool:
        """Whether it is a line of a file that changes records."""
        return self.file is not None and bool(self.file.id_header)


@dataclass(slots=True)
class _Entry:
    """One staged row on its way into the files: both directions of it."""

    number: int
    """Position of the row."""
    said: Mapping[str, Any]
    """What the index says of the row itself."""
    ways: dict[str, tuple[_Piece, ...]]
    """Prefix of the file names (forward or back) → its parts."""
    places: dict[str, list[Place]] = field(default_factory=lambda: {_FORWARD: [], _BACK: []})


class Staging:
    """The files of the rows that write something; of each row only what stands in the files is kept."""

    def __init__(self, rows: Sequence[Row], version: int = VIEWS_VERSION) -> None:
        """``rows`` are looked at again where one has to become a request after all; ``version`` is of their words."""
        self._rows = rows
        self._version = version
        self._entries: list[_Entry] = []

    def add(self, number: int, row: Row) -> None:
        """Take in the ready row at a position, with an operation other than ``no-write``; rows come by row id."""
        self._entries.append(_entry(number, row))

    def short(self) -> Iterator[int]:
        """Positions of the rows of which the destination does not take everything, or of which something is filled."""
        for entry in self._entries:
            if any(piece.losses or piece.defaults for piece in entry.ways[_FORWARD]):
                yield entry.number

    def files(self) -> dict[str, Iterable[bytes]]:
        """Every file under ``staged/`` by name, sorted, line by line; empty when no row writes anything."""
        if not self._entries:
            return {}
        self._thin_out(MAX_SHAPES)
        files = _files(self._entries)
        if len(files) > MAX_MEMBERS:
            self._thin_out(0)
            files = _files(self._entries)
        files[INDEX] = (canonical.dumps_own(_listed(entry, self._version)) + b"\n" for entry in self._entries)
        return dict(sorted(files.items()))

    def _thin_out(self, most: int) -> None:
        """Leave each kind of update its ``most`` commonest sets of columns as files; the rest become requests."""
        for prefix in (_FORWARD, _BACK):
            pieces = (piece for entry in self._entries for piece in entry.ways[prefix] if piece.is_update)
            shapes = Counter(piece.shape for piece in pieces)
            kept: set[tuple[str, ...]] = set()
            used: Counter[tuple[str, ...]] = Counter()
            for shape, _ in sorted(shapes.items(), key=lambda item: (-item[1], item[0])):
                used[shape[:3]] += 1
                if used[shape[:3]] <= most:
                    kept.add(shape)
            for entry in self._entries:
                if any(piece.is_update and piece.shape not in kept for piece in entry.ways[prefix]):
                    row = self._rows[entry.number]
                    entry.ways[prefix] = _entry(entry.number, row, files=False).ways[prefix]


def has_formula(data: bytes) -> bool:
    """Whether a cell of an import file could be run by a spreadsheet."""
    rows = csv.reader(io.StringIO(data.decode(), newline=""))
    return any(runs_as_formula(cell) for row in rows for cell in row)


def shortfalls_of(row: Row, version: int = VIEWS_VERSION) -> str:
    """What the destination of a staged row does not take, and what is filled in as a default; ``""`` for nothing."""
    return loss_words(" ".join(shortfalls(staged_of(row), TABLES[row["table"]])), version)


def lost_fields(row: Row) -> frozenset[str]:
    """The staged fields of a row that its destination does not take."""
    if row["operation"] == Outcome.MERGE:
        return frozenset()
    parts = mapped(staged_of(row), TABLES[row["table"]])
    return frozenset(loss.field for part in parts for loss in part.losses)


def staged_of(row: Row) -> Staged:
    """The staged row that a row of ``rows.jsonl`` carries."""
    values = {item["field"]: item["value"] for item in row["staged"]}
    before = {item["field"]: item["before"] for item in row["staged"] if item["before"] is not None}
    return Staged(row["target"], row["object"], Outcome(row["operation"]), row["target_id"], values, before)


def _entry(number: int, row: Row, *, files: bool = True) -> _Entry:
    staged = staged_of(row)
    back = inverse(staged)
    table = TABLES[row["table"]]
    ways = {_FORWARD: mapped(staged, table, files=files), _BACK: mapped(back, table, files=files) if back else ()}
    pieces = {prefix: tuple(_pieces(row, parts)) for prefix, parts in ways.items()}
    return _Entry(number, _said(row, staged), pieces)


def _said(row: Row, staged: Staged) -> dict[str, Any]:
    return {
        "row_id": row["row_id"],
        "idempotency_key": row["idempotency_key"],
        "first_ready_seq": row["first_ready_seq"],
        "system": row["target"],
        "object": row["object"],
        "operation": row["operation"],
        "target_id": row["target_id"],
        "sent": SENT,
        "irreversible": irreversible(staged),
        "precondition": [
            {"field": item["field"], "value": item["before"]} for item in row["staged"] if item["before"] is not None
        ],
    }


def _pieces(row: Row, parts: Sequence[Mapped]) -> Iterator[_Piece]:
    step = 0
    for part in parts:
        lines = tuple(_request(row, number, line) for number, line in enumerate(part.lines, step + 1))
        step += len(lines)
        columns = tuple(part.cells) if part.file is not None and part.file.id_header else ()
        shape = (part.system, part.object, part.operation.value, *columns)
        yield _Piece(part.system, shape, part.file, part.cells, lines, part.losses, part.defaults, part.notes)


def _files(entries: Sequence[_Entry]) -> dict[str, Iterable[bytes]]:
    """All files but the index; each entry learns where it stands."""
    found: dict[str, Iterable[bytes]] = {}
    for prefix in (_FORWARD, _BACK):
        tables: dict[tuple[str, ...], list[tuple[_Entry, _Piece]]] = {}
        requests: dict[str, list[tuple[_Entry, bytes]]] = {}
        for entry in entries:
            entry.places[prefix].clear()
            for piece in entry.ways[prefix]:
                if piece.file is not None:
                    tables.setdefault(piece.shape, []).append((entry, piece))
                requests.setdefault(piece.system, []).extend((entry, line) for line in piece.lines)
        found |= _tables(prefix, tables) | _requests(prefix, requests)
    return found


def _tables(prefix: str, tables: Mapping[tuple[str, ...], list[tuple[_Entry, _Piece]]]) -> dict[str, Iterable[bytes]]:
    named: dict[tuple[str, ...], list[_Chunk]] = {}
    for shape, members in sorted(tables.items()):
        file = members[0][1].file
        assert file is not None
        cells = [piece.cells for _, piece in members]
        present = {header for one in cells for header in one}
        header = [file.id_header] if file.id_header else []
        header += [slot.name for slot in file.slots if slot.name in present]
        lines = [csv_line([one.get(name, "") for name in header]).encode() for one in cells]
        chunks = _chunks(csv_line(header).encode(), lines, file)
        named.setdefault(shape[:3], []).extend(
            _Chunk(data, [members[i][0] for i in range(*span)]) for data, span in chunks
        )
    return _numbered(prefix, {f"{'-'.join(name)}": chunks for name, chunks in named.items()}, "csv")


class _Chunk(NamedTuple):
    """One file before it has its name, line by line, and the entries of its rows in order."""

    lines: Sequence[bytes]
    entries: list[_Entry]


def _chunks(head: bytes, lines: Sequence[bytes], file: ImportFile) -> Iterable[tuple[list[bytes], tuple[int, int]]]:
    """Files of at most the importer's rows and bytes: (head and lines, first and last but one line)."""
    start, size = 0, len(head)
    for number, line in enumerate(lines):
        full = size + len(line) > file.max_bytes or number - start >= file.max_rows
        if full and number > start:
            yield [head, *lines[start:number]], (start, number)
            start, size = number, len(head)
        size += len(line)
    yield [head, *lines[start:]], (start, len(lines))


_NO_LIMIT = ImportFile("", Outcome.UPDATE, (), max_rows=2**31, max_bytes=MAX_REQUEST_BYTES)


def _requests(prefix: str, requests: Mapping[str, list[tuple[_Entry, bytes]]]) -> dict[str, Iterable[bytes]]:
    named = {}
    for system, members in sorted(requests.items()):
        chunks = _chunks(b"", [line for _, line in members], _NO_LIMIT) if members else ()
        named[f"{system}-requests"] = [_Chunk(data, [members[i][0] for i in range(*span)]) for data, span in chunks]
    return _numbered(prefix, named, "jsonl")


def _numbered(prefix: str, named: Mapping[str, list[_Chunk]], suffix: str) -> dict[str, Iterable[bytes]]:
    found: dict[str, Iterable[bytes]] = {}
    for name, chunks in named.items():
        for number, chunk in enumerate(chunks, 1):
            part = f"-{number:02d}" if len(chunks) > 1 else ""
            path = f"{STAGED}{prefix}{name}{part}.{suffix}"
            found[path] = chunk.lines
            for position, entry in enumerate(chunk.entries, 1):
                entry.places[prefix].append(Place(path, position))
    return found


def _request(row: Row, step: int, line: Line) -> bytes:
    """One line; the keys of a body are the vendor's, so it is plain JSON: sorted, compact, UTF-8."""
    said: dict[str, Any] = {
        "row_id": row["row_id"],
        "idempotency_key": row["idempotency_key"],
        "step": step,
        "sent": SENT,
        "method": line.method,
        "path": line.path,
        "headers": dict(line.headers),
        "body": line.body,
        "precondition": [{"field": name, "value": value} for name, value in line.before],
        "fill_in": dict(line.fill_in),
        "read_first": line.read_first,
        "whole_lists": list(line.whole_lists),
        "cleared": list(line.cleared),
    }
    if _has_fraction(line.body):
        return _PLAIN_JSON.encode(said).encode() + b"\n"
    return canonical.dumps_own(said) + b"\n"


def _has_fraction(value: object) -> bool:
    """Whether a number in a body is no whole one: the quick writer spells those in another way."""
    if isinstance(value, dict):
        return any(map(_has_fraction, value.values()))
    return any(map(_has_fraction, value)) if isinstance(value, list) else isinstance(value, float)


_PLAIN_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _listed(entry: _Entry, version: int) -> dict[str, Any]:
    """The index line of a row: where it stands, how it is taken back, what is lost and what was filled in."""
    parts = entry.ways[_FORWARD]
    hows = dict.fromkeys(part.file.how for part in parts if part.file is not None)
    return {
        **entry.said,
        "at": [place._asdict() for place in entry.places[_FORWARD]],
        "inverse": [place._asdict() for place in entry.places[_BACK]],
        "losses": _losses(parts, version),
        "inverse_losses": _losses(entry.ways[_BACK], version),
        "defaults": [filled._asdict() for part in parts for filled in part.defaults],
        "notes": [note for part in parts for note in part.notes] + [how for how in hows if how],
    }


def _losses(parts: Iterable[_Piece], version: int) -> list[dict[str, str]]:
    return [{"field": loss.field, "why": loss_words(loss.why, version)} for part in parts for loss in part.losses]
