"""What a workspace holds, read back: its sources, its policy, its maps, and the event of a stored record."""

from __future__ import annotations

import json
import sqlite3
from codecs import lookup
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_tui.classify.event import Event, read_event, unreadable_event
from crm_tui.classify.policy import Policy, parse_policy
from crm_tui.errors import WorkspaceError
from crm_tui.identity.contact_map import ContactIndex, Contacts
from crm_tui.identity.keys import Keyring
from crm_tui.identity.map_reading import MapRow, build_contacts
from crm_tui.intake.encoding import codec
from crm_tui.intake.formats import FORMATS, named, parse
from crm_tui.systems import TABLES
from crm_tui.systems.declare import Kind, Role, Table
from crm_tui.workspace.kept_contacts import Part, keep_contacts, kept_contacts
from crm_tui.workspace.store import Store

if TYPE_CHECKING:
    from crm_tui.intake.column_map import ColumnMap


class SourceRow(NamedTuple):
    """One loaded file, as stored."""

    id: int
    load_seq: int
    name: str
    table_name: str
    sha256: str
    size: int
    """Bytes."""
    rows: int
    format: str
    encoding: str
    delimiter: str
    guessed: str
    """What of encoding and delimiter is a guess, as words."""
    line_end: str
    header: tuple[str, ...]
    header_sha256: str
    notes: tuple[str, ...]
    """What the reviewer should know of it, one clause each."""
    base: bool
    """Whether the file is an older export, given as what was last agreed to; its rows are not judged."""
    map_name: str
    """What the column map calls the table by which it is read; ``""`` without one."""
    names: tuple[str, ...]
    """The columns that the header stands for by that map; ``()`` without one."""

    @property
    def role(self) -> str:
        """What the file is in the review: the kind of its rows, or ``baseline``."""
        return "baseline" if self.base else self.table.kind.value

    @property
    def judged(self) -> bool:
        """Whether the rows are judged and counted."""
        return self.table.kind.judged and not self.base

    @property
    def table(self) -> Table:
        """What the file was recognised as."""
        return TABLES[self.table_name]

    def cells(self, raw: bytes, context: str) -> dict[str, str]:
        """Column name → text of one stored record."""
        return _named_by(self)(parse(raw, self, context))


@lru_cache(maxsize=64)
def _named_by(source: SourceRow) -> Callable[[tuple[str, ...]], dict[str, str]]:
    return named(source)


def disconnected(connection: sqlite3.Connection, sources: Mapping[int, SourceRow], keyring: Keyring) -> frozenset[str]:
    """The systems of which the last event of an app says that it was removed."""
    telling = [source.id for source in sources.values() if source.table.of(Role.CONNECTION) and source.judged]
    if not telling:
        return frozenset()
    rows = connection.execute(
        "SELECT source_id, raw, context, problem FROM record"
        " WHERE queue <> 'error' AND source_id IN (SELECT value FROM json_each(?)) ORDER BY event_at, id",
        (json.dumps(telling),),
    )
    last: dict[str, str] = {}
    for source_id, raw, context, problem in rows:
        source = sources[source_id]
        last[source.table.system] = stored_event(source, raw, context, problem, keyring).cell(Role.CONNECTION)
    return frozenset(system for system, told in last.items() if told == "removed")


def stored_event(
    source: SourceRow,
    raw: bytes,
    context: str,
    problem: str,
    keyring: Keyring,
    overlay: Mapping[str, str] | None = None,
) -> Event:
    """The event of a stored record; ``overlay``: column → text that a person has typed over the file's."""
    if problem:
        return unreadable_event(source.table, problem)
    cells = source.cells(raw, context)
    return read_event(source.table, {**cells, **overlay} if overlay else cells, keyring)


def stored_policy(connection: sqlite3.Connection) -> Policy:
    """The policy in force; the shipped one when none was loaded."""
    row = connection.execute("SELECT name, text FROM policy ORDER BY id DESC LIMIT 1").fetchone()
    return parse_policy(row[1], row[0]) if row else parse_policy()


def stored_sources(connection: sqlite3.Connection) -> list[SourceRow]:
    """Every file loaded, in the order of loading."""
    rows = connection.execute(
        "SELECT id, load_seq, name, table_name, sha256, bytes, rows, format, encoding, delimiter, guessed,"
        " line_end, header, header_sha256, notes, base, map FROM source ORDER BY id"
    )
    maps = {one.sha256: one for one in stored_maps(connection)}
    return [_source_row(row, maps) for row in rows]


