"""Outbound messages of Salesforce as they were posted: SOAP envelopes of notifications, each of them a record.

A record's bytes are its ``Notification`` element; what lies around is left out with the first source of the file.
Shape: Salesforce's SOAP API guide, "Understanding Notifications"; one message holds at most 100 of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crm_tui.errors import InputError
from crm_tui.intake.json_files import BOM, ENVELOPE, Seen, aligned
from crm_tui.intake.json_text import DEPTH_LIMIT, ENDS_EARLY, SPACE, Span, Unreadable
from crm_tui.intake.origin import Origin
from crm_tui.intake.payloads import Found, cells, undeclared
from crm_tui.intake.source import BLANK, Layout, Opened, Overrides, Record, Skipped, Source, leave_out
from crm_tui.systems.paths import Value
from crm_tui.systems.router import route
from crm_tui.systems.unknown import PAYLOADS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "soap"
SIZE_LIMIT = 8 << 20
"""Bytes of one message."""

_SNIFFED = 4 << 10
_PREFIX = rb"(?:[A-Za-z_][\w.-]*:)?"
_START = re.compile(rb"<" + _PREFIX + rb"Notification(?=[\s>])")
_END = re.compile(rb"</" + _PREFIX + rb"Notification\s*>")
_NAMES = re.compile(rb"""xmlns(?::[A-Za-z_][\w.-]*)?\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_ENCODED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def sniff(head: bytes) -> bool:
    """Whether the content is XML: a declaration, or an envelope without one."""
    start = head.removeprefix(BOM).lstrip(SPACE)[:_SNIFFED]
    return start.startswith((b"<?xml", b"<!DOCTYPE x")) or (start[:1] == b"<" and b"Envelope" in start)


def open_content(origin: Origin, overrides: Overrides) -> Opened:
    """The sources of a message, one for each table; raises ``InputError`` for any other XML."""
    del overrides
    data = _content(origin)
    seen: dict[str, Seen] = {}
    for one in _found(data):
        if one.table is not None:
            seen.setdefault(one.table.name, Seen(one.table)).note(undeclared(one))
    bom = BOM if data.startswith(BOM) else b""
    tables = list(seen.values()) or [Seen(PAYLOADS)]
    return Opened(
        tuple(
            Source(
                origin=origin,
                format=NAME,
                table=one.table,
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                header=tuple(one.names),
                header_sha256=hashlib.sha256(b"" if number else bom).hexdigest(),
                header_raw=b"" if number else bom,
                part=one.table.name if len(tables) > 1 else "",
                encoding="utf-8-sig" if bom else "utf-8",
                holds_rest=not number,
            )
            for number, one in enumerate(tables)
        )
    )


def _content(origin: Origin) -> bytes:
    with origin.open() as stream:
        data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise InputError(f"{origin.shown} is XML of over {SIZE_LIMIT >> 20} MB; no message of Salesforce is as long.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputError(
            f"{origin.shown} declares a document type or entities, which no message of Salesforce does; it was not"
            " read, fetch the message again."
        )
    if _ENCODED.search(data, 0, _SNIFFED):
        raise InputError(f"{origin.shown} is XML in another encoding than UTF-8; save it in UTF-8.")
    if not _START.search(data):
        raise InputError(
            f"{origin.shown} is XML, but no outbound message of Salesforce with a notification; export it as CSV or"
            " JSON."
        )
    return data


def _found(data: bytes) -> Iterator[Found]:
    """The notifications of a message in their order; one that is damaged is as few bytes as can be told apart."""
    starts = [found.start() for found in _START.finditer(data)]
    context = json.dumps({"names": [name.decode("utf-8", "replace") for name in _NAMES.findall(data[: starts[0]])]})
    for at, following in zip(starts, [*starts[1:], len(data)], strict=True):
        end = _END.search(data, at, following)
        if end is None:
            yield Found(None, Span(at, following), None, {}, context, ENDS_EARLY)
            continue
        span = Span(at, end.end())
        try:
            payload = _payload(data[span.start : span.end], context)
        except Unreadable as error:
            yield Found(None, span, None, {}, context, str(error))
        else:
            yield Found(route(payload).table, span, payload, {}, context)


def _payload(raw: bytes, context: str) -> Value:
    """A notification as the payload that it would be in JSON: its id, and its object with its type."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    names = " ".join(json.loads(context)["names"]).encode()
    try:
        (element,) = fromstring(b"<message " + names + b">" + raw + b"</message>", forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unreadable("is no well-formed XML") from error
    notification = _members(element, 0)
    record = notification.pop("sObject", None)
    if not isinstance(record, dict):
        raise Unreadable("is a notification without an object")
    return {"Notification": notification, "sObject": record}


def _members(element: Element, depth: int) -> dict[str, Value]:
    if depth > DEPTH_LIMIT:
        raise Unreadable(f"is nested deeper than {DEPTH_LIMIT} levels")
    members: dict[str, Value] = {}
    kind = element.get(f"{_XSI}type")
    if kind:
        members["type"] = kind.rpartition(":")[2]
    for child in element:
        name = str(child.tag).rpartition("}")[2]
        if name in members:
            raise Unreadable("has an object that names a member twice")
        if child.get(f"{_XSI}nil") in ("true", "1"):
            members[name] = None
        else:
            members[name] = _members(child, depth + 1) if len(child) else (child.text or "")
    return members


def records(source: Source, skipped: list[Skipped]) -> Iterator[Record]:
    """The notifications of one table; with the first source of the file what lies around them all."""
    data = _content(source.origin)
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise InputError(f"{source.origin.shown} changed while it was read; load it again.")
    places = {name: place for place, name in enumerate(source.header)}
    at = len(source.header_raw)
    for one in _found(data):
        if source.holds_rest:
            _leave_out(skipped, data, Span(at, one.span.start))
        at = one.span.end
        if one.table.name == source.table.name if one.table else source.holds_rest:
            yield _record(data, one, places)
    if source.holds_rest:
        _leave_out(skipped, data, Span(at, len(data)))


def _record(data: bytes, one: Found, places: dict[str, int]) -> Record:
    start, end = one.span
    first = data.count(b"\n", 0, start) + 1
    problem, named = one.problem, None
    if not problem:
        try:
            named = aligned(cells(one), places)
        except Unreadable as error:
            problem = str(error)
    return Record(first, first + data.count(b"\n", start, end), start, data[start:end], named, problem, one.context)


def _leave_out(skipped: list[Skipped], data: bytes, span: Span) -> None:
    raw = data[span.start : span.end]
    if raw:
        reason = ENVELOPE if raw.strip(SPACE) else BLANK
        leave_out(skipped, Skipped(data.count(b"\n", 0, span.start) + 1, span.start, raw, reason))


def payload_of(record: Record) -> Value:
    """What a readable record is, as the router sees it; raises ``Unreadable``."""
    return _payload(record.raw, record.context)


def parse(raw: bytes, layout: Layout, context: str) -> tuple[str, ...]:
    """The cells of one stored notification again; raises ``InputError`` if it is none."""
    try:
        one = Found(layout.table, Span(0, len(raw)), _payload(raw, context), {}, context)
        return aligned(cells(one), {name: place for place, name in enumerate(layout.header)})
    except Unreadable as error:
        raise InputError(f"a stored record cannot be read ({error}); load its file again.") from error
