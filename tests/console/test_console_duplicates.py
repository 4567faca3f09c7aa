"""The tab of duplicates: there only where there are groups, decided by the same keys as rows."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from console_helpers import review, screen_text, to

from crm_tui.classify.duplicate_sets import not_in_a_set
from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.cli import shared
from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Prompt
from crm_tui.console.panes import LinesPane
from crm_tui.console.queue_line import system_of
from crm_tui.console.rehearsal import rehearse
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.set_dialog import SetDialog
from crm_tui.console.tabs import Tab
from crm_tui.model import Lock, Queue, State
from crm_tui.workspace.address import at_address
from crm_tui.workspace.cases import Cases, Row
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.recent import progress_of
from crm_tui.workspace.related import related
from crm_tui.workspace.selection import Filter, Order, counted_values, facets, listed, orders
from crm_tui.workspace.store import Store
from crm_tui.workspace.summary import Reached, read_summary, tally

ROOT = Path(__file__).resolve().parents[2] / "sample_exports"


def opened(folder: Path, sample: str) -> Store:
    path = folder / f"{sample}.crm"
    assert not load(path, [ROOT / sample], reviewer="Dana").problems
    return Store.open(path)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with opened(tmp_path_factory.mktemp("portal"), "duplicates") as store:
        return store.path


@pytest.fixture
def portal(loaded: Path, tmp_path: Path) -> Iterator[Store]:
    with Store.open(Path(shutil.copy(loaded, tmp_path))) as store:
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


async def test_giving_up_a_protected_value_says_before_the_key_that_it_asks_why_and_each_number_asks(
    portal: Store,
) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await to(pilot, app, "DUP-d7f3ae")
        assert "1 ◆ HubSpot" in screen_text(app) and "2 ◆ HubSpot" in screen_text(app)
        await pilot.press("enter", "1", "escape", "a")
        assert "which record stays is still to be chosen" in screen_text(app) and "◐ fields" in screen_text(app)
        await pilot.press("2")
        assert isinstance(app.screen, Prompt)
        await pilot.press("o", "k", "enter", "a")
        await pilot.pause()
        cases = review(app).session.cases
        decided = at_address(cases, "DUP-d7f3ae")[0]
        assert cases.review(decided).state is State.APPROVED and cases.review(decided).reason == "ok"
        await to(pilot, app, "DUP-d7f3ae")
        for key in ("x", "t", "s", "2", "enter", "asterisk"):
            await pilot.press(key)
            assert isinstance(app.screen, ReviewScreen) and "approved already (#" in screen_text(app), key
        assert not review(app).session.marked
        await pilot.press("space", "B")
        await pilot.pause()
        assert "is decided already" in " ".join(screen_text(app).split())


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
        await to(pilot, app, "DUP-24360e")
        await pilot.press("1", "enter", "j", "2")
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
    loaded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(Path(shutil.copy(loaded, tmp_path))) as store:
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


async def test_a_set_of_merges_says_what_cannot_be_undone_leaves_out_what_is_in_doubt_and_is_taken_back_by_one_key(
    portal: Store,
) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "B", "enter")
        session = review(app).session
        assert isinstance(app.screen, SetDialog) and session.counts.duplicates_left == 26, "B and enter merge nothing"
        await pilot.press("1")
        text = " ".join(screen_text(app).split())
        assert "enter plan 3 merges" in text and "3 records into 3 others" in text and "cannot be undone" in text
        await pilot.press("enter")
        await pilot.pause()
        merged = [number for number in session.ids() if session.cases.review(number).state is State.APPROVED]
        assert session.counts.duplicates_left == 23 and len(merged) == 3
        for number in merged:
            kept = session.cases.decided_option(number, session.cases.review(number))
            assert kept and "given up" not in kept.effect and not session.cases.case(number).alone
        assert "3 groups → approved: keep the fullest, nothing is given up" in screen_text(app)
        await pilot.press("u")
        await pilot.pause()
        assert session.counts.duplicates_left == 26 and "3 groups undone" in screen_text(app)


async def test_a_set_of_groups_is_kept_apart_for_one_reason(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "space", "space", "B", "x", "enter")
        await pilot.press(*"kin", "enter")
        await pilot.pause()
        session = review(app).session
        apart = [number for number in session.ids() if session.cases.review(number).state is State.REJECTED]
        assert [session.cases.review(number).reason for number in apart] == ["kin", "kin"]


def test_what_is_left_out_of_a_set_of_merges_and_why(portal: Store) -> None:
    session = Session(Cases(portal), "Dana")
    session.open_tab(Tab.DUPLICATES)
    decided, chosen = session.ids()[0], session.ids()[1]
    session.decisions.reject(decided, "")
    session.decisions.choose(chosen, session.cases.case(chosen).options[0].token)
    session.mark(frozenset(session.ids()))
    rehearsal = rehearse(session)
    plans = {deed.key: rehearsal.plan(deed) for deed in rehearsal.deeds}
    assert [row.record_id for row in plans["a"].applied] == [chosen], "what somebody chose is merged as chosen"
    why = {row.event_id: row.kept_back for row in plans["2"].left_out}
    assert why.pop(session.cases.case(chosen).event_id) == "20410001837 was chosen to stay"
    assert Counter(why.values()) == {
        "rejected already": 1,
        "nothing would be given up": 5,
        "different records in another system; that takes a typed reason, one by one": 5,
        "the other owner would be given up; look at it by itself": 2,
    }
    owner = next(row for row in plans["2"].left_out if row.kept_back.startswith("the other owner"))
    case = session.cases.case(owner.record_id)
    fields = tuple(replace(one, lock=Lock.IDENTITY) if one.lock is Lock.PROTECTED else one for one in case.fields)
    told = [not_in_a_set(replace(case, fields=fields), option, None) for option in case.options]
    assert owner.kept_back in told, "who somebody is can no more be given up than an owner"
    unsure = [row.kept_back for row in plans["1"].left_out if "95%" in row.kept_back]
    assert unsure == ["less than 95% probable; look at it by itself"] * 2
    assert plans["1"].losers == 3 and plans["2"].losers == len(plans["2"].applied) == 12
    assert plans["x"].losers == 0 and len(plans["x"].applied) == 25


def test_groups_are_filtered_and_sorted_by_what_they_are(portal: Store) -> None:
    session = Session(Cases(portal), "Dana")
    session.open_tab(Tab.DUPLICATES)
    session.decisions.reject(session.ids()[0], "")
    counted = counted_values(portal.connection, Queue.DUPLICATE, Filter())
    assert {value.facet for value, _ in counted} == facets(Queue.DUPLICATE)
    for value, number in counted:
        assert len(listed(portal.connection, Queue.DUPLICATE, Filter(frozenset((value,))))) == number > 0
    everything = listed(portal.connection, Queue.DUPLICATE)
    for order in orders(Queue.DUPLICATE):
        assert sorted(listed(portal.connection, Queue.DUPLICATE, order=order)) == sorted(everything)
    best = [float(session.cases.case(one).issue.rpartition(": ")[2].partition("%")[0]) for one in everything]
    assert best == sorted(best, reverse=True)
    assert session.cases.case(listed(portal.connection, Queue.DUPLICATE, order=Order.SIZE)[0]).noun.endswith("×3")


def test_around_a_group_stand_the_rows_of_its_records_each_first_in_its_own_entry(portal: Store) -> None:
    cases = Cases(portal)
    for number in cases.ids(Queue.DUPLICATE):
        people, group = related(cases, number), cases.groups.stored(number)
        assert [cases.case(one.rows[0].record_id).row_id for one in people] == [
            side.key for side in cases.case(number).sides
        ]
        rows = [row.record_id for one in people for row in one.rows]
        assert len(rows) == len(set(rows)) >= len(group.members)


@pytest.mark.parametrize("written", ["{name}", "dup-{digits}", "#{seq}"])
def test_a_group_is_gone_to_by_its_name_and_by_an_entry_about_it(portal: Store, written: str) -> None:
    cases = Cases(portal)
    number = cases.ids(Queue.DUPLICATE)[3]
    saved = Decisions(cases, "Dana").defer(number)
    name = cases.case(number).event_id
    address = written.format(name=name, digits=name.removeprefix("DUP-"), seq=saved.seq)
    assert at_address(cases, address) == [number]


async def test_all_groups_are_decided_with_fewer_than_one_and_a_third_key_presses_each(portal: Store) -> None:
    app = ConsoleApp(portal, "Dana", ask_reviewer=False)
    presses = 0

    async def press(*keys: str) -> None:
        nonlocal presses
        presses += len(keys)
        await pilot.press(*keys)

    async with app.run_test(size=(80, 24)) as pilot:
        await press("right_square_bracket", "right_square_bracket", "B", "1", "enter", "B", "2", "enter")
        await pilot.pause()
        session = review(app).session
        while session.counts.duplicates_left:
            standing = session.standing
            assert standing is not None
            # They are two records elsewhere too, so two people; of the others the first one stays.
            # Where another owner is given up, the number asks why.
            first = standing.options[0]
            await press(*(("x", "enter") if first.doubt else ("1", "y", "enter", "a") if first.locked else ("1", "a")))
            await pilot.pause()
        every = session.counts.duplicates
    assert presses < 1.3 * every, f"{presses} for {every}"


def test_the_summary_tells_groups_by_what_was_decided_on_them(portal: Store) -> None:
    cases = Cases(portal)
    decisions, groups = Decisions(cases, "Dana"), cases.ids(Queue.DUPLICATE)
    decisions.reject(groups[0], "")
    decisions.defer(groups[1])
    decisions.ask(groups[2], "Are they sisters?")
    decisions.choose(groups[3], cases.case(groups[3]).options[0].token)
    summary = read_summary(portal)
    assert dict(summary.groups) == {
        State.REJECTED: 1, State.DEFERRED: 1, State.NEEDS_CLIENT: 1, State.CHOSEN: 1, State.PENDING: 22
    }  # fmt: skip
    assert summary.questions == ((groups[2], "Are they sisters?"),)
    assert summary.counts.done == (1, 261)
    assert summary.counts.progress == "0 of 235 rows, 1 of 26 groups decided"
