"""Reading a workspace: counts, pages of the queues, and the case of a row.

A case is built when it is looked at, by the same pure functions that judged the row at load.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import msgspec

from crm_tui.classify.case import build_case
from crm_tui.classify.duplicates import merged
from crm_tui.classify.event import Event
from crm_tui.classify.facts import Facts, Repeat
from crm_tui.classify.fields import LEAVE_BOTH, asks_who, base_choice, resolved
from crm_tui.classify.options import for_outsider
from crm_tui.classify.paired import mirror_option, with_mirror, with_rest
from crm_tui.classify.policy import Policy, default_policy_text
from crm_tui.identity.contact_map import Contacts
from crm_tui.identity.keys import Keyring
from crm_tui.intake.encoding import text_of
from crm_tui.model import Case, Contact, Option, Pick, Queue, Review, State
from crm_tui.workspace.collecting import without_collecting
from crm_tui.workspace.counts import ENDED, Counts, read_counts
from crm_tui.workspace.groups import PREFIX, Groups, Stored, built, members
from crm_tui.workspace.overlays import in_force, marked, typed_over
from crm_tui.workspace.records import StoredRecords
from crm_tui.workspace.reviews import moved, stored_reviews
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import (
    SourceRow,
    disconnected,
    stored_contacts,
    stored_event,
    stored_policy,
    stored_slices,
    stored_sources,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a queue."""

    record_id: int
    row_id: str
    event_id: str
    noun: str
    issue: str
    contact: str
    queue: Queue
    rule: str
    state: State
    choice: str
    """What was chosen, as a person reads it; ``""`` when nothing was."""
    latest: bool
    """Whether the latest load of its kind had the row."""


_RECORD = "record.id, row_id, source_id, first_line, raw, context, problem, repeat, latest"
_AT_ONCE = 500
"""Records that are read from the disk at a time where all are gone through."""


class DecidedLast(NamedTuple):
    """What one key press decided, as far as it stands."""

    record_id: int
    """The row that was acted on; of a set, its first."""
    first: int
    last: int
    """Numbers of its first and last entry."""
    rows: int


