"""Salesforce: Data Loader, weekly export and report files, and change events (formats.md 7).

Headers are API names (Data Loader writes them in capitals) or a report's labels.  Ids are 15 or 18 characters; the
first three say which object it is.
"""

from __future__ import annotations

import re

from crm_tui.model import Outcome
from crm_tui.systems import salesforce_payloads
from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Role, System, Table
from crm_tui.systems.imports import AS_NOTE, LINK, NO_DOUBLE, TARGET, Form, ImportFile, Imports, Request, Slot

_ID = "salesforce"

_PERSON = (
    value("firstname", "first_name"),
    value("name", "name"),
    email("email"),
    phone("phone"),
    phone("mobilephone", field="mobile_phone"),
    phone("homephone", field="home_phone"),
    phone("otherphone", field="other_phones"),
    value("title", "job_title"),
    value("leadsource", "lead_source"),
    value("ownerid", "owner", transform="salesforce_id"),
    value("description", "description"),
    value("birthdate", "birthday"),
    value("hasoptedoutofemail", "email_opt_out"),
    value("donotcall", "phone_opt_out"),
    value("createddate", "created_at"),
    value("lastmodifieddate", "modified_at", role=Role.UPDATED_AT),
    value("systemmodstamp", "modified_at", role=Role.UPDATED_AT, label="system modified"),
    Column("isdeleted", Role.OPERATION, "deleted", optional=True, aliases=("is_deleted",), transform="deleted_flag"),
    person("masterrecordid", _ID, "id of the surviving record", secondary=True),
)

CONTACTS = Table(
    name="salesforce-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Salesforce contact",
    columns=(
        person("id", _ID, "Salesforce id", required=True, optional=False),
        value("lastname", "last_name", optional=False),
        *_PERSON,
        value("account.name", "company", "account_name"),
        Column("accountid", Role.TEXT, "account", optional=True),
        value("mailingstreet", "address1"),
        value("mailingcity", "city"),
        value("mailingstate", "state"),
        value("mailingpostalcode", "postal_code"),
        value("mailingcountry", "country", "mailingcountrycode"),
        Column("mailingaddress", Role.TEXT, "address as one", optional=True),
    ),
)

LEADS = Table(
    name="salesforce-leads",
    system=_ID,
    kind=Kind.LEAD,
    noun="Salesforce lead",
    columns=(
        Column("id", Role.EVENT_ID, "lead id", required=True, transform="salesforce_id"),
        value("lastname", "last_name", optional=False),
        value("company", "company", optional=False),
        *_PERSON,
        person("convertedcontactid", _ID, "id of the contact it became"),
        value("isconverted", "converted"),
        value("status", "lead_status"),
        value("street", "address1"),
        value("city", "city"),
        value("state", "state"),
        value("postalcode", "postal_code"),
        value("country", "country"),
        value("website", "website"),
    ),
)

_REPORT_COLUMNS = (
    person("contact_id", _ID, "Salesforce id", "contact_id_18"),
    value("first_name", "first_name"),
    value("full_name", "name", "name", "contact_name"),
    email("email"),
    phone("phone"),
    phone("mobile", "mobile_phone", field="mobile_phone"),
    value("title", "job_title"),
    value("account_name", "company"),
    value("mailing_street", "address1"),
    value("mailing_city", "city"),
    value("mailing_country", "country"),
    value("lead_source", "lead_source"),
    value("contact_owner", "owner"),
    value("email_opt_out", "email_opt_out"),
    value("do_not_call", "phone_opt_out"),
    value("created_date", "created_at"),
    value("last_modified_date", "modified_at", role=Role.UPDATED_AT),
    Column("last_activity", Role.TEXT, "last activity", optional=True),
)

REPORT = Table(
    name="salesforce-contact-report",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Salesforce contact",
    columns=(
        value("last_name", "last_name", optional=False),
        value("mailing_state/province", "state", optional=False),
        value("mailing_zip/postal_code", "postal_code", optional=False),
        *_REPORT_COLUMNS,
    ),
    columns_needed=5,
)
"""A report has labels and no id unless its author took one; without one the e-mail says who a row is about."""

