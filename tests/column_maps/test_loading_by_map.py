"""Files that a column map says how to read: nothing is read unconfirmed, nothing is lost, and the map is kept."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from crm_tui.cli import run
from crm_tui.intake.column_map import ColumnMap, column_of, faults, header_keys, parse_map, read_map, targets, written
from crm_tui.intake.proposal import propose
from crm_tui.model import Outcome
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.ingest import LoadReport
from crm_tui.workspace.load import load, open_all
from crm_tui.workspace.simulation import simulate
from crm_tui.workspace.store import Store
from tests.factory import SAMPLE

FIXTURES = Path(__file__).parent / "fixtures"
FILES = sorted(FIXTURES.glob("*.csv"))
CONTACTS = FIXTURES / "kontakte-2026.csv"


def map_of(name: str) -> ColumnMap:
    return read_map(FIXTURES / f"{name}.map.toml")


MAPS = [read_map(path) for path in sorted(FIXTURES.glob("*.map.toml"))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acme.crm"


@pytest.fixture
def loaded(path: Path) -> Path:
    """The sample, and every unknown table by its map."""
    report = load(path, [SAMPLE, *FILES], maps=MAPS)
    assert report.problems == ()
    return path


def rows_of(cases: Cases, source: str) -> Iterator[tuple[str, str, Outcome]]:
    for record_id in cases.ids():
        case = cases.case(record_id)
        if case.source == source:
            yield case.event_id, case.verdict.rule, case.verdict.outcome


def test_without_a_map_the_table_is_named_and_nothing_of_it_is_loaded(path: Path) -> None:
    report = load(path, [SAMPLE, CONTACTS])
    assert [one.source.name for one in report.unknown] == ["kontakte-2026.csv"]
    assert "has the header of no table that is known here" in report.problems[0]
    with Store.open(path, write=False) as store:
        assert Cases(store).counts().rows == 13


def test_by_their_maps_all_are_judged_and_no_row_is_lost(loaded: Path) -> None:
    with Store.open(loaded, write=False) as store:
        cases = Cases(store)
        assert list(rows_of(cases, "kontakte-2026.csv")) == [
            ("1001", "no_write", Outcome.NO_WRITE),
            ("1002", "no_write", Outcome.NO_WRITE),
            ("1003", "unmapped", Outcome.CONFLICT),
            ("1004", "missing_identity", Outcome.ERROR),
        ]
        assert [one[1] for one in rows_of(cases, "termine.csv")] == ["accepted", "bad_value"]
        assert [one[1] for one in rows_of(cases, "llamadas.csv")] == ["accepted"]
        assert [one[1] for one in rows_of(cases, "firmen.csv")] == ["reference_only"]
        per_source = {source.name: source.rows for source in cases.sources.values() if source.judged}
        assert sum(per_source.values()) == cases.counts().rows


def test_a_mapped_time_amount_and_list_are_read_as_their_fields(loaded: Path) -> None:
    with Store.open(loaded, write=False) as store:
        cases = Cases(store)
        said = {
            cases.case(record_id).event_id or cases.case(record_id).source: cases.facts(record_id).event.values
            for record_id in cases.ids()
        }
    assert said["1001"]["tags"] == "Kunde; Messe"
    assert said["1001"]["birthday"] == "1980-12-31"
    assert said["1002"]["other_emails"] == "nils@northstar.test"
    assert said["oportunidades.csv"]["amount"] == "1500.5"


def test_the_map_is_kept_named_in_the_journal_and_used_again(path: Path, tmp_path: Path) -> None:
    used = map_of("kontakte")
    load(path, [SAMPLE, CONTACTS], maps=[used])
    later = tmp_path / "kontakte-later.csv"
    later.write_text(CONTACTS.read_text("utf-8").replace("Berlin", "Potsdam"), encoding="utf-8")
    again = load(path, [later])
    assert (again.loaded, again.problems) == (("kontakte-later.csv",), ())
    with Store.open(path, write=False) as store:
        cases = Cases(store)
        # The later file takes the place of the earlier one's rows: no id stands there twice.
        assert (cases.counts().rows, again.missing) == (17, 0)
        assert [source.map_name for source in cases.sources.values() if source.names] == ["Kontakte"] * 2
        entries = journal.entries(store.connection)
    assert [entry.body["sha256"] for entry in entries if entry.kind == "map"] == [used.sha256]
    loads = [entry.body for entry in entries if entry.kind == "import"]
    assert [[pair[1] for pair in body["maps"]] for body in loads] == [[used.sha256], [used.sha256]]


def test_the_same_file_again_changes_nothing_and_another_map_reads_it_anew(loaded: Path) -> None:
    assert load(loaded, [CONTACTS], maps=[map_of("kontakte")]).unchanged == ("kontakte-2026.csv",)
    other = map_of("kontakte").text.replace('Ort = "city"', 'Ort = ""')
    assert load(loaded, [CONTACTS], maps=[parse_map(other, "m.toml")]).loaded == ("kontakte-2026.csv",)


def test_two_unknown_tables_with_the_same_ids_stay_apart(path: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        text = f"Nr,{name},Mail\n1,x,{name}@harborlight.test\n"
        (tmp_path / f"{name}.csv").write_text(text)
        columns = {"Nr": ("record_id", ""), name: ("", ""), "Mail": ("email", "")}
        report = load(
            path,
            [SAMPLE, tmp_path / f"{name}.csv"],
            maps=[parse_map(written(name, "other-contacts", columns), "m")],
        )
        assert report.problems == ()
    with Store.open(path, write=False) as store:
        cases = Cases(store)
        assert [rule for name in ("one", "two") for _, rule, _ in rows_of(cases, f"{name}.csv")] == ["unmapped"] * 2
        assert store.connection.execute("SELECT COUNT(*) FROM record WHERE NOT latest").fetchone() == (0,)


def test_a_map_goes_before_what_the_header_looks_like(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes((SAMPLE / "activity-events.csv").read_bytes())
    columns = dict.fromkeys(file.read_text("utf-8").splitlines()[0].split(","), ("", ""))
    columns |= {"email": ("email", ""), "occurred_at": ("starts_at", "")}
    load(path, [SAMPLE / "contact-map.csv", file], maps=[parse_map(written("c", "other-activities", columns), "m")])
    with Store.open(path, write=False) as store:
        cases = Cases(store)
        (source,) = [one for one in cases.sources.values() if one.judged]
        assert source.table_name == "other-activities"
        # A column that was left out is no key, whatever it is called.
        assert {key.kind for number in cases.ids() for key in cases.facts(number).event.keys} == {"email"}


def test_a_contact_map_in_other_words_joins_the_systems(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "zuordnung.csv"
    file.write_text("Close-Nr,GHL-Nr,Mailadresse,Telefon\nCLOSE-101,GHL-501,owner@harborlight.test,+15550101010\n")
    found = propose("zuordnung", ["Close-Nr", "GHL-Nr", "Mailadresse", "Telefon"], [])
    report = load(path, [SAMPLE / "close-appointments.csv", file], maps=[parse_map(found.as_toml(), "m.toml")])
    assert report.problems == ()
    with Store.open(path, write=False) as store:
        assert [contact.label for contact in Cases(store).contacts] == ["CLOSE-101 · GHL-501"]


def test_a_map_that_fits_no_file_says_what_keeps_it(path: Path) -> None:
    short = map_of("kontakte").text.replace('Ort = "city"\n', "")
    report = load(path, [SAMPLE, CONTACTS], maps=[parse_map(short, "m.toml")])
    assert report.problems[-1] == (
        "the column map Kontakte does not fit kontakte-2026.csv: only one of the two has Ort."
    )
    report = load(path, [SAMPLE], maps=[map_of("kontakte")])
    assert "fits no file of this load" in report.problems[-1]


def test_a_simulation_and_a_handoff_know_the_map(
    loaded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(loaded) as store:
        cases = Cases(store)
        assert simulate(cases).after.rows == cases.counts().rows
    out = tmp_path / "a.handoff.zip"
    assert run(["handoff", "-w", str(loaded), "-o", str(out), "--reviewer", "Dana"]) == 0
    with zipfile.ZipFile(out) as bundle:
        kept = [json.loads(line) for line in bundle.read("rows.jsonl").splitlines()]
    assert {row["table"] for row in kept} >= {one.table for one in MAPS}
    capsys.readouterr()
    assert run(["key", "show"]) == 0
    signers = tmp_path / "signers"
    signers.write_text(capsys.readouterr().out)
    assert run(["verify", str(out), "--signers", str(signers), "--no-receipt"]) == 0


def test_a_purge_takes_the_map_and_its_name(loaded: Path) -> None:
    assert run(["purge", "-w", str(loaded), "--now"]) == 0
    assert b"Kontakte" not in loaded.read_bytes()
    with Store.open(loaded, write=False) as store:
        assert Cases(store).counts().rows > 0


# -- the command line


def test_a_proposal_is_written_looked_through_and_loaded(
    tmp_path: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m.toml"
    assert run(["systems", "--propose", str(CONTACTS), "-o", str(out)]) == 0
    assert "12 of 14 columns proposed as other-contacts" in capsys.readouterr().err
    assert run(["systems", "--propose", str(CONTACTS), "-o", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert run(["load", str(SAMPLE), str(CONTACTS), "-w", str(path)]) == 2
    assert "crm-tui systems --propose FILE" in capsys.readouterr().err
    assert run(["load", str(CONTACTS), "-w", str(path), "--map", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["sources"][-1]["system"]) == (17, "other")


def test_what_a_map_may_name_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["systems", "--tables"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in targets())
    assert run(["systems", "--tables", "other-appointments"]) == 0
    assert "start_at" in capsys.readouterr().out
    assert run(["systems", "--tables", "nothing"]) == 2
    assert run(["systems", "--propose", str(SAMPLE / "activity-events.csv")]) == 2
    assert "needs no column map, it is read as activity-events" in capsys.readouterr().err
    assert run(["systems", "--propose", str(SAMPLE / "activity-events.csv"), "--as", "other-activities"]) == 0


# -- whatever is confirmed, nothing is lost

_CELLS = st.one_of(
    st.sampled_from(["", "ann@one.test", "+1 212 555 0101", "2026-05-01", "31.12.1980", "yes", "CLOSE-101", "1"]),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12),
)
_NAMES = st.one_of(
    st.sampled_from(["E-Mail", "Vorname", "Telefon", "Datum", "Status", "Betreff", "Firma", "Close ID", "id", ""]),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    width = draw(st.integers(2, 6))
    header = draw(st.lists(_NAMES, min_size=width, max_size=width).filter(lambda cells: any(map(str.strip, cells))))
    rows = draw(
        st.lists(
            st.lists(_CELLS, min_size=width, max_size=width).filter(lambda cells: any(map(str.strip, cells))),
            min_size=1,
            max_size=4,
        )
    )
    return header, rows


@settings(max_examples=30, deadline=None)
@given(tables(), st.data())
def test_whatever_is_proposed_or_chosen_every_row_is_judged_once(
    table: tuple[list[str], list[list[str]]], data: st.DataObject
) -> None:
    header, rows = table
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    with tempfile.TemporaryDirectory() as name:
        file, path = Path(name) / "strange.csv", Path(name) / "w.crm"
        file.write_text(text.getvalue(), encoding="utf-8", newline="")
        found = open_all([file])
        if not found.unknown:
            return
        source = found.unknown[0].source
        assert source.header == tuple(header)
        proposal = propose("strange", header, rows)
        chosen = proposal.targets | data.draw(choices(header, proposal.table.name))
        # Each column of the table once, and its required ones from wherever: any of that may be confirmed.
        taken = {column.name: key for key, word in chosen.items() if (column := column_of(proposal.table, word))}
        free = [key for key in header_keys(header) if key not in taken.values()]
        for name in (*proposal.table.header, "email"):
            if name in proposal.table.by_name and name not in taken and free:
                taken[name] = free.pop()
        columns = dict.fromkeys(header_keys(header), ("", "")) | {key: (name, "") for name, key in taken.items()}
        if faults(proposal.table.name, {key: word for key, (word, _) in columns.items()}):
            return
        confirmed = parse_map(written("strange", proposal.table.name, columns), "m")
        event("loaded")
        report = load(path, [SAMPLE / "contact-map.csv", file], maps=[confirmed])
        assert report.problems == ()
        _is_whole(path, report, len(rows))


def choices(header: list[str], table: str) -> st.SearchStrategy[dict[str, str]]:
    names = list(targets()[table].by_name)
    return st.dictionaries(st.sampled_from(header_keys(header)), st.sampled_from(["", *names]), max_size=3)


def _is_whole(path: Path, report: LoadReport, rows: int) -> None:
    with Store.open(path) as store:
        cases = Cases(store)
        integrity.check(store)
        assert "strange.csv" in report.loaded
        (source,) = [one for one in cases.sources.values() if one.name == "strange.csv"]
        kept = "record" if source.judged else "reference"
        (number,) = store.connection.execute(
            f"SELECT COUNT(*) FROM {kept} WHERE source_id = ?", (source.id,)
        ).fetchone()
        assert number == source.rows == rows
        assert cases.counts().rows == (source.rows if source.judged else 0)
