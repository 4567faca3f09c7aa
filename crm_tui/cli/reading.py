"""``rows``: what would be loaded from a file, nothing stored."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

from crm_tui.cli import shared
from crm_tui.identity.secrets import mask_secrets
from crm_tui.intake.explained import reasons, recognised_as
from crm_tui.intake.formats import open_sources, records
from crm_tui.intake.json_files import ENVELOPE
from crm_tui.intake.source import ABSENT, BLANK, Record, Skipped, Source
from crm_tui.text import counted, safe_text

_CELL = 40


class _Read(NamedTuple):
    """One source, read to its end."""

    source: Source
    good: list[Record]
    bad: list[Record]
    left_out: list[Skipped]


def rows(arguments: argparse.Namespace) -> int:
    """Show what would be loaded from one file; 2 when a part of it cannot be read."""
    opened = open_sources(arguments.file, shared.overrides_of(arguments))
    found = [_read(source) for source in opened.sources]
    if arguments.json:
        listed = [_as_json(one) for one in found]
        shared.print_json(listed[0] if len(listed) == 1 else {"sources": listed})
    else:
        for one in found:
            _print(one)
    for problem in opened.problems:
        print(f"crm-tui: {problem}", file=sys.stderr)
    return 2 if opened.problems else 0


def explain(file: Path) -> int:
    """Say why a file was recognised as what it is; 2 when a part of it cannot be read."""
    opened = open_sources(file)
    for source in opened.sources:
        print(recognised_as(source))
        for reason in reasons(source):
            print(f"  {safe_text(reason, 500)}")
    for problem in opened.problems:
        print(f"crm-tui: {problem}", file=sys.stderr)
    return 2 if opened.problems else 0


def _read(source: Source) -> _Read:
    left_out: list[Skipped] = []
    found = list(records(source, left_out))
    good = [record for record in found if record.cells is not None]
    return _Read(source, good, [record for record in found if record.cells is None], left_out)


def _as_json(found: _Read) -> dict[str, Any]:
    source = found.source
    return {
        "rows": [[_cell(cell) for cell in record.cells or ()] for record in found.good],
        "errors": [{"line": record.first_line, "reason": record.problem} for record in found.bad],
        "encoding": source.encoding,
        "dialect": {"delimiter": source.delimiter, "line_end": source.line_end, "quote": '"'},
        "system": source.table.system,
        "kind": source.table.kind.value,
        "name": source.name,
        "table": source.table.name,
        "format": source.format,
        "columns": list(source.header),
        "guessed": list(source.guessed),
        "notes": list(source.notes),
        "left_out": [{"line": span.first_line, "reason": span.reason} for span in found.left_out],
    }


def _cell(text: str) -> str | None:
    """A cell as it may be shown; ``None`` where the record does not have it."""
    return None if text is ABSENT else mask_secrets(text)


def _print(found: _Read) -> None:
    source = found.source
    print(f"{recognised_as(source)}, {counted(len(found.good), 'row')}")
    for note in source.notes:
        print(f"note: {note}")
    for record in found.good:
        cells = " | ".join(safe_text(_cell(cell) or "", _CELL) for cell in record.cells or ())
        print(f"{record.first_line:>7}  {cells}")
    for record in found.bad:
        print(f"{record.first_line:>7}  cannot be read: {safe_text(record.problem)}")
    for span in found.left_out:
        if span.reason not in (BLANK, ENVELOPE):
            print(f"{span.first_line:>7}  left out: {safe_text(span.reason)}")
