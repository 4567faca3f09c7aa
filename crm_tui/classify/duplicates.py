"""The case of a group of duplicates: records × fields, each record as the one that could stay (2.63, 2.64, X25).

A merge is only ever planned here: a person does it in the destination itself, and it cannot be undone there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from crm_tui import canonical
from crm_tui.classify.changes import compared_or_written
from crm_tui.classify.compare import compared
from crm_tui.classify.duplicate_sets import alone, filled, fullest, given_up
from crm_tui.classify.duplicate_words import factor_label, pair_words, strength
from crm_tui.classify.event import Event
from crm_tui.classify.facts import Facts
from crm_tui.classify.fields import applied, edited_words
from crm_tui.classify.paired import AGREED
from crm_tui.classify.staging import field_label, shown_value, staged_key
from crm_tui.classify.values import says_yes, united, wants_reason
from crm_tui.identity.secrets import mask_secrets
from crm_tui.model import (
    Case,
    CaseField,
    CaseRow,
    Evidence,
    Lock,
    Mark,
    Note,
    Option,
    Outcome,
    Pick,
    Queue,
    Side,
    Staged,
    Verdict,
)
from crm_tui.systems import label
from crm_tui.systems.fields import FIELDS, Type, field_type
from crm_tui.text import counted, one_of

if TYPE_CHECKING:
    from crm_tui.identity.duplicates.scan import Suspect

RULE = "duplicate"
NOT_THE_SAME = "not the same"
"""The reason of a group that is rejected without other words."""
FOR_GOOD = "A merge cannot be undone."
_ALWAYS_DRAWN = frozenset(("name", "first_name", "last_name", "company", "email", "phone"))


class Member(NamedTuple):
    """One record of the group."""

    row_id: str
    facts: Facts
    source: str
    line: int

    @property
    def event(self) -> Event:
        """The record as read."""
        return self.facts.event

    @property
    def token(self) -> str:
        """How the choices name it: the id in its system, else its row id."""
        return record_name(self.event) or self.row_id


def record_name(event: Event) -> str:
    """The id of a record in its system, also of a company; ``""`` when it has none."""
    return event.record_id or event.event_id


def person_name(event: Event) -> str:
    """What a person would call the record."""
    values = event.values
    name = values.get("name") or " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
    return name or values.get("company", "")


def group_name(row_id: str) -> str:
    """What people call a group: ``DUP-1a2b3c``."""
    return f"DUP-{row_id.removeprefix('dup-')[:6]}"


def group_case(row_id: str, members: Sequence[Member], pairs: Sequence[Suspect], *, live: bool = True) -> Case:
    """The case of one group; pure.  The numbers of the pairs are positions among the members.

    A group that is not ``live``, because a further record has joined it or one has gone, carries no decision on.
    """
    first = members[0]
    system, table = first.event.table.system, first.event.table
    names = _fields(members)
    fields = tuple(_field(name, members) for name in names)
    doubt = _doubt(members)
    options = tuple(_option(at, members, fields, doubt) for at in range(len(members)))
    told = tuple(Evidence("scan", "", "", pair_words(one, members)) for one in pairs)
    factors = list(dict.fromkeys(name for one in pairs for name in one.match.factors))
    alike = one_of([factor_label(name, table.kind.is_person) for name in factors], "and") if factors else "all together"
    sides = tuple(_side(one) for one in members)
    most = fullest(fields, sides)
    values = f"{filled(fields, most)} of {len(names)}"
    complete = 2 * len(pairs) == len(members) * (len(members) - 1)
    chain = "" if complete else " Not each of them resembles each: they hang together by others."
    why = f"{counted(len(members), 'record')} of {label(system)} may be one and the same: {alike}.{chain}"
    summary = Evidence("judgement", RULE, "", " ".join(one.text for one in told))
    return Case(
        row_id=row_id,
        event_id=group_name(row_id),
        noun=f"{table.noun} ×{len(members)}",
        source=first.source,
        line=first.line,
        verdict=Verdict(Queue.DUPLICATE, Outcome.CONFLICT, RULE, (RULE,)),
        status="ready for review",
        issue=f"{_names(members)}: {strength(pairs)}",
        why=why,
        action="Say which record stays, or that they are not the same.",
        suggestion="",
        suggestion_text=f"none: a merge cannot be undone. {most.option} has the most values, {values}.",
        target=system,
        contact_key="",
        partner=0,
        sides=sides,
        rows=(_id_row(members), *(_row(name, members) for name in names)),
        options=options,
        fields=fields,
        evidence=(*told, summary),
        notes=_notes(members, doubt),
        fingerprint=_fingerprint(members, options, live),
        alone=alone(pairs, person=table.kind.is_person, whole=complete, doubted=bool(doubt)),
    )


def _names(members: Sequence[Member]) -> str:
    return one_of(list(dict.fromkeys(filter(None, (person_name(one.event) for one in members)))) or ["no name"], "and")


def _side(one: Member) -> Side:
    place = f"{person_name(one.event)} · line {one.line}".strip(" ·")
    return Side(f"{label(one.event.table.system)} {one.token}", one.event.table.system, place, one.token, one.row_id)


def _fields(members: Sequence[Member]) -> list[str]:
    """The fields that have a value and can be written: in the model's order, then the client's own."""
    present = dict.fromkeys(name for one in members for name, text in one.event.values.items() if text)
    internal = members[0].facts.policy.fields.internal
    known = [name for name, field in FIELDS.items() if name in present and field.writable]
    return [name for name in (*known, *(name for name in present if name not in FIELDS)) if name not in internal]


def _text(one: Member, name: str) -> str:
    return mask_secrets(compared_or_written(name, one.event.values.get(name, ""), one.facts.keyring))


def _same(name: str, one: str, two: str, facts: Facts) -> bool:
    return compared(name, one, facts.keyring) == compared(name, two, facts.keyring)


def _id_row(members: Sequence[Member]) -> CaseRow:
    texts = tuple(record_name(one.event) for one in members)
    return CaseRow("record_id", "record id", texts, (Mark.NEUTRAL,) * len(texts), False)


def _row(name: str, members: Sequence[Member]) -> CaseRow:
    texts = tuple(_text(one, name) for one in members)
    facts = members[0].facts
    against = next((text for text in texts if text), "")
    marks = [
        Mark.NEUTRAL if not text else Mark.AGREES if _same(name, text, against, facts) else Mark.DIFFERS
        for text in texts
    ]
    marks[texts.index(against)] = Mark.NEUTRAL
    agreed = name not in _ALWAYS_DRAWN and all(texts) and Mark.DIFFERS not in marks
    locked = _lock(name, facts) is Lock.PROTECTED
    return CaseRow(name, field_label(name), texts, tuple(marks), locked, AGREED if agreed else "")


def _lock(name: str, facts: Facts) -> Lock:
    if facts.policy.is_protected(name, facts.event.table):
        return Lock.PROTECTED
    return Lock.IDENTITY if name in facts.policy.fields.identity else Lock.NONE


def _field(name: str, members: Sequence[Member]) -> CaseField:
    offers = tuple((one.row_id, _text(one, name) or None) for one in members)
    return CaseField(name, name, field_label(name), field_type(name), _lock(name, members[0].facts), offers)


# -- what a merge would write


def _option(at: int, members: Sequence[Member], fields: Sequence[CaseField], doubt: str) -> Option:
    survivor = members[at]
    own = {field.name: _text(survivor, field.name) for field in fields}
    values = {field.name: text for field in fields if (text := _taken_over(field, own[field.name], survivor))}
    system = survivor.event.table.system
    draft = Staged(system, _object(survivor.event), Outcome.MERGE, survivor.token, own, own)
    staged = replace(draft, values=values, before={name: own[name] for name in values})
    losers = [one.token for one in members if one is not survivor]
    lost = given_up(fields, staged, own)
    return Option(
        token=survivor.token,
        label=f"keep {survivor.token}",
        contact=None,
        staged=staged,
        effect=_sentence(staged, losers, lost),
        locked=any(_guarded(field) for field in lost),
        name=survivor.row_id,
        draft=draft,
        doubt=doubt,
        home=survivor.row_id,
    )


def _guarded(field: CaseField) -> bool:
    """Whether a value of it is given up for a typed reason only: after a merge the other one is gone for good (X14)."""
    return field.lock is Lock.PROTECTED


def _object(event: Event) -> str:
    return "contact" if event.table.kind.is_person else "company"


def _taken_over(field: CaseField, own: str, survivor: Member) -> str:
    """What the merge brings to the record that stays without anybody's choosing: a list is united, consent is the
    strictest of all, a blank is filled where the others do not differ; ``""`` = it stays as it is."""
    others = [text for side, text in field.offers if text and side != survivor.row_id]
    facts = survivor.facts
    if field.type == Type.CONSENT:
        strict = next((text for text in others if says_yes(text)), "")
        return "" if says_yes(own) else strict
    if field.type == Type.LIST:
        whole = united(field, [text for text in (own, *others) if text], facts.keyring) if others else ""
        return "" if not whole or _same(field.name, whole, own, facts) else whole
    alike = all(_same(field.name, text, others[0], facts) for text in others)
    return others[0] if others and not own and alike else ""


def _doubt(members: Sequence[Member]) -> str:
    """Two different ids of another system: there they are two records, and a merge here breaks one of the links."""
    found: dict[str, list[str]] = {}
    for one in members:
        for system, value in _other_ids(one):
            if value not in found.setdefault(system, []):
                found[system].append(value)
    told = [f"{label(system)} ({one_of(ids, 'and')})" for system, ids in sorted(found.items()) if len(ids) > 1]
    if not told:
        return ""
    return f"They stand for different records in {one_of(told, 'and')}. Why are they one and the same?"


def _other_ids(one: Member) -> set[tuple[str, str]]:
    """The ids that the record has in other systems: by its own cells, and by the map's entry of its own id."""
    own = one.event.table.system
    cells = {(key.kind[3:], key.value) for key in one.event.keys if key.kind.startswith("id:") and key.value}
    numbers = one.facts.contacts.find(f"id:{own}", one.event.record_id) if one.event.record_id else ()
    entries = {pair for number in numbers for pair in one.facts.contacts.contact(number).ids.items()}
    return {(system, value) for system, value in cells | entries if system != own}


