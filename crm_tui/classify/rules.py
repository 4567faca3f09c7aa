"""The rules of requirements A.1, in their order: the first that fires decides the queue.

Adding a rule is one function here and one row of ``RULES``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from crm_tui.classify.changes import Changes
from crm_tui.classify.compare import compared
from crm_tui.classify.event import Event
from crm_tui.classify.facts import Facts, Repeat
from crm_tui.classify.look_alikes import taken_for_known
from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import plain_word
from crm_tui.classify.times import parse_time, strictly_earlier
from crm_tui.model import Key, Queue
from crm_tui.systems.declare import Kind, Role, Table
from crm_tui.systems.fields import FIELDS, READ_ONLY

# In Python 3.11 naming a member of an enumeration costs as much as a call, and every row comes by here.
_SCOPE, _STATUS, _NEW_VALUE, _DIRECTION, _CLAIM = Role.SCOPE, Role.STATUS, Role.NEW_VALUE, Role.DIRECTION, Role.CLAIM
_ACTIVITY_TYPE, _FIELD, _OPTION, _UPDATED_AT = Role.ACTIVITY_TYPE, Role.FIELD, Role.OPTION, Role.UPDATED_AT
_ACTIVITY, _CHANGE, _UNKNOWN, _LIFECYCLE, _ACCOUNT = (
    Kind.ACTIVITY, Kind.CHANGE, Kind.UNKNOWN, Kind.LIFECYCLE, Kind.ACCOUNT,
)  # fmt: skip
_SAME_CELLS, _OTHER_CELLS = Repeat.SAME_CELLS, Repeat.OTHER_CELLS


def unreadable(facts: Facts) -> bool:
    """1: the line cannot be read as a record."""
    return bool(facts.event.problem)


def unknown_event(facts: Facts) -> bool:
    """1: a payload of a kind that is known nowhere is shown, never dropped (3.41, X24)."""
    return facts.event.table.kind is _UNKNOWN


def unknown_scope(facts: Facts) -> bool:
    """1: the row is of an account or location that the policy does not name (3.42, X24)."""
    named = facts.policy.scopes.get(facts.event.table.system)
    scope = facts.event.cell(_SCOPE)
    return bool(scope and named) and scope not in (named or ())


def missing_identity(facts: Facts) -> bool:
    """2: no identity column of the kind holds a usable key."""
    return not facts.found and facts.event.table.kind not in _WITHOUT_CONTACT


def missing_required_field(facts: Facts) -> bool:
    """3: a required column of the kind is blank."""
    return bool(blank_required(facts.event))


def blank_required(event: Event) -> tuple[str, ...]:
    """The required columns that are blank."""
    cells = event.cells
    return tuple([name for name in event.table.required if not cells.get(name, "").strip()])


def bad_value(facts: Facts) -> bool:
    """4: a date does not parse, or an appointment status is not on the policy's list."""
    return bool(bad_columns(facts.event, facts.policy))


def bad_columns(event: Event, policy: Policy) -> tuple[str, ...]:
    """The columns whose value is refused by rule 4."""
    bad = [name for name, _ in event.faults]
    for column in event.table.formed:
        text = event.text(column.name)
        if not text or column.name in bad:
            continue
        if not (plain_word(text) in policy.appointments.known if column.role is _STATUS else parse_time(text)):
            bad.append(column.name)
    return tuple(bad)


def duplicate_event(facts: Facts) -> bool:
    """5: the event id was seen before in the same load, with equal cells."""
    return facts.repeat is _SAME_CELLS


def event_id_reused(facts: Facts) -> bool:
    """5: the event id stands in the same load with other cells."""
    return facts.repeat is _OTHER_CELLS


def lifecycle(facts: Facts) -> bool:
    """5a: an app was installed or removed: logged, nothing is written (3.39, 3.40)."""
    return facts.event.table.kind is _LIFECYCLE


def reference_only(facts: Facts) -> bool:
    """5a: a company's record: kept for look-ups and for the duplicate scan; a contact map has no companies."""
    return facts.event.table.kind is _ACCOUNT


def keys_disagree(facts: Facts) -> bool:
    """6: keys map to two or more contacts."""
    return len(facts.candidates) > 1


