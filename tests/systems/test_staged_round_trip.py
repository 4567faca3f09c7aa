"""A contact read from any system and staged for any other is read back the same, but for what is listed as lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crm_tui.classify.changes import compared_or_written
from crm_tui.classify.compare import compared, listed
from crm_tui.classify.event import Event, read_event
from crm_tui.classify.mapped_row import Line, Mapped
from crm_tui.classify.mapping import mapped
from crm_tui.errors import InputError
from crm_tui.handoff.csv_view import csv_line
from crm_tui.identity.keys import Keyring
from crm_tui.intake.explained import reasons
from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.declare import Kind
from crm_tui.systems.fields import FIELDS, Type, field_type
from crm_tui.systems.router import STAGED
from tests.systems.systems_support import ALL_FIXTURES

KEYRING = Keyring("US")
LISTS = ("close", "copper", "pipedrive")
"""Systems whose records keep all addresses in one list, and all numbers in another."""
_EMAILS, _PHONES = ("email", "other_emails"), ("phone", "mobile_phone", "home_phone", "other_phones")
KEPT_IN_LISTS = {"other_emails": _EMAILS} | dict.fromkeys(_PHONES[1:], _PHONES)
"""Field → the fields as which our reader gives what such a list holds."""
NAMES = ("name", "first_name", "last_name")
OPERATIONS = (Outcome.UPDATE, Outcome.CREATE)

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
MADE_BY_VENDOR = {
    "copper": {"Copper ID": IDS["copper"], "Contact Type": "Uncategorized"},
    "dynamics": {"(Do Not Modify) Contact": IDS["dynamics"]},
    "ghl": {"Contact Id": IDS["ghl"]},
    "hubspot": {"Record ID": IDS["hubspot"]},
    "pipedrive": {"Person - ID": IDS["pipedrive"]},
    "salesforce": {"Id": IDS["salesforce"]},
    "zoho": {"Record Id": IDS["zoho"], "Contact Owner": "Rita", "Created Time": "2026-05-01 10:00:00"},
}
"""Columns that the vendor's export of a new record has beside those of the file that made it."""

FULL = {
    "first_name": "Ann", "last_name": "van der Archer", "email": "ann@one.test",
    "other_emails": "a2@one.test; a3@one.test", "phone": "+12125550101", "mobile_phone": "+12125550102",
    "home_phone": "+12125550103", "other_phones": "+442079460104; +442079460105", "company": "Acme, Corp; Ltd",
    "job_title": "Head of \"Buying\"", "address1": "1 Elm St\nSuite 2", "city": "Münster", "state": "TX",
    "postal_code": "01234", "country": "GB", "website": "https://one.test/?a=1", "birthday": "1980-12-31",
    "owner": "Rita Rep", "lifecycle_stage": "customer", "lead_status": "attempted to contact",
    "status": "active", "lead_source": "Fair 2026", "tags": "vip; west 2", "dnd": "true", "email_opt_out": "true",
    "phone_opt_out": "true", "sms_opt_out": "true", "description": "Two\nlines, one \"quoted\"",
}  # fmt: skip
"""A contact that has every field of the canonical model, with what a file has to quote in them."""
WHOLE_NAME = {name: text for name, text in FULL.items() if name not in NAMES} | {"name": "Ann van der Archer"}


def _close(body: Mapping[str, Any], target: str) -> object:
    if "contacts" not in body:
        return {"has_more": False, "data": [{"id": target, "lead_id": "lead_1", "emails": [], "phones": []} | body]}
    (contact,) = body["contacts"]
    lead = {"id": "lead_1", "display_name": body.get("name", ""), "status_id": "stat_1"}
    return lead | body | {"contacts": [{"id": target, "lead_id": "lead_1"} | contact]}


def _copper(body: Mapping[str, Any], target: str) -> object:
    return {"id": int(target), "contact_type_id": 1, "emails": [], "date_modified": 1778407200} | body


