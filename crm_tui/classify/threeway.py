"""Two systems' records of one contact, field by field, against the state that both last agreed to (requirements D3).

Everything is said from the side of one record, *here*; the other system's record is *there*.  The comparison of the
other record is the mirror image, so that what one row holds the other holds too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from crm_tui.classify.compare import compared, items
from crm_tui.classify.policy import Policy
from crm_tui.identity.keys import Keyring
from crm_tui.systems.declare import Table
from crm_tui.systems.fields import FIELDS, ITEMS, Type, field_type
from crm_tui.systems.names import keeps_whole_name, with_whole_name
from crm_tui.systems.transforms import LIST_SEPARATOR


class FieldState(StrEnum):
    """How the two sides of a field stand to each other and to the last agreed value."""

    AGREED = "agreed"
    FORMATTING = "formatting"
    """The same value, written differently."""
    HERE = "changed here"
    """Only here was changed, or only here has a value where none was agreed."""
    THERE = "changed there"
    BOTH = "changed on both sides"
    NO_BASELINE = "no agreed value"
    """Both have a value, the values differ, and what was last agreed is not known."""
    CLEARED_HERE = "cleared here"
    CLEARED_THERE = "cleared there"
    LOOSENED = "consent loosened"
    """One side takes back an opt-out that both had agreed to (requirements D7)."""
    MERGED = "merged"
    """A list: what either side added or removed is taken together (requirements D26)."""


_MIRRORED = {
    FieldState.HERE: FieldState.THERE,
    FieldState.THERE: FieldState.HERE,
    FieldState.CLEARED_HERE: FieldState.CLEARED_THERE,
    FieldState.CLEARED_THERE: FieldState.CLEARED_HERE,
}

UNDECIDED = frozenset(
    (
        FieldState.BOTH,
        FieldState.NO_BASELINE,
        FieldState.CLEARED_HERE,
        FieldState.CLEARED_THERE,
        FieldState.LOOSENED,
    )
)
"""States that no rule may settle: a person chooses."""


def mirrored(state: FieldState) -> FieldState:
    """The state as the other side says it."""
    return _MIRRORED.get(state, state)


class Comparison(NamedTuple):
    """One field of two records."""

    field: str
    state: FieldState
    here: str
    there: str
    base: str | None
    """The last agreed value as far as it is known; ``None`` = none is recorded."""
    value: str
    """What *there* should hold by this comparison alone; its own value where nothing follows."""
    held: str = ""
    """Why a person has to choose: ``differ``, ``protected``, ``identity``, ``cleared``; ``""`` = nobody has to."""
    blocked: bool = False
    """A protected field that differs and stays out, because nobody is known to have changed it."""

    @property
    def writes(self) -> bool:
        """Whether a bulk approval of this side would change *there*."""
        return not self.held and not self.blocked and self.value != self.there


class Baselines(NamedTuple):
    """The last agreed values as each side saw them; the contact map's stand in both."""

    here: Mapping[str, str]
    there: Mapping[str, str]

    def of(self, field: str) -> tuple[str | None, str | None]:
        """The baseline of each side; where only one is known it stands for both."""
        here, there = self.here.get(field), self.there.get(field)
        return (there if here is None else here), (here if there is None else there)


def compare_records(
    here: Mapping[str, str],
    there: Mapping[str, str],
    bases: Baselines,
    policy: Policy,
    table: Table,
    keyring: Keyring,
) -> tuple[Comparison, ...]:
    """The fields that both records carry, in the order of the canonical model.

    A field that one of the systems does not have at all says nothing, and neither does one that is never staged.
    """
    if keeps_whole_name(here) or keeps_whole_name(there):
        # What keeps a name in two parts says it whole beside one that knows no parts: both rows then ask the same.
        here, there = with_whole_name(here), with_whole_name(there)
        bases = Baselines(with_whole_name(bases.here), with_whole_name(bases.there))
    return tuple(_compared_fields(here, there, bases, policy, table, keyring))


def _compared_fields(
    here: Mapping[str, str],
    there: Mapping[str, str],
    bases: Baselines,
    policy: Policy,
    table: Table,
    keyring: Keyring,
) -> Iterator[Comparison]:
    for name, field in FIELDS.items():
        if field.writable and name in here and name in there and name not in policy.fields.internal:
            found = compare_field(name, here[name], there[name], bases.of(name), keyring)
            if found is not None:
                yield _guarded(found, policy, table)


