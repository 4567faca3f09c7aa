"""The fields of one row as lines: each side's value, what is chosen, and what approving would write then."""

from __future__ import annotations

from rich.text import Text

from crm_tui.classify.fields import asks_who, side_words
from crm_tui.classify.staging import shown_value
from crm_tui.classify.values import wants_reason
from crm_tui.console.draw import Lines, clip, labelled, pad, shown, wrap
from crm_tui.console.field_cursor import field_sides, pick_of
from crm_tui.console.standing import Standing, approvable
from crm_tui.console.theme import CURSOR, LOCKED, NOTHING, Paint
from crm_tui.model import CaseField, Pick, Take

_NARROWEST = 18
_VALUE_LINES = 3


def field_lines(standing: Standing, here: CaseField, width: int, paint: Paint) -> tuple[Lines, int]:
    """The lines, and the number of the one on which the field under the cursor starts."""
    label = 18 if width >= 100 else 12
    sides = field_sides(standing.case)
    sides = sides[: max(1, (width - label - 4) // _NARROWEST)]
    column = max(_NARROWEST, min(46, (width - label - 4) // max(1, len(sides))))
    lines = [_heads(standing, sides, label, column, paint)]
    at = 0
    for field in standing.case.fields:
        if field is here:
            at = len(lines)
        drawn = _field(standing, field, sides, (label, column), paint)
        for line in drawn if field is here else ():
            line.append(" " * max(0, width - line.cell_len))
            line.stylize(paint.cursor)
        if field is here:
            drawn[0].plain = f"{CURSOR}{drawn[0].plain[1:]}"
        lines.extend(drawn)
    return [*lines, Text(""), *_words(standing, here, min(width, 112), label, paint)], at


def _heads(standing: Standing, sides: list[str], label: int, column: int, paint: Paint) -> Text:
    line = Text(" " * (label + 3))
    by_key = {side.key: side for side in standing.case.sides}
    for number, key in enumerate(sides, 1):
        words = shown(side_words(standing.case, key), 60)
        line.append(pad(f"  {number} · {words}", column), f"bold {paint.system(by_key[key].system)}")
    return line


def _field(standing: Standing, field: CaseField, sides: list[str], widths: tuple[int, int], paint: Paint) -> Lines:
    label, column = widths
    pick = pick_of(standing, field)
    values = [_value(field, side) for side in sides]
    cells = [wrap(value, column - 4, _VALUE_LINES) for value in values]
    sign = f"{LOCKED} " if field.lock else ""
    names = wrap(f"{sign}{shown(field.label, 60)}", label)
    lines: Lines = []
    for row in range(max(len(names), *(len(cell) for cell in cells), 1)):
        line = Text("  ")
        line.append(
            pad(names[row] if row < len(names) else "", label) + " ", paint.needs if field.lock else paint.muted
        )
        for side, cell in zip(sides, cells, strict=True):
            taken = bool(pick and pick.take is Take.SIDE and pick.side == side)
            line.append(f"{CURSOR} " if taken and row == 0 else "  ", paint.saved)
            text = cell[row] if row < len(cell) else ""
            style = f"bold {paint.saved}" if taken else paint.faint if side not in field.sides else paint.text
            line.append(pad(text, column - 2), style)
        lines.append(line)
    if pick and pick.take is not Take.SIDE:
        lines.append(Text.assemble("  " + " " * (label + 1), (_own(field, pick), f"bold {paint.saved}")))
    return lines


def _value(field: CaseField, side: str) -> str:
    value = field.offer(side) if side in field.sides else None
    return shown(shown_value(field.name, value), 300) if value else NOTHING


def _own(field: CaseField, pick: Pick) -> str:
    words = "edited, neither source" if pick.take is Take.EDITED else "both"
    return f"{CURSOR} {words}: {shown(shown_value(field.name, pick.value or ''), 300)}"


def _words(standing: Standing, here: CaseField, width: int, label: int, paint: Paint) -> Lines:
    """What is asked before the field is written, and what ``a`` would write as it stands."""
    lines: Lines = []
    if here.lock:
        text = wants_reason(here, next((value for _, value in here.offers if value), "")) or "Stricter consent is free."
        lines += labelled(f"{LOCKED} {here.lock}", [clip(text, 400)], width, label + 2, (paint.needs, paint.text))
    option = approvable(standing)
    if option is None:
        what = "who the row is about" if asks_who(standing.case) else "whose values stand"
        text = f"nothing yet: {what} is not chosen. Take a field here, or esc goes back to the choices."
        return [*lines, *labelled("a would", [text], width, label + 2, (paint.muted, paint.muted))]
    return [*lines, *labelled("a would", [shown(option.effect, 900)], width, label + 2, (paint.strong, paint.text))]
