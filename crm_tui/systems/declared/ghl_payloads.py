"""GoHighLevel payloads: the app's webhooks, a workflow's webhook step, API records and pages (formats.md 1b).

A webhook tells the whole record, never what it was before, and most have no id of their own: then a digest of what
they say names them, so that one delivered twice is told.
"""

from __future__ import annotations

from crm_tui.systems.columns import direction, email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, Table

_ID = "ghl"

_EVENT_ID = Column("event_id", Role.EVENT_ID, "event id", optional=True, path="webhookId|eventId")
_PERSON_PARTS = (
    "event_type",
    "id",
    "updated",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "tags",
    "source",
    "assigned_to",
    "dnd",
    "dnd_email",
    "dnd_call",
    "dnd_sms",
)
"""What names an event that has no id: the same said twice is one event delivered twice."""
_LOCATION = Column("location", Role.SCOPE, "location", optional=True, path="locationId")
_EVENT_TYPE = Column("event_type", Role.TEXT, "event", optional=True, path="type")


# ``contactName`` of a record is in small letters, as ``firstName`` is beside ``firstNameRaw``: it would be a change.
def _contact(prefix: str = "", *, event: bool = False, dnd_event: bool = False) -> tuple[Column, ...]:
    """The columns of a contact in a payload; ``prefix`` is the path of its object, with the dot."""

    def at(*names: str) -> str:
        return "|".join(prefix + name for name in names)

    return (
        *((_EVENT_ID,) if event else ()),
        person("id", _ID, "GHL id", path=at("id", "contactId"), required=True, field="ghl_id"),
        value("first_name", "first_name", path=at("firstNameRaw", "firstName")),
        value("last_name", "last_name", path=at("lastNameRaw", "lastName")),
        value("name", "name", path=at("name", "fullName")),
        email("email", path=at("email")),
        email(
            "additional_emails",
            path=at("additionalEmails[].email", "additionalEmails[]"),
            field="other_emails",
            separator=";",
            secondary=True,
        ),
        phone("phone", path=at("phone")),
        value("company", "company", path=at("companyName", "businessName")),
        value("address1", "address1", path=at("address1")),
        value("city", "city", path=at("city")),
        value("state", "state", path=at("state")),
        value("postal_code", "postal_code", path=at("postalCode")),
        value("country", "country", path=at("country")),
        value("website", "website", path=at("website")),
        value("date_of_birth", "birthday", path=at("dateOfBirth")),
        value("tags", "tags", path=at("tags[]"), separator=";"),
        value("source", "lead_source", path=at("source")),
        value("assigned_to", "owner", path=at("assignedTo")),
        value("dnd", "dnd", path=at("dnd"), absent="false" if dnd_event else ""),
        value("dnd_email", "email_opt_out", path=at("dndSettings.Email.status")),
        value("dnd_call", "phone_opt_out", path=at("dndSettings.Call.status")),
        value("dnd_sms", "sms_opt_out", path=at("dndSettings.SMS.status")),
        value("created", "created_at", path=at("dateAdded")),
        value("updated", "modified_at", path=at("dateUpdated"), role=Role.UPDATED_AT),
        Column("type", Role.TEXT, "type", optional=True, path=at("type") if not event else prefix + "contactType"),
        _LOCATION if not prefix else Column("location", Role.SCOPE, "location", optional=True, path=at("locationId")),
    )


CONTACT_EVENTS = Table(
    name="ghl-contact-events",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL contact event",
    columns=(*_contact(event=True), _EVENT_TYPE),
    payload=Payload(when={"type": ("ContactCreate", "ContactUpdate", "ContactTagUpdate")}),
    parts=_PERSON_PARTS,
)

DND_EVENTS = Table(
    name="ghl-dnd-events",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL DND event",
    columns=(*_contact(event=True, dnd_event=True), _EVENT_TYPE),
    payload=Payload(when={"type": ("ContactDndUpdate",)}),
    parts=_PERSON_PARTS,
)
"""An absent ``dnd`` is false here, the vendor says; in every other payload absent says nothing (X16)."""

