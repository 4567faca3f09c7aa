"""The README's imaginary CRM: one file is put in, and it is read, judged, staged and read back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import crm_tui

PACKAGE = Path(crm_tui.__file__).parent
README = PACKAGE.parent / "README.md"

FILES = {
    "contact-map.csv": (
        "close_contact_id,ferret_contact_id,email,phone,city\n"
        "cont_1,fer-1,ann@one.test,,\n"
        "cont_2,fer-2,bob@two.test,,\n"
    ),
    "export.csv": "Ferret Id,Given Name,Mail,Town\nfer-1,,ann@one.test,Austin\n",
    # A value that a spreadsheet could run as a formula is staged as a request.
    "event.json": '{"event": "person.changed", "id": "fer-2", "mail": "bob@two.test", "town": "-by-Sea"}',
    "policy.toml": '[destinations]\nferret = "ferret"\n',
    "decisions.csv": "event_id,choice\nfer-1,approve\nfer-2,approve\n",
}
SESSION = """
import sys
from crm_tui.cli import run
loaded = ["contact-map.csv", "export.csv", "event.json"]
for words in (
    ["load", *loaded, "-w", "w.crm", "--policy", "policy.toml"],
    ["decide", "-w", "w.crm", "--from", "decisions.csv", "--reviewer", "Rita"],
    ["handoff", "-w", "w.crm", "-o", "h.zip"],
    ["systems"],
):
    assert run(words) == 0, words
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one file more, the one that the README shows."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(PACKAGE, folder / "crm_tui")
    found = re.search(r"<!-- system -->\n```python\n(.*?)```\n<!-- /system -->", README.read_text("utf-8"), re.DOTALL)
    assert found
    (folder / "crm_tui" / "systems" / "declared" / "ferret.py").write_text(found[1], encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def ran(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder), "CRM_TUI_DATA_DIR": str(folder / "data")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def sources(said: str) -> dict[str, tuple[str, str, int]]:
    return {one["name"]: (one["system"], one["kind"], one["rows"]) for one in json.loads(said)["sources"]}


def lines(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_system_is_added_by_one_file_which_is_the_one_that_the_readme_shows(house: Path) -> None:
    offered = ran(house, "-c", SESSION)
    assert re.search(r"^Ferret +contact +yes +yes +update +update$", offered, re.MULTILINE)
    with zipfile.ZipFile(house / "h.zip") as handoff:
        staged = handoff.read("staged/ferret-contact-update.csv")
        (request,) = lines(handoff.read("staged/ferret-requests.jsonl"))
    assert staged.decode() == '"Ferret Id","Town"\r\n"fer-1","Austin"\r\n'
    assert (request["method"], request["path"], request["body"]) == ("PATCH", "/people/fer-2", {"town": "-by-Sea"})

    (house / "staged.csv").write_bytes(staged)
    loaded = ("export.csv", "event.json", "contact-map.csv", "staged.csv")
    said = sources(ran(house, "-m", "crm_tui", "load", *loaded, "-w", "again.crm", "--json"))
    assert said == {
        "contact-map.csv": ("contact-map", "contact-map", 2),
        "event.json": ("ferret", "contact", 1),
        "export.csv": ("ferret", "contact", 1),
        "staged.csv": ("ferret", "contact", 1),
    }


def test_nothing_in_the_house_names_a_system_that_is_in_a_file_of_its_own() -> None:
    registry = (PACKAGE / "systems" / "__init__.py").read_text("utf-8")
    files = {path.stem for path in (PACKAGE / "systems" / "declared").glob("*.py")} - {"__init__"}
    assert {"close", "ghl", "zoho"} < files
    assert [name for name in files if re.search(rf"\b{name}\b", registry)] == []


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_no_system_is_looked_for_where_none_is_needed(house: Path, word: str) -> None:
    named = f"""
import sys
sys.argv = ["crm-tui", {word!r}]
try:
    import runpy; runpy.run_module("crm_tui", run_name="__main__")
except SystemExit as end:
    assert not end.code
assert not [name for name in sys.modules if name.startswith("crm_tui.systems")]
"""
    assert ran(house, "-c", named)
