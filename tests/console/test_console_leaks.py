"""On a shared screen nothing that names anybody is drawn: in no strip of any screen, from the first frame on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from console_helpers import ack, clock, review, screen_text, to
from leaking import CLIENT, Secrets, build, leaks, watched
from rounds import stand, try_actions
from screens import ELSEWHERE, STRANGER, WAYS, pressed, reviewing, screens, settled, starting, strange_table, tour
from textual.screen import Screen
from textual.widgets import Input

from crm_tui.cli.reviewing import _left_masked
from crm_tui.console.action import Context
from crm_tui.console.actions import ACTIONS, BY_ID
from crm_tui.console.app import ConsoleApp
from crm_tui.console.base_app import BaseApp, failure_sentence
from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.opening import LoadScreen
from crm_tui.console.privacy import KEY, Privacy
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.start import Chosen, StartScreen
from crm_tui.console.tabs import Tab
from crm_tui.errors import WorkspaceError
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import open_all
from crm_tui.workspace.store import Store

ROUNDS = {
    (80, 24): (Context.LEDGER, Context.ERROR, Context.SLICE),
    (140, 40): (Context.CONFLICT, Context.FIELDS, Context.DUPLICATE),
}
"""At which size the keys of which context are tried."""
_LEAVES = ("curtain", "quit")
_MASKING = ("mask", "reveal", "present")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Secrets]:
    return build(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def shared(built: tuple[Path, Secrets], tmp_path: Path) -> Iterator[tuple[Store, Secrets]]:
    """A copy of the workspace, in the client's folder under another name."""
    path, secrets = built
    copy = path.with_name(f"{tmp_path.name}.crm")
    copy.write_bytes(path.read_bytes())
    with Store.open(copy, clock=clock) as store:
        yield store, secrets


def presenting(store: Store) -> ConsoleApp:
    return ConsoleApp(store, "Dana", False, presenting=True)


def test_the_rounds_try_every_context() -> None:
    assert {context for contexts in ROUNDS.values() for context in contexts} == set(Context)


@pytest.mark.parametrize("size", ROUNDS, ids=str)
async def test_no_action_of_the_registry_draws_what_names_anybody(
    shared: tuple[Store, Secrets], size: tuple[int, int]
) -> None:
    store, secrets = shared
    done: set[str] = set()
    with watched() as seen:
        app = presenting(store)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for context in ROUNDS[size]:
                done |= await try_actions(app, pilot, context, leave_out=_LEAVES + _MASKING)
            # These have no place in the round: they change what is masked, blank the screen, or end it.
            for action_id in (*_MASKING, *_LEAVES):
                await stand(app, pilot, Context.CONFLICT, 0)
                await pilot.press(BY_ID[action_id].keys[0])
                await pilot.pause()
                done.add(action_id)
                if action_id == "present":
                    assert app.session.privacy.on, "leaving presenter mode takes no mask off"
                if action_id == "curtain":
                    await pilot.press("j", "escape")
        assert app.return_code in (0, None)
    assert done == {action.id for action in ACTIONS if set(ROUNDS[size]) & set(action.contexts)}, "each was tried"
    assert len(seen) > 300
    found = leaks(seen, secrets)
    assert not found, "\n".join(f"{line.strip()}   tells {what}" for line, what in found.items())


async def test_every_row_palette_entry_and_resize_is_masked(shared: tuple[Store, Secrets]) -> None:
    store, secrets = shared
    with watched() as seen:
        app = presenting(store)
        async with app.run_test(size=(80, 24)) as pilot:
            for tab in Tab:
                app.session.open_tab(tab)
                for index in range(max(1, len(app.session.ids()))):
                    app.session.go(index)
                    review(app).show()
                    await pilot.pause()
                for size in ((60, 15), (100, 30), (200, 50), (80, 24)):
                    await pilot.resize_terminal(*size)
                    await pilot.pause()
            await pilot.press("ctrl+p")
            for _ in range(len(ACTIONS)):
                await pilot.press("down")
            await pilot.resize_terminal(100, 30)
            await pilot.press(*"ops", "@", *"northstar", ".", *"test")
            await pilot.pause()
    assert leaks(seen, secrets) == {}


