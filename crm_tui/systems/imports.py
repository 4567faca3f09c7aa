"""What a system takes back: import files and requests, declared by each system in ``System.imports``.

A file is what the vendor's own importer reads; a request is a line for whoever writes through the vendor's API: method,
path and body, never a host and never a token (requirements 3.50).  Only changed fields are staged (X19), so a file of
updates has no cell that its rows do not set: no vendor has to guess what a blank means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from crm_tui.model import Outcome

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

VALUE = "$"
"""In ``Slot.item``: where the value goes."""
TARGET = "{id}"
"""In a path or a body: the destination's own id of the record."""
TARGET_NUMBER = "{id:number}"
"""In a body: the same as a number, where the vendor refuses a text (Copper, Pipedrive)."""

AS_NOTE = ("@channel", "@type", "@direction", "@time", "@status", "@event", "@text", "@body")
"""What a note says of an activity or appointment, in this order."""
NO_DOUBLE = "Look for one with this id first: a second would double it."

LINK = "keeps it as a link to a record, not as text"
USER = "takes the id of a user there, which is not known here"


class Form(StrEnum):
    """How a value is spelled in JSON."""

    TEXT = "text"
    BOOLEAN = "boolean"
    NUMBER = "number"
    LIST = "list"


class Part(StrEnum):
    """Which values of a list a slot takes, where a vendor adds and removes apart (GHL tags)."""

    ALL = "all"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Slot:
    """One column of an import file, or one place in a request's body, and the canonical fields that fill it."""

    name: str
    """The vendor's exact header; in a body the path, parts joined by ``/``, ``[0]`` for the first of a list."""
    fields: tuple[str, ...]
    """Canonical fields (``systems/fields.py``); of an event, ``@`` and the role of its column: ``@time``."""
    step: str = ""
    """Name in ``systems/spellings.py`` of the step from the canonical text to the vendor's spelling."""
    joint: str = " "
    """What joins several fields."""
    form: Form = Form.TEXT
    item: Mapping[str, str | bool] | None = None
    """In a body: the value is entered into a list as such an object, ``VALUE`` standing for it."""
    separator: str = ""
    """In a file: what joins the values of a list."""
    part: Part = Part.ALL
    default: str = ""
    """What fills it on a new record where the fields are blank; marked wherever it is (X12b)."""
    required: bool = False
    """The vendor refuses a blank, so the value cannot be cleared."""
    only: str = ""
    """The one canonical value that can be written there: ``true`` where consent can only be taken back."""
    fill_in: str = ""
    """What whoever sends it must put in place of the ``{…}`` in ``name``."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One kind of file that the vendor's importer takes."""

    object: str
    operation: Outcome
    slots: tuple[Slot, ...]
    """In the order of the columns."""
    id_header: str = ""
    """Header of the column with the destination's own id, the first one; ``""`` where records are made."""
    one_of: tuple[str, ...] = ()
    """Headers of which every row needs one at least."""
    max_rows: int = 50_000
    max_bytes: int = 10_000_000
    """Of one file; never more than the 10 MB of the bulk request (2.31)."""
    how: str = ""
    """What must be chosen in the vendor's importer, for the person at it."""
    fields: frozenset[str] = field(init=False, repr=False)
    """The canonical fields that its slots take."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", _fields(self.slots))


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the vendor's API; of several for one object and operation each takes the fields it has."""

    object: str
    operation: Outcome
    method: str
    """As the vendor documents it; never a ``PUT`` that would need the whole record (X19)."""
    path: str
    """From the root of the API; ``TARGET`` is the record's id there."""
    slots: tuple[Slot, ...]
    constants: Mapping[str, Json] = field(default_factory=dict)
    """Parts of the body that always stand, by path; ``TARGET`` in a text is replaced."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that change what the request means; never one that says who sends it."""
    blank: str | None = None
    """How a cleared value is written: null, or the empty text."""
    fill_in: Mapping[str, str] = field(default_factory=dict)
    """Path in the body (or name of a ``{…}`` in the path) → what whoever sends it must put there."""
    read_first: str = ""
    """What to look at in the destination before it is sent; ``""`` when only the values from before count."""
    fields: frozenset[str] = field(init=False, repr=False)
    """The canonical fields that its slots take."""
    aims: bool = field(init=False, repr=False)
    """Whether path or body name the record's id."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", _fields(self.slots))
        said = self.path + repr(self.constants)
        object.__setattr__(self, "aims", TARGET in said or TARGET_NUMBER in said)


def _fields(slots: tuple[Slot, ...]) -> frozenset[str]:
    return frozenset(name for slot in slots for name in slot.fields)


@dataclass(frozen=True, slots=True)
class Imports:
    """Everything that a system takes back."""

    files: tuple[ImportFile, ...] = ()
    requests: tuple[Request, ...] = ()
    own: str = ""
    """Where a request's body takes a field of the client's own, ``{}`` standing for its name (``properties/{}``)."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Canonical field → why the system does not take it, after ``Close`` or another label: ``keeps one name``."""

    @property
    def handled(self) -> frozenset[tuple[str, Outcome]]:
        """(object, operation) of everything that can be staged for the system."""
        files = ((one.object, one.operation) for one in self.files)
        return frozenset((*files, *((one.object, one.operation) for one in self.requests)))

    def file(self, thing: str, operation: Outcome) -> ImportFile | None:
        """The import file of an object and operation, if there is one."""
        return next((one for one in self.files if (one.object, one.operation) == (thing, operation)), None)

    def request(self, thing: str, operation: Outcome) -> tuple[Request, ...]:
        """The requests of an object and operation."""
        return tuple(one for one in self.requests if (one.object, one.operation) == (thing, operation))
