"""Write ``sample_exports/drift``: one client's contacts in Salesforce and HubSpot, which have drifted apart.

    python sample_exports/make_drift.py

Both systems once agreed (the older exports in ``base``); since then people have edited either side.  Seeded, so that it
always writes the same bytes; ``generate`` also tells what was done to whom, so that a test can ask whether every edit
was seen for what it is.  Names are made up, addresses end in ``.test``, phone numbers are reserved 555-01xx.
"""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SEED = 20260801
CONTACTS = 240

FIRST = ["Ada", "Ben", "Carla", "Diego", "Elif", "Farid", "Grace", "Hana", "Ivan", "Julia", "Kofi", "Lara", "Milo"]
LAST = ["Abbott", "Bauer", "Chen", "Duarte", "Ericson", "Fontaine", "Gupta", "Hoffman", "Ibarra", "Jansen", "Novak"]
COMPANIES = ["Northstar Dental", "Clearwater Legal", "Birchline Homes", "Harbor Freight Co", "Juniper Clinics"]
TITLES = ["Owner", "Office Manager", "Director", "Buyer", "Head of Sales", "Partner"]
CITIES = [("Austin", "TX", "73301"), ("Boston", "MA", "02108"), ("Denver", "CO", "80202"), ("Portland", "OR", "97201")]
AREAS = [area for area in range(201, 990) if area % 100 != 11 and area % 100 // 10 != 9]

FIELDS = (
    "first_name", "last_name", "email", "phone", "mobile_phone", "company", "job_title", "address1", "city", "state",
    "postal_code", "email_opt_out",
)  # fmt: skip
_EDITED = ("phone", "mobile_phone", "company", "job_title", "address1", "city", "postal_code", "last_name")

SALESFORCE = {
    "first_name": "FirstName", "last_name": "LastName", "email": "Email", "phone": "Phone",
    "mobile_phone": "MobilePhone", "company": "Account.Name", "job_title": "Title", "address1": "MailingStreet",
    "city": "MailingCity", "state": "MailingState", "postal_code": "MailingPostalCode",
    "email_opt_out": "HasOptedOutOfEmail",
}  # fmt: skip
HUBSPOT = {
    "first_name": "First Name", "last_name": "Last Name", "email": "Email", "phone": "Phone Number",
    "mobile_phone": "Mobile Phone Number", "company": "Company Name", "job_title": "Job Title",
    "address1": "Street Address", "city": "City", "state": "State/Region", "postal_code": "Postal Code",
    "email_opt_out": "Unsubscribed from all email",
}  # fmt: skip

Values = dict[str, str]


class Edit(NamedTuple):
    """One thing that happened to a field of a contact since both systems agreed."""

    contact: int
    field: str
    kind: str
    """``salesforce``, ``hubspot``: only there; ``same``, ``differ``: on both sides; ``cleared-salesforce``,
    ``cleared-hubspot``; ``formatting``; ``opted-out-salesforce``, ``opted-out-hubspot``."""


class Drift(NamedTuple):
    """Both systems then and now, as tables with their real headers, and what happened in between."""

    files: Mapping[str, list[Values]]
    """Path below the sample's folder → rows."""
    edits: tuple[Edit, ...]
    deleted: tuple[int, ...]
    """Contacts that HubSpot no longer has."""


def generate(contacts: int = CONTACTS, seed: int = SEED) -> Drift:
    """A client's contacts; one contact in two has drifted."""
    chance = random.Random(seed)
    _fresh_phones.clear()
    agreed = [_contact(chance, number) for number in range(contacts)]
    salesforce, hubspot = ([dict(one) for one in agreed] for _ in range(2))
    edits = [
        edit
        for number in range(contacts)
        if chance.random() < 0.5
        for edit in _edited(chance, number, agreed[number], salesforce[number], hubspot[number])
    ]
    deleted = tuple(sorted(chance.sample(range(contacts), max(1, contacts // 80))))
    ids = [(_salesforce_id(chance), str(10_676_775_000 + number * 7)) for number in range(contacts)]
    moved = {edit.contact: chance for edit in edits}
    files = {
        "contact-map.csv": [
            {
                "salesforce_contact_id": ids[number][0],
                "hubspot_contact_id": ids[number][1],
                "email": one["email"],
                "phone": one["phone"],
            }
            for number, one in enumerate(agreed)
        ],
        "base/salesforce-contacts.csv": [_salesforce(ids[n][0], one, "2026-04-01") for n, one in enumerate(agreed)],
        "base/hubspot-contacts.csv": [_hubspot(ids[n][1], one, "2026-04-01 09:00") for n, one in enumerate(agreed)],
        "salesforce-contacts.csv": [
            _salesforce(ids[n][0], one, _day(chance) if n in moved else "2026-04-01")
            for n, one in enumerate(salesforce)
        ],
        "hubspot-contacts.csv": [
            _hubspot(ids[n][1], one, f"{_day(chance)} 10:00" if n in moved else "2026-04-01 09:00")
            for n, one in enumerate(hubspot)
            if n not in deleted
        ],
    }
    gone = set(deleted)
    return Drift(files, tuple(edit for edit in edits if edit.contact not in gone), deleted)


def _contact(chance: random.Random, number: int) -> Values:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    city, state, postal = chance.choice(CITIES)
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{number}@{chance.choice(COMPANIES).split()[0]}.test".lower(),
        "phone": _phone(chance),
        "mobile_phone": _phone(chance) if chance.random() < 0.4 else "",
        "company": chance.choice(COMPANIES),
        "job_title": chance.choice(TITLES),
        "address1": f"{chance.randint(1, 999)} {chance.choice(LAST)} Street",
        "city": city,
        "state": state,
        "postal_code": postal,
        "email_opt_out": "true" if chance.random() < 0.05 else "false",
    }


def _phone(chance: random.Random) -> str:
    """A number that nobody else has: a shared one would put who the row is about in question."""
    while (phone := f"+1{chance.choice(AREAS)}55501{chance.randint(0, 99):02d}") in _fresh_phones:
        pass
    _fresh_phones.add(phone)
    return phone


_fresh_phones: set[str] = set()


def _edited(chance: random.Random, number: int, agreed: Values, salesforce: Values, hubspot: Values) -> list[Edit]:
    """Edit one to four fields of a contact, each once."""
    edits = []
    for field in chance.sample(_EDITED, chance.choice((1, 1, 2, 2, 3, 4))):
        kind = chance.choices(
            ("salesforce", "hubspot", "same", "differ", "cleared-salesforce", "cleared-hubspot", "formatting"),
            (36, 30, 8, 10, 1, 1, 14),
        )[0]
        if _applied(chance, kind, field, agreed, salesforce, hubspot):
            edits.append(Edit(number, field, kind))
    if agreed["email_opt_out"] == "false" and chance.random() < 0.08:
        side = chance.choice(("salesforce", "hubspot"))
        (salesforce if side == "salesforce" else hubspot)["email_opt_out"] = "true"
        edits.append(Edit(number, "email_opt_out", f"opted-out-{side}"))
    return edits


def _applied(chance: random.Random, kind: str, field: str, agreed: Values, salesforce: Values, hubspot: Values) -> bool:
    """Do one edit; whether it could be done."""
    if kind.startswith("cleared"):
        (salesforce if kind.endswith("salesforce") else hubspot)[field] = ""
        return bool(agreed[field])
    if kind == "formatting":
        if not field.endswith("phone") or not agreed[field]:
            return False
        digits = agreed[field][2:]
        hubspot[field] = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
        return True
    one, two = _other(chance, field, {agreed[field]}), ""
    two = _other(chance, field, {agreed[field], one})
    if kind in ("salesforce", "same", "differ"):
        salesforce[field] = one
    if kind in ("hubspot", "same", "differ"):
        hubspot[field] = two if kind == "differ" else one
    return True


def _other(chance: random.Random, field: str, taken: set[str]) -> str:
    while True:
        new = _contact(chance, chance.randint(0, 9999))
        text = _phone(chance) if field.endswith("phone") else new[field]
        if text not in taken:
            return text


def _day(chance: random.Random) -> str:
    return f"2026-{chance.randint(4, 6):02d}-{chance.randint(2, 28):02d}"


def _salesforce_id(chance: random.Random) -> str:
    """15 characters and the three that tell their case (formats.md 7d)."""
    body = "003xx" + "".join(chance.choices(string.ascii_letters + string.digits, k=10))
    blocks = (body[start : start + 5] for start in (0, 5, 10))
    table = string.ascii_uppercase + "012345"
    return body + "".join(table[sum(1 << at for at, letter in enumerate(one) if letter.isupper())] for one in blocks)


def _salesforce(own_id: str, values: Values, day: str) -> Values:
    row = {"Id": own_id} | {SALESFORCE[name]: text for name, text in values.items()}
    return row | {"OwnerId": "005xx000001Sv6AAAS", "LastModifiedDate": f"{day}T09:00:00.000+0000"}


def _hubspot(own_id: str, values: Values, moment: str) -> Values:
    opted = {"true": "Yes", "false": "No"}[values["email_opt_out"]]
    row = {"Record ID": own_id} | {HUBSPOT[name]: text for name, text in (values | {"email_opt_out": opted}).items()}
    return row | {"Contact owner": "Dana Fields", "Last Modified Date": moment}


def write(drift: Drift, folder: Path) -> None:
    """Write the files of a drift as CSV below ``folder``."""
    for name, rows in drift.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, rows)


def _write(path: Path, rows: Iterable[Values]) -> None:
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


if __name__ == "__main__":
    write(generate(), HERE / "drift")
