"""Redacted copies of exports: files that come to the same verdicts and groups and hold no person.

Rows, their order and their repeats stay; undeclared columns keep their place under another name; a line that cannot be
read is replaced by one that cannot be read either.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from crm_tui.errors import InputError, TargetError, UsageError
from crm_tui.files import private_folder, write_atomic
from crm_tui.intake.files import find_files
from crm_tui.intake.formats import named, open_sources, records
from crm_tui.intake.sheets import NAME as WORKBOOK
from crm_tui.intake.source import Source
from crm_tui.intake.table import NAME as DELIMITED
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.text import safe_text

_RENAMED = "redacted_"
"""Stands before the position of a column that no table declares, in the place of its name."""
_UNREADABLE = "redacted: this line could not be read\n"


@dataclass(frozen=True, slots=True)
class Redacted:
    """The copy of one file."""

    path: Path
    data: bytes
    rows: int
    unreadable: int
    """Damaged lines, whose text was left out whole."""
    renamed: int
    """Columns that no table declares: their names are numbers and their cells are tokens."""


def redact(paths: Sequence[Path], out: Path, pseudonyms: Pseudonyms) -> list[Redacted]:
    """Redacted copies of files and folders, not yet on disk: ``out`` is a file for one file, else a folder.

    Raises ``InputError`` for a file that cannot be read, ``TargetError`` and ``UsageError`` for ``out``.
    """
    files, faults = find_files(paths)
    if faults:
        raise faults[0]
    # In the order of a load, so that copies of several files of a table are read in the same order.
    sources = sorted(chain.from_iterable(map(_opened, files)), key=lambda one: (one.table.name, one.name, one.sha256))
    into_folder = out.is_dir() or len(sources) > 1
    if into_folder and out.exists() and not out.is_dir():
        raise UsageError(f"{safe_text(str(out))} is a file; name a folder for {len(sources)} redacted files.")
    targets = _targets(sources, out) if into_folder else [out]
    _refuse_overwriting(sources, targets)
    return [_redacted(source, target, pseudonyms) for source, target in zip(sources, targets, strict=True)]


def _opened(file: Path) -> tuple[Source, ...]:
    opened = open_sources(file)
    if opened.problems:
        raise opened.problems[0]
    if any(source.format not in (DELIMITED, WORKBOOK) for source in opened.sources):
        raise InputError(
            f"{safe_text(str(file))} holds payloads or mail; only tables are redacted: leave it out, or have the same "
            "records exported as CSV or XLSX."
        )
    return opened.sources


def write_all(copies: Sequence[Redacted]) -> None:
    """Write them, each whole and private.  Call it when the book is saved: a copy without its book fits no other."""
    for one in copies:
        private_folder(one.path.parent)
        write_atomic(one.path, one.data)


def _targets(sources: Sequence[Source], folder: Path) -> list[Path]:
    """Named by what the tables are: a file's own name may name the client."""
    of_table = Counter(source.table.name for source in sources)
    seen: Counter[str] = Counter()
    targets = []
    for source in sources:
        name = source.table.name
        seen[name] += 1
        targets.append(folder / (f"{name}-{seen[name]:03}.csv" if of_table[name] > 1 else f"{name}.csv"))
    return targets


def _refuse_overwriting(sources: Sequence[Source], targets: Sequence[Path]) -> None:
    for target in targets:
        if target.exists() and any(target.samefile(source.origin.path) for source in sources):
            raise TargetError(f"{safe_text(str(target))} is one of the files to redact; write somewhere else.")


def _redacted(source: Source, target: Path, pseudonyms: Pseudonyms) -> Redacted:
    cells_of = named(source)
    position = cells_of(tuple(str(at) for at in range(len(source.header))))
    order = {name: int(at) for name, at in position.items()}
    declared = {order[name] for name in order if name in source.table.by_name}
    names = [cell if at in declared else f"{_RENAMED}{at + 1}" for at, cell in enumerate(source.header)]
    text = io.StringIO()
    # Every cell in quotes: a row of nothing but blanks is a row then, as it may have been before.
    writer = csv.writer(text, delimiter=source.delimiter or ",", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    rows = unreadable = 0
    for record in records(source):
        if record.cells is None:
            unreadable += 1
            text.write(_UNREADABLE)
            continue
        rows += 1
        cells = [""] * len(source.header)
        for name, cell in pseudonyms.row(source.table, cells_of(record.cells)).items():
            cells[order[name]] = cell
        writer.writerow(cells)
    renamed = len(names) - len(declared)
    return Redacted(target, text.getvalue().encode(), rows, unreadable, renamed)
