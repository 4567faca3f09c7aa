"""Which actions of the registry are shown where: the footer, the keys of a context, the headings of the key card."""

from __future__ import annotations

from collections.abc import Iterable

from crm_tui.console.action import Action, Context, Group
from crm_tui.console.actions import ACTIONS

FOOTER_KEYS = 8
"""At most so many keys stand in the footer, before the one for help."""


def footer_actions(context: Context, *, read_only: bool = False) -> tuple[Action, ...]:
    """The at most eight actions of a context's footer, in their order; help stands after them."""
    fitting = [action for action in ACTIONS if context in action.footer and not (read_only and action.decides)]
    # What decides the row stands first, what leads away from it last.
    return tuple(sorted(fitting, key=lambda action: action.group is Group.MOVE)[:FOOTER_KEYS])


def in_context(context: Context, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Every action with a key that works in a context."""
    return tuple(action for action in actions if action.keys and context in action.contexts)


def by_group(actions: Iterable[Action] = ACTIONS) -> tuple[tuple[Group, tuple[Action, ...]], ...]:
    """The actions that have keys, under their headings; no heading stands alone."""
    kept = [action for action in actions if action.keys]
    found = ((group, tuple(action for action in kept if action.group is group)) for group in Group)
    return tuple((group, of_group) for group, of_group in found if of_group)
