"""``rows.jsonl``: the shape of a row, and rows read one at a time from the bytes of the file.

Lists of named values stand for maps, because field names come from the exports and canonical JSON has fixed keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypeAlias, TypedDict, overload

from msgspec import Meta

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.handoff.line_file import LineFile

Row: TypeAlias = Mapping[str, Any]

Whole = Annotated[int, Meta(ge=-canonical.MAX_INT, le=canonical.MAX_INT)]


class _Source(TypedDict):
    file: str
    line: Whole
    raw_sha256: str


class _Evidence(TypedDict):
    side: str
    field: str
    value: str
    text: str


class _Side(TypedDict):
    name: str
    subject: str
    option: str


class _Compared(TypedDict):
    field: str
    label: str
    values: list[str]
    marks: list[str]
    locked: bool


class _Pick(TypedDict):
    field: str
    take: str
    side: str
    value: str | None
    reason: str


class _Salts(TypedDict, total=False):
    by: str
    reason: str
    question: str
    note: str
    option: str
    source_of_truth: str
    suggested: str
    evidence: str
    staged: str
    picks: str
    field: str
    side: str
    value: str
    digest: str


class _Words(TypedDict):
    action: str
    option: str
    source_of_truth: str
    suggested: str
    reason: str
    question: str
    by: str
    at: str
    evidence: str
    override: bool
    outside: bool
    picks: list[_Pick]
    salts: _Salts


class _Decision(_Words):
    log_seq: Whole


class _Mark(TypedDict):
    name: str
    mark: str


class _Vote(_Words):
    staged: str
    marks: list[_Mark]
    replaces: list[str]


class _Staged(TypedDict):
    field: str
    value: str
    before: str | None


class _FieldRule(TypedDict):
    field: str
    rule: str
    source: str


class _Repaired(TypedDict):
    field: str
    label: str
    was: str
    value: str
    reason: str
    by: str
    at: str
    salts: _Salts


class _Which(TypedDict, total=False):
    field: str
    digest: str


class _Earlier(TypedDict):
    field: str
    digest: str
    salts: _Which


class RowShape(TypedDict):
    """One judged row; fields as in handoff.md's payload schema."""

    row_id: str
    event_id: str
    noun: str
    system: str
    target: str
    table: str
    contact_key: str
    source: _Source
    in_latest_load: bool
    loaded_at: str
    was: str
    outcome: str
    rule: str
    fired: list[str]
    word: str
    issue: str
    action: str
    status: str
    state: str
    evidence: list[_Evidence]
    evidence_text: str
    evidence_sha256: str
    sides: list[_Side]
    compared: list[_Compared]
    notes: list[str]
    decision: _Decision | None
    operation: str
    object: str
    target_id: str
    staged: list[_Staged]
    fields: list[_FieldRule]
    idempotency_key: str
    first_ready_seq: Whole
    votes: list[_Vote]
    repairs: NotRequired[list[_Repaired]]
    """Cells that a person typed over; ``was`` is what the file says.  Only in rows that have some."""
    earlier_repairs: NotRequired[list[_Earlier]]
    """Which cells were typed over before, on the bytes of which digest; what was typed there counts no more."""


_SHAPE = canonical.Shape(RowShape)


class Rows(LineFile, Sequence[Row]):
    """The rows in the bytes of a ``rows.jsonl``, each parsed when it is looked at and not kept.

    A row is held against its one form the first time that it is read, so the first pass has to go front to back.
    Raises ``HandoffRefused`` (``json.*``, ``schema``) for a line that is no row in that form.
    """

    def __init__(self, data: bytes | bytearray | memoryview, name: str = "rows.jsonl") -> None:
        super().__init__(data, name)
        self._checked = 0

    @classmethod
    def empty(cls, name: str = "rows.jsonl") -> Rows:
        """A file that is to be written."""
        return cls(bytearray(), name)

    def write(self, row: Row) -> Row:
        """Write one more row, and give it as it is read from there."""
        line = canonical.dumps_own(row)
        found = _SHAPE.loads(line)
        self.append(line)
        self._checked += 1
        return found

    @overload
    def __getitem__(self, number: int) -> Row: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Row]: ...
    def __getitem__(self, number: int | slice) -> Row | Sequence[Row]:
        """The row at a position from 0, or those of a span."""
        if isinstance(number, slice):
            return Some(self, range(len(self))[number])
        position = range(len(self))[number]
        line = self.line(position)
        if position < self._checked:
            return _SHAPE.known(line)
        try:
            row = _SHAPE.loads(line)
        except canonical.NotCanonical as error:
            what = "is no row of this form" if error.code == "schema" else "is not canonical JSON"
            raise HandoffRefused(error.code, f"line {position + 1} of {self._name} {what}.") from error
        if position == self._checked:
            self._checked += 1
        return row


class Some(Sequence[Row]):
    """Some of a sequence of rows, by their positions, in an order of their own; looked up again when read."""

    def __init__(self, rows: Sequence[Row], numbers: Iterable[int]) -> None:
        self._rows = rows
        self.numbers: Sequence[int] = numbers if isinstance(numbers, range) else tuple(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, number: int) -> Row: ...
    @overload
    def __getitem__(self, number: slice) -> Some: ...
    def __getitem__(self, number: int | slice) -> Row | Some:
        """The row at a position from 0, or those of a span."""
        if isinstance(number, slice):
            return Some(self._rows, self.numbers[number])
        return self._rows[self.numbers[number]]

    def __iter__(self) -> Iterator[Row]:
        return map(self._rows.__getitem__, self.numbers)
