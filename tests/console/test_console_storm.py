"""Any key at any size, and a clock that jumps: the screen stands, and what it says is what the journal says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from textual.events import Resize
from textual.geometry import Size

from crm_tui.console.actions import ACTIONS
from crm_tui.console.app import ConsoleApp
from crm_tui.handoff.seal import seal
from crm_tui.handoff.verify import verify
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.store import Store
from tests.factory import Bench, signer, trust_in
from tests.properties.profiles import runs

LEAVES = {"quit", "handoff"}
KEYS = sorted({key for action in ACTIONS if action.id not in LEAVES for key in action.keys})
TYPED = ("x", "Ω", "enter", "escape", "tab", "backspace", "1", "(", "f2")
STEPS = 35


@pytest.mark.parametrize("seed", range(runs(2)))
async def test_any_keys_at_any_sizes_never_end_the_program(app: ConsoleApp, seed: int) -> None:
    """Reliability goal 12: no crash from 1×1 to 500×200, whatever is pressed meanwhile."""
    lots = Random(seed)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(STEPS):
            if lots.random() < 0.3:
                size = Size(lots.choice((1, 2, 20, 40, 79, 80, 140, 500)), lots.choice((1, 2, 5, 10, 24, 40, 200)))
                app.post_message(Resize(size, size))
            await pilot.press(lots.choice(KEYS) if lots.random() < 0.8 else lots.choice(TYPED))
        await pilot.pause()
        assert app.is_running and app.return_code in (None, 0)
        store = app.session.store
        journal.check(store)
        shown = {row: review.state for row, review in app.session.cases.reviews(app.session.cases.ids()).items()}
        with Store.open(store.path, write=False) as other:
            fresh = Cases(other)
            assert {row: review.state for row, review in fresh.reviews(fresh.ids()).items()} == shown


JUMPS = (
    datetime(2026, 5, 20, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2026, 5, 19, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC),
)  # fmt: skip


def test_a_clock_that_jumps_changes_the_times_and_nothing_else(tmp_path: Path) -> None:
    """Order is that of the journal, never that of the times; a handoff of it is good."""
    bench = Bench(tmp_path).sample()
    key = signer(tmp_path / "keys")
    moments = iter(JUMPS * 40)
    with Store.open(bench.workspace, clock=lambda: next(moments)) as store:
        cases = Cases(store)
        decisions = Decisions(cases, "Dana")
        row = cases.by_event_id("APT-7001")[0]
        for _ in range(3):
            decisions.approve(row)
            assert cases.review(row).state.value == "approved"
            decisions.undo()
            assert cases.review(row).state.value == "to decide"
        decisions.redo()
        assert cases.review(row).state.value == "approved"
        journal.check(store)
        numbers = [entry.seq for entry in journal.entries(store.connection)]
        assert numbers == list(range(1, len(numbers) + 1))
        seal(cases, tmp_path / "h.zip", key, "Dana")
    assert verify((tmp_path / "h.zip").read_bytes(), trust_in(key), now=JUMPS[0]).seq == 1
