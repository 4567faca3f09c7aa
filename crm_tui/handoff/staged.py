"""The files under ``staged/``: what each destination imports, how to take it back, and which row is where.

All follow from ``rows.jsonl`` alone, so a verifier makes them again and compares every byte.  An import file has
exactly the vendor's headers and values; ids and keys of its rows are in ``staged/index.jsonl``.  Nothing is ever sent.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crm_tui import canonical
from crm_tui.classify.mapped_row import Filled, Line, Loss, Mapped
from crm_tui.classify.mapping import inverse, irreversible, mapped
from crm_tui.classify.staging import shortfalls
from crm_tui.handoff.csv_view import csv_line
from crm_tui.handoff.rows import READY, Row
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


@dataclass(slots=True)
class _Entry:
    """One staged row on its way into the files: both directions of it."""

    row: Row
    staged: Staged
    ways: dict[str, tuple[Mapped, ...]]
    """Prefix of the file names (forward or back) → its parts."""
    places: dict[str, list[Place]] = field(default_factory=lambda: {_FORWARD: [], _BACK: []})


def render_staged(rows: Sequence[Row]) -> dict[str, bytes]:
    """Every file under ``staged/`` by name, sorted; empty when no row writes anything."""
    entries = [_entry(row) for row in rows if row["status"] == READY and row["operation"] != Outcome.NO_WRITE.value]
    if not entries:
        return {}
    _thin_out(entries, MAX_SHAPES)
    files = _files(entries)
    if len(files) > MAX_MEMBERS:
        _thin_out(entries, 0)
        files = _files(entries)
    files[INDEX] = b"".join(canonical.dumps(_listed(entry)) + b"\n" for entry in entries)
    return dict(sorted(files.items()))


def has_formula(data: bytes) -> bool:
    """Whether a cell of an import file could be run by a spreadsheet."""
    rows = csv.reader(io.StringIO(data.decode(), newline=""))
    return any(runs_as_formula(cell) for row in rows for cell in row)


def shortfalls_of(row: Row) -> str:
    """What the destination of a ready row does not take, and what is filled in as a default; ``""`` for nothing."""
    writes = row["status"] == READY and row["operation"] != Outcome.NO_WRITE.value
    return " ".join(shortfalls(staged_of(row), TABLES[row["table"]])) if writes else ""


def staged_of(row: Row) -> Staged:
    """The staged row that a row of ``rows.jsonl`` carries."""
    values = {item["field"]: item["value"] for item in row["staged"]}
    before = {item["field"]: item["before"] for item in row["staged"]}
    return Staged(row["target"], row["object"], Outcome(row["operation"]), row["target_id"], values, before)


def _entry(row: Row, *, files: bool = True) -> _Entry:
    staged = staged_of(row)
    back = inverse(staged)
    table = TABLES[row["table"]]
    ways = {_FORWARD: mapped(staged, table, files=files), _BACK: mapped(back, table, files=files) if back else ()}
    return _Entry(row, staged, ways)


def _thin_out(entries: list[_Entry], most: int) -> None:
    """Leave each kind of update its ``most`` commonest sets of columns as files; the rest become requests."""
    for prefix in (_FORWARD, _BACK):
        shapes = Counter(_shape(part) for entry in entries for part in entry.ways[prefix] if _is_update(part))
        kept: set[tuple[str, ...]] = set()
        used: Counter[tuple[str, ...]] = Counter()
        for shape, _ in sorted(shapes.items(), key=lambda item: (-item[1], item[0])):
            used[shape[:3]] += 1
            if used[shape[:3]] <= most:
                kept.add(shape)
        for entry in entries:
            if any(_is_update(part) and _shape(part) not in kept for part in entry.ways[prefix]):
                entry.ways[prefix] = _entry(entry.row, files=False).ways[prefix]


def _is_update(part: Mapped) -> bool:
    return part.file is not None and bool(part.file.id_header)


def _shape(part: Mapped) -> tuple[str, ...]:
    """What one file holds: system, object, operation, and for updates the columns that are set."""
    columns = tuple(part.cells) if _is_update(part) else ()
    return (part.system, part.object, part.operation.value, *columns)


def _files(entries: Sequence[_Entry]) -> dict[str, bytes]:
    """All files but the index; each entry learns where it stands."""
    found: dict[str, bytes] = {}
    for prefix in (_FORWARD, _BACK):
        tables: dict[tuple[str, ...], list[tuple[_Entry, Mapped]]] = {}
        requests: dict[str, list[tuple[_Entry, int, Line]]] = {}
        for entry in entries:
            entry.places[prefix].clear()
            step = 0
            for part in entry.ways[prefix]:
                if part.file is not None:
                    tables.setdefault(_shape(part), []).append((entry, part))
                for line in part.lines:
                    step += 1
                    requests.setdefault(part.system, []).append((entry, step, line))
        found |= _tables(prefix, tables) | _requests(prefix, requests)
    return found


def _tables(prefix: str, tables: Mapping[tuple[str, ...], list[tuple[_Entry, Mapped]]]) -> dict[str, bytes]:
    named: dict[tuple[str, ...], list[_Chunk]] = {}
    for shape, members in sorted(tables.items()):
        file = members[0][1].file
        assert file is not None
        cells = [dict(part.cells) for _, part in members]
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
    """One file before it has its name, and the entries of its rows in order."""

    data: bytes
    entries: list[_Entry]


def _chunks(head: bytes, lines: Sequence[bytes], file: ImportFile) -> Iterable[tuple[bytes, tuple[int, int]]]:
    """Files of at most the importer's rows and bytes: (content, first and last but one line)."""
    start, size = 0, len(head)
    for number, line in enumerate(lines):
        full = size + len(line) > file.max_bytes or number - start >= file.max_rows
        if full and number > start:
            yield head + b"".join(lines[start:number]), (start, number)
            start, size = number, len(head)
        size += len(line)
    yield head + b"".join(lines[start:]), (start, len(lines))