CONTACT_DELETIONS = Table(
    name="ghl-contact-deletions",
    system=_ID,
    kind=Kind.DELETION,
    noun="GHL deletion",
    columns=(
        _EVENT_ID,
        person("id", _ID, "GHL id", path="id|contactId", required=True),
        email("email", path="email", field=""),
        phone("phone", path="phone", field=""),
        value("updated", "modified_at", path="dateUpdated", role=Role.UPDATED_AT),
        _LOCATION,
    ),
    payload=Payload(when={"type": ("ContactDelete",)}),
    parts=("id",),
)

OPPORTUNITY_EVENTS = Table(
    name="ghl-opportunity-events",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="GHL opportunity event",
    columns=(
        _EVENT_ID,
        Column("operation", Role.OPERATION, "event", optional=True, path="type", transform="event_operation"),
        _EVENT_TYPE,
        person("contact_id", _ID, "GHL id", path="contactId"),
        value("opportunity_id", "record_id", path="id", label="opportunity id"),
        value("name", "deal_name", path="name"),
        value("amount", "amount", path="monetaryValue"),
        value("pipeline", "pipeline", path="pipelineId"),
        value("stage", "stage", path="pipelineStageId"),
        value("status", "deal_status", path="status"),
        value("source", "lead_source", path="source"),
        value("assigned_to", "owner", path="assignedTo"),
        value("created", "created_at", path="dateAdded"),
        value("updated", "modified_at", path="dateUpdated", role=Role.UPDATED_AT),
        _LOCATION,
    ),
    payload=Payload(
        when={
            "type": tuple(
                f"Opportunity{what}"
                for what in (
                    "Create",
                    "Update",
                    "Delete",
                    "StageUpdate",
                    "StatusUpdate",
                    "MonetaryValueUpdate",
                    "AssignedToUpdate",
                )
            )
        }
    ),
    parts=("event_type", "opportunity_id", "updated", "name", "amount", "stage", "status", "assigned_to"),
)


def _appointments(name: str, *words: str, status: Column) -> Table:
    return Table(
        name=name,
        system=_ID,
        kind=Kind.APPOINTMENT,
        noun="GHL appointment",
        columns=(
            _EVENT_ID,
            person("contact_id", _ID, "GHL id", path="appointment.contactId"),
            value("title", "subject", path="appointment.title", role=Role.TEXT),
            Column("appointment_id", Role.TEXT, "appointment id", optional=True, path="appointment.id"),
            value("start_at", "starts_at", path="appointment.startTime", role=Role.TIME),
            value("end_at", "ends_at", path="appointment.endTime"),
            status,
            value("notes", "body", path="appointment.notes"),
            value("assigned_to", "author", path="appointment.assignedUserId"),
            Column("address", Role.TEXT, "place", optional=True, path="appointment.address"),
            value("source", "lead_source", path="appointment.source"),
            value("created", "created_at", path="appointment.dateAdded"),
            value("updated", "modified_at", path="appointment.dateUpdated", role=Role.UPDATED_AT),
            _LOCATION,
        ),
        payload=Payload(when={"type": words, "appointment": ()}),
        parts=("appointment_id", "updated", "status", "start_at", "end_at", "title", "assigned_to"),
    )


APPOINTMENT_EVENTS = _appointments(
    "ghl-appointment-events",
    "AppointmentCreate",
    "AppointmentUpdate",
    status=Column("status", Role.STATUS, "status", optional=True, path="appointment.appointmentStatus"),
)

APPOINTMENT_DELETIONS = _appointments(
    "ghl-appointment-deletions",
    "AppointmentDelete",
    status=Column("status", Role.STATUS, "status", optional=True, path="type", transform="cancelled"),
)
"""A deleted appointment is a cancelled one: nothing is deleted elsewhere (3.38)."""

