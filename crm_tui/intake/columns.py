"""Which column of a file is which column of its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from crm_tui.systems import header_name
from crm_tui.systems.carrier import columns_of, said
from crm_tui.systems.declare import Table
from crm_tui.systems.router import is_carried


def of_table(table: Table, header: Sequence[str]) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """As ``in_table_order``, also of a file in which a carrier has flattened the fields of the table."""
    if not is_carried(table, header):
        return in_table_order(table, header)
    columns = columns_of(table, header)
    names = [f"+{cell}" if header_name(cell) else f"#{position}" for position, cell in enumerate(header, 1)]
    return lambda cells: dict(said(columns, names, cells))


def in_table_order(table: Table, header: Sequence[str]) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """A function from the cells of a record to ``{column: text}``: the table's columns, then the others.

    A column that the table does not declare is called ``+`` and its header cell as written, or ``#8`` by its
    position when that is blank; the second of a name has its position too: ``+Create Date #12``.  An optional
    column that the file lacks is not in the mapping.
    """
    declared = list(table.by_name)
    names = list(_column_names(table, header))
    ranked = [declared.index(name) if name in declared else len(declared) for name in names]
    order = sorted(range(len(names)), key=ranked.__getitem__)
    keys = [names[at] for at in order]
    if order == list(range(len(names))):
        return lambda cells: dict(zip(keys, cells, strict=True))
    pick = itemgetter(*order)
    return lambda cells: dict(zip(keys, pick(cells), strict=True))


def by_names(table: Table, names: Sequence[str]) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """As ``in_table_order``, for cells of which a column map says the names."""
    declared = list(table.by_name)
    ranks = [declared.index(name) if name in table.by_name else len(declared) for name in names]
    order = sorted(range(len(names)), key=ranks.__getitem__)
    return lambda cells: {names[at]: cells[at] for at in order}


def _best_places(table: Table, header: Sequence[str]) -> set[int]:
    """The positions, from 1, of the header cells that are columns: of several of one column the best spelling."""
    best: dict[str, tuple[int, int]] = {}
    for position, cell in enumerate(header, 1):
        name = header_name(cell)
        if name in table.spelled:
            place = table.ranks[name], position
            column = table.spelled[name].name
            best[column] = min(place, best.get(column, place))
    return {position for _, position in best.values()}


def _column_names(table: Table, header: Sequence[str]) -> Iterator[str]:
    """A name of its own for each column; HubSpot exports two ``Create Date`` (formats.md 8a)."""
    taken: set[str] = set()
    best = _best_places(table, header)
    for position, cell in enumerate(header, 1):
        compared = header_name(cell)
        column = table.spelled.get(compared)
        if column and position not in best:
            column, cell = None, f"{cell} #{position}"
        name = column.name if column else (f"+{cell}" if compared else f"#{position}")
        if name in taken:
            name = f"+{cell} #{position}"
        # A header cell may itself be called ``Create Date #12``.
        while name in taken:
            name += f" #{position}"
        taken.add(name)
        yield name
