"""``questions``: what the client is to be asked, and the answers that come back."""

from __future__ import annotations

import argparse
import sys

from crm_tui.cli import shared
from crm_tui.errors import TargetError
from crm_tui.files import write_atomic
from crm_tui.handoff.csv_view import render_csv
from crm_tui.handoff.summary import plain
from crm_tui.handoff.views import QUESTION_HEADER
from crm_tui.text import counted, safe_text
from crm_tui.workspace.answers import Asked, asked, read_answers, take_answers
from crm_tui.workspace.decisions import Decisions

_MARKDOWN = ".md"


def questions(arguments: argparse.Namespace) -> int:
    """Write the list of questions, or take the answers."""
    return _answers(arguments) if arguments.answers else _list(arguments)


def _list(arguments: argparse.Namespace) -> int:
    with shared.opened(arguments.workspace, write=False) as cases:
        found = asked(cases)
    if arguments.out is None:
        for one in found:
            print(safe_text(f"{one.event_id or one.row_id:<20} {one.question}", 300))
        print(counted(len(found), "question"))
        return 0
    if arguments.out.exists():
        raise TargetError(f"{safe_text(str(arguments.out))} exists already; name another file for the questions.")
    markdown = arguments.out.suffix.lower() == _MARKDOWN
    write_atomic(arguments.out, _as_markdown(found) if markdown else _as_csv(found))
    print(f"{safe_text(str(arguments.out))}: {counted(len(found), 'question')}")
    return 0


def _as_csv(found: list[Asked]) -> bytes:
    """The list as the handoff has it, with a blank column for the answers."""
    return render_csv(
        QUESTION_HEADER,
        (
            {
                "event_id": one.event_id,
                "source": one.noun,
                "issue": one.issue,
                "question": one.question,
                "asked_by": one.by,
                "asked_at": one.at,
                "row_id": one.row_id,
            }
            for one in found
        ),
    )


def _as_markdown(found: list[Asked]) -> bytes:
    """The list to be read aloud or mailed; answers come back in the CSV."""
    lines = ["# Questions", ""]
    for number, one in enumerate(found, 1):
        lines += [
            f"{number}. **{plain(one.question, 2_000)}**  ",
            f"   {plain(one.noun)} {plain(one.event_id)}: {plain(one.issue)} (asked by {plain(one.by)}, {one.at[:10]})",
            "",
        ]
    return "\n".join(lines).encode()


def _answers(arguments: argparse.Namespace) -> int:
    answers = read_answers(arguments.answers)
    kept = refused = 0
    with shared.opened(arguments.workspace, write=True) as cases:
        decisions = Decisions(cases, shared.reviewer_of(cases, arguments.reviewer))
        for result in take_answers(cases, decisions, answers):
            if result.saved:
                kept += 1
                print(safe_text(result.saved.line), flush=True)
            else:
                refused += 1
                print(f"line {result.line} refused: {safe_text(result.refusal, 400)}", file=sys.stderr, flush=True)
        waiting = len(asked(cases))
    print(f"{counted(kept, 'answer')} kept, {refused} refused; {counted(waiting, 'question')} still open")
    return 1 if refused else 0
