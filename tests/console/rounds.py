"""Trying every action of the registry as somebody would: press its key, look around, type, answer, come back."""

from __future__ import annotations

from collections.abc import Collection

from console_helpers import review
from screens import STRANGER
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui.console.action import Action, Context
from crm_tui.console.actions import ACTIONS
from crm_tui.console.app import ConsoleApp
from crm_tui.console.dialogs import typed
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.tabs import Tab

_TABS = {
    Context.LEDGER: Tab.LEDGER,
    Context.CONFLICT: Tab.CONFLICTS,
    Context.ERROR: Tab.ERRORS,
    Context.DUPLICATE: Tab.DUPLICATES,
}


def somebody(session: Session) -> list[str]:
    """What a person at the keyboard might type of the row: a name that no cell holds, an e-mail, a phone."""
    standing = session.standing
    values = [value for row in standing.case.rows for value in row.values] if standing else []
    return [STRANGER, *[one for one in dict.fromkeys(values) if "@" in one or one.startswith("+")][:2]]


async def back(app: ConsoleApp, pilot: Pilot[str]) -> None:
    """Out of whatever stands over the rows."""
    for _ in range(6):
        if isinstance(app.screen, ReviewScreen) and not isinstance(app.focused, Input):
            return
        await pilot.press("escape")
        await pilot.pause()
    raise AssertionError(f"esc does not leave {app.screen}")


async def stand(app: ConsoleApp, pilot: Pilot[str], context: Context, nth: int) -> bool:
    """Put the cursor where an action is to be tried; ``False`` where there is no such place."""
    session, tab = app.session, _TABS.get(context, Tab.CONFLICTS)
    if context is Context.SLICE:
        session.open_tab(Tab.SLICE)
        review(app).show()
        return True
    if tab not in session.tabs:
        return False
    session.open_tab(tab)
    if not session.ids():
        return False
    session.go(nth % len(session.ids()))
    review(app).show()
    if context is Context.FIELDS:
        for at in range(len(session.ids())):
            session.go((nth + at) % len(session.ids()))
            await pilot.press("enter")
            if session.field:
                return True
        return False
    return True


async def try_action(app: ConsoleApp, pilot: Pilot[str], action: Action) -> None:
    """Press its key, look at what opens: move in it, type into it, and give an answer."""
    await (review(app).run_action(action.id) if not action.keys else pilot.press(action.keys[0]))
    await pilot.pause()
    for _ in range(2):
        if isinstance(app.screen, ReviewScreen) and not isinstance(app.focused, Input):
            return
        if isinstance(app.focused, Input):
            await pilot.press("end")
            app.focused.insert_text_at_cursor(typed(" ".join(somebody(app.session))))
        await pilot.press("down", "pagedown")
        await pilot.pause()
        if action.id not in ("handoff", "palette"):
            await pilot.press("enter")
        await pilot.pause()


async def try_actions(
    app: ConsoleApp, pilot: Pilot[str], context: Context, *, leave_out: Collection[str] = ()
) -> set[str]:
    """Try all that work in a context, each on another row; gives their ids."""
    done = set()
    for nth, action in enumerate(ACTIONS):
        if context in action.contexts and action.id not in leave_out and await stand(app, pilot, context, nth):
            await try_action(app, pilot, action)
            await back(app, pilot)
            done.add(action.id)
    return done
