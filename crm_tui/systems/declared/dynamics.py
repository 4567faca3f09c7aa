"""Microsoft Dynamics 365 and Dataverse: Excel exports, plug-in contexts and Web API records (formats.md 11).

Ids are GUIDs.  An export for re-import starts with three hidden columns ``(Do Not Modify) …``; the row checksum beside
the id is no key.  Activities name people by their display names, which are no identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Party, Payload, Role, System, Table
from crm_tui.systems.declared.dynamics_imports import IMPORTS

_ID = "dynamics"

_PERSON = (
    value("full_name", "name", "name"),
    value("first_name", "first_name"),
    value("last_name", "last_name"),
    email("email", "email_address", "e_mail", "email_address_1"),
    email("email_2", "email_address_2", field="other_emails", secondary=True),
    email("email_3", "email_address_3", field="other_emails", secondary=True),
    phone("business_phone", "main_phone"),
    phone("mobile_phone", field="mobile_phone"),
    phone("home_phone", field="home_phone"),
    value("job_title", "job_title"),
    value("company_name", "company", "account_name"),
    value("address_1:_street_1", "address1", "street_1"),
    value("address_1:_city", "city", "city"),
    value("address_1:_state/province", "state", "state_or_province", "state/province"),
    value("address_1:_zip/postal_code", "postal_code", "zip/postal_code"),
    value("address_1:_country/region", "country", "country", "country/region"),
    value("owner", "owner"),
    value("do_not_allow_bulk_emails", "email_opt_out"),
    value("do_not_allow_emails", "email_opt_out"),
    value("do_not_allow_phone_calls", "phone_opt_out"),
    value("description", "description"),
    value("created_on", "created_at"),
    value("(do_not_modify)_modified_on", "modified_at", "modified_on", role=Role.UPDATED_AT),
    Column("(do_not_modify)_row_checksum", Role.TEXT, "row checksum", optional=True),
)

CONTACTS = Table(
    name="dynamics-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Dynamics contact",
    columns=(
        person("(do_not_modify)_contact", _ID, "Dynamics id", required=True, optional=False),
        *_PERSON,
        value("status", "status"),
        value("status_reason", "lead_status"),
    ),
)
CONTACTS_VIEW = Table(
    name="dynamics-contacts-view",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Dynamics contact",
    columns=(
        *(
            replace(column, optional=column.name not in ("full_name", "business_phone"))
            for column in _PERSON
            if not column.name.startswith("(")
        ),
        value("modified_on", "modified_at", role=Role.UPDATED_AT),
        value("status", "status"),
        value("status_reason", "lead_status"),
    ),
    parts=("full_name", "email", "business_phone"),
)
LEADS = Table(
    name="dynamics-leads",
    system=_ID,
    kind=Kind.LEAD,
    noun="Dynamics lead",
    columns=(
        Column("(do_not_modify)_lead", Role.EVENT_ID, "lead id", required=True, transform="guid_id"),
        *_PERSON,
        Column("topic", Role.TEXT, "topic", optional=True, aliases=("subject",)),
        value("lead_source", "lead_source", "source_campaign"),
        value("status_reason", "lead_status"),
    ),
)
ACCOUNTS = Table(
    name="dynamics-accounts",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="Dynamics account",
    columns=(
        Column("(do_not_modify)_account", Role.EVENT_ID, "account id", required=True, transform="guid_id"),
        value("account_name", "company", "name"),
        value("website", "website"),
        value("(do_not_modify)_modified_on", "modified_at", "modified_on", role=Role.UPDATED_AT),
    ),
)
OPPORTUNITIES = Table(
    name="dynamics-opportunities",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Dynamics opportunity",
    columns=(
        Column("(do_not_modify)_opportunity", Role.EVENT_ID, "opportunity id", required=True, transform="guid_id"),
        value("topic", "deal_name", "name", required=True),
        person("contact_id", _ID, "Dynamics id of the contact", "contact_(do_not_modify)", "parentcontactid"),
        email("email_(contact)_(contact)", "email_address", field=""),
        Column("contact", Role.TEXT, "contact", optional=True),
        Column("potential_customer", Role.TEXT, "potential customer", optional=True, aliases=("account",)),
        value("est._revenue", "amount", "estimated_revenue"),
        value("est._close_date", "close_date", "estimated_close_date"),
        value("currency", "currency"),
        value("sales_stage", "stage"),
        value("status", "deal_status"),
        value("status_reason", "outcome"),
        value("probability", "probability"),
        value("owner", "owner"),
        value("(do_not_modify)_modified_on", "modified_at", "modified_on", role=Role.UPDATED_AT),
    ),
)


def _activity(name: str, noun: str, word: str, *columns: Column) -> Table:
    """A table of activities of one type; the hidden id column tells it, and may be missing from a view's export."""
    return Table(
        name=f"dynamics-{name}",
        system=_ID,
        kind=Kind.ACTIVITY,
        noun=noun,
        columns=(
            Column(
                f"(do_not_modify)_{word}",
                Role.EVENT_ID,
                "activity id",
                optional=True,
                aliases=("(do_not_modify)_activity",),
                transform="guid_id",
            ),
            value("subject", "subject", role=Role.TEXT, optional=False),
            Column("regarding", Role.TEXT, "regarding", optional=False),
            *columns,
            value("description", "body"),
            value("owner", "author"),
            replace(value("activity_type", "activity_type", role=Role.ACTIVITY_TYPE), default=word),
        ),
        parts=("subject", "regarding", *(column.name for column in columns if column.role is Role.TIME)),
    )


