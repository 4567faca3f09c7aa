"""A client's contacts in GHL and Copper, edited on either side independently of the other; the truth is kept apart.

Every system, contact and field draws for itself whether it was edited, at rates that are plausible for a quarter; that
both sides changed the same field is thus as rare as it is in life.  What should come of a field is noted from what was
done to it, by a few lines that know nothing of the program.  Names are made up, addresses end in ``.test``, numbers are
reserved 555-01xx.
"""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Mapping
from itertools import count, zip_longest
from pathlib import Path
from typing import NamedTuple

GHL, COPPER = "ghl", "copper"
POLICY = '[destinations]\nghl = "copper"\ncopper = "ghl"\n'

EDITED = {
    "first_name": 0.002, "last_name": 0.008, "email": 0.004, "phone": 0.03, "company": 0.03, "address1": 0.02,
    "city": 0.02, "state": 0.01, "postal_code": 0.02,
}  # fmt: skip
"""Field of one value → share of contacts in which people of one system edit it in a quarter."""
ADDED = {"tags": 0.06, "other_emails": 0.015, "other_phones": 0.02}
"""List → share of contacts to whose list one system adds an item in a quarter."""
LOST = 0.25
"""Share of that at which one loses an item."""
FIELDS = (*EDITED, *ADDED)
TOLD_TO_BOTH = 0.05
"""Share of the edits that the contact told both systems, so that both made the same one."""
CLEARED = 0.02
"""Share of the edits of one value that empty it; never an e-mail, without which nobody is in a map."""
REWRITTEN = {"phone": 0.04, "other_phones": 0.02, "email": 0.01, "tags": 0.02}
"""Field → share of contacts in which one system writes the same value otherwise."""
GONE = 0.005
"""Share of contacts that one system has deleted."""

FIRST = ["Ada", "Ben", "Carla", "Diego", "Elif", "Farid", "Grace", "Hana", "Ivan", "Julia", "Kofi", "Lara", "Milo"]
LAST = ["Abbott", "Bauer", "Chen", "Duarte", "Ericson", "Fontaine", "Gupta", "Hoffman", "Ibarra", "Jansen", "Novak"]
COMPANIES = ["Northstar Dental", "Clearwater Legal", "Birchline Homes", "Harbor Freight Co", "Juniper Clinics"]
TOWNS = {"Austin": ("TX", "73301"), "Boston": ("MA", "02108"), "Denver": ("CO", "80202"), "Portland": ("OR", "97201")}
TAGS = ["vip", "newsletter", "trial", "partner", "lapsed", "2025 event", "referral", "do call", "wholesale"]
AREAS = [area for area in range(201, 990) if area % 100 != 11 and area % 100 // 10 != 9]

Value = str | frozenset[str]
"""What a field means: one text, or the items of a list."""


class Truth(NamedTuple):
    """What is known of one field of a contact that both systems still have."""

    sides: Mapping[str, Value]
    """System → what it means by now."""
    person: bool
    """Whether only a person can say what should stand: edited apart on both sides, emptied, or a new identity."""
    value: Value
    """What should stand in both systems where nobody has to say it."""
    touched: bool
    """Whether the two texts differ, or one of them from what both had: agreed edits and spellings count too."""

    @property
    def differs(self) -> bool:
        """Whether the two systems mean different things."""
        return self.sides[GHL] != self.sides[COPPER]


class Drift(NamedTuple):
    """Files with the systems' real headers, and the truth."""

    files: Mapping[str, list[dict[str, str]]]
    """Path → rows."""
    truth: Mapping[tuple[int, str], Truth]
    """(contact, field) → what is known; of a contact that one system has deleted, nothing."""
    contacts: Mapping[tuple[str, str], int]
    """(system, record id) → contact."""
    gone: Mapping[int, str]
    """Contact → system that has deleted it."""


class Side:
    """One system's record of a contact: what its fields mean, and which of them are written otherwise than before."""

    def __init__(self, agreed: Mapping[str, Value]) -> None:
        self.means = dict(agreed)
        self.rewritten: set[str] = set()

    def written(self, field: str) -> list[str]:
        """A field as it is written, item by item."""
        value = self.means[field]
        items = sorted(value) if isinstance(value, frozenset) else [value]
        if field not in self.rewritten:
            return items
        if field in ("phone", "other_phones"):
            return [f"({one[2:5]}) {one[5:8]}-{one[8:]}" if one else "" for one in items]
        return [one.upper() for one in reversed(items)]


class Draw:
    """Everything that is left to chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        numbers = [f"+1{area}55501{line:02d}" for area in AREAS for line in range(100)]
        self.chance.shuffle(numbers)
        self.numbers = iter(numbers)
        self.counter = count()

    def hit(self, share: float) -> bool:
        """True in that share of the calls."""
        return self.chance.random() < share

    def contact(self) -> dict[str, Value]:
        """A contact on which both systems agree."""
        one: dict[str, Value] = {field: self.text(field) for field in EDITED}
        few = {"tags": (0, 1, 2, 2, 3, 4), "other_emails": (0, 0, 0, 1, 2), "other_phones": (0, 0, 1, 1, 2)}
        return one | {
            field: frozenset(self.text(field) for _ in range(self.chance.choice(sizes))) for field, sizes in few.items()
        }

    def edit(self, own: Side, other: Side, agreed: Mapping[str, Value]) -> None:
        """What the people of one system do to a contact in a quarter."""
        for field, share in EDITED.items():
            if self.hit(share):
                new = "" if field != "email" and self.hit(CLEARED) else self.text(field, agreed[field])
                for side in (own, other) if self.hit(TOLD_TO_BOTH) else (own,):
                    side.means[field] = new
        for field, share in ADDED.items():
            had = sorted(agreed[field])
            lost = {self.chance.choice(had)} if had and self.hit(share * LOST) else set()
            new = {self.text(field)} if self.hit(share) else set()
            if lost or new:
                own.means[field] = frozenset((set(had) | new) - lost)
        own.rewritten = {field for field, share in REWRITTEN.items() if self.hit(share)}

    def text(self, field: str, but: Value = "") -> str:
        """A value of a field, another than ``but``; e-mails and numbers are nobody else's."""
        while (text := self._any(field)) == but:
            pass
        return text

    def _any(self, field: str) -> str:
        town = self.chance.choice(list(TOWNS))
        match field:
            case "first_name":
                return self.chance.choice(FIRST)
            case "last_name":
                return self.chance.choice(LAST)
            case "email" | "other_emails":
                return f"person.{next(self.counter)}@client.test"
            case "phone" | "other_phones":
                return next(self.numbers)
            case "company":
                return self.chance.choice(COMPANIES)
            case "tags":
                return self.chance.choice(TAGS)
            case "address1":
                return f"{self.chance.randint(1, 9999)} {self.chance.choice(LAST)} Street"
            case "city":
                return town
            case _:
                state, postal = TOWNS[town]
                return state if field == "state" else postal


def generate(contacts: int, seed: int) -> Drift:
    """Contacts that drifted apart for a quarter."""
    draw = Draw(seed)
    files: dict[str, list[dict[str, str]]] = {"contact-map.csv": []}
    truth: dict[tuple[int, str], Truth] = {}
    ids: dict[tuple[str, str], int] = {}
    gone: dict[int, str] = {}
    for number in range(contacts):
        agreed = draw.contact()
        ghl, copper = Side(agreed), Side(agreed)
        draw.edit(ghl, copper, agreed)
        draw.edit(copper, ghl, agreed)
        if draw.hit(GONE):
            gone[number] = draw.chance.choice((GHL, COPPER))
        else:
            truth |= {(number, field): _truth(field, agreed[field], ghl, copper) for field in FIELDS}
        own = {GHL: _ghl_id(draw.chance), COPPER: str(27_140_000 + number)}
        ids |= dict.fromkeys(own.items(), number)
        known = {field: _text(agreed[field]) for field in ("email", "phone")}
        files["contact-map.csv"].append({f"{system}_contact_id": own[system] for system in own} | known)
        for system, side in ((GHL, ghl), (COPPER, copper)):
            files.setdefault(f"base/{system}.csv", []).append(_ROWS[system](own[system], Side(agreed)))
            if gone.get(number) != system:
                files.setdefault(f"{system}.csv", []).append(_ROWS[system](own[system], side))
    return Drift(files, truth, ids, gone)


def _truth(field: str, agreed: Value, ghl: Side, copper: Side) -> Truth:
    one, two = ghl.means[field], copper.means[field]
    sides = {GHL: one, COPPER: two}
    touched = any(side.written(field) != Side({field: agreed}).written(field) for side in (ghl, copper))
    emptied = any(agreed and not side for side in (one, two))
    if one == two:
        return Truth(sides, False, one, touched)
    if isinstance(agreed, frozenset):
        assert isinstance(one, frozenset) and isinstance(two, frozenset)
        return Truth(sides, emptied, (one | two) - (agreed - one) - (agreed - two), touched)
    apart = agreed not in (one, two)
    return Truth(sides, apart or emptied or field == "email", two if one == agreed else one, touched)


def _text(value: Value) -> str:
    assert isinstance(value, str)
    return value


def _ghl_id(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=20))


