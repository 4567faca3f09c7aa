"""Taking people out of a workspace, and what is left as proof.

``erase`` takes one person out, ``purge`` everybody.  Rows become error rows without content, so that counts and row ids
stay; texts leave the journal, whose bodies hold only their salted marks, so that its chain verifies as before; both are
entries themselves.  Afterwards the file is rewritten, so that no byte stays in a free page or in the write-ahead log.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from crm_tui.errors import DecisionRefused, UsageError
from crm_tui.privacy.subject import Held, Subject, Text, held_rows, held_texts, spellings
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.ingest import Ingest
from crm_tui.workspace.kept_contacts import forget_contacts
from crm_tui.workspace.undoing import project_row

SCHEMA = "crm-tui/erasure/v1"
ERASED = "its content was erased on request"
KEEP_UNTIL = "keep_until"
_PLACES = ("record", "record_version", "reference", "left_out")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, without a word about whom; who knows the person can check ``subject``."""

    workspace_id: str
    entry: int
    """Number of the journal entry."""
    at: str
    head: str
    """Hash of that entry, in hex."""
    salt: str
    subject: str
    """Hex of HMAC-SHA256(salt, the person as named, in lower case); ``""`` for a purge."""
    rows: int
    earlier_versions: int
    map_entries: int
    """Rows of contact maps and of other reference files."""
    left_out: int
    """Stretches of a file that belong to no row."""
    texts: int
    handoffs_before: tuple[int, ...]
    """Numbers of the handoffs given out before: their files are not in the workspace and may hold the person."""

    def to_json(self) -> dict[str, Any]:
        """The receipt as it is printed and kept."""
        return {"schema": SCHEMA, **asdict(self), "handoffs_before": list(self.handoffs_before)}


class Erasure(NamedTuple):
    """A receipt, and what must not be found in the file any more."""

    receipt: Receipt
    gone: frozenset[bytes]


def erase(cases: Cases, subject: Subject, typed: str, reviewer: str) -> Erasure:
    """Take one person out, as one transaction.  Raises ``DecisionRefused`` when nothing is held about the person."""
    rows = held_rows(cases, subject)
    texts = held_texts(cases, subject, rows)
    if not rows and not texts:
        raise DecisionRefused("nothing is held about that person; nothing was changed.")
    salt = secrets.token_bytes(journal.SALT_BYTES)
    mark = hmac.new(salt, typed.strip().lower().encode("utf-8", "surrogatepass"), "sha256").hexdigest()
    with cases.store.transaction() as connection:
        _empty_rows(cases, rows)
        connection.executemany(
            "DELETE FROM log_text WHERE seq = ? AND field = ?", [(one.seq, one.field) for one in texts]
        )
        names = [held.row_id for held in rows if held.place == "record"]
        names = sorted({*names, *cases.groups.with_member(names)})
        receipt = _enter(cases, reviewer, names, texts, rows, (salt.hex(), mark))
    return Erasure(receipt, frozenset(spellings(subject, rows)))


def purge(cases: Cases) -> Receipt:
    """Take everybody out, reviewers too: what stays is the chain, the digests of the files, and numbers."""
    with cases.store.transaction() as connection:
        everything = [
            Held(place, rowid, "", next(iter(cases.sources.values())), 0, {})
            for place in _PLACES
            for (rowid,) in connection.execute(f"SELECT rowid FROM {place}").fetchall()
        ]
        texts = [Text(*row) for row in connection.execute("SELECT seq, field, '' FROM log_text ORDER BY 1, 2")]
        _empty_rows(cases, everything)
        for statement in (
            "DELETE FROM log_text",
            "DELETE FROM decision",
            "UPDATE source SET name = table_name || '-' || id || '.csv', scope = ''",
            "DELETE FROM column_map",
            "DELETE FROM memory",
            "DELETE FROM meta WHERE key NOT IN ('workspace_id', 'keep_until')",
        ):
            connection.execute(statement)
        return _enter(cases, "", [], texts, everything, ("", ""), everything=True)


