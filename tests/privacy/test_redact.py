"""``redact``: same verdicts, same groups, nobody left; the book that makes it so."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crm_tui.classify.policy import parse_policy
from crm_tui.cli import run
from crm_tui.errors import InputError, TargetError
from crm_tui.identity.ids import normalise as normalise_id
from crm_tui.identity.keys import Keyring
from crm_tui.intake.formats import open_sources, records
from crm_tui.privacy.book import Book, default_book_path, open_book
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Column, Role
from tests.factory import ANN, SAMPLE, activity, appointment, change, csv_bytes

SAMPLES = sorted(path for path in SAMPLE.parent.iterdir() if (path / "contact-map.csv").is_file())
IDENTITY = ("email", "phone", "close_contact_id", "ghl_contact_id", "salesforce_contact_id", "hubspot_contact_id")

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    """The rows that can be read, as the program reads them."""
    (source,) = open_sources(path).sources
    return [dict(zip(source.header, one.cells, strict=True)) for one in records(source) if one.cells is not None]


def redacted(source: Path, out: Path, *more: str) -> Path:
    assert run(["redact", str(source), "-o", str(out), *more]) == 0
    return out


def judged(folder: Path, workspace: Path) -> list[tuple[object, ...]]:
    """Queue, rules, outcome and contact of every row, in order."""
    import sqlite3

    assert run(["load", str(folder), "-w", str(workspace)]) == 0
    with sqlite3.connect(workspace) as connection:
        found = connection.execute("SELECT queue, rule, fired, outcome, contact, repeat FROM record ORDER BY id")
        return list(found)


def identities(folder: Path) -> set[str]:
    """Every identity cell of the files, as written and trimmed."""
    cells = {row.get(name) or "" for path in folder.glob("*.csv") for row in rows_of(path) for name in IDENTITY}
    return {cell.strip() for cell in cells if cell.strip()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_redacted_sample_has_the_same_verdicts_and_the_same_groups(sample: Path, tmp_path: Path) -> None:
    copy = redacted(sample, tmp_path / "copy")
    assert judged(copy, tmp_path / "copy.crm") == judged(sample, tmp_path / "own.crm")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_nobody_of_a_sample_is_left_in_its_redacted_copy(sample: Path, tmp_path: Path) -> None:
    copy = redacted(sample, tmp_path / "copy")
    text = "".join(path.read_text() for path in copy.glob("*.csv"))
    cells = {cell for path in copy.glob("*.csv") for line in csv.reader(path.read_text().splitlines()) for cell in line}
    for one in identities(sample):
        assert one not in cells
        assert "@" not in one or one.lower() not in text.lower()
        assert not one.startswith(("+", "(")) or one not in text
    told = ("title", "summary", "FirstName", "LastName", "First Name", "Last Name", "MailingStreet", "Company Name")
    words = {row.get(name) or "" for path in sample.glob("*.csv") for row in rows_of(path) for name in told} - {""}
    assert words
    assert words & cells == set()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_phones_are_possible_numbers_in_area_code_555_and_one_for_each(sample: Path, tmp_path: Path) -> None:
    copy = redacted(sample, tmp_path / "copy")
    keyring = Keyring("US")
    column = Column("phone", Role.PHONE, "phone")
    pairs = set()
    for path in sample.glob("*.csv"):
        for before, after in zip(rows_of(path), rows_of(copy / path.name), strict=True):
            old = keyring.key(column, before.get("phone") or "").value
            new = keyring.key(column, after.get("phone") or "").value
            if new:
                assert phonenumbers.is_possible_number(phonenumbers.parse(new))
                assert new.startswith("+1555")
                pairs.add((old, new))
    assert pairs
    assert len({old for old, _ in pairs}) == len({new for _, new in pairs}) == len(pairs)


def test_the_same_person_has_the_same_pseudonym_in_files_redacted_one_by_one(tmp_path: Path) -> None:
    redacted(SAMPLE / "contact-map.csv", tmp_path / "map.csv")
    redacted(SAMPLE / "close-appointments.csv", tmp_path / "appointments.csv")
    known = {row["email"]: row["close_contact_id"] for row in rows_of(tmp_path / "map.csv")}
    first = rows_of(tmp_path / "appointments.csv")[0]
    assert known[first["email"]] == first["close_contact_id"]
    assert len(known) == 3


def test_another_book_gives_other_pseudonyms(tmp_path: Path) -> None:
    one = redacted(SAMPLE, tmp_path / "one", "--book", str(tmp_path / "one.json"))
    two = redacted(SAMPLE, tmp_path / "two", "--book", str(tmp_path / "two.json"))
    assert identities(one) & identities(two) == set()


def test_the_same_book_gives_the_same_files_again(tmp_path: Path) -> None:
    one, two = redacted(SAMPLE, tmp_path / "one"), redacted(SAMPLE, tmp_path / "two")
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in two.iterdir()
    }


def test_the_book_holds_nobody_and_is_private(tmp_path: Path) -> None:
    redacted(SAMPLE, tmp_path / "copy")
    book = default_book_path()
    text = book.read_text()
    assert not [one for one in identities(SAMPLE) if one in text]
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert stat.S_IMODE(book.parent.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "copy").iterdir())


def test_the_originals_stay_as_they_were_and_are_never_written_over(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    for path in SAMPLE.glob("*.csv"):
        (source / path.name).write_bytes(path.read_bytes())
    before = {path: path.read_bytes() for path in source.iterdir()}
    assert run(["redact", str(source), "-o", str(source)]) == 2
    assert run(["redact", str(source / "contact-map.csv"), "-o", str(source / "contact-map.csv")]) == 2
    redacted(source, tmp_path / "copy")
    assert {path: path.read_bytes() for path in source.iterdir()} == before


def test_nothing_is_written_when_one_file_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    assert run(["redact", str(SAMPLE), str(bad), "-o", str(tmp_path / "copy")]) == 2
    assert "bad.csv has the header of no table" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()
    assert not default_book_path().exists()


def test_unknown_columns_and_damaged_lines_lose_their_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [appointment("A-1") | {"Mother's name": "Zelda Zimmer"}, appointment("A-2") | {"Mother's name": ""}]
    path.write_bytes(csv_bytes(tuple(appointment()), rows) + b"only one cell with ann@one.test\n")
    redacted(path, tmp_path / "copy.csv")
    text = (tmp_path / "copy.csv").read_text()
    assert not any(word in text for word in ("Zelda", "Mother", "ann@one.test"))
    found = list(records(open_sources(tmp_path / "copy.csv").sources[0]))
    assert [record.cells is None for record in found] == [False, False, True]
    assert found[0].cells and found[0].cells[-1].startswith("redacted ")
    assert found[1].cells and found[1].cells[-1] == ""


@pytest.mark.parametrize(
    ("kept", "cell"),
    [
        (True, "APT-7001"),
        (True, "7001"),
        (False, "ann@one.test"),
        (False, "Ann Zimmer"),
        (False, "+1 212 555 0100"),
        (False, "2125550100"),
    ],
)
def test_an_event_id_stays_unless_it_may_name_somebody(tmp_path: Path, kept: bool, cell: str) -> None:
    (tmp_path / "a.csv").write_bytes(csv_bytes(tuple(appointment()), [appointment(cell)]))
    redacted(tmp_path / "a.csv", tmp_path / "copy.csv")
    assert (rows_of(tmp_path / "copy.csv")[0]["appointment_id"] == cell) is kept


@pytest.mark.parametrize("claim", ["append note for Zelda", "Zelda says delete", "upsellPayment Zelda", "hold, Zelda"])
def test_a_claim_keeps_its_meaning_and_loses_its_words(tmp_path: Path, claim: str) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "contact-map.csv").write_bytes(csv_bytes(tuple(ANN), [ANN]))
    (source / "x.csv").write_bytes(csv_bytes(tuple(activity()), [activity(desired_ghl_action=claim)]))
    copy = redacted(source, tmp_path / "copy")
    assert "Zelda" not in (copy / "activity-events.csv").read_text()
    assert judged(copy, tmp_path / "copy.crm") == judged(source, tmp_path / "own.crm")


def test_a_value_keeps_matching_the_map(tmp_path: Path) -> None:
    """A change to the value that the map has is *no write*, also when it is spelled otherwise and redacted."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "contact-map.csv").write_bytes(csv_bytes(tuple(ANN), [ANN]))
    values = ("(555) 010-0001", "+1 555.010.0001", "+15550100001", "+15550100001 ext 4")
    changes = [change(f"C-{at}", field="phone", new_value=value) for at, value in enumerate(values)]
    (source / "c.csv").write_bytes(csv_bytes(tuple(change()), changes))
    copy = redacted(source, tmp_path / "copy")
    found = judged(copy, tmp_path / "copy.crm")
    assert [row[1] for row in found] == ["no_write", "no_write", "no_write", "accepted"]
    assert found == judged(source, tmp_path / "own.crm")
    assert len({row["new_value"] for row in rows_of(copy / "ghl-contact-changes.csv")}) == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"not json", b'{"schema":"crm-tui/redaction-book/v1","key":"00","given":{}}', b"[" * 100_000],
)
def test_a_file_that_is_no_book_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no redaction book"), open_book(path):
        pass
    assert path.read_bytes() == content


