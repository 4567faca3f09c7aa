"""The keys that work within the fields of a row, as a mixin of the review screen."""

from __future__ import annotations

from collections.abc import Callable

from crm_tui.classify.fields import both_pick, edited_pick, open_question, reason_wanted, side_pick
from crm_tui.classify.staging import shown_value
from crm_tui.console.action import Context
from crm_tui.console.field_cursor import has_fields, next_side, pick_of, side_numbers
from crm_tui.console.review_part import ReviewPart
from crm_tui.console.standing import approvable
from crm_tui.errors import DecisionRefused
from crm_tui.model import CaseField, Pick
from crm_tui.text import one_of
from crm_tui.workspace.decisions import Decisions, decided_words
from crm_tui.workspace.undoing import Saved


class Fielding(ReviewPart):
    """What field keys do; keys that also work on rows ask here first."""

    def action_fields(self) -> None:
        """Go into the fields of the row."""
        if self.session.field is None and self._enter():
            self.say(self.told("the number takes a side's value, {edit} writes your own; esc goes back to the rows."))

    def _enter(self) -> bool:
        standing = self.session.standing
        if standing is None or not has_fields(standing):
            decided = decided_words(standing.case, standing.review) if standing else ""
            self.say(decided or "no field can be chosen on this row.", "refused")
            return False
        self.session.fields.enter(standing)
        self.show()
        return True

    def leave_fields(self) -> bool:
        """Back to the rows; ``False`` where the cursor was there already."""
        if self.session.field is None:
            return False
        self.session.fields.leave()
        self.show()
        standing = self.session.standing
        words = "nothing is chosen in them."
        if standing and standing.review.picks:
            ready = (
                "{approve} approves it."
                if approvable(standing)
                else f"{open_question(standing.case)} is still to be chosen."
            )
            words = f"what was chosen in them stays, {ready}"
        self.say(self.told(f"out of the fields; {words}"))
        return True

    def move_field(self, step: int) -> bool:
        """Go to another field; ``False`` outside of the fields."""
        standing = self.session.standing
        if standing is None or self.session.field is None:
            return False
        self.session.fields.move(standing, step)
        self.show()
        return True

    def take_number(self, number: int) -> bool:
        """Take the value of the side of that number; ``False`` outside of the fields."""
        standing, field = self.session.standing, self.session.field
        if standing is None or field is None:
            return False
        numbers = side_numbers(standing.case)
        side = next((key for key, its_number in numbers.items() if its_number == number), "")
        if side:
            self._pick(field, lambda: side_pick(standing.case, field, side))
        elif number <= len(standing.case.options):
            words = f"{standing.case.options[number - 1].label} is a choice for the whole row; here the sides are"
            self.say(f"{words} {one_of([str(one) for one in numbers.values()], 'and')}.", "refused")
        else:
            self.say(f"there is no side {number} here.", "refused")
        return True

    def take_next(self, step: int) -> bool:
        """Take the value of the side to the left or right; ``False`` outside of the fields."""
        standing, field = self.session.standing, self.session.field
        if standing is None or field is None:
            return False
        self._pick(field, lambda: side_pick(standing.case, field, next_side(standing, field, step)))
        return True

    def clear_pick(self) -> bool:
        """Take the choice for the field back; ``False`` outside of the fields."""
        field = self.session.field
        if field is None:
            return False
        self.attempt(lambda: self.session.decide(lambda decisions, row: decisions.clear_field(row, field.name)))
        return True

    def action_keep_both(self) -> None:
        """Keep what both sides have."""
        field = self._wanted_field()
        record_id = self.session.record_id
        if field and record_id is not None:
            self._pick(field, lambda: both_pick(self.session.cases.facts(record_id), field))

    def action_edit(self) -> None:
        """Write a value of one's own; on an error row over a cell."""
        if self.session.context is Context.ERROR:
            self.action_repair()
            return
        field, standing = self._wanted_field(), self.session.standing
        if field is None or standing is None:
            return
        from crm_tui.console.dialogs import Prompt

        facts = self.session.cases.facts(standing.record_id)

        about = "It is marked as neither source's, here and in the handoff."
        pick = pick_of(standing, field)
        value = pick.value if pick and pick.value else next((value for _, value in field.offers if value), "")

        def fault(text: str) -> str:
            try:
                edited_pick(facts, field, text)
            except DecisionRefused as error:
                return str(error)
            return ""

        self.app.push_screen(
            Prompt(
                f"Edit the {field.label}",
                about,
                value=value or "",
                verb="keep",
                proposed=True,
                private=True,
                fault=fault,
                record_id=standing.record_id,
            ),
            self.for_row(lambda text: self._pick(field, lambda: edited_pick(facts, field, text))),
        )

    def action_repair(self) -> None:
        """Type over a cell of the row as it was read."""
        record_id = self.session.record_id
        if self.session.store.read_only:
            self.say("this workspace is open read-only: nothing can be decided here.", "refused")
        elif record_id is not None:
            from crm_tui.console.repairing import ask_for_cell

            ask_for_cell(self, record_id)

    def _wanted_field(self) -> CaseField | None:
        """The field under the cursor; of a row with one field that one, else its fields are entered first."""
        if self.session.store.read_only:
            self.say("this workspace is open read-only: nothing can be decided here.", "refused")
            return None
        if self.session.field is not None:
            return self.session.field
        standing = self.session.standing
        if standing and has_fields(standing) and len(standing.case.fields) == 1:
            return standing.case.fields[0]
        if self._enter():
            self.say(self.told("which field? {down} and {up} go to it; then the same key again."))
        return None

    def _pick(self, field: CaseField, make: Callable[[], Pick]) -> None:
        standing = self.session.standing
        if standing is None:
            return
        try:
            pick = make()
        except DecisionRefused as error:
            self.say(str(error), "refused")
            return

        def save(reason: str) -> None:
            def act(decisions: Decisions, record_id: int) -> Saved:
                return decisions.pick(record_id, pick, reason)

            self.attempt(lambda: self.session.decide(act))

        question = reason_wanted(self.session.cases.facts(standing.record_id), standing.case, pick)
        if not question:
            save("")
            return
        from crm_tui.console.dialogs import Prompt

        value = f" {shown_value(pick.field, pick.value)}" if pick.value else ""
        title = f"Choose the {field.label}{value}"
        self.app.push_screen(Prompt(title, question, verb="choose"), self.for_row(save))
