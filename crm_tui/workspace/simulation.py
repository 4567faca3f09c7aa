"""What the exports would be once the approved rows are applied to them, and what a second review of them finds.

Applied are copies, in a private folder that is removed again; neither the workspace nor any file of it is changed
(architecture.md, invariant 9, "Convergence").
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from crm_tui.classify.fields import LEAVE_BOTH
from crm_tui.classify.threeway import FieldState
from crm_tui.intake.column_map import ColumnMap, header_keys, parse_map, written
from crm_tui.model import Outcome, State
from crm_tui.progress import Progress, Stages, nobody, told
from crm_tui.systems.declare import Kind
from crm_tui.systems.reference import MAP_SYSTEM
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.counts import Counts
from crm_tui.workspace.ingest import PolicyText
from crm_tui.workspace.load import load
from crm_tui.workspace.store import SUFFIX, Store
from crm_tui.workspace.stored import SourceRow, map_sources

Writes = Mapping[tuple[str, str], Mapping[str, str]]
"""(system, record id) → canonical field → value."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the records of two systems agree (2.8, 2.45)."""

    systems: tuple[str, str]
    """In alphabetical order."""
    compared: int
    """Fields that both systems have, of contacts that both have; without protected ones that stay apart."""
    agreeing: int

    @property
    def share(self) -> float:
        """0 to 1; 1 where nothing was compared."""
        return self.agreeing / self.compared if self.compared else 1.0


@dataclass(frozen=True, slots=True)
class Simulation:
    """The review before, and the review of the copies."""

    before: Counts
    after: Counts
    agreed_before: tuple[Agreement, ...]
    agreed_after: tuple[Agreement, ...]
    applied: int
    """Fields written to the records of the copies."""
    noted: int
    """Fields written to the copy of the contact map: what both systems agree to then."""
    open_after: tuple[str, ...]
    """Event ids of the rows of the copies that would still write or wait, at most 50, in their order; without those
    of which a person decided that nothing is written."""

    @property
    def converged(self) -> bool:
        """Whether the second review has nothing to write and nothing to decide."""
        return not self.open_after


_NAMED = 50
_COSTS = (3, 2, 2, 2, 3, 2)
"""Of what is written, the load of the copies, the agreement before and after, what was left apart, what is open."""


def agreement(cases: Cases, progress: Progress = nobody) -> tuple[Agreement, ...]:
    """The agreement of every pair of systems whose exports are loaded."""
    compared: dict[tuple[str, str], int] = defaultdict(int)
    agreeing: dict[tuple[str, str], int] = defaultdict(int)
    for record_id in _ids(cases, progress):
        facts = cases.facts(record_id)
        here, there = facts.event.table.system, facts.destination
        if not facts.comparisons or here > there:
            continue
        for one in facts.comparisons:
            if not one.blocked:
                compared[here, there] += 1
                agreeing[here, there] += one.state in (FieldState.AGREED, FieldState.FORMATTING)
    return tuple(Agreement(pair, compared[pair], agreeing[pair]) for pair in sorted(compared))


def _ids(cases: Cases, progress: Progress) -> Iterator[int]:
    ids = cases.ids()
    return told(ids, len(ids), progress)


def simulate(cases: Cases, progress: Progress = nobody) -> Simulation:
    """Apply the approved rows to copies of the loaded files and review the copies."""
    stages = Stages(progress, cases.counts().rows, *_COSTS)
    writes = staged_writes(cases, stages.next())
    beside = Path(cases.store.path).parent
    with TemporaryDirectory(prefix=".crm-tui-simulation-", dir=beside) as name:
        folder, agreed = Path(name) / "now", Path(name) / "agreed"
        maps: list[ColumnMap] = []
        folder.mkdir()
        agreed.mkdir()
        for number, (source, rows) in enumerate(_copies(cases, writes), 1):
            header = _write((agreed if source.base else folder) / f"{number:03}-{source.table_name}.csv", rows)
            maps.extend([column_map(source.map_name, source.table_name, header)] if source.names else [])
        path = Path(name) / f"copy{SUFFIX}"
        policy = PolicyText("policy", cases.policy_text())
        now, base = (sorted(one.glob("*.csv")) for one in (folder, agreed))
        load(path, now, base=base, policy=policy, reviewer="simulation", maps=maps, progress=stages.next())
        with Store.open(path, write=False) as store:
            copy = Cases(store)
            return Simulation(
                cases.counts(),
                copy.counts(),
                agreement(cases, stages.next()),
                agreement(copy, stages.next()),
                sum(len(fields) for (system, _), fields in writes.items() if system != MAP_SYSTEM.name),
                sum(len(fields) for (system, _), fields in writes.items() if system == MAP_SYSTEM.name),
                tuple(_still_open(copy, _left_apart(cases, stages.next()), stages.next()))[:_NAMED],
            )


