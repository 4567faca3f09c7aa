"""Reliability goal 5: of a handoff no bit and no piece can be changed, added, moved or left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container
from crm_tui.handoff.trust import Trust
from crm_tui.handoff.verify import verify
from tests.handoff.test_seal_verify import NOW, decide_all, made, members_of

TRIED = "bits flipped and structural changes of a handoff"

Members = list[tuple[str, bytes]]


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """By turns a bit of the file, a bit of a member with the container put right, and a change of the structure."""
    handoff = made(folder, decide_all)
    members = list(members_of(handoff.data).items())
    while True:
        at = lots.randrange(len(handoff.data) * 8)
        refused(flipped(handoff.data, at), handoff.trust)
        number = lots.randrange(len(members))
        name, content = members[number]
        changed = flipped(content, lots.randrange(len(content) * 8))
        refused(packed([*members[:number], (name, changed), *members[number + 1 :]]), handoff.trust)
        refused(restructured(handoff.data, members, lots), handoff.trust)
        yield 3


def refused(data: bytes, trust: Trust) -> None:
    """The verifier says no, with a code of its own."""
    try:
        verify(data, trust, now=NOW)
    except HandoffRefused as error:
        assert error.code != "internal" and "\n" not in str(error), error
        return
    raise AssertionError("a changed handoff was accepted")


def flipped(data: bytes, bit: int) -> bytes:
    """One bit changed."""
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def packed(members: Members) -> bytes:
    """An archive, also of what ours would not write."""
    try:
        return container.write(members)
    except HandoffRefused:
        return b"PK"


def restructured(data: bytes, members: Members, lots: Random) -> bytes:
    """A member left out, doubled, renamed, swapped or added; bytes before, after, within or missing."""
    one, two = lots.sample(range(len(members)), 2)
    name, content = members[one]
    kind = lots.randrange(9)
    if kind == 0:
        return packed([*members[:one], *members[one + 1 :]])
    if kind == 1:
        return packed([*members[:one], (members[two][0], content), *members[one + 1 :]])
    if kind == 2:
        swapped = list(members)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        return packed(swapped)
    if kind == 3:
        return packed([*members, (f"staged/{lots.randrange(1000)}.csv", lots.randbytes(9))])
    if kind == 4:
        return packed([*members[:one], (name, content + members[two][1]), *members[one + 1 :]])
    if kind == 5:
        return packed([*members[:one], (name, content[: len(content) // 2]), *members[one + 1 :]])
    at, end = sorted(lots.randrange(len(data) + 1) for _ in range(2))
    if kind == 6:
        return data[:at] + lots.randbytes(lots.randrange(1, 40)) + data[at:]
    if kind == 7:
        return data[:at] + data[max(end, at + 1) :] if at < len(data) else b""
    return data[at:] + data[:at] if 0 < at < len(data) else b""
