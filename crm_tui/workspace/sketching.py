"""The rows of one source as a load keeps them: what each is called, when it happened, what the rules say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from crm_tui.classify.alike import Alike, Sketch, can_tell
from crm_tui.classify.event import Event, read_event, unreadable_event
from crm_tui.classify.facts import Facts, Repeat
from crm_tui.classify.judge import Words, judge, words_of
from crm_tui.classify.priority import is_high
from crm_tui.intake.formats import named, places
from crm_tui.intake.source import Record, Source
from crm_tui.workspace.cases import Cases

_AT_ONCE = 2_000


class Sketching:
    """Judges the records of a source: together where it can be told which of them look the same."""

    def __init__(self, source: Source, cases: Cases) -> None:
        self._table, self._cells_of, self._cases = source.table, named(source), cases
        fixed = places(source)
        self._alike: Alike | None = None
        if fixed is not None and can_tell(source.table, fixed, cases.keyring):
            self._alike = Alike(source.table, fixed, cases.contacts, cases.policy, cases.keyring)

    def sketched(self, found: Iterable[Record]) -> Iterator[tuple[Record, Sketch]]:
        """Each record with what is kept of it where no other record of the load has its event id."""
        stream = iter(found)
        while some := list(islice(stream, _AT_ONCE)):
            yield from zip(some, self._sketches(some), strict=True)

    def _sketches(self, some: Sequence[Record]) -> Iterator[Sketch]:
        if self._alike is None:
            return map(self._sketch, some)
        together = self._alike.sketches([record.cells for record in some if record.cells is not None])
        return (self._sketch(record) if record.cells is None else next(together) for record in some)

    def _sketch(self, record: Record) -> Sketch:
        event = self._event(record)
        words, contact = self._judged(event, Repeat.NONE)
        high = is_high(event, self._cases.policy)
        return Sketch(event.event_id, event.field, event.sort_time, words, high, contact)

    def repeated(self, record: Record, repeat: Repeat) -> tuple[Words, int | None]:
        """What the rules say of a record whose event id stands in the load more than once."""
        return self._judged(self._event(record), repeat)

    def _event(self, record: Record) -> Event:
        if record.cells is None:
            return unreadable_event(self._table, record.problem)
        return read_event(self._table, self._cells_of(record.cells), self._cases.keyring)

    def _judged(self, event: Event, repeat: Repeat) -> tuple[Words, int | None]:
        cases = self._cases
        verdict = judge(Facts(event, cases.contacts, cases.policy, cases.keyring, repeat))
        return words_of(verdict), verdict.candidates[0] if len(verdict.candidates) == 1 else None
