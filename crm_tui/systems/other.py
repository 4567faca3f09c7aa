"""Tables of systems that are not known here: a column map (``intake/column_map.py``) says which column is what.

Their columns are called by the canonical model, so a map names fields and no vendor's headers.  A record's own id names
the row and is no identity: no contact map holds ids of a system that nobody here knows.
"""

from __future__ import annotations

from crm_tui.systems.columns import direction, email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Role, System, Table
from crm_tui.systems.fields import FIELDS
from crm_tui.systems.paths import SEPARATOR
from crm_tui.systems.reference import MAPPED

_ID = "other"
_FURTHER = range(2, 6)
"""Numbers of further e-mails and phones, as exports write them into columns of their own."""

_KEYS = tuple(person(f"{name}_contact_id", name, f"{text} id") for name, text in MAPPED.items())
_EMAIL = email("email", transform="any_list", separator=";")
_AGE = value("modified_at", "modified_at", role=Role.UPDATED_AT)


def _values(*names: str) -> tuple[Column, ...]:
    return tuple(value(name, name) for name in names)


_PERSON = (
    Column("record_id", Role.EVENT_ID, FIELDS["record_id"].label, optional=True),
    *_KEYS,
    *_values("name", "first_name", "last_name"),
    _EMAIL,
    *(email(f"email_{number}", field="other_emails", secondary=True) for number in _FURTHER),
    phone("phone"),
    phone("mobile_phone", field="mobile_phone"),
    phone("home_phone", field="home_phone"),
    *(phone(f"phone_{number}", field="other_phones") for number in _FURTHER),
    *_values("company", "job_title", "address1", "city", "state", "postal_code", "country", "website", "birthday"),
    *_values("owner", "lifecycle_stage", "lead_status", "status", "lead_source"),
    value("tags", "tags", transform="any_list", separator=SEPARATOR),
    *_values("dnd", "email_opt_out", "phone_opt_out", "sms_opt_out", "description", "created_at"),
    _AGE,
)

CONTACTS = Table(
    name="other-contacts", system=_ID, kind=Kind.CONTACT, noun="Mapped contact", columns=_PERSON, by_map=True
)
LEADS = Table(name="other-leads", system=_ID, kind=Kind.LEAD, noun="Mapped lead", columns=_PERSON, by_map=True)

ACCOUNTS = Table(
    name="other-accounts",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="Mapped company",
    columns=(
        Column("record_id", Role.EVENT_ID, FIELDS["record_id"].label, optional=True),
        value("company", "company", optional=False),
        *_values("website", "phone", "address1", "city", "state", "postal_code", "country", "owner", "created_at"),
        _AGE,
    ),
    by_map=True,
)

OPPORTUNITIES = Table(
    name="other-opportunities",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Mapped opportunity",
    columns=(
        Column("record_id", Role.EVENT_ID, FIELDS["record_id"].label, optional=True),
        *_KEYS,
        _EMAIL,
        phone("phone", field=""),
        value("deal_name", "deal_name", optional=False),
        *_values("amount", "currency", "stage", "pipeline", "deal_status", "close_date", "probability"),
        *_values("owner", "lead_source", "description", "created_at"),
        _AGE,
    ),
    by_map=True,
)

ACTIVITIES = Table(
    name="other-activities",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Mapped activity",
    columns=(
        Column("record_id", Role.EVENT_ID, FIELDS["record_id"].label, optional=True),
        *_KEYS,
        Column("email", Role.EMAIL, "e-mail", optional=True),
        Column("phone", Role.PHONE, "phone", optional=True),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", optional=True, field="activity_type", default="note"),
        value("starts_at", "starts_at", role=Role.TIME, optional=False),
        value("subject", "subject", role=Role.TEXT),
        *_values("body", "outcome", "author", "duration_s"),
        direction("direction"),
    ),
    by_map=True,
)

APPOINTMENTS = Table(
    name="other-appointments",
    system=_ID,
    kind=Kind.APPOINTMENT,
    noun="Mapped appointment",
    columns=(
        Column("record_id", Role.EVENT_ID, FIELDS["record_id"].label, optional=True),
        *_KEYS,
        Column("email", Role.EMAIL, "e-mail", optional=True),
        Column("phone", Role.PHONE, "phone", optional=True),
        Column("start_at", Role.TIME, "starts", required=True, transform="time"),
        Column("status", Role.STATUS, "status", required=True),
        Column("title", Role.TEXT, "title", optional=True),
        Column("updated_at", Role.UPDATED_AT, "updated", optional=True, transform="time"),
    ),
    by_map=True,
)

SYSTEM = System(
    name=_ID,
    label="Another system",
    letter="*",
    tables=(CONTACTS, LEADS, ACCOUNTS, OPPORTUNITIES, ACTIVITIES, APPOINTMENTS),
)
