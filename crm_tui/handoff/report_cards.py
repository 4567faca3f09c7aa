"""The parts of the report that show rows: a card with the evidence side by side, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui.classify.staging import field_label, shown_value
from crm_tui.handoff import outline
from crm_tui.handoff.html import Html, Part, data, line_of_cells, tag
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import READY
from crm_tui.handoff.staged import lost_fields
from crm_tui.handoff.view_words import SINCE, choice_words, pick_words
from crm_tui.model import Outcome
from crm_tui.systems import label
from crm_tui.text import one_of

_MARKS = {"agrees": ("✓", "agrees"), "differs": ("≠", "differs")}
_AT = "decided_at"
_NUMBERS = frozenset(("rows", "fields"))


def card(row: Row, section: str, version: int) -> Html:
    """One row: who, why it was held, the sides beside each other, the decision, what is to be written.

    ``version`` is the ``VIEWS_VERSION`` whose words it is drawn with.
    """
    name = row["event_id"] or "row without id"
    header = tag(
        "header",
        tag("h3", tag("span", data(name, 80), class_="id"), id=f"{section}-{row['row_id']}"),
        tag("span", data(row["noun"]), " · ", data(outline.place(row)), class_="quiet small"),
        tag("span", row["status"], class_=f"pill {row['status']}"),
    )
    parts: list[Part] = [header, tag("p", data(_sentence(row["issue"])))]
    if row["compared"]:
        parts.append(_compared(row))
    parts.append(tag("p", data(row["evidence_text"], 600), class_="small quiet"))
    parts += [tag("p", data(note), class_="small quiet") for note in row["notes"]]
    parts.append(_decision(row, version))
    return tag("article", *parts, class_="card", aria_labelledby=f"{section}-{row['row_id']}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _compared(row: Row) -> Html:
    """A table with a column per side and a line per field; the side that was chosen is tinted and says so."""
    chosen = _chosen_side(row)
    heads = [tag("th", tag("span", "field", class_="unseen"), scope="col")]
    for number, side in enumerate(row["sides"]):
        subject = [tag("span", data(side["subject"], 80))] if side["subject"] else []
        said = [tag("strong", "chosen")] if number == chosen else []
        heads.append(tag("th", data(side["name"]), *subject, *said, scope="col", class_=_tint(number, chosen)))
    lines = []
    for field in row["compared"]:
        cells = [
            tag("td", *_cell(field["field"], value, mark), class_=_tint(number, chosen))
            for number, (value, mark) in enumerate(zip(field["values"], field["marks"], strict=True))
        ]
        locked = " (protected)" if field["locked"] else ""
        lines.append(tag("tr", tag("th", data(field["label"]), locked, scope="row"), *cells))
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *lines))
    return scrolling(table, f"Evidence of {row['event_id'] or 'the row'}, side by side")


def _tint(number: int, chosen: int) -> str:
    return "chosen" if number == chosen else ""


def _chosen_side(row: Row) -> int:
    """Position of the side that the decision stands for; -1 where none does."""
    decision = row["decision"]
    token = decision["source_of_truth"] if decision and decision["action"] == "approve" else ""
    found = (number for number, side in enumerate(row["sides"]) if token and side["option"] == token)
    return next(found, -1)


def _cell(field: str, value: str, mark: str) -> list[Part]:
    shown: Part = data(shown_value(field, value)) if value else tag("span", "–", class_="quiet")
    if mark not in _MARKS:
        return [shown]
    sign, word = _MARKS[mark]
    return [tag("span", sign, class_=mark, aria_hidden="true"), tag("span", word, class_="unseen"), " ", shown]


def _decision(row: Row, version: int) -> Html:
    decision = row["decision"]
    if not decision:
        said = [tag("li", data(words)) for words in outline.disputes(row, version)]
        disagree = [tag("p", "The reviewers disagree:"), tag("ul", *said)] if said else []
        return tag("div", tag("p", tag("strong", "Not decided yet.")), *disagree, class_="decision")
    words = _SAID.get(decision["action"], decision["action"])
    chosen = choice_words(decision, version)
    truth: list[Part] = [" → ", data(_truth(chosen))] if chosen else []
    by: list[Part] = [" by ", data(decision["by"] or "somebody"), ", ", data(shown_value(_AT, decision["at"]))]
    parts: list[Part] = [tag("p", tag("strong", words, *truth), tag("span", *by, class_="quiet"))]
    parts += [tag("p", data(pick_words(row, pick, version), 400)) for pick in decision["picks"]]
    for name, text in (("Reason", outline.reasons(row)), ("Question", decision["question"])):
        if text:
            parts.append(tag("p", f"{name}: ", data(text, 2_000)))
    others = [vote["by"] for vote in row["votes"] if vote["by"] not in ("", decision["by"])]
    if others:
        parts.append(tag("p", "Also looked at by ", data(", ".join(sorted(set(others)))), "."))
    if row["state"] == "stale":
        parts.append(tag("p", "The evidence has moved since; it waits to be decided again."))
    if row["status"] == READY:
        parts += _writes(row, version)
    return tag("div", *parts, class_="decision")


_SAID = {
    "approve": "Approved",
    "reject": "Rejected",
    "defer": "Left for later",
    "needs-client": "Asked the client",
    "choose": "Chosen, not yet approved",
    "field": "Fields chosen, not yet approved",
    "clear-field": "Not decided yet",
    "clear": "Not decided yet",
}


def _truth(token: str) -> str:
    return {"no-write": "write nothing", "create": "create a contact"}.get(token, token)


def _writes(row: Row, version: int) -> list[Html]:
    """What is to be written, in a table; a value that the destination does not take is no write of it."""
    if version < SINCE:
        return [_table_of_writes(row, row["staged"]) if row["staged"] else tag("p", "Nothing is to be written.")]
    if row["operation"] == Outcome.NO_WRITE:
        return [tag("p", f"Nothing is to be written to {label(row['target'])}.")]
    if not row["staged"]:
        return [tag("p", *_target(row), ".")]
    lost = row["lost"] if "lost" in row else lost_fields(row)
    taken = [item for item in row["staged"] if item["field"] not in lost]
    parts = [_table_of_writes(row, taken)] if taken else []
    if lost:
        names = one_of([field_label(item["field"]) for item in row["staged"] if item["field"] in lost], "and")
        parts.append(tag("p", f"Not staged, because {label(row['target'])} does not take it: ", data(names), "."))
    return parts


def _target(row: Row) -> list[Part]:
    """The system, what is done there, and to whom."""
    who = data(row["target_id"]) if row["target_id"] else "a contact that is to be created"
    return [f"{label(row['target'])} · {row['operation']} {row['object']} · ", who]


def _table_of_writes(row: Row, items: Sequence[Mapping[str, Any]]) -> Html:
    known = any(item["before"] is not None for item in items)
    names = ("field", "before", "after") if known else ("field", "value")
    lines = [
        tag(
            "tr",
            tag("th", data(field_label(item["field"])), scope="row"),
            *([tag("td", *_before(item))] if known else []),
            tag("td", data(shown_value(item["field"], item["value"]), 500)),
        )
        for item in items
    ]
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    return scrolling(tag("table", tag("caption", *_target(row)), head, tag("tbody", *lines)), "What is to be written")


def _before(item: Mapping[str, Any]) -> list[Part]:
    if item["before"] is None:
        return [tag("span", "not known", class_="quiet")]
    if not item["before"]:
        return [tag("span", "empty", class_="quiet")]
    return [tag("span", data(shown_value(item["field"], item["before"])), class_="before")]


def listed(rows: Sequence[Row], title: str) -> Html:
    """A line per row: id, what it is, about whom, what is to be done, who said so."""
    lines = []
    for row in rows:
        decision = row["decision"] or {"by": "", "at": ""}
        what = f"{row['operation']} {row['target_id']}".strip() if row["operation"] else row["issue"]
        who = f"{decision['by']}, {shown_value(_AT, decision['at'])}" if decision["at"] else row["state"]
        lines.append((row["event_id"] or "row without id", row["noun"], row["contact_key"], what, who))
    return plain_table(title, ("row", "kind", "contact", "what", "decided"), lines)


def plain_table(title: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> Html:
    """A table of texts; numbers stand to the right."""
    marks = ["number" if name in _NUMBERS else "" for name in head]
    heads = [tag("th", name, scope="col", class_=mark) for name, mark in zip(head, marks, strict=True)]
    body = [line_of_cells(line, marks) for line in lines]
    return scrolling(tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *body)), title)


def scrolling(table: Html, title: str) -> Html:
    """A wide table moves inside its own frame, also by keyboard, and never the page."""
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=title)
