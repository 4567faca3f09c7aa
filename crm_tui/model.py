"""The nouns of a review (architecture.md, "The nouns"), immutable.

A row is read as a record, judged to a ``Verdict``, shown as a ``Case``, decided in the journal, and becomes a
``Staged`` row that somebody else writes.  Nothing here knows SQL, files or the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

Clock = Callable[[], datetime]
"""Gives the present time, aware, in UTC; injected so that nothing else reads the clock."""


class Queue(StrEnum):
    """Where the judgement puts a row; it does not change by deciding."""

    LEDGER = "ledger"
    CONFLICT = "conflict"
    ERROR = "error"
    DUPLICATE = "duplicate"
    """Not a row: a group of records that may be the same."""

    @property
    def held(self) -> bool:
        """Whether nothing happens until a person has chosen among the options."""
        return self in (Queue.CONFLICT, Queue.DUPLICATE)

    @property
    def word(self) -> str:
        """How a row of the queue is called to people: ``ready``, ``held`` or ``blocked`` (``workspace.counts``)."""
        return "held" if self.held else "blocked" if self is Queue.ERROR else "ready"


ROW_QUEUES = (Queue.LEDGER, Queue.CONFLICT, Queue.ERROR)
"""Every row of a file is in exactly one of them (architecture.md, invariant 1)."""


class Outcome(StrEnum):
    """What a row would do at its destination (requirements 0.12); held rows do nothing until decided."""

    CREATE = "create"
    UPDATE = "update"
    APPEND = "append"
    UPSERT = "upsert"
    LINK = "link"
    MERGE = "merge"
    """Of a group of duplicates: a person merges them in the destination itself (2.64)."""
    SOFT_DELETE = "soft-delete"
    NO_WRITE = "no-write"
    CONFLICT = "conflict"
    ERROR = "error"


class State(StrEnum):
    """What people have decided on a row so far."""

    PENDING = "to decide"
    CHOSEN = "chosen"
    APPROVED = "approved"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    NEEDS_CLIENT = "needs client"
    STALE = "stale"

    @property
    def outstanding(self) -> bool:
        """Whether the row still waits for a person: only an approval or a rejection ends the wait."""
        return self not in (State.APPROVED, State.REJECTED)


class Choice(StrEnum):
    """What a journal entry about a row says; the words of ``decide --from``."""

    CHOOSE = "choose"
    CLEAR = "clear"
    FIELD = "field"
    CLEAR_FIELD = "clear-field"
    APPROVE = "approve"
    REJECT = "reject"
    DEFER = "defer"
    NEEDS_CLIENT = "needs-client"
    NOTE = "note"
    REPAIR = "repair"
    """A value typed over a cell of the row, which is judged again; it decides nothing."""


class Key(NamedTuple):
    """One identity cell of a row, normalised."""

    column: str
    kind: str
    """``email``, ``phone`` or ``id:<system>``."""
    raw: str
    value: str
    """The compared value; ``""`` when the cell is blank or no usable key."""
    note: str
    """Why a non-blank cell is no key, or what was odd about one that is; ``""`` when nothing was."""


class Lint(NamedTuple):
    """One finding of the contact-map lint (requirements D1)."""

    code: str
    """``duplicate_email``, ``duplicate_phone``, ``duplicate_id``, ``missing_id``, ``wrong_id_format``,
    ``blank_email``, ``blank_phone``, ``unusable_email``, ``unusable_phone``, ``not_valid_phone``,
    ``unreadable``."""
    text: str
    holds: bool
    """Whether events that touch the contact are held."""
    system: str = ""
    """For ``missing_id``: the system whose id is missing; it holds events bound for that system only."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of the contact map."""

    number: int
    """Position in the map, from 1, over all loaded maps in their order."""
    contact_id: str
    """``con-`` + 16 hex: a stable name without personal data, for the journal."""
    ids: Mapping[str, str]
    """Record id per system, as written, without blanks: ``{"close": "CLOSE-101", "ghl": "GHL-501"}``."""
    emails: tuple[str, ...]
    """Normalised, usable ones."""
    phones: tuple[str, ...]
    """E.164, usable ones."""
    values: Mapping[str, str]
    """Last agreed values as written: canonical field → text.  ``""`` = agreed to be blank, absent = not recorded."""
    updated_at: Mapping[str, str]
    """Per system, as written."""
    lints: tuple[Lint, ...] = ()
    source: str = ""
    line: int = 0

    @property
    def key(self) -> str:
        """``CLOSE-202/GHL-502``: how the command line and the exports name a contact."""
        return "/".join([self.ids[system] for system in sorted(self.ids)])

    @property
    def label(self) -> str:
        """``CLOSE-202 · GHL-502``: how the screen names a contact."""
        return " · ".join([self.ids[system] for system in sorted(self.ids)])


