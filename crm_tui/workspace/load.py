"""Loading files into a workspace: a new one appears whole, an old one changes in one transaction.

Loading the same file again changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.column_map import ColumnMap
from crm_tui.intake.files import find_files, left_aside
from crm_tui.intake.formats import noted, open_sources
from crm_tui.intake.source import NOTHING_SAID, Overrides, Source, UnknownTable
from crm_tui.model import Clock
from crm_tui.progress import Progress
from crm_tui.systems import TABLES
from crm_tui.text import counted, one_of, safe_text
from crm_tui.workspace import checkpoints, integrity, journal
from crm_tui.workspace.collecting import without_collecting
from crm_tui.workspace.column_maps import maps_of, resolved, told_by, unused
from crm_tui.workspace.ingest import Ingest, LoadReport, PolicyText, SourceError
from crm_tui.workspace.policies import read_policies, stored_policy_text, without_policy_tables
from crm_tui.workspace.stopping import stoppable
from crm_tui.workspace.store import Store, utc_now
from crm_tui.workspace.stored import stored_maps


def load(
    path: Path,
    inputs: Sequence[Path],
    *,
    base: Sequence[Path] = (),
    policy: PolicyText | None = None,
    reviewer: str = "",
    progress: Progress | None = None,
    clock: Clock = utc_now,
    overrides: Overrides = NOTHING_SAID,
    maps: Sequence[ColumnMap] = (),
) -> LoadReport:
    """Load files and folders into the workspace at ``path``, which is made when it is not there.

    ``base`` names older exports of the same systems: what both sides last agreed to.  ``maps`` say what the columns of
    unknown tables are; those that the workspace has used before count as well.
    Raises ``WorkspaceError`` for the workspace.  A file that cannot be read is a sentence in the report and the
    rest is loaded; when nothing could be read and nothing else changes, no workspace is made.
    """
    inputs, tables = without_policy_tables(inputs)
    told: tuple[str, ...] = ()
    if tables:
        policy, told = read_policies(tables, policy or stored_policy_text(path))
        told = (
            f"read into the policy, not as data: {one_of([safe_text(one.name, 80) for one in tables], 'and')}.",
            *told,
        )
    known = (*maps, *maps_of(path))
    found, older = open_all(inputs, overrides, known), open_all(base, overrides, known)
    opened = found.sources + [replace(source, base=True) for source in older.sources]
    unknown = (*found.unknown, *older.unknown)
    problems = [*found.problems, *older.problems, *map(str, unknown), *unused(maps, opened, unknown)]
    report = _without_unreadable(
        opened, problems, lambda sound: _load_once(path, sound, policy, reviewer, progress, clock), policy
    )
    return replace(report, notes=(*told, *left_aside([*inputs, *base, path]), *report.notes), unknown=unknown)


def load_more(
    store: Store,
    found: Found,
    reviewer: str,
    said: Sequence[ColumnMap] = (),
    progress: Progress | None = None,
    policy: PolicyText | None = None,
) -> LoadReport:
    """Load what was found into an open workspace, as ``load`` does; its own column maps count, and those ``said``."""
    maps = [*said, *stored_maps(store.connection)]
    more, unknown = resolved(found.unknown, maps)
    sources = [*told_by(found.sources, maps), *more]
    problems = [*found.problems, *map(str, unknown)]
    report = _without_unreadable(
        sources, problems, lambda sound: load_into(store, sound, policy, reviewer, progress), policy
    )
    return replace(report, unknown=tuple(unknown))


def create(path: Path, reviewer: str, *, clock: Clock = utc_now) -> None:
    """Make an empty workspace, to which files come later."""
    with Store.building(path, clock=clock) as store:
        start_journal(store, path.stem, reviewer)


def _without_unreadable(
    opened: list[Source],
    problems: list[str],
    load_sound: Callable[[Sequence[Source]], LoadReport],
    policy: PolicyText | None = None,
) -> LoadReport:
    """Load; a file that turns out unreadable further on is left out, and the load begins anew."""
    while opened or policy is not None:
        try:
            report = load_sound(opened)
        except SourceError as error:
            opened.remove(error.source)
            problems.append(str(error))
        else:
            return replace(report, problems=tuple(problems))
    return LoadReport(problems=tuple(problems))


def _load_once(
    path: Path,
    opened: Sequence[Source],
    policy: PolicyText | None,
    reviewer: str,
    progress: Progress | None,
    clock: Clock,
) -> LoadReport:
    if path.exists() or path.is_symlink():
        with Store.open(path, clock=clock) as store:
            integrity.check(store)
            checkpoints.check(store)
            report = load_into(store, opened, policy, reviewer, progress)
            checkpoints.keep(store)
            return report
    with Store.building(path, clock=clock) as store:
        start_journal(store, path.stem, reviewer)
        return load_into(store, opened, policy, reviewer, progress)


def start_journal(store: Store, name: str, reviewer: str) -> None:
    """Give a new workspace its id and its first entry."""
    with store.transaction():
        store.set_meta("workspace_id", secrets.token_hex(16))
        store.set_meta("name", safe_text(name, 80))
        journal.append(store, "open", {"workspace": store.meta("workspace_id")}, {"by": reviewer})


class Found(NamedTuple):
    """What files hold."""

    sources: list[Source]
    """In an order that does not depend on how the files were named."""
    problems: list[str]
    """One sentence per file, or part of one, that cannot be read."""
    unknown: Sequence[UnknownTable] = ()
    """Tables that no system knows and no column map tells."""


def open_all(paths: Sequence[Path], overrides: Overrides = NOTHING_SAID, maps: Sequence[ColumnMap] = ()) -> Found:
    """Everything that files and folders hold."""
    opened: list[Source] = []
    unknown: list[UnknownTable] = []
    files, faults = find_files(paths)
    problems = [str(fault) for fault in faults]
    for file in files:
        try:
            found = open_sources(file, overrides)
            opened.extend(found.sources)
            faulty: Sequence[InputError] = found.problems
        except InputError as error:
            faulty = [error]
        unknown.extend(one for one in faulty if isinstance(one, UnknownTable))
        problems.extend(str(one) for one in faulty if not isinstance(one, UnknownTable))
    more, unknown = resolved(unknown, maps)
    opened = [*told_by(opened, maps), *more]
    # A fixed order, so that the order in which files are named changes nothing.
    place = {name: number for number, name in enumerate(TABLES)}
    opened.sort(key=lambda one: (one.judged, place[one.table.name], one.name, one.sha256, one.part))
    return Found(list(noted(opened)), problems, unknown)


def load_into(
    store: Store,
    opened: Sequence[Source],
    policy: PolicyText | None = None,
    reviewer: str = "",
    progress: Progress | None = None,
) -> LoadReport:
    """Load recognised files into an open workspace, as one transaction."""
    ingest = Ingest(store, reviewer, progress)
    with without_collecting(), store.transaction(), stoppable(store.connection, ingest.tell):
        return ingest.run(opened, policy)


def summary_line(report: LoadReport) -> str:
    """``4 files loaded, 1 unchanged`` for people."""
    parts = [f"{counted(len(report.loaded), 'file')} loaded"]
    if report.unchanged:
        parts.append(f"{len(report.unchanged)} unchanged")
    if report.problems:
        parts.append(f"{len(report.problems)} not read")
    if report.reopened:
        parts.append(f"{counted(report.reopened, 'decision')} re-opened because the evidence has changed")
    if report.missing:
        parts.append(f"{counted(report.missing, 'row')} no longer in the latest files (kept, marked)")
    return ", ".join(parts)
