"""Rows from files: the same cells back, every byte accounted for, exactly the damaged line named."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake import lines as lines_module
from crm_tui.intake.damage import FIELD_LIMIT
from crm_tui.intake.formats import in_table_order, open_sources, parse, records
from crm_tui.intake.origin import plain
from crm_tui.intake.source import NOTHING_SAID, Overrides, Record, Skipped, Source
from crm_tui.systems import TABLES

HEADER = TABLES["ghl-contact-changes"].header
HEADER_LINE = ",".join(HEADER).encode() + b"\n"
BOM = b"\xef\xbb\xbf"

Cells = tuple[str, ...]


class Read(NamedTuple):
    source: Source
    records: list[Record]
    skipped: list[Skipped]

    @property
    def cells(self) -> list[Cells | None]:
        return [record.cells for record in self.records]

    @property
    def unreadable(self) -> list[tuple[int, int, str]]:
        return [(record.first_line, record.last_line, record.problem) for record in self.records if record.problem]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file that each example overwrites: Hypothesis runs many of them per test."""
    return tmp_path_factory.mktemp("table") / "export.csv"


def read(file: Path, data: bytes, block: int = 0, overrides: Overrides = NOTHING_SAID) -> Read:
    file.write_bytes(data)
    source = open_source(file, overrides)
    skipped: list[Skipped] = []
    with mock.patch.object(lines_module, "BLOCK", block or lines_module.BLOCK):
        return Read(source, list(records(source, skipped)), skipped)


def open_source(file: Path, overrides: Overrides = NOTHING_SAID) -> Source:
    """The one source of a file."""
    (source,) = open_sources(file, overrides).sources
    return source


def row(number: int, value: str = "x") -> Cells:
    return (f"CHG-{number}", "GHL-501", "buyer@example.test", "", "phone", value, "2025-03-01T10:00:00Z")


def line(number: int) -> bytes:
    return ",".join(row(number)).encode() + b"\n"


