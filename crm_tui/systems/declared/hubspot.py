"""HubSpot: exports with labels or internal names, and webhook subscriptions old and new (formats.md 8).

Booleans are Yes/No, numbers ``117.0``, times without a zone (the account's), owners by name, lists parted by ``;``.
"""

from __future__ import annotations

import re

from crm_tui.model import Outcome
from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Role, System, Table
from crm_tui.systems.declared import hubspot_payloads
from crm_tui.systems.declared.hubspot_labels import in_every_language
from crm_tui.systems.imports import AS_NOTE, NO_DOUBLE, TARGET, ImportFile, Imports, Request, Slot

_ID = "hubspot"

CONTACTS = Table(
    name="hubspot-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="HubSpot contact",
    columns=in_every_language(
        (
            person(
                "record_id", _ID, "HubSpot id", "hs_object_id", "record_id___contact", required=True, optional=False
            ),
            value("first_name", "first_name", "firstname"),
            value("last_name", "last_name", "lastname"),
            email("email"),
            email(
                "additional_email_addresses",
                "hs_additional_emails",
                field="other_emails",
                separator=";",
                secondary=True,
            ),
            phone("phone_number", "phone"),
            phone("mobile_phone_number", "mobilephone", field="mobile_phone"),
            value("job_title", "job_title", "jobtitle"),
            value("company_name", "company", "company"),
            Column("associated_company", Role.TEXT, "associated company", optional=True),
            value("contact_owner", "owner", "hubspot_owner_id"),
            value("lifecycle_stage", "lifecycle_stage", "lifecyclestage", transform="picklist"),
            value("lead_status", "lead_status", "hs_lead_status", transform="picklist"),
            value("street_address", "address1", "address"),
            value("city", "city"),
            value("state/region", "state", "state"),
            value("postal_code", "postal_code", "zip"),
            value("country/region", "country", "country"),
            value("website_url", "website", "website"),
            value("original_traffic_source", "lead_source", "hs_analytics_source", transform="picklist"),
            value("unsubscribed_from_all_email", "email_opt_out", "hs_email_optout"),
            value("create_date", "created_at", "createdate"),
            value("last_modified_date", "modified_at", "lastmodifieddate", "hs_lastmodifieddate", role=Role.UPDATED_AT),
            Column("last_activity_date", Role.TEXT, "last activity", optional=True),
            person(
                "merged_record_ids", _ID, "merged HubSpot ids", "hs_merged_object_ids", separator=";", secondary=True
            ),
        )
    ),
    columns_needed=4,
)

COMPANIES = Table(
    name="hubspot-companies",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="HubSpot company",
    columns=(
        Column(
            "record_id",
            Role.EVENT_ID,
            "company id",
            required=True,
            aliases=("hs_object_id", "record_id___company"),
            transform="integer_id",
        ),
        value("company_name", "company", "name", optional=False),
        value("company_owner", "owner", "hubspot_owner_id"),
        value("company_domain_name", "website", "domain"),
        value("phone_number", "phone"),
        value("city", "city"),
        value("country/region", "country"),
        Column("industry", Role.TEXT, "industry", optional=True),
        Column("associated_contact", Role.TEXT, "associated contact", optional=True),
        Column("associated_contact_ids", Role.TEXT, "associated contact ids", optional=True),
        value("create_date", "created_at", "createdate"),
        value("last_modified_date", "modified_at", role=Role.UPDATED_AT),
    ),
    columns_needed=3,
)

DEALS = Table(
    name="hubspot-deals",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="HubSpot deal",
    columns=(
        Column(
            "record_id",
            Role.EVENT_ID,
            "deal id",
            required=True,
            aliases=("hs_object_id", "record_id___deal"),
            transform="integer_id",
        ),
        value("deal_name", "deal_name", "dealname", optional=False),
        person("associated_contact_ids", _ID, "associated HubSpot ids", "associated_contactids", separator=";"),
        Column("associated_contact", Role.TEXT, "associated contact", optional=True),
        value("deal_stage", "stage", "dealstage"),
        value("pipeline", "pipeline"),
        value("amount", "amount"),
        value("currency", "currency", "deal_currency_code"),
        value("close_date", "close_date", "closedate"),
        value("create_date", "created_at", "createdate"),
        value("last_modified_date", "modified_at", "hs_lastmodifieddate", role=Role.UPDATED_AT),
        value("deal_owner", "owner", "hubspot_owner_id"),
        value("deal_probability", "probability"),
        Column("deal_type", Role.TEXT, "deal type", optional=True),
        Column("closed_lost_reason", Role.TEXT, "lost because", optional=True),
    ),
)

NOTES = Table(
    name="hubspot-notes",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="HubSpot note",
    columns=(
        value("note_body", "body", role=Role.TEXT, optional=False),
        value("activity_date", "starts_at", role=Role.TIME, optional=False),
        person("associated_contact", _ID, "HubSpot id", separator=";", optional=False),
        person("associated_contact_ids", _ID, "HubSpot ids", separator=";"),
        Column("record_id", Role.EVENT_ID, "note id", optional=True, transform="integer_id"),
        value("activity_assigned_to", "author", "owner"),
        value("create_date", "created_at"),
    ),
)
"""A note names its contact as ``Name (id)``: the id counts, the name is no identity."""

