"""Deciding: the rules that every key press and every line of ``decide --from`` goes through.

Each decision is one journal entry, committed before the acknowledgement is returned (reliability.md, goal 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.classify.fields import (
    base_choice,
    both_pick,
    edited_pick,
    field_named,
    pick_words,
    picks_text,
    reason_wanted,
    side_pick,
)
from crm_tui.classify.staging import staged_key
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, Choice, Option, Outcome, Pick, Queue, State
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.memory import remember
from crm_tui.workspace.partners import carries, partner
from crm_tui.workspace.replay import Entry, fold, latest_set, redoable, undone

MAX_TEXT = 2_000
"""Characters of a reason, question or note."""
_WHOLE = frozenset(("field", "side", "value", "picks"))
"""Texts that are data and never cut."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The acknowledgement of an entry that is on disk."""

    seq: int
    record_id: int
    event_id: str
    text: str
    """What was recorded, as a sentence fragment: ``→ CLOSE-202 · GHL-502``, ``approved: …``."""
    rows: int = 1
    """Of how many rows it is the acknowledgement; of more than one it names the last entry."""

    @property
    def line(self) -> str:
        """``#12 saved  APT-7002 → CLOSE-202 · GHL-502``: names row, choice and the running number."""
        name = f"{self.rows:,} rows" if self.rows > 1 else self.event_id or "row without id"
        return f"#{self.seq} saved  {name} {self.text}"


