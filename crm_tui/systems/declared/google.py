"""Google Contacts: the CSV of today and the older one (formats.md 5a).

E-mails and phones stand in numbered columns, as many as the richest contact has; several values in one cell are parted
by `` ::: ``.  A contact has no id: what names it is its cells.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.columns import email, phone, value
from crm_tui.systems.declare import Column, Kind, Role, System, Table, header_name

_ID = "google"
_NUMBERED = range(1, 26)
"""Places of numbered columns; one behind them is shown with the row, but is no key."""


def _named(header: str, column: Column, *aliases: str) -> Column:
    """The column under its header as Google writes it."""
    return replace(column, name=header_name(header), aliases=tuple(map(header_name, aliases)))


def _email(number: int) -> Column:
    return _named(f"E-mail {number} - Value", email("", transform="starred_list", separator=":::"))


def _phone(number: int) -> Column:
    return _named(f"Phone {number} - Value", phone("", transform="starred_list", separator=":::"))


_PARTS = tuple(map(header_name, ("E-mail 1 - Value", "Phone 1 - Value")))

_COMMON = (
    *map(_email, _NUMBERED),
    *map(_phone, _NUMBERED),
    _named("Address 1 - Street", value("", "address1")),
    _named("Address 1 - City", value("", "city")),
    _named("Address 1 - Region", value("", "state")),
    _named("Address 1 - Postal Code", value("", "postal_code")),
    _named("Address 1 - Country", value("", "country")),
    _named("Website 1 - Value", value("", "website")),
    _named("Birthday", value("", "birthday", transform="google_birthday")),
    _named("Notes", value("", "description")),
)

CONTACTS = Table(
    name="google-contacts",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Google contact",
    columns=(
        _named("First Name", value("", "first_name", optional=False)),
        _named("Last Name", value("", "last_name", optional=False)),
        _named("File As", Column("", Role.TEXT, "filed as")),
        _named("Organization Name", value("", "company")),
        _named("Organization Title", value("", "job_title")),
        _named("Labels", value("", "tags", optional=False, transform="google_labels")),
        *_COMMON,
    ),
    parts=(*map(header_name, ("First Name", "Last Name", "Organization Name")), *_PARTS),
)

CONTACTS_BEFORE = Table(
    name="google-contacts-older",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Google contact",
    columns=(
        _named("Name", value("", "name", optional=False)),
        _named("Given Name", value("", "first_name", optional=False)),
        _named("Family Name", value("", "last_name", optional=False)),
        _named("Organization 1 - Name", value("", "company")),
        _named("Organization 1 - Title", value("", "job_title")),
        _named("Group Membership", value("", "tags", optional=False, transform="google_labels")),
        *_COMMON,
    ),
    parts=(*map(header_name, ("Name", "Organization 1 - Name")), *_PARTS),
)

CONTACTS_OUTLOOK = Table(
    name="google-contacts-outlook",
    system=_ID,
    kind=Kind.CONTACT,
    noun="Google contact",
    columns=(
        _named("First Name", value("", "first_name", optional=False)),
        _named("Last Name", value("", "last_name", optional=False)),
        _named("E-mail Address", email("", optional=False)),
        _named("E-mail 2 Address", email("")),
        _named("E-mail 3 Address", email("")),
        _named("Business Phone", phone("")),
        _named("Primary Phone", phone("")),
        _named("Mobile Phone", phone("", field="mobile_phone")),
        _named("Home Phone", phone("", field="home_phone")),
        _named("Company", value("", "company")),
        _named("Job Title", value("", "job_title")),
        _named("Home Street", value("", "address1")),
        _named("Home City", value("", "city")),
        _named("Home State", value("", "state")),
        _named("Home Postal Code", value("", "postal_code")),
        _named("Home Country", value("", "country")),
        _named("Web Page", value("", "website")),
        _named("Notes", value("", "description")),
        _named("Categories", Column("", Role.TEXT, "categories", optional=True)),
    ),
    parts=tuple(map(header_name, ("First Name", "Last Name", "E-mail Address", "Mobile Phone"))),
)
"""What Google and Outlook write as "Outlook CSV", in the code page of Windows."""

SYSTEM = System(name=_ID, label="Google Contacts", letter="L", tables=(CONTACTS, CONTACTS_BEFORE, CONTACTS_OUTLOOK))
