"""GoHighLevel: exports, contact changes (seed 001), webhooks and API records (seed 003, formats.md 1).

Record ids are 20 to 24 letters and digits, case counts; samples use ``GHL-…``.  A webhook tells the whole record and
never what it was before.  The same person in two sub-accounts (``locationId``) has two ids.
"""

from __future__ import annotations

import re

from crm_tui.model import Outcome
from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Role, System, Table
from crm_tui.systems.declared import ghl_payloads
from crm_tui.systems.imports import AS_NOTE, NO_DOUBLE, TARGET, Form, ImportFile, Imports, Part, Request, Slot

_ID = "ghl"

FIELDS = {
    "email": "email",
    "phone": "phone",
    "name": "name",
    "firstname": "first_name",
    "first_name": "first_name",
    "lastname": "last_name",
    "last_name": "last_name",
    "companyname": "company",
    "company": "company",
    "address1": "address1",
    "city": "city",
    "state": "state",
    "postalcode": "postal_code",
    "postal_code": "postal_code",
    "country": "country",
    "tags": "tags",
    "dnd": "dnd",
    "source": "lead_source",
    "lead_source": "lead_source",
    "owner": "owner",
    "assignedto": "owner",
    "assigned_to": "owner",
    "id": "record_id",
    "locationid": "record_id",
    "stage": "stage",
    "lifecycle_stage": "lifecycle_stage",
    "lifecyclestage": "lifecycle_stage",
    "status": "status",
}

CONTACT_CHANGES = Table(
    name="ghl-contact-changes",
    system=_ID,
    kind=Kind.CHANGE,
    noun="GHL change",
    columns=(
        Column("change_id", Role.EVENT_ID, "change", required=True),
        Column("ghl_contact_id", Role.SYSTEM_ID, "GHL id", system="ghl"),
        Column("email", Role.EMAIL, "e-mail"),
        Column("close_contact_id", Role.SYSTEM_ID, "Close id", system="close"),
        Column("field", Role.FIELD, "field", required=True),
        Column("new_value", Role.NEW_VALUE, "new value"),
        Column("updated_at", Role.UPDATED_AT, "updated"),
        Column("phone", Role.PHONE, "phone", optional=True),
    ),
    fields=FIELDS,
)

CONTACTS = Table(
    name="ghl-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="GHL contact",
    columns=(
        person("contact_id", _ID, "GHL id", required=True, optional=False, field="ghl_id"),
        value("first_name", "first_name"),
        value("last_name", "last_name"),
        value("name", "name", "full_name"),
        phone("phone"),
        phone("additional_phones", "additional_phone", field="other_phones", separator=",", secondary=True),
        email("email"),
        email("additional_emails", "additional_email", field="other_emails", separator=",", secondary=True),
        value("created", "created_at", "created_date", "date_added"),
        Column("last_activity", Role.TEXT, "last activity", optional=True),
        value("tags", "tags", separator=","),
        value("business_name", "company", "company", "company_name"),
        value("street_address", "address1", "address1", "address"),
        value("city", "city"),
        value("state", "state"),
        value("postal_code", "postal_code"),
        value("country", "country"),
        value("website", "website"),
        value("date_of_birth", "birthday"),
        value("source", "lead_source", "contact_source"),
        value("assigned", "owner", "assigned_to", "assigned_user"),
        value("dnd", "dnd"),
        value("updated", "modified_at", "updated_on", "date_updated", role=Role.UPDATED_AT),
        Column("type", Role.TEXT, "type", optional=True, aliases=("contact_type",)),
        Column("opportunities", Role.TEXT, "opportunities", optional=True),
    ),
    columns_needed=4,
)
"""``Last Activity`` is not when the record was changed; ``Opportunities`` cannot be parted without the pipelines."""

OPPORTUNITIES = Table(
    name="ghl-opportunities",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="GHL opportunity",
    columns=(
        Column("opportunity_id", Role.EVENT_ID, "opportunity id", required=True),
        value("opportunity_name", "deal_name", optional=False),
        person("contact_id", _ID, "GHL id"),
        Column("contact_name", Role.TEXT, "contact's name", optional=True),
        email("email", field=""),
        phone("phone", field=""),
        value("pipeline", "pipeline"),
        value("stage", "stage"),
        value("lead_value", "amount", "value"),
        value("status", "deal_status"),
        value("source", "lead_source"),
        value("assigned", "owner", "assigned_to"),
        value("created_on", "created_at"),
        value("updated_on", "modified_at", role=Role.UPDATED_AT),
    ),
)


TABLES = (CONTACT_CHANGES, CONTACTS, OPPORTUNITIES, *ghl_payloads.TABLES)

