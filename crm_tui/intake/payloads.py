"""The records in the bytes of captured payloads: which table each is of, where it lies, what its cells are.

Pure functions over bytes.  No record overlaps another, but for those of a body that was captured as a text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from crm_tui.intake.json_text import (
    ENDS_EARLY,
    PART,
    SPACE,
    Span,
    Unreadable,
    after_space,
    check_text,
    items,
    members,
    outline,
    parse,
    value_end,
)
from crm_tui.systems import TABLES
from crm_tui.systems.carrier import columns_of, said
from crm_tui.systems.declare import Column, Kind, Table
from crm_tui.systems.paths import At, Every, Member, Path, Step, Value, compiled, text_of
from crm_tui.systems.router import Routed, each_steps, route
from crm_tui.systems.unknown import PAYLOADS

_CARRIED = json.dumps({"carried": True})
UNDECLARED = "+"
"""Stands before the name of a member that its table does not declare, as before such a column of a file."""
_WRAPPERS = 6
"""Wrappers within wrappers that are opened."""
_TRAILING = "text follows the end of the value"
_EMPTY = "an empty list stands in the place of a payload"


class Found(NamedTuple):
    """One record, or bytes that are none."""

    table: Table | None
    """``None`` where the bytes cannot be read, so that nothing says of which table they are."""
    span: Span
    record: Value
    given: Mapping[str, str | None]
    """The cells that lie outside the record, in the payload around it (``^`` in a path); ``None`` = absent."""
    context: str
    """What it takes, beside the bytes of the span, to read the record again (``again``)."""
    problem: str = ""


class Envelope(NamedTuple):
    """One payload with a list of records: what stood beside the list, and how many records there were."""

    table: Table
    members: Value
    records: int


def found(data: bytes, pages: list[Envelope] | None = None, *, level: int = 0) -> Iterator[Found]:
    """The records of ``data``, one JSON value with blanks around it, in their order.

    What is damaged is one ``Found`` with a ``problem``, and as few bytes as can be told apart.
    """
    span = Span(after_space(data, 0), len(data.rstrip(SPACE)))
    if span.start < span.end:
        yield from _value(data, span, [] if pages is None else pages, level)


def _value(data: bytes, span: Span, pages: list[Envelope], level: int) -> Iterator[Found]:
    if data[span.start : span.start + 1] == b"[":
        yield from _each(data, span, (Every(),), pages, level)
        return
    payload = _sound(data, span)
    if payload is not None:
        yield from _routed(data, span, payload, pages, level)
        return
    try:
        end = value_end(data, span.start)
    except Unreadable as error:
        yield _unreadable(span, str(error))
        return
    value = Span(span.start, end)
    records = _one(data, value, pages, level)
    first = next(records, None)
    rest = after_space(data, end)
    if first and first.problem and first.span == value:
        # Where nothing of the value can be read, what follows it is no fault of its own.
        yield first._replace(span=span)
        return
    if first:
        yield first
    yield from records
    if rest < span.end:
        yield _unreadable(Span(rest, span.end), _TRAILING)


def _sound(data: bytes, span: Span) -> Value:
    """The payload that all of a span is, as nearly every one is, so that its end need not be looked for."""
    try:
        return parse(data[span.start : span.end]) if span.end - span.start <= PART else None
    except Unreadable:
        return None


def _one(data: bytes, span: Span, pages: list[Envelope], level: int) -> Iterator[Found]:
    """The records of one payload that is no list."""
    problem = ""
    try:
        payload = outline(data, span)
    except Unreadable as error:
        problem = str(error)
        payload = _sketch(data, span)
    yield from _routed(data, span, payload, pages, level, problem)


def _routed(
    data: bytes, span: Span, payload: Value, pages: list[Envelope], level: int, problem: str = ""
) -> Iterator[Found]:
    """The records of a payload by what it is; ``problem``: why it is known by a sketch only."""
    routed = route(payload) if level < _WRAPPERS else Routed(PAYLOADS)
    steps = routed.inside or each_steps(routed.table)
    if problem and not (steps and not routed.text):
        yield _unreadable(span, problem)
    elif routed.text:
        yield from _in_text(data, span, steps, level)
    elif routed.inside:
        yield from _wrapped(data, span, payload, steps, pages, level + 1)
    elif steps:
        yield from _listed(data, span, payload, routed.table, pages)
    else:
        yield _whole(data, span, payload, routed)


def _whole(data: bytes, span: Span, payload: Value, routed: Routed) -> Found:
    """A payload that is one record; of a long one more than its outline is needed."""
    try:
        record = payload if span.end - span.start <= PART else parse(data[span.start : span.end])
    except Unreadable as error:
        return _unreadable(span, str(error), routed.table)
    return _carried(routed.table, span, record) if routed.carried else Found(routed.table, span, record, {}, "")


def _carried(table: Table, span: Span, record: Value) -> Found:
    """A record whose members a carrier has flattened: those that carry a column become its cell."""
    members = record if isinstance(record, dict) else {}
    names = list(members)
    cells = dict(said(columns_of(table, names), names, [text_of(members[name]) for name in names]))
    rest = {name: members[name] for name in names if name in cells and name not in table.by_name}
    return Found(table, span, rest, {name: cells[name] for name in cells if name in table.by_name}, _CARRIED)


def _sketch(data: bytes, span: Span) -> Value:
    """A damaged payload by its first items only: where the damage is in one item, the others are sound."""
    try:
        return outline(data, span, 0)
    except Unreadable:
        return None


def _each(data: bytes, span: Span, steps: tuple[Step, ...], pages: list[Envelope], level: int) -> Iterator[Found]:
    """The records of the payloads that lie at ``steps``."""
    for inner, problem in _walk(data, span, steps):
        if problem:
            yield _unreadable(inner, problem)
        elif data[inner.start : inner.start + 1] == b"[" and level < _WRAPPERS:
            empty = True
            for one in _each(data, inner, (Every(),), pages, level + 1):
                yield one
                empty = False
            if empty and isinstance(steps[-1], Every):
                yield _unreadable(inner, _EMPTY)
        else:
            yield from _one(data, inner, pages, level)


def _wrapped(
    data: bytes, span: Span, envelope: Value, steps: tuple[Step, ...], pages: list[Envelope], level: int
) -> Iterator[Found]:
    """The records of a payload that wraps others, each of which tells by itself what it is."""
    tables: Counter[str] = Counter()
    for one in _each(data, span, steps, pages, level):
        tables[one.table.name if one.table else ""] += 1
        yield one
    most = next((name for name, _ in tables.most_common() if name), "")
    if most and isinstance(steps[-1], Every):
        pages.append(Envelope(TABLES[most], envelope, tables.total()))


def _listed(data: bytes, span: Span, envelope: Value, table: Table, pages: list[Envelope]) -> Iterator[Found]:
    """The records of a payload that has a list of them."""
    rooted = [column for column in table.columns if column.path and compiled(column.path).from_root]
    count = 0
    for inner, problem in _walk(data, span, each_steps(table)):
        count += 1
        if not problem:
            try:
                record = parse(data[inner.start : inner.end])
                given = {column.name: _text(column, record, envelope) for column in rooted}
                yield Found(table, inner, record, given, _context(given))
                continue
            except Unreadable as error:
                problem = str(error)
        yield _unreadable(inner, problem, table)
    pages.append(Envelope(table, envelope, count))


def _in_text(data: bytes, span: Span, steps: tuple[Step, ...], level: int) -> Iterator[Found]:
    """The records of a body that was captured as a text: they share its bytes."""
    for inner, _ in _walk(data, span, steps):
        for number, one in enumerate(_of_text(data[inner.start : inner.end], level)):
            context = json.dumps({"item": number})
            yield one._replace(span=inner, context=context)


def _of_text(raw: bytes, level: int = 0) -> Iterator[Found]:
    try:
        text = parse(raw)
        body = text.encode() if isinstance(text, str) else b""
    except Unreadable as error:
        yield _unreadable(Span(0, len(raw)), str(error))
        return
    yield from found(body, level=level + 1)


def _walk(data: bytes, span: Span, steps: tuple[Step, ...]) -> Iterator[tuple[Span, str]]:
    """The values at ``steps`` from a value, each with ``""``; what is damaged with the reason."""
    if not steps:
        yield span, ""
        return
    step, rest = steps[0], steps[1:]
    opening = data[span.start : span.start + 1]
    if isinstance(step, Member) and opening == b"{":
        for name, value in members(data, span.start):
            if name == step.name:
                yield from _walk(data, value, rest)
    elif isinstance(step, (Every, At)) and opening == b"[":
        for place, (value, problem) in enumerate(_sound_items(data, span)):
            if problem:
                yield value, problem
            elif isinstance(step, Every) or step.place == place:
                yield from _walk(data, value, rest)


def _sound_items(data: bytes, span: Span) -> Iterator[tuple[Span, str]]:
    """The items of a list; where it is damaged, all that is left of it as one."""
    at = after_space(data, span.start + 1)
    try:
        for item in items(data, span.start):
            yield item, ""
            at = after_space(data, item.end)
    except Unreadable as error:
        if data[at : at + 1] == b",":
            at = after_space(data, at + 1)
        yield Span(min(at, span.end), span.end), str(error)
        return
    at = after_space(data, at + 1)
    if at < span.end:
        yield Span(at, span.end), _TRAILING


def _unreadable(span: Span, problem: str, table: Table | None = None) -> Found:
    return Found(table, span, None, {}, "", problem)


def _context(given: Mapping[str, str | None]) -> str:
    return json.dumps({"given": given}, ensure_ascii=False) if given else ""


def again(table: Table, raw: bytes, context: str) -> Found:
    """A stored record, read again from its bytes and its context; raises ``Unreadable``."""
    about = json.loads(context) if context else {}
    if "item" in about:
        for number, one in enumerate(_of_text(raw)):
            if number == about["item"] and not one.problem:
                return one
        raise Unreadable(ENDS_EARLY)
    if "carried" in about:
        return _carried(table, Span(0, len(raw)), parse(raw))
    return Found(table, Span(0, len(raw)), parse(raw), about.get("given", {}), context)


def cells(one: Found) -> dict[str, str]:
    """Column → text: the table's columns that are there, then the other members by their dotted names.

    Of a table with a header the members are the columns.  Raises ``Unreadable`` for a text that is too long.
    """
    table = one.table or PAYLOADS
    record, given = one.record, one.given
    named: dict[str, str] = {}
    for name, path, separator in _plan(table.name):
        text = given[name] if name in given else path.text(record, record, separator)
        if text is not None:
            named[name] = check_text(text)
    for name, value in _others(table, record):
        named[name] = check_text(text_of(value))
    return named


def undeclared(one: Found) -> Iterator[str]:
    """The names that ``cells`` gives to the members that no column shows."""
    return (name for name, _ in _others(one.table or PAYLOADS, one.record))


@cache
def _plan(table: str) -> tuple[tuple[str, Path, str], ...]:
    """The columns of a table that a payload can fill."""
    known = TABLES[table]
    columns = known.columns if known.payload else ()
    return tuple((column.name, compiled(column.path), column.separator) for column in columns if column.path)


def _others(table: Table, record: Value) -> Iterator[tuple[str, Value]]:
    mark = "" if table.payload is None else UNDECLARED
    hidden = _hidden(table.name)
    if not isinstance(record, dict):
        # The path ``.`` takes no step, so what it shows has no name.
        yield from () if "" in hidden else ((f"{mark}value", record),)
        return
    for name, value in _leaves(record):
        if hidden.isdisjoint(_prefixes(name) if "." in name else (name,)):
            yield mark + name, value


def _text(column: Column, record: Value, root: Value) -> str | None:
    return compiled(column.path).text(record, root, column.separator) if column.path else None


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


@cache
def _hidden(table: str) -> frozenset[str]:
    """What the columns of a table show already; of an unknown payload everything is shown as it is."""
    if TABLES[table].kind is Kind.UNKNOWN:
        return frozenset()
    return frozenset().union(*(path.consumed for _, path, _ in _plan(table)))


def _leaves(value: Value, prefix: str = "") -> Iterator[tuple[str, Value]]:
    """The members of an object that are no objects, by their dotted names."""
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        if isinstance(member, dict) and member:
            yield from _leaves(member, f"{prefix}{name}.")
        else:
            yield prefix + name, member
