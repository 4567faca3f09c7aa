"""``redact``, ``show``, ``erase`` and ``purge``: personal data on request."""

from __future__ import annotations

import argparse
import sys

from crm_tui.classify.policy import parse_policy
from crm_tui.privacy.book import default_book_path, open_book
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.privacy.redact import redact as redact_files
from crm_tui.privacy.redact import write_all
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
