"""Requests to a sync gateway, captured as files: the sync and bulk envelopes and the activity webhook of seed 002.

``{"entity_type", "operation", "data", "options": {"skip_validation", "force_update", "trigger_workflows"}}``; in a bulk
request ``data`` is a list, or the envelopes themselves stand in one.  Deletes and merges are held, options that are
on are refused (requirements 2.27 to 2.31, X28).  The ids in ``data`` are those of a contact map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crm_tui.systems.declare import Column, Kind, Payload, Role, System, Table
from crm_tui.systems.fields import FIELDS
from crm_tui.systems.reference import MAPPED

OPERATIONS = ("create", "update", "delete", "merge")

_NOUNS = {
    "contact": Kind.CONTACT,
    "lead": Kind.LEAD,
    "account": Kind.ACCOUNT,
    "opportunity": Kind.OPPORTUNITY,
    "activity": Kind.ACTIVITY,
}
"""``entity_type`` (2.28) → kind."""

_PERSON = (
    "name",
    "first_name",
    "last_name",
    "company",
    "job_title",
    "address1",
    "city",
    "state",
    "postal_code",
    "country",
    "website",
    "owner",
    "lifecycle_stage",
    "lead_status",
    "status",
    "lead_source",
    "tags",
    "dnd",
    "email_opt_out",
    "phone_opt_out",
    "sms_opt_out",
    "description",
)
_FIELDS = {
    "contact": _PERSON,
    "lead": _PERSON,
    "account": ("name", "website", "owner"),
    "opportunity": (
        "deal_name",
        "amount",
        "currency",
        "stage",
        "pipeline",
        "deal_status",
        "close_date",
        "probability",
        "owner",
    ),
}
_OTHER_NAMES = {
    "address1": ("address", "street"),
    "company": ("company_name",),
    "job_title": ("title",),
    "postal_code": ("zip",),
    "lead_source": ("source",),
    "deal_name": ("name", "title"),
    "amount": ("value", "monetary_value"),
    "deal_status": ("status",),
    "phone": ("phone_number",),
    "email": ("email_address",),
}
_TRANSFORMS = {"amount": "money", **dict.fromkeys(("dnd", "email_opt_out", "phone_opt_out", "sms_opt_out"), "boolean")}


def _at(prefix: str, *names: str) -> str:
    """A path that takes any of these spellings, and their ``camelCase``."""
    spellings = dict.fromkeys(one for name in names for one in (name, _camel(name)))
    return "|".join(prefix + one for one in spellings)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Every spelling of the fields, in lower case → canonical field."""
    return {
        spelling.lower(): name
        for name in names
        for one in (*_OTHER_NAMES.get(name, ()), name)
        for spelling in (one, _camel(one))
    }


def _value(prefix: str, name: str) -> Column:
    path = _at(prefix, name, *_OTHER_NAMES.get(name, ()))
    label = FIELDS[name].label
    return Column(
        name, Role.VALUE, label, optional=True, field=name, path=path, transform=_TRANSFORMS.get(name, "trimmed")
    )


def _ids(prefix: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            f"{name}_contact_id",
            Role.SYSTEM_ID,
            f"{label} id",
            system=name,
            optional=True,
            path=_at(prefix, f"{name}_contact_id", f"{name}_id"),
        )
        for name, label in MAPPED.items()
    )


def _keys(prefix: str) -> tuple[Column, ...]:
    return (
        *_ids(prefix),
        Column("email", Role.EMAIL, "e-mail", optional=True, field="email", path=_at(prefix, "email", "email_address")),
        Column("phone", Role.PHONE, "phone", optional=True, field="phone", path=_at(prefix, "phone", "phone_number")),
    )


def _asked(root: str) -> tuple[Column, ...]:
    """What a request asks for, and its switches (2.29, 2.30)."""
    return (
        Column("operation", Role.OPERATION, "asks for", required=True, path=f"{root}operation"),
        *(
            Column(name, Role.OPTION, name.replace("_", " "), optional=True, path=f"{root}options.{name}")
            for name in ("skip_validation", "force_update", "trigger_workflows")
        ),
    )


