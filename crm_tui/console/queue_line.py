"""One line of the queue, and how its columns share the width."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.text import Text

from crm_tui.console.draw import clip_ids, pad, shown
from crm_tui.console.theme import BLOCKED, CURSOR, MARKED, NOTHING, STATE_SIGNS, Paint
from crm_tui.model import Queue, State
from crm_tui.workspace.cases import Row

_TITLES_OF_GROUPS = ("group", "records of", "may be the same", "how alike, who stays", "state")
_SHORT_STATES = {State.PENDING: "decide", State.NEEDS_CLIENT: "client"}


@dataclass(frozen=True, slots=True)
class QueueColumns:
    """Widths in cells; 0 = the column is left out."""

    event: int
    source: int
    issue: int
    contact: int
    state: int

    @classmethod
    def fitting(cls, width: int, queue: Queue) -> QueueColumns:
        """Columns for a width; the issue takes what the others leave, up to a readable measure."""
        event, state = (12, 14) if width >= 100 else (9, 10)
        source = 19 if width >= 100 else 0
        contact = 0 if queue is Queue.ERROR else (28 if width >= 130 else 21)
        gaps = sum(1 for one in (event, source, contact, state) if one)
        issue = width - 4 - gaps - event - source - contact - state
        return cls(event, source, max(10, min(issue, 56)), contact, state)


@lru_cache(maxsize=256)
def system_of(noun: str) -> str:
    """The system that a row's noun names."""
    from crm_tui.systems import SYSTEMS

    named = [name for name, system in SYSTEMS.items() if noun.startswith(system.label)]
    return max(named, key=lambda name: len(SYSTEMS[name].label), default="activity-feed")


def heading_line(columns: QueueColumns, queue: Queue | None, paint: Paint) -> Text:
    """The column titles."""
    groups = queue is Queue.DUPLICATE
    titles = _TITLES_OF_GROUPS if groups else ("event", "source", "issue", "contact", "state")
    return Text("    " + _joined(columns, titles), paint.muted)


def _joined(columns: QueueColumns, texts: tuple[str, str, str, str, str]) -> str:
    widths = (columns.event, columns.source, columns.issue, columns.contact, columns.state)
    return " ".join(pad(text, width) for text, width in zip(texts, widths, strict=True) if width)


def queue_line(row: Row, columns: QueueColumns, paint: Paint, *, here: bool, marked: bool = False) -> Text:
    """A row of the queue."""
    from crm_tui.systems import SYSTEMS

    system = system_of(row.noun)
    letter = SYSTEMS[system].letter
    line = Text(f"{CURSOR if here else ' '}{MARKED if marked else ' '}", paint.needs if here or marked else "")
    line.append(f"{letter}", f"bold {paint.system(system)}")
    line.append(" ")
    decided = not row.state.outstanding
    name = shown(row.event_id, 60) or f"{NOTHING} no id"
    line.append(pad(clip_ids(name, columns.event), columns.event) + " ", _event_style(paint, here, decided))
    if columns.source:
        line.append(pad(shown(row.noun, 60), columns.source) + " ", paint.muted)
    issue = _issue(row) if row.latest else f"{row.issue} · not in the latest load"
    line.append(pad(shown(issue, 120), columns.issue) + " ", paint.muted if decided else paint.text)
    if columns.contact:
        line.append(pad(_contact(row, columns.contact), columns.contact) + " ", paint.muted if decided else paint.text)
    line.append(pad(*_state(row, columns)), _state_style(row, paint))
    if here:
        line.append(" ")
        line.stylize(paint.cursor)
    return line


def _event_style(paint: Paint, here: bool, decided: bool) -> str:
    if here:
        return paint.strong
    return paint.muted if decided else paint.text


def _issue(row: Row) -> str:
    """Of a group who its records are; how alike they are stands beside that."""
    return row.issue.rpartition(": ")[0] if row.queue is Queue.DUPLICATE else row.issue


def _contact(row: Row, width: int) -> str:
    if row.choice and row.queue.held:
        return f"→ {clip_ids(shown(row.choice, 80), width - 2)}"
    if row.queue is Queue.DUPLICATE:
        return shown(row.issue.rpartition(": ")[2], 80)
    return clip_ids(shown(row.contact, 80), width) or NOTHING


def _state(row: Row, columns: QueueColumns) -> tuple[str, int]:
    if row.queue is Queue.ERROR and row.state is State.PENDING:
        return f"{BLOCKED} blocked", columns.state
    if row.queue is Queue.DUPLICATE and row.state is State.REJECTED:
        return f"{STATE_SIGNS[row.state]} not the same", columns.state
    if row.queue is Queue.DUPLICATE and row.state is State.CHOSEN and not row.choice:
        return f"{STATE_SIGNS[row.state]} fields", columns.state
    word = row.state.value if columns.state >= 14 else _SHORT_STATES.get(row.state, row.state.value)
    return f"{STATE_SIGNS[row.state]} {word}", columns.state


def _state_style(row: Row, paint: Paint) -> str:
    if row.queue is Queue.ERROR and row.state is State.PENDING:
        return paint.bad
    return paint.state(row.state)