async def test_what_is_said_of_faults_and_files_is_masked(shared: tuple[Store, Secrets]) -> None:
    store, secrets = shared
    told = (
        f"cannot write {store.path}: the disk is full.",
        f"{store.path.parent.name} activity events.csv, line 3: nobody has ops@northstar.test or +1 555 010 2020.",
    )
    with watched() as seen:
        app = presenting(store)
        async with app.run_test(size=(140, 40)) as pilot:
            for sentence in told:
                with mock.patch.object(app.session, "decide", side_effect=WorkspaceError(sentence)):
                    await stand(app, pilot, Context.CONFLICT, 0)
                    await pilot.press("s")
                    await pilot.pause()
                assert ack(app) == sentence, "it is on the line, masked when drawn"
    assert leaks(seen, secrets) == {}
    assert secrets.in_text(failure_sentence(KeyError(told[0]))) == []


BROKEN: dict[str, tuple[str, Callable[..., object], tuple[str, ...]]] = {
    "queue": ("row", lambda self, row: row, ()),
    "evidence": ("standing", lambda self, standing: standing, ()),
    "sentences": ("text", lambda self, text, about=None: text, ("x", *"owner@harborlight.test")),
    "files": ("file", lambda self, text: text, ()),
    "typing": ("typing", lambda self, text, **_: text, ("slash", *"owner@harborlight.test")),
    "contacts": ("contact", lambda self, contact: contact, ("m",)),
    "cells": ("cell", lambda self, field, value, about=None: value, ("i",)),
    "lines": ("line", lambda self, text: text, ("right_square_bracket", "G", "i")),
    "what was written": ("typed", lambda self, text, about=None: text, ("H",)),
    "what was heard": ("heard", lambda self, text: None, (":", *"Zenobia", "enter")),
}


@pytest.mark.parametrize("seam", BROKEN)
async def test_a_hole_in_the_mask_is_found(shared: tuple[Store, Secrets], seam: str) -> None:
    store, secrets = shared
    name, hole, keys = BROKEN[seam]
    with ExitStack() as stack:
        seen = stack.enter_context(watched())
        stack.enter_context(mock.patch.object(Privacy, name, hole))
        app = presenting(store)
        async with app.run_test(size=(140, 40)) as pilot:
            await stand(app, pilot, Context.CONFLICT, -1 if seam == "queue" else 1)
            await pilot.press(*keys)
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
    assert leaks(seen, secrets) != {}


async def test_the_first_frame_is_masked_and_the_mask_has_a_key_of_its_workspace(shared: tuple[Store, Secrets]) -> None:
    store, _ = shared
    app = presenting(store)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        first = screen_text(app)
        assert "presenting" in first.splitlines()[0]
        assert "•••@" in first
    assert len(store.meta(KEY)) == 64
    again = presenting(store)
    async with again.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        assert screen_text(again) == first, "the same masks after a restart"


async def test_reveal_lifts_the_mask_from_one_record_for_five_seconds(shared: tuple[Store, Secrets]) -> None:
    store, secrets = shared
    app = ConsoleApp(store, "Dana", False)
    async with app.run_test(size=(140, 40)) as pilot:
        await stand(app, pilot, Context.CONFLICT, 0)
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) != []
        await pilot.press("p")
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) == []
        assert "mask on" in screen_text(app).splitlines()[0]
        with mock.patch("crm_tui.console.sharing.REVEALED_FOR", 2.0):
            await pilot.press("r")
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) != []
        for _ in range(60):
            if not secrets.in_text(screen_text(app)):
                break
            await pilot.pause(0.1)
        assert secrets.in_text(screen_text(app)) == [], "the time is over"
        await pilot.press("r", "j")
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) == [], "moving on conceals it"
        await pilot.press("P", "r", "p")
        await pilot.pause()
        assert "the mask stays on" in ack(app)
        assert secrets.in_text(screen_text(app)) == []


