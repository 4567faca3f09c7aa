"""Phone numbers as compared values: E.164, by phonenumbers or (plain shapes) by its compiled metadata.

Rule X3: a number is a key if it is *possible* and not local-only; whether it is valid is only noted.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from crm_tui.errors import PolicyError
from crm_tui.identity.phone_plan import NOT_VALID, Plan, international_plan, is_country_code, national_plan
from crm_tui.identity.steps import Step, changes_in, trimmed
from crm_tui.systems.record_ids import spreadsheet_damage

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

NOT_A_PHONE = "not a phone number"
LOCAL = "local number without area code"

_LONGEST_CODE = 3
"""Digits of a country code."""
_MAX_LENGTH = 250
"""Characters; phonenumbers reads no longer text."""

_FEW = 500
"""Numbers that are left to the library: to compile a plan takes as long, and on a screen there are few."""
_PLAIN = re.compile(r"\(?\+?[0-9][0-9 ().-]{4,30}")
# Of these nothing is a date, an amount or an international prefix, so that none need be looked for.
_SURE = re.compile(r"(?![0-9]+\.[0-9]+\Z|[0-9]{1,4}[-.][0-9]{1,2}[-.])\(?\+?[1-9][0-9 ().-]{4,30}")
_PUNCTUATION = str.maketrans("", "", " ().-+")
_DATE = re.compile(
    r"(?:(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9]|[0-3]?[0-9][-/.][0-3]?[0-9][-/.](?:19|20)[0-9]{2})"
    r"(?:[ T][0-9:.Z+-]*)?"
)
_DAMAGED = re.compile(r"[0-9]{7,}[.,][0-9]{1,2}|[0-9]{1,3}(?:,[0-9]{3}){2,}|-[0-9 ]+")
_VANITY = re.compile(r"\+?[0-9][0-9 ().-]*[A-Z](?:[ .-]?[A-Z0-9])*")
_ZEROS = re.compile(r"[ (.-]*0[ ().-]*0(?=[ ().-]*[1-9])")


def phone_metadata_version() -> str:
    """Name the metadata that decides the keys, for the handoff: ``phonenumbers 9.0.43``."""
    import phonenumbers

    return f"phonenumbers {phonenumbers.__version__}"


def display(e164: str) -> str:
    """Write an E.164 number for people: ``+1 555 010 2020``; other text comes back as it is."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return " ".join(re.findall(r"\+?[0-9]+", written))


class PhoneNormaliser:
    """Reads phone cells; numbers without country code are of ``default_region`` (``US``; ``""`` = none)."""

    def __init__(self, default_region: str) -> None:
        """Raises ``PolicyError`` for a region that phonenumbers does not know."""
        import phonenumbers

        region = default_region.strip().upper()
        if region and region not in phonenumbers.SUPPORTED_REGIONS:
            raise PolicyError(
                "The default region for phone numbers is not known; "
                "give the two letters of a country, such as US or GB."
            )
        self.default_region = region
        self._plans: dict[str, Plan | None] = {}
        """By the first digits after the ``+``."""
        self._asked = 0

    @cached_property
    def _national(self) -> Plan | None:
        return national_plan(self.default_region) if self.default_region else None

    def normalise(self, raw: str) -> tuple[str, str]:
        """Give (E.164, note) of a phone cell; the value is ``""`` for a blank cell or one that is no key.

        Notes: why it is no key, or ``NOT_VALID``, ``00 read as +``, ``extension 12 is not …``.
        """
        text = raw.strip()
        if not text:
            return "", ""
        if _SURE.fullmatch(text):
            self._asked += 1
            return (self._asked > _FEW and self._by_plan(text)) or _read(text, self.default_region)
        why_not = _refused(text)
        if why_not:
            return "", why_not
        self._asked += 1
        zeros = _ZEROS.match(text)
        if zeros:
            return self._from_zeros(text, "+" + text[zeros.end() :].lstrip(" "))
        plain = self._plain(text)
        return plain or _read(text, self.default_region)

    def steps(self, raw: str) -> tuple[Step, ...]:
        """What ``normalise`` does to a cell, of that what changes it; the last text is the compared value."""
        text = raw.strip()
        value = self.normalise(raw)[0]
        if not value:
            return changes_in(raw, (trimmed(raw),))
        zeros = None if _refused(text) else _ZEROS.match(text)
        international = "+" in text or bool(zeros and value == self.normalise("+" + text[zeros.end() :].lstrip(" "))[0])
        how = "by its country code" if international else f"as a number of {self.default_region}"
        return changes_in(raw, (trimmed(raw), Step(f"read {how}, written as E.164", value)))

    def _plain(self, text: str) -> tuple[str, str] | None:
        """What the compiled metadata says of a number of plain shape; ``None`` = ask the library."""
        if self._asked <= _FEW or not _PLAIN.fullmatch(text):
            return None
        return self._by_plan(text)

    def _by_plan(self, text: str) -> tuple[str, str] | None:
        digits = text.translate(_PUNCTUATION)
        if "+" not in text[:2]:
            return self._national.national(digits) if self._national else None
        start = digits[:_LONGEST_CODE]
        if start not in self._plans:
            self._plans[start] = self._plan_of(start)
        plan = self._plans[start]
        return plan.significant(digits[len(plan.code) :]) if plan else None

    def _plan_of(self, start: str) -> Plan | None:
        """The plan of the numbers that start so after the ``+``; ``None`` where no country code does."""
        code = next((start[:size] for size in range(1, len(start) + 1) if is_country_code(start[:size])), "")
        if code and code != start and code not in self._plans:
            self._plans[code] = international_plan(int(code))
        return self._plans[code] if code in self._plans else international_plan(int(code)) if code else None

    def _from_zeros(self, text: str, plus: str) -> tuple[str, str]:
        """Read ``00…`` as ``+…``; where the region reads it otherwise, only a valid number decides."""
        as_plus = self._plain(plus) or _read(plus, "")
        many = self._asked > _FEW
        if many and as_plus[0] and self._national and self._national.is_too_long(text.translate(_PUNCTUATION)):
            return as_plus[0], _joined("00 read as +", as_plus[1])
        as_it_is = _read(text, self.default_region)
        if as_plus[0] and as_it_is[0] and as_plus[0] != as_it_is[0]:
            if (NOT_VALID in as_plus[1]) == (NOT_VALID in as_it_is[1]):
                return "", f"{NOT_A_PHONE} that is certain: 00 can stand for + or belong to the number"
            if NOT_VALID in as_plus[1]:
                return as_it_is
        if as_plus[0]:
            return as_plus[0], _joined("00 read as +", as_plus[1])
        return as_it_is if self.default_region else as_plus


