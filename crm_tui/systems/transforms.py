"""Named steps from a cell as written to its canonical text; a system's file names them in ``Column.transform``.

A step raises ``ValueError`` with the reason, without the value, where the text is not of its form; a blank stays blank.
A step that has to choose, or loses something, gives ``Noted``: the text and a note, which the reviewer sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial

from crm_tui.systems import lists, moments
from crm_tui.systems.countries import country
from crm_tui.systems.declare import IdRule
from crm_tui.systems.moments import Noted
from crm_tui.systems.paths import SEPARATOR
from crm_tui.systems.record_ids import FORMS

_SHORT = 64
"""Characters of a cell that is remembered with its text."""

Transform = Callable[[str], "str | Noted"]

LIST_SEPARATOR = SEPARATOR
"""What parts the values of a list in canonical text."""

_TRUE = frozenset(("true", "yes", "1", "y", "t", "on", "active", "permanent", "do not allow", "ja", "oui", "sí", "si"))
_FALSE = frozenset(("false", "no", "0", "n", "f", "off", "inactive", "allow", "nein", "non"))


def trimmed(text: str) -> str:
    """Without blanks around it, no-break and wide ones too (formats.md, "first_name")."""
    return text.strip()


def epoch_seconds(text: str) -> str:
    """Seconds since 1970 → ISO 8601 in UTC (Copper)."""
    return _from_epoch(text, 1)


def epoch_milliseconds(text: str) -> str:
    """Milliseconds since 1970 → ISO 8601 in UTC (HubSpot, Zoho, Gmail, Salesforce change events)."""
    return _from_epoch(text, 1000)


def _from_epoch(text: str, scale: int) -> str:
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > 17:
        raise ValueError("is no count since 1970")
    return moments.from_epoch(int(text), scale)


def boolean(text: str) -> str:
    """``true`` or ``false`` for the words that the systems use (formats.md, "Booleans")."""
    word = text.strip().lower()
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    raise ValueError("is neither yes nor no")


def cents(text: str) -> str:
    """Hundredths → units: ``150050`` is ``1500.50`` (Close)."""
    return _plain(_number(text) / 100)


_CURRENCY = re.compile(r"[A-Z]{3}(?=[ 0-9-])|(?<=[ 0-9])[A-Z]{3}$|[$€£¥]")
_COMMA_DECIMAL = re.compile(r"-?(?:[0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+),[0-9]{1,2}")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


def cents_noted(text: str) -> Noted:
    """As ``cents``, where only the vendor's API says that the number is hundredths."""
    return Noted(cents(text), "read as hundredths, as the API writes amounts")


def money(text: str) -> str | Noted:
    """An amount without currency sign and thousands: ``$1,500.50`` is ``1500.5``, ``1.500,50 €`` too."""
    bare = _CURRENCY.sub("", " ".join(text.split())).strip()
    if _COMMA_DECIMAL.fullmatch(bare):
        plain = bare.replace(".", "").replace(" ", "").replace(",", ".")
        return Noted(_plain(_number(plain)), "the comma is read as the decimal sign")
    return _plain(_number(bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else bare))


def number(text: str) -> str:
    """A plain number: the ``117.0`` of HubSpot is ``117``."""
    return _plain(_number(text))


def picklist(text: str) -> str:
    """A word of a list as people read it: ``ATTEMPTED_TO_CONTACT`` is ``attempted to contact`` (HubSpot)."""
    return " ".join(text.replace("_", " ").split()).lower()


def lower(text: str) -> str:
    """In lower case."""
    return text.lower()


def deleted_flag(text: str) -> str:
    """``delete`` for the records that the flag marks as deleted, blank for the others (Salesforce ``IsDeleted``)."""
    return "delete" if boolean(text) == "true" else ""


def won_flag(text: str) -> str:
    """``won`` for the deals that the flag marks; the others may be open or lost (Salesforce ``IsWon``)."""
    return "won" if boolean(text) == "true" else ""


def event_operation(text: str) -> str:
    """What the name of an event asks for: ``OpportunityDelete`` is ``delete``, ``merged`` is ``merge``; blank else."""
    word = text.lower()
    return "delete" if "delet" in word else "merge" if "merge" in word else ""


def event_direction(text: str) -> str:
    """``InboundMessage`` is ``inbound``, ``OutboundMessage`` is ``outbound``."""
    word = text.lower()
    return next((way for way in ("inbound", "outbound") if way in word), "")


