"""Close payloads: webhook events, pages of the API, exports as JSON (formats.md 2b).

An event holds the whole object in ``data`` and names the fields that were changed.
"""

from __future__ import annotations

from crm_tui.systems.columns import direction, email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, Table

_ID = "close"

_EVENT_ID = Column("event_id", Role.EVENT_ID, "event id", required=True, path="event.id")
_SCOPE = Column("organization_id", Role.SCOPE, "organization", optional=True, path="event.organization_id")
_CHANGED = Column(
    "changed_fields", Role.CHANGED, "changed", optional=True, path="event.changed_fields[]", separator="\n"
)
_CONTACT_FIELDS = {
    "name": "name",
    "display_name": "name",
    "title": "job_title",
    "emails": "email",
    "phones": "phone",
    "urls": "website",
    "date_updated": "modified_at",
}


_ADDRESS = {
    "address1": "address_1",
    "city": "city",
    "state": "state",
    "postal_code": "zipcode",
    "country": "country",
}
"""Canonical field → member of an address of a lead."""


def _contact(prefix: str) -> tuple[Column, ...]:
    """The columns of a contact object; ``prefix`` is its path, with the dot."""
    return (
        person("id", _ID, "Close id", path=f"{prefix}id", required=True),
        Column("lead_id", Role.TEXT, "lead id", optional=True, path=f"{prefix}lead_id"),
        value("name", "name", path=f"{prefix}name||{prefix}display_name"),
        value("title", "job_title", path=f"{prefix}title"),
        email("emails", path=f"{prefix}emails[].email", separator=";"),
        phone("phones", path=f"{prefix}phones[].phone", separator=";"),
        value("urls", "website", path=f"{prefix}urls[0].url"),
        value("email_opt_out", "email_opt_out", path=f"{prefix}emails[0].is_unsubscribed"),
        value("sms_opt_out", "sms_opt_out", path=f"{prefix}phones[0].outbound_sms_blocked"),
        value("date_created", "created_at", path=f"{prefix}date_created"),
        value("date_updated", "modified_at", path=f"{prefix}date_updated", role=Role.UPDATED_AT),
    )


CONTACT_UPDATES = Table(
    name="close-contact-updates",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Close contact event",
    columns=(_EVENT_ID, *_contact("event.data."), _CHANGED, _SCOPE),
    fields=_CONTACT_FIELDS,
    payload=Payload(when={"event.object_type": ("contact",), "event.action": ("updated",)}),
)

CONTACT_CREATIONS = Table(
    name="close-contact-creations",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Close contact event",
    columns=(_EVENT_ID, *_contact("event.data."), _SCOPE),
    payload=Payload(when={"event.object_type": ("contact",), "event.action": ("created",)}),
)

CONTACT_DELETIONS = Table(
    name="close-contact-deletions",
    system=_ID,
    kind=Kind.DELETION,
    noun="Close deletion",
    columns=(
        _EVENT_ID,
        person("id", _ID, "Close id", path="event.object_id|event.data.id", required=True),
        email("emails", path="event.previous_data.emails[].email|event.data.emails[].email", field="", separator=";"),
        value("occurred_at", "modified_at", path="event.date_created", role=Role.UPDATED_AT),
        _SCOPE,
    ),
    payload=Payload(when={"event.object_type": ("contact",), "event.action": ("deleted", "merged")}),
)

LEAD_EVENTS = Table(
    name="close-lead-events",
    system=_ID,
    kind=Kind.LEAD,
    noun="Close lead event",
    columns=(
        _EVENT_ID,
        Column("operation", Role.OPERATION, "event", optional=True, path="event.action", transform="event_operation"),
        Column("lead_id", Role.TEXT, "lead id", optional=True, path="event.object_id"),
        person("contacts", _ID, "Close ids", path="event.data.contacts[].id", separator="; "),
        value("name", "company", path="event.data.display_name|event.data.name"),
        value("status_label", "lead_status", path="event.data.status_label"),
        value("description", "description", path="event.data.description"),
        value("url", "website", path="event.data.url"),
        value("date_updated", "modified_at", path="event.data.date_updated", role=Role.UPDATED_AT),
        _SCOPE,
    ),
    payload=Payload(when={"event.object_type": ("lead",)}),
)
"""A lead with several contacts is about several people: never about the first."""

