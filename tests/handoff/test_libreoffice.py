"""A soak: a hostile corpus through LibreOffice.  No cell of a view, and none of a file to import, comes alive.

    CRM_TUI_SOAK=1 python -m pytest tests/handoff/test_libreoffice.py

Needs ``soffice`` (Debian: libreoffice-calc).  The raw values are the control: opened as they are, many do come alive.
"""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from crm_tui.handoff.csv_view import render_csv
from tests.factory import Bench, activity, appointment, change, signer
from tests.handoff.test_seal_verify import members_of, sealed

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")

SEPARATORS = {"comma": 44, "semicolon": 59, "tab": 9, "bar": 124}
STARTS = ("=1+1", "=HYPERLINK(\"http://evil.test\";\"x\")", "+1+1", "-1+1", "@SUM(1;2)", "=cmd|'/c calc'!A0", "%=1+1",
          "|=1", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "\u200b=1+1", "'=1+1", "\"=1+1", "`=1+1")  # fmt: skip
GLUE = ("x;", "x,", "x\t", "x|", "x\n", 'x";', "x ;  ", 'x;"', "x;'")


def corpus(number: int = 4_000) -> list[str]:
    """Known tricks alone, behind every separator, and random mixtures of their parts."""
    dice = random.Random(11)
    found = [*STARTS, *(glue + start for glue in GLUE for start in STARTS)]
    signs = "=+-@%|;,\t\n\r\"' x1()!$é＝＋"
    found += ["".join(dice.choice(signs) for _ in range(dice.randint(1, 14))) for _ in range(number - len(found))]
    return found


def live_formulas(data: bytes, folder: Path, separator: int) -> int:
    """How many cells LibreOffice makes formulas of, opening the bytes as CSV with that separator."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.csv").write_bytes(data)
    assert SOFFICE is not None
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "fods",
               f"--infilter=CSV:{separator},34,76,1", "--outdir", str(folder), str(folder / "in.csv")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return len(re.findall(rb"table:formula=", (folder / "in.fods").read_bytes()))


@pytest.mark.parametrize("name", SEPARATORS)
def test_no_value_of_the_corpus_comes_alive_in_a_view(tmp_path: Path, name: str) -> None:
    values = corpus()
    raw = io.StringIO()
    csv.writer(raw, quoting=csv.QUOTE_ALL).writerows(("id", value, "end") for value in values)
    control = live_formulas(raw.getvalue().encode(), tmp_path / "raw", SEPARATORS[name])
    assert control > 50, "the corpus is alive when nothing is done"
    view = render_csv(("a", "b", "c"), ({"a": "id", "b": value, "c": "end"} for value in values))
    found = live_formulas(view, tmp_path / "view", SEPARATORS[name])
    print(f"{name}: {control} live formulas in the raw file, {found} in the view")
    assert found == 0


@pytest.mark.parametrize("name", SEPARATORS)
def test_no_cell_of_a_handoff_from_hostile_exports_comes_alive(tmp_path: Path, name: str) -> None:
    values = [value for value in corpus(400) if "\0" not in value]
    bench = Bench(tmp_path)
    bench.events(
        appointments=[appointment(f"A{n}", title=value, status=value) for n, value in enumerate(values)],
        changes=[change(f"C{n}", new_value=value) for n, value in enumerate(values)],
        activities=[activity(f"T{n}", summary=value) for n, value in enumerate(values)],
    )
    with bench.open("=1+1") as review:
        for record_id in review.cases.ids():
            case = review.cases.case(record_id)
            if case.options:
                review.decisions.approve(record_id, token=case.options[0].token, reason=values[record_id % len(values)])
    _, data = sealed(bench, signer(tmp_path))
    views = {item: content for item, content in members_of(data).items() if item.endswith(".csv")}
    assert len(views) >= 5
    for number, (item, content) in enumerate(views.items()):
        assert live_formulas(content, tmp_path / f"{number}", SEPARATORS[name]) == 0, item
