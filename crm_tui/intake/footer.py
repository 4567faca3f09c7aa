"""The lines that a report writes below its rows: its title, who ran it, that it is confidential."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crm_tui.intake.damage import Shape
from crm_tui.intake.source import Record, Skipped, leave_out

FOOTER = "footer"
"""Why its lines are left out."""
_LINES = 12
_CELLS = 3


def without_footer(
    found: Iterable[Record], words: str, shape: Shape, encoding: str, skipped: list[Skipped] | None
) -> Iterator[Record]:
    """The records of a file without its footer, which is left out.

    A footer is the last few lines, none of them a row, the first below a blank line, and one at least starting with
    ``words``, a regular expression; other lines that are no rows stay what they are, damaged rows.
    """
    said = re.compile(rf'"?\s*(?:{words})', re.IGNORECASE)
    short = {shape.fault(("",) * number) for number in range(1, _CELLS + 1)} - {""}
    held: list[Record] = []
    end = -1
    for record in found:
        parted = end >= 0 and record.offset > end
        end = record.offset + len(record.raw)
        if record.problem in short and (held or parted) and len(held) < _LINES:
            held.append(record)
            continue
        yield from held
        held = []
        yield record
    if not any(said.match(record.raw.decode(encoding, "replace")) for record in held):
        yield from held
        return
    if skipped is not None:
        for record in held:
            leave_out(skipped, Skipped(record.first_line, record.offset, record.raw, FOOTER))
