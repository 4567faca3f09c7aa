"""Close: appointments (seed 001), exports, webhooks and API records (formats.md 2).

Ids are a prefix and some 43 letters and digits, case counts: ``cont_`` a contact, ``lead_`` a lead; samples use
``CLOSE-…``.  A lead is a company with contacts in it; its export tells the primary one and no contact id.
"""

from __future__ import annotations

import re

from crm_tui.model import Outcome
from crm_tui.systems.columns import direction, email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Role, System, Table
from crm_tui.systems.declared import close_payloads
from crm_tui.systems.imports import AS_NOTE, NO_DOUBLE, TARGET, VALUE, Form, Imports, Request, Slot

_ID = "close"

APPOINTMENTS = Table(
    name="close-appointments",
    system=_ID,
    kind=Kind.APPOINTMENT,
    noun="Close appointment",
    columns=(
        Column("appointment_id", Role.EVENT_ID, "appointment", required=True),
        Column("close_contact_id", Role.SYSTEM_ID, "Close id", system="close"),
        Column("email", Role.EMAIL, "e-mail", required=True),
        Column("start_at", Role.TIME, "starts", required=True),
        Column("status", Role.STATUS, "status", required=True),
        Column("updated_at", Role.UPDATED_AT, "updated"),
        Column("title", Role.TEXT, "title"),
        Column("phone", Role.PHONE, "phone", optional=True),
        Column("ghl_contact_id", Role.SYSTEM_ID, "GHL id", system="ghl", optional=True),
    ),
)

LEADS = Table(
    name="close-leads",
    system=_ID,
    kind=Kind.LEAD,
    noun="Close lead",
    columns=(
        Column("id", Role.EVENT_ID, "lead id", required=True, aliases=("lead_id",)),
        value("display_name", "company", "lead_name", optional=False),
        value("primary_contact_name", "name"),
        value("primary_contact_first_name", "first_name"),
        value("primary_contact_last_name", "last_name"),
        value("primary_contact_title", "job_title"),
        email("primary_contact_primary_email", transform="any_list", separator=";"),
        email(
            "primary_contact_other_emails", field="other_emails", transform="any_list", separator=";", secondary=True
        ),
        phone("primary_contact_primary_phone"),
        phone(
            "primary_contact_other_phones", field="other_phones", transform="any_list", separator=";", secondary=True
        ),
        value("description", "description"),
        value("url", "website"),
        value("status_label", "lead_status"),
        Column("status_id", Role.TEXT, "status id", optional=True),
        value("address_1_address_1", "address1"),
        value("address_1_city", "city"),
        value("address_1_state", "state"),
        value("address_1_zip", "postal_code"),
        value("address_1_country", "country"),
        value("date_created", "created_at", transform="utc_time"),
        value("date_updated", "modified_at", transform="utc_time", role=Role.UPDATED_AT),
        Column("html_url", Role.TEXT, "link", optional=True),
    ),
    columns_needed=4,
)
"""The name of a lead is a company's; ``lead_name`` beside ``display_name`` says the same."""

CONTACTS = Table(
    name="close-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Close contact",
    columns=(
        person("id", _ID, "Close id", "contact_id", required=True, optional=False),
        Column("lead_id", Role.TEXT, "lead id", aliases=("lead",)),
        value("name", "name", "contact_name", "display_name"),
        value("first_name", "first_name"),
        value("last_name", "last_name"),
        value("title", "job_title", "contact_title"),
        email("emails", "email", "primary_email", transform="any_list", separator=";"),
        phone("phones", "phone", "primary_phone", transform="any_list", separator=";"),
        value("lead_name", "company"),
        value("date_created", "created_at", transform="utc_time"),
        value("date_updated", "modified_at", transform="utc_time", role=Role.UPDATED_AT),
    ),
    columns_needed=4,
)

OPPORTUNITIES = Table(
    name="close-opportunities",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Close opportunity",
    columns=(
        Column("id", Role.EVENT_ID, "opportunity id", required=True, aliases=("opportunity_id",)),
        value("status_type", "deal_status", optional=False),
        value("value", "amount", transform="cents_noted", optional=False),
        value("value_currency", "currency"),
        person("contact_id", _ID, "Close id"),
        Column("contact_name", Role.TEXT, "contact's name", optional=True),
        Column("lead_id", Role.TEXT, "lead id", optional=True),
        Column("lead_name", Role.TEXT, "lead", optional=True),
        value("status_label", "stage"),
        value("pipeline_name", "pipeline", "pipeline_id"),
        value("confidence", "probability"),
        value("note", "description"),
        value("date_won", "close_date"),
        value("user_id", "owner", "user_name"),
        value("date_created", "created_at", transform="utc_time"),
        value("date_updated", "modified_at", transform="utc_time", role=Role.UPDATED_AT),
    ),
)