def staged_writes(cases: Cases, progress: Progress = nobody) -> Writes:
    """What the approved rows write, per record of a system and per entry of the contact map."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for record_id, case, review in told(cases.each(), cases.counts().rows, progress):
        if review.state is not State.APPROVED:
            continue
        option = cases.option(record_id, review.choice)
        staged = option.staged if option else None
        if staged is None or staged.operation not in (Outcome.UPDATE, Outcome.LINK):
            continue
        found[staged.destination, staged.target_id].update(staged.values)
        if case.contact_key:
            found[MAP_SYSTEM.name, case.contact_key].update(staged.values)
    return found


def _copies(cases: Cases, writes: Writes) -> Iterator[tuple[SourceRow, list[dict[str, str]]]]:
    maps = map_sources(cases.sources)
    for source in cases.sources.values():
        if source.id in maps:
            yield source, [_mapped(row, writes) for row in _reference(cases, source)]
        elif source.base:
            if rows := list(_reference(cases, source)):
                yield source, rows
        elif source.judged:
            rows = list(_judged(cases, source, writes))
            if rows:
                yield source, rows


def _reference(cases: Cases, source: SourceRow) -> Iterator[dict[str, str]]:
    sql = "SELECT raw, context FROM reference WHERE source_id = ? AND problem = '' ORDER BY id"
    for raw, context in cases.store.connection.execute(sql, (source.id,)):
        yield source.cells(raw, context)


def _mapped(row: dict[str, str], writes: Writes) -> dict[str, str]:
    ids = {name.removesuffix("_contact_id"): text.strip() for name, text in row.items() if name.endswith("_contact_id")}
    key = "/".join(ids[system] for system in sorted(ids) if ids[system])
    return row | {name: text for name, text in writes.get((MAP_SYSTEM.name, key), {}).items() if name in row}


def _judged(cases: Cases, source: SourceRow, writes: Writes) -> Iterator[dict[str, str]]:
    """The rows of a copy: records with what is written to them; events that were approved are taken, so they go."""
    sql = (
        "SELECT record.id, raw, context FROM record WHERE source_id = ? AND latest AND problem = '' ORDER BY record.id"
    )
    records = source.table.kind is Kind.CONTACT and source.table.payload is None
    for record_id, raw, context in cases.store.connection.execute(sql, (source.id,)).fetchall():
        cells = {**source.cells(raw, context), **cases.overlays.get(record_id, {})}
        if records:
            event = cases.facts(record_id).event
            written = writes.get((source.table.system, event.record_id), {})
            yield cells | {
                column.name: written[column.field]
                for column in source.table.columns
                if column.field in written and column.name in cells
            }
        elif cases.review(record_id).state is not State.APPROVED:
            yield cells


def _write(path: Path, rows: list[dict[str, str]]) -> list[str]:
    """Write a copy; gives the columns of its table, one that it does not declare with a ``+`` before it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([name.removeprefix("+") for name in names])
        writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return names


def column_map(name: str, table: str, names: Sequence[str]) -> ColumnMap:
    """The map of a copy whose header is the table's own columns."""
    keys = header_keys(name.removeprefix("+") for name in names)
    columns = {key: ("" if name.startswith("+") else name, "") for key, name in zip(keys, names, strict=True)}
    return parse_map(written(name, table, columns), name)


def _left_apart(cases: Cases, progress: Progress) -> frozenset[str]:
    """Row ids of what a person decided to leave as it is."""
    found = set()
    for record_id, case, review in told(cases.each(), cases.counts().rows, progress):
        option = cases.option(record_id, review.choice) if review.state is State.APPROVED else None
        nothing = option is not None and (
            option.name == LEAVE_BOTH or option.staged is None or option.staged.operation is Outcome.NO_WRITE
        )
        if review.state is State.REJECTED or nothing:
            found.add(case.row_id)
    return frozenset(found)


def _still_open(copy: Cases, left_apart: frozenset[str], progress: Progress) -> Iterator[str]:
    for record_id in _ids(copy, progress):
        case = copy.case(record_id)
        if case.verdict.outcome is not Outcome.NO_WRITE and case.row_id not in left_apart:
            yield case.event_id
