"""What a row would change of its contact, field by field, against the values that the contact map last agreed to.

The same for one changed field and for a whole record.  A field of a whole record that the map does not hold is not
written: whether it has changed cannot be told (requirements D3); nor is a blank, since clearing is a decision (X22).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from crm_tui.classify.compare import compared, usable
from crm_tui.classify.event import Event
from crm_tui.classify.policy import Policy
from crm_tui.classify.threeway import Comparison
from crm_tui.identity.keys import Keyring
from crm_tui.model import Contact
from crm_tui.systems.declare import Kind, Table
from crm_tui.systems.fields import READ_ONLY, Type, field_type
from crm_tui.systems.names import as_kept


class Changes(NamedTuple):
    """The fields in which a row parts from what it is compared with, by what may be done about them."""

    writes: Mapping[str, str]
    """Field → new canonical text that may be staged."""
    protected: tuple[str, ...]
    """Fields that differ and that the policy protects; they stay out (``blocked_fields``)."""
    identity: tuple[str, ...]
    """Fields that differ and say who the contact is."""
    cleared: tuple[str, ...]
    """Fields that are blank on the row and not in what it is compared with."""
    unknown: tuple[str, ...]
    """Fields with a value on the row for which the map records none; whether they changed cannot be told."""
    differ: tuple[str, ...]
    """Fields that were changed on both sides, or differ while nobody knows what was agreed."""
    before: Mapping[str, str | None]
    """What the destination holds or last agreed to, of every field above; ``None`` = not recorded."""
    said: Mapping[str, str]
    """What the row says of every field that was looked at, in the form in which it is compared."""
    paired: bool = False
    """Whether another system's record is what the row is compared with; then every open field holds it."""

    @property
    def held(self) -> tuple[str, ...]:
        """The fields that wait for a person."""
        return (*self.differ, *self.protected, *self.identity, *self.cleared)


def changes(
    event: Event, contact: Contact | None, policy: Policy, keyring: Keyring, said: Mapping[str, str] | None = None
) -> Changes:
    """The changes that ``event`` asks for; of ``None``, a contact that is to be created, every value is new.

    ``said``: the values of the event, where they are at hand.
    """
    said = event.values if said is None else said
    writes: dict[str, str] = {}
    groups: dict[str, list[str]] = {"protected": [], "identity": [], "cleared": [], "unknown": [], "differ": []}
    before: dict[str, str | None] = {}
    told = event.changed
    values = as_kept(said, contact.values) if contact and event.table.kind.is_person else said
    for name, text in values.items():
        if name in READ_ONLY:
            continue
        # Consent counts also where an event does not name it: Close tells an opt-out within a changed address.
        if told is not None and name not in told and field_type(name) is not Type.CONSENT:
            continue
        known = known_value(name, contact) if contact else None
        before[name] = known
        if known and known == text:
            continue
        group = group_of(event.table, name, text, known, policy, keyring, new=contact is None or told is not None)
        if group == "writes":
            writes[name] = compared_or_written(name, text, keyring)
        elif group:
            groups[group].append(name)
    protected, identity, cleared, unknown, differ = (tuple(names) for names in groups.values())
    return Changes(writes, protected, identity, cleared, unknown, differ, before, values)


def known_value(name: str, contact: Contact) -> str | None:
    """The value that the map last agreed to; an id that another system stores is one of the contact's ids."""
    return contact.ids.get("ghl") if name == "ghl_id" else contact.values.get(name)


def paired_changes(comparisons: Sequence[Comparison], keyring: Keyring) -> Changes:
    """The changes that follow from comparing two systems' records, for the record that the comparison starts from."""

    def held(reason: str) -> tuple[str, ...]:
        return tuple(one.field for one in comparisons if one.held == reason)

    writes = {one.field: compared_or_written(one.field, one.value, keyring) for one in comparisons if one.writes}
    before: dict[str, str | None] = {one.field: one.there for one in comparisons}
    said = {one.field: one.here or "" for one in comparisons}
    groups = (held("protected"), held("identity"), held("cleared"), (), held("differ"))
    return Changes(writes, *groups, before, said, paired=True)


def group_of(
    table: Table, name: str, text: str, known: str | None, policy: Policy, keyring: Keyring, *, new: bool
) -> str:
    """The field of ``Changes`` that a field goes to; ``""`` when both sides agree or neither says anything."""
    if known and compared(name, text, keyring) == compared(name, known, keyring):
        return ""
    whole = table.kind is not Kind.CHANGE
    if whole and not text:
        if not known:
            return ""
        # To clear an opt-out would loosen it; that is never one of several fields cleared by one key.
        return "protected" if field_type(name) is Type.CONSENT else "cleared"
    if whole and known is None and not new:
        return "unknown"
    if whole and text and not usable(name, text, keyring):
        return ""
    if policy.is_protected(name, table):
        return "protected"
    if name in policy.fields.identity and known is not None:
        return "identity"
    if whole and name in policy.fields.review:
        return "differ"
    return "writes"


def compared_or_written(name: str, text: str, keyring: Keyring) -> str:
    """A value as it is staged: e-mails and phones in their compared form, others as written."""
    return compared(name, text, keyring) if field_type(name) in (Type.EMAIL, Type.PHONE) else text
