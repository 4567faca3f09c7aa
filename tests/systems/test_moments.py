"""Dates, times, countries, names, amounts: every spelling of formats.md comes to one text, or says why not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.classify.times import parse_time
from crm_tui.systems.countries import country, country_name
from crm_tui.systems.moments import Noted, day, moment, moment_in_utc
from crm_tui.systems.names import as_kept, joined_name, split_name
from crm_tui.systems.transforms import TRANSFORMS, transformed


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2024-07-11T21:22:07.000+0000", "2024-07-11T21:22:07+00:00"),
        ("2024-07-11T21:22:07.000Z", "2024-07-11T21:22:07Z"),
        ("2026-06-08T10:28:39-07:00", "2026-06-08T10:28:39-07:00"),
        ("2024-07-11 21:22:07.12345+00:00", "2024-07-11T21:22:07.123450+00:00"),
        ("2024-07-11 21:22", "2024-07-11T21:22:00"),
        ("2024/07/11 21:22:07", "2024-07-11T21:22:07"),
        ("2024-07-11 09:22:07 PM", "2024-07-11T21:22:07"),
        ("2024-07-11 12:00:00 AM", "2024-07-11T00:00:00"),
        ("Jul 22 2026 02:09 PM", "2026-07-22T14:09:00"),
        ("July 22, 2026", "2026-07-22"),
        ("22 Jul 2026", "2026-07-22"),
        ("7/22/2026", "2026-07-22"),
        ("22.7.2026", "2026-07-22"),
        ("22.07.2026 14:09", "2026-07-22T14:09:00"),
        ("/Date(1778407200000)/", "2026-05-10T10:00:00Z"),
        ("/Date(1778407200000-0700)/", "2026-05-10T03:00:00-07:00"),
        ("1778407200000", "2026-05-10T10:00:00Z"),
        ("1778407200", "2026-05-10T10:00:00Z"),
        ("2026-05-10", "2026-05-10"),
    ],
)
def test_a_time_is_read_in_every_spelling_that_leaves_no_choice(written: str, canonical: str) -> None:
    assert moment(written) == Noted(canonical)


@pytest.mark.parametrize(
    ("written", "canonical", "note"),
    [
        ("2024-07-11T21:22:07.000Z-0300", "2024-07-11T21:22:07-03:00", "the offset counts"),
        ("02/23/26 08:55 PM", "2026-02-23T20:55:00", "a year of two digits"),
        ("03/04/2026", "2026-03-04", "read with the month first"),
        ("23/02/2026", "2026-02-23", "day first"),
        ("45631", "2024-12-05", "a spreadsheet's day number"),
        ("45631.5", "2024-12-05T12:00:00", "a spreadsheet's day number"),
        ("0000-00-00", "", "a date of zeros"),
        ("0000-00-00 00:00:00", "", "a date of zeros"),
    ],
)
def test_a_time_that_took_a_choice_says_which(written: str, canonical: str, note: str) -> None:
    found = moment(written)
    assert found.text == canonical
    assert note in found.note


@pytest.mark.parametrize(
    "wrong",
    ["yesterday", "2026-13-01", "2026-02-30", "25:00", "13/13/2026", "2026-05-10 13:00 PM", "Foo 12 2026", "12"],
)
def test_what_is_no_time_is_refused_without_its_value(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no date or time") as raised:
        moment(wrong)
    assert wrong not in str(raised.value)


def test_a_naive_time_stays_naive_unless_its_system_writes_utc() -> None:
    assert moment("2026-05-10 10:00").text == "2026-05-10T10:00:00"
    assert moment_in_utc("2026-05-10 10:00").text == "2026-05-10T10:00:00Z"
    assert moment_in_utc("2026-05-10 10:00-04:00").text == "2026-05-10T10:00:00-04:00"
    assert moment_in_utc("2026-05-10").text == "2026-05-10"


def test_a_day_is_never_shifted_and_a_lost_time_is_told() -> None:
    assert day("2026-09-30T00:00:00.000Z") == Noted("2026-09-30")
    assert day("2026-09-30 23:30-11:00") == Noted("2026-09-30", "the time of day is left out")


@given(st.datetimes())
def test_what_is_read_is_read_again_and_the_judgement_can_read_it(at: object) -> None:
    written = str(at)
    once = moment(written).text
    assert moment(once).text == once
    assert parse_time(once) is not None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_a_step(text: str) -> None:
    for name in TRANSFORMS:
        try:
            found = transformed(name, text)
        except ValueError as error:
            assert str(error).startswith("is ")
        else:
            assert isinstance(found, Noted)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("United States", "US"),
        ("USA", "US"),
        ("united kingdom", "GB"),
        ("Deutschland", "DE"),
        ("France", "FR"),
        ("España", "ES"),
        ("de", "DE"),
        ("Czech Republic", "CZ"),
    ],
)
def test_a_country_is_its_two_letters(written: str, code: str) -> None:
    assert country(written) == code


def test_a_country_that_is_not_known_stays_as_written_and_says_so() -> None:
    found = country("Atlantis")
    assert isinstance(found, Noted)
    assert (found.text, "no country of that name" in found.note) == ("Atlantis", True)
    part = country("Scotland")
    assert isinstance(part, Noted) and part.text == "GB" and part.note


def test_a_code_gives_its_english_name() -> None:
    assert country_name("DE") == "Germany"
    assert country_name("Atlantis") == "Atlantis"


@pytest.mark.parametrize(
    ("whole", "first", "last"),
    [
        ("Ann Archer", "Ann", "Archer"),
        ("Ann van der Archer", "Ann van der", "Archer"),
        ("Archer, Ann", "Ann", "Archer"),
        ("Cher", "", "Cher"),
    ],
)
def test_a_name_is_split_at_its_last_blank_or_its_comma(whole: str, first: str, last: str) -> None:
    assert split_name(whole) == {"first_name": first, "last_name": last}


def test_a_name_that_says_the_same_in_the_other_form_is_no_change() -> None:
    known = {"first_name": "Ann", "last_name": "van der Archer"}
    assert as_kept({"name": "Ann van der Archer"}, known) == known
    assert as_kept(known, {"name": "x"}) == {"name": "Ann van der Archer"}
    assert as_kept({"first_name": "Ann"}, {"name": "x"}) == {"first_name": "Ann"}
    assert joined_name(known) == "Ann van der Archer"


@pytest.mark.parametrize(
    ("step", "written", "canonical"),
    [
        ("number", "117.0", "117"),
        ("money", "$1,500.50", "1500.5"),
        ("money", "1,500", "1500"),
        ("cents", "150050", "1500.5"),
        ("milliseconds", "320000.0", "320"),
        ("boolean", "TRUE", "true"),
        ("boolean", "0", "false"),
        ("boolean", "permanent", "true"),
        ("deleted_flag", "1", "delete"),
        ("picklist", "ATTEMPTED_TO_CONTACT", "attempted to contact"),
        ("event_operation", "OpportunityDelete", "delete"),
        ("event_direction", "InboundMessage", "inbound"),
        ("event_activity", "activity.call", "call"),
    ],
)
def test_a_step_gives_the_canonical_text(step: str, written: str, canonical: str) -> None:
    assert transformed(step, written).text == canonical


def test_a_decimal_comma_is_read_and_told() -> None:
    assert transformed("money", "1.234,56 €") == Noted("1234.56", "the comma is read as the decimal sign")


def test_the_values_of_a_list_are_parted_alike() -> None:
    assert transformed("", "vip, 2026: spring £5", ",").text == "vip; 2026: spring £5"
