"""Bodies of staged requests against the vendors' own models where a package ships them, else against formats.md."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ValidationError

from crm_tui.classify.body import put
from crm_tui.classify.mapped_row import Line
from crm_tui.classify.mapping import mapped
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS, TABLES
from tests.systems.request_bodies import BODIES, BulkRequest, SyncRequest, body_of
from tests.systems.systems_support import FIXTURES
from tests.systems.test_offer import events, staged_rows
from tests.systems.test_staged_round_trip import FULL, IDS, WHOLE_NAME, contacts_of

objects = pytest.importorskip("hubspot.crm.objects.models", reason="hubspot-api-client is not installed")
contacts = pytest.importorskip("hubspot.crm.contacts.models", reason="hubspot-api-client is not installed")

TARGETS = IDS | {"app": "k57ann"}
FILLED_IN = {
    "version": "62.0",
    "lead_id": "lead_AcmeAcmeAcmeAcmeAcme",
    "status_id": "stat_1",
    "CloseDate": "2026-06-30",
    "DurationInMinutes": 30,
}
"""What whoever sends a request puts where ``fill_in`` says; other places take any text."""


class Sent(NamedTuple):
    """A request as it goes out, what is to be filled in filled in."""

    system: str
    object: str
    operation: Outcome
    method: str
    path: str
    body: Mapping[str, Any]


def sent(system: str, thing: str, operation: Outcome, line: Line) -> Sent:
    """The request once whoever sends it has filled in what only the account knows."""
    path, body = line.path, json.loads(json.dumps(line.body))
    for place in line.fill_in:
        if f"{{{place}}}" in path:
            path = path.replace(f"{{{place}}}", str(FILLED_IN.get(place, TARGETS[system])))
        elif "{" in place:
            where, name = (body["contacts"][0] if place.startswith("contacts[0]/") else body), place.split("/")[-1]
            where[re.sub(r"\{(\w+)\}", r"cf_\1", name)] = where.pop(name)
        elif place == "id":
            path, body = path.replace("{id}", TARGETS[system]), _aimed(body, TARGETS[system])
        elif place not in body:
            put(body, place, FILLED_IN.get(place, "filled in"))
    return Sent(system, thing, operation, line.method, path, body)


def _aimed(body: Any, target: str) -> Any:
    if isinstance(body, dict):
        return {name: _aimed(value, target) for name, value in body.items()}
    if isinstance(body, list):
        return [_aimed(value, target) for value in body]
    return body.replace("{id}", target) if isinstance(body, str) else body


def _staged() -> Iterator[tuple[Staged, str]]:
    for system, target in TARGETS.items():
        full = FULL | {"ghl_id": "AnnAaAnnAaAnnAaAnnAa"}
        for values in (full, WHOLE_NAME, *(dict([pair]) for pair in full.items()), *contacts_of("salesforce")):
            yield Staged(system, "contact", Outcome.UPDATE, target, values), "contact-map"
            if values.keys() & {"name", "first_name", "email"}:
                yield Staged(system, "contact", Outcome.CREATE, "", values), "contact-map"
        for name, text in full.items():
            yield Staged(system, "contact", Outcome.UPDATE, target, {name: ""}, {name: text}), "contact-map"
    yield Staged("app", "contact", Outcome.SOFT_DELETE, "k57ann"), "contact-map"
    for event in events():
        for staged, table in staged_rows(event):
            if staged.object != "contact" and staged.destination in TARGETS:
                yield replace(staged, target_id=TARGETS[staged.destination]), table.name


@cache
def requests() -> tuple[Sent, ...]:
    """Every kind of request that is staged: of each field, of whole contacts, of clears, and of all events read."""
    found: dict[str, Sent] = {}
    for staged, table in _staged():
        for part in mapped(staged, TABLES[table], files=False):
            for line in part.lines:
                one = sent(part.system, part.object, part.operation, line)
                found.setdefault(json.dumps(one), one)
    return tuple(found.values())


def test_every_request_is_one_that_its_vendor_documents() -> None:
    wrong = []
    for one in requests():
        try:
            body_of(one.system, one.method, one.path).model_validate(one.body)
        except (ValidationError, LookupError) as error:
            wrong.append((one.system, one.method, one.path, str(error)))
    assert wrong == []


def test_every_request_that_can_be_staged_is_among_them() -> None:
    declared = {
        (system, request.object, request.operation, request.method)
        for system in TARGETS
        for request in SYSTEMS[system].imports.requests
    }
    assert {(one.system, one.object, one.operation, one.method) for one in requests()} == declared
    unused = [key for key in BODIES if not any(_is(one, key) for one in requests())]
    assert unused == [], "no request is of this kind"


def _is(one: Sent, key: tuple[str, str, str]) -> bool:
    return one.system == key[0] and bool(re.fullmatch(key[1], one.method) and re.fullmatch(key[2], one.path))


@pytest.mark.parametrize("key", BODIES, ids=lambda key: f"{key[0]}-{key[2]}")
def test_a_body_with_a_member_that_the_vendor_does_not_know_is_no_body_of_it(key: tuple[str, str, str]) -> None:
    one = next(one for one in requests() if _is(one, key))
    with pytest.raises(ValidationError):
        BODIES[key].model_validate({**one.body, "locationID": "x"})


@pytest.mark.parametrize("system", sorted(IDS))
def test_what_a_new_deal_needs_and_the_row_lacks_is_filled_and_said_to_be_a_default(system: str) -> None:
    deal = Staged(system, "opportunity", Outcome.UPSERT, IDS[system], {"amount": "99", "deal_status": "dreaming"})
    (part,) = mapped(deal, TABLES["contact-map"])
    named = {one.name.split("/")[-1]: one.value for one in part.defaults}
    assert system == "close" or any(value.startswith("Unnamed") for value in named.values()), "a deal has a name"
    if system == "ghl":
        assert named["status"] == "open"
        assert ("deal_status", "does not take its value, which is no status of an opportunity there") in part.losses
    nothing = Staged(system, "opportunity", Outcome.UPSERT, IDS[system], {"owner": "Rita"})
    (part,) = mapped(nothing, TABLES["contact-map"])
    assert (part.lines, part.defaults) == ((), ())


@pytest.mark.parametrize("system", ["dynamics", "ghl", "salesforce", "zoho"])
def test_a_box_is_never_made_blank(system: str) -> None:
    name = "dnd" if system == "ghl" else "email_opt_out"
    staged = Staged(system, "contact", Outcome.UPDATE, IDS[system], {name: ""}, {name: "true"})
    (part,) = mapped(staged, TABLES["contact-map"])
    assert part.lines == ()
    assert [loss.why for loss in part.losses] == ["does not let this field be blank"]


def models(system: str) -> list[Sent]:
    return [one for one in requests() if one.system == system]


def built(model: Any, body: Mapping[str, Any]) -> Any:
    """HubSpot's model of the body; it refuses what is required and missing, and we refuse what it does not know."""
    known = set(model.attribute_map.values())
    assert set(body) <= known, f"HubSpot knows no {set(body) - known}"
    names = {spelled: name for name, spelled in model.attribute_map.items()}
    return model(**{names[name]: value for name, value in body.items()})


