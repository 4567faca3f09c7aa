"""The other systems' records, found by the ids of the contact map: what the judgement compares a record with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from crm_tui.classify.event import Event
from crm_tui.classify.facts import Counterpart
from crm_tui.identity.keys import Keyring
from crm_tui.model import Contact
from crm_tui.systems.declare import Kind
from crm_tui.workspace.stored import SourceRow, stored_event

if TYPE_CHECKING:
    from crm_tui.identity.duplicates.lookalikes import Lookalikes

_FIND = (
    "SELECT id, source_id, raw, context, problem FROM record WHERE event_id = ? AND latest"
    " AND source_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1"
)


class StoredRecords:
    """The contact exports of a workspace, by system and record id."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        sources: Mapping[int, SourceRow],
        keyring: Keyring,
        contacts: Callable[[], Iterable[Contact]] = tuple,
        overlays: Mapping[int, Mapping[str, str]] | None = None,
    ) -> None:
        """``overlays``: record id → what a person has typed over its cells."""
        self.connection = connection
        self.contacts = contacts
        self.overlays = overlays or {}
        self._lookalikes: dict[str, Lookalikes] = {}
        self.sources = sources
        self.keyring = keyring
        exports: dict[str, list[int]] = {}
        for source in sources.values():
            if not source.base and source.table.kind is Kind.CONTACT and source.table.payload is None:
                exports.setdefault(source.table.system, []).append(source.id)
        self.exports: Mapping[str, str] = {system: json.dumps(ids) for system, ids in exports.items()}
        """System → the ids of its contact exports, as JSON."""

    def counterpart(self, event: Event, contact: Contact, system: str) -> Counterpart | None:
        """The record that ``contact`` has in ``system``; ``None`` = nothing can be said: no export, no id."""
        wanted = contact.ids.get(system)
        if not wanted or system not in self.exports or system == event.table.system:
            return None
        row = self.connection.execute(_FIND, (wanted, self.exports[system])).fetchone()
        if row is None:
            return Counterpart(system, None)
        record_id, source_id, raw, context, problem = row
        found = stored_event(self.sources[source_id], raw, context, problem, self.keyring, self.overlays.get(record_id))
        return Counterpart(system, found, record_id)

    def agreed(self, system: str, record_id: str) -> Mapping[str, str]:
        """The values that an older export of the system, given as the baseline, has for that record."""
        return self._baseline.get((system, record_id), {})

    def alike(self, event: Event, system: str) -> tuple[str, ...]:
        """How the records of the system and the entries of the map are called that may be the person of the event."""
        from crm_tui.workspace.duplicates import known

        if system not in self._lookalikes:
            self._lookalikes[system] = self._all_of(system)
        own = event.record_id if event.table.system == system else ""
        return tuple(name for name in self._lookalikes[system].of(known(0, event)) if name != own)

    def _all_of(self, system: str) -> Lookalikes:
        from crm_tui.identity.duplicates.lookalikes import Lookalikes
        from crm_tui.workspace.duplicates import known, known_contact

        named = [(known_contact(number, one), one.label) for number, one in enumerate(self.contacts(), 1)]
        sql = (
            "SELECT id, source_id, raw, context FROM record WHERE latest AND problem = ''"
            " AND source_id IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        for record_id, source_id, raw, context in self.connection.execute(sql, (self.exports.get(system, "[]"),)):
            event = stored_event(self.sources[source_id], raw, context, "", self.keyring, self.overlays.get(record_id))
            named.append((known(record_id, event), event.record_id))
        return Lookalikes(named)

    @cached_property
    def _baseline(self) -> dict[tuple[str, str], Mapping[str, str]]:
        found: dict[tuple[str, str], Mapping[str, str]] = {}
        for source in self.sources.values():
            if not source.base:
                continue
            rows = self.connection.execute(
                "SELECT raw, context FROM reference WHERE source_id = ? AND problem = ''", (source.id,)
            )
            for raw, context in rows:
                event = stored_event(source, raw, context, "", self.keyring)
                if event.record_id:
                    found[source.table.system, event.record_id] = dict(event.values)
        return found
