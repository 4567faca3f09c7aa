"""Rows that look the same to the rules are judged once.

Of most cells a rule sees little: whether a time is one, whether a required cell is blank, to whom a key leads.  Such
columns are told by their roles; a column of any other role is seen as written.  The first of the rows that look the
same is judged as any row is, and its verdict holds for the others: what becomes of a row, the rules alone say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from itertools import repeat
from typing import NamedTuple, TypeVar, cast

from crm_tui.classify import reading
from crm_tui.classify.event import named_by_parts, read_event
from crm_tui.classify.facts import Facts
from crm_tui.classify.judge import Words, judge, words_of
from crm_tui.classify.policy import Policy
from crm_tui.classify.priority import is_high
from crm_tui.classify.times import sorts_as, strictly_earlier, tells_time
from crm_tui.identity.contact_map import ContactLookup
from crm_tui.identity.keys import Keyring
from crm_tui.model import Contact
from crm_tui.systems.declare import IDENTITY_ROLES, Kind, Role, Table

_T = TypeVar("_T")
_Column = Sequence[str]
_Look = Callable[[_Column], Iterable[Hashable]]

_Told = tuple[Words, bool]
"""Of rows that look the same: what the rules say, and whether they are of high priority."""

_KINDS = frozenset((Kind.ACTIVITY, Kind.APPOINTMENT, Kind.OPPORTUNITY, Kind.ACCOUNT, Kind.DELETION, Kind.LIFECYCLE))
"""Of a person's record and of a changed field a rule compares the values with those of the contact."""
_TIMES = (Role.TIME, Role.UPDATED_AT)
_UNSEEN = frozenset((Role.EVENT_ID, Role.TEXT, Role.VALUE))
"""Roles of columns of which a rule sees no more than whether a cell is blank, or not of its form."""
_TOLD_OTHERWISE = _UNSEEN | IDENTITY_ROLES | frozenset(_TIMES)
_REMEMBERED = 1 << 17
"""Texts of a column, and looks of rows, that are remembered; more only cost time."""
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


