"""What can be typed: the commands of the contract in architecture.md, with help worth reading."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import crm_tui
from crm_tui.text import safe_text

Handler = Callable[[argparse.Namespace], int]

_DESCRIPTION = """\
Check CRM exports against a contact map, decide every conflict with the keyboard, and write the decisions to a signed
handoff file. Works offline: nothing is ever sent, no CRM is written.
"""

_EPILOG = """\
start with          crm-tui demo
review your own     crm-tui review FOLDER
exit codes          0 done · 1 refused or found wrong · 2 wrong usage or unreadable input
"""


class _Parser(argparse.ArgumentParser):
    """Says what was wrong with escaped text: an argument is data too."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {safe_text(message, 400)}. Try: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def _later(module: str, name: str) -> Handler:
    """A handler that is imported when its command runs, so that the others start without it."""

    def handler(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"crm_tui.cli.{module}"), name)(arguments)
        return code

    return handler


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; each command sets ``handler``."""
    parser = _Parser(
        prog="crm-tui",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"crm-tui {crm_tui.__version__}")
    parser.set_defaults(handler=_later("reviewing", "last"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _review_commands(commands)
    _file_commands(commands)
    _handoff_commands(commands)
    _rule_commands(commands)
    _privacy_commands(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, summary: str, text: str, handler: Handler
) -> _Parser:
    added = commands.add_parser(
        name,
        help=summary,
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    added.set_defaults(handler=handler)
    return added


def _workspace(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument(
        "-w", "--workspace", type=Path, required=required, metavar="WS", help="the workspace file (.crm)"
    )


def _reviewer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reviewer", metavar="NAME", help="your name in the journal (default: the last one used here, else your login)"
    )


def _review_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    demo = _command(
        commands,
        "demo",
        "open a sample review",
        "Copy a sample into a new workspace under your data folder and open it.\n"
        "Without a terminal the summary is printed, and where the files are.",
        _later("reviewing", "demo"),
    )
    demo.add_argument(
        "name", nargs="?", default="first-slice", metavar="NAME", help="the sample (default: first-slice)"
    )
    _reviewer(demo)
    review = _command(
        commands,
        "review",
        "load files or folders and open the console",
        "Load exports (each file is recognised by its header) and open the console.\n"
        "Without PATH, open the workspace given with -w.  Loading the same file again changes nothing.",
        _later("reviewing", "review"),
    )
    review.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a CSV file, or a folder of them")
    _workspace(review, required=False)
    review.add_argument("--policy", type=Path, metavar="FILE", help="a policy file (TOML) laid over the shipped one")
    _reviewer(review)


def _file_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    load = _command(
        commands,
        "load",
        "load files without the console",
        "Load exports into a workspace, which is made when it is not there, and print the counts.\n"
        "A row that cannot be judged is an error row; a file that cannot be read is named, the rest is loaded,\n"
        "and the exit code is 2.",
        _later("loading", "load"),
    )
    load.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a CSV file, or a folder of them")
    _workspace(load)
    load.add_argument("--policy", type=Path, metavar="FILE", help="a policy file (TOML) laid over the shipped one")
    load.add_argument(
        "--base",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="an older export of the same systems: what both last agreed to",
    )
    load.add_argument("--json", action="store_true", help="print the whole workspace's counts as one JSON object")
    _reviewer(load)
    rows = _command(
        commands,
        "rows",
        "show what would be loaded from a file",
        "Print the rows and the damaged lines of one file as the loader sees them; nothing is stored.",
        _later("loading", "rows"),
    )
    rows.add_argument("file", type=Path, metavar="FILE")
    rows.add_argument("--json", action="store_true", help="print one JSON object")
    decide = _command(
        commands,
        "decide",
        "take decisions from a file",
        "Read decisions from a CSV or JSON Lines file, by the same rules as the keys.\n\n"
        "columns  event_id, choice, field, value, reason\n"
        "choice   approve, suggestion, reject, defer, needs-client, no-write, create, undo,\n"
        "         a contact key (CLOSE-202/GHL-502) or the name of a side (GHL, contact map)\n\n"
        "event_id may be a row id. `approve` approves the choice made, or a ledger row. Each line is one journal\n"
        "entry or one refusal with its line number; with a refusal the exit code is 1.",
        _later("deciding", "decide"),
    )
    _workspace(decide)
    decide.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="CSV or JSON Lines")
    _reviewer(decide)
    journal = _command(
        commands,
        "journal",
        "print the decisions in order",
        "Print every decision: number, row, choice, who, when, and whether it was undone.  The chain is checked first.",
        _later("deciding", "journal"),
    )
    _workspace(journal)
    journal.add_argument("--json", action="store_true", help="print one JSON array")


def _handoff_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    export = _command(
        commands,
        "export",
        "write the four CSV views",
        "Write sync-ledger.csv, conflict-queue.csv, error-log.csv and first-slice-map.csv.\n"
        "They are views for people: formulas are neutralised, so do not import them.",
        _later("handing", "export"),
    )
    _workspace(export)
    export.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="the folder to write into")
    handoff = _command(
        commands,
        "handoff",
        "write the signed handoff",
        "Write the decisions to one signed file.  With rows outstanding it is a partial handoff and says so.\n"
        "Without a key one is made and named.  A passphrase is asked for on the terminal.\n"
        "A later handoff replaces an earlier one; --withdraw takes one back without a new one to import.",
        _later("handing", "handoff"),
    )
    _workspace(handoff)
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
    _reviewer(handoff)
    verify = _command(
        commands,
        "verify",
        "check a handoff",
        "Say who signed a handoff and that it is whole, or refuse it and name the first broken link.\n"
        "The signer must be in your trust file (see `crm-tui trust`); your own key is not trusted by itself.\n"
        "What is accepted is remembered in receipts.jsonl in your data folder: an older handoff of the same review,\n"
        "another one with the same number, one after a gap, and one whose log was rewritten are refused from then.\n\n"
        "before an automatic import:  crm-tui verify FILE --require-complete --once",
        _later("handing", "verify"),
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument(
        "--signers", type=Path, metavar="FILE", help="an OpenSSH allowed_signers file (default: your trust file)"
    )
    verify.add_argument("--inputs", type=Path, metavar="DIR", help="your own copies of the input files, to compare")
    verify.add_argument(
        "--require-complete", action="store_true", help="refuse a partial handoff, a withdrawal, and one that expired"
    )
    verify.add_argument("--once", action="store_true", help="refuse the very handoff that you took last")
    verify.add_argument("--for", dest="audience", metavar="WHO", help="refuse one that is not meant for WHO")
    verify.add_argument("--review", metavar="ID", help="refuse one of any other review (`verify` prints the id)")
    verify.add_argument(
        "--settle", action="store_true", help="you have asked the sender: this one counts, whatever was taken before"
    )
    verify.add_argument("--no-receipt", action="store_true", help="only look: compare with nothing, remember nothing")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    _key_commands(commands)
    _trust_commands(commands)


def _key_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    key = _command(
        commands, "key", "make or show your signing key", "Make or show your signing key.", _later("trusting", "key")
    )
    parts = key.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    text = "stdout is exactly one allowed_signers line for the receiver; the fingerprint goes to stderr."
    new = _command(
        parts, "new", "make a key; never overwrites one", f"Make a signing key; {text}", _later("trusting", "key_new")
    )
    new.add_argument(
        "--as", dest="principal", metavar="ADDRESS", help="who you are in signatures (default: login@host)"
    )
    _command(parts, "show", "show the public key", f"Show your public key; {text}", _later("trusting", "key_show"))


def _trust_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    trust = _command(
        commands,
        "trust",
        "who is believed",
        "Keep the list of people whose handoffs you accept.",
        _later("trusting", "trust"),
    )
    parts = trust.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    add = _command(
        parts,
        "add",
        "believe a signer",
        "Add one allowed_signers line, after you have compared its fingerprint with the person by voice.\n"
        "You type the last six characters of the fingerprint, here or with --confirm.",
        _later("trusting", "trust_add"),
    )
    add.add_argument("line", metavar="LINE", help="the line that the signer's `crm-tui key show` prints, quoted")
    add.add_argument("--confirm", metavar="SIX", help="the last six characters of the fingerprint you were told")
    _command(parts, "list", "list who is believed", "List who is believed.", _later("trusting", "trust_list"))
    remove = _command(
        parts,
        "remove",
        "believe somebody no longer",
        "Remove a signer from the trust file; handoffs by that key are refused from then on.",
        _later("trusting", "trust_remove"),
    )
    remove.add_argument("who", metavar="WHO", help="a principal (name@host) or a fingerprint (SHA256:…)")


def _rule_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    policy = _command(commands, "policy", "what the rules are", "Show or check a policy.", _later("ruling", "policy"))
    parts = policy.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    show = _command(
        parts,
        "show",
        "print the policy",
        "Print the shipped policy, or the one of a workspace, as TOML.",
        _later("ruling", "policy_show"),
    )
    _workspace(show, required=False)
    check = _command(
        parts,
        "check",
        "check a policy file",
        "Say whether a policy file is sound, else what is wrong.",
        _later("ruling", "policy_check"),
    )
    check.add_argument("file", type=Path, metavar="FILE")
    _command(commands, "keys", "print the key card", "Print the keys of the console.", _later("ruling", "keys"))


def _privacy_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    redact = _command(
        commands,
        "redact",
        "copy exports without the people in them",
        "Write redacted copies of exports: ids, e-mails, phones and free text become pseudonyms that keep matching,\n"
        "so that the copies come to the same verdicts and the same groups as the originals. Event ids that name\n"
        "nobody, times, statuses and the policy's own words stay. Phones are possible numbers in area code 555.\n\n"
        "The pseudonyms come from a redaction book, made at the first use: the same person has the same pseudonym in\n"
        "every file redacted with it. Keep the book secret; once it is deleted, nobody can link the copies to people.",
        _later("privacy", "redact"),
    )
    redact.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a CSV file, or a folder of them")
    redact.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="the copy; of several files, a folder for them"
    )
    redact.add_argument("--policy", type=Path, metavar="FILE", help="the policy of the review (words, phone region)")
    redact.add_argument(
        "--book", type=Path, metavar="FILE", help="the redaction book (default: the one in your user data folder)"
    )
