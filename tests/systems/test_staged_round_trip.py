"""A contact read from any system and staged for any other is read back the same, but for what is listed as lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crm_tui.classify.changes import compared_or_written
from crm_tui.classify.compare import compared, listed
from crm_tui.classify.event import Event, read_event
from crm_tui.classify.mapped_row import Line, Mapped
from crm_tui.classify.mapping import mapped
from crm_tui.handoff.csv_view import csv_line
from crm_tui.identity.keys import Keyring
from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Kind
from crm_tui.systems.fields import FIELDS
from tests.systems.systems_support import FIXTURES

KEYRING = Keyring("US")
FURTHER_PHONES = ("mobile_phone", "home_phone")
NAMES = ("name", "first_name", "last_name")

IDS = {
    "close": "cont_AnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnn",
    "copper": "167487595",
    "dynamics": "9f8e7d6c-5b4a-4c3d-8e2f-1a0b9c8d7e6f",
    "ghl": "AnnAaAnnAaAnnAaAnnAa",
    "hubspot": "10676775052",
    "pipedrive": "4711",
    "salesforce": "0035e00000AnnAaAAJ",
    "zoho": "5361160000000123456",
}
FILLED_BY_VENDOR = {"zoho": {"Contact Owner": "Rita", "Created Time": "2026-05-01 10:00:00"}}
"""Columns that the vendor's export of the imported record has beside those of the file."""


def _close(body: Mapping[str, Any], target: str) -> object:
    return {"has_more": False, "data": [{"id": target, "lead_id": "lead_1", "emails": [], "phones": []} | body]}


def _copper(body: Mapping[str, Any], target: str) -> object:
    return {"id": int(target), "contact_type_id": 1, "emails": [], "date_modified": 1778407200} | body


def _dynamics(body: Mapping[str, Any], target: str) -> object:
    return {"@odata.etag": 'W/"1"', "contactid": target} | body


def _ghl(body: Mapping[str, Any], target: str) -> object:
    return {"type": "ContactUpdate", "locationId": "loc-1", "id": target} | body


AS_RECORD: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "close": _close,
    "copper": _copper,
    "dynamics": _dynamics,
    "ghl": _ghl,
}
"""How the vendor hands out the record that requests have changed (formats.md 1b, 2b, 3b, 11b)."""

SYSTEMS_HERE = sorted(name for name in IDS if name in SYSTEMS)


def events_of(path: Path) -> list[Event]:
    return [
        read_event(source.table, named(source)(parse(record.raw, source, record.context)), KEYRING)
        for source in open_sources(path).sources
        for record in records(source)
        if not record.problem
    ]


@cache
def contact_of(system: str) -> Event:
    """The fixture row of the system that says most of a contact."""
    paths = sorted(path for path in (FIXTURES / system).iterdir() if path.is_file() and "nasty" not in path.name)
    found = [event for path in paths for event in events_of(path) if event.table.kind is Kind.CONTACT]
    return max(found, key=lambda event: sum(1 for text in event.values.values() if text))


def read_back(part: Mapped, folder: Path) -> Event:
    """What our reader makes of the import file, or of the record that the requests leave."""
    if part.file is not None:
        cells = dict(part.cells) | FILLED_BY_VENDOR.get(part.system, {})
        path = folder / "staged.csv"
        path.write_text(csv_line(list(cells)) + csv_line(list(cells.values())), encoding="utf-8", newline="")
    else:
        path = folder / "record.json"
        path.write_text(json.dumps(AS_RECORD[part.system](_together(part.lines), part.target_id)), encoding="utf-8")
    (event,) = events_of(path)
    return event


def _together(lines: tuple[Line, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for line in lines:
        body |= line.body
    return body


def full_name(values: Mapping[str, str]) -> str:
    parts = [values.get("first_name", ""), values.get("last_name", "")]
    return values.get("name") or " ".join(part for part in parts if part)


def to_be_filled_in(part: Mapped) -> set[str]:
    """Fields whose place in the destination has a name that only the account knows (custom fields)."""
    places = {place for line in part.lines for place in line.fill_in}
    requests = SYSTEMS[part.system].imports.request(part.object, part.operation)
    return {name for request in requests for slot in request.slots if slot.name in places for name in slot.fields}


@pytest.mark.parametrize("destination", SYSTEMS_HERE)
@pytest.mark.parametrize("source", SYSTEMS_HERE)
def test_a_contact_survives_but_for_what_is_listed_as_lost(source: str, destination: str, tmp_path: Path) -> None:
    read = contact_of(source)
    own = {name: text for name, text in read.values.items() if text and name in FIELDS and FIELDS[name].writable}
    said = {name: compared_or_written(name, text, KEYRING) for name, text in own.items()}
    assert len(said) >= 5, "the fixture says too little to prove anything"
    (part,) = mapped(Staged(destination, "contact", Outcome.UPDATE, IDS[destination], said), read.table)
    back = read_back(part, tmp_path)
    lost = {loss.field for loss in part.losses}
    assert back.table.system == destination and back.table.kind is Kind.CONTACT
    assert back.record_id == IDS[destination]
    assert not back.faults
    kept = {name: text for name, text in said.items() if name not in lost | to_be_filled_in(part)}
    for name, text in kept.items():
        if name in NAMES:
            assert full_name(back.values) == full_name(kept)
        elif name in FURTHER_PHONES and name not in back.values:
            # Close and Copper give phones a type, which our reader of their records does not tell apart.
            assert compared(name, text, KEYRING) in listed(back.values["other_phones"])
        else:
            assert compared(name, back.values[name], KEYRING) == compared(name, text, KEYRING), name


@pytest.mark.parametrize("destination", SYSTEMS_HERE)
def test_the_fields_that_every_system_keeps_are_never_lost(destination: str, tmp_path: Path) -> None:
    values = {
        "first_name": "Ann", "last_name": "Archer", "name": "Ann Archer", "email": "ann@one.test",
        "phone": "+12125550101",
    }  # fmt: skip
    (part,) = mapped(
        Staged(destination, "contact", Outcome.UPDATE, IDS[destination], values), contact_of(destination).table
    )
    assert part.losses == ()
    back = read_back(part, tmp_path)
    assert full_name(back.values) == "Ann Archer"
    assert (back.values["email"], back.values["phone"]) == ("ann@one.test", "+12125550101")
