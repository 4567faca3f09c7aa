"""Draw the pictures of the README from a scripted session on the shipped sample.

    pip install -e '.[screenshots]'; python screenshots/make.py

Needs the fonts Fira Code and DejaVu Sans Mono (Debian: fonts-firacode, fonts-dejavu-core).  The clock stands still, so
that the same code draws the same pictures.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCRATCH = Path("/tmp/reviews")


def typed(words: str) -> tuple[str, ...]:
    """The key presses of some words and enter."""
    return (*("space" if char == " " else char for char in words), "enter")


BEGUN = (
    *("left_square_bracket", "B", "enter", "right_square_bracket"),
    *("1", "a") * 9,
    *("s", "x", *typed("not ours"), "t", *typed("Whose number is this?")),
    *("1", "a") * 12,
)
"""Some minutes of work on the quarter: the ready rows, conflicts, one left for later, a rejection, a question."""

WHAT_IF = ("ctrl+p", *typed("what if"))

NOTED = ("c", *typed("their second calendar has it too"))

# (file name, theme, size, keys pressed on a fresh load of the sample)
SHOTS: tuple[tuple[str, str, tuple[int, int], Sequence[str]], ...] = (
    ("conflict-dark", "crm-tui-dark", (120, 36), ("1", "a", "j", "j", "j")),
    ("conflict-light", "crm-tui-light", (120, 32), ("j", "j")),
    ("conflict-80x24", "crm-tui-dark", (80, 24), ("1", "a")),
    ("rehearsal-dark", "crm-tui-dark", (120, 32), ("left_square_bracket", "B")),
    ("errors-80x24", "crm-tui-dark", (80, 24), ("right_square_bracket",)),
    ("slice-light", "crm-tui-light", (120, 40), ("right_square_bracket", "right_square_bracket")),
    ("handoff-dark", "crm-tui-dark", (120, 32), ("1", "a", "left_square_bracket", "a", "a", "w")),
    ("help-dark", "crm-tui-dark", (120, 40), ("question_mark",)),
    ("set-dark", "crm-tui-dark", (120, 36), ("right_parenthesis", "asterisk", "B", "2")),
    ("summary-dark", "crm-tui-dark", (124, 40), (*BEGUN, "y")),
    ("around-dark", "crm-tui-dark", (120, 24), (*BEGUN, "G", "R")),
    ("contrast-80x24", "crm-tui-contrast", (80, 24), ("1", "a")),
    ("drift-dark", "crm-tui-dark", (130, 38), ("j", "1")),
    ("what-if-picker-dark", "crm-tui-dark", (110, 32), (*WHAT_IF, *"city")),
    ("what-if-dark", "crm-tui-dark", (110, 32), (*WHAT_IF, *typed("hold city"))),
    ("fields-light", "crm-tui-light", (120, 34), ("j", "enter")),
    ("presenting-dark", "crm-tui-dark", (124, 38), ("P", "a", "s", "k", "k", "j", "1")),
    ("explain-light", "crm-tui-light", (110, 40), ("left_square_bracket", "j", "i")),
    ("duplicates-dark", "crm-tui-dark", (124, 38), (*["right_square_bracket"] * 2, "x", "enter", "j", "j", "2")),
    ("mapping-dark", "crm-tui-dark", (120, 34), ("a", "a", "a", "j")),
    ("column-picker-dark", "crm-tui-dark", (120, 34), ("a", "a", "a", "j", "e", "p", "h")),
    ("table-picker-dark", "crm-tui-dark", (120, 34), ("t", *"deal")),
    ("ledger-light", "crm-tui-light", (120, 30), ("left_square_bracket",)),
    ("history-dark", "crm-tui-dark", (110, 26), ("1", *NOTED, "backspace", "2", "H")),
    ("filter-light", "crm-tui-light", (110, 34), (*BEGUN, "f", "space")),
    ("search-dark", "crm-tui-dark", (110, 30), ("slash", *typed("silverline")[:-1])),
    ("palette-dark", "crm-tui-dark", (100, 28), ("ctrl+p", *"dec")),
    ("contact-picker-light", "crm-tui-light", (110, 28), ("m", *"north")),
    ("reason-dark", "crm-tui-dark", (100, 28), ("x", *typed("not ours: the booking tool wrote it")[:-1])),
    ("cells-dark", "crm-tui-dark", (100, 28), ("right_square_bracket", "e")),
    ("edit-masked-dark", "crm-tui-dark", (100, 30), ("j", "p", "enter", "j", "e", *typed("202 555 01")[:-1])),
    ("curtain-dark", "crm-tui-dark", (80, 24), ("full_stop",)),
    ("signed-dark", "crm-tui-dark", (120, 32), ("1", "a", "w", "enter", "enter")),
)

SAMPLES = {
    "around-dark": "quarter",
    "set-dark": "quarter",
    "summary-dark": "quarter",
    "drift-dark": "drift",
    "what-if-picker-dark": "drift",
    "what-if-dark": "drift",
    "fields-light": "drift",
    "presenting-dark": "drift",
    "duplicates-dark": "duplicates",
    "filter-light": "quarter",
    "search-dark": "quarter",
    "edit-masked-dark": "drift",
}
"""Pictures of other samples than the first slice."""


_CONTACTS = ROOT / "tests" / "column_maps" / "fixtures" / "kontakte-2026.csv"
UNKNOWN = dict.fromkeys(("mapping-dark", "column-picker-dark", "table-picker-dark"), _CONTACTS)
"""Pictures in which the reviewer is asked what a table is."""


LATELY = ("summary-dark", "handoff-dark", "drift-dark")
"""Pictures whose workspaces the start screen lists."""


async def shoot(name: str, theme: str, size: tuple[int, int], keys: Sequence[str], folder: Path) -> None:
    """Play one session and write its last screen as PNG."""
    from crm_tui.console.app import ConsoleApp
    from crm_tui.workspace.load import load, open_all
    from crm_tui.workspace.store import Store

    moment = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)

    def clock() -> datetime:
        return moment

    sample = SAMPLES.get(name, "first-slice")
    path = folder / name / f"{sample}.crm"
    files = ROOT / "sample_exports" / sample
    older = [files / "base"] if (files / "base").is_dir() else []
    load(path, [files], base=older, reviewer="Dana", clock=clock)
    with Store.open(path, clock=clock) as store:
        unknown = open_all([UNKNOWN[name]]).unknown if name in UNKNOWN else ()
        app = ConsoleApp(store, "Dana", ask_reviewer=False, unknown=unknown)
        async with app.run_test(size=size) as pilot:
            app.theme = theme
            # A table that no system knows is read beside the screen before its columns are asked for.
            await app.workers.wait_for_complete()
            await pilot.pause()
            for key in keys:
                moment += timedelta(seconds=7)
                await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause()
            svg = app.export_screenshot(title="crm-tui")
    (HERE / f"{name}.png").write_bytes(png(svg))


async def shoot_start(folder: Path) -> None:
    """The start screen over the workspaces of the other pictures, choosing files, and what they are recognised as."""
    from crm_tui.console.settings import SHIPPED
    from crm_tui.console.start import StartApp

    paths = [folder / name / f"{SAMPLES.get(name, 'first-slice')}.crm" for name in LATELY]
    app = StartApp(paths, sorted(set(SAMPLES.values()) | {"first-slice"}), lambda first: first, SHIPPED)
    exports = shutil.copytree(ROOT / "sample_exports" / "drift", folder / "exports")
    os.chdir(exports)
    async with app.run_test(size=(110, 18)) as pilot:
        app.theme = "crm-tui-light"
        for name, keys in (("start-light", ()), ("browse-light", ("o", "j", "j")), ("recognised-light", ("g", "o"))):
            await pilot.press(*keys)
            await app.workers.wait_for_complete()
            await pilot.pause()
            (HERE / f"{name}.png").write_bytes(png(app.export_screenshot(title="crm-tui")))
        await pilot.press("escape", "escape")
        await pilot.pause()
        await pilot.press("p")
        await pilot.pause()
        (HERE / "start-masked-light.png").write_bytes(png(app.export_screenshot(title="crm-tui")))


def png(svg: str) -> bytes:
    """The picture as a terminal would show it, at twice the size of the SVG."""
    import resvg_py

    local = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    drawn = resvg_py.svg_to_bytes(svg_string=local, zoom=1.4, monospace_family="Fira Code")
    return bytes(drawn)


def main() -> None:
    """Draw all pictures, or those named on the command line."""
    for setting in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(setting, None)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    os.environ["CRM_TUI_DATA_DIR"] = str(SCRATCH / "data")
    try:
        from crm_tui.handoff import keys

        keys.new_key(keys.default_key_path(), "dana@agency.test")
        for name, theme, size, pressed in SHOTS:
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                asyncio.run(shoot(name, theme, size, pressed, SCRATCH))
                print(HERE / f"{name}.png")
        if len(sys.argv) == 1 or "start-light" in sys.argv[1:]:
            asyncio.run(shoot_start(SCRATCH))
            print(HERE / "start-light.png")
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    main()
