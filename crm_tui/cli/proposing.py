"""``systems --propose`` and ``systems --tables``: a column map for a table that no system knows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crm_tui.errors import InputError, TargetError, UsageError
from crm_tui.files import write_atomic
from crm_tui.intake.column_map import targets
from crm_tui.intake.formats import open_sources
from crm_tui.intake.proposal import propose_for
from crm_tui.intake.source import Source, UnknownTable
from crm_tui.systems import label
from crm_tui.systems.declare import Table
from crm_tui.text import safe_text


def propose(arguments: argparse.Namespace) -> int:
    """Write what the columns of an unknown table may be, as a column map to look through."""
    table = _table(arguments.table) if arguments.table else None
    source = _unknown(arguments.propose, force=table is not None)
    proposal = propose_for(source, table)
    text = proposal.as_toml()
    if arguments.out is None:
        print(text, end="")
    elif arguments.out.exists():
        raise TargetError(f"{safe_text(str(arguments.out))} exists already; name another file for the column map.")
    else:
        write_atomic(arguments.out, text.encode())
        told = sum(1 for column in proposal.columns if column.target)
        print(
            f"{safe_text(str(arguments.out))}: {told} of {len(proposal.columns)} columns proposed as"
            f" {proposal.table.name}; look it through, then load the file with --map",
            file=sys.stderr,
        )
    return 0


def _unknown(path: Path, *, force: bool) -> Source:
    """The one table of a file that no system knows; with ``force`` a known one too."""
    try:
        opened = open_sources(path)
    except UnknownTable as error:
        return error.source
    unknown = [one.source for one in opened.problems if isinstance(one, UnknownTable)]
    found = unknown or ([one for one in opened.sources if not one.format.startswith(("json", "soap"))] if force else [])
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{safe_text(str(path))} has several such tables; save the one you mean as CSV.")
    known = ", ".join(one.table.name for one in opened.sources[:3])
    raise InputError(
        f"{safe_text(str(path))} needs no column map, it is read as {known}; to read it otherwise, add --as TABLE."
    )


def tables(name: str) -> int:
    """Print the tables that a column map may name, or the columns of one."""
    if name:
        for column in _table(name).columns:
            print(f"{column.name:<34} {column.field or '-':<18} {column.label}")
        return 0
    for table in targets().values():
        print(f"{table.name:<28} {table.kind.value:<12} {label(table.system)}")
    return 0


def _table(name: str) -> Table:
    known = targets()
    if name not in known:
        raise UsageError(f"there is no table {safe_text(name, 60)}; crm-tui systems --tables lists them.")
    return known[name]
