"""A request's body and path, put together from the names that a system declares (``systems/imports.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui.systems.imports import Form, Json


def as_json(form: Form, text: str) -> bool | int | float | str:
    """A value in the form in which JSON spells it."""
    if form is Form.BOOLEAN:
        return text == "true"
    if form is Form.NUMBER:
        number = float(text)
        return int(number) if number.is_integer() else number
    return text


def as_number(text: str) -> str | int:
    """A record id as a number; any other text, ``{id}`` or a damaged id, as it is."""
    return int(text) if text.isascii() and text.isdecimal() else text


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set ``value`` at a path of a body; ``[0]`` is the first of a list; a list is added to what is there."""
    above, _, last = path.rpartition("/")
    place = body
    for name in above.split("/") if above else ():
        plain = name.removesuffix("[0]")
        place = place.setdefault(plain, [{}] if plain != name else {})
        if plain != name:
            place = place[0]
    if isinstance(value, list) and isinstance(place.get(last), list):
        place[last] = [*place[last], *value]
    else:
        place[last] = value


def aimed(constant: Json, sign: str, text: str | int) -> Json:
    """A part of a body with ``text`` wherever ``sign`` stands in one of its texts, or a number in place of one."""
    if isinstance(constant, str):
        return constant.replace(sign, text) if isinstance(text, str) else text if constant == sign else constant
    if isinstance(constant, Mapping):
        return {name: aimed(value, sign, text) for name, value in constant.items()}
    if isinstance(constant, Sequence):
        return [aimed(value, sign, text) for value in constant]
    return constant


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")


def as_path(text: str) -> str:
    """A record id as one segment of a path: every byte but letters, digits, ``-``, ``_`` and ``~`` as ``%XX``."""
    if _PLAIN.issuperset(text):
        return text
    return "".join(char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)
