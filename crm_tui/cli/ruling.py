"""``policy``, ``keys`` and ``systems``."""

from __future__ import annotations

import argparse

from crm_tui.classify.policy import default_policy_text
from crm_tui.cli import shared
from crm_tui.systems import label
from crm_tui.systems.offer import offers
from crm_tui.text import safe_text
from crm_tui.workspace.load import read_policy


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
    """Say whether a policy file is sound."""
    read_policy(arguments.file)
    print(f"{safe_text(arguments.file.name)} is sound")
    return 0


def keys(arguments: argparse.Namespace) -> int:
    """Print the key card."""
    from crm_tui.console.actions import key_card

    print(key_card())
    return 0


_COLUMNS = ("system", "kind", "read export", "read payload", "stage file", "stage request")


def systems(arguments: argparse.Namespace) -> int:
    """Print what is read of each system and staged for it."""
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
