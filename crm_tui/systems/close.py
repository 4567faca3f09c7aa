"""Close: contacts and appointments (seed 001; ids ``cont_…`` per the vendor's API, ``CLOSE-…`` in samples)."""

from __future__ import annotations

import re

from crm_tui.systems.declare import Column, Kind, Role, System, Table

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

SYSTEM = System(
    name="close",
    label="Close",
    letter="C",
    id_pattern=re.compile(r"CLOSE-[0-9]+|cont_[A-Za-z0-9]{20,}"),
    tables=(APPOINTMENTS,),
)
