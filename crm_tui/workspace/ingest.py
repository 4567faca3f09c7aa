"""One load, inside its transaction: rows stream from the reader through the judgement into SQLite.

What a later rule needs to know of the whole load (repeated event ids, a new contact map) is judged again at the end.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice
from typing import Any

from crm_tui.classify.facts import Repeat
from crm_tui.classify.policy import Policy
from crm_tui.errors import InputError
from crm_tui.intake.formats import records
from crm_tui.intake.source import Record, Skipped, Source, UnknownTable
from crm_tui.progress import Progress
from crm_tui.systems.declare import Role
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.column_maps import keep_map
from crm_tui.workspace.groups import keep_at_load
from crm_tui.workspace.judging import came_to, check_decisions, judge_again, judge_pairs, rank_again
from crm_tui.workspace.minimise import Minimised
from crm_tui.workspace.repairs import rename_repaired
from crm_tui.workspace.repeats import Repeats
from crm_tui.workspace.schema import indexed_afterwards
from crm_tui.workspace.sketching import Sketching
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import stored_policy

_EVERY = 2_000
_MANY = 1024 * 1024
"""Bytes of sources from which on reading the whole contact map costs less than looking contacts up one by one."""
# The value of a member is looked up by a call, and there are rows by the hundred thousand.
_NONE = Repeat.NONE
_WORDS = {repeat: repeat.value for repeat in Repeat}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did."""

    loaded: tuple[str, ...] = ()
    """Names of the files whose rows are in the workspace now."""
    unchanged: tuple[str, ...] = ()
    """Names of files that were loaded before, byte for byte."""
    problems: tuple[str, ...] = ()
    """One sentence per file that could not be read."""
    reopened: int = 0
    """Decisions that are stale now, because their evidence has moved."""
    notes: tuple[str, ...] = ()
    """What else should be said: where policy files contradict each other, which dump is not whole."""
    missing: int = 0
    """Rows of earlier loads that this load of their table does not have; they stay, marked."""
    unknown: tuple[UnknownTable, ...] = ()
    """Tables that no system knows, each also a sentence of ``problems``: a column map may tell them."""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy file as read."""

    name: str
    text: str


class SourceError(InputError):
    """A recognised file turned out unreadable further on; the load starts again without it."""

    def __init__(self, source: Source, message: str) -> None:
        super().__init__(message)
        self.source = source


class Ingest:
    """One load, inside its transaction."""

    def __init__(self, store: Store, reviewer: str, progress: Progress | None) -> None:
        self.store = store
        self.connection = store.connection
        self.reviewer = reviewer
        self.progress = progress
        self.read = 0
        self.total = 0
        self.rows = 0
        self.repeats = Repeats(store.connection)
        self.replaced: set[int] = set()
        """Records that a later version has replaced."""
        self.told: tuple[str, ...] = ()
        """What the load should say beside its counts."""

    def run(self, opened: Sequence[Source], policy: PolicyText | None) -> LoadReport:
        """Load what is new among the recognised files, and the policy when it is another one."""
        fresh, unchanged = self._split(opened)
        new_policy = policy is not None and self._is_new(policy)
        if policy is not None and new_policy:
            self._keep_policy(policy)
        new_rules = new_policy or self._judged_by_others()
        if not fresh and not new_rules:
            return LoadReport(unchanged=tuple(source.name for source in unchanged))
        self.total = sum(source.size for source in fresh)
        load_seq = self._next_load()
        for used in {source.map.sha256: source.map for source in fresh if source.map}.values():
            keep_map(self.store, used, self.reviewer)
        for source in fresh:
            if not source.judged:
                self._keep_reference(source, load_seq)
        cases = Cases(self.store, map_at_hand=new_rules or self.total > _MANY)
        connected_before = cases.contacts.disconnected
        with indexed_afterwards(self.connection):
            # First what tells of the systems themselves: whether the other rows have anywhere to go hangs on it.
            for source in sorted(fresh, key=lambda one: not one.table.of(Role.CONNECTION)):
                if source.judged:
                    self._judge_source(source, load_seq, cases)
                if source.table.of(Role.CONNECTION):
                    cases.read_connections()
        open_before, missing_before = self._stale_and_missing()
        self._mark_missing(fresh)
        cases.read_sources()
        rule_changes = new_rules or any(not source.judged for source in fresh)
        rule_changes = rule_changes or cases.contacts.disconnected != connected_before
        if new_rules:
            rank_again(cases)
        self._judge_again(cases, load_seq, everything=rule_changes)
        self._journal(fresh, load_seq, cases.policy.sha256)
        stale, missing = self._stale_and_missing()
        return LoadReport(
            tuple(source.name for source in fresh),
            tuple(source.name for source in unchanged),
            reopened=max(0, stale - open_before),
            missing=max(0, missing - missing_before),
            notes=(
                *(f"{safe_text(source.name)}: {note}" for source in fresh for note in self._notes(source)),
                *self.told,
            ),
        )

    def tell(self) -> None:
        """Tell how far the load is; what that raises ends it."""
        if self.progress:
            self.progress(self.read, self.total, self.rows)

    def _stale_and_missing(self) -> tuple[int, int]:
        stale = self.connection.execute("SELECT COUNT(*) FROM decision WHERE stale").fetchone()[0]
        missing = self.connection.execute("SELECT COUNT(*) FROM record WHERE NOT latest").fetchone()[0]
        return int(stale), int(missing)

    def _split(self, opened: Sequence[Source]) -> tuple[list[Source], list[Source]]:
        """The files to load, and those that change nothing: copies, and tables of which no file is new.

        The files of a table that are named together are one load, so one new file brings its siblings along.
        """
        once = {_bytes_of(source): source for source in reversed(opened)}
        moved = {_group_of(source) for source in once.values() if not self._is_in_force(source)}
        fresh = [one for one in opened if _group_of(one) in moved and once[_bytes_of(one)] is one]
        return fresh, [one for one in opened if one not in fresh]

    def _is_in_force(self, source: Source) -> bool:
        """Whether these very bytes are loaded and nothing of them was replaced since."""
        for source_id, load_seq, rows in self.connection.execute(
            "SELECT id, load_seq, rows FROM source WHERE (table_name, sha256, part, base, map) = (?, ?, ?, ?, ?)",
            _bytes_of(source),
        ).fetchall():
            if source.judged:
                sql = "SELECT COUNT(*) FROM record WHERE source_id = ? AND latest = 1"
                if self.connection.execute(sql, (source_id,)).fetchone()[0] == rows:
                    return True
            else:
                sql = "SELECT MAX(load_seq) FROM source WHERE (table_name, base, scope) = (?, ?, ?)"
                if self.connection.execute(sql, _group_of(source)).fetchone()[0] == load_seq:
                    return True
        return False

    def _is_new(self, policy: PolicyText) -> bool:
        row = self.connection.execute("SELECT text FROM policy ORDER BY id DESC LIMIT 1").fetchone()
        return row is None or row[0] != policy.text

    def _judged_by_others(self) -> bool:
        """Whether the rows were judged under another policy than the one in force: not every version ships the same."""
        judged = journal.last_judged(self.connection)
        return bool(judged) and judged["policy"] != stored_policy(self.connection).sha256

    def _keep_policy(self, policy: PolicyText) -> None:
        digest = hashlib.sha256(policy.text.encode()).hexdigest()
        self.connection.execute(
            "INSERT INTO policy (name, sha256, text) VALUES (?, ?, ?)", (policy.name, digest, policy.text)
        )
        journal.append(self.store, "policy", {"sha256": digest}, {"by": self.reviewer})

    def _next_load(self) -> int:
        return int(self.connection.execute("SELECT COALESCE(MAX(load_seq), 0) + 1 FROM source").fetchone()[0])

    def _add_source(self, source: Source, load_seq: int) -> int:
        cursor = self.connection.execute(
            "INSERT INTO source (load_seq, name, table_name, sha256, part, bytes, rows, format, encoding, delimiter,"
            " guessed, line_end, header, header_sha256, header_raw, base, notes, map,"
            " scope)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                load_seq,
                source.name,
                source.table.name,
                source.sha256,
                source.part,
                source.size,
                source.format,
                source.encoding,
                source.delimiter,
                " ".join(source.guessed),
                source.line_end,
                json.dumps(source.header),
                source.header_sha256,
                source.header_raw,
                int(source.base),
                "\n".join(self._notes(source)),
                source.map.sha256 if source.map else "",
                source.scope,
            ),
        )
        return int(cursor.lastrowid or 0)

    def _minimised(self, source: Source) -> Minimised:
        return Minimised(source, self._policy)

    @cached_property
    def _policy(self) -> Policy:
        """The policy in force; asked for when the one of this load has been kept."""
        return stored_policy(self.connection)

    def _notes(self, source: Source) -> tuple[str, ...]:
        """What the reviewer should know of a file, and which of its columns are not kept."""
        left = self._minimised(source).note
        return (*source.notes, left) if left else source.notes

    def _close_source(self, source_id: int, rows: int, skipped: Sequence[Skipped]) -> None:
        self.connection.execute("UPDATE source SET rows = ? WHERE id = ?", (rows, source_id))
        self.connection.executemany(
            "INSERT INTO left_out VALUES (?, ?, ?, ?, ?)", [(source_id, *span) for span in skipped]
        )

    def _keep_reference(self, source: Source, load_seq: int) -> None:
        source_id = self._add_source(source, load_seq)
        skipped: list[Skipped] = []
        kept = self._minimised(source).records(self._counted(source, skipped))
        number = self.connection.executemany(
            "INSERT INTO reference (source_id, first_line, last_line, offset, raw, context, problem)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((source_id, *record[:4], record.context, record.problem) for record in kept),
        ).rowcount
        self._close_source(source_id, max(number, 0), skipped)

    def _counted(self, source: Source, skipped: list[Skipped]) -> Iterator[Record]:
        """The records of a file, while the progress is told; raises ``SourceError`` when it cannot be read on."""
        start = self.read
        try:
            stream = records(source, skipped)
            while some := list(islice(stream, _EVERY)):
                yield from some
                self.rows += len(some)
                self.read = start + some[-1].offset + len(some[-1].raw)
                self.tell()
        except InputError as error:
            raise SourceError(source, str(error)) from error

    def _judge_source(self, source: Source, load_seq: int, cases: Cases) -> None:
        source_id = self._add_source(source, load_seq)
        existing = self._existing(source)
        sketching = Sketching(source, cases)
        skipped: list[Skipped] = []
        next_id = int(self.connection.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM record").fetchone()[0])
        ids = count(next_id)
        read = 0
        high = array("q")
        self.repeats.come_to(source_id, source)

        def numbered(name: str) -> int:
            return existing.get(name) or next(ids)

        def new_rows() -> Iterator[tuple[Any, ...]]:
            nonlocal read
            found = self._minimised(source).records(self._counted(source, skipped))
            for record, (event_id, field, sort_time, words, is_high, contact) in sketching.sketched(found):
                read += 1
                name, record_id, repeat = self.repeats.identify(event_id, record, numbered)
                if is_high:
                    high.append(record_id)
                if repeat is not _NONE:
                    words, contact = sketching.repeated(record, repeat)
                place = (source_id, *record[:4], record.context, record.problem)
                judged = (event_id, field, sort_time, _WORDS[repeat], 1, *words, contact)
                if existing and name in existing:
                    self._replace(record_id, (*place, *judged))
                else:
                    yield (record_id, name, *place, *judged)

        self.connection.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new_rows()
        )
        self._keep_priority(source_id, high)
        self._close_source(source_id, read, skipped)

    def _keep_priority(self, source_id: int, high: Iterable[int]) -> None:
        """Note which rows of a file come first; a row that an earlier load had may have been another."""
        of_file = "EXISTS (SELECT 1 FROM record WHERE id = record_id AND source_id = ?)"
        self.connection.execute(f"DELETE FROM high_priority WHERE {of_file}", (source_id,))
        self.connection.executemany("INSERT OR IGNORE INTO high_priority VALUES (?)", zip(high))

    def _existing(self, source: Source) -> dict[str, int]:
        """Row id → record id of the rows of earlier loads of this table."""
        rows = self.connection.execute(
            "SELECT row_id, record.id FROM record JOIN source ON source.id = source_id"
            " WHERE table_name = ? AND scope = ?",
            (source.table.name, source.scope),
        )
        return dict(rows.fetchall())

    def _replace(self, record_id: int, values: tuple[Any, ...]) -> None:
        """A later version of a row takes the row's place; an earlier one with other bytes is kept."""
        self.replaced.add(record_id)
        self.connection.execute(
            "INSERT INTO record_version SELECT id, source_id, first_line, last_line, offset, raw, context, problem"
            " FROM record WHERE id = ?1 AND (raw, context, problem) IS NOT (?2, ?3, ?4)",
            (record_id, *values[4:7]),
        )
        self.connection.execute(
            "UPDATE record SET source_id = ?, first_line = ?, last_line = ?, offset = ?, raw = ?, context = ?,"
            " problem = ?, event_id = ?, field = ?, event_at = ?, repeat = ?, latest = ?, queue = ?, rule = ?,"
            " fired = ?, outcome = ?, contact = ? WHERE id = ?",
            (*values, record_id),
        )

    def _mark_missing(self, fresh: Sequence[Source]) -> None:
        """Rows of an earlier load of the same table that this load does not have stay, marked.

        Of payloads nothing is ever missing: each file tells what happened, none says what there is (X20).
        """
        tables = (source for source in fresh if source.judged and source.table.payload is None)
        for group in {(source.table.name, source.scope) for source in tables}:
            self.connection.execute(
                "UPDATE record SET latest = NOT latest"
                " WHERE source_id IN (SELECT id FROM source WHERE (table_name, scope) = (?1, ?2))"
                " AND latest IS NOT (source_id IN (SELECT id FROM source WHERE load_seq ="
                " (SELECT MAX(load_seq) FROM source WHERE (table_name, scope) = (?1, ?2) AND NOT base)))",
                group,
            )

    def _judge_again(self, cases: Cases, load_seq: int, *, everything: bool) -> None:
        touched = self.repeats.touched
        repaired = rename_repaired(cases)
        if touched:
            self.connection.executemany(
                "UPDATE record SET repeat = ? WHERE id = ?",
                [(Repeat.OTHER_CELLS.value, record_id) for record_id in sorted(touched)],
            )
        earlier = " OR source_id NOT IN (SELECT id FROM source WHERE load_seq = ?2)" if everything else ""
        arguments = (json.dumps(sorted(touched | repaired)), load_seq)[: 2 if everything else 1]
        judge_again(cases, f"id IN (SELECT value FROM json_each(?1)){earlier}", arguments)
        paired = judge_pairs(cases)
        self.told = keep_at_load(cases, lambda *_: self.tell())
        check_decisions(cases, None if everything or paired else touched | self.replaced)

    def judge_everything(self) -> dict[str, Any]:
        """Judge every row anew, because rows or contacts were taken out; give what the workspace comes to now."""
        cases = Cases(self.store, map_at_hand=True)
        rank_again(cases)
        self._judge_again(cases, 0, everything=True)
        return came_to(self.connection, cases.policy.sha256)

    def _journal(self, fresh: Sequence[Source], load_seq: int, policy_sha256: str) -> None:
        """Enter what was loaded, under which policy, and what the whole workspace came to."""
        fields = {
            "load": load_seq if fresh else 0,
            "inputs": sorted([source.sha256, source.table.name] for source in fresh),
        }
        maps = sorted({(source.sha256, source.map.sha256) for source in fresh if source.map})
        if maps:
            fields["maps"] = [list(pair) for pair in maps]
        journal.append(self.store, "import", fields | came_to(self.connection, policy_sha256), {"by": self.reviewer})


def _bytes_of(source: Source) -> tuple[str, str, str, bool, str]:
    """What two copies of the same table share, however their files are called."""
    return source.table.name, source.sha256, source.part, source.base, source.map.sha256 if source.map else ""


def _group_of(source: Source) -> tuple[str, bool, str]:
    """What the files share that replace each other's rows."""
    return source.table.name, source.base, source.scope
