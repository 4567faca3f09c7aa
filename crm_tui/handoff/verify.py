"""Checking a handoff: who signed what, and is it whole.  Little is parsed before the signature holds (handoff.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crm_tui.errors import HandoffRefused, InputError, TargetError, UsageError
from crm_tui.files import stable_bytes
from crm_tui.handoff import consistency, container, countersign, log_checks, outline, receipts, redrawn, sshsig, sums
from crm_tui.handoff.consistency import Checked
from crm_tui.handoff.countersign import Bound, SignOff
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.keys import HANDOFF_NAMESPACE, allowed_signers_line, check_principal, fingerprint
from crm_tui.handoff.log_file import Log
from crm_tui.handoff.receipts import Claim
from crm_tui.handoff.row_file import Row, Rows, Some
from crm_tui.handoff.seal import CONTENT, GROUPS, groups_in
from crm_tui.handoff.sshsig import PublicKey
from crm_tui.handoff.staged import STAGED
from crm_tui.handoff.statement import views_version
from crm_tui.handoff.trust import Trust
from crm_tui.intake.archive import content_digests
from crm_tui.progress import Progress, Stages, nobody
from crm_tui.text import counted, one_of, safe_text
from crm_tui.workspace.collecting import without_collecting

Data = bytes | memoryview
_NAMED = 8
_COSTS = (0.3, 0.7)
"""Of a check: holding the rows against the log, and drawing the pages again."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the receiver knows and wants beyond the file."""

    receipts: Path | None = None
    """The file of handoffs taken before; ``None``: neither compare with them nor remember this one."""
    once: bool = False
    """Refuse the very handoff that was taken last."""
    settle: bool = False
    """A person has asked the sender: this one counts, whatever was taken before."""
    workspace: str = ""
    """Id of the only review to take handoffs of; ``""`` = any."""
    audience: str = ""
    """For whom the handoff has to be meant; ``""`` = for anybody."""
    roles: tuple[str, ...] = ()
    """Roles that must have signed off: ``ops``, or ``ops:2`` for two different keys."""


_ANYBODY = Receiver()


@dataclass(frozen=True, slots=True)
class Verified:
    """A handoff that was accepted."""

    signer: str
    """Principal as the trust file names the key's owner."""
    fingerprint: str
    handoff_id: str
    seq: int
    kind: str
    workspace: str
    """Id of the review."""
    counts: Mapping[str, int]
    sign_offs: tuple[SignOff, ...]
    warnings: tuple[str, ...]
    """What a person must not overlook, as sentences."""
    not_checked: tuple[str, ...]
    """What this check could not say."""


def read_handoff(path: Path) -> Data:
    """The bytes of a handoff; raises ``InputError`` when there is no such file to read."""
    return stable_bytes(path, container.MAX_BYTES)


def verify(
    data: Data,
    trust: Trust,
    *,
    now: datetime,
    inputs: Path | None = None,
    require_complete: bool = False,
    receiver: Receiver = _ANYBODY,
    progress: Progress = nobody,
) -> Verified:
    """Accept a handoff or raise ``HandoffRefused`` that names the first broken link.

    ``now`` is the receiver's clock; ``inputs`` a folder with the receiver's own copies of the input files.
    """
    try:
        with without_collecting():
            return _verify(data, trust, now, inputs, require_complete, receiver, progress)
    except (HandoffRefused, InputError, TargetError, UsageError):
        raise
    except Exception as error:
        raise HandoffRefused("internal", f"the file is not well-formed ({type(error).__name__}).") from error


