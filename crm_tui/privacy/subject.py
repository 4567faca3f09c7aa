"""Everything that a workspace holds about one person.

A person is named by an e-mail, a phone, a record id or a contact key.  The contacts that have this key bring their
other keys along, except those that they share with a contact who is somebody else.  A row is about the person when it
carries one of the keys, in whatever column and spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crm_tui.errors import UsageError
from crm_tui.identity.ids import normalise as normalise_id
from crm_tui.intake.encoding import UTF8, codec, text_of
from crm_tui.model import Contact
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Kind, Role
from crm_tui.text import one_of, safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.search import needle
from crm_tui.workspace.stored import SourceRow

Pair = tuple[str, str]
"""Kind of key (``email``, ``phone``, ``id:<system>``) and compared value."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One person, by keys."""

    keys: frozenset[Pair]
    """Keys that are nobody else's."""
    contacts: tuple[Contact, ...]
    """Entries of the contact map in force that are this person."""
    mentions: re.Pattern[str]
    """Any of the keys in a text that was folded to lower case."""

    @property
    def names(self) -> list[str]:
        """How the contacts are called."""
        return [contact.key or f"line {contact.line} of {contact.source}" for contact in self.contacts]


class Held(NamedTuple):
    """One stored row that is about the person."""

    place: str
    """``record``, ``record_version``, ``reference`` or ``left_out``."""
    rowid: int
    """SQLite's rowid in that table."""
    row_id: str
    """Of the event, ``""`` for a row of a map."""
    source: SourceRow
    line: int
    cells: Mapping[str, str]
    """Column name → text as written; under ``""`` the whole of what is no readable row."""


class Text(NamedTuple):
    """One text of the journal: of a decision on a row about the person, or one that names the person."""

    seq: int
    field: str
    text: str


def find_subject(cases: Cases, typed: str) -> Subject:
    """The person whom ``typed`` names; raises ``UsageError`` when it can be no key at all."""
    wanted = set(_pairs_of(cases, typed))
    if not wanted:
        raise UsageError("name a person by an e-mail, a phone, a record id or a contact key such as CLOSE-202/GHL-502.")
    mine = [contact for contact in cases.contacts if wanted & set(_pairs(contact))]
    others = [contact for contact in cases.contacts if contact not in mine]
    shared = {pair for contact in others for pair in _pairs(contact)}
    own = {pair for contact in mine for pair in _pairs(contact)} - shared
    keys = frozenset(own | wanted)
    return Subject(keys, tuple(mine), _mentions(cases, keys))


def refuse_several(subject: Subject) -> None:
    """A key that several contacts share says of none of them who is meant."""
    people = {contact.contact_id for contact in subject.contacts}
    if len(people) > 1:
        names = safe_text(one_of(subject.names, "and"), 300)
        raise UsageError(f"that leads to {len(people)} contacts: {names}; name one by its key.")


def _pairs_of(cases: Cases, typed: str) -> Iterator[Pair]:
    """What a person may mean by a text."""
    named = cases.contacts.by_key(typed) if "/" in typed else ()
    if named:
        yield from ((f"id:{name}", value) for contact in named for name, value in contact.ids.items())
        return
    for column in (Column("email", Role.EMAIL, ""), Column("phone", Role.PHONE, "")):
        key = cases.keyring.key(column, typed)
        if key.value:
            yield key.kind, key.value
    if "@" not in typed:
        values = ((name, normalise_id(typed, system)[0]) for name, system in SYSTEMS.items())
        yield from ((f"id:{name}", value) for name, value in values if value)


def _pairs(contact: Contact) -> Iterator[Pair]:
    yield from ((f"id:{name}", value) for name, value in contact.ids.items())
    yield from (("email", value) for value in contact.emails)
    yield from (("phone", value) for value in contact.phones)


def _mentions(cases: Cases, keys: Iterable[Pair]) -> re.Pattern[str]:
    patterns = set()
    for kind, value in keys:
        phone = needle(cases, value).phone if kind == "phone" else None
        # A key inside a longer word is another key: CLOSE-1 is not CLOSE-10.
        patterns.add(phone.pattern if phone else rf"(?<![\w.+-]){re.escape(value.lower())}(?![\w-]|\.\w)")
    return re.compile("|".join(sorted(patterns)))


def held_rows(cases: Cases, subject: Subject) -> list[Held]:
    """Every stored row about the person: events, their earlier versions, entries of all maps ever loaded."""
    found = []
    for place, columns in _PLACES.items():
        for rowid, row_id, source_id, line, raw, context, problem in cases.store.connection.execute(
            f"SELECT {place}.rowid, {columns} FROM {place} {_JOINS.get(place, '')} ORDER BY 1"
        ):
            source = cases.sources[source_id]
            if source.table.kind is Kind.SLICE_MAP:
                continue
            text = text_of(raw, source.encoding)
            typed = cases.overlays.get(rowid, {}) if place == "record" else {}
            cells = {"": text} if problem else {**source.cells(raw, context), **typed}
            said = "\n".join((text, context, *typed.values())).lower()
            if _is_about(cases, subject, source, cells) or subject.mentions.search(said):
                found.append(Held(place, rowid, row_id, source, line, cells))
    return found


_PLACES = {
    "record": "row_id, source_id, first_line, raw, context, problem",
    "record_version": "row_id, record_version.source_id, record_version.first_line, record_version.raw,"
    " record_version.context, record_version.problem",
    "reference": "'', source_id, first_line, raw, context, problem",
    "left_out": "'', source_id, first_line, raw, '', 'left out'",
}
_JOINS = {"record_version": "JOIN record ON record.id = record_id"}


def _is_about(cases: Cases, subject: Subject, source: SourceRow, cells: Mapping[str, str]) -> bool:
    """Whether a column of keys holds one of the person's."""
    for column in source.table.columns:
        if column.role in IDENTITY_ROLES and cells.get(column.name):
            for text in cells[column.name].split(column.separator) if column.separator else [cells[column.name]]:
                key = cases.keyring.key(column, text)
                if (key.kind, key.value) in subject.keys:
                    return True
    return False


def held_texts(cases: Cases, subject: Subject, rows: Iterable[Held]) -> list[Text]:
    """The texts of the journal that speak of the person; who decided is not among them."""
    about = {held.row_id for held in rows if held.place == "record"}
    about.update(cases.groups.with_member(about))
    found = cases.store.connection.execute(
        "SELECT log.seq, field, text, row_id FROM log_text JOIN log USING (seq) ORDER BY log.seq, field"
    )
    return [
        Text(seq, field, text)
        for seq, field, text, row_id in found
        if field != "by" and ((row_id and row_id in about) or subject.mentions.search(text.lower()))
    ]


def spellings(subject: Subject, rows: Sequence[Held]) -> set[bytes]:
    """The person's own keys as they are written in the rows, and as compared."""
    found = {value for _, value in subject.keys}
    find: Callable[[str], Iterator[re.Match[str]]] = subject.mentions.finditer
    for held in rows:
        for cell in held.cells.values():
            found.update(cell[match.start() : match.end()] for match in find(cell.lower()))
    encodings = {UTF8, *(codec(held.source.encoding) for held in rows)}
    return {text.encode(encoding, "replace") for text in found for encoding in encodings if len(text) > 3}
