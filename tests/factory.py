"""Small helpers: write exports as CSV, load them into a real workspace, look at the cases, decide, sign."""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crm_tui.handoff import keys
from crm_tui.handoff.trust import Trust, parse
from crm_tui.model import Case
from crm_tui.workspace import schema
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.policies import read_policy
from crm_tui.workspace.store import Store

SAMPLE = Path(__file__).parent.parent / "sample_exports" / "first-slice"

MAP_HEADER = ("close_contact_id", "ghl_contact_id", "email", "phone", "close_updated_at", "ghl_updated_at")
APPOINTMENT_HEADER = ("appointment_id", "close_contact_id", "email", "start_at", "status", "updated_at", "title")
CHANGE_HEADER = ("change_id", "ghl_contact_id", "email", "close_contact_id", "field", "new_value", "updated_at")
ACTIVITY_HEADER = (
    "activity_id",
    "channel",
    "email",
    "phone",
    "activity_type",
    "summary",
    "occurred_at",
    "desired_ghl_action",
)
SLICE_HEADER = ("slice_id", "source_pattern", "transformation", "destination_review", "boundary")

Cells = Mapping[str, str]

ANN = {
    "close_contact_id": "CLOSE-1",
    "ghl_contact_id": "GHL-1",
    "email": "ann@one.test",
    "phone": "+15550100001",
    "close_updated_at": "2026-05-01T00:00:00Z",
    "ghl_updated_at": "2026-05-01T00:00:00Z",
}
BOB = {
    "close_contact_id": "CLOSE-2",
    "ghl_contact_id": "GHL-2",
    "email": "bob@two.test",
    "phone": "+15550100002",
    "close_updated_at": "2026-05-01T00:00:00Z",
    "ghl_updated_at": "2026-05-01T00:00:00Z",
}
MAP = (ANN, BOB)


def appointment(event_id: str = "APT-1", **cells: str) -> dict[str, str]:
    """An appointment that is accepted for Ann, but for what ``cells`` says."""
    return {
        "appointment_id": event_id,
        "close_contact_id": "CLOSE-1",
        "email": "ann@one.test",
        "start_at": "2026-06-01T10:00:00Z",
        "status": "scheduled",
        "updated_at": "2026-05-10T10:00:00Z",
        "title": "Call",
    } | cells


def change(event_id: str = "CHG-1", **cells: str) -> dict[str, str]:
    """A contact change that is accepted for Ann, but for what ``cells`` says."""
    return {
        "change_id": event_id,
        "ghl_contact_id": "GHL-1",
        "email": "ann@one.test",
        "close_contact_id": "CLOSE-1",
        "field": "lifecycle_stage",
        "new_value": "customer",
        "updated_at": "2026-05-10T10:00:00Z",
    } | cells


def activity(event_id: str = "ACT-1", **cells: str) -> dict[str, str]:
    """An activity that is accepted for Ann, but for what ``cells`` says."""
    return {
        "activity_id": event_id,
        "channel": "gmail",
        "email": "ann@one.test",
        "phone": "",
        "activity_type": "email",
        "summary": "Said hello",
        "occurred_at": "2026-05-10T10:00:00Z",
        "desired_ghl_action": "append activity",
    } | cells


