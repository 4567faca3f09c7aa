"""The judgement in words: issue, rule and what the reviewer is asked to do.

One row per rule; the words of seed 000 stand where it has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from crm_tui.classify.facts import Facts
from crm_tui.classify.look_alikes import looks_like
from crm_tui.classify.paired import news_of_other
from crm_tui.classify.rules import (
    bad_columns,
    blank_required,
    claim_fault,
    directions,
    stray_ids,
    switched_on,
    untold,
)
from crm_tui.classify.staging import field_label
from crm_tui.classify.times import newer_by, utc_time
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Contact, Key
from crm_tui.systems import label
from crm_tui.systems.declare import Kind, Role
from crm_tui.text import counted, one_of, safe_text

Text = Callable[[Facts], str]
_FEW = 3
"""Accounts of a policy that a sentence names."""


class Words(NamedTuple):
    """What is said of a rule."""

    issue: Text
    why: Text
    action: Text


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Words into which nothing of the row is put."""

    text: str

    def __call__(self, _: Facts) -> str:
        return self.text


_const = _Fixed


def candidates_of(facts: Facts) -> list[Contact]:
    """The contacts that the row's keys lead to."""
    return [facts.contacts.contact(number) for number in facts.candidates]


def key_label(facts: Facts, key: Key) -> str:
    """How the column of a key is called on screen."""
    return facts.event.table.by_name[key.column].label


def mapped_labels(facts: Facts) -> list[str]:
    """The labels of the keys that lead to a contact, each once."""
    return list(dict.fromkeys(key_label(facts, key) for key, numbers in facts.found if numbers))


def _older(facts: Facts) -> str:
    """Both times in one zone, and which is newer by how much."""
    contact, system = facts.contact, facts.event.table.system
    written, known = facts.event.cell(Role.UPDATED_AT), contact.updated_at.get(system, "") if contact else ""
    times = f"The row was updated {utc_time(written)}, the contact map's entry in {label(system)} {utc_time(known)}"
    return f"{times}: the contact map is newer by {newer_by(written, known)}."


def _columns(names: tuple[str, ...]) -> str:
    """Columns as the file names them, for who puts it right there."""
    return one_of(list(names), "and")


def _key_labels(facts: Facts) -> list[str]:
    return [key_label(facts, key) for key in facts.event.keys if key.value]


def _disagreeing(facts: Facts) -> str:
    if len({contact.key for contact in candidates_of(facts)}) == 1 and candidates_of(facts)[0].key:
        return "the contact map has this contact twice"
    shared = set.intersection(*(set(numbers) for _, numbers in facts.found if numbers))
    if shared:
        several = [key_label(facts, key) for key, numbers in facts.found if len(numbers) > 1]
        verb = "stands" if len(several) == 1 else "stand"
        return f"{one_of(several, 'and')} {verb} on several contacts of the map"
    labels = mapped_labels(facts)
    return (
        f"{one_of(labels, 'and')} map to different contacts"
        if len(labels) > 1
        else f"several values of {labels[0]} map to different contacts"
    )


def _id_issue(facts: Facts) -> str:
    if facts.event.table.kind is Kind.APPOINTMENT and any(k.kind == "email" and n for k, n in facts.found):
        return "e-mail belongs to another contact"
    return "ids disagree with the contact map"


def _id_why(facts: Facts) -> str:
    by = one_of(mapped_labels(facts), "and")
    stray = one_of([key_label(facts, key) for key in stray_ids(facts)], "and")
    return f"One contact was found by {by}, but the {stray} on the row is not in the contact map."


def _unmapped_issue(facts: Facts) -> str:
    return f"no contact has this {one_of(_key_labels(facts))}"


def _lint_texts(facts: Facts) -> str:
    return "; ".join(lint.text for lint in facts.holding_lints)


def _claim_why(facts: Facts) -> str:
    allowed = facts.policy.route(facts.event.table).outcome
    return {
        "payment": "The row speaks of a payment; payment actions are never staged without a person.",
        "hold": "The file itself asks to hold this row.",
        "other": f"The file asks for another kind of operation; rows of this kind may only {allowed}.",
        "unknown": "The file asks for something that the policy's claim words do not know.",
    }[claim_fault(facts.event, facts.policy) or "unknown"]


def no_identity(facts: Facts) -> str:
    """Which keys a row without identity would need, as a sentence: of its own columns, else of all of its table's."""
    keys = [column for column in facts.event.table.identity if not column.secondary]
    there = [column for column in keys if not column.optional or column.name in facts.event.cells]
    labels = [column.label for column in there or keys]
    return f"No usable {one_of(list(dict.fromkeys(labels))) or 'key of a contact'}."


