"""Hostile cells in every field of every screen: nothing is obeyed, nothing falls over, all of it can be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from console_helpers import FILES, clock
from rich.segment import Segment
from rounds import try_actions
from screens import WAYS, reviewing, starting, tour
from textual.color import Color
from textual.screen import Screen

from crm_tui.console.action import Context
from crm_tui.console.actions import ACTIONS
from crm_tui.console.app import ConsoleApp
from crm_tui.console.base_app import BaseApp
from crm_tui.console.draw import Guard
from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.start import StartScreen
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import load, open_all
from crm_tui.workspace.selection import Facet, Filter, Value
from crm_tui.workspace.store import Store
from crm_tui.workspace.views import save_filter
from tests.properties.test_prop_safe_text import hidden

HOSTILE = (
    "\x1b]52;c;SEFDS0VE\x07\x1b]2;HACKED\x07\x1b[2J",
    "\x9d2;HACKED\x9c\x85\x00\x08\x7f",
    "[@click=app.quit]press[/] [/foo] [link=http://x.test]l[/link] [red]",
    "\u202egnp.exe\u2066\u200b\u00ad\ufeff\u2028",
    "e" + "\u0301" * 40 + "日本語👩\u200d👩\u200d👧\u3164",
)
HUGE = ("x" * 1_000_000, "日" * 300_000 + "\u0301" * 100_000, "\x1b[31m" * 200_000)


def tables() -> dict[str, str]:
    """The small review with a further line for each column and text, which stands in that column."""
    found = {}
    for name, text in FILES.items():
        header, first, *_ = lines = [line.split(",") for line in text.splitlines()]
        for number, column in enumerate(range(len(header)) for _ in HOSTILE):
            for at in column:
                row = list(first) if at == 0 else [f"{first[0]}-{number}-{at}", *first[1:]]
                row[at] += HOSTILE[number]
                lines.append(row)
        found[name] = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    titled = FILES["close-appointments.csv"].splitlines()[1].split(",")
    for number, text in enumerate(HUGE):
        found["close-appointments.csv"] += f'\nAPT-{number},{",".join(titled[1:-1])},"{text}"'
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "in"
    folder.mkdir()
    for name, text in tables().items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    path = folder.with_name("hostile.crm")
    assert load(path, [folder], clock=clock, reviewer=HOSTILE[2]).problems == ()
    return path


@contextmanager
def unguarded() -> Iterator[list[Segment]]:
    """Every piece that a widget draws, as it is before the last guard."""
    seen: list[Segment] = []

    def apply(guard: Guard, segments: list[Segment], background: Color) -> list[Segment]:
        seen.extend(segments)
        return segments

    with mock.patch.object(Guard, "apply", apply):
        yield seen


LOOKED_AT = {"down", "choose", "edit", "explain", "history", "undo"}
"""What is tried in the fields and among errors; their other keys open the same screens as among conflicts."""


@pytest.mark.parametrize("over", [ReviewScreen, MappingScreen, StartScreen])
async def test_every_screen_with_hostile_names(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: type[Screen[Any]]
) -> None:
    """Workspaces, reviewers, kept filters, files, columns: what has a name has a hostile one."""
    names = [text.replace("/", "").replace("\0", "") for text in HOSTILE]
    monkeypatch.chdir(tmp_path)
    strange = tmp_path / f"kunden {names[0]}{names[3]}.csv"
    header = ";".join(f'"Spalte {number} {text}"' for number, text in enumerate(names))
    cells = ";".join(f'"{text}"' for text in names)
    strange.write_text("\n".join([f"Mail;{header}", *[f"a{n}@x.test;{cells}" for n in range(9)]]), encoding="utf-8")
    copy = tmp_path / f"review {names[1]}{names[2]}.crm"
    copy.write_bytes(built.read_bytes())
    (tmp_path / f"broken {names[4]}.crm").write_bytes(b"no workspace")
    with Store.open(copy, clock=clock) as store:
        save_filter(Cases(store), HOSTILE[3], Filter(frozenset([Value(Facet.STATE, "pending")])))
        with store.transaction():
            store.set_meta("name", HOSTILE[2] + HOSTILE[4])
            store.set_meta("reviewer", HOSTILE[0])
        unknown = open_all([strange]).unknown
        assert unknown, open_all([strange]).problems
        app: BaseApp[Any]
        if over is StartScreen:
            app = starting(sorted(tmp_path.glob("*.crm")), tmp_path / "other.crm")
        else:
            app = reviewing(store, unknown if over is MappingScreen else ())
        with unguarded() as seen:
            async with app.run_test(size=(80, 24)) as pilot:
                opened = [name async for name in tour(app, pilot, over)]
    assert opened == [name for name, way in WAYS.items() if way.over is over]
    assert len(seen) > 100
    assert_harmless(seen)


def assert_harmless(seen: list[Segment]) -> None:
    """No control, nothing hidden, no link and no action in what was drawn."""
    assert not [segment.text for segment in seen if segment.control or hidden(segment.text)]
    styled = [segment.style for segment in seen if segment.style]
    assert not [style for style in styled if style.link or style.meta.get("@click")]


@pytest.mark.parametrize(
    ("contexts", "masked"),
    [((Context.CONFLICT, Context.SLICE), False), ((Context.FIELDS, Context.ERROR, Context.LEDGER), True)],
    ids=("all screens", "fields, errors and ledger, masked"),
)
async def test_every_action_among_hostile_cells(built: Path, contexts: tuple[Context, ...], masked: bool) -> None:
    others = {action.id for action in ACTIONS} - LOOKED_AT if masked else set()
    copy = built.with_name(f"{contexts[0].name}.crm")
    copy.write_bytes(built.read_bytes())
    with Store.open(copy, clock=clock) as store, unguarded() as seen:
        app = ConsoleApp(store, f"Dana {HOSTILE[2]}", False, presenting=masked)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            done = set()
            for context in contexts:
                done |= await try_actions(app, pilot, context, leave_out=others | {"quit", "curtain", "palette"})
        assert app.return_code in (0, None)
    assert done >= LOOKED_AT
    assert_harmless(seen)
