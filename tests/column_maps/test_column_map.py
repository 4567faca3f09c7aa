"""A column map says what it means, and an error names the file, the key and the column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.column_map import ColumnMap, column_of, header_keys, parse_map, written
from crm_tui.systems import TABLES
from crm_tui.text import safe_text

HEADER = "name = 'Kunden'\ntable = 'other-contacts'\n"


def column_map(columns: dict[str, str], table: str = "other-contacts") -> ColumnMap:
    return parse_map(written("Kunden", table, {key: (word, "") for key, word in columns.items()}), "m.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'a'", "m.toml: table: Field required."),
        (HEADER + "[columns]", "m.toml: columns: Dictionary should have at least 1 item"),
        (HEADER + "shade = 1\n[columns]\nA = 'email'", "m.toml: shade: no such key."),
        (HEADER + "text = 'x'\n[columns]\nA = 'email'", "m.toml: text: no such key."),
        (HEADER + "[columns]\nA = 3", "m.toml: columns.A: Input should be a valid string."),
        (
            HEADER + "[columns]\nA = 'emial'",
            "m.toml: columns.'A': 'emial' is no column of other-contacts; is it email?",
        ),
        (HEADER + "[columns]\nA = 'email'\nB = 'email'", "columns: 'A' and B are both email; leave one out."),
        (HEADER + "[columns]\nA = 'first_name'", "columns: nothing says who a row is about"),
        (
            "name = 'a'\ntable = 'other-contact'\n[columns]\nA = ''",
            "'other-contact' is no table; is it other-contacts?",
        ),
        ("name = 'a'\ntable = 'first-slice-map'\n[columns]\nA = ''", "'first-slice-map' is no table"),
        ("name = 'a'\ntable = 'meta-lead-ad'\n[columns]\nA = ''", "'meta-lead-ad' is no table"),
        ("name = 'a'\ntable = 'other-appointments'\n[columns]\nA = 'email'", "needs start_at and status; say which"),
        ("name = 'a'\ntable = 'contact-map'\n[columns]\nA = 'email'\nB = 'phone'", "needs the ids of 2 systems"),
        ("name = ", "m.toml is not TOML"),
        ("a = " + "[" * 20_000, "m.toml is nested too deeply to be a column map."),
    ],
)
def test_what_is_wrong_with_a_map_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_map(text, "m.toml")
    assert said.replace("and B", "and 'B'") in str(caught.value)


def test_a_column_is_meant_by_its_name_its_other_spelling_or_its_field() -> None:
    contacts = TABLES["hubspot-contacts"]
    by_field = column_of(contacts, "job_title")
    assert by_field and by_field.field == "job_title"
    assert column_of(contacts, "") is None
    assert column_of(TABLES["other-contacts"], "email_3") is TABLES["other-contacts"].by_name["email_3"]


def test_a_map_counts_for_exactly_its_columns_in_any_order() -> None:
    one = column_map({"E-Mail": "email", "Notiz": ""})
    assert one.fits(["Notiz", "E-Mail"])
    assert one.names(["Notiz", "E-Mail"]) == ("+Notiz", "email")
    assert not one.fits(["E-Mail"])
    assert not one.fits(["E-Mail", "Notiz", "Alter"])


def test_blank_and_repeated_header_cells_have_names_of_their_own() -> None:
    assert header_keys(["A", "", "A", " ", "A #3"]) == ("A", "#2", "A #3", "#4", "A #3 #5")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_any_header_can_be_written_and_read_back_and_hides_nothing(header: list[str]) -> None:
    keys = header_keys(header)
    columns = {key: ("email" if key == keys[0] else "", "why") for key in keys}
    text = written("Kunden", "other-contacts", columns, ["about"])
    assert all(safe_text(line, 10_000) == line for line in text.splitlines())
    assert parse_map(text, "m.toml").fits(header)
