"""Copper (ProsperWorks): exports, webhooks and API records (formats.md 3).

Ids are numbers, each type in a space of its own: a lead's id is no person's.  Times of records are seconds since 1970.
A webhook of a new or deleted record carries ids alone, up to thirty of them.
"""

from __future__ import annotations

import re

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Payload, Role, System, Table
from crm_tui.systems.declared.copper_imports import IMPORTS

_ID = "copper"

_EXPORTED = (
    value("first_name", "first_name"),
    value("last_name", "last_name"),
    value("name", "name"),
    email("email", "work_email"),
    *(email(f"email_{number}", field="other_emails", secondary=True) for number in range(2, 6)),
    phone("phone_number", "work_phone"),
    *(phone(f"phone_number_{number}", field="other_phones") for number in range(2, 6)),
    value("title", "job_title"),
    value("company", "company"),
    value("street", "address1"),
    value("city", "city"),
    value("state", "state"),
    value("postal_code", "postal_code"),
    value("country", "country"),
    value("tags", "tags", separator=","),
    value("details", "description"),
    value("owned_by", "owner", "owner"),
    value("created_at", "created_at"),
)

PEOPLE = Table(
    name="copper-people",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Copper person",
    columns=(
        person("copper_id", _ID, "Copper id", required=True, optional=False),
        *_EXPORTED,
        value("contact_type", "lifecycle_stage", optional=False),
    ),
)
LEADS = Table(
    name="copper-leads",
    system=_ID,
    kind=Kind.LEAD,
    noun="Copper lead",
    columns=(
        Column("copper_id", Role.EVENT_ID, "lead id", required=True, transform="integer_id"),
        *_EXPORTED,
        value("status", "lead_status", "lead_status", optional=False),
        value("source", "lead_source"),
        value("value", "amount"),
    ),
)

_WHAT = (
    Column("event", Role.TEXT, "event", path="^event"),
    Column("type", Role.TEXT, "type", path="^type"),
    value("timestamp", "modified_at", path="^timestamp", role=Role.UPDATED_AT),
)
_PARTS = ("id", "type", "event", "timestamp")
_TO_CANONICAL = {
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "title": "job_title",
    "emails": "email",
    "email": "email",
    "phone_numbers": "phone",
    "company_name": "company",
    "assignee_id": "owner",
    "contact_type_id": "lifecycle_stage",
    "details": "description",
    "tags": "tags",
    "status": "lead_status",
    "status_id": "lead_status",
    "customer_source_id": "lead_source",
    "monetary_value": "amount",
}
"""API name → canonical field."""
_NOTICE = {"subscription_id": (), "ids": ()}
_NEW = "^updated_attributes.{}[1]"
_SINGLE = ("name", "first_name", "last_name", "title", "company_name", "assignee_id", "contact_type_id", "details")


def _notice(word: str, kind: Kind, noun: str, identity: Column, *more: Column) -> Table:
    """The table of a webhook about records that are there still."""
    return Table(
        name=f"copper-{word}-event",
        system=_ID,
        kind=kind,
        noun=noun,
        columns=(
            identity,
            *_WHAT,
            Column(
                "changed", Role.CHANGED, "changed fields", optional=True, path="^updated_attributes{}", separator="\n"
            ),
            *more,
        ),
        fields=_TO_CANONICAL,
        payload=Payload({**_NOTICE, "type": (word,), "event": ("new", "update")}, each="ids"),
        parts=_PARTS,
    )


PERSON_EVENT = _notice(
    "person",
    Kind.CONTACT,
    "Copper person event",
    person("id", _ID, "Copper id", path=".", required=True),
    email("emails", path=_NEW.format("emails") + "[].email", separator=","),
    phone("phone_numbers", path=_NEW.format("phone_numbers") + "[].number", separator=","),
    value("tags", "tags", path=_NEW.format("tags") + "[]", separator=","),
    *(value(name, _TO_CANONICAL[name], path=_NEW.format(name)) for name in _SINGLE),
)
LEAD_EVENT = _notice(
    "lead",
    Kind.LEAD,
    "Copper lead event",
    Column("id", Role.TEXT, "lead id", path=".", required=True),
    email("email", path=_NEW.format("email") + ".email"),
    phone("phone_numbers", path=_NEW.format("phone_numbers") + "[].number", separator=","),
    value("status", "lead_status", path=_NEW.format("status")),
    value("assignee_id", "owner", path=_NEW.format("assignee_id")),
)
COMPANY_EVENT = _notice(
    "company", Kind.ACCOUNT, "Copper company event", Column("id", Role.TEXT, "company id", path=".", required=True)
)
OPPORTUNITY_EVENT = _notice(
    "opportunity",
    Kind.OPPORTUNITY,
    "Copper opportunity event",
    Column("id", Role.TEXT, "opportunity id", path=".", required=True),
    person("primary_contact_id", _ID, "Copper id of the person", path=_NEW.format("primary_contact_id")),
    value("name", "deal_name", path=_NEW.format("name")),
    value("monetary_value", "amount", path=_NEW.format("monetary_value")),
)
PERSON_GONE = Table(
    name="copper-person-gone",
    system=_ID,
    kind=Kind.DELETION,
    noun="Copper person deleted",
    columns=(person("id", _ID, "Copper id", path=".", required=True), *_WHAT),
    payload=Payload({**_NOTICE, "type": ("person",), "event": ("delete",)}, each="ids"),
    parts=_PARTS,
)

