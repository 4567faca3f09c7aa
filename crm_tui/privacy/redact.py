"""Redacted copies of exports: files that come to the same verdicts and groups and hold no person.

Rows, their order and their repeats stay; undeclared columns keep their place under another name; a line that cannot be
read is replaced by one that cannot be read either.  Payloads stay payloads (``payloads.py``).
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
from crm_tui.intake import json_files, mbox, soap
from crm_tui.intake.files import find_files
from crm_tui.intake.formats import named, open_sources, records
from crm_tui.intake.json_text import Unreadable, parse
from crm_tui.intake.payloads import Found, found
from crm_tui.intake.source import Source
from crm_tui.privacy.messages import mail_copy, soap_copy
from crm_tui.privacy.payloads import RedactedPayload
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.systems.paths import compact
from crm_tui.text import safe_text

_RENAMED = "redacted_"
"""Stands before the position of a column that no table declares, in the place of its name."""
_SUFFIXES = {json_files.DOCUMENT: "json", json_files.LINES: "jsonl", mbox.NAME: "mbox", soap.NAME: "xml"}
"""What is no table keeps its format; of its tables all are copied into one file."""
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
    wholes = sorted(
        chain.from_iterable(map(_opened, files)), key=lambda one: (_called(one), one[0].name, one[0].sha256)
    )
    into_folder = out.is_dir() or len(wholes) > 1
    if into_folder and out.exists() and not out.is_dir():
        raise UsageError(f"{safe_text(str(out))} is a file; name a folder for {len(wholes)} redacted files.")
    targets = _targets(wholes, out) if into_folder else [out]
    _refuse_overwriting([whole[0] for whole in wholes], targets)
    return [_copy(whole, target, pseudonyms) for whole, target in zip(wholes, targets, strict=True)]


_Whole = tuple[Source, ...]
"""What becomes one file: a table, or all that the payloads of a file are of."""


def _opened(file: Path) -> list[_Whole]:
    opened = open_sources(file)
    if opened.problems:
        raise opened.problems[0]
    by_content: dict[object, list[Source]] = {}
    for at, source in enumerate(opened.sources):
        by_content.setdefault(source.origin if source.format in _SUFFIXES else at, []).append(source)
    return [tuple(sources) for sources in by_content.values()]


def _called(whole: _Whole) -> str:
    return whole[0].table.name if len(whole) == 1 else "payloads"


def write_all(copies: Sequence[Redacted]) -> None:
    """Write them, each whole and private.  Call it when the book is saved: a copy without its book fits no other."""
    for one in copies:
        private_folder(one.path.parent)
        write_atomic(one.path, one.data)


def _targets(wholes: Sequence[_Whole], folder: Path) -> list[Path]:
    """Named by what the tables are: a file's own name may name the client."""
    of_table = Counter(map(_called, wholes))
    seen: Counter[str] = Counter()
    targets = []
    for whole in wholes:
        name = _called(whole)
        seen[name] += 1
        suffix = _SUFFIXES.get(whole[0].format, "csv")
        targets.append(folder / (f"{name}-{seen[name]:03}.{suffix}" if of_table[name] > 1 else f"{name}.{suffix}"))
    return targets


def _refuse_overwriting(sources: Sequence[Source], targets: Sequence[Path]) -> None:
    for target in targets:
        if target.exists() and any(target.samefile(source.origin.path) for source in sources):
            raise TargetError(f"{safe_text(str(target))} is one of the files to redact; write somewhere else.")


def _copy(whole: _Whole, target: Path, pseudonyms: Pseudonyms) -> Redacted:
    match whole[0].format:
        case json_files.DOCUMENT | json_files.LINES:
            return _redacted_payloads(whole, target, pseudonyms)
        case mbox.NAME:
            copies = list(mail_copy(whole[0], pseudonyms))
            read = [readable for _, readable in copies]
            data = b"".join(content for content, _ in copies)
        case soap.NAME:
            data, read = soap_copy(whole, pseudonyms)
        case _:
            return _redacted(whole[0], target, pseudonyms)
    return Redacted(target, data, sum(read), len(read) - sum(read), 0)


def _redacted_payloads(whole: _Whole, target: Path, pseudonyms: Pseudonyms) -> Redacted:
    """Value by value; raises ``InputError`` for a document that cannot be read, and for what would read otherwise."""
    text, rows, unreadable = io.StringIO(), 0, 0
    for number, content in enumerate(json_files.contents(whole[0]), 1):
        before = list(found(content))
        try:
            value = parse(content) if content.strip() else None
        except Unreadable as error:
            if whole[0].format == json_files.DOCUMENT or len(before) != 1:
                raise InputError(
                    f"{whole[0].origin.shown} is damaged in value {number:,} ({error}); have it exported again."
                ) from error
            unreadable += 1
            text.write(_UNREADABLE)
            continue
        new = compact(RedactedPayload(value, pseudonyms).value) if before else ""
        if [_what(one) for one in found(new.encode())] != [_what(one) for one in before]:
            raise InputError(
                f"{whole[0].origin.shown} has a payload in value {number:,} that would be read otherwise without its"
                " people; leave it out, or have the same records exported as CSV."
            )
        rows += len(before)
        text.write(f"{new}\n")
    return Redacted(target, text.getvalue().encode("utf-8", "surrogatepass"), rows, unreadable, 0)


def _what(one: Found) -> tuple[str, bool]:
    return one.table.name if one.table else "", bool(one.problem)


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
