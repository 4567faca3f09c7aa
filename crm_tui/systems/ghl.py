"""GoHighLevel: contact changes (seed 001) and its field names (seed 003, "Field Mapping").

Record ids are 20 to 24 letters and digits per the vendor's API; samples use ``GHL-…``.
"""

from __future__ import annotations

import re

from crm_tui.systems.declare import Column, Kind, Role, System, Table

FIELDS = {
    "email": "email",
    "phone": "phone",
    "name": "name",
    "firstname": "first_name",
    "first_name": "first_name",
    "lastname": "last_name",
    "last_name": "last_name",
    "companyname": "company",
    "company": "company",
    "address1": "address1",
    "city": "city",
    "state": "state",
    "postalcode": "postal_code",
    "postal_code": "postal_code",
    "country": "country",
    "tags": "tags",
    "dnd": "dnd",
    "source": "lead_source",
    "lead_source": "lead_source",
    "owner": "owner",
    "assignedto": "owner",
    "assigned_to": "owner",
    "id": "record_id",
    "locationid": "record_id",
    "stage": "stage",
    "lifecycle_stage": "lifecycle_stage",
    "lifecyclestage": "lifecycle_stage",
    "status": "status",
}

CONTACT_CHANGES = Table(
    name="ghl-contact-changes",
    system="ghl",
    kind=Kind.CHANGE,
    noun="GHL change",
    columns=(
        Column("change_id", Role.EVENT_ID, "change", required=True),
        Column("ghl_contact_id", Role.SYSTEM_ID, "GHL id", system="ghl"),
        Column("email", Role.EMAIL, "e-mail"),
        Column("close_contact_id", Role.SYSTEM_ID, "Close id", system="close"),
        Column("field", Role.FIELD, "field", required=True),
        Column("new_value", Role.NEW_VALUE, "new value"),
        Column("updated_at", Role.UPDATED_AT, "updated"),
        Column("phone", Role.PHONE, "phone", optional=True),
    ),
    fields=FIELDS,
)

SYSTEM = System(
    name="ghl",
    label="GHL",
    letter="G",
    id_pattern=re.compile(r"GHL-[0-9]+|[A-Za-z0-9]{20,24}"),
    tables=(CONTACT_CHANGES,),
)
