"""Record a scripted session on the shipped sample as one animated picture, without any other tool.

    pip install -e '.[screenshots]'; python screenshots/record.py [--frames FOLDER]

Each step presses keys on the real console; its screen stands for as long as one needs to read what has changed.  The
frames lie in one SVG and take turns by CSS; who wants no motion sees the first one.  ``--frames`` writes them as PNG.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import NamedTuple

from make import HERE, ROOT, SCRATCH, png, typed

OUT = HERE / "session.svg"
SIZE = (100, 28)
_CAPTION = 52
"""Room for what is said under the screen, in units of the picture."""


class Step(NamedTuple):
    """Keys, for how many seconds their screen stands, and what is said under it."""

    keys: tuple[str, ...]
    seconds: float
    said: str


SESSION = (
    Step((), 2.5, "A conflict, its evidence side by side"),
    Step(("1",), 2.2, "1 chooses the contact found; the line says what that would write"),
    Step(("a",), 2.0, "a approves: saved, and on to the next open row"),
    Step(("x",), 0.8, "x rejects with a reason"),
    Step(typed("asks for nothing")[:-1], 1.4, "x rejects with a reason"),
    Step(("enter",), 1.6, "x rejects with a reason"),
    Step(("1", "a"), 1.8, "1 a decides an ordinary conflict"),
    Step(("t",), 0.8, "t asks the client"),
    Step(typed("Whose number is this?"), 1.8, "t asks the client; the row waits for the answer"),
    Step(("left_square_bracket",), 1.6, "[ goes to the ledger: rows on which every key agrees"),
    Step(("B",), 3.0, "B shows exactly what one key would do with all of them"),
    Step(("enter",), 1.8, "enter applies it: one journal entry a row"),
    Step(("u",), 1.8, "u takes the whole set back"),
    Step(("U",), 1.6, "U does it again"),
    Step(("y",), 3.2, "y shows the whole: what is left and why, the pace"),
    Step(("escape", "p"), 2.6, "p masks who is who on a shared screen"),
    Step(("p", "w"), 3.5, "w signs what was decided into a file that anybody can check"),
)


async def frames(folder: Path) -> list[str]:
    """The screens of the session as SVG."""
    from crm_tui.console.app import ConsoleApp
    from crm_tui.workspace.load import load
    from crm_tui.workspace.store import Store

    moment = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)

    def clock() -> datetime:
        return moment

    path = folder / "first-slice.crm"
    load(path, [ROOT / "sample_exports" / "first-slice"], reviewer="Dana", clock=clock)
    found = []
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", ask_reviewer=False)
        async with app.run_test(size=SIZE) as pilot:
            for step in SESSION:
                for key in step.keys:
                    moment += timedelta(seconds=5)
                    await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause()
                found.append(app.export_screenshot(title="crm-tui"))
    return found


def animated(pictures: list[str]) -> str:
    """One SVG in which the pictures of the session take turns, round and round."""
    whole, start = sum(step.seconds for step in SESSION), 0.0
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', pictures[0])
    width, height = (float(box[1]), float(box[2])) if box else (1240.0, 760.0)
    rules, groups = [], []
    for number, (picture, step) in enumerate(zip(pictures, SESSION, strict=True)):
        first, last = 100 * start / whole, 100 * (start + step.seconds) / whole
        begins = f"0%{{visibility:hidden}}{first:.2f}%{{visibility:visible}}" if number else "0%{visibility:visible}"
        rules.append(f"@keyframes k{number}{{{begins}{last:.2f}%{{visibility:hidden}}}}")
        rules.append(f"#f{number}{{animation:k{number} {whole:.1f}s step-end infinite}}")
        said = f'<text class="said" x="{width / 2:.0f}" y="{height + 32:.0f}">{escape(step.said)}</text>'
        groups.append(f'<g id="f{number}">{_inside(picture)}{said}</g>')
        start += step.seconds
    style = (
        ".said{font:22px sans-serif;fill:#dbe6ff;text-anchor:middle}g[id^=f]{visibility:hidden}"
        + "".join(rules)
        + "@media (prefers-reduced-motion:reduce){g[id^=f]{animation:none}#f0{visibility:visible}}"
    )
    ground = f'<rect width="{width:.0f}" height="{height + _CAPTION:.0f}" rx="8" fill="#1b2333"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height + _CAPTION:.0f}">'
    return f"{head}<style>{style}</style>{ground}{''.join(groups)}</svg>\n"


def _inside(picture: str) -> str:
    """A picture without its frame, and without the fonts that it would fetch from elsewhere."""
    body = re.sub(r"<svg[^>]*>|</svg>|<!--.*?-->", "", picture, flags=re.DOTALL)
    body = re.sub(r"@font-face\s*{[^}]*}", "", body)
    return re.sub(r"\s*\n\s*", "\n", body).strip()


def main() -> None:
    """Record, and write the picture."""
    for setting in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(setting, None)
    scratch = SCRATCH.with_name("session")
    shutil.rmtree(scratch, ignore_errors=True)
    os.environ["CRM_TUI_DATA_DIR"] = str(scratch / "data")
    try:
        from crm_tui.handoff import keys

        keys.new_key(keys.default_key_path(), "dana@agency.test")
        pictures = asyncio.run(frames(scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    OUT.write_text(animated(pictures), encoding="utf-8")
    print(OUT)
    if "--frames" in sys.argv:
        folder = Path(sys.argv[sys.argv.index("--frames") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(pictures):
            (folder / f"{number:02}.png").write_bytes(png(picture))


if __name__ == "__main__":
    main()
