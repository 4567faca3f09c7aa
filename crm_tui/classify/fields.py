"""Choosing field by field: what each side offers, what a person may write instead, and what then is staged.

``resolved`` is the one place where field choices become a staged row: the sentence on the screen, the key that an
approval is bound to and the handoff all read the option that it gives.  Nothing here counts sides or fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from crm_tui import canonical
from crm_tui.classify.changes import compared_or_written
from crm_tui.classify.event import Event
from crm_tui.classify.facts import Facts
from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.classify.staging import effect, event_values, field_label, shown_value
from crm_tui.classify.threeway import Comparison
from crm_tui.classify.values import edited_value, is_united, protects, says_yes, united, wants_reason
from crm_tui.errors import DecisionRefused
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import Case, CaseField, CaseRow, Contact, Lock, Option, Outcome, Pick, Queue, Side, Staged, Take
from crm_tui.systems.declare import Kind, Role
from crm_tui.systems.fields import Type, field_type
from crm_tui.systems.reference import MAP_SYSTEM
from crm_tui.text import one_of, safe_text

MAP_SIDE = "contact map"
"""Token of the option that leaves the destination as it is."""
LEAVE_BOTH = "leave both"
"""Token of the option that leaves two records as they are in the fields that wait for a person."""
LEAVE_DISPUTED = "leave disputed fields"
"""How the screen calls that option: what only one side changed is written all the same."""
OUTSIDE = "Chosen by the reviewer, not among the candidates."
"""How a contact is marked that no key on the row leads to."""
NEITHER_SOURCE = "edited by reviewer: neither source"
"""How screen, handoff and views mark a value that a person wrote."""

_ROLES = {
    Role.TEXT: Type.TEXT,
    Role.ACTIVITY_TYPE: Type.TEXT,
    Role.TIME: Type.TIME,
    Role.STATUS: Type.WORD,
}
"""Columns of an event that can be chosen by themselves; its id and channel say which event it is."""

Offers = tuple[tuple[str, str | None], ...]


# -- what can be chosen


def fields(
    facts: Facts,
    sides: Sequence[Side],
    contacts: Sequence[Contact | None],
    rows: Sequence[CaseRow],
    options: Sequence[Option],
) -> tuple[CaseField, ...]:
    """Every field that an open option could write, in the order of ``rows``; none that the kind does not write.

    ``contacts`` stand beside the ``sides``, but where the sides are two systems' records.
    """
    names = dict.fromkeys(name for option in options if option.draft for name in option.draft.values)
    written = event_values(facts.event, facts.keyring)
    offers = {one.field: _paired_offers(facts, sides, one) for one in facts.comparisons}
    found = []
    for name in names:
        own = ((sides[0].key, written[name]),) if name in written else ()
        others = offers[name] if name in offers else _known_offers(facts, sides, contacts, name)
        if field := _field(facts, name, own, others):
            found.append(field)
    place = {row.field: at for at, row in enumerate(rows)}
    return tuple(sorted(found, key=lambda field: place.get(field.row, len(place))))


def _known_offers(facts: Facts, sides: Sequence[Side], contacts: Sequence[Contact | None], name: str) -> Offers:
    """What each contact of the map has."""
    known = [(side.key, contact.values.get(name)) for side, contact in zip(sides, contacts, strict=True) if contact]
    return tuple((key, _as_written(facts, name, text) if text else None) for key, text in known)


def _paired_offers(facts: Facts, sides: Sequence[Side], one: Comparison) -> Offers:
    """What the other system's record has, and what both last agreed to."""
    there, base = sides[1].key, sides[2].key
    found = [(there, _as_written(facts, one.field, one.there) or None)]
    return (*found, *([(base, _as_written(facts, one.field, one.base))] if one.base is not None else []))


def _as_written(facts: Facts, name: str, text: str) -> str:
    return mask_secrets(compared_or_written(name, text, facts.keyring))