def _approve(facts: Facts) -> str:
    system = label(facts.destination)
    if facts.event.table.kind is Kind.APPOINTMENT:
        return f"Approve appointment upsert into {system}."
    if facts.links:
        return "Approve the link in the contact map."
    if facts.event.table.kind is Kind.OPPORTUNITY:
        return f"Approve opportunity upsert into {system}."
    if facts.event.table.kind is Kind.CHANGE or facts.event.table.kind.is_person:
        return f"Approve contact update in {system}."
    return f"Approve {facts.event.cell(Role.ACTIVITY_TYPE).lower() or 'activity'} activity append into {system}."


def _choose_contact(facts: Facts) -> str:
    if facts.event.table.kind is Kind.ACTIVITY:
        return "Choose the correct contact before appending activity."
    return "Confirm the correct contact before syncing."


def _resolve_ids(facts: Facts) -> str:
    if facts.event.table.kind is Kind.CHANGE or facts.event.table.kind.is_person:
        return f"Resolve the mapping before writing back to {label(facts.destination)}."
    return _choose_contact(facts)


def _unknown_event(facts: Facts) -> str:
    kind = facts.event.cell(Role.ACTIVITY_TYPE)
    return f"unknown kind of event: {safe_text(mask_secrets(kind), 60)}" if kind else "unknown kind of event"


def _scope_why(facts: Facts) -> str:
    table = facts.event.table
    named = [safe_text(account, 40) for account in facts.policy.scopes.get(table.system, ())]
    listed = one_of(named, "and") if len(named) <= _FEW else counted(len(named), "other account")
    scope = mask_secrets(facts.event.cell(Role.SCOPE))
    return f"The row is of {table.of(Role.SCOPE)[0].label} {scope}; for this review the policy names {listed}."


def _open(facts: Facts) -> tuple[str, ...]:
    return facts.changes.differ if facts.changes else ()


def _differing(facts: Facts) -> str:
    names = [field_label(name) for name in _open(facts)]
    return one_of(names, "and") if len(names) <= 3 else f"{len(names)} fields"


def _field(facts: Facts) -> str:
    if facts.changes is not None:
        found = facts.changes.protected or facts.changes.identity or facts.changes.cleared
        return one_of([field_label(name) for name in found], "and")
    return facts.event.field or "this field"


def _bad_why(facts: Facts) -> str:
    told = "; ".join(f"{facts.event.table.by_name[name].label} {why}" for name, why in facts.event.faults)
    return f"{told}." if told else "A date does not parse, or the status is not one that the policy lists."


def _untold_fields(facts: Facts) -> str:
    return one_of([field_label(name) for name in untold(facts)], "and")


def _nothing(facts: Facts) -> str:
    # The key that approves the row writes the other record's news the other way, so the words name the system.
    return f"nothing to write to {label(facts.destination)}" if news_of_other(facts) else "nothing to write"


def _nothing_why(facts: Facts) -> str:
    if not facts.comparisons:
        return "The new value equals the contact map's after normalising, so there is nothing to write."
    news = news_of_other(facts)
    if not news:
        return "Both records agree in every field that may be written, so there is nothing to write."
    what = one_of(list(news), "and") if len(news) <= 3 else f"{len(news)} fields"
    return f"Only {label(facts.destination)} has something new ({what}), so there is {_nothing(facts)}."


