"""Loading: idempotent, independent of order, verbatim, conserving every row, and all or nothing."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import CrmTuiError, InputError, PolicyError
from crm_tui.workspace import integrity, journal, repeats
from crm_tui.workspace.load import load
from crm_tui.workspace.policies import read_policy
from crm_tui.workspace.store import Store
from tests.factory import (
    ANN,
    APPOINTMENT_HEADER,
    BOB,
    SAMPLE,
    Bench,
    activities_bytes,
    activity,
    appointment,
    appointments_bytes,
    change,
    changes_bytes,
    map_bytes,
)

SAMPLE_FILES = sorted(SAMPLE.glob("*.csv"))


def tables(bench: Bench) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of the workspace, row by row."""
    with Store.open(bench.workspace, write=False) as store:
        names = [row[0] for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(store.connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def verdicts(bench: Bench) -> dict[str, tuple[str, ...]]:
    """Row id → everything that was judged."""
    with Store.open(bench.workspace, write=False) as store:
        rows = store.connection.execute("SELECT row_id, event_id, queue, rule, fired, outcome, repeat FROM record")
        return {row[0]: row[1:] for row in rows}


def latest(bench: Bench) -> dict[str, bool]:
    with Store.open(bench.workspace, write=False) as store:
        return {name: bool(flag) for name, flag in store.connection.execute("SELECT event_id, latest FROM record")}


# The same again


def test_the_same_files_again_change_nothing(bench: Bench) -> None:
    bench.sample()
    before = tables(bench)
    report = load(bench.workspace, [SAMPLE], clock=bench.clock)
    assert (report.loaded, report.problems, len(report.unchanged)) == ((), (), 5)
    assert tables(bench) == before


def test_a_single_file_again_changes_nothing(bench: Bench) -> None:
    bench.sample()
    before = tables(bench)
    for path in SAMPLE_FILES:
        assert load(bench.workspace, [path], clock=bench.clock).loaded == ()
    assert tables(bench) == before


def test_a_copy_under_another_name_changes_nothing(bench: Bench) -> None:
    bench.sample()
    before = tables(bench)
    for path in SAMPLE_FILES:
        copy = bench.put(f"copy-of-{path.name}", path.read_bytes())
        assert load(bench.workspace, [copy, path], clock=bench.clock).loaded == ()
    assert tables(bench) == before


def test_copies_within_one_load_count_once(bench: Bench) -> None:
    copies = [bench.put(f"{number}-{path.name}", path.read_bytes()) for path in SAMPLE_FILES for number in (1, 2, 3)]
    bench.load(*copies)
    with bench.open() as review:
        counts = review.cases.counts()
    assert (counts.ledger, counts.conflicts, counts.errors) == (5, 5, 3)


def test_no_source_file_is_written_to(bench: Bench) -> None:
    paths = [bench.put(path.name, path.read_bytes()) for path in SAMPLE_FILES]
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths]
    bench.load(*paths)
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths] == before
    assert sorted(path.name for path in paths[0].parent.iterdir()) == [path.name for path in paths]


# Order and subsets


def test_any_order_of_the_files_of_one_load_gives_the_same_workspace(tmp_path: Path) -> None:
    seen = []
    for number, order in enumerate(itertools.islice(itertools.permutations(SAMPLE_FILES), 0, 120, 17)):
        bench = Bench(tmp_path / str(number))
        bench.folder.mkdir()
        bench.load(*order)
        content = tables(bench)
        seen.append({name: content[name] for name in ("source", "record", "reference", "left_out")})
    assert all(one == seen[0] for one in seen)


def test_any_order_of_single_loads_gives_the_same_verdicts_and_row_ids(tmp_path: Path) -> None:
    seen = []
    for number, order in enumerate(itertools.islice(itertools.permutations(SAMPLE_FILES), 0, 120, 13)):
        bench = Bench(tmp_path / str(number))
        bench.folder.mkdir()
        for path in order:
            bench.load(path)
        seen.append(verdicts(bench))
    assert len(seen[0]) == 13
    assert all(one == seen[0] for one in seen)


