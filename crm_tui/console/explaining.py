"""Explain, for "why?" from the floor: each cell from its code points to what it was compared with, then the rule.

The key is a mixin of the review screen; the lines are made from ``classify.explain``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.text import Text

from crm_tui.classify.duplicate_sets import not_in_a_set, set_meaning
from crm_tui.classify.explain import Cell, explained_field, explained_group, explained_keys
from crm_tui.console.draw import Lines, labelled, shown
from crm_tui.console.privacy import OFF, Privacy
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.standing import Standing, approvable, in_time
from crm_tui.console.theme import NOTHING, Paint
from crm_tui.model import CaseField, CaseRow, Queue
from crm_tui.privacy.masking import People
from crm_tui.text import counted
from crm_tui.workspace.groups import members

_LABEL = 13
_POINTS = 64
"""Characters of a cell that are named by their code points."""
_QUEUES = {
    Queue.LEDGER: "ready",
    Queue.CONFLICT: "held as a conflict",
    Queue.ERROR: "blocked as an error",
    Queue.DUPLICATE: "held as a group",
}


class Explaining(ReviewPart):
    """What the explaining key does; the screen that shows it is ``ReviewScreen``."""

    def action_explain(self) -> None:
        """The rule and what came of it, then from its code points each key of the row, or the field one is in."""
        from crm_tui.console.dialogs import Notice

        standing = self.session.standing
        if standing is None:
            return
        name = f" {standing.case.event_id}" if standing.case.event_id else " the row"
        field = self.session.field
        what = f" the {field.label} of" if field else ""
        self.app.push_screen(Notice(f"Explain{what}{name}", self._explained, "esc  back     ↓ ↑  scroll"))

    def _explained(self, width: int, height: int) -> Lines:  # noqa: ARG002
        standing, field = self.session.standing, self.session.field
        if standing is None:
            return []
        cells = self._cells(standing, field)
        privacy = self.session.privacy if self.session.privacy.hides(standing.record_id) else OFF
        page = _Page(privacy, privacy.people(standing.record_id), width, self.paint)
        lines = [line for cell in cells for line in [*page.cell(cell), Text("")]]
        if not cells:
            raw = self.session.cases.raw_text(standing.record_id).rstrip("\r\n")
            lines = [*page.unread(raw), Text("")]
        seen = in_time(privacy.standing(standing), self.session.settings)
        judged = page.judgement(seen, self.session.settings.key("approve"))
        return [*judged, Text(""), *lines]

    def _cells(self, standing: Standing, field: CaseField | None) -> tuple[Cell, ...]:
        facts = self.session.cases.facts(standing.record_id)
        row = field and next((row for row in standing.case.rows if row.field == field.row), None)
        if field and isinstance(row, CaseRow):
            return explained_field(facts, standing.case, row, field.name)
        if standing.record_id < 0:
            cases = self.session.cases
            return explained_group(members(cases, cases.groups.stored(standing.record_id)), standing.case)
        changed = next((row for row in standing.case.rows if row.field == "new_value"), None)
        value = explained_field(facts, standing.case, changed, facts.event.changed_field) if changed else ()
        return (*explained_keys(facts), *value)


class _Page:
    """The lines of one explanation, as they may be seen."""

    def __init__(self, privacy: Privacy, about: People, width: int, paint: Paint) -> None:
        self._privacy, self._about, self._width, self._paint = privacy, about, width, paint

    def _lines(self, label: str, text: str, style: str = "") -> Lines:
        body = Text(text, style or self._paint.text)
        return labelled(label, [body], self._width, _LABEL, (self._paint.muted, self._paint.text))

    def _value(self, cell: Cell, text: str) -> str:
        return shown(self._privacy.cell(cell.field, text, self._about)) or NOTHING

    def cell(self, cell: Cell) -> Lines:
        """One value on its way."""
        label = shown(self._privacy.text(cell.label, self._about), 100)
        lines: Lines = [Text(f" {label}", self._paint.strong)]
        lines += self._lines("  written", self._value(cell, cell.written))
        if cell.written:
            lines += self._lines("", code_points(cell.written, hidden=self._privacy.on), self._paint.muted)
        for step in cell.steps:
            lines += self._lines("  then", f"{step.what}: {self._value(cell, step.text)}")
        if cell.value:
            lines += self._lines("  compared", self._value(cell, cell.value), self._paint.saved)
        return [*lines, *self._lines("  outcome", shown(self._privacy.text(cell.outcome, self._about)))]

    def unread(self, raw: str) -> Lines:
        """A line that could not be read as a row."""
        lines = self._lines("  the line", shown(self._privacy.line(raw)))
        return [*lines, *self._lines("", code_points(raw, hidden=self._privacy.on), self._paint.muted)]

    def judgement(self, seen: Standing, approve: str) -> Lines:
        """The rule and what came of it, for the whole row."""
        case = seen.case
        lines = self._lines("Rule", shown(f"{case.verdict.rule}: {case.why}", 900))
        others = [rule for rule in case.verdict.fired if rule != case.verdict.rule]
        if others:
            lines += self._lines("", shown(f"would have held it too: {', '.join(others)}"), self._paint.muted)
        if case.verdict.queue is Queue.DUPLICATE:
            lines += [
                line
                for one in case.evidence
                if one.side == "scan"
                for line in self._lines("Alike", shown(one.text, 900))
            ]
            fullest = next((one for one in seen.options if set_meaning(case, one)), None)
            why = not_in_a_set(case, fullest, seen.chosen) if fullest else ""
            lines += self._lines("In a set", f"{why or 'it may be merged together with others'}.")
        lines += self._lines("Outcome", f"{_QUEUES[case.verdict.queue]}: {shown(case.issue, 120)}.")
        option = approvable(seen)
        return [*lines, *(self._lines(f"{approve} would", shown(option.effect, 900)) if option else [])]


def code_points(text: str, *, hidden: bool) -> str:
    """``U+0041 A  U+0020  U+200B``; ``hidden`` counts letters and digits instead of naming them."""
    parts = list(_hidden(text[:_POINTS]) if hidden else (_point(char) for char in text[:_POINTS]))
    more = [f"… {len(text) - _POINTS:,} more"] if len(text) > _POINTS else []
    return "  ".join([*parts, *more])


def _point(char: str) -> str:
    return (
        f"U+{ord(char):04X} {char}" if char.isprintable() and char != " " and char.isascii() else f"U+{ord(char):04X}"
    )


def _hidden(text: str) -> Iterator[str]:
    for kind, chars in groupby(text, _kind):
        number = sum(1 for _ in chars) if kind in ("letter", "letter beyond ASCII", "digit") else 0
        if number:
            yield counted(number, kind, kind.replace("letter", "letters").replace("digit", "digits"))
        else:
            yield from (_point(char) for char in chars)


def _kind(char: str) -> str:
    if char.isalpha():
        return "letter" if char.isascii() else "letter beyond ASCII"
    return "digit" if char.isdigit() else ""
