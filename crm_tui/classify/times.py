"""Times as the files write them: ISO 8601, with or without an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from crm_tui.text import counted

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?)?\Z"
)
# A day that every month has: such a text is a time for certain, and nearly all that exports write are of this form.
_CERTAIN = re.compile(
    r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
_LONGEST = len("2026-05-13T16:00:00.000000000 +00:00")
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


def parse_time(text: str) -> datetime | None:
    """The time that ``text`` names, aware or naive as written; ``None`` when it is no ISO 8601 date or time."""
    cleaned = text.strip()
    return _parsed(cleaned) if len(cleaned) <= _LONGEST else None


# Several rules ask for the times of a row, and the map has the same time on many entries.
@lru_cache(maxsize=1 << 12)
def _parsed(cleaned: str) -> datetime | None:
    if not cleaned.isascii() or not _ISO.match(cleaned):
        return None
    if "." in cleaned or " " in cleaned:
        cleaned = _FRACTION.sub(r"\1", cleaned).replace(" +", "+").replace(" -", "-").replace(" Z", "Z")
    try:
        return datetime.fromisoformat(cleaned)
    except ValueError:
        return None


def is_certain(text: str) -> bool:
    """Whether the text is a time of the form that most exports write, ``2026-05-13T16:00:00Z``."""
    return _CERTAIN.fullmatch(text) is not None


def sorts_as(text: str) -> str:
    """A time as UTC text that sorts, ``2026-05-13T16:00:00``; one without an offset counts as UTC, none is ``""``."""
    if is_certain(text):
        return text[:-1]
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = parse_time(text)
    if moment is None:
        return ""
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except OverflowError:
        return ""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def strictly_earlier(first: str, second: str) -> bool | None:
    """Whether ``first`` is before ``second``; ``None`` = cannot tell: one is absent, naive or no time (X33)."""
    if is_certain(first) and is_certain(second):
        return first < second
    one, two = parse_time(first), parse_time(second)
    if one is None or two is None or one.tzinfo is None or two.tzinfo is None:
        return None
    return one < two


def same_time(first: str, second: str) -> bool:
    """Whether both name the same moment, or are the same text."""
    one, two = parse_time(first), parse_time(second)
    if one is None or two is None or one.tzinfo is None or two.tzinfo is None:
        return first.strip() == second.strip()
    return one == two


@lru_cache(maxsize=1_024)
def shown_time(text: str) -> str:
    """``13 May 2026 16:00 −04:00`` for a time that parses, else the text as written."""
    moment = parse_time(text)
    if moment is None:
        return text
    day = f"{moment.day} {moment:%b %Y}"
    if len(text.strip()) == 10:
        return day
    offset = moment.strftime("%z")
    zone = "" if not offset else " UTC" if moment.utcoffset() == UTC.utcoffset(None) else f" {_signed(offset)}"
    return f"{day} {moment:%H:%M}{zone}"


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
SHOWN_MOMENT = re.compile(
    rf"\b([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) ([0-9]{{2}}:[0-9]{{2}})( UTC| [+−][0-9]{{2}}:[0-9]{{2}})"
)
"""A moment as ``shown_time`` writes it, with its zone, within a sentence."""


def moment_of(found: re.Match[str]) -> str:
    """The moment of a ``SHOWN_MOMENT`` in ISO 8601."""
    day, month, year, clock, zone = found.groups()
    offset = "Z" if zone == " UTC" else zone.strip().replace("−", "-")
    return f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{offset}"


def utc_time(text: str) -> str:
    """The same in UTC, so that two of them can be compared at a glance; as written where it has no time there."""
    moment = parse_time(text)
    try:
        return shown_time(moment.astimezone(UTC).isoformat() if moment and moment.tzinfo else text)
    except OverflowError:
        return shown_time(text)


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def newer_by(first: str, second: str) -> str:
    """How much later ``second`` is than ``first``, in its two largest units: ``1 day 4 hours``; both tell a moment."""
    one, two = parse_time(first), parse_time(second)
    seconds = int((two - one).total_seconds()) if one and two else 0
    parts = []
    for name, length in _UNITS:
        number, seconds = divmod(seconds, length)
        parts.append(counted(number, name) if number else "")
    first_unit = next((at for at, part in enumerate(parts) if part), 0)
    return " ".join(filter(None, parts[first_unit : first_unit + 2])) or "less than a second"


def _signed(offset: str) -> str:
    return f"{offset[0].replace('-', '−')}{offset[1:3]}:{offset[3:5]}"
