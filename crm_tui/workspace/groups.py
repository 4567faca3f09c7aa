"""The groups of duplicates that a workspace keeps, beside its rows: they are counted and decided on their own.

A group is called by a negative number where a row has a positive one, so that the same keys, the same journal and the
same handoff serve both.  It is kept as long as anything was decided on it, also when a later scan joins it to others.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_tui import canonical
from crm_tui.classify.duplicates import Member, group_case
from crm_tui.model import Case, State
from crm_tui.progress import Progress, nobody
from crm_tui.systems.declare import Kind
from crm_tui.text import counted

if TYPE_CHECKING:
    from crm_tui.identity.duplicates.scan import Suspect
    from crm_tui.workspace.cases import Cases
    from crm_tui.workspace.duplicates import Group

PREFIX = "dup-"
_OPEN = "COALESCE(CASE WHEN stale THEN 'stale' ELSE state END, 'to decide') NOT IN ('approved', 'rejected')"
_LISTED = "FROM duplicate LEFT JOIN decision USING (row_id) WHERE live"

_WHOLE = (
    "NOT EXISTS (SELECT 1 FROM json_each(members) LEFT JOIN record ON record.row_id = json_each.value"
    " WHERE COALESCE(NOT latest OR queue = 'error', 1))"
)
"""Whether every record of a group is in the latest load, and readable."""
SCANNED = {Kind.CONTACT: "contacts", Kind.LEAD: "leads", Kind.ACCOUNT: "companies"}
"""The kinds of records that are compared among themselves, and what several of them are called."""
AT_LOAD = 20_000
"""Records up to which every load scans (some two seconds); above, whoever wants it asks for it."""


class Stored(NamedTuple):
    """One group as stored."""

    number: int
    """Negative."""
    row_id: str
    members: tuple[str, ...]
    """Row ids of the records."""
    pairs: tuple[Suspect, ...]
    """Numbers are positions among the members."""
    live: bool
    """Whether the group is still suggested as it is: no member is gone, and no further one has joined."""


class Groups:
    """The groups of one workspace."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def counts(self) -> tuple[int, int]:
        """All groups that are suggested, and those of them that still wait."""
        sql = f"SELECT COUNT(*), COALESCE(SUM({_OPEN}), 0) {_LISTED}"
        total, left = self.connection.execute(sql).fetchone()
        return int(total), int(left)

    def ids(self, *, open_only: bool = False) -> list[int]:
        """Numbers of the groups that are suggested, in the order in which they were found; of one scan, best first."""
        sql = f"SELECT -id {_LISTED} {f'AND {_OPEN}' if open_only else ''} ORDER BY id"
        return [row[0] for row in self.connection.execute(sql)]

    def number(self, name: str) -> int | None:
        """Number of a group by its row id."""
        row = self.connection.execute("SELECT -id FROM duplicate WHERE row_id = ?", (name,)).fetchone()
        return int(row[0]) if row else None

    def named(self, event_id: str) -> list[int]:
        """Numbers of the groups that are suggested and called so: ``DUP-1a2b3c``."""
        sql = "SELECT -id FROM duplicate WHERE live AND 'DUP-' || substr(row_id, 5, 6) = ? ORDER BY id"
        return [row[0] for row in self.connection.execute(sql, (event_id,))]

    def stored(self, number: int) -> Stored:
        """One group."""
        sql = "SELECT -id, row_id, members, pairs, live FROM duplicate WHERE id = ?"
        return _stored(self.connection.execute(sql, (-number,)).fetchone())

    def all(self) -> Iterator[Stored]:
        """Every group that is suggested, or was decided."""
        sql = (
            "SELECT -id, row_id, members, pairs, live FROM duplicate"
            " WHERE live OR row_id IN (SELECT row_id FROM decision) ORDER BY row_id"
        )
        return map(_stored, self.connection.execute(sql).fetchall())

    def with_member(self, row_ids: Iterable[str]) -> list[str]:
        """Row ids of the groups that one of these rows belongs to."""
        wanted = set(row_ids)
        rows = self.connection.execute("SELECT row_id, members FROM duplicate").fetchall()
        return sorted(row_id for row_id, members in rows if wanted & set(json.loads(members)))

    def apart(self) -> Iterator[tuple[str, str]]:
        """Pairs of row ids that a person has found not to be the same."""
        rows = self.connection.execute(
            "SELECT members FROM duplicate JOIN decision USING (row_id) WHERE state = ?", (State.REJECTED.value,)
        )
        for (members,) in rows.fetchall():
            yield from combinations(json.loads(members), 2)


def _stored(row: tuple[int, str, str, str, int]) -> Stored:
    number, row_id, members, pairs, live = row
    return Stored(number, row_id, tuple(json.loads(members)), tuple(map(_suspect, json.loads(pairs))), bool(live))


def _suspect(said: Mapping[str, Any]) -> Suspect:
    from crm_tui.identity.duplicates.scan import Suspect
    from crm_tui.identity.duplicates.score import Match

    first, second = said["at"]
    match = Match(first, second, said["score"], said["comparable"], said["factors"], said["exact"])
    return Suspect(match, said["probability"], said["weights"])


def _said(one: Suspect, place: Mapping[int, int]) -> dict[str, Any]:
    """A pair as it is stored, rounded so that the same scan is the same text on any machine."""
    match = one.match
    return {
        "at": sorted((place[one.first], place[one.second])),
        "score": round(match.score, 4),
        "comparable": round(match.comparable, 4),
        "factors": {name: round(alike, 4) for name, alike in match.factors.items()},
        "exact": match.exact,
        "probability": None if one.probability is None else round(one.probability, 5),
        "weights": {name: round(weight, 2) for name, weight in one.weights.items()},
    }


