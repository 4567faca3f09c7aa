"""Which rows of a queue are listed, and in which order: filters, their counts, and sorting, in SQL."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import msgspec

from crm_tui.model import Queue, State
from crm_tui.systems import TABLES


class Facet(StrEnum):
    """What rows can be filtered by, and groups of duplicates."""

    PROBABILITY = "probability"
    KIND = "kind"
    RULE = "rule"
    SOURCE = "source"
    STATE = "state"
    CONTACT = "contact"
    FIELD = "field"
    SYSTEM = "system"
    REVIEWER = "reviewer"
    PRIORITY = "priority"


class Order(StrEnum):
    """What a queue can be sorted by."""

    FILE = "file order"
    RULE = "rule"
    CONTACT = "contact"
    TIME = "event time"
    EVENT = "event id"
    PRIORITY = "priority"
    PROBABILITY = "probability"
    UNSURE = "probability, lowest first"
    SYSTEM = "system and kind"
    SIZE = "number of records"


class Value(NamedTuple):
    """One value of a facet: a rule code, a source id, a system, a state, a contact number, a field name, who left the
    row as it stands, or ``high``; of a group its system, the kind of its records, or one of the ``BANDS``."""

    facet: Facet
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Values of one facet are alternatives; facets are combined."""

    values: frozenset[Value] = frozenset()

    def toggled(self, value: Value) -> Filter:
        """With the value, or without it where it was chosen already."""
        return Filter(self.values ^ {value})

    def of(self, facet: Facet) -> list[str]:
        """The values chosen of one facet."""
        return sorted(value.text for value in self.values if value.facet is facet)

    def without(self, facet: Facet) -> Filter:
        """The filter of the other facets."""
        return Filter(frozenset(value for value in self.values if value.facet is not facet))


BANDS = ("99 % and more", "95 to 99 %", "90 to 95 %", "below 90 %", "without a probability")
"""Probabilities of groups as the filter names them: that of the two records that are alike the most."""
_BEST = "(SELECT MAX(json_extract(value, '$.probability')) FROM json_each(pairs))"
_STRENGTH = (
    "(SELECT MAX(COALESCE(json_extract(value, '$.probability'), CASE WHEN json_extract(value, '$.exact') THEN 1"
    " ELSE json_extract(value, '$.score') / NULLIF(json_extract(value, '$.comparable'), 0) END)) FROM json_each(pairs))"
)
"""What stands on the line of a group: the probability of its best pair, else its score over what is comparable."""
_BAND = (
    f"CASE WHEN {_BEST} IS NULL THEN '{BANDS[4]}' WHEN {_BEST} >= .99 THEN '{BANDS[0]}'"
    f" WHEN {_BEST} >= .95 THEN '{BANDS[1]}' WHEN {_BEST} >= .9 THEN '{BANDS[2]}' ELSE '{BANDS[3]}' END"
)
_STATE = "CASE WHEN stale THEN 'stale' ELSE COALESCE(state, 'to decide') END"
_OF_DECISION = (Facet.STATE, Facet.REVIEWER)
_UNDECIDED = {Facet.STATE: State.PENDING.value, Facet.REVIEWER: ""}
"""Facets of what was decided on a row, with their text where nothing was."""
_BLANK_IS_NONE = frozenset((Facet.FIELD, Facet.REVIEWER, Facet.PRIORITY))
"""Facets in which a row may have no value."""


class _Shape(NamedTuple):
    """How the rows of a queue, or the groups, are stored."""

    table: str
    id: str
    listed: str
    """The condition under which one is in the queue."""
    texts: dict[Facet, str]
    """The facets, and the text of each."""
    orders: dict[Order, str]
    """The orders as ``o`` goes round them; the first is the one of a tab that was not sorted."""

    @property
    def joined(self) -> str:
        """With what was decided."""
        return f"FROM {self.table} LEFT JOIN decision USING (row_id)"


