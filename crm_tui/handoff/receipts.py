"""What a receiver remembers: which handoff of each review was taken last, so that the next one has to follow it.

A signature cannot say that a file is new.  ``receipts.jsonl`` in the receiver's data folder keeps one line per handoff
taken: number, id, length and head of its log, who signed, and the receiver's own time (handoff.md, "Order of
verification" 11, and "Keys and trust": the receipt, not ``created_at``, says when a file was there).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from crm_tui import canonical
from crm_tui.errors import HandoffRefused, InputError, TargetError
from crm_tui.files import append_line, data_dir, private_folder, read_file, target_errors
from crm_tui.text import safe_text

TAKEN, SETTLED, FORK = "taken", "settled", "fork"
MERGE = "merge"
_MAX_BYTES = 64 * 1024 * 1024
_PATIENCE = 10.0


class Receipt(NamedTuple):
    """One line of the file."""

    workspace: str
    seq: int
    id: str
    kind: str
    entries: int
    """Length of the log that came with it."""
    head: str
    """Hash of the last of these entries, in hex."""
    principal: str
    key: str
    received_at: str
    result: str
    """``taken``, ``settled`` (a person said that this one counts) or ``fork`` (seen and refused)."""


class Claim(NamedTuple):
    """What a handoff that holds in itself says of its place among the others of its review."""

    workspace: str
    seq: int
    id: str
    kind: str
    previous: str
    """Id of the handoff before; ``""`` for the first and for a merge."""
    parents: tuple[str, ...]
    """Ids of the handoffs that a merge was made of."""
    heads: Sequence[bytes]
    """Hash of every log entry, in order."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receiver's receipts, oldest first."""

    path: Path
    lines: tuple[Receipt, ...]

    def check(self, claim: Claim, *, once: bool = False) -> str:
        """When this very handoff was taken before, or ``""``; for the one taken last only, and never with ``once``.

        Raises ``HandoffRefused``: ``replay.same``, ``replay.older``, ``replay.fork``, ``replay.chain``,
        ``log.truncated``, ``log.rewritten``.
        """
        of_review = [line for line in self.lines if line.workspace == claim.workspace]
        taken = [line for line in of_review if line.result != FORK]
        if not taken:
            return ""
        last = taken[-1]
        if self._is_open_fork(claim.workspace):
            raise _fork(last, "two different handoffs with one number have come in")
        if claim.id == last.id:
            if once:
                raise HandoffRefused("replay.same", f"you took this very handoff on {last.received_at}.")
            return last.received_at
        if claim.seq <= last.seq:
            _refuse_older(claim, taken)
        _check_link(claim, last)
        return ""

    def take(
        self, claim: Claim, *, principal: str, key: str, now: datetime, once: bool = False, settle: bool = False
    ) -> str:
        """Check ``claim`` and remember it; gives what ``check`` gives.

        With ``settle`` a person has said that this one counts, whatever was known.  A fork is remembered, so that both
        are refused until then.
        """

        def kept(result: str) -> None:
            line = _line(claim, principal=principal, key=key, now=now, result=result)
            append_line(self.path, canonical.dumps(line._asdict()))

        if settle:
            kept(SETTLED)
            return ""
        try:
            again = self.check(claim, once=once)
        except HandoffRefused as error:
            if error.code == "replay.fork" and not self._is_open_fork(claim.workspace):
                kept(FORK)
            raise
        if not again:
            kept(TAKEN)
        return again

    def _is_open_fork(self, workspace: str) -> bool:
        of_review = [line for line in self.lines if line.workspace == workspace]
        return bool(of_review) and of_review[-1].result == FORK

    def knows_others(self, claim: Claim) -> bool:
        """Whether any other handoff of that review was taken before."""
        return any(
            line.workspace == claim.workspace and line.id != claim.id and line.result != FORK for line in self.lines
        )


def _line(claim: Claim, *, principal: str, key: str, now: datetime, result: str) -> Receipt:
    return Receipt(
        workspace=claim.workspace,
        seq=claim.seq,
        id=claim.id,
        kind=claim.kind,
        entries=len(claim.heads),
        head=claim.heads[-1].hex(),
        principal=principal,
        key=key,
        received_at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        result=result,
    )


def default_path() -> Path:
    """The receipts of this user."""
    return data_dir() / "receipts.jsonl"


@contextmanager
def opened(at: Path) -> Iterator[Receipts]:
    """The receipts, held against other runs until the block ends.

    Raises ``InputError`` for a damaged file and ``TargetError`` where the folder cannot be written.
    """
    private_folder(at.parent)
    lock = FileLock(at.with_suffix(".lock"), mode=0o600)
    try:
        with target_errors(at):
            lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        raise TargetError(f"another crm-tui holds {safe_text(str(at))}; try again.") from error
    try:
        yield Receipts(at, _read(at))
    finally:
        lock.release()


def _read(path: Path) -> tuple[Receipt, ...]:
    if not os.path.lexists(path):
        return ()
    lines = []
    for number, raw in enumerate(read_file(path, _MAX_BYTES).splitlines(), 1):
        try:
            value = canonical.loads(raw)
            if not isinstance(value, dict) or set(value) != set(Receipt._fields):
                raise ValueError("not a receipt")
            lines.append(_typed(value))
        except ValueError as error:
            raise InputError(
                f"{safe_text(str(path))}: line {number} is no receipt. Mend the line or move the file away;"
                " without it nothing is known of handoffs taken before."
            ) from error
    return tuple(lines)


def _typed(value: dict[str, canonical.Json]) -> Receipt:
    for name, item in value.items():
        if type(item) is not (int if name in ("seq", "entries") else str):
            raise ValueError(name)
    return Receipt(**value)  # type: ignore[arg-type]


def _refuse_older(claim: Claim, taken: Sequence[Receipt]) -> None:
    last = taken[-1]
    same_number = [line for line in taken if line.seq == claim.seq]
    if same_number and claim.id not in [line.id for line in same_number]:
        raise _fork(same_number[-1], "this one has the same number and other contents")
    raise HandoffRefused(
        "replay.older", f"this is number {claim.seq}; you took number {last.seq} on {last.received_at}."
    )


def _check_link(claim: Claim, last: Receipt) -> None:
    """A later handoff follows from the one taken last, and its log goes on from that log."""
    if claim.kind == MERGE:
        if last.id not in claim.parents:
            raise HandoffRefused(
                "replay.chain", f"this merges other handoffs than number {last.seq}, which you took last."
            )
        return
    if claim.seq > last.seq + 1:
        missing = f"number {last.seq + 1}" if claim.seq == last.seq + 2 else f"numbers {last.seq + 1} and later"
        raise HandoffRefused("replay.chain", f"this is number {claim.seq}; {missing} did not come in. Ask for it.")
    if claim.previous != last.id:
        raise _fork(last, f"this one follows another number {last.seq}")
    if len(claim.heads) < last.entries:
        raise HandoffRefused(
            "log.truncated", f"the log has {len(claim.heads)} entries; that of number {last.seq} had {last.entries}."
        )
    if claim.heads[last.entries - 1].hex() != last.head:
        raise HandoffRefused(
            "log.rewritten",
            f"the log is not the one of number {last.seq}: it differs within its {last.entries} entries.",
        )


def _fork(known: Receipt, what: str) -> HandoffRefused:
    return HandoffRefused(
        "replay.fork",
        f"{what}: you took number {known.seq} with the id {known.id[:16]} on {known.received_at}."
        " Ask the sender which one counts, then verify that one with --settle.",
    )