def built(cases: Cases, number: int) -> Case:
    """The case of a group, from its records as they are."""
    one = cases.groups.stored(number)
    return group_case(one.row_id, members(cases, one), one.pairs, live=one.live)


def members(cases: Cases, one: Stored) -> list[Member]:
    """The records of a group."""
    found = []
    for name in one.members:
        record_id = cases.by_row_id(name)
        if record_id is not None:
            source, line = cases.place(record_id)
            found.append(Member(name, cases.facts(record_id), source, line))
    return found


def scanned_sources(cases: Cases) -> dict[tuple[str, Kind], list[int]]:
    """(system, kind) → sources whose records are compared with each other, in the order in which that is done."""
    found: dict[tuple[str, Kind], list[int]] = {}
    for source in cases.sources.values():
        if source.judged and source.table.kind in SCANNED:
            found.setdefault((source.table.system, source.table.kind), []).append(source.id)
    return dict(sorted(found.items()))


def number_scanned(cases: Cases, source_ids: Iterable[int]) -> int:
    """How many records of some sources are in the latest load."""
    sql = "SELECT COUNT(*) FROM record WHERE latest AND source_id IN (SELECT value FROM json_each(?))"
    return int(cases.store.connection.execute(sql, (json.dumps(list(source_ids)),)).fetchone()[0])


def keep_at_load(cases: Cases, progress: Progress = nobody) -> tuple[str, ...]:
    """Scan after a load, and give what should be said: of very many records the scan is left to be asked for."""
    by_population = scanned_sources(cases)
    count = sum(number_scanned(cases, ids) for ids in by_population.values())
    if count <= AT_LOAD:
        if by_population:
            keep(cases, progress=progress)
        return ()
    cases.store.connection.execute(f"UPDATE duplicate SET live = 0 WHERE NOT {_WHOLE}")
    return (
        f"{counted(count, 'contact or company', 'contacts and companies')}: crm-tui duplicates looks for duplicates",
    )


def apart(cases: Cases) -> Iterator[tuple[int, int]]:
    """Pairs of record ids that a person has found not to be the same."""
    for one, other in cases.groups.apart():
        first, second = cases.by_row_id(one), cases.by_row_id(other)
        if first is not None and second is not None:
            yield first, second


def kept(cases: Cases, found: Iterable[Group]) -> bool:
    """Whether the workspace has exactly these groups to suggest."""
    rows = cases.store.connection.execute(
        "SELECT row_id FROM duplicate LEFT JOIN decision USING (row_id) WHERE live AND COALESCE(state, '') <> ?",
        (State.REJECTED.value,),
    )
    return {row[0] for row in rows} == {row_id_of(cases, group) for group in found}


def keep(cases: Cases, found: Iterable[Group] | None = None, progress: Progress = nobody) -> None:
    """Scan, and keep what is found; call it inside a transaction.

    ``found``: what a scan of this very state has found, where there was one.
    Groups that were decided stay, whatever the scan finds now; what was found not to be the same is not asked again.
    """
    from crm_tui.workspace.duplicates import scan

    connection = cases.store.connection
    groups = scan(cases, list(apart(cases)), progress) if found is None else found
    best_first = sorted(groups, key=lambda one: (-one.cluster.matches[0].confidence, one.cluster.members))
    rows = [_row(cases, group) for group in best_first]
    connection.execute("UPDATE duplicate SET live = 0")
    connection.execute("DELETE FROM duplicate WHERE row_id NOT IN (SELECT row_id FROM log WHERE row_id <> '')")
    connection.executemany(
        "INSERT INTO duplicate (row_id, system, kind, members, pairs, live) VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (row_id) DO UPDATE SET pairs = excluded.pairs, live = 1",
        rows,
    )
    _keep_rejected(connection)


def row_id_of(cases: Cases, group: Group) -> str:
    """The row id that a group has, or will have once it is kept."""
    return _row(cases, group)[0]


def _row(cases: Cases, group: Group) -> tuple[str, str, str, str, str]:
    """A group as it is stored."""
    sql = "SELECT row_id, id FROM record WHERE id IN (SELECT value FROM json_each(?)) ORDER BY row_id"
    named = cases.store.connection.execute(sql, (json.dumps(group.cluster.members),)).fetchall()
    names = [name for name, _ in named]
    place = {number: at for at, (_, number) in enumerate(named)}
    pairs = [_said(one, place) for one in group.cluster.matches]
    system, kind = group.population.system, group.population.kind.value
    return _row_id(system, kind, names), system, kind, json.dumps(names), json.dumps(pairs)


def _keep_rejected(connection: sqlite3.Connection) -> None:
    """What was found not to be the same stays listed as decided, as long as its records are there."""
    connection.execute(
        f"UPDATE duplicate SET live = 1 WHERE {_WHOLE} AND row_id IN (SELECT row_id FROM decision WHERE state = ?)",
        (State.REJECTED.value,),
    )


def _row_id(system: str, kind: str, names: Iterable[str]) -> str:
    digest = hashlib.sha256(canonical.dumps(["crm-tui-duplicate", system, kind, *sorted(names)])).hexdigest()
    return f"{PREFIX}{digest[:16]}"