WORDS: dict[str, Words] = {
    "accepted": Words(
        lambda facts: f"accepted {facts.event.noun}",
        _const("Every key on the row that the contact map knows leads to the same contact, and no rule holds it."),
        _approve,
    ),
    "no_write": Words(
        _nothing,
        _nothing_why,
        lambda facts: f"Approve: {_nothing(facts)}.",
    ),
    "lifecycle": Words(
        lambda facts: facts.event.noun,
        _const(
            "The row tells of a connection, or of a step on the way to an event, and nothing of a contact to write."
        ),
        _const("Approve: nothing to write."),
    ),
    "reference_only": Words(
        lambda facts: f"{facts.event.noun} kept for reference",
        _const("A contact map has no companies, so there is nothing to compare the record with."),
        _const("Approve: nothing to write."),
    ),
    "unknown_event": Words(
        _unknown_event,
        _const("No declaration of any system fits this payload."),
        _const("Find out what the payload is; nothing of it can be staged."),
    ),
    "unknown_scope": Words(
        _const("of another account or location"),
        _scope_why,
        _const("Add the account to the policy, or leave the row out."),
    ),
    "refused_option": Words(
        lambda facts: f"asks for {one_of(list(switched_on(facts.event)), 'and')}",
        _const("The request asks to skip checks or to force its way; such switches are never obeyed."),
        _const("Decide whether the row may be staged without them."),
    ),
    "deletion": Words(
        _const("deleted in its system"),
        _const(
            "The record was deleted or merged in its system. Nothing is ever deleted in another one because of that."
        ),
        _const("Decide whether the contact is marked as inactive, or stays."),
    ),
    "missing_there": Words(
        lambda facts: f"not in {label(facts.destination)}'s export",
        lambda facts: (
            f"The contact map names a {label(facts.destination)} id, but the export from there has no such record."
        ),
        _const("Find out whether the record was deleted or merged there."),
    ),
    "fields_differ": Words(
        lambda facts: f"{_differing(facts)} {'differs' if len(_open(facts)) == 1 else 'differ'}",
        _const("Both systems hold a value, the values differ, and no rule may choose between them."),
        _const("Choose whose values stand."),
    ),
    "cleared_field": Words(
        lambda facts: f"{_field(facts)} {'cleared on one side' if facts.comparisons else 'blank here'}",
        lambda facts: (
            "One of the two records is blank where both had agreed on a value. Clearing a value is a decision."
            if facts.comparisons
            else "The record has no value where the contact map has one. Clearing a value is a decision."
        ),
        _const("Keep the value, or clear it."),
    ),
    "unreadable": Words(
        _const("line cannot be read"),
        lambda facts: f"The line cannot be read as a row: {facts.event.problem}.",
        _const("Put the line right in its source and load the file again."),
    ),
    "missing_identity": Words(
        _const("missing contact identity"),
        _const("No identity column of the row holds a usable key."),
        _const("Reject the row until a usable identity is present."),
    ),
    "missing_required_field": Words(
        lambda facts: f"missing {_columns(blank_required(facts.event))}",
        lambda facts: f"The file must have a value in {_columns(blank_required(facts.event))}.",
        _const("Fill the blank in the source and load the file again."),
    ),
    "bad_value": Words(
        lambda facts: f"bad value: {_columns(bad_columns(facts.event, facts.policy))}",
        _bad_why,
        _const("Correct the value in the source and load the file again."),
    ),
    "duplicate_event": Words(
        _const("repeats an earlier line"),
        _const("The same event id with equal cells stands earlier in this load."),
        _const("Nothing to do: the earlier line is the one that counts."),
    ),
    "event_id_reused": Words(
        _const("event id stands on different rows"),
        _const("Two rows of this load have the same event id and different cells."),
        _const("Decide which of the rows is meant; write nothing for the other."),
    ),
    "keys_disagree": Words(
        _disagreeing,
        _const("The keys on the row lead to two or more contacts."),
        _choose_contact,
    ),
    "id_disagrees": Words(_id_issue, _id_why, _resolve_ids),
    "no_map": Words(
        _const("no contact map is loaded"),
        _const("Without a contact map no row can be matched."),
        _const("Load a contact map."),
    ),
    "unmapped": Words(
        _unmapped_issue,
        _const("No key on the row is in the contact map. A contact is never created by itself."),
        _const("Map the row to a contact, or decide to create one."),
    ),
    "map_doubtful": Words(
        _const("the contact map is in doubt here"),
        lambda facts: f"The contact map's entry needs attention: {_lint_texts(facts)}.",
        _const("Put the contact map right, or confirm the contact."),
    ),
    "email_unknown": Words(
        _const("e-mail is not this contact's"),
        _const("The id leads to one contact, but the e-mail on the row is not the one the map has for it."),
        _const("Confirm the contact before syncing."),
    ),
    "look_alike": Words(
        _const("an e-mail looks like another one"),
        lambda facts: f"The e-mail {'; '.join(looks_like(facts))}.",
        _const("Confirm the contact before anything is written."),
    ),
    "values_untold": Words(
        lambda facts: f"{_untold_fields(facts)} changed, the event does not say to what",
        _const("The event names the record or the fields that changed, but not their values."),
        lambda facts: f"Load an export of {facts.event.source_label} that has the record; nothing of this is staged.",
    ),
    "contradiction": Words(
        lambda facts: f"says {one_of(list(directions(facts.event)), 'and')}",
        _const("Two cells of the row, or a cell and our own end, say that the message or call went different ways."),
        _const("Find out which way it went before it is appended."),
    ),
    "disconnected": Words(
        lambda facts: f"{label(facts.destination)} is disconnected",
        lambda facts: f"The app was removed from {label(facts.destination)}, so nothing can be written there.",
        _const("Load the event of its new installation, or write nothing."),
    ),
    "claim": Words(
        _const("the file asks for something else"),
        _claim_why,
        _const("Decide whether the row may be staged as its kind allows."),
    ),
    "protected_field": Words(
        lambda facts: f"{_field(facts)} is protected",
        _const("The policy protects this field from being overwritten."),
        _const("Keep the value, or override with a reason."),
    ),
    "identity_change": Words(
        _const("changes who the contact is"),
        _const("An e-mail is an identity key: changing it changes which rows match."),
        _const("Decide which value stands."),
    ),
    "unknown_field": Words(
        _const("field is in no field map"),
        _const("No field map says what this field is called at the destination."),
        _const("Decide whether the field may be written as it is named."),
    ),
    "stale_event": Words(
        _const("older than the contact map"),
        _older,
        _const("Decide which value stands."),
    ),
}
FIXED_SENTENCES = frozenset(said.text for words in WORDS.values() for said in words if isinstance(said, _Fixed))
"""What is said of a rule in the same words of every row."""
