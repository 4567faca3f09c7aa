"""What can be typed: the commands of the contract in architecture.md, with help worth reading."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

import crm_tui
from crm_tui.cli.parser_handoff import handoff_commands
from crm_tui.cli.parser_parts import Commands as _Commands
from crm_tui.cli.parser_parts import Parser as _Parser
from crm_tui.cli.parser_parts import column_maps as _column_maps
from crm_tui.cli.parser_parts import command as _command
from crm_tui.cli.parser_parts import later as _later
from crm_tui.cli.parser_parts import overrides as _overrides
from crm_tui.cli.parser_parts import policy as _policy
from crm_tui.cli.parser_parts import present as _present
from crm_tui.cli.parser_parts import reviewer as _reviewer
from crm_tui.cli.parser_parts import workspace as _workspace

_DESCRIPTION = """\
Check CRM exports against a contact map, decide every conflict with the keyboard, and write the decisions to a signed
handoff file. Works offline: nothing is ever sent, no CRM is written.
"""

_EPILOG = """\
start with          crm-tui demo
review your own     crm-tui review FOLDER
exit codes          0 done · 1 refused or found wrong · 2 wrong usage or unreadable input
"""
_EXPORTS = "an export (CSV, Excel, JSON, XML, mbox, also zipped), or a folder of them"


class _Overview(argparse.RawDescriptionHelpFormatter):
    """Each command on one line: argparse leaves the indent of commands out when it looks for the longest."""

    def add_argument(self, action: argparse.Action) -> None:
        """Take in one argument, or all commands."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment


