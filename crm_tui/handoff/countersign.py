"""Sign-offs: a second person says yes or no to a handoff, with a key of their own and for a purpose of its own.

Not a second signature over the same bytes, which would only say "I too", but a signed statement (handoff.md, "Signing
by a second person").  It stands beside the content as ``countersign/01-ops.json`` with its ``.sig``, and
``SHA256SUMS`` does not list it, so the handoff keeps its id.  A receiver trusts a key for handoffs or for sign-offs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from crm_tui import canonical
from crm_tui.errors import HandoffRefused, UsageError
from crm_tui.handoff import sshsig
from crm_tui.handoff.consistency import parse_json
from crm_tui.handoff.keys import COUNTERSIGN_NAMESPACE, fingerprint
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.trust import Trust
from crm_tui.text import counted, safe_text

SCHEMA = "crm-tui/countersign/v1"
FOLDER = "countersign/"
APPROVE, APPROVE_EXCEPT, REJECT = "approve", "approve_except", "reject"
VERDICTS = (APPROVE, APPROVE_EXCEPT, REJECT)
MAX_SIGN_OFFS = 20

_FIELDS = frozenset(
    [
        "at",
        "comment",
        "except_rows",
        "handoff_id",
        "principal",
        "reviewer_signature_sha256",
        "role",
        "schema",
        "verdict",
    ]
)
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,19}")
_NAME = re.compile(r"countersign/([0-9]{2})-([a-z][a-z0-9-]{0,19})\.json(\.sig)?")

Data = bytes | memoryview


class SignOff(NamedTuple):
    """One sign-off whose signature holds."""

    principal: str
    """Who signed it, as the trust file names the key's owner."""
    key: str
    role: str
    verdict: str
    except_rows: tuple[str, ...]
    """Row ids that an ``approve_except`` leaves out."""
    comment: str
    at: str
    """When, as the signer claims."""

    @property
    def line(self) -> str:
        """``ops@client.test as ops: approve``."""
        left_out = f", without {counted(len(self.except_rows), 'row')}" if self.except_rows else ""
        comment = f": {safe_text(self.comment)}" if self.comment else ""
        return f"{self.principal} as {self.role}: {self.verdict.replace('_', '-')}{left_out}{comment}"


class Bound(NamedTuple):
    """What a sign-off is bound to."""

    handoff_id: str
    signature: bytes
    """``SHA256SUMS.sig`` of the reviewer."""
    reviewer_key: str
    """Fingerprint."""


def is_sign_off(name: str) -> bool:
    """Whether a member of that name can be part of a sign-off."""
    return name.startswith(FOLDER)


