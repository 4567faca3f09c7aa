"""The case of a row: named sides × fields, the rule in words, and the options open (architecture.md, "Case")."""

from __future__ import annotations

import hashlib

from crm_tui import canonical
from crm_tui.classify.compare import compared
from crm_tui.classify.evidence import evidence, evidence_sentence, status_word
from crm_tui.classify.facts import Facts
from crm_tui.classify.fields import MAP_SIDE, fields
from crm_tui.classify.judge import judge, notes
from crm_tui.classify.options import distinct_contacts, options, suggestion
from crm_tui.classify.paired import PAIRED_RULES, paired_rows, paired_sides
from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.classify.staging import field_label, formula_texts, shortfalls, staged_key
from crm_tui.classify.values import protects
from crm_tui.classify.wording import WORDS
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Case, CaseRow, Contact, Evidence, Mark, Note, Option, Queue, Side, Verdict
from crm_tui.systems import label
from crm_tui.systems.declare import Column, Kind, Role
from crm_tui.text import one_of

_SHOWN = (Role.CHANNEL, Role.ACTIVITY_TYPE, Role.TEXT, Role.TIME, Role.STATUS, Role.CLAIM, Role.UPDATED_AT)


def build_case(facts: Facts, row_id: str, source: str, line: int) -> Case:
    """The case of one row; pure: the same facts give the same case."""
    event = facts.event
    verdict = judge(facts)
    open_options = options(facts, verdict)
    token, reason = suggestion(facts, verdict, open_options)
    words = WORDS[verdict.rule]
    subjects = _subjects(facts, verdict)
    contact = facts.contact
    other = facts.counterpart if facts.comparisons else None
    sides = paired_sides(facts, other, verdict) if other else tuple(side for side, _ in subjects)
    contacts = [contact for _, contact in subjects]
    rows = paired_rows(facts) if other else _rows(facts, contacts, stale="stale_event" in verdict.fired)
    return Case(
        row_id=row_id,
        event_id=mask_secrets(event.event_id),
        noun=event.noun,
        source=source,
        line=line,
        verdict=verdict,
        status=status_word(facts, verdict),
        issue=words.issue(facts),
        why=words.why(facts),
        action=words.action(facts),
        suggestion=token,
        suggestion_text=reason,
        target=facts.destination,
        contact_key=contact.key if contact else "",
        partner=other.record if other and verdict.rule in PAIRED_RULES else 0,
        sides=sides,
        rows=rows,
        options=open_options,
        fields=fields(facts, sides, contacts, rows, open_options),
        evidence=(*evidence(facts), _summary(facts, verdict)),
        notes=(*notes(facts), *_losses(facts, open_options)),
        fingerprint=fingerprint(facts, verdict, open_options),
    )


def _losses(facts: Facts, open_options: tuple[Option, ...]) -> tuple[Note, ...]:
    """What the destination would not take of any choice that is open, and what no import file may hold."""
    rows = [option.staged for option in open_options if option.staged]
    lost = (Note("loss", text.removesuffix(".")) for staged in rows for text in shortfalls(staged, facts.event.table))
    formulas = (Note("formula", text) for staged in rows for text in formula_texts(staged))
    return tuple(dict.fromkeys((*lost, *formulas)))


def _summary(facts: Facts, verdict: Verdict) -> Evidence:
    return Evidence("judgement", verdict.rule, "", evidence_sentence(facts, verdict))


def fingerprint(facts: Facts, verdict: Verdict, open_options: tuple[Option, ...]) -> str:
    """SHA-256 hex over what a decision rests on: the cells, the contacts found, the rule, what each choice writes."""
    contacts = [facts.contacts.contact(number) for number in verdict.candidates]
    return hashlib.sha256(
        canonical.dumps_own(
            [
                "crm-tui-evidence-v1",
                [[name, text] for name, text in sorted(facts.event.cells.items())],
                verdict.rule,
                [[contact.contact_id, [[n, v] for n, v in sorted(contact.values.items())]] for contact in contacts],
                [
                    [option.token, option.locked, _content(option), *([option.doubt] if option.doubt else [])]
                    for option in open_options
                ],
                [[one.field, one.state, one.here, one.there, one.base] for one in facts.comparisons],
            ]
        )
    ).hexdigest()


