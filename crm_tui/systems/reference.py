"""Reference tables of a review: the contact map and the first-slice map (requirements part A)."""

from __future__ import annotations

from crm_tui.systems.declare import Column, Kind, Role, System, Table

CONTACT_MAP = Table(
    name="contact-map",
    system="contact-map",
    kind=Kind.CONTACT_MAP,
    noun="contact map entry",
    columns=(
        Column("close_contact_id", Role.SYSTEM_ID, "Close id", system="close"),
        Column("ghl_contact_id", Role.SYSTEM_ID, "GHL id", system="ghl"),
        Column("email", Role.EMAIL, "e-mail"),
        Column("phone", Role.PHONE, "phone"),
        Column("close_updated_at", Role.UPDATED_AT, "Close updated", system="close"),
        Column("ghl_updated_at", Role.UPDATED_AT, "GHL updated", system="ghl"),
    ),
)

SLICE_MAP = Table(
    name="first-slice-map",
    system="slice-map",
    kind=Kind.SLICE_MAP,
    noun="slice",
    columns=(
        Column("slice_id", Role.EVENT_ID, "slice", required=True),
        Column("source_pattern", Role.TEXT, "source"),
        Column("transformation", Role.TEXT, "transformation"),
        Column("destination_review", Role.TEXT, "review"),
        Column("boundary", Role.TEXT, "boundary"),
    ),
)

MAP_SYSTEM = System(name="contact-map", label="Contact map", letter="=", tables=(CONTACT_MAP,))
SLICE_SYSTEM = System(name="slice-map", label="Slice map", letter="/", tables=(SLICE_MAP,))