def event_activity(text: str) -> str:
    """What an event is about: ``NoteCreate`` is a ``note``, ``activity.call`` is a ``call``."""
    words = re.findall(r"[A-Z]?[a-z]+", text)
    return next((word.lower() for word in words if word.lower() != "activity"), "")


def cancelled(text: str) -> str:  # noqa: ARG001
    """``cancelled``, whatever the event calls the appointment that is gone (3.38)."""
    return "cancelled"


def app_connection(text: str) -> str:
    """``AppUninstall`` is ``removed``, ``INSTALL`` is ``installed``."""
    return "removed" if "uninstall" in text.lower() else "installed"


def told_value(text: str) -> str:
    """A property's value as it is; raises where the system hides it (HubSpot ``REDACTED``)."""
    if text == "REDACTED":
        raise ValueError("is hidden by its system, since the property is sensitive")
    return text


def pipedrive_marketing(text: str) -> str | Noted:
    """Pipedrive's marketing status as an opt-out: only ``unsubscribed`` and ``subscribed`` say one (formats.md 9e)."""
    word = picklist(text)
    said = {"unsubscribed": "true", "subscribed": "false"}.get(word)
    return said if said else Noted("", f"{word} is neither consent nor opt-out")


def _as_id(rule: IdRule) -> Transform:
    """A step to the one form of a record's own id; raises for what can be no id any more."""

    def step(text: str) -> Noted:
        formed = FORMS[rule](text)
        if not formed.value:
            raise ValueError(f"is {formed.note}")
        return Noted(formed.value, formed.note)

    return step


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("is no number") from error
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise ValueError("is no number")
    return number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


TRANSFORMS: dict[str, Transform] = {
    "trimmed": trimmed,
    "lower": lower,
    "time": moments.moment,
    "utc_time": moments.moment_in_utc,
    "date": moments.day,
    "epoch_seconds": epoch_seconds,
    "epoch_milliseconds": epoch_milliseconds,
    "boolean": boolean,
    "deleted_flag": deleted_flag,
    "won_flag": won_flag,
    "event_operation": event_operation,
    "event_direction": event_direction,
    "event_activity": event_activity,
    "cancelled": cancelled,
    "app_connection": app_connection,
    "told_value": told_value,
    "picklist": picklist,
    "country": country,
    "number": number,
    "cents": cents,
    "cents_noted": cents_noted,
    "money": money,
    "direction": lists.direction,
    "starred_list": lists.starred_list,
    "google_labels": lists.google_labels,
    "google_birthday": lists.google_birthday,
    "left_voicemail": lists.left_voicemail,
    "mail_words": lists.mail_words,
    "mail_date": lists.mail_date,
    "auto_submitted": lists.auto_submitted,
    "base64_text": lists.base64_text,
    "any_list": lists.any_list,
    "addresses": lists.addresses,
    "telephone": lists.telephone,
    "minutes": lists.minutes,
    "milliseconds": lists.milliseconds,
    "hours_minutes": lists.hours_minutes,
    "pipedrive_marketing": pipedrive_marketing,
    **{f"{rule.value}_id": _as_id(rule) for rule in IdRule},
}


def transformed(name: str, text: str, separator: str = "") -> Noted:
    """The canonical text of a cell; a blank stays blank.  Raises ``ValueError`` with the reason.

    The values of a list, parted by ``separator`` in the cell, are taken one by one and parted alike.
    """
    if not separator:
        return _one(name, text)
    parts = [_one(name, part) for part in text.split(separator)]
    notes = dict.fromkeys(part.note for part in parts if part.note)
    return Noted(LIST_SEPARATOR.join(part.text for part in parts if part.text), "; ".join(notes))


def _one(name: str, text: str) -> Noted:
    trimmed_text = text.strip()
    if not name or not trimmed_text:
        return Noted(trimmed_text)
    return _short(name, trimmed_text) if len(trimmed_text) <= _SHORT else _taken(name, trimmed_text)


def _taken(name: str, text: str) -> Noted:
    found = TRANSFORMS[name](text)
    return found if isinstance(found, Noted) else Noted(found)


# Flags, words and days repeat from row to row.
_short = lru_cache(maxsize=1 << 14)(_taken)


def step_of(name: str, separator: str) -> Callable[[str], Noted] | None:
    """``transformed`` for the cells of one column; ``None`` where a cell is only trimmed."""
    if separator:
        return partial(transformed, name, separator=separator)
    return partial(_one, name) if name else None
