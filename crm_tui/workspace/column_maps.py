"""Column maps of a load: those given with it, and those that the workspace has used before for the same header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from crm_tui.intake import sheets, table
from crm_tui.intake.column_map import ColumnMap, header_keys
from crm_tui.intake.source import Source, UnknownTable
from crm_tui.text import one_of, safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import stored_maps

_NAMED = 5
"""Columns that a sentence names."""
_WITH_HEADER = (table.NAME, sheets.NAME)


def maps_of(path: Path) -> list[ColumnMap]:
    """The maps that a workspace has used, the latest first; none where there is no workspace yet."""
    if not path.exists():
        return []
    with Store.open(path, write=False) as store:
        return stored_maps(store.connection)


def keep_map(store: Store, used: ColumnMap, reviewer: str) -> None:
    """Keep a map with the workspace, once, and enter it in the journal; call it inside ``transaction``."""
    connection = store.connection
    if connection.execute("SELECT 1 FROM column_map WHERE sha256 = ?", (used.sha256,)).fetchone() is None:
        connection.execute(
            "INSERT INTO column_map (name, sha256, text) VALUES (?, ?, ?)", (used.name, used.sha256, used.text)
        )
        journal.append(store, "map", {"sha256": used.sha256, "table": used.table}, {"by": reviewer})


def told_by(sources: Iterable[Source], maps: Sequence[ColumnMap]) -> list[Source]:
    """The sources, those with exactly a map's header read by it: what a person said comes before what is recognised."""
    return [_told(source, maps) for source in sources]


def resolved(unknown: Iterable[UnknownTable], maps: Sequence[ColumnMap]) -> tuple[list[Source], list[UnknownTable]]:
    """The unknown tables that a map tells, as sources, and the others."""
    found: list[Source] = []
    rest: list[UnknownTable] = []
    for one in unknown:
        source = _told(one.source, maps)
        if source.map:
            found.append(source)
        else:
            rest.append(one)
    return found, rest


def unused(maps: Iterable[ColumnMap], sources: Iterable[Source], unknown: Sequence[UnknownTable]) -> list[str]:
    """One sentence for each map that was given and tells nothing, with what keeps it from fitting the nearest table."""
    used = {source.map.sha256 for source in sources if source.map}
    return [_idle(one, unknown) for one in maps if one.sha256 not in used]


def _idle(one: ColumnMap, unknown: Sequence[UnknownTable]) -> str:
    name = safe_text(one.name, 80)
    wanted = set(one.columns)
    parts = [(wanted ^ set(header_keys(other.source.header)), other.source) for other in unknown]
    if not parts:
        return f"the column map {name} fits no file of this load; it counts for a header with exactly its columns."
    apart, source = min(parts, key=lambda part: len(part[0]))
    keys = [safe_text(key, 60) for key in [*one.columns, *header_keys(source.header)] if key in apart]
    told = one_of(keys[:_NAMED], "and") + (" and others" if len(keys) > _NAMED else "")
    return f"the column map {name} does not fit {safe_text(source.name, 80)}: only one of the two has {told}."


def _told(source: Source, maps: Sequence[ColumnMap]) -> Source:
    if source.format not in _WITH_HEADER:
        return source
    used = next((one for one in maps if one.fits(source.header)), None)
    return replace(source, table=used.target, map=used) if used else source
