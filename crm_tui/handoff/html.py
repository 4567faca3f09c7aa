"""Markup that cannot be broken out of: everything is escaped but what was made here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import TypeAlias

from crm_tui.text import safe_text


class Html(str):
    """Finished markup; only what stands below makes it."""

    __slots__ = ()


Part: TypeAlias = "Html | str"

_VOID = frozenset(("meta",))


@lru_cache(maxsize=2_048)
def data(text: str, limit: int = 300) -> Html:
    """Untrusted text: hidden characters visible, cut at ``limit``, isolated from the direction of its surroundings."""
    return Html(f"<bdi>{escape(safe_text(text, limit))}</bdi>") if text else Html("")


def joined(parts: Iterable[Part], between: str = "") -> Html:
    """Parts one after another."""
    return Html(escape(between).join([part if isinstance(part, Html) else escape(part) for part in parts]))


def tag(name: str, /, *parts: Part, **attributes: str) -> Html:
    """An element.  ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``; a blank one is left out."""
    written = "".join([_attribute(key, value) for key, value in attributes.items() if value]) if attributes else ""
    if name in _VOID:
        return Html(f"<{name}{written}>")
    inside = "".join([part if type(part) is Html else escape(part) for part in parts])
    return Html(f"<{name}{written}>{inside}</{name}>")


def line_of_cells(texts: Iterable[str], classes: Iterable[str]) -> Html:
    """A line of a table: a cell for each untrusted text, of its class; the same as by ``tag``, of which it is most."""
    marks = [_attribute("class", name) if name else "" for name in classes]
    cells = [f"<td{mark}>{data(text)}</td>" for text, mark in zip(texts, marks, strict=True)]
    return Html(f"<tr>{''.join(cells)}</tr>")


@lru_cache(maxsize=2_048)
def _attribute(key: str, value: str) -> str:
    """One attribute, with the blank before it: most stand in every row alike."""
    return f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
