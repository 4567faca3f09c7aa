"""Words and signs that somebody new at the console needs: nothing by colour alone, nothing left unsaid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from console_helpers import FILES, ack, clock, here, review, screen_lines, screen_text, to, type_text

from crm_tui.cli import run
from crm_tui.console.action import Context
from crm_tui.console.actions import ACTIONS
from crm_tui.console.app import ConsoleApp
from crm_tui.console.field_lines import field_lines
from crm_tui.console.frame import Frame
from crm_tui.console.listings import help_lines
from crm_tui.console.session import Session
from crm_tui.console.settings import FILE
from crm_tui.console.tabs import Tab
from crm_tui.console.theme import CONTRAST, PAINTS
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.counts import Counts
from crm_tui.workspace.load import create, load_more, open_all
from crm_tui.workspace.store import Store


async def test_what_is_said_of_an_error_row_is_counted_beside_the_blocked_rows(app: ConsoleApp) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await to(pilot, app, "APT-7004")
        await pilot.press("x")
        await type_text(pilot, "Wrong")
        assert "→ rejected, and counts as blocked until it is repaired" in ack(app)
        await to(pilot, app, "CHG-8803")
        await pilot.press("t")
        await type_text(pilot, "Who")
        await pilot.press("y")
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = " ".join(screen_text(app).split())
        assert "2 blocked" in text and "of these 1 rejected · 1 asked about" in text
        assert "0 of 7 decided" in text and "nothing is decided yet" not in text
        assert "decided 0 rows by 0 key presses" in text


async def test_the_palette_marks_the_line_under_the_cursor_by_a_sign(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()

        def under() -> list[str]:
            return [line.split("▸")[1].split("  ")[0].strip() for line in screen_lines(app)[3:21] if "▸" in line]

        assert under() == ["All keys"]
        await pilot.press("down")
        assert under() == ["Approve"]


@pytest.mark.parametrize(("number", "sign"), [("010-2020", "✓ +1"), ("010-9999", "≠ +1")])
def test_the_fields_of_a_row_say_by_a_sign_whether_their_values_differ(
    make: Callable[..., Path], number: str, sign: str
) -> None:
    changes = FILES["ghl-contact-changes.csv"].replace("010-2020", number)
    with Store.open(make({**FILES, "ghl-contact-changes.csv": changes}), clock=clock) as store:
        session = Session(Cases(store), "Dana")
        session.go_to(session.cases.by_event_id("CHG-8801")[0])
        standing = session.standing
        assert standing
        frame = Frame(80, 24, 0, PAINTS[CONTRAST])
        text = "\n".join(line.plain for line in field_lines(standing, standing.case.fields[0], frame))
        assert sign in text


@pytest.mark.parametrize("way", ["escape", "enter"])
async def test_a_value_asked_for_from_the_row_ends_on_the_row(app: ConsoleApp, way: str) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "CHG-8801")
        await pilot.press("e")
        await pilot.pause()
        assert app.screen is not review(app)
        await pilot.press(way)
        await pilot.pause()
        assert app.session.context is Context.LEDGER and here(app) == "CHG-8801"
        assert bool(app.session.standing.review.picks) is (way == "enter")  # type: ignore[union-attr]


async def test_a_key_without_a_meaning_is_answered_and_a_sign_in_the_search_is_not(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        for key, name in (("d", "d"), ("0", "0"), ("f7", "f7")):
            await pilot.press(key)
            assert ack(app) == f"{name} is no key here; ? shows all keys, ctrl+p finds one by name."
        await pilot.press("j")
        assert "no key" not in ack(app)
        await pilot.press("d", "question_mark", "escape")
        assert "no key" not in ack(app)
        await pilot.press("slash", "d", "f7")
        assert "no key" not in ack(app)


async def test_leaving_the_handoff_says_that_nothing_was_signed(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        assert "esc  back, nothing is signed" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert ack(app) == "nothing was signed."


def test_the_help_says_where_the_settings_are() -> None:
    lines = help_lines(Context.LEDGER, PAINTS[CONTRAST], ACTIONS)(60, 0)
    assert "crm-tui settings path where the file is" in " ".join(" ".join(line.plain for line in lines).split())


def test_a_fault_of_the_settings_is_told_before_a_sample_is_copied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("crm_tui.cli.shared.is_terminal", lambda: True)
    monkeypatch.setattr("crm_tui.console.settings.config_dir", lambda: tmp_path)
    (tmp_path / FILE).write_text('time_zone = "Narnia/Cair"\n', encoding="utf-8")
    for arguments in (["demo", "--present"], ["review", str(tmp_path), "--present"], ["--start"]):
        assert run(arguments) == 2
        assert "time_zone" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_rows_and_groups_of_duplicates_are_counted_apart_also_where_there_is_little_room() -> None:
    counts = Counts(ledger=5, conflicts=3, errors=2, ledger_left=5, conflicts_left=1, duplicates=2, duplicates_left=2)
    assert counts.brief_words == "6 open, 2 groups · 2 blocked"
    assert replace(counts, ledger_left=0, conflicts_left=0).brief_words == "2 groups open · 2 blocked"
    assert replace(counts, ledger_left=0, conflicts_left=0, duplicates_left=0).brief_words == "nothing open · 2 blocked"


def test_the_first_rows_of_a_workspace_are_shown_when_they_have_come(tmp_path: Path) -> None:
    create(tmp_path / "a.crm", "Dana")
    (tmp_path / "in").mkdir()
    for name, text in FILES.items():
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    with Store.open(tmp_path / "a.crm", clock=clock) as store:
        session = Session(Cases(store), "Dana")
        assert session.tab is Tab.SLICE
        load_more(store, open_all([tmp_path / "in"]), "Dana")
        session.refresh()
        assert session.tab is Tab.CONFLICTS
        session.open_tab(Tab.SLICE)
        session.refresh()
        assert session.tab is Tab.SLICE, "whoever has gone there stays there"


async def test_whoever_leaves_the_question_for_the_name_is_told_who_decides(app: ConsoleApp) -> None:
    asking = ConsoleApp(app.store, "root", True)
    async with asking.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert "you decide as root" in screen_text(asking)
        assert "--reviewer NAME" in screen_text(asking)
