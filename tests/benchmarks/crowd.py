"""The people of a generated review: names by frequency, ten countries, e-mails, phones and ids that nobody shares."""

from __future__ import annotations

import random
from itertools import accumulate
from typing import NamedTuple

from crm_tui.systems.record_ids import salesforce_checks

_FIRST = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph"
    " Jessica Thomas Sarah Carlos Karen Daniel Ana Matthew Lisa Anthony Nancy José Sandra Mark Ashley Steven Emily"
    " Andrew Donna Kenneth Michelle Joshua Carol Kevin Amanda Brian Melissa George Deborah Timothy Stephanie Raj"
    " Priya Jürgen Zoë François Chloé Søren Åsa Łukasz Małgorzata Ngozi Chinedu Siobhán Niamh Mei Wei Yuki Haruto"
).split()
_LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson"
    " Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis"
    " Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera"
    " Campbell Mitchell Carter Roberts Müller Schmidt Schneider Lefèvre Dubois Rossi Ferrari Jansen O'Brien"
    " Nowak Kowalski Singh Patel Sharma Tanaka Sato Silva Santos Oliveira de-la-Cruz Van-der-Berg"
).split()
_COMPANY = (
    "Harborlight Northstar Clearwater Riverbend Oakfield Brightpath Stonegate Millbrook Fairhaven Ridgeline"
    " Summitview Bluebird Ironwood Lakeshore Maplewood Silverline Tidewater Westbrook Kingsley Goldcrest"
).split()
_FORM = ("LLC", "Inc.", "Group", "GmbH", "& Sons, Ltd")
_TITLE = ("Owner", "Office Manager", "Head of Sales", "Director, Operations", "Buyer", "Marketing Lead", "CFO")
_CITY = {
    "US": ("Austin", "Boston", "Chicago", "Denver", "Portland", "Washington, DC"),
    "GB": ("London", "Leeds", "Bristol"),
    "DE": ("Köln", "Berlin", "München"),
    "FR": ("Paris", "Lyon"),
    "ES": ("Madrid", "Málaga"),
    "IT": ("Roma", "Torino"),
    "NL": ("Utrecht", "'s-Hertogenbosch"),
    "AU": ("Sydney", "Perth"),
    "IN": ("Mumbai", "Bengaluru"),
    "BR": ("São Paulo", "Recife"),
}
_SHARE = {"US": 60, "GB": 9, "DE": 7, "FR": 5, "ES": 4, "IT": 3, "NL": 3, "AU": 4, "IN": 3, "BR": 2}
_CODE = {
    "GB": ("44", "7", 9),
    "DE": ("49", "15", 9),
    "FR": ("33", "6", 8),
    "ES": ("34", "6", 8),
    "IT": ("39", "32", 8),
    "NL": ("31", "6", 8),
    "AU": ("61", "4", 8),
    "IN": ("91", "98", 8),
    "BR": ("55", "119", 8),
}
"""Country → calling code, how its mobile numbers begin, and how many digits follow."""
_AREAS = tuple(area for area in range(201, 990) if area % 100 != 11 and area // 10 % 10 != 9 and area != 555)
_IDN = ("müller", "bäckerei", "façade", "señor", "smørrebrød", "łódka")


class Person(NamedTuple):
    """One contact, as the contact map has it."""

    number: int
    salesforce: str
    hubspot: str
    ghl: str
    first: str
    last: str
    company: str
    title: str
    city: str
    country: str
    email: str
    phone: str
    """E.164."""


class Names:
    """Draws words so that the first are frequent and the last are rare, as names are (Zipf)."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self._weights = {
            len(words): list(accumulate(1 / n for n in range(2, len(words) + 2))) for words in (_FIRST, _LAST)
        }

    def one(self, words: list[str]) -> str:
        """One word."""
        return self.draw.choices(words, cum_weights=self._weights[len(words)])[0]


def make_people(count: int, draw: random.Random) -> list[Person]:
    """``count`` people of whom no two share an id, an e-mail or a phone."""
    names = Names(draw)
    countries = draw.choices(list(_SHARE), weights=list(_SHARE.values()), k=count)
    return [_person(number, country, names, draw) for number, country in enumerate(countries)]


def _person(number: int, country: str, names: Names, draw: random.Random) -> Person:
    first, last = names.one(_FIRST), names.one(_LAST)
    company = draw.choice(_COMPANY)
    return Person(
        number,
        salesforce_id("003", number),
        str(20_000_000 + number * 7),
        f"GHL-{number + 501}",
        first,
        last,
        f"{company} {draw.choice(_FORM)}",
        draw.choice(_TITLE),
        draw.choice(_CITY[country]),
        country,
        _email(number, first, last, company, draw),
        _phone(number, country),
    )


def salesforce_id(prefix: str, number: int) -> str:
    """An 18-character id with a capital here and there, as Salesforce has them."""
    start = f"{prefix}Qx0{number:09d}"
    return start + salesforce_checks(start)


def _email(number: int, first: str, last: str, company: str, draw: random.Random) -> str:
    local = _ascii(f"{first}.{last}").lower()
    if draw.random() < 0.02:
        return f"{local}{number}@{draw.choice(_IDN)}.test"
    domain = "mail" if draw.random() < 0.3 else company.lower()
    return f"{local}{number}@{domain}.test"


def _ascii(text: str) -> str:
    return "".join(char for char in text if char.isascii() and (char.isalnum() or char in ".-"))


def _phone(number: int, country: str) -> str:
    if country == "US":
        line, area = divmod(number, len(_AREAS))
        return f"+1{_AREAS[area]}555{line:04d}"
    code, start, digits = _CODE[country]
    return f"+{code}{start}{number:0{digits}d}"


def typed_phone(phone: str, draw: random.Random) -> str:
    """The number in one of ten ways in which people write it; without country code only in the United States."""
    if phone.startswith("+1"):
        area, exchange, line = phone[2:5], phone[5:8], phone[8:]
        return draw.choice(
            (
                phone,
                f"({area}) {exchange}-{line}",
                f"{area}-{exchange}-{line}",
                f"{area}.{exchange}.{line}",
                f"{area} {exchange} {line}",
                f"1 {area} {exchange} {line}",
                f"+1 ({area}) {exchange}-{line}",
                f"+1-{area}-{exchange}-{line}",
                f"{area}{exchange}{line}",
                f" {phone} ",
            )
        )
    code, rest = phone[1:3], phone[3:]
    return draw.choice(
        (
            phone,
            f"+{code} {rest}",
            f"+{code} {rest[:3]} {rest[3:]}",
            f"+{code}-{rest[:3]}-{rest[3:]}",
            f"+{code} ({rest[:2]}) {rest[2:]}",
            f"+{code}.{rest[:4]}.{rest[4:]}",
            f"00{code} {rest}",
            f"00 {code} {rest[:3]} {rest[3:6]} {rest[6:]}",
            f" {phone}",
            f"+{code} {rest[:2]} {rest[2:4]} {rest[4:6]} {rest[6:]}",
        )
    )


def typed_email(email: str, draw: random.Random) -> str:
    """The address with the noise that exports have: capitals, blanks around it."""
    dice = draw.random()
    if dice < 0.10:
        return email.capitalize()
    if dice < 0.13:
        return email.upper() if email.isascii() else email
    return f" {email} " if dice < 0.15 else email
