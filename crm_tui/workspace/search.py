"""Searching rows: what was written, whatever the case, and what it means, however a phone number is punctuated."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crm_tui.model import Queue
from crm_tui.systems.declare import Column, Role
from crm_tui.workspace.cases import Cases

_FEWEST_DIGITS = 7
_PHONE = re.compile(r"[+(]?[0-9][0-9 ().\-/+]*")
_BETWEEN = r"[ ().\-/]{0,3}"
_EVERY = 500
"""Rows read between two looks at whether the search is still wanted."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What is searched for, in the forms in which it may stand in a row."""

    text: str
    address: str
    """The query as a normalised e-mail address, where it is one."""
    phone: re.Pattern[str] | None
    """The digits of a phone number, whatever stands between them; the country code may be missing."""
    contacts: frozenset[int]
    """Contacts that are called so: their rows show the name without writing it."""

    def hits(self, row: str, contact: int | None) -> bool:
        """Whether a row, folded, has it."""
        if self.text in row or (self.address and self.address in row) or contact in self.contacts:
            return True
        return bool(self.phone and self.phone.search(row))


def needle(cases: Cases, query: str) -> Needle:
    """Prepare a query; it must not be blank."""
    text = folded(query.strip())
    address = cases.keyring.key(Column("email", Role.EMAIL, "e-mail"), query).value if "@" in query else ""
    named = frozenset(contact.number for contact in cases.contacts if text in folded(contact.label))
    return Needle(text, folded(address), _phone(cases, query.strip()), named)


def _phone(cases: Cases, query: str) -> re.Pattern[str] | None:
    if not _PHONE.fullmatch(query) or sum(char.isdigit() for char in query) < _FEWEST_DIGITS:
        return None
    value = cases.keyring.key(Column("phone", Role.PHONE, "phone"), query).value
    digits = _national(value) if value else "".join(char for char in query if char.isdigit())
    return re.compile(r"(?<![0-9])(?:\+?[0-9]{1,3}" + _BETWEEN + ")?" + _BETWEEN.join(digits) + "(?![0-9])")


def _national(e164: str) -> str:
    import phonenumbers

    return phonenumbers.national_significant_number(phonenumbers.parse(e164, None))


def folded(text: str) -> str:
    """Text without differences of case and of writing the same letters."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def search(
    connection: sqlite3.Connection, encodings: Mapping[int, str], wanted: Needle, stop: Callable[[], bool]
) -> dict[Queue, frozenset[int]] | None:
    """Record ids of the rows that have it, by queue; ``None`` when it was stopped."""
    found: dict[Queue, set[int]] = {queue: set() for queue in Queue}
    rows = connection.execute("SELECT id, queue, source_id, raw, contact FROM record")
    for number, (record_id, queue, source_id, raw, contact) in enumerate(rows):
        if number % _EVERY == 0 and stop():
            return None
        if wanted.hits(folded(raw.decode(encodings.get(source_id, "utf-8"), "replace")), contact):
            found[Queue(queue)].add(record_id)
    every = set().union(*found.values())
    found[Queue.DUPLICATE] = {-group for group, member in connection.execute(_MEMBERS) if member in every}
    return {queue: frozenset(ids) for queue, ids in found.items()}


_MEMBERS = (
    "SELECT duplicate.id, record.id FROM duplicate, json_each(members) JOIN record ON record.row_id = json_each.value"
    " WHERE live"
)
