"""Rows that look the same to the rules are judged once.

Of most cells a rule sees little: whether a time is one, whether a required cell is blank, to whom a key leads, how a
value of a person's record stands to the one that the contact map knows.  Such columns are told by their roles; a column
of any other role is seen as written.  The first of the rows that look the same is judged as any row is, and its verdict
holds for the others: what becomes of a row, the rules alone say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial, reduce
from itertools import repeat
from typing import NamedTuple, TypeVar, cast

from crm_tui.classify import reading
from crm_tui.classify.changes import group_of, known_value
from crm_tui.classify.event import named_by_parts, read_event
from crm_tui.classify.facts import Facts
from crm_tui.classify.judge import Words, judge, words_of
from crm_tui.classify.policy import Policy
from crm_tui.classify.priority import is_high
from crm_tui.classify.times import is_certain, parse_time, sorts_as, strictly_earlier
from crm_tui.identity.contact_map import ContactLookup
from crm_tui.identity.email import lowered
from crm_tui.identity.keys import Keyring
from crm_tui.systems.declare import IDENTITY_ROLES, Kind, Role, Table
from crm_tui.systems.fields import READ_ONLY
from crm_tui.systems.names import as_kept

_T = TypeVar("_T")
_Column = Sequence[str]
_Look = Callable[[_Column], Iterable[Hashable]]

_Told = tuple[Words, bool]
"""Of rows that look the same: what the rules say, and whether they are of high priority."""

_Moment = tuple[str, str, str]
"""What a rule sees of a time, how it sorts, and its text."""

_PERSONS = frozenset((Kind.CONTACT, Kind.LEAD))
_KINDS = _PERSONS | {Kind.ACTIVITY, Kind.APPOINTMENT, Kind.OPPORTUNITY, Kind.ACCOUNT, Kind.DELETION, Kind.LIFECYCLE}
"""All but changes of one field, of which a rule sees a value in another's form."""
_TIMES = (Role.TIME, Role.UPDATED_AT)
_LEAVE_TIMES = frozenset(("", "time", "utc_time"))
"""Steps that leave a time in UTC as it is."""
_UNSEEN = frozenset((Role.EVENT_ID, Role.TEXT, Role.VALUE))
"""Roles of columns of which a rule sees no more than whether a cell is blank, or not of its form."""
_TOLD_OTHERWISE = _UNSEEN | IDENTITY_ROLES | frozenset(_TIMES)
_REMEMBERED = 1 << 14
"""Texts of a column, and looks of rows, that are remembered; more only cost time."""
_CONTACTS = 1 << 17
"""Contacts that are remembered, each in a few words."""
_LONGEST = 256
"""Characters; what is longer is hardly seen twice, and would let memory grow."""

_TO_ONE, _BLANK, _UNUSABLE, _UNKNOWN, _STRANGE = 1, 0, -1, -2, -3
"""What is seen of a key.  ``_STRANGE`` stands for what takes a closer look: a list, a key of several contacts."""
_SEVERAL = 1 << 62
"""In the place of the number of a contact: the keys of a row lead to different ones."""


class _Memo(dict[str, _T]):
    """Text → what is seen of it; starts afresh when it is full."""

    def __init__(self, look: Callable[[str], _T]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, raw: str) -> _T:
        found = self._look(raw)
        if len(raw) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = found
        return found


class _Met(NamedTuple):
    """What is seen of a contact."""

    seen: Hashable
    age: str
    """When the map's entry was last changed in the system of the table; ``""`` where the map does not tell."""
    values: Mapping[str, str | None] | None
    """What is known of the fields of a person's record."""


_NOBODY, _MANY = _Met(None, "", None), _Met(_SEVERAL, "", None)


class Sketch(NamedTuple):
    """What is kept of a row beside its bytes, where no other row of the load has its event id."""

    event_id: str
    field: str
    sort_time: str
    words: Words
    high: bool
    """Whether it is of high priority."""
    contact: int | None


_as_sketch = cast("Callable[[Iterable[object]], Sketch]", partial(tuple.__new__, Sketch))


