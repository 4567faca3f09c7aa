"""A few pictures; behaviour is asserted elsewhere.  Renew with ``pytest tests/console --snapshot-update``."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from console_helpers import clock
from leaking import tables
from pytest_textual_snapshot import SVGImageExtension
from rounds import stand
from screens import settled, starting
from textual.app import App
from textual.pilot import Pilot

from crm_tui.console import handoff
from crm_tui.console.action import Context
from crm_tui.console.app import ConsoleApp
from crm_tui.console.session import Session
from crm_tui.console.theme import CONTRAST, DARK, LIGHT
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

PICTURES = [
    ("conflict-dark-140x40", (140, 40), "crm-tui-dark", ("G", "2")),
    ("conflict-dark-80x24", (80, 24), "crm-tui-dark", ("1",)),
    ("error-light-80x24", (80, 24), "crm-tui-light", ("]",)),
    ("rehearsal-dark-80x24", (80, 24), "crm-tui-dark", ("[", "B")),
    ("filter-light-80x24", (80, 24), "crm-tui-light", ("f", "space", "tab")),
    ("marks-dark-140x40", (140, 40), "crm-tui-dark", ("space", "space")),
    ("rehearsal-light-100x30", (100, 30), "crm-tui-light", ("v", "G", "B", "1")),
    ("history-dark-80x24", (80, 24), "crm-tui-dark", ("1", "s", "{", "u", "H")),
    ("around-contrast-80x24", (80, 24), "crm-tui-contrast", ("G", "R")),
]


THEMES = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
MAIN: dict[str, tuple[Context, tuple[str, ...], tuple[str, ...]]] = {
    "conflict": (Context.CONFLICT, ("1",), ()),
    "ledger": (Context.LEDGER, (), ()),
    "errors": (Context.ERROR, (), ()),
    "duplicates": (Context.DUPLICATE, ("2",), ()),
    "fields": (Context.FIELDS, (), ()),
    "slice": (Context.SLICE, (), ()),
    "summary": (Context.CONFLICT, (), ("y",)),
    "handoff": (Context.CONFLICT, (), ("w",)),
}
"""The main screens: where the cursor is, the keys pressed there, and the key that opens it in each theme."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a row in every tab, without a path in it."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, table in tables().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(table)
    path = folder / "quillfeather.crm"
    assert not load(path, [folder], clock=clock).problems
    return path


@pytest.fixture
def all_tabs(loaded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(loaded, tmp_path / loaded.name))


def elsewhere(real: Callable[[Session], handoff.Plan]) -> Callable[[Session], handoff.Plan]:
    """What signing would make, without the places that differ on every machine."""
    key = handoff.KeyPlan(Path("signing-key"), True, "dana@agency.test", "SHA256:" + "q" * 43)
    return lambda session: replace(real(session), out=Path("quillfeather.handoff.crm"), key=key)


@pytest.mark.parametrize("name", MAIN)
async def test_main_screen_in_every_theme(
    all_tabs: Path, snapshot: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(handoff, "plan", elsewhere(handoff.plan))
    context, keys, opens = MAIN[name]
    with Store.open(all_tabs, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(100, 30)) as pilot:
            await settled(pilot)
            assert await stand(app, pilot, context, 0)
            await settled(pilot)
            await pilot.press(*keys)
            await assert_pictures(app, pilot, snapshot, opens)


async def test_start_screen_in_every_theme(all_tabs: Path, tmp_path: Path, snapshot: Any) -> None:
    app = starting([all_tabs], tmp_path / "other.crm")
    async with app.run_test(size=(100, 30)) as pilot:
        await assert_pictures(app, pilot, snapshot)


async def assert_pictures(app: App[Any], pilot: Pilot[Any], snapshot: Any, opens: tuple[str, ...] = ()) -> None:
    """One run, one picture in each theme."""
    for name, theme in THEMES.items():
        app.theme = theme
        await settled(pilot)
        await pilot.press(*opens)
        await settled(pilot)
        await pilot.pause()
        # The digest of the policy is another one after every change of its text.
        picture = re.sub("(?<=sha-256&#160;)[0-9a-f]{16}", "0" * 16, app.export_screenshot())
        assert picture == snapshot(name=name, extension_class=SVGImageExtension)
        await pilot.press(*["escape"] * len(opens))
        await settled(pilot)


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
