"""The other rows of the people of one row, and what was decided on them; ``enter`` goes to one."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.console.draw import Lines, clip, labelled, pad, shown
from crm_tui.console.page import Page
from crm_tui.console.panes import LinesPane
from crm_tui.console.session import Session
from crm_tui.console.standing import Standing
from crm_tui.console.theme import BLOCKED, CURSOR, NOTHING, STATE_SIGNS, Paint
from crm_tui.model import Queue, State
from crm_tui.text import counted
from crm_tui.workspace.related import Person, RelatedRow, related

_EVENT = 12
_TIME = 25
_INDENT = 6


class RelatedScreen(Page[int]):
    """Gives the number of the record to go to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "go there", show=False),
        Binding("R", "back", "back", show=False),
    ]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("↓ ↑", "choose", "move(1)"),
        ("enter", "go to this row", "go"),
        ("esc", "back", "back"),
    )

    def __init__(self, session: Session, standing: Standing) -> None:
        super().__init__(session)
        self._standing = standing
        self._people = related(session.cases, standing.record_id)
        self._rows = [row for person in self._people for row in person.rows]
        self._tops: list[int] = []
        self._at = 0

    def build(self, width: int, height: int) -> Lines:  # noqa: ARG002
        """The people, each with the rows."""
        paint, case = self.paint, self.session.privacy.standing(self._standing).case
        lines: Lines = [
            Text.assemble(" ", ("Around ", paint.muted), (shown(case.event_id, 40) or "this row", paint.strong))
        ]
        lines[0].append(f"  {shown(case.noun, 60)} · {shown(case.issue, 120)}", paint.muted)
        self._tops = []
        for person in self._people:
            lines += [Text(""), _heading(person, self.session, paint)]
            for row in person.rows:
                here = len(self._tops) == self._at
                self._tops.append(len(lines))
                lines += _row(self.session, row, width - 1, paint, here=here)
            if person.beyond:
                lines.append(Text(f"   and {counted(person.beyond, 'earlier row')}; f filters by contact", paint.muted))
        if not self._people:
            lines += [Text(""), Text("  The row has no key that leads to anybody.", paint.muted)]
        return lines

    def action_move(self, step: int) -> None:
        """Go to the next row."""
        if not self._rows:
            return
        self._at = max(0, min(self._at + step, len(self._rows) - 1))
        pane = self.pane
        pane.rebuild()
        y, top = self._tops[self._at], pane.scroll_offset.y
        if self._at == 0 or not top <= y < top + pane.size.height - 2:
            pane.scroll_to(y=0 if self._at == 0 else max(0, y - pane.size.height // 2), animate=False)

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click on a row goes there."""
        before = [at for at, top in enumerate(self._tops) if top <= event.index < top + 3]
        if before:
            self._at = before[-1]
            self.action_go()

    def action_go(self) -> None:
        """Go to the row."""
        if self._rows:
            self.dismiss(self._rows[self._at].record_id)


def _heading(person: Person, session: Session, paint: Paint) -> Text:
    title = session.privacy.name(person.title) if person.contact else session.privacy.text(person.title)
    line = Text.assemble(" ", (shown(title, 120) or "contact without ids", paint.strong))
    number = len(person.rows) + person.beyond
    decided = sum(not row.review.state.outstanding for row in person.rows)
    rows = counted(number, "row" if person.own else "other row")
    words = f"{rows}, {decided:,} decided" if number else "no other row in this review"
    who = "" if person.contact or person.own else "in no contact of the map · "
    line.append(f"  {who}{words}", paint.muted)
    return line


def _row(session: Session, row: RelatedRow, width: int, paint: Paint, *, here: bool) -> Lines:
    seen, review = session.privacy.row(session.row(row.record_id, [row.record_id])), row.review
    blocked = seen.queue is Queue.ERROR and review.state is State.PENDING
    sign, state = (BLOCKED, "blocked") if blocked else (STATE_SIGNS[review.state], review.state.value)
    line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs))
    line.append(f"{sign} ", paint.bad if blocked else paint.state(review.state))
    line.append(pad(shown(seen.event_id, 40) or f"{NOTHING} no id", _EVENT) + " ", paint.strong if here else paint.text)
    when = session.settings.time(row.event_at) or NOTHING
    line.append(pad(when, _TIME), paint.muted)
    line.append(clip(shown(f"{seen.noun} · {seen.issue}", 200), max(4, width - line.cell_len)), paint.text)
    lines = [line]
    if review.seq:
        lines += _said(session, row, f"{state}: {seen.choice}" if seen.choice else state, width, paint)
    for one in lines if here else ():
        one.append(" " * max(0, width - one.cell_len))
        one.stylize(paint.cursor)
    return lines


def _said(session: Session, row: RelatedRow, state: str, width: int, paint: Paint) -> Lines:
    """What was decided on it: who, when, why."""
    privacy, review = session.privacy, row.review
    about = privacy.people(row.record_id)
    texts = (review.reason, review.question, review.note)
    words = [shown(state, 120), *(f"“{shown(privacy.typed(text, about), 200)}”" for text in texts if text)]
    said = Text(" · ".join(words), paint.text)
    said.append(f"  {shown(privacy.reviewer(review.by), 60)}, {session.settings.time(review.at)}", paint.muted)
    return labelled("", [said], width, _INDENT, (paint.muted, paint.text))
