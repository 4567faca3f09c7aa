"""Canonical JSON: one value, one form; everything else has a code."""

from __future__ import annotations

import enum
import json
import math
import random
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui import canonical
from crm_tui.canonical import MAX_DEPTH, MAX_INT, NotCanonical, dumps, loads

KEYS = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def jcs(value: Any) -> str:
    """RFC 8785 section 3.2, written from its text and independent of ``json.dumps``."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(map(jcs_char, value)) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(f"{jcs(key)}:{jcs(value[key])}" for key in ordered) + "}"


def jcs_char(char: str) -> str:
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    if char in short:
        return short[char]
    return f"\\u{ord(char):04x}" if ord(char) < 0x20 else char


@given(VALUES)
def test_the_form_is_rfc_8785_and_reads_back(value: Any) -> None:
    data = dumps(value)
    assert data == jcs(value).encode("utf-8")
    assert loads(data) == value


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: Any, rng: random.Random) -> None:
    def shuffled(item: Any) -> Any:
        if isinstance(item, dict):
            pairs = [(key, shuffled(part)) for key, part in item.items()]
            rng.shuffle(pairs)
            return dict(pairs)
        return [shuffled(part) for part in item] if isinstance(item, list) else item

    assert dumps(shuffled(value)) == dumps(value)


@given(st.binary(max_size=30) | st.text(alphabet='{}[]",:0123-.e truefalsn\\u"a', max_size=30).map(str.encode))
def test_whatever_is_read_is_the_form_of_what_it_means(data: bytes) -> None:
    try:
        value = loads(data)
    except NotCanonical as error:
        assert error.code.startswith("json.")
    else:
        assert dumps(value) == data


def test_known_bytes() -> None:
    value = {"b": [1, -2, None, True], "a": 'é\u2028\x7f\x1f/"\\', "_9": ()}
    expected = '{"_9":[],"a":"é\u2028\x7f\\u001f/\\"\\\\","b":[1,-2,null,true]}'
    assert dumps(value) == expected.encode("utf-8")


def test_text_and_number_enums_are_written_as_their_values() -> None:
    class Kind(enum.StrEnum):
        FULL = "full"

    class Level(enum.IntEnum):
        ONE = 1

    assert dumps({Kind.FULL: Kind.FULL, "n": Level.ONE}) == b'{"full":"full","n":1}'


REFUSED_VALUES = [
    (1.0, "json.number"),
    (math.nan, "json.number"),
    ({"a": [math.inf]}, "json.number"),
    (MAX_INT + 1, "json.number"),
    ([-MAX_INT - 1], "json.number"),
    ("\ud800", "json.string"),
    ({"a": "x\udfff"}, "json.string"),
    ({"A": 1}, "json.key"),
    ({"é": 1}, "json.key"),
    ({"": 1}, "json.key"),
    ({"a\n": 1}, "json.key"),
    ({1: 1}, "json.key"),
    ({True: 1}, "json.key"),
    ({None: 1}, "json.key"),
    ({"a": {"9a": 1}}, "json.key"),
    (b"a", "json.type"),
    ({"a": {1, 2}}, "json.type"),
    ([enum.Enum], "json.type"),
]


@pytest.mark.parametrize(("value", "code"), REFUSED_VALUES, ids=lambda item: repr(item)[:30])
def test_values_without_a_form_are_refused(value: object, code: str) -> None:
    with pytest.raises(NotCanonical) as caught:
        dumps(value)
    assert caught.value.code == code


def test_a_key_seen_before_does_not_open_the_door_for_a_bad_one() -> None:
    assert dumps({"good_key": 1}) == b'{"good_key":1}'
    with pytest.raises(NotCanonical) as caught:
        dumps({"good_key": 1, "Bad": 2})
    assert caught.value.code == "json.key"
    with pytest.raises(NotCanonical):
        dumps({"Bad": 2})


def test_the_memory_of_keys_is_bounded() -> None:
    for number in range(10_000):
        dumps({f"k{number}": 1})
    assert len(canonical._KNOWN_KEYS) <= canonical._MAX_KNOWN_KEYS + 16
    assert dumps({"zz_after": 1}) == b'{"zz_after":1}'


REFUSED_BYTES = [
    (b"", "json.syntax"),
    (b"{", "json.syntax"),
    (b"\xff", "json.syntax"),
    (b"\xef\xbb\xbf1", "json.syntax"),
    (b'"\x00"', "json.syntax"),
    (b"1 2", "json.syntax"),
    (b"01", "json.syntax"),
    (b"'a'", "json.syntax"),
    (b'{"a":1,}', "json.syntax"),
    (b'{"a":1,"a":1}', "json.duplicate-key"),
    (b'[{"a":{"b":1,"b":2}}]', "json.duplicate-key"),
    (b'{"a":1,"\\u0061":2}', "json.duplicate-key"),
    (b"1.0", "json.number"),
    (b"1e2", "json.number"),
    (b"NaN", "json.number"),
    (b"-Infinity", "json.number"),
    (b"9007199254740992", "json.number"),
    (b"9" * 5000, "json.number"),
    (b'"\\ud800"', "json.string"),
    (b'{"A":1}', "json.key"),
    (b" 1", "json.not-canonical"),
    (b"1\n", "json.not-canonical"),
    (b"-0", "json.not-canonical"),
    (b'{"a": 1}', "json.not-canonical"),
    (b'{"b":1,"a":2}', "json.not-canonical"),
    (b'"\\u0061"', "json.not-canonical"),
    (b'"\\/"', "json.not-canonical"),
    (b'"\\u001F"', "json.not-canonical"),
    (b'"\\ud83d\\ude00"', "json.not-canonical"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED_BYTES, ids=lambda item: repr(item)[:30])
def test_other_bytes_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(NotCanonical) as caught:
        loads(data)
    assert caught.value.code == code


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 1_000, 200_000])
def test_deep_nesting_is_refused_and_no_recursion_error_escapes(levels: int) -> None:
    for data in (b"[" * levels + b"]" * levels, b'{"a":' * levels + b"1" + b"}" * levels):
        with pytest.raises(NotCanonical) as caught:
            loads(data)
        assert caught.value.code == "json.depth"


def test_the_deepest_allowed_nesting_reads_back() -> None:
    data = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert dumps(loads(data)) == data


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(NotCanonical) as caught:
        dumps(loop)
    assert caught.value.code == "json.depth"
    assert sys.getrecursionlimit() > MAX_DEPTH


def test_the_standard_library_alone_would_accept_what_we_refuse() -> None:
    assert json.loads('{"a":1,"a":2}') == {"a": 2}
    assert json.dumps({1: 1.0}) == '{"1": 1.0}'
