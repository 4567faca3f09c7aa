"""``crm-tui systems`` offers what a fixture exercises, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

from crm_tui.classify.event import Event, read_event
from crm_tui.classify.mapping import mapped
from crm_tui.classify.staging import event_values
from crm_tui.identity.keys import Keyring
from crm_tui.intake.column_map import read_map
from crm_tui.intake.formats import named, parse, records
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.declare import Kind, Table
from crm_tui.systems.declared import DECLARED
from crm_tui.systems.offer import offers
from crm_tui.workspace.load import open_all
from tests.factory import Bench
from tests.systems.systems_support import ALL_FIXTURES, ANN, CARA, MAPPED, judged

ROWS = 40
KEYRING = Keyring("US")
STAGED_KINDS = {
    Kind.CONTACT: ("contact", (Outcome.UPDATE, Outcome.CREATE)),
    Kind.OPPORTUNITY: ("opportunity", (Outcome.UPSERT,)),
    Kind.ACTIVITY: ("activity", (Outcome.APPEND,)),
    Kind.APPOINTMENT: ("appointment", (Outcome.UPSERT,)),
}
NORA = CARA | {"app_contact_id": "k57nora", "ghl_contact_id": "", "email": "nora@new.test", "phone": "+12125550199"}
"""A contact of the map whose GHL id is not known yet."""
POLICY = '[destinations]\nghl = "app"\n'
DECIDED = {"ghl/contact-delete.json": Outcome.SOFT_DELETE, "ghl/contact-create.json": Outcome.LINK}
"""Fixture → what only a contact map makes of it: the deletion of a known contact, the new id of one."""


@cache
def events() -> tuple[Event, ...]:
    """The first readable rows of every fixture."""
    return tuple(_events())


def _events() -> Iterator[Event]:
    maps = [read_map(path) for path in MAPPED.glob("*.toml")]
    for fixture in ALL_FIXTURES:
        for source in open_all([fixture.path], maps=maps).sources:
            names = named(source)
            for record in islice(records(source), ROWS):
                if not record.problem:
                    yield read_event(source.table, names(parse(record.raw, source, record.context)), KEYRING)


class Way(NamedTuple):
    """One way in which something is staged."""

    system: str
    object: str
    operation: Outcome
    by: str
    """``file`` or ``request``."""


def staged_rows(event: Event) -> Iterator[tuple[Staged, Table]]:
    """What the row would be at each system that takes its kind."""
    if event.table.kind not in STAGED_KINDS:
        return
    if event.faults:
        return  # An error row, of which nothing is staged.
    thing, operations = STAGED_KINDS[event.table.kind]
    said = event_values(event, KEYRING) if event.table.kind in (Kind.ACTIVITY, Kind.APPOINTMENT) else event.values
    values = {name: text for name, text in said.items() if text}
    for system in SYSTEMS:
        for operation in operations:
            target = "" if operation is Outcome.CREATE else "id-1"
            yield Staged(system, thing, operation, target, values), event.table
    if event.table.kind is Kind.CONTACT:
        for name, text in values.items():
            yield from ((Staged(one, thing, Outcome.UPDATE, "id-1", {name: text}), event.table) for one in SYSTEMS)
            yield from ((Staged(one, thing, Outcome.CREATE, "", {name: text}), event.table) for one in SYSTEMS)


@cache
def staged_ways() -> frozenset[Way]:
    """How everything is staged that the fixtures become without a decision."""
    rows = (row for event in events() for row in staged_rows(event))
    return frozenset(way for staged, table in rows for way in _ways(staged, table))


def _ways(staged: Staged, table: Table) -> Iterator[Way]:
    for part in mapped(staged, table):
        if part.file is not None:
            yield Way(part.system, part.object, part.operation, "file")
        if part.lines:
            yield Way(part.system, part.object, part.operation, "request")


def decided_ways(bench: Bench) -> Iterator[Way]:
    """How the rows are staged that are about a contact of a map."""
    cases = judged(bench, *DECIDED, contacts=(ANN, NORA), policy=POLICY).values()
    for option in (option for case in cases for option in case.options):
        if option.staged and option.staged.operation in DECIDED.values():
            yield from _ways(option.staged, TABLES["contact-map"])


def test_what_is_read_of_each_system_is_what_its_fixtures_hold() -> None:
    printed = {("export", offer.system, offer.kind.value) for offer in offers() if offer.exports}
    printed |= {("payload", offer.system, offer.kind.value) for offer in offers() if offer.payloads}
    held = {cell for fixture in ALL_FIXTURES for cell in fixture.rows}
    assert printed == held - {("payload", "unknown", "unknown")}


def test_what_is_staged_for_each_system_is_what_its_fixtures_become(bench: Bench) -> None:
    things = {kind: thing for kind, (thing, _) in STAGED_KINDS.items()}
    printed = {
        Way(offer.system, things[offer.kind], operation, by)
        for offer in offers()
        for by, operations in (("file", offer.files), ("request", offer.requests))
        for operation in operations
    }
    assert printed == staged_ways() | set(decided_ways(bench))


def test_every_table_that_is_declared_is_read_of_a_fixture_and_printed() -> None:
    printed = {name for offer in offers() for name in (*offer.exports, *offer.payloads)}
    declared = {table.name for table in TABLES.values() if table.kind is not Kind.UNKNOWN}
    assert printed == declared
    assert declared <= {event.table.name for event in events()}


def test_no_two_systems_have_the_same_name_letter_or_table() -> None:
    everyone = (*DECLARED, *(SYSTEMS[name] for name in set(SYSTEMS) - {system.name for system in DECLARED}))
    assert len({system.name for system in everyone}) == len({system.letter for system in everyone}) == len(everyone)
    tables = [table.name for system in everyone for table in system.tables]
    assert len(set(tables)) == len(tables)
