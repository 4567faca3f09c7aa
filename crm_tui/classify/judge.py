"""``judge``: one row in, one verdict out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import cast

from crm_tui.classify.facts import Facts
from crm_tui.classify.look_alikes import looks_like
from crm_tui.classify.policy_sections import plain_word
from crm_tui.classify.rules import NOTHING_TO_WRITE, QUEUES, rules_of
from crm_tui.classify.times import same_time, strictly_earlier
from crm_tui.identity.secrets import find_secret
from crm_tui.model import Note, Outcome, Queue, Verdict
from crm_tui.systems import CHANNELS
from crm_tui.systems.declare import Role


def judge(facts: Facts) -> Verdict:
    """The verdict of a row: the first rule that fires decides, all that fire are named (A.1)."""
    if facts.event.problem:
        return Verdict(Queue.ERROR, Outcome.ERROR, "unreadable", ("unreadable",))
    fired = tuple([code for code, rule in rules_of(facts.event.table) if rule(facts)])
    rule = fired[0] if fired else "accepted"
    outcome = _OUTCOMES.get(rule) or (_LINK if facts.links else facts.policy.route(facts.event.table).outcome)
    return _as_verdict((QUEUES[rule], outcome, rule, fired, facts.candidates))


Words = tuple[str, str, str, str]
"""Queue, rule, every rule that fired, outcome."""


def words_of(verdict: Verdict) -> Words:
    """A verdict without its contacts, as it is stored."""
    return _words(verdict[:4])


@lru_cache(maxsize=1 << 12)
def _words(verdict: tuple[Queue, Outcome, str, tuple[str, ...]]) -> Words:
    """Few verdicts differ in more than the contact."""
    queue, outcome, rule, fired = verdict
    return queue.value, rule, " ".join(fired), outcome.value


_OF_A_QUEUE = {Queue.ERROR: Outcome.ERROR, Queue.CONFLICT: Outcome.CONFLICT}
_OUTCOMES = {rule: _OF_A_QUEUE[queue] for rule, queue in QUEUES.items() if queue in _OF_A_QUEUE} | dict.fromkeys(
    NOTHING_TO_WRITE, Outcome.NO_WRITE
)
"""What becomes of a row that a rule holds or leaves nothing to write of; of the others the policy says it."""
_LINK = Outcome.LINK
# ``Verdict(…)`` is a Python call, and one is made for every row; this is the same without one.
_as_verdict = cast("Callable[[Iterable[object]], Verdict]", partial(tuple.__new__, Verdict))
_LONG_NUMBERS = (Role.SYSTEM_ID, Role.PHONE)


def notes(facts: Facts) -> tuple[Note, ...]:
    """What the reviewer should see of a row although it does not hold it."""
    by_name = facts.event.table.by_name
    found = [Note("key", f"{by_name[key.column].label}: {key.note}") for key in facts.event.keys if key.note]
    found.extend(Note("step", f"{by_name[name].label}: {text}") for name, text in facts.event.steps)
    found.extend(_unknown_second_keys(facts))
    found.extend(Note("look_alike", f"the e-mail {text}") for text in looks_like(facts))
    for number in facts.candidates:
        contact = facts.contacts.contact(number)
        holding = (lint for lint in contact.lints if lint.holds)
        found.extend(Note(lint.code, f"{contact.label or 'map entry'}: {lint.text}") for lint in holding)
    found.extend(_time_notes(facts))
    kind = facts.event.cell(Role.ACTIVITY_TYPE)
    if kind and plain_word(kind) not in facts.policy.activities.known:
        found.append(Note("activity_type", "the activity type is not one that the policy lists"))
    channel = facts.event.cell(Role.CHANNEL)
    if channel and channel.lower() not in CHANNELS:
        found.append(Note("channel", "the channel is not one that is known here"))
    for name, text in facts.event.cells.items():
        # A long id or phone number looks like a card number one time in ten.
        what = "" if name in by_name and by_name[name].role in _LONG_NUMBERS else find_secret(text)
        if what:
            found.append(Note("secret", f"{name} holds what looks like {what}; it is masked wherever it is shown"))
    return tuple(dict.fromkeys(found))


def _unknown_second_keys(facts: Facts) -> list[Note]:
    if not facts.candidates:
        return []
    label = facts.event.table.by_name
    return [
        Note("unknown_key", f"the {label[key.column].label} on the row is not in the contact map")
        for key, numbers in facts.found
        if not numbers and not key.kind.startswith("id:") and not label[key.column].secondary
    ]


def _time_notes(facts: Facts) -> list[Note]:
    if facts.contact is None or facts.event.table.system not in facts.contact.updated_at:
        return []
    written, known = facts.event.cell(Role.UPDATED_AT), facts.contact.updated_at[facts.event.table.system]
    if same_time(written, known):
        return [Note("same_age", "the row is exactly as old as the contact map's entry")]
    if known and strictly_earlier(written, known) is None:
        return [
            Note(
                "unknown_age",
                "whether the row is newer than the map cannot be told: a time is missing or has no offset",
            )
        ]
    return []