class Cases:
    """What the screens, the exports and the handoff read.  Call ``refresh`` after a load."""

    def __init__(self, store: Store, policy: Policy | None = None, *, map_at_hand: bool = False) -> None:
        """``map_at_hand``: hold the contact map in memory, for who judges many rows."""
        self.store = store
        self._instead = policy
        """A policy to judge by instead of the one in force."""
        self._map_at_hand = map_at_hand
        self.refresh()

    def refresh(self) -> None:
        """Read policy, sources and contact map anew."""
        self.policy: Policy = self._instead or stored_policy(self.store.connection)
        self.keyring = Keyring(self.policy.default_region, self.policy.own_names, self.policy.own_side)
        self.read_sources()
        with without_collecting():
            self.contacts: Contacts = stored_contacts(self.store, self.keyring, self.sources, at_hand=self._map_at_hand)
        self.groups = Groups(self.store.connection)
        self._read_connections()

    def read_connections(self) -> None:
        """Which systems the events loaded so far say are disconnected."""
        self.read_sources()
        self._read_connections()

    def _read_connections(self) -> None:
        self.contacts.disconnected = disconnected(self.store.connection, self.sources, self.keyring)

    def read_sources(self) -> None:
        """Read the sources anew, where policy and contact map are still the same."""
        self.sources: Mapping[int, SourceRow] = {source.id: source for source in stored_sources(self.store.connection)}
        self.repairs = in_force(self.store.connection)
        self.overlays = typed_over(self.repairs)
        told = (self.store.connection, self.sources, self.keyring, lambda: self.contacts, self.overlays)
        self.records = StoredRecords(*told)
        self._ahead: dict[int, tuple[int, str, int, int, bytes, str, str, str, int]] = {}
        self._events_ahead: dict[int, Event] = {}
        self._alone: Callable[[int], Case] = lru_cache(maxsize=512)(self._built)
        self._case: Callable[[int], Case] = lru_cache(maxsize=512)(self._told)

    def counts(self) -> Counts:
        """The present counts."""
        return read_counts(self.store.connection)

    def ids(self, queue: Queue | None = None, *, open_only: bool = False) -> list[int]:
        """Record ids of a queue in their order (``None``: of all rows); with ``open_only`` those that still wait."""
        if queue is Queue.DUPLICATE:
            return self.groups.ids(open_only=open_only)
        conditions = [f"queue = '{queue.value}'"] if queue else []
        if open_only:
            conditions.append(f"id NOT IN (SELECT record.id {ENDED})")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        # All in one piece: SQLite takes longer to give the ids one by one than to find them.
        (found,) = self.store.connection.execute(f"SELECT json_group_array(id) FROM record {where}").fetchone()
        return sorted(msgspec.json.decode(found, type=list[int]))

    def decided_last(self, number: int) -> list[DecidedLast]:
        """What was decided last and stands so, the newest first; a set counts once."""
        connection, found, before = self.store.connection, list[DecidedLast](), sys.maxsize
        standing = "FROM log JOIN decision USING (row_id, seq) JOIN record USING (row_id) WHERE state <> 'to decide'"
        group = "COALESCE(json_extract(CAST(body AS TEXT), '$.group'), seq)"
        latest = f"SELECT seq, {group} {standing} AND kind = 'decide' AND seq < ? ORDER BY seq DESC LIMIT 1"
        # The numbers of a set follow each other, from that of its first entry on.
        of_set = f"SELECT MIN(seq), record.id, COUNT(*) {standing} AND seq BETWEEN ? AND ?"
        while len(found) < number and (last := connection.execute(latest, (before,)).fetchone()):
            before = last[1]
            first, record_id, rows = connection.execute(of_set, (before, last[0])).fetchone()
            found.append(DecidedLast(record_id, first, last[0], rows))
        return found

    def by_row_id(self, row_id: str) -> int | None:
        """Record id of a row id; of a group of duplicates its number."""
        if row_id.startswith(PREFIX):
            return self.groups.number(row_id)
        row = self.store.connection.execute("SELECT id FROM record WHERE row_id = ?", (row_id,)).fetchone()
        return int(row[0]) if row else None

    def by_event_id(self, event_id: str) -> list[int]:
        """Record ids of an event id, exactly as written."""
        rows = self.store.connection.execute("SELECT id FROM record WHERE event_id = ? ORDER BY id", (event_id,))
        return [row[0] for row in rows] or self.groups.named(event_id)

    def rows(self, record_ids: Sequence[int]) -> list[Row]:
        """The queue lines of some records, in the order asked for."""
        reviews = self.reviews(record_ids)
        with self.looking_at(record_ids):
            return [self._row(one, reviews[one], self.is_latest(one)) for one in record_ids]

    def is_latest(self, record_id: int) -> bool:
        """Whether the latest load of its kind had the row."""
        return record_id < 0 or bool(self._record(record_id)[-1])

    def _row(self, record_id: int, review: Review, latest: bool) -> Row:
        case = self.case(record_id)
        review = self._current(case, review)
        chosen = self.decided_option(record_id, review)
        contact = self.contacts.contact(case.verdict.contact).label if case.verdict.contact else ""
        return Row(
            record_id,
            case.row_id,
            case.event_id,
            case.noun,
            case.issue,
            contact,
            case.verdict.queue,
            case.verdict.rule,
            review.state,
            chosen.label if chosen else "",
            latest,
        )

    def case(self, record_id: int) -> Case:
        """The case of one record."""
        return self._case(record_id)

    def _told(self, record_id: int) -> Case:
        """The case with what each choice would write to both systems, where two records are decided together."""
        case = self._alone(record_id)
        if all(option.name != LEAVE_BOTH for option in case.options) and not case.partner:
            return case
        return replace(case, options=tuple(self._with_mirror(record_id, option) for option in case.options))

    def _with_mirror(self, record_id: int, option: Option, picks: Iterable[Pick] = ()) -> Option:
        case = self._alone(record_id)
        other = self._alone(case.partner) if case.partner else None
        if other is None or other.partner != record_id:
            return with_rest(self.facts(record_id), option)
        mirrored = mirror_option(case, other, option)
        if mirrored and picks:
            mirrored = resolved(self.facts(case.partner), other, mirrored, picks)
        return with_rest(self.facts(record_id), with_mirror(option, mirrored))

    def place(self, record_id: int) -> tuple[str, int]:
        """File and line of a record."""
        _, _, source_id, line, *_ = self._record(record_id)
        return self.sources[source_id].name, line

    def _built(self, record_id: int) -> Case:
        if record_id < 0:
            return built(self, record_id)
        _, row_id, source_id, line, *_ = self._record(record_id)
        case = build_case(self.facts(record_id), row_id, self.sources[source_id].name, line)
        typed = self.repairs.get(record_id)
        return marked(case, self.sources[source_id].table, typed) if typed else case

    def _record(self, record_id: int) -> tuple[int, str, int, int, bytes, str, str, str, int]:
        if record_id in self._ahead:
            return self._ahead[record_id]
        sql = f"SELECT {_RECORD} FROM record WHERE id = ?"
        return self.store.connection.execute(sql, (record_id,)).fetchone()  # type: ignore[no-any-return]

    @contextmanager
    def reading_ahead(self, record_ids: Sequence[int]) -> Iterator[None]:
        """Read stored records with one query, for whatever looks at them meanwhile; nothing may be loaded then."""
        wanted = [one for one in record_ids if one > 0]
        if wanted:
            sql = f"SELECT {_RECORD} FROM record WHERE id IN (SELECT value FROM json_each(?))"
            self._ahead = {row[0]: row for row in self.store.connection.execute(sql, (json.dumps(wanted),))}
        try:
            yield
        finally:
            self._ahead = {}

    @contextmanager
    def looking_at(self, record_ids: Sequence[int]) -> Iterator[None]:
        """``reading_ahead`` of a page, and with it whom the keys of its records lead to."""
        with self.reading_ahead(record_ids):
            events = {one: self._event(one) for one in record_ids if one > 0}
            keys = (key for event in events.values() for key in event.keys)
            self.contacts.read_ahead((key.kind, key.value) for key in keys)
            self._events_ahead = events
            try:
                yield
            finally:
                self._events_ahead = {}

    def source(self, record_id: int) -> SourceRow:
        """The file that a record stands in."""
        return self.sources[self._record(record_id)[2]]

    def raw(self, record_id: int) -> bytes:
        """The bytes of the record as they stood in its file."""
        return self._record(record_id)[4]

    def raw_text(self, record_id: int) -> str:
        """The same as text; what is not in the encoding of its file is U+FFFD."""
        _, _, source_id, _, raw, *_ = self._record(record_id)
        return text_of(raw, self.sources[source_id].encoding)

    def facts(self, record_id: int) -> Facts:
        """What the judgement of one record looks at; of a group of duplicates, of its first record."""
        if record_id < 0:
            return members(self, self.groups.stored(record_id))[0].facts
        repeat = Repeat(self._record(record_id)[7])
        return Facts(self._event(record_id), self.contacts, self.policy, self.keyring, repeat, self.records)

    def _event(self, record_id: int) -> Event:
        if record_id in self._events_ahead:
            return self._events_ahead[record_id]
        _, _, source_id, _, raw, context, problem, *_ = self._record(record_id)
        overlay = self.overlays.get(record_id)
        return stored_event(self.sources[source_id], raw, context, problem, self.keyring, overlay)

    def option(self, record_id: int, name: str, picks: Iterable[Pick] = ()) -> Option | None:
        """The option that a token or journal name stands for here, also a contact of the map that is no candidate;
        with field choices laid over it."""
        case = self.case(record_id)
        found = case.option(name)
        if found is None and asks_who(case):
            contact = self.contact_named(name)
            found = for_outsider(self.facts(record_id), contact) if contact else None
        if found is None or not picks:
            return found
        return self._chosen(record_id, self.facts(record_id), found, list(picks))

    def _chosen(self, record_id: int, facts: Facts, option: Option, picks: list[Pick]) -> Option:
        """An option with field choices laid over it."""
        if record_id < 0:
            return merged(facts, self.case(record_id), option, picks)
        # The option as it is of this record alone: what it does to the other is laid over it again.
        alone = self._alone(record_id).option(option.name) or option
        return self._with_mirror(record_id, resolved(facts, self.case(record_id), alone, picks), picks)

    def options(self, record_id: int, picks: Iterable[Pick] = ()) -> tuple[Option, ...]:
        """The options open on a row, with field choices laid over them."""
        case = self.case(record_id)
        if not picks:
            return case.options
        facts, chosen = self.facts(record_id), list(picks)
        return tuple(self._chosen(record_id, facts, option, chosen) for option in case.options)

    def decided_option(self, record_id: int, review: Review) -> Option | None:
        """What has been chosen on a row, with its field choices; ``None`` where nothing is, or no longer open."""
        name = base_choice(self.case(record_id), review.choice, review.picks)
        return self.option(record_id, name, review.picks) if name else None

    def contact_named(self, name: str) -> Contact | None:
        """The one contact of the map with this contact id, key (``CLOSE-202/GHL-502``) or record id."""
        number = self.contacts.numbered(name)
        if number is not None:
            return self.contacts.contact(number)
        found = self.contacts.by_key(name)
        return found[0] if len(found) == 1 else None

    def review(self, record_id: int) -> Review:
        """What has been decided on one record."""
        return self._current(self.case(record_id), self.reviews([record_id])[record_id])

    def lapsed(self, case: Case, review: Review) -> bool:
        """Whether a decision no longer rests on what it was made on: the evidence has moved, or the contact that a
        person chose beyond the candidates is in the map no more."""
        chosen = review.choice.startswith("con-") and asks_who(case) and case.option(review.choice) is None
        return moved(case, review) or (chosen and self.contacts.numbered(review.choice) is None)

    def _current(self, case: Case, review: Review) -> Review:
        """The state as it counts now: a decision that has lapsed is stale, whatever the projection says."""
        return replace(review, state=State.STALE, picks=()) if self.lapsed(case, review) else review

    def reviews(self, record_ids: Iterable[int]) -> dict[int, Review]:
        """What has been decided on some records, as projected; ``review`` also looks at the evidence."""
        return stored_reviews(self.store.connection, record_ids)

    def each(self) -> Iterator[tuple[int, Case, Review]]:
        """Every record with its case and state, in row id order, as exports and handoffs list them."""
        ids = [row[0] for row in self.store.connection.execute("SELECT id FROM record ORDER BY row_id")]
        reviews = self.reviews(ids)
        for start in range(0, len(ids), _AT_ONCE):
            with self.looking_at(ids[start : start + _AT_ONCE]):
                for record_id in ids[start : start + _AT_ONCE]:
                    case = self.case(record_id)
                    yield record_id, case, self._current(case, reviews[record_id])

    def each_group(self) -> Iterator[tuple[Stored, Case, Review]]:
        """Every group of duplicates that is suggested or was decided, in row id order."""
        for one in self.groups.all():
            case = self.case(one.number)
            yield one, case, self._current(case, self.reviews([one.number])[one.number])

    def policy_text(self) -> str:
        """The policy in force, as TOML."""
        row = self.store.connection.execute("SELECT text FROM policy ORDER BY id DESC LIMIT 1").fetchone()
        return str(row[0]) if row else default_policy_text()

    def slices(self) -> list[dict[str, str]]:
        """The rows of the first-slice map in force, as written."""
        return stored_slices(self.store.connection, self.sources)
