"""``load``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from crm_tui.cli import shared
from crm_tui.cli.progress_bar import progress_shown
from crm_tui.intake.column_map import ColumnMap, read_map
from crm_tui.intake.source import NOTHING_SAID, Overrides
from crm_tui.text import safe_text
from crm_tui.workspace.ingest import LoadReport, PolicyText
from crm_tui.workspace.load import load as load_workspace
from crm_tui.workspace.load import summary_line
from crm_tui.workspace.policies import read_policy
from crm_tui.workspace.store import login_name


def load(arguments: argparse.Namespace) -> int:
    """Load files and print the counts."""
    policy = read_policy(arguments.policy) if arguments.policy else None
    overrides = shared.overrides_of(arguments)
    who = arguments.reviewer or ""
    maps = [read_map(path) for path in arguments.maps]
    report = load_reported(arguments.workspace, arguments.paths, policy, who, arguments.base, overrides, maps)
    code = 2 if report.problems else 0
    if not arguments.workspace.exists():
        return code
    with shared.opened(arguments.workspace, write=bool(arguments.reviewer)) as cases:
        if arguments.reviewer:
            shared.reviewer_of(cases, arguments.reviewer)
        if arguments.json:
            shared.print_json(shared.workspace_json(cases, arguments.workspace))
        else:
            shared.print_summary(cases, arguments.workspace, findings=arguments.findings)
    return code


def load_files(
    path: Path,
    inputs: Sequence[Path],
    policy: PolicyText | None,
    reviewer: str,
    base: Sequence[Path] = (),
    overrides: Overrides = NOTHING_SAID,
    *,
    audience: bool = False,
) -> int:
    """As ``load_reported``; 2 when a file could not be read.

    Before an ``audience`` no file is named.
    """
    report = load_reported(path, inputs, policy, reviewer, base, overrides, audience=audience)
    return 2 if report.problems else 0


def load_reported(
    path: Path,
    inputs: Sequence[Path],
    policy: PolicyText | None,
    reviewer: str,
    base: Sequence[Path] = (),
    overrides: Overrides = NOTHING_SAID,
    maps: Sequence[ColumnMap] = (),
    *,
    audience: bool = False,
) -> LoadReport:
    """Load with a progress bar on a terminal, say on stderr what came of it, and give it."""
    who = safe_text(reviewer, 80) or login_name()
    with progress_shown() as progress:
        report = load_workspace(
            path, inputs, base=base, policy=policy, reviewer=who, progress=progress, overrides=overrides, maps=maps
        )
    if audience:
        print(summary_line(report), file=sys.stderr)
    else:
        _tell(report)
    return report


def _tell(report: LoadReport) -> None:
    for problem in report.problems:
        print(f"crm-tui: {problem}", file=sys.stderr)
    if report.unknown:
        print("crm-tui: to say what the columns of such a table are: crm-tui systems --propose FILE", file=sys.stderr)
    for note in report.notes:
        print(f"note: {safe_text(note, 300)}", file=sys.stderr)
    print(summary_line(report), file=sys.stderr)
