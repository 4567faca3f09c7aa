"""OpenPhone (Quo since 2025): a channel of the activity feed."""

from __future__ import annotations

from crm_tui.systems.declare import System

SYSTEM = System(
    name="openphone",
    label="OpenPhone",
    letter="P",
    channels={"openphone": "OpenPhone", "open phone": "OpenPhone", "quo": "OpenPhone"},
)
