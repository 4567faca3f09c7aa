"""A later export, a fifth of it changed: decisions on the same evidence stand, the others are asked anew (D 9)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from drifting import make_drift

from crm_tui.model import State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

CONTACTS = 24
CHANGED = 0.2
COLUMNS = (
    ("salesforce-contacts.csv", "Id", "MailingCity", "Phone"),
    ("hubspot-contacts.csv", "Record ID", "City", "Phone Number"),
)


def a_week_later(drift: Any, chance: random.Random) -> tuple[Any, set[str]]:
    """The exports with other towns and other spellings of phones, and the ids of the records that changed."""
    files = {name: [dict(row) for row in rows] for name, rows in drift.files.items()}
    changed: set[str] = set()
    for name, own_id, town, phone in COLUMNS:
        for row in files[name]:
            if chance.random() >= CHANGED:
                continue
            changed.add(row[own_id])
            if row[phone].startswith("+1") and chance.random() < 0.5:
                row[phone] = f"({row[phone][2:5]}) {row[phone][5:8]} {row[phone][8:]}"
            else:
                row[town] = "Elsewhere"
    return drift._replace(files=files), changed


@contextmanager
def reviewed(folder: Path, drift: Any) -> Iterator[Cases]:
    """The drift's files loaded into the workspace of a folder."""
    make_drift.write(drift, folder)
    now = [folder / name for name in drift.files if "/" not in name]
    assert not load(folder / "w.crm", now, base=[folder / "base"]).problems
    store = Store.open(folder / "w.crm")
    yield Cases(store)
    store.close()


def decide(cases: Cases, chance: random.Random) -> None:
    decisions = Decisions(cases, "Dana")
    for record_id in cases.ids():
        if not cases.review(record_id).state.outstanding:
            continue
        act = chance.choice(("approve", "approve", "approve", "reject", "defer", "leave alone"))
        if act == "approve":
            decisions.choose(record_id, chance.choice(cases.case(record_id).options).token, "as agreed")
            decisions.approve(record_id, reason="as agreed")
        elif act == "reject":
            decisions.reject(record_id, "not now")
        elif act == "defer":
            decisions.defer(record_id)


def judged(cases: Cases) -> dict[str, tuple[Any, ...]]:
    """Record → what a person is asked, with what is suggested."""
    found = {}
    for record_id in cases.ids():
        case = cases.case(record_id)
        found[case.event_id] = (case.verdict, case.sides, case.fields, case.options)
    return found


def reviews(cases: Cases) -> dict[str, Any]:
    return {cases.case(record_id).event_id: cases.review(record_id) for record_id in cases.ids()}


def partners(cases: Cases) -> dict[str, str]:
    """Record → the other system's record of the same contact, where there is one."""
    held = {record_id: cases.case(record_id) for record_id in cases.ids()}
    return {case.event_id: held[case.partner].event_id for case in held.values() if case.partner}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_decisions_on_the_same_evidence_stand_and_the_others_are_asked_anew(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    drift = make_drift.generate(CONTACTS, seed=seed)
    later, changed = a_week_later(drift, chance)
    with reviewed(tmp_path / "review", drift) as cases:
        decide(cases, chance)
        before = reviews(cases)
    with reviewed(tmp_path / "review", later) as cases, reviewed(tmp_path / "fresh", later) as fresh:
        after, other = reviews(cases), partners(cases)
        assert judged(cases) == judged(fresh)
    moved = {record for record in before if {record, other.get(record)} & changed}
    assert len(moved) > len(before) * CHANGED
    for record, review in before.items():
        if record not in moved or review.state is State.PENDING:
            assert after[record] == review
        else:
            assert after[record].state is State.STALE and after[record].picks == ()
    with reviewed(tmp_path / "review", drift) as cases:
        assert reviews(cases) == before
