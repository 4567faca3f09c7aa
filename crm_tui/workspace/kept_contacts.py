"""The contact map as it was read last, kept so that opening a workspace does not read and lint its rows again.

It says nothing that the rows of the map do not say, and goes as soon as one of them goes.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

import msgspec

import crm_tui
from crm_tui import canonical
from crm_tui.identity.contact_map import ContactMap
from crm_tui.identity.keys import Keyring
from crm_tui.identity.phone import phone_metadata_version
from crm_tui.model import Contact, Lint

_KEY = "contact_map"
_SIGN = 64
"""Characters before the map that say what it was read from, and by what."""

Part = tuple[int, str, str, str]
"""Id, name, digest and column map of a source of the map."""
_Kept = tuple[tuple[Contact, ...], tuple[Lint, ...]]
_READER: msgspec.json.Decoder[_Kept] = msgspec.json.Decoder(tuple[tuple[Contact, ...], tuple[Lint, ...]])


def kept_contacts(connection: sqlite3.Connection, keyring: Keyring, sources: Sequence[Part]) -> ContactMap | None:
    """The map that was kept of these parts; ``None`` where it has to be read."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    if row is None or row[0][:_SIGN] != _sign(connection, keyring, sources):
        return None
    try:
        return ContactMap(*_READER.decode(row[0][_SIGN:]))
    except msgspec.DecodeError:
        return None


def keep_contacts(
    connection: sqlite3.Connection, keyring: Keyring, sources: Sequence[Part], contact_map: ContactMap
) -> None:
    """Keep a map; call it inside a transaction."""
    text = msgspec.json.encode((contact_map.contacts, contact_map.lints_without_contact)).decode()
    value = _sign(connection, keyring, sources) + text
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, value))


def forget_contacts(connection: sqlite3.Connection) -> None:
    """Keep none; call it inside the transaction that takes rows of a map away."""
    connection.execute("DELETE FROM meta WHERE key = ?", (_KEY,))


def _sign(connection: sqlite3.Connection, keyring: Keyring, sources: Sequence[Part]) -> str:
    rows = connection.execute("SELECT COUNT(*) FROM reference").fetchone()[0]
    read_by = [crm_tui.__version__, phone_metadata_version(), keyring.default_region]
    return hashlib.sha256(
        canonical.dumps([read_by, [[str(cell) for cell in part] for part in sources], rows])
    ).hexdigest()
