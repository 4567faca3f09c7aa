"""Which rows of a queue are listed, and in which order: filters, their counts, and sorting, in SQL."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from crm_tui.model import Queue, State
from crm_tui.systems import TABLES


class Facet(StrEnum):
    """What rows can be filtered by."""

    RULE = "rule"
    SOURCE = "source"
    STATE = "state"
    CONTACT = "contact"
    FIELD = "field"
    SYSTEM = "system"
    REVIEWER = "reviewer"
    PRIORITY = "priority"


class Order(StrEnum):
    """The orders of a queue, as ``o`` goes round them."""

    FILE = "file order"
    RULE = "rule"
    CONTACT = "contact"
    TIME = "event time"
    EVENT = "event id"
    PRIORITY = "priority"

    @property
    def next(self) -> Order:
        """The order after this one."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


class Value(NamedTuple):
    """One value of a facet: a rule code, a source id, a system, a state, a contact number, a field name, who left the
    row as it stands, or ``high``."""

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


_STATE = "CASE WHEN stale THEN 'stale' ELSE COALESCE(state, 'to decide') END"
_TEXT = {
    Facet.RULE: "rule",
    Facet.SOURCE: "CAST(source_id AS TEXT)",
    Facet.STATE: _STATE,
    Facet.CONTACT: "CAST(COALESCE(contact, 0) AS TEXT)",
    Facet.FIELD: "field",
    Facet.SYSTEM: "CAST(source_id AS TEXT)",
    Facet.REVIEWER: "COALESCE(by_name, '')",
    Facet.PRIORITY: "CASE WHEN record.id IN (SELECT record_id FROM high_priority) THEN 'high' ELSE '' END",
}
_OF_DECISION = (Facet.STATE, Facet.REVIEWER)
_UNDECIDED = {Facet.STATE: State.PENDING.value, Facet.REVIEWER: ""}
"""Facets of what was decided on a row, with their text where nothing was."""
_BLANK_IS_NONE = frozenset((Facet.FIELD, Facet.REVIEWER, Facet.PRIORITY))
"""Facets in which a row may have no value."""
_ORDERS = {
    Order.FILE: "record.id",
    Order.RULE: "rule, record.id",
    Order.CONTACT: "contact IS NULL, contact, record.id",
    Order.TIME: "event_at = '', event_at, record.id",
    Order.EVENT: "event_id = '', event_id, record.id",
    Order.PRIORITY: "record.id NOT IN (SELECT record_id FROM high_priority), record.id",
}
_FROM = "FROM record LEFT JOIN decision USING (row_id)"


def listed(
    connection: sqlite3.Connection, queue: Queue, chosen: Filter | None = None, order: Order = Order.FILE
) -> list[int]:
    """Record ids of a queue that pass the filter, in order."""
    where, arguments = _where(connection, queue, chosen or Filter())
    rows = connection.execute(f"SELECT record.id {_FROM} WHERE {where} ORDER BY {_ORDERS[order]}", arguments)
    return [row[0] for row in rows]


def counted_values(connection: sqlite3.Connection, queue: Queue, chosen: Filter) -> list[tuple[Value, int]]:
    """Every value that could be chosen, with its rows under the filter of the other facets; most rows first."""
    found: list[tuple[Value, int]] = []
    tallied: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for facet in _TEXT:
        where, arguments = _where(connection, queue, chosen.without(facet))
        key = (_TEXT[facet], where, *arguments)
        if key not in tallied:
            tallied[key] = _tally(connection, facet, chosen.without(facet), where, arguments)
        rows = list(tallied[key])
        if facet is Facet.SYSTEM:
            rows = _by_system(connection, rows)
        present = {text for text, _ in rows}
        rows += [(text, 0) for text in chosen.of(facet) if text not in present]
        found.extend((Value(facet, text), number) for text, number in rows if text or facet not in _BLANK_IS_NONE)
    return found


def _tally(
    connection: sqlite3.Connection, facet: Facet, others: Filter, where: str, arguments: list[str]
) -> list[tuple[str, int]]:
    """Texts of a facet with their rows, most rows first; what nobody has decided is not looked up in the decisions."""
    text = _TEXT[facet]
    if any(others.of(one) for one in _OF_DECISION):
        sql = f"SELECT {text}, COUNT(*) {_FROM} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return connection.execute(sql, arguments).fetchall()
    if facet not in _OF_DECISION:
        sql = f"SELECT {text}, COUNT(*) FROM record WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return connection.execute(sql, arguments).fetchall()
    ((every,),) = connection.execute(f"SELECT COUNT(*) FROM record WHERE {where}", arguments)
    sql = f"SELECT {text}, COUNT(*) FROM decision CROSS JOIN record USING (row_id) WHERE {where} GROUP BY 1"
    found = Counter(dict(connection.execute(sql, arguments).fetchall()))
    found[_UNDECIDED[facet]] += every - found.total()
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


def put_off(connection: sqlite3.Connection, queue: Queue) -> frozenset[int]:
    """Record ids of the rows that wait, but not for now: deferred, or asked about."""
    sql = "SELECT record.id FROM decision JOIN record USING (row_id) WHERE queue = ? AND state IN (?, ?) AND NOT stale"
    found = connection.execute(sql, (queue.value, State.DEFERRED.value, State.NEEDS_CLIENT.value))
    return frozenset(row[0] for row in found)


def _where(connection: sqlite3.Connection, queue: Queue, chosen: Filter) -> tuple[str, list[str]]:
    conditions, arguments = ["queue = ?"], [queue.value]
    for facet, text in _TEXT.items():
        values = chosen.of(facet)
        if not values:
            continue
        if facet is Facet.SYSTEM:
            sources = connection.execute("SELECT CAST(id AS TEXT), table_name FROM source")
            values = [source for source, table in sources if TABLES[table].system in values]
        conditions.append(f"{text} IN ({_marks(values)})")
        arguments.extend(values)
    return " AND ".join(conditions), arguments


def _marks(values: Iterable[str]) -> str:
    return ", ".join("?" for _ in values)
