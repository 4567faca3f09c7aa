"""What Zoho CRM takes back (formats.md 10c): files with display labels, and requests with API names."""

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
    Json,
    Request,
    Slot,
)

_LABELS = (
    ("First Name", "first_name"),
    ("Last Name", "last_name"),
    ("Email", "email"),
    ("Secondary Email", "other_emails"),
    ("Phone", "phone"),
    ("Mobile", "mobile_phone"),
    ("Home Phone", "home_phone"),
    ("Other Phone", "other_phones"),
    ("Title", "job_title"),
    ("Mailing Street", "address1"),
    ("Mailing City", "city"),
    ("Mailing State", "state"),
    ("Mailing Zip", "postal_code"),
    ("Mailing Country", "country"),
    ("Lead Source", "lead_source"),
    ("Email Opt Out", "email_opt_out"),
    ("Date of Birth", "birthday"),
    ("Description", "description"),
)
"""Label of a contact's field → canonical field; the API name is the label with ``_`` for a blank."""
_STEPS = {"email_opt_out": "true_false", "birthday": "plain_date", "country": "country_name"}


def _slots(*, body: bool) -> tuple[Slot, ...]:
    """A contact's fields as columns of a file, or in the one record of a body."""
    return tuple(
        Slot(
            f"data[0]/{label.replace(' ', '_')}" if body else label,
            (field,),
            _STEPS.get(field, ""),
            form=Form.BOOLEAN if body and field == "email_opt_out" else Form.TEXT,
            default="Unknown" if field == "last_name" else "",
            required=field == "last_name",
        )
        for label, field in _LABELS
    )


_CONTACTS = "/crm/v8/Contacts"
# No workflow of the account may start from what is imported (2.30, trigger_workflows).
_QUIET: dict[str, Json] = {"trigger": []}

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact",
            Outcome.UPDATE,
            _slots(body=False),
            id_header="Record Id",
            how="Import, update existing contacts only, matched by Record Id; trigger no workflow.",
        ),
        ImportFile(
            "contact",
            Outcome.CREATE,
            _slots(body=False),
            how="Import, add new contacts only, duplicates found by Email skipped; trigger no workflow.",
        ),
    ),
    requests=(
        Request(
            "contact", Outcome.UPDATE, "PUT", _CONTACTS, _slots(body=True), constants=_QUIET | {"data[0]/id": TARGET}
        ),
        Request(
            "contact",
            Outcome.CREATE,
            "POST",
            f"{_CONTACTS}/upsert",
            _slots(body=True),
            constants=_QUIET | {"duplicate_check_fields": ["Email"]},
            read_first="An upsert changes the contact that has the e-mail already: look for it first.",
        ),
        *(
            Request(
                thing,
                operation,
                "POST",
                f"{_CONTACTS}/{TARGET}/Notes",
                (
                    Slot("data[0]/Note_Title", ("@text", "@type"), joint=" · ", default="Activity"),
                    Slot("data[0]/Note_Content", AS_NOTE, joint=" · "),
                ),
                read_first=NO_DOUBLE,
            )
            for thing, operation in (("activity", Outcome.APPEND), ("appointment", Outcome.UPSERT))
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/crm/v8/Deals",
            (
                Slot("data[0]/Deal_Name", ("deal_name",), default="Unnamed deal", required=True),
                Slot("data[0]/Amount", ("amount",), form=Form.NUMBER),
                Slot("data[0]/Closing_Date", ("close_date",), "plain_date"),
            ),
            constants=_QUIET | {"data[0]/Contact_Name": {"id": TARGET}},
            fill_in={"data[0]/Stage": "the stage"},
            read_first="Look for the contact's deal of that name; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": LINK,
        "name": "keeps first name and last name",
        "tags": "takes tags by an action of its own",
        "website": "keeps it on the account",
        "lead_status": "keeps it on leads only",
    },
)
