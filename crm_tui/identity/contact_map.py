"""The contact map as it is asked: who has this key, who is called so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

from crm_tui.identity.look_alikes import Addresses, Known
from crm_tui.model import Contact, Lint
from crm_tui.systems import SYSTEMS

_NOBODY: Mapping[str, int | list[int] | tuple[int, ...]] = {}


class ContactLookup(Protocol):
    """What the judgement asks of a contact map, wherever it is kept."""

    @property
    def present(self) -> bool:
        """Whether a map was loaded, be it an empty one."""

    @property
    def systems(self) -> frozenset[str]:
        """The systems of which the map holds at least one id."""

    @property
    def disconnected(self) -> frozenset[str]:
        """The systems whose last word is that their app was removed: nothing can be written there (3.40)."""

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending; ``()`` for ``""``."""

    @property
    def addresses(self) -> Addresses:
        """The map's e-mails, to tell what another one looks like."""

    def contact(self, number: int) -> Contact:
        """The contact of that number.  Raises ``KeyError`` if there is none."""


class Contacts(ContactLookup, Protocol):
    """What a review asks of its contact map beyond that."""

    disconnected: frozenset[str]
    """See ``ContactLookup``; set by whoever knows the events of the review."""

    @property
    def unreadable(self) -> tuple[Lint, ...]:
        """What was found of rows that no contact could be read from."""

    def read_ahead(self, keys: Iterable[tuple[str, str]]) -> None:
        """Look up (kind, value) of many keys together, for whoever is about to ask for them one by one."""

    def __len__(self) -> int:
        """Contacts."""

    def __iter__(self) -> Iterator[Contact]:
        """All contacts, ascending by their numbers."""

    def linted(self) -> Iterator[Contact]:
        """The contacts of which the lint found something, ascending by their numbers."""

    def numbered(self, contact_id: str) -> int | None:
        """The number of the contact of that id; ``None`` if there is none."""

    def by_key(self, text: str) -> tuple[Contact, ...]:
        """The contacts that a person names by ``CLOSE-202/GHL-502`` or by one of their ids.

        Only where nothing is spelled exactly so are ASCII capitals and small letters taken as equal.
        """


class KeyIndex:
    """Kind and value of a key → numbers of the contacts that have it.  Nearly every key leads to one contact."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, int | list[int] | tuple[int, ...]]] = defaultdict(dict)
        self._shared: list[tuple[str, str]] = []

    def add(self, kind: str, value: str, number: int) -> None:
        """Note a key of a contact, which may have it twice; the contacts come in ascending order of their numbers."""
        of_kind = self._found[kind]
        found = of_kind.setdefault(value, number)
        if found == number:
            return
        if isinstance(found, int):
            self._shared.append((kind, value))
            of_kind[value] = [found, number]
        elif found[-1] != number:
            of_kind[value] = numbers = found if isinstance(found, list) else list(found)
            numbers.append(number)

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending."""
        found = self._found.get(kind, _NOBODY).get(value)
        if found is None:
            return ()
        if isinstance(found, int):
            return (found,)
        if isinstance(found, list):
            found = self._found[kind][value] = tuple(found)
        return found

    @property
    def kinds(self) -> Iterable[str]:
        """The kinds of which there is a key."""
        return self._found.keys()

    def pairs(self, kind: str) -> Iterator[tuple[str, int]]:
        """(value, number) of every key of a kind."""
        for value, found in self._found[kind].items():
            if isinstance(found, int):
                yield value, found
            else:
                yield from ((value, number) for number in found)

    @property
    def sharing(self) -> set[int]:
        """Numbers of the contacts that share a key with another one."""
        return {number for key in self._shared for number in self.find(*key)}


class ContactIndex:
    """A contact map in memory.  A blank is never a key, so it finds nobody."""

    def __init__(self, contacts: Iterable[Contact], present: bool = True, unreadable: tuple[Lint, ...] = ()) -> None:
        self.present = present
        self.unreadable = unreadable
        self.disconnected: frozenset[str] = frozenset()
        """See ``ContactLookup``; set by whoever knows the events of the review."""
        self._contacts = {contact.number: contact for contact in sorted(contacts, key=_number)}
        self._keys = KeyIndex()
        for contact in self._contacts.values():
            for kind, value in key_pairs(contact):
                self._keys.add(kind, value, contact.number)
        self.systems = frozenset(system for contact in self._contacts.values() for system in contact.ids)

    def __len__(self) -> int:
        return len(self._contacts)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._contacts.values())

    def linted(self) -> Iterator[Contact]:
        """The contacts of which the lint found something, ascending by their numbers."""
        return (contact for contact in self if contact.lints)

    @cached_property
    def addresses(self) -> Addresses:
        """The map's e-mails, to tell what another one looks like."""
        return Known(address for contact in self for address in contact.emails)

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending; ``()`` for ``""``."""
        return self._keys.find(kind, value)

    def contact(self, number: int) -> Contact:
        """The contact of that number.  Raises ``KeyError`` if there is none."""
        return self._contacts[number]

    def read_ahead(self, keys: Iterable[tuple[str, str]]) -> None:
        """Does nothing: all keys are at hand."""

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {contact.contact_id: contact.number for contact in self}

    def numbered(self, contact_id: str) -> int | None:
        """The number of the contact of that id; ``None`` if there is none."""
        return self._numbers.get(contact_id)

    def by_key(self, text: str) -> tuple[Contact, ...]:
        """See ``Contacts``."""
        wanted = text.strip()
        if not wanted:
            return ()
        return named_exactly(self, wanted) or tuple(map(self.contact, self._folded.get(folded(wanted), ())))

    @cached_property
    def _folded(self) -> Mapping[str, Iterable[int]]:
        found: dict[str, dict[int, None]] = defaultdict(dict)
        for contact in self:
            for name in names_of(contact):
                found[folded(name)][contact.number] = None
        return found


def named_exactly(contacts: ContactLookup, wanted: str) -> tuple[Contact, ...]:
    """The contacts of which a name is spelled just so.

    Looks up what stands before each slash as an id, so that no second index of all names is needed.
    """
    numbers = {
        number for start in first_ids(wanted) for system in SYSTEMS for number in contacts.find(f"id:{system}", start)
    }
    found = (contacts.contact(number) for number in sorted(numbers))
    return tuple(contact for contact in found if wanted in names_of(contact))


def first_ids(name: str) -> list[str]:
    """What may be the first id in a contact's name; an id may hold slashes itself."""
    return [name[:end] for end, char in enumerate(name) if char == "/"] + [name]


def key_pairs(contact: Contact) -> Iterator[tuple[str, str]]:
    """(kind, value) of all keys of a contact; a blank is none."""
    for system, record in contact.ids.items():
        if record:
            yield f"id:{system}", record
    for email in contact.emails:
        if email:
            yield "email", email
    for phone in contact.phones:
        if phone:
            yield "phone", phone


def _number(contact: Contact) -> int:
    return contact.number


def names_of(contact: Contact) -> tuple[str, ...]:
    """How people name a contact: by its key, or by any of its ids."""
    return (contact.key, *contact.ids.values())


def folded(text: str) -> str:
    """Text without the difference of ASCII capitals and small letters, and no other."""
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)
