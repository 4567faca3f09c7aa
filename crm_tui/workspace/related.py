"""What else there is about the people of one row: their other rows, and what was decided on them, by whom and why.

Of a group of duplicates: the row of each of its records, and all others about whoever that record is of.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from crm_tui.model import Review
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.search import needle, search

_MOST = 200
"""Rows told of one person."""


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """Another row about the same person."""

    record_id: int
    event_at: str
    """As the row writes it, ``""`` where it states no time."""
    review: Review


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the row may be about, and the other rows that are about them."""

    contact: int
    """Number of the contact; 0 = nobody in the map: the rows share an e-mail or a phone."""
    title: str
    rows: tuple[RelatedRow, ...]
    beyond: int = 0
    """Rows that are not listed."""
    own: bool = False
    """Whether it is a record of a group of duplicates, of which the first row is its own."""


def related(cases: Cases, record_id: int) -> list[Person]:
    """The people of a row with their other rows, in order of time; nobody known: whoever has its e-mail or phone."""
    return _of_group(cases, record_id) if record_id < 0 else _of_row(cases, record_id)


def _of_group(cases: Cases, number: int) -> list[Person]:
    """One entry a record: its own row first of all, then those of its people; no row stands in two entries."""
    names = {side.key: side.name for side in cases.case(number).sides}
    own = {cases.by_row_id(row_id): name for row_id, name in names.items()}
    found: list[Person] = []
    told = set(own)
    for record_id, name in own.items():
        if record_id is None:
            continue
        people = _of_row(cases, record_id)
        others = [row for person in people for row in person.rows if row.record_id not in told]
        told.update(row.record_id for row in others)
        itself = _person(cases, 0, name, [record_id]).rows
        beyond = sum(person.beyond for person in people)
        found.append(Person(0, name, (*itself, *dict.fromkeys(others)), beyond, own=True))
    return found


def _of_row(cases: Cases, record_id: int) -> list[Person]:
    case, review = cases.case(record_id), cases.review(record_id)
    chosen = cases.decided_option(record_id, review)
    numbers = [*([chosen.contact] if chosen and chosen.contact else []), *case.verdict.candidates]
    if not numbers:
        return _by_keys(cases, record_id)
    return [
        _person(cases, number, cases.contacts.contact(number).label, _of_contact(cases, number), record_id)
        for number in dict.fromkeys(numbers)
    ]


def _of_contact(cases: Cases, number: int) -> Iterable[int]:
    """Rows that are about a contact by their keys, or because a person chose it for them."""
    sql = (
        "SELECT record.id FROM record WHERE contact = ? UNION SELECT record.id FROM decision JOIN record USING (row_id)"
        " WHERE choice = ?"
    )
    name = cases.contacts.contact(number).contact_id
    return [row[0] for row in cases.store.connection.execute(sql, (number, name))]


def _by_keys(cases: Cases, record_id: int) -> list[Person]:
    found = []
    encodings = {number: source.encoding for number, source in cases.sources.items()}
    for key in cases.facts(record_id).event.keys:
        if not key.value or key.kind.startswith("id:"):
            continue
        hits = search(cases.store.connection, encodings, needle(cases, key.raw), lambda: False) or {}
        rows = [one for ids in hits.values() for one in ids if one > 0]  # groups of duplicates are no rows
        found.append(_person(cases, 0, key.raw.strip(), rows, record_id))
    return found


def _person(cases: Cases, number: int, title: str, record_ids: Iterable[int], but: int = 0) -> Person:
    others = sorted(one for one in record_ids if one != but)
    times = _times(cases.store.connection, others)
    others.sort(key=lambda one: (times[one] == "", times[one], one))
    kept = others[-_MOST:]
    with cases.reading_ahead(kept):
        written = {one: cases.facts(one).event.happened if times[one] else "" for one in kept}
    rows = tuple(RelatedRow(one, written[one], cases.review(one)) for one in kept)
    return Person(number, title, rows, len(others) - len(rows))


def _times(connection: sqlite3.Connection, record_ids: list[int]) -> dict[int, str]:
    sql = "SELECT id, event_at FROM record WHERE id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(sql, (json.dumps(record_ids),)))
