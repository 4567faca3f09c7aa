"""A minimised load: where the policy says so, the text in columns that nothing here reads is never kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from crm_tui.cli import run
from crm_tui.handoff.seal import seal
from tests.factory import APPOINTMENT_HEADER, MAP, Bench, appointment, csv_bytes, map_bytes, signer

MAPPED = 'keep_columns = "mapped"\n'
SECRETS = ("Diary of Ann", "078-05-1120", 'a "quoted"; text\nof two lines')
ROWS = [
    appointment(f"APT-{number}", close_contact_id=f"CLOSE-{1 + number % 2}", Diary=secret, **{"": secret})
    for number, secret in enumerate(SECRETS)
]
CONTACTS = [{**row, "Birth name": SECRETS[0]} for row in MAP]


def loaded(folder: Path, policy: str | None, *, delimiter: str = ",", encoding: str = "utf-8") -> Bench:
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder)
    data = csv_bytes(APPOINTMENT_HEADER, ROWS)
    if delimiter != ",":
        data = data.replace(b"; ", b": ").replace(b",", delimiter.encode())
    files = [bench.put("contact-map.csv", map_bytes(*CONTACTS)), bench.put("a.csv", data.decode().encode(encoding))]
    assert bench.load(*files, policy=policy) == ()
    return bench


def left(bench: Bench) -> list[str]:
    """The secrets that stand in the workspace's file."""
    with bench.open() as review:
        review.store.scrub()
    data = bench.workspace.read_bytes()
    parts = ("Diary of Ann", "078-05-1120", "quoted", "of two lines")
    return [part for part in parts if any(part.encode(code) in data for code in ("utf-8", "utf-16-le"))]


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16")])
def test_what_is_in_columns_that_nothing_reads_is_not_in_the_file_and_the_verdicts_are_the_same(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    whole = loaded(tmp_path / "whole", None, delimiter=delimiter, encoding=encoding)
    short = loaded(tmp_path / "short", MAPPED, delimiter=delimiter, encoding=encoding)
    assert len(left(whole)) == 4 and left(short) == []
    with whole.open() as one, short.open() as other:
        assert one.fired() == other.fired() and len(one.fired()) == 3
        for name in one.fired():
            assert one.case(name).options == other.case(name).options
        kept = other.cases.facts(other.id("APT-0")).event.cells
        assert (kept["+Diary"], kept["title"]) == ("", "Call")
        notes = [note for source in other.cases.sources.values() for note in source.notes]
    assert "1 column not kept, as the policy says: Birth name" in notes
    assert "2 columns not kept, as the policy says: Diary and #9" in notes


def test_a_column_that_the_policy_names_is_kept(tmp_path: Path) -> None:
    bench = loaded(tmp_path, MAPPED + '[own_fields.close]\nDiary = "diary"\n')
    assert "Diary of Ann" in left(bench)
    with bench.open() as review:
        assert review.cases.facts(review.id("APT-0")).event.cells["+Diary"] == SECRETS[0]


def test_a_sheet_is_minimised_too(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append([*APPOINTMENT_HEADER, "Diary"])
    book.active.append([*appointment().values(), SECRETS[0]])
    (tmp_path / "exports").mkdir()
    book.save(tmp_path / "exports" / "a.xlsx")
    bench = Bench(tmp_path)
    assert (
        bench.load(bench.put("contact-map.csv", map_bytes()), bench.folder / "exports" / "a.xlsx", policy=MAPPED) == ()
    )
    assert left(bench) == []
    with bench.open() as review:
        assert review.fired()["APT-1"][0] == "accepted"


def test_what_is_not_kept_is_told_at_the_load_and_goes_into_no_handoff(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    exports = [bench.put("contact-map.csv", map_bytes()), bench.put("a.csv", csv_bytes(APPOINTMENT_HEADER, ROWS))]
    policy = bench.put("policy.toml", MAPPED.encode())
    assert run(["load", *map(str, exports), "-w", str(bench.workspace), "--policy", str(policy)]) == 0
    told = capsys.readouterr()
    assert "2 columns not kept, as the policy says: Diary and #9" in told.out + told.err
    with bench.open() as review:
        seal(review.cases, tmp_path / "h.zip", signer(tmp_path), "Rita")
    data = (tmp_path / "h.zip").read_bytes()
    assert not any(secret.encode() in data for secret in SECRETS[:2])


def test_the_same_file_again_changes_nothing_and_a_damaged_line_is_kept_whole(tmp_path: Path) -> None:
    bench = loaded(tmp_path, MAPPED)
    with bench.open() as review:
        before = review.store.connection.execute("SELECT raw FROM record ORDER BY id").fetchall()
    assert bench.load(bench.folder / "exports" / "a.csv", policy=MAPPED) == ()
    bench.load(bench.put("b.csv", csv_bytes(APPOINTMENT_HEADER, []).rstrip() + b",Diary\nAPT-9,x,Diary of Ann\n"))
    with bench.open() as review:
        rows = review.store.connection.execute("SELECT raw, problem FROM record ORDER BY id").fetchall()
    assert [(raw,) for raw, problem in rows if not problem] == before
    assert [raw for raw, problem in rows if problem] == [b"APT-9,x,Diary of Ann\n"]
