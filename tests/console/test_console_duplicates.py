"""The tab of duplicates: there only where there are groups, decided by the same keys as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from console_helpers import review, screen_text

from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.cli import shared
from crm_tui.console.app import ConsoleApp
from crm_tui.console.panes import LinesPane
from crm_tui.console.queue_line import system_of
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.tabs import Tab
from crm_tui.model import Queue, State
from crm_tui.workspace.cases import Cases, Row
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.recent import progress_of
from crm_tui.workspace.store import Store
from crm_tui.workspace.summary import Reached, read_summary, tally

ROOT = Path(__file__).resolve().parents[2] / "sample_exports"


def opened(folder: Path, sample: str) -> Store:
    path = folder / f"{sample}.crm"
    assert not load(path, [ROOT / sample], reviewer="Dana").problems
    return Store.open(path)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path, "duplicates") as store:
        yield store


@pytest.mark.parametrize(
    ("noun", "system"),
    [
        ("HubSpot contact ×2", "hubspot"),
        ("Close appointment", "close"),
        ("Google Contacts person", "google"),
        ("?", "activity-feed"),
    ],
)
def test_a_row_carries_the_badge_of_the_system_that_it_is_of(noun: str, system: str) -> None:
    assert system_of(noun) == system


def test_without_groups_there_is_no_such_tab(tmp_path: Path) -> None:
    with opened(tmp_path, "first-slice") as store:
        session = Session(Cases(store), "Dana")
        assert Tab.DUPLICATES not in session.tabs
        seen = [session.tab]
        for _ in range(3):
            session.switch(1)
            seen.append(session.tab)
        assert Tab.DUPLICATES not in seen


async def test_on_a_small_screen_the_chosen_merge_says_above_the_table_what_it_does(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "1")
        assert "▸ 1 would" in screen_text(app)
        assert "A merge cannot be undone." in " ".join(screen_text(app).split())
        session = review(app).session
        assert session.standing is not None and session.standing.chosen is not None
        first = session.standing.chosen.token
        pane = review(app).query_one("#evidence", LinesPane)
        second = next(at for at, line in enumerate(pane.lines) if "2 · HubSpot" in line.plain)
        assert second > 0, "the sides stand under what the merge does"
        await pilot.click("#evidence", offset=(pane.lines[second].plain.index("2 · HubSpot"), second))
        await pilot.pause()
        assert session.standing.chosen is not None and session.standing.chosen.token != first
        assert "▸ 2 would" in screen_text(app)


async def test_a_number_keeps_a_record_x_says_not_the_same_and_u_takes_it_back(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        session = review(app).session
        assert session.tab is Tab.DUPLICATES
        first = session.record_id
        await pilot.press("2")
        assert "stays" in screen_text(app) and "A merge cannot be undone." in screen_text(app)
        assert session.standing is not None and session.standing.review.state is State.CHOSEN
        await pilot.press("a")
        assert session.counts.duplicates_left == 25
        assert session.record_id != first, "the cursor goes on to the next that waits"
        second = session.record_id
        await pilot.press("x", "t", "w", "o", "space", "w", "enter")
        assert session.counts.duplicates_left == 24 and isinstance(app.screen, ReviewScreen)
        assert session.cases.review(second).reason == "two w"
        assert "not the same" in screen_text(app)
        await pilot.press("u")
        assert session.record_id == second and session.counts.duplicates_left == 25
        assert session.counts.left == 235, "rows are counted by themselves"


async def test_x_asks_why_before_anything_is_written_and_enter_alone_will_do(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "x", "escape")
        session = review(app).session
        left, group = session.counts.duplicates_left, session.record_id
        assert left == 26 and isinstance(app.screen, ReviewScreen), "esc writes nothing"
        await pilot.press("x", "enter")
        assert session.counts.duplicates_left == left - 1
        assert group is not None and session.cases.review(group).reason == NOT_THE_SAME


async def test_fields_are_chosen_within_a_group(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "j", "1", "enter", "j", "2")
        standing = review(app).session.standing
        assert standing is not None and [pick.field for pick in standing.review.picks] == ["last_name"]
        assert standing.chosen is not None and standing.chosen.staged is not None
        assert "last_name" in standing.chosen.staged.values


async def test_a_search_finds_the_group_of_a_person(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "slash", *"zeno.okafor", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        standing = review(app).session.standing
        assert standing is not None and "Zeno Okafor" in standing.case.issue


async def test_under_the_mask_nobody_is_recognisable(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "p")
        assert not any(word in screen_text(app) for word in ("Duarte", "Julia", "birchline"))


async def test_the_handoff_says_what_becomes_of_the_groups(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "1", "a", "x", "enter", "w")
        await pilot.pause()
        assert "1 to merge, 1 not the same, 24 open" in screen_text(app)


async def test_what_is_left_is_said_in_the_same_words_on_every_screen_and_by_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(tmp_path, "duplicates") as store:
        cases = Cases(store)
        decisions = Decisions(cases, "Dana")
        decisions.reject(cases.ids(Queue.ERROR)[0], "not ours") if cases.ids(Queue.ERROR) else None
        decisions.reject(cases.ids(Queue.DUPLICATE)[0], "")
        decisions.defer(cases.ids(Queue.LEDGER)[0])
        counts = cases.counts()
        words = counts.left_words
        assert re.fullmatch(r"open: \d+ held, \d+ ready, \d+ groups of duplicates( · \d+ blocked)?", words)
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(140, 40)) as pilot:
            await pilot.pause()
            header = f"{counts.progress} · {words}"
            assert header in screen_text(app)
            await pilot.press("y")
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert header in screen_text(app)
            assert counts.brief_words in screen_text(app)
            await pilot.press("escape", "w")
            await pilot.pause()
            assert words in screen_text(app)
            await pilot.press("escape", "q")
        assert app.return_value == f"Saved; {header.replace(' · ', ', ', 1)}. crm-tui alone goes on at this row."
        path = store.path
    assert progress_of(path).counts == counts
    with Store.open(path, write=False) as store:
        shared.print_summary(Cases(store), path)
    assert header in capsys.readouterr().out


def test_a_blocked_row_is_never_open_and_never_decided(tmp_path: Path) -> None:
    with opened(tmp_path, "first-slice") as store:
        cases = Cases(store)
        before = cases.counts()
        decisions = Decisions(cases, "Dana")
        first, second, third = cases.ids(Queue.ERROR)
        decisions.reject(first, "not ours")
        decisions.defer(second)
        decisions.ask(third, "Who?")
        assert cases.counts() == before
        summary = read_summary(store)
        parts = dict(tally(summary.cells, lambda cell: ""))[""]
        assert summary.counts == before
        assert parts == {Reached.WAITING: before.left, Reached.BLOCKED: before.errors}
        assert before.left_words == "open: 5 held, 5 ready · 3 blocked"


async def test_a_key_reads_one_page_at_most_among_groups_and_in_the_summary(
    portal: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, pages, real = ConsoleApp(portal, "Dana", ask_reviewer=False), [], Cases.rows

    def counting(self: Cases, record_ids: Sequence[int]) -> list[Row]:
        pages.append(record_ids)
        return real(self, record_ids)

    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert review(app).session.tab is Tab.DUPLICATES
        monkeypatch.setattr(Cases, "rows", counting)
        for key in ("j", "j", "G", "k", "g", "}", "2", "u", "y", "j", "j", "k", "G", "escape"):
            pages.clear()
            await pilot.press(key)
            await pilot.pause()
            assert len(pages) <= 1, key