def can_tell(table: Table, names: Iterable[str]) -> bool:
    """Whether it can be told which rows of the table, with these columns, look the same."""
    implied = (table.by_name[one.name].role for one in reading.plan_of(table, tuple(names)).valued if one.absent)
    plain = not (table.parties or table.blanks or table.fields)
    return plain and table.kind in _KINDS and not any(role in (*_TIMES, Role.EVENT_ID) for role in implied)


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
        self._keys = [(places[one.name], _Memo(partial(self._lead, one))) for one in plan.identity]
        self._emails = [number for number, one in enumerate(plan.identity) if one.kind == "email"]
        self._times = [(places[name], self._moments(name)) for name in self._present(*_TIMES)]
        ages = () if table.kind is Kind.ACTIVITY else self._present(Role.UPDATED_AT)
        self._ages = [(places[name], self._texts(name)) for name in ages]
        self._ids = [(places[name], self._texts(name)) for name in self._present(Role.EVENT_ID)]
        self._record_ids = [(places[one.name], self._values(one)) for one in plan.identity if self._is_own(one)]
        self._met: dict[int, tuple[Hashable, str]] = {}
        self._judged: dict[tuple[Hashable, ...], _Told] = {}

    def sketches(self, rows: Sequence[tuple[str, ...]]) -> Iterator[Sketch]:
        """What becomes of each row."""
        if not rows:
            return iter(())
        columns: list[tuple[str, ...]] = list(zip(*rows, strict=True))
        leads = [[memo[raw] for raw in columns[at]] for at, memo in self._keys]
        contacts = reduce(_together, leads) if leads else [_BLANK] * len(rows)
        moments = [look(columns[at]) for at, look in self._times]
        looks = [
            *([_TO_ONE if lead > _BLANK else lead for lead in one] for one in leads),
            *([kind for kind, _ in one] for one in moments),
            *(look(columns[at]) for at, look in self._looks),
            self._contacts_seen(contacts, columns),
        ]
        found: list[_Told] = []
        judged = self._judged
        for number, look in enumerate(zip(*looks, strict=True)):
            told = judged.get(look)
            if told is None:
                told, contacts[number] = self._judge(rows[number], look)
            found.append(told)
        sort_times = [sort for _, sort in reduce(_first_told, moments)] if moments else repeat("")
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
        plain = _STRANGE not in keys and look[-1] != _SEVERAL
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

    def _lead(self, one: reading.Identity, raw: str) -> int:
        """To whom the key in a cell leads."""
        text, formed = self._valued[one.name].read(raw) if one.formed else (raw, True)
        if not formed or (one.separator and one.separator in text):
            return _STRANGE
        key = self._keyring.read(one.name, one.kind, text)
        if key.value:
            numbers = self._contacts.find(key.kind, key.value)
            return _UNKNOWN if not numbers else numbers[0] if len(numbers) == 1 else _STRANGE
        if not text.strip():
            return _BLANK
        return _UNUSABLE if text.isascii() else _STRANGE

    def _texts(self, name: str) -> Callable[[_Column], list[str]]:
        """From the cells of a column to their texts as the rules have them."""
        valued = self._valued.get(name)
        if valued is None:
            return lambda cells: [cell.strip() for cell in cells]
        return lambda cells: [valued.read(cell)[0] for cell in cells]

    def _moments(self, name: str) -> Callable[[_Column], list[tuple[str, str]]]:
        """From the cells of a column of times to what is seen of them and how they sort."""
        valued = self._valued.get(name)
        if valued is None:
            return lambda cells: [_moment(cell.strip()) for cell in cells]
        return lambda cells: [_moment(*valued.read(cell)) for cell in cells]

    def _values(self, one: reading.Identity) -> Callable[[_Column], list[str]]:
        read = self._keyring.read
        return lambda cells: [read(one.name, one.kind, cell).value for cell in cells]

    def _is_own(self, one: reading.Identity) -> bool:
        return one.kind == f"id:{self._table.system}" and not self._table.by_name[one.name].secondary

    def _contacts_seen(self, contacts: list[int], columns: Sequence[_Column]) -> Iterable[Hashable]:
        """What is seen of the contact of each row: its lints, and whether the row is older than it is known."""
        met = self._met
        seen = [met.get(number) or self._meet(number) for number in contacts]
        if not self._ages:
            return [lints for lints, _ in seen]
        texts = reduce(_first, [look(columns[at]) for at, look in self._ages])
        return [
            # Of different contacts nothing is seen but that they are, so that each such row is judged by itself.
            _SEVERAL if lints == _SEVERAL else (lints, bool(known) and strictly_earlier(text, known))
            for (lints, known), text in zip(seen, texts, strict=True)
        ]

    def _meet(self, number: int) -> tuple[Hashable, str]:
        if number <= _BLANK:
            return None, ""
        if number == _SEVERAL:
            return _SEVERAL, ""
        contact: Contact = self._contacts.contact(number)
        lints = tuple([(lint.holds, lint.system) for lint in contact.lints])
        found = self._met[number] = lints, contact.updated_at.get(self._table.system, "")
        return found

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


def _moment(text: str, formed: bool = True) -> tuple[str, str]:
    """What a rule sees of a time, and how it sorts."""
    if not formed:
        return "unformed", sorts_as(text)
    if not text:
        return "", ""
    return "time" if tells_time(text) else "other", sorts_as(text)


def _together(some: Iterable[int], others: Iterable[int]) -> list[int]:
    """Of what two columns lead to, the contact of each row, or ``_SEVERAL``."""
    return [
        one if other <= _BLANK or other == one else other if one <= _BLANK else _SEVERAL
        for one, other in zip(some, others, strict=True)
    ]


def _first(some: Iterable[str], others: Iterable[str]) -> list[str]:
    return [one or other for one, other in zip(some, others, strict=True)]


def _first_told(some: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one if one[0] else other for one, other in zip(some, others, strict=True)]
