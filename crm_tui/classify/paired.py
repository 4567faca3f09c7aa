"""The sides and fields of a case that stands between two systems' records of one contact."""

from __future__ import annotations

from dataclasses import replace

from crm_tui.classify.facts import Counterpart, Facts
from crm_tui.classify.fields import LEAVE_BOTH
from crm_tui.classify.staging import field_label
from crm_tui.classify.threeway import Comparison, FieldState
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Case, CaseRow, Mark, Option, Queue, Side, Verdict
from crm_tui.systems import label
from crm_tui.text import one_of

PAIRED_RULES = frozenset(
    ("accepted", "no_write", "fields_differ", "protected_field", "identity_change", "cleared_field")
)
"""Rules that judge a record by its fields; two records that both come to one of them are decided together."""


AGREED = "agreed"
"""State of a field on which both records agree, in words."""
LAST_AGREED = "last agreed"
"""Name of the side that says what both records last agreed to."""
_SAME = (FieldState.AGREED, FieldState.FORMATTING)


def paired_sides(facts: Facts, other: Counterpart, verdict: Verdict) -> tuple[Side, ...]:
    """This record, the other system's, and what both last agreed to."""
    contact = facts.contact
    open_fields = verdict.queue is Queue.CONFLICT
    own = facts.event.system
    here, there = label(own), label(other.system)
    their_id = other.event.record_id if other.event else ""
    return (
        Side(f"{here} says", own, facts.event.record_id, here if open_fields else "", own),
        Side(f"{there} says", other.system, their_id, there if open_fields else "", other.system),
        Side(LAST_AGREED, "contact-map", *((contact.label, "", contact.contact_id) if contact else ("", "", ""))),
    )


def mirror_option(case: Case, other: Case, option: Option) -> Option | None:
    """What the same choice is on the other record; of rows that wait for nobody, that record's own."""
    if other.verdict.queue is not case.verdict.queue:
        return None
    return other.option(option.name if case.verdict.queue is Queue.CONFLICT else other.suggestion)


def with_mirror(option: Option, mirrored: Option | None) -> Option:
    """The option with what it would write through the other record too, so that a key promises all that it does."""
    if mirrored is None:
        return option
    writing = [one.effect for one in (option, mirrored) if one.staged and one.staged.values]
    return replace(option, effect=" ".join(writing) or option.effect, beside=mirrored.staged)


def with_rest(facts: Facts, option: Option) -> Option:
    """The option with the disputed fields that it leaves as they are, by their names: what no sentence says is done."""
    if option.name != LEAVE_BOTH or facts.changes is None:
        return option
    written = {name for staged in (option.staged, option.beside) if staged for name in staged.values}
    left = [field_label(name) for name in facts.changes.held if name not in written]
    as_is = "it is" if len(left) == 1 else "they are"
    words = f"Left as {as_is} in both systems: {one_of(left, 'and')}. " if left else ""
    return replace(option, effect=f"{words}{option.effect}")


def paired_rows(facts: Facts) -> tuple[CaseRow, ...]:
    """A row per field that both systems have: first those that wait for a person, then changed ones, then the rest."""
    here, there = label(facts.event.system), label(facts.destination)
    ranked = sorted(
        facts.comparisons, key=lambda one: (not one.held, not one.writes, one.state is not FieldState.THERE)
    )
    return tuple(_row(one, here, there) for one in ranked)


def _row(one: Comparison, here: str, there: str) -> CaseRow:
    marks = (Mark.NEUTRAL, Mark.AGREES if one.state in _SAME else Mark.DIFFERS, Mark.NEUTRAL)
    values = tuple(mask_secrets(text or "") for text in (one.here, one.there, one.base))
    locked = one.blocked or one.held == "protected"
    return CaseRow(one.field, field_label(one.field), values, marks, locked, state_words(one, here, there))


def news_of_other(facts: Facts) -> tuple[str, ...]:
    """The labels of the fields in which only the other record has something new: nothing of them is written there."""
    return tuple(
        field_label(one.field)
        for one in facts.comparisons
        if one.state not in _SAME and not (one.held or one.blocked or one.writes)
    )


def state_words(one: Comparison, here: str, there: str) -> str:
    """A field's state with the systems' names: ``only HubSpot changed``."""
    if one.blocked:
        return "protected, left as it is"
    return {
        FieldState.AGREED: AGREED,
        FieldState.FORMATTING: "same, written differently",
        FieldState.HERE: f"only {here} changed" if one.base else f"only {here} has it",
        FieldState.THERE: f"only {there} changed" if one.base else f"only {there} has it",
        FieldState.BOTH: "both changed",
        FieldState.NO_BASELINE: "differ, none agreed",
        FieldState.CLEARED_HERE: f"cleared in {here}",
        FieldState.CLEARED_THERE: f"cleared in {there}",
        FieldState.LOOSENED: "opt-out taken back",
        FieldState.MERGED: "lists merged",
    }[one.state]
