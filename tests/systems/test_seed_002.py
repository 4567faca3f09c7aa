"""The mapping test of seed 002 (2.51) and its promises about mapping (2.16 to 2.21), through the product."""

from __future__ import annotations

import pytest

from crm_tui.errors import PolicyError
from crm_tui.model import Outcome, Queue
from crm_tui.workspace.policies import read_policy
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import FIXTURES, MAP_HEADER, PEOPLE, cases_of
from tests.systems.test_seed_003 import staged

POLICY = """
[own_fields.salesforce]
LeadSource = "leadsource"
Custom_Field__c = "custom_property"
"""


def test_the_seven_fields_of_a_salesforce_contact_are_staged_as_hubspot_calls_them(bench: Bench) -> None:
    paths = [bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE)), FIXTURES / "salesforce/seed-contact.json"]
    assert bench.load(*paths, policy=POLICY) == ()
    (case,) = cases_of(bench).values()
    assert (case.verdict.queue, case.verdict.rule) == (Queue.CONFLICT, "unmapped")
    (request,) = staged(bench, "create")
    assert (request["method"], request["path"]) == ("POST", "/crm/v3/objects/contacts")
    assert request["body"]["properties"] == {
        "firstname": "John",
        "lastname": "Doe",
        "email": "john@example.com",
        "phone": "555-1234",
        "company": "Acme Corp",
        "leadsource": "Web",
        "custom_property": "Value",
    }


def test_the_same_contact_as_an_export_row_gives_the_same_properties(bench: Bench) -> None:
    row = {
        "Id": "0035e00000NewNwAAJ",
        "FirstName": "John",
        "LastName": "Doe",
        "Email": "john@example.com",
        "Phone": "555-1234",
        "Account.Name": "Acme Corp",
        "LeadSource": "Web",
        "CUSTOM_FIELD__C": "Value",
    }
    paths = [
        bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE)),
        bench.put("rows.csv", csv_bytes((), [row])),
    ]
    assert bench.load(*paths, policy=POLICY) == ()
    (request,) = staged(bench, "create")
    assert request["body"]["properties"]["company"] == "Acme Corp"
    assert request["body"]["properties"]["custom_property"] == "Value"


def test_without_a_name_for_it_a_custom_field_goes_nowhere_and_a_lead_source_is_protected(bench: Bench) -> None:
    paths = [bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE)), FIXTURES / "salesforce/seed-contact.json"]
    assert bench.load(*paths) == ()
    (case,) = cases_of(bench).values()
    created = case.options[0].staged
    assert created and created.operation is Outcome.CREATE
    assert not {"lead_source", "leadsource", "custom_property"} & set(created.values)


def test_a_local_phone_is_kept_as_written_and_is_no_key(bench: Bench) -> None:
    paths = [bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE)), FIXTURES / "salesforce/seed-contact.json"]
    assert bench.load(*paths) == ()
    (case,) = cases_of(bench).values()
    assert "phone: local number without area code" in [note.text for note in case.notes]


def test_own_fields_of_an_unknown_system_are_refused_with_the_systems_that_are_known(bench: Bench) -> None:
    policy = bench.put("policy.toml", b'[own_fields.sailforce]\nX = "y"\n')
    with pytest.raises(PolicyError, match=r"own_fields\.sailforce: no such system; known are .*app, close, "):
        read_policy(policy)
