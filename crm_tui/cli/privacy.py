"""``redact``, ``show``, ``erase`` and ``purge``: personal data on request."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from crm_tui.classify.policy import parse_policy
from crm_tui.cli import shared
from crm_tui.files import write_atomic
from crm_tui.identity.secrets import mask_secrets
from crm_tui.privacy.book import default_book_path, open_book
from crm_tui.privacy.erase import Receipt, bytes_left, keep_until, refuse_early
from crm_tui.privacy.erase import erase as erase_subject
from crm_tui.privacy.erase import purge as purge_workspace
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.privacy.redact import redact as redact_files
from crm_tui.privacy.redact import write_all
from crm_tui.privacy.subject import Held, Subject, Text, find_subject, held_rows, held_texts, refuse_several
from crm_tui.text import counted, safe_text
from crm_tui.workspace.policies import read_policy


def redact(arguments: argparse.Namespace) -> int:
    """Write redacted copies of exports."""
    text = read_policy(arguments.policy) if arguments.policy else None
    policy = parse_policy(text.text, text.name) if text else parse_policy()
    path = arguments.book or default_book_path()
    new = not path.exists()
    with open_book(path) as book:
        copies = redact_files(arguments.paths, arguments.out, Pseudonyms(book, policy))
    write_all(copies)
    for one in copies:
        parts = [counted(one.rows, "row")]
        if one.unreadable:
            parts.append(f"{counted(one.unreadable, 'damaged line')} left out")
        if one.renamed:
            parts.append(f"{counted(one.renamed, 'unknown column')} renamed")
        print(f"{safe_text(str(one.path))}: {', '.join(parts)}")
    if new:
        print(f"made a redaction book: {safe_text(str(path))}", file=sys.stderr)
        print("keep it secret and at home: with it, and only with it, pseudonyms lead back to people", file=sys.stderr)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print everything that is held about one person."""
    with shared.opened(arguments.workspace, write=False) as cases:
        subject = find_subject(cases, arguments.subject)
        rows = held_rows(cases, subject)
        texts = held_texts(cases, subject, rows)
    if arguments.json:
        shared.print_json(_held_json(subject, rows, texts))
        return 0
    for name in subject.names:
        print(f"contact  {safe_text(name)}")
    for held in rows:
        place = {"record_version": "earlier version, "}.get(held.place, "")
        print(f"row      {place}{safe_text(held.source.name, 60)}, line {held.line}")
        for name, cell in held.cells.items():
            if cell.strip():
                print(f"           {safe_text(name, 40):<20} {safe_text(mask_secrets(cell), 400)}")
    for text in texts:
        print(f"journal  #{text.seq} {text.field}: {safe_text(text.text, 400)}")
    print(f"{counted(len(rows), 'row')} and {counted(len(texts), 'text')} of the journal are held about this person")
    return 0


def _held_json(subject: Subject, rows: Sequence[Held], texts: Sequence[Text]) -> dict[str, object]:
    return {
        "contacts": subject.names,
        "rows": [
            {
                "table": held.source.table_name,
                "earlier_version": held.place == "record_version",
                "file": held.source.name,
                "line": held.line,
                "row_id": held.row_id,
                "cells": {name: mask_secrets(cell) for name, cell in held.cells.items()},
            }
            for held in rows
        ],
        "texts": [{"seq": text.seq, "field": text.field, "text": text.text} for text in texts],
    }


def erase(arguments: argparse.Namespace) -> int:
    """Take one person out of a workspace."""
    gone: frozenset[bytes] = frozenset()
    receipt = None
    with shared.opened(arguments.workspace, write=True) as cases:
        subject = find_subject(cases, arguments.subject)
        refuse_several(subject)
        try:
            receipt, gone = erase_subject(
                cases, subject, arguments.subject, shared.reviewer_of(cases, arguments.reviewer)
            )
        finally:
            # Also when nothing is held: an earlier run may have been stopped before it came to this.
            cases.store.scrub()
    left = bytes_left(arguments.workspace, gone)
    _give(arguments, receipt)
    if left:
        print(
            f"crm-tui: {counted(left, 'spelling')} of this person's keys still stand in the workspace, in a file name"
            " or in a row of somebody else; look with: crm-tui show",
            file=sys.stderr,
        )
    return 1 if left else 0


def purge(arguments: argparse.Namespace) -> int:
    """Take everybody out of a workspace, or set the day until which it is kept."""
    with shared.opened(arguments.workspace, write=True) as cases:
        if arguments.keep_until:
            keep_until(cases, arguments.keep_until, shared.reviewer_of(cases, arguments.reviewer))
            print(f"kept until {arguments.keep_until}")
            return 0
        if not arguments.now:
            refuse_early(cases)
        receipt = purge_workspace(cases)
        cases.store.scrub()
    _give(arguments, receipt)
    return 0


def _give(arguments: argparse.Namespace, receipt: Receipt) -> None:
    """The receipt, to a file or to stdout, and what it cannot reach."""
    text = json.dumps(receipt.to_json(), indent=2) + "\n"
    if arguments.out:
        write_atomic(arguments.out, text.encode())
    else:
        print(text, end="")
    number = counted(receipt.rows + receipt.earlier_versions + receipt.map_entries + receipt.left_out, "row")
    print(f"erased {number} and {counted(receipt.texts, 'text')} of the journal", file=sys.stderr)
    if receipt.handoffs_before:
        print(
            f"{counted(len(receipt.handoffs_before), 'handoff')} given out before may hold the person: erase those"
            " files, and tell who received them",
            file=sys.stderr,
        )
    print("the exports that were loaded, and copies and backups of the workspace, are yours to erase", file=sys.stderr)