def _field(facts: Facts, name: str, own: Offers, others: Offers) -> CaseField | None:
    event = facts.event
    column = event.table.by_name.get(name)
    if column and column.role in _ROLES and not event.table.kind.is_record:
        words = facts.policy.appointments.statuses if column.role is Role.STATUS else ()
        return CaseField(name, name, column.label, _ROLES[column.role], Lock.NONE, own, words)
    changed = event.table.kind is Kind.CHANGE and name == event.changed_field
    creation = not changed and not event.table.kind.is_record
    if creation and name not in ("email", "phone"):
        return None
    # Of a contact that is to be created there is no other value to leave as it is.
    offers = (*own, *((key, value) for key, value in others if value or not creation))
    # Creating overwrites nothing: then only who the contact is, is guarded.
    lock = _lock(facts, name, creation=creation)
    if changed:
        return CaseField(name, "new_value", f"new {field_label(name)}", field_type(name), lock, offers)
    row = name if facts.comparisons else _row_of(event, name)
    return CaseField(name, row, field_label(name), field_type(name), lock, offers)


def _row_of(event: Event, name: str) -> str:
    """The row of the case that the field is drawn in: that of the key it is, else its own."""
    return next((one.name for one in event.table.identity if name in (one.field, _KINDS.get(one.role))), name)


_KINDS = {Role.EMAIL: "email", Role.PHONE: "phone"}


def _lock(facts: Facts, name: str, *, creation: bool) -> Lock:
    if not creation and facts.policy.is_protected(name, facts.event.table):
        return Lock.PROTECTED
    return Lock.IDENTITY if name in facts.policy.fields.identity else Lock.NONE


def field_named(case: Case, name: str) -> CaseField:
    """The field of a case that is called so: as staged, or as on the screen."""
    wanted = name.strip().casefold()
    for field in case.fields:
        if wanted in {text.casefold() for text in (field.name, field.label, field_label(field.name))}:
            return field
    known = ", ".join(safe_text(field.name, 40) for field in case.fields)
    writes = f"; it writes: {known}." if known else "."
    raise DecisionRefused(f"this row writes no field {safe_text(name.strip(), 40)}{writes}")


# -- choosing


def side_pick(case: Case, field: CaseField, side: str) -> Pick:
    """Take the value of one side; ``side`` is its key, its token or its name."""
    return Pick(field.name, Take.SIDE, side=side_named(case, field, side))


def side_named(case: Case, field: CaseField, name: str) -> str:
    """Key of the side that is called so and has this field."""
    wanted = name.strip().casefold()
    contacts = [side.key for side in case.sides[1:] if side.key and side.system == MAP_SYSTEM.name]
    found = {side.key for side in case.sides if side.key and wanted in _names(side)}
    if wanted == MAP_SIDE and len(contacts) == 1:
        found |= set(contacts)
    open_sides = found & set(field.sides)
    if len(open_sides) == 1:
        return open_sides.pop()
    known = one_of([side_words(case, key) for key in field.sides])
    has = f"has no {field.label} to take" if found else "is no side of this row"
    raise DecisionRefused(f"{safe_text(name.strip(), 60)} {has}; open are: {known}.")


def _names(side: Side) -> set[str]:
    names = (side.key, side.option, side.name.removesuffix(" says"), side.subject.replace(" · ", "/"))
    return {name.casefold() for name in names if name}


def side_words(case: Case, key: str) -> str:
    """How a side is called in a sentence: ``GHL``, ``CLOSE-202 · GHL-502``, ``contact map``, ``last agreed``."""
    contacts = [side for side in case.sides[1:] if side.key and side.system == MAP_SYSTEM.name]
    side = next((side for side in case.sides if side.key == key), None)
    if side is None:
        return "a side that is gone"
    if side not in contacts or not side.name.startswith(MAP_SIDE):
        return side.name.removesuffix(" says")
    return side.subject if side.subject and len(contacts) > 1 else MAP_SIDE


def both_pick(facts: Facts, field: CaseField) -> Pick:
    """Keep what both sides have: the union of a list, the more restrictive consent."""
    # What was last agreed is no side of its own; the destination's comes first, so that what is there keeps its place.
    base = facts.contact.contact_id if facts.comparisons and facts.contact else ""
    known = [value for side, value in (*field.offers[1:], *field.offers[:1]) if value and side != base]
    if not is_united(field):
        raise DecisionRefused(f"the {field.label} holds one value, so both cannot be kept; choose a side, or edit it.")
    if len(known) < 2:
        raise DecisionRefused(f"only one side has a {field.label}, so there is nothing to unite.")
    return Pick(field.name, Take.BOTH, value=united(field, known, facts.keyring))


