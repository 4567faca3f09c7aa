"""Policy files of a load: TOML, and the tables of requirements part A, which may lie beside the exports."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from crm_tui.classify.policy import parse_policy
from crm_tui.classify.policy_tables import is_policy_table, laid_over, read_tables
from crm_tui.errors import InputError
from crm_tui.files import read_file
from crm_tui.intake.files import find_files
from crm_tui.text import safe_text
from crm_tui.workspace.ingest import PolicyText
from crm_tui.workspace.store import Store

_MAX_POLICY = 1024 * 1024
"""Bytes of a policy file."""
_HEADER = 4096
"""Bytes in which the header of a policy table stands."""


def read_policy(path: Path) -> PolicyText:
    """Read and check a policy file, TOML or a table; raises ``PolicyError`` or ``InputError``."""
    if is_policy_file(path):
        return read_policies([path], None)[0]
    text = _text(path)
    parse_policy(text, path.name)
    return PolicyText(path.name, text)


def read_policies(tables: Sequence[Path], base: PolicyText | None) -> tuple[PolicyText, tuple[str, ...]]:
    """The TOML policy ``base`` with what policy tables say, and a sentence for each point in which they differ.

    Raises ``PolicyError`` or ``InputError``.
    """
    import tomli_w

    said = read_tables([(path.name, _text(path)) for path in tables])
    merged, clashes = laid_over(tomllib.loads(base.text if base else ""), said)
    names = ([base.name] if base else []) + [path.name for path in tables]
    whole = PolicyText(" + ".join(dict.fromkeys(names)), tomli_w.dumps(merged))
    parse_policy(whole.text, whole.name)
    return whole, clashes


def without_policy_tables(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The paths without the policy tables among them and in their folders, and those tables."""
    found, _ = find_files(paths)
    tables = [path for path in found if is_policy_file(path)]
    if not tables:
        return list(paths), []
    rest: list[Path] = []
    for path in paths:
        inside = find_files([path])[0] if path.is_dir() else [path]
        rest.extend(one for one in inside if one not in tables)
    return rest, tables


def stored_policy_text(path: Path) -> PolicyText | None:
    """The policy in force in a workspace that is there already; ``None`` = the shipped one."""
    if not path.exists():
        return None
    with Store.open(path, write=False) as store:
        row = store.connection.execute("SELECT name, text FROM policy ORDER BY id DESC LIMIT 1").fetchone()
    return PolicyText(*row) if row else None


def is_policy_file(path: Path) -> bool:
    """Whether a file is a policy table, by its header."""
    if not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as stream:
        header = stream.read(_HEADER).partition(b"\n")[0].decode("utf-8-sig", "replace")
        return is_policy_table(header.split(","))
    return False


def _text(path: Path) -> str:
    try:
        return read_file(path, _MAX_POLICY).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{safe_text(str(path))} is not UTF-8; save the policy in UTF-8.") from error
