"""``merge``."""

from __future__ import annotations

import argparse

from crm_tui.cli import shared
from crm_tui.cli.handing import signer_of
from crm_tui.cli.progress_bar import progress_shown
from crm_tui.errors import HandoffRefused, UsageError
from crm_tui.handoff import trust, votes
from crm_tui.handoff.merge import merge as merge_handoffs
from crm_tui.handoff.merge_in import merge_in
from crm_tui.handoff.verify import read_handoff
from crm_tui.text import counted, safe_text
from crm_tui.workspace.store import login_name, utc_now


def merge(arguments: argparse.Namespace) -> int:
    """Merge two reviewers' handoffs into one."""
    if arguments.out is None and arguments.workspace is None:
        raise UsageError("say where to: -o FILE for a merged handoff, -w WS for a copy of the workspace, or both.")
    if arguments.out and arguments.out.resolve() in (arguments.first.resolve(), arguments.second.resolve()):
        raise UsageError("name a third file for the merged handoff; both others stay as they are.")
    known = trust.load(arguments.signers)
    files = [read_handoff(arguments.first), read_handoff(arguments.second)]
    signer = signer_of(arguments.key)
    reviewer = safe_text((arguments.reviewer or "").strip(), 80) or login_name()
    try:
        with progress_shown() as progress:
            done, rows = merge_handoffs(files[0], files[1], arguments.out, known, signer, reviewer, utc_now(), progress)
    except HandoffRefused as error:
        raise HandoffRefused(error.code, f"nothing was merged ({error.code}): {error}") from error
    both, alike = votes.agreement(row["votes"] for row in rows)
    if both:
        print(f"both decided {counted(both, 'row')}: {alike:,} alike ({alike / both:.0%}), {both - alike:,} not")
    if arguments.workspace:
        with shared.opened(arguments.workspace, write=True) as cases:
            again = merge_in(cases, done, rows, reviewer)
        waiting = counted(again, "row waits again", "rows wait again")
        print(f"{safe_text(str(arguments.workspace))}: {waiting}, with both votes as a note")
    if arguments.out is None:
        return 0
    counts = done["counts"]
    print(f"handoff {done['seq']}, merge: {safe_text(str(arguments.out))}")
    for parent in done["parents"]:
        print(f"of number {parent['seq']} by {parent['principal']}, {parent['id']}")
    print(f"{counted(counts['ready'], 'row')} ready, {counts['rejected']} rejected")
    if counts["outstanding"]:
        print(f"partial: {counted(counts['outstanding'], 'row still waits', 'rows still wait')} for a person")
    return 0
