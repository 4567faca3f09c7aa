"""Workspaces for console tests, built by the real loader from small CSV texts."""

from __future__ import annotations

import os

# Textual reads both when it is imported.
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_tui.console.app import ConsoleApp
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

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

SIZES = ((80, 24), (140, 40))
START = datetime(2026, 5, 13, 16, 0, tzinfo=UTC)


def clock() -> datetime:
    """A clock that stands still."""
    return START


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Build a workspace from files (default: the small review above)."""

    def build(files: Mapping[str, str] | None = None, name: str = "first-slice") -> Path:
        folder = tmp_path / f"{name}-input"
        folder.mkdir()
        for file, text in (FILES if files is None else files).items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
        path = tmp_path / f"{name}.crm"
        report = load(path, [folder], clock=clock)
        assert not report.problems
        return path

    return build


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def store(make: Make) -> Iterator[Store]:
    """The small review, open for writing."""
    with Store.open(make(), clock=clock) as opened:
        yield opened


@pytest.fixture
def app(store: Store) -> ConsoleApp:
    """The console on the small review."""
    return ConsoleApp(store, "Dana", False)
