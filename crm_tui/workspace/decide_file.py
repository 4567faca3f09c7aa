"""Decisions from a file: CSV or JSON Lines with ``event_id, choice, field, value, reason``.

Each line is one journal entry or one refusal with its line number, by the same rules as the keys.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crm_tui.classify.fields import base_choice, field_named
from crm_tui.errors import DecisionRefused, InputError
from crm_tui.files import read_file
from crm_tui.model import Queue, State
from crm_tui.text import safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.memory import earlier
from crm_tui.workspace.undoing import Saved

COLUMNS = ("event_id", "choice", "field", "value", "reason")
_MAX_BYTES = 64 * 1024 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one line."""

    line: int
    saved: Saved | None
    refusal: str


def read_lines(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """Line number → the columns of that line; raises ``InputError`` when the file as a whole cannot be read."""
    shown = safe_text(str(path))
    try:
        text = read_file(path, _MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown} is not UTF-8 text; save it as CSV in UTF-8.") from error
    return list(_json_lines(text) if text.lstrip().startswith("{") else _csv_lines(text, shown))


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        yield number, found if _is_texts(found) else {"": "this line is not a JSON object of texts"}


def _is_texts(value: object) -> bool:
    """Whether a JSON value is an object of texts that can be written down (no lone surrogates)."""
    if not isinstance(value, dict):
        return False
    return all(isinstance(text, str) and not _SURROGATE.search(text) for text in value.values())


def _csv_lines(text: str, shown: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = reader.fieldnames or []
    if not {"event_id", "choice"} <= set(names):
        raise InputError(f"{shown} has no columns event_id and choice; the columns are {', '.join(COLUMNS)}.")
    try:
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise InputError(f"{shown} cannot be read as CSV after line {reader.line_num}.") from error


def apply_lines(cases: Cases, decisions: Decisions, lines: list[tuple[int, Mapping[str, str]]]) -> Iterator[Result]:
    """Apply the lines in order; a refused line changes nothing and the next one goes on."""
    for number, line in lines:
        try:
            yield Result(number, _apply(cases, decisions, line), "")
        except DecisionRefused as error:
            yield Result(number, None, str(error))


def _apply(cases: Cases, decisions: Decisions, line: Mapping[str, str]) -> Saved:
    if line.get(""):
        raise DecisionRefused(f"{line['']}.")
    choice = line.get("choice", "").strip()
    reason = line.get("reason", "").strip()
    field, value = line.get("field", "").strip(), line.get("value", "").strip()
    record_id = _find(cases, line.get("event_id", "").strip())
    if value and not field:
        raise DecisionRefused("a value of one's own needs the field that it is for.")
    if field and choice.lower() not in _OF_THE_ROW:
        return _field(decisions, record_id, field, choice, value, reason)
    if field:
        _check_field(cases, record_id, field, value)
    simple = {
        "approve": lambda: _approve(cases, decisions, record_id, reason),
        "suggestion": lambda: _suggestion(cases, decisions, record_id, reason),
        "reject": lambda: decisions.reject(record_id, reason),
        "defer": lambda: decisions.defer(record_id, reason),
        "needs-client": lambda: decisions.ask(record_id, reason),
        "clear": lambda: decisions.clear(record_id),
        "undo": lambda: decisions.undo(record_id),
        "earlier": lambda: _earlier(cases, decisions, record_id, reason),
    }
    if choice.lower() in simple:
        return simple[choice.lower()]()
    if not choice:
        raise DecisionRefused("the line has no choice.")
    return decisions.choose(record_id, choice, reason)


_OF_THE_ROW = frozenset(("approve", "suggestion", "reject", "defer", "needs-client", "undo", "no-write", "create"))
"""Words that decide a whole row, also where a field is named."""


def _field(decisions: Decisions, record_id: int, field: str, choice: str, value: str, reason: str) -> Saved:
    """A choice for one field: the name of a side, ``both``, ``clear``, or ``edit`` (or nothing) with a value; or, with
    a value, ``repair`` of a cell."""
    word = choice.lower()
    if word == "repair":
        return decisions.repair(record_id, field, value, reason)
    if value and word not in ("", "edit"):
        raise DecisionRefused("give a side or a value of your own for a field, not both.")
    if word == "both":
        return decisions.keep_both(record_id, field, reason)
    if word == "clear":
        return decisions.clear_field(record_id, field)
    if word in ("", "edit"):
        return decisions.edit(record_id, field, value, reason)
    return decisions.take_side(record_id, field, choice, reason)


def _approve(cases: Cases, decisions: Decisions, record_id: int, reason: str) -> Saved:
    """``approve`` means the ledger row, or the choice made; a mere suggestion is not taken by it."""
    case, review = cases.case(record_id), cases.review(record_id)
    made = review.state is not State.STALE and base_choice(case, review.choice, review.picks)
    if case.verdict.queue is Queue.DUPLICATE and not made:
        raise DecisionRefused("this is a group without a choice; name the record that stays first, or say `reject`.")
    if case.verdict.queue.held and not made:
        raise DecisionRefused("this is a conflict without a choice; choose a side first, or say `suggestion`.")
    return decisions.approve(record_id, reason=reason)


def _earlier(cases: Cases, decisions: Decisions, record_id: int, reason: str) -> Saved:
    """What was decided before on the same disagreement, as a choice; a rejection with its own reason."""
    before = earlier(cases, record_id)
    if before is None:
        raise DecisionRefused("nothing was decided before on this disagreement; choose a side.")
    if not before.token:
        return decisions.reject(record_id, reason or before.reason)
    return decisions.choose(record_id, before.token, reason)


def _suggestion(cases: Cases, decisions: Decisions, record_id: int, reason: str) -> Saved:
    suggested = cases.case(record_id).suggestion
    if not suggested:
        raise DecisionRefused("nothing is suggested for this row; choose a side.")
    return decisions.approve(record_id, reason=reason, token=suggested)


def _find(cases: Cases, name: str) -> int:
    if not name:
        raise DecisionRefused("the line has no event_id.")
    by_row = cases.by_row_id(name)
    # An export may hold another row's id as its event id: then nobody can say which is meant.
    found = sorted({*cases.by_event_id(name), *([by_row] if by_row is not None else [])})
    if not found:
        raise DecisionRefused(f"no row is called {safe_text(name, 60)}.")
    if len(found) > 1:
        raise DecisionRefused(f"{safe_text(name, 60)} names {len(found)} rows; give the row_id of one.")
    return found[0]


def _check_field(cases: Cases, record_id: int, field: str, value: str) -> None:
    """A field beside a decision on the whole row only says what the writer of the line expects."""
    field_named(cases.case(record_id), field)
    if value:
        raise DecisionRefused("a value is given for a field, with the choice `edit`; decide the row on another line.")
