"""Two systems that drifted apart in a known way: every edit is seen for what it is, nothing is overwritten silently.

The generator of ``sample_exports/drift`` tells what it did; everything here goes through the real load.
"""

from __future__ import annotations

from collections import Counter

from drifting import Loaded, facts_record

from crm_tui.classify.judge import judge
from crm_tui.classify.threeway import Comparison, FieldState
from crm_tui.model import Queue

STATES = {
    "salesforce": {FieldState.HERE},
    "hubspot": {FieldState.THERE},
    "same": {FieldState.AGREED},
    "differ": {FieldState.BOTH},
    "cleared-salesforce": {FieldState.CLEARED_HERE},
    "cleared-hubspot": {FieldState.CLEARED_THERE},
    "formatting": {FieldState.FORMATTING},
    "opted-out-salesforce": {FieldState.HERE},
    "opted-out-hubspot": {FieldState.THERE},
}
"""What was done → how Salesforce's record must see it."""


def _compared(loaded: Loaded, system: str) -> dict[tuple[int, str], Comparison]:
    return {(contact, one.field): one for contact, facts in loaded.facts(system) for one in facts.comparisons}


def test_every_edit_is_seen_for_what_it_is_and_nothing_else_is_seen(loaded: Loaded) -> None:
    seen = _compared(loaded, "salesforce")
    truth = {(edit.contact, edit.field): edit.kind for edit in loaded.drift.edits}
    assert {place: seen[place].state for place in truth if seen[place].state not in STATES[truth[place]]} == {}
    untouched = {place: one for place, one in seen.items() if place not in truth}
    assert {one.field for one in untouched.values() if one.state is not FieldState.AGREED and not one.blocked} == set()
    assert Counter(truth.values()).keys() == STATES.keys()


def test_every_true_conflict_is_shown_on_both_records_and_no_other_is(loaded: Loaded) -> None:
    for system in ("salesforce", "hubspot"):
        held = {place for place, one in _compared(loaded, system).items() if one.held}
        wanted = {"differ", "cleared-salesforce", "cleared-hubspot"}
        assert held == {(edit.contact, edit.field) for edit in loaded.drift.edits if edit.kind in wanted}


def test_no_bulk_approval_would_overwrite_what_the_other_side_has_changed(loaded: Loaded) -> None:
    truth = {(edit.contact, edit.field): edit.kind for edit in loaded.drift.edits}
    for system in ("salesforce", "hubspot"):
        for contact, facts in loaded.facts(system):
            ledger = judge(facts).queue is Queue.LEDGER
            for field in facts.changes.writes if ledger and facts.changes else ():
                assert truth[contact, field] in (system, f"opted-out-{system}")


def test_a_record_that_the_other_export_lacks_is_held_and_nothing_is_deleted(loaded: Loaded) -> None:
    missing = {
        contact for contact, facts in loaded.facts("salesforce") if facts.counterpart and not facts.counterpart.event
    }
    assert missing == set(loaded.drift.deleted)
    for contact, facts in loaded.facts("salesforce"):
        if contact in missing:
            case = loaded.cases.case(facts_record(loaded, facts))
            assert case.verdict.rule == "missing_there"
            assert [option.name for option in case.options] == ["no-write"]


def test_rows_in_are_rows_judged(loaded: Loaded) -> None:
    counts = loaded.cases.counts()
    assert counts.rows == 2 * len(loaded.order) - len(loaded.drift.deleted)
