"""Every fixture of every system in one folder, and each by itself damaged: nothing is lost, nothing crashes."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.cli import run
from crm_tui.errors import InputError
from crm_tui.intake.formats import named, open_sources, records
from crm_tui.systems import SYSTEMS
from tests.intake.test_mbox import MAILS
from tests.systems.systems_support import ALL_FIXTURES, FIXTURES, MAPPED, Fixture, records_of
from tests.systems.test_damaged_payloads import PAYLOADS
from tests.systems.test_soap import MESSAGE, NASTY

FILES = [fixture.path for fixture in ALL_FIXTURES if fixture.folder != "other"]
TEXTS = [path for path in FILES if path.suffix in (".csv", ".xml")]
TABLES = [path for path in FILES if path.suffix == ".csv"]
MAPS = ("contact-map", "slice-map")
"""Kinds that are reference data and are not judged."""
_DAMAGE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=5)
_PLACE = re.compile(r" ?#[0-9]+$")
"""A name that stands there twice has its position after it."""
_JUNK = (
    "",
    "\0",
    '"',
    "\u202e",
    "=1+1",
    "4.15556E+10",
    "9" * 400,
    "\n",
    "null",
    "not-a-date",
    "ann@one.test",
    "\ufeff",
    "{",
)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_the_list_of_fixtures_names_every_file_and_no_other() -> None:
    there = {*FIXTURES.rglob("*.*"), *MAPPED.glob("*.csv")}
    assert {fixture.path for fixture in ALL_FIXTURES} == there


def test_every_system_has_three_fixtures_at_least_and_one_of_them_is_nasty() -> None:
    files = Counter(fixture.folder for fixture in ALL_FIXTURES)
    assert set(files) == {*SYSTEMS, "zapier"} - {"unknown"}
    assert {folder: count for folder, count in files.items() if count < 3} == {}
    assert set(files) == {fixture.folder for fixture in ALL_FIXTURES if fixture.nasty}


def test_a_folder_of_all_fixtures_loads_in_one_command_and_every_row_of_every_file_is_of_its_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    wanted: dict[str, Counter[tuple[str, str]]] = {}
    for fixture in ALL_FIXTURES:
        put = exports / fixture.name.replace("/", " ")
        put.write_bytes(fixture.path.read_bytes())
        rows = wanted.setdefault(put.name, Counter())
        for (_, system, kind), count in fixture.rows.items():
            rows[system, kind] += count
    maps = (part for path in sorted(MAPPED.glob("*.toml")) for part in ("--map", str(path)))
    assert run(["load", str(exports), "-w", str(tmp_path / "all.crm"), "--json", *maps]) == 0
    said = json.loads(capsys.readouterr().out)
    found: dict[str, Counter[tuple[str, str]]] = {}
    for source in said["sources"]:
        file = source["name"].partition("!")[0]
        found.setdefault(file, Counter())[source["system"], source["kind"]] += source["rows"]
        judged = 0 if source["kind"] in MAPS else source["rows"]
        assert source["ledger"] + source["conflicts"] + source["errors"] == judged, source["name"]
    assert found == wanted
    judged = sum(rows for counted in wanted.values() for (_, kind), rows in counted.items() if kind not in MAPS)
    assert said["rows"] == said["ledger"] + said["conflicts"] + said["errors"] == judged


@pytest.mark.parametrize("fixture", [one for one in ALL_FIXTURES if one.folder != "other"], ids=lambda one: one.name)
def test_every_byte_of_every_fixture_is_a_row_or_said_to_be_left_out(fixture: Fixture) -> None:
    assert records_of(fixture.path) == fixture.rows.total()


def test_every_fixture_is_cut_and_filled_with_junk_by_the_tests_of_its_format() -> None:
    assert set(FILES) == {*TEXTS, *PAYLOADS, *MAILS}
    assert set(TEXTS) == {*TABLES, MESSAGE, NASTY}


@pytest.mark.parametrize("path", TEXTS, ids=_name)
@_DAMAGE
@given(st.data())
def test_a_table_that_is_cut_anywhere_gives_every_byte_back(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    cut = tmp_path / f"cut{path.suffix}"
    cut.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        records_of(cut)
    except InputError as error:
        assert str(error).endswith(".")


def _rows(path: Path) -> tuple[list[list[str]], str]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return list(csv.reader(io.StringIO(content.decode(encoding), newline=""))), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError


def _written(rows: list[list[str]], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding, "replace")


@pytest.mark.parametrize("path", TABLES, ids=_name)
@_DAMAGE
@given(st.integers())
def test_the_order_of_columns_changes_no_cell(path: Path, tmp_path: Path, seed: int) -> None:
    rows, encoding = _rows(path)
    width = len(rows[0])
    if any(len(row) != width for row in rows if row) or len(set(rows[0])) < width:
        return
    order = list(range(width))
    random.Random(seed).shuffle(order)
    straight, shuffled = tmp_path / "straight.csv", tmp_path / "shuffled.csv"
    straight.write_bytes(_written(rows, encoding))
    shuffled.write_bytes(_written([[row[at] for at in order] if row else row for row in rows], encoding))
    assert _cells(shuffled) == _cells(straight)


def _cells(path: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    (source,) = open_sources(path).sources
    cells_of = named(source)
    return [
        (source.table.name, sorted((_PLACE.sub("", name), text) for name, text in cells_of(record.cells).items()))
        for record in records(source)
        if record.cells is not None
    ]


@pytest.mark.parametrize("path", TABLES, ids=_name)
@_DAMAGE
@given(st.data())
def test_junk_in_any_one_cell_loses_no_row_and_breaks_no_judgement(
    path: Path, tmp_path: Path, data: st.DataObject
) -> None:
    rows, encoding = _rows(path)
    row = data.draw(st.sampled_from([row for row in rows if row]))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from(_JUNK))
    damaged = tmp_path / "damaged.csv"
    damaged.write_bytes(_written(rows, encoding))
    try:
        records_of(damaged)
    except InputError as error:
        assert str(error).endswith(".")
