"""phonenumbers' own metadata, compiled: what a plain number is, without the library's 25 to 60 µs.

For plain shapes parsing comes down to four facts per calling code: international prefix, trunk prefix,
lengths and patterns.  A ``Plan`` holds them for whatever version is installed and answers ``None`` wherever
it is not sure, so that the library decides (performance.md, design 4).  Digits here are ASCII digits only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata, PhoneNumberDesc

NOT_VALID = "a possible number, though not a valid one"

_TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
"""Those that ``is_valid_number`` asks."""


@dataclass(frozen=True, slots=True)
class _Validity:
    """Which significant numbers of a calling code are valid, as ``is_valid_number`` decides it.

    The regions of a code are asked in order; one with leading digits is final for the numbers that begin so.
    """

    free: re.Pattern[str]
    """The regions without leading digits."""
    lead: re.Pattern[str]
    """Leading digits of the other regions, in order, in groups named by the region."""
    led: Mapping[str, re.Pattern[str]]

    def holds(self, digits: str) -> bool:
        """Whether this significant number is valid."""
        if self.free.fullmatch(digits):
            return True
        lead = self.lead.match(digits)
        return lead is not None and self.led[lead.lastgroup or ""].fullmatch(digits) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """The facts of one calling code, for numbers written with it, or without it in one region."""

    code: str
    lengths: frozenset[int]
    """Possible lengths of the significant number; local-only ones are not among them."""
    longest: int
    """Above it a number is too long for the region and for the code's main one, even with what is local-only."""
    general: re.Pattern[str]
    valid: _Validity
    trunk: re.Pattern[str] | None
    rewrites: bool
    """Whether a trunk prefix whose last group took part is rewritten instead of taken off."""
    twice: re.Pattern[str] | None
    """Trunk prefix that E.164 must not begin with, or reading it again would change it."""
    abroad: re.Pattern[str] | None
    """International prefix of the region; ``None`` where the country code is written."""

    def national(self, digits: str) -> tuple[str, str] | None:
        """(E.164, note) of digits that were written without ``+``; ``None`` = not sure."""
        if self.abroad is not None and self.abroad.match(digits):
            return None
        if digits.startswith(self.code):
            # Only digits that are too long for the region begin with its country code for certain.
            if len(digits) <= self.longest:
                return None
            digits = digits[len(self.code) :]
            if self.trunk is not None and self.trunk.match(digits):
                return None
        return self.significant(digits)

    def is_too_long(self, digits: str) -> bool:
        """Whether digits without ``+`` are certainly no number of the region, because nothing can be taken off them."""
        taken_off = (self.abroad, self.trunk)
        if digits.startswith(self.code) or any(prefix is not None and prefix.match(digits) for prefix in taken_off):
            return False
        return len(digits) > self.longest

    def significant(self, digits: str) -> tuple[str, str] | None:
        """(E.164, note) of the digits after the country code; ``None`` = not sure."""
        trunk = self.trunk.match(digits) if self.trunk is not None else None
        if trunk is not None:
            digits = digits[trunk.end() :]
            if self.rewrites and trunk[trunk.re.groups] is not None:
                return None
            if not self.general.fullmatch(digits):
                return None
        if len(digits) not in self.lengths or (self.twice is not None and self.twice.match(digits)):
            return None
        return f"+{self.code}{digits}", "" if self.valid.holds(digits) else NOT_VALID


def is_country_code(digits: str) -> bool:
    """Whether these digits are a country calling code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return digits[0] != "0" and int(digits) in COUNTRY_CODE_TO_REGION_CODE


@cache
def international_plan(code: int) -> Plan:
    """Compile the plan of numbers that are written with this country code."""
    import phonenumbers

    main = _metadata(code, phonenumbers.region_code_for_country_code(code))
    return _plan(code, main, main, abroad=None)


@cache
def national_plan(region: str) -> Plan:
    """Compile the plan of numbers that are written without country code in ``region``."""
    import phonenumbers

    code = phonenumbers.country_code_for_region(region)
    main = _metadata(code, phonenumbers.region_code_for_country_code(code))
    local = _metadata(code, region)
    return _plan(code, main, local, abroad=_compiled(local.international_prefix))


def _plan(code: int, main: PhoneMetadata, local: PhoneMetadata, abroad: re.Pattern[str] | None) -> Plan:
    general, everywhere = _general(local), _general(main)
    # The library reads by the region's lengths and judges by those of the code's main region.
    lengths = set(general.possible_length) & set(everywhere.possible_length)
    return Plan(
        code=str(code),
        lengths=frozenset(lengths),
        longest=max(*general.possible_length, *general.possible_length_local_only, *everywhere.possible_length),
        general=re.compile(general.national_number_pattern or "(?!)"),
        valid=_validity(code),
        trunk=_compiled(local.national_prefix_for_parsing),
        rewrites=bool(local.national_prefix_transform_rule),
        twice=_compiled(main.national_prefix_for_parsing),
        abroad=abroad,
    )


def _validity(code: int) -> _Validity:
    import phonenumbers

    free: list[str] = []
    leads: dict[str, str] = {}
    led: dict[str, re.Pattern[str]] = {}
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = _metadata(code, region)
        if metadata.leading_digits:
            # "r" because the region of the calling codes without a country is 001, which is no group name.
            leads[f"r{region}"] = metadata.leading_digits
            led[f"r{region}"] = re.compile(_any_type(metadata))
        else:
            free.append("".join(f"(?!{lead})" for lead in leads.values()) + _any_type(metadata))
    groups = (f"(?P<{name}>{lead})" for name, lead in leads.items())
    return _Validity(re.compile("|".join(free) or "(?!)"), re.compile("|".join(groups) or "(?!)"), led)


def _any_type(metadata: PhoneMetadata) -> str:
    """Regex of the valid numbers of one region, to be matched in full."""
    general = _general(metadata)
    kinds = "|".join(dict.fromkeys(_types(metadata))) or "(?!)"  # in America fixed lines and mobiles are one
    return f"(?=(?:{general.national_number_pattern})\\Z)(?={_sizes(general.possible_length)})(?:{kinds})"


def _types(metadata: PhoneMetadata) -> Iterator[str]:
    lengths = _general(metadata).possible_length
    for name in _TYPES:
        desc: PhoneNumberDesc | None = getattr(metadata, name)
        if desc is not None and desc.national_number_pattern:
            own = desc.possible_length or lengths
            size = "" if set(own).issuperset(lengths) else f"(?={_sizes(own)})"
            yield f"{size}(?:{desc.national_number_pattern})"


def _sizes(lengths: Iterable[int]) -> str:
    """Regex of digits of these lengths, up to the end; a length of -1 stands for none."""
    return f"(?:{'|'.join(f'.{{{length}}}' for length in sorted(lengths) if length > 0) or '(?!)'})\\Z"


def _metadata(code: int, region: str) -> PhoneMetadata:
    from phonenumbers import PhoneMetadata

    found = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    assert found is not None, "the metadata lists this code"
    return found


def _general(metadata: PhoneMetadata) -> PhoneNumberDesc:
    assert metadata.general_desc is not None
    return metadata.general_desc


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None
