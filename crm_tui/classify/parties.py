"""Which end of a message or call is the contact's: the other party's keys, never our own and never a machine's.

Rules (formats.md 5 and 6, "Identity"): our own side is told by the policy (``[own]``), else by the direction that the
source states.  Where neither tells it, the keys of both ends stay candidates; of several other parties none is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from crm_tui.identity.keys import OwnSide
from crm_tui.model import Key
from crm_tui.systems.declare import Party, Table

INBOUND, OUTBOUND = "inbound", "outbound"

_OURS = "our own side, so no identity of the contact"
_MACHINE = "an automatic sender, so no identity"

_AUTOMATIC = re.compile(
    r"(?:no|do[._-]?not|dont)[._-]?reply(?:[._+-].*)?|mailer-daemon|postmaster|bounces?(?:[._+-].*)?"
    r"|(?:calendar-)?notifications?(?:[._+-].*)?"
)
"""Local parts of addresses that no person reads (RFC 2142, RFC 3834; formats.md 5)."""


class Parties(NamedTuple):
    """What is left of a row's keys, and what the ends say of the way."""

    keys: tuple[Key, ...]
    direction: str
    """``inbound`` or ``outbound`` as our own side tells it; ``""`` where it does not."""
    steps: tuple[tuple[str, str], ...]
    """(column, why a key of it does not count), each once."""


def other_party(table: Table, keys: Sequence[Key], stated: str, own: OwnSide, *, automated: bool) -> Parties:
    """The keys of ``keys`` that may be the contact's; of columns that name no end, all that are not ours.

    ``stated``: the direction as the source says it, or ``""``; ``automated``: whether a machine sent the message.
    """
    ends = {column.name: column.party for column in table.identity if column.party}
    ours = {key for key in keys if own.holds(key.kind, key.value)}
    machine = {key for key in keys if key.column in ends and _is_automatic(key)}
    if automated:
        machine |= {key for key in keys if ends.get(key.column) is Party.SENDER}
    others = any(key.value and key.column in ends and key not in ours for key in keys)
    direction = _direction({ends.get(key.column) for key in ours}, others=others)
    if not ours:
        ours = _ours_by(stated, [key for key in keys if key.column in ends], table)
    told = [(key.column, _OURS if key in ours else _MACHINE) for key in keys if key in ours | machine and key.value]
    left = tuple(key for key in keys if key not in ours and key not in machine)
    return Parties(left, direction, tuple(dict.fromkeys(told)))


def _is_automatic(key: Key) -> bool:
    return key.kind == "email" and is_of_a_machine(key.value)


def is_of_a_machine(address: str) -> bool:
    """Whether no person reads an address in its compared form, or writes from it."""
    return _AUTOMATIC.fullmatch(address.rpartition("@")[0]) is not None


def _direction(sides: set[Party | None], *, others: bool) -> str:
    """A message that we sent goes out where anybody else is among its ends; one among ourselves goes neither way."""
    if Party.SENDER in sides:
        return OUTBOUND if others else ""
    return INBOUND if Party.RECIPIENT in sides else ""


def _ours_by(stated: str, keys: Sequence[Key], table: Table) -> set[Key]:
    """Our own end by the stated direction; of several recipients nobody can say which one is ours."""
    side = {OUTBOUND: Party.SENDER, INBOUND: Party.RECIPIENT}.get(stated)
    ends = {key for key in keys if table.by_name[key.column].party is side}
    usable = {(key.kind, key.value) for key in ends if key.value}
    return ends if len(usable) < 2 or side is Party.SENDER else set()