def build_parser(typed: Collection[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the whole command line; each command sets ``handler``.

    ``typed``: the words that it is made for; of commands that are none of them there is only the line in the overview.
    """
    parser = _Parser(
        prog="crm-tui",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=_Overview,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"crm-tui {crm_tui.__version__}")
    parser.add_argument(
        "--start", action="store_true", help="choose among the workspaces opened lately, files and samples"
    )
    _present(parser)
    parser.set_defaults(handler=_later("reviewing", "last"), present=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser, action=_Commands)
    assert isinstance(commands, _Commands)
    commands.typed = typed
    _review_commands(commands)
    _file_commands(commands)
    handoff_commands(commands)
    _after_commands(commands)
    _rule_commands(commands)
    _privacy_commands(commands)
    return parser


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
    _present(demo)
    _reviewer(demo)
    review = _command(
        commands,
        "review",
        "load files or folders and open the console",
        "Load exports (each file is recognised by its header) and open the console.\n"
        "Without PATH, open the workspace given with -w.  Loading the same file again changes nothing.",
        _later("reviewing", "review"),
    )
    review.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=_EXPORTS)
    _workspace(review, required=False)
    review.add_argument("--watch", type=Path, metavar="DIR", help="take files as they come into this folder")
    _policy(review)
    _column_maps(review)
    _overrides(review)
    _present(review)
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
    load.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_EXPORTS)
    _workspace(load)
    _policy(load)
    _column_maps(load)
    _overrides(load)
    load.add_argument(
        "--base",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="an older export of the same systems: what both last agreed to",
    )
    load.add_argument("--json", action="store_true", help="print the whole workspace's counts as one JSON object")
    load.add_argument("--findings", action="store_true", help="name every finding of the contact map, not the first 5")
    _reviewer(load)
    rows = _command(
        commands,
        "rows",
        "show what would be loaded from a file",
        "Print the rows and the damaged lines of one file as the loader sees them; nothing is stored.",
        _later("reading", "rows"),
    )
    rows.add_argument("file", type=Path, metavar="FILE")
    _overrides(rows)
    rows.add_argument("--json", action="store_true", help="print one JSON object")
    decide = _command(
        commands,
        "decide",
        "take decisions from a file",
        "Read decisions from a CSV or JSON Lines file, by the same rules as the keys.\n\n"
        "columns  event_id, choice, field, value, reason\n"
        "choice   approve, suggestion, earlier, reject, defer, needs-client, no-write, create, undo,\n"
        "         a contact key (CLOSE-202/GHL-502) or the name of a side (GHL, contact map)\n\n"
        "event_id may be a row id. `approve` approves the choice made, or a ledger row. Each line is one journal\n"
        "entry or one refusal with its line number; with a refusal the exit code is 1.",
        _later("deciding", "decide"),
    )
    _workspace(decide)
    decide.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="CSV or JSON Lines")
    _reviewer(decide)
    questions = _command(
        commands,
        "questions",
        "list the questions for the client, or take the answers",
        "Write the questions that wait for the client as CSV with a column for the answers, or as Markdown (.md).\n"
        "With --answers, read the filled-in CSV file: each answer is kept with its row, which is open again.",
        _later("asking", "questions"),
    )
    _workspace(questions)
    way = questions.add_mutually_exclusive_group()
    way.add_argument("-o", "--out", type=Path, metavar="FILE", help="the list (default: print it)")
    way.add_argument("--answers", type=Path, metavar="FILE", help="the list with its answers")
    _reviewer(questions)
    journal = _command(
        commands,
        "journal",
        "print the decisions in order",
        "Print every decision: number, when, row, who, and what was done with which values and words; and whether it\n"
        "was undone.  The chain is checked first.",
        _later("deciding", "journal"),
    )
    _workspace(journal)
    journal.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="go on from a journal that was put back from a copy; needs --reason, and is an entry itself",
    )
    journal.add_argument("--reason", metavar="TEXT", help="why the journal is another one than was left")
    _reviewer(journal)
    form = journal.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON array")
    form.add_argument("--mask", action="store_true", help="print nobody recognisably, as the mask of the console does")


def _after_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    duplicates = _command(
        commands,
        "duplicates",
        "say which records may be the same",
        "Compare the records of each system and kind with each other, and those that no key leads from to the contact\n"
        "map with its entries.  Each pair is told with the factors that could be compared, and how probable it is.\n"
        "Nothing is changed; groups are decided in the console, or with decide.",
        _later("duplicating", "duplicates"),
    )
    _workspace(duplicates)
    duplicates.add_argument("--json", action="store_true", help="print one JSON object")
    duplicates.add_argument(
        "--export-splink", type=Path, metavar="DIR", help="write data and settings for Splink instead (DuckDB, Spark)"
    )
    duplicates.add_argument(
        "--import-pairs", type=Path, metavar="FILE", help="take back the pairs that Splink has found, as suggestions"
    )
    simulate = _command(
        commands,
        "simulate",
        "apply the approved rows to copies, and review those",
        "Apply the approved rows to copies of the loaded exports and review the copies.  Nothing is changed: it says\n"
        "how far the systems agree before and after, and what would still be open.\n\n"
        "Exit code 0: a second review of the copies has nothing to write and nothing to decide.  1: something would\n"
        "still be open, because rows are left to decide or to approve; the last lines say which.",
        _later("simulating", "simulate"),
    )
    _workspace(simulate)
    simulate.add_argument("--json", action="store_true", help="print one JSON object")


def _rule_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    policy = _command(
        commands, "policy", "what the rules are", "Show, check or try a policy.", _later("ruling", "policy")
    )
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
        "check policy files",
        "Say whether a policy (TOML) and policy tables (field-policy.csv, match-policy.csv) are sound, else what is\n"
        "wrong.  Where they contradict each other the stricter rule stands, and both are named.",
        _later("ruling", "policy_check"),
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    attempt = _command(
        parts,
        "try",
        "what another policy would change",
        "Judge every row of a workspace under another policy, and print which rows would be judged otherwise and how\n"
        "many decisions would be asked anew.  Nothing is changed; `load --policy` keeps a policy.",
        _later("ruling", "policy_try"),
    )
    attempt.add_argument("file", type=Path, metavar="FILE", help="a policy (TOML, or a policy table)")
    _workspace(attempt)
    attempt.add_argument("--json", action="store_true", help="print one JSON object")
    _command(commands, "keys", "print the key card", "Print the keys of the console.", _later("ruling", "keys"))
    settings = _command(
        commands,
        "settings",
        "theme, dates and keys as you have set them",
        "Print every setting with what it does, in the form of the settings file; or where that file is.\n"
        "What is printed is a settings file as it stands: copy lines of it into yours and change them.",
        _later("ruling", "settings"),
    )
    settings.add_argument("what", choices=("show", "path"), help="show: all settings; path: where the file is")
    systems = _command(
        commands,
        "systems",
        "what is read of each system and staged for it",
        "Print, system by system and kind by kind, whether exports and captured payloads are read, and for which\n"
        "operations an import file or requests are staged.",
        _later("ruling", "systems"),
    )
    systems.add_argument("--json", action="store_true", help="print one JSON array")
    what = systems.add_mutually_exclusive_group()
    what.add_argument("--explain", type=Path, metavar="FILE", help="say why a file is recognised as what it is")
    what.add_argument(
        "--propose", type=Path, metavar="FILE", help="propose a column map for a table that no system knows"
    )
    what.add_argument("--tables", nargs="?", const="", metavar="TABLE", help="the tables a map may name; its columns")
    systems.add_argument("--as", dest="table", default="", metavar="TABLE", help="with --propose: what the file is")
    systems.add_argument("-o", "--out", type=Path, metavar="FILE", help="with --propose: where to write the map")


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
    redact.add_argument(
        "paths", nargs="+", type=Path, metavar="FILE", help="a table, payloads or mail, or a folder of them"
    )
    redact.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="the copy; of several files, a folder for them"
    )
    redact.add_argument("--policy", type=Path, metavar="FILE", help="the policy of the review (words, phone region)")
    redact.add_argument(
        "--book", type=Path, metavar="FILE", help="the redaction book (default: the one in your user data folder)"
    )
    show = _command(
        commands,
        "show",
        "show all that is held about one person",
        "Print every row, earlier version, map entry and text of the journal that a workspace holds about one person.\n"
        "SUBJECT is an e-mail, a phone, a record id or a contact key (CLOSE-202/GHL-502).",
        _later("privacy", "show"),
    )
    erase = _command(
        commands,
        "erase",
        "take one person out of a workspace",
        "Take one person out of a workspace and give a receipt that names nobody. Rows stay as error rows without\n"
        "content, the journal keeps salted marks, so that its chain still verifies, and the file is rewritten.\n"
        "It cannot be undone. Handoffs given out before, and your exports, are other files: erase them yourself.",
        _later("privacy", "erase"),
    )
    for parser in (show, erase):
        _workspace(parser)
        parser.add_argument("subject", metavar="SUBJECT", help="an e-mail, a phone, a record id or a contact key")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    purge = _command(
        commands,
        "purge",
        "take everybody out of a workspace",
        "Take everybody out of a workspace, reviewers too, once its day has come; the chain of the journal, the\n"
        "digests of the files and numbers stay. It cannot be undone.",
        _later("privacy", "purge"),
    )
    _workspace(purge)
    purge.add_argument("--keep-until", metavar="DAY", help="purge nothing; set the last day to keep it (2026-12-31)")
    purge.add_argument("--now", action="store_true", help="purge before that day, or without one")
    for parser in (erase, purge):
        parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="the receipt (default: print it)")
        _reviewer(parser)