class Note(NamedTuple):
    """Something the reviewer should see that does not hold the row."""

    code: str
    text: str


class Verdict(NamedTuple):
    """The judgement of one row: a pure function of (record, map, policy)."""

    queue: Queue
    outcome: Outcome
    rule: str
    """The rule that decided: ``accepted``, ``no_write`` or a code of requirements A.1."""
    fired: tuple[str, ...]
    """Every holding rule that would have fired, in order; the first one decided."""
    candidates: tuple[int, ...] = ()
    """Numbers of the contacts that the row's keys map to, in key order, each once."""

    @property
    def contact(self) -> int | None:
        """The one contact that the row is about, where there is exactly one."""
        return self.candidates[0] if len(self.candidates) == 1 else None


@dataclass(frozen=True, slots=True)
class Staged:
    """What a destination should do; never sent by this program (requirements D14)."""

    destination: str
    object: str
    operation: Outcome
    target_id: str
    """The destination's own record id of the contact; ``""`` when it is to be created first."""
    values: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    """Value that the destination last agreed to, per field written; ``None`` = not known, so not reversible."""


class Lock(StrEnum):
    """Why writing a field takes a typed reason (requirements D6)."""

    NONE = ""
    PROTECTED = "protected"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class CaseField:
    """One field of a case that can be chosen by itself, with the value of each side that can be taken."""

    name: str
    """As staged: ``phone``, ``start_at``."""
    row: str
    """``CaseRow.field`` of the row that it is drawn in."""
    label: str
    type: str
    """One of ``systems.fields.Type``."""
    lock: Lock
    offers: tuple[tuple[str, str | None], ...]
    """(``Side.key``, the value as it would be written; ``None`` = that side has none, so nothing is written)."""
    words: tuple[str, ...] = ()
    """The only words allowed; ``()`` = any."""

    def offer(self, side: str) -> str | None:
        """The value of a side."""
        return dict(self.offers)[side]

    @property
    def sides(self) -> tuple[str, ...]:
        """Keys of the sides that can be taken."""
        return tuple(side for side, _ in self.offers)


class Take(StrEnum):
    """How the value of a field was chosen."""

    SIDE = "side"
    BOTH = "both"
    EDITED = "edited"


class Pick(NamedTuple):
    """What a person chose for one field, apart from the choice for the whole row."""

    field: str
    take: Take
    side: str = ""
    """``Side.key``; only where a side was taken."""
    value: str | None = None
    """The value written; ``None`` = the destination's is left as it is.  Of a side: known once it is applied."""
    reason: str = ""
    """Typed where the field is protected, or says who the contact is."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice open on a case, with what it would write."""

    token: str
    """The word of ``decide --from``: ``CLOSE-202/GHL-502``, ``GHL``, ``contact map``, ``create``, ``no-write``."""
    label: str
    contact: int | None
    staged: Staged | None
    effect: str
    """What this choice would write, as a sentence."""
    locked: bool = False
    """A protected field: choosing it takes a typed reason (requirements D6)."""
    name: str = ""
    """How the journal names the option, without personal data: a contact id, or the token in lower case."""
    draft: Staged | None = None
    """Everything that could be written under this option, field by field; ``None`` = no field can be chosen."""
    overrides: bool = False
    """Whether a protected field is written, also where the reason is given already."""
    outside: bool = False
    """A contact that no key on the row leads to: choosing it takes a typed reason."""
    doubt: str = ""
    """What speaks against it, as a question that is answered before it is chosen; ``""`` = nothing."""
    home: str = ""
    """Key of the side that says what the destination's record has already, where no contact of the map does."""
    picks: tuple[Pick, ...] = ()
    """The field choices that are laid over it, with the values that they write."""
    beside: Staged | None = None
    """What the same choice stages through the record that is decided together with this one."""

    @property
    def clears(self) -> bool:
        """Whether it takes a value away, here or in the record that is decided together with this one."""
        return any(one is not None and "" in one.values.values() for one in (self.staged, self.beside))

    @property
    def takes_reason(self) -> bool:
        """Whether choosing it takes a typed reason."""
        return self.locked or self.outside or bool(self.doubt)


