"""What one entry of the journal says: the words of the history of a row, and of ``crm-tui journal``.

Imports no terminal library, so that the command line can print them.
"""

from __future__ import annotations

from crm_tui.classify.fields import read_picks, side_words
from crm_tui.classify.staging import field_label, shown_value
from crm_tui.console.privacy import Privacy
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Pick, Take
from crm_tui.privacy.masking import NOBODY, People, people
from crm_tui.text import safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.replay import ERASED, Entry

_DID = {
    "choose": "chose",
    "clear": "cleared the choice",
    "field": "chose a field",
    "clear-field": "cleared a field's choice",
    "approve": "approved",
    "reject": "rejected",
    "defer": "deferred",
    "needs-client": "asked the client",
    "note": "noted",
    "repair": "typed over",
}
_HOW = {Take.EDITED: ", neither source's", Take.BOTH: ", of both", Take.SIDE: ""}


class EntryWords:
    """The words for the entries of one row, masked as ``privacy`` says."""

    def __init__(self, privacy: Privacy, cases: Cases, record_id: int) -> None:
        """``record_id``: 0 where the row is gone."""
        self._privacy, self._cases, self._record_id = privacy, cases, record_id

    def said(self, entry: Entry) -> str:
        """What was done, with which values, and the words that were given."""
        if entry.kind == "undo":
            return f"took back #{entry.undoes}" + (" with its set" if entry.group else "")
        parts = [self._did(entry), *(self._picked(pick) for pick in read_picks(entry.texts.get("picks", "")))]
        given = [entry.shown(name) for name in ("reason", "question", "note")]
        parts.extend(f"“{_drawn(self._written(text), 400)}”" for text in given if text)
        return " · ".join(parts) + (f" · in the set of #{entry.group}" if entry.group else "")

    def _did(self, entry: Entry) -> str:
        did = _DID.get(str(entry.body["choice"]), "decided")
        field = entry.shown("field")
        if field:
            return f"{did}: {self._valued(field, entry.shown('value'), entry.shown('side'))}"
        option = entry.shown("option")
        if not option:
            return did
        kept = "" if entry.body["choice"] in ("choose", "approve") else "· choice kept: "
        return f"{did} {kept}{_drawn(self._told(self._label(option)), 80)}"

    def _picked(self, pick: Pick) -> str:
        return self._valued(pick.field, pick.value or "", pick.side) + _HOW[pick.take]

    def _valued(self, field: str, value: str, side: str) -> str:
        """A field with the value that it was given, else with the side whose value it takes."""
        name = _drawn(field_label(field), 60)
        if value or not side:
            return f"{name} {_drawn(self._value(field, value), 120)}".rstrip()
        if side == ERASED or not self._record_id:
            return f"{name} {_drawn(side, 120)}"
        words = side_words(self._cases.case(self._record_id), side)
        return _drawn(self._told(f"{field_label(field)}: {words}'s"), 120)

    def _label(self, name: str) -> str:
        """What an option is called; one that is not open any more keeps its name in the journal."""
        option = self._cases.option(self._record_id, name) if self._record_id else None
        return option.label if option else name

    def _told(self, text: str) -> str:
        return self._privacy.text(text, self._about) if self._masked else text

    def _written(self, text: str) -> str:
        return self._privacy.typed(text, self._about) if self._masked else text

    def _value(self, field: str, value: str) -> str:
        # A value that was taken back stands in no cell any more, and may name somebody all the same.
        about = self._about | people([(field, value)])
        return shown_value(field, self._privacy.cell(field, value, about) if self._masked else value)

    @property
    def _masked(self) -> bool:
        return self._privacy.hides(self._record_id)

    @property
    def _about(self) -> People:
        return self._privacy.people(self._record_id) if self._record_id else NOBODY


def _drawn(text: str, limit: int) -> str:
    return safe_text(mask_secrets(text), limit)
