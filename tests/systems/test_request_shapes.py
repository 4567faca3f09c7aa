"""Bodies of staged requests against the models that the vendor's own package ships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from crm_tui.classify.mapping import mapped
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS, TABLES

objects = pytest.importorskip("hubspot.crm.objects.models", reason="hubspot-api-client is not installed")
contacts = pytest.importorskip("hubspot.crm.contacts.models", reason="hubspot-api-client is not installed")


def bodies(staged: Staged, table: str = "contact-map") -> list[Mapping[str, Any]]:
    return [line.body for part in mapped(staged, TABLES[table], files=False) for line in part.lines]


def built(model: Any, body: Mapping[str, Any]) -> Any:
    """The vendor's model of the body; it refuses what is required and missing, and we refuse what it does not know."""
    known = set(model.attribute_map.values())
    assert set(body) <= known, f"HubSpot knows no {set(body) - known}"
    names = {spelled: name for name, spelled in model.attribute_map.items()}
    return model(**{names[name]: value for name, value in body.items()})


def test_a_change_of_a_hubspot_contact_is_what_its_client_sends() -> None:
    values = {"first_name": "Ann", "phone": "+12125550101", "lifecycle_stage": "marketing qualified lead", "city": ""}
    (body,) = bodies(Staged("hubspot", "contact", Outcome.UPDATE, "101", values, {"city": "Austin"}))
    model = built(contacts.SimplePublicObjectInput, body)
    assert model.properties["lifecyclestage"] == "marketingqualifiedlead"
    assert model.properties["city"] == ""
    assert all(isinstance(value, str) for value in model.properties.values())


def test_a_new_hubspot_contact_is_what_its_client_sends() -> None:
    (body,) = bodies(Staged("hubspot", "contact", Outcome.CREATE, "", {"email": "ann@one.test", "name": "Ann Archer"}))
    assert built(contacts.SimplePublicObjectInputForCreate, body).properties == {
        "email": "ann@one.test",
        "firstname": "Ann",
        "lastname": "Archer",
    }


def test_a_note_and_a_deal_of_hubspot_name_their_contact_as_its_client_does() -> None:
    note = {"activity_id": "ACT-1", "summary": "Said hello", "occurred_at": "2026-05-10T10:00:00Z"}
    (body,) = bodies(Staged("hubspot", "activity", Outcome.APPEND, "101", note), "activity-events")
    model = built(objects.SimplePublicObjectInputForCreate, body)
    (association,) = model.associations
    assert built(objects.PublicAssociationsForObject, association).to == {"id": "101"}
    (kind,) = association["types"]
    built(objects.AssociationSpec, kind)
    (body,) = bodies(Staged("hubspot", "opportunity", Outcome.UPSERT, "101", {"deal_name": "Roof", "amount": "1500.5"}))
    built(objects.SimplePublicObjectInputForCreate, body)


SHAPES = {
    "close": {"name", "title", "emails", "phones", "urls"},
    "copper": {
        "name", "title", "emails", "phone_numbers", "address", "websites", "tags", "details", "assignee_id",
        "contact_type_id", "company_id", "socials", "prefix", "suffix", "custom_fields",
    },
    "ghl": {
        "firstName", "lastName", "name", "email", "phone", "address1", "city", "state", "postalCode", "country",
        "website", "timezone", "dnd", "dndSettings", "inboundDndSettings", "tags", "customFields", "source",
        "dateOfBirth", "assignedTo", "gender",
    },
    "pipedrive": {
        "name", "owner_id", "org_id", "emails", "phones", "label_ids", "visible_to", "marketing_status",
        "custom_fields", "job_title",
    },
}  # fmt: skip
"""Keys of an update's body as formats.md 1c, 2c, 3b and 9c give them."""


@pytest.mark.parametrize("system", sorted(set(SHAPES) & set(SYSTEMS)))
def test_an_update_has_no_key_that_the_vendor_does_not_document(system: str) -> None:
    requests = SYSTEMS[system].imports.request("contact", Outcome.UPDATE)
    keys = {slot.name.split("/")[0] for request in requests for slot in request.slots}
    assert {key for key in keys if not key.startswith("custom.")} <= SHAPES[system]
