"""The registry: one place for bindings, footer, help, palette, README table and key card."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from rich.cells import cell_len

from crm_tui.console.action import Context
from crm_tui.console.actions import ACTIONS
from crm_tui.console.key_card import key_card, key_table_markdown
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.shown_actions import FOOTER_KEYS, footer_actions, in_context
from crm_tui.console.theme import SIGNS


@pytest.mark.parametrize("context", Context)
def test_no_key_means_two_things_in_a_context(context: Context) -> None:
    keys = Counter(key for action in in_context(context) for key in action.keys)
    assert [key for key, number in keys.items() if number > 1] == []


def test_no_key_is_bound_twice_at_all() -> None:
    keys = Counter(key for action in ACTIONS for key in action.keys)
    assert max(keys.values()) == 1


@pytest.mark.parametrize("context", Context)
def test_the_footer_has_at_most_eight_keys(context: Context) -> None:
    assert 0 < len(footer_actions(context)) <= FOOTER_KEYS
    wanted = [action for action in ACTIONS if context in action.footer]
    assert len(wanted) <= FOOTER_KEYS, "none is cut off silently"


def test_every_action_is_a_method_of_the_screen() -> None:
    assert [action.id for action in ACTIONS if not hasattr(ReviewScreen, f"action_{action.id}")] == []


def test_table_and_card_name_every_key() -> None:
    table, card = key_table_markdown(), key_card()
    for action in ACTIONS:
        if action.keys:
            assert action.help in table
            assert action.help in card
    assert "`1-9`" in table
    assert table.splitlines()[1] == "|---|---|---|"


def test_the_registry_needs_no_terminal_library() -> None:
    code = (
        "import sys, crm_tui.console.key_card as a; a.key_card();"
        "print([name for name in ('textual', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_sign_is_one_cell_wide() -> None:
    assert [sign for sign in SIGNS if cell_len(sign) != 1] == []
