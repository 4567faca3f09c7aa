"""The append-only, hash-chained journal: the one place where decisions are written.

``hash = SHA256("crm-tui-log-v1\\0" || prev || u64 seq || u64 len || body)``; the first ``prev`` is
``SHA256("crm-tui-log-v1\\0" || workspace id)``.  A body holds no personal data: names, reasons and questions stand in
it as ``HMAC-SHA256(salt, text)``; salt and text live in ``log_text``, from where ``erase`` may take them (handoff.md).
So do the choice, the evidence and what is staged: their plain hashes could be guessed from a list of addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from crm_tui import canonical
from crm_tui.classify.fields import picks_text
from crm_tui.errors import JournalDamaged
from crm_tui.model import Review
from crm_tui.workspace import replay
from crm_tui.workspace.replay import Entry, Turn, fold, lasting, outliving, undone
from crm_tui.workspace.store import Store

DOMAIN = b"crm-tui-log-v1\0"
SALT_BYTES = 32
_FEW, _SOME = 16, 1_000
"""Entries that are read at a time from the end: at first, and at most."""


def genesis(workspace_id: str) -> bytes:
    """The ``prev`` of the first entry."""
    return hashlib.sha256(DOMAIN + workspace_id.encode()).digest()


def entry_hash(prev: bytes, seq: int, body: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(DOMAIN + prev + struct.pack(">QQ", seq, len(body)) + body).digest()


def text_mark(salt: bytes, text: str) -> str:
    """How a text stands in the body: hex of HMAC-SHA256(salt, text)."""
    return hmac.digest(salt, text.encode(), "sha256").hex()


def verdicts_digest(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """SHA-256 hex over (row id, queue, rule, outcome) of every row, in row id order: what a load came to."""
    digest = hashlib.sha256(b"crm-tui-verdicts-v1\0")
    lines = map("\0".join, rows)
    while some := list(islice(lines, 10_000)):
        digest.update("\n".join([*some, ""]).encode())
    return digest.hexdigest()


Said = tuple[Mapping[str, Any], Mapping[str, str]]
"""Fields and texts of an entry, as ``append`` takes them."""


def append(store: Store, kind: str, fields: Mapping[str, Any], texts: Mapping[str, str] | None = None) -> int:
    """Add one entry and return its number; call it inside ``store.transaction()``.

    ``fields`` are plain canonical values without personal data; ``texts`` are hashed into the body.
    """
    return append_all(store, kind, [(fields, texts or {})])[0].seq


def append_all(store: Store, kind: str, several: Iterable[Said]) -> list[Entry]:
    """Add entries of one kind and give them as they stand; call it inside ``store.transaction()``."""
    connection = store.connection
    last, prev = head(connection)
    prev = prev or genesis(store.meta("workspace_id"))
    rows, marked, found = [], [], []
    for seq, (fields, texts) in enumerate(several, last + 1):
        kept = {name: text for name, text in texts.items() if text}
        salts = {name: secrets.token_bytes(SALT_BYTES) for name in kept}
        marks = {name: text_mark(salts[name], text) for name, text in kept.items()}
        said = {**fields, "kind": kind, "at": store.now(), "texts": marks}
        body = canonical.dumps(said)
        digest = entry_hash(prev, seq, body)
        rows.append((seq, kind, fields.get("row", ""), fields.get("of", 0), prev, body, digest))
        marked += [(seq, name, salts[name], text) for name, text in kept.items()]
        found.append(Entry(seq, said, kept))
        prev = digest
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO log_text VALUES (?, ?, ?, ?)", marked)
    return found


def parsed_body(seq: int, body: bytes) -> Mapping[str, Any]:
    """What an entry says; raises ``JournalDamaged`` where its bytes are none of ours."""
    try:
        parsed = canonical.loads(body)
    except canonical.NotCanonical as error:
        raise JournalDamaged("log.hash", f"journal entry {seq} is not in canonical form.") from error
    if not isinstance(parsed, dict):
        raise JournalDamaged("log.hash", f"journal entry {seq} is not in canonical form.")
    return parsed


def entries(connection: sqlite3.Connection, where: str = "", arguments: tuple[Any, ...] = ()) -> list[Entry]:
    """Entries in order, all or those of a condition on ``log``."""
    texts: dict[int, dict[str, str]] = {}
    condition = f"WHERE seq IN (SELECT seq FROM log WHERE {where})" if where else ""
    for seq, name, text in connection.execute(f"SELECT seq, field, text FROM log_text {condition}", arguments):
        texts.setdefault(seq, {})[name] = text
    rows = connection.execute(
        f"SELECT seq, body FROM log {'WHERE ' + where if where else ''} ORDER BY seq", arguments
    ).fetchall()
    return [Entry(seq, parsed_body(seq, body), texts.get(seq, {})) for seq, body in rows]


JUDGING = ("import", "erase", "judge")
"""Kinds of entries that say what the rows came to (``judging.came_to``)."""


def last_judged(connection: sqlite3.Connection) -> Mapping[str, Any]:
    """What the rows came to when they were judged last, and under which policy; empty where none are loaded."""
    kinds = ", ".join(f"'{kind}'" for kind in JUDGING)
    row = connection.execute(f"SELECT seq, body FROM log WHERE kind IN ({kinds}) ORDER BY seq DESC LIMIT 1").fetchone()
    return parsed_body(*row) if row else {}


_ABOUT = """seq IN (
    WITH RECURSIVE about(seq) AS (
      SELECT seq FROM log WHERE row_id IN (SELECT value FROM json_each(?)) UNION
      SELECT log.seq FROM about JOIN log ON log.undoes = about.seq AND log.undoes > 0)
    SELECT seq FROM about)"""
"""The entries about some rows, given as JSON, and the undos that (directly or not) take them back."""


def of_row(connection: sqlite3.Connection, row_id: str) -> list[Entry]:
    """The entries about one row and the undos that take them back, in order."""
    return entries(connection, _ABOUT, (json.dumps([row_id]),))


def decisions(connection: sqlite3.Connection) -> list[Entry]:
    """Decisions and undos in order, without those on rows that were erased since."""
    found = lasting(entries(connection, "kind IN ('decide', 'undo', 'erase')"))
    return [entry for entry in found if entry.kind != "erase"]


def latest_act(connection: sqlite3.Connection) -> list[Turn]:
    """What undo takes back, oldest first."""
    return replay.latest_act(_backwards(connection))


def latest_undone(connection: sqlite3.Connection) -> list[Turn]:
    """What redo does again, oldest first."""
    ((last,),) = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM log WHERE kind = 'decide'")
    return replay.latest_undone(_backwards(connection, last))


def holds_repair(connection: sqlite3.Connection, seqs: Sequence[int]) -> bool:
    """Whether any of these entries is, or takes back, a repair: with it the row is judged again."""
    sql = (
        "WITH RECURSIVE way(seq) AS (SELECT value FROM json_each(?) UNION"
        " SELECT log.undoes FROM way JOIN log USING (seq) WHERE log.undoes > 0)"
        " SELECT EXISTS (SELECT 1 FROM way JOIN log_text USING (seq) WHERE field = 'digest')"
    )
    ((found,),) = connection.execute(sql, (json.dumps(list(seqs)),))
    return bool(found)


def decision(connection: sqlite3.Connection, seq: int) -> Entry:
    """The decision of that number.  Raises ``KeyError`` where there is none."""
    for entry in entries(connection, "seq = ? AND kind = 'decide'", (seq,)):
        return entry
    raise KeyError(seq)


_TURNS = """
WITH RECURSIVE way(seq, of, at, before, undos) AS (
  SELECT seq, undoes, seq, undoes, 0 FROM log WHERE seq > ? AND seq <= ? AND kind IN ('decide', 'undo')
  UNION ALL SELECT way.seq, way.of, log.seq, log.undoes, undos + 1 FROM way JOIN log ON log.seq = way.before
  WHERE way.before > 0)
