"""The client's answer, and what was decided before: both come back to the row they are about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console_helpers import APPOINTMENTS, FILES, ack, clock, evidence, here, review, state, to, type_text

from crm_tui.console.app import ConsoleApp
from crm_tui.workspace.store import Store

Make = Callable[..., Path]


async def test_the_answer_is_typed_where_the_question_was_asked(app: ConsoleApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("t")
        await type_text(pilot, "Whose?")
        await to(pilot, app, "APT-7002")
        assert state(app, "APT-7002") == "needs client"
        await pilot.press("t")
        await type_text(pilot, "Northstar")
        assert (here(app), state(app, "APT-7002")) == ("APT-7002", "to decide")
        assert "answered by the client, open again" in ack(app)
        assert "the client says: “Northstar”; asked: “Whose?”" in " ".join(evidence(app).split())


AGAIN = "APT-7005,CLOSE-999,ops@northstar.test,2026-05-20T16:00:00-04:00,scheduled,2026-05-08T15:20:00Z,Ops again\n"


async def test_what_was_decided_before_is_offered_taken_with_a_key_and_forgotten(make: Make) -> None:
    files = {**FILES, "close-appointments.csv": APPOINTMENTS + AGAIN + AGAIN.replace("7005", "7006")}
    with Store.open(make(files), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(100, 30)) as pilot:
            await to(pilot, app, "APT-7002")
            await pilot.press("1", "a")
            await to(pilot, app, "APT-7005")
            shown = " ".join(evidence(app).split())
            assert (
                "Earlier #" in shown and "13 May 2026 16:00 UTC, Dana: CLOSE-202 · GHL-502; = chooses so again" in shown
            )
            await review(app).run_action("forget")
            assert "1 earlier decision on this disagreement will not be offered again" in ack(app)
            assert "Earlier" not in evidence(app)
            await pilot.press("=")
            assert "nothing was decided before on this disagreement" in ack(app)
            await pilot.press("1", "a")
            await to(pilot, app, "APT-7006")
            await pilot.press("=")
            assert state(app, "APT-7006") == "chosen"
            assert "APT-7006 → CLOSE-202" in ack(app)
