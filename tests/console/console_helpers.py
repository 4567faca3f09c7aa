"""Reading the screen in tests."""

from __future__ import annotations

from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.bars import AckBar, FooterBar
from crm_tui.console.panes import LinesPane
from crm_tui.console.screen import ReviewScreen


def review(app: ConsoleApp) -> ReviewScreen:
    """The review screen, also when a dialog stands over it."""
    return next(screen for screen in app.screen_stack if isinstance(screen, ReviewScreen))


def screen_lines(app: ConsoleApp) -> list[str]:
    """The lines that the terminal would show."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def screen_text(app: ConsoleApp) -> str:
    """All of them."""
    return "\n".join(screen_lines(app))


def ack(app: ConsoleApp) -> str:
    """The acknowledgement line."""
    return review(app).query_one(AckBar).text


def footer(app: ConsoleApp) -> str:
    """The footer as drawn."""
    bar = review(app).query_one(FooterBar)
    return bar.line(bar.size.width).plain


def evidence(app: ConsoleApp) -> str:
    """The evidence pane, all of its lines."""
    return "\n".join(line.plain for line in review(app).query_one("#evidence", LinesPane).lines)


def here(app: ConsoleApp) -> str:
    """Event id of the row under the cursor."""
    standing = app.session.standing
    return standing.case.event_id if standing else ""


async def to(pilot: Pilot[None], app: ConsoleApp, event_id: str) -> None:
    """Put the cursor on a row."""
    (record_id,) = app.session.cases.by_event_id(event_id)
    app.session.go_to(record_id)
    review(app).show()
    await pilot.pause()


def state(app: ConsoleApp, event_id: str) -> str:
    """What is decided on a row, as stored."""
    (record_id,) = app.session.cases.by_event_id(event_id)
    return app.session.cases.review(record_id).state.value


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type words into the focused input, then enter."""
    for char in text:
        await pilot.press("space" if char == " " else char)
    await pilot.press("enter")
    await pilot.pause()
