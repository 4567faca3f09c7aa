"""``export``, ``handoff`` and ``verify``."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import date
from pathlib import Path

from crm_tui.cli import shared
from crm_tui.cli.progress_bar import progress_shown
from crm_tui.errors import HandoffRefused, InputError, SigningKeyError, TrustFileError, UsageError
from crm_tui.handoff import keys, masking, receipts, trust
from crm_tui.handoff.container import Content
from crm_tui.handoff.export import write_views
from crm_tui.handoff.keys import Signer
from crm_tui.handoff.seal import seal
from crm_tui.handoff.statement import Terms
from crm_tui.handoff.verify import Receiver, Verified, read_handoff, unknown_signer_line
from crm_tui.handoff.verify import verify as verify_handoff
from crm_tui.text import counted, safe_text
from crm_tui.workspace.decisions import MAX_TEXT
from crm_tui.workspace.store import utc_now


def export(arguments: argparse.Namespace) -> int:
    """Write the four views."""
    with shared.opened(arguments.workspace, write=False) as cases:
        with progress_shown() as progress:
            written = write_views(cases, arguments.out, progress)
        for path in written:
            print(safe_text(str(path)))
    return 0


def handoff(arguments: argparse.Namespace) -> int:
    """Sign the review into a file."""
    terms = _terms(arguments)
    if arguments.masked_report:
        masking.refuse_other_file(arguments.masked_report)
    with shared.opened(arguments.workspace, write=True) as cases:
        signer = signer_of(arguments.key)
        reviewer = shared.reviewer_of(cases, arguments.reviewer)
        with progress_shown() as progress:
            done = seal(cases, arguments.out, signer, reviewer, terms, progress)
    if arguments.masked_report:
        masking.write_masked_report(read_handoff(done.path), arguments.masked_report)
    again = " (nothing has changed since, so it is the same file again)" if done.reissued else ""
    print(f"handoff {done.seq}, {done.kind}{again}: {safe_text(str(done.path))}")
    if done.outstanding:
        print(f"partial: {counted(done.outstanding, 'row still waits', 'rows still wait')} for a person")
    print(f"id        {done.handoff_id}")
    print(f"signed by {done.principal} {done.fingerprint}")
    if arguments.masked_report:
        print(f"masked report: {safe_text(str(arguments.masked_report))}")
    return 0


def _terms(arguments: argparse.Namespace) -> Terms:
    reason = (arguments.reason or "").strip()
    if bool(reason) is not bool(arguments.withdraw):
        raise UsageError("--withdraw ID and --reason TEXT go together.")
    expires = ""
    if arguments.expires:
        try:
            expires = f"{date.fromisoformat(arguments.expires).isoformat()}T23:59:59Z"
        except ValueError as error:
            raise UsageError("--expires takes a day such as 2026-06-30.") from error
    audience = safe_text((arguments.audience or "").strip(), 80)
    return Terms(audience=audience, expires_at=expires, withdraws=arguments.withdraw or "", reason=reason[:MAX_TEXT])


def signer_of(path: Path | None) -> Signer:
    """The key to sign with; the default one is made when it is not there, and that is said."""
    if path is not None:
        signer = keys.load_key(path, _passphrase)
        if isinstance(signer, keys.AgentSigner) and keys.agent_may_be_forwarded():
            print("take care: this agent may be forwarded; whoever is root here can sign with it, too", file=sys.stderr)
        return signer
    default = keys.default_key_path()
    if default.exists():
        return keys.load_key(default, _passphrase)
    made = keys.new_key(default, keys.principal_default())
    print(f"made a signing key for you: {safe_text(str(default))}", file=sys.stderr)
    print("give the receiver the line that `crm-tui key show` prints, and the fingerprint by voice", file=sys.stderr)
    return made


def _passphrase() -> str:
    if not sys.stdin.isatty():
        raise SigningKeyError("the key has a passphrase and there is no terminal to ask for it; use ssh-agent.")
    return getpass.getpass("passphrase of the signing key: ")


def verify(arguments: argparse.Namespace) -> int:
    """Check a handoff."""
    data: Content = b""
    try:
        data = read_handoff(arguments.file)
        known = trust.load(arguments.signers)
        with progress_shown() as progress:
            found = verify_handoff(
                data,
                known,
                now=utc_now(),
                inputs=arguments.inputs,
                require_complete=arguments.require_complete,
                receiver=_receiver(arguments),
                progress=progress,
            )
    except HandoffRefused as error:
        return _refused(arguments, error, data)
    except (InputError, TrustFileError) as error:
        if arguments.json:
            shared.print_json(_json(False, "input", safe_text(str(error), 400), None))
        raise
    if arguments.json:
        said = [f"handoff {found.seq} ({found.kind}) signed by {found.signer}"]
        said += [f"signed off by {one.line}" for one in found.sign_offs]
        said += found.warnings
        shared.print_json(_json(True, "ok", "; ".join(said), found))
    else:
        _accepted(found)
    return 0


def _receiver(arguments: argparse.Namespace) -> Receiver:
    if arguments.no_receipt and (arguments.once or arguments.settle):
        raise UsageError("--once and --settle need the receipts; leave --no-receipt out.")
    return Receiver(
        receipts=None if arguments.no_receipt else receipts.default_path(),
        once=arguments.once,
        settle=arguments.settle,
        workspace=arguments.review or "",
        audience=arguments.audience or "",
        roles=tuple(arguments.require_role),
    )


def _accepted(found: Verified) -> None:
    counts = found.counts
    print(f"good: handoff {found.seq} ({found.kind}), signed by {found.signer} {found.fingerprint}")
    print(f"id {found.handoff_id}, of review {safe_text(found.workspace, 80)}")
    print(
        f"rows {counts['rows']}: {counts['ready']} ready, {counts['rejected']} rejected,"
        f" {counts['outstanding']} outstanding, {counts['errors']} errors"
    )
    for one in found.sign_offs:
        print(f"signed off by {one.line}")
    for item in found.warnings:
        print(f"TAKE CARE: {item}")
    for item in found.not_checked:
        print(f"not checked: {item}")


def _refused(arguments: argparse.Namespace, error: HandoffRefused, data: Content) -> int:
    message = safe_text(str(error), 400)
    hint = _trust_hint(error, data)
    if arguments.json:
        shared.print_json(_json(False, error.code, f"{message} {hint}".strip(), None))
        return 1
    print(f"REFUSED {error.code}: {message}", file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)
    return 1


def _trust_hint(error: HandoffRefused, data: Content) -> str:
    """For an unknown signer, the line to type once the fingerprint has been compared."""
    if error.code != "trust.unknown-key":
        return ""
    try:
        found = unknown_signer_line(data)
    except HandoffRefused:
        return ""
    if found is None:
        return ""
    public, line = found
    return (
        f"If the sender tells you by voice that the fingerprint is {keys.fingerprint(public)}, type:\n"
        f"  crm-tui trust add '{line}'"
    )


def _json(ok: bool, code: str, message: str, found: Verified | None) -> dict[str, object]:
    return {
        "ok": ok,
        "code": code,
        "message": message,
        "signer": found.signer if found else None,
        "handoff_id": found.handoff_id if found else None,
        "not_checked": list(found.not_checked) if found else [],
    }