class Decisions:
    """Writes decisions of one reviewer into the journal and its projection."""

    def __init__(self, cases: Cases, reviewer: str) -> None:
        self.cases = cases
        self.store = cases.store
        self.reviewer = reviewer
        self._group = 0
        self._by_partner: dict[int, Saved] = {}
        """Record → the entry that a decision on its partner has made for it."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is decided in the block is one transaction and one group: all of it is on disk after it, or nothing.

        The group's number is that of its first entry.
        """
        with self.store.transaction():
            self._group = journal.head(self.store.connection)[0] + 1
            try:
                yield
            finally:
                self._group = 0

    @contextmanager
    def _entry(self) -> Iterator[dict[str, Any]]:
        """The transaction of one entry, and what its body says of the group."""
        if self._group:
            yield {"group": self._group}
        else:
            with self.store.transaction():
                yield {}

    def choose(self, record_id: int, token: str, reason: str = "") -> Saved:
        """Keep a choice of a conflict; the row stays outstanding until it is approved."""
        case, option = self._open_option(record_id, token, reason, self._picks(record_id))
        return self._decide(case, record_id, Choice.CHOOSE, f"→ {option.label}", option, {"reason": reason})

    # -- field by field

    def take_side(self, record_id: int, field: str, side: str, reason: str = "") -> Saved:
        """Take one side's value for a field; the row stays outstanding until it is approved."""
        case = self._case(record_id)
        return self.pick(record_id, side_pick(case, field_named(case, field), side), reason)

    def keep_both(self, record_id: int, field: str, reason: str = "") -> Saved:
        """Keep what all sides have: of a list the union, of consent the more restrictive."""
        wanted = field_named(self._case(record_id), field)
        return self.pick(record_id, both_pick(self.cases.facts(record_id), wanted), reason)

    def edit(self, record_id: int, field: str, text: str, reason: str = "") -> Saved:
        """Write a value of one's own into a field; it is marked as neither source's."""
        wanted = field_named(self._case(record_id), field)
        return self.pick(record_id, edited_pick(self.cases.facts(record_id), wanted, text), reason)

    def pick(self, record_id: int, pick: Pick, reason: str = "") -> Saved:
        """Keep a choice for one field, as ``classify.fields`` made it."""
        case = self._case(record_id)
        asked = reason_wanted(self.cases.facts(record_id), case, pick)
        if asked and not reason.strip():
            raise DecisionRefused(f"{_named(case)}: choosing the {pick.field} so takes a reason. {asked}")
        texts = {"field": pick.field, "side": pick.side, "value": pick.value or "", "reason": reason}
        words = f"→ {field_named(case, pick.field).label}: {pick_words(case, pick)}"
        option = self._kept_option(record_id)
        return self._decide(case, record_id, Choice.FIELD, words, option, texts, {"take": pick.take.value})

    def clear_field(self, record_id: int, field: str) -> Saved:
        """Take the choice for one field back without choosing otherwise."""
        case = self._case(record_id)
        wanted = field_named(case, field)
        if not any(pick.field == wanted.name for pick in self._picks(record_id)):
            raise DecisionRefused(f"nothing is chosen for the {wanted.label} of {_named(case)}.")
        words, option = f"→ {wanted.label}: choice cleared", self._kept_option(record_id)
        return self._decide(case, record_id, Choice.CLEAR_FIELD, words, option, {"field": wanted.name})

    # -- the row

    def clear(self, record_id: int) -> Saved:
        """Take the choice back, and those of its fields, without deciding otherwise."""
        case = self._case(record_id)
        review = self.cases.review(record_id)
        if not review.choice and not review.picks:
            raise DecisionRefused(f"{_named(case)} has no choice to clear.")
        return self._decide(case, record_id, Choice.CLEAR, "choice cleared")

    def approve(self, record_id: int, *, reason: str = "", token: str = "") -> Saved:
        """Approve the choice named, else the one made, else the one suggested."""
        case = self._case(record_id)
        review = self.cases.review(record_id)
        if done := self._told_by_partner(case, record_id, Choice.APPROVE, token):
            return done
        self._refuse_decided(case, record_id)
        stale = review.state is State.STALE
        made = "" if stale else base_choice(case, review.choice, review.picks)
        wanted = token or made or case.suggestion
        if not wanted:
            why = "rests on evidence that has changed; choose again" if stale else "has no choice; choose a side first"
            raise DecisionRefused(f"{_named(case)} {why}.")
        _, option = self._open_option(record_id, wanted, reason or review.reason, review.picks)
        texts = {"reason": reason or review.reason, "picks": picks_text(option.picks)}
        merges = option.staged is not None and option.staged.operation is Outcome.MERGE
        writes = option.staged is not None and bool(option.staged.values)
        what = option.label if writes or merges else "nothing to write"
        return self._decide(case, record_id, Choice.APPROVE, f"→ approved, {what}", option, texts)

    def reject(self, record_id: int, reason: str) -> Saved:
        """Reject the row: nothing is staged; the reason is required."""
        case = self._case(record_id, errors=True)
        if case.verdict.queue is Queue.DUPLICATE:
            told = {"reason": reason.strip() or NOT_THE_SAME}
            return self._decide(case, record_id, Choice.REJECT, f"→ {NOT_THE_SAME}", None, told)
        if not reason.strip():
            raise DecisionRefused("a rejection needs a reason.")
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
        """Take back the latest decision that counts, of one row or of the workspace; itself an entry.

        Of the workspace, what was decided as a group is taken back as a group.
        """
        latest = self._latest(record_id)
        if not latest:
            raise DecisionRefused("there is nothing to undo.")
        return self._take_back([(entry, entry) for entry in latest], "undone")

    def undo_entry(self, seq: int) -> Saved:
        """Take back one decision, whenever it was made; later ones stay."""
        found = journal.decisions(self.store.connection)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        if entry is None:
            raise DecisionRefused(f"#{seq} is no decision.")
        if seq in undone(found):
            raise DecisionRefused(f"#{seq} is undone already.")
        return self._take_back([(entry, entry)], "undone")

    def redo_entry(self, seq: int) -> Saved:
        """Make one decision that was undone count again; later ones stay."""
        found = journal.decisions(self.store.connection)
        cancelled = undone(found)
        entry = next((entry for entry in found if entry.seq == seq and entry.kind == "decide"), None)
        undo = next((one for one in found if one.undoes == seq and one.seq not in cancelled), None)
        if entry is None or undo is None:
            raise DecisionRefused(f"#{seq} is not undone.")
        return self._take_back([(undo, entry)], "done again")

    def redo(self) -> Saved:
        """Take back the latest undo, or group of undos, except of rows that were decided anew since."""
        connection = self.store.connection
        pairs = redoable(journal.backwards(connection), lambda seq: journal.decision(connection, seq))
        if not pairs:
            raise DecisionRefused("there is nothing to redo.")
        return self._take_back(pairs, "done again")

    def _latest(self, record_id: int | None) -> list[Entry]:
        """The latest decision that counts; of the workspace, with the others of its group."""
        if record_id is not None:
            return self._latest_of_row(record_id)
        return latest_set(journal.backwards(self.store.connection))

    def _latest_of_row(self, record_id: int) -> list[Entry]:
        """The latest decision of a row that counts, with the one that was made with it on its partner."""
        case = self.cases.case(record_id)
        connection = self.store.connection
        found = journal.effective_of_row(connection, case.row_id)[-1:]
        if found and found[0].group and case.partner:
            theirs = journal.effective_of_row(connection, self.cases.case(case.partner).row_id)[-1:]
            found += [entry for entry in theirs if entry.group == found[0].group]
        return found

    def _take_back(self, pairs: Sequence[tuple[Entry, Entry]], verb: str) -> Saved:
        """Take entries back, each given with the decision that it comes to; more than one are a group."""
        with self.together() if len(pairs) > 1 else nullcontext():
            seqs = [self._take_back_one(entry.seq, decision.row) for entry, decision in pairs]
        first = pairs[0][1]
        record_id = self.cases.by_row_id(first.row)
        event_id = self.cases.case(record_id).event_id if record_id else first.row
        text = f"{verb}: #{first.seq}, {first.body['choice']}"
        if len(pairs) > 1:
            text = f"{verb}: the set of #{first.group}, {first.body['choice']}"
        return Saved(seqs[-1], record_id or 0, event_id, text, len(pairs))

    def _take_back_one(self, seq: int, row_id: str) -> int:
        with self._entry() as group:
            number = journal.append(self.store, "undo", {"of": seq, **group}, {"by": self.reviewer})
            self._project(row_id)
        return number

    def _refuse_decided(self, case: Case, record_id: int) -> None:
        """A decision is taken back by undo, never by the next key."""
        review = self.cases.review(record_id)
        if not review.state.outstanding:
            raise DecisionRefused(f"{_named(case)} is {review.state.value} already (#{review.seq}); undo it first.")

    def _kept_option(self, record_id: int) -> Option | None:
        """The choice made so far; one that was made on other evidence does not count."""
        review = self.cases.review(record_id)
        made = review.choice and review.state is not State.STALE
        return self.cases.option(record_id, review.choice, review.picks) if made else None

    def _picks(self, record_id: int) -> tuple[Pick, ...]:
        """The field choices in force."""
        return self.cases.review(record_id).picks

    def _case(self, record_id: int, *, errors: bool = False) -> Case:
        case = self.cases.case(record_id)
        if case.verdict.queue is Queue.ERROR and not errors:
            raise DecisionRefused(f"{_named(case)} is an error row: it stays blocked until its source is put right.")
        return case

    def _open_option(self, record_id: int, token: str, reason: str, picks: Sequence[Pick]) -> tuple[Case, Option]:
        case = self._case(record_id)
        option = self.cases.option(record_id, token, picks)
        if option is None:
            known = ", ".join(option.token for option in case.options)
            raise DecisionRefused(f"that choice is not open on {_named(case)}; open are: {known}.")
        if option.locked and not reason.strip():
            raise DecisionRefused(f"{_named(case)} changes a protected field; that takes a reason.")
        if option.outside and not reason.strip():
            raise DecisionRefused(f"no key on {_named(case)} leads to that contact; choosing it takes a reason.")
        if option.doubt and not reason.strip():
            raise DecisionRefused(f"{_named(case)}: this choice takes a reason. {option.doubt}")
        return case, option

    def _decide(
        self,
        case: Case,
        record_id: int,
        choice: Choice,
        text: str,
        option: Option | None = None,
        texts: dict[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Saved:
        if done := self._told_by_partner(case, record_id, choice, ""):
            return done
        if choice is not Choice.NOTE:
            self._refuse_decided(case, record_id)
        other = partner(self.cases, record_id, case, choice, option)
        if other is None or not carries(other.case, (texts or {}).get("field", "")):
            return self._decide_one(case, record_id, choice, text, option, texts, more)
        with nullcontext() if self._group else self.together():
            saved = self._decide_one(case, record_id, choice, text, option, texts, more)
            told = dict(texts or {})
            if "picks" in told and other.option:
                told["picks"] = picks_text(other.option.picks)
            mirrored = self._decide_one(other.case, other.record_id, choice, text, other.option, told, more)
        self._by_partner[other.record_id] = mirrored
        return replace(saved, text=f"{text} (with its {other.case.noun})")

    def _told_by_partner(self, case: Case, record_id: int, choice: Choice, token: str) -> Saved | None:
        """The entry that decided the row just so with its partner; to decide it again would say it twice."""
        told, review = self._by_partner.get(record_id), self.cases.review(record_id)
        if told is None or (review.seq, review.action) != (told.seq, choice.value) or review.state.outstanding:
            return None
        option = case.option(token) if token else None
        return told if not token or (option and option.name == review.choice) else None

    def _decide_one(
        self,
        case: Case,
        record_id: int,
        choice: Choice,
        text: str,
        option: Option | None,
        texts: Mapping[str, str] | None,
        more: Mapping[str, str] | None,
    ) -> Saved:
        suggested = case.option(case.suggestion) if case.suggestion else None
        fields = {
            "row": case.row_id,
            "choice": choice.value,
            "locked": bool(option and option.overrides),
            "outside": bool(option and option.outside),
            **(more or {}),
        }
        kept = {name: value.strip()[: None if name in _WHOLE else MAX_TEXT] for name, value in (texts or {}).items()}
        kept |= {"by": self.reviewer, "evidence": case.fingerprint, "suggested": suggested.name if suggested else ""}
        if option:
            kept |= {"option": option.name, "source_of_truth": option.token, "staged": _staged_key(case, option)}
        with self._entry() as group:
            seq = journal.append(self.store, "decide", {**fields, **group}, kept)
            self._project(case.row_id)
            remember(self.cases, case, record_id, choice, seq)
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
    stale = record_id is not None and cases.lapsed(cases.case(record_id), review)
    connection.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, int(stale)))


def _named(case: Case) -> str:
    return safe_text(case.event_id, 40) or f"line {case.line}"


def _staged_key(case: Case, option: Option) -> str:
    """What the option stages, as one digest; ``""`` for one that stages nothing at all."""
    return staged_key(case.row_id, option.staged) if option.staged else ""