def _read(text: str, region: str) -> tuple[str, str]:
    """(E.164, note) as the library says; ``region`` may be ``""``."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        if not region and "+" not in text and any(char.isdigit() for char in text):
            return "", "no country code, and the review has no default region"
        return "", _reason(error.error_type)
    letters = _letters(text, number)
    if letters is None:
        return "", f"{NOT_A_PHONE}: other text in the cell"
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "", LOCAL
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return "", f"{NOT_A_PHONE}: no number of its country has that length"
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # A second trunk prefix would be taken off the next time: two texts of one number would differ.
    again = phonenumbers.parse(value, None)
    if phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) != value:
        return "", f"{NOT_A_PHONE} that is certain: its prefix can be read in two ways"
    extension = f"extension {number.extension} is not compared" if number.extension else ""
    return value, _joined(letters, extension, "" if phonenumbers.is_valid_number(number) else NOT_VALID)


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _refused(text: str) -> str:
    """Say why a text is not even read, or ``""``."""
    if len(text) > _MAX_LENGTH:
        return f"{NOT_A_PHONE}: longer than {_MAX_LENGTH} characters"
    if not text.isascii() and any(char > "\x7f" and char.isdigit() for char in text):
        return "digits other than 0 to 9: they may look like others, so they are not compared"
    if _DAMAGED.fullmatch(text):
        return spreadsheet_damage(text) or "damaged by a spreadsheet: taken for an amount"
    if _DATE.fullmatch(text):
        return "a date, or damaged by a spreadsheet: taken for a date"
    return spreadsheet_damage(text)


def _reason(error_type: int) -> str:
    from phonenumbers import NumberParseException

    return {
        NumberParseException.INVALID_COUNTRY_CODE: f"{NOT_A_PHONE}: no such country code",
        NumberParseException.TOO_SHORT_NSN: f"{NOT_A_PHONE}: too short",
        NumberParseException.TOO_SHORT_AFTER_IDD: f"{NOT_A_PHONE}: too short",
        NumberParseException.TOO_LONG: f"{NOT_A_PHONE}: too long",
    }.get(error_type, NOT_A_PHONE)


def _letters(text: str, number: PhoneNumber) -> str | None:
    """What to note about letters and signs in ``text``; ``None`` if they make the number doubtful.

    The library turns letters after three digits into digits (``1-800-FLOWERS``), so that ``030 1234 home``
    would be another number.  Only capitals that lead to a valid number are taken for such a number.
    """
    import phonenumbers

    start = re.search(r"[+0-9\uff0b]", text)
    before, rest = (text[: start.start()], text[start.start() :]) if start else ("", text)
    note = "text before the number is left out" if any(char.isalpha() for char in before) else ""
    if not any(char.isalpha() or char in "*#" for char in rest):
        return note
    if number.extension:
        as_written = phonenumbers.national_significant_number(number) + number.extension
        return note if re.sub("[^0-9]", "", rest).endswith(as_written) else None
    if _VANITY.fullmatch(rest) and phonenumbers.is_valid_number(number):
        return _joined(note, "letters read as digits")
    return None
