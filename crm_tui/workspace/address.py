"""Rows by what people call them: event id, row id, number of a journal entry, or file and line."""

from __future__ import annotations

from crm_tui.workspace.cases import Cases


def at_address(cases: Cases, address: str) -> list[int]:
    """Record ids, in file order: ``APT-7002`` in any case, ``row-…``, ``#12`` or ``close-appointments.csv:3``; of a
    group of duplicates its number (negative) by ``DUP-1a2b3c``, row id or entry.

    The first reading that leads anywhere counts.
    """
    text = address.strip()
    row = cases.by_row_id(text.lower())
    return (
        cases.by_event_id(text)
        or ([row] if row else [])
        or _of_entry(cases, text.removeprefix("#") if text.startswith("#") else "")
        or _of_line(cases, text)
        or _folded(cases, text)
    )


def _of_entry(cases: Cases, number: str) -> list[int]:
    """The row of a journal entry; of an undo, the row of what it took back."""
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return []
    sql = """WITH RECURSIVE about(seq, row_id, undoes) AS (
          SELECT seq, row_id, undoes FROM log WHERE seq = ? UNION
          SELECT log.seq, log.row_id, log.undoes FROM log JOIN about ON log.seq = about.undoes)
        SELECT record.id FROM record JOIN about USING (row_id)
        UNION SELECT -duplicate.id FROM duplicate JOIN about USING (row_id) WHERE live"""
    return [one[0] for one in cases.store.connection.execute(sql, (int(number),))]


def _of_line(cases: Cases, text: str) -> list[int]:
    name, colon, line = text.rpartition(":")
    if not (colon and line.strip().isascii() and line.strip().isdigit()):
        return []
    sources = [source.id for source in cases.sources.values() if source.name.lower() == name.strip().lower()]
    marks = ", ".join("?" for _ in sources)
    sql = f"SELECT id FROM record WHERE source_id IN ({marks}) AND ? BETWEEN first_line AND last_line ORDER BY id"
    return [one[0] for one in cases.store.connection.execute(sql, (*sources, int(line)))]


def _folded(cases: Cases, text: str) -> list[int]:
    sql = "SELECT id FROM record WHERE event_id = ? COLLATE NOCASE ORDER BY id"
    rows = [one[0] for one in cases.store.connection.execute(sql, (text,))]
    name, dash, digits = text.partition("-")
    return rows or cases.groups.named(f"{name.upper()}{dash}{digits.lower()}")
