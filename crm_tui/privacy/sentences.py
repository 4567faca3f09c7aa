"""The program's own sentences, taken apart by position: which of their words are ours, and which came from a file.

Under the mask a word is judged by where it stands.  "4 fields differ" is ours whole, also where somebody is called
Differ, so that what is masked in it tells nothing; and what a file put into a sentence is theirs whole, also where it
is a word of ours.  A sentence that is not known here is masked word by word, by ``Masks.sentence``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from crm_tui.classify.duplicate_sets import SET_MEANINGS
from crm_tui.classify.duplicates import NOT_THE_SAME
from crm_tui.classify.fields import MAP_SIDE
from crm_tui.classify.options import FIXED_WORDS
from crm_tui.classify.rule_words import RULE_WORDS
from crm_tui.classify.wording import FIXED_SENTENCES
from crm_tui.model import Choice, Queue
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.fields import FIELDS

_MOST = 2_000
"""Characters of a text that is taken apart; a longer one is masked word by word."""


class Whose(Enum):
    """Where the words of a piece come from."""

    OURS = "the program"
    THEIRS = "a file"
    EITHER = "words of ours, which a file could hold as well"


class Piece(NamedTuple):
    """A run of a sentence."""

    text: str
    whose: Whose


_FORMS = """
{n} fields differ|{n} differ|{n} differs|{n} cleared on one side|{n} blank here|{n} is protected|missing {n}
bad value: {n}|accepted {n}|{n} kept for reference|{n} kept for reference.|unknown kind of event: {}|asks for {}
not in {n}'s export|nothing to write to {n}|Approve: nothing to write to {n}.|says {}|{n} is disconnected
Only {n} has something new ({n}), so there is nothing to write.
Only {n} has something new ({n}), so there is nothing to write to {n}.
only {n} has something new: that goes to {n}, and nothing to {n}.|{n} has all that may be written to it.
{n} map to different contacts|several values of {n} map to different contacts|no contact has this {n}
{n} stands on several contacts of the map|{n} stand on several contacts of the map
{n} changed, the event does not say to what|The app was removed from {n}, so nothing can be written there.
One contact was found by {n}, but the {n} on the row is not in the contact map.|No usable {n}.
The file asks for another kind of operation; rows of this kind may only {words}.
The row is of {n} {}; for this review the policy names {}.|The line cannot be read as a row: {}.
The contact map names a {n} id, but the export from there has no such record.
The file must have a value in {n}.|The contact map's entry needs attention: {}.|The e-mail {}.
The row was updated {}, the contact map's entry in {n} {}: the contact map is newer by {}.
Approve appointment upsert into {n}.|Approve opportunity upsert into {n}.|Approve contact update in {n}.
Approve {} activity append into {n}.|Resolve the mapping before writing back to {n}.
Load an export of {n} that has the record; nothing of this is staged.
only {n} changed|only {n} has it|cleared in {n}|keep {n}'s|take {n}'s|new {n} contact|new {n}|{n} says
contact map, by {n}|Event says {}, but {n} maps to {}|Event says {}, but {n} map to {}|{pairs} maps to {} by {n}.
the {n} on the row is not in the contact map|{pairs} is not in the contact map|{pairs} is not in the contact map.
{pairs} maps to {}|{pairs} maps to {}.|{n} is no key: {}|{}: no {n} id
{}: the same e-mail as {}|{}: the same phone number as {}
Stage for {n}: append {} on {}.|Stage for {n}: upsert {} on {}.|No field of the contact is overwritten.
Stage for {n}: create a new contact with {pairs}, then the {} on it.
Stage for {n}: create this contact, which has no id there yet, with {pairs}, then the {} on it.
Stage for {n}: create a new contact with {pairs}.|The new id is to be filled in.|Nothing is written.
Stage for {n}: create this contact, which has no id there yet, with {pairs}.
Stage for {n}: mark {} as inactive; its history stays and nothing is deleted.
Contact map: {n} id of {} is filled in with {}.|Not staged: {n}, because {words}.|Not staged: {n}, because {words}
{pairs} → {}.|{pairs} → {}|{pairs}: clear {}.|{pairs}: fill the blank with {}.|Filled in as a default: {} “{}”.
No recorded value to compare, so not reversible.|Of {n} more fields the map records no value to compare.
Left as they are in both systems: {n}.|Left as it is in both systems: {n}.
none: {words}: which value stands, is a person's call.
#{n} saved  {row} → {label}|#{n} saved  {row} {kept}|undone: #{n}, {term}|undone: the set of #{n}, {term}
done again: #{n}, {term}|done again: the set of #{n}, {term}
approved, {label}|approved: {label}|approve: {label}|merge: {label}|{n} repaired, judged again: {term}, {label}
{field}: {term}'s|{field}: both|{field}: edited|{field}: choice cleared
{label}, {field}: {term}'s|{label}, {field}: both|{label}, {field}: edited
leave {n}|keep {row}|{n} field chosen|{n} fields chosen|the contact by {n}|all decided: {words} signs
{term} is done, {words} goes on to {term}|{label} is a choice for the whole row|here the sides are {n}.
"""
"""``{n}``: names of fields and systems, or a number, ``{field}`` just one; ``{term}``: such a name, or that of a side,
queue or decision; ``{pairs}``: such names, each before its value; ``{}``: what the row or the map says; ``{row}``: its
id, or of how many it is told; ``{label}``: of a choice, or what else was recorded, ``{kept}`` where no arrow stands
before it; ``{words}``: more words of ours, which are not listed here."""
_ASIDE = ("rejected", "deferred", "needs client")
_WHOLE = frozenset(
    (
        "agreed", "last agreed", "both changed", "differ, none agreed", "same, written differently",
        "protected, left as it is", "opt-out taken back", "lists merged", "write nothing", "wish in the file",
        "both records agree already in every field that may be written.", "both sides hold the same value already.",
        "every key on the row leads to this contact.", "companies are kept for reference.",
        "none: which value stands, is a person's call.", "none: who this is, is a person's call.",
        "none: why it is not there, is for a person to find out.",
        "none: the row stays blocked until a cell of it is repaired, or its source is put right.",
        "The new value is the one the contact map has.", "Every field that the contact map records agrees.",
        "A date does not parse, or the status is not one that the policy lists.",
        "Both records agree in every field that may be written, so there is nothing to write.",
        "The new value equals the contact map's after normalising, so there is nothing to write.",
        "Choose the correct contact before appending activity.", "Confirm the correct contact before syncing.",
        "The file itself asks to hold this row.", "e-mail belongs to another contact", "nothing to write",
        "The row speaks of a payment; payment actions are never staged without a person.",
        "The file asks for something that the policy's claim words do not know.", "unknown kind of event",
        "Approve the link in the contact map.", "the contact map has this contact twice",
        "One of the two records is blank where both had agreed on a value.", "Clearing a value is a decision.",
        "The record has no value where the contact map has one.", "ids disagree with the contact map",
        "whether the row is newer than the map cannot be told: a time is missing or has no offset",
        "mark as inactive", "the one contact found", NOT_THE_SAME, *SET_MEANINGS, *_ASIDE,
        "left for the client", "approved", "choice cleared", "note kept", "answered by the client, open again",
        *(f"{one}, and counts as blocked until it is repaired" for one in _ASIDE),
    )
)  # fmt: skip


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_LOWER = frozenset(
    {
        *(field.label for field in FIELDS.values()),
        *(system.label for system in SYSTEMS.values()),
        *(name for table in TABLES.values() for column in table.columns for name in (column.label, column.name)),
        *(table.noun for table in TABLES.values()),
        *(f"{system.label} {table.noun}" for system in SYSTEMS.values() for table in TABLES.values()),
    }
)
_NAMES = _LOWER | frozenset(name[:1].upper() + name[1:] for name in _LOWER)
"""How fields, columns, systems and kinds of rows are called."""
_TERMS = _NAMES.union(
    (MAP_SIDE, "last agreed", "ledger", "conflicts", "duplicates", "errors"),
    (one.value for one in Choice),
    (one.word for one in Queue),
)
"""How sides, queues and decisions are called as well."""
_OURS = FIXED_SENTENCES | FIXED_WORDS | frozenset(RULE_WORDS.values()) | _WHOLE | _NAMES
_JOINTS = re.compile("(, | and | or )")
_NUMBER = re.compile(r"#?[0-9][0-9,]*(?: to #[0-9][0-9,]*)?")
_OF_ROWS = re.compile(r"row without id|[0-9,]+ (?:rows?|groups?)")


@cache
def _label() -> re.Pattern[str]:
    """What may stand before a value; compiled with the first sentence, because a start takes none apart."""
    systems = _any(one.label for one in SYSTEMS.values())
    return re.compile(rf"(?:(?:{systems}) (?:{_any(_LOWER)})|{_any(_NAMES)})(?=[ :])")


class _Form(NamedTuple):
    """A sentence with slots."""

    pattern: re.Pattern[str]
    slots: tuple[str, ...]
    """What each group of the pattern is; ``""`` for what stands between two slots."""


_WIDTHS = {"{label}": ".+", "{field}": "[^,:]+", "{term}": "[^,:]+", "{row}": f"{_OF_ROWS.pattern}|.+?"}
"""How far a slot goes that is not as short as may be."""
_SLOT = re.compile(r"(\{[a-z]*\})")


def _form(form: str) -> _Form:
    parts = _SLOT.split(form)
    groups = (f"({_WIDTHS.get(part, '.+?') if at % 2 else re.escape(part)})" for at, part in enumerate(parts))
    return _Form(re.compile("".join(groups)), tuple(part if at % 2 else "" for at, part in enumerate(parts)))


@cache
def _forms() -> tuple[_Form, ...]:
    """All forms, the longest words first: they say most about where a slot ends; before them what was saved, as that
    is told with other sentences in it."""
    known = re.split(r"[|\n]", _FORMS.strip())
    return tuple(map(_form, sorted(known, key=lambda form: (not form.startswith("#"), -len(_SLOT.sub("", form))))))


_ENDS = re.compile(r"((?<=\.) (?=[A-Z])|; )")
_DOTS = re.compile("( · )")
_PICKED = re.compile(r"(?!#).* · (?:leave [^·;]+|[0-9,]+ fields? chosen|[^·:]+: (?:both|edited|[^·:]+'s))\Z")
"""Ends the label of a choice over which field choices are laid."""
_RECORDED = re.compile(r"(?P<label>.+?)(?: \(with its (?P<noun>[^()]+)\))?(?:  ·  (?P<next>.+))?")
"""What was recorded, with which partner, and what is to be done next."""


@lru_cache(maxsize=4_096)
def taken_apart(text: str) -> tuple[Piece, ...]:
    """The pieces of a text of the program, in order; ``()`` where it is no sentence that is known."""
    if text in _OURS:
        return (Piece(text, Whose.OURS),)
    if len(text) > _MOST:
        return ()
    if _PICKED.match(text) and (found := _each(_DOTS, text)):
        return found
    # What is quoted may hold the end of a sentence itself.
    return _each(_ENDS, text) or tuple(_of(text))


def _each(joints: re.Pattern[str], text: str) -> tuple[Piece, ...]:
    """The pieces of several sentences; ``()`` where one of them is not known."""
    found: list[Piece] = []
    for at, part in enumerate(joints.split(text)):
        pieces = (Piece(part, Whose.OURS),) if at % 2 or part in _OURS else tuple(_of(part))
        if not pieces:
            return ()
        found += pieces
    return tuple(found)


def _of(text: str) -> Iterator[Piece]:
    for form in _forms():
        if match := form.pattern.fullmatch(text):
            for slot, part in zip(form.slots, match.groups(), strict=True):
                yield from _pieces(slot, part) if part else ()
            return


def _pieces(slot: str, text: str) -> Iterator[Piece]:
    match slot:
        case "":
            yield Piece(text, Whose.OURS)
        case "{words}":
            yield Piece(text, Whose.EITHER)
        case "{term}":
            yield Piece(text, Whose.OURS if text in _TERMS else Whose.THEIRS)
        case "{row}":
            yield Piece(text, Whose.OURS if _OF_ROWS.fullmatch(text) else Whose.EITHER)
        case "{label}" | "{kept}":
            yield from _recorded(text)
        case "{n}" | "{field}":
            parts = _JOINTS.split(text)[::2]
            ours = all(_NUMBER.fullmatch(part) or part in _NAMES for part in parts)
            yield Piece(text, Whose.OURS if ours else Whose.THEIRS)
        case "{pairs}":
            for at, part in enumerate(_JOINTS.split(text)):
                name = _label().match(part + " ")
                end = name.end() if name else 0
                yield from (Piece(part[:end], Whose.OURS), Piece(part[end:], Whose.OURS if at % 2 else Whose.THEIRS))
        case _:
            yield Piece(text, Whose.THEIRS)


def _recorded(text: str) -> Iterator[Piece]:
    match = _RECORDED.fullmatch(text)
    label, noun, following = match.group("label", "noun", "next") if match else (text, None, None)
    yield from taken_apart(label) or (Piece(label, Whose.EITHER),)
    if noun:
        yield Piece(" (with its ", Whose.OURS)
        yield from _pieces("{n}", noun)
        yield Piece(")", Whose.OURS)
    if following:
        yield Piece("  ·  ", Whose.OURS)
        yield from taken_apart(following) or (Piece(following, Whose.EITHER),)
