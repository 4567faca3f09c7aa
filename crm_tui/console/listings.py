"""The lines of the help, rehearsal and handoff dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.text import Text

from crm_tui.console.action import Action, Context
from crm_tui.console.draw import Builder, Lines, labelled, pad, shown
from crm_tui.console.privacy import Privacy
from crm_tui.console.shown_actions import by_group, in_context
from crm_tui.console.theme import Paint

_SETTINGS = (
    "Keys, theme, how days are written and the time zone are settings, whatever the language of the machine:"
    " crm-tui settings show prints them, crm-tui settings path where the file is."
)


def help_lines(context: Context, paint: Paint, known: Iterable[Action]) -> Builder:
    """Every key that works here, under headings, and where keys, dates and zone are set."""

    def build(width: int, height: int) -> Lines:  # noqa: ARG001
        lines: Lines = []
        for group, actions in by_group(in_context(context, known)):
            if lines:
                lines.append(Text(""))
            lines.append(Text(f" {group.value}", paint.strong))
            for action in actions:
                key = (f"bold {paint.needs}" if action.decides else f"bold {paint.text}", paint.text)
                lines.extend(labelled(f" {action.shown_keys}", [Text(action.help, paint.text)], width, 13, key))
        plain = (paint.text, paint.text)
        return [*lines, Text(""), Text(" Your own", paint.strong), *labelled("", [_SETTINGS], width, 13, plain)]

    return build


def facts_lines(facts: Callable[[], list[tuple[str, str, str]]], privacy: Privacy, paint: Paint) -> Builder:
    """(label, text, style) as labelled paragraphs; a style of ``""`` is plain, a label of ``""`` goes on."""

    def build(width: int, height: int) -> Lines:  # noqa: ARG001
        lines: Lines = []
        for label, text, style in facts():
            if label == "-":
                lines.append(Text(""))
                continue
            body = Text(shown(privacy.text(text), 900), style or paint.text)
            lines.extend(labelled(pad(label, 13).rstrip(), [body], width, 14, (paint.muted, paint.text)))
        return lines

    return build
