"""What a key costs: it asks the workspace about once a page, however long the queue is, and draws what has changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import FILES, clock, to
from textual.strip import Strip

from crm_tui.console.app import ConsoleApp
from crm_tui.console.panes import LineWidget
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


async def test_a_key_draws_the_lines_that_it_changes_and_no_others(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str | None, int]] = []
    draw = LineWidget.render_line

    def noted(self: LineWidget, y: int) -> Strip:
        drawn.append((self.id, y))
        return draw(self, y)

    with Store.open(make(long_queue(20)), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(100, 40)) as pilot:
            await to(pilot, app, "ACT-3")
            await pilot.pause()
            monkeypatch.setattr(LineWidget, "render_line", noted)
            await pilot.press("j")
            await pilot.pause()
            told = list(drawn)
            app.theme = "crm-tui-light"
            await pilot.pause()
    parts = [part for part, _ in told]
    assert parts.count("queue") == 2, "the row that is left and the row that is gone to"
    assert "title" in parts, "it says which row that is"
    assert {"header", "tabs", "heading", "footer"}.isdisjoint(parts)
    assert len(told) < 30
    assert len(drawn) - len(told) >= 38, "another theme is another ground for every line"
