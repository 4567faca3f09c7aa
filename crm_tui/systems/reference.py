"""Reference tables of a review: the contact map and the first-slice map (requirements part A)."""

from __future__ import annotations

from crm_tui.model import Outcome
from crm_tui.systems.declare import Column, Kind, Role, System, Table
from crm_tui.systems.declared import DECLARED
from crm_tui.systems.fields import FIELDS
from crm_tui.systems.imports import ImportFile, Imports, Slot

MAPPED = {system.name: system.label for system in DECLARED if system.has_contacts}
"""System → label, of those whose contacts a contact map may join."""

CONTACT_MAP = Table(
    name="contact-map",
    system="contact-map",
    kind=Kind.CONTACT_MAP,
    noun="contact map entry",
    columns=(
        *(
            Column(f"{name}_contact_id", Role.SYSTEM_ID, f"{text} id", system=name, optional=True)
            for name, text in MAPPED.items()
        ),
        Column("email", Role.EMAIL, "e-mail"),
        Column("phone", Role.PHONE, "phone"),
        *(
            Column(f"{name}_updated_at", Role.UPDATED_AT, f"{text} updated", system=name, optional=True)
            for name, text in MAPPED.items()
        ),
        *(
            Column(field.name, Role.VALUE, field.label, optional=True, field=field.name)
            for field in FIELDS.values()
            if field.writable and field.name not in ("email", "phone", "ghl_id")
        ),
    ),
    ids_needed=2,
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

_LINKS = ImportFile(
    "contact",
    Outcome.LINK,
    tuple(Slot(f"{name}_contact_id", (f"{name}_contact_id",)) for name in MAPPED),
    id_header="contact_key",
    how="Enter the ids into the empty slots of your contact map.",
)

MAP_SYSTEM = System(
    name="contact-map", label="Contact map", letter="=", tables=(CONTACT_MAP,), imports=Imports(files=(_LINKS,))
)
SLICE_SYSTEM = System(name="slice-map", label="Slice map", letter="/", tables=(SLICE_MAP,))
