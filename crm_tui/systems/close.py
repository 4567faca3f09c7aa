"""Close: contacts and appointments (seed 001; ids ``cont_…`` per the vendor's API, ``CLOSE-…`` in samples)."""

from __future__ import annotations

import re

from crm_tui.model import Outcome
from crm_tui.systems.declare import Column, Kind, Role, System, Table
from crm_tui.systems.imports import AS_NOTE, NO_DOUBLE, TARGET, VALUE, Form, Imports, Request, Slot

APPOINTMENTS = Table(
    name="close-appointments",
    system="close",
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
    name="close",
    label="Close",
    letter="C",
    id_pattern=re.compile(r"CLOSE-[0-9]+|cont_[A-Za-z0-9]{20,}"),
    tables=(APPOINTMENTS,),
    imports=IMPORTS,
)