def id_disagrees(facts: Facts) -> bool:
    """7: one contact found, but a system id on the row is unknown to the map or is not that contact's."""
    return len(facts.candidates) == 1 and bool(stray_ids(facts))


def stray_ids(facts: Facts) -> tuple[Key, ...]:
    """The system ids on the row that lead to no contact."""
    own = f"id:{facts.event.table.system}" if facts.links else ""
    by_name, find = facts.event.table.by_name, facts.contacts.find
    ids = [key for key in facts.event.keys if key.kind.startswith("id:") and key.kind != own]
    unknown = [key for key in ids if not (key.value and find(key.kind, key.value)) and key.raw.strip()]
    return tuple([key for key in unknown if not by_name[key.column].secondary])


def no_map(facts: Facts) -> bool:
    """8: there is no contact map to look a key up in."""
    return not (facts.contacts.present or facts.event.table.kind in _WITHOUT_CONTACT)


def unmapped(facts: Facts) -> bool:
    """8: no key maps."""
    return not facts.candidates and facts.contacts.present and facts.event.table.kind not in _WITHOUT_CONTACT


def map_doubtful(facts: Facts) -> bool:
    """9: a contact found carries a holding lint (D1)."""
    # Nearly every row is about one contact of which nothing is found.
    return (facts.contact is None or bool(facts.contact.lints)) and bool(facts.holding_lints)


def email_unknown(facts: Facts) -> bool:
    """10: one contact found by id, no e-mail on the row is that contact's (appointment, change, record)."""
    if facts.contact is None or facts.event.table.kind is _ACTIVITY or facts.comparisons:
        return False
    by_name, emails = facts.event.table.by_name, facts.contact.emails
    written = [key for key in facts.event.keys if key.kind == "email" and not by_name[key.column].secondary]
    if not any(key.raw.strip() for key in written) or any(key.value in emails for key in written if key.value):
        return False
    return any(key.kind.startswith("id:") and numbers for key, numbers in facts.found)


def look_alike(facts: Facts) -> bool:
    """10: one contact found, and an e-mail that the map lacks may be taken for one that it has (UTS #39)."""
    return facts.contact is not None and any(taken_for_known(facts))


def no_write(facts: Facts) -> bool:
    """11: a change whose new value equals the map's after normalising; a record that agrees in every field."""
    if facts.changes is not None:
        return not facts.links and not facts.changes.writes and not facts.changes.held
    if facts.event.table.kind is not _CHANGE or facts.contact is None:
        return False
    known = facts.contact.values.get(facts.event.field, "")
    new = facts.event.cell(_NEW_VALUE)
    return bool(known and new) and compared(facts.event.field, new, facts.keyring) == compared(
        facts.event.field, known, facts.keyring
    )


def values_untold(facts: Facts) -> bool:
    """11: the event says that fields of a contact changed, but not what to: a notice that carries ids alone.

    Copper and Zoho send such ones (formats.md 3b, 10b); what is not said must not pass for "nothing changed".
    """
    return facts.changes is not None and bool(untold(facts))


def untold(facts: Facts) -> tuple[str, ...]:
    """The fields of which a person's event only says that they changed; ``record`` when it says nothing at all."""
    values = facts.event.values if facts.values is None else facts.values
    told = facts.event.changed
    if not told:
        return ("record",) if READ_ONLY.issuperset(values) else ()
    return tuple(sorted(n for n in told if n not in values and n in FIELDS and n not in READ_ONLY))


def contradiction(facts: Facts) -> bool:
    """12: cells of the row, or its ends, say that the message or call went different ways (formats.md 1b, 5, 6)."""
    several = facts.event.way or len(facts.event.table.of(_DIRECTION)) > 1
    return bool(several) and len(directions(facts.event)) > 1


def directions(event: Event) -> tuple[str, ...]:
    """What the row says of the way that a message or call went, each once."""
    found = [event.text(column.name).lower() for column in event.table.of(_DIRECTION)]
    return tuple(dict.fromkeys(text for text in (*found, event.way) if text))


def claim(facts: Facts) -> bool:
    """12: the claim is of another kind, says hold or reject, or is not understood (X30)."""
    return claim_fault(facts.event, facts.policy) != ""


