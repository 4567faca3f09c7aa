"""Every fixture of every system in one folder, and each by itself damaged: nothing is lost, nothing crashes."""

from __future__ import annotations

import csv
import io
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.formats import named, open_sources, records
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import FIXTURES, MAP_HEADER, PEOPLE, records_of

FILES = sorted(path for path in FIXTURES.rglob("*") if path.is_file())
TEXTS = [path for path in FILES if path.suffix in (".csv", ".xml")]
TABLES = [path for path in FILES if path.suffix == ".csv"]
CARRIERS = {
    "zapier": {"copper", "close", "pipedrive", "hubspot"},
    "request": {"request", "activity-feed", "unknown", "hubspot", "salesforce", "close", "ghl"},
}
"""Folder → the systems whose fields its files bring, where that is not its own name."""
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


def test_a_folder_of_all_fixtures_loads_in_one_command_and_every_record_of_every_file_is_counted(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    wanted: dict[str, int] = {}
    for path in FILES:
        put = bench.put(f"{path.parent.name}-{path.name}", path.read_bytes())
        wanted[put.name] = records_of(put)
    assert all(wanted.values())
    bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE))
    assert bench.load(tmp_path / "exports") == ()
    with bench.open() as review:
        found: dict[str, int] = {}
        systems: dict[str, set[str]] = {}
        for name, table, rows in review.store.connection.execute(
            "SELECT name, table_name, COUNT(*) FROM record JOIN source ON source.id = source_id GROUP BY source_id"
        ):
            file = name.partition("!")[0]
            found[file] = found.get(file, 0) + rows
            systems.setdefault(file, set()).add(table)
        counts = review.cases.counts()
    assert found == wanted
    assert counts.ledger + counts.conflicts + counts.errors == sum(wanted.values())


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_fixture_is_of_its_system(path: Path) -> None:
    systems = {source.table.system for source in open_sources(path).sources} - {"unknown"}
    assert systems <= CARRIERS.get(path.parent.name, {path.parent.name})


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
