"""Rules of the house that only a look from outside can check: what a command imports, the layers, the key table."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_environment import REPOSITORY
from tests_cli_support import COMMANDS, SUBCOMMANDS, Cli, allowed_line, write_decisions

from crm_tui.console.actions import ACTIONS
from crm_tui.console.key_card import key_table_markdown

PACKAGE = REPOSITORY / "crm_tui"
HEAVY = ("pydantic", "textual", "rich", "sqlite_utils", "phonenumbers", "cryptography")
DRAWING = ("textual", "rich")


def imported(said: str) -> set[str]:
    """Top-level names in the output of ``-X importtime``."""
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", said, re.MULTILINE)
    assert "crm_tui" in names, "the list of imports is missing"
    return {name.split(".")[0] for name in names}


def importing(program: Cli, *arguments: str) -> set[str]:
    done = program(*arguments, python=("-X", "importtime"))
    assert done.code in (0, 1), done.err[-400:]
    return imported(done.err)


def test_the_list_of_imports_is_seen(program: Cli, workspace: Path) -> None:
    """The control: a command that needs them has them in the list."""
    assert {"crm_tui", "sqlite3"} <= importing(program, "journal", "-w", "X.crm")
    assert {"cryptography", "pydantic", "phonenumbers"} <= importing(program, "handoff", "-w", "X.crm", "-o", "h.zip")


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("load", "--help"), ("review", "--help"), ("verify", "--help")],
    ids=" ".join,
)
def test_help_starts_without_anything_heavy(program: Cli, arguments: tuple[str, ...]) -> None:
    assert importing(program, *arguments) & set(HEAVY) == set()


_FIRST_SCREEN = """
import asyncio, sys
from pathlib import Path
import crm_tui.cli.reviewing
from crm_tui.console.app import ConsoleApp, open_store
from crm_tui.workspace.store import utc_now

async def main():
    store, _ = open_store(Path(sys.argv[1]), utc_now)
    app = ConsoleApp(store, "Rita", False)
    async with app.run_test(size=(120, 40)):
        print(app.session.standing is not None, *sys.modules)

asyncio.run(main())
"""
LATER = {
    *("cryptography", "bcrypt", "email_validator", "openpyxl", "numpy", "sqlite_utils", "defusedxml"),
    *("tomli_w", "confusable_homoglyphs", "crm_tui.handoff.seal", "crm_tui.console.rehearsal"),
    *("crm_tui.console.set_dialog", "crm_tui.console.summary_screen", "crm_tui.console.history"),
}
"""What a start waits for until it is needed: libraries, and what signs, rehearses and counts."""


def test_the_first_screen_waits_for_nothing_that_it_does_not_show(workspace: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_SCREEN, workspace], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    drawn, *modules = done.stdout.split()
    assert drawn == "True", "a row is on the screen"
    assert LATER & set(modules) == set()


def test_no_command_but_the_console_imports_a_terminal_library(
    program: Cli, cli: Cli, workspace: Path, place: Path
) -> None:
    decisions = str(write_decisions(place, [("APT-7001", "approve")]))
    (place / "own.toml").write_text("")
    cli("key", "new", "--as", "ann@example.test")
    cli("handoff", "-w", "X.crm", "-o", "h.zip")
    line = allowed_line(cli("verify", "h.zip").err)
    end = cli("key", "show").err.strip()[-6:]
    calls: tuple[tuple[str, ...], ...] = (
        ("demo",),
        ("review", "-w", "X.crm"),
        ("load", "src", "-w", "X.crm", "--policy", "own.toml"),
        ("export", "-w", "X.crm", "-o", "views"),
        ("decide", "-w", "X.crm", "--from", decisions),
        ("handoff", "-w", "X.crm", "-o", "h.zip"),
        ("trust", "add", line, "--confirm", end),
        ("verify", "h.zip"),
        ("countersign", "h.zip", "--role", "ops", "--verdict", "approve", "--as", "ops@b.test", "--unsigned", "s.json"),
        ("merge", "h.zip", "h.zip", "-o", "m.zip"),
        ("second", "-w", "X.crm", "-o", "blind.crm"),
        ("key", "show"),
        ("trust", "list"),
        ("trust", "revoke", "ann@example.test"),
        ("trust", "remove", "ann@example.test"),
        ("key", "new"),
        ("policy", "show"),
        ("policy", "check", "own.toml"),
        ("rows", "src/contact-map.csv"),
        ("journal", "-w", "X.crm"),
        ("keys",),
        ("settings", "show"),
        ("systems",),
        ("redact", "src", "-o", "redacted"),
        ("simulate", "-w", "X.crm"),
        ("duplicates", "-w", "X.crm"),
        ("questions", "-w", "X.crm"),
        ("show", "-w", "X.crm", "CLOSE-202"),
        ("erase", "-w", "X.crm", "CLOSE-202"),
        ("purge", "-w", "X.crm", "--now"),
    )
    assert {call[0] for call in calls} == set(COMMANDS), "every command is here"
    assert {call[:2] for call in calls if call[0] in ("key", "trust", "policy")} >= set(SUBCOMMANDS)
    drawing = {}
    for call in calls:
        done = program(*call, python=("-X", "importtime"))
        expected = (2, 1) if call[:2] in (("key", "new"), ("merge", "h.zip")) else (0, int(call[0] == "simulate"))
        assert done.code in expected, (
            call,
            [line for line in done.err.splitlines() if not line.startswith("import time")],
        )
        drawing[call[:2]] = imported(done.err) & set(DRAWING)
    assert {call: names for call, names in drawing.items() if names} == {}


def test_the_layers_hold() -> None:
    """import-linter's contracts of pyproject.toml."""
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert tool, "import-linter is missing: pip install -e .[test]"
    done = subprocess.run([tool, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


def test_every_key_is_in_the_key_table() -> None:
    table = key_table_markdown()
    for action in ACTIONS:
        assert (f"| {action.help} |" in table) is bool(action.keys)


def test_readme_holds_the_key_table_of_the_registry() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- keys -->") == text.count("<!-- /keys -->") == 1
    written = text.partition("<!-- keys -->")[2].partition("<!-- /keys -->")[0]
    assert written.strip() == key_table_markdown().strip()


def test_readme_names_only_commands_that_exist() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    named = set(re.findall(r"crm-tui ([a-z]+)\b", code))
    assert {"demo", "verify"} <= named
    assert named <= set(COMMANDS), named - set(COMMANDS)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_is_no_longer_than_it_can_be_read(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") < 400


def test_nothing_in_the_package_opens_a_socket() -> None:
    """By name; tests/story/test_no_network.py runs the program under a guard."""
    found = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(
            r"^\s*(?:import|from)\s+(?:socket|http|urllib|ssl|ftplib|smtplib|xmlrpc)\b",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert found == []
