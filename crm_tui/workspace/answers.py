"""Questions for the client, and the answers that come back: each is kept with its row, which is open again then."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from crm_tui.errors import DecisionRefused, InputError
from crm_tui.files import read_file
from crm_tui.model import Choice, State
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decide_file import Result
from crm_tui.workspace.decisions import MAX_TEXT, Decisions
from crm_tui.workspace.undoing import Saved

_MAX_BYTES = 16 << 20
_DELIMITERS = (",", ";", "\t")
"""A spreadsheet saves the list with the separator of its own country."""

_INNER_QUOTES = str.maketrans("“”", '""')


class Asked(NamedTuple):
    """One question that waits for the client."""

    record_id: int
    row_id: str
    event_id: str
    noun: str
    issue: str
    question: str
    by: str
    at: str


class Answer(NamedTuple):
    """One line of a list that came back."""

    line: int
    row_id: str
    text: str


def asked(cases: Cases) -> list[Asked]:
    """The questions that wait, in the order asked; of two records decided together only the first is named."""
    sql = (
        "SELECT id FROM (SELECT record.id AS id, state, seq FROM decision JOIN record USING (row_id)"
        " UNION ALL SELECT -duplicate.id, state, seq FROM decision JOIN duplicate USING (row_id))"
        " WHERE state = ? ORDER BY seq"
    )
    found: list[Asked] = []
    named: set[int] = set()
    for (record_id,) in cases.store.connection.execute(sql, (State.NEEDS_CLIENT.value,)).fetchall():
        case, review = cases.case(record_id), cases.review(record_id)
        if review.state is not State.NEEDS_CLIENT or case.partner in named:
            continue
        named.add(record_id)
        row = (record_id, case.row_id, case.event_id, case.noun, case.issue)
        found.append(Asked(*row, review.question, review.by, review.at))
    return found


def read_answers(path: Path) -> list[Answer]:
    """The lines of a list that have an answer; raises ``InputError`` when the file is no such list."""
    shown = safe_text(str(path))
    try:
        text = read_file(path, _MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown} is not UTF-8 text; save it as CSV in UTF-8.") from error
    for delimiter in _DELIMITERS:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            if {"row_id", "answer"} <= set(reader.fieldnames or ()):
                lines = [Answer(reader.line_num, row["row_id"] or "", row["answer"] or "") for row in reader]
                return [one._replace(text=one.text.strip()) for one in lines if one.text.strip()]
        except csv.Error as error:
            raise InputError(f"{shown} cannot be read as CSV after line {reader.line_num}.") from error
    raise InputError(f"{shown} has no columns row_id and answer; make the list with: crm-tui questions -w WS -o FILE")


def take_answers(cases: Cases, decisions: Decisions, answers: list[Answer]) -> Iterator[Result]:
    """Keep the answers in order; a refused line changes nothing and the next one goes on."""
    for one in answers:
        record_id = cases.by_row_id(one.row_id.strip())
        try:
            if record_id is None:
                raise DecisionRefused(f"no row is called {safe_text(one.row_id, 60)}.")
            yield Result(one.line, answer(cases, decisions, record_id, one.text), "")
        except DecisionRefused as error:
            yield Result(one.line, None, str(error))


def answer(cases: Cases, decisions: Decisions, record_id: int, text: str) -> Saved:
    """Keep the client's answer as a note with the row and take the question back, so that the row is open again.

    Both are one transaction; the row's history can make the question count again.  Raises ``DecisionRefused`` where
    the row waits for no answer, or the answer is blank or too long to be kept whole.
    """
    case, review = cases.case(record_id), cases.review(record_id)
    name = safe_text(case.event_id, 40) or f"line {case.line}"
    if review.action != Choice.NEEDS_CLIENT.value:
        raise DecisionRefused(f"{name} waits for no answer of the client.")
    said = (f"the client says: {_quoted(text)}", f"asked: {_quoted(review.question)}")
    kept = "; ".join(filter(None, (*said, review.note)))
    if not text.strip():
        raise DecisionRefused(f"the answer for {name} is empty.")
    if len(kept) > MAX_TEXT:
        raise DecisionRefused(f"the answer for {name} is too long to be kept whole; shorten it.")
    rows = [record_id, *([case.partner] if _asked_together(cases, record_id) else [])]
    with decisions.together():
        for one in rows:
            decisions.undo_entry(cases.review(one).seq)
        saved = [decisions.note(one, kept) for one in rows]
    return replace(saved[0], text="answered by the client, open again")


def _quoted(text: str) -> str:
    """Somebody's words in quotes that they cannot end, so that none of theirs passes for ours; on one line."""
    words = " ".join(text.split()).translate(_INNER_QUOTES)
    return f"“{words}”"


def _asked_together(cases: Cases, record_id: int) -> bool:
    """Whether the record that is decided together with this one was asked about by the same key press."""
    partner = cases.case(record_id).partner
    if not partner:
        return False
    seqs = (cases.review(record_id).seq, cases.review(partner).seq)
    groups = {entry.group for entry in journal.entries(cases.store.connection, "seq IN (?, ?)", seqs)}
    return cases.review(partner).action == Choice.NEEDS_CLIENT.value and len(groups) == 1 and 0 not in groups