_ROWS = _Shape(
    "record",
    "record.id",
    "queue = '{queue}'",
    {
        Facet.RULE: "rule",
        Facet.SOURCE: "CAST(source_id AS TEXT)",
        Facet.STATE: _STATE,
        Facet.CONTACT: "CAST(COALESCE(contact, 0) AS TEXT)",
        Facet.FIELD: "field",
        Facet.SYSTEM: "CAST(source_id AS TEXT)",
        Facet.REVIEWER: "COALESCE(by_name, '')",
        Facet.PRIORITY: "CASE WHEN record.id IN (SELECT record_id FROM high_priority) THEN 'high' ELSE '' END",
    },
    {
        Order.FILE: "record.id",
        Order.RULE: "rule, record.id",
        Order.CONTACT: "contact",
        Order.TIME: "event_at",
        Order.EVENT: "event_id",
        Order.PRIORITY: "CASE WHEN record.id IN (SELECT record_id FROM high_priority) THEN 'high' END",
    },
)
_WITHOUT_INDEX = frozenset((Order.CONTACT, Order.TIME, Order.EVENT, Order.PRIORITY))
"""Orders of rows by a value: those without it come last, those with the same one as in the files."""
_GROUPS = _Shape(
    "duplicate",
    "-duplicate.id",
    "live",
    {
        Facet.PROBABILITY: _BAND,
        Facet.STATE: _STATE,
        Facet.SYSTEM: "system",
        Facet.KIND: "kind",
        Facet.REVIEWER: "COALESCE(by_name, '')",
    },
    {
        Order.PROBABILITY: f"{_STRENGTH} DESC, duplicate.id",
        Order.UNSURE: f"{_STRENGTH}, duplicate.id",
        Order.SYSTEM: "system, kind, duplicate.id",
        Order.SIZE: "json_array_length(members) DESC, duplicate.id",
    },
)


def _shape(queue: Queue) -> _Shape:
    return _GROUPS if queue is Queue.DUPLICATE else _ROWS._replace(listed=_ROWS.listed.format(queue=queue.value))


def facets(queue: Queue) -> frozenset[Facet]:
    """What a queue can be filtered by."""
    return frozenset(_shape(queue).texts)


def orders(queue: Queue) -> tuple[Order, ...]:
    """What a queue can be sorted by, in turn; the first is how it stands by itself."""
    return tuple(_shape(queue).orders)


def band(connection: sqlite3.Connection, number: int) -> str:
    """The band of a group's probability."""
    return str(connection.execute(f"SELECT {_BAND} FROM duplicate WHERE id = ?", (-number,)).fetchone()[0])


def listed(
    connection: sqlite3.Connection, queue: Queue, chosen: Filter | None = None, order: Order | None = None
) -> list[int]:
    """Record ids of a queue, or numbers of groups, that pass the filter, in order."""
    shape = _shape(queue)
    where, arguments = _where(connection, shape, chosen or Filter())
    first, *_ = shape.orders
    order = order if order in shape.orders else first
    by = shape.orders[order]
    if by == shape.id:
        sql = f"SELECT json_group_array({by}) {shape.joined} WHERE {where}"
        return sorted(msgspec.json.decode(connection.execute(sql, arguments).fetchone()[0], type=list[int]))
    if order not in _WITHOUT_INDEX:
        rows = connection.execute(f"SELECT {shape.id} {shape.joined} WHERE {where} ORDER BY {by}", arguments)
        return [row[0] for row in rows]
    # SQLite takes longer to sort the rows than to read them, and longer still to give them one by one.
    sql = f"SELECT json_group_array({shape.id}), json_group_array({by}) {shape.joined} WHERE {where}"
    ids, keys = map(msgspec.json.decode, connection.execute(sql, arguments).fetchone())
    as_in_files = sorted(range(len(ids)), key=ids.__getitem__)
    named = sorted((at for at in as_in_files if keys[at]), key=keys.__getitem__)
    return [ids[at] for at in named] + [ids[at] for at in as_in_files if not keys[at]]


def counted_values(connection: sqlite3.Connection, queue: Queue, chosen: Filter) -> list[tuple[Value, int]]:
    """Every value that could be chosen, with its rows under the filter of the other facets; most rows first."""
    found: list[tuple[Value, int]] = []
    tallied: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    shape = _shape(queue)
    for facet in shape.texts:
        where, arguments = _where(connection, shape, chosen.without(facet))
        key = (shape.texts[facet], where, *arguments)
        if key not in tallied:
            tallied[key] = _tally(connection, shape, facet, chosen.without(facet), where, arguments)
        rows = list(tallied[key])
        if facet is Facet.SYSTEM and shape is not _GROUPS:
            rows = _by_system(connection, rows)
        present = {text for text, _ in rows}
        rows += [(text, 0) for text in chosen.of(facet) if text not in present]
        found.extend((Value(facet, text), number) for text, number in rows if text or facet not in _BLANK_IS_NONE)
    return found


