"""The choices that are open on a judged row, and the one that is suggested.

A rule may suggest, only a person decides (requirements D5).
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.classify.changes import Changes
from crm_tui.classify.duplicate_sets import set_meaning
from crm_tui.classify.event import Event
from crm_tui.classify.facts import Facts
from crm_tui.classify.fields import LEAVE_BOTH, LEAVE_DISPUTED, MAP_SIDE, OUTSIDE
from crm_tui.classify.paired import news_of_other
from crm_tui.classify.rules import IDENTITY_CONFLICTS, NOTHING_TO_WRITE
from crm_tui.classify.staging import draft, effect, field_label, link, nothing, soft_delete, stage
from crm_tui.classify.strategies import Question, Record, advise
from crm_tui.classify.values import protects
from crm_tui.model import Case, Contact, Option, Queue, Verdict
from crm_tui.systems import label
from crm_tui.systems.declare import Kind, Role
from crm_tui.text import counted, one_of

NO_WRITE = "no-write"
CREATE = "create"
_NAMED = 3


def options(facts: Facts, verdict: Verdict) -> tuple[Option, ...]:
    """Every choice open on the row, in the order of their number keys; none on an error row."""
    if verdict.queue is Queue.ERROR:
        return ()
    if verdict.queue is Queue.LEDGER:
        return (_ledger_option(facts, verdict),)
    if verdict.rule == "deletion":
        return _deletion_options(facts)
    if verdict.rule in ("missing_there", "values_untold"):
        return (_no_write_option(facts),)
    if verdict.rule in IDENTITY_CONFLICTS:
        found = [for_contact(facts, contact) for contact in distinct_contacts(facts, verdict)]
        # Without a map nobody can say whether the contact exists: no create then (X21); nor for one that is gone.
        if verdict.rule == "unmapped" and not facts.event.deletes and _can_create(facts):
            found.append(_create_option(facts))
        return (*found, _no_write_option(facts))
    return _field_options(facts, verdict)


def distinct_contacts(facts: Facts, verdict: Verdict) -> list[Contact]:
    """The candidates; of entries with the same ids, which no choice could tell apart, the first."""
    found = [facts.contacts.contact(number) for number in verdict.candidates]
    return list({contact.key or contact.contact_id: contact for contact in reversed(found)}.values())[::-1]


def for_contact(facts: Facts, contact: Contact) -> Option:
    """The choice that the row is about ``contact``."""
    found = facts.changes if contact is facts.contact else None
    event = facts.event
    staged = stage(event, contact, facts.policy, facts.keyring, found)
    locked = bool(event.field) and protects(event.field, event.cell(Role.NEW_VALUE), facts.policy, event.table)
    return Option(
        token=contact.key or contact.contact_id,
        label=contact.label or contact.contact_id,
        contact=contact.number,
        staged=staged,
        effect=effect(staged, facts.event, contact),
        locked=locked,
        name=contact.contact_id,
        draft=draft(event, contact, facts.policy, facts.keyring, found, staged),
        overrides=locked,
    )


def for_outsider(facts: Facts, contact: Contact) -> Option:
    """The choice of a contact that no key on the row leads to; it takes a typed reason and is marked as such."""
    option = for_contact(facts, contact)
    return replace(option, outside=True, effect=f"{option.effect} {OUTSIDE}")


def _ledger_option(facts: Facts, verdict: Verdict) -> Option:
    if verdict.rule not in NOTHING_TO_WRITE:
        return _link_option(facts) if facts.links else for_contact(facts, facts.contacts.contact(verdict.candidates[0]))
    if verdict.contact is None:
        return _no_write_option(facts)
    contact = facts.contacts.contact(verdict.contact)
    staged = nothing(facts.event, contact, facts.policy)
    token = contact.key or contact.contact_id
    whole = draft(facts.event, contact, facts.policy, facts.keyring, facts.changes)
    return Option(token, contact.label, contact.number, staged, _same_text(facts), name=contact.contact_id, draft=whole)


def _same_text(facts: Facts) -> str:
    if facts.comparisons:
        return f"{label(facts.destination)} has all that may be written to it. Nothing is written."
    if facts.changes is None:
        return "The new value is the one the contact map has. Nothing is written."
    unknown = len(facts.changes.unknown)
    told = f" Of {counted(unknown, 'more field')} the map records no value to compare." if unknown else ""
    return f"Every field that the contact map records agrees. Nothing is written.{told}"


def _link_option(facts: Facts) -> Option:
    contact = facts.contacts.contact(facts.candidates[0])
    staged = link(facts.event, contact)
    text = effect(staged, facts.event, contact)
    return Option(contact.key, contact.label, contact.number, staged, text, name=contact.contact_id)


def _deletion_options(facts: Facts) -> tuple[Option, ...]:
    """A deletion elsewhere is a soft-delete where the policy has one, or nothing (3.20, 3.21)."""
    keep = _no_write_option(facts)
    if facts.contact is None or soft_delete(facts.event, facts.contact, facts.policy) is None:
        return (keep,)
    return (keep, replace(for_contact(facts, facts.contact), label="mark as inactive"))


def _can_create(facts: Facts) -> bool:
    """Whether the row says enough of a person to create one: an id alone does not, be it of a call or a record."""
    if any(key.kind in ("email", "phone") and key.value for key in facts.event.keys):
        return True
    return facts.event.table.kind.is_person and any(facts.event.values.get(name) for name in _NAMES)


_NAMES = ("name", "first_name", "last_name", "company")


def _create_option(facts: Facts) -> Option:
    """A new contact at the destination; where the scan finds one that may be the same, with a typed reason (X21)."""
    staged = stage(facts.event, None, facts.policy, facts.keyring)
    system = label(facts.destination)
    text, whole = effect(staged, facts.event, None), draft(facts.event, None, facts.policy, facts.keyring)
    alike = facts.records.alike(facts.event, facts.destination) if facts.records else ()
    told = f"{system} may have this contact already: {one_of(alike[:_NAMED], 'and')}." if alike else ""
    return Option(
        CREATE,
        f"new {system} contact",
        None,
        staged,
        f"{text} {told}".rstrip(),
        name=CREATE,
        draft=whole,
        doubt=f"{told} Why is a new one needed?" if told else "",
    )


def _no_write_option(facts: Facts) -> Option:
    staged = nothing(facts.event, None, facts.policy)
    return Option(NO_WRITE, "write nothing", None, staged, "Nothing is written.", name=NO_WRITE)


def _field_options(facts: Facts, verdict: Verdict) -> tuple[Option, ...]:
    """Which value stands: the one that the map holds, or the event's."""
    contact = facts.contacts.contact(verdict.candidates[0])
    keep = nothing(facts.event, contact, facts.policy)
    write = for_contact(facts, contact)
    if facts.changes is not None:
        write = _taking(facts, facts.changes, contact, verdict)
    source = facts.event.source_label
    if facts.comparisons:
        return _paired_options(facts, contact, write)
    kept = f"keep {label(facts.destination)}'s"
    # An appointment or activity is written whole or not at all; of a contact single fields can be.
    single = facts.event.table.kind is Kind.CHANGE or facts.event.table.kind.is_person
    kept_draft = write.draft if single else None
    return (
        Option(MAP_SIDE, kept, contact.number, keep, "Nothing is written.", name=MAP_SIDE, draft=kept_draft),
        replace(write, token=source, label=f"take {source}'s", name=facts.event.system),
    )


