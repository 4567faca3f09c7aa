"""Dates and times in every spelling that the systems write → ISO 8601 (formats.md, "Separators, dates, booleans seen").

A time without a zone stays without one: which zone was meant is nowhere in the file.  Reading that had to choose, or
leaves something out, is told in a note.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple


class Noted(NamedTuple):
    """A canonical text, and what the reviewer should know about the step that led to it."""

    text: str
    note: str = ""


_CLOCK = r"(?:(?:[T ]+|, ?)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
_ZONE = r"(?: ?(Z|UTC|GMT)?([+-]\d{2}:?\d{2})?)"
_IN_UTC = re.compile(r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}Z", re.ASCII)
"""As most exports write a time, and as it is written here."""
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _CLOCK + _ZONE, re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})" + _CLOCK + _ZONE, re.ASCII)
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})" + _CLOCK + _ZONE, re.ASCII)
_MONTH_NAMED = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})" + _CLOCK + _ZONE, re.ASCII)
_DAY_NAMED = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})\.?[- ](\d{4})" + _CLOCK + _ZONE, re.ASCII)
_EPOCH_CALL = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d{1,12})?", re.ASCII)
_EPOCH = re.compile(r"\d{10}|\d{13}", re.ASCII)
_ZEROS = re.compile(r"0000[-/]00[-/]00(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_SERIAL = date(1899, 12, 30)
"""Day 0 of a spreadsheet, so that 61 is 1 March 1900 (Excel counts a 29 February 1900 that never was)."""

NO_TIME = "is no date or time"


def moment(text: str) -> Noted:
    """The time that ``text`` names, naive or with its offset as written; a day alone stays a day.

    Raises ``ValueError`` for what is none.
    """
    if _IN_UTC.fullmatch(text):
        with suppress(ValueError):
            datetime.fromisoformat(text)
            return Noted(text)
    text = " ".join(text.split())
    if _ZEROS.fullmatch(text):
        return Noted("", "a date of zeros, read as blank")
    for form, order in _FORMS:
        found = form.fullmatch(text)
        if found:
            parts, clock, note = order(found)
            return _written(parts, clock, note)
    call = _EPOCH_CALL.fullmatch(text)
    if call:
        return Noted(from_epoch(int(call[1]), 1000, call[2] or ""))
    if _EPOCH.fullmatch(text):
        return Noted(from_epoch(int(text), 1000 if len(text) == 13 else 1))
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text.replace(",", ".")))
    raise ValueError(NO_TIME)


def moment_in_utc(text: str) -> Noted:
    """As ``moment``, where the system writes UTC without saying so: the naive time gets a ``Z`` (Close, Pipedrive)."""
    read = moment(text)
    naive = len(read.text) > len("2026-01-01") and not read.text.endswith("Z") and read.text[-6] not in "+-"
    return Noted(f"{read.text}Z", read.note) if naive else read


def day(text: str) -> Noted:
    """The day that ``text`` names, never shifted by a zone; a time of day is left out, which is noted."""
    read = moment(text)
    clock = read.text[len("2026-01-01") + 1 :]
    lost = bool(clock) and not clock.startswith("00:00:00")
    notes = (read.note, "the time of day is left out" if lost else "")
    return Noted(read.text[: len("2026-01-01")], "; ".join(filter(None, notes)))


def from_epoch(count: int, scale: int, offset: str = "") -> str:
    """ISO text of a count since 1970 in 1/``scale`` seconds; in UTC, or in ``offset`` (``-0700``)."""
    zone: timezone = UTC
    if offset:
        hours = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
        zone = timezone(-hours if offset[0] == "-" else hours)
    try:
        found = datetime.fromtimestamp(count // scale, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError) as error:
        raise ValueError("is no time that a calendar knows") from error
    return found.replace(tzinfo=None).isoformat() + (f"{offset[:3]}:{offset[3:]}" if offset else "Z")


class _Parts(NamedTuple):
    year: int
    month: int
    day: int


_Match = re.Match[str]
_Read = tuple[_Parts, tuple[str | None, ...], str]


def _year_first(found: _Match) -> _Read:
    return _Parts(int(found[1]), int(found[3]), int(found[4])), found.groups()[4:], ""


def _slashes(found: _Match) -> _Read:
    """Month first, as US locales write it, unless only the day can stand first."""
    first, second = int(found[1]), int(found[2])
    notes = ["day first, since there is no such month"] if first > 12 else []
    if first <= 12 and second <= 12 and first != second:
        notes.append("read with the month first; with the day first it would be another day")
    month, day = (second, first) if first > 12 else (first, second)
    return _Parts(_year(found[3], notes), month, day), found.groups()[3:], "; ".join(notes)


def _dots(found: _Match) -> _Read:
    notes: list[str] = []
    return _Parts(_year(found[3], notes), int(found[2]), int(found[1])), found.groups()[3:], "; ".join(notes)


def _month_named(found: _Match) -> _Read:
    return _Parts(int(found[3]), _month(found[1]), int(found[2])), found.groups()[3:], ""


def _day_named(found: _Match) -> _Read:
    return _Parts(int(found[3]), _month(found[2]), int(found[1])), found.groups()[3:], ""


_FORMS = (
    (_YEAR_FIRST, _year_first),
    (_SLASHES, _slashes),
    (_DOTS, _dots),
    (_MONTH_NAMED, _month_named),
    (_DAY_NAMED, _day_named),
)


def _year(text: str, notes: list[str]) -> int:
    if len(text) == 4:
        return int(text)
    notes.append("a year of two digits, read as one of this century")
    return 2000 + int(text)


def _month(name: str) -> int:
    start = name[:3].lower()
    if start not in _MONTHS:
        raise ValueError(NO_TIME)
    return _MONTHS.index(start) + 1


def _written(parts: _Parts, clock: tuple[str | None, ...], note: str) -> Noted:
    hour, minute, second, fraction, half, zulu, offset = clock
    try:
        that_day = date(*parts)
        if hour is None:
            if zulu or offset:
                raise ValueError(NO_TIME)
            return Noted(that_day.isoformat(), note)
        micro = int((fraction or "").ljust(6, "0")[:6])
        at = time(_hour(int(hour), half), int(minute or 0), int(second or 0), micro)
        if offset and int(offset[1:3]) > 23:
            raise ValueError(NO_TIME)
    except ValueError as error:
        raise ValueError(NO_TIME) from error
    if zulu and offset:
        # Data Loader writes a literal Z before the real offset: ``…000Z-0300``.
        note = "; ".join(filter(None, (note, "Z and an offset: the offset counts")))
    zone = f"{offset[:3]}:{offset[-2:]}" if offset else "Z" if zulu else ""
    return Noted(f"{that_day.isoformat()}T{at.isoformat()}{zone}", note)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(NO_TIME)
    return hour % 12 + (12 if half in "Pp" else 0)


def _from_serial(days: float) -> Noted:
    whole = datetime.combine(_FIRST_SERIAL, time()) + timedelta(days=int(days))
    seconds = round((days - int(days)) * 86_400)
    note = "a spreadsheet's day number"
    if not seconds:
        return Noted(whole.date().isoformat(), note)
    return Noted((whole + timedelta(seconds=seconds)).isoformat(), note)
