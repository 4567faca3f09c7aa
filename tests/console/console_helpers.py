"""A small review as CSV texts, and reading the screen in tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len
from textual.app import App
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Static

from crm_tui.console.app import ConsoleApp
from crm_tui.console.bars import AckBar, FooterBar
from crm_tui.console.dialogs import Dialog
from crm_tui.console.panes import LinesPane
from crm_tui.console.screen import ReviewScreen

MAP = """close_contact_id,ghl_contact_id,email,phone,close_updated_at,ghl_updated_at
CLOSE-101,GHL-501,owner@harborlight.test,+15550101010,2026-05-04T14:20:00Z,2026-05-05T09:10:00Z
CLOSE-202,GHL-502,ops@northstar.test,+15550102020,2026-05-03T16:45:00Z,2026-05-06T11:30:00Z
CLOSE-303,GHL-503,buyer@clearwater.test,+15550103030,2026-05-02T10:05:00Z,2026-05-04T08:00:00Z
"""
APPOINTMENTS = """appointment_id,close_contact_id,email,start_at,status,updated_at,title
APT-7001,CLOSE-101,owner@harborlight.test,2026-05-12T10:00:00-04:00,confirmed,2026-05-08T15:00:00Z,Kick-off call
APT-7002,CLOSE-999,ops@northstar.test,2026-05-13T16:00:00-04:00,scheduled,2026-05-08T15:20:00Z,Ops follow-up
APT-7003,CLOSE-404,hello@riverbend.test,2026-05-14T09:30:00-04:00,scheduled,2026-05-08T16:10:00Z,First talk
APT-7004,CLOSE-303,buyer@clearwater.test,next Friday,scheduled,2026-05-09T08:30:00Z,Contract questions
"""
CHANGES = """change_id,ghl_contact_id,email,close_contact_id,field,new_value,updated_at
CHG-8801,GHL-502,ops@northstar.test,CLOSE-202,phone,(555) 010-2020,2026-05-08T12:00:00Z
CHG-8803,,,,phone,+15550104040,2026-05-08T12:45:00Z
CHG-8804,GHL-502,ops@northstar.test,CLOSE-202,owner,Dana Reed,2026-05-08T13:15:00Z
"""
ACTIVITIES = """activity_id,channel,email,phone,activity_type,summary,occurred_at,desired_ghl_action
ACT-9101,gmail,owner@harborlight.test,,email,Sent the agenda,2026-05-08T09:05:00-04:00,append email activity
ACT-9104,gmail,buyer@clearwater.test,+1 555 010 2020,email,Signed order,2026-05-08T11:50:00-04:00,append
"""
SLICES = """slice_id,source_pattern,transformation,destination_review,boundary
ghl-activity-sync,One Gmail activity,normalise keys,activity review,No live GHL write before approval
"""
FILES: Mapping[str, str] = {
    "contact-map.csv": MAP,
    "close-appointments.csv": APPOINTMENTS,
    "ghl-contact-changes.csv": CHANGES,
    "activity-events.csv": ACTIVITIES,
    "first-slice-map.csv": SLICES,
}
"""Ledger APT-7001, CHG-8801, ACT-9101; conflicts APT-7002, APT-7003, CHG-8804, ACT-9104; errors APT-7004, CHG-8803."""

SIZES = ((80, 24), (100, 30), (140, 40))

START = datetime(2026, 5, 13, 16, 0, tzinfo=UTC)


def clock() -> datetime:
    """A clock that stands still."""
    return START


def review(app: ConsoleApp) -> ReviewScreen:
    """The review screen, also when a dialog stands over it."""
    return next(screen for screen in app.screen_stack if isinstance(screen, ReviewScreen))


def screen_lines(app: App[Any]) -> list[str]:
    """The lines that the terminal would show."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    """All of them."""
    return "\n".join(screen_lines(app))


def fits(app: App[Any]) -> bool:
    """Whether each line is as wide as the terminal, each row of it belongs to one pane, and dialogs are whole."""
    width, height = app.size
    # A dialog stands over a screen, which has to hold together as well.
    below = next(one for one in reversed(app.screen_stack) if not isinstance(one, Dialog | CommandPalette))
    shown = [one.region for one in below.query("LineBar, LinesPane, QueuePane, SearchInput") if one.region.area]
    cells = [(x, y) for region in shown for y in range(region.y, region.bottom) for x in (region.x, region.right - 1)]
    lines = screen_lines(app)
    whole = len(lines) == height and all(cell_len(line) == width for line in lines)
    boxes = [one for name in ("#dialog", "#dialog-hint") for one in app.screen.query(name)]
    inside = all(app.screen.region.contains_region(one.region) and one.region.area for one in boxes)
    hints = [str(one.content) for one in app.screen.query("#dialog-hint").results(Static)]
    said = all(hint in screen_text(app) for hint in hints)
    footers = [cell_len(bar.line(bar.size.width).plain) for bar in below.query(FooterBar)]
    return whole and inside and said and len(cells) == len(set(cells)) and all(one <= width for one in footers)


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