def compare_field(
    name: str, here: str, there: str, bases: tuple[str | None, str | None], keyring: Keyring
) -> Comparison | None:
    """One field; ``None`` when neither side has a value and none was agreed."""
    own, other = compared(name, here, keyring), compared(name, there, keyring)
    base = bases[0] if bases[0] is not None else bases[1]
    if not own and not other:
        return Comparison(name, FieldState.AGREED, here, there, base, there) if any(bases) else None
    if own == other:
        state = FieldState.AGREED if here.strip() == there.strip() else FieldState.FORMATTING
        return Comparison(name, state, here, there, base, there)
    kind = field_type(name)
    if kind is Type.CONSENT:
        return _consent(name, here, there, base, (own, other), bases, keyring)
    if kind is Type.LIST and own and other:
        merged = merged_list(name, here, there, bases, keyring)
        return Comparison(name, FieldState.MERGED, here, there, base, merged)
    state = _state(own, other, *(None if one is None else compared(name, one, keyring) for one in bases))
    return Comparison(name, state, here, there, base, here if state is FieldState.HERE else there)


def _state(own: str, other: str, base_here: str | None, base_there: str | None) -> FieldState:
    """The state of two values that differ; the baselines are compared values too."""
    if base_here is None or base_there is None:
        if not own:
            return FieldState.THERE
        return FieldState.HERE if not other else FieldState.NO_BASELINE
    here_moved, there_moved = own != base_here, other != base_there
    if here_moved and there_moved:
        return FieldState.BOTH
    if not here_moved and not there_moved:
        # Each side still holds what it held: they had never agreed.
        return FieldState.NO_BASELINE if own and other else FieldState.HERE if own else FieldState.THERE
    if here_moved:
        return FieldState.HERE if own else FieldState.CLEARED_HERE
    return FieldState.THERE if other else FieldState.CLEARED_THERE


def _consent(
    name: str,
    here: str,
    there: str,
    base: str | None,
    values: tuple[str, str],
    bases: tuple[str | None, str | None],
    keyring: Keyring,
) -> Comparison:
    """The stricter value stands, unless it is the one that both had agreed to and one side has since taken back."""
    agreed = [compared(name, one, keyring) for one in bases if one is not None]
    own, other = values
    if "true" in agreed or "true" not in values:
        return Comparison(name, FieldState.LOOSENED, here, there, base, there)
    state = FieldState.HERE if own == "true" else FieldState.THERE
    return Comparison(name, state, here, there, base, "true" if other != "true" else there)


def merged_list(name: str, here: str, there: str, bases: tuple[str | None, str | None], keyring: Keyring) -> str:
    """Two lists as one: all that either has, without what either has removed since its baseline.

    As *there* spells it, all of it unchanged where nothing was added or removed for it; further e-mails and phones
    that are new to it in their one form.
    """
    ours, theirs = items(name, here, keyring), items(name, there, keyring)
    agreed_here, agreed_there = (items(name, one or "", keyring) for one in bases)
    dropped = (agreed_here.keys() - ours.keys()) | (agreed_there.keys() - theirs.keys())
    spelled = {one: one if name in ITEMS else text for one, text in ours.items()} | theirs
    kept = [one for one in theirs | ours if one not in dropped]
    return there if kept == list(theirs) else LIST_SEPARATOR.join(spelled[one] for one in kept)


def _guarded(found: Comparison, policy: Policy, table: Table) -> Comparison:
    """The comparison with the policy's guards: protected fields, identity fields, states that nobody may settle."""
    if found.state in (FieldState.AGREED, FieldState.FORMATTING):
        return found
    if not policy.may_go(found.field, table.system, policy.route(table).destination):
        return found._replace(blocked=True, value=found.there)
    consent = field_type(found.field) is Type.CONSENT
    if policy.is_protected(found.field, table) and not (consent and found.state is not FieldState.LOOSENED):
        moved = found.base is not None and found.state is not FieldState.NO_BASELINE
        return found._replace(held="protected" if moved else "", blocked=not moved, value=found.there)
    both = bool(found.here.strip()) and bool(found.there.strip())
    if found.field in policy.fields.identity and both:
        return found._replace(held="identity", value=found.there)
    if found.state in UNDECIDED:
        cleared = found.state in (FieldState.CLEARED_HERE, FieldState.CLEARED_THERE)
        return found._replace(held="cleared" if cleared else "differ", value=found.there)
    if found.field in policy.fields.review:
        return found._replace(held="differ", value=found.there)
    return found
