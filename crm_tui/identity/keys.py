"""One place that turns identity cells into keys, each distinct raw text once (performance.md, design 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crm_tui.identity import email, ids
from crm_tui.identity.phone import PhoneNormaliser
from crm_tui.model import Key
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Column, Role, System

_REMEMBERED = 1 << 17
"""Distinct raw texts kept per kind, about 30 MB each at most; a larger file only loses time."""

_LONGEST = 256
"""Characters; a longer cell is no key anybody repeats, and would let memory grow."""


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
        self._emails = _Memo(email.normalise)
        self._phones = _Memo(phone.normalise)
        self._ids: dict[str, tuple[str, _Memo]] = {}

    def key(self, column: Column, raw: str) -> Key:
        """Give the key in a cell of an identity column; raises ``ValueError`` for one of another role."""
        role = column.role
        if role is Role.EMAIL:
            kind, (value, note) = "email", self._emails[raw]
        elif role is Role.PHONE:
            kind, (value, note) = "phone", self._phones[raw]
        elif role is Role.SYSTEM_ID:
            kind, memo = self._ids.get(column.system) or self._id_memo(column.system)
            value, note = memo[raw]
        else:
            raise ValueError(f"column {column.name} is no identity column")
        return Key(column.name, kind, raw, value, note)

    def _id_memo(self, name: str) -> tuple[str, _Memo]:
        system = SYSTEMS.get(name) or System(name=name, label=name, letter="?")
        made = self._ids[name] = (f"id:{name}", _Memo(lambda raw: ids.normalise(raw, system)))
        return made
