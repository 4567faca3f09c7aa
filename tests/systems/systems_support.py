"""What the tests of systems share: a contact map of three people in every system, and their fixtures."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.intake.source import ABSENT, Skipped
from crm_tui.model import Case
from tests.factory import Bench, csv_bytes

FIXTURES = Path(__file__).parent / "fixtures"
MAPPED = Path(__file__).parent.parent / "column_maps" / "fixtures"
"""Tables of systems that nobody here knows, each with its column map."""


class Fixture(NamedTuple):
    """One fixture, and what ``fixtures.toml`` says of it."""

    path: Path
    folder: str
    """The system or the carrier that the file comes from."""
    rows: Counter[tuple[str, str, str]]
    """(``export`` or ``payload``, system, kind) → rows."""
    nasty: str
    """What is nasty about it; ``""`` where nothing is."""

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.path.name}"


def _told_fixtures() -> Iterator[Fixture]:
    told = tomllib.loads((Path(__file__).parent / "fixtures.toml").read_text("utf-8"))
    for folder, files in told.items():
        place = MAPPED if folder == "other" else FIXTURES / folder
        for name, said in files.items():
            rows: Counter[tuple[str, str, str]] = Counter()
            for way in ("export", "payload"):
                for system, kinds in said.get(way, {}).items():
                    rows.update({(way, system, kind): count for kind, count in kinds.items()})
            yield Fixture(place / name, folder, rows, said.get("nasty", ""))


ALL_FIXTURES = tuple(_told_fixtures())

Cells = Mapping[str, str]

MAP_HEADER = ("salesforce_contact_id", "hubspot_contact_id", "email", "phone")
ANN = {
    "salesforce_contact_id": "0035e00000AnnAaAAJ",
    "hubspot_contact_id": "101",
    "close_contact_id": "cont_AnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnnAaAnn",
    "ghl_contact_id": "AnnAaAnnAaAnnAaAnnAa",
    "app_contact_id": "k57ann",
    "email": "ann@one.test",
    "phone": "+12125550101",
    "salesforce_updated_at": "2026-05-01T00:00:00Z",
    "ghl_updated_at": "2026-05-01T00:00:00Z",
    "first_name": "Ann",
    "last_name": "Archer",
    "company": "Acme Corp",
    "city": "Austin",
    "country": "US",
    "email_opt_out": "false",
    "lead_status": "Attempted to contact",
}
BOB = {
    "salesforce_contact_id": "0035e00000BobBb",
    "hubspot_contact_id": "102",
    "close_contact_id": "cont_BobBbBobBbBobBbBobBbBobBbBobBbBobBbBobBbBob",
    "ghl_contact_id": "BobBbBobBbBobBbBobBb",
    "app_contact_id": "k57bob",
    "email": "bob@two.test",
    "phone": "+442079460102",
    "salesforce_updated_at": "2026-05-01T00:00:00Z",
    "ghl_updated_at": "2026-05-01T00:00:00Z",
    "first_name": "Bob",
    "last_name": "Brook",
    "company": "Beta Ltd",
    "city": "",
    "country": "",
    "email_opt_out": "true",
    "lead_status": "Attempted to contact",
}
CARA = {
    "salesforce_contact_id": "0035e00000CaraCAAR",
    "hubspot_contact_id": "103",
    "close_contact_id": "cont_CaraCCaraCCaraCCaraCCaraCCaraCCaraCCaraCCara",
    "ghl_contact_id": "CaraCCaraCCaraCCaraC",
    "app_contact_id": "k57cara",
    "email": "cara@three.test",
    "phone": "",
    "salesforce_updated_at": "2026-05-01T00:00:00Z",
    "ghl_updated_at": "2026-05-01T00:00:00Z",
    "first_name": "Cara",
    "last_name": "Cole",
    "company": "",
    "city": "",
    "country": "",
    "email_opt_out": "false",
    "lead_status": "",
}
PEOPLE = (ANN, BOB, CARA)


def cases_of(bench: Bench) -> dict[str, Case]:
    """Event id → case; a row without an id of its own is called by its line: ``line 2``."""
    found: dict[str, Case] = {}
    with bench.open() as review:
        rows = review.store.connection.execute("SELECT id, event_id, first_line FROM record ORDER BY id").fetchall()
        for record_id, event_id, line in rows:
            name = event_id if event_id and event_id not in found else f"line {line}"
            name = name if name not in found else f"{name}, record {sum(key.startswith(name) for key in found) + 1}"
            found[name] = review.cases.case(record_id)
    return found


def judged(bench: Bench, *fixtures: str, contacts: tuple[Cells, ...] = PEOPLE, policy: str = "") -> dict[str, Case]:
    """Event id → case, of fixtures (``hubspot/deals.csv``) loaded with a contact map into a real workspace."""
    paths = [bench.put("contact-map.csv", csv_bytes(MAP_HEADER, contacts))]
    paths.extend(FIXTURES / name for name in fixtures)
    assert bench.load(*paths, policy=policy or None) == ()
    return cases_of(bench)


def rows_judged(
    bench: Bench, header: tuple[str, ...], *rows: Cells, contacts: tuple[Cells, ...] = PEOPLE, policy: str = ""
) -> dict[str, Case]:
    """As ``judged``, of a CSV with these rows."""
    paths = [
        bench.put("contact-map.csv", csv_bytes(MAP_HEADER, contacts)),
        bench.put("rows.csv", csv_bytes(header, rows)),
    ]
    assert bench.load(*paths, policy=policy or None) == ()
    return cases_of(bench)


def records_of(path: Path) -> int:
    """How many records a file has, after it was seen that each of its bytes is accounted for."""
    spans: list[tuple[int, bytes]] = []
    rows = 0
    for source in open_sources(path).sources:
        skipped: list[Skipped] = []
        for record in records(source, skipped):
            rows += 1
            spans.append((record.offset, record.raw))
            if record.cells is not None:
                assert parse(record.raw, source, record.context) == record.cells
                assert ABSENT not in named(source)(record.cells).values()
        spans += [(span.offset, span.raw) for span in skipped]
        spans.append((0, source.header_raw))
    content = path.read_bytes()
    assert b"".join(raw for _, raw in sorted(set(spans)) if raw) == content
    return rows


def notes(case: Case) -> str:
    return "; ".join(note.text for note in case.notes)


def told(case: Case) -> str:
    """Everything that the case says in words."""
    return "; ".join((case.issue, case.why, *(item.text for item in case.evidence), notes(case)))


def writes(case: Case) -> dict[str, str]:
    """What the first open choice would write."""
    staged = case.options[0].staged
    return dict(staged.values) if staged else {}
