"""What the columns of a table that no system knows may be: proposed by name and content, never used unconfirmed.

A pure function of the header and the first rows.  A column that may be two things, or is called one thing and holds
another, stays without a proposal and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from crm_tui.intake.cell_forms import FORMS, ID_FORMS, Share, looks_like_phone, phone_form, share
from crm_tui.intake.column_map import faults, header_keys, targets, written
from crm_tui.intake.formats import records
from crm_tui.intake.header_words import RECORD_ID, Meaning, meaning_of, meanings
from crm_tui.intake.source import Source
from crm_tui.systems import TABLES, header_name
from crm_tui.systems.declare import Column, Kind, Role, Table
from crm_tui.systems.fields import FIELDS, SURPLUS, Type, field_type
from crm_tui.systems.other import ACCOUNTS, ACTIVITIES, APPOINTMENTS, CONTACTS, LEADS, OPPORTUNITIES
from crm_tui.systems.reference import CONTACT_MAP
from crm_tui.text import one_of

SAMPLE = 200
"""Rows that are looked at."""


class Sure(StrEnum):
    """How sure a proposal is."""

    CERTAIN = "certain"
    """Called exactly so, and its values, if there are any, are what the name says."""
    LIKELY = "likely"
    NO = "left out"


class ColumnProposal(NamedTuple):
    """What one column may be."""

    key: str
    """``column_map.header_keys``."""
    target: str
    """Column of the table; ``""`` = none is proposed."""
    sure: Sure
    reason: str
    """Why, or why not; holds no value of the file."""
    samples: tuple[str, ...]
    """Its first two different values, as written."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an unknown table may be."""

    name: str
    """What it might be called: the file's name without its numbers."""
    table: Table
    why: str
    columns: tuple[ColumnProposal, ...]

    @property
    def targets(self) -> dict[str, str]:
        """Header key → column, as a column map lists them."""
        return {column.key: column.target for column in self.columns}

    @property
    def open_points(self) -> list[str]:
        """What keeps the proposal from being used as it is; ``[]`` when nothing does."""
        return faults(self.table.name, self.targets)

    def as_toml(self) -> str:
        """A column map to look through and to correct, each line with its reason."""
        reasons = {
            one.key: (one.target, f"{one.sure.value}: {one.reason}" if one.target else one.reason)
            for one in self.columns
        }
        about = (
            "A proposal: nothing is read by it before you have looked it through and loaded it with --map.",
            f"{self.table.name}: {self.why}.",
            'A column with "" is left out of the judgement and kept with the row.',
            *(f"To be mended: {point}." for point in self.open_points),
        )
        return written(self.name, self.table.name, reasons, about)


def sample_rows(source: Source) -> list[tuple[str, ...]]:
    """The first readable rows of a source."""
    return [record.cells for record in islice(records(source), SAMPLE) if record.cells is not None]


def propose_for(
    source: Source, table: Table | None = None, region: str = "US", rows: Sequence[Sequence[str]] | None = None
) -> Proposal:
    """What a source may be; ``table`` where a person says what it is, ``rows`` where its ``sample_rows`` are read."""
    stem = re.split(r"[/\\]", source.part or source.origin.member or source.origin.path.name)[-1]
    name = " ".join(re.findall(r"[^\W\d_]+", stem.partition(".")[0])) or "table"
    return propose(name[:80], source.header, sample_rows(source) if rows is None else rows, table, region)


def propose(
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    table: Table | None = None,
    region: str = "US",
) -> Proposal:
    """What a table with this header and these first rows may be; ``table`` where a person says what it is."""
    columns = [[row[at] for row in rows if at < len(row)] for at in range(len(header))]
    keys = header_keys(header)
    seen = [_Seen(key, cells, meanings(key), region) for key, cells in zip(keys, columns, strict=True)]
    if table is not None:
        return Proposal(name, table, "you said so", _for_table(seen, table))
    table, why = _likeliest(seen)
    return Proposal(name, table, why, _for_table(seen, table))


