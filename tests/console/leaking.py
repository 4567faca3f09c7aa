"""A sample whose every secret is known, and a look at all that is drawn of it, strip by strip."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from rich.segment import Segment
from textual.color import Color

from crm_tui.console.draw import Guard
from crm_tui.model import Queue
from crm_tui.systems import TABLES
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.selection import Facet, Filter, Value
from crm_tui.workspace.store import Store
from crm_tui.workspace.views import save_filter
from tests.console.screens import STRANGER

SAMPLES = Path(__file__).parents[2] / "sample_exports"
CLIENT = "Quillfeather Dental"
"""The client: its name stands in the folder, in the name of a file with a blank, and in that of the workspace."""
YESTERDAY = "Isolde Quendel"
"""Somebody whom no cell holds, and of whom reviewers have written before today."""
ROWS = 6
"""Contacts of the drift sample that are loaded too."""
_PEOPLE = ("First Name", "FirstName", "Last Name", "LastName")
_PLACES = ("Company Name", "Account.Name", "Street Address", "MailingStreet")
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.test")
_ID_COLUMNS = re.compile(r"(?:^|_)id$|record id|ownerid", re.IGNORECASE)

Table = list[list[str]]


def _table(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def tables() -> dict[str, Table]:
    """The first slice, with people of the drift sample in its rows, and some of that sample's own."""
    found = {path.name: _table(path) for path in (SAMPLES / "first-slice").glob("*.csv")}
    drift = SAMPLES / "drift"
    people = _table(drift / "contact-map.csv")[: ROWS + 1]
    found["joined-map.csv"] = people
    ids = {row[0] for row in people} | {row[1] for row in people}
    for name in ("hubspot-contacts.csv", "salesforce-contacts.csv"):
        header, *rows = _table(drift / name)
        found[name] = [header, *(row for row in rows if row[0] in ids)]
    first = found["hubspot-contacts.csv"][1]
    found["hubspot-contacts.csv"].append(["10676999999", *first[1:]])
    name, email, phone = f"{first[1]} {first[2]}", first[3], first[4]
    activities = found.pop("activity-events.csv")
    said = f"{name} of {first[6]} says: write to {email} or call {phone}"
    activities.append(["ACT-9201", "gmail", email, phone, "email", said, "2026-05-08T09:05:00-04:00", ""])
    activities.append(["ACT-9202", "gmail", name, "call me", f"{email}", said, "soon", said])
    activities.append([name, "openphone", "", phone, "call", said, "2026-05-08T09:05:00-04:00", f"pay {name}"])
    activities.append(["ACT-9203", "gmail", email, phone, "email", said, "soon", "", name, said])
    found[f"{CLIENT} activity events.csv"] = activities
    found["ghl-contact-changes.csv"].append(
        ["CHG-9901", "GHL-502", "ops@northstar.test", "CLOSE-202", "owner", name, "2026-05-08T12:00:00Z"]
    )
    return found


class Secrets:
    """What nobody may see: every e-mail, phone, name and place of the tables and of what was typed, and the files."""

    def __init__(self, found: dict[str, Table], folder: Path) -> None:
        words = {
            CLIENT,
            folder.name,
            *(Path(name).stem for name in found),
            *CLIENT.split(),
            *STRANGER.split(),
            *YESTERDAY.split(),
        }
        self.digits: set[str] = set()
        for header, *rows in found.values():
            for row in rows:
                for column, cell in zip(header, row, strict=False):  # one has cells beyond its header
                    words.update(_EMAIL.findall(cell))
                    if column in _PEOPLE + _PLACES:
                        words.update([cell, *(part for part in cell.split() if column in _PEOPLE)])
                    if "phone" in column.lower() and (number := re.sub("[^0-9]", "", cell)):
                        self.digits.add(number[-7:])
        words -= {*TABLES, ""}  # our own names of kinds of tables, which some files are called by
        self._words = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)
        self.folder = str(folder)

    def in_text(self, text: str) -> list[str]:
        """What of it stands in a text."""
        found = self._words.findall(text)
        # Ids of HubSpot are digits too, so a number counts where it stands alone or as phones are written.
        numbers = (re.sub("[^0-9]", "", run) for run in re.findall(r"\+?[0-9][0-9 ().-]{5,}[0-9]", text))
        found += [number for number in numbers if number[-7:] in self.digits]
        return [*found, *([self.folder] if self.folder in text else [])]


def write(parent: Path) -> tuple[Path, Secrets]:
    """The folder of these tables, and their secrets."""
    folder = parent / CLIENT
    folder.mkdir()
    found = tables()
    for name, table in found.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(table)
    return folder, Secrets(found, folder)


def build(parent: Path) -> tuple[Path, Secrets]:
    """A workspace of these tables, and their secrets."""
    folder, secrets = write(parent)
    path = folder / f"{CLIENT}.crm"
    report = load(path, [folder])
    assert not report.problems
    with Store.open(path) as store:
        assert store.connection.execute("SELECT COUNT(*) FROM record").fetchone()[0] > 20
        _reviewed_yesterday(Cases(store))
    return path, secrets


def _reviewed_yesterday(cases: Cases) -> None:
    """What a person has typed before today: in every kind of text that is kept, the name of somebody in no cell."""
    decisions = Decisions(cases, "Dana")
    said = f"this is {YESTERDAY}, who never wrote"
    first, second, third, fourth, *_ = cases.ids(Queue.CONFLICT)
    decisions.ask(first, said)
    decisions.note(second, said)
    decisions.reject(third, said)
    decisions.undo()
    decisions.reject(fourth, said)
    save_filter(cases, said, Filter(frozenset([Value(Facet.REVIEWER, "Dana")])))


@contextmanager
def watched() -> Iterator[set[str]]:
    """Every strip that is drawn while the block runs, from the first frame on."""
    seen: set[str] = set()
    real = Guard.apply

    def apply(guard: Guard, segments: list[Segment], background: Color) -> list[Segment]:
        done = real(guard, segments, background)
        seen.add("".join(segment.text for segment in done))
        return done

    with mock.patch.object(Guard, "apply", apply):
        yield seen


def leaks(seen: set[str], secrets: Secrets) -> dict[str, list[str]]:
    """The strips that tell something, and what."""
    return {line: found for line in seen if (found := secrets.in_text(line))}
