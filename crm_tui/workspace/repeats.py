"""Which rows of one load have the same event id, and whether their cells are equal too."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from crm_tui.classify.event import row_id, without_blank_words
from crm_tui.classify.facts import Repeat
from crm_tui.intake.formats import named, parse
from crm_tui.intake.source import Record, Source
from crm_tui.systems import SYSTEMS

_NONE = Repeat.NONE
_MARKS = 1 << 24


@dataclass
class _Seen:
    """What was seen of an event id that stands in several rows."""

    cells: dict[bytes, int] = field(default_factory=dict)
    """Digest of the cells → record id of the first row that has them."""
    count: int = 1


class Repeats:
    """The event ids of a load.

    Of an id that stands in one row, and nearly all do, only a mark is kept that other ids may share.  Which row has it
    is asked of the workspace when the mark is there already, and its cells are read back when a second row has come.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.touched: set[int] = set()
        """Records to be judged again, because a later row has their event id and other cells."""
        self._connection = connection
        self._sources: dict[int, Source] = {}
        self._source: Source | None = None
        self._marks = bytearray(_MARKS)
        """At the last digits of a row id: whether the first row of an event id has such a one."""
        self._seen: dict[int, _Seen] = {}

    def come_to(self, source_id: int, source: Source) -> None:
        """Say of which source the rows are that follow."""
        self._sources[source_id] = self._source = source

    def identify(self, event_id: str, record: Record, numbered: Callable[[str], int]) -> tuple[str, int, Repeat]:
        """(row id, record id, what earlier rows say of the event id); ``numbered`` gives the record id of a row id."""
        assert self._source is not None
        table, scope = self._source.table, self._source.scope
        own = event_id or f"\0{_digest(self._source, record.cells, record.raw).hex()}"
        name = row_id(table.system, table.kind, scope, own, 0)
        number = int(name[len("row-") :], 16)
        mark = number % _MARKS
        first = self._first(name) if self._marks[mark] else None
        if first is None:
            self._marks[mark] = 1
            return name, numbered(name), _NONE
        seen = self._seen.get(number)
        if seen is None:
            seen = self._seen[number] = _Seen({self._stored_digest(first): first} if event_id else {})
        name = row_id(table.system, table.kind, scope, own, seen.count)
        seen.count += 1
        record_id = numbered(name)
        if not event_id:
            return name, record_id, Repeat.NONE
        digest = _digest(self._source, record.cells, record.raw)
        if digest in seen.cells:
            return name, record_id, Repeat.SAME_CELLS
        # A second version of an event id makes the first versions conflicts too.
        self.touched.update(seen.cells.values())
        self.touched.discard(record_id)
        seen.cells[digest] = record_id
        return name, record_id, Repeat.OTHER_CELLS

    def _first(self, name: str) -> int | None:
        """The record id of a row id that this load has brought."""
        sql = "SELECT id, source_id FROM record WHERE row_id = ?"
        found = self._connection.execute(sql, (name,)).fetchone()
        return int(found[0]) if found and found[1] in self._sources else None

    def _stored_digest(self, record_id: int) -> bytes:
        source_id, raw, context, problem = self._connection.execute(
            "SELECT source_id, raw, context, problem FROM record WHERE id = ?", (record_id,)
        ).fetchone()
        source = self._sources[source_id]
        return _digest(source, None if problem else parse(raw, source, context), raw)


def _digest(source: Source, row: tuple[str, ...] | None, raw: bytes) -> bytes:
    """16 bytes that equal cells share, whatever the quoting and the order of the columns, and however often it came."""
    if row is None:
        # In UTF-16 and UTF-32 there are NUL bytes in a line end.
        return hashlib.blake2b(raw.rstrip(b"\r\n\0"), digest_size=16).digest()
    cells = without_blank_words(source.table, named(source)(row))
    delivery = SYSTEMS[source.table.system].delivery
    said = "\0".join(f"{name}\1{text}" for name, text in sorted(cells.items()) if name not in delivery)
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
