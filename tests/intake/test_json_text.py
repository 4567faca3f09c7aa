"""Strict JSON: what is taken, what is refused and with which words, and where values lie."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.intake.json_text import ENDS_EARLY, Span, Unreadable, items, members, outline, parse, value_end

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(), one, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a":1,"a":1}', "has an object that names a member twice"),
        (b'{"a":NaN}', "has NaN, which is no JSON"),
        (b"[Infinity]", "has Infinity, which is no JSON"),
        (b"[-Infinity]", "has -Infinity, which is no JSON"),
        (b'["\\ud800"]', "holds half of a surrogate pair"),
        (b'{"\\udc00":1}', "holds half of a surrogate pair"),
        (b"[" * 200_000, "is nested deeper than 64 levels"),
        (b'{"a":[' * 100_000 + b"1" + b"]}" * 100_000, "is nested deeper than 64 levels"),
        (b"[" + b"9" * 101 + b"]", "has a number of over 100 characters"),
        (b'{"a":"\xff"}', "byte 0xFF at position 7 is not UTF-8"),
        (b"\xef\xbb\xbf{}", "is no JSON at character 1: a value is missing"),
        (b"{} {}", "is no JSON at character 4: text follows the end of the value"),
        (b"[1,]", "is no JSON at character 4: a value is missing"),
        (b'{"a":1,}', "is no JSON at character 8: a name in quotes is missing"),
        (b"{'a':1}", "is no JSON at character 2: a name in quotes is missing"),
        (b'["a\nb"]', "is no JSON at character 4: a control character stands in a text"),
        (b'["a', "is no JSON at character 2: a quote is opened and never closed"),
        (b'["\\x"]', "is no JSON at character 3: a backslash stands before the wrong character"),
        (b"", "is no JSON at character 1: a value is missing"),
        (b" " * (8 << 20) + b"1", "is longer than 8 MB"),
    ],
)
def test_what_is_no_strict_json_is_refused_in_one_clause(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize(("count", "what"), [(20_000, "10,000 members"), (700_000, "100,000 values")])
def test_a_million_members_are_refused_soon(count: int, what: str) -> None:
    text = b"{" + b",".join(b'"%x":1' % number for number in range(count)) + b"}"
    start = time.process_time()
    with pytest.raises(Unreadable, match=f"over {what}"):
        parse(text)
    assert time.process_time() - start < 5


def test_a_text_of_quotes_that_is_cut_off_takes_linear_work() -> None:
    data = b'{"a":[{}],"b":"' + b'{}[] \\"' * 150_000
    start = time.process_time()
    with pytest.raises(Unreadable, match="a quote is opened and never closed"):
        parse(data)
    assert time.process_time() - start < 5


def test_commas_in_texts_are_no_values() -> None:
    assert parse(b'["' + b"," * 150_000 + b'"]') == ["," * 150_000]


def test_a_number_stays_as_it_was_written() -> None:
    assert parse(b"[1.50, 1e999999, -0, 173592202426000000001]") == ["1.50", "1e999999", "-0", "173592202426000000001"]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@given(_JSON)
def test_what_the_library_writes_is_read_as_it_reads_it(value: object) -> None:
    text = json.dumps(value)
    assert json.dumps(parse(text.encode())) == json.dumps(json.loads(text, parse_int=str, parse_float=str))


@given(st.lists(_JSON), st.sampled_from([None, 1]))
def test_the_items_of_a_list_are_where_the_spans_say(values: list[object], indent: int | None) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    assert [json.loads(data[start:end]) for start, end in items(data, 0)] == json.loads(data)


@given(st.dictionaries(st.text(), _JSON), st.sampled_from([None, 1]))
def test_the_members_of_an_object_are_where_the_spans_say(value: dict[str, object], indent: int | None) -> None:
    data = json.dumps(value, indent=indent).encode()
    if any("\\ud" in json.dumps(name) for name in value):
        return
    assert {name: json.loads(data[start:end]) for name, (start, end) in members(data, 0)} == json.loads(data)
    assert value_end(data, 0) == len(data)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1", ENDS_EARLY),
        (b"[", ENDS_EARLY),
        (b'["a', ENDS_EARLY),
        (b"[{]", ENDS_EARLY),
        (b"[1 2]", "a comma or an end is missing"),
        (b"[1,]", "a value is missing"),
        (b"[,1]", "a value is missing"),
        (b'{"a" 1}', "a colon is missing"),
        (b'{"a":}', "a value is missing"),
        (b'{"a":1,"a":2}', "has an object that names a member twice"),
        (b"{a:1}", "is no JSON at character 1: a value is missing"),
        (b"{1:1}", "a name in quotes is missing"),
    ],
)
def test_a_damaged_list_or_object_says_what_is_missing(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(items(text, 0) if text.startswith(b"[") else members(text, 0))
    assert str(refused.value) == reason


def test_the_outline_of_a_page_has_its_first_item_and_all_that_stands_beside_the_list() -> None:
    page = json.dumps({"contacts": [{"id": "1"}, {"id": "2"}], "meta": {"total": 2}}).encode()
    assert outline(page, Span(0, len(page)), 0) == {"contacts": [{"id": "1"}], "meta": {"total": "2"}}
    assert outline(page, Span(0, len(page))) == parse(page)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_one_clause(data: bytes) -> None:
    for read in (parse, lambda data: list(items(data, 0)), lambda data: list(members(data, 0))):
        try:
            read(data)
        except Unreadable as error:
            assert str(error)
