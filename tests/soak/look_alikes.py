"""Reliability goal 9: what only looks like a known key, or was mangled by a spreadsheet, never matches and is named."""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from unicodedata import normalize

from confusable_homoglyphs import confusables

from crm_tui.model import Case, Queue
from tests.factory import Bench, Cells, activity, appointment

TRIED = "keys that look like a known one or that a spreadsheet has mangled"
_ROWS = 60
_UNSEEN = ("\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u180e", "\u202e", "\u034f")


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each load is a contact map of twenty people and sixty rows, half of them with a false key of one of them."""
    for number in count():
        people = [person(at, lots) for at in range(20)]
        whole = [rows_of(lots.choice(people), at, lots) for at in range(_ROWS)]
        place = folder / f"{number:06}"
        place.mkdir()
        bench = Bench(place).events(
            contacts=people,
            activities=[row for row, _ in whole if "activity_id" in row],
            appointments=[row for row, _ in whole if "appointment_id" in row],
        )
        cases = bench.cases()
        for row, told in whole:
            case = cases[row.get("activity_id") or row["appointment_id"]]
            if told is None:
                assert case.verdict.rule == "accepted", (row, case.verdict)
            else:
                assert case.verdict.queue is not Queue.LEDGER, (row, case.verdict)
                assert all(piece in said(case) for piece in told), (row, told, said(case))
        yield len(whole)


def said(case: Case) -> str:
    """All that the screen says about the keys of a row."""
    return "\n".join((case.why, *(note.text for note in case.notes)))


def person(number: int, lots: Random) -> dict[str, str]:
    """A contact whose address has letters that others are taken for."""
    name = "".join(lots.choices(string.ascii_lowercase, k=lots.randrange(4, 12)))
    return {
        "close_contact_id": f"CLOSE-{number:03}",
        "ghl_contact_id": f"GHL-{number:03}",
        "email": f"{name}{number}@{lots.choice(('clearwater', 'modern', 'solo'))}.test",
        "phone": f"+1212555{100 + number:04}",
        "close_updated_at": "2026-05-01T00:00:00Z",
        "ghl_updated_at": "2026-05-01T00:00:00Z",
    }


def rows_of(known: Cells, at: int, lots: Random) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """A row that names this contact, and what has to be said of it; ``None``: it is a good one."""
    event, kind = f"E-{at}", lots.randrange(8)
    email, digits = known["email"], known["phone"].removeprefix("+")
    if kind == 0:
        address, points = disguised(email, lots)
        return activity(event, email=address, phone=lots.choice(("", known["phone"]))), points
    if kind == 1:
        unseen, place = lots.choice(_UNSEEN), lots.randrange(1, len(email))
        return activity(event, email=email[:place] + unseen + email[place:]), (f"U+{ord(unseen):04X}",)
    if kind == 2:
        mangled = lots.choice((f"{int(digits):.5E}", f"{digits}.0", f"-{digits}"))
        return activity(event, email="", phone=mangled), ("damaged by a spreadsheet",)
    if kind == 3:
        shown = "".join(chr(ord(char) - ord("0") + 0x0660) for char in digits)
        return activity(event, email="", phone=f"+{shown}"), ("digits other than 0 to 9",)
    if kind == 4:
        mangled = lots.choice(("46152.4375", "05/10/2026", "########", "10-May", "1.77840E+12"))
        return activity(event, email=email, occurred_at=mangled), ("date",)
    if kind == 5:
        identity, points = disguised(known["close_contact_id"], lots)
        return appointment(event, email=email, close_contact_id=identity), points
    if kind == 6:
        good = appointment(event, email=email, close_contact_id=known["close_contact_id"])
        return good | {"updated_at": "2026-05-10T10:00:00Z"}, None
    written = lots.choice((email.upper(), f" {email} ", email))
    return activity(event, email=written, phone=lots.choice(("", f"({digits[1:4]}) {digits[4:7]}-{digits[7:]}"))), None


def disguised(text: str, lots: Random) -> tuple[str, tuple[str, ...]]:
    """The text with one to three letters replaced by others that look like them, and their code points."""
    places = [at for at, char in enumerate(text) if char in alike()]
    chosen = {at: lots.choice(alike()[text[at]]) for at in lots.sample(places, min(len(places), lots.randrange(1, 4)))}
    points = tuple(f"U+{ord(char):04X}" for char in normalize("NFC", "".join(chosen.values())))
    return "".join(chosen.get(at, char) for at, char in enumerate(text)), points


@cache
def alike() -> dict[str, tuple[str, ...]]:
    """For each ASCII letter and digit the characters that Unicode's list takes for it alone."""
    found: dict[str, list[str]] = {}
    for char, others in confusables.confusables_data.items():
        if len(char) == 1 and not char.isascii():
            for other in (one["c"] for one in others):
                if len(other) == 1 and other.isascii() and other.isalnum():
                    found.setdefault(other, []).append(char)
    return {letter: tuple(sorted(chars)) for letter, chars in sorted(found.items())}
