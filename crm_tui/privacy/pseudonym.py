"""One cell of an export → the same cell without the person.

Whatever the judgement looks at stays as it was: which keys are usable and equal, which cells are blank, which words of
the policy stand in them, which rows are alike.  So the redacted files come to the same verdicts and the same groups.
A cell is rewritten by its role; what no role explains becomes a token.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from crm_tui.classify.compare import compared
from crm_tui.classify.event import Event
from crm_tui.classify.parties import is_of_a_machine
from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import plain_word
from crm_tui.classify.rules import claim_fault
from crm_tui.classify.times import parse_time
from crm_tui.identity.ids import is_placeholder, other_kind
from crm_tui.identity.ids import normalise as normalise_id
from crm_tui.identity.keys import Keyring
from crm_tui.privacy.book import Book
from crm_tui.systems import CHANNELS, SYSTEMS
from crm_tui.systems.declare import IDENTITY_ROLES, Column, IdRule, Role, System, Table
from crm_tui.systems.fields import Type, field_type
from crm_tui.systems.record_ids import salesforce, spreadsheet_damage
from crm_tui.systems.transforms import transformed

_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9]{0,11}[-_.:#]?[0-9]{1,12}|[0-9]{1,9}")
"""An event id that names nobody: a short word and a number."""
_PHONE_SIGNS = re.compile(r"[0-9 ().+-]+")
_VENDOR_PREFIX = re.compile(r"([A-Za-z]+[-_])([A-Za-z0-9]+)")
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_WORDS = frozenset(
    ["activity", "appointment", "call", "contact", "email", "mail", "meeting", "message", "note", "sms", "task", "text"]
) | {"true", "false", "yes", "no"}
"""Words of claims and values that are no names."""
_SCHEMA_WORDS = re.compile(r"[A-Za-z][A-Za-z_.-]*(?:\s[A-Za-z_.-]+)*")
"""Operations, switches and names of fields."""
_LIST_SIGNS = re.compile(r"[^;,|\n]+")
_PLAIN_VALUES = {
    Type.BOOLEAN: re.compile("(?i)true|false|yes|no|y|n|on|off|0|1"),
    Type.CONSENT: re.compile("(?i)true|false|yes|no|y|n|on|off|0|1"),
    Type.MONEY: re.compile(r"[-+]?[0-9]{1,9}(?:[.,][0-9]{1,2})?"),
    Type.NUMBER: re.compile(r"[-+]?[0-9]{1,6}(?:[.,][0-9]{1,2})?"),
    Type.COUNTRY: re.compile("[A-Za-z]{2}"),
    Type.WORD: re.compile(r"[A-Za-z]+(?:[ _-][A-Za-z]+){0,3}"),
}
"""Values that name nobody, by the type of the field."""
_TELLS = re.compile(r"@|[0-9][0-9 ().-]{5,}")
"""Signs of an address or a long number in a text about the review itself."""
_OF_THE_SYSTEM = frozenset((Role.OPERATION, Role.OPTION, Role.CHANGED, Role.DIRECTION, Role.CONNECTION))
"""What a cell of these says is a word of its system."""
_ADDRESS = re.compile(r"[^\s@,;:<>\"'()]+@[^\s@,;:<>\"'()]+")
_SCHEME = 12
"""Characters that may stand before a key in its system's form: ``tel:``."""
_ID_DIGITS = 18
_ID_LETTERS = 16


