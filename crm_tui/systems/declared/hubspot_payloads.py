"""HubSpot payloads: webhook subscriptions old (``contact.…``) and new (``object.…``), and records of the API.

One event is about one property, so it carries no e-mail unless that changed: the record id is the only key.  Old
forms name the object in the type, new ones in ``objectTypeId``: ``0-1`` contact, ``0-2`` company, ``0-3`` deal
(formats.md 8b).
"""

from __future__ import annotations

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, Table

_ID = "hubspot"

FIELDS = {
    "firstname": "first_name",
    "lastname": "last_name",
    "email": "email",
    "hs_additional_emails": "other_emails",
    "phone": "phone",
    "mobilephone": "mobile_phone",
    "company": "company",
    "jobtitle": "job_title",
    "address": "address1",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
    "website": "website",
    "date_of_birth": "birthday",
    "hubspot_owner_id": "owner",
    "lifecyclestage": "lifecycle_stage",
    "hs_lead_status": "lead_status",
    "hs_analytics_source": "lead_source",
    "hs_email_optout": "email_opt_out",
    "createdate": "created_at",
    "lastmodifieddate": "modified_at",
    "hs_object_id": "record_id",
}
"""Internal property name → canonical field."""

_PORTAL = Column("portal", Role.SCOPE, "portal", optional=True, path="portalId")
_EVENT_ID = Column("event_id", Role.EVENT_ID, "event id", required=True, path="eventId")
_OCCURRED = Column(
    "occurred_at", Role.UPDATED_AT, "occurred", optional=True, path="occurredAt", transform="epoch_milliseconds"
)
_SOURCE = Column("change_source", Role.TEXT, "changed by", optional=True, path="changeSource|sourceId")
_CONTACT = person("object_id", _ID, "HubSpot id", path="objectId", required=True)
_COMMON = (_EVENT_ID, _OCCURRED, _SOURCE, _PORTAL)

_NEW = {"contact": "0-1", "company": "0-2", "deal": "0-3"}