def edited_pick(facts: Facts, field: CaseField, text: str) -> Pick:
    """Write a value of one's own; one that a side has anyway is taken from that side."""
    value = edited_value(field, text, facts.keyring)
    side = next((key for key, offer in field.offers if offer == value), "")
    return Pick(field.name, Take.SIDE, side=side) if side else Pick(field.name, Take.EDITED, value=value)


def reason_wanted(facts: Facts, case: Case, pick: Pick) -> str:
    """What must be answered before the pick is taken; ``""`` = nothing.  It looks at every option open here."""
    field = field_named(case, pick.field)
    options = [option for option in case.options if option.draft]
    written = [one.value for option in options for one in applied(facts, case, option, (pick,))]
    return next((words for value in written if (words := wants_reason(field, value))), "")


def choice_question(option: Option) -> str:
    """What must be answered before the option is chosen; ``""`` = nothing."""
    if option.outside:
        return "No key on the row leads to this contact. Why is it the right one?"
    if option.doubt:
        return option.doubt
    if not option.locked:
        return ""
    if option.staged is not None and option.staged.operation is Outcome.MERGE:
        return "The merge overwrites a protected field, or gives up the other value of one. Why may it?"
    return "This changes a protected field. Why may it be overwritten?"


def with_pick(picks: Iterable[Pick], field: str, pick: Pick | None) -> tuple[Pick, ...]:
    """The picks with that of one field replaced, or taken away."""
    kept = [one for one in picks if one.field != field]
    return tuple(sorted([*kept, pick] if pick else kept, key=lambda one: one.field))


# -- what then is staged


def applied(facts: Facts, case: Case, option: Option, picks: Iterable[Pick]) -> tuple[Pick, ...]:
    """The picks that count under an option, each with the value that it writes."""
    if option.draft is None:
        return ()
    by_name = {field.name: field for field in case.fields}
    own = _destination_side(facts, option)
    found = []
    for pick in picks:
        field = by_name.get(pick.field)
        if field is None or field.name not in option.draft.values:
            continue
        if pick.take is not Take.SIDE:
            found.append(pick)
        elif pick.side in field.sides:
            # To take the destination's own value is to leave it as it is.
            value = field.offer(pick.side)
            same = pick.side == own or (own in field.sides and value == field.offer(own))
            found.append(pick._replace(value=None if same and not _loosens(option, field, value) else value))
    return tuple(found)


def _loosens(option: Option, field: CaseField, value: str | None) -> bool:
    """Whether keeping the value of one record of several overrules the stricter consent of another."""
    of_consent = bool(option.home) and field.type == Type.CONSENT and not says_yes(value or "")
    return of_consent and any(says_yes(other or "") for _, other in field.offers)


def _destination_side(facts: Facts, option: Option) -> str:
    """Key of the side that says what the destination has already; ``""`` = there is none."""
    if option.home:
        return option.home
    if option.contact is None or option.draft is None or not option.draft.target_id:
        return ""
    return facts.destination if facts.comparisons else facts.contacts.contact(option.contact).contact_id


def overlaid(option: Option, picks: Iterable[Pick]) -> Staged | None:
    """What an option stages once ``picks`` (as ``applied`` gives them) are laid over it."""
    draft = option.draft
    if draft is None or option.staged is None:
        return option.staged
    values = dict(option.staged.values) | {pick.field: pick.value for pick in picks}
    kept = {name: value for name in draft.values if (value := values.get(name)) is not None}
    if not kept:
        return replace(draft, operation=Outcome.NO_WRITE, values={}, before={})
    return replace(draft, values=kept, before={name: draft.before[name] for name in kept if name in draft.before})


