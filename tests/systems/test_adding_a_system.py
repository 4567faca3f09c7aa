"""The README's imaginary CRM: one file, and it is recognised, judged and staged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import crm_tui

PACKAGE = Path(crm_tui.__file__).parent
README = PACKAGE.parent / "README.md"

LOOK = """
import json, sys
from crm_tui.classify.mapping import mapped
from crm_tui.model import Outcome, Staged
from crm_tui.systems import TABLES, header_name, recognise
table = recognise(["Ferret Id", "Given Name", "Mail", "Town"])
values = {"first_name": "Ann", "city": "Austin", "phone": "+12125550101"}
(part,) = mapped(Staged("ferret", "contact", Outcome.UPDATE, "fer-1", values), table)
(request,) = mapped(Staged("ferret", "contact", Outcome.UPDATE, "fer-1", {"city": ""}, {"city": "Austin"}), table)
print(json.dumps([table.name, part.cells, part.losses, request.lines[0].path, request.lines[0].body]))
"""


def test_a_system_is_added_by_the_file_that_the_readme_shows(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "crm_tui", ignore=shutil.ignore_patterns("__pycache__"))
    found = re.search(r"<!-- system -->\n```python\n(.*?)```\n<!-- /system -->", README.read_text("utf-8"), re.DOTALL)
    assert found
    (tmp_path / "crm_tui" / "systems" / "ferret.py").write_text(found[1], encoding="utf-8")
    registry = tmp_path / "crm_tui" / "systems" / "__init__.py"
    text = registry.read_text("utf-8")
    named = text.replace("\nSYSTEMS:", "\nfrom crm_tui.systems import ferret\n\nSYSTEMS:", 1)
    registry.write_text(named.replace("        close.SYSTEM,\n", "        close.SYSTEM,\n        ferret.SYSTEM,\n", 1))

    table, cells, losses, path, body = json.loads(run(tmp_path, "-c", LOOK))
    assert table == "ferret-contacts"
    assert cells == {"Ferret Id": "fer-1", "Given Name": "Ann", "Town": "Austin"}
    assert losses == [["phone", "finds phones by itself"]]
    assert (path, body) == ("/people/fer-1", {"town": None})

    (tmp_path / "export.csv").write_text("Ferret Id,Given Name,Mail,Town\nfer-1,Ann,ann@one.test,Austin\n")
    (tmp_path / "contact-map.csv").write_text(
        "close_contact_id,ghl_contact_id,email,phone,close_updated_at,ghl_updated_at\n"
        "CLOSE-1,GHL-1,ann@one.test,+12125550101,,\n"
    )
    said = json.loads(run(tmp_path, "-m", "crm_tui", "load", "export.csv", "contact-map.csv", "-w", "w.crm", "--json"))
    (source,) = [one for one in said["sources"] if one["system"] == "ferret"]
    assert (source["kind"], source["rows"]) == ("contact", 1)
    offered = run(tmp_path, "-m", "crm_tui", "systems")
    assert re.search(r"^Ferret +contact +yes +- +update +update$", offered, re.MULTILINE)


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder), "CRM_TUI_DATA_DIR": str(folder / "data")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
