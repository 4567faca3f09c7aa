"""What an error row shows: the cell that failed, what would make it pass, and whom the other keys map to."""

from __future__ import annotations

from rich.text import Text

from crm_tui.classify.facts import Facts
from crm_tui.classify.rules import bad_columns, blank_required
from crm_tui.console.draw import Lines, labelled, shown
from crm_tui.console.privacy import OFF, Privacy
from crm_tui.console.session import Session
from crm_tui.console.standing import Standing
from crm_tui.console.theme import BLOCKED, NOTHING, Paint
from crm_tui.systems.declare import IDENTITY_ROLES, Role
from crm_tui.text import one_of, safe_text

_WORDS_SHOWN = 8


def error_lines(session: Session, standing: Standing, width: int, label_width: int, paint: Paint) -> Lines:
    """The lines under the table of an error row."""
    cases = session.cases
    facts = cases.facts(standing.record_id)
    case = standing.case
    privacy = session.privacy if session.privacy.hides(standing.record_id) else OFF
    rule = Text(f"{BLOCKED} {shown(case.why, 400)}", paint.bad)
    rule.append(f" ({case.verdict.rule})", paint.muted)
    parts = [("Blocked by", [rule])]
    offending = _offending(facts, cases.raw_text(standing.record_id), privacy, paint)
    if offending:
        parts.append(("The cell", offending))
    parts.append(("Would pass", [Text(sentence, paint.text) for sentence in _remedies(facts, case.verdict.rule)]))
    parts.append(("Other keys", [Text(text, paint.text) for text in _mapped(facts, privacy)]))
    lines: Lines = []
    for label, texts in parts:
        lines.extend(labelled(label, texts, width, label_width, (paint.muted, paint.text)))
    return lines


def _offending(facts: Facts, raw: str, privacy: Privacy, paint: Paint) -> list[Text]:
    event = facts.event
    if event.problem:
        return [Text(shown(privacy.line(raw.rstrip("\r\n")), 300), paint.differs)]
    columns = [*blank_required(event), *bad_columns(event, facts.policy)]
    keys = [key.column for key in event.keys if not key.value] if not columns else []
    found: list[Text] = []
    for name in [*columns, *keys]:
        written = privacy.cell(name, event.cells.get(name, "").strip())
        found.append(Text.assemble((f"{name} ", paint.muted), (_written(name, written), paint.differs)))
    return found


def _written(name: str, written: str) -> str:
    if not written:
        return f"{NOTHING} blank"
    return safe_text(written, 200) if name.endswith(("phone", "_id")) else shown(written, 200)


def _remedies(facts: Facts, rule: str) -> list[str]:
    """What would make the row pass, a sentence each."""
    event = facts.event
    if rule == "missing_identity":
        columns = [column for column in event.table.columns if column.role in IDENTITY_ROLES]
        labels = [column.label for column in columns if not column.optional] or [column.label for column in columns]
        key = one_of(list(dict.fromkeys(labels))) or "key of a contact"
        return [f"with a usable {key}: put it right in the source and load the file again."]
    if rule == "missing_required_field":
        return [f"with {one_of(list(blank_required(event)), 'and')} filled in the source, and the file loaded again."]
    if rule == "bad_value":
        return [_accepted(facts, name) for name in bad_columns(event, facts.policy)]
    if rule == "duplicate_event":
        return ["nothing to do: the earlier line with the same cells is the one that counts."]
    return ["with the line put right in its source, and the file loaded again."]


def _accepted(facts: Facts, name: str) -> str:
    if facts.event.table.by_name[name].role is Role.STATUS:
        words = list(facts.policy.appointments.statuses)
        more = f" and {len(words) - _WORDS_SHOWN} more" if len(words) > _WORDS_SHOWN else ""
        return f"{name}: one of {', '.join(words[:_WORDS_SHOWN])}{more} (policy: appointments.statuses)."
    return f"{name}: an ISO 8601 date or time, such as 2026-05-13T16:00:00-04:00."


def _mapped(facts: Facts, privacy: Privacy) -> list[str]:
    """Whom the usable keys of the row lead to."""
    labels = facts.event.table.by_name
    texts: list[str] = []
    for key, numbers in facts.found:
        who = [facts.contacts.contact(number).label for number in numbers]
        led = (
            f"maps to {one_of([shown(privacy.name(name), 80) for name in who], 'and')}" if who else "is in no map entry"
        )
        texts.append(f"{labels[key.column].label} {led}")
    return texts or ["none: no key on the row can be looked up."]
