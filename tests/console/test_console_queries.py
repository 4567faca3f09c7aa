"""How often a key asks the workspace: about once a page, however long the queue is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import FILES, clock

from crm_tui.console.app import ConsoleApp
from crm_tui.workspace.store import Store

Make = Callable[..., Path]

LINE = "ACT-{0},gmail,stranger{0}@nowhere.test,,email,Wrote first,2026-05-08T09:05:00-04:00,append email activity\n"
PAGE = re.compile(r"FROM record WHERE id IN .*\[\d+, ")
"""Several records at once; the row under the cursor is read alone."""


def long_queue(rows: int) -> dict[str, str]:
    """A review with that many more conflicts."""
    added = "".join(LINE.format(number) for number in range(rows))
    return {**FILES, "activity-events.csv": FILES["activity-events.csv"] + added}


async def asked(path: Path, keys: list[str]) -> list[list[str]]:
    """What each key reads; the place is written whenever the keys rest."""
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        found = []
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            for key in keys:
                statements: list[str] = []
                store.connection.set_trace_callback(statements.append)
                await pilot.press(key)
                await pilot.pause()
                store.connection.set_trace_callback(None)
                found.append([one for one in statements if one.lstrip().startswith(("SELECT", "WITH"))])
    return found


@pytest.mark.parametrize(
    "keys",
    [["j"] * 15, ["pagedown"] * 4, ["G", "g", "end", "home"], ["}", ")", "a", "space", "R", "escape"]],
)
async def test_a_key_reads_one_page_at_most_and_no_more_in_a_longer_queue(make: Make, keys: list[str]) -> None:
    short = await asked(make(long_queue(200), "short"), keys)
    long = await asked(make(long_queue(1_000), "long"), keys)
    for statements in (*short, *long):
        assert sum(bool(PAGE.search(one)) for one in statements) <= 1, statements
        assert len(statements) <= 10, statements
    assert sum(map(len, long)) <= sum(map(len, short)) + 4
