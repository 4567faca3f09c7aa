"""``crm-tui systems`` offers nothing that no fixture exercises."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from crm_tui.classify.event import Event, read_event
from crm_tui.classify.mapping import mapped
from crm_tui.identity.keys import Keyring
from crm_tui.intake.column_map import read_map
from crm_tui.intake.formats import named, parse, records
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Kind, Role, Table
from crm_tui.systems.offer import Offer, offers
from crm_tui.workspace.load import open_all
from tests.systems.systems_support import FIXTURES

ROWS = 40
SAMPLES = Path(__file__).parent.parent.parent / "sample_exports"
MAPPED = Path(__file__).parent.parent / "column_maps" / "fixtures"
STAGED_KINDS = {
    Kind.CONTACT: ("contact", (Outcome.UPDATE, Outcome.CREATE)),
    Kind.OPPORTUNITY: ("opportunity", (Outcome.UPSERT,)),
    Kind.ACTIVITY: ("activity", (Outcome.APPEND,)),
    Kind.APPOINTMENT: ("appointment", (Outcome.UPSERT,)),
}


@cache
def events() -> tuple[Event, ...]:
    """The first readable rows of every fixture and sample."""
    return tuple(_events())


def _events() -> Iterator[Event]:
    keyring = Keyring("US")
    maps = [read_map(path) for path in MAPPED.glob("*.toml")]
    for path in sorted((*FIXTURES.rglob("*"), *SAMPLES.rglob("*"), *MAPPED.glob("*.csv"))):
        if not path.is_file() or path.suffix in (".py", ".md"):
            continue
        for source in open_all([path], maps=maps).sources:
            names = named(source)
            for record in islice(records(source), ROWS):
                if not record.problem:
                    yield read_event(source.table, names(parse(record.raw, source, record.context)), keyring)


@cache
def tables_read() -> frozenset[str]:
    return frozenset(event.table.name for event in events())


def staged_rows(event: Event) -> Iterator[tuple[Staged, Table]]:
    """What the row would be at each system that takes its kind."""
    if event.table.kind not in STAGED_KINDS:
        return
    thing, operations = STAGED_KINDS[event.table.kind]
    carried = (Role.EVENT_ID, Role.CHANNEL, Role.ACTIVITY_TYPE, Role.TEXT, Role.TIME, Role.STATUS, Role.VALUE)
    of_event = event.table.kind in (Kind.ACTIVITY, Kind.APPOINTMENT)
    values = {
        column.field or column.name: text
        for column in event.table.columns
        if column.role in carried and (text := event.cells.get(column.name, ""))
    }
    values = values if of_event else {name: text for name, text in event.values.items() if text}
    for system in SYSTEMS:
        for operation in operations:
            target = "" if operation is Outcome.CREATE else "id-1"
            yield Staged(system, thing, operation, target, values), event.table
    if event.table.kind is Kind.CONTACT:
        for name, text in values.items():
            yield from ((Staged(one, thing, Outcome.UPDATE, "id-1", {name: text}), event.table) for one in SYSTEMS)
            yield from ((Staged(one, thing, Outcome.CREATE, "", {name: text}), event.table) for one in SYSTEMS)


@cache
def staged_ways() -> frozenset[tuple[str, str, Outcome, str]]:
    """(system, object, operation, file or request) of everything that the fixtures become."""
    found = set()
    for event in events():
        for staged, table in staged_rows(event):
            for part in mapped(staged, table):
                if part.file is not None:
                    found.add((part.system, part.object, part.operation, "file"))
                if part.lines:
                    found.add((part.system, part.object, part.operation, "request"))
    return frozenset(found)


DECIDED = {("app", "contact", Outcome.SOFT_DELETE, "request"), ("contact-map", "contact", Outcome.LINK, "file")}
"""What a decision stages, and no record by itself; tests of their own load a deletion and a new id."""


@pytest.mark.parametrize("offer", offers(), ids=lambda offer: f"{offer.system}-{offer.kind.value}")
def test_every_cell_of_the_table_is_exercised_by_a_fixture(offer: Offer) -> None:
    for tables in (offer.exports, offer.payloads):
        assert not tables or tables_read() & set(tables), f"no fixture is read as one of {', '.join(tables)}"
    thing = STAGED_KINDS[offer.kind][0] if offer.kind in STAGED_KINDS else ""
    wanted = {(offer.system, thing, operation, "file") for operation in offer.files}
    wanted |= {(offer.system, thing, operation, "request") for operation in offer.requests}
    assert wanted - staged_ways() - DECIDED == set(), "no fixture is staged in this way"


def test_every_table_of_every_system_is_in_the_table_that_is_printed() -> None:
    printed = {name for offer in offers() for name in (*offer.exports, *offer.payloads)}
    declared = {table.name for system in SYSTEMS.values() for table in system.tables if table.kind is not Kind.UNKNOWN}
    assert printed == declared