def claim_fault(event: Event, policy: Policy) -> str:
    """Why a claim holds the row: ``payment``, ``hold``, ``other``, ``unknown``; ``""`` when it does not."""
    said = event.cell(_CLAIM), event.cell(_ACTIVITY_TYPE), event.cell(_FIELD)
    return policy.claims.fault(*said, policy.route(event.table).outcome)


def refused_option(facts: Facts) -> bool:
    """12: a request asks to skip checks or to force its way; such switches are never obeyed (2.30, X28)."""
    return bool(switched_on(facts.event))


def switched_on(event: Event) -> tuple[str, ...]:
    """The refused switches of a request that are on."""
    off = ("", "false", "0", "no", "null", "off")
    return tuple(c.name for c in event.table.of(_OPTION) if event.cells.get(c.name, "").strip().lower() not in off)


def deletion(facts: Facts) -> bool:
    """12: a record was deleted or merged, or a request asks for that; a person decides what it means here (3.20)."""
    return facts.event.deletes


def disconnected(facts: Facts) -> bool:
    """12a: the app was removed from the system that the row is staged for (3.40)."""
    return bool(facts.contacts.disconnected) and facts.destination in facts.contacts.disconnected


def protected_field(facts: Facts) -> bool:
    """13: a field that the policy protects (X14); of a whole record, when nothing else may be written."""
    if facts.changes is not None:
        return bool(facts.changes.protected) and _holds(facts, facts.changes)
    return bool(facts.event.field) and facts.policy.is_protected(facts.event.field, facts.event.table)


def identity_change(facts: Facts) -> bool:
    """13: a change of who the contact is (X14)."""
    if facts.changes is not None:
        return bool(facts.changes.identity)
    return facts.event.field in facts.policy.fields.identity


def cleared_field(facts: Facts) -> bool:
    """13: the record is blank where the map has a value, and nothing else differs: clearing is a decision (X22)."""
    return facts.changes is not None and bool(facts.changes.cleared) and _holds(facts, facts.changes)


def _holds(facts: Facts, found: Changes) -> bool:
    """Whether an open field holds the row: between two records always, against the map when nothing else is left."""
    return found.paired or not (found.writes or facts.links)


def fields_differ(facts: Facts) -> bool:
    """13: two systems' records differ in a field that both sides changed, or of which no agreed value is known (D3)."""
    return facts.changes is not None and bool(facts.changes.differ)


def missing_there(facts: Facts) -> bool:
    """10: the destination's export is loaded and complete, and has no record of the id that the map names."""
    return facts.counterpart is not None and facts.counterpart.event is None


def unknown_field(facts: Facts) -> bool:
    """13: a changed field that no field map knows."""
    return facts.event.table.kind is _CHANGE and bool(facts.event.cell(_FIELD)) and not facts.event.field


def stale_event(facts: Facts) -> bool:
    """13: ``updated_at`` is strictly earlier than the map's ``<source>_updated_at`` (X33)."""
    if facts.contact is None or facts.event.table.kind is _ACTIVITY:
        return False
    known = facts.contact.updated_at.get(facts.event.table.system, "")
    return strictly_earlier(facts.event.cell(_UPDATED_AT), known) is True


RULES: tuple[tuple[str, Queue, Callable[[Facts], bool]], ...] = (
    ("unreadable", Queue.ERROR, unreadable),
    ("unknown_event", Queue.ERROR, unknown_event),
    ("unknown_scope", Queue.ERROR, unknown_scope),
    ("missing_identity", Queue.ERROR, missing_identity),
    ("missing_required_field", Queue.ERROR, missing_required_field),
    ("bad_value", Queue.ERROR, bad_value),
    ("duplicate_event", Queue.ERROR, duplicate_event),
    ("event_id_reused", Queue.CONFLICT, event_id_reused),
    ("lifecycle", Queue.LEDGER, lifecycle),
    ("reference_only", Queue.LEDGER, reference_only),
    ("keys_disagree", Queue.CONFLICT, keys_disagree),
    ("id_disagrees", Queue.CONFLICT, id_disagrees),
    ("no_map", Queue.CONFLICT, no_map),
    ("unmapped", Queue.CONFLICT, unmapped),
    ("map_doubtful", Queue.CONFLICT, map_doubtful),
    ("email_unknown", Queue.CONFLICT, email_unknown),
    ("look_alike", Queue.CONFLICT, look_alike),
    ("missing_there", Queue.CONFLICT, missing_there),
    ("refused_option", Queue.CONFLICT, refused_option),
    ("deletion", Queue.CONFLICT, deletion),
    ("values_untold", Queue.CONFLICT, values_untold),
    ("contradiction", Queue.CONFLICT, contradiction),
    ("no_write", Queue.LEDGER, no_write),
    ("disconnected", Queue.CONFLICT, disconnected),
    ("claim", Queue.CONFLICT, claim),
    ("fields_differ", Queue.CONFLICT, fields_differ),
    ("protected_field", Queue.CONFLICT, protected_field),
    ("identity_change", Queue.CONFLICT, identity_change),
    ("unknown_field", Queue.CONFLICT, unknown_field),
    ("stale_event", Queue.CONFLICT, stale_event),
    ("cleared_field", Queue.CONFLICT, cleared_field),
)
"""Code, the queue that the rule puts a row into, and the rule; a row that no rule holds is ledger, ``accepted``."""

