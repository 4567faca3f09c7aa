"""What is proposed for a table that no system knows, by the names of its columns and by what stands in them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from crm_tui.errors import InputError
from crm_tui.intake.column_map import parse_map
from crm_tui.intake.formats import open_sources
from crm_tui.intake.header_words import words
from crm_tui.intake.proposal import ColumnProposal, Proposal, Sure, propose, propose_for
from crm_tui.intake.source import UnknownTable
from crm_tui.systems import TABLES

FIXTURES = Path(__file__).parent / "fixtures"


def by_key(found: Proposal) -> dict[str, ColumnProposal]:
    return {column.key: column for column in found.columns}


def unknown(path: Path) -> UnknownTable:
    with pytest.raises(InputError) as caught:
        open_sources(path)
    assert isinstance(caught.value, UnknownTable)
    return caught.value


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("firstName", ("first", "name")),
        ("E-mail 1 - Value", ("e", "mail", "1", "value")),
        ("Straße & Nr.", ("strasse", "nr")),
        ("Correo electrónico", ("correo", "electronico")),
        ("HTTPStatus_code", ("http", "status", "code")),
        ("ＥＭＡＩＬ", ("email",)),
    ],
)
def test_a_header_is_compared_by_its_words(cell: str, expected: tuple[str, ...]) -> None:
    assert words(cell) == expected


STRANGE = {
    "German": {"Vorname": "first_name", "Nachname": "last_name", "E-Mail-Adresse": "email", "Handy": "mobile_phone"},
    "Spanish": {"Nombre": "first_name", "Apellidos": "last_name", "Correo electrónico": "email", "País": "country"},
    "camelCase": {
        "firstName": "first_name",
        "lastName": "last_name",
        "emailAddress": "email",
        "zipCode": "postal_code",
    },
    "Google": {"Given Name": "first_name", "E-mail 1 - Value": "email", "E-mail 2 - Value": "email_2"},
    "shouting": {"FIRST NAME": "first_name", "PHONE_NUMBER": "phone", "E_MAIL": "email", "COMPANY": "company"},
}
VALUES = {
    "email": "ann@one.test",
    "email_2": "ann@two.test",
    "phone": "+1 212 555 0101",
    "mobile_phone": "(212) 555-0102",
    "country": "Spain",
}


@pytest.mark.parametrize("language", STRANGE)
@pytest.mark.parametrize("seed", range(3))
def test_strange_exports_are_told_in_any_order_of_columns(language: str, seed: int) -> None:
    wanted = list(STRANGE[language].items())
    Random(seed).shuffle(wanted)
    found = propose("x", [key for key, _ in wanted], [[VALUES.get(target, "Ann") for _, target in wanted]] * 3)
    assert found.table.name == "other-contacts"
    assert found.targets == dict(wanted)
    assert all(column.sure is Sure.CERTAIN for column in found.columns)
    assert parse_map(found.as_toml(), "m.toml").columns == dict(wanted)


def test_values_speak_where_names_do_not() -> None:
    rows = [["ann@one.test", "+12125550101", "red"], ["bob@two.test", "+12125550102", "blue"]]
    columns = by_key(propose("x", ["Spalte A", "Spalte B", "Spalte C"], rows))
    assert (columns["Spalte A"].target, columns["Spalte B"].target, columns["Spalte C"].target) == (
        "email",
        "phone",
        "",
    )
    assert columns["Spalte A"].sure is Sure.LIKELY
    assert columns["Spalte A"].reason == "2 of 2 are e-mail addresses"


def test_phones_of_another_country_are_told_by_the_name_of_their_column_and_not_by_themselves() -> None:
    rows = [["030/1234567", "030/1234567"], ["089 987654", "089 987654"]]
    columns = by_key(propose("x", ["Telefon", "Spalte"], rows))
    assert (columns["Telefon"].target, columns["Spalte"].target) == ("phone", "")
    assert by_key(propose("x", ["a", "Spalte"], rows, region="DE"))["Spalte"].target == ""  # two columns look alike
    assert by_key(propose("x", ["Spalte"], [row[:1] for row in rows], region="DE"))["Spalte"].target == "phone"


def test_no_column_of_the_table_is_proposed_twice() -> None:
    header = ["E-Mail", "E-Mail 2", "E-Mail 3", "Other Emails", "Weitere E-Mails", "Phone", "Phone 2", "Other Phone"]
    found = propose("x", header, [])
    proposed = [column.target for column in found.columns if column.target]
    assert len(proposed) == len(set(proposed))
    assert found.open_points == []
    assert {"email", "email_2", "email_3", "phone", "phone_2"} <= set(proposed)


def test_an_id_is_told_by_its_form_only_where_no_other_system_has_that_form() -> None:
    rows = [["0035e00000abcdEAAQ", "a1b2c3d4e5f6a7b8c9d0"], ["0035e00000abcdFAAQ", "b1b2c3d4e5f6a7b8c9d0"]]
    columns = by_key(propose("x", ["Verweis", "Schlüssel"], rows))
    assert columns["Verweis"].target == "salesforce_contact_id"
    assert columns["Schlüssel"].target == ""


@pytest.mark.parametrize(
    ("header", "row", "key", "why"),
    [
        (["E-Mail", "x"], ["see below", "1"], "E-Mail", "but only 0 of 1 values are e-mail addresses"),
        (["Email", "Mail"], ["a@one.test", "b@one.test"], "Email", "so does the column 'Mail': say which"),
        (["E-Mail", "unsubscribed from all email"], ["a@one.test", "true"], "unsubscribed from all email", "consent"),
        (
            ["E-Mail", "Werbung erlaubt"],
            ["a@one.test", "yes"],
            "Werbung erlaubt",
            "if that is consent, say so yourself",
        ),
        (["E-Mail", "Lieblingsfarbe"], ["a@one.test", "rot"], "Lieblingsfarbe", "nothing here is called so"),
    ],
)
def test_what_is_doubtful_stays_without_a_proposal_and_says_why(
    header: list[str], row: list[str], key: str, why: str
) -> None:
    column = by_key(propose("x", header, [row]))[key]
    assert (column.target, column.sure) == ("", Sure.NO)
    assert why in column.reason


@pytest.mark.parametrize(
    ("header", "table"),
    [
        (["Betreff", "Datum", "Art", "Richtung", "E-Mail"], "other-activities"),
        (["Title", "Start", "Status", "Email"], "other-appointments"),
        (["Oportunidad", "Etapa", "Importe", "Correo electrónico"], "other-opportunities"),
        (["HubSpot ID", "Salesforce Contact Id", "E-mail", "Phone"], "contact-map"),
        (["Firma", "Webseite", "Ort"], "other-accounts"),
        (["Name", "E-Mail", "Lead Status"], "other-leads"),
        (["alpha", "beta"], "other-contacts"),
    ],
)
def test_the_kind_is_told_by_the_columns_and_says_by_which(header: list[str], table: str) -> None:
    found = propose("x", header, [])
    assert found.table.name == table
    assert found.why


def test_a_person_may_say_what_it_is() -> None:
    found = propose("x", ["Record Id", "Vorname", "Correo"], [["1", "Ann", "a@one.test"]], TABLES["hubspot-contacts"])
    assert found.targets == {"Record Id": "record_id", "Vorname": "first_name", "Correo": "email"}


def test_no_reason_and_no_comment_holds_a_value_of_the_file() -> None:
    header = ["E-Mail", "Telefon", "Notiz", "Geburtsdatum"]
    found = propose("x", header, [["secret@person.test", "+12125550199", "Iban", "31.12.1980"]])
    for hidden in ("secret", "2125550199", "Iban", "1980"):
        assert hidden not in found.as_toml()


def test_the_shown_fixture_is_proposed_as_its_map_says() -> None:
    found = propose_for(unknown(FIXTURES / "kontakte-2026.csv").source)
    wanted = parse_map((FIXTURES / "kontakte.map.toml").read_text("utf-8"), "m").columns
    # Words of two kinds stand in one cell there; a person says what they are.
    assert found.targets == wanted
    assert found.name == "kontakte"


def test_text_that_is_no_table_is_none(tmp_path: Path) -> None:
    for text in ("Dear Ann, thank you\nBob\n", "one\ntwo\n", "a,b\n", "a,b\n1,2,3\n"):
        path = tmp_path / "letter.csv"
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            open_sources(path)
        assert not isinstance(caught.value, UnknownTable)
