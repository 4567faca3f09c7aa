"""The contact map in force, kept as contacts and keys, so that nobody has to read and lint its rows again.

It says nothing that the rows of the map do not say, and goes as soon as one of them goes.  A contact is read when
somebody asks for it: a map of any size takes no memory and no time until then.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

import msgspec

import crm_tui
from crm_tui import canonical
from crm_tui.identity.contact_map import KeyIndex, first_ids, folded, named_exactly, names_of
from crm_tui.identity.keys import Keyring
from crm_tui.identity.look_alikes import Addresses, skeleton
from crm_tui.identity.map_reading import MapReader, MapRow
from crm_tui.identity.phone import phone_metadata_version
from crm_tui.model import Contact, Lint
from crm_tui.workspace.schema import insert_many

_KEY = "contact_map"
_SIGN = 64
"""Characters before the unreadable rows that say what the map was read from, and by what."""
_ALIKE = "looks like"
_DOMAIN = "domain"
_DOMAIN_ALIKE = "domain looks like"
_ID = "id:"
_ID_KINDS = """
WITH RECURSIVE found(kind) AS (
  SELECT MIN(kind) FROM contact_key WHERE kind >= 'id:' AND kind < 'id;' UNION ALL
  SELECT (SELECT MIN(kind) FROM contact_key WHERE kind > found.kind AND kind < 'id;') FROM found
  WHERE found.kind IS NOT NULL)
SELECT kind FROM found WHERE kind IS NOT NULL
"""
"""One step in the index for each kind, because SQLite's DISTINCT would walk over all keys."""
_KEYS = """
SELECT kind, contact_key.value, number FROM json_each(?) AS wanted CROSS JOIN contact_key
ON kind = json_extract(wanted.value, '$[0]') AND contact_key.value = json_extract(wanted.value, '$[1]')
ORDER BY number
"""
"""CROSS JOIN, so that each key is one step in the index and never the other way round."""
_BODIES = "SELECT number, body FROM contact WHERE number IN (SELECT value FROM json_each(?))"
_CONTACTS = 1_024
_MORE_CONTACTS = 1 << 15
_FOUND = 8_192
"""Contacts and answers that stay at hand."""
_OF_ADDRESSES = (_ALIKE, _DOMAIN, _DOMAIN_ALIKE)
"""Kinds of keys that are not compared, but tell what an address looks like."""

Part = tuple[int, str, str, str]
"""Id, name, digest and column map of a source of the map."""
_CONTACT: msgspec.json.Decoder[Contact] = msgspec.json.Decoder(Contact)
_LINTS: msgspec.json.Decoder[tuple[Lint, ...]] = msgspec.json.Decoder(tuple[Lint, ...])