def merged(facts: Facts, case: Case, option: Option, picks: Iterable[Pick]) -> Option:
    """The option as it stands with a person's field choices: what the merge writes, sentence and locks."""
    live = applied(facts, case, option, picks)
    if not live or option.staged is None or option.draft is None:
        return option
    own = {name: text or "" for name, text in option.draft.before.items()}
    picked = {pick.field: pick.value for pick in live}
    wanted = {**option.staged.values, **picked}
    values = {name: value for name in own if (value := wanted.get(name)) is not None}
    staged = replace(option.staged, values=values, before={name: own[name] for name in values})
    by_name = {field.name: field for field in case.fields}
    losers = [side.option for side in case.sides if side.option != option.token]
    lost = given_up(case.fields, staged, own)
    words = (_sentence(staged, losers, lost), edited_words(live))
    guarded = [pick for pick in live if wants_reason(by_name[pick.field], pick.value)]
    reasoned = {pick.field for pick in live if pick.reason}
    return replace(
        option,
        label=f"{option.label} · {counted(len(live), 'field')} chosen",
        staged=staged,
        effect=" ".join(filter(None, words)),
        locked=any(not pick.reason for pick in guarded)
        or any(_guarded(one) and one.name not in reasoned for one in lost),
        overrides=any(by_name[pick.field].lock is not Lock.IDENTITY for pick in guarded),
        picks=live,
    )


