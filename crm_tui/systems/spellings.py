"""Named steps from canonical text to a vendor's spelling: the way back of ``systems/transforms.py``.

A step raises ``ValueError`` with the reason, without the value, where the vendor has no spelling for it; the field is
then listed as one that the destination cannot take.  A step never sees a blank.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from crm_tui.systems.countries import country_name
from crm_tui.systems.transforms import boolean

Spelling = Callable[[str], str]


def yes_no(text: str) -> str:
    """``true`` → ``Yes`` (HubSpot, formats.md 8a)."""
    return "Yes" if boolean(text) == "true" else "No"


def true_false(text: str) -> str:
    """``true`` or ``false``, whatever word said it (Salesforce, Zoho)."""
    return boolean(text)


def us_date(text: str) -> str:
    """``2026-05-31`` → ``05/31/2026`` (GHL's importer, formats.md 1c)."""
    return _date(text).strftime("%m/%d/%Y")


def plain_date(text: str) -> str:
    """A day as ``2026-05-31``, and nothing else."""
    return _date(text).isoformat()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no day of a calendar") from error


def in_cents(text: str) -> str:
    """``1500.50`` → ``150050`` (Close, formats.md 2c)."""
    try:
        hundredths = Decimal(text) * 100
    except InvalidOperation as error:
        raise ValueError("is no amount") from error
    if not hundredths.is_finite() or hundredths != hundredths.to_integral_value():
        raise ValueError("is no amount in whole cents")
    return f"{hundredths:.0f}"


def lower(text: str) -> str:
    """In lower case, as GHL keeps tags (formats.md 1a)."""
    return text.lower()


def unsubscribed(text: str) -> str:
    """``true`` → ``unsubscribed`` (Pipedrive's marketing status, formats.md 9e)."""
    if boolean(text) != "true":
        raise ValueError("can be taken back only once and never given again")
    return "unsubscribed"


def day(text: str) -> str:
    """The day of a time as written, without a shift of zones (Salesforce tasks)."""
    return plain_date(text[:10])


_HUBSPOT_STAGES = frozenset(
    (
        "subscriber",
        "lead",
        "marketingqualifiedlead",
        "salesqualifiedlead",
        "opportunity",
        "customer",
        "evangelist",
        "other",
    )
)
_HUBSPOT_STATUSES = frozenset(
    (
        "NEW",
        "OPEN",
        "IN_PROGRESS",
        "OPEN_DEAL",
        "UNQUALIFIED",
        "ATTEMPTED_TO_CONTACT",
        "CONNECTED",
        "BAD_TIMING",
    )
)
_OWN_WORD = "is a word of the account's own, whose internal value is not known"


def hubspot_stage(text: str) -> str:
    """``marketing qualified lead`` → ``marketingqualifiedlead``, one of the internal values that every account has."""
    word = "".join(text.lower().split())
    if word not in _HUBSPOT_STAGES:
        raise ValueError(_OWN_WORD)
    return word


def hubspot_status(text: str) -> str:
    """``attempted to contact`` → ``ATTEMPTED_TO_CONTACT``, one of the internal values that every account has."""
    word = "_".join(text.upper().split())
    if word not in _HUBSPOT_STATUSES:
        raise ValueError(_OWN_WORD)
    return word


_GHL_STATUS = {
    "new": ("scheduled", "booked", "new", "pending", "tentative", "unconfirmed"),
    "confirmed": ("confirmed", "rescheduled"),
    "showed": ("completed", "complete", "done", "held", "attended", "showed", "show"),
    "cancelled": ("cancelled", "canceled", "declined"),
    "noshow": ("noshow", "noshowed"),
    "invalid": ("invalid",),
}
_GHL_WORDS = {word: status for status, words in _GHL_STATUS.items() for word in words}


def ghl_appointment_status(text: str) -> str:
    """A calendar's word → one of GHL's six (formats.md 1c)."""
    word = text.lower().replace(" ", "").replace("-", "").replace("_", "")
    if word not in _GHL_WORDS:
        raise ValueError("is no status that its calendar knows")
    return _GHL_WORDS[word]


_GHL_DEALS = {"open": "open", "active": "open", "won": "won", "lost": "lost", "abandoned": "abandoned"}


def ghl_deal_status(text: str) -> str:
    """A deal's word → one of GHL's four; Close calls an open one ``active`` (formats.md, "Opportunity")."""
    word = text.strip().lower()
    if word not in _GHL_DEALS:
        raise ValueError("is no status of an opportunity there")
    return _GHL_DEALS[word]


SPELLINGS: dict[str, Spelling] = {
    "yes_no": yes_no,
    "true_false": true_false,
    "us_date": us_date,
    "plain_date": plain_date,
    "in_cents": in_cents,
    "lower": lower,
    "day": day,
    "country_name": country_name,
    "hubspot_stage": hubspot_stage,
    "hubspot_status": hubspot_status,
    "unsubscribed": unsubscribed,
    "ghl_appointment_status": ghl_appointment_status,
    "ghl_deal_status": ghl_deal_status,
}


def spelled(name: str, text: str) -> str:
    """A value as the vendor spells it.  Raises ``ValueError`` with the reason."""
    return SPELLINGS[name](text) if name else text
