"""``review --watch``: payloads appear while the console is open, and the reviewer's place stays."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from console_helpers import APPOINTMENTS, ack, clock, here, review, to, type_text
from textual.pilot import Pilot

from crm_tui.console.app import ConsoleApp
from crm_tui.console.mapping_screen import MappingScreen
from crm_tui.console.watching import EVERY
from crm_tui.model import Queue, State
from crm_tui.workspace.load import Found, load_more
from crm_tui.workspace.store import Store
from crm_tui.workspace.watch import Arrivals


def sync(email: str, **options: bool) -> bytes:
    data = {"email": email, "company": "Northstar Ltd"}
    return json.dumps({"entity_type": "contact", "operation": "update", "data": data, "options": options}).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def watching(make: object, folder: Path) -> Iterator[ConsoleApp]:
    with Store.open(make(), clock=clock) as store:  # type: ignore[operator]
        yield ConsoleApp(store, "Dana", False, watched=Arrivals(folder))


async def until(pilot: Pilot[None], app: ConsoleApp, rows: int) -> float:
    """Wait until that many rows are there; seconds that it took."""
    start = time.monotonic()
    while app.session.counts.rows != rows:
        assert time.monotonic() - start < 60, ack(app)
        await pilot.pause(0.02)
    await pilot.pause()
    return time.monotonic() - start


async def test_a_payload_appears_and_the_cursor_stays_on_its_row(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(100, 30)) as pilot:
        await to(pilot, app, "CHG-8804")
        (folder / "hook-1.json").write_bytes(sync("ops@northstar.test", force_update=True))
        await until(pilot, app, 10)
        assert here(app) == "CHG-8804"
        assert ack(app) == "came: hook-1.json, 1 new row"
        assert app.session.counts.conflicts == 5
        await pilot.press("G")
        assert "asks for force update" in app.session.standing.case.issue.replace("_", " ")  # type: ignore[union-attr]


async def test_a_table_no_system_knows_takes_no_key_until_it_is_asked_for(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(140, 40)) as pilot:
        (folder / "strange.csv").write_text("colour,smell\nred,rose\n")
        for _ in range(300):
            await pilot.pause(0.02)
            if "strange" in ack(app):
                break
        assert ack(app) == "strange.csv is a table no system knows: map a table (ctrl+p)"
        await pilot.pause(0.5)
        assert app.screen is review(app)
        await pilot.press("s")
        assert app.session.counts.decided == 0 and "deferred" in ack(app)
        await review(app).run_action("map_waiting")
        await pilot.pause()
        assert isinstance(app.screen, MappingScreen)


class Held:
    """Loads that begin and then wait until they are let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        monkeypatch.setattr("crm_tui.console.loading.load_more", self._load)

    def _load(self, *arguments: Any) -> Any:
        self.begun.set()
        assert self.go_on.wait(20)
        return load_more(*arguments)

    async def wait(self, pilot: Pilot[None]) -> None:
        """Until a load has begun."""
        for _ in range(500):
            if self.begun.is_set():
                return
            await pilot.pause(0.02)
        raise AssertionError("no load has begun")


