"""The quarter sample from load to empty queue, keys counted; and an ordinary conflict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_helpers import clock, review, screen_lines, state, to
from rich.cells import cell_len
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.set_dialog import SetDialog
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

QUARTER = Path(__file__).parents[2] / "sample_exports" / "quarter"
KEYS = 100
"""Fewer than these, as the README says."""


@pytest.fixture
def quarter(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "quarter.crm"
    load(path, [QUARTER], clock=clock)
    with Store.open(path, clock=clock) as opened:
        yield opened


class Operator:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.pressed = 0

    async def press(self, *keys: str) -> None:
        self.pressed += len(keys)
        await self.pilot.press(*keys)
        await self.pilot.pause()


def best_deed(dialog: SetDialog) -> str:
    """The key of what an operator would do: what is suggested, the contact found, nothing; else reject."""
    sizes = dialog._sizes
    wanted = ("approve the choice made", "approve: the one contact", "approve: write nothing", "approve: keep", "defer")
    for words in wanted:
        for deed, number in sizes.items():
            if deed.words.startswith(words) and number:
                return deed.key
    raise AssertionError(sizes)


@pytest.mark.parametrize("size", [(80, 24)], ids=["80x24"])
async def test_from_load_to_empty_queue(quarter: Store, size: tuple[int, int]) -> None:
    app = ConsoleApp(quarter, "Dana", False)
    async with app.run_test(size=size) as pilot:
        operator = Operator(pilot)
        rows = app.session.counts.rows
        await operator.press("[", "B", "enter")
        assert app.session.counts.ledger_left == 0
        await operator.press("]")
        while app.session.counts.conflicts_left:
            left = app.session.counts.conflicts_left
            await operator.press("*", "B")
            assert isinstance(app.screen, SetDialog)
            assert all(cell_len(line) == size[0] for line in screen_lines(app))
            await operator.press(best_deed(app.screen), "enter")
            assert app.session.counts.conflicts_left < left
        assert app.session.counts.left == 0
        assert operator.pressed < KEYS
        integrity.check(quarter)
        entries = journal.entries(quarter.connection, "kind = 'decide'")
        assert len(entries) == app.session.counts.to_decide, "one entry a row"
        print(f"{operator.pressed} keys for {rows} rows: {operator.pressed / rows:.3f}")


async def test_an_ordinary_conflict_takes_two_keys(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        for event_id in ("APT-7002", "ACT-9104"):
            await to(pilot, app, event_id)
            operator = Operator(pilot)
            await operator.press("1", "a")
            assert state(app, event_id) == "approved"
            assert operator.pressed == 2
        assert review(app).is_current
