"""Web forms: a channel of the activity feed (requirements 0.23: "or form activity")."""

from __future__ import annotations

from crm_tui.systems.declare import System

SYSTEM = System(name="webform", label="Web form", letter="W", channels={"form": "Web form", "web form": "Web form"})
