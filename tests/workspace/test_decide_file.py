"""``decide --from``: each line is one journal entry or one refusal with its line number, by the rules of the keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from crm_tui.errors import InputError
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.decide_file import Result, apply_lines, read_lines
from tests.factory import Bench, Review, activities_bytes, activity, appointment, appointments_bytes, change, csv_bytes

COLUMNS = ("event_id", "choice", "field", "value", "reason")
Lines = Sequence[Mapping[str, str]]


@pytest.fixture
def mixed(bench: Bench) -> Bench:
    """A ledger row, an identity conflict, an unmapped row, a protected field, a stale event and an error."""
    return bench.events(
        appointments=[
            appointment("LEDGER"),
            appointment("UNMAPPED", close_contact_id="CLOSE-9", email="new@x.test"),
            appointment("ERROR", email="", close_contact_id=""),
        ],
        changes=[change("LOCKED", field="owner", new_value="Mallory"), change("STALE", updated_at="1999-01-01T00:00Z")],
        activities=[activity("IDENTITY", phone="+15550100002")],
    )


def as_csv(folder: Path, lines: Lines) -> Path:
    path = folder / "decisions.csv"
    path.write_bytes(csv_bytes(COLUMNS, lines))
    return path


def as_jsonl(folder: Path, lines: Lines) -> Path:
    path = folder / "decisions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def applied(review: Review, path: Path) -> list[Result]:
    """Apply a file; every line must be exactly one entry or one refusal."""
    lines = read_lines(path)
    before = journal.head(review.store.connection)[0]
    results = list(apply_lines(review.cases, review.decisions, lines))
    assert [result.line for result in results] == [number for number, _ in lines]
    assert all((result.saved is None) != (result.refusal == "") for result in results)
    saved = [result.saved.seq for result in results if result.saved]
    assert saved == list(range(before + 1, before + 1 + len(saved)))
    assert journal.head(review.store.connection)[0] == before + len(saved)
    integrity.check(review.store)
    return results


def decided(review: Review, *lines: Mapping[str, str]) -> list[Result]:
    return applied(review, as_csv(review.store.path.parent, lines))


def line(event_id: str, choice: str, reason: str = "", field: str = "", value: str = "") -> dict[str, str]:
    return {"event_id": event_id, "choice": choice, "reason": reason, "field": field, "value": value}


@pytest.mark.parametrize("written", [as_csv, as_jsonl])
def test_both_forms_of_file_do_the_same(mixed: Bench, written: Callable[[Path, Lines], Path]) -> None:
    lines = [line("LEDGER", "approve"), line("IDENTITY", "nonsense"), line("UNMAPPED", "reject", "spam")]
    with mixed.open() as review:
        first = 2 if written is as_csv else 1
        results = applied(review, written(mixed.folder, lines))
        assert [(result.line, bool(result.saved)) for result in results] == [
            (first, True),
            (first + 1, False),
            (first + 2, True),
        ]
        assert (review.state("LEDGER"), review.state("IDENTITY"), review.state("UNMAPPED")) == (
            "approved",
            "to decide",
            "rejected",
        )


@pytest.mark.parametrize(
    ("lines", "states"),
    [
        ([line("LEDGER", "approve")], {"LEDGER": "approved"}),
        ([line("LEDGER", "APPROVE")], {"LEDGER": "approved"}),
        ([line("LEDGER", "suggestion")], {"LEDGER": "approved"}),
        ([line("LEDGER", "reject", "no")], {"LEDGER": "rejected"}),
        ([line("ERROR", "reject", "no")], {"ERROR": "rejected"}),
        ([line("LEDGER", "defer")], {"LEDGER": "deferred"}),
        ([line("LEDGER", "needs-client", "Is it her?")], {"LEDGER": "needs client"}),
        ([line("UNMAPPED", "no-write"), line("UNMAPPED", "approve")], {"UNMAPPED": "approved"}),
        ([line("UNMAPPED", "create"), line("UNMAPPED", "approve")], {"UNMAPPED": "approved"}),
        ([line("IDENTITY", "CLOSE-2/GHL-2"), line("IDENTITY", "approve")], {"IDENTITY": "approved"}),
        ([line("IDENTITY", "close-2/ghl-2")], {"IDENTITY": "chosen"}),
        ([line("UNMAPPED", "CLOSE-2/GHL-2", "the client says so")], {"UNMAPPED": "chosen"}),
        ([line("STALE", "GHL"), line("STALE", "approve")], {"STALE": "approved"}),
        ([line("STALE", "ghl")], {"STALE": "chosen"}),
        ([line("STALE", "Contact Map"), line("STALE", "approve")], {"STALE": "approved"}),
        ([line("STALE", "suggestion")], {"STALE": "approved"}),
        ([line("LOCKED", "suggestion")], {"LOCKED": "approved"}),
        ([line("LOCKED", "GHL", "agreed")], {"LOCKED": "chosen"}),
        ([line("LOCKED", "GHL", "agreed"), line("LOCKED", "approve")], {"LOCKED": "approved"}),
        ([line("LEDGER", "approve"), line("LEDGER", "undo")], {"LEDGER": "to decide"}),
        ([line("STALE", "GHL"), line("STALE", "approve"), line("STALE", "undo")], {"STALE": "chosen"}),
        ([line("STALE", "GHL", field="lifecycle_stage")], {"STALE": "chosen"}),
        ([line(" LEDGER ", " approve ")], {"LEDGER": "approved"}),
    ],
    ids=lambda value: (
        "+".join(f"{one['event_id']} {one['choice']}" for one in value) if isinstance(value, list) else ""
    ),
)
def test_every_choice(mixed: Bench, lines: Lines, states: Mapping[str, str]) -> None:
    with mixed.open() as review:
        results = decided(review, *lines)
        assert [result.refusal for result in results if result.refusal] == []
        assert {name: review.state(name) for name in states} == states


@pytest.mark.parametrize(
    "refused",
    [
        line("NOBODY", "approve"),
        line("", "approve"),
        line("LEDGER", ""),
        line("LEDGER", "frobnicate"),
        line("LEDGER", "create"),
        line("LEDGER", "CLOSE-2/GHL-2"),
        line("LEDGER", "reject"),
        line("LEDGER", "reject", "   "),
        line("LEDGER", "needs-client"),
        line("LEDGER", "undo"),
        line("ERROR", "approve"),
        line("ERROR", "suggestion"),
        line("ERROR", "no-write"),
        line("ERROR", "create"),
        line("ERROR", "CLOSE-1/GHL-1"),
        line("IDENTITY", "approve"),
        line("IDENTITY", "suggestion"),
        line("IDENTITY", "create"),
        line("IDENTITY", "GHL"),
        line("UNMAPPED", "approve"),
        line("UNMAPPED", "CLOSE-2/GHL-2"),
        line("UNMAPPED", "CLOSE-2/GHL-2", "  "),
        line("STALE", "approve"),
        line("STALE", "CLOSE-2/GHL-2"),
        line("STALE", "Close"),
        line("LOCKED", "approve"),
        line("LOCKED", "GHL"),
        line("LOCKED", "GHL", " "),
        line("STALE", "GHL", value="lead"),
        line("STALE", "GHL", field="owner"),
        line("IDENTITY", "CLOSE-2/GHL-2", field="phone"),
    ],
    ids=lambda one: f"{one['event_id']} {one['choice']} {one['field'] or one['value']}",
)
def test_what_is_not_open_is_refused_with_its_line_and_changes_nothing(mixed: Bench, refused: dict[str, str]) -> None:
    with mixed.open() as review:
        before = list(review.store.connection.execute("SELECT * FROM decision"))
        bad, good = decided(review, refused, line("LEDGER", "defer"))
        assert (bad.line, bad.saved) == (2, None)
        assert bad.refusal and "\n" not in bad.refusal
        assert (good.line, good.refusal) == (3, "")
        after = list(review.store.connection.execute("SELECT row_id, state FROM decision"))
        assert before == []
        assert [state for _, state in after] == ["deferred"]


def test_a_row_id_names_a_row(mixed: Bench) -> None:
    with mixed.open() as review:
        row_id = review.case("LEDGER").row_id
        (result,) = decided(review, line(row_id, "approve"))
        assert result.saved and review.state("LEDGER") == "approved"


def test_an_ambiguous_event_id_is_refused_and_the_row_ids_work(bench: Bench) -> None:
    bench.events(appointments=[appointment("TWICE", title="One"), appointment("TWICE", title="Two")])
    with bench.open() as review:
        (result,) = decided(review, line("TWICE", "no-write"))
        assert result.saved is None and "2 rows" in result.refusal
        records = review.cases.by_event_id("TWICE")
        row_ids = [review.cases.case(record).row_id for record in records]
        assert all(one.saved for one in decided(review, *(line(row_id, "no-write") for row_id in row_ids)))


def test_the_same_event_id_in_two_kinds_is_ambiguous(bench: Bench) -> None:
    bench.events(appointments=[appointment("X")], activities=[activity("X")])
    with bench.open() as review:
        (result,) = decided(review, line("X", "approve"))
        assert result.saved is None


def test_an_event_id_that_is_another_rows_row_id_is_ambiguous(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    with bench.open() as review:
        row_id = review.case("A").row_id
    bench.load(bench.put("more.csv", appointments_bytes(appointment("A"), appointment(row_id, title="Mine"))))
    with bench.open() as review:
        (result,) = decided(review, line(row_id, "reject", "spam"))
        assert result.saved is None
        assert review.state("A") == "to decide"


def test_undo_takes_back_the_latest_entry_of_that_case_only(mixed: Bench) -> None:
    with mixed.open() as review:
        decided(
            review, line("LEDGER", "approve"), line("STALE", "GHL"), line("IDENTITY", "defer"), line("STALE", "undo")
        )
        assert [review.state(name) for name in ("LEDGER", "STALE", "IDENTITY")] == ["approved", "to decide", "deferred"]


def test_approving_twice_is_one_entry_and_one_refusal(mixed: Bench) -> None:
    with mixed.open() as review:
        first, second = decided(review, line("LEDGER", "approve"), line("LEDGER", "approve"))
        assert first.saved and second.refusal


def test_a_choice_made_on_other_evidence_is_not_approved_by_way_of_a_defer(bench: Bench) -> None:
    """D9: a decision belongs to the evidence it was made on."""
    row = activity("A", phone="+15550100002")
    bench.events(activities=[row])
    with bench.open() as review:
        decided(review, line("A", "CLOSE-2/GHL-2"))
    bench.load(bench.put("next.csv", activities_bytes(row | {"summary": "Something else altogether"})))
    with bench.open() as review:
        assert review.state("A") == "stale"
        (refused,) = decided(review, line("A", "approve"))
        assert refused.saved is None
        results = decided(review, line("A", "defer"), line("A", "approve"))
        assert (bool(results[0].saved), bool(results[1].saved)) == (True, False)
        assert review.state("A") == "deferred"


def test_refusals_never_draw_hidden_characters(mixed: Bench) -> None:
    with mixed.open() as review:
        path = as_jsonl(mixed.folder, [line("\x1b[31mX\u202e", "approve"), line("STALE", "GHL", field="\x1b]0;x\x07")])
        for result in applied(review, path):
            assert result.refusal.isprintable()


# Files


def test_excels_csv_is_read_too(mixed: Bench) -> None:
    path = mixed.folder / "d.csv"
    path.write_bytes(b"\xef\xbb\xbf" + csv_bytes(("choice", "event_id"), [{"event_id": "LEDGER", "choice": "approve"}],
                                                 line_end="\r\n"))  # fmt: skip
    with mixed.open() as review:
        (result,) = applied(review, path)
        assert result.saved and result.line == 2


def test_a_json_line_that_is_none_is_refused_with_its_number(mixed: Bench) -> None:
    path = mixed.folder / "d.jsonl"
    good = json.dumps(line("LEDGER", "approve"))
    path.write_text(f'{{"event_id": 1}}\nnot json\n\n[]\n{good}\n{{"event_id"', encoding="utf-8")
    with mixed.open() as review:
        assert [(result.line, bool(result.saved)) for result in applied(review, path)] == [
            (1, False),
            (2, False),
            (4, False),
            (5, True),
            (6, False),
        ]


@pytest.mark.parametrize("break_", ["\u2028", "\u2029", "\x85"])
def test_only_a_line_feed_ends_a_json_line(mixed: Bench, break_: str) -> None:
    path = mixed.folder / "d.jsonl"
    text = json.dumps(line("LEDGER", "reject", f"first{break_}second"), ensure_ascii=False)
    path.write_text(text + "\n" + json.dumps(line("STALE", "GHL")) + "\n", encoding="utf-8", newline="")
    with mixed.open() as review:
        results = applied(review, path)
        assert [(result.line, bool(result.saved)) for result in results] == [(1, True), (2, True)]


@pytest.mark.parametrize("text", ['{"event_id": "LEDGER", "choice": "reject", "reason": "\\ud800"}',
                                  '{"event_id": "\\ud800", "choice": "approve"}',
                                  '{"event_id": "LEDGER", "choice": "\\udfff"}',
                                  '{"event_id": ' + "9" * 5_000 + ', "choice": "approve"}',
                                  '{"event_id": "LEDGER", "choice": "approve", "reason": ' + "[" * 100_000 + "}"],
                         ids=["reason", "event id", "choice", "long number", "deep"])  # fmt: skip
def test_a_hostile_json_line_is_a_refusal_not_a_traceback(mixed: Bench, text: str) -> None:
    path = mixed.folder / "d.jsonl"
    path.write_text(text + "\n" + json.dumps(line("STALE", "GHL")) + "\n", encoding="utf-8")
    with mixed.open() as review:
        results = applied(review, path)
        assert [(result.line, bool(result.saved)) for result in results] == [(1, False), (2, True)]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"event_id,reason\nLEDGER,x\n"])
def test_a_file_of_another_form_is_one_sentence(bench: Bench, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_lines(bench.put("d.csv", data))
    assert "d.csv" in str(caught.value)


def test_a_folder_and_a_missing_file_are_one_sentence(bench: Bench) -> None:
    for path in (bench.folder, bench.folder / "missing.csv"):
        with pytest.raises(InputError):
            read_lines(path)


def test_cells_too_many_or_too_few_do_not_shift_the_others(mixed: Bench) -> None:
    path = mixed.folder / "d.csv"
    path.write_text("event_id,choice,field,value,reason\nLEDGER,approve\nSTALE,GHL,,,because,extra,more\n")
    with mixed.open() as review:
        results = applied(review, path)
        assert [bool(result.saved) for result in results] == [True, True]
        assert review.cases.review(review.id("STALE")).reason == "because"