def _dynamics(body: Mapping[str, Any], target: str) -> object:
    return {"@odata.etag": 'W/"1"', "contactid": target} | body


def _ghl(body: Mapping[str, Any], target: str) -> object:
    return {"type": "ContactUpdate", "locationId": "loc-1", "id": target} | body


def _hubspot(body: Mapping[str, Any], target: str) -> object:
    return {"results": [{"id": target, "properties": {"email": None} | body.get("properties", {})}]}


def _pipedrive(body: Mapping[str, Any], target: str) -> object:
    meta = {"action": "change", "entity": "person", "entity_id": target, "version": "2.0"}
    return {"meta": meta, "data": {"id": int(target)} | body, "previous": dict.fromkeys(body)}


def _salesforce(body: Mapping[str, Any], target: str) -> object:
    return {"done": True, "records": [{"attributes": {"type": "Contact"}, "Id": target} | body]}


def _zoho(body: Mapping[str, Any], target: str) -> object:
    (values,) = body["data"]
    said = {"record_id": target, "values": {name: value for name, value in values.items() if name != "id"}}
    told = {"module": "Contacts", "operation": "update", "channel_id": "1", "server_time": 1778407200000}
    return told | {"ids": [target], "affected_fields": list(said["values"]), "affected_values": [said]}


AS_RECORD: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "close": _close,
    "copper": _copper,
    "dynamics": _dynamics,
    "ghl": _ghl,
    "hubspot": _hubspot,
    "pipedrive": _pipedrive,
    "salesforce": _salesforce,
    "zoho": _zoho,
}
"""How the vendor hands out the record that requests have made or changed (formats.md 1b, 2b, 3b, 7b to 11b)."""


class Trip(NamedTuple):
    """One staged row, in one of the ways that its destination takes, and what is read back of it."""

    part: Mapped
    back: Event | None
    """``None`` where nothing could be staged at all."""


def events_of(path: Path) -> list[Event]:
    return [
        read_event(source.table, named(source)(parse(record.raw, source, record.context)), KEYRING)
        for source in open_sources(path).sources
        for record in records(source)
        if not record.problem
    ]


@cache
def contacts_of(system: str) -> tuple[Mapping[str, str], ...]:
    """What the fixtures of a system say of their contacts, as it would be written."""
    paths = [one.path for one in ALL_FIXTURES if one.folder == system and not one.nasty]
    events = [event for path in paths for event in events_of(path) if event.table.kind is Kind.CONTACT]
    said = [
        {
            name: compared_or_written(name, text, KEYRING)
            for name, text in event.values.items()
            if text and name in FIELDS and FIELDS[name].writable and name != "ghl_id"
        }
        for event in events
        if not event.faults
    ]
    return tuple(one for at, one in enumerate(said) if one and one not in said[:at])


def trips(staged: Staged, folder: Path) -> Iterator[Trip]:
    """There and back by file and by requests, as far as the destination has both."""
    for files in (True, False):
        (part,) = mapped(staged, TABLES["contact-map"], files=files)
        assert (
            part.file is None or files or not SYSTEMS[staged.destination].imports.request("contact", staged.operation)
        )
        yield Trip(part, read_back(part, staged.before, folder) if part.takes else None)


def read_back(part: Mapped, before: Mapping[str, str | None], folder: Path) -> Event:
    """What our reader makes of the import file, or of the record that the requests leave."""
    target = IDS[part.system]
    if part.file is not None:
        cells = dict(part.cells) if part.target_id else MADE_BY_VENDOR[part.system] | part.cells
        path = folder / "staged.csv"
        path.write_text(csv_line(list(cells)) + csv_line(list(cells.values())), encoding="utf-8", newline="")
    else:
        path = folder / "record.json"
        path.write_text(json.dumps(AS_RECORD[part.system](_together(part.lines, before), target)), encoding="utf-8")
    (event,) = events_of(path)
    assert (event.table.system, event.table.kind, event.record_id) == (part.system, Kind.CONTACT, target), event.table
    assert not event.faults
    return event


