"""A captured payload → the same payload without the people in it.

What a column of the payload's table shows is rewritten by that column, where it stands; what tells of which table it is
stays; every other text becomes a token, and every other member loses its name.  So the copy is read as the original is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from crm_tui.classify.event import Event
from crm_tui.errors import InputError
from crm_tui.intake.columns import in_table_order
from crm_tui.intake.json_text import Span, Unreadable, parse
from crm_tui.intake.payloads import Found, again, cells
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.systems import SYSTEMS
from crm_tui.systems.carrier import columns_of
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Table
from crm_tui.systems.paths import (
    At,
    Every,
    Leading,
    Member,
    Number,
    Step,
    Value,
    Where,
    compact,
    compiled,
    text_of,
)
from crm_tui.systems.router import Routed, each_steps, route
from crm_tui.systems.unknown import PAYLOADS

_WRAPPERS = 6
"""Wrappers within wrappers that are opened, as in ``intake/payloads.py``."""
_AROUND = frozenset(
    (
        "json", "binary", "pairedItem", "headers", "body", "content", "zap_id", "data_out", "requests", "operations",
        "events", "items", "records", "results", "contacts", "data", "entry", "entries", "messages", "meta", "paging",
        "next", "after", "link", "links", "has_more", "hasMore", "done", "limit", "additional_data", "pagination",
        "more_items_in_collection", "next_cursor", "nextRecordsUrl", "info", "more_records", "next_page",
        "nextPageToken", "nextPageUrl", "nextPage", "page", "page_size", "pageSize", "per_page", "total", "totalSize",
        "total_results", "start", "offset", "skip", "statusCode", "status", "success", "error", "errors", "errorCode",
        "@odata.nextLink", "@odata.count", "Notification", "sObject", "type",
    )
)  # fmt: skip
"""Members around records, which name nobody: of captured requests, lists and pages."""
_SMALL = 6
"""Digits of a number beside the records that can be no phone."""

Place = tuple[int, "str | int"]
"""A member of an object or an item of a list, by the identity of what holds it."""


class _Slot(NamedTuple):
    holder: Any
    key: str | int

    @property
    def value(self) -> Value:
        found: Value = self.holder[self.key]
        return found

    @property
    def place(self) -> Place:
        return id(self.holder), self.key


class _Shown(NamedTuple):
    """Which column shows a value, in which record."""

    event: Event
    column: Column | None
    joined: bool = False
    """Whether it is a list whose items a carrier has joined by commas."""


class RedactedPayload:
    """One payload, or a list of them; ``value`` is the copy."""

    def __init__(self, value: Value, pseudonyms: Pseudonyms) -> None:
        """``value`` is not changed."""
        self._pseudonyms = pseudonyms
        self._shown: dict[Place, _Shown] = {}
        self._kept: set[Place] = set()
        self._texts: set[Place] = set()
        self._names = set(_AROUND)
        whole = _Slot([value], 0)
        self._plan(whole, 0)
        self.value = self._copied(whole, None)

    # -- what each value is

    def _plan(self, slot: _Slot, level: int) -> None:
        payload = slot.value
        if isinstance(payload, list):
            for at in range(len(payload)):
                self._plan(_Slot(payload, at), level)
            return
        routed = route(payload) if level < _WRAPPERS else Routed(PAYLOADS)
        steps = routed.inside or each_steps(routed.table)
        if routed.text:
            self._texts.update(one.place for one in self._reached([slot], steps))
        elif routed.inside:
            for one in self._reached([slot], steps):
                self._plan(one, level + 1)
        elif routed.carried:
            self._plan_carried(routed.table, slot)
        else:
            records = self._reached([slot], steps) if steps else [slot]
            self._names.update(step.name for step in steps if isinstance(step, Member))
            for one in records:
                self._plan_record(routed.table, one, slot)

    def _plan_record(self, table: Table, slot: _Slot, root: _Slot) -> None:
        if table is PAYLOADS:
            # Nothing is known of its values, but two that call themselves alike have to go on doing so.
            for column in table.columns:
                for way in (way for group in compiled(column.path).ways for way in group):
                    self._names.update(way.members)
            return
        rooted = [column for column in table.columns if column.path and compiled(column.path).from_root]
        given = {one.name: compiled(one.path).text(slot.value, root.value, one.separator) for one in rooted if one.path}
        event = self._event(Found(table, Span(0, 0), slot.value, given, ""))
        if table.payload is None:
            self._plan_flat(event, slot)
            return
        # What comes anew with each delivery is no difference between two payloads, by its name.
        self._names.update(part for name in SYSTEMS[table.system].delivery for part in name.lstrip("+").split("."))
        for path, words in table.payload.when.items():
            for one in self._at(path, root, root):
                if words and text_of(one.value).lower() in {word.lower() for word in words}:
                    self._kept.add(one.place)
        for column in sorted(table.columns, key=lambda one: one.role not in IDENTITY_ROLES):
            for one in self._at(column.path, slot, root) if column.path else ():
                self._shown.setdefault(one.place, _Shown(event, column))

    def _plan_flat(self, event: Event, slot: _Slot) -> None:
        """An object whose members are the columns of a table."""
        names = list(slot.value) if isinstance(slot.value, dict) else []
        order = in_table_order(event.table, names)(tuple(map(str, range(len(names)))))
        for column, at in order.items():
            if column in event.table.by_name:
                self._names.add(names[int(at)])
                self._shown[id(slot.holder[slot.key]), names[int(at)]] = _Shown(event, event.table.by_name[column])

    def _plan_carried(self, table: Table, slot: _Slot) -> None:
        """An object whose members a carrier has flattened."""
        names = list(slot.value) if isinstance(slot.value, dict) else []
        event = self._event(again(table, compact(slot.value).encode(), '{"carried": true}'))
        for name, one in zip(names, columns_of(table, names), strict=True):
            if one:
                self._names.add(name)
                joined = one.text is not str
                self._shown[id(slot.holder[slot.key]), name] = _Shown(event, table.by_name[one.column], joined)

    @staticmethod
    def _event(found: Found) -> Event:
        assert found.table is not None
        return Event(found.table, cells(found), ())

    def _at(self, path: str, slot: _Slot, root: _Slot) -> Iterator[_Slot]:
        """Every value to which any alternative of a path leads."""
        for way in (way for group in compiled(path).ways for way in group):
            self._names.update(way.members)
            yield from self._reached([root if way.from_root else slot], way.steps)

    def _reached(self, slots: Iterable[_Slot], steps: Sequence[Step]) -> list[_Slot]:
        for step in steps:
            slots = [after for slot in slots for after in self._after(slot.value, step)]
        return list(slots)

    def _after(self, value: Value, step: Step) -> Iterator[_Slot]:
        match step, value:
            case Member(name), dict() if name in value:
                yield _Slot(value, name)
            case Every() | Leading(), list():
                yield from (_Slot(value, at) for at in range(len(value)))
                if isinstance(step, Leading):
                    self._names.add(step.key)
            case At(place), list() if place < len(value):
                yield _Slot(value, place)
            case Where(key, word), list():
                self._names.add(key)
                for at, item in enumerate(value):
                    if isinstance(item, dict) and key in item and text_of(item[key]).lower() == word:
                        self._kept.add((id(item), key))
                        yield _Slot(value, at)

    # -- the copy

    def _copied(self, slot: _Slot, shown: _Shown | None) -> Value:
        value = slot.value
        if slot.place in self._kept:
            return value
        if slot.place in self._texts:
            return self._text(value)
        shown = self._shown.get(slot.place, shown)
        if isinstance(value, list):
            return [self._copied(_Slot(value, at), shown) for at in range(len(value))]
        if isinstance(value, dict):
            return {self._name(name): self._copied(_Slot(value, name), shown) for name in value}
        if value is None or isinstance(value, bool) or not value.strip():
            return value
        if shown is not None:
            return self._rewritten(shown, value)
        around = slot.key in _AROUND
        if around and ((isinstance(value, Number) and len(value) <= _SMALL) or value.lower() in _WORDS_AROUND):
            return value
        return self._pseudonyms.unknown(value)

    def _text(self, value: Value) -> Value:
        """A body that was captured as a text."""
        try:
            body = parse(value.encode()) if isinstance(value, str) else None
        except Unreadable as error:
            raise InputError(f"a captured body in it cannot be read ({error})") from error
        return compact(RedactedPayload(body, self._pseudonyms).value)

    def _name(self, name: str) -> str:
        return name if name in self._names else f"redacted_{self._pseudonyms.book.letters('name', name, 8)}"

    def _rewritten(self, shown: _Shown, text: str) -> str:
        if shown.joined:
            return ",".join(self._pseudonyms.captured(shown.event, shown.column, part) for part in text.split(","))
        new = self._pseudonyms.captured(shown.event, shown.column, text)
        return Number(new) if isinstance(text, Number) and _is_number(new) else new


_WORDS_AROUND = frozenset(("true", "false", "null", "none", "error", "fail", "failed", "ok", "success"))


def _is_number(text: str) -> bool:
    try:
        return isinstance(parse(text.encode()), Number)
    except Unreadable:
        return False
