"""``key`` and ``trust``."""

from __future__ import annotations

import argparse
import sys

from crm_tui.cli import shared
from crm_tui.errors import SigningKeyError, TrustRefused, UsageError
from crm_tui.files import private_folder
from crm_tui.handoff import keys, trust
from crm_tui.handoff.sshsig import PublicKey
from crm_tui.text import safe_text


def key_new(arguments: argparse.Namespace) -> int:
    """Make the signing key; never overwrites one."""
    given = arguments.principal
    principal = keys.principal_default() if given is None else keys.check_principal(given)
    signer = keys.new_key(keys.default_key_path(), principal)
    _show(signer.public, signer.principal)
    return 0


def key_show(arguments: argparse.Namespace) -> int:
    """Show the public half of the signing key."""
    path = keys.public_path_of(keys.default_key_path())
    if not path.exists():
        raise SigningKeyError("there is no signing key yet; make one with: crm-tui key new")
    public, comment = keys.read_public(path)
    purpose = keys.COUNTERSIGN_NAMESPACE if arguments.for_sign_offs else keys.HANDOFF_NAMESPACE
    _show(public, keys.check_principal(comment.lower()), purpose)
    return 0


def _show(public: PublicKey, principal: str, purpose: str = keys.HANDOFF_NAMESPACE) -> None:
    print(keys.allowed_signers_line(principal, public, (purpose,)))
    print(f"fingerprint {keys.fingerprint(public)}", file=sys.stderr)


def trust_add(arguments: argparse.Namespace) -> int:
    """Believe a signer, after the fingerprint has been compared."""
    lines = trust.parse(arguments.line.encode("utf-8", "surrogateescape"))
    if len(lines) != 1:
        raise UsageError("give exactly one allowed_signers line, quoted.")
    shown = keys.fingerprint(lines[0].public)
    typed = arguments.confirm
    if typed is None:
        if not shared.is_terminal():
            raise UsageError("compare the fingerprint by voice, then add --confirm and its last six characters.")
        print(f"{safe_text(lines[0].principal)} signs with the key {shown[:-6]}……", file=sys.stderr)
        typed = input("the last six characters, as the person told you: ")
    if typed.strip() != shown[-6:]:
        raise TrustRefused("those are not the last six characters of this key's fingerprint; nothing was added.")
    path = trust.default_path()
    private_folder(path.parent)
    line = trust.add(path, lines[0].principal, lines[0].public, lines[0].namespaces)
    print(f"{line.principal} is believed: {shown}")
    return 0


def trust_list(arguments: argparse.Namespace) -> int:
    """List who is believed."""
    lines = trust.load().lines
    for line in lines:
        print(f"{safe_text(line.principal):<32} {keys.fingerprint(line.public)}  {' '.join(line.namespaces)}")
    if not lines:
        print("nobody is believed yet")
    return 0


def trust_revoke(arguments: argparse.Namespace) -> int:
    """Refuse a key from now on, whatever the trust file says of it."""
    for public in trust.revoke(trust.default_path(), trust.default_revoked_path(), arguments.who):
        print(f"revoked: {keys.fingerprint(public)}")
    return 0


def trust_remove(arguments: argparse.Namespace) -> int:
    """Believe a signer no longer."""
    for line in trust.remove(trust.default_path(), arguments.who):
        print(f"{safe_text(line.principal)} is believed no longer: {keys.fingerprint(line.public)}")
    return 0
