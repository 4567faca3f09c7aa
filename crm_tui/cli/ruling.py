"""``policy``, ``keys`` and ``systems``."""

from __future__ import annotations

import argparse
from typing import Any

from crm_tui.classify.policy import default_policy_text, parse_policy
from crm_tui.cli import shared
from crm_tui.errors import UsageError
from crm_tui.files import private_folder
from crm_tui.model import ROW_QUEUES, Queue
from crm_tui.systems import label
from crm_tui.systems.offer import offers
from crm_tui.text import counted, safe_text
from crm_tui.workspace.policies import is_policy_file, read_policies, read_policy
from crm_tui.workspace.what_if import WhatIf, what_if


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


def policy_try(arguments: argparse.Namespace) -> int:
    """Print which rows another policy would judge otherwise."""
    given = read_policy(arguments.file)
    with shared.opened(arguments.workspace, write=False) as cases:
        found = what_if(cases, parse_policy(given.text, given.name))
    if arguments.json:
        shared.print_json(_what_if_json(found))
        return 0
    anew = f"; {counted(found.asked_anew, 'decision')} would be asked anew" if found.asked_anew else ""
    print(f"{len(found.turns):,} of {counted(found.rows, 'row')} would be judged otherwise{anew}; nothing was changed")
    print(" · ".join(f"{queue.value} {found.before[queue]:,} → {found.after[queue]:,}" for queue in ROW_QUEUES))
    if found.advised:
        print(f"for {counted(len(found.advised), 'held row')} something else would be suggested")
    for turn in found.turns:
        name = safe_text(turn.event_id, 40) or turn.row_id
        turned = f"{_judged(turn.before)} → {_judged(turn.after)}"
        print(f"  {name}  {turn.source}  {turned}")
    for row in found.advised:
        name = safe_text(row.event_id, 40) or row.row_id
        print(f"  {name}  suggested: {row.before or 'nothing'} → {row.after or 'nothing'}")
    return 0


def _judged(judged: tuple[Queue, str]) -> str:
    queue, rule = judged
    return f"{queue.value} ({safe_text(rule)})" if rule else queue.value


def _what_if_json(found: WhatIf) -> dict[str, Any]:
    turns = [
        {"row_id": turn.row_id, "event_id": turn.event_id, "before": list(turn.before), "after": list(turn.after)}
        for turn in found.turns
    ]
    counts = {queue.value: [found.before[queue], found.after[queue]] for queue in ROW_QUEUES}
    return {"rows": found.rows, "queues": counts, "asked_anew": found.asked_anew, "rows_judged_otherwise": turns} | {
        "rows_advised_otherwise": [
            {"row_id": row.row_id, "event_id": row.event_id, "before": row.before, "after": row.after}
            for row in found.advised
        ]
    }


def keys(arguments: argparse.Namespace) -> int:
    """Print the key card, with the keys that were set."""
    from crm_tui.console.key_card import key_card
    from crm_tui.console.settings import read_settings

    print(key_card(read_settings().actions))
    return 0


def settings(arguments: argparse.Namespace) -> int:
    """Print every setting with what it does, or where the file is."""
    from crm_tui.console.settings import read_settings, settings_path, settings_text

    if arguments.what == "path":
        print(safe_text(str(private_folder(settings_path().parent) / settings_path().name), 1_000))
    else:
        print(settings_text(read_settings()), end="")
    return 0


_COLUMNS = ("system", "kind", "read export", "read payload", "stage file", "stage request")


def systems(arguments: argparse.Namespace) -> int:
    """Print what is read of each system and staged for it, why a file is recognised, or what it may be."""
    if arguments.explain:
        from crm_tui.cli.reading import explain

        return explain(arguments.explain)
    if arguments.propose or arguments.tables is not None:
        from crm_tui.cli import proposing

        return proposing.propose(arguments) if arguments.propose else proposing.tables(arguments.tables)
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
