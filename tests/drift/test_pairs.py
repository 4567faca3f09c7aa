"""Two records of one contact are decided together, in one group; each keeps its own entry and its own staged row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from drifting import Loaded

from crm_tui.classify.policy import parse_policy
from crm_tui.classify.staging import field_label
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, Mark, Outcome, Queue, State
from crm_tui.text import one_of
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases, DecidedLast
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.what_if import open_trials, trial_text, what_if


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    one = Loaded(tmp_path_factory.mktemp("pairs"), 120)
    yield one
    one.store.close()


def first(loaded: Loaded, rule: str, system: str = "salesforce") -> tuple[int, Case]:
    """The first record of a system that the rule judges, and its case."""
    for record_id in loaded.cases.ids():
        case = loaded.cases.case(record_id)
        if case.verdict.rule == rule and case.sides[0].system == system and case.partner:
            return record_id, case
    raise AssertionError(rule)


def staged(loaded: Loaded, record_id: int) -> dict[str, str]:
    """What an approved record writes to the other system."""
    review = loaded.cases.review(record_id)
    assert review.state is State.APPROVED
    option = loaded.cases.decided_option(record_id, review)
    assert option and option.staged
    return dict(option.staged.values) if option.staged.operation is not Outcome.NO_WRITE else {}


@pytest.mark.parametrize("side", ["Salesforce", "HubSpot"])
@pytest.mark.parametrize("start", ["salesforce", "hubspot"])
def test_the_side_that_is_chosen_is_written_to_the_other_system_whichever_record_is_open(
    small: Loaded, side: str, start: str
) -> None:
    record_id, case = first(small, "fields_differ", start)
    decisions = Decisions(small.cases, "Dana")
    decisions.choose(record_id, side)
    decisions.approve(record_id)
    differing = {row.field for row in case.rows if row.state == "both changed"}
    by_system = {small.cases.case(one).sides[0].system: staged(small, one) for one in (record_id, case.partner)}
    winner, loser = ("salesforce", "hubspot") if side == "Salesforce" else ("hubspot", "salesforce")
    assert differing <= by_system[winner].keys()
    assert not differing & by_system[loser].keys()


def test_both_entries_are_one_group_and_undo_takes_both_back(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    decisions = Decisions(small.cases, "Dana")
    saved = decisions.choose(record_id, "HubSpot")
    assert "HubSpot contact" in saved.line
    entries = journal.entries(small.store.connection, "kind = 'decide'")
    assert {entry.row for entry in entries} == {case.row_id, small.cases.case(case.partner).row_id}
    assert len({entry.group for entry in entries}) == 1
    decisions.undo(case.partner)
    assert small.cases.review(record_id).state is State.PENDING
    assert small.cases.review(case.partner).state is State.PENDING


def test_one_field_from_each_side(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    field = next(row.field for row in case.rows if row.state == "both changed")
    decisions = Decisions(small.cases, "Dana")
    decisions.take_side(record_id, field, "HubSpot")
    decisions.approve(record_id)
    assert field in staged(small, case.partner)
    assert field not in staged(small, record_id)


def test_an_edited_value_goes_to_both_systems(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    field = next(row.field for row in case.rows if row.state == "both changed")
    value = "+12025550199" if field.endswith("phone") else "Neither Of Both"
    decisions = Decisions(small.cases, "Dana")
    decisions.edit(record_id, field, value)
    decisions.approve(record_id)
    assert staged(small, record_id)[field] == value
    assert staged(small, case.partner)[field] == value


def test_approving_a_pair_row_by_row_says_it_once(small: Loaded) -> None:
    decisions = Decisions(small.cases, "Dana")
    record_id, case = first(small, "accepted")
    first_saved = decisions.approve(record_id)
    again = decisions.approve(case.partner)
    assert again.seq == first_saved.last == first_saved.seq + 1
    last = DecidedLast(record_id, first_saved.seq, again.seq, 2)
    assert small.cases.decided_last(5) == [last], "one decision, of the row that was acted on"
    assert first_saved.line.startswith(f"#{first_saved.seq} and #{again.seq} saved  ")
    assert len(journal.entries(small.store.connection, "kind = 'decide'")) == 2
    with pytest.raises(DecisionRefused, match="undo it first"):
        decisions.reject(case.partner, "no")


def test_a_record_that_is_rejected_takes_its_partner_along(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    Decisions(small.cases, "Dana").reject(record_id, "the client will look into it")
    assert small.cases.review(case.partner).state is State.REJECTED
    assert small.cases.review(case.partner).reason == "the client will look into it"


def test_a_note_is_of_one_record(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    Decisions(small.cases, "Dana").note(record_id, "seen")
    assert small.cases.review(case.partner).note == ""


def test_a_choice_says_what_it_would_write_to_both_systems(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    for start in (record_id, case.partner):
        for option in small.cases.case(start).options:
            decisions = Decisions(small.cases, "Dana")
            decisions.choose(start, option.token)
            decisions.approve(start)
            written = {one: staged(small, one) for one in (record_id, case.partner)}
            for system, values in (("HubSpot", written[record_id]), ("Salesforce", written[case.partner])):
                assert (f"{system} " in option.effect) == bool(values), option.effect
            decisions.undo(start)
            decisions.undo(start)


def test_leaving_disputed_fields_names_what_stays_and_what_is_written_all_the_same(small: Loaded) -> None:
    """Of every conflict, before and after a field of it was edited: each disputed field is either left or written."""
    seen = Counter[bool]()
    for record_id in small.cases.ids(Queue.CONFLICT):
        case, facts = small.cases.case(record_id), small.cases.facts(record_id)
        option = case.option("leave both")
        if option is None or facts.changes is None:
            continue
        assert option.label == "leave disputed fields"
        writes = {name for staged in (option.staged, option.beside) if staged for name in staged.values}
        assert not writes & set(facts.changes.held)
        left = one_of([field_label(name) for name in facts.changes.held], "and")
        as_is = "it is" if len(facts.changes.held) == 1 else "they are"
        assert option.effect.startswith(f"Left as {as_is} in both systems: {left}. ")
        assert ("Nothing is written." in option.effect) == (not writes)
        seen[bool(writes)] += 1
        edited = next(
            (field for field in case.fields if field.name in facts.changes.held and field.type == "text"), None
        )
        if edited is None:
            continue
        decisions = Decisions(small.cases, "Dana")
        decisions.edit(record_id, edited.name, "Neither of the two", "why")
        chosen = small.cases.decided_option(record_id, small.cases.review(record_id))
        assert chosen is not None
        rest = one_of([field_label(name) for name in facts.changes.held if name != edited.name], "and")
        assert chosen.label == f"{field_label(edited.name)}: edited{f' · leave {rest}' if rest else ''}"
        head = chosen.effect.partition(". ")[0] if chosen.effect.startswith("Left") else ""
        assert field_label(edited.name) not in head
        assert chosen.effect.count("Left as ") <= 1
        assert chosen.effect.count("Neither of the two") >= 1
        decisions.undo(record_id)
    assert seen[True] and seen[False]


def test_a_choice_that_clears_a_value_says_so_on_both_records(loaded: Loaded) -> None:
    record_id, case = first(loaded, "cleared_field")
    by_token = {
        option.token: {loaded.cases.case(one).option(option.token).clears for one in (record_id, case.partner)}  # type: ignore[union-attr]
        for option in case.options
    }
    assert by_token["leave both"] == {False}
    assert sorted(by_token.values(), key=str) == [{False}, {False}, {True}]


def test_a_record_that_only_the_other_system_has_news_for_says_so_and_approving_names_what_is_written(
    small: Loaded,
) -> None:
    record_id, case = next(
        (record_id, case)
        for record_id in small.cases.ids()
        if (case := small.cases.case(record_id)).verdict.rule == "no_write"
        and [row.state for row in case.rows if row.marks[1] is Mark.DIFFERS and not row.locked]
        == ["only Salesforce changed"]
    )
    (changed,) = (row.label for row in case.rows if row.marks[1] is Mark.DIFFERS and not row.locked)
    assert case.issue == "nothing to write to Salesforce"
    assert case.why == f"Only Salesforce has something new ({changed}), so there is nothing to write to Salesforce."
    assert case.suggestion_text == (
        "only Salesforce has something new: that goes to HubSpot, and nothing to Salesforce."
    )
    assert case.options[0].effect.startswith(f"HubSpot {changed} ")
    saved = Decisions(small.cases, "Dana").approve(record_id)
    assert "nothing to write" not in saved.text


def test_where_only_what_may_not_be_written_differs_nothing_says_that_both_hold_the_same(small: Loaded) -> None:
    case = next(
        case
        for record_id in small.cases.ids()
        if (case := small.cases.case(record_id)).verdict.rule == "no_write"
        and {row.state for row in case.rows if row.marks[1] is Mark.DIFFERS} == {"protected, left as it is"}
    )
    assert case.issue == "nothing to write"
    assert case.why == "Both records agree in every field that may be written, so there is nothing to write."
    assert case.suggestion_text == "both records agree already in every field that may be written."
    assert case.options[0].effect.endswith("has all that may be written to it. Nothing is written.")


def test_a_strategy_that_is_tried_says_of_each_disputed_pair_what_it_would_suggest(small: Loaded) -> None:
    cases = small.cases
    before = {one: cases.case(one).suggestion for one in cases.ids(Queue.CONFLICT)}
    disputed = {one for one in before if cases.case(one).verdict.rule == "fields_differ"}
    trial = next(one for one in open_trials(cases) if one.words == "suggest HubSpot's")
    policy = parse_policy(trial_text(trial))
    found = what_if(cases, policy)
    assert not found.turns and disputed
    assert {one.record_id for one in found.advised} == disputed
    assert {(one.before, one.after) for one in found.advised} == {("", "HubSpot")}
    other = Cases(small.store, policy)
    assert {one for one, token in before.items() if other.case(one).suggestion != token} == disputed
