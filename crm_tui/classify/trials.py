"""Single changes of a policy that a person may try before keeping one: strategies, and rules of single fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crm_tui.classify.policy import Policy
from crm_tui.classify.policy_sections import Strategy
from crm_tui.classify.staging import field_label
from crm_tui.systems import label
from crm_tui.systems.fields import Type, field_type


class Trial(NamedTuple):
    """One change that can be tried."""

    words: str
    about: str
    """What it would mean, in a few words."""
    policy: Mapping[str, Any]
    """The whole policy file with it, to be laid over the shipped policy as any other; empty = the shipped one."""


_GENERAL = {
    Strategy.LAST_MODIFIED_WINS: "from the record changed later",
    Strategy.MOST_COMPLETE: "from the fuller record",
    Strategy.MANUAL_REVIEW: "nothing is suggested",
}
_LISTS = (
    ("protected", "protect {}", "no longer protect {}", "to overwrite it takes a reason"),
    ("review", "hold {}", "no longer hold {}", "each change waits for a person"),
    ("internal", "never compare {}", "compare {} again", "and never stage it"),
)
"""List of the policy, what is said of putting a field on it and of taking it off, and what being on it means."""
_IN_FORCE = "takes away a rule in force"


def trials(own: Mapping[str, Any], policy: Policy, fields: Iterable[str], systems: Sequence[str]) -> tuple[Trial, ...]:
    """Every change that differs from the policy in force.

    ``own``: the policy file in force, empty where it is the shipped one; ``fields``: canonical names of the fields that
    the loaded rows have; ``systems``: those whose records are compared, none where nothing is.
    """
    found = [Trial("the shipped policy", "without any rule of your own", {})] if own else []
    found += _strategies(own, policy, systems)
    for name in sorted(fields, key=field_label):
        found += [*_advice(own, policy, name, systems), *_listed(own, policy, name, compared=bool(systems))]
    return tuple(found)


def _strategies(own: Mapping[str, Any], policy: Policy, systems: Sequence[str]) -> Iterator[Trial]:
    rules = policy.strategies
    if not systems:
        return
    for strategy, about in _GENERAL.items():
        if strategy is not rules.default:
            change = {"strategies": {"default": strategy.value}}
            yield Trial(f"suggest by {strategy.value}", about, _with(own, change))
    for system in systems:
        if (rules.default, rules.source_system) != (Strategy.SOURCE_SYSTEM_WINS, system):
            change = {"strategies": {"default": Strategy.SOURCE_SYSTEM_WINS.value, "source_system": system}}
            yield Trial(f"suggest {label(system)}'s", "source-system-wins", _with(own, change))


def _advice(own: Mapping[str, Any], policy: Policy, name: str, systems: Sequence[str]) -> Iterator[Trial]:
    """Field-level-merge: which system's value of one field is suggested, or the newest."""
    for winner in (*systems, *(["newest"] if systems else [])):
        if policy.strategies.priority.get(name) != winner or name in policy.strategies.fields:
            whose = "the newest" if winner == "newest" else f"{label(winner)}'s"
            # A strategy of the field's own would come before its priority.
            change = {"strategies": {"priority": {name: winner}, "fields": {name: Strategy.FIELD_LEVEL_MERGE.value}}}
            yield Trial(f"{field_label(name)}: suggest {whose}", "field-level-merge", _with(own, change))


def _listed(own: Mapping[str, Any], policy: Policy, name: str, *, compared: bool) -> Iterator[Trial]:
    """What only two records that are compared can tell is left out where none are; consent is protected anyhow."""
    for key, put, take, about in _LISTS:
        tells = field_type(name) is not Type.CONSENT if key == "protected" else compared
        if not tells:
            continue
        listed = getattr(policy.fields, key)
        change = {"fields": {key: sorted(listed ^ {name})}}
        words = (take if name in listed else put).format(field_label(name))
        yield Trial(words, _IN_FORCE if name in listed else about, _with(own, change))


def _with(own: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(own)
    for key, value in change.items():
        merged[key] = _with(own.get(key, {}), value) if isinstance(value, dict) else value
    return merged
