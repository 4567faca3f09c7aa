"""A journal of many decisions: how long it takes to decide, to open, to check and to undo.

python -m tests.benchmarks.journal [DECISIONS]        (default: 20,000; the goal speaks of 100,000)
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crm_tui.console.app import open_store
from crm_tui.console.session import Session
from crm_tui.model import Queue
from crm_tui.workspace import integrity
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import utc_now
from tests.benchmarks import measure
from tests.benchmarks.console import JUDGED
from tests.benchmarks.generate import Export

SINGLE = 200
"""Decisions that are made one by one at the end."""


def main() -> None:
    """The command."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        workspace = Path(name) / "journal.crm"
        # Seven rows in eight are ready to be approved.
        Export(1.2 * (wanted + SINGLE) / JUDGED).write(Path(name))
        load(workspace, sorted(Path(name).glob("*.csv")), reviewer="Rita")
        print(f"{wanted:,} decisions in one set, then {SINGLE} one by one\n")
        print(measure.table(("", "seconds", "of them CPU"), figures(workspace, wanted)))


def figures(workspace: Path, wanted: int) -> list[tuple[str, str, str]]:
    """What was done, and what it took."""
    found: list[tuple[str, str, str]] = []

    def timed(what: str, act: Callable[[], object]) -> object:
        wall, cpu = time.perf_counter(), time.process_time()
        result = act()
        found.append((what, f"{time.perf_counter() - wall:.3f}", f"{time.process_time() - cpu:.3f}"))
        return result

    store, _ = open_store(workspace, utc_now)
    with store:
        cases = Cases(store)
        decisions = Decisions(cases, "Rita")
        ids = cases.ids(Queue.LEDGER)[: wanted + SINGLE]

        def decide_all() -> None:
            with decisions.together():
                for record_id in ids[:wanted]:
                    decisions.approve(record_id, token=cases.case(record_id).options[0].token)

        timed("decide the set", decide_all)
        single = []
        for record_id in ids[wanted:]:
            token = cases.case(record_id).options[0].token
            start = time.perf_counter()
            decisions.approve(record_id, token=token)
            single.append(time.perf_counter() - start)
        found.append(("one decision on disk, p50", f"{statistics.median(single):.4f}", ""))
        found.append(("one decision on disk, p99", f"{statistics.quantiles(single, n=100)[-1]:.4f}", ""))
        timed("check the journal", lambda: integrity.check(store))
    reopened = timed("open the workspace, with its check", lambda: open_store(workspace, store.clock))
    assert isinstance(reopened, tuple)
    store = reopened[0]
    with store:
        session = timed("make the screen's session", lambda: Session(Cases(store), "Rita"))
        assert isinstance(session, Session)
        timed("undo one", lambda: session.take_back(Decisions.undo))
        for _ in range(SINGLE - 1):
            session.decisions.undo()
        timed("undo the set", lambda: session.take_back(Decisions.undo))
        timed("do the set again", lambda: session.take_back(Decisions.redo))
    return found


if __name__ == "__main__":
    main()
