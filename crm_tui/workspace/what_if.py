"""Which rows would be judged otherwise under another policy, before it is kept (requirements D 23).

Rows are judged by the same function as at a load; neither the workspace nor any file of it is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from crm_tui.classify.judge import judge
from crm_tui.classify.policy import Policy
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.reviews import moved


@dataclass(frozen=True, slots=True)
class Turn:
    """One row that another policy judges otherwise."""

    row_id: str
    event_id: str
    source: str
    """Label of its table."""
    before: tuple[Queue, str]
    """Queue and rule under the policy in force."""
    after: tuple[Queue, str]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What another policy would change."""

    rows: int
    before: Mapping[Queue, int]
    after: Mapping[Queue, int]
    turns: tuple[Turn, ...]
    """In the order of the rows."""
    asked_anew: int
    """Decisions whose evidence would be another one, so that their rows would be asked anew (D 9)."""


def what_if(cases: Cases, policy: Policy) -> WhatIf:
    """Judge every row under ``policy``, which takes the place of the one in force."""
    other = Cases(cases.store, policy)
    stored = cases.store.connection.execute(
        "SELECT id, row_id, event_id, queue, rule FROM record ORDER BY id"
    ).fetchall()
    before, after, turns = Counter[Queue](), Counter[Queue](), list[Turn]()
    for record_id, row_id, event_id, queue, rule in stored:
        facts = other.facts(record_id)
        verdict = judge(facts)
        before[Queue(queue)] += 1
        after[verdict.queue] += 1
        if (queue, rule) != (verdict.queue.value, verdict.rule):
            turns.append(
                Turn(row_id, event_id, facts.event.source_label, (Queue(queue), rule), (verdict.queue, verdict.rule))
            )
    return WhatIf(len(stored), before, after, tuple(turns), _asked_anew(cases, other))


def _asked_anew(cases: Cases, other: Cases) -> int:
    decided = cases.store.connection.execute(
        "SELECT record.id FROM record JOIN decision USING (row_id) WHERE NOT stale"
    ).fetchall()
    return sum(moved(other.case(record_id), cases.review(record_id)) for (record_id,) in decided)
