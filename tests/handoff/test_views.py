"""The four CSVs of seed 001 and the questions: exact headers, and nothing in them that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.handoff import csv_view
from crm_tui.handoff.csv_view import neutral_cell, render_csv
from crm_tui.handoff.export import export_views
from crm_tui.text import safe_text
from tests.factory import SAMPLE, SLICE_HEADER, Bench, activity, appointment, change, csv_bytes, map_bytes, read_csv

OWN = ["review_state", "decision", "reviewer", "decided_at", "row_id"]
HEADERS = {
    "sync-ledger.csv": ["event_id", "source", "target", "contact_key", "action", "status", "evidence", *OWN],
    "conflict-queue.csv": ["event_id", "source", "issue", "evidence", "reviewer_action", *OWN],
    "error-log.csv": ["event_id", "source", "error", "evidence", "blocked_at", *OWN],
}
SEPARATORS = (",", ";", "\t", "|")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def views(bench: Bench) -> dict[str, bytes]:
    with bench.open() as review:
        return export_views(review.cases)


# Form


def test_the_four_files_have_exactly_these_headers(bench: Bench) -> None:
    found = {name: next(csv.reader(io.StringIO(data.decode()))) for name, data in views(bench.sample()).items()}
    assert set(found) == {*HEADERS, "first-slice-map.csv"}
    assert {name: found[name] for name in HEADERS} == HEADERS
    assert tuple(found["first-slice-map.csv"][:5]) == SLICE_HEADER
    assert (SAMPLE / "first-slice-map.csv").read_text().splitlines()[0] == ",".join(SLICE_HEADER)


def test_every_field_is_quoted_lines_end_in_crlf_and_no_byte_order_mark_stands_before(bench: Bench) -> None:
    for data in views(bench.sample()).values():
        assert not data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        lines = data.split(b"\r\n")[:-1]
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert all(re.fullmatch(rb'"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*', line) for line in lines)


def test_every_row_stands_in_exactly_one_of_the_three(bench: Bench) -> None:
    found = views(bench.sample())
    ids = [row["row_id"] for name in HEADERS for row in read_csv(found[name])]
    assert len(ids) == len(set(ids)) == 13


def test_decided_rows_stay_in_their_file(bench: Bench) -> None:
    before = {name: [row["event_id"] for row in read_csv(data)] for name, data in views(bench.sample()).items()
              if name in HEADERS}  # fmt: skip
    with bench.open("Rita Reviewer") as review:
        for record in review.cases.ids():
            review.decisions.reject(record, "no")
    after = views(bench)
    assert {name: [row["event_id"] for row in read_csv(after[name])] for name in before} == before
    for name in HEADERS:
        for row in read_csv(after[name]):
            assert (row["review_state"], row["reviewer"], row["decision"]) == (
                "rejected",
                "Rita Reviewer",
                "reject: no",
            )


def test_undecided_rows_are_pending_without_reviewer_and_time(bench: Bench) -> None:
    for name in HEADERS:
        for row in read_csv(views(bench.sample())[name]):
            assert [row[column] for column in OWN[:-1]] == ["pending", "", "", ""]
            assert re.fullmatch(r"row-[0-9a-f]{16}", row["row_id"])


def test_the_slice_map_is_given_back_as_it_came_with_its_outcome(bench: Bench) -> None:
    rows = read_csv(views(bench.sample())["first-slice-map.csv"])
    given_rows = read_csv((SAMPLE / "first-slice-map.csv").read_bytes())
    assert [{name: row[name] for name in SLICE_HEADER} for row in rows[: len(given_rows)]] == given_rows


def test_an_empty_review_still_has_its_headers(bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes()))
    found = views(bench)
    assert {name: read_csv(found[name]) for name in HEADERS} == {name: [] for name in HEADERS}
    assert next(csv.reader(io.StringIO(found["sync-ledger.csv"].decode()))) == HEADERS["sync-ledger.csv"]


# Formulas

_EXEMPT = re.compile(r'(?:\+[1-9][0-9]{6,14}|-?[0-9]+(?:\.[0-9]+)?)(?:,"|\Z)')
_STARTS = set("=+-@|%")


def live(cell: str) -> bool:
    """Whether a spreadsheet could take this cell for a formula (handoff.md, CSV rule 1).

    Blanks and hidden characters before it do not help; a full-width form counts as the character itself.
    """
    if _EXEMPT.match(cell):
        return False
    for char in cell:
        category = unicodedata.category(char)
        if char.isspace() or category in ("Cc", "Cf", "Zs", "Zl", "Zp"):
            continue
        wide = "\uff01" <= char <= "\uff5e"
        return (unicodedata.normalize("NFKC", char) if wide else char) in _STARTS
    return False


def live_cells(data: bytes) -> list[tuple[str, str]]:
    """(separator, cell) of each live formula, whatever separator the file is opened with."""
    text = data.decode()
    return [
        (separator, cell)
        for separator in SEPARATORS
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cell in row
        if live(cell)
    ]


BEFORE = ("", " ", "  ", "\t", "\r", "\n", "\r\n", "\u00a0", "\u200b", "\ufeff", "\u202e", "\0", '"', "'", "''", "`",
          "\u3000", "\u2028", '" ')  # fmt: skip
STARTS = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20", "==", "|=", "%=", "-+", "=-")
BODIES = ("1+1", 'HYPERLINK("http://x.test","y")', "SUM(A1)", "cmd|' /C calc'!A0", "A1", "", "2+3", "1-1", "+1")
CORPUS = [
    f"{head}{separator}{before}{start}{body}"
    for head, separator, before, start, body in itertools.product(
        ("", "x"), ("", *SEPARATORS, ";;", ",;", "|;", "\n", '";"', '","'), BEFORE, STARTS, BODIES[:3]
    )
    if separator or not head
]


def test_the_corpus_is_live_before_it_is_made_harmless() -> None:
    raw = sum(live(cell) for text in CORPUS for cell in re.split(r"[,;\t|\r\n]", text))
    assert raw > len(CORPUS) / 2 > 2_000


@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab", "pipe"])
def test_no_cell_of_a_view_is_live_whatever_the_separator(separator: str) -> None:
    bad = []
    for text in CORPUS:
        data = render_csv(("a", "b"), [{"a": text, "b": text}])
        bad += [(text, cell) for used, cell in live_cells(data) if used == separator]
    assert bad[:5] == []


@pytest.mark.parametrize("start", ["\uff5c", "\uff05"], ids=["full-width bar", "full-width percent"])
def test_the_full_width_forms_of_bar_and_percent_are_neutral_too(start: str) -> None:
    assert live_cells(render_csv(("a",), [{"a": f"{start}1+1"}])) == []


CELL = st.text(
    st.sampled_from([*"=+-@|%;,\"' \t\r\n\0aA1(.", "\u200b", "\uff1d", "\uff0b", "\u00a0", "\u2212"]), max_size=12
)


@settings(max_examples=400, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=4))
def test_no_cell_of_any_view_is_live(rows: list[tuple[str, str, str]]) -> None:
    data = render_csv(("a", "b", "c"), [dict(zip("abc", row, strict=True)) for row in rows])
    assert live_cells(data) == []
    assert [list(row) for row in csv.reader(io.StringIO(data.decode(), newline=""))] == [
        ["a", "b", "c"],
        *[[neutral_cell(cell) for cell in row] for row in rows],
    ]


@pytest.mark.parametrize(
    "text",
    ["+15550101010", "+442079460958", "+1234567", "-5", "-12.50", "0012345", "42", "3.14", "APT-7001", "a-b", "a+b=c",
     "owner@harborlight.test", "CLOSE-101/GHL-501", "2026-05-12T10:00:00-04:00", "", "100 %", "x = y"],
)  # fmt: skip
def test_harmless_values_are_unharmed(text: str) -> None:
    assert neutral_cell(text) == text


@pytest.mark.parametrize(
    "text", ["+1-1", "+15550101010+1", "+0123456789", "-1+1", "-5)", "+1 555 010 1010", "--5", "+1", "-"]
)
def test_only_whole_numbers_are_exempt(text: str) -> None:
    assert neutral_cell(text) == f"'{text}"


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x80, 0x85, 0x9B, 0x200B, 0x202E, 0x2066, 0xFEFF, 0x2028, 0xAD])
def test_control_and_hidden_characters_are_made_visible(code: int) -> None:
    drawn = neutral_cell(f"a{chr(code)}b")
    assert chr(code) not in drawn
    assert len(drawn) > 2 and drawn.isprintable()


def test_a_very_long_cell_is_cut_below_the_limit_of_a_spreadsheet() -> None:
    assert len(neutral_cell("=" * 100_000)) <= 32_767
    assert len(neutral_cell(";=" * 50_000)) <= 32_767


def test_hostile_exports_make_no_live_cell_in_any_view(bench: Bench) -> None:
    hostile = [
        '=HYPERLINK("http://x.test")',
        "x;=1+1",
        "\t=1+1",
        "@SUM(1)",
        "|=1+1",
        "-2+3",
        "%0A=1",
        "\x1b[31m=1",
        "+1-1",
    ]
    bench.load(
        bench.put("slices.csv", csv_bytes(SLICE_HEADER, [dict.fromkeys(SLICE_HEADER, text) for text in hostile]))
    )
    bench.events(
        contacts=[
            {"close_contact_id": text, "ghl_contact_id": f"{text}g", "email": f"u{number}@x.test", "phone": ""}
            for number, text in enumerate(hostile)
        ],
        appointments=[
            *(appointment(text, close_contact_id=text, email=text) for text in hostile),
            *(appointment(f"{text}2", close_contact_id="", email=f"u{number}@x.test", status=text, title=text)
              for number, text in enumerate(hostile)),
        ],
        changes=[change(f"{text}3", field=text, new_value=text, close_contact_id=text, email="") for text in hostile],
        activities=[
            activity(f"{text}4", email=f"u{number}@x.test", activity_type=text, channel=text, summary=text,
                     desired_ghl_action=text)
            for number, text in enumerate(hostile)
        ],
    )  # fmt: skip
    with bench.open('=cmd|" /C calc"!A0') as review:
        for record in review.cases.ids():
            review.decisions.reject(record, "=1+1;=2+2|=3")
    for name, data in views(bench).items():
        assert (name, live_cells(data)[:3]) == (name, [])
        assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", data)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("a1=+-@%|;, \t'\"", max_size=8))
def test_a_cell_that_looks_tame_is_one_that_the_whole_rule_leaves_alone(text: str) -> None:
    if csv_view._TAME.match(text):
        assert csv_view._CELL_START.search(text) is None and safe_text(text) == text
