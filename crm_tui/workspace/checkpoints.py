"""Anchors of the journal outside the workspace: where it ended when we last left it, and at each handoff given out.

A journal that was cut, or computed anew, is consistent in itself; only what was noted elsewhere tells (handoff.md, "The
decision log in SQLite").  ``checkpoints.jsonl`` in the user's data folder has a line each time: workspace, file, number
and hash of the last entry, time, the id of the handoff if it was one, and a signature where a key was at hand.  Whoever
can write the file but has no key cannot change a signed line; that lines were taken out, nothing here tells.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from crm_tui import canonical
from crm_tui.errors import InputError, JournalDamaged, TargetError
from crm_tui.files import append_line, data_dir, read_file
from crm_tui.text import counted, safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.store import Store

_MAX_BYTES = 64 * 1024 * 1024


class Checkpoint(NamedTuple):
    """One line of the file."""

    workspace: str
    file: str
    """Absolute path of the workspace file at that time."""
    entries: int
    head: str
    """Hash of the last entry, in hex."""
    at: str
    handoff: str
    """Id of the handoff that ended with this entry, or ``""``."""
    signature: str = ""
    """SSHSIG file over the canonical JSON of the other fields, or ``""``."""

    @property
    def unsigned(self) -> bytes:
        """What the signature is over."""
        return canonical.dumps({name: said for name, said in self._asdict().items() if name != "signature"})

    @property
    def words(self) -> str:
        """``the handoff given out on 2026-06-01T12:00:00Z``."""
        at = safe_text(self.at, 40)
        return f"the handoff given out on {at}" if self.handoff else f"the checkpoint of {at}"


class Notary(Protocol):
    """Who signs checkpoints, and says whether a signature is the user's own."""

    def sign(self, message: bytes) -> str:
        """The signature file; ``""`` where no key is at hand without asking for a passphrase."""

    def is_own(self, message: bytes, signature: str) -> bool:
        """Whether one of the user's own keys signed; raises ``ValueError`` where the signature does not hold."""


def default_path() -> Path:
    """The checkpoints of this user."""
    return data_dir() / "checkpoints.jsonl"


def keep(store: Store, handoff: str = "", notary: Notary | None = None) -> None:
    """Note where the journal ends; a data folder that cannot be written stops nobody's work.

    What stands there unsigned already is noted again where it can be signed.
    """
    entries, head = journal.head(store.connection)
    try:
        known = of_file(store)
    except JournalDamaged:
        return
    noted = bool(known) and (known[-1].entries, known[-1].head) == (entries, head.hex())
    if noted and not handoff and (known[-1].signature or notary is None):
        return
    line = Checkpoint(store.meta("workspace_id"), _place(store), entries, head.hex(), store.now(), handoff)
    signature = notary.sign(line.unsigned) if notary else ""
    if noted and not handoff and not signature:
        return
    with suppress(TargetError):
        append_line(default_path(), canonical.dumps(line._replace(signature=signature)._asdict()))


def of_file(store: Store) -> list[Checkpoint]:
    """The checkpoints of this workspace file, oldest first.

    A copy elsewhere has a life of its own; lines of another path count where nothing lies there any more, because then
    the file was moved.  Raises ``JournalDamaged`` (``log.checkpoint``) where they are too many to be read.
    """
    place, workspace = _place(store), store.meta("workspace_id")
    return [line for line in _read(workspace) if line.file == place or not os.path.lexists(line.file)]


def check(store: Store, notary: Notary | None = None) -> None:
    """Hold the journal against its checkpoints, and what is signed of them against its signature.

    Raises ``JournalDamaged``: ``log.truncated`` or ``log.rewritten``, with the first entry that is not what was noted,
    and ``log.checkpoint`` for a line that was changed after it was signed, or for more of them than are read.
    """
    given_up = _given_up(store)
    known = [line for line in of_file(store) if (line.entries, line.head) not in given_up]
    holds = 0
    for line in sorted(known, key=lambda one: one.entries):
        if notary and _is_changed(line, notary):
            raise JournalDamaged(
                "log.checkpoint",
                f"{line.words} in {default_path().name} was changed after it was signed, so nothing tells whether the"
                f" journal is the one that was left. {_WAY_ON}",
            )
        found = store.connection.execute("SELECT hash FROM log WHERE seq = ?", (line.entries,)).fetchone()
        if found is None:
            last = journal.head(store.connection)[0]
            raise JournalDamaged(
                "log.truncated",
                f"the journal ends with entry {last}, and {line.words} knew {line.entries} of them. {_WAY_ON}",
            )
        if found[0].hex() != line.head:
            first = f"from entry {holds + 1} on" if holds else f"up to entry {line.entries}"
            raise JournalDamaged(
                "log.rewritten", f"the journal is not the one that {line.words} knew, {first}. {_WAY_ON}"
            )
        holds = line.entries