def test_a_subset_judges_its_rows_as_the_whole_does(tmp_path: Path) -> None:
    whole = Bench(tmp_path / "whole")
    whole.folder.mkdir()
    whole.sample()
    everything = verdicts(whole)
    contacts = SAMPLE / "contact-map.csv"
    for number, name in enumerate(("close-appointments.csv", "ghl-contact-changes.csv", "activity-events.csv")):
        bench = Bench(tmp_path / str(number))
        bench.folder.mkdir()
        bench.load(SAMPLE / name, contacts)
        part = verdicts(bench)
        assert part and part.items() <= everything.items()


def test_without_a_map_the_rows_have_the_same_row_ids(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.load(*(path for path in SAMPLE_FILES if path.name != "contact-map.csv"))
    before = verdicts(bench)
    assert Counter(row[2] for row in before.values()) == {
        "no_map": 10,
        "missing_identity": 2,
        "missing_required_field": 1,
    }
    bench.load(SAMPLE / "contact-map.csv")
    after = verdicts(bench)
    assert set(after) == set(before)
    assert Counter(row[1] for row in after.values()) == {"ledger": 5, "conflict": 5, "error": 3}


# A later load


def test_a_later_load_replaces_a_row_and_keeps_the_earlier_version(bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("B")])
    before = verdicts(bench)
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", status="whatever"), appointment("B"))))
    after = verdicts(bench)
    assert set(after) == set(before)
    assert sorted(row[2] for row in after.values()) == ["accepted", "bad_value"]
    with bench.open() as review:
        rows = review.store.connection.execute(
            "SELECT record_version.raw FROM record_version JOIN record ON record.id = record_id WHERE event_id = 'A'"
        ).fetchall()
        assert [b"scheduled" in raw for (raw,) in rows] == [True]
        assert b"whatever" in review.cases.raw(review.id("A"))


def test_rows_missing_from_a_later_load_stay_and_are_marked(bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("B")], activities=[activity("C")])
    bench.load(bench.put("next.csv", appointments_bytes(appointment("B", title="New"), appointment("D"))))
    assert latest(bench) == {"A": False, "B": True, "C": True, "D": True}
    with bench.open() as review:
        assert review.cases.counts().rows == 4
        assert [row.latest for row in review.cases.rows([review.id("A"), review.id("B")])] == [False, True]


def test_a_re_export_with_one_more_row_keeps_every_row_id(bench: Bench) -> None:
    rows = [appointment(f"APT-{number}") for number in range(5)]
    bench.events(appointments=rows)
    before = verdicts(bench)
    bench.load(bench.put("next.csv", appointments_bytes(appointment("NEW"), *rows)))
    after = verdicts(bench)
    assert before.items() <= after.items() and len(after) == 6


def test_rows_without_an_event_id_keep_their_row_id_by_their_cells(bench: Bench) -> None:
    bench.events(
        appointments=[appointment("", title="One"), appointment("", title="Two"), appointment("", title="One")]
    )
    before = set(verdicts(bench))
    assert len(before) == 3
    bench.load(bench.put("next.csv", appointments_bytes(appointment("", title="Two"), appointment("Z"))))
    assert before < set(verdicts(bench))
    assert sum(latest(bench).values()) >= 1


def test_going_back_to_an_earlier_file_is_a_load_again(bench: Bench) -> None:
    first = bench.put("a.csv", appointments_bytes(appointment("A", title="One")))
    second = bench.put("b.csv", appointments_bytes(appointment("A", title="Two")))
    bench.load(bench.put("map.csv", map_bytes()), first)
    bench.load(second)
    bench.load(first)
    with bench.open() as review:
        assert b"One" in review.cases.raw(review.id("A"))


def test_a_load_of_two_files_of_a_kind_where_one_has_changed_marks_no_row_of_the_other(bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes()))
    one = bench.put("one.csv", appointments_bytes(appointment("A")))
    two = bench.put("two.csv", appointments_bytes(appointment("B")))
    bench.load(one, two)
    assert latest(bench) == {"A": True, "B": True}
    one.write_bytes(appointments_bytes(appointment("A", title="Changed")))
    bench.load(one, two)
    assert latest(bench) == {"A": True, "B": True}


