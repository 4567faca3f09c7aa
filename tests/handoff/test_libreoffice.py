"""A soak: a hostile corpus through LibreOffice.  No cell of a view, and none of a file to import, comes alive.

    CRM_TUI_SOAK=1 python -m pytest tests/handoff/test_libreoffice.py

Installs ``soffice`` (Debian: libreoffice-calc) where it is missing and root runs it.  The raw values are the control:
opened as they are, many do come alive.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_tui.handoff.csv_view import render_csv
from crm_tui.model import Queue
from tests.factory import SLICE_HEADER, Bench, activity, appointment, change, csv_bytes, signer
from tests.handoff.test_seal_verify import members_of, sealed
from tests.handoff.test_staged import TO_GHL

INSTALL = (
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "libreoffice-calc"],
)


@pytest.fixture(scope="session", autouse=True)
def soffice() -> str:
    """LibreOffice, which is installed where that can be done."""
    if not shutil.which("soffice") and shutil.which("apt-get") and os.geteuid() == 0:
        for command in INSTALL:
            subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, check=True)
    found = shutil.which("soffice")
    if found is None:
        pytest.fail(
            "install LibreOffice first (Debian: apt-get install libreoffice-calc); root has it done by this test"
        )
    return found


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


def live_formulas(soffice: str, data: bytes, folder: Path, separator: int) -> int:
    """How many cells LibreOffice makes formulas of, opening the bytes as CSV with that separator."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.csv").write_bytes(data)
    command = [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "fods",
               f"--infilter=CSV:{separator},34,76,1", "--outdir", str(folder), str(folder / "in.csv")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return len(re.findall(rb"table:formula=", (folder / "in.fods").read_bytes()))


@pytest.mark.parametrize("name", SEPARATORS)
def test_no_value_of_the_corpus_comes_alive_in_a_view(soffice: str, tmp_path: Path, name: str) -> None:
    values = corpus()
    raw = io.StringIO()
    csv.writer(raw, quoting=csv.QUOTE_ALL).writerows(("id", value, "end") for value in values)
    control = live_formulas(soffice, raw.getvalue().encode(), tmp_path / "raw", SEPARATORS[name])
    assert control > 50, "the corpus is alive when nothing is done"
    view = render_csv(("a", "b", "c"), ({"a": "id", "b": value, "c": "end"} for value in values))
    found = live_formulas(soffice, view, tmp_path / "view", SEPARATORS[name])
    print(f"{name}: {control} live formulas in the raw file, {found} in the view")
    assert found == 0


FIELDS = ("first_name", "company", "city", "job_title", "website")
HUBSPOT = ("Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company Name")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A handoff of exports whose every free cell is hostile: approved, rejected and asked rows, duplicates merged."""
    values = [value for value in corpus(400) if "\0" not in value and value.strip()]
    bench = Bench(tmp_path_factory.mktemp("hostile"))
    bench.put("slices.csv", csv_bytes(SLICE_HEADER, [dict.fromkeys(SLICE_HEADER, value) for value in values[:20]]))
    people = [
        (f"{2 * n + twin}", value, value[::-1], f"p{n}@one.test", f"+1212555{n:04}", value)
        for n, value in enumerate(values[:60])
        for twin in (0, 1)
    ]
    bench.put("hubspot.csv", csv_bytes(HUBSPOT, [dict(zip(HUBSPOT, one, strict=True)) for one in people]))
    bench.events(
        appointments=[appointment(f"A{n}", title=value, status=value) for n, value in enumerate(values)],
        changes=[change(f"C{n}", field=FIELDS[n % len(FIELDS)], new_value=value) for n, value in enumerate(values)],
        activities=[activity(f"T{n}", summary=value) for n, value in enumerate(values)],
        policy=TO_GHL,
    )
    assert bench.load(bench.folder / "exports", policy=TO_GHL) == ()
    with bench.open("=1+1") as review:
        for number, record_id in enumerate([*review.cases.ids(), *review.cases.ids(Queue.DUPLICATE)]):
            case, words = review.cases.case(record_id), values[number % len(values)]
            if number % 7 == 0:
                review.decisions.ask(record_id, words)
            elif case.options:
                review.decisions.approve(record_id, token=case.options[0].token, reason=words)
    return members_of(sealed(bench, signer(bench.folder))[1])


@pytest.mark.parametrize("name", SEPARATORS)
def test_no_cell_of_a_handoff_from_hostile_exports_comes_alive(
    soffice: str, members: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    files = {item: content for item, content in members.items() if item.endswith(".csv")}
    assert {"questions.csv", "first-slice-map.csv", "staged/hubspot-merge-plan.csv"} <= set(files)
    assert any(item.startswith("staged/ghl-contact") for item in files)
    for number, (item, content) in enumerate(files.items()):
        assert live_formulas(soffice, content, tmp_path / f"{number}", SEPARATORS[name]) == 0, item


def test_what_is_staged_has_every_value_exactly(members: dict[str, bytes]) -> None:
    """Each hostile value of a ready row stands as it is in a cell or a request, or is listed as one that is lost."""
    staged = {name.removeprefix("staged/"): content for name, content in members.items() if name.startswith("staged/")}
    places = {name: list(csv.DictReader(io.StringIO(data.decode(), newline=""))) if name.endswith(".csv") else
              list(map(json.loads, data.decode().split("\n")[:-1])) for name, data in staged.items()}  # fmt: skip
    index = {line["row_id"]: line for line in places["index.jsonl"]}
    hostile, exact = set(corpus(400)), 0
    for row in map(json.loads, members["rows.jsonl"].split(b"\n")[:-1]):
        if not row["staged"]:
            continue
        line = index[row["row_id"]]
        lost = {loss["field"] for loss in line["losses"]}
        said = {text for at in line["at"] for text in texts(places[at["file"].removeprefix("staged/")][at["row"] - 1])}
        for item in row["staged"]:
            if item["value"] in hostile and item["field"] not in lost:
                assert any(item["value"] in text for text in said), (item["field"], line)
                exact += 1
    assert exact > 400, exact


def texts(value: Any) -> Iterator[str]:
    """Every text within a value that JSON can hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