def _taking(facts: Facts, found: Changes, contact: Contact, verdict: Verdict) -> Option:
    """The choice that the record's own values stand where it waits for a person.

    Protected fields are among them only where nothing else is in question: they take a reason of their own.  A blank
    against the map is, too, so that choosing a side never clears a value by the way.
    """
    locked = verdict.rule == "protected_field"
    clears = found.paired or verdict.rule == "cleared_field"
    left_out = (*(() if locked else found.protected), *(() if clears else found.cleared))
    taken = [name for name in found.held if name not in left_out]
    staged = stage(facts.event, contact, facts.policy, facts.keyring, found, taken)
    return replace(
        for_contact(facts, contact),
        staged=staged,
        effect=effect(staged, facts.event, contact),
        locked=locked,
        overrides=locked,
    )


def _paired_options(facts: Facts, contact: Contact, write: Option) -> tuple[Option, ...]:
    """Whose values stand, in the same words and order on both systems' rows, which are decided together; what only one
    side changed is written either way."""
    here, there = facts.event.system, facts.destination
    keep = _own_changes(facts, contact)
    found = {
        here: replace(write, token=label(here), label=f"take {label(here)}'s", name=here),
        there: replace(
            keep,
            token=label(there),
            label=f"take {label(there)}'s",
            name=there,
            locked=write.locked,
            overrides=write.overrides,
        ),
    }
    apart = replace(keep, token=LEAVE_BOTH, label=LEAVE_DISPUTED, name=LEAVE_BOTH, locked=False, overrides=False)
    return (*(found[system] for system in sorted(found)), apart)


