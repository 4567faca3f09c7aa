"""A stand-in for each destination: what a staged file or request would leave in it, read from the declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crm_tui.classify.mapped_row import Mapped
from crm_tui.systems import SYSTEMS
from crm_tui.systems.imports import VALUE, Form, Part, Request, Slot

State = dict[tuple[str, ...], Any]
"""Canonical fields of a slot → what the destination holds there, as it is spelled there; blank = not in it."""


def apply(state: State, parts: tuple[Mapped, ...]) -> State:
    """The state after somebody has imported the parts as they stand."""
    after = dict(state)
    for part in parts:
        if part.file is not None:
            slots = {slot.name: slot for slot in part.file.slots}
            for header, cell in part.cells.items():
                if header != part.file.id_header:
                    after[slots[header].fields] = plain(cell)
        for line in part.lines:
            request = declared(part, line.method, line.path)
            for slot in request.slots:
                for fields, value in written(slot, line.body):
                    after[fields] = changed(after.get(fields), slot, value)
                if set(slot.fields) & set(line.cleared):
                    after[slot.fields] = ""
    return {fields: value for fields, value in after.items() if value not in ("", None, frozenset())}


def declared(part: Mapped, method: str, path: str) -> Request:
    """The declaration that a line was made from."""
    requests = SYSTEMS[part.system].imports.request(part.object, part.operation)
    (found,) = [one for one in requests if (one.method, len(one.path.split("/"))) == (method, len(path.split("/")))]
    return found


def written(slot: Slot, body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a body says of one slot; nothing when it does not mention it."""
    value: Any = body
    for name in slot.name.split("/"):
        plain_name = name.removesuffix("[0]")
        if not isinstance(value, Mapping) or plain_name not in value:
            return
        value = value[plain_name]
        value = value[0] if name != plain_name else value
    if slot.item is None:
        yield slot.fields, value
        return
    marks = {key: mark for key, mark in slot.item.items() if mark != VALUE}
    own = [item for item in value if all(item[key] == mark for key, mark in marks.items())]
    (key,) = [key for key, mark in slot.item.items() if mark == VALUE]
    if own or not value:
        yield slot.fields, [item[key] for item in own]


def changed(old: Any, slot: Slot, value: Any) -> Any:
    """What stands in a slot after ``value`` came in, added to or taken from a list where it says so."""
    if slot.part is Part.ADDED:
        return frozenset(old or ()) | frozenset(map(plain, value))
    if slot.part is Part.REMOVED:
        return frozenset(old or ()) - frozenset(map(plain, value))
    if slot.form is Form.LIST and value is not None:
        return frozenset(map(plain, value))
    if isinstance(value, list):
        return ";".join(map(plain, value))
    return "" if value is None else plain(value)


def plain(value: object) -> str:
    """A value without its spelling: file and request of one vendor may differ in case, blanks and separators."""
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text.casefold().replace(", ", ";").replace(",", ";").replace("_", "").replace(" ", "")
