"""The workspace file: one SQLite database, its tables and its migrations.

``SCHEMA`` is what a workspace of ``USER_VERSION`` holds and nothing else; a trigger, view or table that the
program did not make is refused on open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x43524D54
"""``CRMT``; SQLite's ``application_id`` tells our files from other programs' databases."""

USER_VERSION = 5
_AT_ONCE = 199
"""Rows by one statement, of at most five columns: SQLite before 3.32 takes 999 values."""

_V1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE policy (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE column_map (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
CREATE TABLE source (
  id INTEGER PRIMARY KEY, load_seq INTEGER NOT NULL, name TEXT NOT NULL, table_name TEXT NOT NULL,
  sha256 TEXT NOT NULL, part TEXT NOT NULL, bytes INTEGER NOT NULL, rows INTEGER NOT NULL, format TEXT NOT NULL,
  encoding TEXT NOT NULL, delimiter TEXT NOT NULL, guessed TEXT NOT NULL, line_end TEXT NOT NULL, header TEXT NOT NULL,
  header_sha256 TEXT NOT NULL, header_raw BLOB NOT NULL, base INTEGER NOT NULL,
  notes TEXT NOT NULL, map TEXT NOT NULL, scope TEXT NOT NULL) STRICT;
CREATE TABLE left_out (
  source_id INTEGER NOT NULL REFERENCES source, first_line INTEGER NOT NULL, offset INTEGER NOT NULL,
  raw BLOB NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE reference (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL REFERENCES source, first_line INTEGER NOT NULL,
  last_line INTEGER NOT NULL, offset INTEGER NOT NULL, raw BLOB NOT NULL, context TEXT NOT NULL,
  problem TEXT NOT NULL) STRICT;
CREATE TABLE record (
  id INTEGER PRIMARY KEY, row_id TEXT NOT NULL UNIQUE, source_id INTEGER NOT NULL REFERENCES source,
  first_line INTEGER NOT NULL, last_line INTEGER NOT NULL, offset INTEGER NOT NULL, raw BLOB NOT NULL,
  context TEXT NOT NULL, problem TEXT NOT NULL, event_id TEXT NOT NULL, field TEXT NOT NULL, event_at TEXT NOT NULL,
  repeat TEXT NOT NULL, latest INTEGER NOT NULL, queue TEXT NOT NULL, rule TEXT NOT NULL, fired TEXT NOT NULL,
  outcome TEXT NOT NULL, contact INTEGER) STRICT;
CREATE INDEX record_queue ON record (queue, id);
CREATE INDEX record_rule ON record (queue, rule, id);
CREATE INDEX record_event ON record (event_id);
CREATE TABLE record_version (
  record_id INTEGER NOT NULL REFERENCES record, source_id INTEGER NOT NULL REFERENCES source,
  first_line INTEGER NOT NULL, last_line INTEGER NOT NULL, offset INTEGER NOT NULL, raw BLOB NOT NULL,
  context TEXT NOT NULL, problem TEXT NOT NULL) STRICT;
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, row_id TEXT NOT NULL, undoes INTEGER NOT NULL, prev BLOB NOT NULL,
  body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX log_row ON log (row_id, seq);
CREATE INDEX log_undoes ON log (undoes) WHERE undoes > 0;
CREATE TABLE log_text (
  seq INTEGER NOT NULL REFERENCES log, field TEXT NOT NULL, salt BLOB NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (seq, field)) STRICT;
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER log_in_order BEFORE INSERT ON log
  WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM log)
  BEGIN SELECT RAISE(ABORT, 'the journal grows at its end'); END;
CREATE TABLE decision (
  row_id TEXT PRIMARY KEY, state TEXT NOT NULL, choice TEXT NOT NULL, suggested TEXT NOT NULL, by_name TEXT NOT NULL,
  at TEXT NOT NULL, seq INTEGER NOT NULL, reason TEXT NOT NULL, question TEXT NOT NULL, note TEXT NOT NULL,
  fingerprint TEXT NOT NULL, action TEXT NOT NULL, picks TEXT NOT NULL, stale INTEGER NOT NULL) STRICT;
CREATE INDEX decision_state ON decision (state);
CREATE TABLE memory (disagreement BLOB NOT NULL, row_id TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
CREATE INDEX memory_disagreement ON memory (disagreement, seq);
CREATE INDEX memory_row ON memory (row_id);
CREATE TABLE handoff (
  seq INTEGER PRIMARY KEY, log_seq INTEGER NOT NULL REFERENCES log, id TEXT NOT NULL, kind TEXT NOT NULL) STRICT;
CREATE TABLE handoff_row (
  row_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES handoff,
  PRIMARY KEY (row_id, idempotency_key)) STRICT
"""