def written(rows: Iterable[Cells], delimiter: str = ",", end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    """The rows by ``csv.writer``, which quotes ``\\r`` and ``\\n`` only when its own line end has both."""
    parts = []
    for cells in rows:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerow(cells)
        parts.append(stream.getvalue().removesuffix("\r\n") + end)
    return "".join(parts).encode()


def assert_accounted(data: bytes, found: Read) -> None:
    """Header, left-out lines and rows are the file, byte for byte and line for line, in order."""
    both: list[Record | Skipped] = [*found.records, *found.skipped]
    spans = sorted(both, key=lambda span: span.offset)
    offset, number = len(found.source.header_raw), found.source.header_last_line + 1
    for span in spans:
        assert (span.offset, span.first_line) == (offset, number)
        offset += len(span.raw)
        taken = len(lines_module.split_lines(span.raw, found.source.line_end, found.source.encoding))
        assert not isinstance(span, Record) or span.last_line == number + taken - 1
        number += taken
    assert found.source.header_raw + b"".join(span.raw for span in spans) == data
    assert all((record.cells is None) == bool(record.problem) for record in found.records)


# --- every byte accounted for

BLOCKS = st.sampled_from([1, 7, 50, 1000])
CSV_LIKE = st.text('ab",;\t \r\n\0é\ufeff').map(str.encode)
BODIES = st.lists(CSV_LIKE | st.binary() | st.builds(line, st.integers(1, 99)), max_size=12).map(b"".join)


@given(BODIES, BLOCKS)
def test_any_bytes_after_a_header_are_accounted_for(file: Path, body: bytes, block: int) -> None:
    data = HEADER_LINE + body
    assert_accounted(data, read(file, data, block))


@given(BODIES.map(lambda body: body.replace(b"\n", b"\r")), BLOCKS)
def test_any_bytes_with_lone_carriage_returns_are_accounted_for(file: Path, body: bytes, block: int) -> None:
    data = HEADER_LINE.replace(b"\n", b"\r") + body
    assert_accounted(data, read(file, data, block))


@given(BODIES, BLOCKS)
def test_the_size_of_the_blocks_changes_nothing(file: Path, body: bytes, block: int) -> None:
    assert read(file, HEADER_LINE + body, block).records == read(file, HEADER_LINE + body).records


def test_a_file_cut_anywhere_never_crashes(file: Path) -> None:
    rows = [row(1, "é, ☃"), row(2, 'said "no"\r\n\r\nand left'), row(3, ""), row(4, "\n,\n")]
    whole = BOM + written([HEADER, *rows]) + b"\n,,,,,,\n" + line(5)
    opened = 0
    for end in range(len(whole)):
        try:
            found = read(file, whole[:end], 64)
        except InputError:
            continue
        opened += 1
        assert_accounted(whole[:end], found)
        assert [cells for cells in found.cells[:-1] if cells] == rows[: len(found.cells[:-1])]
    assert opened > len(whole) - len(BOM + HEADER_LINE)


# --- the same cells back

TEXT = st.text(
    st.sampled_from('ab",;\t \r\n\0é\ufeff\u2028\x1c') | st.characters(exclude_categories=["Cs"]), max_size=12
)
ROWS = st.lists(st.tuples(*[TEXT] * (len(HEADER) - 1)), max_size=8)


@given(
    ROWS,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.booleans(),
    BLOCKS,
)
def test_what_csv_writes_comes_back(
    file: Path,
    rows: list[Cells],
    delimiter: str,
    end: str,
    quoting: int,
    bom: bool,
    last_line_ends: bool,
    block: int,
) -> None:
    rows = [(f"CHG-{number}", *cells) for number, cells in enumerate(rows)]
    if end == "\r":
        rows = [tuple(cell.replace("\n", "\r") for cell in cells) for cells in rows]
    data = BOM * bom + written([HEADER, *rows], delimiter, end, quoting)
    found = read(file, data if last_line_ends else data.removesuffix(end.encode()), block)
    assert found.cells == rows
    assert found.skipped == []
    assert found.source.delimiter == delimiter
    assert found.source.encoding == ("utf-8-sig" if bom else "utf-8")
    assert found.source.line_end == end or (not rows and not last_line_ends)
    assert [parse(record.raw, found.source) for record in found.records] == rows


@given(st.sampled_from([b"", BOM]), st.sampled_from([b"", BOM + line(1)]), BODIES)
def test_stored_rows_parse_to_the_cells_that_were_read(file: Path, bom: bytes, first: bytes, body: bytes) -> None:
    found = read(file, bom + HEADER_LINE + first + body)
    for record in found.records:
        if record.cells is not None:
            assert parse(record.raw, found.source) == record.cells


@pytest.mark.parametrize("raw", [b'a,"b\n', b'"a"b,c\n', b"\xff,b\n"])
def test_stored_bytes_that_are_no_row_are_refused(file: Path, raw: bytes) -> None:
    layout = read(file, HEADER_LINE).source
    with pytest.raises(InputError, match="load its file again"):
        parse(raw, layout)


EXTRA = ("notes", "", "ref", " ", "#8", "+notes")


@given(st.permutations([*HEADER, "phone", *EXTRA]))
def test_columns_in_any_order(file: Path, columns: list[str]) -> None:
    value = {name: f"value of {name}" for name in columns}
    data = written([tuple(columns), tuple(value[name] for name in columns)])
    found = read(file, data)
    (cells,) = found.cells
    assert cells == tuple(value[name] for name in columns)
    mapped = in_table_order(found.source.table, found.source.header)(cells)
    declared = [*HEADER, "phone"]
    assert list(mapped)[: len(declared)] == declared
    assert [mapped[name] for name in declared] == [value[name] for name in declared]
    assert {name: mapped[f"+{name}"] for name in EXTRA if name.strip()} == {
        name: value[name] for name in EXTRA if name.strip()
    }
    assert mapped[f"#{columns.index('') + 1}"] == value[""]
    assert len(mapped) == len(columns)


def test_header_cells_are_compared_loosely_and_kept_as_written(file: Path) -> None:
    header = tuple(f" {name.replace('_', ' ').title()}" for name in HEADER)
    found = read(file, written([header, row(1)]))
    assert found.source.header == header
    assert in_table_order(found.source.table, found.source.header)(row(1)) == dict(zip(HEADER, row(1), strict=True))


def test_the_second_column_of_a_name_is_called_by_its_position_too(file: Path) -> None:
    header = ("Create Date", "Email", "Create Date #4", "Create Date", "EMAIL", *HEADER[3:], *HEADER[:2])
    found = read(file, written([header, tuple(f"v{number}" for number in range(1, len(header) + 1))]))
    (cells,) = found.cells
    assert cells
    mapped = in_table_order(found.source.table, found.source.header)(cells)
    assert mapped["email"] == "v2"
    assert [name for name, value in mapped.items() if value in ("v1", "v3", "v4", "v5")] == [
        "+Create Date",
        "+Create Date #4",
        "+Create Date #4 #4",
        "+EMAIL #5",
    ]
    assert len(mapped) == len(header)


# --- exactly the damaged line

# A cell that starts with a letter: the quote that opens it can then never close a stray one.
SAFE_TEXT = st.builds(str.__add__, st.sampled_from("ab"), st.text('ab", \né', max_size=10))
GOOD_ROWS = st.lists(SAFE_TEXT, min_size=1, max_size=9).map(
    lambda texts: [row(number, text) for number, text in enumerate(texts)]
)


def stray_quote(draw: st.DataObject) -> bytes:
    cells = [cell.encode() for cell in row(77)]
    at = draw.draw(st.integers(0, len(cells) - 1))
    return b",".join([*cells[:at], b'"' + cells[at], *cells[at + 1 :]]) + b"\n"


def text_after_quote(draw: st.DataObject) -> bytes:
    return line(77).replace(b",phone,", draw.draw(st.sampled_from([b',"phone"x,', b',"phone" ,', b',"pho"ne",'])))


def cell_count(draw: st.DataObject) -> bytes:
    at = draw.draw(st.integers(1, len(HEADER) - 1))
    cells = row(77)
    changed = draw.draw(st.sampled_from([cells[:at] + cells[at + 1 :], (*cells[:at], "new, cell", *cells[at:])]))
    return written([changed])


def bad_byte(draw: st.DataObject) -> bytes:
    good = line(77)
    at = draw.draw(st.integers(0, len(good) - 1))
    return good[:at] + draw.draw(st.sampled_from([b"\xe9", b"\xff", b"\xc3", b"\xed\xa0\x80"])) + good[at:]


@pytest.mark.parametrize("damage", [stray_quote, text_after_quote, cell_count, bad_byte])
@given(before=GOOD_ROWS, after=GOOD_ROWS, block=BLOCKS, draw=st.data())
def test_one_damaged_line_is_named_and_nothing_else(
    file: Path, damage: Any, before: list[Cells], after: list[Cells], block: int, draw: st.DataObject
) -> None:
    # A text that is UTF-8 elsewhere: where none is, bytes like these are Windows-1252.
    before = [row(0, "é"), *before]
    head = written([HEADER, *before])
    data = head + damage(draw) + written(after)
    found = read(file, data, block)
    number = head.count(b"\n") + 1
    assert [where[:2] for where in found.unreadable] == [(number, number)]
    assert [cells for cells in found.cells if cells is not None] == [*before, *after]
    assert_accounted(data, found)


@given(GOOD_ROWS, BLOCKS, st.data())
def test_a_truncated_last_line_is_named_and_nothing_else(
    file: Path, before: list[Cells], block: int, draw: st.DataObject
) -> None:
    head = written([HEADER, *before])
    last = written([row(77, 'a "b", c')])
    end = draw.draw(st.integers(1, last.rindex(b",")))
    found = read(file, head + last[:end], block)
    number = head.count(b"\n") + 1
    assert [where[:2] for where in found.unreadable] == [(number, number)]
    assert found.cells == [*before, None]


@pytest.mark.parametrize(
    ("damaged", "lines", "problem"),
    [
        (b"CHG-7,a,b,c\n", 1, "has 4 cells where the header has 7"),
        (b"CHG-7\n", 1, "has 1 cell where the header has 7"),
        (b'CHG-7,"a,b,c,d,e,f\n', 1, "a quote is opened and never closed"),
        (b'CHG-7,"a"b,c,d,e,f,g\n', 1, "text follows a closing quote"),
        (b"CHG-7,a,caf\xe9,c,d,e,f\n", 1, "byte 0xE9 at position 12 is not UTF-8"),
        (b"CHG-7,a\rb,b,c,d,e,f\n", 1, "a carriage return stands outside quotes"),
        (b'CHG-7,"a\nb\n\nc",d\n', 4, "has 3 cells where the header has 7"),
        (b'CHG-7,"a\nb"c,d\n', 2, "text follows a closing quote in line 2 of the row"),
        (b'"CHG-7\nA"x,b,c,d,e,f,g\n', 2, "text follows a closing quote in line 2 of the row"),
        (b'CHG-7,"caf\xe9,c,d,e,f,g\n', 1, "byte 0xE9 at position 11 is not UTF-8"),
        (b'CHG-7,"a\nb\xff",b,c,d,e,f\n', 2, "byte 0xFF at position 2 of line 2 of the row is not UTF-8"),
    ],
)
@pytest.mark.parametrize("block", [0, 5])
def test_what_is_said_of_damage(file: Path, damaged: bytes, lines: int, problem: str, block: int) -> None:
    found = read(file, HEADER_LINE + written([row(1, "é")]) + damaged + line(2), block)
    assert found.unreadable == [(3, 2 + lines, problem)]
    assert found.cells == [row(1, "é"), None, row(2)]


def test_a_long_cell_is_kept_and_a_longer_one_is_one_unreadable_row(file: Path) -> None:
    kept, over = row(1, "x" * FIELD_LIMIT), row(2, "x" * (FIELD_LIMIT + 1))
    found = read(file, written([HEADER, kept, over, row(3)]))
    assert found.cells == [kept, None, row(3)]
    assert found.unreadable == [(3, 3, "a cell is longer than 1,048,576 characters")]


def test_a_quote_is_not_followed_further_than_a_cell_may_go(file: Path) -> None:
    """Three damaged lines after it leave no good row near by to tell that the quote is a stray one."""
    damaged = b'CHG-1,"a,b,c,d,e,f\n' + b"damaged\n" * 3
    found = read(file, HEADER_LINE + damaged + line(2) * 40_000)
    assert [where[:2] for where in found.unreadable] == [(2, 2), (3, 3), (4, 4), (5, 5)]
    assert found.cells[4:] == [row(2)] * 40_000


def test_a_nul_is_text(file: Path) -> None:
    assert read(file, written([HEADER, row(1, "a\0b")])).cells == [row(1, "a\0b")]


def test_rows_pasted_into_a_quoted_cell_stay_in_it(file: Path) -> None:
    """Whoever writes a text must not thereby write rows."""
    pasted = row(1, "hello\n" + line(66).decode() + line(67).decode())
    assert read(file, written([HEADER, pasted, row(2)])).cells == [pasted, row(2)]


def test_a_stray_quote_does_not_close_on_a_cell_that_starts_with_a_comma(file: Path) -> None:
    """Here the swallowed lines make a row of the right width; the quote inside a bare cell gives it away."""
    data = HEADER_LINE + line(1).replace(b"phone", b'"phone') + line(2) + written([row(3, ", x")])
    found = read(file, data)
    assert found.cells == [None, row(2), row(3, ", x")]


def test_a_last_row_cut_inside_its_text_is_one_row(file: Path) -> None:
    found = read(file, HEADER_LINE + line(1) + b'CHG-2,,,,note,"Dear buyer,\n\nthank you\nfor')
    assert found.unreadable == [(3, 6, "a quote is opened and never closed")]


@pytest.mark.parametrize("damaged", [b'"', b'"abc,d\n', b'a",b,"\n', b'x,"""\n', b'"",,,,,,"\n', b'"\n""\n'])
def test_hostile_quotes_take_linear_work(file: Path, damaged: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = 0
    reader = csv.reader

    def counted(source: Iterable[str]) -> Iterator[str]:
        nonlocal parsed
        for text in source:
            parsed += 1
            yield text

    monkeypatch.setattr(csv, "reader", lambda source, *how, **options: reader(counted(source), *how, **options))
    work = []
    for lines in (1_000, 4_000):
        parsed = 0
        data = HEADER_LINE + damaged * lines + line(1)
        assert_accounted(data, read(file, data))
        work.append(parsed)
    assert work[1] < 4.2 * work[0] + 100
    assert work[1] < 70 * 4_000


def test_a_line_without_end_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "LINE_LIMIT", 1 << 20)
    file.write_bytes(HEADER_LINE + line(1) + b"x" * (3 << 19))
    with pytest.raises(InputError, match=r"has 1 MB without a line end in line 3; export the table again"):
        list(records(open_source(file)))


# --- blank lines


@pytest.mark.parametrize("blank", [b"\n", b"  \t\n", b",,,,,,\n", b",,\n", b"\r\n", b"\n \n\n", b" \r \n"])
def test_blank_lines_are_left_out_and_reported(file: Path, blank: bytes) -> None:
    found = read(file, HEADER_LINE + line(1) + blank + line(2))
    assert found.cells == [row(1), row(2)]
    assert found.skipped == [Skipped(3, len(HEADER_LINE + line(1)), blank)]


def test_many_blank_lines_are_few_spans(file: Path) -> None:
    found = read(file, HEADER_LINE + b"\n" * 100_000)
    assert sum(len(span.raw) for span in found.skipped) == 100_000
    assert len(found.skipped) < 100


def test_quoted_blank_cells_are_a_row(file: Path) -> None:
    assert read(file, HEADER_LINE + b'"",,,,,,\n').cells == [("",) * 7]


# --- what a file is


def test_a_source_tells_what_it_read(file: Path) -> None:
    data = BOM + b"\r\n" + written([HEADER, row(1)], ";", "\r\n")
    source = read(file, data).source
    header_raw = BOM + b"\r\n" + ";".join(HEADER).encode() + b"\r\n"
    assert source == Source(
        origin=plain(file),
        format="csv",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        encoding="utf-8-sig",
        delimiter=";",
        line_end="\r\n",
        header=HEADER,
        header_sha256=hashlib.sha256(header_raw).hexdigest(),
        header_raw=header_raw,
        header_last_line=2,
        table=TABLES["ghl-contact-changes"],
    )


CLOSE = b"appointment_id,close_contact_id,email,status,updated_at,title\n"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty; export"),
        (BOM + b" \r\n\r\n", "is empty; export"),
        (b"PK\x03\x04rest", "is a damaged zip"),
        (b"\x1f\x8b\x08", "is a damaged gzip"),
        (b"%PDF-1.7", "is a PDF; save it"),
        (b"\xff\0\xfe", r"holds binary data \(NUL bytes\); save it"),
        (HEADER_LINE.replace(b"\n", b",a\0\n"), "holds binary data"),
        (CLOSE, "looks like close-appointments but lacks start_at; export it with every column"),
        (CLOSE.replace(b",", b"\t"), "looks like close-appointments but lacks start_at"),
        (CLOSE.replace(b",title", b""), "but lacks start_at and title"),
        (b"shoe_size,age\n9,1\n", "has the header of no table that is known here"),
        ("é,".encode() + b"caf\xe9," + HEADER_LINE, "has a header that is not UTF-8; name its encoding, or save it"),
        (b"x" * 200_001 + b"," + HEADER_LINE, "has a header over 200,000 characters"),
        (b"x," * 1_000_000 + HEADER_LINE, "has a header over 5,000 columns"),
        (
            HEADER_LINE[:-1] + b',"notes\n' + line(1),
            "has a header in which a quote is opened and never closed",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(file: Path, data: bytes, sentence: str) -> None:
    file.write_bytes(data)
    with pytest.raises(InputError, match=sentence) as caught:
        open_source(file)
    assert str(caught.value).startswith(str(file))
    assert str(caught.value).endswith(".")


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file that can be read; check the path"):
        open_source(tmp_path / "gone.csv")


@pytest.mark.parametrize("change", [b"", HEADER_LINE, HEADER_LINE + line(1) * 2, HEADER_LINE + line(2), b"\r\r\n\n"])
def test_a_file_that_changed_after_it_was_opened_is_refused(file: Path, change: bytes) -> None:
    file.write_bytes(HEADER_LINE + line(1))
    source = open_source(file)
    file.write_bytes(change)
    with pytest.raises(InputError, match="changed while it was read; load it again"):
        list(records(source))


def test_rows_are_streamed(file: Path) -> None:
    """The first row is there after a block or two, not after the whole file."""
    file.write_bytes(HEADER_LINE + line(1) * 20_000)
    with mock.patch.object(lines_module, "read_block", wraps=lines_module.read_block) as blocks:
        source = open_source(file)
        before = blocks.call_count
        assert next(records(source)).cells == row(1)
        assert blocks.call_count - before <= 2 < before