ACCOUNTS = Table(
    name="salesforce-accounts",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="Salesforce account",
    columns=(
        Column("id", Role.EVENT_ID, "account id", required=True, transform="salesforce_id"),
        value("name", "company", optional=False),
        value("billingcity", "city", optional=False),
        value("billingstreet", "address1"),
        value("billingstate", "state"),
        value("billingpostalcode", "postal_code"),
        value("billingcountry", "country"),
        value("website", "website"),
        value("ownerid", "owner", transform="salesforce_id"),
        value("createddate", "created_at"),
        value("lastmodifieddate", "modified_at", role=Role.UPDATED_AT),
    ),
)

OPPORTUNITIES = Table(
    name="salesforce-opportunities",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Salesforce opportunity",
    columns=(
        Column("id", Role.EVENT_ID, "opportunity id", required=True, transform="salesforce_id"),
        value("stagename", "stage", optional=False),
        value("name", "deal_name"),
        person("contactid", _ID, "contact id", "opportunitycontactrole.contactid", "contact.id"),
        email("contact.email", field=""),
        value("amount", "amount"),
        value("currencyisocode", "currency"),
        value("probability", "probability"),
        value("closedate", "close_date"),
        value("forecastcategory", "pipeline"),
        value("iswon", "deal_status", transform="won_flag"),
        value("ownerid", "owner", transform="salesforce_id"),
        value("createddate", "created_at"),
        value("lastmodifieddate", "modified_at", role=Role.UPDATED_AT),
        Column(
            "isdeleted", Role.OPERATION, "deleted", optional=True, aliases=("is_deleted",), transform="deleted_flag"
        ),
    ),
)
"""An opportunity names no contact by itself (it is in OpportunityContactRole): without one it is an error row."""

_ACTIVITY = (
    person("whoid", _ID, "Salesforce id", optional=False),
    email("who.email", field=""),
    value("subject", "subject", role=Role.TEXT),
    value("description", "body"),
    value("ownerid", "author", transform="salesforce_id"),
    value("createddate", "created_at"),
    value("lastmodifieddate", "modified_at", role=Role.UPDATED_AT),
    Column("isdeleted", Role.OPERATION, "deleted", optional=True, aliases=("is_deleted",), transform="deleted_flag"),
)

TASKS = Table(
    name="salesforce-tasks",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Salesforce task",
    columns=(
        Column("id", Role.EVENT_ID, "task id", required=True, transform="salesforce_id"),
        value("activitydate", "starts_at", role=Role.TIME, optional=False),
        *_ACTIVITY,
        Column("tasksubtype", Role.ACTIVITY_TYPE, "type", optional=True, aliases=("type",)),
        value("status", "status"),
        value("calltype", "direction"),
        value("calldurationinseconds", "duration_s"),
        value("calldisposition", "outcome"),
    ),
)

EVENTS = Table(
    name="salesforce-events",
    system=_ID,
    kind=Kind.APPOINTMENT,
    noun="Salesforce event",
    columns=(
        Column("id", Role.EVENT_ID, "event id", required=True, transform="salesforce_id"),
        value("startdatetime", "starts_at", role=Role.TIME, optional=False),
        *_ACTIVITY,
        value("enddatetime", "ends_at"),
        Column("location", Role.TEXT, "place", optional=True),
    ),
)

TABLES = (CONTACTS, LEADS, REPORT, ACCOUNTS, OPPORTUNITIES, TASKS, EVENTS, *salesforce_payloads.TABLES)