async def test_the_curtain_hides_everything_and_lifts_by_its_own_key_alone(shared: tuple[Store, Secrets]) -> None:
    store, _ = shared
    app = ConsoleApp(store, "Dana", False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = screen_text(app)
        await pilot.press(".")
        await pilot.pause()
        assert screen_text(app).split() == [".", "comes", "back"]
        await pilot.press("s", "a", "q", "enter", "1", "ctrl+p")
        await pilot.pause()
        assert screen_text(app).split() == [".", "comes", "back"]
        await pilot.press(".")
        await pilot.pause()
        assert screen_text(app) == before


async def test_presenting_shows_keys_and_the_last_five_decisions(shared: tuple[Store, Secrets]) -> None:
    store, _ = shared
    app = presenting(store)
    async with app.run_test(size=(140, 40)) as pilot:
        await stand(app, pilot, Context.CONFLICT, 0)
        await pilot.press(*"ssssss")
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert sum(" deferred" in line and line.startswith(" »") for line in lines) == 5
        await stand(app, pilot, Context.CONFLICT, 1)
        await pilot.press("t", *pressed("Whose_is_Zenobia"), "enter")
        await pilot.pause()
        assert "“Whose is " in screen_text(app), "what was said stands beside it"
        assert "Zenobia" not in screen_text(app)
        assert any(line.startswith(" keys") and "s  defer" in line for line in lines)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert any(line.startswith(" keys") and "deferred" in line for line in lines), "one line where it is low"
        await pilot.press("slash", *"ops", "enter")
        await pilot.pause()
        assert " o  sort" not in screen_text(app), "letters typed into a line are no keys"


async def test_who_reviews_is_asked_in_plain_words_before_an_audience(shared: tuple[Store, Secrets]) -> None:
    app = presenting(shared[0])
    asked = "Each decision is kept with the name of who made it. Who is reviewing?"
    app.privacy.heard("Each Reviewer Decision Kept Name Made")
    async with app.run_test(size=(100, 30)) as pilot:
        app._ask_name()
        await pilot.pause()
        await pilot.press(*pressed("Kept_Made"))
        await pilot.pause()
        text = screen_text(app)
        assert asked in text and "Reviewer" in text and "Kept Made" in text
        await pilot.press("ctrl+a", *pressed("rita@quendel"), "full_stop", *"test")
        await pilot.pause()
        text = screen_text(app)
        assert "•••" in text and "quendel" not in text, "an address is none of what everybody knows"


@pytest.fixture
def strange(built: tuple[Path, Secrets]) -> Path:
    """A table that nobody knows, in the client's folder."""
    folder = Path(built[1].folder) / "strange"
    folder.mkdir(exist_ok=True)
    return strange_table(folder)


def test_every_screen_has_a_way_to_it() -> None:
    assert screens() == set(WAYS) | set(ELSEWHERE)


@pytest.mark.parametrize("over", [ReviewScreen, MappingScreen, StartScreen])
async def test_no_screen_names_anybody_when_it_opens_speaks_is_resized_or_fails(
    shared: tuple[Store, Secrets],
    strange: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    over: type[Screen[Any]],
) -> None:
    store, secrets = shared
    monkeypatch.chdir(strange.parent)
    told = f"cannot write {store.path}: {STRANGER} (owner@harborlight.test, +1 555 010 1010) has it."
    seen_on: dict[str, set[str]] = {}
    with watched() as seen:
        app: BaseApp[Any]
        if over is StartScreen:
            app = starting([store.path, strange], store.path.with_name("other.crm"), presenting=True)
        else:
            app = reviewing(store, open_all([strange]).unknown if over is MappingScreen else (), presenting=True)
        async with app.run_test(size=(100, 30)) as pilot:
            async for name in tour(app, pilot, over):
                for size in ((60, 15), (140, 40), (100, 30)):
                    await pilot.resize_terminal(*size)
                    await pilot.pause()
                toast(app, told)
                await pilot.pause()
                fail(app, KeyError(told))
                seen_on[name] = {*seen, capsys.readouterr().err}
                seen.clear()
    assert set(seen_on) == {name for name, way in WAYS.items() if way.over is over}
    found = {name: leaks(lines, secrets) for name, lines in seen_on.items()}
    assert not any(found.values()), found


async def test_the_mask_is_put_on_at_the_start_screen_and_goes_on_in_the_review(
    shared: tuple[Store, Secrets], strange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, secrets = shared
    monkeypatch.chdir(strange.parent)
    app = starting([store.path], store.path.with_name("other.crm"))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert CLIENT[:12] in screen_text(app)
        with watched() as seen:
            await pilot.press("p", "o", "o")
            await settled(pilot)
            await pilot.press(".")
            await pilot.pause()
            assert screen_text(app).split() == [".", "comes", "back"]
            await pilot.press(".", "escape", "escape")
            await pilot.pause()
            assert "mask on" in screen_text(app).splitlines()[0]
        assert leaks(seen, secrets) == {}
        await pilot.press("p")
        await pilot.pause()
        assert CLIENT[:12] in screen_text(app)
        await pilot.press("p", "enter")
    assert app.return_value == Chosen(store.path, masked=True)
    with watched() as seen:
        opened = ConsoleApp(store, "Dana", False, masked=True)
        async with opened.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            assert "mask on" in screen_text(opened).splitlines()[0]
    assert leaks(seen, secrets) == {}


async def test_a_workspace_that_was_left_masked_opens_masked_until_the_mask_is_taken_off(
    shared: tuple[Store, Secrets],
) -> None:
    store, _ = shared

    def next_start() -> str:
        """What stands on disk by now, as after a crash."""
        with Store.open(store.path, write=False) as beside:
            return Session(Cases(beside), "Dana").privacy.words

    app = presenting(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert next_start() == "mask on", "presenting itself is not gone on with"
        await pilot.press("P", "p")
        await settled(pilot)
        assert next_start() == ""
        await pilot.press("p", "q")
    assert str(app.return_value).endswith(" crm-tui alone goes on at this row, masked; there p takes the mask off.")
    assert next_start() == "mask on"
    assert _left_masked(store.path)
    assert not _left_masked(store.path.with_name("none.crm"))


async def test_a_value_of_ones_own_is_typed_by_its_shape_and_shown_while_its_row_is(
    shared: tuple[Store, Secrets], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = shared
    app = ConsoleApp(store, "Dana", False, masked=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "CHG-8801")
        await pilot.press("enter", "e", *"555")
        await pilot.pause()
        text = screen_text(app)
        assert "•••" in text
        assert "3 characters · that is no phone a CRM could use" in text
        await pilot.press(*"0102020")
        await pilot.pause()
        assert "10 characters · can be kept" in screen_text(app)
        assert "0102020" not in screen_text(app)
        await pilot.press("escape")
        monkeypatch.setattr("crm_tui.console.sharing.REVEALED_FOR", 60.0)
        await pilot.press("r", "e", *"0175")
        await pilot.pause()
        assert "0175" in screen_text(app)
        review(app)._conceal()
        await pilot.pause()
        assert "0175" not in screen_text(app), "the time is over, also in a dialog"
        assert "4 characters" in screen_text(app)


def toast(app: BaseApp[Any], sentence: str) -> None:
    """Say something of which only the mask knows that it tells: on the review, or on the page that can speak."""
    if isinstance(app, ConsoleApp):
        app.privacy.heard(sentence)
        review(app).say(sentence, "refused")
    elif isinstance(app.screen, LoadScreen):
        app.privacy.heard(sentence)
        app.screen._stopped(sentence)


def fail(app: BaseApp[Any], error: Exception) -> None:
    """Let an error come out of the screen, and be told of as at the end of the program, which goes on here."""
    with mock.patch.object(app, "_close_messages_no_wait"):
        app._handle_exception(error)
    app._print_error_renderables()
    app._exception = None
    app._return_code = None


@pytest.mark.parametrize("key", ["m", "x", "i", "y", "w"])
async def test_the_mask_and_the_curtain_work_over_what_is_open(shared: tuple[Store, Secrets], key: str) -> None:
    store, secrets = shared
    app = ConsoleApp(store, "Dana", False)
    async with app.run_test(size=(100, 30)) as pilot:
        await stand(app, pilot, Context.CONFLICT, 3)
        await pilot.press(key)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) != []
        await pilot.press("f2")
        await pilot.pause()
        assert secrets.in_text(screen_text(app)) == []
        if not isinstance(app.focused, Input):
            await pilot.press(".")
            await pilot.pause()
            assert screen_text(app).split() == [".", "comes", "back"]


def test_a_start_that_fails_before_an_audience_names_no_file(
    built: tuple[Path, Secrets], capsys: pytest.CaptureFixture[str]
) -> None:
    from crm_tui.cli import run

    path, secrets = built
    for arguments in (["-w", str(path.parent)], ["-w", str(path), "--watch", str(path)], [str(path / "none.csv")]):
        assert run(["review", *arguments, "--present"]) != 0
        told = capsys.readouterr()
        assert told.err
        assert secrets.in_text(told.err + told.out) == []
