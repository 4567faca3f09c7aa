"""Earlier decisions on the same disagreement: offered for the next one, with who, when and why; never taken by itself.

Two conflicts are the same disagreement when rule, kind, destination, keys and differing values are equal, whichever
event, day or file brought them.  What is remembered is a keyed digest of that and the number of the decision, so that
nothing of a person can be guessed from it; a decision that was undone, or whose row was erased, is offered no more.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from crm_tui import canonical
from crm_tui.classify.times import shown_time
from crm_tui.model import Case, Choice, Mark, Queue, Review, State
from crm_tui.workspace.cases import Cases

_KEY = "memory_key"
_REMEMBERED = (Choice.APPROVE, Choice.REJECT)
_LOOKED_AT = 20
"""Earlier decisions on one disagreement that are looked at, the newest first."""


class Earlier(NamedTuple):
    """A decision on the same disagreement that stands, and that can be made here as well."""

    seq: int
    by: str
    at: str
    token: str
    """Of the option that was chosen; ``""`` = the row was rejected."""
    label: str
    reason: str

    @property
    def words(self) -> str:
        """``#12, 13 May 2026 16:00 UTC, Dana: CLOSE-202 · GHL-502``, and the reason where there was one."""
        why = f" ({self.reason})" if self.reason else ""
        return f"#{self.seq}, {shown_time(self.at)}, {self.by}: {self.label}{why}"


def remember(cases: Cases, case: Case, record_id: int, choice: Choice, seq: int) -> None:
    """Keep of which disagreement a decision is; call it inside ``transaction``, before the row moves on."""
    if case.verdict.queue is Queue.CONFLICT and choice in _REMEMBERED:
        remember_all(cases, choice, [(disagreement(cases, case, record_id), case.row_id, seq)])


def remember_all(cases: Cases, choice: Choice, several: Iterable[tuple[bytes, str, int]]) -> None:
    """The same of many: (``disagreement``, row id, number of the decision) each; no disagreement, nothing kept."""
    told = [one for one in several if one[0]]
    if told and choice in _REMEMBERED:
        key = _key(cases)
        rows = ((_digest(key, said), row_id, seq) for said, row_id, seq in told)
        cases.store.connection.executemany("INSERT INTO memory VALUES (?, ?, ?)", rows)


def earlier(cases: Cases, record_id: int, review: Review | None = None) -> Earlier | None:
    """The newest decision on the same disagreement; ``None`` where there is none, or the row is decided already.

    ``review`` is what was decided on the row, where that is at hand: this is asked at every move of the cursor.
    """
    case = cases.case(record_id)
    if case.verdict.queue is not Queue.CONFLICT or not _remembers(cases):
        return None
    if (review or cases.review(record_id)).state not in (State.PENDING, State.STALE):
        return None
    found = cases.store.connection.execute(
        "SELECT decision.seq, by_name, at, action, choice, reason FROM memory JOIN decision USING (row_id, seq)"
        " WHERE disagreement = ? AND picks = '' ORDER BY seq DESC LIMIT ?",
        (_digest_of(cases, case, record_id), _LOOKED_AT),
    )
    for seq, by, at, action, choice, reason in found:
        if action == Choice.REJECT.value:
            return Earlier(seq, by, at, "", "rejected", reason)
        option = cases.option(record_id, choice) if choice else None
        if option is not None:
            return Earlier(seq, by, at, option.token, option.label, reason)
    return None


def _remembers(cases: Cases) -> bool:
    """Whether anything was decided on a conflict so far."""
    return bool(cases.store.connection.execute("SELECT EXISTS (SELECT 1 FROM memory)").fetchone()[0])


def forget(cases: Cases, record_id: int) -> int:
    """Offer no decision made so far for this disagreement any more; gives how many those were.

    The decisions themselves stay as they are.
    """
    digest = _digest_of(cases, cases.case(record_id), record_id)
    with cases.store.transaction() as connection:
        return connection.execute("DELETE FROM memory WHERE disagreement = ?", (digest,)).rowcount


def _key(cases: Cases) -> str:
    key = cases.store.meta(_KEY)
    if not key:
        key = secrets.token_hex(32)
        cases.store.set_meta(_KEY, key)
    return key


def _digest(key: str, said: bytes) -> bytes:
    return hmac.digest(key.encode(), said, "sha256")


def _digest_of(cases: Cases, case: Case, record_id: int) -> bytes:
    """The keyed digest of a row's disagreement."""
    return _digest(cases.store.meta(_KEY), disagreement(cases, case, record_id))


def disagreement(cases: Cases, case: Case, record_id: int) -> bytes:
    """What makes two conflicts the same; it is kept nowhere but as a keyed digest."""
    event = cases.facts(record_id).event
    said = [
        case.verdict.rule,
        event.table.kind.value,
        event.system,
        case.target,
        sorted([one.kind, one.value or one.raw.strip()] for one in event.keys),
        [[row.field, *row.values] for row in case.rows if Mark.DIFFERS in row.marks],
        [case.event_id] if case.verdict.rule == "event_id_reused" else [],
    ]
    return canonical.dumps(said)