def test_a_book_that_gave_two_texts_one_pseudonym_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    with open_book(path) as book:
        book.phone("+12125550100")
        book.phone("+12125550101")
    content = json.loads(path.read_bytes())
    content["given"] = dict.fromkeys(content["given"], "5550000000")
    path.write_text(json.dumps(content))
    with pytest.raises(InputError), open_book(path):
        pass


def test_a_book_in_use_is_not_used_twice(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    with open_book(path), pytest.raises(TargetError, match="another crm-tui"), open_book(path):
        pass


def test_no_two_numbers_are_given_the_same_line() -> None:
    """A keyed hash alone would give some pair of 20,000 numbers the same line nearly for certain."""
    book = Book(b"k" * 32)
    assert len({book.phone(f"+1212{number:07}") for number in range(20_000)}) == 20_000


ids = st.one_of(
    *(st.from_regex(system.id_pattern, fullmatch=True) for system in SYSTEMS.values() if system.id_pattern is not None),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    st.sampled_from(["4.15556E+10", "501.0", "n/a", "-", "CLOSE-9", "close-9", "zelda_zimmer"]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for name, one in SYSTEMS.items() if one.id_pattern]), st.lists(ids, min_size=2, max_size=6)
)
def test_ids_keep_their_form_and_stay_apart(name: str, found: list[str]) -> None:
    pseudonyms = Pseudonyms(Book(b"k" * 32), parse_policy())
    system = SYSTEMS[name]
    new: dict[str, str] = {}
    for text in {one.strip() for one in found} - {""}:
        value = normalise_id(text, system)[0]
        after = normalise_id(pseudonyms._id(name, text), system)[0]
        assert bool(after) is bool(value)
        if value:
            assert value != after
            for other in SYSTEMS.values():
                if other.id_pattern:
                    assert bool(other.id_pattern.fullmatch(value)) is bool(other.id_pattern.fullmatch(after))
            new[value] = after
    assert len(set(new.values())) == len(new)


def test_a_workbook_becomes_tables_whose_columns_are_still_known(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    # ``hs_object_id`` is another spelling of a declared column, ``Mood`` is of none.
    sheet.append(["hs_object_id", "firstname", "lastname", "email", "Mood"])
    sheet.append(["101", "Ann", "Archer", "ann@one.test", "cheerful"])
    book.save(tmp_path / "export.xlsx")
    copy = redacted(tmp_path / "export.xlsx", tmp_path / "copy.csv")
    (source,) = open_sources(copy).sources
    assert (source.table.name, source.header[-1]) == ("hubspot-contacts", "redacted_5")
    told = copy.read_text()
    assert not [word for word in ("ann@one.test", "Archer", "cheerful", "Mood") if word in told]
