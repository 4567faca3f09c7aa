"""A column map in the making: what is proposed for each column, and what the reviewer has said of it so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from crm_tui.intake.column_map import ColumnMap, faults, parse_map, written
from crm_tui.intake.proposal import ColumnProposal, Proposal
from crm_tui.systems.declare import Table


class DraftColumn(NamedTuple):
    """One column of the unknown table."""

    proposal: ColumnProposal
    target: str
    """The column of the table that it is to be; ``""`` = left out."""
    accepted: bool
    """Whether the reviewer has said so; where nothing is proposed there is nothing to accept."""


@dataclass(frozen=True, slots=True)
class MapDraft:
    """All columns; every change gives another draft."""

    name: str
    table: Table
    why: str
    columns: tuple[DraftColumn, ...]

    @classmethod
    def of(cls, proposal: Proposal) -> MapDraft:
        """The draft that a proposal starts as: nothing of it is accepted."""
        columns = tuple(DraftColumn(one, one.target, accepted=not one.target) for one in proposal.columns)
        return cls(proposal.name, proposal.table, proposal.why, columns)

    @property
    def waiting(self) -> int:
        """How many proposals are neither accepted nor changed."""
        return sum(not column.accepted for column in self.columns)

    @property
    def mapped(self) -> int:
        """How many columns are to be read."""
        return sum(bool(column.target) for column in self.columns)

    def accept(self, at: int) -> MapDraft:
        """The proposal for one column, said yes to."""
        return self._with(at, self.columns[at]._replace(accepted=True))

    def accept_all(self) -> MapDraft:
        """All proposals, said yes to."""
        return replace(self, columns=tuple(column._replace(accepted=True) for column in self.columns))

    def choose(self, at: int, target: str) -> MapDraft:
        """One column is to be ``target``, which is taken from any other; ``""`` leaves it out."""
        freed = tuple(
            column._replace(target="", accepted=True) if target and column.target == target else column
            for column in self.columns
        )
        return replace(self, columns=freed)._with(at, self.columns[at]._replace(target=target, accepted=True))

    def holder(self, target: str) -> str:
        """The header of the column that is ``target`` so far; ``""`` = none."""
        return next((column.proposal.key for column in self.columns if column.target == target), "")

    @property
    def faults(self) -> list[str]:
        """What keeps the map from being used, one clause each."""
        return faults(self.table.name, self._targets)

    @property
    def _targets(self) -> dict[str, str]:
        return {column.proposal.key: column.target for column in self.columns}

    def column_map(self) -> ColumnMap:
        """The map as confirmed; raises ``InputError`` where it has faults."""
        columns = {key: (target, "") for key, target in self._targets.items()}
        return parse_map(written(self.name, self.table.name, columns), self.name)

    def _with(self, at: int, column: DraftColumn) -> MapDraft:
        return replace(self, columns=(*self.columns[:at], column, *self.columns[at + 1 :]))
