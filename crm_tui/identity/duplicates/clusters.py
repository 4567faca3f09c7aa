"""Groups of records that hang together by suspected duplicates, and how each hangs on the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from crm_tui.identity.duplicates.score import Match


class Cluster(NamedTuple):
    """Records that are connected, directly or through others; a person decides which of them are the same."""

    members: tuple[int, ...]
    """Numbers, ascending."""
    matches: tuple[Match, ...]
    """The pairs that connect them, best first."""

    @property
    def complete(self) -> bool:
        """Whether every member matches every other; else the group rests on chains, which are weaker."""
        size = len(self.members)
        return 2 * len(self.matches) == size * (size - 1)


def clusters(matches: Iterable[Match], apart: Iterable[tuple[int, int]] = ()) -> list[Cluster]:
    """The groups, in the order of their smallest members; pairs ``apart`` were found not to be the same before."""
    kept_apart = {(min(pair), max(pair)) for pair in apart}
    pairs = [match for match in matches if (match.first, match.second) not in kept_apart]
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for match in pairs:
        one, two = root(match.first), root(match.second)
        parent[max(one, two)] = min(one, two)
    members: dict[int, list[int]] = {}
    for number in sorted(parent):
        members.setdefault(root(number), []).append(number)
    inside: dict[int, list[Match]] = {}
    for match in sorted(pairs, key=lambda one: (-one.confidence, one.first, one.second)):
        inside.setdefault(root(match.first), []).append(match)
    return [Cluster(tuple(group), tuple(inside[top])) for top, group in members.items()]