class KeptContacts:
    """The map as it lies in the workspace; see ``Contacts``."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        present: bool,
        unreadable: tuple[Lint, ...],
        contacts: int = _CONTACTS,
    ) -> None:
        """``contacts``: how many of them stay at hand once they were read."""
        self.present = present
        self.unreadable = unreadable
        self.disconnected: frozenset[str] = frozenset()
        self.addresses: Addresses = _KeptAddresses(self)
        self._connection = connection
        self._contact: Callable[[int], Contact] = lru_cache(maxsize=contacts)(self._read)
        self._found: Callable[[str, str], tuple[int, ...]] = lru_cache(maxsize=_FOUND)(self._numbers)
        self._numbers_ahead: dict[tuple[str, str], tuple[int, ...]] = {}
        self._contacts_ahead: dict[int, Contact] = {}

    @cached_property
    def systems(self) -> frozenset[str]:
        """The systems of which the map holds at least one id."""
        return frozenset(kind.removeprefix(_ID) for kind in self._column(_ID_KINDS))

    def __len__(self) -> int:
        return int(self._column("SELECT COUNT(*) FROM contact")[0])

    def __iter__(self) -> Iterator[Contact]:
        return self._contacts("SELECT body FROM contact ORDER BY number")

    def linted(self) -> Iterator[Contact]:
        """The contacts of which the lint found something, ascending by their numbers."""
        # Within a value there would be a backslash before each quote.
        return self._contacts(
            "SELECT body FROM contact WHERE instr(body, CAST('\"lints\":[]' AS BLOB)) = 0 ORDER BY number"
        )

    def _contacts(self, sql: str) -> Iterator[Contact]:
        return (_CONTACT.decode(body) for (body,) in self._connection.execute(sql))

    def contact(self, number: int) -> Contact:
        """The contact of that number.  Raises ``KeyError`` if there is none."""
        return self._contact(number)

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending; ``()`` for ``""``."""
        return self._found(kind, value)

    def read_ahead(self, keys: Iterable[tuple[str, str]]) -> None:
        """See ``Contacts``: one statement for the keys, and one for the contacts that they lead to."""
        if len(self._numbers_ahead) > _FOUND or len(self._contacts_ahead) > _CONTACTS:
            self._numbers_ahead.clear()
            self._contacts_ahead.clear()
        asked = dict.fromkeys(one for key in keys for one in _asked(*key))
        wanted = [one for one in asked if one not in self._numbers_ahead]
        if not wanted:
            return
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for kind, value, number in self._connection.execute(_KEYS, (json.dumps(wanted),)):
            found[kind, value].append(number)
        self._numbers_ahead.update((key, tuple(found.get(key, ()))) for key in wanted)
        numbers = sorted({one for several in found.values() for one in several} - self._contacts_ahead.keys())
        if numbers:
            rows = self._connection.execute(_BODIES, (json.dumps(numbers[:_CONTACTS]),))
            self._contacts_ahead.update((number, _CONTACT.decode(body)) for number, body in rows)

    def _read(self, number: int) -> Contact:
        if number in self._contacts_ahead:
            return self._contacts_ahead[number]
        row = self._connection.execute("SELECT body FROM contact WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        return _CONTACT.decode(row[0])

    def _numbers(self, kind: str, value: str) -> tuple[int, ...]:
        ahead = self._numbers_ahead.get((kind, value))
        if ahead is not None:
            return ahead
        return tuple(self._column("SELECT number FROM contact_key WHERE kind = ? AND value = ?", kind, value))

    def numbered(self, contact_id: str) -> int | None:
        """The number of the contact of that id; ``None`` if there is none."""
        return next(iter(self._column("SELECT number FROM contact WHERE contact_id = ?", contact_id)), None)

    def by_key(self, text: str) -> tuple[Contact, ...]:
        """See ``Contacts``."""
        wanted = text.strip()
        return (named_exactly(self, wanted) or self._named(wanted)) if wanted else ()

    def _named(self, wanted: str) -> tuple[Contact, ...]:
        """Looks at the ids of the whole map, because the case of their letters is not that of their order."""
        name, starts = folded(wanted), {folded(start) for start in first_ids(wanted)}
        sql = "SELECT value, number FROM contact_key WHERE kind >= ? AND kind < ?"
        rows = self._connection.execute(sql, (_ID, "id;"))
        found = (
            self.contact(number) for number in sorted({number for value, number in rows if folded(value) in starts})
        )
        return tuple(contact for contact in found if name in map(folded, names_of(contact)))

    def _column(self, sql: str, *arguments: str | int) -> list[Any]:
        return [row[0] for row in self._connection.execute(sql, arguments)]


class MapAtHand(KeptContacts):
    """A kept map of which the keys are in memory, for who looks up more than can be told."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        present: bool,
        unreadable: tuple[Lint, ...],
        keys: KeyIndex,
        first: Mapping[int, Contact],
    ) -> None:
        """``first``: contacts by their numbers that need not be read."""
        super().__init__(connection, present, unreadable, _MORE_CONTACTS)
        self._keys = keys
        self._contacts_ahead.update(first)

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending; ``()`` for ``""``."""
        return super().find(kind, value) if kind in _OF_ADDRESSES else self._keys.find(kind, value)

    def read_ahead(self, keys: Iterable[tuple[str, str]]) -> None:
        """Does nothing: all keys are at hand."""


def _asked(kind: str, value: str) -> Iterator[tuple[str, str]]:
    """What the judgement of a row looks up for one of its keys: of an e-mail also what it looks like."""
    if "\0" in value:
        return  # SQLite may end a text of JSON there; such a key is looked up alone.
    if value:
        yield kind, value
    if value and kind == "email":
        domain = _domain(value)
        yield from ((_ALIKE, skeleton(value)), (_DOMAIN, domain), (_DOMAIN_ALIKE, skeleton(domain)))


class _KeptAddresses(Addresses):
    """The e-mails of a kept map."""

    def __init__(self, contacts: KeptContacts) -> None:
        self._contacts = contacts

    def has(self, address: str) -> bool:
        """Whether the address is known, as compared."""
        return bool(self._contacts.find("email", address))

    def has_domain(self, domain: str) -> bool:
        """Whether a known address has that domain."""
        return bool(self._contacts.find(_DOMAIN, domain))

    def whole(self, skeleton: str) -> str:
        """The first known address of that skeleton; ``""`` where there is none."""
        return self._first(_ALIKE, skeleton, lambda address: address)

    def domain(self, skeleton: str) -> str:
        """The first domain of that skeleton; ``""`` where there is none."""
        return self._first(_DOMAIN_ALIKE, skeleton, _domain)

    def _first(self, kind: str, wanted: str, part: Callable[[str], str]) -> str:
        for number in self._contacts.find(kind, wanted):
            parts = map(part, self._contacts.contact(number).emails)
            return next(one for one in parts if skeleton(one) == wanted)
        return ""


def kept_contacts(
    connection: sqlite3.Connection, keyring: Keyring, sources: Sequence[Part], *, at_hand: bool = False
) -> KeptContacts | None:
    """The map that was kept of these parts, with ``at_hand`` as ``MapAtHand``; ``None`` where it has to be read."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    if row is None or row[0][:_SIGN] != _sign(connection, keyring, sources):
        return None
    try:
        unreadable = _LINTS.decode(row[0][_SIGN:])
    except msgspec.DecodeError:
        return None
    if at_hand:
        return MapAtHand(connection, bool(sources), unreadable, _kept_keys(connection), {})
    return KeptContacts(connection, bool(sources), unreadable)


def _kept_keys(connection: sqlite3.Connection) -> KeyIndex:
    keys = KeyIndex()
    sql = "SELECT kind, value, number FROM contact_key WHERE kind = ? ORDER BY value, number"
    for kind in ("email", "phone", *(row[0] for row in connection.execute(_ID_KINDS).fetchall())):
        for key in connection.execute(sql, (kind,)):
            keys.add(*key)
    return keys


def keep_contacts(
    connection: sqlite3.Connection,
    keyring: Keyring,
    sources: Sequence[Part],
    rows: Callable[[Container[int] | None], Iterator[MapRow]],
) -> MapAtHand:
    """Read a map and keep it; call it inside a transaction.

    ``rows`` gives the rows of ``sources`` in order: all, or of those that can be read the ones with these numbers.
    """
    forget_contacts(connection)
    reader, encode = MapReader(keyring), msgspec.json.encode
    first: dict[int, Contact] = {}

    def body(contact: Contact) -> bytes:
        if contact.number in first or len(first) < _MORE_CONTACTS:
            first[contact.number] = contact
        return encode(contact)

    found = ((one.number, one.contact_id, body(one)) for one in reader.contacts(rows(None)))
    insert_many(connection, "INSERT INTO contact", 3, found)
    unreadable = tuple(reader.unreadable)
    # What was read of a contact stays at hand, so those that are written over are read by another.
    before = KeptContacts(connection, bool(sources), unreadable)
    sharing = reader.keys.sharing
    shared = zip(sorted(sharing), rows(sharing), strict=True)
    changed = ((body(one), one.number) for one in reader.duplicates(shared, before.contact))
    connection.executemany("UPDATE contact SET body = ? WHERE number = ?", changed)
    for kind, keys in _told_by(reader.keys):
        # In the order of the index, so that it grows at its end; two addresses of a contact may look alike.
        ordered = ((kind, *key) for key in sorted(keys))
        insert_many(connection, "INSERT OR IGNORE INTO contact_key", 3, ordered)
    value = _sign(connection, keyring, sources) + encode(unreadable).decode()
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, value))
    return MapAtHand(connection, bool(sources), unreadable, reader.keys, first)


def _told_by(keys: KeyIndex) -> Iterator[tuple[str, Iterable[tuple[str, int]]]]:
    """Kind → (value, number of the contact) of all keys, and of what an address can be told by."""
    for kind in sorted(keys.kinds):
        yield kind, keys.pairs(kind)
    domains: dict[str, int] = {}
    alike: dict[str, int] = {}
    for address, number in sorted(keys.pairs("email"), key=itemgetter(1)):
        domains.setdefault(_domain(address), number)
    for domain, number in domains.items():
        alike.setdefault(skeleton(domain), number)
    yield _ALIKE, ((skeleton(address), number) for address, number in keys.pairs("email"))
    yield _DOMAIN, domains.items()
    yield _DOMAIN_ALIKE, alike.items()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def forget_contacts(connection: sqlite3.Connection) -> None:
    """Keep none; call it inside the transaction that takes rows of a map away."""
    connection.execute("DELETE FROM meta WHERE key = ?", (_KEY,))
    connection.execute("DELETE FROM contact")
    connection.execute("DELETE FROM contact_key")


def _sign(connection: sqlite3.Connection, keyring: Keyring, sources: Sequence[Part]) -> str:
    rows = connection.execute("SELECT COUNT(*) FROM reference").fetchone()[0]
    read_by = [crm_tui.__version__, phone_metadata_version(), keyring.default_region]
    return hashlib.sha256(
        canonical.dumps([read_by, [[str(cell) for cell in part] for part in sources], rows])
    ).hexdigest()