_V2 = """
CREATE TABLE duplicate (
  id INTEGER PRIMARY KEY, row_id TEXT NOT NULL UNIQUE, system TEXT NOT NULL, kind TEXT NOT NULL,
  members TEXT NOT NULL, pairs TEXT NOT NULL, live INTEGER NOT NULL) STRICT;
CREATE INDEX log_kind ON log (kind, seq)
"""
"""Groups of records that may be the same; ``members`` and ``pairs`` name rows, so nothing here is about a person.

The index is for what every decision looks for in the journal: whether anybody was erased.
"""

_V3 = """
CREATE TABLE contact (number INTEGER PRIMARY KEY, contact_id TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX contact_named ON contact (contact_id);
CREATE TABLE contact_key (
  kind TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, value, number))
  STRICT, WITHOUT ROWID
"""
"""The contact map in force, as ``kept_contacts`` keeps it."""

_V4 = """
CREATE TABLE repair (
  row_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, digest TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (row_id, name)) STRICT
"""
"""Cells that a person has typed over, by the row's column; ``digest`` is of the bytes that it was made on."""


_V5 = "CREATE TABLE high_priority (record_id INTEGER PRIMARY KEY) STRICT"
"""Records that come first in a queue ordered by priority; there are few, and only a new policy moves many of them."""


def statements(script: str) -> list[str]:
    """The single statements of a script."""
    found: list[str] = []
    pending = ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip().rstrip(";"))
            pending = ""
    if pending.strip(" \n;"):
        found.append(pending.strip().rstrip(";"))
    return found


_STEPS = (
    ("v1_first_schema", _V1),
    ("v2_duplicates", _V2),
    ("v3_contacts", _V3),
    ("v4_repairs", _V4),
    ("v5_priority", _V5),
)
"""Name and script of what brings a database from one version to the next."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to ``USER_VERSION``; each step is one transaction, recorded by sqlite-utils."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations("crm-tui")
    for version, (name, script) in enumerate(_STEPS, 1):
        migrations(name=name)(_step(version, script))
    migrations.apply(Database(connection))


def _step(version: int, script: str) -> Callable[[Database], None]:
    def step(db: Database) -> None:
        for statement in statements(script):
            db.conn.execute(statement)
        # In the same transaction: a workspace whose program is killed between two steps must say which one it is at.
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.conn.execute(f"PRAGMA user_version = {version}")

    return step


@contextmanager
def indexed_afterwards(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the indexes of the rows away meanwhile where there is no row yet: one made at the end costs a fifth."""
    if connection.execute("SELECT EXISTS (SELECT 1 FROM record)").fetchone()[0]:
        yield
        return
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'record'")
    made = {name: sql for name, sql in rows if sql}
    for name in made:
        connection.execute(f"DROP INDEX {name}")
    yield
    for sql in made.values():
        connection.execute(sql)


def insert_many(connection: sqlite3.Connection, into: str, width: int, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows of ``width`` columns, ``into`` being ``INSERT INTO`` a table.

    Many by one statement: of a narrow row, a statement of its own costs more than the row.
    """
    stream, one = iter(rows), f"({', '.join('?' * width)})"
    while some := list(islice(stream, _AT_ONCE)):
        values = ", ".join([one] * len(some))
        connection.execute(f"{into} VALUES {values}", list(chain.from_iterable(some)))


def expected_objects(version: int = USER_VERSION) -> dict[str, str]:
    """Name → SQL of every table, index and trigger that a workspace of a version holds."""
    memory = sqlite3.connect(":memory:")
    try:
        for _, script in _STEPS[:version]:
            for statement in statements(script):
                memory.execute(statement)
        return objects(memory)
    finally:
        memory.close()


def objects(connection: sqlite3.Connection) -> dict[str, str]:
    """Name → SQL of what the database holds; the migration table is left out, its form is sqlite-utils' own."""
    rows = connection.execute("SELECT name, tbl_name, type, sql FROM sqlite_master WHERE sql IS NOT NULL")
    own = {"table", "index"}
    return {name: sql for name, table, kind, sql in rows if table != "_sqlite_migrations" or kind not in own}
