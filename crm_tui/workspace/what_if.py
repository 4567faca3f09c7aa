"""Which rows would be judged, or advised on, otherwise under another policy, before it is kept (requirements D 23).

Rows are judged by the same function as at a load; neither the workspace nor any file of it is changed.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from crm_tui.classify.judge import judge
from crm_tui.classify.options import strategy_suggestion
from crm_tui.classify.policy import Policy, default_policy_text
from crm_tui.classify.trials import Trial, trials
from crm_tui.model import Queue
from crm_tui.systems.fields import FIELDS
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.reviews import moved


@dataclass(frozen=True, slots=True)
class Turn:
    """One row that another policy judges otherwise."""

    record_id: int
    row_id: str
    event_id: str
    source: str
    """Label of its table."""
    before: tuple[Queue, str]
    """Queue and rule under the policy in force."""
    after: tuple[Queue, str]


@dataclass(frozen=True, slots=True)
class Advised:
    """One row that stays in conflict, of which another policy suggests something else."""

    record_id: int
    row_id: str
    event_id: str
    before: str
    """Name of the side that is suggested under the policy in force; ``""`` = nothing is."""
    after: str


class Looked(NamedTuple):
    """One row under both policies."""

    before: Queue
    after: Queue
    turn: Turn | None
    advised: Advised | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What another policy would change."""

    rows: int
    before: Mapping[Queue, int]
    after: Mapping[Queue, int]
    turns: tuple[Turn, ...]
    """In the order of the rows."""
    advised: tuple[Advised, ...]
    """The same."""
    asked_anew: int
    """Decisions whose evidence would be another one, so that their rows would be asked anew (D 9)."""


def open_trials(cases: Cases) -> tuple[Trial, ...]:
    """The single changes of the policy in force that can be tried on the loaded rows."""
    connection = cases.store.connection
    names = {name for (name,) in connection.execute("SELECT DISTINCT field FROM record WHERE field <> ''")}
    systems = set()
    # A file has the same columns in every row, so its first readable one tells them all.
    for (record_id,) in connection.execute("SELECT MIN(id) FROM record WHERE problem = '' GROUP BY source_id"):
        event = cases.facts(record_id).event
        if event.table.kind.is_person:
            names.update(event.values)
            systems.update({event.table.system} & cases.records.exports.keys())
    text = cases.policy_text()
    own = {} if text == default_policy_text() else tomllib.loads(text)
    fields = {name for name in names if name in FIELDS and FIELDS[name].writable}
    # A strategy advises between two records: with one system there is nothing to advise on.
    return trials(own, cases.policy, fields, sorted(systems) if len(systems) > 1 else ())


def trial_text(trial: Trial) -> str:
    """The policy file of a trial."""
    # Few reviewers try a policy, and each of them starts the console.
    import tomli_w

    return tomli_w.dumps(dict(trial.policy)) if trial.policy else default_policy_text()


def what_if(cases: Cases, policy: Policy) -> WhatIf:
    """Judge every row under ``policy``, which takes the place of the one in force."""
    other = Cases(cases.store, policy)
    return summed(cases, other, looked(cases, other))


def looked(cases: Cases, other: Cases) -> Iterator[Looked]:
    """Every row under the policy in force and under that of ``other``, in their order."""
    advice = cases.policy.strategies != other.policy.strategies
    sql = "SELECT id, row_id, event_id, queue, rule FROM record ORDER BY id"
    for record_id, row_id, event_id, queue, rule in cases.store.connection.execute(sql).fetchall():
        facts = other.facts(record_id)
        verdict = judge(facts)
        turn, advised = None, None
        if (queue, rule) != (verdict.queue.value, verdict.rule):
            after = (verdict.queue, verdict.rule)
            turn = Turn(record_id, row_id, event_id, facts.event.source_label, (Queue(queue), rule), after)
        elif advice and rule == "fields_differ":
            before, then = (strategy_suggestion(one)[0] for one in (cases.facts(record_id), facts))
            advised = Advised(record_id, row_id, event_id, before, then) if before != then else None
        yield Looked(Queue(queue), verdict.queue, turn, advised)


def summed(cases: Cases, other: Cases, rows: Iterable[Looked]) -> WhatIf:
    """What all rows come to."""
    found = list(rows)
    return WhatIf(
        len(found),
        Counter(one.before for one in found),
        Counter(one.after for one in found),
        tuple(one.turn for one in found if one.turn),
        tuple(one.advised for one in found if one.advised),
        _asked_anew(cases, other),
    )


def _asked_anew(cases: Cases, other: Cases) -> int:
    decided = cases.store.connection.execute(
        "SELECT record.id FROM record JOIN decision USING (row_id) WHERE NOT stale"
    ).fetchall()
    return sum(moved(other.case(record_id), cases.review(record_id)) for (record_id,) in decided)