def _told_by(thing: str, *events: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The conditions of the old and of the new form of a subscription."""
    old = {"subscriptionType": tuple(f"{thing}.{event}" for event in events)}
    new = {"subscriptionType": tuple(f"object.{event}" for event in events), "objectTypeId": (_NEW[thing],)}
    return old, new


def _both(name: str, kind: Kind, noun: str, columns: tuple[Column, ...], thing: str, *events: str) -> tuple[Table, ...]:
    """A table for the old form and one for the new."""
    return tuple(
        Table(
            name=f"{name}{suffix}",
            system=_ID,
            kind=kind,
            noun=noun,
            columns=columns,
            fields=FIELDS if kind is Kind.CHANGE else {},
            payload=Payload(when=when),
        )
        for suffix, when in zip(("", "-generic"), _told_by(thing, *events), strict=True)
    )


_CHANGES = _both(
    "hubspot-contact-changes",
    Kind.CHANGE,
    "HubSpot change",
    (
        *_COMMON,
        _CONTACT,
        Column("property", Role.FIELD, "property", required=True, path="propertyName"),
        Column("new_value", Role.NEW_VALUE, "new value", optional=True, path="propertyValue", transform="told_value"),
    ),
    "contact",
    "propertyChange",
)
"""A cleared property is an empty text; a sensitive one is hidden as ``REDACTED``."""

_CREATIONS = _both(
    "hubspot-contact-creations",
    Kind.CONTACT,
    "HubSpot creation",
    (*_COMMON, _CONTACT),
    "contact",
    "creation",
    "restore",
)

_DELETIONS = _both(
    "hubspot-contact-deletions",
    Kind.DELETION,
    "HubSpot deletion",
    (*_COMMON, _CONTACT),
    "contact",
    "deletion",
    "privacyDeletion",
)

_MERGES = _both(
    "hubspot-contact-merges",
    Kind.DELETION,
    "HubSpot merge",
    (
        *_COMMON,
        person("merged_ids", _ID, "merged HubSpot ids", path="mergedObjectIds[]", separator=";", required=True),
        person("primary_id", _ID, "surviving HubSpot id", path="newObjectId|primaryObjectId", secondary=True),
    ),
    "contact",
    "merge",
)

_DEALS = _both(
    "hubspot-deal-events",
    Kind.OPPORTUNITY,
    "HubSpot deal event",
    (
        *_COMMON,
        Column(
            "operation", Role.OPERATION, "event", optional=True, path="subscriptionType", transform="event_operation"
        ),
        value("deal", "record_id", path="objectId", label="deal id"),
        Column("property", Role.TEXT, "property", optional=True, path="propertyName"),
        Column("new_value", Role.TEXT, "new value", optional=True, path="propertyValue"),
        person("contact", _ID, "HubSpot id", path="contactId"),
    ),
    "deal",
    "creation",
    "propertyChange",
    "deletion",
    "merge",
    "restore",
)
"""A deal's event names no contact, so it is an error row that says so."""

_COMPANIES = _both(
    "hubspot-company-events",
    Kind.ACCOUNT,
    "HubSpot company event",
    (*_COMMON, value("company", "record_id", path="objectId", label="company id")),
    "company",
    "creation",
    "propertyChange",
    "deletion",
    "merge",
    "restore",
)


def _at(name: str) -> str:
    return f"properties.{name}"


CONTACT_RECORDS = Table(
    name="hubspot-contact-records",
    system=_ID,
    kind=Kind.CONTACT,
    noun="HubSpot contact",
    columns=(
        person("record_id", _ID, "HubSpot id", path="id", required=True),
        value("first_name", "first_name", path=_at("firstname")),
        value("last_name", "last_name", path=_at("lastname")),
        email("email", path=_at("email")),
        email(
            "additional_emails", path=_at("hs_additional_emails"), field="other_emails", separator=";", secondary=True
        ),
        phone("phone", path=_at("phone")),
        phone("mobile_phone", path=_at("mobilephone"), field="mobile_phone"),
        value("company", "company", path=_at("company")),
        value("job_title", "job_title", path=_at("jobtitle")),
        value("address1", "address1", path=_at("address")),
        value("city", "city", path=_at("city")),
        value("state", "state", path=_at("state")),
        value("postal_code", "postal_code", path=_at("zip")),
        value("country", "country", path=_at("country")),
        value("website", "website", path=_at("website")),
        value("owner", "owner", path=_at("hubspot_owner_id")),
        value("lifecycle_stage", "lifecycle_stage", path=_at("lifecyclestage"), transform="picklist"),
        value("lead_status", "lead_status", path=_at("hs_lead_status"), transform="picklist"),
        value("email_opt_out", "email_opt_out", path=_at("hs_email_optout")),
        value("created", "created_at", path="createdAt"),
        value("updated", "modified_at", path="updatedAt", role=Role.UPDATED_AT),
        Column("archived", Role.OPERATION, "archived", optional=True, path="archived", transform="deleted_flag"),
    ),
    payload=Payload(
        when={"results[].properties.email|results[].properties.firstname|results[].properties.lastname": ()},
        each="results",
    ),
)
"""Pages of ``GET /crm/v3/objects/contacts``; an archived record is a deleted one."""

DEAL_RECORDS = Table(
    name="hubspot-deal-records",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="HubSpot deal",
    columns=(
        Column("record_id", Role.EVENT_ID, "deal id", required=True, path="id"),
        person("contacts", _ID, "associated HubSpot ids", path="associations.contacts.results[].id", separator=";"),
        value("deal_name", "deal_name", path=_at("dealname")),
        value("stage", "stage", path=_at("dealstage")),
        value("pipeline", "pipeline", path=_at("pipeline")),
        value("amount", "amount", path=_at("amount")),
        value("close_date", "close_date", path=_at("closedate")),
        value("owner", "owner", path=_at("hubspot_owner_id")),
        value("created", "created_at", path="createdAt"),
        value("updated", "modified_at", path="updatedAt", role=Role.UPDATED_AT),
        Column("archived", Role.OPERATION, "archived", optional=True, path="archived", transform="deleted_flag"),
    ),
    payload=Payload(when={"results[].properties.dealname": ()}, each="results"),
)

TABLES = (
    *_CHANGES,
    *_CREATIONS,
    *_DELETIONS,
    *_MERGES,
    *_DEALS,
    *_COMPANIES,
    CONTACT_RECORDS,
    DEAL_RECORDS,
)