_WAY_ON = (
    "A copy put back from a backup looks just like this. If you know why, go on with:"
    " crm-tui journal -w WS --continue --reason TEXT."
)


def told(store: Store, notary: Notary) -> str:
    """How much the checkpoints say, in one sentence; ``""`` where there are none, or they do not bear it out."""
    try:
        known = of_file(store)
    except JournalDamaged:
        return ""
    if not known or missed(store, notary):
        return ""
    own = sum(1 for line in known if line.signature and notary.is_own(line.unsigned, line.signature))
    there = f"{counted(len(known), 'checkpoint')} outside the workspace"
    if own == len(known):
        return f"The journal is the one that {there} knew; your key signed all of them."
    signed, rest = (f"signed {own:,} of them", "the others") if own else ("did not sign", "what was noted")
    return (
        f"The journal is the one that {there} knew; your key {signed}, so whoever can write your data folder could have"
        f" changed {rest}."
    )


def _is_changed(line: Checkpoint, notary: Notary) -> bool:
    try:
        if line.signature:
            notary.is_own(line.unsigned, line.signature)
    except ValueError:
        return True
    return False


def missed(store: Store, notary: Notary | None = None) -> list[Checkpoint]:
    """The checkpoints that the journal does not bear out, or that were changed, and that nobody has given up yet."""
    given_up = _given_up(store)
    rows = dict(store.connection.execute("SELECT seq, hash FROM log").fetchall())
    return [
        line
        for line in of_file(store)
        if (line.entries, line.head) not in given_up
        and (rows.get(line.entries, b"").hex() != line.head or (notary and _is_changed(line, notary)))
    ]


def go_on(store: Store, reviewer: str, reason: str, notary: Notary | None = None) -> int:
    """Give up the checkpoints that do not hold, which is itself an entry; gives its number, or 0 when all hold."""
    lost = sorted({(line.entries, line.head) for line in missed(store, notary)})
    if not lost:
        return 0
    fields = {"lost": [{"entries": entries, "head": head} for entries, head in lost]}
    with store.transaction():
        number = journal.append(store, "continue", fields, {"by": reviewer, "reason": reason})
    keep(store, notary=notary)
    return number


def _given_up(store: Store) -> set[tuple[int, str]]:
    entries = journal.entries(store.connection, "kind = 'continue'")
    return {(one["entries"], one["head"]) for entry in entries for one in entry.body["lost"]}


def _place(store: Store) -> str:
    return safe_text(str(store.path.absolute()), 4_096)


def _read(workspace: str) -> Iterator[Checkpoint]:
    """The whole lines of one workspace; one that a crash cut short must not lock anybody out."""
    path = default_path()
    if path.is_file() and path.stat().st_size > _MAX_BYTES:
        raise JournalDamaged(
            "log.checkpoint",
            f"{safe_text(str(path))} is over {_MAX_BYTES >> 20} MiB, so nothing tells whether the journal is the one"
            " that was left. Keep the file elsewhere, for example under the name of the year; a new one is begun.",
        )
    try:
        data = read_file(path, _MAX_BYTES)
    except InputError:
        return
    for raw in data.split(b"\n"):
        if workspace.encode() in raw:
            with suppress(ValueError):
                line = _parsed(canonical.loads(raw))
                if line.workspace == workspace:
                    yield line


def _parsed(value: canonical.Json) -> Checkpoint:
    if not isinstance(value, dict) or {"signature", *value} != set(Checkpoint._fields):
        raise ValueError("no checkpoint")
    for name, item in value.items():
        if type(item) is not (int if name == "entries" else str):
            raise ValueError(name)
    return Checkpoint(**value)  # type: ignore[arg-type]
