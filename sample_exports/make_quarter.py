"""Write ``sample_exports/quarter``: three months of one client's events, every rule of the judgement in proportion.

    python sample_exports/make_quarter.py

Seeded, so that it always writes the same bytes.  Names are made up, addresses end in ``.test``, phone numbers are the
reserved 555-01xx of real area codes.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

Row = TypeVar("Row", bound=tuple[str, ...])

HERE = Path(__file__).resolve().parent
SEED = 20260401
CONTACTS = 300
START = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)
MAP_AGREED = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)

FIRST = [
    "Ada",
    "Amir",
    "Anna",
    "Ben",
    "Carla",
    "Chen",
    "Dana",
    "Diego",
    "Elif",
    "Emma",
    "Farid",
    "Fiona",
    "Grace",
    "Hana",
    "Henry",
    "Ines",
    "Ivan",
    "Jonas",
    "Julia",
    "Kai",
    "Kofi",
    "Lara",
    "Leo",
    "Lin",
    "Maya",
    "Milo",
    "Nadia",
    "Noor",
    "Omar",
    "Paula",
    "Quinn",
    "Rosa",
    "Sam",
    "Sofia",
    "Tara",
    "Tom",
    "Uma",
    "Vera",
    "Wes",
    "Yara",
    "Zoe",
]
LAST = [
    "Abbott",
    "Becker",
    "Castillo",
    "Dietrich",
    "Evans",
    "Fischer",
    "Gupta",
    "Haas",
    "Ito",
    "Jansen",
    "Keller",
    "Lopez",
    "Moreau",
    "Nguyen",
    "Okafor",
    "Petrov",
    "Quist",
    "Reyes",
    "Santos",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Walsh",
    "Xu",
    "Young",
    "Zimmer",
]
COMPANY = [
    "harborlight",
    "northstar",
    "clearwater",
    "riverbend",
    "oakfield",
    "brightpath",
    "stonegate",
    "millbrook",
    "fairhaven",
    "ridgeline",
    "summitview",
    "bluebird",
    "ironwood",
    "lakeshore",
    "maplewood",
    "silverline",
    "tidewater",
    "westbrook",
    "kingsley",
    "goldcrest",
]
AREAS = (202, 206, 212, 303, 312, 404, 415, 512, 617, 702)
TOPICS = ("Kick-off", "Demo", "Renewal", "Pricing", "Onboarding", "Quarterly review", "Contract questions", "Follow-up")
CALLS = (
    "Asked about rollout dates",
    "Left a voicemail, will call back",
    "Wants the revised agenda",
    "Confirmed the budget owner",
    "Moved the review by a week",
)
STAGES = ("lead", "opportunity", "customer", "evangelist")


class Person(NamedTuple):
    """One contact of the map."""

    close: str
    ghl: str
    email: str
    phone: str


class Appointment(NamedTuple):
    """One line of close-appointments.csv."""

    appointment_id: str
    close_contact_id: str
    email: str
    start_at: str
    status: str
    updated_at: str
    title: str


class Change(NamedTuple):
    """One line of ghl-contact-changes.csv."""

    change_id: str
    ghl_contact_id: str
    email: str
    close_contact_id: str
    field: str
    new_value: str
    updated_at: str


class Activity(NamedTuple):
    """One line of activity-events.csv."""

    activity_id: str
    channel: str
    email: str
    phone: str
    activity_type: str
    summary: str
    occurred_at: str
    desired_ghl_action: str


class Quarter:
    """The whole sample; every draw comes from one seeded source."""

    def __init__(self) -> None:
        self.draw = random.Random(SEED)
        self.people = [self._person(number) for number in range(CONTACTS)]
        # Contacts whose entry in the map is in doubt: a shared mailbox, a shared number, a missing id.
        self.doubtful = self.people[:6]
        self.sound = self.people[6:]
        self.clock = START

    def _person(self, number: int) -> Person:
        first, last = self.draw.choice(FIRST), self.draw.choice(LAST)
        company = COMPANY[number % len(COMPANY)]
        email = f"{first}.{last}{number}@{company}.test".lower()
        phone = f"+1{AREAS[number % len(AREAS)]}55501{number // len(AREAS):02d}"
        return Person(f"CLOSE-{1001 + number}", f"GHL-{5001 + number}", email, phone)

    def map_rows(self) -> list[tuple[str, ...]]:
        """The contact map, with three kinds of holding lint in it."""
        rows = [[one.close, one.ghl, one.email, one.phone] for one in self.people]
        rows[1][2] = rows[0][2]
        rows[3][3] = rows[2][3]
        rows[4][1] = ""
        rows[5][0] = "GHL-9005"
        agreed = MAP_AGREED.strftime("%Y-%m-%dT%H:%M:%SZ")
        return [(*row, agreed, agreed) for row in rows]

    def tick(self) -> str:
        """The next moment of the quarter, in UTC."""
        self.clock += timedelta(minutes=self.draw.randint(20, 150))
        return self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def anyone(self) -> Person:
        """A contact whose map entry is sound."""
        return self.draw.choice(self.sound)

    def phone_as_typed(self, phone: str) -> str:
        """The number in one of the ways in which people write it."""
        area, last = phone[2:5], phone[8:]
        return self.draw.choice(
            (phone, f"({area}) 555-{last}", f"{area}-555-{last}", f"1 {area} 555 {last}", f"{area}.555.{last}")
        )

    def appointment(self, number: int) -> Appointment:
        """A clean appointment."""
        one = self.anyone()
        seen = self.tick()
        start = self.clock + timedelta(days=self.draw.randint(1, 14))
        return Appointment(
            f"APT-{number}",
            one.close,
            one.email,
            start.strftime("%Y-%m-%dT%H:00:00-05:00"),
            self.draw.choice(("scheduled", "confirmed", "rescheduled", "completed", "no-show", "cancelled")),
            seen,
            f"{self.draw.choice(TOPICS)} call",
        )

    def change(self, number: int) -> Change:
        """A clean contact change."""
        one = self.anyone()
        field, value = self.draw.choice(
            (
                ("lifecycle_stage", self.draw.choice(STAGES)),
                ("company", f"{self.draw.choice(COMPANY).title()} Group"),
                ("city", self.draw.choice(("Austin", "Boston", "Chicago", "Denver", "Portland"))),
                ("tags", self.draw.choice(("vip", "newsletter", "webinar;q1"))),
            )
        )
        return Change(f"CHG-{number}", one.ghl, one.email, one.close, field, value, self.tick())

    def activity(self, number: int) -> Activity:
        """A clean activity: a mail by its address, a call by its number."""
        one = self.anyone()
        if self.draw.random() < 0.5:
            email = one.email.capitalize() if self.draw.random() < 0.2 else one.email
            what = ("gmail", email, "", "email", f"{self.draw.choice(TOPICS)}: sent the notes")
        else:
            what = ("openphone", "", self.phone_as_typed(one.phone), "call", self.draw.choice(CALLS))
        return Activity(f"ACT-{number}", *what, self.tick(), f"append {what[3]} activity")

    def two(self) -> tuple[Person, Person]:
        """Two different contacts."""
        first, second = self.draw.sample(self.sound, 2)
        return first, second

    # What goes wrong, by rule: (rule, number of rows, how a clean row becomes one)

    def appointment_faults(self) -> list[tuple[int, Callable[[Appointment], Appointment]]]:
        """Faults of appointments."""
        return [
            (18, lambda row: row._replace(close_contact_id="", email=f"hello{row.appointment_id[4:]}@newlead.test")),
            (14, lambda row: row._replace(close_contact_id=f"CLOSE-{self.draw.randint(9000, 9999)}")),
            (8, lambda row: row._replace(close_contact_id=self.two()[0].close, email=self.two()[1].email)),
            (10, lambda row: row._replace(email=row.email.replace("@", ".new@"))),
            (4, lambda row: row._replace(close_contact_id=self.people[0].close, email=self.people[0].email)),
            (3, lambda row: row._replace(close_contact_id=self.people[4].close, email=self.people[4].email)),
            (6, lambda row: row._replace(updated_at="2025-12-20T08:00:00Z")),
            (7, lambda row: row._replace(email="")),
            (3, lambda row: row._replace(start_at="next Tuesday")),
            (2, lambda row: row._replace(status="see notes")),
            (3, lambda row: row._replace(close_contact_id="", email="")),
        ]

    def change_faults(self) -> list[tuple[int, Callable[[Change], Change]]]:
        """Faults of contact changes, and the changes that change nothing."""
        return [
            (40, self._same_phone),
            (10, lambda row: row._replace(ghl_contact_id=f"GHL-{self.draw.randint(9000, 9999)}")),
            (
                6,
                lambda row: row._replace(
                    ghl_contact_id=self.two()[0].ghl, email="", close_contact_id=self.two()[1].close
                ),
            ),
            (8, lambda row: row._replace(ghl_contact_id="", close_contact_id="", email="walkin@nowhere.test")),
            (12, lambda row: row._replace(field="owner", new_value=self.draw.choice(("Kofi", "Lara", "Omar")))),
            (6, lambda row: row._replace(field="dnd", new_value=self.draw.choice(("true", "false")))),
            (12, lambda row: row._replace(field="email", new_value=row.email.replace("@", "@mail."))),
            (5, lambda row: row._replace(field="favourite_colour", new_value="teal")),
            (8, lambda row: row._replace(updated_at="2025-12-28T08:00:00Z")),
            (5, lambda row: row._replace(ghl_contact_id="", close_contact_id="", email="")),
            (3, lambda row: row._replace(field="")),
            (2, lambda row: row._replace(updated_at="12/31/25 late")),
        ]

    def _same_phone(self, row: Change) -> Change:
        one = next(person for person in self.people if person.ghl == row.ghl_contact_id)
        return row._replace(field="phone", new_value=self.phone_as_typed(one.phone))

    def activity_faults(self) -> list[tuple[int, Callable[[Activity], Activity]]]:
        """Faults of activities."""
        return [
            (
                26,
                lambda row: row._replace(
                    channel="openphone", email="", phone=f"+1915555{self.draw.randint(100, 199):04d}"
                ),
            ),
            (14, lambda row: row._replace(channel="gmail", email=f"info{row.activity_id[4:]}@unknown.test", phone="")),
            (14, lambda row: row._replace(email=self.two()[0].email, phone=self.two()[1].phone)),
            (5, lambda row: row._replace(email="", phone=self.people[2].phone)),
            (6, lambda row: row._replace(desired_ghl_action="delete contact")),
            (6, lambda row: row._replace(desired_ghl_action="hold for Dana")),
            (4, lambda row: row._replace(desired_ghl_action="refund the invoice")),
            (7, lambda row: row._replace(email="", phone="")),
            (3, lambda row: row._replace(email="", phone="555-0142")),
            (3, lambda row: row._replace(occurred_at="")),
        ]


def spread(quarter: Quarter, rows: list[Row], faults: list[tuple[int, Callable[[Row], Row]]]) -> list[Row]:
    """``rows`` with each fault put into its number of rows, at places drawn once each."""
    places = iter(quarter.draw.sample(range(len(rows)), sum(number for number, _ in faults)))
    for number, fault in faults:
        for place in [next(places) for _ in range(number)]:
            rows[place] = fault(rows[place])
    return rows


def with_repeats(quarter: Quarter, rows: list[Row], same: int, other: int, changed: Callable[[Row], Row]) -> list[Row]:
    """``rows`` with some lines exported twice, and some ids used again for something else."""
    twice = quarter.draw.sample(rows, same + other)
    return [*rows, *twice[:same], *(changed(row) for row in twice[same:])]


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]], broken: tuple[str, ...] = ()) -> None:
    """Write a CSV; ``broken`` lines are put in at even distances, as a failed export leaves them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for number, row in enumerate(rows):
            writer.writerow(row)
            if broken and number % (len(rows) // len(broken)) == 100:
                stream.write(broken[number * len(broken) // len(rows)] + "\n")


def main() -> None:
    """Write the folder."""
    quarter = Quarter()
    folder = HERE / "quarter"
    folder.mkdir(exist_ok=True)
    appointments = spread(quarter, [quarter.appointment(7001 + n) for n in range(390)], quarter.appointment_faults())
    appointments = with_repeats(quarter, appointments, 4, 2, lambda row: row._replace(title="Moved to a new slot"))
    changes = spread(quarter, [quarter.change(8001 + n) for n in range(400)], quarter.change_faults())
    changes = with_repeats(quarter, changes, 2, 2, lambda row: row._replace(new_value="Other Group"))
    activities = spread(quarter, [quarter.activity(10001 + n) for n in range(690)], quarter.activity_faults())
    activities = with_repeats(quarter, activities, 4, 1, lambda row: row._replace(summary="Rescheduled twice"))
    map_header = ("close_contact_id", "ghl_contact_id", "email", "phone", "close_updated_at", "ghl_updated_at")
    write(folder / "contact-map.csv", map_header, quarter.map_rows())
    write(folder / "close-appointments.csv", Appointment._fields, list(appointments), ("APT-7999,CLOSE-1010,cut of",))
    write(folder / "ghl-contact-changes.csv", Change._fields, list(changes))
    write(
        folder / "activity-events.csv", Activity._fields, list(activities), ('ACT-19999,gmail,"never clo', "ACT-19998")
    )
    slices = (HERE / "first-slice" / "first-slice-map.csv").read_bytes()
    (folder / "first-slice-map.csv").write_bytes(slices)


if __name__ == "__main__":
    main()
