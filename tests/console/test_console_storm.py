"""Any key at any size: the screen stands, and what it says is what the journal says."""

from __future__ import annotations

from random import Random

import pytest
from textual.events import Resize
from textual.geometry import Size

from crm_tui.console.actions import ACTIONS
from crm_tui.console.app import ConsoleApp
from crm_tui.workspace import integrity
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store
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
        integrity.check(store)
        shown = {row: review.state for row, review in app.session.cases.reviews(app.session.cases.ids()).items()}
        with Store.open(store.path, write=False) as other:
            fresh = Cases(other)
            assert {row: review.state for row, review in fresh.reviews(fresh.ids()).items()} == shown
