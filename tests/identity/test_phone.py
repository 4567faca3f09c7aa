"""Phone keys: possible and not local-only (X3); the compiled fast path says what phonenumbers says.

    CRM_TUI_SOAK=1 python -m pytest -s tests/identity

compares half a million numbers of all regions, and more than 300,000 e-mails, with what the libraries say.
"""

from __future__ import annotations

import dataclasses
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from crm_tui.errors import PolicyError
from crm_tui.identity import phone as phones
from crm_tui.identity.phone import LOCAL, PhoneNormaliser, display, phone_metadata_version
from crm_tui.identity.phone_plan import NOT_VALID, international_plan, national_plan

REGIONS = (
    "US",
    "CA",
    "GB",
    "DE",
    "FR",
    "IT",
    "AU",
    "BR",
    "AR",
    "JP",
    "IN",
    "RU",
    "KZ",
    "MX",
    "SM",
    "GG",
    "AG",
)
MARKS = ("", " ", "-", ".", ") ", " (")
ROUNDS = 40 if os.environ.get("CRM_TUI_SOAK", "") not in ("", "0") else 1


national_plan_of = cache(national_plan)
international_plan_of = cache(international_plan)


@pytest.fixture(scope="module", autouse=True)
def _by_plan_from_the_first() -> Iterator[None]:
    """The compiled fast path is what is compared here, also with a handful of numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phones, "_FEW", 0)
        yield


@cache
def normaliser(region: str) -> PhoneNormaliser:
    return PhoneNormaliser(region)


def us(raw: str) -> tuple[str, str]:
    return normaliser("US").normalise(raw)


def by_library(text: str, region: str | None) -> tuple[str, str] | None:
    """(E.164, note) by rule X3, written anew from the library's public functions; ``None`` = no key."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return value, "" if phonenumbers.is_valid_number(number) else NOT_VALID


def test_failure_4_a_national_number_equals_its_e164() -> None:
    assert us("(555) 010-1010")[0] == us("+15550101010")[0] == "+15550101010"


@pytest.mark.parametrize(
    "raw",
    [
        "555-010-1010",
        "555.010.1010",
        "1-555-010-1010",
        "15550101010",
        "+1 (555) 010-1010",
        " +1 555 010 1010 ",
        "\u202a+1 555 010 1010\u202c",
        "555\u00a0010\u20111010",
        "0015550101010",
        "tel:+1-555-010-1010",
        "+1 555 010 1010 ext. 12",
    ],
)
def test_one_number_in_many_shapes(raw: str) -> None:
    assert us(raw)[0] == "+15550101010"


@pytest.mark.parametrize(
    ("raw", "value", "note"),
    [
        ("", "", ""),
        (" ", "", ""),
        ("+12025550123", "+12025550123", ""),
        ("+15550101010", "+15550101010", NOT_VALID),
        ("555-1234", "", LOCAL),
        ("0044 20 7946 0958", "+442079460958", "00 read as +"),
        ("202-555-0123 x77", "+12025550123", "extension 77 is not compared"),
        ("1-800-FLOWERS", "+18003569377", "letters read as digits"),
    ],
)
def test_values_and_notes(raw: str, value: str, note: str) -> None:
    assert us(raw) == (value, note)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("4.15556E+10", "damaged"),
        ("4,15556E+10", "damaged"),
        ("41555600000.0", "damaged"),
        ("5550101010.00", "damaged"),
        ("15,550,101,010", "damaged"),
        ("-5550101010", "damaged"),
        ("2024-01-05", "date"),
        ("05/01/2024 10:00", "date"),
        ("\u0665\u0665\u0665\u0660\u0661\u0660\u0661\u0660\u0661\u0660", "digits other than 0 to 9"),
        ("\uff15\uff15\uff15 010 1010", "digits other than 0 to 9"),
        ("555\u00b20101010", "digits other than 0 to 9"),
        ("5550101010 (home)", "other text"),
        ("5550101010 / 5550102020", "too long"),
        ("+999 123 456", "no such country code"),
        ("n/a", "not a phone number"),
        ("00 999 123", "length"),
        ("1" * 251, "longer than"),
    ],
)
def test_no_key_says_why(raw: str, word: str) -> None:
    value, note = us(raw)
    assert value == ""
    assert word in note