SELECT way.seq, of, COALESCE(json_extract(CAST(log.body AS TEXT), '$.group'), 0), at, root.row_id, undos % 2 = 0
FROM way JOIN log ON log.seq = way.seq JOIN log AS root ON root.seq = at WHERE before = 0 ORDER BY way.seq DESC"""


def _backwards(connection: sqlite3.Connection, since: int = 0) -> Iterator[Turn]:
    """Decisions and undos after a number, the latest first, without those on rows erased since.

    The journal is read as far back as somebody asks.
    """
    lasts = outliving(entries(connection, "kind = 'erase'"))
    end, _ = head(connection)
    some = _FEW
    while end > since:
        turns = connection.execute(_TURNS, (max(since, end - some), end)).fetchall()
        for seq, of, group, decision, row, counts in turns:
            if lasts(row, decision):
                yield Turn(seq, of, group, decision, row, bool(counts))
        end, some = end - some, min(4 * some, _SOME)


def effective_of_row(connection: sqlite3.Connection, row_id: str) -> list[Entry]:
    """The ``decide`` entries about one row that count, in order."""
    return effective_of_rows(connection, [row_id])[row_id]


def effective_of_rows(connection: sqlite3.Connection, row_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """Row id → the ``decide`` entries about it that count, in order."""
    lasts = outliving(entries(connection, "kind = 'erase'"))
    about = entries(connection, _ABOUT, (json.dumps(list(row_ids)),))
    cancelled = undone(about)
    found: dict[str, list[Entry]] = {row_id: [] for row_id in row_ids}
    for entry in about:
        if entry.kind == "decide" and entry.seq not in cancelled and lasts(entry.row, entry.seq):
            found[entry.row].append(entry)
    return found


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Number and hash of the last entry; (0, b"") in an empty journal."""
    row = connection.execute("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, b"")


PROJECTED = "row_id, state, choice, suggested, by_name, at, seq, reason, question, note, fingerprint, action, picks"


def projection(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """The rows that the ``decision`` table should hold, without ``stale``, from the journal alone; in row id order."""
    cancelled = undone(entries(connection, "kind = 'undo'"))
    lasts = outliving(entries(connection, "kind = 'erase'"))
    for row_id, of_row in groupby(_by_row(connection), key=attrgetter("row")):
        standing = (one for one in of_row if one.seq not in cancelled and lasts(row_id, one.seq))
        row = projected(row_id, fold(standing))
        if row:
            yield row


def _by_row(connection: sqlite3.Connection) -> Iterator[Entry]:
    """The decisions, those on one row together."""
    rows = connection.execute(
        "SELECT row_id, seq, body FROM log INDEXED BY log_row WHERE kind = 'decide' ORDER BY row_id, seq"
    )
    texts = connection.execute(
        "SELECT row_id, seq, field, text FROM log INDEXED BY log_row CROSS JOIN log_text USING (seq)"
        " WHERE kind = 'decide' ORDER BY row_id, seq"
    )
    text = next(texts, None)
    for row_id, seq, body in rows:
        there: dict[str, str] = {}
        while text is not None and text[1] == seq:
            there[text[2]] = text[3]
            text = next(texts, None)
        if text is not None and text[:2] < (row_id, seq):
            raise JournalDamaged("log.text", f"a text of journal entry {text[1]} stands where none of ours does.")
        yield Entry(seq, parsed_body(seq, body), there)


def projected(row_id: str, review: Review) -> tuple[Any, ...] | None:
    """The row of ``decision`` for one state, without ``stale``; ``None`` where nothing is decided and noted."""
    if not review.seq and not review.note:
        return None
    return (
        row_id,
        review.state.value,
        review.choice,
        review.suggested,
        review.by,
        review.at,
        review.seq,
        review.reason,
        review.question,
        review.note,
        review.fingerprint,
        review.action,
        picks_text(review.picks),
    )
