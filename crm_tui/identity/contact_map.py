"""The contact map: its entries with their lint (requirements D1), and the index that finds them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol, TypeVar

from crm_tui.identity.ids import wrong_format
from crm_tui.identity.keys import Keyring, kind_of
from crm_tui.identity.look_alikes import Addresses, Known
from crm_tui.identity.phone_plan import NOT_VALID
from crm_tui.model import Contact, Key, Lint
from crm_tui.systems import SYSTEMS, label
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.reference import CONTACT_MAP

_K = TypeVar("_K", bound=Hashable)

MapRow = tuple[str, int, Mapping[str, str] | None]
"""(name of the source, line from 1, cells by column name or ``None`` for a row that cannot be read)."""

_NAMED = 3
"""Other rows that a duplicate names; a shared mailbox on 10,000 rows must not make 10,000 long lists."""

# ``json.dumps`` looks for a fitting encoder at every call.
_JSON = json.JSONEncoder().encode
_NOBODY: Mapping[str, tuple[int, ...]] = {}
_NOUNS = {"email": "e-mail", "phone": "phone number"}


@dataclass(frozen=True, slots=True)
class ContactMap:
    """All loaded maps as contacts, numbered from 1 in the order of their rows."""

    contacts: tuple[Contact, ...]
    lints_without_contact: tuple[Lint, ...]
    """Rows that cannot be read; nothing is known about whom they would hold."""


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

    def numbered(self, contact_id: str) -> int | None:
        """The number of the contact of that id; ``None`` if there is none."""

    def by_key(self, text: str) -> tuple[Contact, ...]:
        """The contacts that a person names by ``CLOSE-202/GHL-502`` or by one of their ids.

        Only where nothing is spelled exactly so are ASCII capitals and small letters taken as equal.
        """


class ContactIndex:
    """A contact map in memory.  A blank is never a key, so it finds nobody."""

    def __init__(self, contacts: Iterable[Contact], present: bool = True, unreadable: tuple[Lint, ...] = ()) -> None:
        self.present = present
        self.unreadable = unreadable
        self.disconnected: frozenset[str] = frozenset()
        """See ``ContactLookup``; set by whoever knows the events of the review."""
        self._contacts = {contact.number: contact for contact in sorted(contacts, key=_number)}
        self._found = _by_key(self._contacts.values())
        self.systems = frozenset(system for contact in self._contacts.values() for system in contact.ids)

    def __len__(self) -> int:
        return len(self._contacts)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._contacts.values())

    @cached_property
    def addresses(self) -> Addresses:
        """The map's e-mails, to tell what another one looks like."""
        return Known(address for contact in self for address in contact.emails)

    def find(self, kind: str, value: str) -> tuple[int, ...]:
        """Numbers of the contacts that have this key, ascending; ``()`` for ``""``."""
        return self._found.get(kind, _NOBODY).get(value, ())

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
    def _folded(self) -> Mapping[str, tuple[int, ...]]:
        return _grouped((folded(name), contact.number) for contact in self for name in names_of(contact))


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


def build_contacts(rows: Iterable[MapRow], keyring: Keyring) -> ContactMap:
    """Read contact-map rows and lint them; a row of which all cells are blank is a contact without keys."""
    drafts: list[_Draft] = []
    texts: dict[str, str] = {}
    unreadable: list[Lint] = []
    for source, line, cells in rows:
        if cells is None:
            text = f"{source}, line {line} cannot be read as a row of the contact map"
            unreadable.append(Lint("unreadable", text, holds=False))
        else:
            drafts.append(_draft(source, line, cells, keyring, texts))
    shared = _shared(drafts)
    named = {at: drafts[at].name for positions in shared.values() for at in positions[: _NAMED + 1]}
    seen: Counter[str] = Counter()
    contacts: list[Contact] = []
    drafts.reverse()
    for number in range(1, len(drafts) + 1):
        # A draft goes as soon as its contact is there: of a large map both would not fit side by side.
        draft = drafts.pop()
        identity = draft.identity
        first = _contact_id(identity, 0)
        before = seen[first]
        contact_id = _contact_id(identity, before) if before else first
        contacts.append(_contact(number, draft, contact_id, shared, named))
        seen[first] = before + 1
    return ContactMap(tuple(contacts), tuple(unreadable))


