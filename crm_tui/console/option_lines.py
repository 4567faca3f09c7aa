"""What each choice that is open on a row would write, as lines under its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.text import Text

from crm_tui.console.draw import Lines, labelled, shown
from crm_tui.console.frame import Density, Frame
from crm_tui.console.standing import Standing, approvable
from crm_tui.console.theme import CURSOR, LOCKED
from crm_tui.model import Option, Queue
from crm_tui.text import one_of

_REASSURANCE = " No field of the contact is overwritten."


class DrawnOption(NamedTuple):
    """A choice as it is drawn."""

    key: str
    option: Option
    also: tuple[str, ...]
    """Keys of the other choices that would write the same, so that one sentence says it of all."""


def drawn_options(standing: Standing, frame: Frame) -> list[DrawnOption]:
    """The choices in the order of their keys; a contact that was mapped to comes last.

    Where single fields were chosen, choices often come to the same: what would be approved, else the first, stands for
    them.
    """
    ledger = standing.case.verdict.queue is Queue.LEDGER
    approve = frame.key("approve")
    named = [(approve if ledger else str(number), option) for number, option in enumerate(standing.options, 1)]
    if standing.chosen and standing.case.option(standing.chosen.token) is None:
        named.append((frame.key("map_contact"), standing.chosen))
    if not standing.review.picks:
        return [DrawnOption(key, option, ()) for key, option in named]
    taken = approvable(standing)
    alike: dict[tuple[str, bool], list[tuple[str, Option]]] = {}
    for key, option in named:
        alike.setdefault((option.effect, option.takes_reason), []).append((key, option))
    found = []
    for same in alike.values():
        key, option = next((one for one in same if taken and one[1].token == taken.token), same[0])
        found.append(DrawnOption(key, option, tuple(other for other, _ in same if other != key)))
    return found


def option_lines(standing: Standing, frame: Frame, density: Density, drawn: Iterable[DrawnOption]) -> Lines:
    """What each choice would write."""
    return [line for one in drawn for line in _option(one, standing, frame, density)]


def _is_chosen(standing: Standing, option: Option) -> bool:
    return bool(standing.chosen and standing.chosen.token == option.token)


def _option(drawn: DrawnOption, standing: Standing, frame: Frame, density: Density) -> Lines:
    paint, (key, option, also) = frame.paint, drawn
    chosen = _is_chosen(standing, option)
    effect = option.effect.removesuffix(_REASSURANCE) if density is Density.TIGHT else option.effect
    text = Text(shown(effect, 900), paint.strong if chosen else paint.text)
    if key == frame.key("map_contact"):
        text = Text.assemble((f"{shown(option.label, 80)}: ", paint.strong), text)
    if option.takes_reason:
        why = "protected: takes" if option.locked else "takes"
        asked = " It was given." if chosen and standing.review.reason.strip() else ""
        text.append(f" {LOCKED} {why} a typed reason.{asked}", paint.needs)
    if also:
        text.append(f" {one_of(also, 'and')} would do the same.", paint.muted)
    taken = approvable(standing)
    approve = frame.key("approve")
    suggested = bool(not chosen and key != approve and taken and taken.token == option.token)
    label = f"{CURSOR} {key} would" if chosen else f"{approve}, {key} would" if suggested else f"{key} would"
    styles = (f"bold {paint.saved}" if chosen else paint.strong, paint.text)
    return labelled(label, [text], frame.measure, frame.words, styles)
