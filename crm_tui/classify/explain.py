"""Why a row was judged as it was, cell by cell: the text as written, what was done to it, what it was compared with.

Made by the functions that judge, so that what is explained is what decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from crm_tui.classify.compare import compared, steps
from crm_tui.classify.facts import Facts
from crm_tui.identity.steps import Step
from crm_tui.model import Case, CaseRow, Key, Mark
from crm_tui.text import one_of

if TYPE_CHECKING:
    from crm_tui.classify.duplicates import Member


class Cell(NamedTuple):
    """One value on its way."""

    field: str
    """Canonical field or column, as the mask asks for it."""
    label: str
    """``e-mail``, ``phone, HubSpot says``."""
    written: str
    steps: tuple[Step, ...]
    value: str
    """As compared; ``""`` = with nothing."""
    outcome: str
    """What came of it, as a sentence."""


def explained_keys(facts: Facts) -> tuple[Cell, ...]:
    """Every identity cell of a row, strongest first, and whom it leads to."""
    return tuple(_key(facts, key) for key in facts.event.keys)


def _key(facts: Facts, key: Key) -> Cell:
    column = facts.event.table.by_name[key.column]
    cell = facts.event.cells.get(key.column, key.raw)
    taken = () if cell == key.raw else (Step("the value in the cell", key.raw),)
    found = (*taken, *facts.keyring.steps(column, key.raw))
    return Cell(column.field or key.column, column.label, cell, found, key.value, _led(facts, key))


def _led(facts: Facts, key: Key) -> str:
    if not key.value:
        return f"no key: {key.note}." if key.note else "blank, so no key."
    numbers = facts.contacts.find(key.kind, key.value)
    names = [facts.contacts.contact(number).label or "a map entry without ids" for number in numbers]
    odd = f" Noted: {key.note}." if key.note else ""
    return (f"leads to {one_of(names, 'and')}." if names else "is in no entry of the contact map.") + odd


def explained_group(members: Sequence[Member], case: Case) -> tuple[Cell, ...]:
    """Every identity cell of each record of a group, then the other values, side by side."""
    keys = [
        cell._replace(label=f"{cell.label}, {side.name}")
        for member, side in zip(members, case.sides, strict=True)
        for cell in explained_keys(member.facts)
    ]
    told = {"record_id", *(cell.field for cell in keys)}
    rows = [row for row in case.rows if row.field not in told]
    values = [cell for row in rows for cell in explained_field(members[0].facts, case, row, row.field)]
    return (*keys, *values)


def explained_field(facts: Facts, case: Case, row: CaseRow, field: str) -> tuple[Cell, ...]:
    """The values of one field, side by side: ``field`` is its canonical name, ``row`` how it is drawn."""
    cells = []
    for side, text, mark in zip(case.sides, row.values, row.marks, strict=True):
        value = compared(field, text, facts.keyring) if text.strip() else ""
        outcome = _stands(row, mark, text, first=side is case.sides[0])
        done = steps(field, text, facts.keyring) if text.strip() else ()
        cells.append(Cell(field, f"{row.label}, {side.name}", text, done, value, outcome))
    return tuple(cells)


def _stands(row: CaseRow, mark: Mark, text: str, *, first: bool) -> str:
    """How a value stands to the others of its row."""
    if not text.strip():
        return "has no value here."
    if mark is not Mark.NEUTRAL:
        return "is the same value." if mark is Mark.AGREES else "is another value."
    if first:
        return f"between them: {row.state}." if row.state else "is compared with the other sides."
    return "is what the others are held against." if row.state else "is shown and not compared."
