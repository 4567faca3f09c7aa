"""Where a value lies in a payload, as a system's file writes it: ``data.emails[0].value|data.email``.

====================  =======================================================================
``a.b``               member ``b`` of member ``a``; ``a."b.c"`` for a name with a dot in it
``a[]``               every item of list ``a``; the values are joined by the column's separator
``a[0]``              the item at that place, from 0
``a[key=Target]``     the first item whose member ``key`` is that word, in any case
``a[!primary]``       every item, those whose member ``primary`` is true before the others
``a{}``               the names of the members of ``a``, sorted: their order in a file means nothing
``.``                 the record itself, where it is a plain value
``^a.b``              from the payload's root, not from the record's own object (``Payload.each``)
``a|b``               ``b`` where ``a`` is absent
``a||b``              ``b`` where ``a`` is absent or blank
====================  =======================================================================

A member of something that is no object, null included, is absent: what is not said must never clear a field.
Texts are as written: null is blank, a number is its literal, an object or a mixed list is compact JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeAlias

SEPARATOR = "; "
"""Between joined values where the column declares none."""


class Number(str):
    """A JSON number by its literal, so that no digit of an id or an amount is lost."""

    __slots__ = ()


Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"
"""A parsed payload; numbers are ``Number``."""


class Member(NamedTuple):
    """``a``."""

    name: str


class At(NamedTuple):
    """``[0]``."""

    place: int


class Every(NamedTuple):
    """``[]``."""


class Where(NamedTuple):
    """``[key=Target]``."""

    key: str
    word: str
    """In lower case."""


class Names(NamedTuple):
    """``{}``."""


class Leading(NamedTuple):
    """``[!primary]``."""

    key: str


Step: TypeAlias = "Member | At | Every | Where | Names | Leading"


class Way(NamedTuple):
    """One alternative of a path."""

    from_root: bool
    steps: tuple[Step, ...]
    many: bool
    """Whether it may lead to several values."""
    names: tuple[str, ...]
    """The members on the way, where it has nothing else."""

    @property
    def members(self) -> tuple[str, ...]:
        """The names of all members on the way."""
        return tuple(step.name for step in self.steps if isinstance(step, Member))

    @property
    def shows_values(self) -> bool:
        """Whether it leads to values, and not to the names of members."""
        # By type: as tuples the steps without a name of their own are all equal.
        return not any(isinstance(step, Names) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path."""

    ways: tuple[tuple[Way, ...], ...]
    """Alternatives where a blank sends on (``||``), each of alternatives where only absence does (``|``)."""
    only: Way | None = field(init=False, repr=False, compare=False)
    """The one alternative, where there is just one, as in nearly every path."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "only", self.ways[0][0] if len(self.ways) == len(self.ways[0]) == 1 else None)

    @property
    def from_root(self) -> bool:
        """Whether any alternative starts at the payload's root."""
        return any(way.from_root for way in self._all())

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but members, one within the other."""
        return self.only is not None and bool(self.only.names)

    @property
    def covers(self) -> frozenset[str]:
        """The first members that alternatives from the record name."""
        steps = (way.steps[0] for way in self._all() if way.steps and not way.from_root)
        return frozenset(step.name for step in steps if isinstance(step, Member))

    @property
    def consumed(self) -> frozenset[str]:
        """What alternatives from the record show: dotted names of members, a list by its own."""
        return frozenset(_dotted(way.steps) for way in self._all() if not way.from_root and way.shows_values)

    def text(self, record: Value, root: Value, separator: str = "") -> str | None:
        """The text at the path; ``None`` = absent, ``""`` = null, blank or an empty list."""
        if self.only is not None:
            return _text(self.only, record, root, separator)
        found: str | None = None
        for group in self.ways:
            text = next((text for way in group if (text := _text(way, record, root, separator)) is not None), None)
            found = text if found is None else found
            if text and text.strip():
                return text
        return found

    def texts(self, record: Value, root: Value) -> list[str] | None:
        """The texts at the path, each by itself; ``None`` = absent."""
        if self.is_plain:
            text = self.text(record, root)
            return None if text is None else [text]
        for way in self._all():
            values = reached((root if way.from_root else record,), way.steps)
            if values is not None:
                return [text_of(value) for value in values]
        return None

    def _all(self) -> Iterable[Way]:
        return (way for group in self.ways for way in group)


@lru_cache(maxsize=4096)
def compiled(path: str) -> Path:
    """The path that ``path`` writes; raises ``ValueError`` where it is none."""
    return Path(tuple(tuple(map(_way, _split(group, "|"))) for group in _split(path, "||")))


def reached(values: Sequence[Value], steps: Iterable[Step]) -> list[Value] | None:
    """The values that the steps lead to from ``values``; ``None`` = absent, ``[]`` = an empty list lies there."""
    present = False
    for step in steps:
        after: list[Value] = []
        present = False
        for value in values:
            found = _after(value, step)
            present = present or found is not None
            after += found or ()
        values = after
        if not values:
            break
    return list(values) if values or present else None


def text_of(value: Value, separator: str = SEPARATOR) -> str:
    """A value as the text of a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return separator.join(text for item in value if (text := text_of(item)))
    return compact(value)