def _content(option: Option) -> str:
    return staged_key("", option.staged) if option.staged else ""


def _subjects(facts: Facts, verdict: Verdict) -> list[tuple[Side, Contact | None]]:
    """The columns: the event, each contact found with its keys, and ``nobody`` for keys that lead nowhere."""
    event = facts.event
    field_conflict = verdict.queue is Queue.CONFLICT and verdict.rule not in IDENTITY_CONFLICTS
    own = event.source_label if field_conflict else ""
    columns: list[tuple[Side, Contact | None]] = []
    columns.append((Side(f"{event.source_label} says", event.system, "", own, event.system), None))
    by_name = event.table.by_name
    for contact in distinct_contacts(facts, verdict):
        by = [by_name[key.column].label for key, numbers in facts.found if contact.number in numbers]
        token = MAP_SIDE if field_conflict else (contact.key or contact.contact_id)
        if verdict.queue is Queue.ERROR:
            token = ""
        name = f"contact map, by {one_of(by, 'and')}"
        columns.append((Side(name, "contact-map", contact.label, token, contact.contact_id), contact))
    lost = [by_name[key.column].label for key in event.keys if key.raw.strip() and not _leads(facts, key.column)]
    if lost:
        columns.append((Side(f"contact map, by {one_of(lost, 'and')}", "contact-map", "nobody", ""), None))
    return columns


def _leads(facts: Facts, column: str) -> bool:
    return any(numbers for key, numbers in facts.found if key.column == column)


def _rows(facts: Facts, contacts: list[Contact | None], *, stale: bool) -> tuple[CaseRow, ...]:
    """The fields: first the keys, then what the row brings; of a stale one its time beside the contact map's."""
    rows = _key_rows(facts, contacts)
    if facts.event.table.kind is Kind.CHANGE and facts.event.cell(Role.FIELD):
        rows.append(_change_row(facts, contacts))
    if facts.event.table.kind.is_record:
        rows.extend(_field_rows(facts, contacts))
    times = [column.name for column in facts.event.table.of(Role.UPDATED_AT)] if stale else []
    older = next((name for name in times if facts.event.cells.get(name, "").strip()), "")
    for column in facts.event.table.columns:
        text = _said(facts, column)
        if column.name == older:
            known = [
                contact.updated_at.get(facts.event.table.system, "") if contact else "" for contact in contacts[1:]
            ]
            marks = [Mark.DIFFERS if time else Mark.NEUTRAL for time in known]
            rows.append(CaseRow(column.name, column.label, (text, *known), (Mark.NEUTRAL, *marks), False))
        elif column.role in _SHOWN and text.strip():
            blanks = ("",) * (len(contacts) - 1)
            rows.append(CaseRow(column.name, column.label, (text, *blanks), (Mark.NEUTRAL,) * len(contacts), False))
    return (*rows, *_scope_rows(facts, len(contacts) - 1))


def _said(facts: Facts, column: Column) -> str:
    """A cell as written; a time that is counted in seconds or milliseconds as the moment that it names."""
    text = facts.event.cells.get(column.name, "")
    counted = column.role in (Role.TIME, Role.UPDATED_AT) and text.strip().isdecimal()
    return facts.event.text(column.name) if counted else text


def _scope_rows(facts: Facts, others: int) -> list[CaseRow]:
    """The account or location that the row is of, where the policy asks for it, and whose that is (3.43)."""
    table = facts.event.table
    scope = facts.event.cell(Role.SCOPE)
    if not scope or not facts.policy.scopes.get(table.system):
        return []
    said = [(table.of(Role.SCOPE)[0].name, table.of(Role.SCOPE)[0].label, scope)]
    organisation = facts.policy.organisation(table.system, scope)
    if organisation:
        said.append(("organisation", "organisation", organisation))
    marks = (Mark.NEUTRAL,) * (others + 1)
    return [CaseRow(name, text, (value, *[""] * others), marks, False) for name, text, value in said]


