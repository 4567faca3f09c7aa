"""The same scan on Splink, for more records than one machine takes: its data and settings out, its pairs back.

Splink (https://moj-analytical-services.github.io/splink) runs on DuckDB and on Spark.  What it finds comes back as
suggestions like our own; a person decides on them.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_tui.errors import InputError
from crm_tui.files import private_folder, read_file, write_atomic
from crm_tui.identity.duplicates.scan import PROBABLE, Known, compared
from crm_tui.systems.declare import Kind
from crm_tui.text import safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.duplicates import Population, populations

if TYPE_CHECKING:
    from crm_tui.identity.duplicates.fellegi_sunter import FieldSpec

KEPT = "imported_pairs"
"""Where the workspace keeps the pairs that came back: JSON, lists of two row ids and a probability."""
_SIMILARITY = {"duckdb": "jaro_winkler_similarity", "spark": "jaro_winkler"}
"""Dialect of Splink → what it calls the Jaro–Winkler similarity there."""
_COLUMNS = ("unique_id_l", "unique_id_r", "match_probability")

_MAX_PAIRS = 256 << 20
"""Bytes of a file of pairs."""


class Scored(NamedTuple):
    """A pair that Splink has found."""

    first: str
    second: str
    """Row ids."""
    probability: float


def export(cases: Cases, folder: Path) -> list[str]:
    """Write a CSV file and the settings for each dialect per system and kind; give the names of the files."""
    private_folder(folder)
    written: list[str] = []
    for population in populations(cases):
        name = f"{population.system}-{population.kind.value}"
        files = {f"{name}.csv": _data(cases, population)}
        files |= {f"{name}-settings-{one}.json": _settings(population, one) for one in _SIMILARITY}
        for file, data in files.items():
            write_atomic(folder / file, data)
        written += files
    return written


def _data(cases: Cases, population: Population) -> bytes:
    """The fields as the scan compares them, in lower case; an empty cell is a value that is not known."""
    companies = population.kind is Kind.ACCOUNT
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    names = [field.name for field in _fields(population)[0]]
    writer.writerow(["unique_id", *names])
    row_ids = dict(cases.store.connection.execute("SELECT id, row_id FROM record"))
    for record in population.records:
        values = compared(record, companies=companies)
        writer.writerow([row_ids[record.number], *(values[name].lower() for name in names)])
    return stream.getvalue().encode()


def _fields(population: Population) -> tuple[Sequence[FieldSpec], Sequence[Sequence[tuple[str, int]]]]:
    from crm_tui.identity.duplicates.fellegi_sunter import COMPANY, COMPANY_KEYS, PERSON, PERSON_KEYS

    return (COMPANY, COMPANY_KEYS) if population.kind is Kind.ACCOUNT else (PERSON, PERSON_KEYS)


def _settings(population: Population, dialect: str) -> bytes:
    """Splink's settings: our comparisons and blocking keys; m and u are for it to estimate."""
    fields, keys = _fields(population)
    rules = [" and ".join(_equal(*part) for part in key) for key in keys]
    settings = {
        "link_type": "dedupe_only",
        "sql_dialect": dialect,
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule, "sql_dialect": dialect} for rule in rules],
        "comparisons": [_comparison(field, dialect) for field in fields],
        "retain_intermediate_calculation_columns": False,
    }
    return json.dumps(settings, indent=2).encode() + b"\n"


def _equal(name: str, length: int) -> str:
    if not length:
        return f"l.{name} = r.{name}"
    return f"substr(l.{name}, 1, {length}) = substr(r.{name}, 1, {length})"


def _comparison(field: FieldSpec, dialect: str) -> dict[str, Any]:
    one, two = f"{field.name}_l", f"{field.name}_r"
    levels: list[dict[str, Any]] = [
        {"sql_condition": f"{one} IS NULL OR {two} IS NULL", "label_for_charts": "not known", "is_null_level": True}
    ]
    for least in field.levels:
        alike = f"{_SIMILARITY[dialect]}({one}, {two}) >= {least}"
        level: dict[str, Any] = {"sql_condition": alike, "label_for_charts": f"similar from {least}"}
        if least == 1.0:
            level = {"sql_condition": f"{one} = {two}", "label_for_charts": "equal"}
            if field.by_frequency:
                level["tf_adjustment_column"] = field.name
        levels.append(level)
    levels.append({"sql_condition": "ELSE", "label_for_charts": "different"})
    return {"output_column_name": field.name, "comparison_levels": levels}


# -- and back


def read_pairs(path: Path) -> list[Scored]:
    """The pairs of a CSV file as Splink's ``predict`` gives them, from the probability on that suggests one.

    Raises ``InputError`` with the line that cannot be read.
    """
    try:
        text = read_file(path, _MAX_PAIRS).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{safe_text(str(path))} cannot be read as UTF-8 text; name a CSV file of pairs.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not set(_COLUMNS) <= set(reader.fieldnames or ()):
        raise InputError(f"{safe_text(path.name)} has not the columns {', '.join(_COLUMNS)}, as Splink writes them.")
    try:
        return [one for row in reader if (one := _scored(path, reader.line_num, row)).probability >= PROBABLE]
    except csv.Error as error:
        raise InputError(f"{safe_text(path.name)} cannot be read as CSV after line {reader.line_num}.") from error


def _scored(path: Path, line: int, row: Mapping[str, str | None]) -> Scored:
    first, second, text = (row[name] or "" for name in _COLUMNS)
    try:
        probability = float(text)
    except ValueError:
        probability = math.nan
    if not 0 <= probability <= 1:
        raise InputError(f"{safe_text(path.name)}, line {line}: match_probability is no number from 0 to 1.")
    return Scored(min(first, second), max(first, second), probability)


def take(cases: Cases, pairs: Iterable[Scored]) -> tuple[int, int]:
    """Keep pairs as suggestions, in place of those taken before: how many, and how many name rows that are not here.

    Call it inside a transaction.
    """
    known = {row[0] for row in cases.store.connection.execute("SELECT row_id FROM record")}
    given = list(pairs)
    here = [one for one in given if {one.first, one.second} <= known and one.first != one.second]
    cases.store.set_meta(KEPT, json.dumps([list(one) for one in here]))
    return len(here), len(given) - len(here)


def taken(cases: Cases, records: Iterable[Known]) -> Iterator[tuple[int, int, float]]:
    """The pairs taken back that are both among these records: two numbers and the probability."""
    kept = json.loads(cases.store.meta(KEPT, "[]"))
    if not kept:
        return
    wanted = {record.number for record in records}
    numbers = {name: number for number, name in cases.store.connection.execute("SELECT id, row_id FROM record")}
    for first, second, probability in kept:
        one, two = sorted((numbers.get(first, 0), numbers.get(second, 0)))
        if one in wanted and two in wanted:
            yield one, two, probability
