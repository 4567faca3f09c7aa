"""OpenPhone (Quo since 2025): a channel of the activity feed, webhook events and answers of the API (formats.md 6).

``to`` is a text in events and a list in answers; a message has its text in ``text`` (version 4) or ``body`` (2, 3).
A call makes several events: only its end is an activity, so that a call is never staged twice.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import direction, email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Party, Payload, Role, System, Table

_ID = "openphone"
_EVENT = {"object": ("event",), "data.object": ()}


def _ends(prefix: str) -> tuple[Column, ...]:
    """The two ends of a message or call, and the way between them."""
    sender = phone("from", path=f"{prefix}from", field="")
    recipients = phone("to", path=f"{prefix}to[]|{prefix}to", field="", separator=";")
    return (
        replace(sender, label="from", party=Party.SENDER),
        replace(recipients, label="to", party=Party.RECIPIENT),
        direction("direction", f"{prefix}direction"),
    )


def _told(prefix: str) -> tuple[Column, ...]:
    """What messages and calls say alike."""
    return (
        value("created_at", "starts_at", path=f"{prefix}createdAt", role=Role.TIME),
        value("user_id", "author", path=f"{prefix}userId"),
        value("conversation_id", "thread_id", path=f"{prefix}conversationId"),
        Column("phone_number_id", Role.TEXT, "own number's id", optional=True, path=f"{prefix}phoneNumberId"),
    )


def _message(prefix: str, *ids: str) -> tuple[Column, ...]:
    return (
        Column("message_id", Role.EVENT_ID, "message id", required=True, path="||".join((f"{prefix}id", *ids))),
        *_ends(prefix),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", path=f"{prefix}object", default="message"),
        value("text", "body", path=f"{prefix}text|{prefix}body"),
        value("status", "outcome", path=f"{prefix}status"),
        value("media", "recording_url", path=f"{prefix}media[0].url", label="attachment"),
        *_told(prefix),
    )


def _call(prefix: str, *ids: str) -> tuple[Column, ...]:
    return (
        Column("call_id", Role.EVENT_ID, "call id", required=True, path="||".join((f"{prefix}id", *ids))),
        *_ends(prefix),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", path=f"{prefix}object", default="call"),
        value("status", "outcome", path=f"{prefix}status"),
        # A call that went to voicemail is "completed" all the same; the later column of a field is the one staged.
        value("voicemail", "outcome", path=f"{prefix}voicemail{{}}", transform="left_voicemail"),
        value("duration", "duration_s", path=f"{prefix}duration"),
        value("media", "recording_url", path=f"{prefix}media[0].url|{prefix}voicemail.url"),
        Column("answered_at", Role.TEXT, "answered", optional=True, path=f"{prefix}answeredAt"),
        Column("completed_at", Role.TEXT, "ended", optional=True, path=f"{prefix}completedAt"),
        *_told(prefix),
    )


def _contact(prefix: str) -> tuple[Column, ...]:
    own = f"{prefix}defaultFields."
    return (
        person("id", _ID, "OpenPhone id", path=f"{prefix}id", required=True),
        value("first_name", "first_name", path=f"{own}firstName|{prefix}firstName"),
        value("last_name", "last_name", path=f"{own}lastName|{prefix}lastName"),
        value("company", "company", path=f"{own}company|{prefix}company"),
        value("role", "job_title", path=f"{own}role|{prefix}role"),
        email("emails", path=f"{own}emails[].value|{prefix}emails[].value", separator=";"),
        phone("phone_numbers", path=f"{own}phoneNumbers[].value|{prefix}phoneNumbers[].value", separator=";"),
        value("source", "lead_source", path=f"{prefix}source"),
        Column("external_id", Role.TEXT, "id elsewhere", optional=True, path=f"{prefix}externalId"),
        value("created_by", "owner", path=f"{prefix}createdByUserId"),
        value("created_at", "created_at", path=f"{prefix}createdAt"),
        value("updated_at", "modified_at", path=f"{prefix}updatedAt", role=Role.UPDATED_AT),
    )


_EVENT_ID = Column("event_id", Role.EVENT_ID, "event id", required=True, path="id")

MESSAGES = Table(
    name="openphone-messages",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone message",
    columns=_message("data.object.", "id"),
    payload=Payload({**_EVENT, "type": ("message.received", "message.delivered")}),
)
CALLS = Table(
    name="openphone-calls",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone call",
    columns=_call("data.object.", "id"),
    payload=Payload({**_EVENT, "type": ("call.completed",)}),
)
"""A published sample has a call without an id; the event's stands for it."""

CALL_STEPS = Table(
    name="openphone-call-steps",
    system=_ID,
    kind=Kind.LIFECYCLE,
    noun="OpenPhone call step",
    columns=(
        _EVENT_ID,
        Column("event", Role.TEXT, "event", optional=True, path="type"),
        Column("call_id", Role.TEXT, "call", optional=True, path="data.object.callId||data.object.id"),
        value("created_at", "starts_at", path="createdAt", role=Role.TIME),
    ),
    payload=Payload(
        {
            **_EVENT,
            "type": ("call.ringing", "call.recording.completed", "call.summary.completed", "call.transcript.completed"),
        }
    ),
)
"""It rings, or its recording is ready: the call itself comes with ``call.completed``, under the same id."""

