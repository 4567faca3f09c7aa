"""The summary as blocks of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from rich.text import Text

from crm_tui.console.blocks import GAP, Block, Goal, Line, Sheet, laid_out, shared_out
from crm_tui.console.charts import centred, legend, length_words, spark, stacked
from crm_tui.console.draw import Lines, clip, pad, shown, wrap
from crm_tui.console.privacy import Privacy
from crm_tui.console.session import Session
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import AGREES, NOTHING, Paint
from crm_tui.model import Outcome, Queue, State
from crm_tui.systems import label
from crm_tui.text import counted
from crm_tui.workspace.selection import Facet, Filter, Value
from crm_tui.workspace.summary import Cell, Name, Parts, Reached, Summary, funnel, reached, rows_of, tally

_COLUMN = 58
"""The narrowest that a column of blocks may be."""
_WIDEST = 92
_MOST = 12
"""Bars of one block; what is more stands together in the last one."""
_NUMBERS = 15
_STEP = 16
_REASON = 32
"""Cells of the number and the reason beside a step of the funnel."""
_SLOTS = 24
_QUESTIONS = 3


def summary_page(session: Session, summary: Summary, width: int, paint: Paint, at: int) -> Sheet:
    """Everything for a width; ``at`` is the number of the spot under the cursor."""
    columns = max(1, min(3, width // (_COLUMN + GAP)))
    wide = min(_WIDEST, (width - GAP * (columns - 1)) // columns - (1 if columns > 1 else 0))
    blocks = _blocks(session, summary, wide, paint)
    return laid_out(shared_out(blocks, columns), wide, paint, at)


def _blocks(session: Session, summary: Summary, width: int, paint: Paint) -> list[Block]:
    sources, policy, privacy = session.cases.sources, session.cases.policy, session.privacy

    def source_goal(source: int) -> Goal:
        tab = _busiest([cell for cell in summary.cells if cell.source == source])
        return Goal(tab, _only(Facet.SOURCE, str(source)))

    def pair_of(cell: Cell) -> str:
        table = sources[cell.source].table
        return f"{label(table.system)} → {label(policy.route(table).destination)}"

    rules = tally(summary.cells, lambda cell: (cell.queue, cell.rule))
    held = [(rule, parts) for rule, parts in rules if rule[0] is not Queue.LEDGER]
    bars = _Bars(width, paint)
    found = [
        _whole(summary, width, paint),
        _left(summary, session, width, paint),
        _pace(summary, session, width, paint),
        _funnel(summary, width, paint),
        bars.block(
            "By outcome",
            tally(summary.cells, lambda cell: cell.outcome),
            lambda outcome: _OUTCOMES.get(outcome, outcome.value),
            lambda outcome: Goal(_TAB_OF_OUTCOME.get(outcome, Tab.LEDGER)),
        ),
        bars.block(
            "Why rows are held or blocked",
            held,
            lambda rule: rule[1].replace("_", " "),
            lambda rule: Goal(Tab.of(rule[0]), _only(Facet.RULE, rule[1])),
        ),
        bars.block(
            "By source",
            tally(summary.cells, lambda cell: cell.source),
            lambda source: shown(privacy.file(sources[source].name), 60),
            source_goal,
        ),
        bars.block("From → to", tally(summary.cells, pair_of), lambda pair: pair, lambda _: None),
        _ages(summary, session, width, paint),
    ]
    return [block for block in found if block]


_OUTCOMES = {Outcome.CONFLICT: "held: conflict", Outcome.ERROR: "blocked: error", Outcome.NO_WRITE: "nothing to write"}
_TAB_OF_OUTCOME = {Outcome.CONFLICT: Tab.CONFLICTS, Outcome.ERROR: Tab.ERRORS}


def _only(facet: Facet, text: str) -> Filter:
    return Filter(frozenset((Value(facet, text),)))


def _busiest(cells: Sequence[Cell]) -> Tab:
    """The tab in which most of these rows wait; where none does, the one that has most of them."""
    found = [cell for cell in cells if cell.reached in (Reached.WAITING, Reached.LATER)] or cells
    tabs = (Tab.CONFLICTS, Tab.LEDGER, Tab.ERRORS)
    return max(tabs, key=lambda tab: rows_of(found, lambda cell: cell.queue is tab.queue))


def _title(text: str, width: int, paint: Paint, aside: str = "") -> Line:
    line = Text.assemble(" ", (text, paint.strong), "  ")
    line.append("─" * max(0, width - line.cell_len - len(aside) - (2 if aside else 0)), paint.faint)
    line.append(f"  {aside}" if aside else "", paint.muted)
    return Line(line)


def _label(width: int) -> int:
    """Cells of the name before a bar."""
    return 20 if width < 62 else 24


class _Bars:
    """Blocks of bars of one width."""

    def __init__(self, width: int, paint: Paint) -> None:
        self.width, self.paint = width, paint

    def block(
        self,
        title: str,
        tallied: Sequence[tuple[Name, Parts]],
        named: Callable[[Name], str],
        goal: Callable[[Name], Goal | None],
    ) -> Block:
        """A bar for each name; nothing where there is none."""
        if not tallied:
            return []
        most = max(sum(parts.values()) for _, parts in tallied)
        block = [_title(title, self.width, self.paint, "rows   left")]
        kept = tallied if len(tallied) <= _MOST else tallied[: _MOST - 1]
        block += [Line(self._bar(named(name), parts, most), goal(name)) for name, parts in kept]
        beyond = tallied[len(kept) :]
        if beyond:
            rest = {part: sum(parts.get(part, 0) for _, parts in beyond) for part in Reached}
            block.append(Line(self._bar(f"{len(beyond)} others", rest, most)))
        return block

    def _bar(self, name: str, parts: Parts, most: int) -> Text:
        paint = self.paint
        line = Text.assemble("  ", (pad(name, _label(self.width)), paint.text), " ")
        line.append_text(stacked(parts, most, self.width - _label(self.width) - _NUMBERS - 3, paint))
        line.append(f"{sum(parts.values()):>8,}", paint.strong)
        left = parts.get(Reached.WAITING, 0) + parts.get(Reached.LATER, 0)
        if left:
            line.append(f"{left:>7,}", paint.needs)
        else:
            blocked = bool(parts.get(Reached.BLOCKED))
            line.append(f"{NOTHING if blocked else AGREES:>7}", paint.muted if blocked else paint.saved)
        return line


def _whole(summary: Summary, width: int, paint: Paint) -> Block:
    parts = Counter(dict(tally(summary.cells, lambda _: ""))[""] if summary.cells else {})
    for state, number in summary.groups:
        parts[reached(state)] += number
    total, counts = parts.total(), summary.counts
    if not total:
        return [_title("The whole", width, paint), Line(Text("  nothing is loaded yet", paint.muted))]
    decided, every = counts.done
    share = f" · {decided * 100 // every} %" if every else ""
    return [
        _title("The whole", width, paint, f"{counted(total, 'row')} · {counts.progress}{share}"),
        Line(Text.assemble("  ", stacked(parts, total, width - 2, paint))),
        *(Line(Text.assemble(" ", line)) for line in _legend_lines(width, paint)),
    ]


def _legend_lines(width: int, paint: Paint) -> Lines:
    whole = legend(paint)
    if whole.cell_len < width:
        return [whole]
    parts = tuple(Reached)
    return [legend(paint, parts[:3]), legend(paint, parts[3:])]


_WHY = (
    (Queue.CONFLICT, State.PENDING, "to decide", "held by a rule: somebody chooses"),
    (Queue.CONFLICT, State.CHOSEN, "chosen", "chosen, and not approved yet"),
    (Queue.LEDGER, State.PENDING, "to decide", "ready, every key agrees: {apply_set} approves them"),
    (Queue.LEDGER, State.CHOSEN, "changed", "fields chosen, and not approved yet"),
    (None, State.NEEDS_CLIENT, "needs client", "waiting for an answer"),
    (None, State.DEFERRED, "deferred", "left for later"),
    (None, State.STALE, "moved", "the evidence has moved since"),
)
"""The open rows, each in one line: queue (``None`` = both), state, name and why it is open."""
_WHY_GROUPS = {
    State.PENDING: "groups of records that may be the same",
    State.CHOSEN: "groups: chosen, and not approved yet",
    State.NEEDS_CLIENT: "groups: waiting for an answer",
    State.DEFERRED: "groups: left for later",
    State.STALE: "groups: their records have changed since",
}
"""The open groups of duplicates by their state."""


def _left(summary: Summary, session: Session, width: int, paint: Paint) -> Block:
    """What is left: the open rows by why they are, the groups, then what is blocked."""
    counts = summary.counts
    block = [_title("What is left, and why", width, paint, counts.brief_words)]
    opened = [cell for cell in summary.cells if cell.queue is not Queue.ERROR]
    for queue, state, name, why in _WHY:
        cells = [cell for cell in opened if cell.state is state and queue in (None, cell.queue)]
        if not cells:
            continue
        goal = Goal(Tab.of(queue) if queue else _busiest(cells), _only(Facet.STATE, state.value))
        why = why.format(apply_set=session.settings.key("apply_set"))
        block.append(_left_line(rows_of(cells), name, why, goal, width, paint.needs, paint))
        if state is State.NEEDS_CLIENT:
            block += _questions(summary, session.privacy, width, paint)
    rows_asked = any(cell.state is State.NEEDS_CLIENT for cell in opened)
    groups = dict(summary.groups)
    for state, why in _WHY_GROUPS.items():
        if number := groups.get(state, 0):
            goal = Goal(Tab.DUPLICATES, _only(Facet.STATE, state.value))
            block.append(_left_line(number, "duplicates", why, goal, width, paint.needs, paint))
            if state is State.NEEDS_CLIENT and not rows_asked:
                block += _questions(summary, session.privacy, width, paint)
    if not counts.left:
        sign = f"  {AGREES} every row is decided, {session.settings.key('handoff')} signs the handoff"
        block.append(Line(Text(sign, paint.saved)))
    if counts.errors:
        why = f"cannot be judged; {session.settings.key('edit')} repairs a cell"
        block.append(_left_line(counts.errors, "blocked", why, Goal(Tab.ERRORS, Filter()), width, paint.bad, paint))
        block += _aside(summary, width, paint)
    return block


_ASIDE = ((State.REJECTED, "rejected"), (State.DEFERRED, "deferred"), (State.NEEDS_CLIENT, "asked about"))


def _aside(summary: Summary, width: int, paint: Paint) -> Block:
    """What people have said of blocked rows, which decides none of them."""
    blocked = [cell for cell in summary.cells if cell.queue is Queue.ERROR]
    found = [(rows_of(cell for cell in blocked if cell.state is state), name) for state, name in _ASIDE]
    said = " · ".join(f"{rows:,} {name}" for rows, name in found if rows)
    return [Line(Text(clip(f"{'':10}of these {said}", width), paint.muted))] if said else []


def _left_line(rows: int, name: str, why: str, goal: Goal, width: int, style: str, paint: Paint) -> Line:
    text = Text.assemble((f"  {rows:>7,} ", style), (pad(name, 13), paint.text))
    text.append(clip(why, width - text.cell_len), paint.muted)
    return Line(text, goal)


def _questions(summary: Summary, privacy: Privacy, width: int, paint: Paint) -> Block:
    # Two records that are decided together, and the rows of a set, are asked one and the same.
    first = {text: record_id for record_id, text in reversed(summary.questions)}
    asked = Counter(text for _, text in summary.questions)
    words = []
    for text, rows in list(asked.items())[:_QUESTIONS]:
        said = f"“{shown(privacy.typed(text, privacy.people(first[text])), 200)}”"
        words.append(f"{said} on {rows:,}" if rows > 1 else said)
    if len(asked) > _QUESTIONS:
        words.append(f"and {len(asked) - _QUESTIONS:,} more")
    return [Line(Text(" " * 10 + clip(one, width - 10), paint.text)) for one in words]


def _funnel(summary: Summary, width: int, paint: Paint) -> Block:
    if not summary.read:
        return []
    block = [_title("From rows read to rows ready", width, paint)]
    steps = funnel(summary)
    room = max(8, width - _STEP - _REASON)
    before = steps[0].rows
    for step in steps:
        lost = before - step.rows
        if step is steps[1] and not lost:
            continue
        line = Text.assemble("  ", (pad(step.name, 14), paint.text))
        line.append_text(centred(step.rows, summary.read, room, paint.tab_edge))
        line.append(f"{step.rows:>8,}", paint.strong)
        words = clip(f"  −{lost:,} {step.lost}", width - line.cell_len)
        line.append(words if lost else "", paint.muted)
        block.append(Line(line))
        before = step.rows
    return block


def _facts(facts: Sequence[tuple[str, Text | str]], width: int, paint: Paint) -> Block:
    block: Block = []
    for name, said in facts:
        if isinstance(said, Text):
            block.append(Line(Text.assemble((f"  {name:<12} ", paint.muted), said)))
            continue
        for number, piece in enumerate(wrap(said, width - 15)):
            block.append(Line(Text.assemble((f"  {'' if number else name:<12} ", paint.muted), (piece, paint.text))))
    return block


def _pace(summary: Summary, session: Session, width: int, paint: Paint) -> Block:
    pace = summary.pace
    title = _title(
        "Pace of this sitting" if pace.running or not pace.acts else "Pace of the last sitting", width, paint
    )
    if not pace.acts:
        return [title, Line(Text("  nothing is decided yet", paint.muted))]
    since = f"{session.settings.time(pace.acts[0].at.isoformat())}, {length_words(pace.elapsed)}"
    presses = counted(pace.deciding, "key press", "key presses")
    facts: list[tuple[str, Text | str]] = [
        ("since", since),
        ("decided", f"{counted(pace.settled, *_what(summary))} by {presses}"),
    ]
    usual = pace.usual_gap
    if usual is not None:
        facts.append(("usually", f"{length_words(usual)} from one deciding key press to the next"))
    length = pace.time_left(summary.singly)
    if length:
        what = _what(summary) if summary.counts.conflicts_left else ("group", "groups")
        facts.append(
            (
                "time left",
                f"about {length_words(length)} at {counted(summary.singly, *what)} one by one; sets are quicker",
            )
        )
    slots = _slots(summary)
    if pace.deciding > 1:
        facts.append(
            (
                "",
                Text.assemble(
                    spark(slots, paint.tab_edge), (f"  per {length_words(pace.elapsed / len(slots))}", paint.muted)
                ),
            )
        )
    if summary.revisited or summary.undone:
        again = f"{counted(summary.revisited, *_what(summary))} decided more than once"
        facts.append(("gone back", f"{again}, {counted(summary.undone, 'undo')}"))
    if len(summary.reviewers) > 1:
        names = ", ".join(
            f"{shown(session.privacy.reviewer(name), 40) or 'somebody'} {number:,}"
            for name, number in summary.reviewers
        )
        facts.append(("reviewers", names))
    return [title, *_facts(facts, width, paint)]


def _what(summary: Summary) -> tuple[str, str]:
    """What was decided, one and many: groups of duplicates are no rows."""
    return ("row or group", "rows and groups") if summary.counts.duplicates else ("row", "rows")


def _slots(summary: Summary) -> list[int]:
    """Deciding key presses in equal parts of the sitting."""
    pace = summary.pace
    part = max(pace.elapsed / _SLOTS, timedelta(seconds=1))
    slots = [0] * _SLOTS
    for act in pace.acts:
        if act.settled:
            slots[min(_SLOTS - 1, (act.at - pace.acts[0].at) // part)] += 1
    return slots


def _ages(summary: Summary, session: Session, width: int, paint: Paint) -> Block:
    if not summary.ages:
        return []
    block = [_title("Age of the evidence", width, paint, "rows   left")]
    most = max(age.rows for age in summary.ages)
    for age in summary.ages:
        room = width - _label(width) - _NUMBERS - 3
        length = max(1, age.rows * room // most)
        line = Text.assemble("  ", (pad(age.name, _label(width)), paint.text), " ", ("█" * length, paint.tab_edge))
        line.append(" " * (room - length))
        line.append(f"{age.rows:>8,}", paint.strong)
        left = f"{age.left:,}" if age.left else NOTHING
        line.append(f"{left:>7}", paint.needs if age.left else paint.muted)
        block.append(Line(line))
    if summary.loaded_at:
        block.append(Line(Text(f"  files loaded {session.settings.time(summary.loaded_at)}", paint.muted)))
    return block
