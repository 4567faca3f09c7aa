"""Gmail: a channel of the activity feed."""

from __future__ import annotations

from crm_tui.systems.declare import System

SYSTEM = System(name="gmail", label="Gmail", letter="M", channels={"gmail": "Gmail", "email": "Gmail"})
