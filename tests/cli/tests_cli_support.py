"""What the command-line tests share besides fixtures."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]

COMMANDS = (
    "demo", "review", "load", "export", "decide", "handoff", "verify", "key", "trust", "policy", "rows", "journal",
    "countersign", "merge", "second", "simulate", "duplicates", "settings", "questions",
    "keys", "systems", "redact", "show", "erase", "purge",
)  # fmt: skip
SUBCOMMANDS = (
    ("key", "new"), ("key", "show"), ("trust", "add"), ("trust", "list"), ("trust", "remove"), ("trust", "revoke"),
    ("policy", "show"), ("policy", "check"),
)  # fmt: skip
LEDGER_ROWS = ("APT-7001", "CHG-8801", "CHG-8804", "ACT-9101", "ACT-9102")
ERROR_ROWS = ("APT-7004", "CHG-8803", "ACT-9105")
CHOICES = {
    "APT-7002": "CLOSE-202/GHL-502",
    "APT-7003": "create",
    "CHG-8802": "CLOSE-303/GHL-503",
    "ACT-9103": "no-write",
    "ACT-9104": "CLOSE-303/GHL-503",
}
_UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def unsafe_characters(text: str) -> list[str]:
    """Control, bidi and invisible characters other than line feeds."""
    return _UNSAFE.findall(text)


def is_refusal(done: Any, code: int) -> bool:
    """One sentence of ours on stderr, nothing on stdout, the code."""
    lines = done.err.splitlines()
    return bool(
        done.code == code
        and done.out == ""
        and len(lines) == 1
        and lines[0].startswith("crm-tui")
        and lines[0].endswith((".", "--help", "FOLDER", "key new"))
        and "unexpected" not in done.err
        and not unsafe_characters(done.err)
    )


def allowed_line(text: str) -> str:
    """The trust line that a refusal tells to type."""
    found = re.search(r"crm-tui trust add '([^'\n]+)'$", text, re.MULTILINE)
    assert found, text
    return found[1]


def write_decisions(folder: Path, lines: Sequence[tuple[str, str]]) -> Path:
    """A file for ``decide --from``."""
    path = folder / "decisions.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("event_id", "choice", "field", "value", "reason"))
        writer.writerows((event_id, choice, "", "", "") for event_id, choice in lines)
    return path


def decide_everything(cli: Cli, folder: Path) -> None:
    """Choose and approve every conflict of the sample in ``X.crm``, and approve every ledger row."""
    lines = [*CHOICES.items(), *((event_id, "approve") for event_id in (*CHOICES, *LEDGER_ROWS))]
    done = cli("decide", "-w", "X.crm", "--from", write_decisions(folder, lines))
    assert done.code == 0, done.err
