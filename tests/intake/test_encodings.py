"""Tables in UTF-16, UTF-32 and Windows-1252: the same cells, the same bytes, and a guess that is called one."""

from __future__ import annotations

import codecs
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.cli import run
from crm_tui.errors import InputError
from crm_tui.intake.formats import open_sources, parse, records
from crm_tui.intake.header import COLUMN_LIMIT
from crm_tui.intake.source import Overrides
from crm_tui.systems import TABLES, nearest
from tests.intake.test_table import (
    BLOCKS,
    BODIES,
    HEADER,
    HEADER_LINE,
    ROWS,
    Cells,
    assert_accounted,
    line,
    open_source,
    read,
    row,
    written,
)

MARKS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file that each example overwrites: Hypothesis runs many of them per test."""
    return tmp_path_factory.mktemp("encodings") / "export.csv"


@given(
    ROWS,
    st.sampled_from(sorted(MARKS)),
    st.booleans(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    BLOCKS,
)
def test_what_csv_writes_in_wide_characters_comes_back(
    file: Path, rows: list[Cells], encoding: str, marked: bool, delimiter: str, end: str, block: int
) -> None:
    rows = [(f"CHG-{number}", *cells) for number, cells in enumerate(rows)]
    if end == "\r":
        rows = [tuple(cell.replace("\n", "\r") for cell in cells) for cells in rows]
    text = written([HEADER, *rows], delimiter, end).decode()
    data = MARKS[encoding] * marked + text.encode(encoding)
    found = read(file, data, block)
    assert found.cells == rows
    assert (found.source.encoding, found.source.delimiter, found.source.line_end) == (encoding, delimiter, end)
    assert found.source.guessed == (() if marked else ("encoding",))
    assert [parse(record.raw, found.source) for record in found.records] == rows
    assert_accounted(data, found)


@given(BODIES, st.lists(st.sampled_from(["\n", '"', "\u0a0a", "\u2020", ",", "x", "\r"])), BLOCKS)
@pytest.mark.parametrize("encoding", [*MARKS, "cp1252"])
def test_any_bytes_after_a_header_are_accounted_for_in_each_encoding(
    file: Path, encoding: str, body: bytes, characters: list[str], block: int
) -> None:
    text = "".join(characters).encode(encoding, "ignore")
    data = HEADER_LINE.decode().encode(encoding) + text + body
    found = read(file, data, block, Overrides(encoding=encoding))
    assert_accounted(data, found)
    for record in found.records:
        if record.cells is not None:
            assert parse(record.raw, found.source) == record.cells


def test_a_damaged_character_is_named_and_nothing_else(file: Path) -> None:
    good = written([HEADER, row(1)]).decode().encode("utf-16-le")
    half = 'CHG-2,"a'.encode("utf-16-le") + b"\x00\xd8" + 'b",c,d,e,f,g\n'.encode("utf-16-le")
    found = read(file, good + half + line(3).decode().encode("utf-16-le"))
    assert found.cells == [row(1), None, row(3)]
    assert found.unreadable == [(3, 3, "byte 0x00 at position 17 is not UTF-16")]


def test_a_last_byte_without_its_other_half_is_one_damaged_row(file: Path) -> None:
    data = (HEADER_LINE + line(1)).decode().encode("utf-16-be") + b"\x00"
    found = read(file, data)
    assert found.cells == [row(1), None]
    assert_accounted(data, found)


def test_windows_1252_is_read_and_called_a_guess(file: Path) -> None:
    rows = [row(1, "Zoë €5"), row(2, "naïve “quote”")]
    found = read(file, written([HEADER, *rows]).decode().encode("cp1252"))
    assert found.cells == rows
    assert (found.source.encoding, found.source.guessed) == ("cp1252", ("encoding",))
    assert "read as cp1252, which is a guess" in found.source.notes[0]


@pytest.mark.parametrize(
    "value",
    ["é and ".encode() + b"\xe9", b"\x81 is no character of Windows-1252"],
    ids=["UTF-8 elsewhere", "not in Windows-1252"],
)
def test_a_bad_byte_does_not_make_windows_1252_of_another_file(file: Path, value: bytes) -> None:
    found = read(file, HEADER_LINE + line(1).replace(b",x,", b"," + value + b",") + line(2))
    assert found.source.guessed == ()
    assert found.cells == [None, row(2)]


def test_what_the_user_says_stands_over_what_is_recognised(file: Path) -> None:
    data = written([HEADER, row(1, "Ã©")]).decode().encode("cp1252")
    assert read(file, data).cells == [row(1, "é")]
    said = read(file, data, overrides=Overrides(encoding="cp1252"))
    assert said.cells == [row(1, "Ã©")]
    assert (said.source.encoding, said.source.guessed) == ("cp1252", ())


def test_a_delimiter_that_the_user_names_is_the_only_one_tried(file: Path) -> None:
    file.write_bytes(written([HEADER, row(1)], ";"))
    assert open_source(file, Overrides(delimiter=";")).delimiter == ";"
    with pytest.raises(InputError, match="has the header of no table"):
        open_source(file, Overrides(delimiter=","))


def test_the_command_line_takes_and_shows_encoding_and_delimiter(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file.write_bytes(written([HEADER, row(1, "Zoë")], "\t").decode().encode("utf-16-le"))
    assert run(["rows", str(file)]) == 0
    assert "utf-16-le (guessed), separator tab" in capsys.readouterr().out
    assert run(["rows", str(file), "--json", "--encoding", "utf-16", "--delimiter", "tab"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["encoding"], shown["guessed"], shown["dialect"]["delimiter"]) == ("utf-16-le", [], "\t")
    assert shown["rows"] == [list(row(1, "Zoë"))]
    assert run(["load", str(file), "-w", str(tmp_path / "guess.crm")]) == 0
    assert "read as utf-16-le, which is a guess" in capsys.readouterr().err
    assert run(["load", str(file), "-w", str(tmp_path / "said.crm"), "--encoding", "utf-16"]) == 0
    assert "guess" not in capsys.readouterr().err


def test_a_person_is_found_and_erased_in_wide_characters(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    damaged = b"damaged row about buyer@example.test\n"
    file.write_bytes((HEADER_LINE + line(1) + damaged).decode().encode("utf-16"))
    workspace = tmp_path / "wide.crm"
    assert run(["load", str(file), "-w", str(workspace)]) == 0
    capsys.readouterr()
    needle = "buyer@example.test".encode("utf-16-le")
    assert needle in workspace.read_bytes()
    assert run(["show", "buyer@example.test", "-w", str(workspace), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 2
    assert run(["erase", "buyer@example.test", "-w", str(workspace), "--reviewer", "R"]) == 0
    assert needle not in workspace.read_bytes()


# --- wide tables, likely tables, and lines that are no rows


@pytest.mark.parametrize("columns", [250, COLUMN_LIMIT - len(HEADER)])
def test_an_export_of_many_columns_is_read(file: Path, columns: int) -> None:
    names = tuple(f"custom.Average opportunity value {number}"[-30:] for number in range(columns))
    cells = (*row(1), *(f"v{number}" for number in range(columns)))
    found = read(file, written([(*HEADER, *names), cells]))
    assert found.cells == [cells]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_million_columns_are_refused_at_once(file: Path, delimiter: str) -> None:
    file.write_bytes(f"x{delimiter}".encode() * 1_000_000 + HEADER_LINE + b"1\n")
    started = time.process_time()
    with pytest.raises(InputError, match="over 5,000 columns; export the table with fewer columns"):
        open_sources(file)
    assert time.process_time() - started < 5


def test_one_column_of_a_small_table_makes_no_file_look_like_it() -> None:
    small = [table for table in TABLES.values() if table.payload is None and len(table.header) <= 2]
    assert small
    for table in small:
        for name in table.header:
            assert nearest([name, "shoe size"]) is None


def test_a_header_that_lacks_one_column_looks_like_its_table() -> None:
    found = nearest(HEADER[:-1])
    assert found and (found[0].name, found[1]) == ("ghl-contact-changes", HEADER[-1:])


REPORT = b"First Name,Last Name,Mailing State/Province,Mailing Zip/Postal Code,Phone,Email\n"
ANN = b"Ann,Adams,CA,94016,555-0100,ann@one.test\n"
FOOTER = (
    b'\n\n"Contacts of the quarter"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
    b'"Confidential Information - Do Not Distribute"\n"Generated By:  Ann Adams  6/1/2026 3:04 PM"\n"Example Ltd"\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_footer_of_a_salesforce_report_is_left_out(file: Path, encoding: str) -> None:
    data = (REPORT + ANN + FOOTER).decode().encode(encoding)
    found = read(file, data)
    assert found.source.table.name == "salesforce-contact-report"
    assert [record.first_line for record in found.records] == [2]
    assert [(span.first_line, span.reason) for span in found.skipped] == [(3, "blank"), (5, "footer")]
    assert_accounted(data, found)


@pytest.mark.parametrize(
    "below",
    [FOOTER + ANN, b'"Generated By: Ann"\n', b"\nAnn\nBen\n", b"\n" + b'"Generated By: Ann"\n' * 13],
    ids=["a row follows", "no blank line", "no footer's words", "too many lines"],
)
def test_lines_that_are_no_footer_stay_damaged_rows(file: Path, below: bytes) -> None:
    found = read(file, REPORT + ANN + below)
    assert {span.reason for span in found.skipped} <= {"blank"}
    assert found.unreadable
    assert_accounted(REPORT + ANN + below, found)


def test_blank_cells_that_excel_drops_below_a_blank_header_are_no_damage(file: Path) -> None:
    short, whole = ",".join(row(1)).encode(), ",".join(row(2)).encode()
    data = HEADER_LINE[:-1] + b", ,\n" + short + b"\n" + whole + b",,\n" + short + b",a\n" + b"CHG-9,too,short\n"
    found = read(file, data)
    assert found.cells == [(*row(1), "", ""), (*row(2), "", ""), (*row(1), "a", ""), None]
    assert_accounted(data, found)
    for record in list(records(found.source))[:3]:
        assert parse(record.raw, found.source) == record.cells
