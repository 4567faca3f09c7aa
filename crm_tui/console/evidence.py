"""The evidence of one row as lines: named sides × fields, then the rule, the suggestion, each choice's effect."""

from __future__ import annotations

from rich.text import Text

from crm_tui.classify.paired import AGREED
from crm_tui.classify.times import shown_time
from crm_tui.console.draw import (
    Lines,
    chunks,
    clip,
    clip_ids,
    differing,
    differing_digits,
    labelled,
    pad,
    shown,
    signed,
    wrap,
)
from crm_tui.console.error_report import error_lines
from crm_tui.console.frame import Density, Frame
from crm_tui.console.option_lines import DrawnOption, drawn_options, option_lines
from crm_tui.console.session import Session
from crm_tui.console.standing import Standing, approvable
from crm_tui.console.theme import CURSOR, DARK, LOCKED, NOTHING, PAINTS, STATE_SIGNS, Paint
from crm_tui.model import Case, CaseRow, Mark, Queue, State
from crm_tui.text import safe_text

_NARROWEST, _WIDEST = 20, 46
"""How many cells a side column gets."""
_DECISIVE = ("_id", "email", "phone", "new_value")
"""Ends of the names of fields that are never folded: keys, and what a change would write."""
_VALUE_LINES = 3


def evidence_lines(session: Session, standing: Standing, frame: Frame) -> Lines:
    """The lines for a row as it may be seen, as spacious as fits the pane."""
    lines: Lines = []
    for density in Density:
        lines = _lines(session, standing, frame, density)
        if len(lines) <= frame.height:
            break
    return lines


def _lines(session: Session, standing: Standing, frame: Frame, density: Density) -> Lines:
    compact = density >= Density.COMPACT
    parts = [_lead(standing, frame, density), _table(standing, frame, density)]
    if standing.case.verdict.queue is Queue.ERROR:
        parts.append(error_lines(session, standing, frame.measure, frame.words, frame.paint))
        parts.append(_decision(standing, frame))
    elif compact:
        parts.extend(_compact_words(standing, frame, density))
    else:
        parts.append(_decision(standing, frame))
        parts.append([*_why(standing, frame), *_evidence(standing, frame), *_suggestion(standing, frame)])
        parts.append(option_lines(standing, frame, density, drawn_options(standing, frame)))
    parts.append(_notes(standing, frame))
    gap: Lines = [] if compact else [Text("")]
    lines: Lines = [*gap]
    for part in parts:
        if part:
            lines.extend([*part, *gap])
    return lines[:-1] if gap else lines


def _compact_words(standing: Standing, frame: Frame, density: Density) -> list[Lines]:
    """The words with the decisive first: what ``a`` would write; what a mark says already comes last or is left out."""
    chosen = standing.review.state is State.CHOSEN
    suggested = bool(standing.case.suggestion)
    ahead = _ahead(standing, frame)
    others = [one for one in drawn_options(standing, frame) if one not in ahead]
    return [
        _given(standing, frame) if chosen else _decision(standing, frame),
        [] if _lead(standing, frame, density) else option_lines(standing, frame, density, ahead),
        _suggestion(standing, frame) if suggested else [],
        _why(standing, frame),
        option_lines(standing, frame, density, others),
        _folded(standing, frame),
        [] if suggested else _suggestion(standing, frame),
        _evidence(standing, frame),
    ]


def _ahead(standing: Standing, frame: Frame) -> list[DrawnOption]:
    """The choice that ``a`` would approve, with its key."""
    key = approvable(standing)
    return [one for one in drawn_options(standing, frame) if key and one.option.token == key.token]


def _lead(standing: Standing, frame: Frame, density: Density) -> Lines:
    """What the chosen merge does, above a table that may fill the pane: a merge cannot be undone."""
    if density is not Density.TIGHT or standing.case.verdict.queue is not Queue.DUPLICATE:
        return []
    return option_lines(standing, frame, density, _ahead(standing, frame))


# -- the table of sides


def order_of_sides(case: Case) -> list[int]:
    """Positions of the sides from left to right: what cannot be chosen first, the choices by number, nobody last."""
    numbers = {option.token: number for number, option in enumerate(case.options)}

    def place(index: int) -> tuple[int, int]:
        side = case.sides[index]
        if side.option in numbers:
            return 1, numbers[side.option]
        return (0, index) if index == 0 else (2, index)

    return sorted(range(len(case.sides)), key=place)


