"""Invariant 8: whatever an export holds, no hidden character leaves through any output, and no cell is a formula."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from crm_tui import text
from crm_tui.console.app import ConsoleApp
from crm_tui.console.draw import Guard
from crm_tui.console.session import Tab
from tests.properties.driving import Desk, command, exported, handed_off, new_signer, scratch, told, write_files
from tests.properties.profiles import examples
from tests.properties.strategies import (
    NASTY,
    Inputs,
    Story,
    damaged_inputs,
    hostile,
    inputs,
    stories,
)

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}


def hidden(text: str, allowed: str = "") -> list[str]:
    """The characters that a terminal might obey or not draw, as code points."""
    return [
        f"U+{ord(char):04X}"
        for char in text
        if char not in allowed and (unicodedata.category(char) in _HIDDEN or char in _INVISIBLE)
    ]


NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|-?[0-9]+(\.[0-9]+)?")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet could run the cell: as a whole, or after a separator that it was told to split at."""
    parts = re.split(r"[;,|\t]", cell)
    starts = [part.lstrip(" \t\r\n\"'`" if at else " \t\r\n") for at, part in enumerate(parts)]
    return not NUMBER.fullmatch(cell) and any(
        start[:1] in tuple("=+-@") and "'" not in part[: part.find(start[0])]
        for part, start in zip(parts, starts, strict=True)
        if start
    )


def check_views(views: dict[str, bytes]) -> None:
    for name, data in views.items():
        text = data.decode()
        if name.endswith(".csv"):
            # What is staged for an import keeps every value as it is; all other tables are for people to look at.
            if not name.startswith("staged/"):
                assert hidden(text.replace("\r\n", "")) == [], name
            for row in csv.reader(io.StringIO(text, newline="")):
                assert not [cell for cell in row if is_formula(cell)], name
        elif name in ("SUMMARY.md", "README.txt"):
            assert hidden(text, "\n") == [], name


@examples(25)
@given(damaged_inputs(), st.lists(st.tuples(st.one_of(st.sampled_from(NASTY), hostile), hostile), max_size=4))
def test_every_command_prints_only_what_can_be_drawn(found: Inputs, lines: list[tuple[str, str]]) -> None:
    with scratch() as folder:
        paths = write_files(folder / "in", found)
        workspace = folder / "w.crm"
        done = [command("load", *paths, "-w", workspace), command("load", folder / "in", "-w", workspace, "--json")]
        done += [command("rows", path, *(["--json"] if json_too else [])) for path in paths for json_too in (0, 1)]
        if workspace.exists():
            with Desk(folder, "w.crm") as desk:
                names = [case.event_id for _, case, _ in desk.cases.each()]
                done_by = [(name, "approve", "") for name in names] + [(name, "reject", why) for name, why in lines]
                done_by += [(name, choice, why) for name in names[:3] for choice, why in lines]
            decisions = folder / "d.jsonl"
            keys = ("event_id", "choice", "reason")
            text = "".join(json.dumps(dict(zip(keys, line, strict=True))) + "\n" for line in done_by)
            decisions.write_text(text or '{"event_id": "x", "choice": "approve"}\n', encoding="utf-8")
            name = lines[0][1] if lines else "R"
            done.append(command("decide", "-w", workspace, "--from", decisions, "--reviewer", name))
            done += [command("journal", "-w", workspace), command("journal", "-w", workspace, "--json")]
            check_views(exported(workspace, folder / "csv"))
            done.append(command("review", "-w", workspace))
        for one in done:
            assert one.code in (0, 1, 2)
            assert "unexpected" not in one.err, one.err
            assert hidden(one.out, "\n") == []
            assert hidden(one.err, "\n") == []


@examples(20, shrink=False)
@given(stories(most=8, words=hostile))
def test_every_view_of_a_handoff_is_safe_and_says_what_cannot_be_drawn_in_signs(story: Story) -> None:
    with told(story) as desk:
        members = handed_off(desk, new_signer(desk.folder))
        check_views(members)
        for line in members["rows.jsonl"].splitlines():
            json.loads(line)


def unguarded() -> Any:
    """Takes the console's last guard away, so that a leak of any widget shows."""
    return mock.patch.object(Guard, "apply", lambda guard, segments, background: segments)


def check_screen(app: ConsoleApp) -> None:
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            assert segment.control is None
            assert not (segment.style and (segment.style.link or segment.style.meta.get("@click")))
            assert hidden(segment.text) == []
        assert sum(segment.cell_length for segment in strip) == app.size.width


async def look_at_everything(desk: Desk, most: int) -> None:
    """Rows of every tab, then the dialogs that show data."""
    app = ConsoleApp(desk.store, "Dana", False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        check_screen(app)
        for _ in Tab:
            await pilot.press("]", "g")
            await pilot.pause()
            check_screen(app)
            for _ in range(min(most, len(app.session.ids()))):
                await pilot.press("j", "right")
                await pilot.pause()
                check_screen(app)
        app.session.open_tab(Tab.CONFLICTS)
        await pilot.press("g")
        for key in ("1", "escape", "m", "escape", "x", "escape", "c", "escape", "a", "escape", "B", "escape", "w"):
            await pilot.press(key)
            await pilot.pause()
            check_screen(app)
    assert app.return_code in (0, None)


@examples(4, shrink=False)
@given(inputs(), st.booleans())
def test_every_line_of_the_screen_can_be_drawn(found: Inputs, guarded: bool) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(found)
        with desk, contextlib.nullcontext() if guarded else unguarded():
            asyncio.run(asyncio.wait_for(look_at_everything(desk, 3), 60))


def test_every_nasty_text_in_every_column_on_screen_without_the_last_guard(tmp_path: Path) -> None:
    from tests.factory import (
        ACTIVITY_HEADER,
        APPOINTMENT_HEADER,
        CHANGE_HEADER,
        MAP,
        MAP_HEADER,
        activity,
        appointment,
        change,
    )
    from tests.properties.strategies import File

    def rows(header: tuple[str, ...], sound: dict[str, str], shift: int) -> tuple[dict[str, str], ...]:
        """Each text once, each time in the next column but one."""
        return tuple(
            sound | {header[0]: f"{number}", header[(number + shift) % len(header)]: text}
            for number, text in enumerate(NASTY)
        )

    files = (
        File("map.csv", MAP_HEADER, (*MAP, *rows(MAP_HEADER, dict(MAP[1]), 1)[::4])),
        File("a.csv", APPOINTMENT_HEADER, rows(APPOINTMENT_HEADER, appointment(), 0)),
        File("c.csv", CHANGE_HEADER, rows(CHANGE_HEADER, change(), 3)),
        File("x.csv", ACTIVITY_HEADER, rows(ACTIVITY_HEADER, activity(), 5)),
    )
    desk = Desk(tmp_path)
    assert desk.load(Inputs(files)) == ()
    with desk:
        check_views(exported(desk.path, tmp_path / "csv"))
        check_views(handed_off(desk, new_signer(tmp_path)))
        with unguarded():
            asyncio.run(asyncio.wait_for(look_at_everything(desk, 12), 60))


def test_the_same_characters_are_drawn_on_every_python() -> None:
    """Unicode 14 has 284,278 of them; what a newer Python knows beside these is drawn by its number."""
    assert sum(text._category(chr(code)) != "Cn" for code in range(0x110000)) == 284_278
    assert text.safe_text("\U0001fae8 ok") == "⟨1FAE8⟩ ok"
    assert text.safe_text("\U0001f600 é") == "\U0001f600 é"
