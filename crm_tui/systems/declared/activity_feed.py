"""The activity feed of seed 001: one table that carries Gmail, OpenPhone and form activity, told by ``channel``."""

from __future__ import annotations

from crm_tui.systems.declare import Column, Kind, Role, System, Table

ACTIVITIES = Table(
    name="activity-events",
    system="activity-feed",
    kind=Kind.ACTIVITY,
    noun="activity",
    columns=(
        Column("activity_id", Role.EVENT_ID, "activity", required=True),
        Column("channel", Role.CHANNEL, "channel", required=True),
        Column("email", Role.EMAIL, "e-mail"),
        Column("phone", Role.PHONE, "phone"),
        Column("activity_type", Role.ACTIVITY_TYPE, "type", required=True),
        Column("summary", Role.TEXT, "summary"),
        Column("occurred_at", Role.TIME, "occurred", required=True),
        Column("desired_ghl_action", Role.CLAIM, "wish in the file"),
    ),
)

SYSTEM = System(name="activity-feed", label="Activity feed", letter="A", tables=(ACTIVITIES,))
