"""Zoho CRM: exports and backups with display labels, and notifications (formats.md 10).

Record ids have 17 to 19 digits, in backups after ``zcrm_``; a spreadsheet loses their last digits for good.  Labels
can be renamed by an organisation, so few are relied on.  An empty date may be written as zeros.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Payload, Role, System, Table
from crm_tui.systems.declared.zoho_imports import IMPORTS

_ID = "zoho"

_PERSON = (
    value("first_name", "first_name"),
    value("last_name", "last_name"),
    email("email"),
    email("secondary_email", field="other_emails", secondary=True),
    phone("phone"),
    phone("mobile", field="mobile_phone"),
    value("title", "job_title"),
    value("lead_source", "lead_source"),
    value("email_opt_out", "email_opt_out"),
    value("tag", "tags", "tags", separator=","),
    value("description", "description"),
    value("created_time", "created_at", optional=False),
    value("modified_time", "modified_at", role=Role.UPDATED_AT),
)

CONTACTS = Table(
    name="zoho-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Zoho contact",
    columns=(
        person("record_id", _ID, "Zoho id", "contact_id", required=True, optional=False),
        value("contact_owner", "owner", "contact_owner.id", optional=False),
        value("contact_name", "name", "full_name"),
        *_PERSON,
        phone("home_phone", field="home_phone"),
        phone("other_phone", field="other_phones"),
        value("account_name", "company", "company_name"),
        value("date_of_birth", "birthday"),
        value("mailing_street", "address1"),
        value("mailing_city", "city"),
        value("mailing_state", "state"),
        value("mailing_zip", "postal_code"),
        value("mailing_country", "country"),
    ),
)

LEADS = Table(
    name="zoho-leads",
    system=_ID,
    kind=Kind.LEAD,
    noun="Zoho lead",
    columns=(
        Column("record_id", Role.EVENT_ID, "lead id", required=True, aliases=("lead_id",), transform="zoho_id"),
        value("lead_owner", "owner", "lead_owner.id", optional=False),
        value("lead_name", "name", "full_name"),
        *_PERSON,
        value("company", "company"),
        value("lead_status", "lead_status"),
        value("website", "website"),
        value("street", "address1"),
        value("city", "city"),
        value("state", "state"),
        value("zip_code", "postal_code"),
        value("country", "country"),
        person("converted_contact.id", _ID, "id of the contact it became"),
    ),
)

ACCOUNTS = Table(
    name="zoho-accounts",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="Zoho account",
    columns=(
        Column("record_id", Role.EVENT_ID, "account id", required=True, aliases=("account_id",), transform="zoho_id"),
        value("account_owner", "owner", "account_owner.id", optional=False),
        value("account_name", "company", required=True, optional=False),
        value("website", "website"),
        value("modified_time", "modified_at", role=Role.UPDATED_AT),
    ),
)

DEALS = Table(
    name="zoho-deals",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Zoho deal",
    columns=(
        Column("record_id", Role.EVENT_ID, "deal id", required=True, aliases=("deal_id",), transform="zoho_id"),
        value("deal_name", "deal_name", required=True, optional=False),
        person("contact_name.id", _ID, "Zoho id of the contact"),
        Column("contact_name", Role.TEXT, "contact", optional=True),
        value("amount", "amount"),
        value("stage", "stage", optional=False),
        value("closing_date", "close_date"),
        value("pipeline", "pipeline"),
        value("probability_(%)", "probability", "probability"),
        value("deal_owner", "owner", "deal_owner.id"),
        value("lead_source", "lead_source"),
        value("created_time", "created_at"),
        value("modified_time", "modified_at", role=Role.UPDATED_AT),
    ),
)

NOTES = Table(
    name="zoho-notes",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Zoho note",
    columns=(
        Column("record_id", Role.EVENT_ID, "note id", required=True, aliases=("note_id",), transform="zoho_id"),
        person("parent_id.id", _ID, "Zoho id of what the note is on", optional=False),
        value("note_title", "subject", role=Role.TEXT),
        Column("parent_id", Role.TEXT, "on", optional=True),
        value("note_content", "body", optional=False),
        value("note_owner", "author", "note_owner.id"),
        value("created_time", "starts_at", role=Role.TIME),
        replace(value("activity_type", "activity_type", role=Role.ACTIVITY_TYPE), default="note"),
    ),
)

_TO_CANONICAL = {
    "first_name": "first_name",
    "last_name": "last_name",
    "full_name": "name",
    "email": "email",
    "secondary_email": "other_emails",
    "phone": "phone",
    "mobile": "mobile_phone",
    "home_phone": "home_phone",
    "other_phone": "other_phones",
    "title": "job_title",
    "lead_source": "lead_source",
    "lead_status": "lead_status",
    "email_opt_out": "email_opt_out",
    "tag": "tags",
    "owner": "owner",
    "date_of_birth": "birthday",
    "description": "description",
    "mailing_street": "address1",
    "mailing_city": "city",
    "mailing_state": "state",
    "mailing_zip": "postal_code",
    "mailing_country": "country",
}
"""API name in lower case → canonical field."""

_SINGLE = (
    "full_name",
    "first_name",
    "last_name",
    "title",
    "lead_source",
    "email_opt_out",
    "description",
    "mailing_street",
    "mailing_city",
    "mailing_state",
    "mailing_zip",
    "mailing_country",
)


def _notice(record_id: str, values: str) -> tuple[Column, ...]:
    """The columns of one record of a notice; ``values`` is the path of its changed values, with its last dot."""
    said = (
        email("email", path=f"{values}Email"),
        email("secondary_email", path=f"{values}Secondary_Email", field="other_emails", secondary=True),
        phone("phone", path=f"{values}Phone"),
        phone("mobile", path=f"{values}Mobile", field="mobile_phone"),
        phone("home_phone", path=f"{values}Home_Phone", field="home_phone"),
        phone("other_phone", path=f"{values}Other_Phone", field="other_phones"),
        value("date_of_birth", "birthday", path=f"{values}Date_of_Birth"),
        value("owner", "owner", path=f"{values}Owner.id|{values}Owner"),
        value("tag", "tags", path=f"{values}Tag[].name|{values}Tag[]", separator=","),
        *(value(name, _TO_CANONICAL[name], path=f"{values}{name.title()}") for name in _SINGLE),
    )
    return (
        Column("operation_told", Role.TEXT, "operation", path="^operation"),
        Column("server_time", Role.TIME, "told", path="^server_time", transform="epoch_milliseconds", optional=True),
        person("id", _ID, "Zoho id", path=record_id, required=True),
        Column("affected_fields", Role.CHANGED, "changed fields", path="^affected_fields[]", separator="\n"),
        *(said if values else ()),
    )


_PARTS = ("id", "server_time", "operation_told")
_CONTACTS = {"module": ("contacts",), "channel_id": ()}

NOTICE_WITH_VALUES = Table(
    name="zoho-contact-notice-values",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Zoho contact notice",
    columns=_notice("record_id", "values."),
    fields=_TO_CANONICAL,
    payload=Payload(
        {**_CONTACTS, "operation": ("insert", "update"), "affected_values[0].record_id": ()}, each="affected_values"
    ),
    parts=_PARTS,
)
NOTICE = Table(
    name="zoho-contact-notice",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Zoho contact notice",
    columns=_notice(".", ""),
    fields=_TO_CANONICAL,
    payload=Payload({**_CONTACTS, "operation": ("insert", "update")}, each="ids"),
    parts=_PARTS,
)
NOTICE_GONE = Table(
    name="zoho-contact-gone",
    system=_ID,
    kind=Kind.DELETION,
    noun="Zoho contact deleted",
    columns=_notice(".", ""),
    payload=Payload({**_CONTACTS, "operation": ("delete",)}, each="ids"),
    parts=_PARTS,
)

SYSTEM = System(
    name=_ID,
    label="Zoho",
    letter="Z",
    id_pattern=re.compile(r"[0-9]{17,19}"),
    id_rule=IdRule.ZOHO,
    tables=(CONTACTS, LEADS, ACCOUNTS, DEALS, NOTES, NOTICE_WITH_VALUES, NOTICE, NOTICE_GONE),
    imports=IMPORTS,
)