def test_a_load_of_two_files_of_a_kind_again_changes_nothing_also_after_one_has_changed(bench: Bench) -> None:
    bench.load(bench.put("map.csv", map_bytes()))
    one = bench.put("one.csv", appointments_bytes(appointment("A")))
    two = bench.put("two.csv", appointments_bytes(appointment("B")))
    bench.load(one, two)
    one.write_bytes(appointments_bytes(appointment("A", title="Changed")))
    bench.load(one, two)
    before = tables(bench)
    bench.load(one, two)
    assert tables(bench) == before


def test_a_load_of_two_maps_where_one_has_changed_keeps_the_contacts_of_the_other(bench: Bench) -> None:
    ann = bench.put("map-one.csv", map_bytes(ANN))
    bob = bench.put("map-two.csv", map_bytes(BOB))
    events = bench.put("a.csv", appointments_bytes(appointment("A")))
    bench.load(ann, bob, events)
    assert verdicts(bench).popitem()[1][2] == "accepted"
    bob.write_bytes(map_bytes(BOB | {"phone": ""}))
    bench.load(ann, bob, events)
    with bench.open() as review:
        assert len(review.cases.contacts) == 2
    assert verdicts(bench).popitem()[1][2] == "accepted"


def test_a_file_added_to_the_folder_is_judged_as_if_both_had_been_there_from_the_start(tmp_path: Path) -> None:
    """Rule 5 looks over the whole load: also over a file of it whose bytes were loaded before."""
    seen = []
    for number in (1, 2):
        bench = Bench(tmp_path / str(number))
        bench.folder.mkdir()
        bench.load(bench.put("map.csv", map_bytes()))
        one = bench.put("one.csv", appointments_bytes(appointment("A", title="One"), appointment("B")))
        two = bench.put("two.csv", appointments_bytes(appointment("A", title="Two"), appointment("C")))
        if number == 2:
            bench.load(one)
        bench.load(one, two)
        seen.append((verdicts(bench), latest(bench)))
    assert seen[0] == seen[1]


def test_a_changed_map_judges_every_row_again(bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("B", close_contact_id="CLOSE-2", email="bob@two.test")])
    bench.load(bench.put("map2.csv", map_bytes(ANN | {"email": "other@one.test"})))
    rules = {row[0]: row[2] for row in verdicts(bench).values()}
    assert rules == {"A": "email_unknown", "B": "unmapped"}


# Policy


def test_a_policy_change_judges_every_row_again(bench: Bench) -> None:
    bench.events(changes=[change("A"), change("B", field="owner")])
    bench.load(policy='[fields]\nprotected = ["lifecycle_stage"]\n')
    assert {row[0]: row[2] for row in verdicts(bench).values()} == {"A": "protected_field", "B": "accepted"}
    with bench.open() as review:
        kinds = [entry.kind for entry in journal.entries(review.store.connection)]
        assert kinds == ["open", "import", "policy", "import"], "the new counts stand in an entry of their own"


def test_the_same_policy_again_changes_nothing(bench: Bench) -> None:
    policy = '[fields]\nprotected = ["lifecycle_stage"]\n'
    bench.events(changes=[change("A")], policy=policy)
    before = tables(bench)
    bench.load(policy=policy)
    assert tables(bench) == before


def test_a_bad_policy_is_one_sentence_and_makes_no_workspace(bench: Bench) -> None:
    with pytest.raises(PolicyError):
        bench.load(SAMPLE, policy="[fields]\nprotcted = []\n")
    assert not bench.workspace.exists()
    with pytest.raises(InputError):
        read_policy(bench.folder)


# Decisions and evidence


