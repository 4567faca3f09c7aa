"""A few pictures; behaviour is asserted elsewhere.  Renew with ``pytest tests/console --snapshot-update``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_helpers import clock
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.workspace.store import Store

PICTURES = [
    ("conflict-dark-140x40", (140, 40), "crm-tui-dark", ("G", "2")),
    ("conflict-light-140x40", (140, 40), "crm-tui-light", ()),
    ("conflict-dark-80x24", (80, 24), "crm-tui-dark", ("1",)),
    ("error-light-80x24", (80, 24), "crm-tui-light", ("]",)),
    ("rehearsal-dark-80x24", (80, 24), "crm-tui-dark", ("[", "B")),
    ("filter-light-80x24", (80, 24), "crm-tui-light", ("f", "space", "tab")),
    ("marks-dark-140x40", (140, 40), "crm-tui-dark", ("space", "space")),
    ("rehearsal-light-100x30", (100, 30), "crm-tui-light", ("v", "G", "B", "1")),
    ("history-dark-80x24", (80, 24), "crm-tui-dark", ("1", "s", "{", "u", "H")),
    ("summary-contrast-100x30", (100, 30), "crm-tui-contrast", ("1", "a", "x", "n", "o", "enter", "y")),
    ("around-contrast-80x24", (80, 24), "crm-tui-contrast", ("G", "R")),
    ("conflict-contrast-140x40", (140, 40), "crm-tui-contrast", ("G", "2")),
    ("slice-dark-140x40", (140, 40), "crm-tui-dark", ("]", "]")),
]


@pytest.mark.parametrize(("name", "size", "theme", "keys"), PICTURES, ids=[picture[0] for picture in PICTURES])
def test_picture(
    make: Callable[..., Path],
    snap_compare: Any,
    name: str,
    size: tuple[int, int],
    theme: str,
    keys: tuple[str, ...],
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await pilot.press(*keys)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    with Store.open(make(), clock=clock) as store:
        assert snap_compare(ConsoleApp(store, "Dana", False), terminal_size=size, run_before=before)