def _together(lines: tuple[Line, ...], before: Mapping[str, str | None]) -> dict[str, Any]:
    """What the requests leave; the tags of GHL are added and removed by routes of their own."""
    body: dict[str, Any] = {}
    for line in lines:
        if line.path.endswith("/tags"):
            old = body.get("tags", list(listed(before.get("tags") or "")))
            given = line.body["tags"]
            body["tags"] = [tag for tag in old if tag not in given] + (given if line.method == "POST" else [])
        else:
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


def same(name: str, said: str, part: Mapped, back: Mapping[str, str]) -> bool:
    """Whether a field came back with the value that was staged."""
    if part.system in LISTS and name in KEPT_IN_LISTS and (part.file is None or name == "other_emails"):
        # Its records have one list of addresses and one of numbers, the first of which is the main one.
        there = {key(name, one) for other in KEPT_IN_LISTS[name] for one in listed(back.get(other, ""))}
        return {key(name, one) for one in listed(said)} <= there
    if field_type(name) is Type.LIST:
        return {key(name, one) for one in listed(said)} == {key(name, one) for one in listed(back.get(name, ""))}
    return compared(name, back.get(name, ""), KEYRING) == compared(name, said, KEYRING)


def key(name: str, item: str) -> str:
    """One item of a list as compared; the items of tags are words."""
    of = {"other_emails": "email", "tags": "status"}.get(name, "phone" if name.endswith(("phone", "phones")) else name)
    return compared(of, item, KEYRING)


def check(trip: Trip, said: Mapping[str, str]) -> None:
    """All that is not listed as lost is there, and what is listed is not."""
    part, lost = trip.part, {loss.field for loss in trip.part.losses}
    assert all(loss.why for loss in part.losses)
    assert lost - set(NAMES) <= set(said)
    if trip.back is None:
        assert lost == set(said), "what is not staged at all is listed"
        return
    back = trip.back.values
    kept = {name: text for name, text in said.items() if name not in lost | to_be_filled_in(part)}
    plain = {name: text for name, text in kept.items() if name not in NAMES}
    assert {name: text for name, text in plain.items() if not same(name, text, part, back)} == {}
    if any(name in kept for name in NAMES):
        filled = [one.value for one in part.defaults if "last" in one.name.lower()]
        assert full_name(back).split() == [*full_name(kept).split(), *filled]
    there = {name for name in lost & set(said) - set(NAMES) if said[name] and same(name, said[name], part, back)}
    assert there == set(), "listed as lost, and there all the same"


@pytest.mark.parametrize("destination", sorted(IDS))
@pytest.mark.parametrize("source", sorted(IDS))
def test_every_contact_of_a_system_survives_in_any_other_but_for_what_is_listed_as_lost(
    source: str, destination: str, tmp_path: Path
) -> None:
    assert max(map(len, contacts_of(source))) >= 5, "the fixtures say too little to prove anything"
    for said in contacts_of(source):
        for trip in trips(Staged(destination, "contact", Outcome.UPDATE, IDS[destination], said), tmp_path):
            check(trip, said)
        if full_name(said) or said.get("email") or said.get("phone"):  # Nobody is made of a city alone.
            for trip in trips(Staged(destination, "contact", Outcome.CREATE, "", said), tmp_path):
                check(trip, said)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@pytest.mark.parametrize("destination", sorted(IDS))
def test_every_field_of_the_model_survives_or_is_listed_alone_and_with_all_the_others(
    destination: str, operation: Outcome, tmp_path: Path
) -> None:
    target = IDS[destination] if operation is Outcome.UPDATE else ""
    # Nobody is made without a name.
    named = {} if target else {"first_name": "Nora", "last_name": "New"}
    alone = [{name: text} if name in NAMES else named | {name: text} for name, text in (FULL | WHOLE_NAME).items()]
    for said in (FULL, WHOLE_NAME, *alone):
        for trip in trips(Staged(destination, "contact", operation, target, said), tmp_path):
            check(trip, said)


