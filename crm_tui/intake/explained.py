"""Why a file is recognised as what it is, in the words of ``crm-tui systems --explain`` and the start screen."""

from __future__ import annotations

from crm_tui.intake import mbox, soap
from crm_tui.intake.formats import records
from crm_tui.intake.json_files import DOCUMENT, LINES
from crm_tui.intake.json_text import parse
from crm_tui.intake.source import Source
from crm_tui.systems.router import conditions, explain, explain_header
from crm_tui.text import safe_text


def recognised_as(source: Source) -> str:
    """``a.csv: close-appointments (close, appointment), csv, utf-8, separator ,``."""
    table = source.table
    return f"{safe_text(source.name)}: {table.name} ({table.system}, {table.kind.value}), {reading_of(source)}"


def reading_of(source: Source) -> str:
    """``csv, utf-8, separator ;``, and what of it is a guess."""
    parts = [source.format, source.encoding + (" (guessed)" if "encoding" in source.guessed else "")]
    if source.delimiter:
        shown = {"\t": "tab"}.get(source.delimiter, source.delimiter)
        parts.append(f"separator {safe_text(shown)}" + (" (guessed)" if "delimiter" in source.guessed else ""))
    return ", ".join(parts)


def reasons(source: Source) -> list[str]:
    """Why it is this table, and what the next best ones lack."""
    if source.format == mbox.NAME:
        return [f"{source.table.name}: {mbox.WHY}"]
    if source.format not in (DOCUMENT, LINES, soap.NAME):
        return explain_header(source.table, source.header)
    first = next((record for record in records(source) if not record.problem), None)
    if first and source.format == soap.NAME:
        return explain(soap.payload_of(first))
    if first is None or first.context:
        return [conditions(source.table)]
    return explain(parse(first.raw))