def test_every_request_to_hubspot_is_what_its_own_client_sends() -> None:
    for one in models("hubspot"):
        if one.method == "PATCH":
            model = built(contacts.SimplePublicObjectInput, one.body)
        elif one.path.endswith("/contacts"):
            model = built(contacts.SimplePublicObjectInputForCreate, one.body)
        else:
            model = built(objects.SimplePublicObjectInputForCreate, one.body)
            (association,) = model.associations
            assert built(objects.PublicAssociationsForObject, association).to == {"id": TARGETS["hubspot"]}
            (kind,) = association["types"]
            built(objects.AssociationSpec, kind)
        assert all(isinstance(value, str) for value in model.properties.values())


def shipped(package: str) -> Path:
    """The folder of a package that is installed; its own modules take seconds to import, and none of them is needed."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return Path(found.submodule_search_locations[0])


def module(path: Path) -> ModuleType:
    """One module of a package by itself."""
    spec = spec_from_file_location(f"shipped_{path.stem}", path)
    assert spec and spec.loader
    made = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@cache
def of_ghl() -> dict[str, type[BaseModel]]:
    """GHL's own models by method and path; they ignore what they do not know, and here it is refused."""
    services = shipped("highlevel") / "services"
    people, calendars, deals = (
        module(services / name / "models" / f"{name}.py") for name in ("contacts", "calendars", "opportunities")
    )
    return {
        rf"PUT /contacts/{IDS['ghl']}": people.UpdateContactDtoV3,
        r"POST /contacts/": people.CreateContactDtoV3,
        r"(POST|DELETE) .*/tags": people.TagsDTO,
        r"POST .*/notes": people.NotesDTO,
        r"POST /calendars/events/appointments": calendars.AppointmentCreateSchema,
        r"POST /opportunities/": deals.CreateDtoV3,
    }


