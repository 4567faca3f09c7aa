"""Generated reviews: contact maps, events that fit them or not, policies, file dialects, and what a person then does.

Values come from small pools, so that keys meet, ids repeat and rules fire; odd ones are mixed in on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from crm_tui.systems.fields import Type
from tests.factory import ACTIVITY_HEADER, APPOINTMENT_HEADER, CHANGE_HEADER, MAP_HEADER, SLICE_HEADER

Row = Mapping[str, str]

# -- text

NASTY = (
    "\u202eevil", "\u2066x\u2069", "\u200fmark", "a\u200bb", "zero\u200dwidth", "\ufeffbom", "soft\u00adhyphen",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x85", "\x7f", "\x00", "bell\x07", "back\x08",
    "line\nbreak", "cr\rhere", "crlf\r\nx", "tab\tx", "\u2028", "\u2029", "\ue000", "\U000e0041", "\U000f0000",
    "\u061c", "\u180e", "\u3164", "\u115f", "\u2800", "e" + "\u0301" * 9, "👩\u200d👩\u200d👧", "日本語", "\ufe0f",
    "=HYPERLINK(\"http://x\")", "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "; =1+1", " \t=1", "|=1", "％x",
    "[bold red]x[/]", "[/]", "[@click=app.quit]x[/]", "[link=file:///x]y[/link]", "\\[x]", "<script>", "`x`", "|a|b|",
    "# head", "*x*", "\"quoted\"", "\"", "'", ",", ";", "a,b;c", "x" * 2_500, "w" * 300 + " " + "y" * 90,
)  # fmt: skip
"""What an export may hold and no output may pass on as it is."""

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
)
plain = st.sampled_from(("", "Call", "Said hello", "Kick-off, part 2", "ÄÖ ü", "x; y", "two  blanks", " trimmed "))
texts = st.one_of(plain, plain, hostile)

# -- keys

CLOSE_IDS = ("CLOSE-1", "CLOSE-2", "CLOSE-3", "CLOSE-4")
GHL_IDS = ("GHL-1", "GHL-2", "GHL-3", "GHL-4")
EMAILS = ("ann@one.test", "bob@two.test", "cyd@three.test", "dan@four.test")
PHONES = ("+15550100001", "+15550100002", "+15550100003", "+442079460958")

_ODD = {
    "close_contact_id": ("", " ", "CLOSE-9", "GHL-1", "close-1", "nonsense", *CLOSE_IDS),
    "ghl_contact_id": ("", " ", "GHL-9", "CLOSE-1", "ghl-1", "nonsense", *GHL_IDS),
    "email": ("", " ", "ANN@One.test", " bob@two.test ", "no-mail", "who@else.test", "o'b@x.test", *EMAILS),
    "phone": ("", "(555) 010-0001", "555 010 0002", "012", "call me", "020 7946 0958", "+15550109999", *PHONES),
    "start_at": ("", "2026-06-01", "2026-06-01T10:00:00", "not-a-date", "1999-01-01T00:00:00Z"),
    "occurred_at": ("", "2026-06-01", "2026-06-01T10:00:00+02:00", "not-a-date"),
    "updated_at": ("", "2026-05-01T00:00:00Z", "2020-01-01T00:00:00Z", "2026-05-10T10:00:00", "soon"),
    "close_updated_at": ("", "2026-05-09T00:00:00Z", "never"),
    "ghl_updated_at": ("", "2026-05-12T00:00:00Z", "never"),
    "status": ("", "whatever", "No-Show", "CONFIRMED"),
    "channel": ("", "openphone", "form", "fax", "Gmail"),
    "activity_type": ("", "call", "payment", "dance"),
    "field": ("", "phone", "email", "owner", "tags", "Company", "dnd", "zzz", "card", "stage", "assignedTo"),
    "new_value": ("", " ", "customer", "ann@one.test", "(555) 010-0001", "+15550100002", "4111 1111 1111 1111"),
    "desired_ghl_action": (
        "", "delete contact", "hold", "pay now", "upsert", "create", "nonsense", "APPEND x", "append refund",
    ),
    "title": ("",),
    "summary": ("",),
}  # fmt: skip
CLAIMS = (
    *_ODD["desired_ghl_action"], "add note", "log it", "update", "sync", "remove", "overwrite owner", "merge", "send",
    "call", "text", "wait", "review", "reject", "skip", "charge card", "invoice", "=append", "[append]", "app\u200bend",
    "🙂", "append\ndelete", "no-write", "approve", "ledger", "force_update",
)  # fmt: skip


@st.composite
def _changed(draw: st.DrawFn, row: dict[str, str], often: tuple[int, ...] = (0, 0, 0, 1, 1, 2)) -> dict[str, str]:
    """The row with some cells changed: to something odd, or to something hostile."""
    for _ in range(draw(st.sampled_from(often))):
        name = draw(st.sampled_from(sorted(row)))
        pool = _ODD.get(name)
        odd = st.sampled_from(pool) if pool else texts
        row = row | {name: draw(st.one_of(odd, odd, hostile))}
    return row


_FULL = ((0, 1, 2, 3), (3, 1, 0, 2), (0, 1, 2))


KNOWN = {"tags": ("", "vip; old", "west", "VIP"), "owner": ("", "Dana"), "dnd": ("", "true", "false")}
"""What a map may say of a contact beside its keys: a list, a protected word, a consent."""


@st.composite
def contact_maps(draw: st.DrawFn, *, known: bool = False) -> list[dict[str, str]]:
    """Mostly four sound contacts; some share a key, lack one or have one in a wrong form; ``known`` = with values."""
    rows = []
    for number in draw(st.sampled_from((*_FULL, *_FULL, *_FULL, (0, 1, 2, 3, 0), (1, 0), (2,), (1, 1, 2), ()))):
        row = {
            "close_contact_id": CLOSE_IDS[number],
            "ghl_contact_id": GHL_IDS[number],
            "email": EMAILS[number],
            "phone": PHONES[number],
            "close_updated_at": "2026-05-01T00:00:00Z",
            "ghl_updated_at": "2026-05-01T00:00:00Z",
        }
        more = {name: draw(st.sampled_from(values)) for name, values in KNOWN.items()} if known else {}
        rows.append(draw(_changed(row, (0, 0, 0, 0, 0, 1))) | more)
    return rows


event_ids = st.one_of(st.sampled_from([f"E-{n}" for n in range(8)]), st.sampled_from(("", " E-1", "e-1")), hostile)


@st.composite
def appointments(draw: st.DrawFn) -> dict[str, str]:
    number = draw(st.integers(0, 3))
    row = {
        "appointment_id": draw(event_ids),
        "close_contact_id": CLOSE_IDS[number],
        "email": EMAILS[number],
        "start_at": "2026-06-01T10:00:00Z",
        "status": "scheduled",
        "updated_at": "2026-05-10T10:00:00Z",
        "title": draw(texts),
    }
    return draw(_changed(row))


@st.composite
def changes(draw: st.DrawFn, *, known: bool = False) -> dict[str, str]:
    """``known`` = mostly of a field that the map knows a value of."""
    number = draw(st.integers(0, 3))
    fields = ("lifecycle_stage", *("phone", "owner") * 5, "email", *_ODD["field"])
    row = {
        "change_id": draw(event_ids),
        "ghl_contact_id": GHL_IDS[number],
        "email": EMAILS[number],
        "close_contact_id": CLOSE_IDS[number],
        "field": draw(st.sampled_from((*fields, *("tags", "tags", "dnd") * 12) if known else fields)),
        "new_value": draw(st.one_of(st.sampled_from((*_ODD["new_value"], *(("west; vip", "yes") * known))), texts)),
        "updated_at": "2026-05-10T10:00:00Z",
    }
    return draw(_changed(row))


@st.composite
def activities(draw: st.DrawFn) -> dict[str, str]:
    number, second = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    row = {
        "activity_id": draw(event_ids),
        "channel": draw(st.sampled_from(("gmail", "openphone"))),
        "email": EMAILS[number],
        "phone": draw(st.sampled_from(("", PHONES[number], PHONES[second]))),
        "activity_type": "call",
        "summary": draw(texts),
        "occurred_at": "2026-05-10T10:00:00Z",
        "desired_ghl_action": draw(st.sampled_from(("", "append", *_ODD["desired_ghl_action"]))),
    }
    return draw(_changed(row))


slices = st.lists(
    st.tuples(
        st.sampled_from(("ghl-activity-sync", "two-way-crm-drift", "other", "=slice", "[x]\u202e")), texts, texts
    ).map(lambda cells: dict(zip(SLICE_HEADER, (*cells, "review", "boundary"), strict=True))),
    max_size=2,
)

# -- policy


@st.composite
def policies(draw: st.DrawFn) -> str | None:
    """A policy file, or none: region, protected and identity fields, words of claims and of statuses."""
    if draw(st.booleans()):
        return None
    fields = ("owner", "dnd", "phone", "email", "lifecycle_stage", "tags", "record_id")
    chosen = st.lists(st.sampled_from(fields), unique=True, max_size=4)
    lines = [f"default_region = {json.dumps(draw(st.sampled_from(('US', 'GB', 'DE'))))}", "[fields]"]
    lines += [f"protected = {json.dumps(draw(chosen))}", f"identity = {json.dumps(draw(chosen))}"]
    if draw(st.booleans()):
        lines += ["[appointments]", 'statuses = ["scheduled", "whatever"]']
    if draw(st.booleans()):
        lines += ["[claims]", 'append = ["append", "nonsense"]', 'hold = ["hold", "skip"]', 'other = ["delete"]']
    return "\n".join(lines) + "\n"


# -- files


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    delimiter: str = ","
    line_end: str = "\n"
    bom: bool = False
    order: int = 0
    """Columns are rotated by so many places."""
    quoted: bool = False
    """Every cell stands in quotes."""
    blank_line: bool = False
    """A blank line stands after the header and after every row."""
    last_end: bool = True
    """The last line has its end."""
    extra: tuple[str, str] | None = None
    """A further column: its name and what it holds."""

    def line(self, cells: Sequence[str]) -> bytes:
        """One row."""
        return (self.delimiter.join(map(self._cell, cells)) + self.line_end).encode()

    def _cell(self, text: str) -> str:
        if self.quoted or any(char in text for char in '"\r\n,;\t'):
            return '"' + text.replace('"', '""') + '"'
        return text


dialects = st.one_of(
    st.just(Dialect()),
    st.builds(
        Dialect,
        delimiter=st.sampled_from(",;\t"),
        line_end=st.sampled_from(("\n", "\r\n")),
        bom=st.booleans(),
        order=st.integers(0, 7),
        quoted=st.booleans(),
        blank_line=st.booleans(),
        last_end=st.booleans(),
        extra=st.one_of(
            st.none(), st.tuples(st.sampled_from(("Notes", "=cmd", "[b]", "\u202ecol", "desired_ghl_action_2")), texts)
        ),
    ),
)


@dataclass(frozen=True)
class File:
    """One export: its rows and its form."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    dialect: Dialect = Dialect()
    damage: tuple[tuple[int, bytes], ...] = ()
    """Lines put in before the row of that number."""

    def _columns(self) -> list[str]:
        names = [*self.header]
        at = self.dialect.order % len(names)
        names = names[at:] + names[:at]
        return names + ([self.dialect.extra[0]] if self.dialect.extra else [])

    def _lines(self) -> list[bytes]:
        names, extra = self._columns(), self.dialect.extra
        cells = [{**row, **({extra[0]: extra[1]} if extra else {})} for row in self.rows]
        return [self.dialect.line([row.get(name, "") for name in names]) for row in cells]

    @property
    def data(self) -> bytes:
        """The bytes."""
        end = self.dialect.line_end.encode()
        out = [b"\xef\xbb\xbf" if self.dialect.bom else b"", self.dialect.line(self._columns())]
        for number, line in enumerate([*self._lines(), None]):
            out += [raw for at, raw in self.damage if at == number]
            if line is not None:
                out += [end if self.dialect.blank_line else b"", line]
        data = b"".join(out)
        return data if self.dialect.last_end else data.removesuffix(end)

    @property
    def row_count(self) -> int:
        """Rows that a sound file holds; a line of nothing but blanks is none."""
        blanks = b" \t\r\n\v\f" + self.dialect.delimiter.encode()
        return sum(bool(line.strip(blanks)) for line in self._lines())

    @property
    def judged(self) -> bool:
        """Whether its rows are judged."""
        return not self.is_map and self.header != SLICE_HEADER

    @property
    def is_map(self) -> bool:
        """Whether it is a contact map, with more columns or without."""
        return self.header[: len(MAP_HEADER)] == MAP_HEADER


