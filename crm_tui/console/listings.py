"""The lines of the help, rehearsal and handoff dialogs."""

from __future__ import annotations

from rich.text import Text

from crm_tui.console.actions import Context, by_group, in_context
from crm_tui.console.draw import Builder, Lines, clip, labelled, pad, shown
from crm_tui.console.rehearsal import Planned, Rehearsal
from crm_tui.console.theme import AGREES, NOTHING, Paint
from crm_tui.text import counted


def help_lines(context: Context, paint: Paint) -> Builder:
    """Every key that works here, under headings."""

    def build(width: int, height: int) -> Lines:  # noqa: ARG001
        lines: Lines = []
        for group, actions in by_group(in_context(context)):
            if lines:
                lines.append(Text(""))
            lines.append(Text(f" {group.value}", paint.strong))
            for action in actions:
                key = (f"bold {paint.needs}" if action.decides else f"bold {paint.text}", paint.text)
                lines.extend(labelled(f" {action.shown_keys}", [Text(action.help, paint.text)], width, 13, key))
        return lines

    return build


def rehearsal_lines(rehearsal: Rehearsal, paint: Paint) -> Builder:
    """The exact rows, and those left out with the reason."""

    def build(width: int, height: int) -> Lines:  # noqa: ARG001
        lines = [_head(f"{counted(len(rehearsal.approved), 'row')} would be approved", AGREES, paint.saved)]
        for row in rehearsal.approved:
            lines.extend(_planned(row, row.effect, width, paint))
        lines.extend([Text(""), _head(f"{counted(len(rehearsal.left_out), 'row')} left out", NOTHING, paint.needs)])
        for row in rehearsal.left_out:
            lines.extend(_planned(row, row.kept_back, width, paint))
        if rehearsal.beyond:
            lines.append(Text(f" and {rehearsal.beyond:,} rows beyond this list; press B again for them.", paint.muted))
        return lines

    return build


def _head(text: str, sign: str, style: str) -> Text:
    return Text(f" {sign} {text}", f"bold {style}")


def _planned(row: Planned, words: str, width: int, paint: Paint) -> Lines:
    name = shown(row.event_id, 60) or "row without id"
    return labelled(f"  {clip(name, 13)}", [Text(shown(words, 400), paint.text)], width, 16, (paint.strong, paint.text))


def facts_lines(facts: list[tuple[str, str, str]], paint: Paint) -> Builder:
    """(label, text, style) as labelled paragraphs; a style of ``""`` is plain, a label of ``""`` goes on."""

    def build(width: int, height: int) -> Lines:  # noqa: ARG001
        lines: Lines = []
        for label, text, style in facts:
            if label == "-":
                lines.append(Text(""))
                continue
            body = Text(shown(text, 900), style or paint.text)
            lines.extend(labelled(pad(label, 13).rstrip(), [body], width, 14, (paint.muted, paint.text)))
        return lines

    return build
