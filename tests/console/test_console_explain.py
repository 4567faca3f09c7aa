"""Explain: from the code points of a cell to the rule, masked where the mask is on."""

from __future__ import annotations

from pathlib import Path

from console_helpers import review, screen_text, to
from leaking import build

from crm_tui.console.app import ConsoleApp
from crm_tui.console.explaining import code_points
from crm_tui.console.tabs import Tab
from crm_tui.workspace.store import Store


async def test_a_row_is_explained_by_its_rule_and_then_key_by_key_from_code_points(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 80)) as pilot:
        await to(pilot, app, "CHG-8801")
        await pilot.press("i")
        await pilot.pause()
        shown = screen_text(app)
        for words in (
            "Explain CHG-8801",
            "U+0047 G",
            "compared   GHL-502",
            "leads to CLOSE-202 · GHL-502.",
            "read as a number of US, written as E.164: +15550102020",
            "is the same value.",
            "no_write: The new value equals",
            "ready: nothing to write.",
        ):
            assert words in shown
        assert shown.index("ready: nothing to write.") < shown.index("U+0047 G"), "the answer comes first"
        await pilot.press("escape")
        await to(pilot, app, "ACT-9104")
        await pilot.press("i")
        await pilot.pause()
        assert "read by its country code, written as E.164: +15550102020" in screen_text(app)


async def test_a_field_is_explained_side_by_side(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 80)) as pilot:
        await to(pilot, app, "CHG-8804")
        await pilot.press("enter", "i")
        await pilot.pause()
        shown = screen_text(app)
        assert "Explain the new owner of CHG-8804" in shown
        assert "new owner, GHL says" in shown
        assert "Dana Reed" in shown
        assert "protected_field: The policy protects" in shown


async def test_a_row_without_a_key_shows_what_made_it_an_error(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 80)) as pilot:
        await to(pilot, app, "CHG-8803")
        await pilot.press("i")
        await pilot.pause()
        assert "blank, so no key." in screen_text(app)
        assert "blocked as an error: missing contact identity." in screen_text(app)


async def test_under_the_mask_letters_are_counted_and_not_named(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 80)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("p", "i")
        await pilot.pause()
        shown = screen_text(app)
        assert "3 letters  U+0040 @  9 letters  U+002E .  4 letters" in shown
        assert "ops@northstar.test" not in shown
        assert "leads to CLOSE-202 · GHL-502." in shown


def test_code_points_name_what_cannot_be_seen() -> None:
    assert code_points("a\u200b\u043e", hidden=False) == "U+0061 a  U+200B  U+043E"
    assert code_points("a\u200b\u043e1", hidden=True) == "1 letter  U+200B  1 letter beyond ASCII  1 digit"
    assert code_points("x" * 1_000_000, hidden=False).endswith("… 999,936 more")


async def test_a_group_of_duplicates_is_explained_by_both_scores_and_the_keys_of_each_record(tmp_path: Path) -> None:
    path, _ = build(tmp_path)
    with Store.open(path) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(140, 90)) as pilot:
            app.session.open_tab(Tab.DUPLICATES)
            review(app).show()
            standing = app.session.standing
            assert standing is not None
            await pilot.press("i")
            await pilot.pause()
            text = screen_text(app)
            for side in standing.case.sides:
                assert f"e-mail, {side.name}" in text
            assert all(words in text for words in ("certain by the same", "In a set", "U+00"))
            await pilot.press("escape", "enter", "i")
            await pilot.pause()
            assert f"Explain the {standing.case.fields[0].label} of {standing.case.event_id}" in screen_text(app)
