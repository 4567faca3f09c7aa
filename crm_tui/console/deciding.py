"""The keys that decide, as a mixin of the review screen: each writes at once, or asks for words first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from crm_tui.console.action import Context
from crm_tui.console.draw import shown
from crm_tui.console.fielding import Fielding
from crm_tui.console.privacy import Ours
from crm_tui.console.standing import approvable, takes_contacts
from crm_tui.console.tabs import Tab
from crm_tui.errors import CrmTuiError
from crm_tui.model import State
from crm_tui.text import counted
from crm_tui.workspace import journal
from crm_tui.workspace.decisions import Decisions, decided_words
from crm_tui.workspace.undoing import Saved

if TYPE_CHECKING:
    from crm_tui.console.handoff import Plan
    from crm_tui.handoff.seal import Sealed
    from crm_tui.workspace.replay import Entry


_ELSEWHERE = {
    Context.LEDGER: "is for conflicts; on this row all keys agree: {approve} approves it, {reject} rejects it.",
    Context.CONFLICT: "does nothing on a conflict.",
    Context.ERROR: "does nothing on an error row: blocked until {edit} repairs a cell, or its source is put right.",
    Context.DUPLICATE: "is for rows; here a number says which record stays, {reject} that they are not the same.",
    Context.FIELDS: "is for whole rows; esc goes back to them.",
}
"""Why a key does nothing, by where the cursor is."""
_NOT_OF_GROUPS = {
    "map_contact": "is for conflicts; the records of a group are of one system, and a number says which one stays.",
    "recall": "is for conflicts; what is decided on a group holds for its records, and is not asked again.",
}
"""Why these do nothing on a group of duplicates, and what does it there."""
_NO_ROW = "there is no row here; {previous_tab} and {next_tab} go to the other tabs."
_OF_LISTS = frozenset(("back", "filter", "sort", "search", "next_match", "previous_match"))
"""Actions that may be wanted in a list without rows."""


class Deciding(Fielding):
    """What deciding keys do; the screen that shows it is ``ReviewScreen``."""

    def out_of_place(self, action_id: str) -> bool:
        """Whether a key of the registry does nothing where the cursor is; then one sentence says why."""
        session, action = self.session, self.session.settings.by_id.get(action_id)
        if action is None or Context.SLICE in action.contexts:
            return False
        if session.standing is None and (session.tab.queue is None or action_id not in _OF_LISTS):
            self.say("" if action_id == "back" else self.told(_NO_ROW), "refused")
            return True
        if session.context not in action.contexts:
            group = session.context is Context.DUPLICATE
            why = _NOT_OF_GROUPS.get(action_id, "") if group else ""
            named = session.settings.keys_of(action) or action.label
            self.say(f"{named} {self.told(why or _ELSEWHERE[session.context])}", "refused")
            return True
        return False

    def _usable(self, action_id: str) -> bool:
        """Whether something can be decided here; if not, says why."""
        if self.session.store.read_only:
            self.say("this workspace is open read-only: nothing can be decided here.", "refused")
            return False
        return not self.out_of_place(action_id)

    def _refused_as_decided(self) -> bool:
        """Whether the row is decided already; then a sentence says by which entry, before anybody types words."""
        standing = self.session.standing
        decided = decided_words(standing.case, standing.review) if standing else ""
        if decided:
            self.say(decided, "refused")
        return bool(decided)

    def _row_name(self) -> str:
        standing = self.session.seen
        return shown(standing.case.event_id, 40) if standing and standing.case.event_id else "this row"

    def _decide(self, act: Callable[[Decisions, int], Saved], *, go_on: bool = False) -> None:
        self.attempt(lambda: self.session.decide(act, go_on=go_on))

    def _ask(
        self,
        title: str,
        about: str,
        done: Callable[[str], None],
        value: str = "",
        *,
        verb: str = "",
        required: bool = True,
        decides: bool = True,
    ) -> None:
        from crm_tui.console.dialogs import Prompt

        if decides and self._refused_as_decided():
            return
        verb = verb or title.partition(" ")[0].lower()
        prompt = Prompt(title, about, value=value, verb=verb, required=required)
        self.app.push_screen(prompt, self.for_row(done, decides=decides))

    # -- choosing

    def action_choose(self, number: int) -> None:
        """Choose the option of that number."""
        if not self._usable("choose") or self.take_number(number):
            return
        standing = self.session.standing
        options = standing.case.options if standing else ()
        if number <= len(options):
            self._choose(options[number - 1].token)
        else:
            self.say(f"there is no option {number} here.", "refused")

    def action_choose_left(self) -> None:
        """Choose the side to the left."""
        self._choose_side(-1)

    def action_choose_right(self) -> None:
        """Choose the side to the right."""
        self._choose_side(1)

    def _choose_side(self, step: int) -> None:
        if not self._usable("choose_left") or self.take_next(step):
            return
        token = self.session.side_token(step)
        if token:
            self._choose(token)
        else:
            words = "no side can be chosen here; the numbers choose an option, {map_contact} another contact."
            self.say(self.told(words), "refused")

    def _choose(self, token: str) -> None:
        question = self.session.question(token)
        if question:
            self._ask(
                f"Choose for {self._row_name()}",
                question,
                lambda reason: self._decide(lambda decisions, record_id: decisions.choose(record_id, token, reason)),
            )
            return
        self._decide(lambda decisions, record_id: decisions.choose(record_id, token))

    def action_recall(self) -> None:
        """Choose as before."""
        standing = self.session.standing
        if not self._usable("recall") or standing is None:
            return
        if standing.earlier is None:
            self.say("nothing was decided before on this disagreement.", "refused")
        elif standing.earlier.token:
            self._choose(standing.earlier.token)
        else:
            self._ask(
                f"Reject {self._row_name()}",
                Ours("It was rejected before, for the same disagreement. Why is it rejected?"),
                lambda reason: self._decide(lambda decisions, row: decisions.reject(row, reason), go_on=True),
                value=standing.earlier.reason,
            )

    def action_forget(self) -> None:
        """Offer earlier decisions no more."""
        from crm_tui.workspace.memory import forget

        standing = self.session.standing
        if self._usable("forget") and standing:
            forgotten = forget(self.session.cases, standing.record_id)
            self.session.refresh()
            self.say(f"{counted(forgotten, 'earlier decision')} on this disagreement will not be offered again")
            self.show()

    def action_clear(self) -> None:
        """Take the choice back."""
        if self._usable("clear") and not self.clear_pick():
            self._decide(lambda decisions, record_id: decisions.clear(record_id))

    def action_map_contact(self) -> None:
        """Choose another contact of the map."""
        if not self._usable("map_contact") or self._refused_as_decided():
            return
        standing = self.session.standing
        if standing is None or not takes_contacts(standing.case):
            self.say("who this row is about is not in question; choose which value stands.", "refused")
            return
        from crm_tui.console.dialogs import ContactPicker

        contacts = list(self.session.cases.contacts)
        if not contacts:
            self.say("the contact map has no contacts.", "refused")
            return

        picker = ContactPicker(f"Who is {self._row_name()} about?", contacts, lambda: self.paint)
        self.app.push_screen(picker, self.for_row(self._choose))

    # -- deciding

    def action_approve(self) -> None:
        """Approve the choice, else the suggestion."""
        if not self._usable("approve"):
            return
        question = self.session.question()
        if question:
            self._ask(f"Approve {self._row_name()}", question, self._approve)
        else:
            self._approve("")

    def _approve(self, reason: str) -> None:
        standing = self.session.standing
        # Where nothing is chosen the suggestion is named, so that what is approved is what was on the screen.
        option = approvable(standing) if standing else None
        token = option.token if option and standing and standing.chosen is None else ""
        self._decide(lambda decisions, record_id: decisions.approve(record_id, reason=reason, token=token), go_on=True)

    def action_defer(self) -> None:
        """Leave the row for later."""
        if self._usable("defer"):
            self._decide(lambda decisions, record_id: decisions.defer(record_id), go_on=True)

    def action_reject(self) -> None:
        """Reject with a reason."""
        if not self._usable("reject"):
            return
        if self.session.tab is Tab.DUPLICATES:
            self._ask(
                f"Not the same: {self._row_name()}",
                Ours("They are not the same, and are never asked about again. Why? Enter alone will do."),
                lambda reason: self._decide(lambda decisions, record: decisions.reject(record, reason), go_on=True),
                verb="keep apart",
                required=False,
            )
            return
        self._ask(
            f"Reject {self._row_name()}",
            Ours("Nothing is staged for a rejected row. Why is it rejected?"),
            lambda reason: self._decide(lambda decisions, row: decisions.reject(row, reason), go_on=True),
        )

    def action_ask(self) -> None:
        """Needs the client; on a row that waits for one, the answer."""
        standing = self.session.standing
        if standing and standing.review.state is State.NEEDS_CLIENT and self._usable("ask"):
            from crm_tui.workspace.answers import answer

            self._ask(
                f"Answer for {self._row_name()}",
                f"You asked: {standing.review.question}  What does the client say?",
                lambda text: self._decide(
                    lambda decisions, row: answer(self.session.cases, decisions, row, text),
                ),
            )
        elif self._usable("ask"):
            self._ask(
                f"Ask the client about {self._row_name()}",
                Ours("The question goes into the handoff; the row waits for its answer."),
                lambda question: self._decide(lambda decisions, row: decisions.ask(row, question), go_on=True),
            )

    def action_note(self) -> None:
        """Keep a note."""
        if self._usable("note"):
            standing = self.session.standing
            self._ask(
                f"Keep a note on {self._row_name()}",
                Ours("A note decides nothing; it stays with the row."),
                lambda text: self._decide(lambda decisions, record_id: decisions.note(record_id, text)),
                value=standing.review.note if standing else "",
                decides=False,
            )

    def action_undo(self) -> None:
        """Take back the latest decision."""
        self._take_back(lambda decisions: decisions.undo())

    def action_redo(self) -> None:
        """Take back the latest undo."""
        self._take_back(lambda decisions: decisions.redo())

    def action_history(self) -> None:
        """All entries of the row; any decision is undone from there, alone."""
        standing = self.session.standing
        if standing is None:
            return
        from crm_tui.console.history import History, past_of

        entries = journal.of_row(self.session.store.connection, standing.case.row_id)
        if not entries:
            self.say(f"nothing was decided on {self._row_name()} yet.")
            return
        stands = {past.entry.seq: past.counts for past in past_of(entries)}

        def answered(entry: Entry | None) -> None:
            if entry is None:
                return
            if stands[entry.seq]:
                self._take_back(lambda decisions: decisions.undo_entry(entry.seq))
            else:
                self._take_back(lambda decisions: decisions.redo_entry(entry.seq))

        title = f"History of {self._row_name()}"
        self.app.push_screen(History(title, entries, self.session.cases, standing.record_id, self.paint), answered)

    def _take_back(self, act: Callable[[Decisions], Saved]) -> None:
        if self.session.store.read_only:
            self.say("this workspace is open read-only: nothing can be decided here.", "refused")
        else:
            self.attempt(lambda: self.session.take_back(act))

    # -- the whole review

    def action_handoff(self) -> None:
        """What is outstanding, and signing."""
        if self.session.store.read_only:
            self.say("this workspace is open read-only: nothing can be signed here.", "refused")
            return
        if not self.session.checked:
            words = (
                "the journal is still being checked, and what is signed must hold: press {handoff} again in a moment."
            )
            self.say(self.told(words))
            return
        from crm_tui.console import handoff
        from crm_tui.console.listings import facts_lines
        from crm_tui.console.sealing import Signing

        try:
            plan = handoff.plan(self.session)
        except CrmTuiError as error:
            self.say(str(error), "refused")
            return
        privacy, styles = self.session.privacy, (self.paint.needs, self.paint.saved)
        lines = facts_lines(lambda: handoff.plan_facts(plan, privacy, styles), privacy, self.paint)

        def answered(yes: bool | None) -> None:
            if yes:
                self._sign(plan, None)
            else:
                self.say("nothing was signed.")

        self.app.push_screen(Signing(lines, plan.kind, plan.again), answered)

    def _sign(self, plan: Plan, passphrase: str | None) -> None:
        from crm_tui.console import handoff
        from crm_tui.console.dialogs import Prompt
        from crm_tui.console.sealing import Sealing

        def answered(words: str | None) -> None:
            if words is None:
                self.say("nothing was signed.")
            else:
                self._sign(plan, words)

        try:
            signer = handoff.signer_for(plan.key, passphrase)
        except handoff.PassphraseWanted:
            about = f"The key {plan.key.path} is protected. Its passphrase is used once and kept nowhere."
            self.app.push_screen(Prompt("Passphrase", about, verb="sign", masked=True), answered)
            return
        except CrmTuiError as error:
            self.say(f"nothing was signed: {error}", "refused")
            return
        sign = partial(handoff.sign, self.session, signer)
        self.app.push_screen(Sealing(sign, lambda: self.paint), self._signed)

    def _signed(self, sealed: Sealed | str | None) -> None:
        from crm_tui.console import handoff
        from crm_tui.console.dialogs import Notice
        from crm_tui.console.listings import facts_lines

        if sealed is None or isinstance(sealed, str):
            self.say(sealed or "nothing was signed.", "refused")
            return
        self.say(f"signed  {sealed.path.name}", "saved")
        privacy, styles = self.session.privacy, (self.paint.needs, self.paint.saved)
        self.app.push_screen(
            Notice(
                f"Signed: {sealed.kind} handoff",
                facts_lines(lambda: handoff.sealed_facts(sealed, privacy, styles), privacy, self.paint),
                "esc  back",
            )
        )
