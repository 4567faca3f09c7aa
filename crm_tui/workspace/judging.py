"""Judging stored records again: after a new map or policy, a repeated event id, or another system's export."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Any

from crm_tui.classify.event import Event
from crm_tui.classify.judge import judge, words_of
from crm_tui.classify.priority import is_high, ranked
from crm_tui.model import ROW_QUEUES, Verdict
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.journal import verdicts_digest
from crm_tui.workspace.undoing import project_row


def judge_again(cases: Cases, where: str, arguments: tuple[object, ...]) -> None:
    """Judge the records that an SQL condition names, and store the verdicts."""
    connection = cases.store.connection
    ids = [row[0] for row in connection.execute(f"SELECT id FROM record WHERE {where}", arguments)]
    connection.executemany(
        "UPDATE record SET queue = ?, rule = ?, fired = ?, outcome = ?, contact = ? WHERE id = ?",
        (_judged(cases, record_id) for record_id in ids),
    )


def judge_pairs(cases: Cases) -> bool:
    """Judge the records that are compared with another system's export, once all are there; whether there are any."""
    paired = [
        source.id
        for source in cases.sources.values()
        if source.judged
        and source.table.kind.is_person
        and cases.policy.route(source.table).destination in cases.records.exports
    ]
    if paired:
        judge_again(cases, "latest AND source_id IN (SELECT value FROM json_each(?))", (json.dumps(paired),))
    return bool(paired)


def rank_again(cases: Cases) -> None:
    """Note anew which rows are of high priority, because the policy or the rows may be others than before."""
    connection = cases.store.connection
    connection.execute("DELETE FROM high_priority")
    sources = [one.id for one in cases.sources.values() if one.judged and ranked(one.table, cases.policy)]
    sql = "SELECT id FROM record WHERE source_id IN (SELECT value FROM json_each(?))"
    for (record_id,) in connection.execute(sql, (json.dumps(sources),)).fetchall():
        rank(cases, record_id, cases.facts(record_id).event)


def rank(cases: Cases, record_id: int, event: Event) -> None:
    """Note whether a row is of high priority."""
    connection = cases.store.connection
    if is_high(event, cases.policy):
        connection.execute("INSERT OR IGNORE INTO high_priority VALUES (?)", (record_id,))
    else:
        connection.execute("DELETE FROM high_priority WHERE record_id = ?", (record_id,))


def check_decisions(cases: Cases, record_ids: Collection[int] | None) -> None:
    """Decisions of these records (``None`` = of all), and of groups of duplicates, whose evidence has moved are stale,
    and no others (D9)."""
    where = "" if record_ids is None else "WHERE record.id IN (SELECT value FROM json_each(?))"
    arguments = () if record_ids is None else (json.dumps(sorted(record_ids)),)
    sql = f"SELECT row_id FROM decision JOIN record USING (row_id) {where}"
    # A create rests on the records of its destination too, and a group of duplicates on those of its members.
    others = (
        "SELECT row_id FROM decision LEFT JOIN duplicate USING (row_id) WHERE members IS NOT NULL OR choice = 'create'"
    )
    connection = cases.store.connection
    for (name,) in [*connection.execute(sql, arguments).fetchall(), *connection.execute(others).fetchall()]:
        project_row(cases, name)


def came_to(connection: sqlite3.Connection, policy_sha256: str) -> dict[str, Any]:
    """What the rows of the whole workspace came to, as the journal holds it: under which policy, how many of each
    queue, and the digest of all verdicts."""
    counts = dict(connection.execute("SELECT queue, COUNT(*) FROM record GROUP BY queue").fetchall())
    return {
        "policy": policy_sha256,
        "counts": {queue.value: counts.get(queue.value, 0) for queue in ROW_QUEUES},
        "verdicts": verdicts_digest(
            # The plus lets SQLite sort what it reads in one go, and not look up every row by its index.
            connection.execute("SELECT row_id, queue, rule, outcome FROM record ORDER BY +row_id")
        ),
    }


def verdict_columns(verdict: Verdict) -> tuple[str, str, str, str, int | None]:
    """A verdict as it is stored: queue, rule, every rule that fired, outcome, contact."""
    candidates = verdict.candidates
    return *words_of(verdict), candidates[0] if len(candidates) == 1 else None


def _judged(cases: Cases, record_id: int) -> tuple[str, str, str, str, int | None, int]:
    return *verdict_columns(judge(cases.facts(record_id))), record_id
