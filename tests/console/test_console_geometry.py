"""Dialogs and bars of the set keys: nothing is cut or overlaps, at three sizes."""

from __future__ import annotations

import pytest
from console_helpers import SIZES, footer, review, screen_text, to
from rich.cells import cell_len
from textual.widgets import Static

from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Dialog
from crm_tui.console.panes import LineBar, LinesPane, QueuePane

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])
DIALOGS = {"filter": ("f",), "set": ("*", "B"), "set-all": ("B", "1"), "history": ("1", "s", "k", "H"), "help": ("?",)}


@sizes
@pytest.mark.parametrize("keys", DIALOGS.values(), ids=DIALOGS)
async def test_a_dialog_fits_and_says_its_keys_in_full(
    app: ConsoleApp, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press(*keys)
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        box = app.screen.query_one("#dialog").region
        assert app.screen.region.contains_region(box)
        hint = str(app.screen.query_one("#dialog-hint", Static).content)
        assert hint and hint in screen_text(app)
        pane = app.screen.query_one("#listing", LinesPane)
        assert box.contains_region(pane.region)
        assert max(line.cell_len for line in pane.lines) <= pane.scrollable_content_region.width


@sizes
async def test_bars_and_panes_do_not_overlap_with_a_filter_and_marks(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        for keys in (("f", "enter"), ("*",), ("/",), ("escape",), ("escape",), ("escape",), ("o",)):
            await pilot.press(*keys)
            await pilot.pause()
            screen = review(app)
            shown = [one for one in screen.query("LineBar, LinesPane, QueuePane, SearchInput") if one.region.area]
            assert {LineBar, LinesPane, QueuePane} <= {kind for one in shown for kind in type(one).__mro__}
            rows = [range(one.region.y, one.region.bottom) for one in shown]
            assert sum(len(row) for row in rows) == len({y for row in rows for y in row}) <= size[1]
            assert cell_len(footer(app)) <= size[0]
