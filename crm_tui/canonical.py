"""Canonical JSON: one value has exactly one form in bytes, so bytes can be hashed and signed.

The form is RFC 8785 restricted (handoff.md, "Canonical form") to ASCII keys ``[a-z_][a-z0-9_]*``, strings,
integers within ±(2^53 - 1), booleans, null, lists and objects.  In that subset sorted, compact, unescaped output is
RFC 8785; outside it the two differ, so everything else is refused.

msgspec reads and writes in C.  It forgives what we refuse (a key given twice, blanks, ``1.0`` for 1), but then what it
writes again is not what it read; the standard library's decoder says what exactly is wrong.
"""

from __future__ import annotations

import json
import re
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

import msgspec

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 32
MAX_INT = 2**53 - 1
_MAX_INT_DIGITS = len(str(-MAX_INT))

_KEY = re.compile(r"[a-z_][a-z0-9_]*")
# Keys repeat over tens of thousands of rows; a set look-up is several times cheaper than the pattern.
_KNOWN_KEYS: set[str] = set()
_MAX_KNOWN_KEYS = 4096


class NotCanonical(ValueError):
    """A value has no canonical form, or bytes are not one.

    ``code``: ``json.syntax``, ``json.duplicate-key``, ``json.key``, ``json.number``, ``json.string``,
    ``json.type``, ``json.depth``, ``json.not-canonical``, and of a ``Shape`` ``schema``.  The message holds nothing of
    the value.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def dumps(value: object) -> bytes:
    """The canonical form of ``value`` in UTF-8, without a final newline; tuples are written as lists.

    Raises ``NotCanonical`` for floats, integers beyond ±(2^53 - 1), lone surrogates, keys outside the
    grammar, other types, and more than ``MAX_DEPTH`` levels of lists and objects.
    """
    _check(value, 0)
    return _encoded(value)


def dumps_own(value: object) -> bytes:
    """``dumps`` of what the program has put together itself of fixed keys, texts and counts: it is not looked through.

    Raises ``NotCanonical`` for lone surrogates.
    """
    return _encoded(value)


def loads(data: bytes) -> Json:
    """The value that ``data`` is the canonical form of; ``NotCanonical`` if it is not exactly that."""
    try:
        found: Json = _READER.decode(data)
        if dumps(found) == data:
            return found
    except (ValueError, RecursionError):
        pass
    return _strictly(data)


Shaped = TypeVar("Shaped")


class Shape(Generic[Shaped]):
    """Canonical JSON of one declared shape: a type made of ``TypedDict``, lists, ``Text``, ``Whole``, bool and None.

    Reading checks the form and every field's type at once.
    """

    def __init__(self, of: type[Shaped], *, is_open: bool = False) -> None:
        """``is_open``: fields that are not declared are left out, and some that are declared are maps of any keys."""
        self._reader = msgspec.json.Decoder(of)
        self._is_open = is_open

    def known(self, data: bytes) -> Shaped:
        """The fields of the shape in bytes that are known to be canonical; ``ValueError`` where one is another type."""
        return self._reader.decode(data)

    def loads(self, data: bytes) -> Shaped:
        """The value that ``data`` is the canonical form of.

        Raises ``NotCanonical`` as the function ``loads`` does, and with ``schema`` for a value of another shape; of an
        open shape ``ValueError`` for a field of another type.
        """
        try:
            value = self._reader.decode(data)
            if self._is_open:
                _check(value, 0)
            if _encoded(value) == data:
                return value
        except (ValueError, RecursionError):
            pass
        _strictly(data)
        if self._is_open:
            return self._reader.decode(data)
        raise NotCanonical("schema", "this has other fields, or fields of another type, than it should")


def _encoded(value: object) -> bytes:
    try:
        return _WRITER.encode(value)
    except UnicodeEncodeError:
        raise NotCanonical("json.string", "a text holds half a surrogate pair") from None


def _strictly(data: bytes) -> Json:
    """``loads`` by the standard library, which sees what msgspec forgives."""
    try:
        value: Json = _DECODER.decode(data.decode("utf-8"))
    except NotCanonical:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise NotCanonical("json.syntax", "this is not JSON in UTF-8") from None
    if dumps(value) != data:
        raise NotCanonical("json.not-canonical", "this JSON is not in its canonical form")
    return value


def _check(value: object, depth: int) -> None:
    # Exact types first: nearly every node of a row is a plain str, and this runs for each of them.
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is dict or kind is list or kind is tuple:
        _check_inside(value, depth + 1)
    elif isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise NotCanonical("json.number", "an integer is beyond ±(2^53 - 1); write it as text")
    elif isinstance(value, float):
        raise NotCanonical("json.number", "a number is not an integer; write it as text")
    elif isinstance(value, dict | list | tuple):
        _check_inside(value, depth + 1)
    elif not isinstance(value, str):
        raise NotCanonical("json.type", f"a {kind.__name__} has no canonical form")


def _check_inside(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, dict):
        if not _KNOWN_KEYS.issuperset(value):
            _check_keys(value)
        for item in value.values():
            if type(item) is not str:
                _check(item, depth)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) is not str:
                _check(item, depth)


def _check_keys(mapping: dict[object, object]) -> None:
    for key in mapping:
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise NotCanonical("json.key", "a key is not of the form [a-z_][a-z0-9_]*")
    if len(_KNOWN_KEYS) < _MAX_KNOWN_KEYS:
        _KNOWN_KEYS.update(key for key in mapping if type(key) is str)


def _too_deep() -> NotCanonical:
    return NotCanonical("json.depth", f"more than {MAX_DEPTH} levels of lists and objects")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical("json.duplicate-key", "an object holds the same key twice")
    return result


def _integer(text: str) -> int:
    # Python refuses to convert very long integers with a plain ValueError, which would read as bad syntax.
    if len(text) > _MAX_INT_DIGITS:
        raise NotCanonical("json.number", "an integer is beyond ±(2^53 - 1)")
    return int(text)


def _no_float(_text: str) -> NoReturn:
    raise NotCanonical("json.number", "a number is not an integer")


def _plain(value: Any) -> str | int:
    """A subclass of text or number as what it is."""
    return str.__str__(value) if isinstance(value, str) else int(value)


_WRITER = msgspec.json.Encoder(order="sorted", enc_hook=_plain)
_READER = msgspec.json.Decoder()
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
)
