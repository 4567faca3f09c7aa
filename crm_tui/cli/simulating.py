"""``simulate``."""

from __future__ import annotations

import argparse

from crm_tui.cli import shared
from crm_tui.cli.progress_bar import progress_shown
from crm_tui.systems import label
from crm_tui.text import counted, safe_text
from crm_tui.workspace.simulation import Agreement, Simulation
from crm_tui.workspace.simulation import simulate as run


def simulate(arguments: argparse.Namespace) -> int:
    """Apply the approved rows to copies, review those, and say what is found; 1 when something would still be open."""
    with shared.opened(arguments.workspace, write=False) as cases, progress_shown() as progress:
        found = run(cases, progress)
    if arguments.json:
        shared.print_json(_as_json(found))
    else:
        _print(found)
    return 0 if found.converged else 1


def _as_json(found: Simulation) -> dict[str, object]:
    def pairs(some: tuple[Agreement, ...]) -> list[dict[str, object]]:
        return [
            {"systems": list(one.systems), "compared": one.compared, "agreeing": one.agreeing, "share": one.share}
            for one in some
        ]

    return {
        "applied_fields": found.applied,
        "map_fields": found.noted,
        "before": {
            "rows": found.before.rows,
            "conflicts": found.before.conflicts,
            "agreement": pairs(found.agreed_before),
        },
        "after": {"rows": found.after.rows, "conflicts": found.after.conflicts, "agreement": pairs(found.agreed_after)},
        "open_after": list(found.open_after),
        "converged": found.converged,
    }


def _print(found: Simulation) -> None:
    print(f"written to copies of records: {counted(found.applied, 'field')}")
    print(f"written to a copy of the contact map, as agreed then: {counted(found.noted, 'field')}")
    after = {one.systems: one for one in found.agreed_after}
    for one in found.agreed_before:
        names = " and ".join(label(system) for system in one.systems)
        then = after.get(one.systems, one)
        print(f"{names} agree in {_share(one)} of the fields compared; then in {_share(then)}")
    if found.converged:
        print("a second review of the copies has nothing to write and nothing to decide")
        return
    listed = ", ".join(safe_text(name, 40) or "a row without id" for name in found.open_after[:10])
    more = " and more" if len(found.open_after) > 10 else ""
    print(f"a second review of the copies would still have open or blocked: {listed}{more}")
    print(
        "exit code 1 says just that: rows are left to decide, or to approve; nothing went wrong and nothing was changed"
    )


def _share(one: Agreement) -> str:
    return f"{one.agreeing:,} of {one.compared:,} ({one.share:.2%})"
