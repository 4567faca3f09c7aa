"""Deciding: the rules that every key press and every line of ``decide --from`` goes through.

Each decision is one journal entry, committed before the acknowledgement is returned (reliability.md, goal 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.classify.fields import (
    base_choice,
    both_pick,
    choice_question,
    edited_pick,
    field_named,
    open_question,
    pick_words,
    picks_text,
    reason_wanted,
    side_pick,
)
from crm_tui.classify.staging import staged_key
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, Choice, Option, Outcome, Pick, Queue, Review, State
from crm_tui.text import safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.memory import disagreement, remember, remember_all
from crm_tui.workspace.partners import carries, partner
from crm_tui.workspace.repairs import judge_repaired, repairable
from crm_tui.workspace.replay import fold
from crm_tui.workspace.undoing import PLACES, Saved, Undoing

MAX_TEXT = 2_000
"""Characters of a reason, question or note."""
_AT_ONCE = 1_000
"""Decisions of a set that are written together."""
_WHOLE = frozenset(("field", "side", "value", "picks", "digest"))
"""Texts that are data and never cut."""


class Prepared(NamedTuple):
    """What a decision on a row says in the journal, apart from what was decided, by whom and why."""

    record_id: int
    row_id: str
    event_id: str
    evidence: str
    """``Case.fingerprint``."""
    suggested: str
    """Journal name of the option that is suggested."""
    option: str = ""
    """Journal name of the option taken; ``""`` = none."""
    token: str = ""
    staged: str = ""
    """Digest of what it stages."""
    locked: bool = False
    outside: bool = False
    disagreement: bytes = b""
    """See ``memory.disagreement``; only conflicts have one."""


class Decisions(Undoing):
    """Writes decisions of one reviewer into the journal and its projection."""

    def __init__(self, cases: Cases, reviewer: str) -> None:
        super().__init__(cases, reviewer)
        self._by_partner: dict[int, Saved] = {}
        """Record → the entry that a decision on its partner has made for it."""

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
            missing = f"has no choice: {open_question(case)} is still to be chosen"
            why = "rests on evidence that has changed; choose again" if stale else missing
            raise DecisionRefused(f"{_named(case)} {why}.")
        _, option = self._open_option(record_id, wanted, reason or review.reason, review.picks)
        texts = {"reason": reason or review.reason, "picks": picks_text(option.picks)}
        merges = option.staged is not None and option.staged.operation is Outcome.MERGE
        writes = any(one is not None and one.values for one in (option.staged, option.beside))
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
        return self._decide(case, record_id, Choice.REJECT, _aside(case, "→ rejected"), None, {"reason": reason})

    def defer(self, record_id: int, reason: str = "") -> Saved:
        """Leave the row for later; it stays outstanding."""
        case = self._case(record_id, errors=True)
        option = self._kept_option(record_id)
        return self._decide(case, record_id, Choice.DEFER, _aside(case, "→ deferred"), option, {"reason": reason})

    def ask(self, record_id: int, question: str) -> Saved:
        """Leave the row until the client has answered; it stays outstanding."""
        if not question.strip():
            raise DecisionRefused("asking the client needs a question.")
        case = self._case(record_id, errors=True)
        option = self._kept_option(record_id)
        return self._decide(
            case, record_id, Choice.NEEDS_CLIENT, _aside(case, "→ needs client"), option, {"question": question}
        )

    def note(self, record_id: int, text: str) -> Saved:
        """Keep a note with the row; it decides nothing."""
        if not text.strip():
            raise DecisionRefused("the note is empty.")
        case = self._case(record_id, errors=True)
        return self._decide(case, record_id, Choice.NOTE, "note kept", None, {"note": text})

    def repair(self, record_id: int, column: str, text: str, reason: str = "") -> Saved:
        """Type a value over a cell of the row, which is judged again with it; the row as it was read stays."""
        case = self._case(record_id, errors=True)
        texts = repairable(self.cases, record_id, column, text)
        words = f"→ {texts['field']} repaired"
        saved = self._decide(case, record_id, Choice.REPAIR, words, None, {**texts, "reason": reason})
        judged = self.cases.case(record_id)
        return replace(saved, text=f"{saved.text}, judged again: {judged.verdict.queue.word}, {judged.issue}")

    def _project(self, row_id: str, choice: str) -> None:
        if choice == Choice.REPAIR:
            judge_repaired(self.cases, row_id, self.reviewer)
        super()._project(row_id, choice)

    def _refuse_decided(self, case: Case, record_id: int) -> None:
        """A decision is taken back by undo, never by the next key."""
        if decided := decided_words(case, self.cases.review(record_id)):
            raise DecisionRefused(decided)

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
        if option.takes_reason and not reason.strip():
            raise DecisionRefused(f"{_named(case)}: this choice takes a reason. {choice_question(option)}")
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
        return replace(saved, text=f"{text} (with its {other.case.noun})", last=mirrored.seq)

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
        ready = prepared(case, record_id, option)
        with self._entry() as group:
            fields, kept = self._said(ready, choice, texts or {})
            seq = journal.append(self.store, "decide", {**fields, **(more or {}), **group}, kept)
            self._project(case.row_id, choice)
            remember(self.cases, case, record_id, choice, seq)
        return Saved(seq, record_id, case.event_id, text)

    def _said(self, row: Prepared, choice: Choice, texts: Mapping[str, str]) -> journal.Said:
        """What the journal is to say of a decision on a row."""
        fields = {"row": row.row_id, "choice": choice.value, "locked": row.locked, "outside": row.outside}
        kept = {name: value.strip()[: None if name in _WHOLE else MAX_TEXT] for name, value in texts.items()}
        kept |= {"by": self.reviewer, "evidence": row.evidence, "suggested": row.suggested}
        if row.option:
            kept |= {"option": row.option, "source_of_truth": row.token, "staged": row.staged}
        return fields, kept

    def enter(self, rows: Sequence[Prepared], choice: Choice, words: str = "") -> Saved:
        """Enter one decision on each of many rows that nothing was chosen on and nothing has happened to since they
        were prepared; call it inside ``together``.

        ``words``: the reason, or of ``NEEDS_CLIENT`` the question, that stands on each.
        """
        texts = {"question" if choice is Choice.NEEDS_CLIENT else "reason": words}
        group = {"group": self._group}
        first, seq = journal.head(self.store.connection)[0] + 1, 0
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            before = self.cases.reviews(row.record_id for row in some)
            said = (({**fields, **group}, kept) for fields, kept in (self._said(row, choice, texts) for row in some))
            entries = journal.append_all(self.store, "decide", said)
            after = [fold([entry], before[row.record_id]) for row, entry in zip(some, entries, strict=True)]
            projected = (journal.projected(row.row_id, review) for row, review in zip(some, after, strict=True))
            self.store.connection.executemany(
                f"INSERT OR REPLACE INTO decision VALUES ({PLACES})", [(*row, 0) for row in projected if row]
            )
            told = ((row.disagreement, row.row_id, entry.seq) for row, entry in zip(some, entries, strict=True))
            remember_all(self.cases, choice, told)
            seq = entries[-1].seq
        return Saved(first, rows[-1].record_id, rows[-1].event_id, "", len(rows), seq)

    def prepare(self, record_id: int, option: Option | None) -> Prepared:
        """What ``enter`` needs of a row, so that its case need not be made again; ``None``: no option is taken."""
        case = self.cases.case(record_id)
        ready = prepared(case, record_id, option)
        if case.verdict.queue is not Queue.CONFLICT:
            return ready
        return ready._replace(disagreement=disagreement(self.cases, case, record_id))


def decided_words(case: Case, review: Review) -> str:
    """That the row is decided, and by which entry, as a sentence; ``""`` = it waits."""
    if review.state.outstanding:
        return ""
    return f"{_named(case)} is {review.state.value} already (#{review.seq}); undo it first."


def prepared(case: Case, record_id: int, option: Option | None) -> Prepared:
    """What the journal says of a case and an option."""
    suggested = case.option(case.suggestion) if case.suggestion else None
    found = Prepared(record_id, case.row_id, case.event_id, case.fingerprint, suggested.name if suggested else "")
    if option is None:
        return found
    return found._replace(
        option=option.name,
        token=option.token,
        staged=_staged_key(case, option),
        locked=option.overrides,
        outside=option.outside,
    )


def _aside(case: Case, words: str) -> str:
    """What was done with a row; nothing that is said of an error row makes it a decided one."""
    return f"{words}, and counts as blocked until it is repaired" if case.verdict.queue is Queue.ERROR else words


def _named(case: Case) -> str:
    return safe_text(case.event_id, 40) or f"line {case.line}"


def _staged_key(case: Case, option: Option) -> str:
    """What the option stages, as one digest; ``""`` for one that stages nothing at all."""
    return staged_key(case.row_id, option.staged) if option.staged else ""
