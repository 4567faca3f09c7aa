"""``t`` on a row that waits for the client takes the answer and opens the row again."""

from __future__ import annotations

from console_helpers import ack, evidence, here, state, to, type_text

from crm_tui.console.app import ConsoleApp


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
        assert "the client says: Northstar; asked: Whose?" in " ".join(evidence(app).split())
