"""Write ``sample_exports/duplicates``: a HubSpot portal in which people and companies were entered more than once.

    python sample_exports/make_duplicates.py

Seeded, so that it always writes the same bytes; ``generate`` also tells which records are the same, so that a test can
ask whether they were found.  Names are made up, addresses end in ``.test``, phone numbers are reserved 555-01xx.
"""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SEED = 20261101
CONTACTS = 160
COMPANIES = 48

FIRST = [
    "Ada", "Ben", "Carla", "Diego", "Elif", "Farid", "Grace", "Hana", "Ivan", "Julia", "Kofi",
    "Lara", "Milo", "Nadia", "Oscar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera",
    "Wanda", "Ximena", "Yara", "Zeno",
]  # fmt: skip
LAST = [
    "Abbott", "Bauer", "Chen", "Duarte", "Ericson", "Fontaine", "Gupta", "Hoffman", "Ibarra", "Jansen", "Keller",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Santos", "Tanaka", "Ulrich", "Vargas",
    "Weber", "Xu", "Young", "Zimmer",
]  # fmt: skip
FIRMS = [
    "Northstar", "Clearwater", "Birchline", "Harbor", "Juniper", "Lakeside", "Meridian", "Oakfield", "Pinecrest",
    "Quarry", "Redwood", "Silverton", "Tidewater", "Upland", "Vantage", "Westbrook",
]  # fmt: skip
TRADES = ["Dental", "Legal", "Homes"]
CITIES = [("Austin", "TX", "73301"), ("Boston", "MA", "02108"), ("Denver", "CO", "80202"), ("Portland", "OR", "97201")]
AREAS = [area for area in range(201, 990) if area % 100 != 11 and area % 100 // 10 != 9]

CONTACT_HEADER = (
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company Name", "Job Title", "City",
    "State/Region", "Postal Code", "Unsubscribed from all email", "Contact owner", "Last Modified Date",
)  # fmt: skip
COMPANY_HEADER = (
    "Record ID", "Company name", "Company owner", "Company Domain Name", "Phone Number", "City", "Country/Region",
    "Create Date",
)  # fmt: skip

Values = dict[str, str]


class Entered(NamedTuple):
    """The portal as tables with their real headers, and what is the same in them."""

    files: Mapping[str, list[Values]]
    """File name → rows."""
    same_contacts: frozenset[tuple[str, str]]
    """Pairs of record ids of contacts that are one person, the smaller id first."""
    same_companies: frozenset[tuple[str, str]]


def generate(seed: int = SEED) -> Entered:
    """A portal; one contact in eight was entered again."""
    chance = random.Random(seed)
    phones = [f"+1{area}55501{line:02d}" for area in AREAS for line in range(100)]
    chance.shuffle(phones)
    firms = [f"{name} {trade}" for name in FIRMS for trade in TRADES]
    contacts = [_contact(chance, number, phones.pop(), firms) for number in range(CONTACTS)]
    twins: list[tuple[int, Values]] = []
    for at, original in enumerate(chance.sample(range(CONTACTS), CONTACTS // 8)):
        again = _HABITS[at % len(_HABITS)](chance, contacts[original])
        twins.append((original, again | {"Record ID": _hubspot_id(CONTACTS + at)}))
    third = _by_nickname(chance, contacts[twins[0][0]]) | {"Record ID": _hubspot_id(CONTACTS + len(twins))}
    twins.append((twins[0][0], third))
    same = {tuple(sorted((contacts[original]["Record ID"], again["Record ID"]))) for original, again in twins}
    same.add((twins[0][1]["Record ID"], third["Record ID"]))
    companies, same_firms = _companies(chance, firms, phones)
    rows = [*contacts, *(again for _, again in twins)]
    known = [*contacts, *(again for at, (_, again) in enumerate(twins) if at % 4 == 0)]
    files = {
        "contact-map.csv": [_mapped(chance, row) for row in known],
        "hubspot-contacts.csv": sorted(rows, key=lambda row: row["Email"].rpartition("@")[2] + row["Record ID"]),
        "hubspot-companies.csv": companies,
    }
    return Entered(files, frozenset((one, two) for one, two in same), frozenset(same_firms))


def _contact(chance: random.Random, number: int, phone: str, firms: list[str]) -> Values:
    first, last, firm = chance.choice(FIRST), chance.choice(LAST), chance.choice(firms)
    city, state, postal = chance.choice(CITIES)
    cells = (
        _hubspot_id(number), first, last, f"{first}.{last}.{number}@{_domain(firm)}".lower(), phone, firm,
        chance.choice(["Owner", "Office Manager", "Director", "Buyer"]), city, state, postal,
        "Yes" if chance.random() < 0.06 else "No", chance.choice(["Dana Fields", "Lee Park"]), "2026-09-01 09:00",
    )  # fmt: skip
    return dict(zip(CONTACT_HEADER, cells, strict=True))


def _hubspot_id(number: int) -> str:
    return str(20_410_000_000 + number * 11)


def _domain(firm: str) -> str:
    return firm.lower().replace(" ", "-") + ".test"


def _by_private_mail(chance: random.Random, one: Values) -> Values:
    """The same phone, from a private address."""
    return one | {
        "Email": f"{one['First Name']}{chance.randint(10, 99)}@mail.test".lower(),
        "Job Title": "",
        "City": "",
    }


def _by_card(_chance: random.Random, one: Values) -> Values:
    """Typed in from a card: the phone in other punctuation, a letter wrong, no address."""
    digits = one["Phone Number"][2:]
    last = one["Last Name"]
    return one | {
        "Phone Number": f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        "Last Name": last[:-1] + ("e" if last[-1] != "e" else "a"),
        "City": "", "State/Region": "", "Postal Code": "",
    }  # fmt: skip


def _by_form(_chance: random.Random, one: Values) -> Values:
    """From a web form: the same address, an opt-out, nothing else but the name."""
    blank = ("Phone Number", "Company Name", "Job Title", "State/Region", "City", "Postal Code", "Contact owner")
    return one | dict.fromkeys(blank, "") | {"Unsubscribed from all email": "Yes"}


def _by_nickname(_chance: random.Random, one: Values) -> Values:
    """By another first name, at the same firm and phone."""
    return one | {"First Name": one["First Name"][:2], "Email": "", "Contact owner": "Lee Park"}


_HABITS: tuple[Callable[[random.Random, Values], Values], ...] = (_by_private_mail, _by_card, _by_form, _by_nickname)


def _companies(chance: random.Random, firms: list[str], phones: list[str]) -> tuple[list[Values], set[tuple[str, str]]]:
    rows, same = [], set()
    for number, firm in enumerate(firms[:COMPANIES]):
        city, _, _ = chance.choice(CITIES)
        row = dict(zip(COMPANY_HEADER, (
            str(9_000 + number), firm, "Dana Fields", _domain(firm), phones.pop(), city, "United States",
            "2024-07-11 21:22",
        ), strict=True))  # fmt: skip
        rows.append(row)
        if number % 8 == 3:
            again = row | {"Record ID": str(9_500 + number), "Company name": f"{firm} LLC", "Phone Number": ""}
            rows.append(again)
            same.add((row["Record ID"], again["Record ID"]))
    return rows, same


def _mapped(chance: random.Random, row: Values) -> Values:
    return {
        "salesforce_contact_id": _salesforce_id(chance),
        "hubspot_contact_id": row["Record ID"],
        "email": row["Email"],
        "phone": row["Phone Number"],
        "first_name": row["First Name"],
        "last_name": row["Last Name"],
        "company": row["Company Name"],
    }


def _salesforce_id(chance: random.Random) -> str:
    """15 characters and the three that tell their case (formats.md 7d)."""
    body = "003xx" + "".join(chance.choices(string.ascii_letters + string.digits, k=10))
    blocks = (body[start : start + 5] for start in (0, 5, 10))
    table = string.ascii_uppercase + "012345"
    return body + "".join(table[sum(1 << at for at, letter in enumerate(one) if letter.isupper())] for one in blocks)


def write(entered: Entered, folder: Path) -> None:
    """Write the files as CSV into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in entered.files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write(generate(), HERE / "duplicates")