def _verify(
    data: Data,
    trust: Trust,
    now: datetime,
    inputs: Path | None,
    require_complete: bool,
    receiver: Receiver,
    progress: Progress,
) -> Verified:
    if data[:2] != b"PK":
        raise HandoffRefused("zip.not-canonical", "this is no handoff file; it does not begin as one.")
    members = {member.name: member.data for member in container.read(data)}
    content = _content_names(members)
    listed = bytes(members[sums.SUMS_NAME])
    public = sshsig.verify(bytes(members[sums.SIGNATURE_NAME]), HANDOFF_NAMESPACE, listed)
    line = trust.find(public, namespace=HANDOFF_NAMESPACE, now=now)
    entries = sums.parse(listed)
    if tuple(entry.name for entry in entries)[: len(CONTENT)] != CONTENT:
        raise HandoffRefused("bundle.sums", "SHA256SUMS does not list the members of a handoff in their order.")
    sums.check(entries, [(name, members[name]) for name in content])
    statement = consistency.read_statement(members["handoff.json"])
    claimed = statement["reviewer"]
    if claimed["key"] != fingerprint(public):
        raise HandoffRefused("trust.principal", "the handoff names another key than the one that signed it.")
    trust.find(public, namespace=HANDOFF_NAMESPACE, now=now, principal=claimed["principal"])
    rows, found, heads, compared = _check_content(statement, members, progress)
    bound = Bound(sums.handoff_id(listed), bytes(members[sums.SIGNATURE_NAME]), claimed["key"])
    sign_offs = countersign.check(members, bound, found.numbers, trust, now)
    countersign.check_roles(sign_offs, receiver.roles)
    warnings = [
        *_warnings(statement, Some(rows, found.taken_back)),
        *_check_wishes(statement, now, require_complete, receiver),
        *_exceptions(sign_offs, rows, found.numbers, require_complete),
    ]
    not_checked = ["whether the rows say what the input files say (they are not judged again here)"]
    if not compared:
        not_checked.append(_drawn_before(require_complete))
    if found.repairs_untold:
        not_checked.append("whether every cell typed over is named (an earlier crm-tui named the last of a row only)")
    if inputs is None:
        not_checked.append("whether your input files are the ones reviewed (give --inputs DIR)")
    else:
        _check_inputs(statement, inputs)
    claim = _claim(statement, bound.handoff_id, heads)
    told, untold = _check_receipts(claim, receiver, line.principal, claimed["key"], now)
    return Verified(
        signer=line.principal,
        fingerprint=fingerprint(public),
        handoff_id=claim.id,
        seq=statement["seq"],
        kind=statement["kind"],
        workspace=statement["workspace_id"],
        counts=statement["counts"],
        sign_offs=tuple(sign_offs),
        warnings=(*warnings, *told),
        not_checked=(*not_checked, *untold),
    )


def _claim(statement: Mapping[str, Any], handoff_id: str, heads: Sequence[bytes]) -> Claim:
    return Claim(
        workspace=statement["workspace_id"],
        seq=statement["seq"],
        id=handoff_id,
        kind=statement["kind"],
        previous=statement["previous"]["id"] if statement["previous"] else "",
        parents=tuple(parent["id"] for parent in statement["parents"]),
        heads=heads,
    )


def _check_receipts(
    claim: Claim, receiver: Receiver, principal: str, key: str, now: datetime
) -> tuple[list[str], list[str]]:
    """Hold the handoff against those taken before, and remember it; gives warnings, and what was not checked."""
    if receiver.receipts is None:
        return [], ["whether it follows the last handoff that you took (receipts were left aside)"]
    with receipts.opened(receiver.receipts) as book:
        known = book.knows_others(claim)
        again = book.take(claim, principal=principal, key=key, now=now, once=receiver.once, settle=receiver.settle)
    told = [f"you took this very handoff on {again}; do not import it a second time."] if again else []
    if known or receiver.settle:
        return told, []
    return told, ["whether an earlier handoff of this review exists (first contact: no other is remembered here)"]


def _warnings(statement: Mapping[str, Any], back: Sequence[Row]) -> list[str]:
    found = []
    withdrawn = statement["withdraws"]
    if withdrawn:
        found.append(
            f"it WITHDRAWS handoff {withdrawn['seq']} ({withdrawn['id'][:16]}…):"
            f" {safe_text(withdrawn['reason'])}. Import nothing from either."
        )
    if back:
        names = [safe_text(row["event_id"], 40) or row["row_id"] for row in back[:_NAMED]]
        more = [f"{len(back) - _NAMED} more"] if len(back) > _NAMED else []
        found.append(
            f"{counted(len(back), 'row')} approved before {'is' if len(back) == 1 else 'are'} not ready any more:"
            f" {one_of([*names, *more], 'and')}. Take back what was imported of them."
        )
    return found


def _check_wishes(statement: Mapping[str, Any], now: datetime, require_complete: bool, receiver: Receiver) -> list[str]:
    """What the receiver asked for; gives warnings for what a person may still accept."""
    if receiver.workspace and receiver.workspace != statement["workspace_id"]:
        raise HandoffRefused("replay.workspace", f"it is of another review: {statement['workspace_id']}.")
    meant_for = statement["audience"]
    if receiver.audience and receiver.audience != meant_for:
        shown = safe_text(meant_for, 80) or "nobody in particular"
        raise HandoffRefused("audience", f"it is meant for {shown}.")
    expires = statement["expires_at"]
    expired = bool(expires) and now > datetime.fromisoformat(expires)
    if require_complete:
        if statement["withdraws"]:
            raise HandoffRefused("withdrawal", f"it withdraws handoff {statement['withdraws']['seq']}; import nothing.")
        if not statement["complete"]:
            raise HandoffRefused("incomplete", outline.waiting(statement))
        if expired:
            raise HandoffRefused("expired", f"its sender allows no import after {expires}.")
    return [f"its sender allows no import by a program after {expires}."] if expired else []