def _own_changes(facts: Facts, contact: Contact) -> Option:
    """What the row writes of the fields that wait for nobody."""
    option = for_contact(facts, contact)
    if option.staged and option.staged.values:
        return option
    return replace(option, staged=nothing(facts.event, contact, facts.policy), effect="Nothing is written.")


def meaning(case: Case, option: Option) -> str:
    """What choosing ``option`` means, in words that hold for other rows too: ``write nothing``,
    ``the one contact found``, ``the contact by e-mail``; ``""`` where it means nothing on others."""
    if case.verdict.queue is Queue.DUPLICATE:
        return set_meaning(case, option)
    if case.verdict.rule not in IDENTITY_CONFLICTS or option.contact is None:
        return option.label
    if sum(1 for one in case.options if one.contact is not None) == 1:
        return "the one contact found"
    side = next((side.name for side in case.sides if side.option == option.token), "")
    return side.replace("contact map, by", "the contact by") or option.label


def suggestion(facts: Facts, verdict: Verdict, open_options: tuple[Option, ...]) -> tuple[str, str]:
    """Token of the suggested option and the reason; ``""`` and why there is none, where there is none."""
    if verdict.rule == "fields_differ":
        return strategy_suggestion(facts)
    if verdict.queue is Queue.ERROR:
        return "", "none: the row stays blocked until a cell of it is repaired, or its source is put right."
    if verdict.queue is Queue.LEDGER:
        return open_options[0].token, _ledger_reason(facts, verdict)
    if verdict.rule in ("protected_field", "stale_event", "cleared_field"):
        return LEAVE_BOTH if facts.comparisons else MAP_SIDE, _FIELD_REASONS[verdict.rule]
    if verdict.rule == "disconnected":
        return "", "none: while it is disconnected, nothing can be written there."
    if verdict.rule == "missing_there":
        return "", "none: why it is not there, is for a person to find out."
    if verdict.rule in IDENTITY_CONFLICTS:
        return "", "none: who this is, is a person's call."
    return "", "none: which value stands, is a person's call."


def _ledger_reason(facts: Facts, verdict: Verdict) -> str:
    if verdict.rule == "no_write" and facts.comparisons:
        if news_of_other(facts):
            there = label(facts.destination)
            return f"only {there} has something new: that goes to {label(facts.event.system)}, and nothing to {there}."
        return "both records agree already in every field that may be written."
    return _LEDGER_REASONS.get(verdict.rule, "every key on the row leads to this contact.")


def strategy_suggestion(facts: Facts) -> tuple[str, str]:
    """The side that the policy's strategies agree on over every field that differs."""
    differ = facts.changes.differ if facts.changes else ()
    advice = {name: advise(question) for name in differ if (question := _question(facts, name))}
    systems = {one.system for one in advice.values()}
    reasons = "; ".join(dict.fromkeys(one.reason for one in advice.values()))
    if len(systems) == 1 and "" not in systems:
        return label(systems.pop()), f"{reasons}."
    told = "; ".join(f"{field_label(name)}: {one.reason}" for name, one in advice.items())
    return "", f"none: {reasons if systems == {''} else told}."


def _question(facts: Facts, name: str) -> Question | None:
    if facts.counterpart is None or facts.counterpart.event is None:
        return None
    here, there = (_record(one) for one in (facts.event, facts.counterpart.event))
    return Question(name, here, there, facts.policy)


def _record(event: Event) -> Record:
    return Record(event.system, event.values, event.values.get("modified_at", ""))


_LEDGER_REASONS = {
    "no_write": "both sides hold the same value already.",
    "lifecycle": "it tells nothing of a contact that could be written.",
    "reference_only": "companies are kept for reference.",
}
_FIELD_REASONS = {
    "protected_field": "the policy protects this field, so it stays as it is.",
    "stale_event": "the contact map is newer than this row, so its value stays.",
    "cleared_field": "a blank is not a reason to clear a value, so it stays.",
}
FIXED_WORDS = frozenset((LEAVE_DISPUTED, *_LEDGER_REASONS.values(), *_FIELD_REASONS.values()))
"""Labels and reasons into which no value of a row is put."""