def _empty_rows(cases: Cases, rows: Iterable[Held]) -> None:
    """Events stay as error rows without content, earlier versions and entries of maps go."""
    connection = cases.store.connection
    forget_contacts(connection)
    by_place: dict[str, list[tuple[int]]] = {place: [] for place in _PLACES}
    for held in rows:
        by_place[held.place].append((held.rowid,))
    connection.executemany(
        f"UPDATE record SET raw = x'', context = '', problem = '{ERASED}', event_id = '', field = '', event_at = '',"
        " repeat = '' WHERE id = ?",
        by_place["record"],
    )
    of_rows = [(held.row_id,) for held in rows if held.place == "record"]
    connection.executemany("DELETE FROM memory WHERE row_id = ?", of_rows)
    connection.executemany("DELETE FROM repair WHERE row_id = ?", of_rows)
    for place in _PLACES[1:]:
        connection.executemany(f"DELETE FROM {place} WHERE rowid = ?", by_place[place])


def _enter(
    cases: Cases,
    reviewer: str,
    names: Sequence[str],
    texts: Sequence[Text],
    rows: Sequence[Held],
    proof: tuple[str, str],
    *,
    everything: bool = False,
) -> Receipt:
    """Judge what is left, write the entry, and give the receipt; inside the transaction."""
    store = cases.store
    came_to = Ingest(store, reviewer, None).judge_everything()
    marked = [] if everything else [[one.seq, one.field] for one in texts]
    fields = {"rows": list(names), "erased_texts": marked, "everything": everything, "subject": proof[1]}
    entry = journal.append(store, "erase", fields | came_to, {"by": reviewer})
    cases.refresh()
    for name in _touched(cases, names, texts):
        project_row(cases, name)
    _, head = journal.head(store.connection)
    at = journal.entries(store.connection, "seq = ?", (entry,))[0].body["at"]
    handoffs = tuple(row[0] for row in store.connection.execute("SELECT seq FROM handoff ORDER BY seq"))
    number = {place: sum(held.place == place for held in rows) for place in _PLACES}
    return Receipt(
        store.meta("workspace_id"),
        entry,
        str(at),
        head.hex(),
        *proof,
        number["record"],
        number["record_version"],
        number["reference"],
        number["left_out"],
        len(texts),
        handoffs,
    )


def _touched(cases: Cases, names: Iterable[str], texts: Iterable[Text]) -> set[str]:
    """The rows of which the projection may say less: those erased, and those with an erased text."""
    found = {*names}
    for text in texts:
        found.update(cases.store.connection.execute("SELECT row_id FROM log WHERE seq = ?", (text.seq,)).fetchone())
    return found - {""}


def bytes_left(path: Path, gone: Iterable[bytes]) -> int:
    """How many of these spellings are still somewhere in the workspace's files.  Call it when nobody has them open."""
    files = [path, *(Path(f"{path}{suffix}") for suffix in ("-wal", "-journal"))]
    data = b"\0".join(one.read_bytes() for one in files if one.exists())
    return sum(one in data for one in gone)


def keep_until(cases: Cases, day: str, reviewer: str) -> None:
    """Set the day (``2026-12-31``) after which the workspace is to be purged; an entry of the journal."""
    try:
        wanted = date.fromisoformat(day).isoformat()
    except ValueError:
        raise UsageError("give the day as 2026-12-31.") from None
    with cases.store.transaction():
        cases.store.set_meta(KEEP_UNTIL, wanted)
        journal.append(cases.store, "keep", {"until": wanted}, {"by": reviewer})


def refuse_early(cases: Cases) -> None:
    """Raises ``DecisionRefused`` while the workspace is still to be kept."""
    until = cases.store.meta(KEEP_UNTIL)
    if not until:
        raise DecisionRefused("no day is set until which this is kept; purge with --now, or set one with --keep-until.")
    if cases.store.now()[:10] <= until:
        raise DecisionRefused(f"this is kept until {safe_text(until, 20)}; --now purges it all the same.")