class _Draft(NamedTuple):
    source: str
    line: int
    keys: tuple[tuple[str, Key], ...]
    """(system or ``""``, key) of every identity column, blank ones too."""
    ids: Mapping[str, str]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    updated_at: Mapping[str, str]
    values: Mapping[str, str]

    @property
    def identity(self) -> str:
        """JSON of what names the contact in the journal: its ids, or its other keys where it has no id."""
        return _JSON([sorted(self.ids.items())] if self.ids else [[], self.emails, self.phones])

    @property
    def name(self) -> str:
        key = "/".join(self.ids[system] for system in sorted(self.ids)) or "an entry without ids"
        return f"{key} ({self.source}, line {self.line})"


class _Columns(NamedTuple):
    """The columns of the contact map that a file has."""

    keys: tuple[tuple[str, str, str], ...]
    """(column, system or ``""``, kind)."""
    times: tuple[tuple[str, str], ...]
    """(column, system)."""
    values: tuple[tuple[str, str], ...]
    """(column, canonical field)."""


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...]) -> _Columns:
    def present(*roles: Role) -> list[Column]:
        return [column for role in roles for column in CONTACT_MAP.of(role) if column.name in names]

    return _Columns(
        tuple((one.name, one.system, kind_of(one)) for one in present(Role.SYSTEM_ID, Role.EMAIL, Role.PHONE)),
        tuple((one.name, one.system) for one in present(Role.UPDATED_AT)),
        tuple((one.name, one.field) for one in present(Role.VALUE)),
    )


def _draft(source: str, line: int, cells: Mapping[str, str], keyring: Keyring, texts: dict[str, str]) -> _Draft:
    """``texts``: what is held of a text that many rows have, such as a city or the time of an export."""
    columns, read, once = _columns(tuple(cells)), keyring.read, texts.setdefault
    keys = tuple([(system, read(name, kind, cells[name])) for name, system, kind in columns.keys])
    return _Draft(
        source,
        line,
        keys,
        ids={system: key.value for system, key in keys if system and key.value},
        emails=tuple([key.value for _, key in keys if key.kind == "email" and key.value]),
        phones=tuple([key.value for _, key in keys if key.kind == "phone" and key.value]),
        updated_at={system: once(cells[name], cells[name]) for name, system in columns.times if cells[name].strip()},
        values={field: once(text := cells[name].strip(), text) for name, field in columns.values},
    )


def _shared(drafts: Sequence[_Draft]) -> dict[tuple[str, str], tuple[int, ...]]:
    """(kind, value) → positions of the rows that have it, where it is more than one row."""
    by_kind: dict[str, list[tuple[str, int]]] = {}
    for position, draft in enumerate(drafts):
        for _, key in draft.keys:
            if key.value:
                by_kind.setdefault(key.kind, []).append((key.value, position))
    return {
        (kind, value): positions
        for kind, pairs in by_kind.items()
        if len({value for value, _ in pairs}) < len(pairs)
        for value, positions in _grouped(pairs).items()
        if len(positions) > 1
    }


def _contact(
    number: int,
    draft: _Draft,
    contact_id: str,
    shared: Mapping[tuple[str, str], Sequence[int]],
    named: Mapping[int, str],
) -> Contact:
    lints: list[Lint] = []
    for system, key in draft.keys:
        lint = _cell_lint(system, key)
        if lint is not None:
            lints.append(lint)
        positions = shared.get((key.kind, key.value)) if shared else None
        if positions:
            others = [named[position] for position in _others(positions, number - 1)]
            lints.append(_duplicate(system, key, others, len(positions) - 1))
    return Contact(
        number=number,
        contact_id=contact_id,
        ids=draft.ids,
        emails=draft.emails,
        phones=draft.phones,
        values={key.kind: key.raw for system, key in draft.keys if not system and key.raw.strip()} | dict(draft.values),
        updated_at=draft.updated_at,
        lints=tuple(lints),
        source=draft.source,
        line=draft.line,
    )


