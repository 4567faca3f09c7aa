"""Pipedrive: exports with headers ``Entity - Field``, and webhooks of version 1 and 2 (formats.md 9).

Names and e-mails are not unique there.  A webhook gives labels by their ids, which no other system knows: no tags.
Times in webhooks are UTC; those of an export are in the user's own form.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, IdRule, Kind, Payload, Role, System, Table, header_name
from crm_tui.systems.declared.pipedrive_imports import IMPORTS

_ID = "pipedrive"


def _named(header: str, column: Column, *aliases: str) -> Column:
    """The column under its header as Pipedrive writes it."""
    return replace(column, name=header_name(header), aliases=tuple(map(header_name, aliases)))


PEOPLE = Table(
    name="pipedrive-people",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Pipedrive person",
    columns=(
        _named("Person - ID", person("", _ID, "Pipedrive id"), "Person - Pipedrive System ID"),
        _named("Person - Name", value("", "name", optional=False)),
        _named("Person - First name", value("", "first_name")),
        _named("Person - Last name", value("", "last_name")),
        _named("Person - Email", email("", separator=",")),
        _named("Person - Email - Work", email("", separator=","), "Person - Email (Work)"),
        _named("Person - Email - Home", email("", separator=","), "Person - Email (Home)"),
        _named("Person - Email - Other", email("", separator=","), "Person - Email (Other)"),
        _named("Person - Phone", phone("", separator=",")),
        _named("Person - Phone - Work", phone("", separator=","), "Person - Phone (Work)"),
        _named("Person - Phone - Mobile", phone("", field="mobile_phone", separator=","), "Person - Phone (Mobile)"),
        _named("Person - Phone - Home", phone("", field="home_phone", separator=","), "Person - Phone (Home)"),
        _named("Person - Phone - Other", phone("", field="other_phones", separator=","), "Person - Phone (Other)"),
        _named("Person - Organization", value("", "company")),
        _named("Person - Job title", value("", "job_title")),
        _named("Person - Owner", value("", "owner")),
        _named("Person - Label(s)", value("", "tags", separator=","), "Person - Label", "Person - Labels"),
        _named("Person - Marketing status", value("", "email_opt_out", transform="pipedrive_marketing")),
        _named("Person - Notes", value("", "description")),
        _named("Person - Person created", value("", "created_at"), "Person - Created", "Person - Add time"),
        _named("Person - Update time", value("", "modified_at", role=Role.UPDATED_AT)),
    ),
)

ORGANIZATIONS = Table(
    name="pipedrive-organizations",
    system=_ID,
    kind=Kind.ACCOUNT,
    noun="Pipedrive organization",
    columns=(
        _named(
            "Organization - ID",
            Column("", Role.EVENT_ID, "organization", optional=True),
            "Organization - Pipedrive System ID",
        ),
        _named("Organization - Name", value("", "company", required=True, optional=False)),
        _named("Organization - Website", value("", "website")),
        _named("Organization - Owner", value("", "owner")),
    ),
    parts=(header_name("Organization - Name"),),
)

DEALS = Table(
    name="pipedrive-deals",
    system=_ID,
    kind=Kind.OPPORTUNITY,
    noun="Pipedrive deal",
    columns=(
        _named(
            "Deal - ID", Column("", Role.EVENT_ID, "deal", required=True, optional=True), "Deal - Pipedrive System ID"
        ),
        _named("Deal - Title", value("", "deal_name", required=True, optional=False)),
        _named("Deal - Contact person ID", person("", _ID, "Pipedrive id of the person"), "Deal - Contact person (ID)"),
        _named("Deal - Contact person", Column("", Role.TEXT, "contact person", optional=True)),
        _named("Deal - Value", value("", "amount")),
        _named("Deal - Currency of Value", value("", "currency"), "Deal - Currency"),
        _named("Deal - Stage", value("", "stage")),
        _named("Deal - Pipeline", value("", "pipeline")),
        _named("Deal - Status", value("", "deal_status")),
        _named("Deal - Probability", value("", "probability")),
        _named("Deal - Expected close date", value("", "close_date")),
        _named("Deal - Owner", value("", "owner")),
        _named("Deal - Label", value("", "tags", separator=","), "Deal - Label(s)", "Deal - Labels"),
        _named("Deal - Source", value("", "lead_source")),
        _named("Deal - Lost reason", value("", "outcome")),
        _named("Deal - Deal created", value("", "created_at")),
        _named("Deal - Update time", value("", "modified_at", role=Role.UPDATED_AT)),
    ),
)

ACTIVITIES = Table(
    name="pipedrive-activities",
    system=_ID,
    kind=Kind.ACTIVITY,
    noun="Pipedrive activity",
    columns=(
        _named("Activity - ID", Column("", Role.EVENT_ID, "activity", optional=True), "Activity - Pipedrive System ID"),
        _named("Activity - Subject", value("", "subject", role=Role.TEXT, optional=False)),
        _named("Activity - Type", replace(value("", "activity_type", role=Role.ACTIVITY_TYPE), default="note")),
        _named("Activity - Due date", value("", "starts_at", role=Role.TIME)),
        _named("Activity - Due time", Column("", Role.TEXT, "due time", optional=True)),
        _named("Activity - Duration", value("", "duration_s", transform="hours_minutes")),
        _named("Activity - Done", value("", "outcome")),
        _named("Activity - Note", value("", "body")),
        _named("Activity - Assigned to user", value("", "author")),
        _named("Person - ID", person("", _ID, "Pipedrive id of the person")),
        _named("Person - Name", Column("", Role.TEXT, "person", optional=True)),
        _named("Person - Email", email("", field="", separator=",")),
        _named("Person - Phone", phone("", field="", separator=",")),
        _named("Organization - Name", Column("", Role.TEXT, "organization", optional=True)),
        _named("Deal - Title", Column("", Role.TEXT, "deal", optional=True)),
    ),
    parts=tuple(
        map(header_name, ("Activity - Subject", "Activity - Due date", "Activity - Due time", "Person - Email"))
    ),
)

_PERSON_V1 = (
    Column("action", Role.TEXT, "action", path="meta.action"),
    Column("event_time", Role.TEXT, "event time", optional=True, path="meta.timestamp_micro||meta.timestamp"),
    Column("company_id", Role.SCOPE, "company", optional=True, path="meta.company_id"),
    person("id", _ID, "Pipedrive id", path="meta.id||current.id", required=True),
    value("name", "name", path="current.name"),
    value("first_name", "first_name", path="current.first_name"),
    value("last_name", "last_name", path="current.last_name"),
    email("email", path="current.email[!primary].value|current.email", separator=","),
    phone("phone", path="current.phone[!primary].value|current.phone", separator=","),
    value("org_name", "company", path="current.org_id.name|current.org_name"),
    value("job_title", "job_title", path="current.job_title"),
    value("owner_id", "owner", path="current.owner_id.id|current.owner_id"),
    Column("label_ids", Role.TEXT, "label ids", optional=True, path="current.label_ids[]|current.label"),
    value("marketing_status", "email_opt_out", path="current.marketing_status", transform="pipedrive_marketing"),
    value("add_time", "created_at", path="current.add_time", transform="utc_time"),
    value("update_time", "modified_at", path="current.update_time", transform="utc_time", role=Role.UPDATED_AT),
)
_EVENT_PARTS = ("id", "action", "event_time")
_V1_PERSON = {"v": ("1",), "meta.object": ("person",)}
_V2_PERSON = {"meta.version": ("2.0",), "meta.entity": ("person",)}

PERSON_EVENT_1 = Table(
    name="pipedrive-person-event-1",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Pipedrive person event",
    columns=_PERSON_V1,
    payload=Payload({**_V1_PERSON, "meta.action": ("added", "updated")}),
    parts=_EVENT_PARTS,
)
PERSON_GONE_1 = Table(
    name="pipedrive-person-gone-1",
    system=_ID,
    kind=Kind.DELETION,
    noun="Pipedrive person deleted or merged",
    columns=tuple(
        replace(column, path=column.path.replace("current.", "previous.")) for column in _PERSON_V1 if column.path
    ),
    payload=Payload({**_V1_PERSON, "meta.action": ("deleted", "merged")}),
    parts=_EVENT_PARTS,
)

_PERSON_V2 = (
    Column("action", Role.TEXT, "action", path="meta.action"),
    Column("event_time", Role.TEXT, "event time", optional=True, path="meta.timestamp"),
    Column("company_id", Role.SCOPE, "company", optional=True, path="meta.company_id"),
    Column("changed", Role.CHANGED, "changed fields", optional=True, path="previous{}", separator="\n"),
    person("id", _ID, "Pipedrive id", path="data.id||meta.entity_id", required=True),
    value("name", "name", path="data.name"),
    value("first_name", "first_name", path="data.first_name"),
    value("last_name", "last_name", path="data.last_name"),
    email("emails", path="data.emails[!primary].value", separator=","),
    phone("phones", path="data.phones[!primary].value", separator=","),
    value("job_title", "job_title", path="data.job_title"),
    value("owner_id", "owner", path="data.owner_id"),
    Column("label_ids", Role.TEXT, "label ids", optional=True, path="data.label_ids[]"),
    value("marketing_status", "email_opt_out", path="data.marketing_status", transform="pipedrive_marketing"),
    value("add_time", "created_at", path="data.add_time", transform="utc_time"),
    value("update_time", "modified_at", path="data.update_time", transform="utc_time", role=Role.UPDATED_AT),
)
_V2_FIELDS = {column.name: column.field for column in _PERSON_V2 if column.field}

PERSON_EVENT_2 = Table(
    name="pipedrive-person-event-2",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Pipedrive person event",
    columns=_PERSON_V2,
    fields=_V2_FIELDS,
    payload=Payload({**_V2_PERSON, "meta.action": ("create", "change")}),
    parts=_EVENT_PARTS,
)
PERSON_GONE_2 = Table(
    name="pipedrive-person-gone-2",
    system=_ID,
    kind=Kind.DELETION,
    noun="Pipedrive person deleted",
    columns=(
        *_PERSON_V2[:3],
        person("id", _ID, "Pipedrive id", path="meta.entity_id||previous.id", required=True),
        email("emails", path="previous.emails[!primary].value", separator=","),
        phone("phones", path="previous.phones[!primary].value", separator=","),
    ),
    payload=Payload({**_V2_PERSON, "meta.action": ("delete",)}),
    parts=_EVENT_PARTS,
)


def _deal_event(version: str, record: str, when: dict[str, tuple[str, ...]]) -> Table:
    """The deal events of a webhook version: a person only by ``person_id`` (formats.md 9b)."""
    return Table(
        name=f"pipedrive-deal-event-{version}",
        system=_ID,
        kind=Kind.OPPORTUNITY,
        noun="Pipedrive deal event",
        columns=(
            Column("id", Role.TEXT, "deal", required=True, path=f"{record}.id"),
            Column("action", Role.TEXT, "action", path="meta.action"),
            Column("event_time", Role.TEXT, "event time", optional=True, path="meta.timestamp_micro||meta.timestamp"),
            Column("company_id", Role.SCOPE, "company", optional=True, path="meta.company_id"),
            person("person_id", _ID, "Pipedrive id of the person", path=f"{record}.person_id.value|{record}.person_id"),
            value("title", "deal_name", path=f"{record}.title"),
            value("value", "amount", path=f"{record}.value"),
            value("currency", "currency", path=f"{record}.currency"),
            value("stage_id", "stage", path=f"{record}.stage_id"),
            value("pipeline_id", "pipeline", path=f"{record}.pipeline_id"),
            value("status", "deal_status", path=f"{record}.status"),
            value("expected_close_date", "close_date", path=f"{record}.expected_close_date"),
            value("owner_id", "owner", path=f"{record}.owner_id|{record}.user_id"),
            value(
                "update_time",
                "modified_at",
                path=f"{record}.update_time",
                transform="utc_time",
                role=Role.UPDATED_AT,
            ),
        ),
        payload=Payload(when),
        parts=_EVENT_PARTS,
    )


DEAL_EVENT_1 = _deal_event("1", "current", {"v": ("1",), "meta.object": ("deal",), "meta.action": ("added", "updated")})
DEAL_EVENT_2 = _deal_event(
    "2", "data", {"meta.version": ("2.0",), "meta.entity": ("deal",), "meta.action": ("create", "change")}
)

SYSTEM = System(
    name=_ID,
    label="Pipedrive",
    letter="I",
    id_pattern=re.compile(r"[0-9]{1,12}"),
    id_rule=IdRule.INTEGER,
    # Webhooks of version 1 count there how often they were sent.
    delivery=frozenset(("+retry",)),
    tables=(
        PEOPLE,
        ORGANIZATIONS,
        DEALS,
        ACTIVITIES,
        PERSON_EVENT_1,
        PERSON_GONE_1,
        PERSON_EVENT_2,
        PERSON_GONE_2,
        DEAL_EVENT_1,
        DEAL_EVENT_2,
    ),
    imports=IMPORTS,
)