def test_every_request_to_ghl_is_what_its_own_client_sends() -> None:
    for one in models("ghl"):
        model = next(model for told, model in of_ghl().items() if re.fullmatch(told, f"{one.method} {one.path}"))
        # Its generated model takes a birthday for an object, its documentation for a text (formats.md 1c).
        body = {name: value for name, value in one.body.items() if name != "dateOfBirth"}
        assert set(one.body) <= set(model.model_fields), f"GHL knows no {set(one.body) - set(model.model_fields)}"
        model.model_validate(body)


@cache
def of_zoho() -> Mapping[str, frozenset[str]]:
    """Members that Zoho's own client knows: of the envelope, of a contact, of a deal, of a note."""
    source = shipped("zohocrmsdk") / "src"
    details = json.loads((source / "json_details.json").read_text("utf-8"))
    kinds = module(source / "com/zoho/crm/api/record/field.py").Field
    fields = {
        name: frozenset(getattr(kind, one)().get_api_name() for one in vars(kind) if not one.startswith("_"))
        for name, kind in (("contact", kinds.Contacts), ("deal", kinds.Deals))
    }
    shapes = {name: frozenset(one["name"] for one in details[f"zohocrmsdk.src.com.zoho.crm.api.{path}"].values())
              for name, path in (("envelope", "record.BodyWrapper"), ("note", "notes.Note"))}  # fmt: skip
    return fields | shapes


def test_every_request_to_zoho_has_members_that_its_own_client_knows() -> None:
    known = of_zoho()
    for one in models("zoho"):
        kind = "note" if one.path.endswith("/Notes") else "deal" if one.path.endswith("/Deals") else "contact"
        assert set(one.body) <= known["envelope"]
        for record in one.body["data"]:
            assert set(record) <= known[kind], f"Zoho knows no {set(record) - known[kind]}"


def test_the_requests_of_the_fixtures_are_those_of_the_gateway() -> None:
    lines = [json.loads(line) for line in (FIXTURES / "request/sync.jsonl").read_text().splitlines()]
    asked = [line for line in lines if "entity_type" in line]
    assert {SyncRequest.model_validate(line).entity_type for line in asked} == {
        "contact", "lead", "account", "opportunity", "activity",
    }  # fmt: skip
    bulk = [json.loads((FIXTURES / "request/bulk.json").read_text())]
    bulk += [json.loads(line) for line in (FIXTURES / "request/bulk-others.jsonl").read_text().splitlines()]
    assert all(BulkRequest.model_validate(one).data for one in bulk)
