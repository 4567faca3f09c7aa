"""``policy``, ``keys`` and ``systems``."""

from __future__ import annotations

import argparse

from crm_tui.classify.policy import default_policy_text
from crm_tui.cli import shared
from crm_tui.errors import UsageError
from crm_tui.systems import label
from crm_tui.systems.offer import offers
from crm_tui.text import safe_text
from crm_tui.workspace.policies import is_policy_file, read_policies, read_policy


def policy_show(arguments: argparse.Namespace) -> int:
    """Print the shipped policy, or a workspace's."""
    text = default_policy_text()
    if arguments.workspace:
        with shared.opened(arguments.workspace, write=False) as cases:
            own = cases.policy_text()
            if own != text:
                text = f"# Laid over the shipped policy, which `crm-tui policy show` prints.\n\n{own}"
    print("\n".join(safe_text(line, 1_000) for line in text.splitlines()))
    return 0


def policy_check(arguments: argparse.Namespace) -> int:
    """Say whether policy files are sound, and where they contradict each other."""
    tables = [path for path in arguments.files if is_policy_file(path)]
    tomls = [path for path in arguments.files if path not in tables]
    if len(tomls) > 1:
        raise UsageError("name one TOML policy and any number of policy tables.")
    base = read_policy(tomls[0]) if tomls else None
    clashes = read_policies(tables, base)[1] if tables else ()
    for clash in clashes:
        print(safe_text(clash, 300))
    names = ", ".join(safe_text(path.name, 80) for path in arguments.files)
    print(f"{names} {'is' if len(arguments.files) == 1 else 'are'} sound")
    return 0


def keys(arguments: argparse.Namespace) -> int:
    """Print the key card."""
    from crm_tui.console.key_card import key_card

    print(key_card())
    return 0


_COLUMNS = ("system", "kind", "read export", "read payload", "stage file", "stage request")


def systems(arguments: argparse.Namespace) -> int:
    """Print what is read of each system and staged for it, or why a file is recognised as what it is."""
    if arguments.explain:
        from crm_tui.cli.reading import explain

        return explain(arguments.explain)
    found = offers()
    if arguments.json:
        shared.print_json([offer._asdict() for offer in found])
        return 0
    table = [_COLUMNS]
    for offer in found:
        read = ("yes" if offer.exports else "-", "yes" if offer.payloads else "-")
        staged = (", ".join(offer.files) or "-", ", ".join(offer.requests) or "-")
        table.append((label(offer.system), offer.kind.value, *read, *staged))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0
