"""Every screen of the console and the keys that open it: what a screen has to stand is tried on each of them.

A screen that is added takes one line in ``WAYS``; without it a test fails.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import crm_tui.console
from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Dialog, Picker
from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.page import Page, PlainPage
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.settings import SHIPPED
from crm_tui.console.start import StartApp, StartScreen
from crm_tui.console.tabs import Tab
from crm_tui.intake.source import UnknownTable
from crm_tui.workspace.store import Store
from tests.console.console_helpers import review, screen_text

STRANGER = "Zenobia Vandersloot"
"""Somebody whom no cell holds: only what people type may name her."""


class Way(NamedTuple):
    """How a screen is opened."""

    over: type[Screen[Any]]
    """What stands there before, and after it is left."""
    words: str
    """What can be read on it and not on the one before."""
    keys: tuple[str, ...] = ()
    through: int = 0
    """How many other screens lie on the way, of which each is left by ``esc`` as well."""

    @property
    def backs(self) -> int:
        """How many times ``esc`` leads back."""
        return self.through + 1 if self.keys else 0


SEEN = "~"
"""Before words among the keys: they can be read before the next key is pressed."""
_WHAT_IF = ("ctrl+p", *"what_if", f"{SEEN}Try a rule or a strategy", "enter")

WAYS = {
    "ReviewScreen": Way(ReviewScreen, "decided"),
    "Prompt": Way(ReviewScreen, "enter  reject", ("x", *STRANGER.replace(" ", "_"))),
    "Signing": Way(ReviewScreen, "enter  sign", ("w",)),
    "Notice": Way(ReviewScreen, "Explain", ("i",)),
    "ContactPicker": Way(ReviewScreen, "type to filter", ("m",)),
    "FilterDialog": Way(ReviewScreen, "s keep  esc back", ("f",)),
    "SetDialog": Way(ReviewScreen, "Rehearsal", ("B", "x")),
    "History": Way(ReviewScreen, "undo it alone", ("c", *STRANGER.lower().replace(" ", "_"), "enter", "H")),
    "SummaryScreen": Way(ReviewScreen, "What is left, and why", ("y",)),
    "RelatedScreen": Way(ReviewScreen, "go to this row", ("R",)),
    "Palette": Way(ReviewScreen, "Search for commands", ("ctrl+p",)),
    "TrialPicker": Way(ReviewScreen, "What if the policy", _WHAT_IF),
    "TrialListing": Way(ReviewScreen, "would be judged otherwise", (*_WHAT_IF, f"{SEEN}type to filter", "enter")),
    "Curtain": Way(ReviewScreen, ". comes back", (".",)),
    # Over the errors, where those before it are not: it comes last.
    "CellPicker": Way(ReviewScreen, "Type over which cell", ("]", "e")),
    "MappingScreen": Way(MappingScreen, "No system knows this table"),
    "ColumnPicker": Way(MappingScreen, "This column is", ("e",)),
    "TablePicker": Way(MappingScreen, "This table is", ("t",)),
    "StartScreen": Way(StartScreen, "Opened lately"),
    "BrowseScreen": Way(StartScreen, "go in / open", ("o",)),
    "LoadScreen": Way(StartScreen, "What is in these files", ("o", "o"), through=1),
}
"""Class of a screen → the way to it; ``_`` stands for a blank that is typed."""

ELSEWHERE = {"Working": "test_console_sets.py", "Sealing": "test_console_session.py"}
"""Bars of work that takes seconds on thousands of rows, and tell of none: where they are tried."""

_BASES = {Dialog, Picker, PlainPage, Page}


def screens() -> set[str]:
    """The names of all classes of screens that the console may show."""
    for module in pkgutil.iter_modules(crm_tui.console.__path__):
        importlib.import_module(f"crm_tui.console.{module.name}")
    found, new = set(), [Screen]
    while new:
        new = [one for base in new for one in base.__subclasses__()]
        found |= {one for one in new if one.__module__.startswith("crm_tui.console") and "<locals>" not in str(one)}
    leaves = {one for one in found if not set(one.__subclasses__()) & found}
    return {one.__name__ for one in leaves - _BASES}


def pressed(keys: Sequence[str]) -> list[str]:
    """The keys as Textual's pilot names them; it waits by itself."""
    return ["space" if key == "_" else key for key in keys if not key.startswith(SEEN)]


async def settled(pilot: Pilot[Any]) -> None:
    """Until the workers have nothing to do, and all is drawn."""
    for _ in range(2):  # what a worker found is laid out first, and drawn then
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def strange_table(folder: Path) -> Path:
    """A table that nobody knows, of the stranger and her like."""
    first, last = STRANGER.split()
    rows = [f"K-{number};{first};{last};owner@harborlight.test;+1 555 010 1010" for number in range(30)]
    path = folder / "Quillfeather Kunden.csv"
    path.write_text("\n".join(["Kunde;Vorname;Nachname;Mailadresse;Rufnummer", *rows]) + "\n", encoding="utf-8")
    return path


def starting(paths: Sequence[Path], place: Path, *, presenting: bool = False) -> StartApp:
    """The start screen over some workspaces; what is loaded goes to ``place``."""
    return StartApp(paths, ["first-slice"], lambda _: place, SHIPPED, presenting=presenting)


def reviewing(store: Store, unknown: Sequence[UnknownTable] = (), *, presenting: bool = False) -> ConsoleApp:
    """The console."""
    return ConsoleApp(store, "Dana", False, presenting=presenting, unknown=unknown)


async def tour(app: App[Any], pilot: Pilot[Any], over: type[Screen[Any]]) -> AsyncIterator[str]:
    """Open each screen that stands over such a one, give its name, and leave it by ``esc``."""
    await settled(pilot)
    for name, way in WAYS.items():
        if way.over is not over:
            continue
        if isinstance(app, ConsoleApp) and over is ReviewScreen:
            app.session.open_tab(Tab.CONFLICTS)
            app.session.go(0)
            review(app).show()
        await pilot.press(*pressed(way.keys))
        await settled(pilot)
        assert type(app.screen).__name__ == name, f"{way.keys} open {app.screen}"
        assert way.words in screen_text(app)
        yield name
        for _ in range(way.backs):
            await pilot.press("escape")
            await settled(pilot)
        assert isinstance(app.screen, over), f"esc does not leave {name}"
