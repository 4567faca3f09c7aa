"""The masked edition of the report: nobody is recognisable, and the same value always has the same sign.

What stays: ids of the CRMs, times, rules, counts, who reviewed and with which key.  Everything else that came from a
file or was typed is replaced, so that an unknown kind of cell is masked, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_tui.classify.fields import LEAVE_BOTH, MAP_SIDE
from crm_tui.errors import TargetError
from crm_tui.files import write_atomic
from crm_tui.handoff import container
from crm_tui.handoff.consistency import parse_json
from crm_tui.handoff.container import Content
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.report import REPORT_START, render_report
from crm_tui.handoff.row_file import Row, Rows
from crm_tui.handoff.seal import groups_in, start_of
from crm_tui.handoff.staged import lost_fields
from crm_tui.model import Queue
from crm_tui.privacy.masking import EMAIL, PHONE, digits, is_plain_id, stays
from crm_tui.text import safe_text

# What our own sentences are made of; one with any other sign quotes something that is no id, and goes as a whole.
_PROSE = re.compile(r"[\w\s.,;:/()·'’+\-–—…%?\[\]]*")
_TEXTS = ("reason", "question")


class _Signs:
    """One sign per value, in the order in which the values first stand in the report's data."""

    def __init__(self) -> None:
        self._signs: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}

    def of(self, kind: str, value: str) -> str:
        found = self._signs.get((kind, value))
        if found is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            found = self._signs[kind, value] = f"[{kind} {self._numbers[kind]}]"
        return found

    def cell(self, field: str, value: str) -> str:
        """A cell as the masked page shows it."""
        if stays(field, value):
            return value
        if EMAIL.fullmatch(value.strip()):
            return self.of("e-mail", value.strip().lower())
        if PHONE.fullmatch(value.strip()):
            return self.of("phone", digits(value))
        return self.of("text", value)

    def name(self, kind: str, text: str) -> str:
        """An id of a CRM or of a row: it stays where it can hold no person and no prose."""
        return text if not text or is_plain_id(text) else self.of(kind, text)

    def sentence(self, text: str, values: Mapping[str, str]) -> str:
        """One of our own sentences, with the values that it quotes masked."""
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, values[value])
        text = EMAIL.sub(lambda found: self.of("e-mail", found[0].lower()), text)
        text = re.sub(r"\+[0-9]{7,15}", lambda found: self.of("phone", digits(found[0])), text)
        return text if _PROSE.fullmatch(text) else self.of("text", text)


def refuse_other_file(out: Path) -> None:
    """A report may replace a report, and nothing else."""
    found = start_of(out, len(REPORT_START), "report.html")
    if found is not None and found != REPORT_START:
        raise TargetError(f"{safe_text(str(out))} is there and is no report; it was left as it is. Name another file.")


def write_masked_report(handoff: Content, out: Path) -> None:
    """Write the masked report of a handoff that was just made."""
    refuse_other_file(out)
    members = {member.name: member.data for member in container.read(handoff)}
    statement = parse_json("handoff.json", members["handoff.json"])
    rows, groups = Rows(members["rows.jsonl"]), groups_in(members)
    hidden, shown = masked(statement, [*rows, *groups])
    parts = Outline(shown[: len(rows)]), Outline(shown[len(rows) :])
    write_atomic(out, render_report(hidden, *parts, masked=True))


def masked(statement: Mapping[str, Any], rows: Sequence[Row]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The statement and the rows as the masked page needs them; they are no handoff any more."""
    signs = _Signs()
    withdraws = statement["withdraws"]
    other = {
        "workspace_name": f"review {statement['workspace_id'][:8]}",
        "audience": signs.cell("audience", statement["audience"]),
        "inputs": [item | {"name": f"file {number}"} for number, item in enumerate(statement["inputs"], 1)],
        "withdraws": withdraws and withdraws | {"reason": signs.of("text", withdraws["reason"])},
    }
    files = {item["name"]: f"file {number}" for number, item in enumerate(statement["inputs"], 1)}
    return {**statement, **other}, [_row(row, signs, files) for row in rows]


def _row(row: Row, signs: _Signs, files: dict[str, str]) -> dict[str, Any]:
    values: dict[str, str] = {}

    def mask(field: str, value: str | None) -> str | None:
        if not value:
            return value
        shown = signs.cell(field, value)
        if shown != value:
            values[value] = shown
        return shown

    compared = [one | {"values": [mask(one["field"], value) for value in one["values"]]} for one in row["compared"]]
    staged = [
        {**one, "value": mask(one["field"], one["value"]), "before": mask(one["field"], one["before"])}
        for one in row["staged"]
    ]
    repairs = [
        {**one, "was": mask(one["field"], one["was"]), "value": mask(one["field"], one["value"])}
        | {"reason": signs.cell("text", one["reason"]), "label": signs.name("text", one["label"])}
        for one in row.get("repairs", ())
    ]
    for one in row["evidence"]:
        mask(one["field"], one["value"])
    quoted = files | {value: sign for value, sign in values.items() if len(value) >= _QUOTED}

    def said(text: str) -> str:
        return signs.sentence(text, quoted)

    decision = row["decision"]
    # A group is called by the names of its people, which may be as short as an id.
    names_people = row["was"] == Queue.DUPLICATE
    return {
        **row,
        "event_id": signs.name("row", row["event_id"]),
        "source": row["source"] | {"file": files.get(row["source"]["file"], "file")},
        "sides": [
            side
            | {
                "name": said(side["name"]),
                "subject": (signs.of if names_people else signs.name)("contact", side["subject"]),
                "option": signs.name("choice", side["option"]),
            }
            for side in row["sides"]
        ],
        "compared": [one | {"label": said(one["label"])} for one in compared],
        "staged": staged,
        # A masked value could not be spelled for its destination any more.
        "lost": lost_fields(row) if staged else frozenset(),
        "contact_key": signs.name("contact", row["contact_key"]),
        "target_id": signs.name("contact", row["target_id"]),
        "issue": signs.of("text", row["issue"]) if names_people else said(row["issue"]),
        "evidence_text": said(row["evidence_text"]),
        "notes": [said(note) for note in row["notes"]],
        "decision": decision and _said(decision, signs),
        "votes": [_said(vote, signs) for vote in row["votes"]],
        "repairs": repairs,
    }


def _said(decision: Mapping[str, Any], signs: _Signs) -> dict[str, Any]:
    """What a person decided, without what they typed: reasons, questions, and values of their own."""
    picks = [
        pick
        | {
            "reason": signs.cell("text", pick["reason"]),
            "value": pick["value"] and signs.cell(pick["field"], pick["value"]),
        }
        for pick in decision["picks"]
    ]
    told = {name: signs.cell("text", decision[name]) for name in _TEXTS}
    return {**decision, **told, "picks": picks, "source_of_truth": _choice(decision["source_of_truth"], signs)}


def _choice(token: str, signs: _Signs) -> str:
    """A token of the program's own names nobody."""
    return token if token in (LEAVE_BOTH, MAP_SIDE) else signs.name("choice", token)


_QUOTED = 4
"""Shorter values are not looked for in sentences: they would be found inside words."""
