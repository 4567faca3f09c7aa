"""Web forms: a channel of the activity feed (requirements 0.23), and lead ads of Meta (formats.md 12).

Lead ads set marks before ids and numbers (``l:``, ``p:``); their test rows hold words in place of answers.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import email, phone, value
from crm_tui.systems.declare import Column, Kind, Role, System, Table

META_LEADS = Table(
    name="meta-leads",
    system="webform",
    kind=Kind.LEAD,
    noun="Meta lead",
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

SYSTEM = System(
    name="webform",
    label="Web form",
    letter="W",
    tables=(META_LEADS,),
    channels={"form": "Web form", "web form": "Web form"},
)