def _source_row(row: tuple[Any, ...], maps: Mapping[str, ColumnMap]) -> SourceRow:
    try:
        TABLES[row[3]], FORMATS[row[7]], lookup(codec(row[8]))
        header = tuple(map(str, json.loads(row[12])))
    except (LookupError, TypeError, ValueError) as error:
        raise WorkspaceError(
            "a file in this workspace is of a kind, format or encoding that is not known here: the workspace was made"
            " by a crm-tui that knows more, or is damaged. Use that one, or load the files into a new workspace."
        ) from error
    used = maps.get(row[16])
    mapped = (used.name, used.names(header)) if used else ("", ())
    return SourceRow._make((*row[:12], header, row[13], tuple(row[14].splitlines()), bool(row[15]), *mapped))


def stored_maps(connection: sqlite3.Connection) -> list[ColumnMap]:
    """The column maps that were used, the latest first."""
    rows = connection.execute("SELECT text, name FROM column_map ORDER BY id DESC").fetchall()
    if not rows:
        return []
    from crm_tui.intake.column_map import parse_map

    return [parse_map(text, name) for text, name in rows]


def map_sources(sources: Mapping[int, SourceRow], kind: Kind = Kind.CONTACT_MAP) -> tuple[int, ...]:
    """The sources of a reference kind that are in force: those of the latest load that had any."""
    of_kind = [source for source in sources.values() if source.table.kind is kind and not source.base]
    latest = max((source.load_seq for source in of_kind), default=0)
    return tuple(source.id for source in of_kind if source.load_seq == latest)


def map_parts(sources: Mapping[int, SourceRow]) -> list[Part]:
    """The sources that make up the contact map in force."""
    of_map = (sources[one] for one in map_sources(sources))
    return [(one.id, one.name, one.sha256, "\n".join((one.map_name, *one.names))) for one in of_map]


def _map_rows(
    connection: sqlite3.Connection, sources: Mapping[int, SourceRow], wanted: Container[int] | None
) -> Iterator[MapRow]:
    """The rows of the contact map in force: all, or of those that can be read the ones with these numbers."""
    number = 0
    for source, line, raw, context, problem in _reference_rows(connection, sources, Kind.CONTACT_MAP):
        number += not problem
        if wanted is None or (not problem and number in wanted):
            yield source.name, line, None if problem else source.cells(raw, context)


def _reference_rows(
    connection: sqlite3.Connection, sources: Mapping[int, SourceRow], kind: Kind
) -> Iterator[tuple[SourceRow, int, bytes, str, str]]:
    """(source, line, bytes, context, problem) of the rows in force."""
    for source_id in map_sources(sources, kind):
        rows = connection.execute(
            "SELECT first_line, raw, context, problem FROM reference WHERE source_id = ? ORDER BY id", (source_id,)
        )
        for row in rows:
            yield sources[source_id], *row


def stored_contacts(
    store: Store, keyring: Keyring, sources: Mapping[int, SourceRow], *, at_hand: bool = False
) -> Contacts:
    """The contact map in force, linted; with ``at_hand`` its keys in memory, for who looks up more than can be told.

    One that is not kept, because it is new, an older version wrote the file, or rows were erased, is kept where that
    can be: in the transaction that has begun, else in one of its own.
    """
    connection, parts = store.connection, map_parts(sources)
    known = kept_contacts(connection, keyring, parts, at_hand=at_hand)
    if known is not None:
        return known
    rows = partial(_map_rows, connection, sources)
    if connection.in_transaction:
        return keep_contacts(connection, keyring, parts, rows)
    if not store.read_only:
        with suppress(WorkspaceError):
            with store.transaction():
                kept = keep_contacts(connection, keyring, parts, rows)
            return kept if at_hand else kept_contacts(connection, keyring, parts) or kept
    built = build_contacts(rows(None), keyring)
    return ContactIndex(built.contacts, bool(parts), built.lints_without_contact)


def stored_slices(connection: sqlite3.Connection, sources: Mapping[int, SourceRow]) -> list[dict[str, str]]:
    """The first-slice map in force."""
    rows = _reference_rows(connection, sources, Kind.SLICE_MAP)
    return [source.cells(raw, context) for source, _, raw, context, problem in rows if not problem]
