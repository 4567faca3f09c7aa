"""Groups of records that hang together by suspected duplicates, and how each hangs on the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, Protocol, TypeVar


class Pair(Protocol):
    """Two records that may be the same."""

    @property
    def first(self) -> int:
        """Number of the one record."""

    @property
    def second(self) -> int:
        """Number of the other."""

    @property
    def confidence(self) -> float:
        """0 to 1."""


_P = TypeVar("_P", bound=Pair)


class Cluster(NamedTuple, Generic[_P]):
    """Records that are connected, directly or through others; a person decides which of them are the same."""

    members: tuple[int, ...]
    """Numbers, ascending."""
    matches: tuple[_P, ...]
    """The pairs that connect them, best first."""

    @property
    def complete(self) -> bool:
        """Whether every member matches every other; else the group rests on chains, which are weaker."""
        size = len(self.members)
        return 2 * len(self.matches) == size * (size - 1)


def clusters(matches: Iterable[_P], apart: Iterable[tuple[int, int]] = ()) -> list[Cluster[_P]]:
    """The groups, in the order of their smallest members.

    Pairs ``apart`` were found not to be the same before: they never stand in one group again, not even by a third
    record that resembles both; that one stays with the record that it resembles more.
    """
    kept_apart: dict[int, set[int]] = {}
    for one, two in apart:
        kept_apart.setdefault(one, set()).add(two)
        kept_apart.setdefault(two, set()).add(one)
    groups: dict[int, set[int]] = {}
    inside: list[_P] = []
    for match in sorted(matches, key=lambda one: (-one.confidence, one.first, one.second)):
        here = groups.get(match.first, {match.first})
        there = groups.get(match.second, {match.second})
        if here is not there:
            if any(kept_apart.get(one, set()) & there for one in here):
                continue
            joined = here | there
            groups.update(dict.fromkeys(joined, joined))
        inside.append(match)
    by_group: dict[int, list[_P]] = {}
    for match in inside:
        by_group.setdefault(min(groups[match.first]), []).append(match)
    return [Cluster(tuple(sorted(groups[least])), tuple(by_group[least])) for least in sorted(by_group)]
