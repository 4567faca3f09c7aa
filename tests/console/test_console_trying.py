"""What another rule would do is seen before it is kept (D 23); what was kept can be taken away again."""

from __future__ import annotations

from console_helpers import ack, review
from textual.pilot import Pilot

from crm_tui.classify.policy import shipped_digest
from crm_tui.console.app import ConsoleApp
from crm_tui.console.panes import LinesPane
from crm_tui.console.trying import TrialListing, TrialPicker
from crm_tui.workspace import integrity


async def tried(pilot: Pilot[None], app: ConsoleApp, words: str) -> str:
    """Open a change by its words; gives what can be read of it."""
    await review(app).run_action("try_policy")
    await pilot.pause()
    assert isinstance(app.screen, TrialPicker)
    await pilot.press(*("space" if sign == " " else sign for sign in words), "enter")
    await pilot.pause()
    assert isinstance(app.screen, TrialListing)
    lines = app.screen.query_one("#listing", LinesPane).lines
    return " ".join(" ".join(line.plain for line in lines).split())


async def answered(pilot: Pilot[None], app: ConsoleApp, key: str) -> None:
    await pilot.press(key)
    await app.workers.wait_for_complete()
    await pilot.pause()


async def test_a_rule_is_tried_left_kept_and_taken_away_again(app: ConsoleApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        held, digest = app.session.counts.conflicts, app.session.cases.policy.sha256
        said = await tried(pilot, app, "no longer protect owner")
        assert "1 of 9 rows would be judged otherwise." in said
        assert f"conflict {held} → {held - 1}" in said
        assert "CHG-8804 conflict: the field is protected (protected_field) → ledger: every key agrees" in said
        await answered(pilot, app, "escape")
        assert ack(app) == "the policy is as it was; nothing was changed."
        assert (app.session.counts.conflicts, app.session.cases.policy.sha256) == (held, digest)

        await tried(pilot, app, "no longer protect owner")
        await answered(pilot, app, "enter")
        assert ack(app) == "kept: no longer protect owner, every row was judged anew"
        assert app.session.counts.conflicts == held - 1
        assert "owner" not in app.session.cases.policy.fields.protected
        integrity.check(app.store)

        assert f"conflict {held - 1} → {held}" in await tried(pilot, app, "the shipped policy")
        await answered(pilot, app, "enter")
        assert app.session.counts.conflicts == held
        assert app.session.cases.policy.sha256 == shipped_digest()
