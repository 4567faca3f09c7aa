"""``decide`` and ``journal``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from crm_tui.cli import shared
from crm_tui.console.entry_words import EntryWords
from crm_tui.console.privacy import Privacy
from crm_tui.console.settings import read_settings
from crm_tui.errors import UsageError
from crm_tui.handoff.notary import KeyNotary
from crm_tui.privacy.masking import NOBODY
from crm_tui.text import counted, safe_text
from crm_tui.workspace import checkpoints, integrity
from crm_tui.workspace import journal as log
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decide_file import apply_lines, read_lines
from crm_tui.workspace.decisions import MAX_TEXT, Decisions
from crm_tui.workspace.replay import Entry, undone
from crm_tui.workspace.store import Store

_LINE = 900
"""Characters of a printed decision."""


def decide(arguments: argparse.Namespace) -> int:
    """Take decisions from a file."""
    lines = read_lines(arguments.file)
    with shared.opened(arguments.workspace, write=True) as cases:
        decisions = Decisions(cases, shared.reviewer_of(cases, arguments.reviewer))
        saved = refused = 0
        for result in apply_lines(cases, decisions, lines):
            if result.saved:
                saved += 1
                print(safe_text(result.saved.line), flush=True)
            else:
                refused += 1
                print(f"line {result.line} refused: {safe_text(result.refusal, 400)}", file=sys.stderr, flush=True)
        counts = cases.counts()
    print(f"{counted(saved, 'entry', 'entries')} saved, {refused} refused; {counts.progress}, {counts.left_words}")
    return 1 if refused else 0


def journal(arguments: argparse.Namespace) -> int:
    """Print the decisions in order."""
    if arguments.go_on:
        return _go_on(arguments)
    if arguments.reason:
        raise UsageError("--reason goes with --continue.")
    with shared.opened(arguments.workspace, write=False) as cases:
        if arguments.json:
            shared.print_json(decisions_in_order(cases))
            return 0
        lines = 0
        for line in told_in_order(cases, masked=arguments.mask):
            print(line)
            lines += 1
        known = checkpoints.told(cases.store, KeyNotary())
    if not lines:
        print("no decisions yet")
    if known:
        print(known, file=sys.stderr)
    return 0


def _go_on(arguments: argparse.Namespace) -> int:
    """Go on from a journal that is not the one we left, which is an entry of its own."""
    reason = (arguments.reason or "").strip()[:MAX_TEXT]
    if not reason:
        raise UsageError("--continue takes a reason: --reason TEXT.")
    with Store.open(arguments.workspace) as store:
        integrity.check(store)
        number = checkpoints.go_on(store, shared.reviewer_of(Cases(store), arguments.reviewer), reason, KeyNotary())
    if number:
        print(f"#{number} saved  the journal goes on from here: {safe_text(reason)}")
    else:
        print("the journal is the one that was left; there is nothing to continue from")
    return 0


def told_in_order(cases: Cases, *, masked: bool) -> Iterator[str]:
    """Each decision and undo as a line for people, oldest first, in the words of the history of its row."""
    settings, privacy = read_settings(), Privacy(cases)
    privacy.switch(on=masked)
    for entry, row, cancelled in _in_order(cases):
        record_id = cases.by_row_id(row)
        event_id = cases.case(record_id).event_id if record_id else ""
        name = privacy.name(event_id or row, privacy.people(record_id) if record_id else NOBODY)
        # As the console shows times; as shipped to the second, in UTC.
        at = entry.body["at"] if settings.as_written else settings.time(entry.body["at"])
        who = privacy.reviewer(entry.shown("by") or "somebody")
        said = EntryWords(privacy, cases, record_id or 0).said(entry)
        undone_mark = "  (undone)" if cancelled else ""
        yield f"{safe_text(f'#{entry.seq:<5} {at}  {name:<20} {who:<12} {said}', _LINE)}{undone_mark}"


def _in_order(cases: Cases) -> Iterator[tuple[Entry, str, bool]]:
    """Each decision and undo, the id of the row that it is about, and whether it was taken back; oldest first."""
    entries = log.entries(cases.store.connection, "kind IN ('decide', 'undo')")
    cancelled = undone(entries)
    by_seq = {entry.seq: entry for entry in entries}
    for entry in entries:
        about = entry
        while about.undoes:
            about = by_seq[about.undoes]
        yield entry, about.row, entry.seq in cancelled


def decisions_in_order(cases: Cases) -> list[dict[str, Any]]:
    """``[{"seq", "id", "choice", "by", "at", "undone", …}]``: decisions and undos, oldest first.

    ``row_id``, ``words`` (reason, question or note), ``group`` (number of the first entry of the set decided together;
    0 = alone), and of a field's choice ``field`` and ``value`` stand beside the fields of the contract.
    """
    found = []
    for entry, row, cancelled in _in_order(cases):
        record_id = cases.by_row_id(row)
        choice = f"undo #{entry.undoes}" if entry.undoes else str(entry.body["choice"])
        found.append(
            {
                "seq": entry.seq,
                "id": cases.case(record_id).event_id or row if record_id else row,
                "row_id": row,
                "choice": f"{choice} {entry.shown('source_of_truth')}".strip(),
                "by": entry.shown("by"),
                "at": entry.body["at"],
                "undone": cancelled,
                "group": entry.group,
                "field": entry.shown("field"),
                "value": entry.shown("value"),
                "words": entry.shown("reason", "question", "note"),
            }
        )
    return found
