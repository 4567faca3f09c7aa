"""Every key, at the smallest and at an ordinary size, on the real store."""

from __future__ import annotations

import pytest
from console_helpers import SIZES, ack, evidence, footer, here, review, screen_text, state, to, type_text

from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import ContactPicker, Dialog, Notice, Prompt
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.set_dialog import SetDialog
from crm_tui.console.tabs import Tab
from crm_tui.workspace import journal

sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "100x30", "140x40"])


@sizes
async def test_the_first_screen_shows_the_first_conflict(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.session.tab is Tab.CONFLICTS
        text = screen_text(app)
        assert "0 of 7 decided · open: 4 held, 3 ready · 2 blocked" in text
        for words in ("Ledger 3", "Conflicts 4", "Errors 2", "Slice"):
            assert words in text


@sizes
async def test_moving(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        order = [app.session.cases.case(one).event_id for one in app.session.ids()]
        await pilot.press("j")
        assert here(app) == order[1]
        await pilot.press("down", "k", "up")
        assert here(app) == order[0]
        await pilot.press("G")
        assert here(app) == order[-1]
        await pilot.press("g", "pagedown")
        assert app.session.index > 0
        await pilot.press("pageup")
        assert here(app) == order[0]
        await pilot.press("k")
        assert here(app) == order[0]


@sizes
async def test_choosing_is_saved_at_once_and_waits_for_approval(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        assert "1 would" in evidence(app)
        await pilot.press("1")
        await pilot.pause()
        assert state(app, "APT-7002") == "chosen"
        assert here(app) == "APT-7002"
        assert "saved  APT-7002 → CLOSE-202 · GHL-502" in ack(app)
        assert "→ CLOSE-202 · GHL-502" in screen_text(app)
        await pilot.press("a")
        await pilot.pause()
        assert state(app, "APT-7002") == "approved"
        assert here(app) != "APT-7002"
        assert "1 of 7 decided · open: 3 held, 3 ready" in screen_text(app)


@sizes
async def test_clearing_a_choice(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("1", "backspace")
        assert state(app, "APT-7002") == "to decide"
        await pilot.press("backspace")
        assert "no choice to clear" in ack(app)


@sizes
async def test_h_and_l_choose_the_side_to_the_left_and_right(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9104")
        await pilot.press("l")
        assert "CLOSE-202 · GHL-502" in ack(app)
        await pilot.press("h")
        assert "CLOSE-303 · GHL-503" in ack(app)
        await pilot.press("l")
        assert "CLOSE-202 · GHL-502" in ack(app)


@sizes
async def test_a_conflict_without_choice_or_suggestion_is_not_approved(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("a")
        assert state(app, "APT-7002") == "to decide"
        assert "is still to be chosen" in ack(app)
        assert not app.session.can("approve")


@sizes
async def test_approve_takes_the_suggestion_where_there_is_one(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        assert app.session.can("approve")
        await pilot.press("a")
        (record_id,) = app.session.cases.by_event_id("CHG-8804")
        review_of = app.session.cases.review(record_id)
        assert (review_of.state.value, review_of.choice, review_of.reason) == ("approved", "contact map", "")


@sizes
async def test_a_protected_field_takes_a_typed_reason(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        await pilot.press("2")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        assert state(app, "CHG-8804") == "to decide"
        await type_text(pilot, "the client said so")
        assert state(app, "CHG-8804") == "chosen"
        assert "the client said so" in evidence(app)
        await pilot.press("a")
        assert state(app, "CHG-8804") == "approved"


@sizes
async def test_reject_asks_for_a_reason_and_goes_on(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        await pilot.press("enter")
        assert isinstance(app.screen, Prompt), "an empty reason is none"
        await type_text(pilot, "no such client")
        assert state(app, "APT-7003") == "rejected"
        assert here(app) != "APT-7003"
        await to(pilot, app, "APT-7003")
        assert "no such client" in evidence(app)


@sizes
async def test_defer_ask_and_note(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("s")
        assert state(app, "APT-7003") == "deferred"
        assert here(app) != "APT-7003"
        await to(pilot, app, "APT-7002")
        await pilot.press("t")
        await pilot.pause()
        await type_text(pilot, "who is this")
        assert state(app, "APT-7002") == "needs client"
        await to(pilot, app, "ACT-9104")
        await pilot.press("c")
        await pilot.pause()
        await type_text(pilot, "seen twice")
        assert here(app) == "ACT-9104"
        assert state(app, "ACT-9104") == "to decide"
        assert "seen twice" in evidence(app)


@sizes
async def test_map_to_another_contact(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7003")
        await pilot.press("m")
        await pilot.pause()
        assert isinstance(app.screen, ContactPicker)
        await pilot.press(*"clearw")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        assert state(app, "APT-7003") == "to decide"
        await type_text(pilot, "told by phone")
        assert isinstance(app.screen, ReviewScreen)
        assert "CLOSE-303 · GHL-503" in ack(app)
        assert "not among the candidates" in " ".join(evidence(app).split())
        assert "m would" in evidence(app)
        await pilot.press("a")
        assert state(app, "APT-7003") == "approved"


@sizes
async def test_m_is_only_for_the_question_who(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        await pilot.press("m")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert "not in question" in ack(app)
        assert " map" not in footer(app)


@sizes
async def test_undo_and_redo_go_to_the_row(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "CHG-8804")
        assert "undoes" not in screen_text(app)
        await pilot.press("a", "]")
        await pilot.pause()
        assert "u undoes #3 approve CHG-8804" in screen_text(app)
        await pilot.press("u")
        await pilot.pause()
        assert "undoes" not in screen_text(app)
        assert "U redoes #3" in screen_text(app)
        assert here(app) == "CHG-8804"
        assert state(app, "CHG-8804") == "to decide"
        assert "0 of 7 decided" in screen_text(app)
        await pilot.press("U")
        await pilot.pause()
        assert state(app, "CHG-8804") == "approved"
        assert "1 of 7 decided" in screen_text(app)
        await pilot.press("U")
        assert "nothing to redo" in ack(app).lower()


@sizes
async def test_next_and_previous_undecided(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("[")
        order = [app.session.cases.case(one).event_id for one in app.session.ids()]
        await to(pilot, app, order[1])
        await pilot.press("a")
        assert here(app) == order[2]
        await pilot.press("{")
        assert here(app) == order[0]
        await pilot.press("}")
        assert here(app) == order[2]


@sizes
async def test_approve_all_shown_after_a_rehearsal(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "ACT-9101")
        await pilot.press("s")
        before = journal.head(app.store.connection)[0]
        await pilot.press("B")
        await pilot.pause()
        assert isinstance(app.screen, SetDialog)
        text = screen_text(app)
        assert "2 rows would be approved" in text
        assert "1 row left out" in text
        await pilot.press("escape")
        assert journal.head(app.store.connection)[0] == before
        await pilot.press("B")
        await pilot.pause()
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert journal.head(app.store.connection)[0] == before + 2
        assert state(app, "APT-7001") == state(app, "CHG-8801") == "approved"
        assert state(app, "ACT-9101") == "deferred"
        assert "2 rows → approved" in ack(app)


@sizes
async def test_approve_all_leaves_conflicts_without_choice_out(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("B")
        await pilot.pause()
        assert isinstance(app.screen, SetDialog)
        assert "no choice yet" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert state(app, "APT-7002") == "to decide"


@sizes
async def test_error_rows_say_what_would_make_them_pass(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await to(pilot, app, "APT-7004")
        text = evidence(app)
        assert "bad_value" in text
        assert "next Friday" in text
        assert "ISO 8601" in text
        assert "Close id maps to CLOSE-303 · GHL-503" in text
        await pilot.press("a")
        assert "error row" in ack(app)
        assert state(app, "APT-7004") == "to decide"
        await to(pilot, app, "CHG-8803")
        assert "none: no key" in evidence(app)


@sizes
async def test_the_slice_tab(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("]", "]")
        await pilot.pause()
        assert app.session.tab is Tab.SLICE
        lines = "\n".join(line.plain for line in review(app).query_one("#slice").lines)  # type: ignore[attr-defined]
        boundary = "No live GHL write before approval"
        for words in ("contact-map.csv", boundary, "Nothing is sent", "one clean mapped row"):
            assert words in lines
        await pilot.press("G", "j", "g", "a", "1", "x", "B")
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("]")
        assert app.session.tab is Tab.LEDGER


@sizes
async def test_help_palette_and_esc(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        for key in ("?", "f1"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, Notice)
            assert "Go to the next row" in screen_text(app)
            await pilot.press("escape")
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert "Search" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)


@sizes
async def test_the_palette_runs_an_action_of_the_registry(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"light")
        await pilot.pause(0.5)
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.theme == "crm-tui-light"


@sizes
@pytest.mark.parametrize("key", ["x", "t", "c", "m", "w", "?", "B"])
async def test_esc_backs_out_without_a_trace_and_focus_stays(app: ConsoleApp, size: tuple[int, int], key: str) -> None:
    async with app.run_test(size=size) as pilot:
        before = journal.head(app.store.connection)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert app.focused is not None
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert app.focused is not None and app.focused.id == "queue"
        assert journal.head(app.store.connection) == before


@sizes
async def test_the_mouse_selects_rows_tabs_and_keys(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.click("#queue", offset=(10, 2))
        assert app.session.index == 2
        await pilot.click("#tabs", offset=(3, 0))
        assert app.session.tab is Tab.LEDGER
        await pilot.click("#footer", offset=(1, 0))
        await pilot.pause()
        assert app.session.counts.decided == 1
        assert app.focused is not None


async def test_q_leaves_with_exit_code_0(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert app.return_code == 0


async def test_a_key_of_conflicts_says_on_a_ledger_row_what_works_there(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7001")
        await pilot.press("m")
        assert ack(app) == "m is for conflicts; on this row all keys agree: a approves it, x rejects it."
        await pilot.press("]", "enter", "m")
        assert ack(app) == "m is for whole rows; esc goes back to them."
        await to(pilot, app, "APT-7004")
        await pilot.press("1")
        assert ack(app) == (
            "1-9 does nothing on an error row: blocked until e repairs a cell, or its source is put right."
        )


async def test_a_sentence_leaves_with_the_row_or_the_tab_that_it_was_about(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("9")
        assert "no option 9" in ack(app)
        await pilot.press("j")
        assert ack(app) == ""
        await pilot.press("s")
        assert "→ deferred" in ack(app)
        await pilot.press("j")
        assert "→ deferred" in ack(app), "what was saved stays in view"
        await pilot.press("]")
        assert ack(app) == ""


async def test_where_there_is_no_row_each_key_for_rows_says_so_and_esc_is_quiet(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7004")
        await pilot.press("]")
        for key in ("a", "x", "space", "v", "*", "B", "f", "o", "/", "enter", "e", "H"):
            await pilot.press("escape")
            assert ack(app) == ""
            await pilot.press(key)
            assert ack(app).startswith("there is no row here"), key
