"""Excel workbooks: cells as a person sees them, sheets as sources, bombs refused."""

from __future__ import annotations

import datetime
import gzip
import io
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from crm_tui.errors import InputError
from crm_tui.intake.formats import open_sources, parse, records
from tests.factory import APPOINTMENT_HEADER

GOOD = ["APT-1", "CLOSE-1", "ann@one.test", "2026-06-01", "scheduled", "", "Call"]


def saved(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for cells in lines:
            sheet.append(cells)
    book.save(path)
    return path


def repacked(path: Path, name: str, data: bytes) -> Path:
    """The workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()} | {name: data}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    path.write_bytes(stream.getvalue())
    return path


def test_each_known_sheet_is_a_source_also_a_hidden_one(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "x.xlsx",
        Jan=[[], list(APPOINTMENT_HEADER), GOOD],
        Feb=[list(APPOINTMENT_HEADER), GOOD, [], GOOD],
        Empty=[],
        Notes=[["a", "b"], ["c"]],
    )
    opened = open_sources(path)
    assert [source.name for source in opened.sources] == ["x.xlsx!Jan", "x.xlsx!Feb"]
    assert [[record.first_line for record in records(source)] for source in opened.sources] == [[3], [2, 4]]
    assert [record.cells for record in records(opened.sources[0])] == [tuple(GOOD)]
    assert ["x.xlsx!Notes has the header of no table" in str(one) for one in opened.problems] == [True]
    assert len(opened.notes) == 1 and "x.xlsx!Empty is an empty sheet" in opened.notes[0]


def test_stored_rows_parse_to_the_cells_that_were_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.xlsx", A=[list(APPOINTMENT_HEADER), GOOD[:3], [*GOOD, "more"]])
    (source,) = open_sources(path).sources
    short, long = records(source)
    assert short.cells == (*GOOD[:3], "", "", "", "")
    assert parse(short.raw, source) == short.cells
    assert long.problem == "has 8 cells where the header has 7"


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (173595202426, "General", "173595202426"),
        (5361160000012345678, "General", "5.36116000001235E+18"),
        (117.0, "General", "117"),
        (0.1, "General", "0.1"),
        (1234, "00000", "01234"),
        (True, "General", "TRUE"),
        (datetime.datetime(2026, 6, 1), "yyyy-mm-dd", "2026-06-01"),
        (datetime.datetime(2026, 6, 1, 13, 5), "m/d/yy h:mm", "2026-06-01 13:05:00"),
        (45631, "General", "45631"),
        ("4.15556E+10", "General", "4.15556E+10"),
    ],
)
def test_a_cell_is_the_text_that_a_person_sees(tmp_path: Path, value: Any, number_format: str, text: str) -> None:
    book = Workbook()
    book.active.append(list(APPOINTMENT_HEADER))
    book.active.append([value, "CLOSE-1"])
    book.active["A2"].number_format = number_format
    book.save(tmp_path / "x.xlsx")
    (source,) = open_sources(tmp_path / "x.xlsx").sources
    (record,) = records(source)
    assert record.cells and record.cells[0] == text


def test_an_empty_fill_among_the_styles_keeps_no_workbook_from_being_read(tmp_path: Path) -> None:
    rows = [list(APPOINTMENT_HEADER), ["APT-1", *("x" for _ in APPOINTMENT_HEADER[1:])]]
    path = saved(tmp_path / "book.xlsx", appointments=rows)
    with zipfile.ZipFile(path) as book:
        styles = book.read("xl/styles.xml")
    assert b"<fill>" in styles
    repacked(path, "xl/styles.xml", re.sub(rb"<fill>.*?</fill>", b"<fill/>", styles))
    (source,) = open_sources(path).sources
    assert [one.cells[0] for one in records(source, [])] == ["APT-1"]


def test_a_cell_in_the_last_corner_is_one_damaged_row(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(list(APPOINTMENT_HEADER))
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "x.xlsx")
    started = time.monotonic()
    (source,) = open_sources(tmp_path / "x.xlsx").sources
    (record,) = records(source)
    assert (record.first_line, record.problem) == (1_048_576, "has 16,384 cells where the header has 7")
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_damaged_part_is_a_sentence(tmp_path: Path, part: str) -> None:
    path = repacked(saved(tmp_path / "x.xlsx", A=[list(APPOINTMENT_HEADER), GOOD]), part, b"<broken")
    with pytest.raises(InputError, match=r"is damaged or too big to be read safely; save its sheets as CSV\."):
        for source in open_sources(path).sources:
            list(records(source))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, part: str) -> None:
    path = repacked(saved(tmp_path / "x.xlsx", A=[list(APPOINTMENT_HEADER), GOOD]), part, b" " * (64 << 20))
    with pytest.raises(InputError, match="expands to far more than an export would"):
        open_sources(path)


def test_a_workbook_of_empty_sheets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is empty; export the table again"):
        open_sources(saved(tmp_path / "x.xlsx", A=[], B=[[]]))


def test_a_document_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("word/document.xml", "")
    with pytest.raises(InputError, match="is a file of Microsoft Office but no XLSX workbook"):
        open_sources(tmp_path / "x.docx")


@pytest.mark.parametrize("packing", ["zip", "gz"])
def test_a_workbook_within_an_archive_is_read_like_the_workbook(tmp_path: Path, packing: str) -> None:
    book = saved(tmp_path / "book.xlsx", appointments=[list(APPOINTMENT_HEADER), GOOD])
    packed = tmp_path / f"book.{packing}"
    if packing == "gz":
        packed.write_bytes(gzip.compress(book.read_bytes()))
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(book, "march/book.xlsx")
    (source,) = open_sources(packed).sources
    (plain,) = open_sources(book).sources
    assert source.name.endswith("!appointments")
    assert [one.cells for one in records(source)] == [one.cells for one in records(plain)]


def test_a_workbook_within_an_archive_that_is_damaged_or_too_big_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = saved(tmp_path / "book.xlsx", appointments=[list(APPOINTMENT_HEADER), GOOD])
    packed = tmp_path / "book.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(book, "book.xlsx")
    monkeypatch.setattr("crm_tui.intake.sheets.PACKED_LIMIT", 100)
    with pytest.raises(InputError, match="archive"):
        open_sources(packed)