def _request(entity: str, *, bulk: bool) -> Table:
    """The requests about one kind of entity: one record in ``data``, or in bulk a list of them."""
    prefix, root = ("", "^") if bulk else ("data.", "")
    # An id of the entity itself: for a person it stands in the id columns, as the contact map has them.
    own = Column("record", Role.EVENT_ID, "id", optional=True, path=_at(prefix, "id", f"{entity}_id"))
    body: tuple[Column, ...]
    if entity == "activity":
        body = _activity(prefix)
    else:
        # A request names the fields that it wants written, as a change event does.
        path = "{}" if bulk else "data{}"
        named = Column("fields", Role.CHANGED, "asks to write", optional=True, path=path, separator="\n")
        body = (own, *_keys(prefix), *(_value(prefix, name) for name in _FIELDS[entity]), named)
    updated = Column(
        "updated_at", Role.UPDATED_AT, "updated", optional=True, path=_at(prefix, "updated_at", "modified_at")
    )
    return Table(
        name=f"request-{entity}{'-bulk' if bulk else ''}",
        system="request",
        kind=_NOUNS[entity],
        noun=f"Request: {entity}",
        columns=(*body, updated, *_asked(root)),
        fields=_spellings(("email", "phone", *_FIELDS.get(entity, ()))),
        payload=Payload(
            when={"entity_type": (entity,), "operation": OPERATIONS, "data[]" if bulk else "data": ()},
            each="data" if bulk else "",
        ),
    )


def _activity(prefix: str, contact: Column | None = None) -> tuple[Column, ...]:
    """The activity of 2.23 with exactly its fallbacks; its links are kept and never opened (2.24)."""
    texts = {"duration_minutes": "minutes", "opportunity_id": "opportunity"}
    links = ("recording_url", "thread_id", "meeting_url")
    return (
        Column("activity_id", Role.EVENT_ID, "activity", optional=True, path=f"{prefix}id"),
        Column("source", Role.CHANNEL, "source", optional=True, path=f"{prefix}source"),
        contact or Column("contacts", Role.TEXT, "contacts", optional=True, path=f"{prefix}contacts[]"),
        *(one for one in _ids(prefix) if contact is None or one.system != contact.system),
        Column("email", Role.EMAIL, "e-mail", optional=True, path=_at(prefix, "email", "contact_email")),
        Column("phone", Role.PHONE, "phone", optional=True, path=_at(prefix, "phone", "contact_phone")),
        Column("type", Role.ACTIVITY_TYPE, "type", optional=True, path=f"{prefix}type"),
        Column("subject", Role.TEXT, "subject", optional=True, path=f"{prefix}subject||{prefix}title"),
        Column("body", Role.VALUE, "text", optional=True, field="body", path=f"{prefix}body||{prefix}description"),
        Column("timestamp", Role.TIME, "happened", optional=True, path=f"{prefix}created_at||{prefix}timestamp"),
        *(Column(name, Role.TEXT, label, optional=True, path=prefix + name) for name, label in texts.items()),
        Column(
            "owner", Role.VALUE, "owner", optional=True, field="owner", path=f"{prefix}assigned_to||{prefix}owner_id"
        ),
        *(
            Column(name, Role.VALUE, FIELDS[name].label, optional=True, field=name, path=prefix + name)
            for name in links
        ),
    )


def _webhook(source: str = "") -> Table:
    """The activity webhook; ids in ``contacts`` are those of the system that ``source`` names, where it is known."""
    contact = (
        Column(
            "contacts",
            Role.SYSTEM_ID,
            f"{MAPPED[source]} id",
            system=source,
            optional=True,
            path="contacts[]",
            separator="; ",
        )
        if source
        else None
    )
    return Table(
        name=f"activity-webhook-{source}" if source else "activity-webhook",
        system=source or "request",
        kind=Kind.ACTIVITY,
        noun=f"{MAPPED[source]} activity" if source else "Request: activity",
        columns=_activity("", contact),
        payload=Payload(
            when={
                "source": (source,) if source else (),
                "created_at|timestamp": (),
                "contacts|opportunity_id|duration_minutes|recording_url|thread_id|meeting_url": (),
            }
        ),
    )


SYSTEM = System(
    name="request",
    label="Request",
    letter="R",
    tables=(
        *map(_webhook, ("", *MAPPED)),
        *(_request(entity, bulk=bulk) for entity in _NOUNS for bulk in (False, True)),
    ),
)
