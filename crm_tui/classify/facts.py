"""What the rules look at: one row, what the contact map says of its keys, and what the other system holds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from crm_tui.classify.changes import Changes, changes, paired_changes
from crm_tui.classify.event import Event
from crm_tui.classify.policy import Policy
from crm_tui.classify.threeway import Baselines, Comparison, compare_records
from crm_tui.identity.contact_map import ContactLookup
from crm_tui.identity.keys import Keyring
from crm_tui.model import Contact, Key, Lint


class Repeat(StrEnum):
    """What the other rows of the same load say of an event id."""

    NONE = ""
    SAME_CELLS = "same cells"
    """An earlier line of the load has this id and equal cells."""
    OTHER_CELLS = "other cells"
    """Another line of the load has this id and other cells."""


class Counterpart(NamedTuple):
    """Where the destination's record of a contact should be, and what is there."""

    system: str
    event: Event | None
    """The record; ``None`` = the system's export is loaded, is complete, and does not have it."""
    record: int = 0
    """Number of the stored record, for whoever shows or decides both together."""


class RecordLookup(Protocol):
    """What the judgement asks of the other systems' exports."""

    def counterpart(self, event: Event, contact: Contact, system: str) -> Counterpart | None:
        """The record that ``contact`` has in ``system``; ``None`` = nothing can be said: no export, no id."""

    def agreed(self, system: str, record_id: str) -> Mapping[str, str]:
        """The values that an older export of the system, given as the baseline, has for that record."""

    def alike(self, event: Event, system: str) -> tuple[str, ...]:
        """How the records of the system and the entries of the map are called that may be the person of the event."""


class Facts:
    """What the rules look at: one row, what the map says of its keys, the policy.  Not to be changed once made.

    The look-ups happen here, once; a class with slots and not a dataclass, because one is made for every row.
    """

    __slots__ = (
        "candidates",
        "changes",
        "comparisons",
        "contact",
        "contacts",
        "counterpart",
        "event",
        "found",
        "keyring",
        "links",
        "policy",
        "records",
        "repeat",
        "values",
    )

    def __init__(
        self,
        event: Event,
        contacts: ContactLookup,
        policy: Policy,
        keyring: Keyring,
        repeat: Repeat = Repeat.NONE,
        records: RecordLookup | None = None,
    ) -> None:
        self.event = event
        self.contacts = contacts
        self.policy = policy
        self.keyring = keyring
        self.repeat = repeat
        self.records = records
        find = contacts.find
        self.found: tuple[tuple[Key, tuple[int, ...]], ...] = tuple(
            [(key, find(key.kind, key.value)) for key in event.keys if key.value]
        )
        """Each usable key with the numbers of the contacts that it maps to, independently of the others (D2)."""
        numbers = {several for _, several in self.found if several}
        self.candidates: tuple[int, ...] = (
            numbers.pop()
            if len(numbers) == 1
            else tuple(dict.fromkeys([number for _, several in self.found for number in several]))
        )
        """The contacts that any key maps to, each once, in key order."""
        self.contact: Contact | None = contacts.contact(self.candidates[0]) if len(self.candidates) == 1 else None
        """The one contact found, where there is exactly one."""
        self.counterpart: Counterpart | None = None
        """The destination's record of the same contact, where its export is loaded."""
        self.comparisons: tuple[Comparison, ...] = ()
        """The fields of the two records, compared."""
        self.changes: Changes | None = None
        """For a whole record of one contact: the fields in which it parts from the other record, or from the map."""
        self.values: Mapping[str, str] | None = None
        """For a record of one contact: what it says, field by field, as ``Event.values`` has it."""
        self.links = False
        """Whether the row brings the id of a system for which its contact has none yet (X25)."""
        if self.contact is not None and event.table.kind.is_person:
            system = event.table.system
            self.links = bool(event.record_id) and system in contacts.systems and not self.contact.ids.get(system)
            self._compare(self.contact, records)

    def _compare(self, contact: Contact, records: RecordLookup | None) -> None:
        event, policy = self.event, self.policy
        self.values = event.values
        self.counterpart = records.counterpart(event, contact, self.destination) if records else None
        other = self.counterpart.event if self.counterpart else None
        if records is None or other is None:
            self.changes = changes(event, contact, policy, self.keyring, self.values)
            return
        agreed = (records.agreed(one.table.system, one.record_id) for one in (event, other))
        here, there = ({**contact.values, **older} for older in agreed)
        bases = Baselines(here, there)
        self.comparisons = compare_records(self.values, other.values, bases, policy, event.table, self.keyring)
        self.changes = paired_changes(self.comparisons, self.keyring)

    @property
    def destination(self) -> str:
        """The system that a row of this table is staged for."""
        return self.policy.route(self.event.table).destination

    @property
    def holding_lints(self) -> tuple[Lint, ...]:
        """The lints of the candidates that hold this row."""
        lints = [lint for number in self.candidates for lint in self.contacts.contact(number).lints]
        destination = self.destination
        return tuple(dict.fromkeys(x for x in lints if x.holds and x.system in ("", destination)))
