"""What a load does not keep: the text in columns that nothing here reads, where the policy says so.

The columns keep their place and their name, so that a stored row is read as ever; only their cells are blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crm_tui.classify.policy import Policy
from crm_tui.intake.formats import FORMATS, named
from crm_tui.intake.source import Record, Source
from crm_tui.systems import header_name
from crm_tui.text import counted, one_of, safe_text

_NAMED = 12


class Minimised:
    """One file of a load under a policy: which of its columns are not kept."""

    def __init__(self, source: Source, policy: Policy) -> None:
        self._source = source
        self._written = FORMATS[source.format].written if policy.keep_columns == "mapped" else None
        own = policy.own_names.get(source.table.system, {})
        self._left: Mapping[int, str] = dict(_unread(source, own)) if self._written else {}

    @property
    def note(self) -> str:
        """What is not kept, as a clause for the reviewer; ``""`` where all is."""
        if not self._left:
            return ""
        names = [safe_text(name, 40) for name in list(self._left.values())[:_NAMED]]
        more = [f"{len(self._left) - _NAMED} more"] if len(self._left) > _NAMED else []
        return f"{counted(len(self._left), 'column')} not kept, as the policy says: {one_of([*names, *more], 'and')}"

    def records(self, found: Iterable[Record]) -> Iterable[Record]:
        """The records as they are kept."""
        return self._blanked(found) if self._left else found

    def _blanked(self, found: Iterable[Record]) -> Iterator[Record]:
        assert self._written is not None
        for record in found:
            if record.cells is None:
                yield record
                continue
            cells = tuple("" if at in self._left else cell for at, cell in enumerate(record.cells))
            yield record._replace(cells=cells, raw=self._written(cells, self._source))


def _unread(source: Source, own: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(position, header as written) of the columns that neither the table nor the policy names."""
    places = tuple(map(str, range(len(source.header))))
    for name, place in named(source)(places).items():
        declared = not name.startswith(("+", "#")) or header_name(name.removeprefix("+")) in own
        if not declared:
            yield int(place), source.header[int(place)].strip() or name
