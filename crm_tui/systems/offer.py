"""What the program does with each system, kind by kind, derived from the declarations and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crm_tui.model import Outcome
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.declare import Kind, System

_OBJECTS = {
    Kind.CONTACT: "contact",
    Kind.OPPORTUNITY: "opportunity",
    Kind.ACTIVITY: "activity",
    Kind.APPOINTMENT: "appointment",
}
"""Kind → object of staged rows that it stands for."""


class Offer(NamedTuple):
    """One system and kind: what is read of it, and what is staged for it."""

    system: str
    kind: Kind
    exports: tuple[str, ...]
    """Names of the tables that are recognised by a header."""
    payloads: tuple[str, ...]
    """Names of the tables that are recognised in captured payloads."""
    files: tuple[Outcome, ...]
    """Operations that are staged as an import file."""
    requests: tuple[Outcome, ...]
    """Operations that are staged as requests."""


def offers() -> tuple[Offer, ...]:
    """Every system and kind for which anything is read or staged, systems by label, kinds in their order."""
    systems = sorted(SYSTEMS.values(), key=lambda system: system.label.lower())
    return tuple(offer for system in systems for offer in _offers(system) if any(offer[2:]))


def _offers(system: System) -> Iterator[Offer]:
    for kind in Kind:
        if kind is Kind.UNKNOWN:
            continue  # What nothing is known of is shown as an error row, which is no offer.
        # A table may stand with another system: the activity webhook knows whose contacts it names.
        tables = [table for table in TABLES.values() if (table.system, table.kind) == (system.name, kind)]
        thing = _OBJECTS.get(kind, "")
        yield Offer(
            system.name,
            kind,
            tuple(table.name for table in tables if table.payload is None),
            tuple(table.name for table in tables if table.payload is not None),
            tuple(dict.fromkeys(one.operation for one in system.imports.files if one.object == thing)),
            tuple(dict.fromkeys(one.operation for one in system.imports.requests if one.object == thing)),
        )