_RECORD = (
    value("name", "name", path="name"),
    value("first_name", "first_name", path="first_name"),
    value("last_name", "last_name", path="last_name"),
    phone("phone_numbers", path="phone_numbers[].number", separator=","),
    value("title", "job_title", path="title"),
    value("company_name", "company", path="company_name"),
    value("street", "address1", path="address.street"),
    value("city", "city", path="address.city"),
    value("state", "state", path="address.state"),
    value("postal_code", "postal_code", path="address.postal_code"),
    value("country", "country", path="address.country"),
    value("assignee_id", "owner", path="assignee_id"),
    value("details", "description", path="details"),
    value("website", "website", path="websites[0].url"),
    value("tags", "tags", path="tags[]", separator=","),
    value("date_created", "created_at", path="date_created", transform="epoch_seconds"),
    value("date_modified", "modified_at", path="date_modified", transform="epoch_seconds", role=Role.UPDATED_AT),
)
PERSON_RECORD = Table(
    name="copper-person-record",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Copper person",
    columns=(
        person("id", _ID, "Copper id", path="id", required=True),
        email("emails", path="emails[].email", separator=","),
        value("contact_type_id", "lifecycle_stage", path="contact_type_id"),
        *_RECORD,
    ),
    payload=Payload({"contact_type_id": (), "emails": (), "date_modified": ()}),
)
LEAD_RECORD = Table(
    name="copper-lead-record",
    system=_ID,
    kind=Kind.LEAD,
    noun="Copper lead",
    columns=(
        Column("id", Role.EVENT_ID, "lead id", path="id", required=True),
        email("email", path="email.email"),
        value("status", "lead_status", path="status|status_id"),
        value("customer_source_id", "lead_source", path="customer_source_id"),
        value("monetary_value", "amount", path="monetary_value"),
        *_RECORD,
    ),
    payload=Payload({"customer_source_id": (), "status_id": (), "date_modified": (), "email": ()}),
)
OPPORTUNITY_RECORD = Table(
    name="copper-opportunity-record",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Copper opportunity",
    columns=(
        Column("id", Role.EVENT_ID, "opportunity id", path="id", required=True),
        person("primary_contact_id", _ID, "Copper id of the person", path="primary_contact_id"),
        value("name", "deal_name", path="name"),
        value("monetary_value", "amount", path="monetary_value"),
        value("pipeline_id", "pipeline", path="pipeline_id"),
        value("pipeline_stage_id", "stage", path="pipeline_stage_id"),
        value("status", "deal_status", path="status"),
        value("close_date", "close_date", path="close_date"),
        value("win_probability", "probability", path="win_probability"),
        value("assignee_id", "owner", path="assignee_id"),
        value("date_modified", "modified_at", path="date_modified", transform="epoch_seconds", role=Role.UPDATED_AT),
    ),
    payload=Payload({"primary_contact_id": (), "pipeline_stage_id": ()}),
)

SYSTEM = System(
    name=_ID,
    label="Copper",
    letter="U",
    id_pattern=re.compile(r"[0-9]{1,12}"),
    id_rule=IdRule.INTEGER,
    tables=(
        PEOPLE,
        LEADS,
        PERSON_EVENT,
        LEAD_EVENT,
        COMPANY_EVENT,
        OPPORTUNITY_EVENT,
        PERSON_GONE,
        PERSON_RECORD,
        LEAD_RECORD,
        OPPORTUNITY_RECORD,
    ),
    imports=IMPORTS,
)
