"""Steps for the lists and units that several systems write in their own way."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC
from email.errors import HeaderParseError, InvalidHeaderDefect
from email.policy import default as _header_rules
from email.utils import parsedate_to_datetime

from crm_tui.systems import moments
from crm_tui.systems.moments import Noted
from crm_tui.systems.paths import SEPARATOR

_NO_ADDRESSES = "is no list of addresses"
_HARD_LIMIT = 4_000
"""Characters of a list that only the library can read: its time grows with their square."""
_ATOM = r"[^\s\"(),:;<>@\[\]\\]++"
_MAILBOX = re.compile(
    rf"\s*+(?:(?:\"[^\"\\]*+\"|[^\"(),:;<>@\[\]\\])*+<({_ATOM}@{_ATOM})>|({_ATOM}@{_ATOM}))\s*+(,|\Z)"
)
"""An address with or without its name, as nearly all are written: no comment, no group, no quotes in the address."""
_INBOUND = frozenset(("inbound", "incoming", "in", "received", "from contact"))
_OUTBOUND = frozenset(("outbound", "outgoing", "out", "sent", "to contact"))
_HOURS = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)
_ASCTIME = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) ([0-9]{1,2}) ([0-9:]{5,8}) ?([+-][0-9]{4})? ([0-9]{4})", re.ASCII)
"""``Tue Jan 21 05:30:14 2014``, with or without ``+0000`` before the year (formats.md 5a)."""
_WHOLE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)


def direction(text: str) -> str:
    """``inbound`` or ``outbound`` for the words that the systems use."""
    word = text.strip().lower()
    if word in _INBOUND:
        return "inbound"
    if word in _OUTBOUND:
        return "outbound"
    raise ValueError("is neither inbound nor outbound")


def starred_list(text: str) -> str:
    """Google's list: parted by `` ::: ``, a leading ``* `` marks a system's own or the first (formats.md 5a)."""
    parts = (part.strip().removeprefix("*").strip() for part in text.split(":::"))
    return SEPARATOR.join(part for part in parts if part)


def google_labels(text: str) -> str | Noted:
    """The labels that a person gave; one with a ``*`` is Google's own, as ``* myContacts`` (formats.md 5a)."""
    labels = [part.strip() for part in text.split(":::") if part.strip()]
    given = SEPARATOR.join(label for label in labels if not label.startswith("*"))
    own = any(label.startswith("*") for label in labels)
    return Noted(given, "Google's own groups are left out") if own else given


def google_birthday(text: str) -> Noted:
    """The day of birth; Google writes one without its year as ``--05-20``, which is no date."""
    return Noted("", "a birthday without its year is left out") if text.startswith("--") else moments.day(text)


def left_voicemail(text: str) -> str:  # noqa: ARG001
    """``voicemail``, where an event tells of one at all."""
    return "voicemail"


def any_list(text: str) -> str:
    """A list of addresses or numbers, however it is parted: comma, semicolon, line, or Google's `` ::: ``."""
    return SEPARATOR.join(part for part in (one.strip() for one in re.split(r":::|[,;\r\n]", text)) if part)


def addresses(text: str) -> str | Noted:
    """The bare addresses of a mail header: ``"Doe, Jane" <jane@one.test>, bob@two.test``; names are no identity.

    Raises ``ValueError`` for a text of which not every address can be told.
    """
    line = " ".join(text.split())
    # Mail programs that part addresses by semicolons write no groups, which end in one.
    line = line if ":" in line or '"' in line else line.replace(";", ",")
    plain = _plain_addresses(line)
    if plain:
        return SEPARATOR.join(plain)
    if len(line) > _HARD_LIMIT:
        raise ValueError(_NO_ADDRESSES)
    try:
        header = _header_rules.header_factory("to", line)
    except (HeaderParseError, IndexError, ValueError, RecursionError) as error:
        raise ValueError(_NO_ADDRESSES) from error
    found = [one.addr_spec for one in header.addresses if one.domain]
    broken = any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
    if "@" in line and (broken or not found):
        raise ValueError(_NO_ADDRESSES)
    return SEPARATOR.join(found) if found else Noted("", "a name without an address is no identity")


def _plain_addresses(line: str) -> list[str]:
    """The addresses of a list in which each is a ``_MAILBOX``; none where it takes the library to tell them."""
    found: list[str] = []
    at = 0
    while at < len(line):
        match = _MAILBOX.match(line, at)
        if match is None or "=?" in (address := match[1] or match[2]):
            return []
        found.append(address)
        at = match.end()
        if at == len(line) and match[3]:
            return []
    return found


def mail_date(text: str) -> str | Noted:
    """The time of a mail's ``Date`` or of the line that starts it in an mbox; blank, with a note, where it is none."""
    line = " ".join(text.split())
    named = _ASCTIME.fullmatch(line)
    if named:
        month, day, clock, zone, year = named.groups(default="")
        line = f"{day} {month} {year} {clock} {zone}".rstrip()
    try:
        told = parsedate_to_datetime(line)
        written = told.astimezone(UTC) if told.tzinfo else told
    except (ValueError, TypeError, IndexError, OverflowError):
        return Noted("", "no date that can be read")
    return f"{written.replace(tzinfo=None).isoformat()}{'Z' if told.tzinfo else ''}"


def mail_words(text: str) -> str:
    """The words of a mail header, those that are encoded (RFC 2047) in plain; as written where they cannot be read."""
    return str(_header_rules.header_factory("subject", " ".join(text.split())))


def auto_submitted(text: str) -> str:
    """Nothing where the header says that a person sent the message: ``no`` (RFC 3834, 5)."""
    return "" if text.partition(";")[0].strip().lower() == "no" else text


def base64_text(text: str) -> str | Noted:
    """The text that is written in base64url, with or without its padding; raises ``ValueError`` where it is none."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is no text in base64") from error
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        return Noted(data.decode("cp1252", "replace").strip(), "is not UTF-8, read as Windows-1252")


def telephone(text: str) -> str:
    """A number without the mark that lead forms set before it: ``p:+14155550123`` (formats.md 12)."""
    return text.removeprefix("p:").strip()


def minutes(text: str) -> str:
    """Minutes → seconds."""
    return _plain(float(_number(text)) * 60)


def milliseconds(text: str) -> str:
    """Milliseconds → seconds."""
    return _plain(float(_number(text)) / 1000)


def hours_minutes(text: str) -> str:
    """``HH:MM`` or ``HH:MM:SS`` → seconds."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("is no duration in hours and minutes")
    return str(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0))


def _number(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise ValueError("is no length of time")
    return text


def _plain(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
