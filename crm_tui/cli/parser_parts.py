"""What every command of the parser is made of."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from crm_tui.intake.encoding import NAMES

_ENCODING_HELP = f"how CSV files are encoded, over what is recognised: {', '.join(NAMES)}"
DELIMITERS = {",": ",", ";": ";", "\t": "\t", "comma": ",", "semicolon": ";", "tab": "\t"}
"""What a delimiter may be called."""
_DELIMITER_HELP = "what separates the cells of CSV files: comma, semicolon or tab"

Handler = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Says what was wrong with escaped text: an argument is data too."""

    def error(self, message: str) -> NoReturn:
        """One sentence on stderr, and exit code 2."""
        from crm_tui.text import safe_text

        print(f"{self.prog}: {safe_text(message, 400)}. Try: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


class _Listed(Parser):
    """Stands in the overview for a command that was not typed: nobody reads its arguments, so it takes none."""

    def __init__(self) -> None:
        """Nothing of a parser."""

    def set_defaults(self, **kwargs: Any) -> None:
        """Keep none."""

    def add_argument(self, *args: Any, **kwargs: Any) -> Any:
        """Take none."""
        del args, kwargs
        return self

    add_mutually_exclusive_group = add_argument_group = add_subparsers = add_parser = add_argument


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Parser]
else:
    _Commands = argparse._SubParsersAction


class Commands(_Commands):
    """The commands of a parser; to make them all takes longer than to answer."""

    typed: Collection[str] | None = None
    """The words of the command line: a command that is none of them is only listed.  ``None`` = make all."""

    def add_parser(self, name: str, **kwargs: Any) -> Parser:
        """Add a command."""
        if self.typed is None or name in self.typed:
            made: Parser = super().add_parser(name, **kwargs)
            return made
        self._choices_actions.append(self._ChoicesPseudoAction(name, (), kwargs["help"]))
        listed = self._name_parser_map[name] = _Listed()
        return listed


def later(module: str, name: str) -> Handler:
    """A handler that is imported when its command runs, so that the others start without it."""

    def handler(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"crm_tui.cli.{module}"), name)(arguments)
        return code

    return handler


def command(
    commands: argparse._SubParsersAction[Parser], name: str, summary: str, text: str, handler: Handler
) -> Parser:
    """A command with its line in the overview and its own help; ``handler`` runs it."""
    added = commands.add_parser(
        name,
        help=summary,
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    added.set_defaults(handler=handler)
    return added


def policy(parser: argparse.ArgumentParser) -> None:
    """Take a policy to lay over the one in force."""
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="a policy (TOML, or a policy table) laid over the shipped one"
    )


def overrides(parser: argparse.ArgumentParser) -> None:
    """What the user says about how the tables of text are written."""
    parser.add_argument("--encoding", choices=NAMES, default="", metavar="NAME", help=_ENCODING_HELP)
    parser.add_argument("--delimiter", choices=list(DELIMITERS), default="", metavar="NAME", help=_DELIMITER_HELP)


def column_maps(parser: argparse.ArgumentParser) -> None:
    """What the columns of tables that no system knows are."""
    parser.add_argument(
        "--map",
        dest="maps",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a column map (TOML) for a table that no system knows; make one with: crm-tui systems --propose FILE",
    )


def workspace(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The argument ``-w``."""
    parser.add_argument(
        "-w", "--workspace", type=Path, required=required, metavar="WS", help="the workspace file (.crm)"
    )


def reviewer(parser: argparse.ArgumentParser) -> None:
    """The argument ``--reviewer``."""
    parser.add_argument(
        "--reviewer", metavar="NAME", help="your name in the journal (default: the last one used here, else your login)"
    )


PRESENT = "--present"


def present(parser: argparse.ArgumentParser) -> None:
    """The argument ``--present`` of a command; before the command it counts as well, and is never taken back."""
    words = "for a shared screen: masked from the first frame on"
    parser.add_argument(PRESENT, action="store_true", default=argparse.SUPPRESS, help=words)