def statement(
    bound: Bound,
    rows: Sequence[Row],
    *,
    principal: str,
    role: str,
    verdict: str,
    left_out: Sequence[str] = (),
    comment: str = "",
    now: datetime,
) -> bytes:
    """The statement to be signed.  ``left_out`` are event ids or row ids.  Raises ``UsageError``."""
    if not _ROLE.fullmatch(role):
        raise UsageError("a role is a short word in lower case such as ops or client.")
    if verdict not in VERDICTS:
        raise UsageError(f"a verdict is one of: {', '.join(VERDICTS)}.")
    if bool(left_out) is not (verdict == APPROVE_EXCEPT):
        raise UsageError("approve_except and --except ROW go together.")
    return (
        canonical.dumps(
            {
                "schema": SCHEMA,
                "handoff_id": bound.handoff_id,
                "reviewer_signature_sha256": hashlib.sha256(bound.signature).hexdigest(),
                "principal": principal,
                "role": role,
                "verdict": verdict,
                "except_rows": sorted({_row_id(rows, name) for name in left_out}),
                "comment": comment,
                "at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
        + b"\n"
    )


def _row_id(rows: Sequence[Row], name: str) -> str:
    found = [row["row_id"] for row in rows if name in (row["row_id"], row["event_id"])]
    if len(found) != 1:
        why = "is no row of this handoff" if not found else "stands on several rows; give the row id"
        raise UsageError(f"{safe_text(name, 60)} {why}.")
    return str(found[0])


def added(members: Sequence[tuple[str, Data]], text: bytes, signature: bytes) -> list[tuple[str, Data]]:
    """The members of the handoff with one more sign-off at the end."""
    parsed = parse_json("the sign-off", text)
    role = parsed.get("role") if isinstance(parsed, dict) else None
    if not isinstance(role, str) or not _ROLE.fullmatch(role):
        raise _form("it names no role")
    number = sum(is_sign_off(name) for name, _ in members) // 2 + 1
    if number > MAX_SIGN_OFFS:
        raise UsageError(f"a handoff takes at most {MAX_SIGN_OFFS} sign-offs.")
    name = f"{FOLDER}{number:02d}-{role}.json"
    return [*members, (name, text), (f"{name}.sig", signature)]


def check(
    members: Mapping[str, Data], bound: Bound, known: Container[str], trust: Trust, now: datetime
) -> list[SignOff]:
    """Every sign-off in the file; each is parsed only when its signature holds.  ``known`` are the ids of the rows.

    Raises ``HandoffRefused``: ``countersign.form``, ``countersign.unsigned``, ``countersign.moved``,
    ``countersign.reviewer``, ``countersign.twice``, ``countersign.rejected``, and ``sig.*`` and ``trust.*``.
    """
    names = [name for name in members if is_sign_off(name)]
    found: list[SignOff] = []
    for number, (name, signature_name) in enumerate(_pairs(names), 1):
        match = _NAME.fullmatch(name)
        if match is None or int(match[1]) != number:
            raise _form("its name is not one of a sign-off, or out of order")
        one = _checked(members[name], members[signature_name], bound, known, trust, now)
        if one.role != match[2]:
            raise _form("its name says another role than it does")
        if one.key in [other.key for other in found]:
            raise HandoffRefused("countersign.twice", f"{one.principal} has signed off twice with one key.")
        found.append(one)
    for one in found:
        if one.verdict == REJECT:
            raise HandoffRefused("countersign.rejected", f"{one.line}.")
    return found


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for at in range(0, len(names), 2):
        pair = names[at : at + 2]
        if len(pair) != 2 or pair[1] != f"{pair[0]}.sig":
            raise HandoffRefused("countersign.unsigned", f"{safe_text(pair[0], 60)} has no signature beside it.")
        pairs.append((pair[0], pair[1]))
    return pairs


def _checked(text: Data, signature: Data, bound: Bound, known: Container[str], trust: Trust, now: datetime) -> SignOff:
    public = sshsig.verify(bytes(signature), COUNTERSIGN_NAMESPACE, bytes(text))
    trust.find(public, namespace=COUNTERSIGN_NAMESPACE, now=now)
    said = parse_json("a sign-off", text)
    if not isinstance(said, dict) or set(said) != _FIELDS or said["schema"] != SCHEMA:
        raise _form("it is of a form that this crm-tui does not know")
    _check_fields(said, known)
    line = trust.find(public, namespace=COUNTERSIGN_NAMESPACE, now=now, principal=said["principal"])
    key = fingerprint(public)
    if key == bound.reviewer_key:
        raise HandoffRefused("countersign.reviewer", "the reviewer's own key has signed it off.")
    of = (said["handoff_id"], said["reviewer_signature_sha256"])
    if of != (bound.handoff_id, hashlib.sha256(bound.signature).hexdigest()):
        raise HandoffRefused("countersign.moved", f"the sign-off of {line.principal} is for another handoff.")
    left_out = tuple(said["except_rows"])
    return SignOff(line.principal, key, said["role"], said["verdict"], left_out, said["comment"], said["at"])


def _check_fields(said: Mapping[str, Any], known: Container[str]) -> None:
    left_out = said["except_rows"]
    if not all(type(said[name]) is str for name in _FIELDS - {"except_rows"}) or type(left_out) is not list:
        raise _form("a field of it is of another type")
    if not _ROLE.fullmatch(said["role"]) or said["verdict"] not in VERDICTS:
        raise _form("its role or verdict is none that is known")
    if bool(left_out) is not (said["verdict"] == APPROVE_EXCEPT) or not all(name in known for name in left_out):
        raise _form("the rows that it leaves out do not fit its verdict, or are not in the handoff")


def check_roles(sign_offs: Sequence[SignOff], wanted: Sequence[str]) -> None:
    """Each of ``wanted`` (``ops`` or ``ops:2``) is met by that many different keys; else ``countersign.missing``."""
    for item in wanted:
        role, _, number = item.partition(":")
        if not _ROLE.fullmatch(role) or not (number or "1").isdecimal():
            raise UsageError("a required role is a word such as ops, or ops:2 for two different keys.")
        keys = {one.key for one in sign_offs if one.role == role}
        if len(keys) < int(number or "1"):
            raise HandoffRefused(
                "countersign.missing", f"{counted(int(number or '1'), 'sign-off')} as {role} needed, {len(keys)} there."
            )


def _form(why: str) -> HandoffRefused:
    return HandoffRefused("countersign.form", f"a sign-off is refused: {why}.")
