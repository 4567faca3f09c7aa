"""What Pipedrive takes back (formats.md 9c): its importer's columns, and requests of API version 2."""

from __future__ import annotations

from crm_tui.model import Outcome
from crm_tui.systems.imports import (
    AS_NOTE,
    LINK,
    NO_DOUBLE,
    TARGET,
    TARGET_NUMBER,
    VALUE,
    Form,
    ImportFile,
    Imports,
    Json,
    Request,
    Slot,
)

_FILE_SLOTS = (
    Slot("Person - Name", ("name",), default="Unknown", required=True),
    Slot("Person - Email - Work", ("email",)),
    Slot("Person - Email - Other", ("other_emails",), separator=", "),
    Slot("Person - Phone - Work", ("phone",)),
    Slot("Person - Phone - Mobile", ("mobile_phone",)),
    Slot("Person - Phone - Home", ("home_phone",)),
    Slot("Person - Phone - Other", ("other_phones",), separator=", "),
    Slot("Person - Job title", ("job_title",)),
)
_BODY_SLOTS = (
    Slot("name", ("name",), default="Unknown", required=True),
    Slot("emails", ("email",), item={"value": VALUE, "primary": True, "label": "work"}),
    Slot("emails", ("other_emails",), item={"value": VALUE, "primary": False, "label": "other"}),
    Slot("phones", ("phone",), item={"value": VALUE, "primary": True, "label": "work"}),
    Slot("phones", ("mobile_phone",), item={"value": VALUE, "primary": False, "label": "mobile"}),
    Slot("phones", ("home_phone",), item={"value": VALUE, "primary": False, "label": "home"}),
    Slot("phones", ("other_phones",), item={"value": VALUE, "primary": False, "label": "other"}),
    Slot("job_title", ("job_title",)),
    # It can be changed once and in one direction only, so nothing but an opt-out is staged.
    Slot("marketing_status", ("email_opt_out",), "unsubscribed", only="true"),
)
_ONE_LINE = "keeps the address in one line, which could not be split again"
_TO_PERSON: dict[str, Json] = {"person_id": TARGET_NUMBER}

IMPORTS = Imports(
    files=(
        ImportFile(
            "contact",
            Outcome.UPDATE,
            _FILE_SLOTS,
            id_header="Person - ID",
            how="Import data: map Person - ID to “Person - Pipedrive System ID”; it then updates.",
        ),
        ImportFile("contact", Outcome.CREATE, _FILE_SLOTS, how="Import data, people; skip what it calls duplicates."),
    ),
    requests=(
        Request("contact", Outcome.UPDATE, "PATCH", f"/api/v2/persons/{TARGET}", _BODY_SLOTS),
        Request(
            "contact",
            Outcome.CREATE,
            "POST",
            "/api/v2/persons",
            _BODY_SLOTS,
            read_first="There is no upsert: search the e-mail and the phone first.",
        ),
        *(
            Request(
                thing,
                operation,
                "POST",
                "/api/v2/activities",
                (
                    Slot("subject", ("@text", "@type"), joint=" · ", default="Activity", required=True),
                    Slot("due_date", ("@time",), "day"),
                    Slot("note", AS_NOTE, joint=" · "),
                ),
                constants=_TO_PERSON | {"done": thing == "activity"},
                read_first=NO_DOUBLE,
            )
            for thing, operation in (("activity", Outcome.APPEND), ("appointment", Outcome.UPSERT))
        ),
        Request(
            "opportunity",
            Outcome.UPSERT,
            "POST",
            "/api/v2/deals",
            (
                Slot("title", ("deal_name",), default="Unnamed deal", required=True),
                Slot("value", ("amount",), form=Form.NUMBER),
                Slot("currency", ("currency",)),
                Slot("expected_close_date", ("close_date",), "plain_date"),
            ),
            constants=_TO_PERSON,
            read_first="Look for the person's deal of that title; where there is one, change it instead.",
        ),
    ),
    cannot={
        "company": LINK,
        "first_name": "keeps one name",
        "last_name": "keeps one name",
        "tags": "takes the ids of labels",
        "address1": _ONE_LINE,
        "city": _ONE_LINE,
        "state": _ONE_LINE,
        "postal_code": _ONE_LINE,
        "country": _ONE_LINE,
    },
)