def _key_rows(facts: Facts, contacts: list[Contact | None]) -> list[CaseRow]:
    kinds: dict[str, tuple[str, str]] = {}
    for key in facts.event.keys:
        kinds[key.kind] = (key.column, facts.event.table.by_name[key.column].label)
    for contact in contacts:
        for system in contact.ids if contact else ():
            kinds.setdefault(f"id:{system}", (f"{system}_contact_id", f"{label(system)} id"))
        for name, text in (("email", "e-mail"), ("phone", "phone")) if contact else ():
            kinds.setdefault(name, (name, text))
    order = sorted(kinds, key=lambda kind: (not kind.startswith("id:"), kind))
    return [_key_row(facts, kind, *kinds[kind], contacts) for kind in order]


def _key_row(facts: Facts, kind: str, column: str, text: str, contacts: list[Contact | None]) -> CaseRow:
    key = next((key for key in facts.event.keys if key.kind == kind), None)
    values = [key.raw if key else ""]
    marks = [Mark.NEUTRAL]
    for contact in contacts[1:]:
        known = _known(contact, kind)
        values.append(known)
        if key is None or not key.raw.strip() or contact is None:
            marks.append(Mark.NEUTRAL)
        else:
            marks.append(Mark.AGREES if key.value and key.value in _compared(contact, kind) else Mark.DIFFERS)
    return CaseRow(column, text, tuple(values), tuple(marks), False)


def _known(contact: Contact | None, kind: str) -> str:
    if contact is None:
        return ""
    return contact.ids.get(kind[3:], "") if kind.startswith("id:") else contact.values.get(kind, "")


def _compared(contact: Contact, kind: str) -> tuple[str, ...]:
    if kind.startswith("id:"):
        return (contact.ids.get(kind[3:], ""),)
    return contact.emails if kind == "email" else contact.phones


def _field_rows(facts: Facts, contacts: list[Contact | None]) -> list[CaseRow]:
    """A row per canonical field that the record has and no key says, against what the map agreed to."""
    event = facts.event
    keys = {column.field or column.name for column in event.table.identity}
    return [
        CaseRow(
            name,
            field_label(name),
            (mask_secrets(text), *[contact.values.get(name, "") if contact else "" for contact in contacts[1:]]),
            (Mark.NEUTRAL, *[_mark(facts, name, text, contact) for contact in contacts[1:]]),
            facts.policy.is_protected(name, event.table),
        )
        for name, text in event.values.items()
        if name not in keys and (text or any(contact and contact.values.get(name) for contact in contacts))
    ]


def _mark(facts: Facts, name: str, text: str, contact: Contact | None) -> Mark:
    known = contact.values.get(name) if contact else None
    if not known:
        return Mark.NEUTRAL
    same = compared(name, text, facts.keyring) == compared(name, known, facts.keyring)
    return Mark.AGREES if same else Mark.DIFFERS


def _change_row(facts: Facts, contacts: list[Contact | None]) -> CaseRow:
    event = facts.event
    name = event.changed_field
    new = event.cell(Role.NEW_VALUE)
    values, marks = [new], [Mark.NEUTRAL]
    for contact in contacts[1:]:
        known = contact.values.get(event.field, "") if contact else ""
        same = compared(event.field, new, facts.keyring) == compared(event.field, known, facts.keyring)
        values.append(known)
        marks.append(Mark.NEUTRAL if not known else Mark.AGREES if same else Mark.DIFFERS)
    locked = bool(event.field) and protects(event.field, new, facts.policy, event.table)
    return CaseRow("new_value", f"new {field_label(name)}", tuple(values), tuple(marks), locked)
