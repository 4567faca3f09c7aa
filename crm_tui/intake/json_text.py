"""Strict JSON: one value or one sentence why not; spans of the values within, for bytes that may not be sound.

Stricter than the standard library's reader (reliability.md, "Readers"): no NaN, no name twice in an object, no
half surrogate pair, no depth that ends in a ``RecursionError``; numbers stay as written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from json import JSONDecodeError
from typing import NamedTuple, NoReturn, cast

from crm_tui.intake.damage import FIELD_LIMIT
from crm_tui.intake.encoding import bad_byte
from crm_tui.systems.paths import Number, Value, compact

DEPTH_LIMIT = 64
"""Levels of lists and objects."""
MEMBER_LIMIT = 10_000
"""Members of one object."""
VALUES_LIMIT = 100_000
"""Values within one record: an empty list takes two bytes of a file and a hundred times as many in memory."""
DIGIT_LIMIT = 100
"""Characters of one number."""
VALUE_LIMIT = 8 << 20
"""Bytes of one record, as of one line."""
PART = 1 << 20
"""Bytes up to which a value is looked at whole in an outline."""

SPACE = b" \t\r\n"

_TOO_DEEP = f"is nested deeper than {DEPTH_LIMIT} levels"
ENDS_EARLY = "ends in the middle; the file may be cut off"


class Unreadable(ValueError):
    """Why bytes are not JSON as read here: one clause without any value of them."""


class Span(NamedTuple):
    """Where a value lies: ``data[start:end]``."""

    start: int
    end: int


_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'[\[{][^"\[\]{}]*+[\]}]'
"""A list or an object with neither texts nor others in it: many of them in a row are one token, of no level."""
_TOKEN = re.compile(rb"(?s:" + _STRING + rb')|["]|(?:' + _FLAT + rb"[ \t\r\n,]*+)++|[\[{]++|[\]}]++")
_WHOLE_FLAT = re.compile(_FLAT)
_WORD = re.compile(rb'[^\s,:"\[\]{}]++')
_WHOLE_STRING = re.compile(rb"(?s:" + _STRING + rb")")
_NO_SPACE = re.compile(rb"[^ \t\r\n]|\Z")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

_WORDS = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma or an end is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name": "a name in quotes is missing",
    "Illegal trailing comma": "a comma stands before the end",
    "Unterminated string": "a quote is opened and never closed",
    "Invalid control character": "a control character stands in a text",
    "Invalid \\escape": "a backslash stands before the wrong character",
    "Invalid \\u": "a \\u is not followed by four hexadecimal digits",
    "Extra data": "text follows the end of the value",
}


def parse(data: bytes) -> Value:
    """The value that ``data`` is, with blanks around it; raises ``Unreadable``."""
    if len(data) > VALUE_LIMIT:
        raise Unreadable(f"is longer than {VALUE_LIMIT >> 20} MB")
    fault = bad_byte([data])
    if fault:
        raise Unreadable(fault)
    _check_values(data)
    _check_depth(data)
    try:
        value = _DECODER.decode(data.decode())
    except JSONDecodeError as error:
        said = next((ours for theirs, ours in _WORDS.items() if error.msg.startswith(theirs)), "the syntax is wrong")
        raise Unreadable(f"is no JSON at character {error.pos + 1:,}: {said}") from None
    if _HALF.search(data):
        _check_halves(value)
    return cast("Value", value)


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= DEPTH_LIMIT:
        return
    depth = 0
    for token in _TOKEN.finditer(data):
        if token[0] == b'"':
            # Never closed: from each quote behind it all the rest would be looked at again.
            return
        depth += _levels(token)
        if depth > DEPTH_LIMIT:
            raise Unreadable(_TOO_DEEP)


def _check_values(data: bytes) -> None:
    """Each value but the first of a list or an object has a comma before it; texts hold commas of their own."""
    if data.count(b",") > VALUES_LIMIT and _WHOLE_STRING.sub(b"", data).count(b",") > VALUES_LIMIT:
        raise Unreadable(f"holds over {VALUES_LIMIT:,} values")


def _levels(token: re.Match[bytes]) -> int:
    start, end = token.span()
    first, last = token.string[start], token.string[end - 1]
    if (first in b"[{") != (last in b"[{"):
        return 0
    return (end - start) * ((first in b"[{") - (first in b"]}"))


def _check_halves(value: object) -> None:
    try:
        compact(cast("Value", value)).encode()
    except UnicodeEncodeError:
        raise Unreadable("holds half of a surrogate pair") from None


def _pairs(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    _check_members(len(pairs))
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable("has an object that names a member twice")
    return members


def _check_members(count: int) -> None:
    if count > MEMBER_LIMIT:
        raise Unreadable(f"has an object with over {MEMBER_LIMIT:,} members")


def _number(literal: str) -> Number:
    if len(literal) > DIGIT_LIMIT:
        raise Unreadable(f"has a number of over {DIGIT_LIMIT} characters")
    return Number(literal)


def _constant(name: str) -> NoReturn:
    raise Unreadable(f"has {name}, which is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_number, parse_float=_number, parse_constant=_constant, strict=True
)


def after_space(data: bytes, at: int) -> int:
    """The next place that is no blank, or the end."""
    return cast("re.Match[bytes]", _NO_SPACE.search(data, at)).start()


def value_end(data: bytes, at: int, levels: int = 0) -> int:
    """Where the value that starts at ``at`` ends, by its quotes and brackets alone.

    Raises ``Unreadable``, also where it has more ``levels`` than these, if any are named.
    """
    first = data[at : at + 1]
    if first == b'"':
        return _matched(_WHOLE_STRING, data, at, ENDS_EARLY)
    if first not in (b"{", b"["):
        return _matched(_WORD, data, at, "a value is missing" if first else ENDS_EARLY)
    flat = _WHOLE_FLAT.match(data, at)
    if flat:
        return flat.end()
    depth = 0
    for token in _TOKEN.finditer(data, at):
        if token[0] == b'"':
            break
        depth += _levels(token)
        if depth > levels > 0:
            raise Unreadable(_TOO_DEEP)
        if depth <= 0:
            # ``}}}`` is one token; the value ends at the bracket that closes it.
            return token.end() + depth
    raise Unreadable(ENDS_EARLY)


def _matched(pattern: re.Pattern[bytes], data: bytes, at: int, problem: str) -> int:
    match = pattern.match(data, at)
    if match is None:
        raise Unreadable(problem)
    return match.end()


def items(data: bytes, at: int) -> Iterator[Span]:
    """The items of the list that starts at ``at``; raises ``Unreadable`` where the list is not sound."""
    yield from (value for _, value in _entries(data, at, b"]", named=False))


def members(data: bytes, at: int) -> Iterator[tuple[str, Span]]:
    """The names and values of the object that starts at ``at``; raises ``Unreadable`` where it is not sound."""
    seen: set[str] = set()
    for name, value in _entries(data, at, b"}", named=True):
        text = parse(data[name.start : name.end])
        if not isinstance(text, str) or data[name.start : name.start + 1] != b'"':
            raise Unreadable("a name in quotes is missing")
        if text in seen:
            raise Unreadable("has an object that names a member twice")
        seen.add(text)
        _check_members(len(seen))
        yield text, value


def _entries(data: bytes, at: int, closing: bytes, *, named: bool) -> Iterator[tuple[Span, Span]]:
    at = after_space(data, at + 1)
    first = True
    while first or data[at : at + 1] != closing:
        if first and data[at : at + 1] == closing:
            return
        if not first:
            at = _past(data, at, b",", "a comma or an end is missing")
        first = False
        name = Span(at, at)
        if named:
            name = Span(at, value_end(data, at))
            at = _past(data, after_space(data, name.end), b":", "a colon is missing")
        end = value_end(data, at, DEPTH_LIMIT if named else 0)
        yield name, Span(at, end)
        at = after_space(data, end)


def _past(data: bytes, at: int, sign: bytes, problem: str) -> int:
    found = data[at : at + 1]
    if found != sign:
        raise Unreadable(problem if found else ENDS_EARLY)
    return after_space(data, at + 1)


def outline(data: bytes, span: Span, whole: int = PART, depth: int = 0) -> Value:
    """The value of a span, in which a list over ``whole`` bytes has at most its first item; raises ``Unreadable``.

    A page of a whole account is one object with one long list: the rest of it and one item tell what it is.
    """
    start, end = span
    first = data[start : start + 1]
    if first not in (b"{", b"[") or (whole and end - start <= whole):
        return parse(data[start:end])
    if depth == DEPTH_LIMIT:
        raise Unreadable(_TOO_DEEP)
    if first == b"[":
        return [outline(data, item, whole, depth + 1) for item in islice(items(data, start), 1)]
    return {name: outline(data, value, whole, depth + 1) for name, value in members(data, start)}


def check_text(text: str) -> str:
    """``text``, where it fits into a cell; raises ``Unreadable``."""
    if len(text) > FIELD_LIMIT:
        raise Unreadable(f"has a text of over {FIELD_LIMIT:,} characters")
    return text
