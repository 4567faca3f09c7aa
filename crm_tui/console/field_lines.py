"""The fields of one row as lines: each side's value, what is chosen, and what approving would write then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from crm_tui.classify.fields import asks_who, open_question, side_words
from crm_tui.classify.staging import shown_value
from crm_tui.classify.values import wants_reason
from crm_tui.console.draw import Lines, clip, labelled, pad, shown, wrap
from crm_tui.console.field_cursor import field_sides, pick_of, side_numbers
from crm_tui.console.frame import Frame
from crm_tui.console.standing import Standing, approvable
from crm_tui.console.theme import CURSOR, LOCKED, NOTHING, Paint
from crm_tui.model import Case, CaseField, Mark, Pick, Queue, Take

_NARROWEST, _WIDEST = 18, 46
"""How many cells a side column gets."""
_VALUE_LINES = 3
_LEAST = 5
"""Lines that the fields keep where the words under them are long."""


class Drawn(NamedTuple):
    """The fields as they are drawn, and what stands where."""

    lines: Lines
    top: int
    """Line of the first field in view."""
    owners: Sequence[int]
    """Of each line from there on the number of its field."""
    sides: Sequence[str]
    """Keys of the sides in view."""
    left: int
    """Cell at which the first of them begins."""
    column: int
    """Cells that each of them takes."""

    def under(self, line: int, cell: int) -> tuple[int, str]:
        """Number of the field and key of the side at a place; -1 and ``""`` where there is none."""
        field = self.owners[line - self.top] if 0 <= line - self.top < len(self.owners) else -1
        at = (cell - self.left) // self.column
        return field, self.sides[at] if field >= 0 and 0 <= at < len(self.sides) else ""


def field_lines(standing: Standing, here: CaseField, frame: Frame) -> Lines:
    """The fields around the one under the cursor, and below them, always in view, what approving would write."""
    return drawn_fields(standing, here, frame).lines


def drawn_fields(standing: Standing, here: CaseField, frame: Frame) -> Drawn:
    """The same with what stands where."""
    label = _label_width(frame.width)
    sides = field_sides(standing.case)
    count = _in_view(sides, frame.width)
    shift = max(0, min(frame.shift, len(sides) - count))
    view = sides[shift : shift + count]
    column = max(_NARROWEST, min(_WIDEST, (frame.width - label - 4) // max(1, count)))
    heads = [_heads(standing, view, (label, column), frame.paint)]
    if count < len(sides):
        where = f"{count} of {len(sides)} sides, {len(sides) - count} more with ← →"
        heads.append(Text(" " * (label + 3) + where, frame.paint.muted))
    body: Lines = []
    owners: list[int] = []
    for number, field in enumerate(standing.case.fields):
        drawn = _field(standing, field, view, (label, column), frame.paint)
        if field is here:
            _under_cursor(drawn, frame)
        body.extend(drawn)
        owners.extend([number] * len(drawn))
    words = _words(standing, here, frame.measure, label, frame)
    room = max(_LEAST, frame.height - len(heads) - len(words) - 1)
    own = [at for at, owner in enumerate(owners) if standing.case.fields[owner] is here]
    # The cursor's field and the one after it stay in view.
    top = max(0, min(own[0], own[-1] + 2 - room, len(body) - room))
    below = len(body) - room - top
    more = f"{'↑ ' if top else ''}{'↓ ' if below > 0 else ''}"
    rule = f"─ {len(standing.case.fields)} fields {more}".ljust(frame.width - 1, "─") if more else ""
    lines = [*heads, *body[top : top + room], Text(f" {rule}"[: frame.width], frame.paint.faint), *words]
    return Drawn(lines, len(heads), owners[top : top + room], view, label + 3, column)


def hidden_sides(case: Case, width: int) -> int:
    """How many sides are out of view at this width, so can be scrolled to."""
    sides = field_sides(case)
    return len(sides) - _in_view(sides, width)


def _label_width(width: int) -> int:
    return 18 if width >= 100 else 12


def _in_view(sides: list[str], width: int) -> int:
    return min(len(sides), max(1, (width - _label_width(width) - 4) // _NARROWEST))


def _under_cursor(lines: Lines, frame: Frame) -> None:
    for line in lines:
        line.append(" " * max(0, frame.width - line.cell_len))
        line.stylize(frame.paint.cursor)
    lines[0].plain = f"{CURSOR}{lines[0].plain[1:]}"


def _heads(standing: Standing, view: list[str], widths: tuple[int, int], paint: Paint) -> Text:
    label, column = widths
    line = Text(" " * (label + 3))
    by_key = {side.key: side for side in standing.case.sides}
    numbers = side_numbers(standing.case)
    for key in view:
        words = shown(side_words(standing.case, key), 60)
        line.append(pad(f"  {numbers[key]} · {words}", column), f"bold {paint.system(by_key[key].system)}")
    return line


def _field(standing: Standing, field: CaseField, sides: list[str], widths: tuple[int, int], paint: Paint) -> Lines:
    label, column = widths
    pick = pick_of(standing, field)
    values = [_value(field, side) for side in sides]
    cells = [wrap(value, column - 4, _VALUE_LINES) for value in values]
    sign = f"{LOCKED} " if field.lock else ""
    names = wrap(f"{sign}{shown(field.label, 60)}", label)
    marks = _marks(standing.case, field)
    lines: Lines = []
    for row in range(max(len(names), *(len(cell) for cell in cells), 1)):
        line = Text("  ")
        line.append(
            pad(names[row] if row < len(names) else "", label) + " ", paint.needs if field.lock else paint.muted
        )
        for side, cell in zip(sides, cells, strict=True):
            taken = bool(pick and pick.take is Take.SIDE and pick.side == side)
            mark = marks.get(side, Mark.NEUTRAL) if row == 0 else Mark.NEUTRAL
            line.append(*((f"{CURSOR} ", paint.saved) if taken and row == 0 else paint.mark(mark)))
            text = cell[row] if row < len(cell) else ""
            style = f"bold {paint.saved}" if taken else paint.faint if side not in field.sides else paint.text
            line.append(pad(text, column - 2), style)
        lines.append(line)
    if pick and pick.take is not Take.SIDE:
        lines.append(Text.assemble("  " + " " * (label + 1), (_own(field, pick), f"bold {paint.saved}")))
    return lines


def _marks(case: Case, field: CaseField) -> dict[str, Mark]:
    """How the value of each side compares, as in the evidence of the row."""
    marks = next((row.marks for row in case.rows if row.field == field.row), ())
    return dict(zip((side.key for side in case.sides), marks, strict=False))


def _value(field: CaseField, side: str) -> str:
    value = field.offer(side) if side in field.sides else None
    return shown(shown_value(field.name, value), 300) if value else NOTHING


def _own(field: CaseField, pick: Pick) -> str:
    words = "edited, neither source" if pick.take is Take.EDITED else "both"
    return f"{CURSOR} {words}: {shown(shown_value(field.name, pick.value or ''), 300)}"


def _words(standing: Standing, here: CaseField, width: int, label: int, frame: Frame) -> Lines:
    """What is asked before the field is written, and what approving would write as it stands."""
    paint, approve = frame.paint, frame.key("approve")
    lines: Lines = []
    if here.lock:
        text = wants_reason(here, next((value for _, value in here.offers if value), "")) or "Stricter consent is free."
        lines += labelled(f"{LOCKED} {here.lock}", [clip(text, 400)], width, label + 2, (paint.needs, paint.text))
    option = approvable(standing)
    would = f"{approve} would"
    if option is None:
        # Only between known sides do the other fields follow from one that is taken.
        follows = standing.case.verdict.queue is Queue.CONFLICT and not asks_who(standing.case)
        way = "Take a field here, or esc" if follows else "esc"
        text = f"nothing yet: {open_question(standing.case)} is still to be chosen. {way} goes back to the choices."
        return [*lines, *labelled(would, [text], width, label + 2, (paint.muted, paint.muted))]
    return [*lines, *labelled(would, [shown(option.effect, 900)], width, label + 2, (paint.strong, paint.text))]
