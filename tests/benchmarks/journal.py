"""A journal of many decisions: how long it takes to decide, to open, to check and to undo.

python -m tests.benchmarks.journal [DECISIONS [ROWS]]   (default: 20,000 on as many rows as it takes; the goals speak
                                                         of 100,000, and of one decision among 1,000,000 rows)
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from crm_tui.console.app import open_store
from crm_tui.console.rehearsal import apply, rehearse
from crm_tui.console.session import Session
from crm_tui.console.standing import MOST
from crm_tui.console.tabs import Tab
from crm_tui.workspace import integrity
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import utc_now
from tests.benchmarks import measure
from tests.benchmarks.console import JUDGED
from tests.benchmarks.generate import Export

SINGLE = 400
"""Decisions that are made one by one at the end."""
DECISION, BARE = "one decision on disk, p99", "as many bytes appended and synced, p99"
PAGES = 9
"""Pages of the file that one decision writes."""
T = TypeVar("T")


def main() -> None:
    """The command."""
    wanted, rows = (*map(int, sys.argv[1:3]), *(20_000, 0)[len(sys.argv) - 1 :])
    print(f"{wanted:,} decisions in sets of up to {MOST:,}, then {SINGLE} one by one\n")
    print(measure.table(("", "seconds", "of them CPU"), [one.shown for one in measured(wanted, rows)]))


class Took(NamedTuple):
    """What one thing took, in seconds."""

    what: str
    wall: float
    cpu: float | None = None

    @property
    def shown(self) -> tuple[str, str, str]:
        """For the table."""
        return self.what, f"{self.wall:.3f}", "" if self.cpu is None else f"{self.cpu:.3f}"


def measured(wanted: int, rows: int = 0) -> list[Took]:
    """All figures of a journal of so many decisions; ``rows``: among so many, not just those that it takes."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        workspace = Path(name) / "journal.crm"
        # Seven rows in eight are ready to be approved.
        Export(max(1.2 * (wanted + SINGLE), rows) / JUDGED).write(Path(name))
        load(workspace, sorted(Path(name).glob("*.csv")), reviewer="Rita")
        return figures(workspace, wanted)


def figures(workspace: Path, wanted: int) -> list[Took]:
    """What was done, and what it took."""
    found: list[Took] = []

    def timed(what: str, act: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), time.process_time()
        result = act()
        found.append(Took(what, time.perf_counter() - wall, time.process_time() - cpu))
        return result

    store, _ = open_store(workspace, utc_now)
    with store:
        session = Session(Cases(store), "Rita")
        session.open_tab(Tab.LEDGER)
        while wanted:
            some = frozenset(session.waiting_ids()[: min(wanted, MOST)])
            wanted -= len(some)
            session.mark(some)
            rehearsal = timed(f"judge a set of {len(some):,}", lambda: rehearse(session))
            plan = rehearsal.plan(rehearsal.deeds[0])
            assert len(plan.applied) == len(some), plan.left_out[:1]
            timed("approve the set", lambda plan=plan: apply(session, plan, ""))
            session.unmark()
        found += one_by_one(session, workspace)
        timed("check all of the journal, beside the screen", lambda: integrity.check(store))
    store, _ = timed("open the workspace, with the check of the end", lambda: open_store(workspace, utc_now))
    with store:
        session = timed("make the screen's session", lambda: Session(Cases(store), "Rita"))
        timed("undo one, u", lambda: session.take_back(Decisions.undo))
        for _ in range(SINGLE - 1):
            session.decisions.undo()
        timed("undo the set, u", lambda: session.take_back(Decisions.undo))
        timed("do the set again, U", lambda: session.take_back(Decisions.redo))
    return found


def one_by_one(session: Session, workspace: Path) -> Iterator[Took]:
    """Single decisions, and by turns what the disk takes for as many bytes: neither can be quicker than that."""
    decisions = Decisions(session.cases, "Rita")
    walls, cpus, bare = [], [], []
    with (workspace.parent / "bare").open("wb", buffering=0) as stream:
        for record_id in session.waiting_ids()[:SINGLE]:
            token = session.cases.case(record_id).options[0].token
            wall, cpu = time.perf_counter(), time.process_time()
            decisions.approve(record_id, token=token)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
            wall = time.perf_counter()
            stream.write(bytes(PAGES * 4096))
            os.fsync(stream.fileno())
            bare.append(time.perf_counter() - wall)
    yield Took("one decision on disk, p50", statistics.median(walls), statistics.median(cpus))
    yield Took(DECISION, *(statistics.quantiles(each, n=100)[-1] for each in (walls, cpus)))
    yield Took(BARE, statistics.quantiles(bare, n=100)[-1])


if __name__ == "__main__":
    main()
