"""What is drawn: nothing overflows, nothing hostile gets through, decisive words are in view."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from console_helpers import FILES, clock, evidence, footer, review, screen_lines, screen_text, to
from rich.cells import cell_len

from crm_tui.console.app import ConsoleApp
from crm_tui.console.draw import Guard, chunks, clip, differing, differing_digits, pad, wrap
from crm_tui.console.panes import LinesPane
from crm_tui.console.tabs import Tab
from crm_tui.workspace.store import Store

SWEEP = [(80, 24), (60, 20), (100, 30), (140, 40), (200, 50), (300, 100), (20, 6), (1, 1)]


@pytest.mark.parametrize("size", SWEEP, ids=str)
async def test_no_size_breaks_the_screen(app: ConsoleApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        for _ in Tab:
            await pilot.press("]", "j", "right", "left")
            await pilot.pause()
            assert all(cell_len(line) == size[0] for line in screen_lines(app))


@pytest.mark.parametrize("width", [80, 81, 90, 100, 140])
async def test_the_footer_fits(app: ConsoleApp, width: int) -> None:
    async with app.run_test(size=(width, 24)) as pilot:
        for event_id in ("APT-7002", "CHG-8804", "ACT-9104", "APT-7001", "APT-7004"):
            await to(pilot, app, event_id)
            line = footer(app)
            assert cell_len(line) <= width
            assert "? " in line
            assert "x reject" in line


async def test_at_80_by_24_all_eight_keys_of_a_conflict_are_there(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "APT-7002")
        for words in ("1-2 choose", "a approve", "m map", "x reject", "s defer", "t ask", "c note", "u undo", "? keys"):
            assert words in footer(app)


@pytest.mark.parametrize("event_id", ["APT-7002", "APT-7003", "CHG-8804", "ACT-9104"])
async def test_an_ordinary_conflict_needs_no_scrolling_at_80_by_24(app: ConsoleApp, event_id: str) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, event_id)
        text = screen_text(app)
        standing = app.session.standing
        assert standing is not None
        assert "Why held" in text
        for number, option in enumerate(standing.case.options, 1):
            assert f"{number} would" in text
            assert option.effect.split(".")[0].split(" ")[-1] in text
        for row in standing.case.rows:
            if row.field in ("email", "close_contact_id", "phone"):
                assert all(value[:12] in text for value in row.values if value)


async def test_marks_tell_without_colour(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await to(pilot, app, "APT-7002")
        lines = evidence(app).splitlines()
        assert any("Close id" in line and "≠" in line for line in lines)
        assert any("e-mail" in line and "✓ ops@northstar.test" in line for line in lines)
        assert "▸ C APT-7002" in screen_text(app)


HOSTILE = (
    "[@click=app.quit]x[/] [/foo] [bold",
    "\x1b]52;c;aGk=\x07\x1b[2J",
    "\u202egnp.exe\u202c",
    "a\u200bb\ufeff\u2066c",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "\x9b31m\x00\x7f\u2028",
    "漢字" * 40,
    "x" * 5_000,
    "4111 1111 1111 1111",
)


def hostile_files() -> dict[str, str]:
    rows = "".join(
        f'H-{number},gmail,nobody{number}@nowhere.test,,"{text}","{text}",2026-05-08T09:05:00-04:00,append\n'
        for number, text in enumerate(HOSTILE)
    )
    names = "".join(
        f'"{text[:60]}",CLOSE-999,ops@northstar.test,2026-05-13T16:00:00-04:00,scheduled,,"{text}"\n'
        for text in HOSTILE
    )
    files = dict(FILES)
    files["activity-events.csv"] = files["activity-events.csv"] + rows
    files["close-appointments.csv"] = files["close-appointments.csv"] + names
    return files


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=str)
async def test_hostile_cells_do_nothing(make: Callable[..., Path], size: tuple[int, int]) -> None:
    with Store.open(make(hostile_files()), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=size) as pilot:
            for _ in Tab:
                await pilot.press("]")
                for _ in range(len(app.session.ids()) or 1):
                    await pilot.press("j")
                    await pilot.pause()
                    assert_harmless(app)
            app.session.open_tab(Tab.CONFLICTS)
            review(app).show()
            for key in ("1", "c", "escape", "B", "escape", "w", "escape", "m", "escape"):
                await pilot.press(key)
                await pilot.pause()
                assert_harmless(app)
            await pilot.click("#evidence", offset=(20, 4))
            assert "4111 1111" not in "".join(evidence_of_all(app))
        assert app.return_code in (0, None)


def evidence_of_all(app: ConsoleApp) -> list[str]:
    texts = []
    for record_id in app.session.cases.ids():
        app.session.go_to(record_id)
        review(app).query_one("#evidence", LinesPane).rebuild()
        texts.append(evidence(app))
    return texts


def assert_harmless(app: ConsoleApp) -> None:
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            assert segment.control is None
            assert not (segment.style and segment.style.meta.get("@click"))
            bad = [char for char in segment.text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")]
            assert bad == []


def test_the_guard_replaces_what_slipped_through() -> None:
    from rich.segment import Segment
    from textual.color import Color

    out = Guard().apply([Segment("a\x1b[31mb\u202ec\u00a0d"), Segment("plain")], Color(0, 0, 0))
    text = "".join(segment.text for segment in out)
    assert text.isprintable()
    assert text.endswith("plain")


def test_differing_spans() -> None:
    assert differing("CLOSE-999", "CLOSE-202") == ((6, 9),)
    assert differing("ops@northstar.test", "ops@northstar.test") == ()
    assert differing("buyer@clearwater.test", "buyer@сlearwater.test") == ((6, 7),)
    assert differing("", "x") == ()
    assert differing("buyer@clearwater.test", "ops@northstar.test") == ((0, 16),)
    assert differing_digits("+1 555 010 2020", "+15550103030") == ((11, 12), (13, 14))


def test_wrapping_and_clipping_count_cells() -> None:
    assert clip("漢字漢字", 5) == "漢字…"
    assert cell_len(pad("漢字", 7)) == 7
    assert wrap("one two three", 7) == ["one two", "three"]
    assert all(cell_len(line) <= 6 for line in wrap("x" * 20 + " 漢字漢字漢字", 6))
    assert wrap("a b c d e f", 4, 2) == ["a b", "c d…"] or len(wrap("a b c d e f", 4, 2)) == 2
    assert chunks("abcdef", 4, 3) == [(0, 4), (4, 6)]
    assert chunks("buyer@clearwater.test", 20, 3) == [(0, 17), (17, 21)]
    assert chunks("", 20, 3) == [(0, 0)]


async def test_a_value_that_is_too_long_ends_in_dots(make: Callable[..., Path]) -> None:
    files = dict(FILES)
    title = "long title " * 200
    files["close-appointments.csv"] += f"APT-LONG,CLOSE-999,ops@northstar.test,2026-05-13,scheduled,,{title}\n"
    with Store.open(make(files), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(140, 40)) as pilot:
            await to(pilot, app, "APT-LONG")
            assert "…" in evidence(app)
            assert max(cell_len(line) for line in evidence(app).splitlines()) <= 140


async def test_changing_the_theme_repaints_what_is_shown(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        pane = review(app).query_one("#evidence", LinesPane)
        await pilot.pause()
        before = [str(span.style) for line in pane.lines for span in line.spans]
        app.theme = "crm-tui-light"
        await pilot.pause()
        after = [str(span.style) for line in pane.lines for span in line.spans]
        assert set(before).isdisjoint({"#233044"})
        assert before != after


@pytest.mark.parametrize("key", ["i", "f", "w", "question_mark"])
async def test_a_dialog_that_is_left_before_it_is_drawn_does_no_harm(app: ConsoleApp, key: str) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        dialog = app.screen
        await pilot.press("escape")
        await pilot.pause()
        for late in ("fit", "_fit", "_redraw"):
            getattr(dialog, late, lambda: None)()
    assert app.return_code in (0, None)


async def test_where_one_side_fits_the_arrows_go_through_all_of_them(app: ConsoleApp) -> None:
    async with app.run_test(size=(40, 24)) as pilot:
        await to(pilot, app, "ACT-9104")
        for words in ("Gmail says", "by e-mail", "by phone"):
            assert "1 of 3 sides, 2 more with ← →" in evidence(app)
            assert words in evidence(app)
            await pilot.press("right")
            await pilot.pause()
