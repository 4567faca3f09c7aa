"""The fields of a row by keys, at three sizes; and what a key shows is what the handoff stages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import (
    CHANGES,
    FILES,
    MAP,
    SIZES,
    ack,
    clock,
    evidence,
    footer,
    here,
    review,
    screen_text,
    state,
    to,
    type_text,
)
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui.classify.options import meaning
from crm_tui.classify.staging import staged_values
from crm_tui.console.action import Context
from crm_tui.console.app import ConsoleApp
from crm_tui.console.deeds import Verb
from crm_tui.console.dialogs import Prompt
from crm_tui.console.field_cursor import side_numbers
from crm_tui.console.panes import LinesPane
from crm_tui.console.rehearsal import rehearse
from crm_tui.console.session import Session
from crm_tui.console.standing import approvable
from crm_tui.handoff.rows import build_rows
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def picks(app: ConsoleApp, event_id: str) -> dict[str, tuple[str, str | None]]:
    (record_id,) = app.session.cases.by_event_id(event_id)
    return {pick.field: (pick.side, pick.value) for pick in app.session.cases.review(record_id).picks}


async def edited(pilot: Pilot[None], app: ConsoleApp, text: str) -> None:
    await pilot.press("e")
    await pilot.pause()
    assert isinstance(app.screen, Prompt)
    await pilot.press("ctrl+u")
    await type_text(pilot, text)


@sizes
async def test_enter_goes_into_the_fields_and_esc_back(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("enter")
        await pilot.pause()
        assert app.session.context is Context.FIELDS
        assert ("e edit" in footer(app) and footer(app).endswith("? keys")) or "all keys" in footer(app)
        first = app.session.field
        await pilot.press("j")
        assert app.session.field != first and here(app) == "APT-7002"
        await pilot.press("k", "k", "k")
        assert app.session.field == first
        await pilot.press("escape")
        await pilot.pause()
        assert app.session.context is Context.CONFLICT
        await pilot.press("j")
        assert here(app) != "APT-7002"


@sizes
async def test_an_edited_field_is_saved_at_once_and_waits_for_the_approval(
    app: ConsoleApp, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7001")
        await pilot.press("enter", "j", "j")
        await edited(pilot, app, "Second call")
        assert picks(app, "APT-7001") == {"title": ("", "Second call")}
        assert state(app, "APT-7001") == "chosen" and "saved" in ack(app)
        shown = " ".join(evidence(app).split())
        assert "edited, neither source: Second call" in shown and "Edited, neither source: title Second call" in shown
        await pilot.press("a")
        await pilot.pause()
        assert state(app, "APT-7001") == "approved"
        assert app.session.field is None


@sizes
async def test_sides_are_taken_by_number_and_by_h_and_l_and_cleared(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8801")
        await pilot.press("enter", "1")
        await pilot.pause()
        one = picks(app, "CHG-8801")["phone"][0]
        await pilot.press("l")
        await pilot.pause()
        two = picks(app, "CHG-8801")["phone"][0]
        assert one != two
        await pilot.press("h")
        await pilot.pause()
        assert picks(app, "CHG-8801")["phone"][0] == one
        await pilot.press("backspace")
        await pilot.pause()
        assert picks(app, "CHG-8801") == {} and state(app, "CHG-8801") == "to decide"
        await pilot.press("9")
        assert "no side 9" in ack(app)
        await pilot.press("b")
        assert "both cannot be kept" in ack(app)
        await pilot.press("u")
        await pilot.pause()
        assert picks(app, "CHG-8801")["phone"][0] == one


@sizes
async def test_a_protected_field_asks_for_a_reason_first(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        await edited(pilot, app, "Robin Vale")
        assert isinstance(app.screen, Prompt) and picks(app, "CHG-8804") == {}
        await pilot.press("escape")
        await pilot.pause()
        assert picks(app, "CHG-8804") == {}
        await edited(pilot, app, "Robin Vale")
        await type_text(pilot, "as agreed")
        assert picks(app, "CHG-8804") == {"owner": ("", "Robin Vale")}
        await pilot.press("a")
        await pilot.pause()
        assert state(app, "CHG-8804") == "approved"


@sizes
async def test_a_value_that_cannot_be_is_refused_in_a_sentence(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8801")
        await edited(pilot, app, "call me")
        assert picks(app, "CHG-8801") == {} and "no phone" in screen_text(app)
        assert app.screen.query_one(Input).value == "call me", "what was typed stays to be mended"
        await pilot.press("escape")
        assert "▸" in screen_text(app)


@sizes
async def test_an_error_row_and_a_decided_row_have_no_fields_to_choose(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7004")
        await pilot.press("enter", "b")
        assert app.session.field is None and state(app, "APT-7004") == "to decide"
        await to(pilot, app, "CHG-8801")
        await pilot.press("a")
        await to(pilot, app, "CHG-8801")
        await pilot.press("enter")
        assert app.session.field is None and "undo" in ack(app)


async def test_what_a_key_shows_is_what_the_handoff_stages_for_every_row_and_every_option(app: ConsoleApp) -> None:
    """Field for field and byte for byte: the option drawn before ``a``, its sentence, and the row of ``rows.jsonl``."""
    async with app.run_test(size=(140, 60)) as pilot:
        session: Session = app.session
        for record_id in session.cases.ids():
            session.go_to(record_id)
            standing = session.standing
            assert standing is not None
            for number in range(max(1, len(standing.options))):
                if standing.options and len(standing.options) > 1:
                    await pilot.press(str(number + 1))
                    await answered(pilot, app)
                await checked_approval(pilot, app, record_id)


async def answered(pilot: Pilot[None], app: ConsoleApp) -> None:
    await pilot.pause()
    if isinstance(app.screen, Prompt):
        await type_text(pilot, "ok")


async def checked_approval(pilot: Pilot[None], app: ConsoleApp, record_id: int) -> None:
    session = app.session
    session.go_to(record_id)
    review(app).show()
    await pilot.pause()
    standing = session.standing
    option = approvable(standing) if standing else None
    if standing is None or option is None or option.staged is None:
        return
    assert " ".join(option.effect.split()) in " ".join(evidence(app).split())
    await pilot.press("a")
    await answered(pilot, app)
    (row,) = [one for one in build_rows(session.cases, 1) if one["row_id"] == standing.case.row_id]
    staged = option.staged
    assert (row["status"], row["staged"]) == ("ready", staged_values(staged))
    wanted = (staged.operation.value, staged.object, staged.target_id, staged.destination)
    assert (row["operation"], row["object"], row["target_id"], row["target"]) == wanted
    await pilot.press("u")
    await pilot.pause()


async def test_the_footer_dims_what_does_nothing_on_the_field_under_the_cursor(make: Callable[..., Path]) -> None:
    head, *contacts = MAP.splitlines()
    tagged = "\n".join([f"{head},tags", *(f"{line},vip; old" for line in contacts)])
    tags = "CHG-8805,GHL-502,ops@northstar.test,CLOSE-202,tags,west,2026-05-08T13:15:00Z\n"
    files = {**FILES, "contact-map.csv": tagged, "ghl-contact-changes.csv": CHANGES + tags}
    with Store.open(make(files), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(140, 40)) as pilot:
            await to(pilot, app, "CHG-8804")
            await pilot.press("enter")
            assert not app.session.can("keep_both"), "an owner is no list"
            await to(pilot, app, "CHG-8805")
            await pilot.press("enter")
            assert app.session.can("keep_both")
            assert not app.session.can("clear")
            await pilot.press("b")
            assert app.session.can("clear")


STALE = "CHG-8809,GHL-502,ops@northstar.test,CLOSE-202,phone,+15550109999,2026-01-01T00:00:00Z\n"
OWN = "APT-7009,CLOSE-303,buyer@clearwater.test,2026-05-14T09:30:00-04:00,scheduled,2026-01-01T00:00:00Z,Old news\n"


def test_a_side_has_one_number_on_the_row_in_its_fields_and_in_the_rehearsal_of_its_set(
    make: Callable[..., Path],
) -> None:
    files = {
        **FILES,
        "ghl-contact-changes.csv": CHANGES + STALE,
        "close-appointments.csv": FILES["close-appointments.csv"] + OWN,
    }
    with Store.open(make(files), clock=clock) as opened:
        session = Session(Cases(opened), "Dana")
        rules, mixed = set(), set()
        for record_id in session.cases.ids(Queue.CONFLICT):
            session.go_to(record_id)
            standing = session.standing
            assert standing is not None
            case = standing.case
            rules.add(case.verdict.rule)
            options = {option.token: number for number, option in enumerate(case.options, 1)}
            numbers = side_numbers(case)
            for side in case.sides:
                if side.key in numbers and side.option in options:
                    assert numbers[side.key] == options[side.option]
                elif side.key in numbers:
                    assert numbers[side.key] > len(case.options)
            assert len(set(numbers.values())) == len(numbers)
            mixed.add(rehearse(session).deeds)
            session.mark_alike()
            for deed in rehearse(session).deeds:
                if deed.verb is Verb.TAKE:
                    assert meaning(case, case.options[int(deed.key) - 1]) == deed.meaning
            session.unmark()
        assert len(mixed) == 1, "in a mixed set they do not hang on the row that the cursor is on"
        assert {"stale_event", "protected_field", "id_disagrees"} <= rules


async def test_the_number_of_a_choice_for_the_whole_row_says_so_in_the_fields(make: Callable[..., Path]) -> None:
    files = {**FILES, "close-appointments.csv": FILES["close-appointments.csv"] + OWN}
    with Store.open(make(files), clock=clock) as opened:
        app = ConsoleApp(opened, "Dana", False)
        async with app.run_test(size=(80, 24)) as pilot:
            await to(pilot, app, "APT-7009")
            assert "2 · Close says" in evidence(app)
            await pilot.press("enter")
            await pilot.pause()
            assert "2 · Close " in evidence(app)
            await pilot.press("1")
            assert "is a choice for the whole row; here the sides are 2" in ack(app)
            assert not picks(app, "APT-7009")
            await pilot.press("2")
            assert list(picks(app, "APT-7009").values()) == [("close", None)]


async def clicked(pilot: Pilot[None], app: ConsoleApp, words: str, under: int = 0) -> None:
    """Click on the place of the evidence where these words stand, or some lines below it."""
    pane = review(app).query_one("#evidence", LinesPane)
    y, line = next((at, line.plain) for at, line in enumerate(pane.lines) if words in line.plain)
    x = cell_len(line[: line.index(words)])
    await pilot.click("#evidence", offset=(x + 1, y + under - pane.scroll_offset.y))
    await pilot.pause()


@sizes
async def test_a_click_on_a_side_is_its_number_on_the_row_and_in_its_fields(
    app: ConsoleApp, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        await pilot.press("1")
        pressed = (evidence(app), ack(app).partition("saved")[2])
        await pilot.press("u")
        assert state(app, "CHG-8804") == "to decide"
        await clicked(pilot, app, "1 · ", under=2)
        assert (evidence(app).replace("#5", "#3"), ack(app).partition("saved")[2]) == pressed
        assert state(app, "CHG-8804") == "chosen"
        await clicked(pilot, app, "Why held")
        assert app.session.standing is not None and app.session.standing.review.seq == 5
        await pilot.press("u")
        await to(pilot, app, "APT-7002")
        await pilot.press("1", "enter", "j")
        await pilot.pause()
        standing = app.session.standing
        assert standing is not None
        (name, label) = (standing.case.fields[2].name, standing.case.fields[2].label)
        await clicked(pilot, app, label)
        assert app.session.field is not None and app.session.field.name == name
        assert not picks(app, "APT-7002")
        await clicked(pilot, app, standing.case.fields[2].offers[0][1] or "")
        assert list(picks(app, "APT-7002")) == [name]