def test_letters_after_a_number_are_not_dialled() -> None:
    assert by_library("0301234 home", "DE") is not None
    assert normaliser("DE").normalise("0301234 home")[0] == ""
    assert normaliser("DE").normalise("030 123456 home x12")[0] == ""


def test_no_region_and_no_plus_is_no_key() -> None:
    nowhere = normaliser("")
    assert nowhere.normalise("(555) 010-1010") == (
        "",
        "no country code, and the review has no default region",
    )
    assert nowhere.normalise("+1 555 010 1010")[0] == "+15550101010"
    assert nowhere.normalise("0044 20 7946 0958")[0] == "+442079460958"


def test_two_zeros_that_can_be_read_in_two_ways_are_no_key() -> None:
    text = "00441999999999"
    assert by_library("+441999999999", None) == ("+441999999999", NOT_VALID)
    assert by_library(text, "RU") == ("+700441999999999", NOT_VALID)
    value, note = normaliser("RU").normalise(text)
    assert value == ""
    assert "certain" in note
    assert normaliser("GB").normalise(text) == ("+441999999999", f"00 read as +; {NOT_VALID}")


def test_two_zeros_are_a_plus_where_only_that_is_valid() -> None:
    assert by_library("00442079460958", "JP") == ("+8100442079460958", NOT_VALID)
    assert normaliser("JP").normalise("00442079460958") == ("+442079460958", "00 read as +")


def test_region_in_small_letters_is_taken_and_an_unknown_one_refused() -> None:
    assert PhoneNormaliser(" gb ").default_region == "GB"
    with pytest.raises(PolicyError, match="default region"):
        PhoneNormaliser("UK")


def test_display_and_version() -> None:
    assert display("+15550102020") == "+1 555 010 2020"
    assert display("+442079460958") == "+44 20 7946 0958"
    assert display("nonsense") == "nonsense"
    assert phone_metadata_version() == f"phonenumbers {phonenumbers.__version__}"


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """(region, a number of a plain shape): near an example number or any digits of a known length."""
    region = draw(st.sampled_from(REGIONS))
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    general = metadata.general_desc
    assert general is not None
    kinds = (metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.voip, metadata.uan)
    examples = [kind.example_number for kind in kinds if kind is not None and kind.example_number]
    digits = list(draw(st.sampled_from(examples)))
    if draw(st.booleans()):
        size = draw(st.sampled_from([*general.possible_length, *general.possible_length_local_only, 9, 12]))
        digits = list(draw(st.text("0123456789", min_size=max(size, 5), max_size=max(size, 5))))
    for place in draw(st.lists(st.integers(0, len(digits) - 1), max_size=3)):
        digits[place] = draw(st.sampled_from("0123456789"))
    trunk = metadata.national_prefix or "0"
    code = str(metadata.country_code)
    prefix = draw(st.sampled_from(["", trunk, f"+{code}", f"+{code} ", code, f"+{code} ({trunk})", f"+{code}{trunk}"]))
    cut = draw(st.integers(2, len(digits) - 1))
    return region, prefix + "".join(digits[:cut]) + draw(st.sampled_from(MARKS)) + "".join(digits[cut:])


def stable(found: tuple[str, str] | None) -> tuple[str, str] | None:
    """A number of which E.164 begins with what the library takes for a trunk prefix is no key."""
    return found if found and by_library(found[0], None) == found else None


