"""The commands about handoffs: writing, checking, signing off, keys and trust."""

from __future__ import annotations

import argparse
from pathlib import Path

from crm_tui.cli.parser_parts import Parser, command, later, reviewer, workspace


def handoff_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add them all."""
    export = command(
        commands,
        "export",
        "write the four CSV views",
        "Write sync-ledger.csv, conflict-queue.csv, error-log.csv and first-slice-map.csv.\n"
        "They are views for people: formulas are neutralised, so do not import them.",
        later("handing", "export"),
    )
    workspace(export)
    export.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="the folder to write into")
    handoff = command(
        commands,
        "handoff",
        "write the signed handoff",
        "Write the decisions to one signed file.  With rows outstanding it is a partial handoff and says so.\n"
        "Without a key one is made and named.  A passphrase is asked for on the terminal.\n"
        "A later handoff replaces an earlier one; --withdraw takes one back without a new one to import.",
        later("handing", "handoff"),
    )
    workspace(handoff)
    handoff.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="the file to write (.handoff.zip)"
    )
    handoff.add_argument(
        "--key", type=Path, metavar="KEY", help="an OpenSSH private key, or the .pub of one in the agent"
    )
    handoff.add_argument(
        "--masked-report",
        type=Path,
        metavar="FILE",
        help="also write report.html with nobody recognisable in it; it is no part of what is signed",
    )
    handoff.add_argument("--for", dest="audience", metavar="WHO", help="for whom it is meant; part of what is signed")
    handoff.add_argument("--expires", metavar="DAY", help="no program may import it after this day (2026-06-30)")
    handoff.add_argument("--withdraw", metavar="ID", help="withdraw an earlier handoff; nothing is to be imported")
    handoff.add_argument("--reason", metavar="TEXT", help="why it is withdrawn")
    reviewer(handoff)
    verify = command(
        commands,
        "verify",
        "check a handoff",
        "Say who signed a handoff and that it is whole, or refuse it and name the first broken link.\n"
        "The signer must be in your trust file (see `crm-tui trust`); your own key is not trusted by itself.\n"
        "What is accepted is remembered in receipts.jsonl in your data folder: an older handoff of the same review,\n"
        "another one with the same number, one after a gap, and one whose log was rewritten are refused from then.\n\n"
        "before an automatic import:  crm-tui verify FILE --require-complete --once",
        later("handing", "verify"),
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument(
        "--signers", type=Path, metavar="FILE", help="an OpenSSH allowed_signers file (default: your trust file)"
    )
    verify.add_argument("--inputs", type=Path, metavar="DIR", help="your own copies of the input files, to compare")
    verify.add_argument(
        "--require-complete", action="store_true", help="refuse a partial handoff, a withdrawal, and one that expired"
    )
    verify.add_argument(
        "--require-role",
        action="append",
        default=[],
        metavar="ROLE[:N]",
        help="refuse one without N sign-offs (default 1) in that role, by different keys",
    )
    verify.add_argument("--once", action="store_true", help="refuse the very handoff that you took last")
    verify.add_argument("--for", dest="audience", metavar="WHO", help="refuse one that is not meant for WHO")
    verify.add_argument("--review", metavar="ID", help="refuse one of any other review (`verify` prints the id)")
    verify.add_argument(
        "--settle", action="store_true", help="you have asked the sender: this one counts, whatever was taken before"
    )
    verify.add_argument("--no-receipt", action="store_true", help="only look: compare with nothing, remember nothing")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    _countersign_command(commands)
    _merge_command(commands)
    _key_commands(commands)
    _trust_commands(commands)


def _countersign_command(commands: argparse._SubParsersAction[Parser]) -> None:
    countersign = command(
        commands,
        "countersign",
        "sign a handoff off as a second person",
        "Check a handoff, then add your signed yes or no to it; its id stays the same.  `verify` shows the sign-offs,\n"
        "and refuses a handoff that somebody rejected.\n\n"
        "for somebody who has only OpenSSH: --unsigned writes the statement, its reader signs it with\n"
        "  ssh-keygen -Y sign -f KEY -n crm-tui-countersign-v1 01-ops.json\n"
        "and --attach takes it in, with the .sig beside it.",
        later("signing_off", "countersign"),
    )
    countersign.add_argument("file", type=Path, metavar="FILE")
    countersign.add_argument("--role", metavar="ROLE", help="as what you sign: client, ops …")
    countersign.add_argument(
        "--verdict", metavar="VERDICT", choices=("approve", "approve-except", "approve_except", "reject"),
        help="approve, approve-except or reject",
    )  # fmt: skip
    countersign.add_argument(
        "--except", dest="left_out", action="append", default=[], metavar="ROW", help="a row that you leave out"
    )
    countersign.add_argument("--comment", metavar="TEXT", help="what else you say")
    countersign.add_argument("--key", type=Path, metavar="KEY", help="your key, as for `handoff`")
    countersign.add_argument("--signers", type=Path, metavar="FILE", help="whom you believe, as for `verify`")
    countersign.add_argument("--unsigned", type=Path, metavar="FILE", help="only write the statement, to be signed")
    countersign.add_argument("--as", dest="principal", metavar="ADDRESS", help="with --unsigned: who will sign it")
    countersign.add_argument("--attach", type=Path, metavar="FILE", help="take in a statement signed elsewhere")
    countersign.add_argument("-o", "--out", type=Path, metavar="OUT", help="the file to write (default: FILE itself)")


def _merge_command(commands: argparse._SubParsersAction[Parser]) -> None:
    merge = command(
        commands,
        "merge",
        "merge two reviewers' handoffs into one",
        "Merge the handoffs of two copies of one review: the same loads, the same policy.  Where both agree, or only\n"
        "one has decided, the row is decided and both names are kept; where they disagree, it waits for a person\n"
        "again and carries both votes.  You sign the result; it names both files by their ids.\n"
        "With -w a copy of the workspace is brought to the same: decide there what waits, and hand over from there.",
        later("merging", "merge"),
    )
    blind = command(
        commands,
        "second",
        "a blind copy for a second reviewer",
        "Write a copy of the workspace with the same rows and evidence and nothing of what was decided, for a second\n"
        "person.  `crm-tui merge` of the two handoffs counts what both decided alike; the rest goes back to the queue.",
        later("seconding", "second"),
    )
    workspace(blind)
    blind.add_argument("-o", "--out", type=Path, required=True, metavar="COPY", help="the workspace file to write")
    blind.add_argument(
        "--sample", type=int, default=0, metavar="N", help="ask only for so many of the rows that were decided"
    )
    blind.add_argument("--overrides", action="store_true", help="ask only for rows with an override or a typed value")
    reviewer(blind)
    merge.add_argument("first", type=Path, metavar="A")
    merge.add_argument("second", type=Path, metavar="B")
    merge.add_argument("-o", "--out", type=Path, metavar="FILE", help="the merged handoff to write (.handoff.zip)")
    workspace(merge, required=False)
    merge.add_argument("--key", type=Path, metavar="KEY", help="your key, as for `handoff`")
    merge.add_argument("--signers", type=Path, metavar="FILE", help="whom you believe, as for `verify`")
    reviewer(merge)


def _key_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    key = command(
        commands, "key", "make or show your signing key", "Make or show your signing key.", later("trusting", "key")
    )
    parts = key.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    text = "stdout is exactly one allowed_signers line for the receiver; the fingerprint goes to stderr."
    new = command(
        parts, "new", "make a key; never overwrites one", f"Make a signing key; {text}", later("trusting", "key_new")
    )
    new.add_argument(
        "--as", dest="principal", metavar="ADDRESS", help="who you are in signatures (default: login@host)"
    )
    show = command(parts, "show", "show the public key", f"Show your public key; {text}", later("trusting", "key_show"))
    show.add_argument("--for-sign-offs", action="store_true", help="the line that believes you as a second person")


def _trust_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    trust = command(
        commands,
        "trust",
        "who is believed",
        "Keep the list of people whose handoffs you accept.",
        later("trusting", "trust"),
    )
    parts = trust.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    add = command(
        parts,
        "add",
        "believe a signer",
        "Add one allowed_signers line, after you have compared its fingerprint with the person by voice.\n"
        "You type the last six characters of the fingerprint, here or with --confirm.",
        later("trusting", "trust_add"),
    )
    add.add_argument("line", metavar="LINE", help="the line that the signer's `crm-tui key show` prints, quoted")
    add.add_argument("--confirm", metavar="SIX", help="the last six characters of the fingerprint you were told")
    command(parts, "list", "list who is believed", "List who is believed.", later("trusting", "trust_list"))
    revoke = command(
        parts,
        "revoke",
        "refuse a key for good",
        "Put the keys of a signer onto the list of revoked keys; what they sign is refused as revoked from then on.\n"
        "The list is `revoked_keys` in your data folder, one public key a line; ssh-keygen -r reads it, too.",
        later("trusting", "trust_revoke"),
    )
    revoke.add_argument("who", metavar="WHO", help="a principal (name@host) or a fingerprint (SHA256:…)")
    remove = command(
        parts,
        "remove",
        "believe somebody no longer",
        "Remove a signer from the trust file; handoffs by that key are refused from then on.",
        later("trusting", "trust_remove"),
    )
    remove.add_argument("who", metavar="WHO", help="a principal (name@host) or a fingerprint (SHA256:…)")
