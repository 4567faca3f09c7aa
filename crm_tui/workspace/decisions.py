"""Deciding: the rules that every key press and every line of ``decide --from`` goes through.

Each decision is one journal entry, committed before the acknowledgement is returned (reliability.md, goal 1).
"""

from __future__ import annotations

from dataclasses import dataclass

from crm_tui.classify.staging import content_key, staged_values
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, Choice, Option, Queue, State
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases, moved
from crm_tui.workspace.replay import Entry, fold, undone

MAX_TEXT = 2_000
"""Characters of a reason, question or note."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The acknowledgement of an entry that is on disk."""

    seq: int
    record_id: int
    event_id: str
    text: str
    """What was recorded, as a sentence fragment: ``→ CLOSE-202 · GHL-502``, ``approved: …``."""

    @property
    def line(self) -> str:
        """``#12 saved  APT-7002 → CLOSE-202 · GHL-502``: names row, choice and the running number."""
        return f"#{self.seq} saved  {self.event_id or 'row without id'} {self.text}"


class Decisions:
    """Writes decisions of one reviewer into the journal and its projection."""

    def __init__(self, cases: Cases, reviewer: str) -> None:
        self.cases = cases
        self.store = cases.store
        self.reviewer = reviewer

    def choose(self, record_id: int, token: str, reason: str = "") -> Saved:
        """Keep a choice of a conflict; the row stays outstanding until it is approved."""
        case, option = self._open_option(record_id, token, reason)
        return self._decide(case, record_id, Choice.CHOOSE, f"→ {option.label}", option, {"reason": reason})

    def clear(self, record_id: int) -> Saved:
        """Take the choice back without deciding otherwise."""
        case = self._case(record_id)
        if not self.cases.review(record_id).choice:
            raise DecisionRefused(f"{_named(case)} has no choice to clear.")
        return self._decide(case, record_id, Choice.CLEAR, "choice cleared")

    def approve(self, record_id: int, *, reason: str = "", token: str = "") -> Saved:
        """Approve the choice named, else the one made, else the one suggested."""
        case = self._case(record_id)
        review = self.cases.review(record_id)
        self._refuse_decided(case, record_id)
        stale = review.state is State.STALE
        wanted = token or ("" if stale else review.choice) or case.suggestion
        if not wanted:
            why = "rests on evidence that has changed; choose again" if stale else "has no choice; choose a side first"
            raise DecisionRefused(f"{_named(case)} {why}.")
        _, option = self._open_option(record_id, wanted, reason or review.reason)
        texts = {"reason": reason or review.reason}
        what = "nothing to write" if not option.staged or not option.staged.values else option.label
        return self._decide(case, record_id, Choice.APPROVE, f"→ approved, {what}", option, texts)

    def reject(self, record_id: int, reason: str) -> Saved:
        """Reject the row: nothing is staged; the reason is required."""
        if not reason.strip():
            raise DecisionRefused("a rejection needs a reason.")
        case = self._case(record_id, errors=True)
        return self._decide(case, record_id, Choice.REJECT, "→ rejected", None, {"reason": reason})

    def defer(self, record_id: int, reason: str = "") -> Saved:
        """Leave the row for later; it stays outstanding."""
        case = self._case(record_id, errors=True)
        option = self._kept_option(record_id)
        return self._decide(case, record_id, Choice.DEFER, "→ deferred", option, {"reason": reason})

    def ask(self, record_id: int, question: str) -> Saved:
        """Leave the row until the client has answered; it stays outstanding."""
        if not question.strip():
            raise DecisionRefused("asking the client needs a question.")
        case = self._case(record_id, errors=True)
        option = self._kept_option(record_id)
        return self._decide(case, record_id, Choice.NEEDS_CLIENT, "→ needs client", option, {"question": question})

    def note(self, record_id: int, text: str) -> Saved:
        """Keep a note with the row; it decides nothing."""
        if not text.strip():
            raise DecisionRefused("the note is empty.")
        case = self._case(record_id, errors=True)
        return self._decide(case, record_id, Choice.NOTE, "note kept", None, {"note": text})

    def undo(self, record_id: int | None = None) -> Saved:
        """Take back the latest decision that counts, of one row or of the workspace; itself an entry."""
        entry = self._latest(record_id)
        if entry is None:
            raise DecisionRefused("there is nothing to undo.")
        return self._take_back(entry.seq, entry.row, f"undone: #{entry.seq}, {entry.body['choice']}")

    def redo(self) -> Saved:
        """Take back the latest undo, unless its row was decided anew since."""
        found = journal.entries(self.store.connection, "kind IN ('decide', 'undo')")
        by_seq = {entry.seq: entry for entry in found}
        cancelled = undone(found)
        newer: set[str] = set()
        for entry in reversed(found):
            if entry.seq in cancelled:
                continue
            if entry.kind == "decide":
                newer.add(entry.row)
                continue
            target = by_seq[entry.undoes]
            if target.kind == "decide" and target.row not in newer:
                return self._take_back(entry.seq, target.row, f"done again: #{target.seq}, {target.body['choice']}")
        raise DecisionRefused("there is nothing to redo.")

    def _latest(self, record_id: int | None) -> Entry | None:
        connection = self.store.connection
        if record_id is not None:
            found = journal.effective_of_row(connection, self.cases.case(record_id).row_id)
            return found[-1] if found else None
        everything = journal.entries(connection, "kind IN ('decide', 'undo')")
        cancelled = undone(everything)
        alive = (entry for entry in reversed(everything) if entry.kind == "decide" and entry.seq not in cancelled)
        return next(alive, None)

    def _take_back(self, seq: int, row_id: str, text: str) -> Saved:
        record_id = self.cases.by_row_id(row_id)
        with self.store.transaction():
            number = journal.append(self.store, "undo", {"of": seq}, {"by": self.reviewer})
            self._project(row_id)
        event_id = self.cases.case(record_id).event_id if record_id else row_id
        return Saved(number, record_id or 0, event_id, text)

    def _refuse_decided(self, case: Case, record_id: int) -> None:
        """A decision is taken back by undo, never by the next key."""
        review = self.cases.review(record_id)
        if not review.state.outstanding:
            raise DecisionRefused(f"{_named(case)} is {review.state.value} already (#{review.seq}); undo it first.")

    def _kept_option(self, record_id: int) -> Option | None:
        """The choice made so far; one that was made on other evidence does not count."""
        review = self.cases.review(record_id)
        return (
            self.cases.option(record_id, review.choice) if review.choice and review.state is not State.STALE else None
        )

    def _case(self, record_id: int, *, errors: bool = False) -> Case:
        case = self.cases.case(record_id)
        if case.verdict.queue is Queue.ERROR and not errors:
            raise DecisionRefused(f"{_named(case)} is an error row: it stays blocked until its source is put right.")
        return case

    def _open_option(self, record_id: int, token: str, reason: str) -> tuple[Case, Option]:
        case = self._case(record_id)
        option = self.cases.option(record_id, token)
        if option is None:
            known = ", ".join(option.token for option in case.options)
            raise DecisionRefused(f"that choice is not open on {_named(case)}; open are: {known}.")
        if option.locked and not reason.strip():
            raise DecisionRefused(f"{_named(case)} changes a protected field; that takes a reason.")
        return case, option

    def _decide(
        self,
        case: Case,
        record_id: int,
        choice: Choice,
        text: str,
        option: Option | None = None,
        texts: dict[str, str] | None = None,
    ) -> Saved:
        if choice is not Choice.NOTE:
            self._refuse_decided(case, record_id)
        suggested = case.option(case.suggestion) if case.suggestion else None
        fields = {"row": case.row_id, "choice": choice.value, "locked": bool(option and option.locked)}
        kept = {name: value.strip()[:MAX_TEXT] for name, value in (texts or {}).items()}
        kept |= {"by": self.reviewer, "evidence": case.fingerprint, "suggested": suggested.name if suggested else ""}
        if option:
            kept |= {"option": option.name, "source_of_truth": option.token, "staged": _content_key(case, option)}
        with self.store.transaction():
            seq = journal.append(self.store, "decide", fields, kept)
            self._project(case.row_id)
        return Saved(seq, record_id, case.event_id, text)

    def _project(self, row_id: str) -> None:
        project_row(self.cases, row_id)


def project_row(cases: Cases, row_id: str) -> None:
    """Bring the projection of one row up to the journal; call it inside a transaction."""
    connection = cases.store.connection
    review = fold(journal.effective_of_row(connection, row_id))
    row = journal.projected(row_id, review)
    connection.execute("DELETE FROM decision WHERE row_id = ?", (row_id,))
    if row is None:
        return
    record_id = cases.by_row_id(row_id)
    stale = record_id is not None and moved(cases.case(record_id), review)
    connection.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, int(stale)))


def _content_key(case: Case, option: Option) -> str:
    """What the option stages, as one digest; ``""`` for one that stages nothing at all."""
    staged = option.staged
    if staged is None:
        return ""
    return content_key(case.row_id, staged.destination, staged.operation.value, staged.target_id, staged_values(staged))


def _named(case: Case) -> str:
    return safe_text(case.event_id, 40) or f"line {case.line}"