class Pseudonyms:
    """Rewrites the cells of one redaction; the policy says which words and which phone region count."""

    def __init__(self, book: Book, policy: Policy) -> None:
        self.book = book
        self.policy = policy
        self.keyring = Keyring(policy.default_region, policy.own_names, policy.own_side)

    def row(self, table: Table, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells of one row of ``table``, by column name, rewritten."""
        event = Event(table, cells, ())
        return {name: self._cell(event, table.by_name.get(name), text) for name, text in cells.items()}

    def captured(self, event: Event, column: Column | None, text: str) -> str:
        """A text of a payload that a column shows, in the form in which its system writes it."""
        if column is None or not column.transform or not text.strip():
            return self._cell(event, column, text)
        value = _canonical(column, text)
        tries = self._written(event, column, text, value)
        readable = (one for one in tries if (_canonical(column, one) is None) is (value is None))
        return next(readable, self._token(text))

    def _written(self, event: Event, column: Column, text: str, value: str | None) -> Iterator[str]:
        """Ways to write ``text`` without the person; ``value`` is its canonical text, ``None`` where it has none."""
        if column.role is Role.EMAIL and (found := _ADDRESS.findall(text)):
            # Beside the addresses stand the names of whose they are.
            addresses = ", ".join(map(self._email, found))
            yield from (addresses, f"{addresses} {self._token(text)}")
        plain = replace(column, transform="")
        new = self._cell(event, plain, value) if value else self._cell(event, column, text)
        said = value == "" and column.role in _OF_THE_SYSTEM and is_schema(text)
        if (new == value or said) and not self._tells(text):
            yield text
        if value and column.role in IDENTITY_ROLES and value in text:
            before, _, after = text.partition(value)
            if len(before) <= _SCHEME and not _WORD.search(after):
                yield f"{before}{new}{after}"
        yield new
        yield urlsafe_b64encode(new.encode()).decode()
        if _SCHEMA_WORDS.fullmatch(text):
            yield text
        # What can be read in no form has to stay so.
        yield from (f"% {new}", f"{new} @ %")

    def unknown(self, text: str) -> str:
        """A text that no column shows."""
        return self._token(text)

    def _cell(self, event: Event, column: Column | None, text: str) -> str:
        core = text.strip()
        if not core:
            return text
        # Blanks around a cell make it another cell, and name nobody.
        before, _, after = text.partition(core)
        new = self._rewritten(event, column, core)
        # Whatever a cell is for, an address in it names somebody.
        return f"{before}{self._token(core) if new == core and self._tells(core) else new}{after}"

    def _tells(self, text: str) -> bool:
        """Whether a text holds an address that is not our own side's."""
        return any(not self.policy.own_side.holds("email", one.lower()) for one in _ADDRESS.findall(text))

    def _rewritten(self, event: Event, column: Column | None, text: str) -> str:
        """A trimmed cell that is not blank, by the role of its column."""
        match column.role if column else None:
            case Role.EMAIL:
                return self._email(text)
            case Role.PHONE:
                return self._phone(text)
            case Role.SYSTEM_ID:
                return self._id(column.system if column else "", text)
            case Role.EVENT_ID:
                return self._event_id(event.table, text)
            case Role.TIME | Role.UPDATED_AT:
                return text if _is_time(column, text) else self._token(text)
            case Role.STATUS:
                return text if plain_word(text) in self.policy.appointments.known else self._token(text)
            case Role.CHANNEL:
                return text if text.lower() in CHANNELS else self._token(text)
            case Role.NEW_VALUE:
                return self._value(event.field, column, text)
            case Role.VALUE if column:
                return self._value(column.field, column, text)
            case role if role in _OF_THE_SYSTEM and is_schema(text):
                return text
            case Role.CLAIM | Role.ACTIVITY_TYPE | Role.FIELD if column:
                return self._phrase(event.table, column, text)
            case Role.TEXT if not _names_people(event.table) and not _TELLS.search(text):
                return text
        return self._token(text)

    def _token(self, text: str) -> str:
        return f"redacted {self.book.letters('text', text, 12)}"

    def _event_id(self, table: Table, text: str) -> str:
        """An event id is kept, so that findings lead back to the client's own rows, unless it may name somebody."""
        if _PLAIN_ID.fullmatch(text) or not _names_people(table):
            return text
        return f"E-{self.book.letters('event', text, _ID_LETTERS)}"

    def _value(self, field: str, column: Column | None, text: str) -> str:
        """A field's value by the field's type; amounts, times, yes and no, and words of a list name nobody."""
        kind = field_type(field)
        if kind is Type.EMAIL:
            return self._email(text)
        if kind is Type.PHONE:
            return self._phone(text)
        if kind is Type.LIST:
            return _LIST_SIGNS.sub(lambda part: self._part(part[0]), text)
        if field == "birthday":
            return self._day(text)
        plain = _PLAIN_VALUES.get(kind)
        if text.lower() in _COMMON_WORDS or (plain and plain.fullmatch(text)):
            return text
        if kind in (Type.TIME, Type.DATE) and _is_time(column, text):
            return text
        return self._token(compared(field, text, self.keyring))

    def _part(self, text: str) -> str:
        """One value of a list: a tag, a further e-mail, a further phone."""
        part = text.strip()
        if "@" in part:
            new = self._email(part)
        elif self._phone_key(part)[0]:
            new = self._phone(part)
        else:
            new = self.book.letters("text", part.lower(), 12)
        return text.replace(part, new) if part else text

    def _day(self, text: str) -> str:
        """Another day, written as this one is."""
        ordered = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
        day = date(1940, 1, 1) + timedelta(days=int(self.book.digits("day", text, 6)) % 24_000)
        return day.isoformat() if ordered else self._token(text)

    # -- keys

    def _email(self, text: str) -> str:
        value = self.keyring.key(Column("email", Role.EMAIL, ""), text).value
        if not value:
            return self._token(text)
        if self.policy.own_side.holds("email", value):
            # The policy names our own side; which way a message went hangs on it.
            return text
        domain = self.book.letters("domain", value.rpartition("@")[2], 8)
        local = self.book.letters("email", value, _ID_LETTERS)
        address = f"{'noreply-' if is_of_a_machine(value) else ''}{local}@{domain}.test"
        if text == value:
            return address
        # Another spelling of the same address stays another spelling: capitals chosen by the key.
        capitals = int.from_bytes(self.book.digest("spelling", text), "big")
        spelled = "".join(c.upper() if capitals >> at & 1 else c for at, c in enumerate(address))
        return spelled if spelled != address else address.upper()

    def _phone(self, text: str) -> str:
        value, extended = self._phone_key(text)
        if not value:
            return self._token(text)
        if self.policy.own_side.holds("phone", value):
            return text
        national = self.book.phone(value)
        wanted = (f"+1{national}", extended)
        if text == value:
            return wanted[0]
        shaped = _in_shape(text, value, national)
        if shaped and self._phone_key(shaped) == wanted:
            return shaped
        signs = self.book.digest("spelling", text)
        spelled = "+1" + "".join(" -."[signs[at] % 3] + digit for at, digit in enumerate(national))
        return spelled + (f" ext {self.book.digits('extension', text, 7)}" if extended else "")

    def _phone_key(self, text: str) -> tuple[str, bool]:
        """The compared number, and whether the cell has an extension, which is part of a value."""
        key = self.keyring.key(Column("phone", Role.PHONE, ""), text)
        return key.value, "extension" in key.note

    def _id(self, name: str, text: str) -> str:
        system = SYSTEMS.get(name) or System(name=name, label=name, letter="?")
        value, _ = normalise_id(text, system)
        if not value:
            if is_placeholder(text):
                return text
            if not spreadsheet_damage(text):
                return self._unusable(text, system)
            return f"{text[0] if text[0].isdigit() else 1}.{self.book.digits('damaged', text, 15)}E+10"
        forms = _forms(value)
        for draw, roomy in self._drawings(value, system) if any(forms) else ():
            drawn = draw(value)
            if drawn != value and _forms(drawn) == forms and normalise_id(drawn, system)[0]:
                return draw(value) if roomy else self.book.given("id", value, draw)
        return f"id-{self.book.letters('id', value, _ID_LETTERS)}"

    def _unusable(self, text: str, system: System) -> str:
        """Another text that is no id of the system either: mistyped stays mistyped."""
        seeds = (f"{text}\0{attempt}" for attempt in range(100))
        drawn = (_alike(text, self.book.digest("id", seed).hex() * 8) for seed in seeds)
        return next((one for one in drawn if not normalise_id(one, system)[0]), self._token(text))

    def _drawings(self, value: str, system: System) -> Iterator[tuple[Callable[[str], str], bool]]:
        """Ways to draw an id, most unlike ``value`` first, and whether so many exist that none comes twice.

        What stands before ``-`` or ``_``, or the first characters, is a vendor's prefix and names no person.
        """
        parted = _VENDOR_PREFIX.fullmatch(value)
        for prefix in (parted[1], "") if parted else ("",):
            yield partial(self._with_digits, prefix), True
            yield partial(self._with_letters, prefix), True
        for kept in range(5):
            yield partial(self._alike, value, kept, system), len(value) - kept >= _ID_LETTERS

    def _with_digits(self, prefix: str, seed: str) -> str:
        return prefix + self.book.digits("id", seed, _ID_DIGITS)

    def _with_letters(self, prefix: str, seed: str) -> str:
        return prefix + self.book.letters("id", seed, 24)

    def _alike(self, value: str, kept: int, system: System, seed: str) -> str:
        # A short id is drawn as itself now and then.
        seeds = (seed + "\0" * attempt for attempt in range(16))
        all_drawn = (value[:kept] + _alike(value[kept:], self.book.digest("id", one).hex() * 2) for one in seeds)
        drawn = next((one for one in all_drawn if one != value), value)
        return salesforce(drawn[:15]).value if system.id_rule is IdRule.SALESFORCE and len(drawn) == 18 else drawn

    # -- words that the policy knows

    def _phrase(self, table: Table, column: Column, text: str) -> str:
        """A claim, a type or a field name: the words that decide stay, others become a token."""
        before = self._meaning(table, column, text)
        words = [one.lower() for one in _WORD.findall(text)]
        says_nothing = column.role is Role.FIELD or all(self._names_nobody(one) for one in words)
        if says_nothing and self._is_plain(table, column, text):
            return text
        kept = " ".join(filter(None, map(self._decisive, words)))
        token = self.book.letters("text", text, 12)
        payment = min(self.policy.claims.payment, default="")
        tries = [f"redacted {token}", f"{kept} {token}", f"{token} {kept}", f"{payment} {token}"]
        return next((one for one in tries if self._meaning(table, column, one) == before), tries[0])

    def _meaning(self, table: Table, column: Column, text: str) -> tuple[object, ...]:
        """What the judgement takes from the cell."""
        event = Event(table, {column.name: text}, ())
        known = plain_word(text) in self.policy.activities.known if column.role is Role.ACTIVITY_TYPE else False
        return claim_fault(event, self.policy), event.field, known

    def _decisive(self, word: str) -> str:
        """The word of the policy that ``word`` is, or begins with; ``""`` for another."""
        if word in self.policy.claims.kinds:
            return word
        return next((one for one in sorted(self.policy.claims.payment) if word.startswith(one)), "")

    def _names_nobody(self, word: str) -> bool:
        """Whether a word is the policy's own or a common one."""
        return word in _COMMON_WORDS or self._decisive(word) == word

    def _is_plain(self, table: Table, column: Column, text: str) -> bool:
        if column.role is Role.FIELD:
            return bool(Event(table, {column.name: text}, ()).field)
        if column.role is Role.ACTIVITY_TYPE and plain_word(text) in self.policy.activities.known:
            return True
        return re.fullmatch(r"[A-Za-z _-]+", text) is not None


def is_schema(text: str) -> bool:
    """Whether a text is of words of a system: operations, switches, names of fields, one a line."""
    return all(_SCHEMA_WORDS.fullmatch(line) for line in text.splitlines())


def _canonical(column: Column, text: str) -> str | None:
    """The canonical text of what a payload shows; ``None`` where it can be none."""
    try:
        # As ``classify/reading.py`` reads it: a list of keys is parted by its transform.
        return transformed(column.transform, text, "" if column.role in IDENTITY_ROLES else column.separator)[0]
    except ValueError:
        return None


def _is_time(column: Column | None, text: str) -> bool:
    """Whether the judgement reads a time in the cell, in the form that its system writes."""
    try:
        return parse_time(transformed(column.transform if column else "", text, "")[0]) is not None
    except ValueError:
        return False


def _names_people(table: Table) -> bool:
    return any(column.role in IDENTITY_ROLES for column in table.columns)


def _forms(value: str) -> tuple[object, ...]:
    """Of which systems an id has the form, and of which it names another record than a contact."""
    shaped = [bool(one.id_pattern and one.id_pattern.fullmatch(value)) for one in SYSTEMS.values()]
    return (*shaped, *(other_kind(value, one) for one in SYSTEMS.values()))


def _alike(text: str, hexadecimal: str) -> str:
    """Letters for letters and digits for digits, for forms with a fixed length (UUIDs, hexadecimal ids)."""
    drawn = []
    for old, new in zip(text, hexadecimal, strict=False):
        if old.isdigit():
            drawn.append(str(int(new, 16) % 10))
        elif old.isalpha():
            letter = "abcdef"[int(new, 16) % 6]
            drawn.append(letter.upper() if old.isupper() else letter)
        else:
            drawn.append(old)
    return "".join(drawn)


def _in_shape(text: str, value: str, national: str) -> str:
    """``national`` with the punctuation of ``text``; ``""`` where its digits are not those of a +1 number alone."""
    digits = re.sub("[^0-9]", "", text)
    own = value.removeprefix("+1")
    if not _PHONE_SIGNS.fullmatch(text) or len(own) != 10 or digits not in (own, "1" + own):
        return ""
    new = iter(national if digits == own else "1" + national)
    return "".join(next(new) if char.isdigit() else char for char in text)
