"""Two systems' exports that drifted apart, decided by keys from load to empty queue, keys counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from console_helpers import clock, review, screen_lines
from rich.cells import cell_len
from textual.pilot import Pilot

from crm_tui.classify.fields import side_words
from crm_tui.cli.deciding import told_in_order
from crm_tui.console import handoff
from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import Prompt
from crm_tui.console.draw import clip_ids
from crm_tui.console.field_cursor import field_sides
from crm_tui.console.handoff import KeyPlan, plan_facts
from crm_tui.console.listings import facts_lines
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import Privacy
from crm_tui.console.session import Session
from crm_tui.console.set_dialog import SetDialog
from crm_tui.console.slice_view import slice_lines
from crm_tui.console.standing import approvable
from crm_tui.console.theme import PAINTS
from crm_tui.model import State
from crm_tui.workspace import integrity
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

DRIFT = Path(__file__).parents[2] / "sample_exports" / "drift"
KEYS = 40
KEYS_A_CASE = 1.3
WANTED = ("approve the choice made", "approve: keep", "approve: leave", "approve: write nothing", "approve:", "defer")
"""What an operator would do to a set, the best first."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drift") / "drift.crm"
    load(path, [DRIFT], base=[DRIFT / "base"], clock=clock)
    return path


@pytest.fixture
def drift(loaded: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "drift.crm"
    path.write_bytes(loaded.read_bytes())
    with Store.open(path, clock=clock) as opened:
        yield opened


@pytest.fixture
def console(drift: Store) -> ConsoleApp:
    return ConsoleApp(drift, "Dana", False)


def best_deed(dialog: SetDialog) -> str:
    found = [
        deed.key for words in WANTED for deed, rows in dialog._sizes.items() if deed.words.startswith(words) and rows
    ]
    assert found, dialog._sizes
    return found[0]


def in_view(app: ConsoleApp) -> str:
    """The evidence as far as it is on the screen."""
    pane = review(app).query_one("#evidence", LinesPane)
    lines = pane.lines[pane.scroll_offset.y : pane.scroll_offset.y + pane.size.height]
    return " ".join(" ".join(line.plain for line in lines).split())


async def pressed(pilot: Pilot[None], *keys: str) -> int:
    await pilot.press(*keys)
    await pilot.pause()
    return len(keys)


async def test_a_drift_takes_few_keys_a_case_from_load_to_empty_queue(drift: Store, console: ConsoleApp) -> None:
    app = console
    async with app.run_test(size=(80, 24)) as pilot:
        cases = app.session.counts.rows
        keys = 0
        while app.session.counts.conflicts_left:
            left = app.session.counts.conflicts_left
            keys += await pressed(pilot, "*", "B")
            assert isinstance(app.screen, SetDialog)
            assert all(cell_len(line) == 80 for line in screen_lines(app))
            keys += await pressed(pilot, best_deed(app.screen), "enter")
            assert app.session.counts.conflicts_left < left
        keys += await pressed(pilot, "[", "B", "enter")
        assert app.session.counts.left == 0
        integrity.check(drift)
        print(f"{keys} keys for {cases} rows: {keys / cases:.3f}")
        assert keys < KEYS


async def test_one_key_decides_both_records_of_a_pair_and_both_are_counted(console: ConsoleApp) -> None:
    app = console
    async with app.run_test(size=(80, 24)) as pilot:
        left = app.session.counts.conflicts_left
        standing = app.session.standing
        assert standing is not None and standing.case.partner
        pair = (standing.record_id, standing.case.partner)
        await pressed(pilot, "1", "a")
        assert {app.session.cases.review(row).state for row in pair} == {State.APPROVED}
        assert app.session.counts.conflicts_left == left - 2
        assert app.session.counts == app.session.cases.counts(), "what is shown is what is stored"
        await pressed(pilot, "u")
        assert not any(app.session.cases.review(row).state is State.APPROVED for row in pair)
        assert app.session.counts.conflicts_left == left


async def test_row_by_row_with_both_records_of_a_pair_the_queue_empties(drift: Store, console: ConsoleApp) -> None:
    """No set among the conflicts: each is looked at; the ready rows are one set."""
    app = console
    async with app.run_test(size=(80, 24)) as pilot:
        cases = app.session.cases
        records = {record_id: cases.case(record_id).partner for record_id in cases.ids()}
        number = len({frozenset(filter(None, pair)) for pair in records.items()})
        keys = 0
        while app.session.counts.conflicts_left:
            standing = app.session.standing
            assert standing is not None and standing.review.state.outstanding, "the cursor is on a row that waits"
            if approvable(standing) is None:
                keys += await pressed(pilot, "1")
            standing = app.session.standing
            assert standing is not None and (option := approvable(standing))
            assert option.effect.partition(". ")[0] in in_view(app), "what a would write is on the screen"
            keys += await pressed(pilot, "a")
            if isinstance(app.screen, Prompt):
                keys += await pressed(pilot, "o", "k", "enter")
        keys += await pressed(pilot, "[", "B", "enter")
        assert app.session.counts.left == 0 and app.session.counts == cases.counts()
        integrity.check(drift)
        print(f"{keys} keys for {number} cases: {keys / number:.3f}")
        assert keys <= KEYS_A_CASE * number


async def test_the_sides_have_the_same_numbers_in_the_fields_as_on_the_row(console: ConsoleApp) -> None:
    app = console
    async with app.run_test(size=(80, 24)) as pilot:
        standing = app.session.standing
        assert standing is not None
        row = {side.option: side.key for side in standing.case.sides if side.option}
        sides = field_sides(standing.case)
        numbered = [row[option.token] for option in standing.case.options if option.token in row]
        assert sides[: len(numbered)] == numbered
        assert [side_words(standing.case, side) for side in sides] == ["HubSpot", "Salesforce", "last agreed"]
        await pressed(pilot, "enter", "1")
        (pick,) = app.session.cases.review(standing.record_id).picks
        assert pick.side == numbered[0]
        await pressed(pilot, "escape")
        assert "1 and 2 would do the same." in in_view(app), "of equal choices one sentence says what they would write"
        assert in_view(app).count("Salesforce phone: fill the blank") == 1


async def test_what_a_would_write_stays_in_view_on_every_field(console: ConsoleApp) -> None:
    app = console
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "3", "enter")
        standing = app.session.standing
        assert standing is not None and (option := approvable(standing))
        for field in standing.case.fields:
            assert f"▸ {'◆ ' if field.lock else ''}{field.label.split()[0]}" in in_view(app)
            assert option.effect in in_view(app).replace("a would ", "")
            await pressed(pilot, "j")