@dataclass(frozen=True)
class Inputs:
    """Everything that one load is given."""

    files: tuple[File, ...]
    policy: str | None = None

    @property
    def row_count(self) -> int:
        """Judged rows; a copy of a file counts once."""
        once = {(one.header, hashlib.sha256(one.data).digest()): one for one in self.files if one.judged}
        return sum(one.row_count for one in once.values())

    @property
    def contacts(self) -> tuple[Row, ...]:
        """The rows of the contact map."""
        return tuple(row for one in self.files if one.is_map for row in one.rows)


_EVENTS = (
    ("close-appointments", APPOINTMENT_HEADER, appointments()),
    ("ghl-contact-changes", CHANGE_HEADER, changes()),
    ("activity-events", ACTIVITY_HEADER, activities()),
)


@st.composite
def inputs(draw: st.DrawFn, *, most: int = 4, simple: bool = False, known: bool = False) -> Inputs:
    """A load: mostly a map, some event files, now and then a second file of a kind; ``simple`` = plain CSV."""
    shape = st.just(Dialect()) if simple else dialects
    files = []
    if draw(st.sampled_from((True,) * 8 + (False,))):
        header = (*MAP_HEADER, *KNOWN) if known else MAP_HEADER
        files.append(File("contact-map.csv", header, tuple(draw(contact_maps(known=known))), draw(shape)))
    for name, header, rows in _EVENTS:
        rows = changes(known=True) if known and header is CHANGE_HEADER else rows
        for number in range(1 + (draw(st.integers(0, 5)) == 0)):
            size = draw(st.integers(0, most))
            found = tuple(draw(st.lists(rows, min_size=size, max_size=size)))
            if found:
                suffix = "" if not number else "-2"
                files.append(File(f"{name}{suffix}.csv", header, found, draw(shape)))
    if draw(st.booleans()):
        files.append(File("first-slice-map.csv", SLICE_HEADER, tuple(draw(slices)), draw(shape)))
    if not any(one.judged for one in files):
        files.append(File("activity-events.csv", ACTIVITY_HEADER, (draw(activities()),), draw(shape)))
    return Inputs(tuple(files), draw(policies()))