def _tally(
    connection: sqlite3.Connection, shape: _Shape, facet: Facet, others: Filter, where: str, arguments: list[str]
) -> list[tuple[str, int]]:
    """Texts of a facet with their rows, most rows first; what nobody has decided is not looked up in the decisions."""
    text, table = shape.texts[facet], shape.table
    if any(others.of(one) for one in _OF_DECISION):
        sql = f"SELECT {text}, COUNT(*) {shape.joined} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return connection.execute(sql, arguments).fetchall()
    if facet not in _OF_DECISION:
        # SQLite takes longer to sort the texts into groups than to read them.
        sql = f"SELECT json_group_array({text}) FROM {table} WHERE {where}"
        return _most_first(Counter(msgspec.json.decode(connection.execute(sql, arguments).fetchone()[0])))
    ((every,),) = connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}", arguments)
    sql = f"SELECT {text}, COUNT(*) FROM decision CROSS JOIN {table} USING (row_id) WHERE {where} GROUP BY 1"
    found = Counter(dict(connection.execute(sql, arguments).fetchall()))
    found[_UNDECIDED[facet]] += every - found.total()
    return _most_first(found)


def _most_first(found: Counter[str]) -> list[tuple[str, int]]:
    return sorted(((one, rows) for one, rows in found.items() if rows), key=lambda pair: (-pair[1], pair[0]))


def _by_system(connection: sqlite3.Connection, rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Counts of sources as counts of the systems that the files come from."""
    tables = dict(connection.execute("SELECT CAST(id AS TEXT), table_name FROM source"))
    found: Counter[str] = Counter()
    for source, number in rows:
        found[TABLES[tables[source]].system] += number
    return found.most_common()


def of_rule(connection: sqlite3.Connection, queue: Queue, rule: str, source: str = "") -> frozenset[int]:
    """Record ids of a rule; with ``source``, a name, those of the files that are called so."""
    sql, arguments = "SELECT id FROM record WHERE queue = ? AND rule = ?", [queue.value, rule]
    if source:
        sql += " AND source_id IN (SELECT id FROM source WHERE name = ?)"
        arguments.append(source)
    return frozenset(row[0] for row in connection.execute(sql, arguments))


def of_population(connection: sqlite3.Connection, number: int) -> frozenset[int]:
    """Numbers of the groups that are suggested among the records of the same system and kind as this one."""
    sql = (
        "SELECT -other.id FROM duplicate JOIN duplicate AS other USING (system, kind)"
        " WHERE duplicate.id = ? AND other.live"
    )
    return frozenset(row[0] for row in connection.execute(sql, (-number,)))


def put_off(connection: sqlite3.Connection, queue: Queue) -> frozenset[int]:
    """Record ids of the rows that wait, but not for now: deferred, or asked about."""
    shape = _shape(queue)
    # CROSS: from the few decisions to their rows, or SQLite goes through the queue.
    sql = (
        f"SELECT {shape.id} FROM decision CROSS JOIN {shape.table} USING (row_id)"
        f" WHERE {shape.listed} AND state IN (?, ?) AND NOT stale"
    )
    found = connection.execute(sql, (State.DEFERRED.value, State.NEEDS_CLIENT.value))
    return frozenset(row[0] for row in found)


def _where(connection: sqlite3.Connection, shape: _Shape, chosen: Filter) -> tuple[str, list[str]]:
    conditions: list[str] = [shape.listed]
    arguments: list[str] = []
    for facet, text in shape.texts.items():
        values = chosen.of(facet)
        if not values:
            continue
        if facet is Facet.SYSTEM and shape is not _GROUPS:
            sources = connection.execute("SELECT CAST(id AS TEXT), table_name FROM source")
            values = [source for source, table in sources if TABLES[table].system in values]
        conditions.append(f"{text} IN ({_marks(values)})")
        arguments.extend(values)
    return " AND ".join(conditions), arguments


def _marks(values: Iterable[str]) -> str:
    return ", ".join("?" for _ in values)
