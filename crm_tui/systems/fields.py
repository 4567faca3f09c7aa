"""The canonical model: one name and one type for what every system calls otherwise (formats.md, "Canonical model")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a field's text means, and so how two texts of it are compared."""

    TEXT = "text"
    EMAIL = "e-mail"
    PHONE = "phone"
    TIME = "time"
    DATE = "date"
    """A day without a zone; never shifted."""
    BOOLEAN = "boolean"
    MONEY = "money"
    NUMBER = "number"
    COUNTRY = "country"
    """ISO 3166 two letters."""
    WORD = "word"
    """One of a list of the system's own words; case does not matter."""
    LIST = "list"
    """A set of words; order does not matter (requirements D26)."""
    CONSENT = "consent"
    """A boolean that only a person may loosen; ``true`` forbids contact (requirements D7)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the canonical model."""

    name: str
    label: str
    type: Type = Type.TEXT
    writable: bool = True
    """Whether it may be staged at all; what a system fills in by itself may not."""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("name", "name"),
        Field("first_name", "first name"),
        Field("last_name", "last name"),
        Field("email", "e-mail", Type.EMAIL),
        Field("other_emails", "other e-mails", Type.LIST),
        Field("phone", "phone", Type.PHONE),
        Field("mobile_phone", "mobile phone", Type.PHONE),
        Field("home_phone", "home phone", Type.PHONE),
        Field("other_phones", "other phones", Type.LIST),
        Field("company", "company"),
        Field("job_title", "job title"),
        Field("address1", "street"),
        Field("city", "city"),
        Field("state", "state"),
        Field("postal_code", "postal code"),
        Field("country", "country", Type.COUNTRY),
        Field("website", "website"),
        Field("birthday", "birthday", Type.DATE),
        Field("owner", "owner"),
        Field("lifecycle_stage", "lifecycle stage", Type.WORD),
        Field("lead_status", "lead status", Type.WORD),
        Field("status", "status", Type.WORD),
        Field("lead_source", "lead source"),
        Field("tags", "tags", Type.LIST),
        Field("dnd", "do not disturb", Type.CONSENT),
        Field("email_opt_out", "e-mail opt-out", Type.CONSENT),
        Field("phone_opt_out", "phone opt-out", Type.CONSENT),
        Field("sms_opt_out", "SMS opt-out", Type.CONSENT),
        Field("description", "description"),
        Field("created_at", "created", Type.TIME, writable=False),
        Field("modified_at", "modified", Type.TIME, writable=False),
        Field("record_id", "record id", writable=False),
        Field("ghl_id", "GHL id"),
        Field("deal_name", "deal"),
        Field("amount", "amount", Type.MONEY),
        Field("currency", "currency", Type.WORD),
        Field("stage", "stage", Type.WORD),
        Field("pipeline", "pipeline", Type.WORD),
        Field("deal_status", "deal status", Type.WORD),
        Field("close_date", "close date", Type.DATE),
        Field("probability", "probability", Type.NUMBER),
        Field("converted", "converted", Type.BOOLEAN, writable=False),
        Field("activity_type", "type", Type.WORD),
        Field("subject", "subject"),
        Field("starts_at", "time", Type.TIME),
        Field("direction", "direction", Type.WORD),
        Field("duration_s", "duration in seconds", Type.NUMBER),
        Field("outcome", "outcome", Type.WORD),
        Field("author", "author"),
        Field("body", "text"),
        Field("ends_at", "ends", Type.TIME),
        Field("recording_url", "recording"),
        Field("thread_id", "thread"),
        Field("meeting_url", "meeting link"),
        Field("opportunity_id", "opportunity id", writable=False),
    )
}


READ_ONLY = frozenset(field.name for field in FIELDS.values() if not field.writable)
"""What a system fills in by itself, so that nobody stages it."""

SURPLUS = {"email": "other_emails", "phone": "other_phones"}
"""Field that holds one value → the field of the further ones that a record may have."""
ITEMS = {many: one for one, many in SURPLUS.items()}
"""List whose items are values of another field → that field."""


def field_type(name: str) -> Type:
    """The type of a canonical field; text for a name that is not one."""
    known = FIELDS.get(name)
    return known.type if known else Type.TEXT