def shapes_of(region: str, chance: random.Random) -> Iterator[str]:
    """Digits of all lengths of a region, random and near its examples, with every prefix and some marks."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    assert metadata.general_desc is not None
    general = metadata.general_desc
    kinds = (metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.premium_rate, metadata.uan)
    examples = [kind.example_number for kind in kinds if kind is not None and kind.example_number]
    sizes = [*general.possible_length, *general.possible_length_local_only]
    trunk, code = metadata.national_prefix or "0", str(metadata.country_code)
    for near in (*examples, *(chance.choices("0123456789", k=max(size, 4)) for size in sizes)):
        digits = list(near)
        for _ in range(chance.randint(0, 2)):
            digits[chance.randrange(len(digits))] = chance.choice("0123456789")
        written = (code, f"+{code}", f"+{code} ({trunk})", f"{code}{trunk}", f"00{code}", "0044")
        for prefix in ("", trunk, trunk + trunk, *written):
            yield f"{prefix}{''.join(digits[:3])}{chance.choice(MARKS)}{''.join(digits[3:])}"


def test_a_plan_is_not_sure_of_rewritten_or_doubled_prefixes() -> None:
    plan = national_plan("US")
    assert plan.national("2025550123") == ("+12025550123", "")
    assert dataclasses.replace(plan, twice=re.compile("2")).national("2025550123") is None
    rewriting = dataclasses.replace(plan, trunk=re.compile("9(8)?"), rewrites=True, twice=None)
    assert rewriting.national("92025550123") == ("+12025550123", "")
    assert rewriting.national("982025550123") is None
    assert dataclasses.replace(rewriting, rewrites=False).national("982025550123") == ("+12025550123", "")


def test_plans_of_all_regions_agree_with_the_library() -> None:
    chance = random.Random(20)
    seen = sure = too_long = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS) * ROUNDS:
        national = national_plan_of(region)
        for text in shapes_of(region, chance):
            seen += 1
            digits = "".join(char for char in text if char.isdigit())
            if text[0] != "+" and national.is_too_long(digits):
                too_long += 1
                assert by_library(text, region) is None, (region, text)
            if text[0] == "+":
                code = str(phonenumbers.country_code_for_region(region))
                found = international_plan_of(int(code)).significant(digits[len(code) :])
            else:
                found = national.national(digits)
            if found is not None:
                sure += 1
                assert found == stable(by_library(text, region)), (region, text)
    print(f"\n{seen:,} numbers of all regions as phonenumbers reads them, {sure:,} of them without asking it")
    assert sure > 4000
    assert too_long > 500


@settings(max_examples=1500, deadline=None)
@given(numbers())
@example(("US", "(555) 010-1010"))
@example(("GB", "020 7946 0958"))
@example(("IT", "06 698 12345"))
@example(("CA", "+1 613 555 0123"))
def test_plain_shapes_agree_with_the_library(case: tuple[str, str]) -> None:
    region, text = case
    value, note = normaliser(region).normalise(text)
    expected = by_library(text, region)
    if note.startswith(("00 read as", "a date", "damaged")) or "certain" in note:
        return  # rules of our own, that the tests above hold
    assert (value, note) == (expected or ("", note))


@pytest.mark.parametrize("region", REGIONS)
def test_a_plan_is_right_or_not_sure(region: str) -> None:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    assert metadata.mobile is not None
    digits = metadata.mobile.example_number or ""
    plan = international_plan(metadata.country_code or 0)
    expected = by_library(f"+{metadata.country_code}{digits}", None)
    assert plan.significant(digits) in (expected, None)
    assert national_plan(region).national(digits) in (by_library(digits, region), None)


def test_the_fast_path_decides_what_most_files_hold() -> None:
    assert national_plan("US").national("5550101010") == ("+15550101010", NOT_VALID)
    assert national_plan("US").national("12025550123") == ("+12025550123", "")
    assert national_plan("GB").national("02079460958") == ("+442079460958", "")
    assert national_plan("DE").national("030123456") == ("+4930123456", "")
    assert international_plan(44).significant("2079460958") == ("+442079460958", "")
    assert national_plan("US").national("5551234") is None


@settings(max_examples=500, deadline=None)
@given(numbers() | st.tuples(st.sampled_from(REGIONS), st.text("+0123456789 ()-.xABC", max_size=18)))
@example(("DE", "+49 00 30 123456"))
def test_idempotent_whatever_the_region(case: tuple[str, str]) -> None:
    region, text = case
    value, _ = normaliser(region).normalise(text)
    for other in (region, "", "US"):
        assert normaliser(other).normalise(value)[0] == value


def test_phonenumbers_is_imported_late() -> None:
    code = "import sys, crm_tui.identity.keys; assert 'phonenumbers' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@given(
    st.from_regex(phones._SURE, fullmatch=True)
    | st.from_regex(r"[0-9(+]?[0-9]{1,8}[-. ][0-9]{1,3}[-. ]?[0-9 :]{0,6}", fullmatch=True)
)
def test_of_a_shape_that_is_sure_nothing_is_refused_or_begins_with_zeros(text: str) -> None:
    if phones._SURE.fullmatch(text):
        assert phones._PLAIN.fullmatch(text)
        assert not phones._refused(text.strip())
        assert not phones._ZEROS.match(text)
