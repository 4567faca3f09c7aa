"""Two systems' records of one contact are decided together: what a decision on one means for the other.

Each record keeps its own journal entries and its own staged row; the entries of the two are one group.
"""

from __future__ import annotations

from typing import NamedTuple

from crm_tui.classify.paired import mirror_option
from crm_tui.model import Case, Choice, Option
from crm_tui.workspace.cases import Cases


class Partner(NamedTuple):
    """The other record of a pair, as it stands."""

    record_id: int
    case: Case
    option: Option | None
    """What the same choice is there."""


def partner(cases: Cases, record_id: int, case: Case, choice: Choice, option: Option | None) -> Partner | None:
    """The record that is decided together with this one; ``None`` when there is none, or the choice does not fit it.

    It has to be the mirror image: each names the other, both wait for a person or neither does.
    """
    if not case.partner or choice in (Choice.NOTE, Choice.REPAIR):
        return None
    other = cases.case(case.partner)
    review = cases.review(case.partner)
    if other.partner != record_id or other.verdict.queue is not case.verdict.queue or not review.state.outstanding:
        return None
    if option is None:
        return Partner(case.partner, other, None)
    mirrored = mirror_option(case, other, option)
    found = cases.option(case.partner, mirrored.name, review.picks) if mirrored else None
    return Partner(case.partner, other, found) if found else None


def carries(other: Case, field: str) -> bool:
    """Whether a choice for this field, or for the whole record (``""``), can be made on the other one too."""
    return not field or any(one.name == field for one in other.fields)