APPOINTMENTS = _activity(
    "appointments",
    "Dynamics appointment",
    "appointment",
    replace(email("required_attendees", field="", optional=False, separator=";"), transform="addresses"),
    value("start_time", "starts_at", role=Role.TIME, optional=False),
    value("end_time", "ends_at"),
    value("duration", "duration_s", transform="minutes"),
    value("status", "outcome"),
    Column("location", Role.TEXT, "location", optional=True),
)
EMAILS = _activity(
    "emails",
    "Dynamics e-mail",
    "email",
    replace(
        email("from", field="", optional=False, separator=";"), transform="addresses", label="from", party=Party.SENDER
    ),
    replace(
        email("to", field="", optional=False, separator=";"), transform="addresses", label="to", party=Party.RECIPIENT
    ),
    replace(email("cc", field="", separator=";"), transform="addresses", label="cc", party=Party.RECIPIENT),
    value("direction", "direction", transform="direction", role=Role.DIRECTION),
    value("date_sent", "starts_at", "actual_end", role=Role.TIME),
    value("status_reason", "outcome"),
)

_LOGICAL = {
    "fullname": "name",
    "firstname": "first_name",
    "lastname": "last_name",
    "emailaddress1": "email",
    "emailaddress2": "other_emails",
    "emailaddress3": "other_emails",
    "telephone1": "phone",
    "mobilephone": "mobile_phone",
    "telephone2": "home_phone",
    "jobtitle": "job_title",
    "address1_line1": "address1",
    "address1_city": "city",
    "address1_stateorprovince": "state",
    "address1_postalcode": "postal_code",
    "address1_country": "country",
    "description": "description",
    "websiteurl": "website",
    "birthdate": "birthday",
    "ownerid": "owner",
    "donotbulkemail": "email_opt_out",
    "donotemail": "email_opt_out",
    "donotphone": "phone_opt_out",
    "statuscode": "lead_status",
    "parentcustomerid": "company",
}
"""Logical name → canonical field."""

_PLAIN = tuple(name for name in _LOGICAL if name not in ("ownerid", "statuscode", "parentcustomerid"))


def _attributes(path_of: Callable[[str], str]) -> tuple[Column, ...]:
    """The columns of a contact's attributes, each where ``path_of`` says that it lies."""
    made = []
    for name in _PLAIN:
        field = _LOGICAL[name]
        if name.startswith("emailaddress"):
            column = email(name, field=field, path=path_of(name), secondary=field != "email")
        elif field in ("phone", "mobile_phone", "home_phone"):
            column = phone(name, field=field, path=path_of(name))
        else:
            column = value(name, field, path=path_of(name))
        made.append(column)
    return tuple(made)


_TARGET = "InputParameters[key=Target].value"


def _of_context(name: str) -> str:
    """Where a plug-in context has an attribute: among what was changed, else in the image of the record."""
    changed = f"{_TARGET}.Attributes[key={name}].value"
    return f"{changed}|PostEntityImages[0].value.Attributes[key={name}].value"


_CONTEXT = (
    Column("message", Role.TEXT, "message", path="MessageName"),
    value("operation_created_on", "modified_at", path="OperationCreatedOn", role=Role.UPDATED_AT),
    Column("organization_id", Role.SCOPE, "organization", optional=True, path="OrganizationId"),
    person("id", _ID, "Dynamics id", path="PrimaryEntityId", required=True),
)
_CONTEXT_PARTS = ("id", "message", "operation_created_on")

CONTEXT = Table(
    name="dynamics-contact-event",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Dynamics contact event",
    columns=(
        *_CONTEXT,
        Column(
            "changed", Role.CHANGED, "changed fields", optional=True, path=f"{_TARGET}.Attributes[].key", separator="\n"
        ),
        *_attributes(_of_context),
        value("ownerid", "owner", path=f"{_TARGET}.Attributes[key=ownerid].value.Id"),
        value("statuscode", "lead_status", path=f"{_TARGET}.Attributes[key=statuscode].value.Value"),
    ),
    fields=_LOGICAL,
    payload=Payload({"PrimaryEntityName": ("contact",), "MessageName": ("create", "update")}),
    parts=_CONTEXT_PARTS,
)
CONTEXT_GONE = Table(
    name="dynamics-contact-gone",
    system=_ID,
    kind=Kind.DELETION,
    noun="Dynamics contact deleted or merged",
    columns=(
        *_CONTEXT,
        person("survivor", _ID, "id of the surviving record", path=f"{_TARGET}.Id", secondary=True),
    ),
    payload=Payload({"PrimaryEntityName": ("contact",), "MessageName": ("delete", "merge")}),
    parts=_CONTEXT_PARTS,
)
_SHOWN_AS = "@OData.Community.Display.V1.FormattedValue"
RECORD = Table(
    name="dynamics-contact-record",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Dynamics contact",
    columns=(
        person("contactid", _ID, "Dynamics id", path="contactid", required=True),
        *_attributes(lambda name: name),
        value("owner", "owner", path=f'"_ownerid_value{_SHOWN_AS}"|_ownerid_value'),
        value("company", "company", path=f'"_parentcustomerid_value{_SHOWN_AS}"'),
        value("statuscode", "lead_status", path=f'"statuscode{_SHOWN_AS}"|statuscode'),
        value("createdon", "created_at", path="createdon"),
        value("modifiedon", "modified_at", path="modifiedon", role=Role.UPDATED_AT),
    ),
    payload=Payload({'"@odata.etag"': (), "contactid": ()}),
)

SYSTEM = System(
    name=_ID,
    label="Dynamics",
    letter="D",
    id_pattern=re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    id_rule=IdRule.GUID,
    tables=(
        CONTACTS,
        CONTACTS_VIEW,
        LEADS,
        ACCOUNTS,
        OPPORTUNITIES,
        APPOINTMENTS,
        EMAILS,
        CONTEXT,
        CONTEXT_GONE,
        RECORD,
    ),
    imports=IMPORTS,
)