async def test_sides_that_do_not_fit_are_scrolled_to_sideways(console: ConsoleApp) -> None:
    app = console
    async with app.run_test(size=(60, 24)) as pilot:
        await pressed(pilot, "enter")
        assert "1 · HubSpot" in in_view(app) and "4 · last agreed" not in in_view(app)
        assert "2 of 3 sides, 1 more with ← →" in in_view(app)
        await pressed(pilot, "right")
        assert "4 · last agreed" in in_view(app) and "1 · HubSpot" not in in_view(app)
        await pressed(pilot, "3")
        assert "4 · last agreed" in in_view(app), "what was taken stays in view"
        await pressed(pilot, "left")
        assert "1 · HubSpot" in in_view(app)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("10676775077", 9, "1067…5077"),
        ("10676775077 · 003xxjpLWRnE0EjA2K", 21, "1067…5077 · 003x…jA2K"),
        ("CLOSE-1202 · GHL-502", 18, "CLO…1202 · GHL-502"),
        ("APT-7001", 9, "APT-7001"),
        ("phone: HubSpot's · leave city", 12, "phone: HubS…"),
        ("10676775077 · 003xxjpLWRnE0EjA2K", 9, "10676775…"),
    ],
)
def test_of_a_long_id_begin_and_end_are_kept(text: str, width: int, expected: str) -> None:
    assert clip_ids(text, width) == expected
    assert len(clip_ids(text, width)) <= width


def test_the_slice_marks_older_exports_and_says_which_policy_is_in_force(drift: Store) -> None:
    cases = Cases(drift)
    lines = [line.plain for line in slice_lines(cases, Privacy(cases), 80, PAINTS["crm-tui-dark"])]
    text = "\n".join(lines)
    kinds = [line.split()[2:4] for line in lines if line.startswith("  hubspot-contacts.csv")]
    assert sorted(kinds) == [["baseline", "240"], ["contact", "237"]]
    assert text.count("older export: what was last agreed; its rows are not judged") == 2
    assert "the shipped policy, first-slice 1 " in text
    assert "slices of it whose kind of file is not loaded: close-appointment-upsert" in text
    assert "trigger" not in text
    assert all(cell_len(line) <= 80 for line in lines)


def test_the_history_names_the_side_whose_value_was_taken_and_the_mask_leaves_what_signing_has_to_say(
    drift: Store,
) -> None:
    session = Session(Cases(drift), "Dana", presenting=True)
    (record_id,) = session.cases.by_event_id("10676775077")
    session.decisions.take_side(record_id, "phone", "last agreed")
    for masked in (False, True):
        told = list(told_in_order(session.cases, masked=masked))
        assert "chose a field: phone: last agreed's" in told[0]
        assert "con-" not in told[0]
    key = KeyPlan(Path("/keys/id_ada"), True, "ada@harbor.test", "SHA256:Ab/Cd+Ef/gh")
    plan = replace(handoff.plan(session), key=key)
    lines = facts_lines(lambda: plan_facts(plan, session.privacy, ("", "")), session.privacy, PAINTS["crm-tui-dark"])
    text = " ".join(" ".join(line.plain for line in lines(200, 40)).split())
    assert "10676775077 (chosen), 10676775091 (to decide)" in text
    assert "SHA256:Ab/Cd+Ef/gh" in text
    assert not re.search("ada|harbor|id_|keys/", text)