def _exceptions(
    sign_offs: Sequence[SignOff], rows: Sequence[Row], numbers: Mapping[str, int], require_complete: bool
) -> list[str]:
    """What a sign-off leaves out; a program could not see that, so it may not import such a handoff."""
    left_out = {row_id for one in sign_offs for row_id in one.except_rows}
    if not left_out:
        return []
    shown = Some(rows, sorted(numbers[name] for name in left_out))
    names = [safe_text(row["event_id"], 40) or row["row_id"] for row in shown[: _NAMED + 1]]
    told = f"a sign-off leaves out {one_of(names[:_NAMED], 'and')}{' …' if len(names) > _NAMED else ''}."
    if require_complete:
        raise HandoffRefused("countersign.except", told)
    return [told]


def _drawn_before(require_complete: bool) -> str:
    """What to say of pages and files to import that an earlier version drew; a program must not import those."""
    if require_complete:
        raise HandoffRefused(
            "bundle.version",
            "an earlier crm-tui drew its files to import, and this one cannot compare them with the rows."
            " Check it with that version, or ask for a new handoff.",
        )
    return "whether its pages and files to import say what rows.jsonl says (an earlier crm-tui drew them)"


def _content_names(members: Mapping[str, Data]) -> tuple[str, ...]:
    """The content members of the archive in order, when every member is of a handoff and in its place."""
    fixed = (sums.SUMS_NAME, sums.SIGNATURE_NAME, *CONTENT)
    groups = tuple(name for name in members if name == GROUPS)
    staged = (*groups, *sorted(name for name in members if name.startswith(STAGED)))
    signed_off = tuple(name for name in members if countersign.is_sign_off(name))
    for name in members:
        if name not in (*fixed, *staged, *signed_off):
            raise HandoffRefused("bundle.extra", f"{safe_text(name, 80)} does not belong into a handoff.")
    for name in fixed:
        if name not in members:
            raise HandoffRefused("bundle.missing", f"{name} is missing.")
    if tuple(members) != (*fixed, *staged, *signed_off):
        raise HandoffRefused("zip.not-canonical", "the members are not in their order.")
    return (*CONTENT, *staged)


def _check_content(
    statement: Mapping[str, Any], members: Mapping[str, Data], progress: Progress
) -> tuple[Rows, Checked, list[bytes], bool]:
    """Hold rows, log, policy and views against each other; gives the rows, what they tell, each entry's hash, and
    whether the pages and the files to import could be made again."""
    rows = Rows(members["rows.jsonl"])
    stages = Stages(progress, len(rows), *_COSTS)
    log = Log(members["log.jsonl"])
    entries, heads = log_checks.check_log(statement, log)
    drawing = Drawing(rows, groups_in(members), views_version(statement))
    found = consistency.check_rows(statement, rows, log, entries, drawing.groups, drawing.add, stages.next())
    log_checks.check_inputs(statement, found.verdicts, entries)
    consistency.check_slices(statement, found.tally)
    digest = hashlib.sha256(members["policy.toml"]).hexdigest()
    if digest != statement["policy"]["sha256"]:
        raise HandoffRefused("policy.mismatch", "the policy in the handoff is not the one that was used.")
    consistency.check_policy(statement, bytes(members["policy.toml"]).decode("utf-8"))
    drawn_before = redrawn.check_views(statement, drawing, members, stages.next())
    return rows, found, heads, not drawn_before


def _check_inputs(statement: Mapping[str, Any], folder: Path) -> None:
    """Each input of the review is among the receiver's files, byte for byte."""
    if not folder.is_dir():
        raise InputError(f"{safe_text(str(folder))} is no folder; name the folder with your copies of the input files.")
    have = set[str]().union(*(content_digests(path) for path in sorted(folder.rglob("*")) if path.is_file()))
    for item in statement["inputs"]:
        if item["sha256"] not in have:
            raise HandoffRefused(
                "inputs.mismatch", f"your copy of {safe_text(item['name'], 80)} is not the file reviewed."
            )


def unknown_signer_line(data: Data) -> tuple[PublicKey, str] | None:
    """For ``trust.unknown-key``: the key that signed and the trust line to type, after a call to the sender.

    Only for a file whose signature holds; the claimed principal is the sender's own claim.
    """
    members = {member.name: member.data for member in container.read(data)}
    listed = bytes(members[sums.SUMS_NAME])
    public = sshsig.verify(bytes(members[sums.SIGNATURE_NAME]), HANDOFF_NAMESPACE, listed)
    digests = {entry.name: entry.digest for entry in sums.parse(listed)}
    if hashlib.sha256(members["handoff.json"]).hexdigest() != digests["handoff.json"]:
        return None
    statement = consistency.parse_json("handoff.json", members["handoff.json"])
    principal = check_principal(statement["reviewer"]["principal"])
    return public, allowed_signers_line(principal, public)
