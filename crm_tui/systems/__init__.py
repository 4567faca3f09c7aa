"""What each CRM calls things: one declarative file per system in ``declared``, and this registry.

Adding a system is one new module in ``declared`` that defines ``SYSTEM``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crm_tui.model import Outcome
from crm_tui.systems import other, reference, requests, unknown
from crm_tui.systems.declare import Kind, Role, System, Table, header_name
from crm_tui.systems.declared import DECLARED
from crm_tui.systems.record_ids import FORMS

__all__ = ["CHANNELS", "SYSTEMS", "TABLES", "header_name", "is_id", "label", "nearest", "recognise", "staged_for"]

SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        *DECLARED,
        requests.SYSTEM,
        other.SYSTEM,
        unknown.SYSTEM,
        reference.MAP_SYSTEM,
        reference.SLICE_SYSTEM,
    )
}

TABLES: dict[str, Table] = {table.name: table for system in SYSTEMS.values() for table in system.tables}

CHANNELS: dict[str, tuple[str, str]] = {
    word: (system.name, label) for system in SYSTEMS.values() for word, label in system.channels.items()
}
"""Channel word in lower case → (system name, label)."""


def label(system: str) -> str:
    """How a system is called on screen; an unknown name stands for itself."""
    known = SYSTEMS.get(system)
    return known.label if known else system


def recognise(header: Iterable[str]) -> Table | None:
    """The table whose required columns are all in ``header``, in any order; of several, the one that knows most."""
    names = {header_name(cell) for cell in header}
    fitting = [table for table in _WITH_HEADER if not table.lacking(names)]
    return max(fitting, key=lambda table: (len(table.found_in(names)), len(table.header)), default=None)


def staged_for(header: Sequence[str]) -> Table | None:
    """The contacts of the system into whose importer a file of updates goes, where it has the columns of one.

    Such a file has the id and what changes (X19), too few columns for ``recognise``, and two systems may differ in the
    case of their headers alone: ``Record ID`` is HubSpot's and ``Record Id`` Zoho's.  So all must be as declared.
    """
    return next((table for table in _WITH_HEADER if table.kind is Kind.CONTACT and _goes_into(table, header)), None)


def _goes_into(table: Table, header: Sequence[str]) -> bool:
    file = SYSTEMS[table.system].imports.file("contact", Outcome.UPDATE)
    if file is None or len(header) < 2 or header[0] != file.id_header:
        return False
    own = table.spelled.get(header_name(file.id_header))
    slots = {slot.name for slot in file.slots}
    return own is not None and own.role is Role.SYSTEM_ID and slots.issuperset(header[1:])


def is_id(system: str, text: str) -> bool:
    """Whether a text has the form of a contact's id in a system; ``False`` where no form is declared."""
    declared = SYSTEMS[system]
    value = FORMS[declared.id_rule](text.strip()).value
    return declared.id_pattern is not None and declared.id_pattern.fullmatch(value) is not None


def nearest(header: Iterable[str]) -> tuple[Table, tuple[str, ...]] | None:
    """The table nearest to ``header`` and the columns that are lacking.

    ``None`` where no table has two and more than half of its required columns there: an e-mail alone tells nothing.
    """
    names = {header_name(cell) for cell in header}
    near = []
    for table in _WITH_HEADER:
        lacking = table.lacking(names)
        there = len(set(table.header) - {*lacking})
        if there >= _TELLING and 2 * there > len(table.header):
            near.append((table, lacking))
    return min(near, key=lambda one: len(one[1]) / len(one[0].header), default=None)


_TELLING = 2
_WITH_HEADER = tuple(table for table in TABLES.values() if table.payload is None and not table.by_map)
