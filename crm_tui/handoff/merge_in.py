"""Taking a merged handoff into a copy of the workspace, so that what is open is decided there, in the console.

What the votes agree on is decided by the same rules as a key press, in the name of who voted.  A row on which they
disagree is open again, with what each said before its note.  The journal names the merge; undo works as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui.errors import UsageError
from crm_tui.handoff import outline
from crm_tui.handoff.row_file import Row
from crm_tui.model import Pick, Review, Take
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions


def merge_in(cases: Cases, statement: Mapping[str, Any], rows: Sequence[Row], reviewer: str) -> int:
    """Bring the workspace to what a merged handoff says; gives how many rows wait again because of it.

    One transaction.  Raises ``UsageError`` where the workspace is no copy of that review, or its rows have moved.
    """
    _refuse_another(cases, statement, rows)
    decisions = Decisions(cases, reviewer)
    open_again = 0
    with decisions.together():
        journal.append(cases.store, "merge-in", {"parents": list(statement["parents"])}, {"by": reviewer})
        for row in rows:
            open_again += _bring(decisions, row, reviewer)
    return open_again


def _refuse_another(cases: Cases, statement: Mapping[str, Any], rows: Sequence[Row]) -> None:
    if statement["workspace_id"] != cases.store.meta("workspace_id"):
        raise UsageError("that workspace is no copy of the review that was merged.")
    evidence = {case.row_id: case.fingerprint for _, case, _ in cases.each()}
    evidence |= {case.row_id: case.fingerprint for one, case, _ in cases.each_group() if one.live}
    if evidence != {row["row_id"]: row["evidence_sha256"] for row in rows}:
        raise UsageError("the workspace has other loads than the review that was merged; take another copy of it.")


def _bring(decisions: Decisions, row: Row, reviewer: str) -> bool:
    """Decide one row as the merge has it; gives whether it waits again because the votes disagree."""
    record_id = decisions.cases.by_row_id(row["row_id"])
    assert record_id is not None
    review = decisions.cases.review(record_id)
    decision = row["decision"]
    if decision and _same(review, decision):
        return False
    decisions.reviewer = reviewer
    if row["votes"] and (not review.state.outstanding or (not decision and _voted(review, row))):
        decisions.reopen(record_id)
    if decision:
        if decisions.cases.review(record_id).picks:
            decisions.clear(record_id)
        _decide(decisions, record_id, decision)
    said = outline.disputes(row)
    if said:
        _note_dispute(decisions, record_id, f"two reviewers disagree: {'; '.join(said)}")
    return bool(said)


def _voted(review: Review, row: Row) -> bool:
    """Whether the row stands by one of the votes; a choice from before them is left as it is."""
    return (review.action, review.at) in {(vote["action"], vote["at"]) for vote in row["votes"]}


def _note_dispute(decisions: Decisions, record_id: int, said: str) -> None:
    """Put what each said before the note that the row has: a row shows its latest note only."""
    note = decisions.cases.review(record_id).note
    if said not in note:
        decisions.note(record_id, "; ".join(filter(None, (said, note))))


def _same(review: Review, decision: Mapping[str, Any]) -> bool:
    picks = [pick._asdict() for pick in review.picks]
    return (review.action, review.choice, picks) == (decision["action"], decision["option"], decision["picks"])


def _decide(decisions: Decisions, record_id: int, decision: Mapping[str, Any]) -> None:
    decisions.reviewer = decision["by"]
    token, reason = decision["source_of_truth"], decision["reason"]
    for one in decision["picks"]:
        decisions.pick(record_id, Pick(**(one | {"take": Take(one["take"])})), one["reason"])
    match decision["action"]:
        case "approve":
            decisions.approve(record_id, token=token, reason=reason)
        case "choose":
            decisions.choose(record_id, token, reason)
        case "reject":
            decisions.reject(record_id, reason)
        case "defer":
            decisions.defer(record_id, reason)
        case "needs-client":
            decisions.ask(record_id, decision["question"])
