"""Which rows a queue lists first when it is ordered by priority (2.26); no judgement hangs on it."""

from __future__ import annotations

from crm_tui.classify.event import Event
from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import plain_word
from crm_tui.systems.declare import Kind, Role, Table


def ranked(table: Table, policy: Policy) -> bool:
    """Whether a row of the table can be of high priority at all."""
    return bool(policy.priority.high) and (table.kind is Kind.APPOINTMENT or bool(table.of(Role.ACTIVITY_TYPE)))


def is_high(event: Event, policy: Policy) -> bool:
    """Whether the activity of a row is of a type that the policy puts first; an appointment is a meeting."""
    if event.problem:
        return False
    kind = "meeting" if event.table.kind is Kind.APPOINTMENT else plain_word(event.cell(Role.ACTIVITY_TYPE))
    return kind in policy.priority.known
