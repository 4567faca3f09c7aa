"""Fields of a system that come through a carrier: Zapier flattens a payload to ``contact__email`` (formats.md 4).

The parts of a name are joined by ``__``, ``.``, ``_`` or blanks, with the number of the Zap's step before it; the texts
of a list of objects are joined by commas, one list for each member.  What is carried is told by the words of its names
alone: the declaration whose conditions hold and that knows most of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from crm_tui.systems import TABLES
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Table
from crm_tui.systems.paths import SEPARATOR, Every, Leading, Way, compiled

NOTHING = frozenset(("none", "null"))
"""A carrier that writes all as text writes these where a member was null; null is not said, so it clears nothing."""
_STEP = re.compile(r"\s*[0-9]+\. *")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_AROUND = frozenset(("querystring", "body", "payload", "contact", "raw", "data"))
"""What a carrier, or who set it up, may set before every name."""
_TELLING = 3


class _Place(NamedTuple):
    column: Column
    rank: int
    """How early the wording is declared; of several of one column the earliest counts, in any order of the file."""
    many: bool
    """Whether the value is one of a list."""


class Carried(NamedTuple):
    """One name of a carrier's file: whose column it is, and how its text becomes that column's."""

    column: str
    text: Callable[[str], str]


def table_of(pairs: Mapping[str, str]) -> Table | None:
    """The table whose fields these names and texts are, carried; ``None`` where no declaration fits."""
    known = {wording: text for name, text in pairs.items() if (wording := _wording(name))}
    fitting = [table for table in TABLES.values() if table.payload and table.payload.when and _fits(table, known)]
    if any(map(_is_joined, pairs)):
        tables = (table for table in TABLES.values() if table.payload is None)
        fitting += [table for table in tables if not table.lacking(_named(table, pairs))]
    found = {table.name: set(_named(table, pairs)) for table in fitting}
    telling = [table for table in fitting if len(found[table.name]) >= _TELLING and _has_key(table, found[table.name])]
    return max(telling, key=lambda table: (len(found[table.name]), len(_conditions(table))), default=None)


def columns_of(table: Table, names: Sequence[str]) -> list[Carried | None]:
    """For each name the column that it carries; ``None`` where it is none of the table's, or stands there twice."""
    spelled = _spelled(table.name)
    places = [spelled.get(wording) for wording in _wordings(table, names)]
    best: dict[str, tuple[int, int]] = {}
    for at, place in enumerate(places):
        if place is not None:
            best[place.column.name] = min((place.rank, at), best.get(place.column.name, (place.rank, at)))
    chosen = {at for _, at in best.values()}
    return [
        Carried(place.column.name, _lister(place.column) if place.many else str) if place and at in chosen else None
        for at, place in enumerate(places)
    ]


def _named(table: Table, names: Mapping[str, str]) -> list[str]:
    return [one.column for one in columns_of(table, list(names)) if one]


def _lister(column: Column) -> Callable[[str], str]:
    """A list that is joined by commas, parted as a payload's own would be."""
    joint = column.separator or SEPARATOR
    return lambda text: joint.join(part.strip() for part in text.split(","))


def _has_key(table: Table, names: set[str]) -> bool:
    return any(table.by_name[name].role in IDENTITY_ROLES for name in names)


def _is_joined(name: str) -> bool:
    return "__" in name or "." in name


def _wording(name: str) -> str:
    return " ".join(word.lower() for word in _WORD.findall(_STEP.sub("", name, count=1)))


def _wordings(table: Table, names: Sequence[str]) -> list[str]:
    """The words of each name, without one that stands before them all where the table knows more of them so."""
    words = [_wording(name) for name in names]
    first = {word.partition(" ")[0] for word in words}
    if len(first) > 1 or not first <= _AROUND:
        return words
    bare = [word.partition(" ")[2] for word in words]
    spelled = _spelled(table.name)
    return max((words, bare), key=lambda one: sum(word in spelled for word in one))


@cache
def _spelled(table: str) -> Mapping[str, _Place]:
    """The words by which a table's columns may be carried."""
    known = TABLES[table]
    found: dict[str, _Place] = {}
    for column in known.columns:
        if known.payload is None:
            for name in (column.name, *column.aliases):
                found.setdefault(_wording(name), _Place(column, len(found), many=False))
        elif column.path:
            for way in (way for group in compiled(column.path).ways for way in group):
                if way.shows_values:
                    found.setdefault(_of_way(way), _Place(column, len(found), _many(way)))
    return found


def _of_way(way: Way) -> str:
    return _wording(" ".join(way.members))


def _many(way: Way) -> bool:
    return any(isinstance(step, (Every, Leading)) for step in way.steps)


@cache
def _each_conditions(table: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    known = TABLES[table]
    when = known.payload.when if known.payload else {}
    return tuple(
        (frozenset(_of_way(way) for group in compiled(path).ways for way in group), frozenset(words))
        for path, words in when.items()
    )


def _conditions(table: Table) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """For each condition of a payload the words of its places, and the values allowed there."""
    return _each_conditions(table.name)


def _fits(table: Table, known: Mapping[str, str]) -> bool:
    if table.payload is None or table.payload.each:
        return False
    return all(any(_told(place, words, known) for place in places) for places, words in _conditions(table))


def _told(place: str, words: frozenset[str], known: Mapping[str, str]) -> bool:
    if words:
        return known.get(place, "").strip().lower() in {word.lower() for word in words}
    return place in known or any(wording.startswith(f"{place} ") for wording in known)


def said(columns: Sequence[Carried | None], names: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Column, or a name that is none, and its text; what the carrier writes for null is left out."""
    for column, name, text in zip(columns, names, texts, strict=True):
        if text.strip().lower() in NOTHING:
            continue
        yield (column.column, column.text(text)) if column else (name, text)