CALLS = Table(
    name="hubspot-calls",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="HubSpot call",
    columns=(
        value("call_title", "subject", role=Role.TEXT, optional=False),
        value("activity_date", "starts_at", role=Role.TIME, optional=False),
        person("associated_contact", _ID, "HubSpot id", separator=";"),
        person("associated_contact_ids", _ID, "HubSpot ids", separator=";"),
        Column("record_id", Role.EVENT_ID, "call id", optional=True, transform="integer_id"),
        value("call_direction", "direction", transform="picklist"),
        value("call_duration", "duration_s", transform="milliseconds"),
        value("call_outcome", "outcome", transform="picklist"),
        value("call_notes", "body"),
        value("recording_url", "recording_url"),
        value("activity_assigned_to", "author", "owner"),
    ),
)
"""Durations are milliseconds (formats.md, "Activity")."""

TABLES = (CONTACTS, COMPANIES, DEALS, NOTES, CALLS, *hubspot_payloads.TABLES)

_FILE_SLOTS = (
    Slot("First Name", ("first_name",)),
    Slot("Last Name", ("last_name",)),
    Slot("Email", ("email",)),
    Slot("Phone Number", ("phone",)),
    Slot("Mobile Phone Number", ("mobile_phone",)),
    Slot("Job Title", ("job_title",)),
    Slot("Company Name", ("company",)),
    Slot("Street Address", ("address1",)),
    Slot("City", ("city",)),
    Slot("State/Region", ("state",)),
    Slot("Postal Code", ("postal_code",)),
    Slot("Country/Region", ("country",), "country_name"),
    Slot("Website URL", ("website",)),
    Slot("Lifecycle Stage", ("lifecycle_stage",)),
    Slot("Lead Status", ("lead_status",)),
)
_PROPERTIES = (
    Slot("properties/firstname", ("first_name",)),
    Slot("properties/lastname", ("last_name",)),
    Slot("properties/email", ("email",)),
    Slot("properties/phone", ("phone",)),
    Slot("properties/mobilephone", ("mobile_phone",)),
    Slot("properties/jobtitle", ("job_title",)),
    Slot("properties/company", ("company",)),
    Slot("properties/address", ("address1",)),
    Slot("properties/city", ("city",)),
    Slot("properties/state", ("state",)),
    Slot("properties/zip", ("postal_code",)),
    Slot("properties/country", ("country",), "country_name"),
    Slot("properties/website", ("website",)),
    Slot("properties/lifecyclestage", ("lifecycle_stage",), "hubspot_stage"),
    Slot("properties/hs_lead_status", ("lead_status",), "hubspot_status"),
)
_CONTACTS = "/crm/v3/objects/contacts"
_MAX_ROWS = 1_048_575

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact",
            Outcome.UPDATE,
            _FILE_SLOTS,
            id_header="Record ID",
            max_rows=_MAX_ROWS,
            how="Import, one object, update only; Record ID is the id column.",
        ),
        ImportFile(
            "contact",
            Outcome.CREATE,
            _FILE_SLOTS,
            max_rows=_MAX_ROWS,
            how="Import, one object, create only; an e-mail that is there already is another contact's.",
        ),
    ),
    requests=(
        # Every property is text, and the empty text clears it.
        Request("contact", Outcome.UPDATE, "PATCH", f"{_CONTACTS}/{TARGET}", _PROPERTIES, blank=""),
        Request("contact", Outcome.CREATE, "POST", _CONTACTS, _PROPERTIES, read_first="Look for the e-mail first."),
        *(
            Request(
                thing,
                operation,
                "POST",
                "/crm/v3/objects/notes",
                (Slot("properties/hs_note_body", AS_NOTE, joint=" · "), Slot("properties/hs_timestamp", ("@time",))),
                constants={
                    "associations": [
                        {
                            "to": {"id": TARGET},
                            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}],
                        }
                    ]
                },
                read_first=NO_DOUBLE,
            )
            for thing, operation in (("activity", Outcome.APPEND), ("appointment", Outcome.UPSERT))
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/crm/v3/objects/deals",
            (
                Slot("properties/dealname", ("deal_name",), default="Unnamed deal", required=True),
                Slot("properties/amount", ("amount",)),
                Slot("properties/closedate", ("close_date",), "plain_date"),
            ),
            constants={
                "associations": [
                    {
                        "to": {"id": TARGET},
                        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}],
                    }
                ]
            },
            fill_in={"properties/dealstage": "the internal name of the deal's stage"},
            read_first="Look for the contact's deal of that name; where there is one, change it instead.",
        ),
    ),
    own="properties/{}",
    cannot={
        "name": "keeps first name and last name",
        "email_opt_out": "takes an opt-out only in its list of subscriptions, by hand",
        "lead_source": "finds the original source by itself",
        "other_emails": "takes further addresses by hand only",
        "tags": "has no tags on a contact",
    },
)

SYSTEM = System(
    name="hubspot",
    label="HubSpot",
    letter="H",
    id_pattern=re.compile(r"[0-9]{3,15}"),
    id_rule=IdRule.INTEGER,
    delivery=frozenset(("+attemptNumber",)),
    tables=TABLES,
    imports=IMPORTS,
)
