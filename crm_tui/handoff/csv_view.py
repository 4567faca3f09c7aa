"""CSV views for people: what a spreadsheet opens, with nothing in it that it would run (handoff.md, "CSV").

Views are not meant to be read back; exact values stand in ``rows.jsonl``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crm_tui.text import safe_text

_LIMIT = 32_000
"""Characters of a cell: a spreadsheet's own limit is 32,767."""

# Most cells: a letter or digit first, then anything plain but a separator, so that no formula can begin in them.
_TAME = re.compile(r"[A-Za-z0-9][ -+\--:<-{}~]{0,999}\Z")
_EXEMPT = re.compile(r"(?:\+[1-9][0-9]{6,14}|-?[0-9]+(?:\.[0-9]+)?)\Z")
# A cell could begin at the start, or after any separator a spreadsheet may be told to split at.
_CELL_START = re.compile(r"(^|[;,|])([\s\"'`]*)(?=[=+\-@%|\uFF1D\uFF0B\uFF0D\uFF20\uFF05\uFF5C\u2212])")


def neutral_cell(text: str) -> str:
    """``text`` as a view carries it: hidden characters visible, ``'`` before every place where a formula could begin.

    Whole E.164 numbers and plain numbers stay as they are, so a phone keeps its plus.
    """
    if not text or _TAME.match(text) or _EXEMPT.match(text):
        return text
    neutral = _CELL_START.sub(lambda found: f"{found[1]}{found[2]}'", safe_text(text, _LIMIT))
    return neutral if len(neutral) <= _LIMIT else neutral[: _LIMIT - 1] + "…"


def render_csv(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A view: every field quoted, CRLF, UTF-8 without a byte order mark."""
    return b"".join(csv_lines(header, rows))


def csv_lines(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """The same line by line."""
    yield csv_line(header).encode()
    for row in rows:
        yield view_line([row.get(name, "") for name in header])


def view_line(cells: Iterable[str]) -> bytes:
    """One line of a view."""
    return csv_line([neutral_cell(cell) for cell in cells]).encode()


def csv_line(cells: Sequence[str]) -> str:
    """One line, its cells exactly as they are."""
    return '"' + '","'.join([cell.replace('"', '""') for cell in cells]) + '"\r\n'