_FILE_SLOTS = (
    Slot("First Name", ("first_name",)),
    Slot("Last Name", ("last_name",)),
    Slot("Email", ("email",)),
    Slot("Phone", ("phone",)),
    Slot("Company", ("company",)),
)
_BODY_SLOTS = (
    Slot("firstName", ("first_name",)),
    Slot("lastName", ("last_name",)),
    Slot("email", ("email",)),
    Slot("phone", ("phone",)),
    Slot("address1", ("address1",)),
    Slot("city", ("city",)),
    Slot("state", ("state",)),
    Slot("postalCode", ("postal_code",)),
    Slot("country", ("country",)),
    Slot("website", ("website",)),
    Slot("dateOfBirth", ("birthday",), "plain_date"),
    Slot("source", ("lead_source",)),
    Slot("dnd", ("dnd",), "true_false", form=Form.BOOLEAN),
)
_ONE_OF = ("First Name", "Email", "Phone")
_VERSION = {"Version": "2021-07-28"}
_LOCATION = {"locationId": "the id of the location (sub-account)"}

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact",
            Outcome.UPDATE,
            _FILE_SLOTS,
            id_header="Contact Id",
            one_of=_ONE_OF,
            how="Contacts, import: update, matched by Contact ID; make no new contacts.",
        ),
        ImportFile(
            "contact",
            Outcome.CREATE,
            (
                *_FILE_SLOTS,
                Slot("Additional Phone", ("other_phones",), separator=","),
                Slot("Tags", ("tags",), "lower", separator=","),
            ),
            one_of=_ONE_OF,
            how="Contacts, import: create only.",
        ),
    ),
    requests=(
        # The vendor refuses locationId on update routes, and its update has no companyName.
        Request("contact", Outcome.UPDATE, "PUT", f"/contacts/{TARGET}", _BODY_SLOTS, headers=_VERSION, blank=""),
        # Tags of an update replace all that the contact has; these two routes do not.
        Request(
            "contact",
            Outcome.UPDATE,
            "POST",
            f"/contacts/{TARGET}/tags",
            (Slot("tags", ("tags",), "lower", form=Form.LIST, part=Part.ADDED),),
            headers=_VERSION,
        ),
        Request(
            "contact",
            Outcome.UPDATE,
            "DELETE",
            f"/contacts/{TARGET}/tags",
            (Slot("tags", ("tags",), "lower", form=Form.LIST, part=Part.REMOVED),),
            headers=_VERSION,
        ),
        Request(
            "contact",
            Outcome.CREATE,
            "POST",
            "/contacts/",
            (*_BODY_SLOTS, Slot("companyName", ("company",)), Slot("tags", ("tags",), "lower", form=Form.LIST)),
            headers=_VERSION,
            fill_in=_LOCATION,
            read_first="Look for the e-mail and the phone apart: an upsert would take the first and hide the other.",
        ),
        Request(
            "appointment",
            Outcome.UPSERT,
            "POST",
            "/calendars/events/appointments",
            (
                Slot("title", ("@text",)),
                Slot("startTime", ("@time",)),
                Slot("appointmentStatus", ("@status",), "ghl_appointment_status"),
            ),
            constants={"contactId": TARGET},
            headers=_VERSION,
            fill_in=_LOCATION | {"calendarId": "the id of the calendar"},
            read_first="Look for the contact's appointment of that time; where there is one, change it instead.",
        ),
        # A logged call or message needs a conversation and its provider; a note is always possible.
        Request(
            "activity",
            Outcome.APPEND,
            "POST",
            f"/contacts/{TARGET}/notes",
            (Slot("body", AS_NOTE, joint=" · "),),
            headers=_VERSION,
            read_first=NO_DOUBLE,
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/opportunities/",
            (
                Slot("name", ("deal_name",), default="Unnamed opportunity", required=True),
                Slot("monetaryValue", ("amount",), form=Form.NUMBER),
                Slot("status", ("deal_status",), "ghl_deal_status", default="open", required=True),
            ),
            constants={"contactId": TARGET},
            headers=_VERSION,
            fill_in=_LOCATION | {"pipelineId": "the id of the pipeline"},
            read_first="Look for the contact's opportunity of that name; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": "takes a company only on a new contact",
        "name": "keeps first name and last name",
        "job_title": "has it only as a custom field of the location",
        "email_opt_out": "keeps it per channel, to be set by hand",
        "phone_opt_out": "keeps it per channel, to be set by hand",
        "sms_opt_out": "keeps it per channel, to be set by hand",
        "lifecycle_stage": "has only its contact type, lead or customer",
    },
)

SYSTEM = System(
    name=_ID,
    label="GHL",
    letter="G",
    id_pattern=re.compile(r"GHL-[0-9]+|[A-Za-z0-9]{20,24}"),
    tables=TABLES,
    imports=IMPORTS,
)
