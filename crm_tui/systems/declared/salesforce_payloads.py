"""Salesforce payloads: change events (``ChangeEventHeader``), records of queries, outbound messages (formats.md 7b).

An event tells the changed fields only, of one or of many records; one record of ours is one id of its list.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, Table

_ID = "salesforce"
_HEADER = "payload.ChangeEventHeader"

_ADDRESS = {"street": "address1", "city": "city", "state": "state", "postalcode": "postal_code", "country": "country"}

CHANGED = {
    "name": "name",
    "name.firstname": "first_name",
    "name.lastname": "last_name",
    "firstname": "first_name",
    "lastname": "last_name",
    "email": "email",
    "phone": "phone",
    "mobilephone": "mobile_phone",
    "homephone": "home_phone",
    "otherphone": "other_phones",
    "title": "job_title",
    "company": "company",
    "leadsource": "lead_source",
    "status": "lead_status",
    "ownerid": "owner",
    "description": "description",
    "birthdate": "birthday",
    "hasoptedoutofemail": "email_opt_out",
    "donotcall": "phone_opt_out",
    "lastmodifieddate": "modified_at",
    "createddate": "created_at",
    **{f"mailingaddress.{part}": field for part, field in _ADDRESS.items()},
    **{f"mailing{part}": field for part, field in _ADDRESS.items()},
    **{f"address.{part}": field for part, field in _ADDRESS.items()},
}
"""How ``changedFields`` spells the fields, in lower case → canonical field."""


def _head(*, of_person: bool) -> tuple[Column, ...]:
    """What every event says: which record, when, what was changed, of which replay position."""
    own = (
        person("record", _ID, "Salesforce id", path=".", required=True)
        if of_person
        else Column("record", Role.TEXT, "record id", optional=True, path=".")
    )
    return (
        Column("event_id", Role.EVENT_ID, "event id", optional=True, path="^event.EventUuid"),
        own,
        Column("replay_id", Role.TEXT, "replay id", optional=True, path="^event.replayId"),
        Column("transaction", Role.TEXT, "transaction", optional=True, path=f"^{_HEADER}.transactionKey"),
        Column("sequence", Role.TEXT, "sequence", optional=True, path=f"^{_HEADER}.sequenceNumber"),
        Column(
            "committed_at",
            Role.UPDATED_AT,
            "committed",
            optional=True,
            path=f"^{_HEADER}.commitTimestamp",
            transform="epoch_milliseconds",
        ),
        Column("origin", Role.TEXT, "changed by", optional=True, path=f"^{_HEADER}.changeOrigin"),
    )


def _field(name: str) -> str:
    return f"^payload.{name}"


def _address(field: str) -> str:
    parts = (f"Mailing{field}", f"MailingAddress.{field}", f"Address.{field}", field)
    return "|".join(_field(part) for part in parts)


_VALUES = (
    value("first_name", "first_name", path=f"{_field('FirstName')}|{_field('Name.FirstName')}"),
    value("last_name", "last_name", path=f"{_field('LastName')}|{_field('Name.LastName')}"),
    email("email", path=_field("Email")),
    phone("phone", path=_field("Phone")),
    phone("mobile_phone", path=_field("MobilePhone"), field="mobile_phone"),
    phone("home_phone", path=_field("HomePhone"), field="home_phone"),
    value("title", "job_title", path=_field("Title")),
    value("lead_source", "lead_source", path=_field("LeadSource")),
    value("owner", "owner", path=_field("OwnerId"), transform="salesforce_id"),
    value("description", "description", path=_field("Description")),
    value("birthday", "birthday", path=_field("Birthdate")),
    value("email_opt_out", "email_opt_out", path=_field("HasOptedOutOfEmail")),
    value("phone_opt_out", "phone_opt_out", path=_field("DoNotCall")),
    *(
        value(field, field, path=_address(name))
        for name, field in zip(("Street", "City", "State", "PostalCode", "Country"), _ADDRESS.values(), strict=True)
    ),
)
_CHANGED = Column(
    "changed_fields",
    Role.CHANGED,
    "changed",
    optional=True,
    path=f"^{_HEADER}.changedFields[]",
    separator="\n",
)


def _events(
    name: str, kind: Kind, noun: str, entity: str, columns: tuple[Column, ...], *changes: str, told: bool = False
) -> Table:
    return Table(
        name=name,
        system=_ID,
        kind=kind,
        noun=noun,
        columns=columns,
        fields=CHANGED if told else {},
        payload=Payload(
            when={f"{_HEADER}.entityName": (entity,), f"{_HEADER}.changeType": changes},
            each=f"{_HEADER}.recordIds",
        ),
        parts=("record", "replay_id", "transaction", "sequence"),
    )


CONTACT_CHANGES = _events(
    "salesforce-contact-changes",
    Kind.CONTACT,
    "Salesforce change",
    "Contact",
    (*_head(of_person=True), *_VALUES, _CHANGED),
    "UPDATE",
    "GAP_UPDATE",
    told=True,
)
"""A gap tells that something was changed and not what."""

CONTACT_CREATIONS = _events(
    "salesforce-contact-creations",
    Kind.CONTACT,
    "Salesforce creation",
    "Contact",
    (*_head(of_person=True), *_VALUES),
    "CREATE",
    "UNDELETE",
    "SNAPSHOT",
    "GAP_CREATE",
    "GAP_UNDELETE",
)

CONTACT_DELETIONS = _events(
    "salesforce-contact-deletions",
    Kind.DELETION,
    "Salesforce deletion",
    "Contact",
    _head(of_person=True),
    "DELETE",
    "GAP_DELETE",
)

_LEAD_VALUES = (
    *_VALUES,
    value("company", "company", path=_field("Company")),
    value("lead_status", "lead_status", path=_field("Status")),
    person("converted_contact", _ID, "id of the contact it became", path=_field("ConvertedContactId")),
)

LEAD_EVENTS = _events(
    "salesforce-lead-events",
    Kind.LEAD,
    "Salesforce lead event",
    "Lead",
    (
        *_head(of_person=False),
        *_LEAD_VALUES,
        Column(
            "operation",
            Role.OPERATION,
            "event",
            optional=True,
            path=f"^{_HEADER}.changeType",
            transform="event_operation",
        ),
    ),
    "CREATE",
    "UPDATE",
    "DELETE",
    "UNDELETE",
    "SNAPSHOT",
)

OPPORTUNITY_EVENTS = _events(
    "salesforce-opportunity-events",
    Kind.OPPORTUNITY,
    "Salesforce opportunity event",
    "Opportunity",
    (
        *_head(of_person=False),
        value("name", "deal_name", path=_field("Name")),
        value("stage", "stage", path=_field("StageName")),
        value("amount", "amount", path=_field("Amount")),
        value("close_date", "close_date", path=_field("CloseDate")),
        value("probability", "probability", path=_field("Probability")),
        value("owner", "owner", path=_field("OwnerId"), transform="salesforce_id"),
        person("contact", _ID, "contact id", path=_field("ContactId")),
        Column(
            "operation",
            Role.OPERATION,
            "event",
            optional=True,
            path=f"^{_HEADER}.changeType",
            transform="event_operation",
        ),
    ),
    "CREATE",
    "UPDATE",
    "DELETE",
    "UNDELETE",
)

CONTACT_RECORDS = Table(
    name="salesforce-contact-records",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Salesforce contact",
    columns=(
        person("id", _ID, "Salesforce id", path="Id", required=True),
        value("first_name", "first_name", path="FirstName"),
        value("last_name", "last_name", path="LastName"),
        email("email", path="Email"),
        phone("phone", path="Phone"),
        phone("mobile_phone", path="MobilePhone", field="mobile_phone"),
        phone("home_phone", path="HomePhone", field="home_phone"),
        phone("other_phone", path="OtherPhone", field="other_phones"),
        value("company", "company", path="Account.Name"),
        value("title", "job_title", path="Title"),
        value("lead_source", "lead_source", path="LeadSource"),
        value("owner", "owner", path="OwnerId", transform="salesforce_id"),
        value("address1", "address1", path="MailingStreet|MailingAddress.street"),
        value("city", "city", path="MailingCity|MailingAddress.city"),
        value("state", "state", path="MailingState|MailingAddress.state"),
        value("postal_code", "postal_code", path="MailingPostalCode|MailingAddress.postalCode"),
        value("country", "country", path="MailingCountry|MailingAddress.country"),
        value("email_opt_out", "email_opt_out", path="HasOptedOutOfEmail"),
        value("phone_opt_out", "phone_opt_out", path="DoNotCall"),
        value("birthday", "birthday", path="Birthdate"),
        value("description", "description", path="Description"),
        value("created", "created_at", path="CreatedDate"),
        value("updated", "modified_at", path="LastModifiedDate", role=Role.UPDATED_AT),
        Column("deleted", Role.OPERATION, "deleted", optional=True, path="IsDeleted", transform="deleted_flag"),
        person("master_record", _ID, "id of the surviving record", path="MasterRecordId", secondary=True),
    ),
    payload=Payload(when={"done": (), "records[].attributes.type": ("Contact",)}, each="records"),
)
"""Pages of a query."""

CONTACT_OBJECT = Table(
    name="salesforce-contact-object",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Salesforce contact",
    columns=(person("id", _ID, "Salesforce id", path="Id"), *CONTACT_RECORDS.columns[1:]),
    payload=Payload(when={"LastName": (), "Email": (), "Account|AccountId|LeadSource|OwnerId|attributes": ()}),
)
"""One contact by itself, as seed 002 maps it (2.51); it may be without an id."""


def _within(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns of a record that lies in the notification of an outbound message."""
    return tuple(
        replace(column, path="|".join(f"sObject.{path}" for path in column.path.split("|"))) for column in columns
    )


