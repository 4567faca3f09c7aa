"""What a reader makes of a file: sources, records, and what it left out; nothing here reads anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from crm_tui.errors import InputError
from crm_tui.intake.origin import Origin
from crm_tui.intake.pages import Page
from crm_tui.systems.declare import Table
from crm_tui.systems.other import CONTACTS

if TYPE_CHECKING:
    from crm_tui.intake.column_map import ColumnMap

STAND_IN = CONTACTS
"""What a table that no system knows counts as until a column map says what it is."""
ABSENT = "".join(("\0", "absent"))
"""Stands, as this very object, for a cell that a record of its own shape does not have: not said, so not blank."""
BLANK = "blank"
"""Why bytes are left out that hold nothing."""
_MERGED = 4 << 10
HOLLOW_LIMIT = 10_000
"""Records of one file that are damaged or hold next to nothing, when they outnumber the others."""


class Layout(Protocol):
    """What it takes to parse a stored record again: a ``Source``, or its row in a workspace."""

    @property
    def format(self) -> str:
        """Name in ``FORMATS``."""

    @property
    def table(self) -> Table:
        """What the records are of."""

    @property
    def encoding(self) -> str:
        """Of the record's bytes."""

    @property
    def delimiter(self) -> str:
        """``""`` where the format has none."""

    @property
    def header(self) -> tuple[str, ...]:
        """The column names as written, or as the format's reader names them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the table that the header stands for by a column map; ``()`` = as the table spells them."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the user says about the files of a load, over what a reader would guess."""

    encoding: str = ""
    delimiter: str = ""


NOTHING_SAID = Overrides()


@dataclass(frozen=True, slots=True)
class Source:
    """One table of records as it was when its file was opened; a file may hold several.

    The records of a source, its ``header_raw`` and what was left out are the content of ``origin``, byte for byte;
    of payloads, those of all sources of the content together.
    Of a workbook they are the text of one sheet instead, because its own bytes are compressed XML.
    """

    origin: Origin
    format: str
    """Name in ``FORMATS``."""
    table: Table
    sha256: str
    """Of the content of ``origin``: of a compressed file, the expanded bytes."""
    size: int
    """Bytes of that content."""
    header: tuple[str, ...]
    """The header cells as written, or the names of the reader's columns."""
    header_sha256: str
    """Of ``header_raw``."""
    header_raw: bytes = b""
    """Everything before the first row: byte order mark, blank lines, header with its line end."""
    header_last_line: int = 0
    part: str = ""
    """Which part of the content: the name of the sheet, else ``""``."""
    encoding: str = "utf-8"
    """``utf-8``, or ``utf-8-sig`` when the file starts with a byte order mark."""
    delimiter: str = ""
    line_end: str = "\n"
    """How the header ends; ``"\\r"`` only when the file holds no line feed at all."""
    guessed: tuple[str, ...] = ()
    """What of ``encoding`` and ``delimiter`` is a guess that the user should look at."""
    pages: tuple[Page, ...] = ()
    """Of payloads: the answers to list requests that its records come from, and error answers."""
    notes: tuple[str, ...] = ()
    """What the reviewer should know of the source, one clause each (``formats.noted``)."""
    holds_rest: bool = True
    """Whether what lies around the records is left out with this source; of several of one content one does that."""

    holds: bytes = field(default=b"", repr=False, compare=False)
    """Of JSON Lines that hold several tables: a byte a line, 0 where the whole line is a record of another source."""
    base: bool = False
    """Whether the file is an older export, given as what was last agreed to."""

    map: ColumnMap | None = None
    """What says which column is which, where no header tells the table."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that a map says the header stands for; ``()`` without one."""
        return self.map.names(self.header) if self.map else ()

    @property
    def scope(self) -> str:
        """What keeps rows with equal ids of different unknown tables apart; ``""`` for known ones."""
        return self.map.scope if self.map else ""

    @property
    def judged(self) -> bool:
        """Whether its rows are judged and counted, and not kept for reference."""
        return self.table.kind.judged and not self.base

    @property
    def name(self) -> str:
        """How the source is called: ``export.csv``, ``backup.zip!Contacts_001.csv``, ``report.xlsx!Sheet1``."""
        return f"{self.origin.name}!{self.part}" if self.part else self.origin.name


class Record(NamedTuple):
    """One row or payload as it stands in the file; ``cells`` is in the order of the source's header."""

    first_line: int
    """Physical line, from 1; in a sheet the row number."""
    last_line: int
    offset: int
    """Byte offset of ``raw`` in the content."""
    raw: bytes
    """The exact bytes, with the line end."""
    cells: tuple[str, ...] | None
    """``None`` when the row cannot be read."""
    problem: str
    """Why it cannot be read, without any of its values; ``""`` when it can."""
    context: str = ""
    """What it takes beside ``raw`` to read the record again, in the words of its format; mostly nothing."""


class Skipped(NamedTuple):
    """Bytes that were left out: one span, or several of the same reason that follow each other."""

    first_line: int
    offset: int
    raw: bytes
    reason: str = BLANK
    """``blank``, ``footer`` or what else a reader says."""


def leave_out(skipped: list[Skipped], one: Skipped) -> None:
    """Note what is left out, in one span with what was before it: a million blank lines must not become a list."""
    last = skipped[-1] if skipped else one
    follows = last.offset + len(last.raw) == one.offset and last.reason == one.reason
    if follows and len(last.raw) < _MERGED:
        skipped[-1] = last._replace(raw=last.raw + one.raw)
    else:
        skipped.append(one)


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a file came to."""

    sources: tuple[Source, ...] = ()
    problems: tuple[InputError, ...] = field(default=())
    """One per part of the file that cannot be read."""
    notes: tuple[str, ...] = ()
    """What was passed over without loss, one sentence each: an empty sheet, a picture in an archive."""


class Hollow:
    """Counts the records of a file that are damaged or hold next to nothing.

    A small file may hold millions of them, each of which would become a row to look at.
    """

    def __init__(self, shown: str, what: str = "rows") -> None:
        self._shown, self._what = shown, what
        self._hollow = self._read = 0

    def note(self, hollow: bool) -> None:
        """Count one record; raises ``InputError`` when the file is no export."""
        self._read += 1
        if not hollow:
            return
        self._hollow += 1
        if self._hollow > HOLLOW_LIMIT and 2 * self._hollow > self._read:
            raise InputError(
                f"{self._shown} has over {HOLLOW_LIMIT:,} {self._what} that are damaged, unknown or hold next to"
                " nothing, more than all others; look at the file, or export it again."
            )


class UnknownTable(InputError):
    """A table whose rows can be read, but whose header no system knows; the load goes on without it."""

    def __init__(self, source: Source, message: str) -> None:
        super().__init__(message)
        self.source = source
        """Its ``table`` is a stand-in until a column map says what it is."""


def together(parts: Iterable[Opened]) -> Opened:
    """Several openings as one."""
    listed = list(parts)
    return Opened(
        tuple(source for part in listed for source in part.sources),
        tuple(problem for part in listed for problem in part.problems),
        tuple(note for part in listed for note in part.notes),
    )