def resolved(facts: Facts, case: Case, option: Option, picks: Iterable[Pick]) -> Option:
    """The option as it stands with a person's field choices: label, staged row, sentence and locks."""
    live = applied(facts, case, option, picks)
    if not live:
        return option
    staged = overlaid(option, live)
    if staged is None:
        return option
    by_name = {field.name: field for field in case.fields}
    picked = {pick.field: pick for pick in live}
    owed = any(not pick.reason and wants_reason(by_name[pick.field], pick.value) for pick in live)
    overriding = [pick for pick in live if by_name[pick.field].lock is not Lock.IDENTITY]
    overrides = any(wants_reason(by_name[pick.field], pick.value) for pick in overriding)
    still = bool(_protected(facts, option) - picked.keys())
    contact = facts.contacts.contact(option.contact) if option.contact is not None else None
    return replace(
        option,
        label=_label(facts, case, option, live),
        staged=staged,
        effect=sentence(facts, staged, contact, live, outside=option.outside),
        locked=owed or (option.locked and still),
        overrides=overrides or (option.overrides and still),
        picks=live,
    )


def _protected(facts: Facts, option: Option) -> set[str]:
    """The protected fields that an option is about."""
    if facts.comparisons and facts.changes:
        # Of two records either choice decides them: what one keeps, the other writes.
        return set(facts.changes.protected)
    values = option.staged.values if option.staged else {}
    return {name for name, value in values.items() if protects(name, value, facts.policy, facts.event.table)}


def sentence(
    facts: Facts, staged: Staged, contact: Contact | None, picks: Iterable[Pick] = (), *, outside: bool = False
) -> str:
    """What a choice would write, with the marks that go into the handoff too; made from the staged row."""
    return " ".join(
        filter(None, (effect(staged, facts.event, contact), OUTSIDE if outside else "", edited_words(picks)))
    )


def _label(facts: Facts, case: Case, option: Option, live: Sequence[Pick]) -> str:
    words = ", ".join(f"{field_label(pick.field)}: {pick_words(case, pick)}" for pick in live)
    picked = {pick.field for pick in live}
    whole = picked >= set(option.draft.values if option.draft else ())
    if option.name == LEAVE_BOTH:
        left = [field_label(name) for name in (facts.changes.held if facts.changes else ()) if name not in picked]
        return f"{words} · leave {one_of(left, 'and')}" if left else words
    return words if whole and not asks_who(case) else f"{option.label} · {words}"


def pick_words(case: Case, pick: Pick) -> str:
    """What a pick says: ``GHL's``, ``both``, ``edited``."""
    return f"{side_words(case, pick.side)}'s" if pick.take is Take.SIDE else str(pick.take)


def edited_words(picks: Iterable[Pick]) -> str:
    """The sentence that marks what a person wrote; it names the values, because not every effect does."""
    own = [pick for pick in picks if pick.take is Take.EDITED and pick.value is not None]
    listed = ", ".join(f"{field_label(pick.field)} {shown_value(pick.field, pick.value or '')}" for pick in own)
    return f"Edited, neither source: {listed}." if own else ""


def asks_who(case: Case) -> bool:
    """Whether it is in question who the row is about."""
    return case.verdict.queue is Queue.CONFLICT and case.verdict.rule in IDENTITY_CONFLICTS


def open_question(case: Case) -> str:
    """What a choice for the whole row answers, as part of a sentence."""
    if case.verdict.queue is Queue.DUPLICATE:
        return "which record stays"
    return "who the row is about" if asks_who(case) else "whose values stand"


def base_choice(case: Case, choice: str, picks: Iterable[Pick]) -> str:
    """The option that the review has come to: the choice made; else, where fields were chosen on a row whose contact
    is not in question, the one that leaves the others as they are, else one that can be changed; ``""`` = none."""
    if choice or not tuple(picks) or case.verdict.queue is not Queue.CONFLICT or asks_who(case):
        return choice
    drafted = [one.name for one in case.options if one.draft]
    return next((name for name in drafted if name in (MAP_SIDE, LEAVE_BOTH)), (*drafted, "")[0])


# -- as the journal keeps them


def picks_text(picks: Iterable[Pick]) -> str:
    """Picks as one text, ``""`` for none."""
    listed = [list(pick) for pick in picks]
    return canonical.dumps(listed).decode() if listed else ""


def read_picks(text: str) -> tuple[Pick, ...]:
    """The picks of a ``picks_text``."""
    if not text:
        return ()
    found = canonical.loads(text.encode())
    return tuple(Pick(one[0], Take(one[1]), *one[2:]) for one in found)  # type: ignore[union-attr,index,misc,arg-type]
