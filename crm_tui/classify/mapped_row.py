"""What a staged row becomes for its destination: a line of an import file, or requests; what is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from crm_tui.model import Outcome
from crm_tui.systems.imports import ImportFile


class Loss(NamedTuple):
    """A value that the destination does not take."""

    field: str
    why: str
    """After the destination's label: ``keeps one name``."""


class Filled(NamedTuple):
    """A required place that no value filled, so that a default stands in it (X12b)."""

    name: str
    value: str


class Line(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    before: tuple[tuple[str, str], ...]
    """(field, value) that the destination must still hold; ``""`` = blank."""
    fill_in: Mapping[str, str]
    """Place → what whoever sends it must put there."""
    read_first: str
    whole_lists: tuple[str, ...]
    """Lists of the body that replace the record's whole list: its other entries are to be sent along."""
    cleared: tuple[str, ...] = ()
    """Fields that become blank; of a whole list, the entries that are not to be sent along."""


class Mapped(NamedTuple):
    """What one staged row is for one object of its destination."""

    system: str
    object: str
    operation: Outcome
    target_id: str
    file: ImportFile | None = None
    cells: Mapping[str, str] = MappingProxyType({})
    """Header → cell, exact, in the order of the file's columns."""
    lines: tuple[Line, ...] = ()
    losses: tuple[Loss, ...] = ()
    defaults: tuple[Filled, ...] = ()
    notes: tuple[str, ...] = ()
    """Coercions and other things that whoever imports should know."""

    @property
    def takes(self) -> bool:
        """Whether anything is staged in the destination's words at all."""
        return self.file is not None or bool(self.lines)
