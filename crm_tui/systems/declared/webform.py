"""Web forms: a channel of the activity feed (requirements 0.23), lead ads, and what form builders give (formats.md 12).

Lead ads of Meta set marks before ids and numbers (``l:``, ``p:``); their test rows hold words in place of answers.  A
ticked box is shown as its text: no form says that it is consent to what a CRM calls consent.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, System, Table

META_LEADS = Table(
    name="meta-leads",
    system="webform",
    kind=Kind.LEAD,
    noun="Meta lead",
    silent=True,
    columns=(
        Column("id", Role.EVENT_ID, "lead id", required=True),
        value("created_time", "created_at", required=True, optional=False),
        Column("form_id", Role.TEXT, "form", optional=False),
        Column("form_name", Role.TEXT, "name of the form", optional=True),
        value("full_name", "name"),
        value("first_name", "first_name"),
        value("last_name", "last_name"),
        email("email", "work_email"),
        replace(phone("phone_number", "work_phone_number"), transform="telephone"),
        value("company_name", "company"),
        value("job_title", "job_title"),
        value("city", "city"),
    ),
)


def _submission() -> tuple[Column, ...]:
    own = "others."
    return (
        Column("id", Role.EVENT_ID, "submission", required=True, path="id"),
        person("contact_id", "ghl", "GHL id", path="contactId"),
        Column("form_id", Role.TEXT, "form", optional=True, path="formId"),
        value("name", "name", path=f"name|{own}full_name"),
        value("first_name", "first_name", path=f"{own}first_name"),
        value("last_name", "last_name", path=f"{own}last_name"),
        email("email", path=f"email||{own}email"),
        phone("phone", path=f"phone||{own}phone"),
        Column("terms", Role.TEXT, "box ticked", optional=True, path=f"{own}terms_and_conditions"),
        value("created_at", "created_at", path="createdAt"),
    )


GHL_SUBMISSION = Table(
    name="ghl-form-submission",
    system="webform",
    kind=Kind.LEAD,
    noun="GHL form submission",
    silent=True,
    columns=_submission(),
    payload=Payload({"formId": (), "others": (), "createdAt": ()}),
)
GHL_SUBMISSIONS = replace(
    GHL_SUBMISSION, name="ghl-form-submissions", payload=Payload({"submissions[].formId": ()}, each="submissions")
)
"""A page of the list of submissions."""

ANSWERS = Table(
    name="form-answers",
    system="webform",
    kind=Kind.LEAD,
    noun="Form answer",
    silent=True,
    columns=(
        Column(
            "submission_id",
            Role.EVENT_ID,
            "submission",
            optional=True,
            aliases=("response_id", "entry_id", "token", "#", "submission_uuid"),
        ),
        value(
            "timestamp",
            "created_at",
            "submitted_at",
            "submission_date",
            "submit_date_(utc)",
            "submission_time",
            "entry_date",
            "zeitstempel",
            "horodateur",
            "marca_temporal",
            required=True,
            optional=False,
        ),
        email(
            "email",
            "e_mail",
            "email_address",
            "e_mail_address",
            "your_email",
            "your_email_address",
            "work_email",
            "what_is_your_email?",
            "what_is_your_email_address?",
            "username",
            optional=False,
        ),
        phone(
            "phone",
            "phone_number",
            "your_phone",
            "your_phone_number",
            "mobile_number",
            "telephone",
            "tel",
            "your_tel",
            "what_is_your_phone_number?",
        ),
        value("name", "name", "your_name", "full_name", "what_is_your_name?"),
        value("first_name", "first_name", "your_first_name"),
        value("last_name", "last_name", "your_last_name"),
        value("company", "company", "company_name", "organization", "organisation"),
        value("job_title", "job_title", "role", "position"),
        Column("message", Role.TEXT, "message", optional=True, aliases=("your_message", "comments", "comment")),
    ),
    parts=("timestamp", "email", "phone", "name"),
)
"""Answers as Google Forms, Typeform, Jotform and the like write them: the time and the questions as headers."""

SYSTEM = System(
    name="webform",
    label="Web form",
    letter="W",
    tables=(META_LEADS, GHL_SUBMISSION, GHL_SUBMISSIONS, ANSWERS),
    channels={"form": "Web form", "web form": "Web form"},
)
