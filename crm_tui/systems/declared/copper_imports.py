"""What Copper takes back (formats.md 3c): files for new people, API requests for the rest."""

from __future__ import annotations

from crm_tui.model import Outcome
from crm_tui.systems.imports import (
    AS_NOTE,
    NO_DOUBLE,
    TARGET,
    TARGET_NUMBER,
    VALUE,
    Form,
    ImportFile,
    Imports,
    Request,
    Slot,
)

_FILE_SLOTS = (
    Slot("First Name", ("first_name",)),
    Slot("Last Name", ("last_name",)),
    Slot("Title", ("job_title",)),
    Slot("Company", ("company",)),
    Slot("Work Email", ("email",)),
    Slot("Work Phone", ("phone",)),
    Slot("Street", ("address1",)),
    Slot("City", ("city",)),
    Slot("State", ("state",)),
    Slot("Postal Code", ("postal_code",)),
    Slot("Country", ("country",)),
    Slot("Tags", ("tags",), separator=","),
)
_BODY_SLOTS = (
    Slot("name", ("name",), default="Unknown", required=True),
    Slot("title", ("job_title",)),
    Slot("emails", ("email",), item={"email": VALUE, "category": "work"}),
    Slot("emails", ("other_emails",), item={"email": VALUE, "category": "other"}),
    Slot("phone_numbers", ("phone",), item={"number": VALUE, "category": "work"}),
    Slot("phone_numbers", ("mobile_phone",), item={"number": VALUE, "category": "mobile"}),
    Slot("phone_numbers", ("home_phone",), item={"number": VALUE, "category": "home"}),
    Slot("phone_numbers", ("other_phones",), item={"number": VALUE, "category": "other"}),
    Slot("address/street", ("address1",)),
    Slot("address/city", ("city",)),
    Slot("address/state", ("state",)),
    Slot("address/postal_code", ("postal_code",)),
    Slot("address/country", ("country",)),
    Slot("websites", ("website",), item={"url": VALUE, "category": "work"}),
    Slot("tags", ("tags",), form=Form.LIST),
    Slot("details", ("description",)),
)
_PEOPLE = "/developer_api/v1/people"

IMPORTS = Imports(
    files=(ImportFile("contact", Outcome.CREATE, _FILE_SLOTS, how="Import, people; map the columns by their names."),),
    requests=(
        Request("contact", Outcome.UPDATE, "PUT", f"{_PEOPLE}/{TARGET}", _BODY_SLOTS),
        Request(
            "contact",
            Outcome.CREATE,
            "POST",
            _PEOPLE,
            _BODY_SLOTS,
            read_first="There is no upsert of people: fetch by the e-mail first.",
        ),
        *(
            Request(
                thing,
                operation,
                "POST",
                "/developer_api/v1/activities",
                (Slot("details", AS_NOTE, joint=" · "),),
                constants={"parent": {"type": "person", "id": TARGET_NUMBER}, "type": {"category": "user", "id": 0}},
                read_first=NO_DOUBLE,
            )
            for thing, operation in (("activity", Outcome.APPEND), ("appointment", Outcome.UPSERT))
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/developer_api/v1/opportunities",
            (
                Slot("name", ("deal_name",), default="Unnamed opportunity", required=True),
                Slot("monetary_value", ("amount",), form=Form.NUMBER),
            ),
            constants={"primary_contact_id": TARGET_NUMBER},
            read_first="Look for the person's opportunity of that name; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": "takes the id of a company of its own",
        "first_name": "keeps one name",
        "last_name": "keeps one name",
        "email_opt_out": "has no opt-out that is known",
        "lifecycle_stage": "takes the id of a contact type of its own",
    },
)