_NO_LIMIT = ImportFile("", Outcome.UPDATE, (), max_rows=2**31, max_bytes=MAX_REQUEST_BYTES)


def _requests(prefix: str, requests: Mapping[str, list[tuple[_Entry, int, Line]]]) -> dict[str, bytes]:
    named = {}
    for system, members in sorted(requests.items()):
        lines = [_request(entry.row, step, line) for entry, step, line in members]
        chunks = _chunks(b"", lines, _NO_LIMIT)
        named[f"{system}-requests"] = [_Chunk(data, [members[i][0] for i in range(*span)]) for data, span in chunks]
    return _numbered(prefix, named, "jsonl")


def _numbered(prefix: str, named: Mapping[str, list[_Chunk]], suffix: str) -> dict[str, bytes]:
    found = {}
    for name, chunks in named.items():
        for number, chunk in enumerate(chunks, 1):
            part = f"-{number:02d}" if len(chunks) > 1 else ""
            path = f"{STAGED}{prefix}{name}{part}.{suffix}"
            found[path] = chunk.data
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
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _listed(entry: _Entry) -> dict[str, Any]:
    """The index line of a row: where it stands, how it is taken back, what is lost and what was filled in."""
    row, parts = entry.row, entry.ways[_FORWARD]
    hows = dict.fromkeys(part.file.how for part in parts if part.file is not None)
    return {
        "row_id": row["row_id"],
        "idempotency_key": row["idempotency_key"],
        "first_ready_seq": row["first_ready_seq"],
        "system": row["target"],
        "object": row["object"],
        "operation": row["operation"],
        "target_id": row["target_id"],
        "sent": SENT,
        "at": [place._asdict() for place in entry.places[_FORWARD]],
        "inverse": [place._asdict() for place in entry.places[_BACK]],
        "irreversible": list(irreversible(entry.staged)),
        "precondition": [
            {"field": name, "value": before} for name, before in entry.staged.before.items() if before is not None
        ],
        "losses": _pairs(loss for part in parts for loss in part.losses),
        "inverse_losses": _pairs(loss for part in entry.ways[_BACK] for loss in part.losses),
        "defaults": _pairs(filled for part in parts for filled in part.defaults),
        "notes": [note for part in parts for note in part.notes] + [how for how in hows if how],
    }


def _pairs(items: Iterable[Loss | Filled]) -> list[dict[str, str]]:
    return [item._asdict() for item in items]
