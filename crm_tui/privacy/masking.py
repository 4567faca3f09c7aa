"""Masks: a value as it may be seen by somebody who is to recognise nobody, on a shared screen or in a report.

``Masks`` are keyed and stable: they keep the shape of a value and whether two are equal, and tell nothing else.  Equal
means equal as compared: an e-mail in other capitals and a phone with other punctuation have the mask of their twin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from crm_tui.classify.times import parse_time
from crm_tui.identity import email
from crm_tui.privacy.book import Book
from crm_tui.privacy.sentences import Piece, Whose, taken_apart
from crm_tui.privacy.vocabulary import CAPITALS, LABELS, PLAIN
from crm_tui.systems.fields import Type, field_type

EMAIL = re.compile(r"[^\s@,;:<>\"'()]+@[^\s@,;:<>\"'()]+")
PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{5,}[0-9](?:\s*(?:x|ext\.?)\s*[0-9]+)?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/ ·-]{0,60}")
_KEPT_FIELDS = frozenset(("activity_type", "channel", "status"))

HIDDEN = "•••"
"""What stands for the part of a value that is not told."""
_READ = 2_000
"""Characters of a text that are looked at; no line of the screen is as long."""
_TAG = "[b-df-hj-np-t]"
_OURS = re.compile(rf"{_TAG}{{4}}•••@{_TAG}{{4}}•••\.\S{{2,8}}|(?:…/)?{_TAG}{{4}}•••[.a-z]*")
_SUFFIX = re.compile(
    r"(?:\.handoff)?\.(?:csv|tsv|txt|json|jsonl|ndjson|xlsx|zip|gz|mbox|eml|crm|toml|html|pub|db|cast|svg)\Z"
)
_BETWEEN = "[ ().\\-\u00a0\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\ufeff\t]{0,3}"
_START = r"(?<![^\s\"'“”,;:()<>])"
_SEEN = re.compile(
    rf"""(?P<ours>(?<!\w)(?i:{_TAG}){{4}}•••(?:@{_TAG}{{4}}•••\.\S{{2,8}}|[.a-z]*))
    | (?P<time>(?<!\w)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ][0-9:.]{{5,}}(?:Z|[+-][0-9:]{{4,5}})?)?(?!\w))
    | (?P<email>{_START}{EMAIL.pattern})
    | (?P<path>(?<![\w/\\])(?:[~…]|[A-Za-z]:)?[/\\]+(?:[^\s/\\"'“”,;:]+[/\\])*[^\s/\\"'“”,;:]+
        | {_START}[^\s"'“”,;:()]+\.(?:csv|tsv|txt|jsonl?|ndjson|xlsx|zip|gz|mbox|eml|crm|toml|html|pub|db)(?!\w))
    | (?P<phone>(?<!\w)\+?\(?[0-9](?:{_BETWEEN}[0-9]){{6,}}(?!\w))
    | (?P<word>\w+)""",
    re.VERBOSE,
)
_NAME_PARTS = re.compile(r"[^\W\d_]{3,}")
_MAILBOXES = (
    "abuse accounts admin billing buyer contact desk finance gmail hello help hotmail icloud info inbox mail marketing"
    " noreply office ops orders outlook owner postmaster reception reply sales service shop support team test unknown"
    " webmaster yahoo"
)
_COMMON = "a an and are as at be by for from has have in into is it its no not of off on or so that the to up was with"
_OWN_WORDS = frozenset(f"{_MAILBOXES} {_COMMON}".split()) | LABELS
"""Words of our own sentences: they are never taken for somebody's name."""
_PROSE_FIELDS = (
    "activity_type body channel deal_name description desired_ghl_action direction event field job_title outcome"
    " pipeline stage status subject summary title type"
)
_SPOKEN = frozenset(_PROSE_FIELDS.split())
"""Fields of prose or of a list of words, in which only what tells of a person is masked."""
_TITLED = frozenset(["body", "deal_name", "description", "subject", "summary", "title"])
"""Fields of prose that often name somebody: their words with a capital, or of a script without, are taken for names."""
_TYPED = re.compile(rf"(?P<id>(?<![\w@.-])[A-Za-z]+-[0-9]+(?![\w@-]))|{_SEEN.pattern}", re.VERBOSE)
"""What people type holds ids as well: ``CLOSE-202``."""
_SHORT_NUMBER = re.compile("[0-9]{1,4}(?:st|nd|rd|th)?")
OWN_FILES = frozenset(
    (
        "settings.toml",
        "handoff.json",
        "rows.jsonl",
        "report.html",
        "sync-ledger.csv",
        "conflict-queue.csv",
        "error-log.csv",
        "first-slice-map.csv",
    )
)
"""Files that the program names itself: a sentence about one may say which."""
_PLAIN = {
    Type.BOOLEAN: re.compile(r"[A-Za-z]{1,9}|[01]"),
    Type.CONSENT: re.compile(r"[A-Za-z]{1,9}|[01]"),
    Type.NUMBER: re.compile(r"[-+]?[0-9][0-9.,]{0,11}%?"),
    Type.MONEY: re.compile(r"[-+]?[$€£]? ?[0-9][0-9.,]{0,14}"),
    Type.COUNTRY: re.compile(r"[A-Za-z]{2,3}"),
}


class People(NamedTuple):
    """Who is spoken of around a text: what the mask knows of them beside what every text shows by its form."""

    words: frozenset[str] = frozenset()
    """Words of names, companies and addresses, lower case."""
    ids: frozenset[str] = frozenset()
    """Record ids, of which some look like phone numbers."""
    phones: frozenset[str] = frozenset()
    """The last ten digits of each number."""
    phrases: frozenset[str] = frozenset()
    """Values of several words of which one is a word of ours, lower case: ``14 elm street``."""
    shared: frozenset[str] = frozenset()
    """Words of names, companies and addresses that are words of ours too, lower case."""

    def __or__(self, other: People) -> People:
        """Both."""
        return People(*(one | two for one, two in zip(self, other, strict=True)))

    @property
    def quoted(self) -> People:
        """The same where a file speaks and not the program, so that no word is ours."""
        return self._replace(words=self.words | self.shared)


NOBODY = People()


def people(cells: Iterable[tuple[str, str]]) -> People:
    """Who stands in (field, value) cells."""
    words: set[str] = set()
    named: set[str] = set()
    ids: set[str] = set()
    phones: set[str] = set()
    phrases: set[str] = set()
    for field, value in cells:
        text = value.strip()[:_READ]
        if "@" in text:
            words.update(_NAME_PARTS.findall(text.rpartition(".")[0].lower()))
        elif field_type(field) is Type.PHONE or field.endswith("phone"):
            phones.add(digits(text)[-10:])
        elif _is_id(field) and is_plain_id(text, digits_too=True):
            ids.add(text)
        elif text and not stays(field, text) and not _is_spoken(field) and field_type(field) not in _PLAIN:
            found = re.findall(r"\w+", text.lower())
            named.update(found)
            if len(found) > 1 and not _OWN_WORDS.isdisjoint(found):
                phrases.add(text.lower())
        elif field in _TITLED:
            words.update(word.lower() for word in _NAME_PARTS.findall(text) if not word[0].islower())
    shared = frozenset(named & _OWN_WORDS)
    words = (words | named) - _OWN_WORDS
    return People(frozenset(words), frozenset(ids), frozenset(phones - {""}), frozenset(phrases), shared)


def telling(text: str) -> frozenset[str]:
    """The words of what somebody typed that may name a person, lower case: all but the plain ones."""
    found = re.findall(r"\w+", text[:_READ])
    return frozenset(word.lower() for word in found if not _is_plain(word, starts=True))


def _is_plain(word: str, *, starts: bool) -> bool:
    """Whether a typed word names nobody; one with a capital inside a sentence may be a name, whatever else it means."""
    if word.isdigit() or word[0].isdigit():
        return bool(_SHORT_NUMBER.fullmatch(word))
    if word in CAPITALS or (len(word) == 1 and word.islower()):
        return True
    named = word[0].isupper() and not word.isupper() and not starts
    return word.lower() in PLAIN and not named


def digits(text: str) -> str:
    """The digits of a text alone."""
    return re.sub(r"[^0-9]", "", text)


def is_plain_id(text: str, *, digits_too: bool = False) -> bool:
    """Whether a text can be an id of a record and hold no person; one of digits alone may be a phone number."""
    return bool(_ID.fullmatch(text)) and ((digits_too and text.isdigit()) or not PHONE.fullmatch(text))


def stays(field: str, value: str) -> bool:
    """Whether a cell names nobody by its field and its form: ids of a CRM, words of a status, times."""
    named = (field.endswith("_id") or field in _KEPT_FIELDS) and is_plain_id(value)
    return bool(not value.strip() or named or (field != "birthday" and parse_time(value)))


def _is_id(field: str) -> bool:
    return field == "id" or field.endswith("_id")


def _names_nobody(record_id: str, about: People) -> bool:
    """Whether an id is none that people made of somebody's name, e-mail or phone."""
    plain = is_plain_id(record_id, digits_too=True) and " " not in record_id
    if not plain or digits(record_id)[-10:] in about.phones:
        return not record_id
    return about.words.isdisjoint(re.findall(r"[^\W\d_]+", record_id.lower()))


def _is_spoken(field: str) -> bool:
    return field in _SPOKEN or field_type(field) in (Type.WORD, Type.LIST)


class Masks:
    """The masks of one key; ``phone`` gives the compared value of a number, ``""`` for one that is none."""

    def __init__(self, key: bytes, phone: Callable[[str], str] = digits) -> None:
        self._book = Book(key)
        self._compared = phone

    def cell(self, field: str, value: str, about: People = NOBODY) -> str:
        """A cell: ``jkhm•••@fgtr•••.test``, ``+• ••• ••• dkfb``, ``Lqrm•••``; ids, times, plain words stay."""
        text = value.strip()[:_READ]
        kind = field_type(field)
        if EMAIL.fullmatch(text):
            return self.email(text)
        if _is_id(field):
            return text if _names_nobody(text, about) else self.words(text)
        if kind is Type.PHONE or field.endswith("phone"):
            return self.phone(text)
        if _is_spoken(field):
            return self.sentence(text, about)
        plain = _PLAIN.get(kind)
        if stays(field, text) or (plain and plain.fullmatch(text)):
            return text
        return self.phone(text) if PHONE.fullmatch(text) and field != "birthday" else self.words(text)

    def name(self, text: str, about: People = NOBODY) -> str:
        """Ids of records, ``CLOSE-202 · GHL-502``: each stays where it can hold no person."""
        parts = re.split(r"( · |/)", text)
        return "".join(part if at % 2 else self.cell("record_id", part, about) for at, part in enumerate(parts))

    def typed(self, text: str, about: People, known: Callable[[str], bool]) -> str:
        """What somebody wrote: every word but the plain ones; ``known`` tells the ids that may be read."""
        return self._written(text[:_READ], about, known, lambda _, seen: seen)

    def dotted(self, text: str, about: People, known: Callable[[str], bool]) -> str:
        """What is being typed, sign for sign: dots for what ``typed`` would mask."""
        return self._written(text, about, known, lambda found, seen: found if found == seen else "•" * len(found))

    def _written(self, text: str, about: People, known: Callable[[str], bool], drawn: Callable[[str, str], str]) -> str:
        def seen(found: re.Match[str]) -> str:
            raw, whole = found[0], self._seen(found, about)
            if found.lastgroup == "id":
                whole = raw if known(raw) else self.words(raw)
            elif found.lastgroup == "word" and whole == raw:
                before = text[: found.start()].rstrip(" \"'“‘(")
                starts = not before or before[-1] in ".!?:…"
                whole = raw if _is_plain(raw, starts=starts) else self._word(raw)
            return drawn(raw, whole)

        return _TYPED.sub(seen, text)

    def email(self, text: str) -> str:
        """An address: a sign for the whole of it, one for its domain."""
        value = email.normalise(text)[0] or text.strip().casefold()
        domain = value.rpartition("@")[2]
        end = domain.rpartition(".")[2]
        shown = end if re.fullmatch("[a-z]{2,8}", end) else HIDDEN
        return f"{self._sign('email', value)}{HIDDEN}@{self._sign('domain', domain)}{HIDDEN}.{shown}"

    def phone(self, text: str) -> str:
        """A number as it is punctuated, with a sign in the place of its last four digits."""
        places = [at for at, char in enumerate(text) if char.isdigit()]
        if len(places) < 5 or any(char.isalpha() for char in text):
            return self.words(text)
        sign = self._sign("phone", self._compared(text) or digits(text))
        last = dict(zip(places[-4:], sign, strict=True))
        return "".join(last.get(at, "•" if char.isdigit() else char) for at, char in enumerate(text))

    def words(self, text: str) -> str:
        """Every word by a sign of its own, so that a name is known again wherever it stands."""
        return re.sub(r"\w+", lambda found: self._word(found[0]), text[:_READ])

    def path(self, text: str) -> str:
        """A file or folder: a sign, and what kind of file it is."""
        name = re.split(r"[/\\]", text.rstrip("/\\"))[-1]
        suffix = _SUFFIX.search(name.lower())
        folder = "…/" if "/" in text or "\\" in text else ""
        if name in OWN_FILES:
            return f"{folder}{name}"
        return f"{folder}{self._sign('path', name)}{HIDDEN}{suffix[0] if suffix else ''}"

    def sentence(self, text: str, about: People = NOBODY) -> str:
        """Prose: every e-mail, phone and path, and what is known of the people it is about."""
        if len(text) > _READ:
            text = text[: _READ - 100] + "…"
        for phrase in about.phrases:
            whole = rf"(?<!\w){re.escape(phrase)}(?!\w)"
            text = re.sub(whole, lambda found: self.words(found[0]), text, flags=re.IGNORECASE)
        return _SEEN.sub(lambda found: self._seen(found, about), text)

    def told(self, text: str, about: People = NOBODY) -> str:
        """A sentence of the program: its own words stay, wherever it is known which these are."""
        pieces = taken_apart(text) or (Piece(text, Whose.EITHER),)
        people = {Whose.THEIRS: about.quoted, Whose.EITHER: about}
        return "".join(
            one.text if one.whose is Whose.OURS else self.sentence(one.text, people[one.whose]) for one in pieces
        )

    def _seen(self, found: re.Match[str], about: People) -> str:
        text = found[0]
        match found.lastgroup:
            case "word":
                return self._word(text) if text.lower() in about.words and text not in about.ids else text
            case "email" | "path" if _OURS.fullmatch(text):
                return text
            case "email":
                end = text[len(text.rstrip(".!?…")) :]
                return self.email(text.rstrip(".!?…")) + end
            case "path":
                end = text[len(text.rstrip(".!?)…")) :]
                return self.path(text.rstrip(".!?)…")) + end
            case "phone":
                return text if text in about.ids and digits(text)[-10:] not in about.phones else self.phone(text)
            case _:
                return text

    def _word(self, word: str) -> str:
        sign = self._sign("word", unicodedata.normalize("NFC", word).casefold())
        return f"{sign.capitalize() if word[:1].isupper() else sign}{HIDDEN}"

    def _sign(self, kind: str, value: str) -> str:
        return self._book.letters(kind, value, 4)