def _contact_slots(boolean: Form) -> tuple[Slot, ...]:
    """Fields by API name, in a file or in a body; a multi-select list is parted by ``;``."""
    return (
        Slot("FirstName", ("first_name",)),
        Slot("LastName", ("last_name",), default="Unknown", required=True),
        Slot("Email", ("email",)),
        Slot("Phone", ("phone",)),
        Slot("MobilePhone", ("mobile_phone",)),
        Slot("HomePhone", ("home_phone",)),
        Slot("OtherPhone", ("other_phones",)),
        Slot("Title", ("job_title",)),
        Slot("MailingStreet", ("address1",)),
        Slot("MailingCity", ("city",)),
        Slot("MailingState", ("state",)),
        Slot("MailingPostalCode", ("postal_code",)),
        Slot("MailingCountry", ("country",), "country_name"),
        Slot("LeadSource", ("lead_source",)),
        Slot("Birthdate", ("birthday",), "plain_date"),
        Slot("Description", ("description",)),
        Slot("HasOptedOutOfEmail", ("email_opt_out",), "true_false", form=boolean),
        Slot("DoNotCall", ("phone_opt_out",), "true_false", form=boolean),
    )


_OBJECTS = "/services/data/v{version}/sobjects"
_RELEASE = {"version": "the API version of the org, for example 62.0"}
_LOADER = "Data Loader: an empty cell changes nothing unless “insert null values” is on; leave it off."

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact", Outcome.UPDATE, _contact_slots(Form.TEXT), id_header="Id", max_rows=5_000_000, how=_LOADER
        ),
        ImportFile("contact", Outcome.CREATE, _contact_slots(Form.TEXT), max_rows=5_000_000, how=_LOADER),
    ),
    requests=(
        Request(
            "contact",
            Outcome.UPDATE,
            "PATCH",
            f"{_OBJECTS}/Contact/{TARGET}",
            _contact_slots(Form.BOOLEAN),
            fill_in=_RELEASE,
        ),
        Request(
            "contact", Outcome.CREATE, "POST", f"{_OBJECTS}/Contact", _contact_slots(Form.BOOLEAN), fill_in=_RELEASE
        ),
        Request(
            "activity",
            Outcome.APPEND,
            "POST",
            f"{_OBJECTS}/Task",
            (
                Slot("Subject", ("@text", "@type"), joint=" · ", default="Activity", required=True),
                Slot("Description", AS_NOTE, joint=" · "),
                Slot("ActivityDate", ("@time",), "day"),
            ),
            constants={"WhoId": TARGET, "Status": "Completed"},
            fill_in=_RELEASE,
            read_first=NO_DOUBLE,
        ),
        Request(
            "appointment",
            Outcome.UPSERT,
            "POST",
            f"{_OBJECTS}/Event",
            (
                Slot("Subject", ("@text",), default="Appointment", required=True),
                Slot("StartDateTime", ("@time",)),
                Slot("Description", AS_NOTE, joint=" · "),
            ),
            constants={"WhoId": TARGET},
            fill_in=_RELEASE | {"DurationInMinutes": "how long it takes"},
            read_first=NO_DOUBLE,
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            f"{_OBJECTS}/Opportunity",
            (
                Slot("Name", ("deal_name",), default="Unnamed opportunity", required=True),
                Slot("Amount", ("amount",), form=Form.NUMBER),
                Slot("CloseDate", ("close_date",), "plain_date"),
            ),
            fill_in=_RELEASE | {"StageName": "the stage", "CloseDate": "the close date, where the row has none"},
            read_first="Its contact is a role (OpportunityContactRole) to be made for the id in the index.",
        ),
    ),
    cannot={
        "company": LINK,
        "name": "keeps first name and last name",
        "tags": "has no tags on a contact",
        "other_emails": "keeps one e-mail",
        "website": "keeps it on the account",
        "lead_status": "keeps it on leads only",
    },
)

SYSTEM = System(
    name="salesforce",
    label="Salesforce",
    letter="S",
    id_pattern=re.compile(r"003[A-Za-z0-9]{15}"),
    id_rule=IdRule.SALESFORCE,
    id_prefixes={
        "00Q": "a lead's",
        "001": "an account's",
        "006": "an opportunity's",
        "005": "a user's",
        "00T": "a task's",
        "00U": "an event's",
    },
    tables=TABLES,
    imports=IMPORTS,
)
