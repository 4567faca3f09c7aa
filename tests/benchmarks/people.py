"""Contacts of a CRM with known duplicates: names by frequency, phones in many formats, the noise of real entry.

Seeded, so that the same count and seed always give the same rows.  Addresses end in ``.test``; phones are reserved
555-01xx numbers until they run out, then numbers that no region assigns.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

Row = dict[str, str]

_FIRST = """James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph
Jessica Thomas Karen Christopher Sarah Charles Lisa Daniel Nancy Matthew Sandra Anthony Betty Mark Ashley Donald Emily
Steven Kimberly Andrew Margaret Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa Ronald Deborah
Timothy Stephanie Jason Rebecca Jeffrey Sharon Ryan Laura Jacob Cynthia Gary Dorothy Nicholas Amy Eric Kathleen
Jonathan Angela Stephen Shirley Larry Emma Justin Brenda Scott Pamela Brandon Nicole Benjamin Samantha Samuel Katherine
Ines Jorge Mateo Lucia Ahmed Fatima Wei Li Priya Arjun Yuki Hiroshi Chloe Louis Anna Lukas Sofia Marco Olga Ivan"""
_NICK = {
    "James": "Jim", "Robert": "Bob", "Patricia": "Pat", "John": "Jack", "Jennifer": "Jen", "Michael": "Mike",
    "David": "Dave", "Elizabeth": "Liz", "William": "Bill", "Richard": "Rick", "Susan": "Sue", "Thomas": "Tom",
    "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Steven": "Steve",
    "Andrew": "Andy", "Margaret": "Peg", "Kenneth": "Ken", "Deborah": "Deb", "Timothy": "Tim", "Rebecca": "Becky",
    "Nicholas": "Nick", "Benjamin": "Ben", "Samuel": "Sam", "Katherine": "Kate", "Jonathan": "Jon",
}  # fmt: skip
_STARTS = "Ab An Bar Ben Bol Car Cas Clar Cor Dal Del Dun El Far Fen Fos Gar Gil Gor Hal Har Hol Is Jan Jor Kel Kir"
_MIDDLES = "a e i o u an ar el en er il in is ol on or ul um"
_ENDS = "ber by dal den der dez ez feld ford gren ham ing ins kin ko land ler ley low man mer mond ner nez ova rez ro"
_TRADES = (
    "Dental Legal Homes Freight Clinics Foods Media Systems Partners Supply Energy Travel Studio Finance Labs Works"
)
_CITIES = "Austin Boston Chicago Denver Elgin Fresno Gary Houston Irvine Joliet Kent Laredo Mesa Newark Omaha Provo"


class People(NamedTuple):
    """Rows, and which of them are the same person."""

    rows: list[Row]
    same: frozenset[tuple[int, int]]
    """Pairs of positions, the smaller first."""


def generate(count: int, seed: int = 1, again: float = 0.2) -> People:
    """``count`` people, a share of whom was entered once or twice more."""
    chance = random.Random(seed)
    names = _Names(chance, max(200, count // 8))
    people = [_person(chance, names, number, count) for number in range(count)]
    rows, groups = list(people), [[number] for number in range(count)]
    for number in sorted(chance.sample(range(count), int(count * again))):
        for _ in range(1 if chance.random() < 0.85 else 2):
            groups[number].append(len(rows))
            rows.append(_entered_again(chance, names, people[number]))
    order = list(range(len(rows)))
    chance.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    same = {
        (min(place[a], place[b]), max(place[a], place[b])) for group in groups for a in group for b in group if a < b
    }
    return People([rows[old] for old in order], frozenset(same))


class _Names:
    """Surnames and companies whose frequencies fall as in a real client base."""

    def __init__(self, chance: random.Random, size: int) -> None:
        parts = [(a, m, e) for a in _STARTS.split() for m in _MIDDLES.split() for e in _ENDS.split()]
        self.last = ["".join(part) for part in chance.sample(parts, min(size, len(parts)))]
        self.last_weights = [1 / (rank + 10) for rank in range(len(self.last))]
        self.first = _FIRST.split()
        self.first_weights = [1 / (rank + 5) for rank in range(len(self.first))]
        self.firms = [f"{chance.choice(self.last)} {trade}" for trade in _TRADES.split() for _ in range(size // 12)]
        self.firm_weights = [1 / (rank % 97 + 3) for rank in range(len(self.firms))]

    def pick(self, chance: random.Random) -> tuple[str, str, str]:
        """First name, last name, company."""
        return (
            chance.choices(self.first, self.first_weights)[0],
            chance.choices(self.last, self.last_weights)[0],
            chance.choices(self.firms, self.firm_weights)[0],
        )


def _person(chance: random.Random, names: _Names, number: int, count: int) -> Row:
    first, last, firm = names.pick(chance)
    domain = firm.lower().replace(" ", "") + ".test"
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}{number if chance.random() < 0.5 else ''}@{domain}".lower(),
        "phone": f"+1{201 + number * 7919 % 780}5550{100 + number % 100}" if number < 70_000 else f"+1999{number:07d}",
        "company": firm,
        "city": chance.choice(_CITIES.split()),
        "postal_code": f"{10_000 + chance.randrange(max(40, count // 20)) * 7 % 89_999}",
    }


def _entered_again(chance: random.Random, names: _Names, one: Row) -> Row:
    """The same person by another clerk, form or import: some fields left out, some changed, some mistyped."""
    copy = {name: text if chance.random() > 0.18 else "" for name, text in one.items()}
    copy["last_name"] = copy["last_name"] or one["last_name"]
    if chance.random() < 0.35:
        copy["email"] = f"{one['first_name'][:1]}{one['last_name']}{chance.randrange(999)}@mail.test".lower()
    if chance.random() < 0.25:
        copy["phone"] = f"+1998{chance.randrange(10**7):07d}"
    if chance.random() < 0.2:
        copy["first_name"] = _NICK.get(one["first_name"], one["first_name"][:1])
    if chance.random() < 0.12:
        _, _, copy["company"] = names.pick(chance)
    for name in ("first_name", "last_name", "company"):
        if copy[name] and chance.random() < 0.1:
            copy[name] = chance.choice(_SLIPS)(chance, copy[name])
    return copy


def _dropped(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :] or text


def _swapped(chance: random.Random, text: str) -> str:
    at = chance.randrange(max(1, len(text) - 1))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _doubled(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at] + text[at:]


_SLIPS: tuple[Callable[[random.Random, str], str], ...] = (_dropped, _swapped, _doubled)
