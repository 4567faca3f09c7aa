"""Seeded exports of any size, with the truth: how many rows of each file the review must give each reason.

    python -m tests.benchmarks.generate FOLDER [--scale 1.0] [--seed 20261122]

Scale 1 is one month of one client: 50,000 contacts of which 45,000 are in the contact map, 10,000 opportunities,
200,000 activities.  Addresses end in ``.test``.  The reason is put into the row first and written down beside it, so
``truth.json`` owes nothing to the program that is measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.crowd import Person, make_people, salesforce_id, typed_email, typed_phone

SEED = 20261122
MAPPED, UNMAPPED, OPPORTUNITIES, ACTIVITIES = 45_000, 5_000, 10_000, 200_000
AGREED = "2026-09-30T00:00:00Z"
_START = datetime(2026, 10, 1, tzinfo=UTC)

_MAP_HEADER = (
    "salesforce_contact_id hubspot_contact_id ghl_contact_id email phone salesforce_updated_at first_name last_name"
    " company job_title city country"
).split()
_CONTACT_HEADER = (
    "Id FirstName LastName Email Phone Title Account.Name MailingCity MailingCountry IsDeleted LastModifiedDate"
).split()
_OPPORTUNITY_HEADER = "Id Name StageName Amount ContactId CloseDate IsDeleted LastModifiedDate".split()
_ACTIVITY_HEADER = "activity_id channel email phone activity_type summary occurred_at desired_ghl_action".split()

Row = list[str]
Fault = tuple[int, str, Callable[[], list[Row]]]
"""(rows in ten thousand, the reason, how its rows are made)."""

_TOPICS = ("Kick-off", "Demo", "Renewal", "Pricing", "Onboarding", "Quarterly review", "Contract", "Follow-up")
_SAID = (
    "sent the notes",
    'asked for the "final" price, and the dates',
    "left a voicemail, will call back",
    "confirmed the budget owner",
    "wants the revised agenda by Friday",
    "moved the review by a week",
)
_STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost")


class Export:
    """All files of one review; every draw comes from one seeded source."""

    def __init__(self, scale: float, seed: int = SEED) -> None:
        self.draw = random.Random(seed)
        self.scale = scale
        people = make_people(round((MAPPED + UNMAPPED) * scale), self.draw)
        self.known = people[: round(MAPPED * scale)]
        self.strangers = people[len(self.known) :]
        doubtful = max(2, len(self.known) // 250)
        self.doubtful = self.known[:doubtful]
        """People whose entry in the map lacks the ids of the systems that rows are staged for."""
        self.sound = self.known[doubtful:]
        self.serial = 0
        self.truth: dict[str, Counter[str]] = {}

    def write(self, folder: Path) -> int:
        """Write the files and ``truth.json``; the number of rows, the map's with them."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = _write_csv(folder / "contact-map.csv", _MAP_HEADER, self.map_rows())
        for name, header, made in (
            ("salesforce-contacts.csv", _CONTACT_HEADER, self.contacts),
            ("salesforce-opportunities.csv", _OPPORTUNITY_HEADER, self.opportunities),
            ("activity-events.csv", _ACTIVITY_HEADER, self.activities),
        ):
            self.truth[name] = Counter()
            rows += _write_csv(folder / name, header, made(self.truth[name]))
        told = {name: dict(sorted(counts.items())) for name, counts in self.truth.items()}
        (folder / "truth.json").write_text(json.dumps({"rows": rows, "reasons": told}, indent=2) + "\n")
        return rows

    def map_rows(self) -> Iterator[Row]:
        """The contact map."""
        for one in self.known:
            ids = ["", ""] if one.number < len(self.doubtful) else [one.hubspot, one.ghl]
            keys = [one.salesforce, *ids, one.email, one.phone, AGREED]
            yield [*keys, one.first, one.last, one.company, one.title, one.city, one.country]

    # The contacts of Salesforce, each person once

    def contacts(self, truth: Counter[str]) -> Iterator[Row]:
        """A row per person; what it brings is drawn."""
        faults: dict[str, tuple[float, Callable[[Row, Person], None]]] = {
            "accepted": (0.150, lambda row, one: row.__setitem__(5, "Managing " + one.title)),
            "cleared_field": (0.020, lambda row, one: row.__setitem__(7, "")),
            "email_unknown": (0.015, lambda row, one: row.__setitem__(3, f"new.{one.email}")),
            "stale_event": (0.015, self._older),
            "deletion": (0.010, lambda row, one: row.__setitem__(9, "true")),
            "keys_disagree": (0.010, lambda row, one: row.__setitem__(3, self.other(one).email)),
            "missing_required_field": (0.005, lambda row, one: row.__setitem__(0, "")),
            "bad_value": (0.005, lambda row, one: row.__setitem__(10, "last Tuesday")),
            "unreadable": (0.001, lambda row, one: row.__delitem__(slice(4, None))),
        }
        for one in self.doubtful:
            truth["map_doubtful"] += 1
            yield self._contact(one)
        for one in self.sound:
            row, reason, dice = self._contact(one), "no_write", self.draw.random()
            for name, (share, change) in faults.items():
                if dice < share:
                    reason = name
                    change(row, one)
                    break
                dice -= share
            truth[reason] += 1
            yield row
        for one in self.strangers:
            truth["unmapped"] += 1
            yield self._contact(one)

    def _contact(self, one: Person) -> Row:
        email, phone = typed_email(one.email, self.draw), typed_phone(one.phone, self.draw)
        place = [one.title, one.company, one.city, one.country]
        return [one.salesforce, one.first, one.last, email, phone, *place, "false", self.moment()]

    def _older(self, row: Row, one: Person) -> None:
        row[5], row[10] = "Former " + one.title, "2026-09-01T08:30:00Z"

    # Opportunities and activities

    def opportunities(self, truth: Counter[str]) -> Iterator[Row]:
        """Deals of sound contacts, with what goes wrong in them."""
        faults: list[Fault] = [
            (300, "unmapped", lambda: [self._deal(self.draw.choice(self.strangers))]),
            (200, "missing_identity", lambda: [self._but(self._deal(), 4, "")]),
            (150, "deletion", lambda: [self._but(self._deal(), 6, "true")]),
            (100, "stale_event", lambda: [self._but(self._deal(), 7, "2026-09-02T10:00:00Z")]),
            (50, "missing_required_field", lambda: [self._but(self._deal(), 0, "")]),
            (50, "bad_value", lambda: [self._but(self._deal(), 7, "recently")]),
            (50, "duplicate_event", self._twice(self._deal, truth)),
            (50, "event_id_reused", lambda: self._reused(self._deal, 2)),
        ]
        yield from self._mixed(round(OPPORTUNITIES * self.scale), self._deal, faults, truth)

    def activities(self, truth: Counter[str]) -> Iterator[Row]:
        """Calls, mails and forms of sound contacts, nine in ten without a fault."""
        faults: list[Fault] = [
            (300, "unmapped", lambda: [self._activity(self.draw.choice(self.strangers))]),
            (150, "keys_disagree", self._two_people),
            (100, "map_doubtful", lambda: [self._activity(self.draw.choice(self.doubtful))]),
            (100, "claim", lambda: [self._but(self._activity(), 7, self.draw.choice(_CLAIMS))]),
            (100, "missing_identity", lambda: [self._without_keys()]),
            (60, "missing_required_field", lambda: [self._but(self._activity(), 6, "")]),
            (60, "bad_value", lambda: [self._but(self._activity(), 6, "05/13/26 late")]),
            (60, "duplicate_event", self._twice(self._activity, truth)),
            (60, "event_id_reused", lambda: self._reused(self._activity, 5)),
            (10, "unreadable", lambda: [self._activity()[:4]]),
        ]
        yield from self._mixed(round(ACTIVITIES * self.scale), self._activity, faults, truth)

    def _mixed(
        self, count: int, clean: Callable[[], Row], faults: Sequence[Fault], truth: Counter[str]
    ) -> Iterator[Row]:
        """``count`` rows or a few more: some faults take two."""
        made = 0
        while made < count:
            dice = self.draw.randrange(10_000)
            for share, name, rows in faults:
                if dice < share:
                    found, reason = rows(), name
                    break
                dice -= share
            else:
                found, reason = [clean()], "accepted"
            truth[reason] += 1 if reason == "duplicate_event" else len(found)
            made += len(found)
            yield from found

    def _deal(self, one: Person | None = None) -> Row:
        one = one or self.draw.choice(self.sound)
        self.serial += 1
        topic, amount = self.draw.choice(_TOPICS), f"{self.draw.randrange(500, 90_000)}.00"
        close = (_START + timedelta(days=self.draw.randrange(120))).strftime("%Y-%m-%d")
        deal = [salesforce_id("006", self.serial), f"{one.company}, {topic}", self.draw.choice(_STAGES), amount]
        return [*deal, one.salesforce, close, "false", self.moment()]

    def _activity(self, one: Person | None = None) -> Row:
        one = one or self.draw.choice(self.sound)
        self.serial += 1
        dice = self.draw.random()
        email = typed_email(one.email, self.draw) if dice < 0.60 else ""
        phone = typed_phone(one.phone, self.draw) if dice >= 0.45 else ""
        channel, kind = ("gmail", "email") if dice < 0.45 else ("openphone", "call")
        if 0.45 <= dice < 0.60:
            channel, kind = "form", "form"
        summary = f"{self.draw.choice(_TOPICS)}: {self.draw.choice(_SAID)}"
        if self.draw.random() < 0.05:
            summary += "\n-- \nSent from my phone"
        return [f"ACT-{self.serial}", channel, email, phone, kind, summary, self.moment(), f"append {kind} activity"]

    def _two_people(self) -> list[Row]:
        one = self.draw.choice(self.sound)
        row = self._activity(one)
        row[2], row[3] = one.email, self.other(one).phone
        return [row]

    def _without_keys(self) -> Row:
        row = self._activity()
        row[2], row[3] = "", self.draw.choice(("", "555-0142", "unknown", "n/a"))
        return row

    def _twice(self, make: Callable[[], Row], truth: Counter[str]) -> Callable[[], list[Row]]:
        """The first of two equal rows stands; the second is the duplicate."""

        def two() -> list[Row]:
            row = make()
            truth["accepted"] += 1
            return [row, list(row)]

        return two

    def _reused(self, make: Callable[[], Row], column: int) -> list[Row]:
        row = make()
        return [row, self._but(list(row), column, row[column] + " (again)")]

    @staticmethod
    def _but(row: Row, column: int, text: str) -> Row:
        row[column] = text
        return row

    def other(self, one: Person) -> Person:
        """Another sound contact."""
        while (found := self.draw.choice(self.sound)) is one:
            pass
        return found

    def moment(self) -> str:
        """A moment of the month after the map was agreed."""
        moment = _START + timedelta(seconds=self.draw.randrange(30 * 86_400))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_CLAIMS = ("delete contact", "hold for Dana", "refund the invoice", "merge with the other one")


def _write_csv(path: Path, header: Sequence[str], rows: Iterator[Row]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow(row)
    return count


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    rows = Export(options.scale, options.seed).write(options.folder)
    print(f"{rows:,} rows in {options.folder}")


if __name__ == "__main__":
    main()
