"""The cursor within the fields of one row, and the order in which its sides stand there."""

from __future__ import annotations

from crm_tui.classify.facts import Facts
from crm_tui.classify.fields import both_pick
from crm_tui.console.standing import Standing, approvable
from crm_tui.errors import DecisionRefused
from crm_tui.model import Case, CaseField, Pick, Queue, Take


class FieldCursor:
    """Where somebody is in the fields of a row; outside of them when the row is left, or decided."""

    def __init__(self) -> None:
        self.record_id = 0
        self._at = 0

    def enter(self, standing: Standing) -> None:
        """Go into the fields of a row."""
        self.record_id, self._at = standing.record_id, 0

    def leave(self) -> None:
        """Back to the rows."""
        self.record_id = 0

    def leave_unless(self, record_id: int | None) -> None:
        """Back to the rows where the cursor is on another one."""
        if record_id != self.record_id:
            self.leave()

    def move(self, standing: Standing, step: int) -> None:
        """Go to another field, kept within the list."""
        self._at = max(0, min(self._at + step, len(standing.case.fields) - 1))

    def field(self, standing: Standing | None) -> CaseField | None:
        """The field under the cursor; ``None`` = not in the fields."""
        if standing is None or standing.record_id != self.record_id or not has_fields(standing):
            return None
        return standing.case.fields[min(self._at, len(standing.case.fields) - 1)]


def has_fields(standing: Standing) -> bool:
    """Whether something can be chosen field by field here."""
    case = standing.case
    return bool(case.fields) and case.verdict.queue is not Queue.ERROR and standing.review.state.outstanding


def pick_of(standing: Standing, field: CaseField) -> Pick | None:
    """What is chosen for a field."""
    return next((pick for pick in standing.review.picks if pick.field == field.name), None)


def side_numbers(case: Case) -> dict[str, int]:
    """Key of each side of which a field can be taken → its number, in the order of the numbers.

    A side has one number on a row and on its fields: that of the row's option that takes it.  Sides that no option
    takes, as what was last agreed, come after all options, so that no number means two things.
    """
    offered = {side for field in case.fields for side in field.sides}
    options = {option.token: number for number, option in enumerate(case.options, 1)}
    keyed = [side for side in case.sides if side.key in offered]
    numbers = {side.key: options[side.option] for side in keyed if side.option in options}
    for side in keyed:
        numbers.setdefault(side.key, max((len(options), *numbers.values())) + 1)
    return dict(sorted(numbers.items(), key=lambda item: item[1]))


def field_sides(case: Case) -> list[str]:
    """Keys of the sides of which a field can be taken, by their number."""
    return list(side_numbers(case))


def next_side(standing: Standing, field: CaseField, step: int) -> str:
    """The side to the left or right of the one taken, of those that have the field; ``""`` = none has it."""
    sides = [side for side in field_sides(standing.case) if side in field.sides]
    if not sides:
        return ""
    pick = pick_of(standing, field)
    if pick is None or pick.take is not Take.SIDE or pick.side not in sides:
        return sides[0] if step < 0 else sides[-1]
    return sides[max(0, min(sides.index(pick.side) + step, len(sides) - 1))]


def works_on_field(action_id: str, facts: Facts, standing: Standing, field: CaseField) -> bool:
    """Whether an action would do something on the field under the cursor."""
    match action_id:
        case "approve":
            return approvable(standing) is not None
        case "clear":
            return pick_of(standing, field) is not None
        case "keep_both":
            return _can_unite(facts, field)
        case _:
            return True


def _can_unite(facts: Facts, field: CaseField) -> bool:
    try:
        return bool(both_pick(facts, field))
    except DecisionRefused:
        return False
