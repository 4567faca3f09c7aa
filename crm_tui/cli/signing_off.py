"""``countersign``."""

from __future__ import annotations

import argparse
from pathlib import Path

from crm_tui.cli.handing import signer_of
from crm_tui.errors import UsageError
from crm_tui.files import read_file, write_atomic
from crm_tui.handoff import trust
from crm_tui.handoff.container import Content
from crm_tui.handoff.seal import refuse_other_file
from crm_tui.handoff.sign_off import Wish, attached, sign_off, unsigned
from crm_tui.handoff.verify import read_handoff
from crm_tui.text import safe_text
from crm_tui.workspace.decisions import MAX_TEXT
from crm_tui.workspace.store import utc_now

_MAX_SIGN_OFF = 1024 * 1024


def countersign(arguments: argparse.Namespace) -> int:
    """Sign a handoff off, write the statement for somebody else's key, or take in what they have signed."""
    if bool(arguments.attach) is bool(arguments.role and arguments.verdict):
        raise UsageError("give --role and --verdict to sign off, or --attach FILE to take in a sign-off.")
    out = arguments.out or arguments.file
    refuse_other_file(out)
    data = read_handoff(arguments.file)
    known = trust.load(arguments.signers)
    if arguments.attach:
        text = read_file(arguments.attach, _MAX_SIGN_OFF)
        signature = read_file(Path(f"{arguments.attach}.sig"), _MAX_SIGN_OFF)
        done = attached(data, known, text, signature, utc_now())
    else:
        comment = (arguments.comment or "").strip()[:MAX_TEXT]
        wish = Wish(arguments.role, arguments.verdict.replace("-", "_"), tuple(arguments.left_out), comment)
        if arguments.unsigned:
            return _write_statement(arguments, data, known, wish)
        done = sign_off(data, known, signer_of(arguments.key), wish, utc_now())
    write_atomic(out, done)
    print(f"signed off: {safe_text(str(out))}")
    print("the receiver needs your line for sign-offs once: crm-tui key show --for-sign-offs")
    return 0


def _write_statement(arguments: argparse.Namespace, data: Content, known: trust.Trust, wish: Wish) -> int:
    if not arguments.principal:
        raise UsageError("--unsigned needs --as ADDRESS: who will sign it.")
    if arguments.unsigned.exists():
        raise UsageError(f"{safe_text(str(arguments.unsigned))} is there already; name a new file.")
    write_atomic(arguments.unsigned, unsigned(data, known, arguments.principal, wish, utc_now()))
    shown = safe_text(str(arguments.unsigned))
    print(f"to sign it:   ssh-keygen -Y sign -f KEY -n crm-tui-countersign-v1 {shown}")
    print(f"then take it: crm-tui countersign {safe_text(str(arguments.file))} --attach {shown}")
    return 0
