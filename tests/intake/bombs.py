"""Small files that would cost far more than they hold, made by code; ``python -m tests.intake.bombs FILE …`` loads.

Each takes a ``size``, 1 for the table of the tests; the soak takes others.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks.measure import ROOT
from tests.factory import APPOINTMENT_HEADER, appointment, appointments_bytes

SECONDS = 5
"""Of processor time, parent and child, for a load of one of them."""
MEMORY = 300
"""Megabytes, parent and child together."""

_HEADER = ",".join(APPOINTMENT_HEADER).encode() + b"\n"
_MAIL = b"From 1@xxx Mon Jan 01 00:00:00 +0000 2026\n"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Bomb(NamedTuple):
    """A file: its suffix, its bytes, and words of what is said of it, none where it is loaded."""

    suffix: str
    make: Callable[[float], bytes]
    said: str = ""
    soak: bool = False
    """Whether it takes so long that only the soak loads it."""


def book(*sheets: str, texts: str = "", formats: str = "") -> bytes:
    """A workbook of sheets that are given as XML."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + _types("workbook.xml", "sheet.main")
        + _types("styles.xml", "styles")
        + (_types("sharedStrings.xml", "sharedStrings") if texts else "")
        + "".join(_types(f"worksheets/sheet{number}.xml", "worksheet") for number in numbers)
        + "</Types>",
        "_rels/.rels": _relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            *((f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers),
            ("rIdS", "styles", "styles.xml"),
            *([("rIdT", "sharedStrings", "sharedStrings.xml")] if texts else []),
        ),
        "xl/styles.xml": f"<styleSheet {_MAIN}><numFmts>{formats}</numFmts><fonts><font/></fonts>"
        "<fills><fill><patternFill/></fill></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf/><xf numFmtId="200"/></cellXfs></styleSheet>',
    }
    if texts:
        parts["xl/sharedStrings.xml"] = f"<sst {_MAIN}>{texts}</sst>"
    parts |= {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in zip(numbers, sheets, strict=True)}
    return zipped(*((name, text.encode()) for name, text in parts.items()))


def _types(name: str, kind: str) -> str:
    return f'<Override PartName="/xl/{name}" ContentType="{_TYPES}.{kind}+xml"/>'


