"""The keys as the README and ``crm-tui keys`` print them, from the registry; imports no terminal library."""

from __future__ import annotations

from collections.abc import Iterable

from crm_tui.console.action import Action, Context
from crm_tui.console.actions import ACTIONS
from crm_tui.console.shown_actions import by_group


def key_table_markdown() -> str:
    """The key table of the README."""
    lines = ["| key | does | where |", "|---|---|---|"]
    for _, actions in by_group():
        lines.extend(f"| {_code(action)} | {action.help} | {_where(action)} |" for action in actions)
    return "\n".join(lines) + "\n"


def key_card(of: Iterable[Action] = ACTIONS) -> str:
    """The keys as plain text, for ``crm-tui keys``."""
    chosen = tuple(of)
    width = max(len(action.shown_keys) for action in chosen) + 2
    lines: list[str] = []
    for group, actions in by_group(chosen):
        lines.extend(["", group.value] if lines else [group.value])
        lines.extend(f"  {action.shown_keys:<{width}}{action.help}" for action in actions)
    return "\n".join(lines) + "\n"


def _code(action: Action) -> str:
    return " ".join(f"`{key}`" for key in action.shown_keys.split(" "))


def _where(action: Action) -> str:
    return "everywhere" if set(action.contexts) == set(Context) else ", ".join(action.contexts)
