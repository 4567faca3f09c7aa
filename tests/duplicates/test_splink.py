"""The scan on Splink: what goes out runs there as it is, and what comes back is suggested like our own."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from portal import ENTERED
from test_duplicate_scan import hubspot
from test_groups import contacts, group

from crm_tui.cli import run
from crm_tui.model import Queue
from crm_tui.workspace.duplicates import scan
from tests.factory import Bench

ANN, BEA = ("1", "Ann", "Lee", "ann@one.test", "", "One"), ("2", "Bea", "Day", "bea@two.test", "", "Two")
HEADER = "match_weight,match_probability,unique_id_l,unique_id_r\n"


@pytest.fixture
def strangers(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    contacts(bench, ANN, BEA)
    return bench


def pairs_file(bench: Bench, probability: str, *ids: str) -> Path:
    path = bench.folder / "pairs.csv"
    path.write_text(f"{HEADER}9.9,{probability},{ids[0]},{ids[1]}\n", encoding="utf-8")
    return path


def row_ids(bench: Bench) -> list[str]:
    with bench.open() as review:
        return [review.cases.case(number).row_id for number in review.cases.ids()]


def test_pairs_come_back_as_suggestions_and_stay_over_loads(strangers: Bench) -> None:
    path = pairs_file(strangers, "0.97", *row_ids(strangers))
    assert run(["duplicates", "-w", str(strangers.workspace), "--import-pairs", str(path)]) == 0
    with strangers.open() as review:
        assert "97.0% probable" in review.cases.case(group(review)).issue
    contacts(strangers, ANN, (*BEA[:5], "Two Ltd"), name="later.csv")
    with strangers.open() as review:
        assert len(review.cases.ids(Queue.DUPLICATE)) == 1
        review.decisions.reject(group(review), "")
    assert run(["duplicates", "-w", str(strangers.workspace), "--import-pairs", str(path)]) == 0
    with strangers.open() as review:
        assert review.cases.counts().duplicates_left == 0


def test_improbable_pairs_and_unknown_rows_suggest_nothing(
    strangers: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (pairs_file(strangers, "0.5", *row_ids(strangers)), pairs_file(strangers, "0.99", "x", "y")):
        assert run(["duplicates", "-w", str(strangers.workspace), "--import-pairs", str(path)]) == 0
    assert "1 pair of rows that are not here" in capsys.readouterr().err
    with strangers.open() as review:
        assert review.cases.counts().duplicates == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "has not the columns"),
        (f"{HEADER}1,often,a,b\n", "line 2: match_probability is no number"),
        (f"{HEADER}1,nan,a,b\n", "line 2: match_probability is no number"),
    ],
)
def test_a_file_that_is_no_list_of_pairs_is_refused_with_its_line(
    strangers: Bench, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    path = strangers.folder / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    assert run(["duplicates", "-w", str(strangers.workspace), "--import-pairs", str(path)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_place_of_a_list_of_pairs_holds_nobody(
    strangers: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = strangers.folder / "pipe.csv"
    os.mkfifo(path)
    assert run(["duplicates", "-w", str(strangers.workspace), "--import-pairs", str(path)]) == 2
    assert "is a pipe" in capsys.readouterr().err


def test_what_goes_out_are_the_compared_values_and_settings_for_both_backends(
    tmp_path: Path, loaded_portal: Bench
) -> None:
    assert run(["duplicates", "-w", str(loaded_portal.workspace), "--export-splink", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    kinds = ("hubspot-contact", "hubspot-account")
    assert names == {
        f"{one}{end}" for one in kinds for end in (".csv", "-settings-duckdb.json", "-settings-spark.json")
    }
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "hubspot-contact.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 181 and rows[0]["unique_id"].startswith("row-")
    assert all(row["phone"] == "" or row["phone"].startswith("+1") for row in rows)
    settings = json.loads((tmp_path / "out" / "hubspot-contact-settings-spark.json").read_text(encoding="utf-8"))
    assert "jaro_winkler(first_name_l" in settings["comparisons"][0]["comparison_levels"][2]["sql_condition"]


def test_splink_finds_the_duplicates_with_these_settings(bench: Bench) -> None:
    splink = pytest.importorskip("splink", reason="Splink is not installed (extra `benchmarks`)")
    import pandas as pd

    out = bench.folder / "out"
    assert run(["duplicates", "-w", str(bench.workspace), "--export-splink", str(out)]) == 0
    frame = pd.read_csv(out / "hubspot-contact.csv", dtype=str)
    frame = frame.astype(object).where(frame.notna(), None)
    linker = splink.Linker(frame, str(out / "hubspot-contact-settings-duckdb.json"), splink.DuckDBAPI())
    linker.training.estimate_probability_two_random_records_match(
        ["l.email = r.email", "l.phone = r.phone"], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5, seed=1)
    for rule in ("l.phone = r.phone", "l.last_name = r.last_name"):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    linker.inference.predict(threshold_match_probability=0.9).as_pandas_dataframe().to_csv(
        out / "pairs.csv", index=False
    )
    assert run(["duplicates", "-w", str(bench.workspace), "--import-pairs", str(out / "pairs.csv")]) == 0
    with bench.open() as review:
        name = {record: review.cases.case(record).event_id for record in review.cases.ids()}
        found = {
            tuple(sorted((name[one.first], name[one.second])))
            for population in scan(review.cases)
            if population.population.kind == "contact"
            for one in population.cluster.matches
        }
    assert found >= ENTERED.same_contacts
    assert len(found - ENTERED.same_contacts) <= 2


def test_a_workspace_without_records_has_nothing_to_send(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(tmp_path)
    assert bench.load(bench.put("one.csv", hubspot(ANN))) == ()
    assert run(["duplicates", "-w", str(bench.workspace), "--export-splink", str(tmp_path / "out")]) == 0
    assert "no two records" in capsys.readouterr().out