async def test_keys_are_answered_while_a_file_is_loaded_and_decisions_wait_for_its_end(
    watching: ConsoleApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, app = Held(monkeypatch), watching
    async with app.run_test(size=(100, 30)) as pilot:
        (folder / "hook.json").write_bytes(sync("ops@northstar.test"))
        await held.wait(pilot)
        first = here(app)
        await pilot.press("j")
        second = here(app)
        assert second != first
        decided = app.session.counts.decided
        await pilot.press("1")
        assert "a file is being loaded; nothing was saved" in ack(app)
        assert (app.session.counts.decided, app.session.counts.rows) == (decided, 9)
        held.go_on.set()
        await until(pilot, app, 10)
        assert here(app) == second


@pytest.mark.parametrize(("key", "kept", "said"), [("c", "Ring her", "note kept"), ("x", "", "nothing was saved")])
async def test_what_is_typed_while_a_load_moves_the_row_is_said_of_that_row_or_of_none(
    watching: ConsoleApp, folder: Path, monkeypatch: pytest.MonkeyPatch, key: str, kept: str, said: str
) -> None:
    held, app = Held(monkeypatch), watching
    header, put_right = APPOINTMENTS.splitlines()[0], APPOINTMENTS.splitlines()[2].replace("CLOSE-999", "CLOSE-202")
    async with app.run_test(size=(100, 30)) as pilot:
        await to(pilot, app, "APT-7002")
        (folder / "close-appointments.csv").write_text(f"{header}\n{put_right}\n")
        await held.wait(pilot)
        await pilot.press(key, *"Ring")
        held.go_on.set()
        await app.workers.wait_for_complete([one for one in app.workers if one.group == "load"])
        await pilot.pause()
        assert here(app) != "APT-7002", "the row has gone to the ledger"
        await type_text(pilot, " her")
        assert here(app) == "APT-7002" and said in ack(app)
        reviews = app.session.cases.reviews(app.session.cases.ids(Queue.LEDGER) + app.session.cases.ids(Queue.CONFLICT))
        assert {one.state for one in reviews.values()} == {State.PENDING}
        assert [one.note for one in reviews.values() if one.note] == ([kept] if kept else [])


async def test_a_load_that_is_stopped_leaves_nothing(
    watching: ConsoleApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, app = Held(monkeypatch), watching
    async with app.run_test(size=(100, 30)) as pilot:
        (folder / "hook.json").write_bytes(sync("ops@northstar.test"))
        await held.wait(pilot)
        await pilot.press("escape")
        assert ack(app) == "stopping…"
        held.go_on.set()
        for _ in range(500):
            await pilot.pause(0.02)
            if "nothing of hook.json was kept" in ack(app):
                break
        assert "nothing of hook.json was kept" in ack(app)
        assert app.session.counts.rows == 9
        (folder / "again.json").write_bytes(sync("ops@northstar.test"))
        await until(pilot, app, 10)


async def test_a_file_that_is_still_being_written_is_waited_for(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    content = sync("ops@northstar.test")
    async with app.run_test(size=(100, 30)) as pilot:
        path = folder / "hook.json"
        path.write_bytes(content[:40])
        await pilot.pause(0.8)
        assert app.session.counts.rows == 9
        path.write_bytes(content)
        await until(pilot, app, 10)
        assert app.session.counts.errors == 2


async def test_a_file_that_stays_cut_off_is_an_error_row_in_the_end(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(100, 30)) as pilot:
        (folder / "hook.json").write_bytes(sync("ops@northstar.test")[:40])
        await until(pilot, app, 10)
        assert app.session.counts.errors == 3


async def test_nothing_changes_under_an_open_dialog(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("question_mark")
        assert app.screen is not review(app)
        (folder / "hook.json").write_bytes(sync("ops@northstar.test"))
        await pilot.pause(1.0)
        assert app.session.counts.rows == 9
        await pilot.press("escape")
        await until(pilot, app, 10)


async def test_several_files_come_together_and_a_file_twice_changes_nothing(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(100, 30)) as pilot:
        for number in range(3):
            name = folder / f".{number}.tmp"
            name.write_bytes(sync(f"new{number}@one.test"))
            name.replace(folder / f"hook-{number}.json")
        await until(pilot, app, 12)
        (folder / "again.json").write_bytes(sync("new0@one.test"))
        (folder / "notes.pdf").write_bytes(b"%PDF")
        await pilot.pause(1.0)
        assert app.session.counts.rows == 12


async def test_a_folder_that_goes_away_is_said_once(watching: ConsoleApp, folder: Path) -> None:
    app = watching
    async with app.run_test(size=(100, 30)) as pilot:
        folder.rmdir()
        await pilot.pause(0.6)
        assert "cannot be watched" in ack(app)
        await pilot.press("j")
        folder.mkdir()
        (folder / "hook.json").write_bytes(sync("ops@northstar.test"))
        await until(pilot, app, 10)


class Looking(Arrivals):
    """Counts the looks at the folder until one has found something."""

    looks = 0
    found = False

    def look(self, now: float) -> Found:
        self.looks += not self.found
        came = super().look(now)
        self.found = self.found or bool(came.sources)
        return came


async def test_what_is_dropped_is_on_screen_within_half_a_second(make: Callable[[], Path], folder: Path) -> None:
    """Of a machine that does nothing else: the looks that it takes, and the work, but not what others do on it."""
    arrivals = Looking(folder)
    with Store.open(make(), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False, watched=arrivals)
        async with app.run_test(size=(100, 30)) as pilot:
            took = []
            for number in range(10):
                arrivals.looks, arrivals.found, worked = 0, False, time.process_time()
                (folder / f"hook-{number}.json").write_bytes(sync(f"new{number}@one.test"))
                await until(pilot, app, 10 + number)
                took.append(arrivals.looks * EVERY + time.process_time() - worked)
            assert sorted(took)[len(took) // 2] < 0.5, took
