"""Typing over a cell of a row: which one, what it should say, and then the row is judged again."""

from __future__ import annotations

from crm_tui.console.dialogs import Picker, Prompt
from crm_tui.console.privacy import privacy_of
from crm_tui.console.review_part import ReviewPart
from crm_tui.errors import DecisionRefused
from crm_tui.text import safe_text
from crm_tui.workspace.repairs import Cell, cells, repairable


class CellPicker(Picker[Cell]):
    """Picks a cell of a row, the suspect ones first; gives its column."""

    PLACEHOLDER = "part of a cell's name"
    EMPTY = "the row has no such cell"
    PRIVATE = True

    def token(self, item: Cell) -> str:
        """Its column."""
        return item.column

    def searched(self, item: Cell) -> str:
        """Its column and its label."""
        return f"{item.column} {item.label}"

    def told(self, item: Cell) -> tuple[str, str]:
        """What it is called, and what it says."""
        privacy = privacy_of(self.app)
        text = privacy.cell(item.column, item.text, privacy.recent()) or "blank"
        return privacy.text(item.label), f"! {text}" if item.suspect else text


def ask_for_cell(part: ReviewPart, record_id: int) -> None:
    """Ask which cell of a row to type over, and then for its text."""
    found = cells(part.session.cases, record_id)
    if not found:
        part.say("this line could not be read as a row: its source has to be put right.", "refused")
        return
    by_column = {cell.column: cell for cell in found}

    def picked(column: str | None) -> None:
        if column:
            _ask_for_text(part, record_id, by_column[column])

    part.app.push_screen(CellPicker("Type over which cell?", found, lambda: part.paint), picked)


def _ask_for_text(part: ReviewPart, record_id: int, cell: Cell) -> None:
    def answered(text: str | None) -> None:
        if text:
            part.attempt(
                lambda: part.session.take_back(lambda decisions: decisions.repair(record_id, cell.column, text))
            )

    def fault(text: str) -> str:
        try:
            repairable(part.session.cases, record_id, cell.column, text)
        except DecisionRefused as error:
            return str(error)
        return ""

    about = "The row is judged again with it. The file stays as it is; the handoff lists both."
    title = f"Repair the {safe_text(cell.label, 60)}"
    part.app.push_screen(
        Prompt(
            title,
            about,
            value=cell.text,
            verb="judge again",
            proposed=True,
            private=True,
            fault=fault,
            record_id=record_id,
        ),
        answered,
    )