def _relations(*each: tuple[str, str, str]) -> str:
    told = "".join(f'<Relationship Id="{one}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for one, kind, to in each)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """A sheet of appointments with rows that are given as XML below its header."""
    header = "".join(cell(f"{chr(65 + at)}1", name) for at, name in enumerate(APPOINTMENT_HEADER))
    return (
        f'{before}<worksheet {_MAIN}><sheetData><row r="1">{header}</row>{"".join(rows)}</sheetData>{after}</worksheet>'
    )


def cell(place: str, text: str) -> str:
    """A cell with its text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _each_row(count: float, cells: Callable[[int], str]) -> str:
    return "".join(f'<row r="{row}">{cells(row)}</row>' for row in range(2, int(count) + 2))


def _entities(size: float) -> str:
    told = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise("abcdefghij"))
    return f'<!DOCTYPE x [<!ENTITY a "{"a" * int(1000 * size)}">{told}]>'


def _request(items: list[object]) -> dict[str, object]:
    """A request that was captured with its body as a text."""
    return {"headers": {}, "body": json.dumps(items)}


HOLLOW = "that are damaged, unknown or hold next to nothing"
BOMBS: dict[str, Bomb] = {
    # workbooks
    "cells in the last column": Bomb(
        ".xlsx", lambda n: book(sheet(_each_row(30_000 * n, lambda row: cell(f"XFD{row}", "x")))), HOLLOW
    ),
    "one long cell": Bomb(
        ".xlsx",
        lambda n: book(sheet(f'<row r="2">{cell("A2", "".join(map(hex, range(int(700_000 * n)))))}</row>')),
    ),
    "one text in many cells": Bomb(
        ".xlsx",
        lambda n: book(
            sheet(_each_row(3000 * n, lambda row: '<c t="s"><v>0</v></c>' * 7)), texts=f"<si><t>{'x' * 32_000}</t></si>"
        ),
        "expands to far more than an export would",
    ),
    "texts without cells": Bomb(
        ".xlsx",
        lambda n: book(sheet(), texts="".join(f"<si><t>{text}</t></si>" for text in range(int(500_000 * n)))),
        "holds more texts than its cells can show",
    ),
    "a long number format": Bomb(
        ".xlsx",
        lambda n: book(
            sheet(_each_row(3000, lambda row: f'<c r="A{row}" s="1"><v>5</v></c>')),
            formats=f'<numFmt numFmtId="200" formatCode="{"0" * int(100_000 * n)}"/>',
        ),
        "expands to far more than an export would",
    ),
    "many sheets": Bomb(".xlsx", lambda n: book(*[sheet()] * int(1500 * n)), "has over 1,000 sheets"),
    "wide sheets": Bomb(
        ".xlsx",
        lambda n: book(
            *[f"<worksheet {_MAIN}><sheetData><row>{'<c><v>1</v></c>' * 16_384}</row></sheetData></worksheet>"]
            * int(4 * n)
        ),
        "has the header of no table that is known",
    ),
    "merged cells": Bomb(
        ".xlsx",
        lambda n: book(
            sheet(after="<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * int(100_000 * n) + "</mergeCells>")
        ),
    ),
    "deep markup": Bomb(".xlsx", lambda n: book(sheet("<a>" * int(100_000 * n) + "</a>" * int(100_000 * n)))),
    "entities in a workbook": Bomb(
        ".xlsx", lambda n: book(sheet(f"<row>{cell('A2', '&j;')}</row>", before=_entities(n))), "is damaged or too big"
    ),
    # payloads
    "empty lists": Bomb(".json", lambda n: b"[" + b",".join([b"[]"] * int(300_000 * n)) + b"]", HOLLOW),
    "small objects": Bomb(
        ".json", lambda n: b"[" + b",".join(b'{"a":%d}' % at for at in range(int(100_000 * n))) + b"]", HOLLOW
    ),
    "a page of ids": Bomb(
        ".json",
        lambda n: b'{"contacts":[' + b",".join(b'{"id":"%d"}' % at for at in range(int(60_000 * n))) + b'],"meta":{}}',
        HOLLOW,
        soak=True,
    ),
    "unknown payloads": Bomb(
        ".jsonl",
        lambda n: b"".join(b'{"type":"x","m%d":1}\n' % at for at in range(int(200_000 * n))),
        HOLLOW,
        soak=True,
    ),
    "lines that are no JSON": Bomb(".jsonl", lambda n: b"{}\n" + b"x\n" * int(300_000 * n), HOLLOW),
    "blank lines": Bomb(".jsonl", lambda n: b'{"type":"x"}\n' + b"\n" * int(2_000_000 * n)),
    "many values": Bomb(
        ".jsonl", lambda n: (b'{"type":"ContactCreate","a":[' + b"{}," * int(2_000_000 * n) + b"1]}\n") * 2
    ),
    "one text for many records": Bomb(
        ".json",
        lambda n: json.dumps([_request([{"type": "x"}] * int(3000 * n))] * 20).encode(),
        "one envelope for too many",
    ),
    "a long line": Bomb(
        ".jsonl", lambda n: b"{}\n{}\n" + b'{"a":"' + b"x" * int((10 << 20) * n) + b'"}\n', "8 MB without a line end"
    ),
    # tables
    "damaged lines": Bomb(".csv", lambda n: _HEADER + b"x\n" * int(1_000_000 * n), HOLLOW),
    "open quotes": Bomb(".csv", lambda n: _HEADER + b'"x",y,"\n' * int(300_000 * n), HOLLOW),
    "a million columns": Bomb(".csv", lambda n: b"c," * int(1_000_000 * n) + b"d\n1\n", "header over 5,000 columns"),
    "a long column name": Bomb(".csv", lambda n: b"n" * int(10_000_000 * n) + b",b\n1,2\n", "header over 200,000"),
    "wide rows": Bomb(".csv", lambda n: _HEADER[:-1] + b",x" * 4900 + b"\n" + (b"," * 4906 + b"\n") * int(1000 * n)),
    "rows of next to nothing": Bomb(
        ".csv.gz", lambda n: gzip.compress(_HEADER + b"x,,,,,,\n" * int(1_000_000 * n)), HOLLOW
    ),
    # mail
    "empty messages": Bomb(".mbox", lambda n: _MAIL * int(100_000 * n), HOLLOW),
    "messages without a header of a mail": Bomb(".mbox", lambda n: (_MAIL + b"A: b\n\n") * int(50_000 * n), HOLLOW),
    "empty parts": Bomb(
        ".mbox",
        lambda n: (
            (_MAIL + b"To: a@b.test\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 900) * int(300 * n)
        ),
    ),
    "headers": Bomb(".mbox", lambda n: (_MAIL + b"To: a@b.test\n" * 70_000 + b"\n") * int(5 * n)),
    "a long message": Bomb(".mbox", lambda n: _MAIL + b"To: a@b.test\n\n" + (b"x" * 76 + b"\n") * int(200_000 * n)),
    # archives
    "many members": Bomb(
        ".zip", lambda n: zipped(*((f"{at}.csv", b"") for at in range(int(5_000 * n)))), "holds over 2,000 files"
    ),
    "many workbooks": Bomb(
        ".zip", lambda n: zipped(*((f"{at}.xlsx", b"PK\3\4") for at in range(int(200 * n)))), "holds over 100 workbooks"
    ),
    "archives in an archive": Bomb(
        ".zip",
        lambda n: zipped(*((f"{at}.csv", zipped(("x", b""))) for at in range(int(500 * n)))),
        "is an archive within",
    ),
    "equal rows": Bomb(
        ".csv.gz",
        lambda n: gzip.compress(appointments_bytes(*[appointment()] * int(200_000 * n))),
        "expands to far more",
    ),
    "a gzip of a gzip": Bomb(
        ".gz", lambda n: gzip.compress(gzip.compress(b"x" * int(10_000_000 * n))), "is an archive within"
    ),
}


class Cost(NamedTuple):
    """What a load came to."""

    said: str
    """Its problems."""
    loaded: bool
    seconds: float
    """Of processor time, parent and children."""
    memory: float
    """Megabytes, of the parent and of the largest child together."""


def written(folder: Path, name: str, size: float = 1) -> Path:
    """A bomb on disk."""
    path = folder / f"{name.replace(' ', '-')}{BOMBS[name].suffix}"
    path.write_bytes(BOMBS[name].make(size))
    return path


def costs(paths: Sequence[Path]) -> list[Cost]:
    """What loading each of the files costs, in one fresh process.

    Children are told by the largest of all of them, so workbooks, which are read in one, are measured alone.
    """
    command = [sys.executable, "-m", "tests.intake.bombs", *map(str, paths)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return [Cost(*json.loads(line)) for line in done.stdout.splitlines()]


def held(name: str, cost: Cost) -> bool:
    """Whether a bomb was loaded, or refused with the words expected, within the limits."""
    said = BOMBS[name].said
    answered = said in cost.said and cost.said.endswith(".") if said else cost.loaded
    return answered and cost.seconds < SECONDS and cost.memory < MEMORY


def _cost(path: Path) -> Cost:
    from crm_tui.workspace.load import load

    # The most that a process has held begins anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = _seconds()
    with TemporaryDirectory(prefix="crm-tui-bomb-") as folder:
        report = load(Path(folder) / "bomb.crm", [path], reviewer="Jo")
    return Cost(" ".join(report.problems), bool(report.loaded), _seconds() - before, _memory())


def _seconds() -> float:
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def _memory() -> float:
    told = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return (int(told.split()[1]) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


if __name__ == "__main__":
    for one in sys.argv[1:]:
        print(json.dumps(_cost(Path(one))), flush=True)
