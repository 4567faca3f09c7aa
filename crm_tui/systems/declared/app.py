"""The own contact store of seed 003 ("Field Mapping"): one name, custom properties, the GHL id stored on our side.

Status is internal; source and do-not-disturb only come in from GHL (3.11–3.13): they are shown and never staged from
here.  An address joined by commas cannot be split again (X15), so it is shown only.
"""

from __future__ import annotations

from crm_tui.model import Outcome
from crm_tui.systems.columns import email, person, phone, value
from crm_tui.systems.declare import Column, Kind, Payload, Role, System, Table
from crm_tui.systems.imports import TARGET, Form, Imports, Request, Slot

_ID = "app"

_MARKS = {
    "syncedFromGhl": "synced from GHL",
    "lastGhlSync": "last GHL sync",
    "deletedInGhl": "deleted in GHL",
    "deletedInGhlAt": "deleted in GHL at",
}
"""What the synchronisation notes about itself (3.47) → its label."""


def _mark(name: str, label: str) -> Column:
    path = f"customProperties.{name}"
    return Column(name.lower(), Role.TEXT, label, optional=True, aliases=(path.lower(),), path=path)


_COLUMNS = (
    person("_id", _ID, "App id", "app_contact_id", path="_id", required=True, optional=False),
    value("name", "name", path="name", optional=False),
    email("email", "customproperties.email", path="customProperties.email"),
    phone("phone", "customproperties.phone", path="customProperties.phone"),
    value("company", "company", "customproperties.company", path="customProperties.company"),
    person(
        "ghlcontactid",
        "ghl",
        "GHL id",
        "customproperties.ghlcontactid",
        path="customProperties.ghlContactId",
    ),
    value("tags", "tags", "customproperties.tags", path="tags[]|customProperties.tags[]", separator=";"),
    value("updatedat", "modified_at", "_updatedat", path="updatedAt", transform="time", role=Role.UPDATED_AT),
    value("createdat", "created_at", "_creationtime", path="createdAt|_creationTime", transform="time"),
    Column("status", Role.TEXT, "status (internal)", optional=True, path="status"),
    Column(
        "source",
        Role.TEXT,
        "source (from GHL)",
        optional=True,
        aliases=("customproperties.source",),
        path="customProperties.source",
    ),
    Column(
        "dnd",
        Role.TEXT,
        "do not disturb (from GHL)",
        optional=True,
        aliases=("customproperties.dnd",),
        path="customProperties.dnd",
    ),
    Column(
        "address",
        Role.TEXT,
        "address as one",
        optional=True,
        aliases=("customproperties.address",),
        path="customProperties.address",
    ),
    *(_mark(name, label) for name, label in _MARKS.items()),
    Column("organizationid", Role.SCOPE, "organization", optional=True, path="organizationId"),
)

CONTACTS = Table(
    name="app-contacts", system=_ID, kind=Kind.CONTACT, noun="App contact", columns=_COLUMNS, columns_needed=4
)

RECORDS = Table(
    name="app-contact-records",
    system=_ID,
    kind=Kind.CONTACT,
    noun="App contact",
    columns=_COLUMNS,
    payload=Payload(when={"type": ("contact",), "customProperties": ()}),
)

_SLOTS = (
    Slot("name", ("name",), default="Unknown", required=True),
    Slot("customProperties/email", ("email",)),
    Slot("customProperties/phone", ("phone",)),
    Slot("customProperties/company", ("company",)),
    Slot("customProperties/source", ("lead_source",)),
    Slot("customProperties/dnd", ("dnd",), "true_false", form=Form.BOOLEAN),
    Slot("customProperties/tags", ("tags",), form=Form.LIST),
    Slot("customProperties/ghlContactId", ("ghl_id",)),
)
_ONE_TEXT = "keeps the address as one text, which could not be split again"

IMPORTS = Imports(
    requests=(
        Request("contact", Outcome.UPDATE, "PATCH", f"/contacts/{TARGET}", _SLOTS),
        Request("contact", Outcome.CREATE, "POST", "/contacts", _SLOTS, constants={"type": "contact"}),
        # Status is internal, yet a deletion in GHL sets it (X18); the record and its history stay (3.20).
        Request(
            "contact",
            Outcome.SOFT_DELETE,
            "PATCH",
            f"/contacts/{TARGET}",
            (),
            constants={"status": "inactive", "customProperties/deletedInGhl": True},
        ),
    ),
    own="customProperties/{}",
    cannot={
        "address1": _ONE_TEXT,
        "city": _ONE_TEXT,
        "state": _ONE_TEXT,
        "postal_code": _ONE_TEXT,
        "country": _ONE_TEXT,
        "first_name": "keeps one name",
        "last_name": "keeps one name",
    },
)

SYSTEM = System(
    name="app",
    label="App",
    letter="O",
    tables=(CONTACTS, RECORDS),
    imports=IMPORTS,
)
