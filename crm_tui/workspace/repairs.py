"""Repairing a row: a value typed over a malformed cell, with which the row is judged again (requirements D17).

The row as it was read, its id and its file stay; a repair is an entry of the journal with its author, undone as any
other.  What a person decides on the row comes after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from crm_tui.classify.event import Event, read_event
from crm_tui.classify.rules import bad_columns, blank_required
from crm_tui.classify.values import MAX_VALUE, check_cell
from crm_tui.errors import DecisionRefused
from crm_tui.identity.secrets import find_secret
from crm_tui.systems import header_name
from crm_tui.systems.declare import IDENTITY_ROLES, Role
from crm_tui.text import one_of, safe_text
from crm_tui.workspace import journal, overlays
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.judging import came_to, check_decisions, judge_again, rank


class Cell(NamedTuple):
    """A cell of a row that can be typed over."""

    column: str
    label: str
    text: str
    """As it counts at present."""
    suspect: bool
    """Whether it is blank and may not be, holds what is refused, or is a key that leads nowhere."""


def cells(cases: Cases, record_id: int) -> list[Cell]:
    """The cells of a row, the suspect ones first; none of a line that cannot be read as a row."""
    event = cases.facts(record_id).event if record_id > 0 else None
    if event is None or event.problem:
        return []
    table = event.table
    names = dict.fromkeys((*(column.name for column in table.columns if column.required), *event.cells))
    suspects = _suspects(cases, event)
    found = [
        Cell(name, overlays.column_label(table, name), event.cells.get(name, ""), name in suspects) for name in names
    ]
    return sorted(found, key=lambda one: not one.suspect)


def _suspects(cases: Cases, event: Event) -> set[str]:
    """Columns that are blank and may not be, hold what is refused, or are keys that lead nowhere."""
    no_keys = (key.column for key in event.keys if not key.value)
    return {*blank_required(event), *bad_columns(event, cases.policy), *no_keys}


def repairable(cases: Cases, record_id: int, column: str, text: str) -> dict[str, str]:
    """What the journal keeps of a repair; raises ``DecisionRefused`` with one sentence where it cannot be."""
    known = cells(cases, record_id)
    if not known:
        raise DecisionRefused("this has no cells to repair: its source has to be put right.")
    wanted = column.strip().lower()
    cell = next((one for one in known if wanted in (one.column, one.label.lower(), header_name(one.label))), None)
    if cell is None:
        raise DecisionRefused(
            f"the row has no cell {safe_text(column, 40)}; it has {one_of([c.column for c in known])}."
        )
    value = text.strip()
    if not value or value == cell.text.strip():
        raise DecisionRefused(f"write another value for the {safe_text(cell.label, 60)}, or leave it as it is.")
    if len(value) > MAX_VALUE or safe_text(value, MAX_VALUE * 8) != value:
        raise DecisionRefused(f"a value is visible characters, at most {MAX_VALUE:,} of them.")
    event = cases.facts(record_id).event
    of_column = event.table.by_name.get(cell.column)
    if not (of_column and of_column.role in IDENTITY_ROLES) and (secret := find_secret(value)):
        raise DecisionRefused(f"that holds what looks like {secret}; secrets are never written.")
    judged = read_event(event.table, {**event.cells, cell.column: value}, cases.keyring)
    check_cell(judged, cell.column, safe_text(cell.label, 60), cases.keyring)
    if of_column and of_column.role is Role.EVENT_ID and cases.by_event_id(value):
        raise DecisionRefused(f"another row is called {safe_text(value, 60)} already.")
    return {"field": cell.column, "value": value, "digest": overlays.digest_of(cases.raw(record_id))}


def judge_repaired(cases: Cases, row_id: str, reviewer: str) -> None:
    """Bring a row to what the journal says of its repairs, and judge it again; inside the transaction of the entry.

    What the rows come to then is an entry of its own, against which a handoff is checked.
    """
    connection = cases.store.connection
    record_id = cases.by_row_id(row_id)
    assert record_id is not None
    touched = {record_id, *_counterpart(cases, record_id)}
    overlays.project(connection, row_id, overlays.repairs(journal.effective_of_row(connection, row_id)))
    cases.read_sources()
    _rename(cases, (record_id,))
    touched.update(_counterpart(cases, record_id))
    judge_again(cases, "id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(touched)),))
    cases.read_sources()
    check_decisions(cases, touched)
    journal.append(cases.store, "judge", came_to(connection, cases.policy.sha256), {"by": reviewer})


def rename_repaired(cases: Cases) -> set[int]:
    """Call repaired rows by their repaired ids after a load, which knows only the file's; gives their record ids."""
    _rename(cases, cases.repairs)
    return set(cases.repairs)


def _rename(cases: Cases, record_ids: Iterable[int]) -> None:
    for record_id in record_ids:
        event = cases.facts(record_id).event
        cases.store.connection.execute(
            "UPDATE record SET event_id = ?, field = ?, event_at = ? WHERE id = ?",
            (event.event_id, event.field, event.sort_time, record_id),
        )
        rank(cases, record_id, event)


def _counterpart(cases: Cases, record_id: int) -> tuple[int, ...]:
    """The other system's record of the same contact, which is judged by this one too."""
    other = cases.facts(record_id).counterpart
    return (other.record,) if other and other.record else ()
