"""What a choice would write: the staged row, and the sentence that says it.

The sentence is made from the staged row and nothing else, so that what a key promises is what the handoff stages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from crm_tui import canonical
from crm_tui.classify.changes import Changes, changes, compared_or_written
from crm_tui.classify.event import Event
from crm_tui.classify.mapping import mapped
from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import Route
from crm_tui.classify.times import shown_time
from crm_tui.identity.keys import Keyring
from crm_tui.identity.phone import display
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Contact, Outcome, Staged
from crm_tui.systems import SYSTEMS, label
from crm_tui.systems.declare import Column, Kind, Role, Table
from crm_tui.systems.fields import FIELDS
from crm_tui.systems.imports import Imports
from crm_tui.text import runs_as_formula

_CARRIED = (Role.EVENT_ID, Role.CHANNEL, Role.ACTIVITY_TYPE, Role.TEXT, Role.TIME, Role.STATUS, Role.DIRECTION)


def stage(
    event: Event,
    contact: Contact | None,
    policy: Policy,
    keyring: Keyring,
    found: Changes | None = None,
    taken: Collection[str] = (),
) -> Staged:
    """The row that approving ``event`` for ``contact`` stages; ``None`` = the contact is to be created first.

    Only what the kind allows: an upserted appointment, changed fields, or an appended activity (X30).  Of a whole
    record ``found`` says what it was found to change, where that is known already, and ``taken`` which of the fields
    that wait for a person are written too.
    """
    route = policy.route(event.table)
    target = contact.ids.get(route.destination, "") if contact else ""
    if event.deletes:
        return soft_delete(event, contact, policy) or nothing(event, contact, policy)
    if event.table.kind.is_person:
        found = found or changes(event, contact, policy, keyring)
        payload = _fields(found, keyring, taken)
    else:
        payload = _payload(event, policy, keyring)
    if not target:
        return _create(event, contact, route, payload)
    if event.table.kind.is_person and not payload:
        return nothing(event, contact, policy)
    before: dict[str, str | None] = {}
    if found is not None:
        before = {name: found.before.get(name) for name in payload}
    elif event.table.kind is Kind.CHANGE:
        before = {name: (contact.values.get(name) if contact else None) for name in payload}
    return Staged(route.destination, route.object, Outcome(route.outcome), target, payload, before)


def soft_delete(event: Event, contact: Contact | None, policy: Policy) -> Staged | None:
    """The contact marked as inactive, because a person's record is gone; ``None`` where that is never staged.

    Only in systems that the policy names (3.20, 3.21), and never because an opportunity or appointment is gone.
    """
    route = policy.route(event.table)
    target = contact.ids.get(route.destination, "") if contact else ""
    of_a_person = event.table.kind.is_person or event.table.kind is Kind.DELETION
    if not (target and of_a_person and route.destination in policy.soft_delete_in):
        return None
    return Staged(route.destination, "contact", Outcome.SOFT_DELETE, target)


def nothing(event: Event, contact: Contact | None, policy: Policy) -> Staged:
    """The staged row of a decision to write nothing."""
    route = policy.route(event.table)
    target = contact.ids.get(route.destination, "") if contact else ""
    return Staged(route.destination, route.object, Outcome.NO_WRITE, target)


def link(event: Event, contact: Contact) -> Staged:
    """The staged row that fills the contact map's empty slot for the row's own system (3.53, X25)."""
    slot = f"{event.table.system}_contact_id"
    return Staged("contact-map", "contact", Outcome.LINK, contact.key, {slot: event.record_id}, {slot: ""})


def _fields(found: Changes, keyring: Keyring, taken: Collection[str]) -> dict[str, str]:
    chosen = {name: compared_or_written(name, found.said[name], keyring) for name in found.held if name in taken}
    return {name: mask_secrets(text) for name, text in (dict(found.writes) | chosen).items()}


def draft(
    event: Event,
    contact: Contact | None,
    policy: Policy,
    keyring: Keyring,
    found: Changes | None = None,
    staged: Staged | None = None,
) -> Staged:
    """Everything that could be written if a person took each field by itself, those too that wait or agree already.

    ``found`` as in ``stage``; ``staged`` is what that gives, where it is known.
    """
    staged = staged or stage(event, contact, policy, keyring, found)
    if not event.table.kind.is_record:
        return staged
    own = _own_values(event, keyring)
    if not event.table.kind.is_person:
        return replace(staged, values={name: text for name, text in own.items() if text})
    found = found or changes(event, contact, policy, keyring)
    if staged.operation is Outcome.NO_WRITE and staged.target_id:
        staged = replace(staged, operation=Outcome(policy.route(event.table).outcome))
    own |= {name: mask_secrets(compared_or_written(name, text, keyring)) for name, text in found.said.items()}
    own |= staged.values
    values = {name: own[name] for name in found.before if name in own and (own[name] or found.before[name])}
    before = {name: found.before[name] for name in values} if staged.target_id else {}
    return replace(staged, values=values if staged.target_id else {**staged.values, **values}, before=before)


def event_values(event: Event, keyring: Keyring) -> dict[str, str]:
    """Every value that the row itself could bring, by the name under which it is staged."""
    return _key_values(event) | _own_values(event, keyring)


def _key_values(event: Event) -> dict[str, str]:
    return {key.kind: key.value for key in event.keys if key.kind in ("email", "phone") and key.value}


def _own_values(event: Event, keyring: Keyring) -> dict[str, str]:
    if event.table.kind.is_record:
        return {
            name: mask_secrets(compared_or_written(name, text, keyring))
            for name, text in event.values.items()
            if name not in FIELDS or FIELDS[name].writable
        }
    if event.changed_field:
        name = event.changed_field
        return {name: mask_secrets(compared_or_written(name, event.cell(Role.NEW_VALUE).strip(), keyring))}
    return {_staged_name(column): mask_secrets(text) for column in _carried(event) if (text := event.text(column.name))}


def _carried(event: Event) -> list[Column]:
    """The columns of an activity or appointment that go along; keys and what a system fills in by itself do not."""
    return [
        column
        for column in event.table.columns
        if column.role in _CARRIED or (column.role is Role.VALUE and _is_writable(column.field))
    ]


def _is_writable(field: str) -> bool:
    return field in FIELDS and FIELDS[field].writable


def _staged_name(column: Column) -> str:
    """How a staged row calls what a column says: by its canonical field, where it has one."""
    return column.field or column.name


def _payload(event: Event, policy: Policy, keyring: Keyring) -> dict[str, str]:
    own = _own_values(event, keyring)
    if event.table.kind is Kind.OPPORTUNITY:
        return {name: text for name, text in own.items() if text and not policy.is_protected(name, event.table)}
    return own


def _create(event: Event, contact: Contact | None, route: Route, payload: dict[str, str]) -> Staged:
    """A new contact with the keys of the row, then the row itself; an own id of the destination is never invented."""
    values = _key_values(event)
    if contact:
        values |= {name: text for name, text in contact.values.items() if name not in values}
    return Staged(route.destination, "contact", Outcome.CREATE, "", values | payload)


def staged_values(staged: Staged) -> list[dict[str, str | None]]:
    """The fields that a staged row writes, as the handoff lists them: name, value, value from before."""
    return [{"field": name, "value": value, "before": staged.before.get(name)} for name, value in staged.values.items()]


def content_key(row_id: str, target: str, operation: str, thing: str, target_id: str, values: object) -> str:
    """SHA-256 hex of what a row stages: the idempotency key of handoff.md, and what a decision is bound to."""
    return hashlib.sha256(canonical.dumps_own([target, operation, thing, target_id, row_id, values])).hexdigest()


def staged_key(row_id: str, staged: Staged) -> str:
    """The ``content_key`` of a staged row."""
    values = staged_values(staged)
    return content_key(row_id, staged.destination, staged.operation.value, staged.object, staged.target_id, values)


def effect(staged: Staged, event: Event, contact: Contact | None) -> str:
    """What the staged row would do, in one or two sentences, and what its destination does not take."""
    lacking = shortfalls(staged, event.table)
    if not _is_change(staged, event):
        return " ".join((_would_write(staged, event, contact), *lacking))
    told: list[str] = []
    for name, text in staged.values.items():
        lost = [one for one in lacking if one.startswith(_not_staged(name))]
        # Of a value that gets lost no write is told, so that nobody reads on believing it written.
        told += lost or [_change(label(staged.destination), name, text, staged.before.get(name))]
    return " ".join((*told, *(one for one in lacking if one not in told)))


def shortfalls(staged: Staged, table: Table) -> tuple[str, ...]:
    """What a reviewer must know of the staged row: values that get lost, and defaults that nobody wrote (X12b, X15)."""
    system = label(staged.destination)
    parts = mapped(staged, table)
    lost = (f"{_not_staged(loss.field)} because {system} {loss.why}." for part in parts for loss in part.losses)
    filled = (f"Filled in as a default: {one.name} “{one.value}”." for part in parts for one in part.defaults)
    return (*lost, *filled)


def formula_texts(staged: Staged) -> tuple[str, ...]:
    """The values that a spreadsheet could run where the destination takes a file; approving them is a decision."""
    imports = SYSTEMS[staged.destination].imports if staged.destination in SYSTEMS else Imports()
    if imports.file(staged.object, staged.operation) is None:
        return ()
    names = [field_label(name) for name, text in staged.values.items() if runs_as_formula(text)]
    text = "a spreadsheet could run it as a formula, so the row is staged as a request and not in a file"
    return tuple(f"{name}: {text}" for name in names)


def _not_staged(field: str) -> str:
    return f"Not staged: {field_label(field)},"


def _is_change(staged: Staged, event: Event) -> bool:
    """Whether single fields of a contact are written."""
    other = (Outcome.NO_WRITE, Outcome.CREATE, Outcome.LINK, Outcome.SOFT_DELETE)
    return staged.operation not in other and (event.table.kind is Kind.CHANGE or event.table.kind.is_person)


def _would_write(staged: Staged, event: Event, contact: Contact | None) -> str:
    system = label(staged.destination)
    if staged.operation is Outcome.NO_WRITE:
        return "Nothing is written."
    if staged.operation is Outcome.CREATE:
        return _creation(staged, event, contact, system)
    if staged.operation is Outcome.LINK:
        ids = ", ".join(staged.values.values())
        return f"Contact map: {label(event.table.system)} id of {staged.target_id} is filled in with {ids}."
    if staged.operation is Outcome.SOFT_DELETE:
        return f"Stage for {system}: mark {staged.target_id} as inactive; its history stays and nothing is deleted."
    what = _thing(event, staged)
    verb = "append" if staged.operation is Outcome.APPEND else "upsert"
    return f"Stage for {system}: {verb} {what} on {staged.target_id}. No field of the contact is overwritten."


def _creation(staged: Staged, event: Event, contact: Contact | None, system: str) -> str:
    person = event.table.kind.is_person
    carried = set() if person else {_staged_name(column) for column in _carried(event)}
    own = _listed({name: text for name, text in staged.values.items() if name not in carried})
    who = "this contact, which has no id there yet," if contact else "a new contact"
    alone = person or bool(event.changed_field)
    then = "" if alone else f", then the {_thing(event, staged)} on it"
    return f"Stage for {system}: create {who} with {own}{then}. The new id is to be filled in."


def _change(system: str, name: str, new: str, before: str | None) -> str:
    field = field_label(name)
    if not new:
        shown = shown_value(name, before) if before else "its value"
        return f"{system} {field}: clear {shown}."
    if before is None:
        return f"{system} {field} → {shown_value(name, new)}. No recorded value to compare, so not reversible."
    if not before:
        return f"{system} {field}: fill the blank with {shown_value(name, new)}."
    return f"{system} {field} {shown_value(name, before)} → {shown_value(name, new)}."


def _thing(event: Event, staged: Staged) -> str:
    text_column = event.table.one(Role.TEXT)
    time_column = event.table.one(Role.TIME)
    title = staged.values.get("deal_name", "") or (
        staged.values.get(_staged_name(text_column), "") if text_column else ""
    )
    when = staged.values.get(_staged_name(time_column), "") if time_column else ""
    noun = event.noun if event.table.kind is Kind.ACTIVITY else event.table.kind.value
    quoted = f" “{title if len(title) <= 60 else title[:59] + '…'}”" if title else ""
    return f"{noun}{quoted}{f', {shown_time(when)},' if when else ''}".rstrip(",")


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(f"{field_label(name)} {shown_value(name, text)}" for name, text in values.items())


def field_label(name: str) -> str:
    """How a field, or a part of an event (``@time``), is called on screen."""
    name = name.removeprefix("@")
    known = FIELDS.get(name)
    return known.label if known else name.replace("_", " ")


def shown_value(name: str, text: str) -> str:
    """A value as a person reads it: phones grouped, times in words, others as they are."""
    if name == "phone" and text.startswith("+"):
        return display(text)
    if name.endswith("_at"):
        return shown_time(text)
    return text