def can_tell(table: Table, names: Iterable[str], keyring: Keyring) -> bool:
    """Whether it can be told which rows of the table, with these columns, look the same."""
    plan = reading.plan_of(table, tuple(names))
    implied = [table.by_name[one.name].role for one in plan.valued if one.absent]
    plain = table.kind in _KINDS and not (table.parties or table.blanks or table.fields)
    if table.kind in _PERSONS:
        several = reading.carried_by(table, tuple(one.name for one in plan.valued)).several
        plain = plain and not (implied or several or table.silent or keyring.own_fields.get(table.system))
        plain = plain and not table.of(Role.CHANGED)
    return plain and not any(role in (*_TIMES, Role.EVENT_ID) for role in implied)


class Alike:
    """Judges the rows of one source; contacts, policy and keyring must stay as they are meanwhile."""

    def __init__(
        self, table: Table, places: Mapping[str, int], contacts: ContactLookup, policy: Policy, keyring: Keyring
    ) -> None:
        """``places``: column → its position in a row; of a table and columns of which ``can_tell`` says yes."""
        self._table, self._places, self._contacts = table, places, contacts
        self._policy, self._keyring = policy, keyring
        plan = reading.plan_of(table, tuple(places))
        self._valued = {one.name: one for one in plan.valued}
        self._looks = [(places[name], look) for name in places for look in self._looks_at(name)]
        self._keys = [(places[one.name], self._lead(one)) for one in plan.identity]
        self._emails = [number for number, one in enumerate(plan.identity) if one.kind == "email"]
        # The times of change stand last.
        self._times = [(places[name], self._moments(name)) for name in self._present(*_TIMES)]
        self._aged = len(self._present(Role.UPDATED_AT)) if table.kind is not Kind.ACTIVITY else 0
        self._ids = [(places[name], self._texts(name)) for name in self._present(Role.EVENT_ID)]
        self._record_ids = [(places[one.name], self._values(one)) for one in plan.identity if self._is_own(one)]
        self._fields = [
            (places[column.name], column.field, self._texts(column.name), self._group(column.field))
            for column in table.valued
            if table.kind in _PERSONS and column.name in places and column.field and column.field not in READ_ONLY
        ]
        self._said = dict.fromkeys((field for _, field, _, _ in self._fields), "")
        self._keeps_names = lru_cache(maxsize=64)(self._in_the_same_form)
        self._met: dict[int, _Met] = {}
        self._judged: dict[tuple[Hashable, ...], _Told] = {}

    def sketches(self, rows: Sequence[tuple[str, ...]]) -> Iterator[Sketch]:
        """What becomes of each row."""
        if not rows:
            return iter(())
        columns: list[tuple[str, ...]] = list(zip(*rows, strict=True))
        leads = [list(map(lead, columns[at])) for at, lead in self._keys]
        contacts = reduce(_together, leads) if leads else [_BLANK] * len(rows)
        moments = [look(columns[at]) for at, look in self._times]
        looks = [
            *([_TO_ONE if lead > _BLANK else lead for lead in one] for one in leads),
            *([moment[0] for moment in one] for one in moments),
            *(look(columns[at]) for at, look in self._looks),
            *self._contacts_seen(contacts, columns, moments[-self._aged :] if self._aged else ()),
        ]
        found: list[_Told] = []
        judged = self._judged
        for number, look in enumerate(zip(*looks, strict=True)):
            told = judged.get(look)
            if told is None:
                told, contacts[number] = self._judge(rows[number], look)
            found.append(told)
        sort_times = [sort for _, sort, _ in reduce(_first_told, moments)] if moments else repeat("")
        met = [number if number > _BLANK else None for number in contacts]
        words, high = zip(*found, strict=True)
        return map(_as_sketch, zip(self._event_ids(rows, columns), repeat(""), sort_times, words, high, met))

    def _judge(self, row: tuple[str, ...], look: tuple[Hashable, ...]) -> tuple[_Told, int]:
        """The verdict of a row by the rules, remembered where it holds for all that look like it; its contact."""
        cells = {name: row[at] for name, at in self._places.items()}
        event = read_event(self._table, cells, self._keyring)
        verdict = judge(Facts(event, self._contacts, self._policy, self._keyring))
        told = words_of(verdict), is_high(event, self._policy)
        if self._holds_for_all(look):
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            self._judged[look] = told
        return told, verdict.candidates[0] if len(verdict.candidates) == 1 else _BLANK

    def _holds_for_all(self, look: tuple[Hashable, ...]) -> bool:
        """Whether what a rule may see of a row is in its look: not of an unknown e-mail that may look like a known."""
        keys = look[: len(self._keys)]
        plain = _STRANGE not in look and look[-1] != _SEVERAL
        known = _TO_ONE not in keys or all(keys[at] != _UNKNOWN for at in self._emails)
        return plain and known and all(len(one) <= _LONGEST for one in look if isinstance(one, str))

    def _present(self, *roles: Role) -> list[str]:
        return [column.name for role in roles for column in self._table.of(role) if column.name in self._places]

    def _looks_at(self, name: str) -> Iterator[_Look]:
        """How a rule sees the cells of a column, beside the key or time in them."""
        column = self._table.by_name.get(name)
        if column is None:
            return
        if column.role not in _TOLD_OTHERWISE:
            yield iter
            return
        if column.required:
            yield lambda cells: map(bool, map(str.strip, cells))
        if column.role in _UNSEEN and name in self._valued:
            formed = _Memo(lambda raw: self._valued[name].read(raw)[1])
            yield lambda cells: map(formed.__getitem__, cells)

    def _lead(self, one: reading.Identity) -> Callable[[str], int]:
        """From a cell of a key column to whom the key leads."""
        kind, separator, find, value_of = one.kind, one.separator, self._contacts.find, self._keyring.value
        read = self._valued[one.name].read if one.formed else None
        is_email, is_phone = kind == "email", kind == "phone"

        def lead(text: str) -> int:
            if read:
                text, formed = read(text)
                if not formed:
                    return _STRANGE
            if not text:
                return _BLANK
            if separator and separator in text:
                return _STRANGE
            # What the map has as a key, its own form, is that key; most ids and addresses are written so.
            written = (lowered(text) if text.isascii() else text) if is_email else "" if is_phone else text
            numbers = find(kind, written) if written else ()
            if not numbers:
                value = value_of(kind, text)
                if not value:
                    return _BLANK if not text.strip() else _UNUSABLE if text.isascii() else _STRANGE
                numbers = find(kind, value) if value != written else ()
            return _UNKNOWN if not numbers else numbers[0] if len(numbers) == 1 else _STRANGE

        return lead

    def _texts(self, name: str) -> Callable[[_Column], list[str]]:
        """From the cells of a column to their texts as the rules have them."""
        valued = self._valued.get(name)
        if valued is None or (valued.step is None and not valued.default):
            return lambda cells: [cell.strip() for cell in cells]
        return lambda cells: [valued.read(cell)[0] for cell in cells]

    def _moments(self, name: str) -> Callable[[_Column], list[_Moment]]:
        """From the cells of a column of times to what is seen of them, how they sort, and their texts."""
        valued = self._valued.get(name)
        if valued is None:
            return lambda cells: [_moment(cell.strip()) for cell in cells]
        if self._table.by_name[name].transform in _LEAVE_TIMES:
            return lambda cells: [
                ("time", cell[:-1], cell) if is_certain(cell) else _moment(*valued.read(cell)) for cell in cells
            ]
        return lambda cells: [_moment(*valued.read(cell)) for cell in cells]

    def _values(self, one: reading.Identity) -> Callable[[_Column], list[str]]:
        value, texts = self._keyring.value, self._texts(one.name)
        return lambda cells: [value(one.kind, text) for text in (texts(cells) if one.formed else cells)]

    def _is_own(self, one: reading.Identity) -> bool:
        return one.kind == f"id:{self._table.system}" and not self._table.by_name[one.name].secondary

    def _contacts_seen(
        self, contacts: Iterable[int], columns: Sequence[_Column], changed: Sequence[Sequence[_Moment]]
    ) -> Iterator[Iterable[Hashable]]:
        """What is seen of the contact of each row, and how the row's values and age stand to what is known of it."""
        get = self._met.get
        met = [get(number) or self._meet(number) for number in contacts]
        for at, field, texts, group in self._fields:
            cells = columns[at]
            yield [
                "" if one.values is None or (text and one.values.get(field) == text) else group(cell, text, one.values)
                for one, cell, text in zip(met, cells, texts(cells), strict=True)
            ]
        if changed:
            ages = reduce(_first_told, changed)
            yield [bool(one.age) and strictly_earlier(age[2], one.age) for one, age in zip(met, ages, strict=True)]
        yield [one.seen for one in met]

    def _group(self, field: str) -> Callable[[str, str, Mapping[str, str | None]], str]:
        """From a cell, its text and what is known of the contact to what becomes of the field."""

        def group(cell: str, text: str, known: Mapping[str, str | None]) -> str:
            if not text and cell.strip():
                return "not said"
            return group_of(self._table, field, text, known.get(field), self._policy, self._keyring, new=False)

        return group

    def _meet(self, number: int) -> _Met:
        if number <= _BLANK:
            return _NOBODY
        if number == _SEVERAL:
            return _MANY
        contact, system = self._contacts.contact(number), self._table.system
        lints = tuple([(lint.holds, lint.system) for lint in contact.lints])
        age = contact.updated_at.get(system, "")
        if not self._said:
            if len(self._met) >= _CONTACTS:
                self._met.clear()
            found = self._met[number] = _Met(lints, age, None)
            return found
        # A person is in an export once, so what is seen here is not worth remembering.
        if not self._keeps_names(tuple(contact.values)):
            return _Met(_STRANGE, age, None)
        lacks_id = system in self._contacts.systems and not contact.ids.get(system)
        ghl_id = known_value("ghl_id", contact) if "ghl_id" in self._said else None
        return _Met((lints, lacks_id), age, {**contact.values, "ghl_id": ghl_id} if ghl_id else contact.values)

    def _in_the_same_form(self, known: tuple[str, ...]) -> bool:
        """Whether names are compared as the row has them, and not whole where it has parts, or the other way round."""
        return as_kept(self._said, dict.fromkeys(known, "")).keys() == self._said.keys()

    def _event_ids(self, rows: Sequence[tuple[str, ...]], columns: Sequence[_Column]) -> Iterable[str]:
        table = self._table
        given = [look(columns[at]) for at, look in self._ids]
        if not table.parts:
            given = given if table.of(Role.EVENT_ID) else [look(columns[at]) for at, look in self._record_ids]
            return reduce(_first, given) if given else repeat("")
        ids = reduce(_first, given) if given else repeat("")
        places = [self._places.get(name, -1) for name in table.parts]
        parts = ([row[at] if at >= 0 else "" for at in places] for row in rows)
        return [one or named_by_parts(table, some) for one, some in zip(ids, parts, strict=False)]


def _moment(text: str, formed: bool = True) -> _Moment:
    if is_certain(text):
        return "time", text[:-1], text
    if not text:
        return "", "", ""
    return "unformed" if not formed else "time" if parse_time(text) else "other", sorts_as(text), text


def _together(some: Iterable[int], others: Iterable[int]) -> list[int]:
    """Of what two columns lead to, the contact of each row, or ``_SEVERAL``."""
    return [
        one if other <= _BLANK or other == one else other if one <= _BLANK else _SEVERAL
        for one, other in zip(some, others, strict=True)
    ]


def _first(some: Iterable[str], others: Iterable[str]) -> list[str]:
    return [one or other for one, other in zip(some, others, strict=True)]


def _first_told(some: Sequence[_Moment], others: Sequence[_Moment]) -> list[_Moment]:
    return [one if one[0] else other for one, other in zip(some, others, strict=True)]