OPPORTUNITY_EVENTS = Table(
    name="close-opportunity-events",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Close opportunity event",
    columns=(
        _EVENT_ID,
        Column("operation", Role.OPERATION, "event", optional=True, path="event.action", transform="event_operation"),
        Column("opportunity", Role.TEXT, "opportunity id", optional=True, path="event.object_id"),
        person("contact_id", _ID, "Close id", path="event.data.contact_id"),
        value("value", "amount", path="event.data.value", transform="cents"),
        value("value_currency", "currency", path="event.data.value_currency"),
        value("status_label", "stage", path="event.data.status_label"),
        value("status_type", "deal_status", path="event.data.status_type"),
        value("confidence", "probability", path="event.data.confidence"),
        value("note", "description", path="event.data.note"),
        value("date_won", "close_date", path="event.data.date_won"),
        value("user_id", "owner", path="event.data.user_id"),
        value("date_updated", "modified_at", path="event.data.date_updated", role=Role.UPDATED_AT),
        _SCOPE,
    ),
    payload=Payload(when={"event.object_type": ("opportunity",)}),
)
"""Values are hundredths."""

_KINDS = ("call", "sms", "email", "meeting", "note", "task_completed")

ACTIVITY_EVENTS = Table(
    name="close-activity-events",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Close activity",
    columns=(
        _EVENT_ID,
        Column("operation", Role.OPERATION, "event", optional=True, path="event.action", transform="event_operation"),
        Column(
            "activity_type",
            Role.ACTIVITY_TYPE,
            "type",
            optional=True,
            path="event.data._type|event.object_type",
            transform="event_activity",
        ),
        person("contact_id", _ID, "Close id", path="event.data.contact_id"),
        phone("remote_phone", path="event.data.remote_phone||event.data.phone", field=""),
        direction("direction", "event.data.direction"),
        value("subject", "subject", path="event.data.subject||event.data.title", role=Role.TEXT),
        value(
            "starts_at",
            "starts_at",
            path="event.data.activity_at||event.data.starts_at||event.data.date_sent||event.data.date_created",
            role=Role.TIME,
        ),
        value("ends_at", "ends_at", path="event.data.ends_at"),
        value("duration", "duration_s", path="event.data.duration"),
        value("outcome", "outcome", path="event.data.disposition||event.data.status"),
        value("body", "body", path="event.data.note||event.data.text||event.data.body_text"),
        value("author", "author", path="event.data.user_name||event.data.user_id"),
        value("recording_url", "recording_url", path="event.data.recording_url"),
        value("thread_id", "thread_id", path="event.data.thread_id"),
        Column("activity", Role.TEXT, "activity id", optional=True, path="event.object_id"),
        _SCOPE,
    ),
    payload=Payload(when={"event.object_type": tuple(f"activity.{kind}" for kind in _KINDS)}),
)

CONTACT_PAGES = Table(
    name="close-contact-pages",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Close contact",
    columns=_contact(""),
    payload=Payload(when={"has_more": (), "data[].emails": (), "data[].phones": ()}, each="data"),
)

LEAD_RECORDS = Table(
    name="close-lead-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Close contact",
    columns=(
        *_contact(""),
        value("company", "company", path="^display_name|^name"),
        value("lead_status", "lead_status", path="^status_label"),
        *(value(name, name, path=f"^addresses[0].{member}") for name, member in _ADDRESS.items()),
    ),
    payload=Payload(when={"display_name": (), "status_label|status_id": (), "contacts": ()}, each="contacts"),
)
"""A lead of the JSON export: each of its contacts is a record."""

TABLES = (
    CONTACT_UPDATES,
    CONTACT_CREATIONS,
    CONTACT_DELETIONS,
    LEAD_EVENTS,
    OPPORTUNITY_EVENTS,
    ACTIVITY_EVENTS,
    CONTACT_PAGES,
    LEAD_RECORDS,
)