class _Seen:
    """One column: its cells and what its name may mean."""

    def __init__(self, key: str, cells: Sequence[str], named: tuple[Meaning, ...], region: str) -> None:
        self.key = key
        self.cells = cells
        self.named = named
        self.region = region
        self.samples = tuple(islice(dict.fromkeys(cell.strip() for cell in cells if cell.strip()), 2))

    def holds(self, what: str) -> tuple[Share, str] | None:
        """How many cells are what a meaning asks for, and its word; ``None`` where any text may be."""
        kind = Type.PHONE if what.endswith("phone") else Type.EMAIL if what.endswith("emails") else field_type(what)
        if kind is Type.PHONE or what == "other_phones":
            return share(self.cells, looks_like_phone), "phone numbers"
        if kind in FORMS:
            form, word = FORMS[kind]
            return share(self.cells, form), word
        return None

    @property
    def form(self) -> tuple[str, str]:
        """What its values alone say: (meaning, why); ``("", "")`` when nothing."""
        for system, form in ID_FORMS.items():
            found = share(self.cells, lambda text, form=form: bool(form(text)))  # type: ignore[misc]
            if found.most:
                return f"id:{system}", found.said(f"contact ids of {system.capitalize()} by their form")
        for what, form, word in (("email", *FORMS[Type.EMAIL]), ("phone", phone_form(self.region), "phone numbers")):
            found = share(self.cells, form)
            if found.most and found.all > 1:
                return what, found.said(word)
        return "", ""


_TELLING: tuple[tuple[Table, frozenset[str]], ...] = (
    (APPOINTMENTS, frozenset(("starts_at", "status", "ends_at"))),
    (ACTIVITIES, frozenset(("activity_type", "direction", "duration_s", "outcome", "author", "body", "starts_at"))),
    (OPPORTUNITIES, frozenset(("deal_name", "amount", "stage", "pipeline", "deal_status", "close_date"))),
    (LEADS, frozenset(("lead_status",))),
)
"""Kind of table → meanings that tell it from a list of people; two of them must be there, of leads one."""
_PERSONAL = frozenset(("first_name", "last_name", "email", "phone", "mobile_phone", "birthday"))


def _likeliest(seen: Sequence[_Seen]) -> tuple[Table, str]:
    """The table that most of the columns speak for, and what spoke for it."""
    there = {one.what for column in seen for one in column.named}
    ids = sorted(what for what in there if what.startswith("id:"))
    if len(ids) >= CONTACT_MAP.ids_needed and {"email", "phone"} <= there:
        return CONTACT_MAP, "it has the ids of the same contact in several systems"
    personal = len(_PERSONAL & there)
    spoken = [(len(telling & there), table, telling & there) for table, telling in _TELLING]
    fitting = [one for one in spoken if (one[0] > 0 if one[1] is LEADS else one[0] > 1 and one[0] * 2 > personal)]
    if fitting:
        _, best, telling = max(fitting, key=lambda one: one[0])
        told = one_of([_label(what) for what in sorted(telling)], "and")
        return best, f"its columns {told} are those of {_KINDS[best.kind]}"
    if "company" in there and not _PERSONAL & (there - {"phone"}):
        return ACCOUNTS, "it names companies and no person"
    return CONTACTS, "its columns are those of people"


_KINDS = {
    Kind.APPOINTMENT: "an appointment",
    Kind.ACTIVITY: "an activity",
    Kind.OPPORTUNITY: "an opportunity",
    Kind.LEAD: "a lead",
}


def _label(what: str) -> str:
    return FIELDS[what].label if what in FIELDS else what


class _Claim(NamedTuple):
    """One column's claim to be a column of the table."""

    seen: _Seen
    column: Column
    sure: Sure
    reason: str
    number: int


def _for_table(seen: Sequence[_Seen], table: Table) -> tuple[ColumnProposal, ...]:
    """A proposal for each column, each column of the table given at most once."""
    slots: dict[str, list[Column]] = {}
    for column in table.columns:
        what = meaning_of(table, column)
        if what and column.role not in (Role.CLAIM, Role.OPTION, Role.SCOPE, Role.OPERATION):
            slots.setdefault(what, []).append(column)
    told = [_told(one, table, slots) for one in seen]
    given = _shared_out([one for one in told if isinstance(one, _Claim)], slots)
    return tuple(
        given[one.seen.key] if isinstance(one, _Claim) else ColumnProposal(column.key, "", Sure.NO, one, column.samples)
        for column, one in zip(seen, told, strict=True)
    )


