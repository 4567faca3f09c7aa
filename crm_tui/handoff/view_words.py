"""Words of the views that not every version of them draws alike: an earlier handoff is drawn again as it was.

``version`` is the ``VIEWS_VERSION`` that drew, or draws, the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_tui.classify.fields import LEAVE_BOTH, LEAVE_DISPUTED, NEITHER_SOURCE
from crm_tui.classify.paired import LAST_AGREED
from crm_tui.classify.rule_words import RULE_WORDS
from crm_tui.classify.staging import field_label
from crm_tui.handoff.row_file import Row
from crm_tui.model import Take
from crm_tui.systems import SYSTEMS, TABLES, label
from crm_tui.systems.imports import LINK
from crm_tui.systems.reference import MAP_SYSTEM
from crm_tui.text import one_of

SINCE = 3
"""The version from which on words are of the row's own destination, of the rule itself, and of the systems loaded."""
_LINK_BEFORE = "is a link to a record there, not text"
_NO_PROMISE = "Nothing is promised about the availability of {} system's API."
_BOUNDARY = (
    "No CRM write was executed; every row here says what somebody else may write.",
    "No contact was created, no record deleted or merged.",
    "No phone call, text message, e-mail or payment was triggered.",
)


def boundary(statement: Mapping[str, Any], version: int) -> tuple[str, ...]:
    """What was not done, and what is not promised of the systems that the review has read (1.30)."""
    if version < SINCE:
        return (*_BOUNDARY, _NO_PROMISE.format("Close, GHL, Copper or any other"))
    loaded = {TABLES[item["table"]].system for item in statement["inputs"] if item["table"] in TABLES}
    written = loaded - {MAP_SYSTEM.name}
    named = sorted(label(system) for system in written if SYSTEMS[system].imports.handled)
    return (*_BOUNDARY, _NO_PROMISE.format(one_of([*named, "any other"] if named else ["any"])))


def rule_words(rule: str, of_rows: str, version: int) -> str:
    """What a rule says of all its rows; ``of_rows`` is how most of them put it."""
    return of_rows if version < SINCE else RULE_WORDS.get(rule, of_rows)


def choice_words(decision: Mapping[str, Any], version: int) -> str:
    """What was chosen for the row as a whole, as the screen calls it."""
    chosen = str(decision["source_of_truth"])
    if version < SINCE or chosen != LEAVE_BOTH:
        return chosen
    return "leave other disputed fields" if decision.get("picks") else LEAVE_DISPUTED


def pick_words(row: Row, pick: Mapping[str, Any], version: int) -> str:
    """What was chosen for one field, and what that is for the row's destination; the value stands in ``rows.jsonl``."""
    name, value = field_label(pick["field"]), pick["value"]
    if version < SINCE:
        return _pick_words_before(name, pick)
    if value is None:
        return f"{name} left as it is in {label(row['target'])}"
    if not value:
        return f"{name} cleared in {label(row['target'])}"
    if pick["take"] == Take.EDITED:
        return f"{name} {NEITHER_SOURCE}"
    return f"{name} from {_side_words(row, pick['side'])}"


def _pick_words_before(name: str, pick: Mapping[str, Any]) -> str:
    if pick["take"] == Take.EDITED:
        return f"{name} {NEITHER_SOURCE}"
    if pick["value"] is None:
        return f"{name} left as it is"
    return f"{name} from {label(pick['side']) or 'both sides'}"


def _side_words(row: Row, side: str) -> str:
    """How a side is called by its key; a contact of the map has an id there that says nothing to a reader."""
    if not side.startswith("con-"):
        return label(side) or "both sides"
    agreed = any(one["name"] == LAST_AGREED for one in row["sides"])
    return f"what was {LAST_AGREED}" if agreed else "the contact map"


def loss_words(text: str, version: int) -> str:
    """Why a destination does not take a value, or a sentence that says it."""
    return text.replace(LINK, _LINK_BEFORE) if version < SINCE else text
