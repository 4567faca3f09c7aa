"""What has been decided on rows and groups, read back as it is projected."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from crm_tui.classify.fields import read_picks
from crm_tui.model import Case, Choice, Queue, Review, State


def stored_reviews(connection: sqlite3.Connection, record_ids: Iterable[int]) -> dict[int, Review]:
    """What has been decided on some records; of groups of duplicates the number is negative."""
    wanted = list(record_ids)
    found: dict[int, Review] = {}
    for table, sign in (("record", 1), ("duplicate", -1)):
        ids = [sign * one for one in wanted if sign * one > 0]
        if not ids:
            continue
        rows = connection.execute(
            f"SELECT {table}.id, state, choice, suggested, by_name, at, seq, reason, question, note, fingerprint,"
            f" action, picks, stale FROM decision JOIN {table} USING (row_id)"
            f" WHERE {table}.id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        found.update((sign * row[0], _review(row[1:])) for row in rows)
    return {record_id: found.get(record_id, Review()) for record_id in wanted}


def _review(row: tuple[str, str, str, str, str, int, str, str, str, str, str, str, int]) -> Review:
    state, choice, suggested, by, at, seq, reason, question, note, fingerprint, action, picks, stale = row
    shown = State.STALE if stale else State(state)
    kept = () if stale else read_picks(picks)
    return Review(shown, choice, suggested, action, by, at, seq, reason, question, note, fingerprint, kept)


def moved(case: Case, review: Review) -> bool:
    """Whether the evidence is no longer the one that the decision was made on (D9).

    That two records are not the same stands, whatever becomes of their values.
    """
    if case.verdict.queue is Queue.DUPLICATE and review.action == Choice.REJECT:
        return False
    return bool(review.seq and review.fingerprint) and case.fingerprint != review.fingerprint
