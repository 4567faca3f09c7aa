"""Column maps: which column of a table that no system knows is which column of a table that is known here.

A map is a small TOML file.  It counts for files with exactly the header that it lists, in any order, and only once a
person has confirmed it, by giving it to a load or on the mapping screen::

    name = "Kontakte"
    table = "other-contacts"

    [columns]
    "E-Mail" = "email"
    "Notiz" = ""
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crm_tui.errors import InputError
from crm_tui.files import read_file
from crm_tui.systems import TABLES, header_name
from crm_tui.systems.declare import IDENTITY_ROLES, Column, Kind, Table
from crm_tui.text import one_of, safe_text

MAX_BYTES = 1 << 20
"""Bytes of a map file."""
_NAMED = 12
"""Tables or columns that an error names at most."""


class ColumnMap(BaseModel):
    """How one kind of unknown table is read."""

    # Deferred: most reviews have no such map.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    """What the table is called.  It is part of its rows' ids: a later export under the same name replaces them."""
    table: str
    """Name of the table that it is read as (``crm-tui systems --tables``)."""
    columns: dict[str, str] = Field(min_length=1, max_length=5_000)
    """Header cell (``header_keys``) → column or canonical field of that table; ``""`` = left out of the judgement."""
    text: str = Field(default="", exclude=True, repr=False)
    """The TOML as written; set by ``parse_map``."""

    @property
    def sha256(self) -> str:
        """Digest of the TOML, as the journal names the map."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def target(self) -> Table:
        """The table that it reads as."""
        return TABLES[self.table]

    @property
    def scope(self) -> str:
        """What keeps the rows of different unknown tables apart; ids of a known system need nothing for that."""
        return self.name if self.target.by_map else ""

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a header has exactly the columns that the map lists, in any order."""
        return self.columns.keys() == set(header_keys(header))

    def names(self, header: Sequence[str]) -> tuple[str, ...]:
        """The column of the table that each cell of a header stands for; one that is left out has a ``+`` before it."""
        keys = header_keys(header)
        columns = {key: column_of(self.target, self.columns[key]) for key in keys}
        return tuple(column.name if (column := columns[key]) else f"+{key}" for key in keys)


def header_keys(header: Iterable[str]) -> tuple[str, ...]:
    """A name of its own for each header cell: as written, ``#8`` by its position when blank, ``Name #12`` if taken."""
    taken: dict[str, None] = {}
    for position, cell in enumerate(header, 1):
        key = cell.strip() or f"#{position}"
        if key in taken:
            key = f"{key} #{position}"
        while key in taken:
            key += f" #{position}"
        taken[key] = None
    return tuple(taken)


def column_of(table: Table, word: str) -> Column | None:
    """The column that a map means: by its name, another spelling of its header, or the canonical field it carries."""
    if not word:
        return None
    found = table.by_name.get(word) or table.spelled.get(header_name(word))
    return found or next((column for column in table.columns if column.field == word), None)


def targets() -> dict[str, Table]:
    """The tables that a map may name: all with a header, but the map of slices."""
    tables = (table for table in TABLES.values() if table.payload is None)
    return {table.name: table for table in tables if table.kind not in (Kind.SLICE_MAP, Kind.UNKNOWN)}


def parse_map(text: str, file: str) -> ColumnMap:
    """The map that a TOML text describes; raises ``InputError`` that names the file, the key and the column."""
    where = safe_text(file)
    try:
        written = tomllib.loads(text)
        found = ColumnMap.model_validate(written)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not TOML: {safe_text(str(error))}.") from error
    except RecursionError as error:
        raise InputError(f"{where} is nested too deeply to be a column map.") from error
    except ValidationError as error:
        raise InputError(f"{where}: {_first_fault(error)}.") from error
    if "text" in written:
        raise InputError(f"{where}: text: no such key.")
    wrong = faults(found.table, found.columns)
    if wrong:
        raise InputError(f"{where}: {wrong[0]}{'' if wrong[0].endswith('?') else '.'}")
    return found.model_copy(update={"text": text})


def read_map(path: Path) -> ColumnMap:
    """The map in a file; raises ``InputError``."""
    try:
        return parse_map(read_file(path, MAX_BYTES).decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise InputError(f"{safe_text(str(path))} is not UTF-8; save the column map in UTF-8.") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(safe_text(str(part), 80) for part in fault["loc"])
    message = "no such key" if fault["type"] == "extra_forbidden" else str(fault["msg"])
    return safe_text(f"{where}: {message}" if where else message, 300)


def faults(table_name: str, columns: Mapping[str, str]) -> list[str]:
    """What keeps a map from being used, one clause each that names the key; ``[]`` when nothing does."""
    known = targets()
    if table_name not in known:
        return [f"table: {safe_text(table_name, 60)!r} is no table{_meant(table_name, known)}"]
    table = known[table_name]
    found: list[str] = []
    taken: dict[str, str] = {}
    for key, word in columns.items():
        column = column_of(table, word)
        if word and column is None:
            names = [*table.by_name, *(one.field for one in table.columns if one.field)]
            shown = safe_text(word, 60)
            found.append(f"columns.{safe_text(key, 60)!r}: {shown!r} is no column of {table.name}{_meant(word, names)}")
        elif column and column.name in taken:
            both = f"{taken[column.name]!r} and {safe_text(key, 60)!r}"
            found.append(f"columns: {both} are both {column.name}; leave one out")
        elif column:
            taken[column.name] = safe_text(key, 60)
    return found or _lacking(table, taken)


def _lacking(table: Table, taken: Iterable[str]) -> list[str]:
    names = set(taken)
    lacking = [name for name in table.header if name not in names]
    if lacking:
        return [f"columns: {table.name} needs {one_of(lacking, 'and')}; say which column it is"]
    ids = sum(column.name in names for column in table.identity if column.system)
    if ids < table.ids_needed:
        return [f"columns: {table.name} needs the ids of {table.ids_needed} systems"]
    if table.kind is not Kind.ACCOUNT and not any(table.by_name[name].role in IDENTITY_ROLES for name in names):
        return ["columns: nothing says who a row is about; an e-mail, a phone or a record id of a known system must"]
    return []


def _meant(word: str, known: Iterable[str]) -> str:
    listed = list(dict.fromkeys(known))
    close = get_close_matches(word, listed, 1)
    if close:
        return f"; is it {close[0]}?"
    return f"; known are {', '.join(listed[:_NAMED])}{' …' if len(listed) > _NAMED else ''}"


def written(name: str, table: str, columns: Mapping[str, tuple[str, str]], about: Sequence[str] = ()) -> str:
    """A map as TOML: header key → (column, why); ``about`` stands above it as comments.

    What cannot be seen in an editor is written as ``\\u202E``, so that no header cell can hide what it is.
    """
    lines = [f"# {_plain(line)}" for line in about]
    lines += [_line("name", name), _line("table", table), "", "[columns]"]
    for key, (word, why) in columns.items():
        lines.append(_line(key, word) + (f"  # {_plain(why)}" if why else ""))
    return "\n".join(lines) + "\n"


def _line(key: str, text: str) -> str:
    import tomli_w

    return "".join(_escaped(char) for char in tomli_w.dumps({key: text}).rstrip("\n"))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"


def _plain(text: str) -> str:
    return safe_text(text, 300)