_DAMAGED = st.one_of(
    st.sampled_from(
        (
            b"one,two\n", b"a,b,c,d,e,f,g,h,i,j,k\n", b'x,"open\n', b'"a"b,c,d,e,f,g,h\n', b"\xff\xfe\xfd\n", b"\x00\n",
            b"caf\xe9,CLOSE-1,ann@one.test,2026-06-01,scheduled,,\n", b"cr\rin,a,b,c,d,e,f\n", b",,,,,,\n", b'""\n',
        )
    ),
    st.binary(min_size=1, max_size=30).map(lambda raw: raw + b"\n"),
)  # fmt: skip


@st.composite
def damaged_inputs(draw: st.DrawFn) -> Inputs:
    """A load in which lines of some files are broken in every way."""
    whole = draw(inputs())
    files = []
    for one in whole.files:
        lines = draw(st.lists(st.tuples(st.integers(0, len(one.rows)), _DAMAGED), max_size=3))
        files.append(replace(one, damage=tuple(lines)))
    return replace(whole, files=tuple(files))


@st.composite
def next_inputs(draw: st.DrawFn, before: Inputs) -> Inputs:
    """A later load of the same review: rows gone, changed and new, another map, another policy, or one file only."""
    files = []
    for one in before.files:
        what = draw(st.sampled_from(("same", "same", "fewer", "more", "changed", "absent")))
        strategy = next((rows for _, header, rows in _EVENTS if header == one.header), None)
        rows = list(one.rows)
        if what == "fewer":
            rows = rows[1:]
        elif what == "more" and strategy is not None:
            rows.append(draw(strategy))
        elif what == "changed" and rows:
            at = draw(st.integers(0, len(rows) - 1))
            rows[at] = draw(_changed(dict(rows[at])))
        if what != "absent":
            files.append(replace(one, rows=tuple(rows)))
    policy = draw(policies()) if draw(st.integers(0, 3)) == 0 else None
    return Inputs(tuple(files), policy)


