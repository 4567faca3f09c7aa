"""The privacy mask of the console: what a screen may show of what it knows.

**How a screen uses it.**  ``privacy = privacy_of(self.app)`` in a widget, ``session.privacy`` beside a session.  While
the mask is off each method gives back what it was given, so it is called always, where the lines are built, *before*
``shown``::

    shown(privacy.text(sentence, about))        # prose of the program and of the files, errors
    shown(privacy.typed(reason, about))         # what people wrote here: reasons, questions, notes, names of filters
    shown(privacy.reviewer(name))               # who decided
    shown(privacy.cell("first_name", value))    # one value of a field (canonical name or column)
    shown(privacy.name("CLOSE-202 · GHL-502"))  # event ids, ids of contacts
    shown(privacy.file("Acme export.csv"))      # files, folders, workspaces, a client's name
    session.seen, privacy.row(row)              # the row under the cursor, a line of a queue

``about`` says whose names the prose may hold: ``privacy.people(record_id)``; what is told of the rows looked at last,
``privacy.recent()``.  Build lines anew when ``privacy.version`` has moved.  Inputs are ``dialogs.CleanInput``, which
tells what was typed to ``heard``; give it ``private=True`` where people type values.
``tests/console/test_console_leaks.py`` fails for an action of the registry or a screen that it does not drive.
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.console.standing import Standing
from crm_tui.errors import WorkspaceError
from crm_tui.model import Case, CaseField, CaseRow, Contact, Option, Pick, Review
from crm_tui.privacy.masking import NOBODY, Masks, People, people, telling
from crm_tui.systems.declare import Column, Role
from crm_tui.systems.fields import FIELDS
from crm_tui.workspace.cases import Cases, Row
from crm_tui.workspace.memory import Earlier

if TYPE_CHECKING:
    from textual.app import App

KEY = "mask_key"
"""Where the workspace keeps the key of its masks: 64 hexadecimal digits."""
MASKED = "masked"
"""Where the workspace keeps whether it was left masked: ``on``, or ``""``."""
_RECENT = 4
_REMEMBERED = 2_000


class Ours(str):
    """A sentence of the program alone: no word of it comes from a row, so that the mask leaves it as it is."""

    __slots__ = ()


class Privacy:
    """Whether the mask is on, for whom it is lifted, and what a text looks like under it."""

    def __init__(self, cases: Cases | None = None, *, presenting: bool = False) -> None:
        """``cases`` = ``None`` before a workspace is open; the masks are then good for this start only."""
        self._cases = cases
        self.on = self.presenting = presenting
        self.version = 0
        """Moves whenever the same text may look otherwise than before."""
        self._revealed = 0
        self._masks_made: Masks | None = None
        self._recent: deque[int] = deque(maxlen=_RECENT)
        self._people: dict[int, People] = {}
        self._rows: dict[int, tuple[Row, Row]] = {}
        self._standing: tuple[Standing, Standing] | None = None
        self._names: frozenset[str] = frozenset()
        self._heard: frozenset[str] = frozenset()

    # -- on and off

    @property
    def words(self) -> str:
        """The state as the header says it; ``""`` = nothing is masked."""
        return "presenting" if self.presenting else "mask on" if self.on else ""

    def switch(self, *, on: bool, presenting: bool = False) -> None:
        """Put the mask on or take it off; presenting, it is locked."""
        self.on, self.presenting = on or presenting, presenting
        self._forget()

    def reveal(self, record_id: int) -> None:
        """Lift the mask from one record."""
        self._revealed = record_id
        self._forget()

    def conceal(self) -> bool:
        """Put it back; ``False`` where it was not lifted."""
        lifted, self._revealed = bool(self._revealed), 0
        if lifted:
            self._forget()
        return lifted

    def hides(self, record_id: int = 0) -> bool:
        """Whether what is told of a record (0: of anything) is masked."""
        return self.on and not (record_id and record_id == self._revealed)

    def _forget(self) -> None:
        self.version += 1
        self._rows.clear()
        self._standing = None

    def refresh(self) -> None:
        """Drop what is remembered of rows, after a load."""
        self._people.clear()
        self._forget()

    # -- texts

    def text(self, text: str, about: People = NOBODY) -> str:
        """Prose without e-mails, phones, paths, file names and what is known of the people it is ``about``."""
        if not self.on or not text or isinstance(text, Ours):
            return text
        for phrase in self._phrases():
            text = text.replace(phrase, self._masks.path(phrase))
        return self._masks.told(text, about | People(self._heard))

    def typed(self, text: str, about: People = NOBODY) -> str:
        """What somebody wrote, who may have named a person that no cell holds: only plain words stay."""
        return self._masks.typed(text, about, self._names_a_row) if self.on else text

    def heard(self, text: str) -> None:
        """Take note of what was typed: a sentence that repeats it shows no more of it than ``typed``."""
        self._heard |= telling(text)

    def reviewer(self, name: str) -> str:
        """Who decided: the audience knows whom it listens to, so that a name stays; an address does not."""
        return self._masks.sentence(name) if self.on else name

    def cell(self, field: str, value: str, about: People = NOBODY) -> str:
        """One value of a field."""
        return self._masks.cell(field, value, about) if self.on else value

    def name(self, text: str, about: People = NOBODY) -> str:
        """Ids of records."""
        return self._masks.name(text, about) if self.on else text

    def file(self, text: str) -> str:
        """A file, a folder, a workspace or a client."""
        return self._masks.path(text) if self.on and text else text

    def line(self, text: str) -> str:
        """A line of a file that could not be read as a row: of its words none is shown."""
        return self._masks.words(text) if self.on else text

    def typing(self, text: str, *, private: bool, reviewer: bool = False) -> str:
        """What stands in an input, sign for sign; ``reviewer``: the name of who reviews, as ``reviewer`` shows it."""
        if not self.on or (reviewer and self.reviewer(text) == text):
            return text
        return "•" * len(text) if private else self._masks.dotted(text, self.recent(), self._names_a_row)

    def _names_a_row(self, text: str) -> bool:
        """Whether a row, or a contact of those looked at last, is called so; ids that hold a person are masked."""
        rows = self._cases.by_event_id(text) if self._cases else []
        return (bool(rows) or text in self.recent().ids) and self.name(text, self.recent()) == text

    @property
    def _masks(self) -> Masks:
        if self._masks_made is None:
            keyring = self._cases.keyring if self._cases else None
            phone = Column("phone", Role.PHONE, "")
            self._masks_made = (
                Masks(self._key(), lambda raw: keyring.key(phone, raw).value) if keyring else Masks(self._key())
            )
        return self._masks_made

    def _key(self) -> bytes:
        store = self._cases.store if self._cases else None
        kept = store.meta(KEY) if store else ""
        if re.fullmatch("[0-9a-f]{64}", kept):
            return bytes.fromhex(kept)
        made = secrets.token_hex(32)
        if store and not store.read_only:
            with suppress(WorkspaceError), store.transaction():
                store.set_meta(KEY, made)
        return bytes.fromhex(made)

    def learn(self, names: Iterable[str]) -> None:
        """Take note of files that are spoken of before they are loaded."""
        self._names |= {name for name in names if _is_phrase(name)}

    def _phrases(self) -> Iterator[str]:
        """Names of files that no pattern finds, and where the workspace lies; the longest first."""
        found = {str(Path.home())}
        if self._cases:
            place = self._cases.store.path.absolute()
            found |= {str(place), str(place.parent)}
            found |= {source.name for source in self._cases.sources.values() if _is_phrase(source.name)}
        found |= self._names
        yield from sorted((one for one in found if len(one) > 1), key=len, reverse=True)

    # -- rows

    def look(self, record_id: int) -> None:
        """Note that a record was under the cursor, so that ``recent`` knows of whom the next sentence may speak."""
        if record_id not in self._recent:
            self._recent.append(record_id)

    def recent(self) -> People:
        """Who stands in the records looked at last."""
        found = NOBODY
        for record_id in self._recent if self.on else ():
            with suppress(LookupError, TypeError):
                found |= self.people(record_id)
        return found

    def people(self, record_id: int) -> People:
        """Who stands in a record, or beside it as evidence."""
        if not self.on or self._cases is None:
            return NOBODY
        if record_id not in self._people:
            if len(self._people) >= _REMEMBERED:
                self._people.clear()
            review = self._cases.review(record_id)
            picked = ((pick.field, pick.value) for pick in review.picks if pick.value)
            written = " ".join((review.reason, review.question, review.note))
            found = people([*_cells(self._cases.case(record_id)), *picked])
            self._people[record_id] = found | People(telling(written))
        return self._people[record_id]

    def row(self, row: Row) -> Row:
        """A line of a queue."""
        if not self.hides(row.record_id):
            return row
        known = self._rows.get(row.record_id)
        if known is None or known[0] is not row:
            if len(self._rows) >= _REMEMBERED:
                self._rows.clear()
            known = self._rows[row.record_id] = row, self._row(row)
        return known[1]

    def _row(self, row: Row) -> Row:
        about = self.people(row.record_id)
        return replace(
            row,
            event_id=self.name(row.event_id, about),
            noun=self.text(row.noun, about),
            issue=self.text(row.issue, about),
            contact=self.name(row.contact, about),
            choice=self.text(row.choice, about),
        )

    def contact(self, contact: Contact) -> Contact:
        """A contact of the map."""
        if not self.on:
            return contact
        about = people([*contact.values.items(), *((f"{one}_id", text) for one, text in contact.ids.items())])
        values = {name: self.cell(name, value, about) for name, value in contact.values.items()}
        return replace(contact, values=values, ids={one: self.name(text, about) for one, text in contact.ids.items()})

    def standing(self, standing: Standing) -> Standing:
        """The row under the cursor."""
        if not self.hides(standing.record_id):
            return standing
        if self._standing is None or self._standing[0] is not standing:
            about = self.people(standing.record_id)
            self._standing = (
                standing,
                replace(
                    standing,
                    case=self._case(standing.case, about),
                    review=self._review(standing.review, about),
                    chosen=self._option(standing.chosen, about) if standing.chosen else None,
                    options=tuple(self._option(option, about) for option in standing.options),
                    earlier=self._earlier(standing.earlier, about) if standing.earlier else None,
                ),
            )
        return self._standing[1]

    def _case(self, case: Case, about: People) -> Case:
        names = _canonical(case)

        def said(text: str) -> str:
            return self.text(text, about)

        def masked(row: CaseRow) -> CaseRow:
            values = tuple(self.cell(names.get(row.field, row.field), value, about) for value in row.values)
            return row._replace(label=said(row.label), values=values, state=said(row.state))

        return replace(
            case,
            event_id=self.name(case.event_id, about),
            noun=said(case.noun),
            source=self.file(case.source),
            issue=said(case.issue),
            why=said(case.why),
            action=said(case.action),
            suggestion_text=said(case.suggestion_text),
            contact_key=self.name(case.contact_key, about),
            sides=tuple(
                side._replace(name=said(side.name), subject=self.name(side.subject, about)) for side in case.sides
            ),
            rows=tuple(masked(row) for row in case.rows),
            options=tuple(self._option(option, about) for option in case.options),
            fields=tuple(self._field(field, about) for field in case.fields),
            evidence=tuple(
                replace(item, value=self.cell(item.field, item.value, about), text=said(item.text))
                for item in case.evidence
            ),
            notes=tuple(note._replace(text=said(note.text)) for note in case.notes),
        )

    def _field(self, field: CaseField, about: People) -> CaseField:
        offers = tuple((side, value and self.cell(field.name, value, about)) for side, value in field.offers)
        return replace(field, label=self.text(field.label, about), offers=offers)

    def _option(self, option: Option, about: People) -> Option:
        return replace(
            option,
            label=self.text(option.label, about),
            effect=self.text(option.effect, about),
            picks=tuple(self._pick(pick, about) for pick in option.picks),
        )

    def _pick(self, pick: Pick, about: People) -> Pick:
        value = pick.value and self.cell(pick.field, pick.value, about)
        return pick._replace(value=value, reason=self.typed(pick.reason, about))

    def _earlier(self, earlier: Earlier, about: People) -> Earlier:
        label = self.name(earlier.label, about) if earlier.token else earlier.label
        return earlier._replace(by=self.reviewer(earlier.by), label=label, reason=self.typed(earlier.reason, about))

    def _review(self, review: Review, about: People) -> Review:
        return replace(
            review,
            by=self.reviewer(review.by),
            reason=self.typed(review.reason, about),
            question=self.typed(review.question, about),
            note=self.typed(review.note, about),
            picks=tuple(self._pick(pick, about) for pick in review.picks),
        )


def _is_phrase(name: str) -> bool:
    """Whether the name of a file holds a blank, or that of a sheet or of a file in an archive."""
    return " " in name or "!" in name


def _canonical(case: Case) -> dict[str, str]:
    """Rows of the case whose values are of a field of another name: ``new_value`` → ``phone``."""
    said = next((row.values[0].strip() for row in case.rows if row.field == "field" and row.values), "")
    changed = {"new_value": said} if said in FIELDS else {}
    return changed | {field.row: field.name for field in case.fields}


def _cells(case: Case) -> Iterator[tuple[str, str]]:
    """Every value of a case with the field it is of, ids too."""
    names = _canonical(case)
    for row in case.rows:
        yield from ((names.get(row.field, row.field), value) for value in row.values)
    for field in case.fields:
        yield from ((field.name, value) for _, value in field.offers if value)
    for item in case.evidence:
        yield item.field, item.value
    for option in case.options:
        for staged in (option.staged, option.beside, option.draft):
            if staged:
                yield from staged.values.items()
                yield from ((name, value) for name, value in staged.before.items() if value)
                yield "target_id", staged.target_id
    for text in (case.event_id, case.contact_key, *(side.subject for side in case.sides)):
        yield from (("record_id", part) for part in re.split(" · |/", text))


OFF = Privacy()
"""Masks nothing: for a widget outside of the console."""


def privacy_of(app: App[object]) -> Privacy:
    """The mask of the running console."""
    found = getattr(app, "privacy", OFF)
    return found if isinstance(found, Privacy) else OFF
