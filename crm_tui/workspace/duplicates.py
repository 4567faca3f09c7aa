"""The duplicate scan of a workspace: the records of each system and kind among themselves, and against the map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm_tui.classify.duplicates import record_name
from crm_tui.classify.event import Event
from crm_tui.identity.duplicates.clusters import Cluster, clusters
from crm_tui.identity.duplicates.scan import Known, Suspect, person, suspects
from crm_tui.identity.duplicates.score import Scoring, compare
from crm_tui.model import Contact
from crm_tui.progress import Progress, Stages, nobody, told
from crm_tui.systems import label
from crm_tui.systems.declare import Kind
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.groups import SCANNED, number_scanned, scanned_sources
from crm_tui.workspace.stored import stored_event

_STAGES = ("reading", "comparing")
"""Of each population; they take about as long as each other."""


@dataclass(frozen=True, slots=True)
class Population:
    """The records of one system and kind; only they are compared with each other."""

    system: str
    kind: Kind
    records: tuple[Known, ...]
    """Numbered by their record ids in the workspace."""

    @property
    def noun(self) -> str:
        """``HubSpot contacts``."""
        return f"{label(self.system)} {SCANNED[self.kind]}"


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one population that may be the same."""

    population: Population
    cluster: Cluster[Suspect]


@dataclass(frozen=True, slots=True)
class MapSuspect:
    """A record that no key leads from to the map, and the entry that it may be all the same."""

    population: Population
    suspect: Suspect
    record_id: int
    contact: int


def scan(cases: Cases, apart: Iterable[tuple[int, int]] = (), progress: Progress = nobody) -> list[Group]:
    """The groups of every population; pairs of record ids ``apart`` are never suggested."""
    kept = list(apart)
    return [
        Group(population, cluster)
        for population, comparing in _populations(cases, progress)
        for cluster in clusters(_suspects(cases, population, comparing), kept)
    ]


def _suspects(cases: Cases, population: Population, progress: Progress) -> list[Suspect]:
    """What the scan suspects, and what came back from Splink beyond it."""
    from crm_tui.workspace.splink import taken

    companies = population.kind is Kind.ACCOUNT
    found = suspects(population.records, companies=companies, progress=progress)
    seen = {(one.first, one.second) for one in found}
    by_number = {one.number: person(one, companies=companies) for one in population.records}
    others = (pair for pair in taken(cases, population.records) if pair[:2] not in seen)
    scoring = Scoring()
    return found + [
        Suspect(compare(by_number[one], by_number[two], scoring), probability, {}) for one, two, probability in others
    ]


def against_map(cases: Cases, progress: Progress = nobody) -> list[MapSuspect]:
    """The contacts and leads that no key leads from to the map, each with the entries that it may be."""
    entries = [known_contact(-contact.number, contact) for contact in cases.contacts]
    found: list[MapSuspect] = []
    for population, comparing in _populations(cases, progress, unmapped=True) if entries else ():
        if population.kind is Kind.ACCOUNT:
            continue
        every = suspects([*entries, *population.records], companies=False, progress=comparing)
        across = (one for one in every if one.first < 0 < one.second)
        found.extend(MapSuspect(population, one, one.second, -one.first) for one in across)
    return found


def populations(cases: Cases) -> Iterator[Population]:
    """The whole records of each system and kind.

    Left out are error rows, events that tell a part of a record, and records that are gone.  Of a record that stands
    in several files, the last one counts.
    """
    return (population for population, _ in _populations(cases, nobody))


def _populations(cases: Cases, progress: Progress, *, unmapped: bool = False) -> Iterator[tuple[Population, Progress]]:
    """The same, with ``unmapped`` only those without a contact, each with whom to tell of its comparing."""
    sources = scanned_sources(cases)
    sizes = [number_scanned(cases, ids) for ids in sources.values()]
    stages = Stages(progress, sum(sizes), *(size for size in sizes for _ in _STAGES))
    for (system, kind), ids in sources.items():
        reading, comparing = (stages.next() for _ in _STAGES)
        records = tuple(_records(cases, ids, unmapped, reading))
        if len(records) > 1 - unmapped:
            yield Population(system, kind, records), comparing


def _records(cases: Cases, source_ids: Sequence[int], unmapped: bool, progress: Progress) -> list[Known]:
    rows = cases.store.connection.execute(
        "SELECT id, row_id, source_id, raw, context FROM record"
        " WHERE latest AND queue <> 'error' AND source_id IN (SELECT value FROM json_each(?))"
        f"{' AND contact IS NULL' if unmapped else ''} ORDER BY id",
        (json.dumps(source_ids),),
    )
    found: dict[str, Known] = {}
    number = number_scanned(cases, source_ids)
    for record_id, row_id, source_id, raw, context in told(rows, number, progress):
        event = stored_event(cases.sources[source_id], raw, context, "", cases.keyring, cases.overlays.get(record_id))
        if event.changed is not None or event.deletes:
            continue
        if unmapped and any(cases.contacts.find(key.kind, key.value) for key in event.keys):
            continue
        found[record_name(event) or row_id] = known(record_id, event)
    return sorted(found.values(), key=lambda one: one.number)


def known(number: int, event: Event) -> Known:
    """A record as the scan reads it."""
    values = event.values
    email = next((key.value for key in event.keys if key.kind == "email" and key.value), "")
    phone = next((key.value for key in event.keys if key.kind == "phone" and key.value), "")
    ids = frozenset((key.kind[3:], key.value) for key in event.keys if key.kind.startswith("id:") and key.value)
    return Known(number, values, email, phone or values.get("phone", ""), ids)


def known_contact(number: int, contact: Contact) -> Known:
    """An entry of the contact map as the scan reads it."""
    first_email, first_phone = (next(iter(found), "") for found in (contact.emails, contact.phones))
    return Known(number, contact.values, first_email, first_phone, frozenset(contact.ids.items()))
