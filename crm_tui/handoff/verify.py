"""Checking a handoff: who signed what, and is it whole.  Little is parsed before the signature holds (handoff.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crm_tui.errors import HandoffRefused, InputError
from crm_tui.files import read_file
from crm_tui.handoff import consistency, container, sshsig, sums
from crm_tui.handoff.keys import HANDOFF_NAMESPACE, allowed_signers_line, check_principal, fingerprint
from crm_tui.handoff.seal import CONTENT
from crm_tui.handoff.sshsig import PublicKey
from crm_tui.handoff.trust import Trust
from crm_tui.text import safe_text

Data = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Verified:
    """A handoff that was accepted."""

    signer: str
    """Principal as the trust file names the key's owner."""
    fingerprint: str
    handoff_id: str
    seq: int
    kind: str
    counts: Mapping[str, int]
    not_checked: tuple[str, ...]
    """What this check could not say."""


def read_handoff(path: Path) -> bytes:
    """The bytes of a handoff; raises ``InputError`` when there is no such file to read."""
    return read_file(path, container.MAX_BYTES)


def verify(
    data: bytes, trust: Trust, *, now: datetime, inputs: Path | None = None, require_complete: bool = False
) -> Verified:
    """Accept a handoff or raise ``HandoffRefused`` that names the first broken link.

    ``now`` is the receiver's clock; ``inputs`` a folder with the receiver's own copies of the input files.
    """
    try:
        return _verify(data, trust, now, inputs, require_complete)
    except (HandoffRefused, InputError):
        raise
    except Exception as error:
        raise HandoffRefused("internal", f"the file is not well-formed ({type(error).__name__}).") from error


def _verify(data: bytes, trust: Trust, now: datetime, inputs: Path | None, require_complete: bool) -> Verified:
    if not data.startswith(b"PK"):
        raise HandoffRefused("zip.not-canonical", "this is no handoff file; it does not begin as one.")
    members = {member.name: member.data for member in container.read(data)}
    _check_members(members)
    listed = bytes(members[sums.SUMS_NAME])
    public = sshsig.verify(bytes(members[sums.SIGNATURE_NAME]), HANDOFF_NAMESPACE, listed)
    line = trust.find(public, namespace=HANDOFF_NAMESPACE, now=now)
    entries = sums.parse(listed)
    if tuple(entry.name for entry in entries) != CONTENT:
        raise HandoffRefused("bundle.sums", "SHA256SUMS does not list the members of a handoff in their order.")
    sums.check(entries, [(name, members[name]) for name in CONTENT])
    statement = consistency.parse_json("handoff.json", members["handoff.json"])
    consistency.check_statement(statement)
    claimed = statement["reviewer"]
    if claimed["key"] != fingerprint(public):
        raise HandoffRefused("trust.principal", "the handoff names another key than the one that signed it.")
    trust.find(public, namespace=HANDOFF_NAMESPACE, now=now, principal=claimed["principal"])
    _check_content(statement, members)
    if require_complete and not statement["complete"]:
        raise HandoffRefused("incomplete", f"{statement['counts']['outstanding']} rows still wait for a person.")
    not_checked = [
        "whether the rows say what the input files say (they are not judged again here)",
        "whether an earlier handoff of this workspace exists (none is remembered here)",
    ]
    if inputs is None:
        not_checked.append("whether your input files are the ones reviewed (give --inputs DIR)")
    else:
        _check_inputs(statement, inputs)
    return Verified(
        signer=line.principal,
        fingerprint=fingerprint(public),
        handoff_id=sums.handoff_id(listed),
        seq=statement["seq"],
        kind=statement["kind"],
        counts=statement["counts"],
        not_checked=tuple(not_checked),
    )


def _check_members(members: Mapping[str, Data]) -> None:
    known = (sums.SUMS_NAME, sums.SIGNATURE_NAME, *CONTENT)
    for name in members:
        if name not in known:
            raise HandoffRefused("bundle.extra", f"{safe_text(name, 80)} does not belong into a handoff.")
    for name in known:
        if name not in members:
            raise HandoffRefused("bundle.missing", f"{name} is missing.")
    if tuple(members) != known:
        raise HandoffRefused("zip.not-canonical", "the members are not in their order.")


def _check_content(statement: dict[str, Any], members: Mapping[str, Data]) -> None:
    rows = consistency.parse_lines("rows.jsonl", members["rows.jsonl"])
    bodies = consistency.split_lines("log.jsonl", members["log.jsonl"])
    entries = consistency.check_log(statement, bodies)
    consistency.check_rows(statement, rows, entries)
    consistency.check_inputs(statement, rows, entries)
    consistency.check_slices(statement, rows)
    digest = hashlib.sha256(members["policy.toml"]).hexdigest()
    if digest != statement["policy"]["sha256"]:
        raise HandoffRefused("policy.mismatch", "the policy in the handoff is not the one that was used.")
    consistency.check_policy(statement, bytes(members["policy.toml"]).decode("utf-8"))
    consistency.check_views(statement, rows, members)


def _check_inputs(statement: Mapping[str, Any], folder: Path) -> None:
    """Each input of the review is among the receiver's files, byte for byte."""
    if not folder.is_dir():
        raise InputError(f"{safe_text(str(folder))} is no folder; name the folder with your copies of the input files.")
    have = {hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}
    for item in statement["inputs"]:
        if item["sha256"] not in have:
            raise HandoffRefused(
                "inputs.mismatch", f"your copy of {safe_text(item['name'], 80)} is not the file reviewed."
            )


def unknown_signer_line(data: bytes) -> tuple[PublicKey, str] | None:
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
