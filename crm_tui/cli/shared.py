"""What several commands print or look up."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crm_tui.cli.parser_parts import DELIMITERS
from crm_tui.errors import JournalDamaged
from crm_tui.files import data_dir
from crm_tui.handoff.notary import KeyNotary
from crm_tui.intake.source import Overrides
from crm_tui.text import counted, safe_text
from crm_tui.workspace import checkpoints, integrity, journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store, login_name
from crm_tui.workspace.summary import sample_kinds

_FIRST = 5
"""Findings of the contact map that a summary names."""


@contextmanager
def opened(path: Path, *, write: bool) -> Iterator[Cases]:
    """The workspace at ``path`` with its journal checked."""
    with Store.open(path, write=write) as store:
        try:
            integrity.check(store)
        except JournalDamaged as error:
            raise JournalDamaged(
                error.code, f"{safe_text(path.name)}: {error} ({error.code}) Take your last copy of it."
            ) from error
        check_anchors(store)
        before = journal.head(store.connection)
        try:
            yield Cases(store)
        finally:
            if write and journal.head(store.connection) != before:
                checkpoints.keep(store, notary=KeyNotary())


def check_anchors(store: Store) -> None:
    """Refuse to write a workspace whose journal is not the one that we left; who only reads it is told."""
    try:
        checkpoints.check(store, KeyNotary())
    except JournalDamaged as error:
        told = f"{safe_text(store.path.name)}: {error} ({error.code})"
        if not store.read_only:
            raise JournalDamaged(error.code, told) from error
        print(f"crm-tui: {told}", file=sys.stderr)


def reviewer_of(cases: Cases, given: str | None) -> str:
    """The display name for the journal: given, else the last one of the workspace, else the login name."""
    name = safe_text((given or "").strip(), 80) or cases.store.meta("reviewer") or login_name()
    if name != cases.store.meta("reviewer") and not cases.store.read_only:
        with cases.store.transaction():
            cases.store.set_meta("reviewer", name)
    return name


def overrides_of(arguments: argparse.Namespace) -> Overrides:
    """What ``--encoding`` and ``--delimiter`` say."""
    return Overrides(arguments.encoding, DELIMITERS.get(arguments.delimiter, ""))


def workspace_json(cases: Cases, path: Path) -> dict[str, Any]:
    """The object of ``load --json``: counts of the whole workspace and of each source."""
    counts = cases.counts()
    per_source: dict[int, dict[str, int]] = {}
    for source_id, queue, number in cases.store.connection.execute(
        "SELECT source_id, queue, COUNT(*) FROM record GROUP BY 1, 2"
    ):
        per_source.setdefault(source_id, {})[queue] = number
    return {
        "workspace": str(path),
        "rows": counts.rows,
        "ledger": counts.ledger,
        "conflicts": counts.conflicts,
        "errors": counts.errors,
        "sources": [
            {
                "name": source.name,
                "system": source.table.system,
                "kind": source.role,
                "sha256": source.sha256,
                "rows": source.rows,
                "ledger": per_source.get(source.id, {}).get("ledger", 0),
                "conflicts": per_source.get(source.id, {}).get("conflict", 0),
                "errors": per_source.get(source.id, {}).get("error", 0),
            }
            for source in cases.sources.values()
        ],
    }


def print_json(value: Any) -> None:
    """One JSON document; non-ASCII is escaped, so that no terminal acts on it."""
    print(json.dumps(value, indent=2))


def print_summary(cases: Cases, path: Path, *, findings: bool = False) -> None:
    """The counts for people, and what the contact map lacks: the first findings, or with ``findings`` all."""
    counts = cases.counts()
    print(f"workspace  {safe_text(str(path))}")
    for source in cases.sources.values():
        print(f"  {safe_text(source.name, 60):<28} {source.role:<12} {counted(source.rows, 'row'):>12}")
    print(f"rows {counts.rows}: ledger {counts.ledger} · conflicts {counts.conflicts} · errors {counts.errors}")
    print(f"{counts.progress} · {counts.left_words}")
    if counts.duplicates:
        print(f"duplicates {counted(counts.duplicates, 'group')} of records that may be the same")
    until = cases.store.meta("keep_until")
    if until:
        over = cases.store.now()[:10] > until
        told = ": that day is over; purge it with crm-tui purge" if over else ""
        print(f"to be kept until {safe_text(until, 20)}{told}")
    _print_findings(cases, None if findings else _FIRST)
    for kind, present in sample_kinds(cases):
        if not present:
            print(f"useful sample: {safe_text(kind)}: absent")


def _print_findings(cases: Cases, most: int | None) -> None:
    """What holds rows because of the contact map, at most ``most`` lines of it."""
    lines = [safe_text(lint.text) for lint in cases.contacts.unreadable]
    entries = len(lines)
    for contact in cases.contacts.linted():
        holding = [safe_text(lint.text) for lint in contact.lints if lint.holds]
        if holding:
            entries += 1
            name = safe_text(contact.label or f"line {contact.line}")
            lines += [f"{name}: {text}" for text in holding]
    if len(lines) > 1:
        print(f"contact map: {counted(len(lines), 'finding')} in {counted(entries, 'entry', 'entries')}")
    for line in lines[:most]:
        print(f"contact map: {line}")
    left = len(lines) - len(lines[:most])
    if left:
        print(f"contact map: {left:,} more; all of them: crm-tui load FILE -w WORKSPACE --findings")


def is_terminal() -> bool:
    """Whether a person is there to see the console and type."""
    return bool(sys.stdin and sys.stdout) and sys.stdin.isatty() and sys.stdout.isatty()


def remembered() -> Path | None:
    """The last workspace, if it is still there."""
    try:
        path = Path(os.fsdecode((data_dir() / "last-workspace").read_bytes()))
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def remember(path: Path) -> None:
    """Keep the workspace as the last one, for ``crm-tui`` alone; a folder that cannot be written is no error."""
    from crm_tui.errors import TargetError
    from crm_tui.files import private_folder, write_atomic
    from crm_tui.workspace.recent import note_recent

    note_recent(path)
    try:
        write_atomic(private_folder(data_dir()) / "last-workspace", os.fsencode(path.absolute()))
    except TargetError:
        return