# -- what a person does

CHOICES = (
    "choose", "choose", "choose", "contact", "approve", "approve", "approve", "approve", "approve", "approve",
    "reject", "defer", "clear", "ask", "note", "undo", "undo", "redo",
)  # fmt: skip


PICKS = ("side", "side", "both", "edit", "edit", "clear-field")
"""Choices for one field."""
FITTING = {
    Type.LIST: "west; east", Type.EMAIL: "bob@two.test", Type.PHONE: "555 010 0002", Type.CONSENT: "false",
    Type.TIME: "2026-06-02T10:00:00Z", Type.WORD: "scheduled", Type.TEXT: "Dana",
}  # fmt: skip
"""What a person writes into a field of that type."""

CONFLICTS_ONLY, FIELDED_ONLY = 3, 4
"""As the ``pick`` of a step that makes no choice: its row is counted among the conflicts, as choices count, or among
those with fields, as choices for one field count."""


@dataclass(frozen=True)
class Step:
    """One thing that a person does; numbers are taken modulo what there is."""

    kind: str
    row: int = 0
    pick: int = 0
    text: str = "because"
    at: int = 0
    """Of a choice for one field: which field; of a set: which deed."""
    value: str = ""
    """What is written into a field; ``""`` = something that fits it."""
    group: bool = False
    """Whether it is about a group of duplicates."""
    load: Inputs = field(default=Inputs(()), repr=False)