def _ghl(own_id: str, side: Side) -> dict[str, str]:
    headers = {
        "First Name": "first_name", "Last Name": "last_name", "Phone": "phone", "Additional Phones": "other_phones",
        "Email": "email", "Additional Emails": "other_emails", "Tags": "tags", "Business Name": "company",
        "Street Address": "address1", "City": "city", "State": "state", "Postal Code": "postal_code",
    }  # fmt: skip
    return {"Contact Id": own_id} | {header: ", ".join(side.written(field)) for header, field in headers.items()}


def _copper(own_id: str, side: Side) -> dict[str, str]:
    headers = {
        "First Name": "first_name", "Last Name": "last_name", "Company": "company", "Email": "email",
        "Phone Number": "phone", "Street": "address1", "City": "city", "State": "state", "Postal Code": "postal_code",
        "Tags": "tags",
    }  # fmt: skip
    row = {"Copper ID": own_id, "Contact Type": "Customer"} | {
        header: ", ".join(side.written(field)) for header, field in headers.items()
    }
    for header, field in (("Email", "other_emails"), ("Phone Number", "other_phones")):
        further = zip_longest(range(2, 6), side.written(field), fillvalue="")
        row |= {f"{header} {number}": text for number, text in further}
    return row


_ROWS = {GHL: _ghl, COPPER: _copper}


def meaning(field: str, text: str) -> Value:
    """What a text that the program would write means."""
    if field in ADDED:
        return frozenset(_plain(field, item.strip()) for item in text.split(";") if item.strip())
    return _plain(field, text.strip())


def _plain(field: str, text: str) -> str:
    if field in ("phone", "other_phones"):
        digits = "".join(filter(str.isdigit, text)).removeprefix("1")
        return f"+1{digits}" if digits else ""
    return text.lower() if field in ("email", "other_emails", "tags") else text


def write(drift: Drift, folder: Path) -> None:
    """Write the files as CSV below a folder."""
    for name, rows in drift.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