CALLS = Table(
    name="close-calls",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Close call",
    columns=(
        Column("id", Role.EVENT_ID, "call id", required=True),
        phone("remote_phone", field="", optional=False),
        direction("direction", optional=False),
        value("date_created", "starts_at", transform="utc_time", role=Role.TIME),
        value("duration", "duration_s"),
        value("user_id", "author", "user_name"),
        value("recording_url", "recording_url"),
        Column("voicemail_url", Role.TEXT, "voicemail", optional=True),
        Column("local_phone", Role.TEXT, "our number", optional=True),
        Column("lead_id", Role.TEXT, "lead id", optional=True),
        Column("lead_name", Role.TEXT, "lead", optional=True),
        value("source", "lead_source"),
    ),
)

TABLES = (APPOINTMENTS, LEADS, CONTACTS, OPPORTUNITIES, CALLS, *close_payloads.TABLES)

_CUSTOM = "the id of the custom field that holds it (cf_…)"


def _contact_slots(at: str = "") -> tuple[Slot, ...]:
    """What a contact's body holds, as itself or nested in its lead."""
    return (
        Slot(f"{at}name", ("name",)),
        Slot(f"{at}title", ("job_title",)),
        Slot(f"{at}emails", ("email",), item={"email": VALUE, "type": "office"}),
        Slot(f"{at}emails", ("other_emails",), item={"email": VALUE, "type": "other"}),
        Slot(f"{at}phones", ("phone",), item={"phone": VALUE, "type": "office"}),
        Slot(f"{at}phones", ("mobile_phone",), item={"phone": VALUE, "type": "mobile"}),
        Slot(f"{at}phones", ("home_phone",), item={"phone": VALUE, "type": "home"}),
        Slot(f"{at}phones", ("other_phones",), item={"phone": VALUE, "type": "other"}),
        Slot(f"{at}urls", ("website",), item={"url": VALUE, "type": "url"}),
        *(
            Slot(f"{at}custom.{{{name}}}", (name,), fill_in=_CUSTOM)
            for name in ("lifecycle_stage", "lead_status", "lead_source", "status")
        ),
        Slot(f"{at}custom.{{tags}}", ("tags",), form=Form.LIST, fill_in=_CUSTOM),
    )


_ON_THE_LEAD = "keeps it on the lead and not on the contact"
_LEAD = {"lead_id": "the id of the contact's lead"}

IMPORTS = Imports(
    requests=(
        Request("contact", Outcome.UPDATE, "PUT", f"/api/v1/contact/{TARGET}/", _contact_slots()),
        # A contact that is made without a lead_id makes a lead of its own; so the lead is made in words.
        Request(
            "contact",
            Outcome.CREATE,
            "POST",
            "/api/v1/lead/",
            (
                Slot("name", ("company",)),
                *_contact_slots("contacts[0]/"),
                Slot("addresses[0]/address_1", ("address1",)),
                Slot("addresses[0]/city", ("city",)),
                Slot("addresses[0]/state", ("state",)),
                Slot("addresses[0]/zipcode", ("postal_code",)),
                Slot("addresses[0]/country", ("country",)),
            ),
            read_first="Look for the company's lead; where there is one, make the contact with its lead_id instead.",
        ),
        Request(
            "activity",
            Outcome.APPEND,
            "POST",
            "/api/v1/activity/note/",
            (Slot("note", AS_NOTE, joint=" · "),),
            constants={"contact_id": TARGET},
            fill_in=_LEAD,
            read_first=NO_DOUBLE,
        ),
        Request(
            "appointment",
            Outcome.UPSERT,
            "POST",
            "/api/v1/activity/note/",
            (Slot("note", AS_NOTE, joint=" · "),),
            constants={"contact_id": TARGET},
            fill_in=_LEAD,
            read_first="Close makes meetings from calendars only, so it becomes a note; look for one with this id.",
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/api/v1/opportunity/",
            (
                Slot("note", ("deal_name",)),
                Slot("value", ("amount",), "in_cents", form=Form.NUMBER),
                Slot("value_currency", ("currency",)),
                Slot("confidence", ("probability",), form=Form.NUMBER),
            ),
            constants={"contact_id": TARGET, "value_period": "one_time"},
            fill_in=_LEAD | {"status_id": "the id of the opportunity's status"},
            read_first="Look for the opportunity on the lead; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": _ON_THE_LEAD,
        "address1": _ON_THE_LEAD,
        "city": _ON_THE_LEAD,
        "state": _ON_THE_LEAD,
        "postal_code": _ON_THE_LEAD,
        "country": _ON_THE_LEAD,
        "first_name": "keeps one name",
        "last_name": "keeps one name",
        "dnd": "has no such switch",
        "email_opt_out": "keeps it per address, to be set by hand",
        "sms_opt_out": "keeps it per number, to be set by hand",
    },
)

SYSTEM = System(
    name=_ID,
    label="Close",
    letter="C",
    id_pattern=re.compile(r"CLOSE-[0-9]+|cont_[A-Za-z0-9]{20,}"),
    id_prefixes={
        "lead_": "a lead's",
        "oppo_": "an opportunity's",
        "acti_": "an activity's",
        "user_": "a user's",
        "orga_": "an organization's",
        "stat_": "a status's",
        "task_": "a task's",
    },
    tables=TABLES,
    imports=IMPORTS,
)
