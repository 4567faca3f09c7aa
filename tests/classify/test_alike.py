"""Rows that look the same are judged once: no row gets another verdict by it than it gets alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from crm_tui.classify.alike import Alike, can_tell
from crm_tui.classify.event import Event, read_event
from crm_tui.classify.facts import Facts
from crm_tui.classify.judge import judge, words_of
from crm_tui.classify.policy import parse_policy
from crm_tui.classify.priority import is_high
from crm_tui.identity.contact_map import ContactIndex, key_pairs
from crm_tui.identity.keys import Keyring
from crm_tui.intake.files import find_files
from crm_tui.intake.formats import open_sources, places, records
from crm_tui.model import Contact, Lint
from crm_tui.systems import TABLES
from crm_tui.systems.declare import Table
from crm_tui.systems.names import joined_name
from tests.benchmarks.generate import Export
from tests.classify.test_rules_of_a_table import FILES, contact_of

POLICY = parse_policy("""
[scopes]
salesforce = ["00Dxx"]
[priority]
high = ["call"]
[fields]
review = ["company"]
[own]
domains = ["own.test"]
[own_fields.copper]
Title = "city"
""")
KEYRING = Keyring(POLICY.default_region, POLICY.own_names, POLICY.own_side)
TEXTS = (
    "", " ", "x", "true", "12", "2026-05-13", "2026-02-30T10:00:00Z", "2026-05-13T16:00:00Z", "20260513T160000Z",
    "2026-05-13T16:00:00.5+02:00", "0000-01-01T00:00:00Z", "outbound", "Inbound", "merge", "delete contact",
    "hold for Dana", "refund", "me@own.test", "call", "cancelled", "nobody@one.test", "s\u0430les@one.test",
    "a@one.test; b@two.test",
    "555-0142", "+12025550123", "003Qx0000000001", "buyer@", "\u00e9", "y" * 300, "z" * 32_767,
)  # fmt: skip
SEEN = {
    "bad_value", "claim", "cleared_field", "deletion", "email_unknown", "fields_differ", "id_disagrees",
    "identity_change", "keys_disagree", "look_alike", "map_doubtful", "missing_identity", "missing_required_field",
    "no_map", "no_write", "protected_field", "reference_only", "stale_event", "unmapped",
}  # fmt: skip
"""What may fire on a row of such a table."""
Rows = list[tuple[str, ...]]


class Exported:
    """One table of a file: its rows, and how their cells are called."""

    def __init__(self, table: Table, columns: Mapping[str, int], rows: Rows) -> None:
        self.table, self.columns, self.rows = table, columns, rows

    def event(self, row: Sequence[str]) -> Event:
        return read_event(self.table, {name: row[at] for name, at in self.columns.items()}, KEYRING)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[Exported]:
    """Every fixture, the samples and a generated month, as far as their rows can be told to look the same."""
    month = tmp_path_factory.mktemp("month")
    Export(0.004, seed=7).write(month)
    files, _ = find_files([*FILES, month])
    found = []
    for source in (source for file in files for source in open_sources(file).sources if source.judged):
        columns = places(source)
        if columns is None:
            continue
        rows = [record.cells for record in records(source) if record.cells is not None]
        worded, silent = replace(source.table, blanks=frozenset(("x", "12"))), replace(source.table, silent=True)
        tables = (source.table, worded, *([silent] if source.table.kind.is_person else []))
        found.extend(Exported(table, columns, rows) for table in tables if can_tell(table, columns, KEYRING))
    return found


def maps(one: Exported) -> Iterator[ContactIndex]:
    """No map; one of whom its rows are about, some of them doubtful; one in which several share the keys."""
    yield ContactIndex([], present=False)
    people, keys = [], set[tuple[str, str]]()
    for event in map(one.event, one.rows):
        who = contact_of(event)
        if keys.isdisjoint(key_pairs(who)):
            kept = {**event.values, "city": "Elsewhere"}
            whole = {"name": joined_name(event.values), "company": "Other"}
            if who.emails and len(people) % 4 == 3:
                who = replace(who, ids={})
            people.append((who, [kept, dict(event.values), whole, whole, kept][len(people) % 5]))
            keys.update(key_pairs(who))
    lints = [
        (),
        (),
        (Lint("x", "elsewhere", True, "zoho"),),
        (Lint("x", "doubtful", True),),
        (Lint("x", "a note", False),),
    ]
    known = [
        Contact(at, f"con-{at}", who.ids, who.emails, who.phones, values, ages, lints[at % 5])
        for at, (who, values) in enumerate(people, 1)
        for ages in [dict.fromkeys(who.updated_at, "2026-10-15T00:00:00Z") if at % 3 else {}]
    ]
    yield ContactIndex(known[::2])
    yield ContactIndex([*known, *(Contact(c.number + len(known), "", c.ids, (), c.phones, {}, {}) for c in known[::4])])


def altered(one: Exported, draw: random.Random) -> Rows:
    """The rows, and each again with other texts: in any cell or two, and in each of its keys by itself."""
    rows, keys = (
        one.rows[:60],
        [one.columns[column.name] for column in one.table.identity if column.name in one.columns],
    )
    more = []
    for row, several in [(row, several) for row in rows for several in (1, 1, 2)]:
        cells = list(row)
        for at in draw.choices(range(len(row)), k=several):
            cells[at] = draw.choice([*TEXTS, draw.choice(rows)[at], f" {cells[at].upper()}"])
        more.append(tuple(cells))
    for row, at in [(row, at) for row in rows for at in keys]:
        alike = row[at].replace("e", "\u0435"), row[at].replace("@", "\u200b@")
        more.extend((*row[:at], text, *row[at + 1 :]) for text in ("", " ", "?", "nobody@one.test", "\u00e9", *alike))
    more.extend((*row[:at], "", *row[at + 1 :]) for row in rows[:20] for at in range(len(row)))
    # The keys of such a row lead to two people, and a rule sees of several of these rows the same.
    more.extend((*row[:at], other[at], *row[at + 1 :]) for row, other in pairwise(rows[:30]) for at in keys)
    return rows + more


def test_every_row_gets_the_verdict_that_it_gets_alone(exported: list[Exported]) -> None:
    draw, tables, rules = random.Random(20261122), set(), set()
    for one in exported:
        tables.add(one.table.name)
        for contacts in maps(one):
            alike = Alike(one.table, one.columns, contacts, POLICY, KEYRING)
            rows = altered(one, draw)
            for row, told in zip(rows, alike.sketches(rows), strict=True):
                event = one.event(row)
                verdict = judge(Facts(event, contacts, POLICY, KEYRING))
                contact = verdict.candidates[0] if len(verdict.candidates) == 1 else None
                alone = event.event_id, event.field, event.sort_time, words_of(verdict), is_high(event, POLICY), contact
                assert tuple(told) == alone, (one.table.name, row)
                rules.update(verdict.fired)
    assert len(tables) > 15
    assert rules >= SEEN, SEEN - rules


def test_a_person_with_fields_of_the_clients_own_is_judged_alone(exported: list[Exported]) -> None:
    table = TABLES["salesforce-contacts"]
    names = next(one.columns for one in exported if one.table is table)
    assert can_tell(table, names, KEYRING)
    own = {**POLICY.own_names, "salesforce": {"title": "city"}}
    assert not can_tell(table, names, Keyring(POLICY.default_region, own, POLICY.own_side))
