"""How the rows of a table are read that have the same columns: worked out once, and not row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from crm_tui.identity.keys import Keyring, kind_of
from crm_tui.model import Key
from crm_tui.systems import label
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Table
from crm_tui.systems.fields import SURPLUS, Type, field_type
from crm_tui.systems.moments import Noted
from crm_tui.systems.transforms import LIST_SEPARATOR, step_of

_CELL = 32_767
"""Characters of a cell in Excel (formats.md 11a)."""
_STRENGTH = {"id": 0, "email": 1, "phone": 2}
_PLANS = 1 << 8
"""Sets of columns that are remembered; the rows of a table with a header all have one."""

_Told = tuple[tuple[str, str], ...]


class _Valued(NamedTuple):
    """A column that has a canonical text."""

    name: str
    step: Callable[[str], Noted] | None
    """From the cell to its text; ``None`` = it is only trimmed."""
    default: str
    absent: tuple[str, str] | None
    """Of a column that the row does not have: what it stands for all the same, and what to know of that."""

    def read(self, raw: str) -> tuple[str, bool]:
        """The text that rules have of a cell, as trimmed where it has no canonical one, and whether it has."""
        if self.step is None:
            return raw.strip() or self.default, True
        try:
            return self.step(raw)[0] or self.default, True
        except ValueError:
            return raw.strip(), False


class Identity(NamedTuple):
    """A column that holds keys."""

    name: str
    kind: str
    """``email``, ``phone`` or ``id:<system>``."""
    separator: str
    """What parts its values; ``""`` = it holds one."""
    formed: bool
    """Whether its keys are read from the canonical text, and not from the cell."""


class Plan(NamedTuple):
    """What is read of a row."""

    valued: tuple[_Valued, ...]
    """In declared order."""
    identity: tuple[Identity, ...]
    """Strongest first: ids, e-mail, phone (X6)."""


@lru_cache(maxsize=_PLANS)
def plan_of(table: Table, names: tuple[str, ...]) -> Plan:
    """The plan of the rows of a table that have the columns ``names``."""
    present = frozenset(names)
    valued = (_valued(table, column, present=column.name in present) for column in table.valued)
    identity = [_identity(column) for column in table.identity if column.name in present]
    return Plan(
        tuple(one for one in valued if one is not None),
        tuple(sorted(identity, key=lambda one: _STRENGTH[one.kind.partition(":")[0]])),
    )


def _valued(table: Table, column: Column, *, present: bool) -> _Valued | None:
    if not present:
        said = column.absent or column.default
        note = f"not in the event; {label(table.system)} says that means {column.absent}" if column.absent else ""
        return _Valued(column.name, None, "", (said, note)) if said else None
    # A step on a key column takes the cell as a whole: a comma may stand within the name before an address.
    separator = "" if column.transform and column.role in IDENTITY_ROLES else column.separator
    return _Valued(column.name, step_of(column.transform, separator), column.default, None)


def _identity(column: Column) -> Identity:
    separator = column.separator and (LIST_SEPARATOR if column.transform else column.separator)
    return Identity(column.name, kind_of(column), separator, bool(column.transform))


def canonical(plan: Plan, cells: Mapping[str, str]) -> tuple[dict[str, str], _Told, _Told]:
    """The canonical text of every column that has one, why a cell has none, and what to know of the others."""
    normal: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    steps: list[tuple[str, str]] = []
    for name, step, default, absent in plan.valued:
        if absent is not None:
            normal[name], note = absent
        else:
            raw = cells[name]
            if step is None:
                text, note = raw.strip(), ""
            else:
                try:
                    text, note = step(raw)
                except ValueError as error:
                    faults.append((name, str(error)))
                    continue
            normal[name] = text or default
            if len(raw) == _CELL:
                steps.extend([(name, note)] if note else [])
                note = "as long as a spreadsheet's cell can be, so it may be cut off"
        if note:
            steps.append((name, note))
    return normal, tuple(faults), tuple(steps)


def keys(plan: Plan, cells: Mapping[str, str], normal: Mapping[str, str], keyring: Keyring) -> tuple[Key, ...]:
    """The keys of a row; a blank cell is one blank value, so that it is seen as blank."""
    found: list[Key] = []
    read = keyring.read
    for name, kind, separator, formed in plan.identity:
        text = normal.get(name, cells[name]) if formed else cells[name]
        if separator and separator in text:
            parts = [part for part in text.split(separator) if part.strip()] or [text]
            found.extend([read(name, kind, part) for part in parts])
        else:
            found.append(read(name, kind, text))
    return tuple(found)


def values(table: Table, normal: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Canonical field → text, over all columns that carry it; what a step reads as nothing is not said, not blank.

    Of several values of a field that holds one, the first counts, which all systems take as the main one; further
    ones go to the field that the model has for them.
    """
    carried = carried_by(table, tuple(normal))
    silent = table.silent
    if not carried.several:
        return {
            field: text
            for (name, text), field in zip(normal.items(), carried.fields, strict=True)
            if field and (text or not (silent or cells.get(name, "").strip()))
        }
    said: dict[str, list[str]] = {}
    for (name, text), field in zip(normal.items(), carried.fields, strict=True):
        if field and (text or not (silent or cells.get(name, "").strip())):
            parted = table.by_name[name].separator
            said.setdefault(field, []).extend(text.split(LIST_SEPARATOR) if parted else [text])
    found: dict[str, str] = {}
    for field, texts in said.items():
        distinct = list(dict.fromkeys(filter(None, texts)))
        many = field_type(field) is Type.LIST
        further = field if many else SURPLUS.get(field, "")
        if not many or not distinct:
            found[field] = distinct.pop(0) if distinct else found.get(field, "")
        if further and distinct:
            found[further] = LIST_SEPARATOR.join(filter(None, (found.get(further, ""), *distinct)))
    return found


class Carried(NamedTuple):
    """What columns carry."""

    fields: tuple[str, ...]
    """The field of each column, ``""`` where it has none."""
    several: bool
    """Whether a field may have several values: from several columns, or from one that holds a list."""


@lru_cache(maxsize=_PLANS)
def carried_by(table: Table, names: tuple[str, ...]) -> Carried:
    """What the columns ``names`` of a table carry."""
    columns = [table.by_name[name] for name in names]
    fields = tuple(column.field for column in columns)
    carrying = [field for field in fields if field]
    parted = any(column.separator for column in columns if column.field)
    return Carried(fields, parted or len(set(carrying)) < len(carrying))