def compact(value: Value) -> str:
    """Compact JSON in which each number stands as it was written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(map(compact, value))}]"
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}:{compact(item)}" for name, item in value.items())
        return f"{{{','.join(members)}}}"
    return json.dumps(value, ensure_ascii=False)


def _dotted(steps: tuple[Step, ...]) -> str:
    names: list[str] = []
    for step in steps:
        if not isinstance(step, Member):
            break
        names.append(step.name)
    return ".".join(names)


def _text(way: Way, record: Value, root: Value, separator: str) -> str | None:
    start = root if way.from_root else record
    if way.names:
        # Nearly every column is a few members deep, and a payload has dozens of columns.
        for name in way.names:
            if not isinstance(start, dict) or name not in start:
                return None
            start = start[name]
        return start if type(start) is str else text_of(start, separator or SEPARATOR)
    values = reached((root if way.from_root else record,), way.steps)
    if values is None:
        return None
    joint = separator or SEPARATOR
    if way.many:
        return joint.join(text for value in values if (text := text_of(value, joint)))
    return text_of(values[0], joint) if values else ""


def _after(value: Value, step: Step) -> list[Value] | None:
    """The values one step on; ``None`` where there is nothing to take the step on."""
    match step, value:
        case Member(name), dict():
            return [value[name]] if name in value else None
        case Names(), dict():
            return [*sorted(value)]
        case Every(), list():
            return value
        case Leading(key), list():
            return sorted(value, key=lambda item: not (isinstance(item, dict) and item.get(key) is True))
        case At(place), list():
            return [value[place]] if place < len(value) else None
        case Where(key, word), list():
            items = (item for item in value if isinstance(item, dict) and _word(item.get(key)) == word)
            first = next(items, None)
            return None if first is None else [first]
    return None


def _word(value: Value) -> str | None:
    return None if isinstance(value, (list, dict)) or value is None else text_of(value).lower()


_NAME = r'"[^"]*"|[^.\[\]{}|"^=]+'
_SELECTOR = rf"\[\]|\{{\}}|\[[0-9]+\]|\[!(?:{_NAME})\]|\[(?:{_NAME})=(?:\"[^\"]*\"|[^\]\"]*)\]"
_SEGMENT = re.compile(rf"(?P<name>{_NAME})?(?P<selectors>(?:{_SELECTOR})*)(?P<more>\.|\Z)")
_ONE_SELECTOR = re.compile(_SELECTOR)
_QUOTED = re.compile(r'"[^"]*"|(\|\|?)')


def _split(text: str, by: str) -> list[str]:
    """The parts of ``text`` between separators that stand outside quotes."""
    cuts = [match.span(1) for match in _QUOTED.finditer(text) if match[1] == by]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _way(text: str) -> Way:
    from_root = text.startswith("^")
    rest = text.removeprefix("^")
    steps = () if rest == "." else tuple(_steps(rest, text))
    names = tuple(step.name for step in steps if isinstance(step, Member))
    many = any(isinstance(step, (Every, Leading, Names)) for step in steps)
    return Way(from_root, steps, many, names if len(names) == len(steps) else ())


def _steps(rest: str, whole: str) -> Iterable[Step]:
    at, more = 0, "."
    while more:
        match = _SEGMENT.match(rest, at)
        if match is None or not (match["name"] or match["selectors"]):
            raise ValueError(f"{whole!r} is no path into a payload")
        if match["name"]:
            yield Member(match["name"].strip('"'))
        yield from map(_selector, _ONE_SELECTOR.findall(match["selectors"]))
        at, more = match.end(), match["more"]


def _selector(text: str) -> Step:
    inner = text[1:-1]
    if not inner:
        return Every() if text == "[]" else Names()
    if inner.isdecimal():
        return At(int(inner))
    if inner.startswith("!"):
        return Leading(inner[1:].strip('"'))
    key, _, word = inner.partition("=")
    return Where(key.strip('"'), word.strip('"').lower())