def _told(seen: _Seen, table: Table, slots: Mapping[str, Sequence[Column]]) -> _Claim | str:
    """What a column claims to be, or why it claims nothing."""
    exact = table.spelled.get(header_name(seen.key))
    open_to = [one for one in seen.named if one.what in slots]
    if exact is not None and not table.by_map and _proposed(exact, slots):
        return _held_against(seen, exact, Meaning(meaning_of(table, exact), f"called so in {table.name}", exact=True))
    if len(open_to) > 1 and not _one_of_them(open_to):
        return f"may be {' or '.join(_label(one.what) for one in open_to[:3])}; say which"
    if open_to:
        named = open_to[0]
        if field_type(named.what) is Type.CONSENT:
            return "looks like consent, which is never guessed: an opt-in and an opt-out are each other's opposite"
        return _held_against(seen, slots[named.what][0], named)
    what, why = seen.form
    if what in slots:
        return _Claim(seen, slots[what][0], Sure.LIKELY, why, 0)
    yes_no = share(seen.cells, FORMS[Type.BOOLEAN][0])
    if yes_no.most and not all(cell.strip().isdigit() for cell in seen.cells):
        return "its values are yes or no; if that is consent, say so yourself"
    return "nothing here is called so" + ("" if seen.samples else ", and it has no values")


def _proposed(column: Column, slots: Mapping[str, Sequence[Column]]) -> bool:
    return any(column in columns for columns in slots.values()) and field_type(column.field) is not Type.CONSENT


def _one_of_them(named: Sequence[Meaning]) -> bool:
    """Whether the first meaning is meant: a name in a list of people is a person's."""
    return named[0].what in ("name", "status", "email", "phone", RECORD_ID, "starts_at", "company")


def _held_against(seen: _Seen, column: Column, named: Meaning) -> _Claim | str:
    """The claim of a column by its name, held against its values."""
    said = named.said if named.exact else f"in part {named.said}"
    held = seen.holds(named.what)
    if named.what.startswith("id:"):
        system = named.what.removeprefix("id:")
        form = ID_FORMS.get(system)
        held = (share(seen.cells, lambda text: bool(form(text))), "ids of that form") if form else None
        held = None if held and not held[0].good else held
    if held is None:
        return _Claim(seen, column, Sure.CERTAIN if named.exact else Sure.LIKELY, said, named.number)
    found, word = held
    if found.few:
        return f"{said}, but only {found.good} of {found.all} values are {word}"
    sure = Sure.CERTAIN if named.exact and found.most else Sure.LIKELY
    return _Claim(seen, column, sure, f"{said}; {found.said(word)}", named.number)


def _shared_out(claims: Iterable[_Claim], slots: Mapping[str, Sequence[Column]]) -> dict[str, ColumnProposal]:
    """Each column of the table to the one column that claims it; of several, to the surest, numbered ones in turn."""
    by_column: dict[str, list[_Claim]] = {}
    for claim in claims:
        by_column.setdefault(claim.column.name, []).append(claim)
    found: dict[str, ColumnProposal] = {}
    for name, rivals in by_column.items():
        first, *others = sorted(rivals, key=lambda one: (one.number, one.sure is not Sure.CERTAIN))
        further = iter([one for one in _further(first.column, slots) if one not in by_column])
        numbered = len({one.number for one in rivals}) == len(rivals)
        alone = not others or numbered or (first.sure is Sure.CERTAIN and others[0].sure is not Sure.CERTAIN)
        for claim in (first, *others):
            target = name if claim is first and alone else next(further, "") if numbered and claim is not first else ""
            rival = (others[0] if claim is first else first).seen.key if others else ""
            reason = claim.reason if target else f"{claim.reason}; so does the column {rival!r}: say which"
            sure = claim.sure if target else Sure.NO
            found[claim.seen.key] = ColumnProposal(claim.seen.key, target, sure, reason, claim.seen.samples)
    return found


def _further(column: Column, slots: Mapping[str, Sequence[Column]]) -> list[str]:
    """The columns for a second and third e-mail or phone."""
    for what, further in SURPLUS.items():
        if column.name == what or column in slots.get(further, ()):
            return [one.name for one in slots.get(further, ())]
    return []


def tables_by_kind() -> list[Table]:
    """The tables that a person may say an unknown one is: those of no known system first."""
    listed = list(targets().values())
    return sorted(listed, key=lambda table: (not table.by_map, table is not TABLES["contact-map"]))
