"""Every action of the registry, pressed at two sizes: it does what it says, and the screen holds together.

An action that is added to the registry takes one line in ``TRIES``.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from console_helpers import CHANGES, FILES, MAP, clock, fits, review, screen_text, to
from textual.pilot import Pilot

from crm_tui.console.action import Action, Context
from crm_tui.console.actions import ACTIONS, BY_ID
from crm_tui.console.app import ConsoleApp
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.tabs import View
from crm_tui.errors import DecisionRefused
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store


class Try(NamedTuple):
    """One action in use: where the cursor is, what was pressed before, and what is on the screen only after it."""

    words: str
    on: str = "APT-7002"
    before: tuple[str, ...] = ()
    out: tuple[str, ...] = ("escape",)
    """The keys that leave what it opened, or take back what it switched on."""
    below: int = 1_000
    """On a screen as wide as that, or wider, there is nothing left for it to do."""


SAMPLES = Path(__file__).resolve().parents[2] / "sample_exports"
SEARCH = ("/", *"test", "enter")

TRIES = {
    "down": Try(" 2/4 "),
    "up": Try(" 1/4 ", before=("j",)),
    "page_down": Try(" 4/4 "),
    "page_up": Try(" 1/4 ", before=("G",)),
    "first": Try(" 1/4 ", before=("G",)),
    "last": Try(" 4/4 "),
    "next_open": Try(" 3/4 ", before=("j", "s", "{")),
    "previous_open": Try(" 4/4 "),
    "next_like": Try(" 3/4 ", on="APT-7001"),
    "previous_like": Try(" 4/4 ", on="APT-7001"),
    "filter": Try("Filter"),
    "sort": Try("sorted by rule"),
    "search": Try("search rows: any cell"),
    "go_to": Try("Go to"),
    "next_match": Try(" 2/4 ", before=SEARCH),
    "previous_match": Try(" 4/4 ", before=SEARCH),
    "back": Try("what was chosen in them stays", on="CHG-8805", before=("enter", "1")),
    "scroll_on": Try("Evidence", on="ACT-9104", below=100),
    "scroll_back": Try("Gmail says", on="ACT-9104", before=("right",), below=100),
    "next_tab": Try("▐Errors"),
    "previous_tab": Try("▐Ledger"),
    "choose": Try("APT-7002 → CLOSE-202"),
    "choose_left": Try("ACT-9104 → CLOSE-303", on="ACT-9104"),
    "choose_right": Try("ACT-9104 → CLOSE-202", on="ACT-9104"),
    "clear": Try("choice cleared", before=("1",)),
    "recall": Try("nothing was decided before on this disagreement"),
    "fields": Try("the number takes a side's value"),
    "keep_both": Try("new tags: both", on="CHG-8805", before=("enter",)),
    "repair": Try("Type over which cell", on="APT-7004"),
    "edit": Try("Edit the new tags", on="CHG-8805"),
    "approve": Try("→ approved", before=("1",)),
    "map_contact": Try("Who is APT-7002 about?"),
    "reject": Try("Reject APT-7002"),
    "defer": Try("→ deferred"),
    "ask": Try("Ask the client about APT-7002"),
    "note": Try("Keep a note on APT-7002"),
    "undo": Try("undone: #", before=("1",)),
    "history": Try("History of APT-7002", before=("1",)),
    "explain": Try("Explain APT-7002"),
    "forget": Try("will not be offered again"),
    "theme_light": Try("", out=()),
    "theme_contrast": Try("", out=()),
    "theme_dark": Try("", out=()),
    "redo": Try("done again: #", before=("1", "u")),
    "related": Try("Around APT-7002"),
    "mark": Try("1 marked"),
    "range": Try("range from here"),
    "mark_alike": Try("1 row marked"),
    "apply_set": Try("Rehearsal: all"),
    "mask": Try("mask on", out=("p",)),
    "reveal": Try("this record is shown for five seconds", before=("p",), out=("p",)),
    "present": Try("presenting", out=("P", "p")),
    "curtain": Try(". comes back"),
    "handoff": Try("Open rows"),
    "summary": Try("What is left, and why"),
    "map_waiting": Try("no table that came waits to be mapped"),
    "try_policy": Try("What if the policy were another?"),
    "palette": Try("Search for commands"),
    "help": Try("Keys: conflict"),
}

AGREE = ("f", "enter")
"""Groups as probable as the one under the cursor; there are several of them."""

GROUP = "DUP-20c966"
"""Julia Duarte twice: the record with more values is the second one, and nothing is given up by keeping it."""

OF_GROUPS = {
    "next_open": Try(" 23/26 "),
    "previous_open": Try(" 21/26 "),
    "next_like": Try(" 1/26 ", on="DUP-5b368c"),
    "previous_like": Try(" 26/26 ", on="DUP-24360e"),
    "filter": Try("95 to 99 %"),
    "sort": Try("sorted by probability, lowest first"),
    "search": Try("search rows: any cell"),
    "next_match": Try(" 1/26 ", before=("/", *"quen", "enter", "G")),
    "previous_match": Try(" 1/26 ", before=("/", *"quen", "enter", "g", "j")),
    "back": Try("26 groups: all of this tab", before=AGREE),
    "choose": Try(f"{GROUP} → keep 20410001782"),
    "choose_left": Try(f"{GROUP} → keep 20410001782"),
    "choose_right": Try(f"{GROUP} → keep 20410000715"),
    "clear": Try("choice cleared", before=("1",)),
    "recall": Try("= is for conflicts; what is decided on a group holds"),
    "fields": Try("the number takes a side's value"),
    "keep_both": Try("e-mail opt-out: both", before=("enter", *"jjjjjjjjjj")),
    "edit": Try("Edit the first name", before=("enter",)),
    "approve": Try("→ approved, keep 20410001782", before=("1",)),
    "map_contact": Try("m is for conflicts; the records of a group are of one system"),
    "reject": Try(f"Not the same: {GROUP}"),
    "defer": Try("→ deferred"),
    "ask": Try(f"Ask the client about {GROUP}"),
    "note": Try(f"Keep a note on {GROUP}"),
    "undo": Try("undone: #", before=("1",)),
    "history": Try(f"History of {GROUP}", before=("1",)),
    "explain": Try(f"Explain {GROUP}"),
    "redo": Try("done again: #", before=("1", "u")),
    "related": Try(f"Around {GROUP}"),
    "mark": Try("1 marked"),
    "range": Try("range from here"),
    "mark_alike": Try("5 groups marked"),
    "apply_set": Try("Rehearsal: all 26 undecided groups"),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small review, with tags on the map and one change of them."""
    folder = tmp_path_factory.mktemp("actions")
    head, *contacts = MAP.splitlines()
    tagged = "\n".join([f"{head},tags", *(f"{line},vip; old" for line in contacts)])
    change = "CHG-8805,GHL-502,ops@northstar.test,CLOSE-202,tags,west,2026-05-08T13:15:00Z\n"
    for name, text in {**FILES, "contact-map.csv": tagged, "ghl-contact-changes.csv": CHANGES + change}.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "actions.crm"
    assert not load(path, [folder], clock=clock).problems
    return path