class Side(NamedTuple):
    """One named column of a case."""

    name: str
    """``the event says``, ``contact map, by e-mail``."""
    system: str
    subject: str
    """Who this side speaks of: ``CLOSE-202 · GHL-502``, ``nobody`` or ``""``."""
    option: str
    """Token of the option that this side stands for, or ``""``."""
    key: str = ""
    """How the journal names the side, without personal data: the system of the event, or a contact id."""


class Mark(StrEnum):
    """How a cell compares with the event's."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NEUTRAL = "neutral"


class CaseRow(NamedTuple):
    """One field of a case: a value and a mark per side, in the order of the sides."""

    field: str
    label: str
    values: tuple[str, ...]
    """As written; ``""`` = the side has no value."""
    marks: tuple[Mark, ...]
    locked: bool
    state: str = ""
    """How the sides stand to each other, in words: ``only Salesforce changed``; ``""`` where the marks say it all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement that the judgement rests on."""

    side: str
    field: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the reviewer sees of one row: named sides × fields, the rule in words, the options open."""

    row_id: str
    event_id: str
    noun: str
    """``Close appointment``, ``OpenPhone call``."""
    source: str
    line: int
    verdict: Verdict
    status: str
    """The seed's status word: ``ready for sync``, ``ready for review``, ``blocked``, ``error``."""
    issue: str
    why: str
    """The rule in words."""
    action: str
    """What the reviewer is asked to do."""
    suggestion: str
    """Token of the option that is suggested, or ``""``."""
    suggestion_text: str
    target: str
    """Destination system."""
    contact_key: str
    partner: int
    """Number of the record that is decided together with this one; 0 = none."""
    sides: tuple[Side, ...]
    rows: tuple[CaseRow, ...]
    options: tuple[Option, ...]
    fields: tuple[CaseField, ...]
    """What can be chosen field by field, in the order drawn."""
    evidence: tuple[Evidence, ...]
    notes: tuple[Note, ...]
    fingerprint: str
    """SHA-256 hex of the evidence shown: a decision belongs to it (requirements D9)."""
    alone: str = ""
    """Why it is never decided in a set; ``""`` = it may be.  Only groups of duplicates say so."""

    def option(self, token: str) -> Option | None:
        """The option of that token or journal name, compared without case; ``None`` when it is not open here."""
        wanted = token.lower()
        return next((option for option in self.options if wanted in (option.token.lower(), option.name)), None)


@dataclass(frozen=True, slots=True)
class Review:
    """The decided state of one row: what the journal says of it, folded."""

    state: State = State.PENDING
    choice: str = ""
    """Journal name of the option chosen (``Option.name``), or ``""``."""
    suggested: str = ""
    """Journal name of the option that was suggested at that time, or ``""``."""
    action: str = ""
    """Word of the entry that decided (``Choice``); it stays when the evidence has moved and the state is stale."""
    by: str = ""
    at: str = ""
    seq: int = 0
    reason: str = ""
    question: str = ""
    note: str = ""
    fingerprint: str = ""
    """Of the evidence that the decision was made on."""
    picks: tuple[Pick, ...] = ()
    """The field choices in force, sorted by field."""
