"""What a vendor's API takes in the body of each request that is staged, as formats.md 1c to 11c give it, and no more.

Where a vendor ships models of its own (GHL, HubSpot, Zoho), the bodies are held against those too.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    create_model,
)

Text = Annotated[str, Field(strict=True, min_length=1)]
Cleared = StrictStr | None
"""A text, or null where the request clears it."""
Amount = StrictInt | StrictFloat
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Strict(BaseModel):
    """A body with these members and no others."""

    model_config = ConfigDict(extra="forbid")


def _cleared(name: str, *fields: str, **others: tuple[object, object]) -> type[Strict]:
    """A body of optional texts, each of which may be cleared."""
    texts = dict.fromkeys(fields, (Cleared, None))
    return create_model(name, __base__=Strict, **texts, **others)  # type: ignore[call-overload, no-any-return]


# Close (formats.md 2c)
class CloseEmail(Strict):
    email: Text
    type: Literal["office", "home", "direct", "other"]


class ClosePhone(Strict):
    phone: Text
    type: Literal["office", "mobile", "home", "direct", "fax", "other"]


class CloseUrl(Strict):
    url: Text
    type: Literal["url"]


class CloseContact(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Annotated[str, Field(pattern=r"^custom\.cf_\w+$")], StrictStr | list[StrictStr] | None]
    name: Cleared = None
    title: Cleared = None
    emails: list[CloseEmail] = []
    phones: list[ClosePhone] = []
    urls: list[CloseUrl] = []


CloseAddress = _cleared("CloseAddress", "address_1", "city", "state", "zipcode", "country")


class CloseLead(Strict):
    name: Text | None = None
    contacts: Annotated[list[CloseContact], Field(min_length=1, max_length=1)]
    addresses: Annotated[list[CloseAddress], Field(max_length=1)] = []  # type: ignore[valid-type]


class CloseNote(Strict):
    note: Text
    contact_id: Annotated[str, Field(pattern=r"^cont_\w{20,}$")]
    lead_id: Annotated[str, Field(pattern=r"^lead_\w+$")]


class CloseOpportunity(Strict):
    note: Text | None = None
    value: StrictInt | None = None
    """In cents."""
    value_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    value_period: Literal["one_time", "monthly", "annual"]
    confidence: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    contact_id: Annotated[str, Field(pattern=r"^cont_\w{20,}$")]
    lead_id: Annotated[str, Field(pattern=r"^lead_\w+$")]
    status_id: Annotated[str, Field(pattern=r"^stat_\w+$")]


# Copper (formats.md 3b, 3c)
class CopperEmail(Strict):
    email: Text
    category: Literal["work", "personal", "other"]


class CopperPhone(Strict):
    number: Text
    category: Literal["mobile", "work", "home", "other"]


class CopperWebsite(Strict):
    url: Text
    category: Literal["work", "personal", "other"]


class CopperAddress(Strict):
    street: Cleared = None
    city: Cleared = None
    state: Cleared = None
    postal_code: Cleared = None
    country: Cleared = None


class CopperPerson(Strict):
    name: Text | None = None
    title: Cleared = None
    emails: list[CopperEmail] = []
    phone_numbers: list[CopperPhone] = []
    address: CopperAddress | None = None
    websites: list[CopperWebsite] = []
    tags: list[Text] = []
    details: Cleared = None


class CopperNewPerson(CopperPerson):
    name: Text


class CopperParent(Strict):
    type: Literal["person"]
    id: StrictInt


class CopperType(Strict):
    category: Literal["user"]
    id: StrictInt


class CopperActivity(Strict):
    parent: CopperParent
    type: CopperType
    details: Text


class CopperOpportunity(Strict):
    name: Text
    primary_contact_id: StrictInt
    monetary_value: Amount | None = None


# Dynamics (formats.md 11c)
DynamicsContact = _cleared(
    "DynamicsContact",
    *("firstname", "lastname", "emailaddress1", "emailaddress2", "telephone1", "mobilephone", "telephone2", "jobtitle"),
    *("address1_line1", "address1_city", "address1_stateorprovince", "address1_postalcode", "address1_country"),
    *("description", "websiteurl"),
    birthdate=(Day | None, None),
    donotbulkemail=(StrictBool, False),
    donotphone=(StrictBool, False),
)
_CONTACT_BIND = Annotated[str, Field(pattern=r"^/contacts\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)$")]


class DynamicsNote(Strict):
    subject: Text
    notetext: Text
    contact: _CONTACT_BIND = Field(alias="objectid_contact@odata.bind")


class DynamicsOpportunity(Strict):
    name: Text
    estimatedvalue: Amount | None = None
    estimatedclosedate: Day | None = None
    contact: _CONTACT_BIND = Field(alias="parentcontactid@odata.bind")


# GHL (formats.md 1c); the empty text clears
class GhlContact(Strict):
    firstName: StrictStr | None = None
    lastName: StrictStr | None = None
    email: StrictStr | None = None
    phone: StrictStr | None = None
    address1: StrictStr | None = None
    city: StrictStr | None = None
    state: StrictStr | None = None
    postalCode: StrictStr | None = None
    country: Country | Literal[""] | None = None
    website: StrictStr | None = None
    source: StrictStr | None = None
    dateOfBirth: Day | Literal[""] | None = None
    dnd: StrictBool = False


class GhlNewContact(GhlContact):
    companyName: Text | None = None
    tags: list[Text] = []
    locationId: Text


class GhlTags(Strict):
    tags: Annotated[list[Annotated[str, Field(pattern=r"^[^A-Z]+$")]], Field(min_length=1)]


class GhlNote(Strict):
    body: Text


class GhlAppointment(Strict):
    title: Text | None = None
    startTime: Moment
    appointmentStatus: Literal["new", "confirmed", "cancelled", "showed", "noshow", "invalid"] | None = None
    contactId: Annotated[str, Field(pattern=r"^(\w{20,24}|GHL-\d+)$")]
    calendarId: Text
    locationId: Text


class GhlOpportunity(Strict):
    name: Text
    monetaryValue: Amount | None = None
    status: Literal["open", "won", "lost", "abandoned"]
    contactId: Annotated[str, Field(pattern=r"^(\w{20,24}|GHL-\d+)$")]
    pipelineId: Text
    locationId: Text


# HubSpot (formats.md 8c): every property is text
class HubspotType(Strict):
    associationCategory: Literal["HUBSPOT_DEFINED"]
    associationTypeId: Literal[3, 202]


class HubspotTarget(Strict):
    id: Annotated[str, Field(pattern=r"^\d+$")]


class HubspotAssociation(Strict):
    to: HubspotTarget
    types: Annotated[list[HubspotType], Field(min_length=1, max_length=1)]


class HubspotContact(Strict):
    properties: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], StrictStr], Field(min_length=1)]


class HubspotLinked(HubspotContact):
    associations: Annotated[list[HubspotAssociation], Field(min_length=1, max_length=1)]


# Pipedrive, version 2 (formats.md 9c)
class PipedriveValue(Strict):
    value: Text
    primary: StrictBool
    label: Literal["work", "home", "mobile", "other"]


class PipedrivePerson(Strict):
    name: Text | None = None
    emails: list[PipedriveValue] = []
    phones: list[PipedriveValue] = []
    job_title: Cleared = None
    marketing_status: Literal["unsubscribed"] | None = None


class PipedriveNewPerson(PipedrivePerson):
    name: Text


class PipedriveActivity(Strict):
    subject: Text
    due_date: Day | None = None
    note: Text
    person_id: StrictInt
    done: StrictBool


class PipedriveDeal(Strict):
    title: Text
    value: Amount | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    expected_close_date: Day | None = None
    person_id: StrictInt


# Salesforce (formats.md 7a, 7c)
_SALESFORCE_ID = Annotated[str, Field(pattern=r"^003[A-Za-z0-9]{15}$")]
SalesforceContact = _cleared(
    "SalesforceContact",
    *("FirstName", "Email", "Phone", "MobilePhone", "HomePhone", "OtherPhone", "Title", "MailingStreet", "MailingCity"),
    *("MailingState", "MailingPostalCode", "MailingCountry", "LeadSource", "Description"),
    LastName=(Text | None, None),
    Birthdate=(Day | None, None),
    HasOptedOutOfEmail=(StrictBool, False),
    DoNotCall=(StrictBool, False),
)
SalesforceNewContact = create_model("SalesforceNewContact", __base__=SalesforceContact, LastName=(Text, ...))


class SalesforceTask(Strict):
    Subject: Text
    Description: Text
    ActivityDate: Day | None = None
    WhoId: _SALESFORCE_ID
    Status: Literal["Completed"]


class SalesforceEvent(Strict):
    Subject: Text
    Description: Text
    StartDateTime: Moment
    WhoId: _SALESFORCE_ID
    DurationInMinutes: object


class SalesforceOpportunity(Strict):
    Name: Text
    Amount: StrictInt | StrictFloat | None = None
    CloseDate: Day
    StageName: Text


# Zoho (formats.md 10c): up to 100 records a call, here one; no workflow is started
_ZOHO_ID = Annotated[str, Field(pattern=r"^\d{17,19}$")]
ZohoNewRecord = _cleared(
    "ZohoNewRecord",
    *("First_Name", "Email", "Secondary_Email", "Phone", "Mobile", "Home_Phone", "Other_Phone", "Title", "Lead_Source"),
    *("Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country", "Description"),
    Last_Name=(Text | None, None),
    Date_of_Birth=(Day | None, None),
    Email_Opt_Out=(StrictBool, False),
)
ZohoRecord = create_model("ZohoRecord", __base__=ZohoNewRecord, id=(_ZOHO_ID, ...))


class ZohoUpdate(Strict):
    data: Annotated[list[ZohoRecord], Field(min_length=1, max_length=1)]  # type: ignore[valid-type]
    trigger: Annotated[list[str], Field(max_length=0)]


class ZohoUpsert(Strict):
    data: Annotated[list[ZohoNewRecord], Field(min_length=1, max_length=1)]  # type: ignore[valid-type]
    trigger: Annotated[list[str], Field(max_length=0)]
    duplicate_check_fields: list[Literal["Email"]]


class ZohoNote(Strict):
    Note_Title: Text
    Note_Content: Text


class ZohoNotes(Strict):
    data: Annotated[list[ZohoNote], Field(min_length=1, max_length=1)]


class ZohoLink(Strict):
    id: _ZOHO_ID


class ZohoDeal(Strict):
    Deal_Name: Text
    Amount: StrictInt | StrictFloat | None = None
    Closing_Date: Day | None = None
    Contact_Name: ZohoLink
    Stage: Text


class ZohoDeals(Strict):
    data: Annotated[list[ZohoDeal], Field(min_length=1, max_length=1)]
    trigger: Annotated[list[str], Field(max_length=0)]


# The own store (seed 003, "Field Mapping")
class AppProperties(Strict):
    email: Cleared = None
    phone: Cleared = None
    company: Cleared = None
    source: Cleared = None
    dnd: StrictBool = False
    tags: list[Text] = []
    ghlContactId: Text | None = None
    deletedInGhl: Literal[True] = True


class AppContact(Strict):
    name: Text | None = None
    status: Literal["inactive"] | None = None
    customProperties: AppProperties | None = None


class AppNewContact(Strict):
    type: Literal["contact"]
    name: Text
    customProperties: AppProperties | None = None


class Options(Strict):
    skip_validation: StrictBool = False
    force_update: StrictBool = False
    trigger_workflows: StrictBool = False


class SyncRequest(Strict):
    """A request to the gateway of seed 002, which is read and never staged."""

    entity_type: Literal["contact", "lead", "account", "opportunity", "activity"]
    operation: Literal["create", "update", "delete", "merge"]
    data: dict[str, object]
    options: Options = Options()


class BulkRequest(SyncRequest):
    """The same in bulk."""

    data: list[dict[str, object]]  # type: ignore[assignment]
    request_id: Text | None = None


_ID = r"[A-Za-z0-9_~%-]+"
BODIES: dict[tuple[str, str, str], type[BaseModel] | type[RootModel[object]]] = {
    ("close", "PUT", rf"/api/v1/contact/{_ID}/"): CloseContact,
    ("close", "POST", "/api/v1/lead/"): CloseLead,
    ("close", "POST", "/api/v1/activity/note/"): CloseNote,
    ("close", "POST", "/api/v1/opportunity/"): CloseOpportunity,
    ("copper", "PUT", r"/developer_api/v1/people/\d+"): CopperPerson,
    ("copper", "POST", "/developer_api/v1/people"): CopperNewPerson,
    ("copper", "POST", "/developer_api/v1/activities"): CopperActivity,
    ("copper", "POST", "/developer_api/v1/opportunities"): CopperOpportunity,
    ("dynamics", "PATCH", r"/api/data/v9\.2/contacts\([0-9a-f-]{36}\)"): DynamicsContact,
    ("dynamics", "POST", r"/api/data/v9\.2/contacts"): DynamicsContact,
    ("dynamics", "POST", r"/api/data/v9\.2/annotations"): DynamicsNote,
    ("dynamics", "POST", r"/api/data/v9\.2/opportunities"): DynamicsOpportunity,
    ("ghl", "PUT", rf"/contacts/{_ID}"): GhlContact,
    ("ghl", "POST", "/contacts/"): GhlNewContact,
    ("ghl", "(POST|DELETE)", rf"/contacts/{_ID}/tags"): GhlTags,
    ("ghl", "POST", rf"/contacts/{_ID}/notes"): GhlNote,
    ("ghl", "POST", "/calendars/events/appointments"): GhlAppointment,
    ("ghl", "POST", "/opportunities/"): GhlOpportunity,
    ("hubspot", "PATCH", r"/crm/v3/objects/contacts/\d+"): HubspotContact,
    ("hubspot", "POST", "/crm/v3/objects/contacts"): HubspotContact,
    ("hubspot", "POST", "/crm/v3/objects/(notes|deals)"): HubspotLinked,
    ("pipedrive", "PATCH", r"/api/v2/persons/\d+"): PipedrivePerson,
    ("pipedrive", "POST", "/api/v2/persons"): PipedriveNewPerson,
    ("pipedrive", "POST", "/api/v2/activities"): PipedriveActivity,
    ("pipedrive", "POST", "/api/v2/deals"): PipedriveDeal,
    ("salesforce", "PATCH", rf"/services/data/v\d+\.0/sobjects/Contact/{_ID}"): SalesforceContact,
    ("salesforce", "POST", r"/services/data/v\d+\.0/sobjects/Contact"): SalesforceNewContact,
    ("salesforce", "POST", r"/services/data/v\d+\.0/sobjects/Task"): SalesforceTask,
    ("salesforce", "POST", r"/services/data/v\d+\.0/sobjects/Event"): SalesforceEvent,
    ("salesforce", "POST", r"/services/data/v\d+\.0/sobjects/Opportunity"): SalesforceOpportunity,
    ("zoho", "PUT", "/crm/v8/Contacts"): ZohoUpdate,
    ("zoho", "POST", "/crm/v8/Contacts/upsert"): ZohoUpsert,
    ("zoho", "POST", r"/crm/v8/Contacts/\d+/Notes"): ZohoNotes,
    ("zoho", "POST", "/crm/v8/Deals"): ZohoDeals,
    ("app", "PATCH", rf"/contacts/{_ID}"): AppContact,
    ("app", "POST", "/contacts"): AppNewContact,
}
"""(system, method, path) of every request that may be staged → its body; method and path are patterns."""


def body_of(system: str, method: str, path: str) -> type[BaseModel]:
    """The body of a request.  Raises ``LookupError`` for one that no vendor documents."""
    for (known, verb, where), model in BODIES.items():
        if known == system and re.fullmatch(verb, method) and re.fullmatch(where, path):
            return model
    raise LookupError(f"{system} documents no {method} {path}")