@pytest.mark.parametrize("destination", sorted(IDS))
def test_a_field_that_is_cleared_is_blank_afterwards_or_listed(destination: str, tmp_path: Path) -> None:
    for name, text in (FULL | WHOLE_NAME).items():
        staged = Staged(destination, "contact", Outcome.UPDATE, IDS[destination], {name: ""}, {name: text})
        for trip in trips(staged, tmp_path):
            assert trip.part.file is None, "a blank cell of a file could mean anything"
            check(trip, {name: ""})
            assert bool(trip.back) == any(line.cleared or line.method == "DELETE" for line in trip.part.lines)


@pytest.mark.parametrize("destination", sorted(IDS))
def test_the_fields_that_every_system_keeps_are_never_lost(destination: str, tmp_path: Path) -> None:
    values = {
        "first_name": "Ann", "last_name": "Archer", "name": "Ann Archer", "email": "ann@one.test",
        "phone": "+12125550101",
    }  # fmt: skip
    for trip in trips(Staged(destination, "contact", Outcome.UPDATE, IDS[destination], values), tmp_path):
        assert trip.part.losses == ()
        assert trip.back
        assert full_name(trip.back.values) == "Ann Archer"
        assert (trip.back.values["email"], trip.back.values["phone"]) == ("ann@one.test", "+12125550101")


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ('"Id","Email"\r\n"0035e00000AnnAaAAJ","ann@one.test"\r\n', "salesforce"),
        ('"Record ID","Company Name","City"\r\n"10676775052","Acme","Austin"\r\n', "hubspot"),
        (
            '"Record Id","First Name","Last Name","Email"\r\n"5361160000000123456","Ann","Archer","a@one.test"\r\n',
            "zoho",
        ),
        ('"Record Id","Email","Phone","Last Name"\r\n"5361160000000123456","a@one.test","","Archer"\r\n', "zoho"),
        ('"Person - ID","Person - Job title"\r\n"4711","Buyer"\r\n', "pipedrive"),
        ('"Contact Id","Phone"\r\n"AnnAaAnnAaAnnAaAnnAa","+12125550101"\r\n', "ghl"),
    ],
    ids=lambda value: value if value.isalpha() else "",
)
def test_an_import_file_of_few_columns_is_its_systems_and_no_others(text: str, system: str, tmp_path: Path) -> None:
    path = tmp_path / "staged.csv"
    path.write_text(text)
    (event,) = events_of(path)
    assert (event.table.system, event.record_id) == (system, IDS[system])
    if system == "zoho":
        assert reasons(open_sources(path).sources[0]) == [f"zoho-contacts: {STAGED}"]


@pytest.mark.parametrize(
    "text", ["Id,Email\n17,ann@one.test\n", "Id,Email\n", "id,Email\n0035e00000AnnAaAAJ,a@one.test\n"]
)
def test_a_table_with_ids_of_nobody_is_not_taken_for_an_import_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(InputError):
        open_sources(path)


def test_a_stage_of_the_clients_own_goes_to_hubspot_by_its_label_and_is_lost_where_the_internal_value_is_needed() -> (
    None
):
    staged = Staged("hubspot", "contact", Outcome.UPDATE, IDS["hubspot"], {"lifecycle_stage": "Potential customer"})
    (by_file,) = mapped(staged, TABLES["contact-map"])
    assert by_file.cells["Lifecycle Stage"] == "Potential customer"
    (by_request,) = mapped(staged, TABLES["contact-map"], files=False)
    assert [loss.why for loss in by_request.losses] == [
        "does not take its value, which is a word of the account's own, whose internal value is not known"
    ]
