"""Whether a workspace is whole: its pages, the chain of the journal, the texts, the counts, and what is shown of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from crm_tui.errors import JournalDamaged
from crm_tui.text import safe_text
from crm_tui.workspace import journal, overlays
from crm_tui.workspace.store import Store

_AT_ONCE = 8 * 1024 * 1024
"""Bytes of a workspace up to which SQLite's own check takes no time that one would notice."""

_END = 1_000
"""Entries at the end of a journal that are checked before anything is added to it."""


def check(store: Store, *, every_page: bool = False) -> None:
    """Recompute chain, texts, counts and projection; raise ``JournalDamaged`` at the first broken link.

    SQLite's own check of every page is left out where that takes long, unless ``every_page`` asks for it: the chain
    and the counts find what matters of the decisions.
    """
    with _told_as_damage():
        if every_page or not takes_long(store.connection):
            _check_pages(store.connection)
        _check_links(store, 1)
        _check_rows(store.connection)
        _check_projection(store.connection)


def check_end(store: Store) -> None:
    """The same of the last entries only, as a journal of any length can be checked while somebody waits for it."""
    with _told_as_damage():
        _check_links(store, max(1, journal.head(store.connection)[0] - _END + 1))


def takes_long(connection: sqlite3.Connection) -> bool:
    """Whether the whole check takes so long that one would notice: it looks at every page of the file."""
    ((pages,), (size,)) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return bool(pages * size > _AT_ONCE)


@contextmanager
def _told_as_damage() -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise JournalDamaged("log.schema", "the journal's tables hold values that none of ours has.") from error
    except sqlite3.OperationalError as error:
        # So the library says that a column of text holds bytes that are none.
        raise JournalDamaged("log.text", "the journal, or what it shows, holds bytes that are no text.") from error


def _check_pages(connection: sqlite3.Connection) -> None:
    """What SQLite finds wrong with the file."""
    whole = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    if not whole or connection.execute("PRAGMA foreign_key_check").fetchone():
        raise JournalDamaged("log.schema", "the file is damaged: its tables and indexes do not fit together.")


def _check_links(store: Store, first: int) -> None:
    """Chain and texts from entry ``first`` on."""
    connection = store.connection
    lacking: list[tuple[int, str]] = []
    for seq, marks, there in _linked(store, first):
        if len(marks) != len(there):
            lacking += ((seq, name) for name in marks if name not in there)
    if not lacking:
        return
    everything, erased = 0, set[tuple[int, str]]()
    for entry in journal.entries(connection, "kind = 'erase'"):
        erased.update((seq, name) for seq, name in entry.body["erased_texts"])
        everything = entry.seq if entry.body["everything"] else everything
    for seq, name in lacking:
        if seq > everything and (seq, name) not in erased:
            raise JournalDamaged(
                "log.text", f"the {safe_text(name)} of journal entry {seq} is gone, and no erasure took it."
            )


def _linked(store: Store, first: int) -> Iterator[tuple[int, Mapping[str, str], set[str]]]:
    """Number, marks and names of the texts of each entry from ``first`` on, whose links and texts hold.

    Both tables are read side by side, each in the order in which it lies on the disk.
    """
    prev = journal.genesis(store.meta("workspace_id"))
    if first > 1:
        prev = store.connection.execute("SELECT hash FROM log WHERE seq = ?", (first - 1,)).fetchone()[0]
    rows = store.connection.execute(
        "SELECT seq, kind, row_id, undoes, prev, body, hash FROM log WHERE seq >= ? ORDER BY seq", (first,)
    )
    texts = store.connection.execute(
        "SELECT seq, field, salt, text FROM log_text WHERE seq >= ? ORDER BY seq", (first,)
    )
    text = next(texts, None)
    for expected, (seq, kind, row_id, undoes, stored_prev, body, stored_hash) in enumerate(rows, first):
        if seq != expected:
            raise JournalDamaged("log.gap", f"the journal lacks entry {expected}.")
        if stored_prev != prev:
            raise JournalDamaged("log.link", f"journal entry {seq} does not follow from the one before it.")
        if journal.entry_hash(prev, seq, body) != stored_hash:
            raise JournalDamaged("log.hash", f"journal entry {seq} was changed after it was written.")
        parsed = journal.parsed_body(seq, body)
        if (kind, row_id, undoes) != (parsed.get("kind"), parsed.get("row", ""), parsed.get("of", 0)):
            raise JournalDamaged("log.hash", f"journal entry {seq} is filed under something that it does not say.")
        marks, there = parsed["texts"], set[str]()
        while text is not None and text[0] <= seq:
            _, name, salt, words = text
            if marks.get(name) != journal.text_mark(salt, words):
                raise JournalDamaged(
                    "log.text", f"the {safe_text(name)} of journal entry {seq} was changed after it was written."
                )
            there.add(name)
            text = next(texts, None)
        yield seq, marks, there
        prev = stored_hash


def _check_rows(connection: sqlite3.Connection) -> None:
    """As many rows of each queue as the last load, or erasure, came to: a damaged table may look like a shorter one."""
    sql = "SELECT seq, body FROM log WHERE kind IN ('import', 'erase', 'judge') ORDER BY seq DESC LIMIT 1"
    for seq, body in connection.execute(sql):
        there = dict(connection.execute("SELECT queue, COUNT(*) FROM record NOT INDEXED GROUP BY queue").fetchall())
        for queue, number in journal.parsed_body(seq, body)["counts"].items():
            if there.get(queue, 0) != number:
                found = f"{there.get(queue, 0):,} are there"
                raise JournalDamaged("log.rows", f"the journal knows {number:,} {safe_text(queue)} rows, and {found}.")


def _check_projection(connection: sqlite3.Connection) -> None:
    """Row by row in the order of their names, so that a long journal is never in memory as a whole."""
    stored = connection.execute(f"SELECT {journal.PROJECTED} FROM decision ORDER BY row_id")
    shown = next(stored, None)
    for row in journal.projection(connection):
        if shown is None or row[0] < shown[0] or row != shown:
            _refuse_shown(row, shown)
        shown = next(stored, None)
    if shown is not None:
        raise JournalDamaged(
            "log.projection", f"the journal knows nothing of the decision shown for {safe_text(shown[0], 40)}."
        )
    overlays.check(connection, lambda row_id: journal.effective_of_row(connection, row_id))


def _refuse_shown(row: tuple[Any, ...], shown: tuple[Any, ...] | None) -> NoReturn:
    if shown is not None and shown[0] < row[0]:
        raise JournalDamaged(
            "log.projection", f"the journal knows nothing of the decision shown for {safe_text(shown[0], 40)}."
        )
    raise JournalDamaged(
        "log.projection", f"the decision shown for {safe_text(row[0], 40)} is not what the journal says."
    )