CONTACT_UPDATES = Table(
    name="openphone-contact-updates",
    system=_ID,
    kind=Kind.CONTACT,
    noun="OpenPhone contact event",
    columns=(_EVENT_ID, *_contact("data.object.")),
    payload=Payload({**_EVENT, "type": ("contact.updated",)}),
)
CONTACT_DELETIONS = Table(
    name="openphone-contact-deletions",
    system=_ID,
    kind=Kind.DELETION,
    noun="OpenPhone deletion",
    columns=(_EVENT_ID, *_contact("data.object.")),
    payload=Payload({**_EVENT, "type": ("contact.deleted",)}),
)

MESSAGE_PAGES = Table(
    name="openphone-message-pages",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone message",
    columns=_message(""),
    payload=Payload({"data[0].phoneNumberId": (), "data[0].from": (), "data[0].to": ()}, each="data"),
)
CALL_PAGES = Table(
    name="openphone-call-pages",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone call",
    columns=(*_call(""), phone("participants", path="participants[]", field="", separator=";")),
    payload=Payload({"data[0].phoneNumberId": (), "data[0].participants": ()}, each="data"),
)
CONTACT_PAGES = Table(
    name="openphone-contact-pages",
    system=_ID,
    kind=Kind.CONTACT,
    noun="OpenPhone contact",
    columns=_contact(""),
    payload=Payload({"data[0].defaultFields": ()}, each="data"),
)
CONTACTS = Table(
    name="openphone-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="OpenPhone contact",
    columns=(
        value("first_name", "first_name", optional=False),
        value("last_name", "last_name", optional=False),
        value("company", "company"),
        value("role", "job_title", optional=False),
        email("email", "emails", separator=","),
        phone("phone_number", "phone_numbers", "phone", separator=",", optional=False),
    ),
    parts=("first_name", "last_name", "email", "phone_number"),
)
"""Its own list of contacts as CSV, which has no id."""

CONTACT_RECORD = Table(
    name="openphone-contact-record",
    system=_ID,
    kind=Kind.CONTACT,
    noun="OpenPhone contact",
    columns=_contact("data."),
    payload=Payload({"data.id": (), "data.defaultFields": ()}),
)


def _export_ends() -> tuple[Column, ...]:
    """The two ends as the export of the call and message logs has them: in columns of every row."""
    sender = phone("from", field="", optional=False)
    recipients = phone("to", field="", separator=",", optional=False)
    return (
        replace(sender, label="from", party=Party.SENDER),
        replace(recipients, label="to", party=Party.RECIPIENT),
        direction("direction", optional=False),
    )


_LOGGED = (
    value("createdat", "starts_at", "created_at", "date", "createdatpt", role=Role.TIME),
    value("userid", "author", "user_id", "user"),
    value("conversationid", "thread_id", "conversation_id"),
    Column("phonenumberid", Role.TEXT, "own number's id", optional=True, aliases=("phone_number_id",)),
    value("status", "outcome"),
)

CALL_LOG = Table(
    name="openphone-call-log",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone call",
    columns=(
        Column("id", Role.EVENT_ID, "call id", optional=True, aliases=("call_id",)),
        *_export_ends(),
        Column("type", Role.ACTIVITY_TYPE, "type", optional=True, default="call"),
        value("duration", "duration_s", "duration_(seconds)", optional=False),
        *_LOGGED,
        # As in events, a call that went to voicemail is "completed"; the later column of a field is the one staged.
        value("voicemailurl", "outcome", "voicemail_url", "voicemail", transform="left_voicemail"),
        value("recordingurl", "recording_url", "recording_url", "recording"),
        Column("answeredat", Role.TEXT, "answered", optional=True, aliases=("answered_at",)),
        Column("completedat", Role.TEXT, "ended", optional=True, aliases=("completed_at",)),
    ),
    columns_needed=6,
    parts=("from", "to", "direction", "createdat", "duration"),
)
"""The export of the call log, whose columns are not documented: told by both ends, the way and the duration."""

MESSAGE_LOG = Table(
    name="openphone-message-log",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="OpenPhone message",
    columns=(
        Column("id", Role.EVENT_ID, "message id", optional=True, aliases=("message_id",)),
        *_export_ends(),
        Column("type", Role.ACTIVITY_TYPE, "type", optional=True, default="message"),
        value("body", "body", "text", "content", "message", optional=False),
        *_LOGGED,
    ),
    columns_needed=6,
    parts=("from", "to", "direction", "createdat", "body"),
)

SYSTEM = System(
    name=_ID,
    label="OpenPhone",
    letter="P",
    tables=(
        MESSAGES,
        CALLS,
        CALL_STEPS,
        CONTACT_UPDATES,
        CONTACT_DELETIONS,
        MESSAGE_PAGES,
        CALL_PAGES,
        CONTACT_PAGES,
        CONTACT_RECORD,
        CONTACTS,
        CALL_LOG,
        MESSAGE_LOG,
    ),
    channels={"openphone": "OpenPhone", "open phone": "OpenPhone", "quo": "OpenPhone"},
)
