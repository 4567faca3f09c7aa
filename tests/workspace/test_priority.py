"""The order of priority: which activity types come first is the policy's, and no judgement hangs on it (2.26)."""

from __future__ import annotations

import pytest

from crm_tui.classify.policy import parse_policy
from crm_tui.errors import PolicyError
from crm_tui.model import Queue
from crm_tui.workspace.selection import Facet, Filter, Order, Value, listed
from tests.factory import Bench, Review, activities_bytes, activity, appointment

CALLS_FIRST = '[priority]\nhigh = ["call"]\n'
ROWS = (
    activity("ACT-1", activity_type="call"),
    activity("ACT-2", activity_type="Meeting"),
    activity("ACT-3", activity_type="note"),
    activity("ACT-4", activity_type="meeting"),
)


def by_priority(review: Review, queue: Queue = Queue.LEDGER) -> list[str]:
    return [review.cases.case(one).event_id for one in listed(review.store.connection, queue, order=Order.PRIORITY)]


def high(review: Review, queue: Queue = Queue.LEDGER) -> set[str]:
    chosen = Filter(frozenset((Value(Facet.PRIORITY, "high"),)))
    return {review.cases.case(one).event_id for one in listed(review.store.connection, queue, chosen)}


def test_meetings_come_first_and_the_others_keep_their_order(bench: Bench) -> None:
    bench.events(activities=ROWS, appointments=[appointment("APT-1")])
    with bench.open() as review:
        assert by_priority(review) == ["APT-1", "ACT-2", "ACT-4", "ACT-1", "ACT-3"]
        assert high(review) == {"APT-1", "ACT-2", "ACT-4"}


def test_another_policy_puts_other_types_first_in_rows_loaded_before_and_judges_none_otherwise(bench: Bench) -> None:
    bench.events(activities=ROWS)
    with bench.open() as review:
        judged = review.fired()
    bench.load(policy=CALLS_FIRST)
    with bench.open() as review:
        assert by_priority(review) == ["ACT-1", "ACT-2", "ACT-3", "ACT-4"]
        assert high(review) == {"ACT-1"}
        assert review.fired() == judged


def test_a_later_version_and_a_repair_of_a_row_count_and_an_unreadable_line_is_none(bench: Bench) -> None:
    bench.events(activities=ROWS)
    later = activities_bytes(activity("ACT-2", activity_type="note"), activity("ACT-3", activity_type="meeting"))
    bench.load(bench.put("activity-events.csv", later + b"meeting\n"))
    with bench.open() as review:
        assert high(review) == {"ACT-3", "ACT-4"}
        assert not high(review, Queue.ERROR)
        review.decisions.repair(review.id("ACT-2"), "activity_type", "meeting")
        assert high(review) == {"ACT-2", "ACT-3", "ACT-4"}
        review.decisions.undo()
        assert high(review) == {"ACT-3", "ACT-4"}


def test_a_type_that_no_row_can_have_is_refused_by_its_name() -> None:
    with pytest.raises(PolicyError, match=r"priority\.high: 'meting' is no activity type"):
        parse_policy('[priority]\nhigh = ["meting"]\n')
    assert parse_policy('[activities]\ntypes = ["call"]\n').priority.high == ("meeting",)