def csv_bytes(header: Sequence[str], rows: Iterable[Cells], *, line_end: str = "\n") -> bytes:
    """A CSV file; columns that only some rows name are added at the end."""
    listed = list(rows)
    names = list(dict.fromkeys([*header, *(name for row in listed for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode()


def map_bytes(*rows: Cells) -> bytes:
    return csv_bytes(MAP_HEADER, rows or MAP)


def appointments_bytes(*rows: Cells) -> bytes:
    return csv_bytes(APPOINTMENT_HEADER, rows)


def changes_bytes(*rows: Cells) -> bytes:
    return csv_bytes(CHANGE_HEADER, rows)


def activities_bytes(*rows: Cells) -> bytes:
    return csv_bytes(ACTIVITY_HEADER, rows)


@dataclass
class Ticking:
    """A clock that goes on by a second at every look."""

    moment: datetime = datetime(2026, 5, 20, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@dataclass
class Review:
    """An open workspace with its cases and a reviewer."""

    cases: Cases
    decisions: Decisions

    @property
    def store(self) -> Store:
        return self.cases.store

    def id(self, event_id: str) -> int:
        (found,) = self.cases.by_event_id(event_id)
        return found

    def case(self, event_id: str) -> Case:
        return self.cases.case(self.id(event_id))

    def state(self, event_id: str) -> str:
        return self.cases.review(self.id(event_id)).state.value

    def fired(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Event id → (rule, all rules that fired), as stored."""
        rows = self.store.connection.execute("SELECT event_id, rule, fired FROM record ORDER BY id")
        return {event: (rule, tuple(fired.split())) for event, rule, fired in rows}


@dataclass
class Bench:
    """A folder with exports and one workspace."""

    folder: Path
    clock: Ticking = field(default_factory=Ticking)

    @property
    def workspace(self) -> Path:
        return self.folder / "bench.crm"

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / "exports" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def load(self, *paths: Path, policy: str | None = None, reviewer: str = "Rita Reviewer") -> tuple[str, ...]:
        """Load files; gives the problems."""
        text = None
        if policy is not None:
            text = read_policy(self.put("policy.toml", policy.encode()))
        return load(self.workspace, paths, policy=text, reviewer=reviewer, clock=self.clock).problems

    def events(
        self,
        *,
        contacts: Sequence[Cells] | None = MAP,
        appointments: Sequence[Cells] = (),
        changes: Sequence[Cells] = (),
        activities: Sequence[Cells] = (),
        policy: str | None = None,
    ) -> Bench:
        """Load these rows; ``contacts=None`` is a load without any contact map."""
        paths = []
        if contacts is not None:
            paths.append(self.put("contact-map.csv", csv_bytes(MAP_HEADER, contacts)))
        if appointments:
            paths.append(self.put("close-appointments.csv", appointments_bytes(*appointments)))
        if changes:
            paths.append(self.put("ghl-contact-changes.csv", changes_bytes(*changes)))
        if activities:
            paths.append(self.put("activity-events.csv", activities_bytes(*activities)))
        assert self.load(*paths, policy=policy) == ()
        return self

    def sample(self) -> Bench:
        """Load the shipped sample."""
        assert self.load(SAMPLE) == ()
        return self

    @contextlib.contextmanager
    def open(self, reviewer: str = "Rita Reviewer") -> Iterator[Review]:
        with Store.open(self.workspace, clock=self.clock) as store:
            cases = Cases(store)
            yield Review(cases, Decisions(cases, reviewer))

    def cases(self) -> dict[str, Case]:
        """Event id → case of every row; asserts on the way that the stored verdict is the one shown."""
        with self.open() as review:
            found = {}
            stored = review.store.connection.execute("SELECT id, queue, rule, fired, outcome, contact FROM record")
            for record_id, queue, rule, fired, outcome, contact in stored.fetchall():
                case = review.cases.case(record_id)
                verdict = case.verdict
                assert (queue, rule, tuple(fired.split()), outcome, contact) == (
                    verdict.queue.value,
                    verdict.rule,
                    verdict.fired,
                    verdict.outcome.value,
                    verdict.contact,
                )
                assert case.event_id not in found, "two rows with one event id: ask for them by row"
                found[case.event_id] = case
            return found


def contact_keys(review_or_case: Case) -> set[str]:
    """The contacts that a case offers or shows, as ``CLOSE-1/GHL-1``."""
    return {side.subject.replace(" · ", "/") for side in review_or_case.sides} - {"", "nobody"}


def signer(folder: Path, principal: str = "alice@example.test") -> keys.FileSigner:
    """A new signing key."""
    return keys.new_key(folder / "keys" / f"{principal.partition('@')[0]}_ed25519", principal)


def trust_in(*signers: keys.FileSigner) -> Trust:
    """A receiver who believes these."""
    lines = [keys.allowed_signers_line(one.principal, one.public) for one in signers]
    return Trust(parse("".join(line + "\n" for line in lines).encode()))


def read_csv(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV view."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def back_to_version_1(workspace: Path) -> None:
    """A workspace as the first version of the program left it."""
    with contextlib.closing(sqlite3.connect(workspace)) as connection, connection:
        added = set(schema.expected_objects()) - set(schema.expected_objects(1))
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master"))
        for name in sorted(added, key=lambda one: kinds[one]):
            connection.execute(f"DROP {kinds[name]} {name}")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name <> 'v1_first_schema'")
        connection.execute("PRAGMA user_version = 1")
