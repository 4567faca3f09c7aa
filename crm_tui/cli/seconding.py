"""``second``."""

from __future__ import annotations

import argparse

from crm_tui.cli import shared
from crm_tui.errors import UsageError
from crm_tui.text import counted, safe_text
from crm_tui.workspace.blind import Asked, blind_copy


def second(arguments: argparse.Namespace) -> int:
    """Write a blind copy for a second reviewer."""
    if arguments.sample < 0:
        raise UsageError("--sample takes a number of rows, 1 or more.")
    asked = Asked.OVERRIDES if arguments.overrides else Asked.ALL
    with shared.opened(arguments.workspace, write=bool(arguments.sample)) as cases:
        name = shared.reviewer_of(cases, arguments.reviewer)
        rows, decided = blind_copy(cases, arguments.out, asked, arguments.sample, name)
    out = safe_text(str(arguments.out))
    if asked is Asked.ALL and not arguments.sample:
        print(f"{out}: every row, and nothing of what was decided on {counted(decided, 'row')}")
    else:
        print(f"{out}: {counted(rows, 'row')} to look at a second time, of {decided:,} decided; the others are put off")
    print(f"the second reviewer: crm-tui review -w {out} --reviewer NAME, where w signs B.handoff.zip")
    print("both together: crm-tui merge A.handoff.zip B.handoff.zip -w WS")
    return 0