def _messages(name: str, kind: Kind, noun: str, entity: str, columns: tuple[Column, ...]) -> Table:
    sent = Column("event_id", Role.EVENT_ID, "notification id", optional=True, path="Notification.Id")
    return Table(
        name=name,
        system=_ID,
        kind=kind,
        noun=noun,
        columns=(sent, *_within(columns)),
        payload=Payload(when={"Notification": (), "sObject.type": (entity,)}),
    )


CONTACT_MESSAGES = _messages(
    "salesforce-contact-messages",
    Kind.CONTACT,
    "Salesforce outbound message",
    "Contact",
    CONTACT_RECORDS.columns,
)
"""Workflow rules send the fields that an administrator chose, and the same notification until it is acknowledged."""

_LEAD_RECORD = (
    Column("record", Role.TEXT, "record id", optional=True, path="Id"),
    *(column for column in CONTACT_RECORDS.columns if column.name not in ("id", "company", "master_record")),
    value("company", "company", path="Company"),
    value("lead_status", "lead_status", path="Status"),
    person("converted_contact", _ID, "id of the contact it became", path="ConvertedContactId"),
)

LEAD_MESSAGES = _messages(
    "salesforce-lead-messages", Kind.LEAD, "Salesforce outbound message of a lead", "Lead", _LEAD_RECORD
)

TABLES = (
    CONTACT_CHANGES,
    CONTACT_CREATIONS,
    CONTACT_DELETIONS,
    LEAD_EVENTS,
    OPPORTUNITY_EVENTS,
    CONTACT_RECORDS,
    CONTACT_OBJECT,
    CONTACT_MESSAGES,
    LEAD_MESSAGES,
)
