"""One place that turns identity cells into keys, each distinct raw text once (performance.md, design 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from crm_tui.identity import email, ids
from crm_tui.identity.phone import PhoneNormaliser
from crm_tui.identity.steps import Step
from crm_tui.model import Key
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Column, Role, System

_REMEMBERED = 1 << 17
"""Distinct raw texts kept per kind, about 30 MB each at most; a larger file only loses time."""

_LONGEST = 256
"""Characters; a longer cell is no key anybody repeats, and would let memory grow."""


# ``Key(…)`` is a Python call, and there are several keys to a row; this is the same without one.
_as_key = cast("Callable[[Iterable[object]], Key]", partial(tuple.__new__, Key))


class _Memo(dict[str, tuple[str, str]]):
    """Raw text → (value, note); starts afresh when it is full, so that memory stays bounded."""

    def __init__(self, normalise: Callable[[str], tuple[str, str]]) -> None:
        super().__init__()
        self._normalise = normalise

    def __missing__(self, raw: str) -> tuple[str, str]:
        found = self._normalise(raw)
        if len(raw) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = found
        return found


class _Memos(dict[str, _Memo]):
    """Kind of key → what is remembered of it; the ids of a system are added when they are first met."""

    def __missing__(self, kind: str) -> _Memo:
        system = _system(kind.removeprefix("id:"))
        made = self[kind] = _Memo(lambda raw: ids.normalise(raw, system))
        return made


def _system(name: str) -> System:
    return SYSTEMS.get(name) or System(name=name, label=name, letter="?")


_KINDS = {Role.EMAIL: "email", Role.PHONE: "phone"}


def kind_of(column: Column) -> str:
    """What its keys are: ``email``, ``phone`` or ``id:<system>``; raises ``ValueError`` for one of another role."""
    if column.role is Role.SYSTEM_ID:
        return f"id:{column.system}"
    if column.role not in _KINDS:
        raise ValueError(f"column {column.name} is no identity column")
    return _KINDS[column.role]


@dataclass(frozen=True, slots=True)
class OwnSide:
    """Addresses, mail domains and numbers of our own, as keys are compared."""

    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()

    def holds(self, kind: str, value: str) -> bool:
        """Whether a key is ours; a domain counts exactly, not with those under it."""
        if kind == "email":
            return value in self.emails or value.rpartition("@")[2] in self.domains
        return kind == "phone" and value in self.phones


NOBODY = OwnSide()


class Keyring:
    """Normalises the cells of one load; ``default_region`` (``US``; ``""`` = none) is that of the case."""

    def __init__(
        self,
        default_region: str,
        own_fields: Mapping[str, Mapping[str, str]] | None = None,
        own_side: OwnSide = NOBODY,
    ) -> None:
        """``own_fields``: system → header as ``header_name`` gives it → what the review calls the field.

        Raises ``PolicyError`` for a region that phonenumbers does not know.
        """
        self.own_fields = own_fields or {}
        self.own_side = own_side
        phone = PhoneNormaliser(default_region)
        self.default_region = phone.default_region
        self._phone = phone
        self._memos = _Memos({"email": _Memo(email.normalise), "phone": _Memo(phone.normalise)})

    def key(self, column: Column, raw: str) -> Key:
        """Give the key in a cell of an identity column; raises ``ValueError`` for one of another role."""
        return self.read(column.name, kind_of(column), raw)

    def read(self, name: str, kind: str, raw: str) -> Key:
        """Give the key in a cell of the column ``name``, whose keys are of ``kind``."""
        return _as_key((name, kind, raw, *self._memos[kind][raw]))

    def value(self, kind: str, raw: str) -> str:
        """Give the compared value of a cell whose keys are of ``kind``; ``""`` for a blank and for what is no key."""
        return self._memos[kind][raw][0]

    def steps(self, column: Column, raw: str) -> tuple[Step, ...]:
        """What ``key`` does to a cell, step by step; raises ``ValueError`` as it does."""
        if column.role is Role.EMAIL:
            return email.steps(raw)
        if column.role is Role.PHONE:
            return self._phone.steps(raw)
        if column.role is Role.SYSTEM_ID:
            return ids.steps(raw, _system(column.system))
        raise ValueError(f"column {column.name} is no identity column")
