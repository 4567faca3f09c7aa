"""Whether somebody is there already: the scan before a contact is created (X7, X21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from crm_tui.identity.duplicates.scan import Known, person
from crm_tui.identity.duplicates.score import Person, Scoring, compare


class Lookalikes:
    """Records among which one may be the person who is to be created."""

    def __init__(self, named: Iterable[tuple[Known, str]]) -> None:
        """``named``: each record with how it is called."""
        self._scoring = Scoring()
        self._people: list[tuple[Person, str]] = []
        self._by_key: dict[Hashable, list[int]] = defaultdict(list)
        for record, name in named:
            self._people.append((person(record, companies=False), name))
            for key in _keys(record):
                self._by_key[key].append(len(self._people) - 1)

    def of(self, record: Known) -> tuple[str, ...]:
        """How those are called that share an e-mail or a phone with the record, or reach the seed's threshold over what
        is comparable; each once, in order."""
        one = person(record, companies=False)
        found = sorted({at for key in _keys(record) for at in self._by_key.get(key, ())})
        return tuple(
            dict.fromkeys(name for other, name in map(self._people.__getitem__, found) if self._is(one, other))
        )

    def _is(self, one: Person, other: Person) -> bool:
        match = compare(one, other, self._scoring)
        return bool({"email", "phone"} & match.factors.keys()) or match.relative >= self._scoring.threshold


def _keys(record: Known) -> Iterator[Hashable]:
    """What two records must share to be compared: a key, or the end of the name and its first letter."""
    if record.email:
        yield "email", record.email
    if record.phone:
        yield "phone", record.phone
    name = person(record, companies=False).name.lower()
    if name:
        yield "name", name[0], name.rpartition(" ")[2]