_ONLY: dict[str, Callable[[Table], bool]] = {
    "unreadable": lambda _: False,
    "unknown_event": lambda table: table.kind is Kind.UNKNOWN,
    "unknown_scope": lambda table: bool(table.of(Role.SCOPE)),
    "lifecycle": lambda table: table.kind is Kind.LIFECYCLE,
    "reference_only": lambda table: table.kind is Kind.ACCOUNT,
    "id_disagrees": lambda table: bool(table.of(Role.SYSTEM_ID)),
    "look_alike": lambda table: bool(table.of(Role.EMAIL)),
    "email_unknown": lambda table: bool(table.of(Role.EMAIL)) and table.kind is not Kind.ACTIVITY,
    "missing_there": lambda table: table.kind.is_person,
    "refused_option": lambda table: bool(table.of(Role.OPTION)),
    "deletion": lambda table: bool(table.of(Role.OPERATION)) or table.kind is Kind.DELETION,
    "values_untold": lambda table: table.kind.is_person,
    "contradiction": lambda table: table.parties or len(table.of(Role.DIRECTION)) > 1,
    "no_write": lambda table: table.kind.is_person or table.kind is Kind.CHANGE,
    "disconnected": lambda table: table.kind not in (Kind.ACCOUNT, Kind.LIFECYCLE, Kind.UNKNOWN),
    "claim": lambda table: any(table.of(role) for role in (Role.CLAIM, Role.ACTIVITY_TYPE, Role.FIELD)),
    "fields_differ": lambda table: table.kind.is_person,
    "protected_field": lambda table: table.kind.is_person or bool(table.of(Role.FIELD)),
    "identity_change": lambda table: table.kind.is_person or bool(table.of(Role.FIELD)),
    "unknown_field": lambda table: table.kind is Kind.CHANGE,
    "stale_event": lambda table: table.kind is not Kind.ACTIVITY,
    "cleared_field": lambda table: table.kind.is_person,
}
"""For which tables a rule can fire at all on a readable row, where that is not every table."""


@lru_cache(maxsize=256)
def rules_of(table: Table) -> tuple[tuple[str, Callable[[Facts], bool]], ...]:
    """Code and rule of those rules that can fire on a readable row of the table, in their order."""
    return tuple((code, rule) for code, _, rule in RULES if code not in _ONLY or _ONLY[code](table))


QUEUES: dict[str, Queue] = {code: queue for code, queue, _ in RULES} | {"accepted": Queue.LEDGER}

_WITHOUT_CONTACT = frozenset((Kind.ACCOUNT, Kind.LIFECYCLE, Kind.UNKNOWN))

NOTHING_TO_WRITE = frozenset(("no_write", "lifecycle", "reference_only"))
"""Ledger rules that stage nothing."""

IDENTITY_CONFLICTS = frozenset(
    (
        "event_id_reused",
        "keys_disagree",
        "id_disagrees",
        "no_map",
        "unmapped",
        "map_doubtful",
        "email_unknown",
        "look_alike",
        "claim",
        "contradiction",
        "refused_option",
    )
)
"""Rules after which a person says who the row is about; the others ask which value stands."""