MESSAGES = Table(
    name="ghl-messages",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="GHL message",
    columns=(
        Column("message_id", Role.EVENT_ID, "message id", optional=True, path="messageId|emailMessageId|webhookId"),
        person("contact_id", _ID, "GHL id", path="contactId"),
        direction("event_type", "type", "event_direction"),
        direction("direction", "direction"),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", optional=True, path="messageType"),
        value("subject", "subject", path="subject", role=Role.TEXT),
        value("occurred_at", "starts_at", path="dateAdded", role=Role.TIME),
        value("body", "body", path="body"),
        value("duration_s", "duration_s", path="callDuration"),
        value("outcome", "outcome", path="callStatus|status"),
        value("author", "author", path="userId"),
        value("thread_id", "thread_id", path="threadId|conversationId"),
        value("recording_url", "recording_url", path="attachments[0]"),
        _LOCATION,
    ),
    payload=Payload(when={"type": ("InboundMessage", "OutboundMessage")}),
    parts=("contact_id", "event_type", "occurred_at", "activity_type", "body", "duration_s"),
)
"""Texts and calls carry no phone or e-mail of the contact: only the id."""

NOTES = Table(
    name="ghl-notes",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="GHL note",
    columns=(
        _EVENT_ID,
        person("contact_id", _ID, "GHL id", path="contactId"),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", optional=True, path="type", transform="event_activity"),
        Column("operation", Role.OPERATION, "event", optional=True, path="type", transform="event_operation"),
        value("subject", "subject", path="title", role=Role.TEXT),
        value("body", "body", path="body"),
        value("occurred_at", "starts_at", path="dateAdded", role=Role.TIME),
        value("author", "author", path="assignedTo|userId"),
        Column("record", Role.TEXT, "id", optional=True, path="id"),
        Column("due_at", Role.TEXT, "due", optional=True, path="dueDate"),
        _LOCATION,
    ),
    payload=Payload(
        when={"type": ("NoteCreate", "NoteUpdate", "NoteDelete", "TaskCreate", "TaskComplete", "TaskDelete")}
    ),
    parts=("record", "activity_type", "operation", "occurred_at", "subject", "body"),
)

APP_EVENTS = Table(
    name="ghl-app-events",
    system=_ID,
    kind=Kind.LIFECYCLE,
    noun="GHL app event",
    columns=(
        _EVENT_ID,
        Column("event", Role.TEXT, "event", optional=True, path="type"),
        Column("connection", Role.CONNECTION, "connection", optional=True, path="type", transform="app_connection"),
        Column("app_id", Role.TEXT, "app", optional=True, path="appId"),
        value("occurred_at", "starts_at", path="timestamp|dateAdded", role=Role.TIME),
        _LOCATION,
    ),
    payload=Payload(when={"type": ("AppInstall", "AppUninstall", "INSTALL", "UNINSTALL")}),
    parts=("event", "app_id", "occurred_at", "location"),
)

RECORD_PAGES = Table(
    name="ghl-contact-pages",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL contact",
    columns=_contact(),
    payload=Payload(when={"meta|traceId|count|total": (), "contacts": ()}, each="contacts"),
)
"""Pages of the contact list (3.54, 3.56)."""

RECORD = Table(
    name="ghl-contact-record",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL contact",
    columns=_contact("contact."),
    payload=Payload(when={"contact.id": (), "contact.locationId": ()}),
)

WORKFLOW = Table(
    name="ghl-workflow-webhooks",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL workflow event",
    columns=(
        _EVENT_ID,
        person("id", _ID, "GHL id", path="contact_id|contactId", required=True),
        value("first_name", "first_name", path="first_name"),
        value("last_name", "last_name", path="last_name"),
        value("name", "name", path="full_name"),
        email("email", path="email"),
        phone("phone", path="phone"),
        value("tags", "tags", path="tags", separator=","),
        value("country", "country", path="country"),
        value("created", "created_at", path="date_created"),
        Column("type", Role.TEXT, "type", optional=True, path="contact_type"),
        Column("location", Role.SCOPE, "location", optional=True, path="location.id|locationId"),
    ),
    payload=Payload(when={"contact_id|contactId": (), "contact_type|date_created|workflow|customData": ()}),
    parts=("id", "first_name", "last_name", "email", "phone", "tags"),
)
"""What a workflow's own webhook step sends: other spellings than the app's events."""

TABLES = (
    CONTACT_EVENTS,
    DND_EVENTS,
    CONTACT_DELETIONS,
    OPPORTUNITY_EVENTS,
    APPOINTMENT_EVENTS,
    APPOINTMENT_DELETIONS,
    MESSAGES,
    NOTES,
    APP_EVENTS,
    RECORD_PAGES,
    RECORD,
    WORKFLOW,
)
