"""Two systems that people edited independently of each other, judged and decided against what is known to be true.

Everything goes through the real load.  ``CRM_TUI_DRIFT_CONTACTS=5000`` takes as many contacts as the README tells of.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import independent
import pytest
from drifting import CONTACTS, decide_all
from independent import COPPER, GHL, Drift, meaning

from crm_tui.classify.facts import Facts
from crm_tui.classify.judge import judge
from crm_tui.classify.threeway import FieldState
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.ingest import PolicyText
from crm_tui.workspace.load import load
from crm_tui.workspace.simulation import agreement, simulate, staged_writes
from crm_tui.workspace.store import Store

NOBODY = (FieldState.AGREED, FieldState.FORMATTING)


class Apart:
    """A drift of known truth in a workspace, and every record of it as it was judged."""

    def __init__(self, folder: Path, contacts: int, seed: int) -> None:
        self.drift = independent.generate(contacts, seed)
        independent.write(self.drift, folder)
        now = [folder / name for name in self.drift.files if "/" not in name]
        path, policy = folder / "apart.crm", PolicyText("policy", independent.POLICY)
        assert not load(path, now, base=[folder / "base"], policy=policy).problems
        self.store = Store.open(path)
        self.cases = Cases(self.store)

    def facts(self) -> Iterator[tuple[int, Facts]]:
        """(contact, facts) of each record."""
        for record_id in self.cases.ids():
            facts = self.cases.facts(record_id)
            yield self.drift.contacts[facts.event.table.system, facts.event.record_id], facts


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    one = Apart(tmp_path_factory.mktemp("apart"), CONTACTS, seed=0)
    yield one
    one.store.close()


@pytest.fixture(scope="module")
def judged(apart: Apart) -> list[tuple[int, Facts]]:
    return list(apart.facts())


def test_every_field_is_seen_for_what_it_is_on_both_records(apart: Apart, judged: list[tuple[int, Facts]]) -> None:
    truth, seen = apart.drift.truth, set()
    for contact, facts in judged:
        for one in facts.comparisons:
            known = truth[contact, one.field]
            seen.add((contact, one.field, facts.event.table.system))
            assert (one.state not in NOBODY) == known.differs, (contact, one)
            assert bool(one.held) == known.person, (contact, one)
    differing = {place for place, known in truth.items() if known.differs}
    assert {(*place, system) for place in differing for system in (GHL, COPPER)} <= seen


def test_every_true_conflict_waits_for_a_person_with_its_field_on_the_screen(apart: Apart) -> None:
    conflicts = {place for place, known in apart.drift.truth.items() if known.person}
    asked = {contact for contact, _ in conflicts}
    shown = set()
    for record_id in apart.cases.ids():
        facts = apart.cases.facts(record_id)
        contact = apart.drift.contacts[facts.event.table.system, facts.event.record_id]
        if contact in asked:
            case = apart.cases.case(record_id)
            assert case.verdict.queue is Queue.CONFLICT
            waiting = case.rows[: sum(place[0] == contact for place in conflicts)]
            shown |= {(contact, row.field) for row in waiting}
    assert shown == conflicts


def test_what_one_key_approves_for_all_is_what_should_stand_and_overwrites_no_other_change(
    judged: list[tuple[int, Facts]], apart: Apart
) -> None:
    written = set()
    for contact, facts in judged:
        if judge(facts).queue is Queue.LEDGER and facts.changes:
            for field, text in facts.changes.writes.items():
                known = apart.drift.truth[contact, field]
                assert not known.person
                assert meaning(field, text) == known.value
                written.add((contact, field))
    whole = {contact for contact, _ in written} - {
        contact for contact, facts in judged if facts.changes and facts.changes.held
    }
    missed = {place for place, known in apart.drift.truth.items() if known.differs and place[0] in whole} - written
    assert missed == set()


def one_by_one(apart: Apart) -> set[tuple[int, str]]:
    """The fields that wait for a person and for which no suggestion is made that one key could approve for all."""
    found = set()
    for record_id in apart.cases.ids(Queue.CONFLICT):
        facts, case = apart.cases.facts(record_id), apart.cases.case(record_id)
        contact = apart.drift.contacts[facts.event.table.system, facts.event.record_id]
        held = facts.changes.held if facts.changes else ()
        option = case.option(case.suggestion) if case.suggestion else None
        if option is None or option.clears or option.takes_reason:
            found |= {(contact, field) for field in held}
            continue
        written = {field for staged in (option.staged, option.beside) if staged for field in staged.values}
        assert written.isdisjoint(held), "what is suggested writes nothing that only a person can say"
        assert all(not apart.drift.truth[contact, field].person for field in written)
    return found


def test_nineteen_in_twenty_fields_need_no_single_decision_of_the_touched_and_of_those_that_differ(
    apart: Apart,
) -> None:
    touched = [known for known in apart.drift.truth.values() if known.touched]
    alone = len(one_by_one(apart))
    differing = [known for known in touched if known.differs]
    single = sum(known.person for known in touched)
    lists = sum(isinstance(known.value, frozenset) for known in differing)
    print(
        f"{len(apart.drift.truth):,} fields, {len(touched):,} touched, {len(differing):,} differ ({lists:,} lists); "
        f"{single:,} need a decision of their own: {single / len(touched):.2%} of the touched, "
        f"{single / len(differing):.2%} of those that differ in meaning; for {alone:,} of these, "
        f"{alone / len(differing):.2%}, nothing is suggested that one key could approve for all"
    )
    assert lists > len(differing) / 5
    assert single < len(touched) / 20
    assert alone < len(differing) / 20


def test_a_record_that_the_other_system_has_deleted_is_held_and_can_only_be_left(apart: Apart) -> None:
    missing = {
        apart.drift.contacts[facts.event.table.system, facts.event.record_id]: record_id
        for record_id in apart.cases.ids()
        if (facts := apart.cases.facts(record_id)).counterpart and not facts.counterpart.event
    }
    assert missing.keys() == apart.drift.gone.keys()
    for record_id in missing.values():
        case = apart.cases.case(record_id)
        assert case.verdict.rule == "missing_there"
        assert [option.name for option in case.options] == ["no-write"]


def ends(drift: Drift, cases: Cases) -> dict[tuple[int, str], set[independent.Value]]:
    """(contact, field) → what both systems mean once what is approved has been written."""
    found = {place: dict(known.sides) for place, known in drift.truth.items()}
    for (system, record_id), values in staged_writes(cases).items():
        contact = drift.contacts.get((system, record_id))
        for field, text in values.items() if contact is not None else ():
            found[contact, field][system] = meaning(field, text)
    return {place: set(sides.values()) for place, sides in found.items()}


def test_once_all_is_decided_both_systems_hold_what_should_stand_and_nothing_is_open(tmp_path: Path) -> None:
    apart = Apart(tmp_path, min(CONTACTS, 150) if CONTACTS < 5_000 else CONTACTS, seed=3)
    decide_all(apart.cases, random.Random(3))
    end = ends(apart.drift, apart.cases)
    assert {place for place, values in end.items() if len(values) > 1} == set()
    truth = apart.drift.truth
    assert {
        place for place, values in end.items() if not truth[place].person and values != {truth[place].value}
    } == set()
    found = simulate(apart.cases)
    assert found.open_after == ()
    (before,), (after,) = agreement(apart.cases), found.agreed_after
    print(f"agree before: {before.share:.2%}; after: {after.agreeing:,} of {after.compared:,} fields")
    assert before.agreeing < before.compared and after.agreeing == after.compared > 0
    apart.store.close()
