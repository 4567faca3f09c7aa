"""The rows of a contact map as contacts, with their lint (requirements D1)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _text
from typing import NamedTuple

from crm_tui.identity.contact_map import KeyIndex
from crm_tui.identity.ids import wrong_format
from crm_tui.identity.keys import Keyring, kind_of
from crm_tui.identity.phone_plan import NOT_VALID
from crm_tui.model import Contact, Key, Lint
from crm_tui.systems import SYSTEMS, label
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.reference import CONTACT_MAP

MapRow = tuple[str, int, Mapping[str, str] | None]
"""(name of the source, line from 1, cells by column name or ``None`` for a row that cannot be read)."""

_NAMED = 3
"""Other rows that a duplicate names; a shared mailbox on 10,000 rows must not make 10,000 long lists."""
_REMEMBERED = 4_096
"""Names and wordings that stay at hand."""

_NOUNS = {"email": "e-mail", "phone": "phone number"}

_Keys = list[tuple[str, Key]]
"""(system or ``""``, key) of every identity column of a row, blank ones too."""


@dataclass(frozen=True, slots=True)
class ContactMap:
    """All loaded maps as contacts, numbered from 1 in the order of their rows."""

    contacts: tuple[Contact, ...]
    lints_without_contact: tuple[Lint, ...]
    """Rows that cannot be read; nothing is known about whom they would hold."""


def build_contacts(rows: Iterable[MapRow], keyring: Keyring) -> ContactMap:
    """Read contact-map rows and lint them; a row of which all cells are blank is a contact without keys."""
    every, reader = list(rows), MapReader(keyring)
    contacts = list(reader.contacts(every))
    numbered = dict(enumerate((row for row in every if row[2] is not None), 1))
    shared = ((one, numbered[one]) for one in sorted(reader.keys.sharing))
    for contact in reader.duplicates(shared, lambda number: contacts[number - 1]):
        contacts[contact.number - 1] = contact
    return ContactMap(tuple(contacts), tuple(reader.unreadable))


class MapReader:
    """Reads the rows of a contact map twice, so that of a map of any size nothing is held but its keys.

    The first time finds out which contacts share a key; the second time reads these anew, because their lints name
    each other.
    """

    def __init__(self, keyring: Keyring) -> None:
        self.keys = KeyIndex()
        self.unreadable: list[Lint] = []
        self._read = keyring.read

    def contacts(self, rows: Iterable[MapRow]) -> Iterator[Contact]:
        """A contact of each row that can be read, with the lints that need no other row."""
        add = self.keys.add
        seen: Counter[str] = Counter()
        number = 0
        for source, line, cells in rows:
            if cells is None:
                text = f"{source}, line {line} cannot be read as a row of the contact map"
                self.unreadable.append(Lint("unreadable", text, holds=False))
                continue
            number += 1
            columns = _columns(tuple(cells))
            keys = self._keys_of(columns, cells)
            for _, (_, kind, _, value, _) in keys:
                if value:
                    add(kind, value, number)
            yield _contact(number, source, line, cells, columns, keys, seen)

    def duplicates(self, rows: Iterable[tuple[int, MapRow]], contact: Callable[[int], Contact]) -> Iterator[Contact]:
        """The contacts of these rows, by their numbers, with the lints that name others; ``contact`` gives any one."""
        name = lru_cache(_REMEMBERED)(lambda number: _name(contact(number)))
        for number, (_, _, cells) in rows:
            lints: list[Lint] = []
            cells = cells or {}
            for system, key in self._keys_of(_columns(tuple(cells)), cells):
                lints += _cell_lints(system, key)
                numbers = self.keys.find(key.kind, key.value)
                if len(numbers) > 1:
                    others = [other for other in numbers[: _NAMED + 1] if other != number][:_NAMED]
                    lints.append(_duplicate(system, key, [*map(name, others)], len(numbers) - 1))
            yield replace(contact(number), lints=tuple(lints))

    def _keys_of(self, columns: _Columns, cells: Mapping[str, str]) -> _Keys:
        read = self._read
        return [(system, read(name, kind, cells[name])) for name, system, kind in columns.keys]


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


def _contact(
    number: int, source: str, line: int, cells: Mapping[str, str], columns: _Columns, keys: _Keys, seen: Counter[str]
) -> Contact:
    """``seen``: how many contacts had this contact id before, if nothing told equal entries apart."""
    ids: dict[str, str] = {}
    others: dict[str, list[str]] = {"email": [], "phone": []}
    values: dict[str, str] = {}
    lints: tuple[Lint, ...] = ()
    for system, key in keys:
        _, kind, raw, value, _ = key
        lints += _cell_lints(system, key)
        if system:
            if value:
                ids[system] = value
            continue
        if value:
            others[kind].append(value)
        if raw.strip():
            values[kind] = raw
    for name, field in columns.values:
        values[field] = cells[name].strip()
    emails, phones = others["email"], others["phone"]
    identity = _identity(ids, emails, phones)
    first = _contact_id(identity, 0)
    before = seen[first]
    seen[first] = before + 1
    return Contact(
        number=number,
        contact_id=_contact_id(identity, before) if before else first,
        ids=ids,
        emails=tuple(emails),
        phones=tuple(phones),
        values=values,
        updated_at={system: cells[name] for name, system in columns.times if cells[name].strip()},
        lints=lints,
        source=source,
        line=line,
    )


def _identity(ids: Mapping[str, str], emails: Sequence[str], phones: Sequence[str]) -> str:
    """JSON of what names the contact in the journal: its ids, or its other keys where it has no id."""
    if not ids:
        return json.dumps([[], emails, phones])
    # As ``json.dumps`` writes them, which looks for an encoder and makes an iterator at every call.
    pairs = [f"[{_text(system)}, {_text(value)}]" for system, value in sorted(ids.items())]
    return f"[[{', '.join(pairs)}]]"


def _name(contact: Contact) -> str:
    """How a duplicate names another row."""
    return f"{contact.key or 'an entry without ids'} ({contact.source}, line {contact.line})"


def _cell_lints(system: str, key: Key) -> tuple[Lint, ...]:
    """What of a cell needs no other row."""
    if not key.value:
        return _without_value(system, key.kind, key.note)
    if system:
        if system in SYSTEMS and wrong_format(key.value, SYSTEMS[system]):
            return (Lint("wrong_id_format", f"{key.value} does not look like a {label(system)} id", holds=True),)
    elif NOT_VALID in key.note:
        return (Lint("not_valid_phone", "the phone number is possible, but not valid", holds=False),)
    return ()


@lru_cache(_REMEMBERED)
def _without_value(system: str, kind: str, note: str) -> tuple[Lint, ...]:
    if system:
        text = f"the {label(system)} id is {note}" if note else f"no {label(system)} id"
        return (Lint("missing_id", text, holds=True, system=system),)
    noun = _NOUNS[kind]
    if note:
        return (Lint(f"unusable_{kind}", f"the {noun} is no key: {note}", holds=False),)
    return (Lint(f"blank_{kind}", f"no {noun}", holds=False),)


def _duplicate(system: str, key: Key, others: Sequence[str], count: int) -> Lint:
    noun = f"{label(system)} id" if system else _NOUNS[key.kind]
    names = ", ".join(others)
    more = f" and {count - len(others):,} more" if count > len(others) else ""
    code = "duplicate_id" if system else f"duplicate_{key.kind}"
    return Lint(code, f"the same {noun} as {names}{more}", holds=True)


def _contact_id(identity: str, before: int) -> str:
    """``con-`` + 16 hex; equal entries are told apart by how many of them came ``before``."""
    text = f"{identity} {before}" if before else identity
    return "con-" + hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
