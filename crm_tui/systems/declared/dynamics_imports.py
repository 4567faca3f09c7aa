"""What Dynamics 365 takes back (formats.md 11c): files for new contacts, Web API requests for the rest."""

from __future__ import annotations

from crm_tui.model import Outcome
from crm_tui.systems.imports import (
    AS_NOTE,
    LINK,
    NO_DOUBLE,
    TARGET,
    Form,
    ImportFile,
    Imports,
    Request,
    Slot,
)

_LABELS = (
    ("First Name", "firstname", "first_name"),
    ("Last Name", "lastname", "last_name"),
    ("Email", "emailaddress1", "email"),
    ("Business Phone", "telephone1", "phone"),
    ("Mobile Phone", "mobilephone", "mobile_phone"),
    ("Home Phone", "telephone2", "home_phone"),
    ("Job Title", "jobtitle", "job_title"),
    ("Address 1: Street 1", "address1_line1", "address1"),
    ("Address 1: City", "address1_city", "city"),
    ("Address 1: State/Province", "address1_stateorprovince", "state"),
    ("Address 1: ZIP/Postal Code", "address1_postalcode", "postal_code"),
    ("Address 1: Country/Region", "address1_country", "country"),
    ("Description", "description", "description"),
)
"""Label, logical name and canonical field of what a contact takes."""


def _spelled(field: str) -> str:
    return "country_name" if field == "country" else ""


_BODY_SLOTS = (
    *(Slot(logical, (field,), _spelled(field)) for _, logical, field in _LABELS),
    Slot("emailaddress2", ("other_emails",)),
    Slot("websiteurl", ("website",)),
    Slot("birthdate", ("birthday",), "plain_date"),
    # The labels of these are turned round ("Do Not Allow", "Allow"), so they are never staged in a file.
    Slot("donotbulkemail", ("email_opt_out",), "true_false", form=Form.BOOLEAN),
    Slot("donotphone", ("phone_opt_out",), "true_false", form=Form.BOOLEAN),
)
_CONTACTS = "/api/data/v9.2/contacts"

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact",
            Outcome.CREATE,
            tuple(Slot(label, (field,), _spelled(field)) for label, _, field in _LABELS),
            how="Import from CSV makes new contacts; do not allow duplicates.",
        ),
    ),
    requests=(
        # A file updates only as the very export with its row checksums; and without If-Match a PATCH makes a contact.
        Request(
            "contact",
            Outcome.UPDATE,
            "PATCH",
            f"{_CONTACTS}({TARGET})",
            _BODY_SLOTS,
            headers={"If-Match": "*"},
        ),
        Request("contact", Outcome.CREATE, "POST", _CONTACTS, _BODY_SLOTS, read_first="Look for the e-mail first."),
        *(
            Request(
                thing,
                operation,
                "POST",
                "/api/data/v9.2/annotations",
                (
                    Slot("subject", ("@text", "@type"), joint=" · ", default="Activity"),
                    Slot("notetext", AS_NOTE, joint=" · "),
                ),
                constants={"objectid_contact@odata.bind": f"/contacts({TARGET})"},
                read_first=NO_DOUBLE,
            )
            for thing, operation in (("activity", Outcome.APPEND), ("appointment", Outcome.UPSERT))
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/api/data/v9.2/opportunities",
            (
                Slot("name", ("deal_name",), default="Unnamed opportunity", required=True),
                Slot("estimatedvalue", ("amount",), form=Form.NUMBER),
                Slot("estimatedclosedate", ("close_date",), "plain_date"),
            ),
            constants={"parentcontactid@odata.bind": f"/contacts({TARGET})"},
            read_first="Look for the contact's opportunity of that name; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": LINK,
        "name": "makes the full name from first name and last name",
        "tags": "has no tags on a contact",
        "sms_opt_out": "has no such switch that is sure",
    },
)