def _sentence(staged: Staged, losers: list[str], lost: Sequence[CaseField]) -> str:
    """What the plan says, ``lost`` being what is given up; made from the staged row, so screen and handoff agree."""
    said = [f"{staged.target_id} stays; {one_of(losers, 'and')} {'is' if len(losers) == 1 else 'are'} merged into it."]
    if staged.values:
        wanted = ", ".join(f"{field_label(name)} {shown_value(name, text)}" for name, text in staged.values.items())
        said.append(f"It gets: {wanted}.")
    if lost:
        said.append(f"Other values are given up: {', '.join(field.label for field in lost)}.")
    said.append(FOR_GOOD)
    return " ".join(said)


# -- what it rests on


def _notes(members: Sequence[Member], doubt: str) -> tuple[Note, ...]:
    found = [Note("other_ids", doubt.partition(". ")[0])] if doubt else []
    emails = {one.event.values.get("email", "").casefold() for one in members} - {""}
    if len(emails) > 1:
        found.append(Note("emails", "an e-mail that is given up finds this person no more, unless the system keeps it"))
    return tuple(found)


def _fingerprint(members: Sequence[Member], options: Sequence[Option], live: bool) -> str:
    """SHA-256 hex over the records' cells and what each choice writes; scores are left out: others move them."""
    return hashlib.sha256(
        canonical.dumps(
            [
                "crm-tui-duplicate-v1" if live else "crm-tui-duplicate-gone-v1",
                [[one.row_id, [[name, text] for name, text in sorted(one.event.cells.items())]] for one in members],
                [[one.name, one.doubt, staged_key("", one.staged) if one.staged else ""] for one in options],
            ]
        )
    ).hexdigest()
