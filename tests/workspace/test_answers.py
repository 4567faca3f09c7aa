"""Questions go to the client and answers come back: kept with the row, which is open again, and never lost."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from crm_tui.cli import run
from crm_tui.errors import DecisionRefused, InputError
from crm_tui.model import State
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.answers import answer, asked, read_answers
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import MAX_TEXT, Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from tests.factory import SAMPLE

EVENTS = ("APT-7002", "ACT-9103", "CHG-8801")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The sample with three questions, on a conflict, a conflict and a ledger row."""
    made = tmp_path / "acme.crm"
    load(made, [SAMPLE])
    with Store.open(made) as store:
        cases = Cases(store)
        for event_id in EVENTS:
            Decisions(cases, "Dana").ask(number(cases, event_id), f"Whose is {event_id}?")
    return made


def number(cases: Cases, event_id: str) -> int:
    (found,) = cases.by_event_id(event_id)
    return found


def listed(path: Path, out: Path) -> list[dict[str, str]]:
    assert run(["questions", "-w", str(path), "-o", str(out)]) == 0
    return list(csv.DictReader(io.StringIO(out.read_text("utf-8"), newline="")))


def filled(rows: list[dict[str, str]], out: Path, answers: dict[str, str], delimiter: str = ",") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(row | {"answer": answers.get(row["event_id"], "")} for row in rows)
    out.write_text("\ufeff" + text.getvalue(), encoding="utf-8", newline="")
    return out


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_answer_is_kept_with_its_row_and_opens_it_again(
    path: Path, tmp_path: Path, delimiter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(path, tmp_path / "q.csv")
    assert [(row["event_id"], row["question"], row["asked_by"], row["answer"]) for row in rows] == [
        (event_id, f"Whose is {event_id}?", "Dana", "") for event_id in EVENTS
    ]
    back = filled(rows, tmp_path / "back.csv", {"APT-7002": "Northstar's, since May", "CHG-8801": " "}, delimiter)
    assert run(["questions", "-w", str(path), "--answers", str(back), "--reviewer", "Lee"]) == 0
    assert "1 answer kept, 0 refused; 2 questions still open" in capsys.readouterr().out
    with Store.open(path, write=False) as store:
        integrity.check(store)
        cases = Cases(store)
        review = cases.review(number(cases, "APT-7002"))
        assert review.state is State.PENDING
        assert review.note == "the client says: “Northstar's, since May”; asked: “Whose is APT-7002?”"
        assert [one.event_id for one in asked(cases)] == ["ACT-9103", "CHG-8801"]


def test_an_answer_given_twice_or_to_another_row_is_refused_with_its_line(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(path, tmp_path / "q.csv")
    strange = [*rows, rows[0] | {"row_id": "row-0000000000000000", "event_id": "X"}]
    back = filled(strange, tmp_path / "back.csv", {"APT-7002": "yes", "X": "no"})
    assert run(["questions", "-w", str(path), "--answers", str(back)]) == 1
    assert "line 5 refused: no row is called row-0000000000000000." in capsys.readouterr().err
    assert run(["questions", "-w", str(path), "--answers", str(back)]) == 1
    assert "line 2 refused: APT-7002 waits for no answer of the client." in capsys.readouterr().err


def test_an_answer_can_be_taken_back_and_the_question_asked_again(path: Path) -> None:
    with Store.open(path) as store:
        cases = Cases(store)
        decisions, row = Decisions(cases, "Dana"), number(cases, "APT-7002")
        question = cases.review(row).seq
        assert answer(cases, decisions, row, "Northstar").text == "answered by the client, open again"
        decisions.undo()
        assert (cases.review(row).state, cases.review(row).note) == (State.PENDING, "")
        decisions.redo_entry(question)
        assert cases.review(row).state is State.NEEDS_CLIENT
        integrity.check(store)


def test_a_choice_made_before_the_question_stands_again(path: Path) -> None:
    with Store.open(path) as store:
        cases = Cases(store)
        decisions, row = Decisions(cases, "Dana"), number(cases, "APT-7003")
        decisions.choose(row, "create")
        decisions.note(row, "seen before")
        decisions.ask(row, "New?")
        answer(cases, decisions, row, "Yes”; asked: “Pay\ntwice?")
        review = cases.review(row)
        assert (review.state, review.choice) == (State.CHOSEN, "create")
        words = 'the client says: “Yes"; asked: "Pay twice?”; asked: “New?”; seen before'
        assert review.note == words, "no word of the client passes for one of ours"


def test_what_cannot_be_kept_whole_is_refused_and_changes_nothing(path: Path) -> None:
    with Store.open(path) as store:
        cases = Cases(store)
        decisions, row = Decisions(cases, "Dana"), number(cases, "APT-7002")
        before = journal.head(store.connection)
        for text in ("  ", "x" * MAX_TEXT):
            with pytest.raises(DecisionRefused):
                answer(cases, decisions, row, text)
        assert journal.head(store.connection) == before


def test_a_file_that_is_no_list_of_questions_says_so(tmp_path: Path) -> None:
    for data, said in ((b"a,b\n1,2\n", "no columns row_id and answer"), (b"\xff\xfe", "is not UTF-8")):
        file = tmp_path / "x.csv"
        file.write_bytes(data)
        with pytest.raises(InputError, match=said):
            read_answers(file)


def test_the_markdown_list_escapes_what_it_quotes(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        cases = Cases(store)
        Decisions(cases, "Dana").ask(number(cases, "APT-7003"), "Is *this* <b>[yours](http://x.test)</b>\u202e?")
    out = tmp_path / "q.md"
    assert run(["questions", "-w", str(path), "-o", str(out)]) == 0
    text = out.read_text("utf-8")
    assert text.startswith("# Questions\n\n1. **Whose is APT")
    assert "<b>" not in text and "\u202e" not in text and "[yours]" not in text
    assert run(["questions", "-w", str(path), "-o", str(out)]) == 2