WORDS = ("why", "so be it", "ok")


def steps(words: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Step]:
    """Any one decision; ``words`` are what is typed where words are asked for."""
    return st.builds(
        Step,
        kind=st.sampled_from(CHOICES),
        row=st.integers(0, 7),
        pick=st.integers(0, 3),
        text=st.sampled_from(WORDS) if words is None else words,
    )


@st.composite
def _settled(draw: st.DrawFn, words: st.SearchStrategy[str] | None) -> list[Step]:
    """A conflict decided as people do: choose, then approve, or put it off after all."""
    row, text = draw(st.integers(0, 7)), draw(st.sampled_from(WORDS) if words is None else words)
    then = draw(st.sampled_from(("approve", "approve", "approve", "defer", "ask", "note", "clear")))
    return [Step("choose", row, draw(st.integers(0, 3)), text), Step(then, row, CONFLICTS_ONLY, text)]


@st.composite
def _picked(draw: st.DrawFn, words: st.SearchStrategy[str] | None) -> list[Step]:
    """A row decided field by field: one or two choices, then approved, put off or left so."""
    row, text = draw(st.integers(0, 7)), draw(st.sampled_from(WORDS) if words is None else words)
    pick = st.builds(
        Step, st.sampled_from(PICKS), st.just(row), st.integers(0, 3), st.just(text),
        at=st.integers(0, 3), value=st.sampled_from(("", "", "west", "not-a-date")),
    )  # fmt: skip
    then = draw(st.sampled_from(("approve", "approve", "approve", "defer", "clear", "reject")))
    end = [Step(then, row, FIELDED_ONLY, text)] if draw(st.integers(0, 3)) else []
    return [*draw(st.lists(pick, min_size=1, max_size=2)), *end]


sets = st.builds(
    Step, st.just("set"), st.integers(0, 7), st.integers(0, 1), st.sampled_from(WORDS), at=st.integers(0, 9)
)
"""One thing done with many rows: those like the row, or all that are listed with it."""


@dataclass(frozen=True)
class Story:
    """A first load, and what happened then."""

    inputs: Inputs
    steps: tuple[Step, ...]


@st.composite
def stories(
    draw: st.DrawFn,
    *,
    most: int = 12,
    reloads: bool = True,
    words: st.SearchStrategy[str] | None = None,
    simple: bool = False,
    rows: int = 3,
    many: bool = False,
) -> Story:
    """A review from its first load to its last decision, re-loads and restarts in between; ``many`` = with sets."""
    first = draw(inputs(most=rows, simple=simple, known=True))
    single = steps(words).map(lambda one: [one])
    parts = st.one_of(single, _settled(words), _picked(words), *([sets.map(lambda one: [one])] if many else []))
    done = [step for part in draw(st.lists(parts, min_size=most // 3, max_size=most)) for step in part][:most]
    if not simple and draw(st.booleans()):
        done += [Step("approve", number) for number in range(8)]
    if reloads and draw(st.booleans()):
        done.insert(draw(st.integers(0, len(done))), Step("reload", load=draw(next_inputs(first))))
    if draw(st.booleans()):
        done.insert(draw(st.integers(0, len(done))), Step("restart"))
    return Story(first, tuple(done))
