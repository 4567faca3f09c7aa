"""Adding a sign-off to a handoff: checked before, signed or taken in, checked after, and the file replaced whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import consistency, container, countersign, sshsig, sums
from crm_tui.handoff.container import Content
from crm_tui.handoff.countersign import Bound
from crm_tui.handoff.keys import COUNTERSIGN_NAMESPACE, Signer, check_principal
from crm_tui.handoff.row_file import Rows
from crm_tui.handoff.trust import Trust, TrustLine
from crm_tui.handoff.verify import verify


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to say of a handoff."""

    role: str
    verdict: str
    left_out: tuple[str, ...] = ()
    """Event ids or row ids that an ``approve_except`` leaves out."""
    comment: str = ""


def sign_off(data: Content, trust: Trust, signer: Signer, wish: Wish, now: datetime) -> bytes:
    """The handoff with one more sign-off.  Raises ``HandoffRefused``, ``UsageError`` or ``SigningKeyError``."""
    text = unsigned(data, trust, signer.principal, wish, now)
    return attached(data, trust, text, signer.sign(COUNTERSIGN_NAMESPACE, text), now)


def unsigned(data: Content, trust: Trust, principal: str, wish: Wish, now: datetime) -> bytes:
    """The statement alone, for somebody who signs it with ``ssh-keygen``; the handoff has to hold for it."""
    verify(data, trust, now=now)
    members = {member.name: member.data for member in container.read(data)}
    listed, signature = bytes(members[sums.SUMS_NAME]), bytes(members[sums.SIGNATURE_NAME])
    bound = Bound(sums.handoff_id(listed), signature, "")
    return countersign.statement(
        bound,
        Rows(members["rows.jsonl"]),
        principal=check_principal(principal),
        role=wish.role,
        verdict=wish.verdict,
        left_out=wish.left_out,
        comment=wish.comment,
        now=now,
    )


def attached(data: Content, trust: Trust, text: bytes, signature: bytes, now: datetime) -> bytes:
    """The handoff with a sign-off that was signed elsewhere; refused unless it holds for whoever trusts that key."""
    public = sshsig.verify(signature, COUNTERSIGN_NAMESPACE, text)
    said: Any = consistency.parse_json("the sign-off", text)
    principal = said.get("principal") if isinstance(said, dict) else None
    line = TrustLine(0, check_principal(str(principal)), (COUNTERSIGN_NAMESPACE,), public)
    members: Sequence[tuple[str, bytes | memoryview]] = list(container.read(data))
    done = container.write(countersign.added(members, text, signature))
    try:
        verify(done, Trust((line, *trust.lines), trust.revoked), now=now)
    except HandoffRefused as error:
        # A no is worth keeping; it is whoever verifies the file that it stops.
        if error.code != "countersign.rejected":
            raise
    return done