def shiftable(case: Case, width: int) -> int:
    """How many side columns are out of view at this width, so can be scrolled to."""
    sides = len(_shown_sides(case, width))
    return max(0, sides - _columns(Frame(width, 0, 0, PAINTS[DARK]), sides)[0])


def _shown_sides(case: Case, width: int) -> list[int]:
    order = order_of_sides(case)
    if width < 100 and len(order) > 2:
        # Where it is narrow, a column of dashes says less than the sentence under the table.
        order = [index for index in order if case.sides[index].subject != "nobody"] or order
    return order


def _columns(frame: Frame, sides: int) -> tuple[int, int]:
    """How many side columns are in view, and how wide each is."""
    room = frame.width - frame.label - 2
    least = 28 if frame.width >= 100 else _NARROWEST
    count = max(1, min(sides, room // least))
    return count, min(_WIDEST, room // count)


def number_under(session: Session, standing: Standing, frame: Frame, line: int, cell: int) -> int:
    """Number of the side that is drawn at a line and a cell of the evidence; 0 = none that can be chosen."""
    case = standing.case
    density = next(
        (one for one in Density if len(_lines(session, standing, frame, one)) <= frame.height), Density.TIGHT
    )
    top = len(_lead(standing, frame, density)) if density >= Density.COMPACT else 1
    view, width = _view(case, frame)
    at = (cell - frame.label - 1) // width
    if not (
        case.verdict.queue.held and 0 <= at < len(view) and top <= line < top + len(_grid(standing, frame, density))
    ):
        return 0
    numbers = {option.token: number for number, option in enumerate(case.options, 1)}
    return numbers.get(case.sides[view[at]].option, 0)


def _view(case: Case, frame: Frame) -> tuple[list[int], int]:
    """Positions of the sides in view from left to right, and how wide each is."""
    order = _shown_sides(case, frame.width)
    count, width = _columns(frame, len(order))
    # The first side stays, but where there is room for one only.
    frozen = min(1, count - 1)
    shift = max(0, min(frame.shift, len(order) - count))
    return [*order[:frozen], *order[frozen:][shift : shift + count - frozen]], width


def _table(standing: Standing, frame: Frame, density: Density) -> Lines:
    """The sides beside each other, and what is folded into sentences under them."""
    lines, folded = _grid(standing, frame, density), _split_rows(standing.case)[1]
    blocked = standing.case.verdict.queue is Queue.ERROR
    if density is Density.FOLDED or (folded and blocked and density > Density.FOLDED):
        lines.extend(_folded(standing, frame))
    lines.extend(_moved(standing, frame))
    return lines


def _grid(standing: Standing, frame: Frame, density: Density) -> Lines:
    """The heads of the sides, and a field a line."""
    view, width = _view(standing.case, frame)
    order = _shown_sides(standing.case, frame.width)
    lines = _heads(standing, frame, view, width, density >= Density.COMPACT)
    if len(order) > len(view):
        where = f"{len(view)} of {len(order)} sides, {len(order) - len(view)} more with ← →"
        lines.insert(0, Text(" " * (frame.words + 1) + where, frame.paint.muted))
    for row in standing.case.rows if density is Density.SPACIOUS else _split_rows(standing.case)[0]:
        lines.extend(_field(row, view, width, frame))
    return lines


def _folded(standing: Standing, frame: Frame) -> Lines:
    """What only the event has, as one sentence, and the fields that agree, as another."""
    folded = _split_rows(standing.case)[1]
    # A time that the export spells in two columns is told once.
    own = dict.fromkeys(f"{shown(row.label, 60)} {_value(row, 0)}" for row in folded if row.state != AGREED)
    alone = " · ".join(own)
    agreed = ", ".join(shown(row.label, 60) for row in folded if row.state == AGREED)
    style = (frame.paint.muted, frame.paint.text)
    lines: Lines = []
    for label, words in (("also", alone), ("agreed", agreed)):
        lines.extend(labelled(label, [words], frame.measure, frame.words, style) if words else [])
    return lines


def _moved(standing: Standing, frame: Frame) -> Lines:
    """Between two records: who changed what since they agreed, as one sentence."""
    told = [row for row in standing.case.rows if row.state not in ("", AGREED)]
    words = " · ".join(f"{shown(row.label, 60)}: {shown(row.state, 60)}" for row in told)
    style = (frame.paint.muted, frame.paint.text)
    return labelled("what moved", [words], frame.measure, frame.words, style) if words else []


def _split_rows(case: Case) -> tuple[list[CaseRow], list[CaseRow]]:
    """Rows drawn one a line, and those that fold into a sentence: all agree on them, or only the event has them."""
    rows = [row for row in case.rows if any(value.strip() for value in row.values)]
    alone = [row for row in rows if not row.locked and not any(value.strip() for value in row.values[1:])]
    folded = [row for row in rows if row.state == AGREED or (row in alone and not row.field.endswith(_DECISIVE))]
    compared = [row for row in rows if row not in folded]
    return compared, folded


def _heads(standing: Standing, frame: Frame, view: list[int], width: int, compact: bool) -> Lines:
    case, paint = standing.case, frame.paint
    numbers = {option.token: number for number, option in enumerate(case.options, 1)}
    blocks: list[list[tuple[str, str]]] = []
    for index in view:
        side = case.sides[index]
        number = numbers.get(side.option, 0) if side.option and case.verdict.queue.held else 0
        chosen = bool(standing.chosen and side.option == standing.chosen.token)
        dot = LOCKED if number and _asks_for_reason(standing, side.option) else "·"
        sign = f"{CURSOR if chosen else ''}{number} {dot} " if number else (f"{CURSOR} " if chosen else "")
        name = side.name.replace("contact map", "map") if compact and width < 38 else side.name
        style = paint.saved if chosen else paint.system(side.system)
        names = [(piece, f"bold {style}") for piece in wrap(f"{sign}{shown(name, 80)}", width - 3, 2)]
        subject = "" if _is_told(case, index) else side.subject
        blocks.append(
            [
                *names,
                (clip_ids(shown(subject, 80), width - 3), paint.strong if side.subject != "nobody" else paint.muted),
            ]
        )
    height = max(len(block) for block in blocks)
    if all(not block[-1][0] for block in blocks):
        height -= 1
    lines = [_head_line(blocks, at, width, frame) for at in range(height)]
    if not compact:
        lines.append(Text(" " + "─" * (frame.label + width * len(view) - 1), paint.faint))
    return lines


def _asks_for_reason(standing: Standing, token: str) -> bool:
    """Whether keeping this record asks for a typed reason; over the table, as the sentence may stand below the pane."""
    option = standing.option(token)
    return standing.case.verdict.queue is Queue.DUPLICATE and option is not None and option.takes_reason


def _is_told(case: Case, index: int) -> bool:
    """Whether the ids of a side all stand over the sides beside it: of what two records last agreed to."""
    others = {side.subject for at, side in enumerate(case.sides) if at != index}
    return bool(case.partner) and set(case.sides[index].subject.split(" · ")) <= others


def _head_line(blocks: list[list[tuple[str, str]]], at: int, width: int, frame: Frame) -> Text:
    line = Text(" " * (frame.label + 1))
    for block in blocks:
        text, style = block[at] if at < len(block) else ("", "")
        line.append("  ")
        line.append_text(signed(pad(text, width - 3) + " ", style))
    return line


def _field(row: CaseRow, view: list[int], width: int, frame: Frame) -> Lines:
    """One field: as many lines as its longest value takes, three at most."""
    paint = frame.paint
    cells = [_cell(row, index, width - 3, paint) for index in view]
    name = shown(row.label, 60)
    # A mark beside a name of several words keeps a gap; a single word is never broken for it.
    gap = row.marks[view[0]] is not Mark.NEUTRAL and " " in name
    labels = wrap(f"{LOCKED} {name}" if row.locked else name, frame.label - gap)
    height = max(len(labels), *(len(cell) for cell in cells))
    lines: Lines = []
    for at in range(height):
        line = Text(" ")
        label = labels[at] if at < len(labels) else ""
        line.append(pad(label, frame.label), paint.needs if row.locked else paint.muted)
        for index, cell in zip(view, cells, strict=True):
            line.append(*paint.mark(row.marks[index] if at == 0 else Mark.NEUTRAL))
            piece = cell[at] if at < len(cell) else Text("")
            line.append_text(piece)
            line.append(" " * (width - 2 - piece.cell_len))
        lines.append(line)
    return lines


def _value(row: CaseRow, index: int) -> str:
    """A value as it is drawn.  Keys are not searched for secrets: one long number in ten looks like a card."""
    text = row.values[index].strip()
    if row.field.endswith("_at"):
        text = shown_time(text)
    return safe_text(text, 400) if row.field.endswith(("phone", "_id")) else shown(text)


def _cell(row: CaseRow, index: int, width: int, paint: Paint) -> list[Text]:
    value = _value(row, index)
    if not value:
        return [Text(NOTHING, paint.faint)]
    text = Text(value, paint.muted if row.marks[index] is Mark.AGREES else paint.text)
    spans = differing_digits if row.field.endswith("phone") else differing
    for start, end in spans(value, _against(row, index)):
        text.stylize(paint.differs_span, start, end)
    pieces = [text[start:end] for start, end in chunks(value, width, _VALUE_LINES)]
    if sum(len(piece) for piece in pieces) < len(value):
        pieces[-1] = Text(clip(pieces[-1].plain + "……", width), pieces[-1].style)
    return pieces


def _against(row: CaseRow, index: int) -> str:
    """The value to mark differences against: the event's, and for the event the first that differs from it."""
    if row.marks[index] is Mark.DIFFERS and row.values[index]:
        return _value(row, 0) or _value(row, index)
    unlike = [at for at, mark in enumerate(row.marks) if mark is Mark.DIFFERS and row.values[at]]
    return _value(row, unlike[0]) if index == 0 and unlike else _value(row, index)


# -- the words under it


def _paragraph(label: str, text: str, frame: Frame, style: str = "") -> Lines:
    paint = frame.paint
    return labelled(label, [shown(text, 900)], frame.measure, frame.words, (paint.muted, style or paint.text))


def _why(standing: Standing, frame: Frame) -> Lines:
    case = standing.case
    label = {Queue.CONFLICT: "Why held", Queue.DUPLICATE: "Why asked"}.get(case.verdict.queue, "Why ready")
    style = frame.paint.strong if case.verdict.queue.held else ""
    return _paragraph(label, f"{case.why} ({case.verdict.rule})", frame, style)


def _suggestion(standing: Standing, frame: Frame) -> Lines:
    case = standing.case
    # Of the case itself: a suggestion says nothing of the fields that a person has chosen since.
    suggested = case.option(case.suggestion) if case.suggestion else None
    # On a ready pair the label is only the two ids, which stand above already.
    named = suggested is not None and not (case.verdict.queue is Queue.LEDGER and case.partner)
    words = f"{suggested.label}: {case.suggestion_text}" if suggested and named else case.suggestion_text
    told = (
        _paragraph("Earlier", f"{standing.earlier.words}; {frame.key('recall')} chooses so again", frame)
        if standing.earlier
        else []
    )
    return [*_paragraph("Suggestion", words, frame), *told]


def _evidence(standing: Standing, frame: Frame) -> Lines:
    """The judgement's own sentence; where there is none, what each key leads to."""
    case = standing.case
    sentences = [item.text for item in case.evidence if item.side == "judgement"]
    text = sentences[-1].removesuffix(case.why).strip() if sentences else ""
    return _paragraph("Evidence", text, frame) if text else []


def _decision(standing: Standing, frame: Frame) -> Lines:
    """What was decided, by whom and when, with the words that were given."""
    review, paint = standing.review, frame.paint
    lines: Lines = []
    if review.seq:
        said = f"{STATE_SIGNS[review.state]} {review.state.value}"
        if standing.chosen:
            said += f": {shown(standing.chosen.label, 80)}"
        text = Text(said, paint.state(review.state))
        text.append(f"  #{review.seq} by {shown(review.by, 60)}, {shown_time(review.at)}", paint.muted)
        if review.state is State.STALE:
            text.append("  The evidence has changed since; decide anew.", paint.bad)
        lines.extend(labelled("Decision", [text], frame.measure, frame.words, (paint.muted, paint.text)))
    return [*lines, *_given(standing, frame)]


def _given(standing: Standing, frame: Frame) -> Lines:
    """The words that people gave with the row."""
    review = standing.review
    lines: Lines = []
    for label, words in (("Reason", review.reason), ("Question", review.question), ("Note", review.note)):
        if words:
            lines.extend(_paragraph(label, words, frame))
    return lines


def _notes(standing: Standing, frame: Frame) -> Lines:
    lines: Lines = []
    for note in standing.case.notes:
        lines.extend(_paragraph("" if lines else "Seen", f"{note.text}.", frame, frame.paint.muted))
    if not standing.latest:
        text = "the latest load of this kind does not have this row."
        lines.extend(_paragraph("Source", text, frame, frame.paint.needs))
    return lines