def test_every_action_is_tried_here() -> None:
    assert {action.id for action in ACTIONS} - {"quit"} == set(TRIES)


def test_every_action_about_a_row_is_tried_on_a_group_of_duplicates() -> None:
    about_rows = {action.id for action in ACTIONS if action.keys and action.contexts != tuple(Context)}
    assert about_rows | {"undo", "redo"} == set(OF_GROUPS)


async def test_on_a_group_every_action_does_what_it_does_on_a_row_or_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "groups.crm"
    assert not load(path, [SAMPLES / "duplicates"], clock=clock).problems
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(80, 24)) as pilot:
            for action_id, one in OF_GROUPS.items():
                await tried(pilot, app, BY_ID[action_id], one._replace(on=one.on if "DUP" in one.on else GROUP))
            await pilot.press("q")
        assert app.return_code == 0


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=str)
async def test_every_action_does_what_it_says_and_the_screen_holds_together(
    workspace: Path, size: tuple[int, int]
) -> None:
    with Store.open(workspace, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=size) as pilot:
            for action_id, one in TRIES.items():
                await tried(pilot, app, BY_ID[action_id], one)
            await pilot.press("q")
        assert app.return_code == 0


async def tried(pilot: Pilot[None], app: ConsoleApp, action: Action, one: Try) -> None:
    """Press the action's key; see its words, a screen that holds together, and the way out of it."""
    await to(pilot, app, one.on)
    await pilot.press(*one.before)
    await settled(pilot, app)
    does = app.size.width < one.below
    assert not (does and one.words and one.words in screen_text(app)), f"{action.id}: these words stand there before"
    if action.keys:
        await pilot.press(action.keys[0])
    else:
        await from_palette(pilot, action)
    await settled(pilot, app)
    if action.id.startswith("theme_"):
        assert app.theme == f"crm-tui-{action.id.removeprefix('theme_')}"
    text = screen_text(app)
    assert not does or one.words in text, f"{action.id}:\n{text}"
    assert fits(app), f"{action.id}:\n{text}"
    await pilot.press(*one.out)
    for _ in range(4):
        if not at_rest(app):
            await pilot.press("escape")
    assert isinstance(app.screen, ReviewScreen), f"esc does not lead out of {action.id}"
    assert app.focused is review(app).query_one("#queue"), f"{action.id} loses the focus"
    with suppress(DecisionRefused):
        while app.session.take_back(lambda decisions: decisions.undo()):
            pass
    app.session.look(View())
    review(app).say("")


def at_rest(app: ConsoleApp) -> bool:
    """Whether there is nothing to step back from."""
    if not isinstance(app.screen, ReviewScreen) or app.focused is not review(app).query_one("#queue"):
        return False
    session = app.session
    return not (session.field or session.query or session.marked or session.view.filter.values)


async def from_palette(pilot: Pilot[None], action: Action) -> None:
    """Find an action that has no key by its name."""
    await pilot.press("ctrl+p", *("space" if char == " " else char for char in action.label))
    await pilot.app.workers.wait_for_complete()
    await pilot.press("enter")


async def settled(pilot: Pilot[None], app: ConsoleApp) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()