def _cell_lint(system: str, key: Key) -> Lint | None:
    """The finding that needs no other row; there is at most one."""
    if system:
        return _id_lint(system, key)
    if key.value:
        if NOT_VALID in key.note:
            return Lint("not_valid_phone", "the phone number is possible, but not valid", holds=False)
        return None
    noun = _NOUNS[key.kind]
    if key.note:
        return Lint(f"unusable_{key.kind}", f"the {noun} is no key: {key.note}", holds=False)
    return Lint(f"blank_{key.kind}", f"no {noun}", holds=False)


def _id_lint(system: str, key: Key) -> Lint | None:
    if not key.value:
        text = f"the {label(system)} id is {key.note}" if key.note else f"no {label(system)} id"
        return Lint("missing_id", text, holds=True, system=system)
    if system in SYSTEMS and wrong_format(key.value, SYSTEMS[system]):
        return Lint("wrong_id_format", f"{key.value} does not look like a {label(system)} id", holds=True)
    return None


def _duplicate(system: str, key: Key, others: Sequence[str], count: int) -> Lint:
    noun = f"{label(system)} id" if system else _NOUNS[key.kind]
    names = ", ".join(others)
    more = f" and {count - len(others):,} more" if count > len(others) else ""
    code = "duplicate_id" if system else f"duplicate_{key.kind}"
    return Lint(code, f"the same {noun} as {names}{more}", holds=True)


def _others(positions: Sequence[int], own: int) -> list[int]:
    return [position for position in positions[: _NAMED + 1] if position != own][:_NAMED]


def _contact_id(identity: str, before: int) -> str:
    """``con-`` + 16 hex; equal entries are told apart by how many of them came ``before``."""
    text = f"{identity} {before}" if before else identity
    return "con-" + hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def key_pairs(contact: Contact) -> Iterator[tuple[str, str]]:
    """(kind, value) of all keys of a contact."""
    for system, record in contact.ids.items():
        yield f"id:{system}", record
    for email in contact.emails:
        yield "email", email
    for phone in contact.phones:
        yield "phone", phone


def _by_key(contacts: Iterable[Contact]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Kind → value → numbers of the contacts, for contacts in ascending order of their numbers."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    several: dict[tuple[str, str], list[int]] = {}
    for contact in contacts:
        # One for all keys of the contact: nearly every key leads to one contact.
        alone = (contact.number,)
        for kind, value in key_pairs(contact):
            if value:
                first = found.setdefault(kind, {}).setdefault(value, alone)
                if first is not alone:
                    several.setdefault((kind, value), [first[0]]).append(contact.number)
    for (kind, value), numbers in several.items():
        found[kind][value] = tuple(dict.fromkeys(numbers))
    return found


def _number(contact: Contact) -> int:
    return contact.number


def names_of(contact: Contact) -> tuple[str, ...]:
    """How people name a contact: by its key, or by any of its ids."""
    return (contact.key, *contact.ids.values())


def _grouped(pairs: Iterable[tuple[_K, int]]) -> dict[_K, tuple[int, ...]]:
    """Key → its numbers, each once, for pairs in ascending order of their numbers."""
    found: dict[_K, tuple[int, ...]] = {}
    several: dict[_K, list[int]] = {}
    for key, number in pairs:
        first = found.setdefault(key, (number,))[0]
        if first != number:
            numbers = several.setdefault(key, [first])
            if numbers[-1] != number:
                numbers.append(number)
    found.update((key, tuple(numbers)) for key, numbers in several.items())
    return found


def folded(text: str) -> str:
    """Text without the difference of ASCII capitals and small letters, and no other."""
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)
