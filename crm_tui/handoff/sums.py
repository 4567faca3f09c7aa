"""``SHA256SUMS``: the list that is signed, in the form that ``sha256sum --strict -c`` reads.

Grammar (handoff.md): ``([0-9a-f]{64})  ([A-Za-z0-9/._-]+)\\n`` for the whole file; no ``*``, no escapes, no
comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container
from crm_tui.handoff.container import Content
from crm_tui.text import safe_text

SUMS_NAME = "SHA256SUMS"
SIGNATURE_NAME = "SHA256SUMS.sig"

_LINE = re.compile(rb"([0-9a-f]{64})  ([A-Za-z0-9/._-]+)\n")
_MAX_BYTES = container.MAX_MEMBERS * (64 + 2 + container.MAX_NAME + 1)


class Entry(NamedTuple):
    """One line: a member's name and the SHA-256 of its content in lower-case hex."""

    name: str
    digest: str


def render(members: Sequence[tuple[str, Content]]) -> bytes:
    """The list of the content ``members`` (all but the list itself, its signature and sign-offs), in order.

    Raises ``HandoffRefused`` (``zip.*`` or ``bundle.sums``) for names that could not be read back.
    """
    names = [name for name, _ in members]
    container.check_names(names)
    _check_listed(names)
    return b"".join(f"{_digest(data)}  {name}\n".encode("ascii") for name, data in members)


def parse(data: Content) -> tuple[Entry, ...]:
    """The entries of a list in their order; ``HandoffRefused("bundle.sums")`` if it is off the grammar."""
    if len(data) > _MAX_BYTES:
        raise _bad_list("it is too long")
    raw = bytes(data)
    entries: list[Entry] = []
    position = 0
    while position < len(raw):
        match = _LINE.match(raw, position)
        if match is None:
            raise _bad_list(f"line {len(entries) + 1} is not a digest, two spaces and a name")
        entries.append(Entry(match[2].decode("ascii"), match[1].decode("ascii")))
        position = match.end()
    names = [entry.name for entry in entries]
    try:
        container.check_names(names)
    except HandoffRefused as error:
        raise _bad_list("its names cannot be those of a handoff") from error
    _check_listed(names)
    return tuple(entries)


def check(entries: Sequence[Entry], members: Sequence[tuple[str, Content]]) -> None:
    """Hold the content ``members`` of an archive against the list: the same names, order and digests.

    Raises ``HandoffRefused``: ``bundle.missing``, ``bundle.extra``, ``bundle.digest``,
    ``bundle.sums`` (another order).
    """
    listed = [entry.name for entry in entries]
    present = [name for name, _ in members]
    for name in listed:
        if name not in present:
            raise HandoffRefused("bundle.missing", f"{safe_text(name)} is listed in {SUMS_NAME} but not there.")
    for name in present:
        if name not in listed:
            raise HandoffRefused("bundle.extra", f"{safe_text(name)} is in the archive but not in {SUMS_NAME}.")
    if listed != present:
        raise _bad_list("its order is not that of the archive")
    for entry, (name, data) in zip(entries, members, strict=True):
        if _digest(data) != entry.digest:
            raise HandoffRefused(
                "bundle.digest", f"{safe_text(name)} was changed: it is not what the signed list {SUMS_NAME} says."
            )


def handoff_id(sums: Content) -> str:
    """The identity of a handoff: SHA-256 of its ``SHA256SUMS``, in hex; a sign-off does not change it."""
    return _digest(sums)


def _check_listed(names: Sequence[str]) -> None:
    if not names:
        raise _bad_list("it is empty")
    if SUMS_NAME in names or SIGNATURE_NAME in names:
        raise _bad_list("it lists itself or its signature")


def _digest(data: Content) -> str:
    return hashlib.sha256(data).hexdigest()


def _bad_list(what: str) -> HandoffRefused:
    return HandoffRefused("bundle.sums", f"{SUMS_NAME} is not of the handoff's form: {what}.")