def test_identical_evidence_keeps_the_decision(bench: Bench) -> None:
    bench.events(appointments=[appointment("A"), appointment("B")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    bench.load(bench.put("next.csv", appointments_bytes(appointment("NEW"), appointment("B"), appointment("A"))))
    with bench.open() as review:
        assert review.state("A") == "approved"
        integrity.check(review.store)


@pytest.mark.parametrize("choice", ["approve", "reject", "defer", "ask"])
def test_changed_evidence_opens_the_decision_again(bench: Bench, choice: str) -> None:
    bench.events(appointments=[appointment("A"), appointment("B")])
    with bench.open() as review:
        texts = () if choice in ("approve", "defer") else ("because",)
        getattr(review.decisions, choice)(review.id("A"), *texts)
        review.decisions.approve(review.id("B"))
    bench.load(
        bench.put("next.csv", appointments_bytes(appointment("A", start_at="2026-07-01T10:00:00Z"), appointment("B")))
    )
    with bench.open() as review:
        assert (review.state("A"), review.state("B")) == ("stale", "approved")
        assert review.cases.counts().left == 1
        integrity.check(review.store)


def test_a_changed_map_opens_the_decisions_that_rest_on_it(bench: Bench) -> None:
    bench.events(
        appointments=[appointment("A"), appointment("B", close_contact_id="CLOSE-2", email="bob@two.test")],
    )
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
        review.decisions.approve(review.id("B"))
    bench.load(bench.put("map2.csv", map_bytes(ANN | {"ghl_contact_id": "GHL-9"}, BOB)))
    with bench.open() as review:
        assert (review.state("A"), review.state("B")) == ("stale", "approved")


def test_a_changed_policy_opens_the_decisions_that_rest_on_it(bench: Bench) -> None:
    bench.events(changes=[change("A"), change("B", field="stage")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
        review.decisions.approve(review.id("B"))
    bench.load(policy='[fields]\nprotected = ["lifecycle_stage"]\n')
    with bench.open() as review:
        assert (review.state("A"), review.state("B")) == ("stale", "approved")


def test_evidence_that_comes_back_closes_the_decision_again(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", title="Other"))))
    bench.load(bench.put("again.csv", appointments_bytes(appointment("A"))))
    with bench.open() as review:
        assert review.state("A") == "approved"


# All or nothing


class Cancelled(Exception):
    pass


def test_a_cancelled_load_leaves_the_workspace_as_it_was(bench: Bench) -> None:
    bench.sample()
    before = tables(bench)

    def progress(*_: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        load(
            bench.workspace,
            [bench.put("a.csv", appointments_bytes(appointment("A"))), bench.put("map.csv", map_bytes())],
            progress=progress,
            clock=bench.clock,
        )
    assert tables(bench) == before
    with bench.open() as review:
        integrity.check(review.store)


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and not path.name.endswith(".lock")]


def test_a_cancelled_first_load_leaves_no_workspace_and_no_temporary_file(bench: Bench) -> None:
    seen: list[list[str]] = []

    def progress(*_: int) -> None:
        seen.append(leftovers(bench.folder))
        raise Cancelled

    with pytest.raises(Cancelled):
        load(bench.workspace, [SAMPLE], progress=progress, clock=bench.clock)
    assert seen and not any(name == bench.workspace.name for name in seen[0])
    assert leftovers(bench.folder) == []


def test_a_file_that_changes_while_it_is_read_is_not_loaded_in_part(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    before = tables(bench)
    rows = [appointment(f"APT-{number}") for number in range(3_000)]
    path = bench.put("big.csv", appointments_bytes(*rows))

    def progress(_read: int, _total: int, count: int) -> None:
        if count == 2_000:
            with path.open("ab") as stream:
                stream.write(b"APT-X,,,,,,\n")

    report = load(bench.workspace, [path], progress=progress, clock=bench.clock)
    assert len(report.problems) == 1 and "changed while it was read" in report.problems[0]
    assert not report.loaded
    assert tables(bench) == before


def test_an_unreadable_file_is_one_sentence_and_the_rest_is_loaded(bench: Bench) -> None:
    (bench.folder / "exports").mkdir()
    binary = bench.put("binary.csv", b"\0\1\2" * 100)
    unknown = bench.put("unknown.csv", b"a,b\n1,2\n")
    missing = bench.folder / "missing.csv"
    problems = bench.load(binary, unknown, missing, SAMPLE)
    assert len(problems) == 3
    for name in ("binary.csv", "unknown.csv", "missing.csv"):
        assert sum(name in problem for problem in problems) == 1
    with bench.open() as review:
        assert review.cases.counts().rows == 13


def test_a_file_that_cannot_be_read_to_its_end_does_not_keep_the_rest_from_being_loaded(bench: Bench) -> None:
    endless = bench.put("endless.csv", activities_bytes(activity("ACT-X")) + b"x" * (9 << 20))
    problems = bench.load(endless, SAMPLE / "close-appointments.csv", SAMPLE / "contact-map.csv")
    assert len(problems) == 1 and "endless.csv" in problems[0]
    with bench.open() as review:
        assert review.cases.counts().rows == 4


def test_nothing_readable_makes_no_workspace(bench: Bench) -> None:
    assert len(bench.load(bench.put("binary.csv", b"\0"), bench.folder / "missing")) == 2
    assert not bench.workspace.exists()


# Verbatim


def rebuilt(bench: Bench) -> dict[str, bytes]:
    """Source name → header, left-out lines and records of it, put together by their offsets."""
    with Store.open(bench.workspace, write=False) as store:
        files = {}
        for source, name, header in store.connection.execute("SELECT id, name, header_raw FROM source").fetchall():
            spans = [(0, header)]
            for table in ("left_out", "record", "reference", "record_version"):
                sql = f"SELECT offset, raw FROM {table} WHERE source_id = ?"
                spans += store.connection.execute(sql, (source,)).fetchall()
            data = b""
            for offset, raw in sorted(spans):
                assert offset == len(data)
                data += raw
            files[name] = data
        return files


def test_header_left_out_lines_and_records_are_the_file_byte_for_byte(bench: Bench) -> None:
    originals = {path.name: path.read_bytes() for path in SAMPLE_FILES}
    hostile = (
        b"\xef\xbb\xbf\r\n\r\n" + ",".join(APPOINTMENT_HEADER).encode() + b"\r\n\r\n,,,,,,\r\n"
        b'A,CLOSE-101,owner@harborlight.test,2026-06-01,scheduled,,"two\r\nlines, ""quoted"""\r\n'
        b"\xff\xfe,broken\r\n  \r\nB,CLOSE-101,owner@harborlight.test,2026-06-01,scheduled,,no end"
    )
    originals["hostile.csv"] = hostile
    bench.load(*SAMPLE_FILES, bench.put("hostile.csv", hostile))
    assert rebuilt(bench) == originals


def test_a_replaced_version_can_be_shown_again_too(bench: Bench) -> None:
    first, second = appointments_bytes(appointment("A")), appointments_bytes(appointment("A", title="Other"))
    bench.load(bench.put("one.csv", first))
    bench.load(bench.put("two.csv", second))
    assert rebuilt(bench) == {"one.csv": first, "two.csv": second}


# Conservation

CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "APT-1", "APT-2", "CLOSE-1", "GHL-1", "ann@one.test", "bob@two.test", "+15550100001", "scheduled",
         "2026-06-01", "2026-06-01T10:00:00Z", "=1+1", "owner", "email", "phone", "append", "delete", "gmail", "call",
         "4.15E+10", "\u202e", "a\0b", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "\U0001f600",
         "x" * 300, "row-0000000000000000"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip


def row_strategy(width: int) -> st.SearchStrategy[bytes]:
    def as_csv(cells: list[str]) -> bytes:
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells).encode() + b"\n"

    return st.one_of(
        st.lists(CELLS, min_size=width, max_size=width).map(as_csv),
        st.lists(CELLS, min_size=0, max_size=width + 2).map(as_csv),
        st.binary(max_size=30),
        st.sampled_from(
            [b'"', b'a"b,c\n', b"\n", b"\r", b",,,,,,\n", b"\xff\n", b'"open,\n', b"\0\n", b"\xef\xbb\xbf"]
        ),
    )


def file_strategy(header: bytes, width: int) -> st.SearchStrategy[bytes]:
    return st.lists(row_strategy(width), max_size=8).map(lambda rows: header + b"".join(rows))


FILES = st.tuples(
    file_strategy(map_bytes(ANN, BOB), 6),
    file_strategy(appointments_bytes(appointment("APT-1")), 7),
    file_strategy(changes_bytes(), 7),
    file_strategy(activities_bytes(activity("ACT-1")), 8),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=FILES, again=st.booleans())
def test_every_row_is_judged_once_and_every_byte_kept_however_broken_the_files(
    tmp_path_factory: pytest.TempPathFactory, files: tuple[bytes, ...], again: bool
) -> None:
    bench = Bench(tmp_path_factory.mktemp("conserved"))
    names = ("map.csv", "appointments.csv", "changes.csv", "activities.csv")
    paths = [bench.put(name, data) for name, data in zip(names, files, strict=True)]
    problems = bench.load(*paths)
    if not bench.workspace.exists():
        assert len(problems) == 4
        return
    if again:
        before = tables(bench)
        bench.load(*reversed(paths))
        assert tables(bench) == before
    originals = {path.name: path.read_bytes() for path in paths}
    assert {name: data for name, data in rebuilt(bench).items() if data != originals[name]} == {}
    with bench.open() as review:
        integrity.check(review.store)
        counts = review.cases.counts()
        per_source: Counter[int] = Counter()
        for source, _queue, number in review.store.connection.execute(
            "SELECT source_id, queue, COUNT(*) FROM record GROUP BY 1, 2"
        ):
            per_source[source] += number
        judged = {source.id: source.rows for source in review.cases.sources.values() if source.table.kind.judged}
        assert {source: rows for source, rows in judged.items() if rows} == dict(per_source)
        assert counts.rows == sum(judged.values()) == counts.ledger + counts.conflicts + counts.errors
        stored = review.store.connection.execute("SELECT id, queue, rule FROM record").fetchall()
        for record_id, queue, rule in stored:
            verdict = review.cases.case(record_id).verdict
            assert (verdict.queue.value, verdict.rule) == (queue, rule)
    shutil.rmtree(bench.folder)


def test_every_source_is_known_by_the_digest_of_its_bytes(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        known = {source.name: (source.sha256, source.size) for source in review.cases.sources.values()}
        (entry,) = journal.entries(review.store.connection, "kind = 'import'")
    expected = {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size) for path in SAMPLE_FILES
    }
    assert known == expected
    assert sorted(item[0] for item in entry.body["inputs"]) == sorted(digest for digest, _ in expected.values())


def test_a_load_into_something_else_is_one_error_and_touches_nothing(bench: Bench) -> None:
    bench.workspace.write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    before = bench.workspace.read_bytes()
    with pytest.raises(CrmTuiError):
        bench.load(SAMPLE)
    assert bench.workspace.read_bytes() == before


def test_event_ids_that_share_a_mark_are_told_apart_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks only say which rows are worth a question to the workspace."""

    def verdicts(folder: Path) -> list[tuple[object, ...]]:
        folder.mkdir()
        with Bench(folder).events(activities=rows).open() as review:
            sql = "SELECT row_id, event_id, repeat, rule FROM record ORDER BY id"
            return review.store.connection.execute(sql).fetchall()

    rows = [activity("ACT-1"), activity("ACT-2"), activity("ACT-1"), activity("ACT-3"), activity("ACT-2", summary="x")]
    apart = verdicts(tmp_path / "apart")
    monkeypatch.setattr(repeats, "_MARKS", 1)
    assert verdicts(tmp_path / "together") == apart
    assert [repeat for _, _, repeat, _ in apart] == ["", "other cells", "same cells", "", "other cells"]


# Stopped


class Stop(Exception):
    """Somebody has stopped the load."""


def test_a_load_is_stopped_while_all_rows_are_judged_again_too_and_leaves_no_trace(bench: Bench) -> None:
    bench.events(contacts=[ANN], appointments=[appointment(f"A-{number}") for number in range(400)])
    before, told = tables(bench), []

    def stop(*done: int) -> None:
        told.append(done)
        raise Stop

    policy = read_policy(bench.put("other.toml", b'[fields]\nprotected = ["lifecycle_stage"]\n'))
    with pytest.raises(Stop):
        load(bench.workspace, [], policy=policy, progress=stop, clock=bench.clock)
    assert told[0] == (0, 0, 0), "no file was read"
    assert tables(bench) == before
