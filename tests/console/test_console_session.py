"""Resuming, refusals, read-only workspaces, long queues, crashes."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from console_helpers import FILES, ack, clock, footer, here, review, screen_text, state, to, type_text
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen

from crm_tui.console import handoff, sealing
from crm_tui.console.app import ConsoleApp, open_store
from crm_tui.console.base_app import failure_sentence
from crm_tui.console.dialogs import Notice, Prompt, typed
from crm_tui.console.screen import ReviewScreen
from crm_tui.console.session import Session
from crm_tui.console.tabs import Tab
from crm_tui.errors import WorkspaceError
from crm_tui.handoff.keys import Signer
from crm_tui.handoff.seal import Sealed
from crm_tui.progress import Progress
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store

Make = Callable[..., Path]


# -- the place is kept


async def test_tab_and_row_are_restored(make: Make) -> None:
    path = make()
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test() as pilot:
            await pilot.press("[", "j", "q")
            left_at = here(app)
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test():
            assert app.session.tab is Tab.LEDGER
            assert here(app) == left_at


async def test_the_place_is_written_with_a_decision(make: Make) -> None:
    path = make()
    with Store.open(path, clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test() as pilot:
            await to(pilot, app, "APT-7002")
            await pilot.press("1")
            # As after kill -9: what another connection reads is all there is.
            with sqlite3.connect(path) as other:
                (place,) = other.execute("SELECT value FROM meta WHERE key = 'place'").fetchone()
            other.close()
            standing = app.session.standing
            assert standing is not None
            assert place == standing.case.row_id
            assert re.fullmatch(r"row-[0-9a-f]{16}", place), "no personal data"


async def test_moves_are_kept_after_a_rest(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("j")
        assert app.store.meta("place") == ""
        await pilot.pause(0.9)
        assert app.store.meta("place").startswith("row-")


@pytest.mark.parametrize("place", ["row-0000000000000000", "nonsense", "", "../x"])
async def test_a_bad_place_is_ignored(store: Store, place: str) -> None:
    with store.transaction():
        store.set_meta("place", place)
    app = ConsoleApp(store, "Dana", False)
    async with app.run_test():
        assert app.session.tab is Tab.CONFLICTS


# -- the reviewer


async def test_the_reviewer_is_asked_once_and_kept(store: Store) -> None:
    app = ConsoleApp(store, "login", True)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        await pilot.press("enter")
        await pilot.pause()
        assert store.meta("reviewer") == "login"
        assert "login" in screen_text(app)


async def test_leaving_the_question_for_the_reviewer_keeps_the_login_name(store: Store) -> None:
    app = ConsoleApp(store, "login", True)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await to(pilot, app, "CHG-8804")
        await pilot.press("a")
        assert state(app, "CHG-8804") == "approved"
        assert store.meta("reviewer") == ""


async def test_a_given_name_is_passed_through_and_kept(store: Store) -> None:
    app = ConsoleApp(store, "Robin", False)
    async with app.run_test():
        assert store.meta("reviewer") == "Robin"


# -- refusals


async def test_a_full_disk_is_one_sentence_and_the_row_stays(app: ConsoleApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "CHG-8804")
        real = app.store.connection

        class Full:
            """A connection whose COMMIT finds the disk full."""

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

            def execute(self, sql: str, *rest: object) -> object:
                if sql == "COMMIT":
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorname = "SQLITE_FULL"  # type: ignore[misc]
                    raise error
                return real.execute(sql, *rest)  # type: ignore[arg-type]

        app.store.connection = Full()  # type: ignore[assignment]
        await pilot.press("a")
        await pilot.pause()
        assert "disk is full" in ack(app)
        assert "saved " not in ack(app)
        assert here(app) == "CHG-8804"
        assert state(app, "CHG-8804") == "to decide"
        assert "0 of 7 decided" in screen_text(app)
        app.store.connection = real
        await pilot.press("a")
        assert state(app, "CHG-8804") == "approved"


async def test_a_number_without_an_option_is_refused(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "APT-7002")
        await pilot.press("9")
        assert "no option 9" in ack(app)
        await to(pilot, app, "APT-7001")
        await pilot.press("1")
        assert "is for conflicts" in ack(app)


async def test_an_approved_row_is_not_approved_again(app: ConsoleApp) -> None:
    async with app.run_test() as pilot:
        await to(pilot, app, "APT-7001")
        await pilot.press("a")
        await to(pilot, app, "APT-7001")
        seq = journal.head(app.store.connection)
        await pilot.press("a")
        assert "approved already" in ack(app)
        assert journal.head(app.store.connection) == seq


# -- read-only


async def test_a_busy_workspace_opens_read_only_with_a_sentence(make: Make) -> None:
    path = make()
    with Store.open(path, clock=clock):
        second, warning = open_store(path, clock)
        with second:
            assert second.read_only
            app = ConsoleApp(second, "Dana", True, warning=warning)
            async with app.run_test(size=(80, 24)) as pilot:
                await pilot.pause()
                assert isinstance(app.screen, ReviewScreen), "nothing is asked that could not be kept"
                assert "open in another crm-tui" in ack(app)
                assert "read-only" in screen_text(app)
                for key in ("a", "1", "x", "s", "t", "c", "m", "u", "U", "B", "w", "backspace", "h"):
                    await pilot.press(key)
                    await pilot.pause()
                    assert isinstance(app.screen, ReviewScreen), key
                    assert "read-only" in ack(app), key
                assert "approve" not in footer(app)
                await pilot.press("j", "q")


async def test_a_damaged_journal_opens_read_only_and_names_the_entry(make: Make) -> None:
    path = make()
    with Store.open(path, clock=clock) as store:
        session = Session(Cases(store), "Dana")
        session.decide(lambda decisions, record_id: decisions.defer(record_id))
        seq = journal.head(store.connection)[0]
    damaged = sqlite3.connect(path)
    damaged.execute("UPDATE log_text SET text = 'Someone else' WHERE seq = ?", (seq,))
    damaged.commit()
    damaged.close()
    store, warning = open_store(path, clock)
    with store:
        assert store.read_only
        assert f"entry {seq}" in warning
        app = ConsoleApp(store, "Dana", False, warning=warning)
        async with app.run_test() as pilot:
            await pilot.pause()
            assert f"entry {seq}" in ack(app)


@pytest.fixture
def long_journal(make: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of three decisions that counts as one whose whole check takes long."""
    path = make()
    with Store.open(path, clock=clock) as store:
        session = Session(Cases(store), "Dana")
        for _ in range(3):
            session.decide(lambda decisions, record_id: decisions.defer(record_id))
    monkeypatch.setattr(integrity, "_AT_ONCE", 0)
    monkeypatch.setattr(integrity, "_END", 2)
    return path


async def checked(app: ConsoleApp, pilot: Pilot[str]) -> None:
    """Until the check beside the screen has come to its end."""
    deadline = time.monotonic() + 60
    while not app.session.checked and time.monotonic() < deadline:
        await pilot.pause(0.05)


async def test_the_whole_of_a_long_journal_is_checked_beside_the_screen(long_journal: Path) -> None:
    store, warning = open_store(long_journal, clock)
    with store:
        assert not warning
        app = ConsoleApp(store, "Dana", False)
        app.session.checked = False
        async with app.run_test() as pilot:
            await pilot.press("w")
            assert "still being checked" in ack(app)
            await pilot.press("u")
            assert "undone" in ack(app)
            await checked(app, pilot)
            await pilot.press("w")
            assert not isinstance(app.screen, ReviewScreen)
            assert not store.read_only


async def test_what_that_check_finds_ends_deciding_at_once(long_journal: Path) -> None:
    with closing(sqlite3.connect(long_journal)) as damaged, damaged:
        damaged.execute("UPDATE log_text SET text = 'Someone else' WHERE seq = 3 AND field = 'by'")
    store, warning = open_store(long_journal, clock)
    with store:
        assert not warning
        app = ConsoleApp(store, "Dana", False)
        app.session.checked = False
        async with app.run_test(size=(160, 40)) as pilot:
            await checked(app, pilot)
            await pilot.pause()
            assert "entry 3 was changed" in ack(app)
            before = journal.head(store.connection)
            await pilot.press("u")
            assert "read-only" in ack(app)
            assert journal.head(store.connection) == before
        with Store.open(long_journal, clock=clock) as free:
            assert not free.read_only


@pytest.mark.parametrize("entry", [4, 5])
def test_the_end_of_a_long_journal_is_checked_before_anything_is_drawn(long_journal: Path, entry: int) -> None:
    with closing(sqlite3.connect(long_journal)) as damaged, damaged:
        damaged.execute("UPDATE log_text SET text = 'Someone else' WHERE seq = ? AND field = 'by'", (entry,))
    store, warning = open_store(long_journal, clock)
    with store:
        assert store.read_only
        assert f"entry {entry}" in warning


def test_no_workspace_is_a_workspace_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        open_store(tmp_path / "none.crm", clock)


async def test_an_empty_review_says_so(make: Make) -> None:
    only_map = {"contact-map.csv": FILES["contact-map.csv"]}
    with Store.open(make(only_map), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "nothing is loaded" in ack(app)
            await pilot.press("]")
            await pilot.pause()
            assert "No row is ready" in screen_text(app)
            for key in ("a", "1", "x", "j", "}", "{", "G", "right", "u", "B"):
                await pilot.press(key)
            assert isinstance(app.screen, ReviewScreen)


# -- a long queue


def many(rows: int) -> dict[str, str]:
    header = FILES["activity-events.csv"].splitlines()[0]
    rest = "email,Hi,2026-05-08T09:05:00-04:00,append"
    lines = [f"ACT-{number:06},gmail,nobody{number}@nowhere.test,,{rest}" for number in range(rows)]
    return {"contact-map.csv": FILES["contact-map.csv"], "activity-events.csv": "\n".join([header, *lines, ""])}


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=str)
async def test_a_key_costs_at_most_one_page_query(make: Make, size: tuple[int, int]) -> None:
    with Store.open(make(many(3_000)), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            pages: list[str] = []
            selects: list[str] = []

            def trace(sql: str) -> None:
                selects.append(sql)
                if "FROM decision JOIN record" in sql and sql.count(",") > 14:
                    pages.append(sql)

            store.connection.set_trace_callback(trace)
            for key in ("j", "j", "pagedown", "pagedown", "G", "k", "g", "pagedown", "}", "{", "G"):
                pages.clear()
                await pilot.press(key)
                await pilot.pause()
                assert len(pages) <= 1, key
            selects.clear()
            await pilot.press("k", "k", "k")
            await pilot.pause()
            store.connection.set_trace_callback(None)
            assert len(selects) < 30, "moving within what is read costs next to nothing"
            assert "3,000/3,000" not in screen_text(app)


async def test_ten_thousand_rows_scroll_to_the_end(make: Make) -> None:
    with Store.open(make(many(10_000)), clock=clock) as store:
        app = ConsoleApp(store, "Dana", False)
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press("G")
            await pilot.pause()
            assert "ACT-009999" in screen_text(app)
            assert "10,000/10,000" in screen_text(app)
            await pilot.press("s")
            await pilot.pause()
            assert "ACT-000000" in screen_text(app), "round the end to the first that waits"


# -- the handoff


async def shown(pilot: Pilot[None], app: ConsoleApp, screen: type[Screen[Any]]) -> None:
    """Wait until that screen is on top."""
    deadline = time.monotonic() + 30
    while not isinstance(app.screen, screen):
        assert time.monotonic() < deadline, app.screen
        await pilot.pause(0.02)
    await pilot.pause()


async def test_a_handoff_that_takes_a_while_shows_a_bar_and_esc_stops_it_without_a_trace(
    app: ConsoleApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, go_on, sign = threading.Event(), threading.Event(), handoff.sign

    def slow(session: Session, signer: Signer, progress: Progress) -> Sealed:
        def tell(done: int, total: int, rows: int) -> None:
            progress(done, total, rows)
            if 2 * done > total and not go_on.is_set():
                half.set()
                go_on.wait(30)

        return sign(session, signer, tell)

    monkeypatch.setattr(sealing, "_EVERY", 0)
    monkeypatch.setattr(handoff, "sign", slow)
    async with app.run_test(size=(100, 24)) as pilot:
        before = journal.head(app.store.connection)
        await pilot.press("w")
        await shown(pilot, app, sealing.Signing)
        await pilot.press("enter", "enter")
        await shown(pilot, app, sealing.Sealing)
        while not half.is_set():
            await pilot.pause(0.02)
        text = screen_text(app)
        assert re.search(r"5\d%  \d+ rows  [\d,]+ rows/s  .+ left", text), text
        assert "stop; nothing is written" in text
        await pilot.press("escape")
        go_on.set()
        await shown(pilot, app, ReviewScreen)
        assert "stopped; nothing was signed" in ack(app)
        assert journal.head(app.store.connection) == before
        assert not list(tmp_path.glob("*.handoff.zip*"))
        await pilot.press("w")
        await shown(pilot, app, sealing.Signing)
        await pilot.press("enter", "enter")
        await shown(pilot, app, Notice)
        assert len(list(tmp_path.glob("*.handoff.zip"))) == 1


async def test_the_handoff_is_summed_up_signed_and_shown(app: ConsoleApp, tmp_path: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, sealing.Signing)
        text = screen_text(app)
        assert "PARTIAL" in text
        assert "a new signing key will be made" in text
        for _ in range(2):  # in one burst: the second was pressed before it was asked for
            app.post_message(Key("enter", None))
        await pilot.pause()
        await pilot.pause()
        assert re.search(r"enter again  sign what is decided: \d+ rows still open", screen_text(app))
        assert isinstance(app.screen, sealing.Signing)
        assert not list(tmp_path.glob("*.handoff.zip"))
        await pilot.press("enter")
        await shown(pilot, app, Notice)
        assert "crm-tui verify" in screen_text(app)
        (made,) = tmp_path.glob("*.handoff.zip")
        assert made.name in ack(app)
        await pilot.press("escape", "w")
        await pilot.pause()
        assert "SHA256:" in screen_text(app)


async def test_a_protected_key_asks_for_its_passphrase(app: ConsoleApp, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from crm_tui.handoff.keys import default_key_path, new_key

    path = default_key_path()
    signer = new_key(path, "dana@example.test")
    private = signer._private
    assert isinstance(private, Ed25519PrivateKey)
    secret = forms.BestAvailableEncryption(b"open sesame")
    path.write_bytes(private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, secret))
    path.chmod(0o600)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("enter", "enter")
        await shown(pilot, app, Prompt)
        await type_text(pilot, "wrong")
        await pilot.pause(0.3)
        assert "not the passphrase" in ack(app)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("enter", "enter")
        await shown(pilot, app, Prompt)
        await type_text(pilot, "open sesame")
        await shown(pilot, app, Notice)
        assert "open sesame" not in screen_text(app)
    assert list(tmp_path.glob("*.handoff.zip"))


# -- ending


async def test_a_crash_is_one_sentence_without_values(app: ConsoleApp, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "ops@northstar.test"

    def fail() -> None:
        raise KeyError(secret)

    with pytest.raises(KeyError):
        async with app.run_test() as pilot:
            review(app).action_down = fail  # type: ignore[method-assign]
            await pilot.press("j")
    assert app.return_code == 1
    assert app._failure.startswith("crm-tui ended because of an error of its own: KeyError")
    assert secret not in app._failure
    captured = capsys.readouterr()
    assert secret not in captured.out + captured.err


def test_the_sentence_names_class_and_place_only() -> None:
    try:
        raise ValueError("+15550102020")
    except ValueError as error:
        sentence = failure_sentence(error)
    assert "ValueError" in sentence
    assert ".py, line" in sentence
    assert "0102020" not in sentence


def test_what_is_typed_or_pasted_loses_what_cannot_be_drawn() -> None:
    assert typed("a\x1b]52;c;x\x07b\u202ec\u200b") == "a]52;c;xbc"


async def test_no_theme_but_ours(app: ConsoleApp) -> None:
    async with app.run_test():
        assert set(app.available_themes) == {"crm-tui-dark", "crm-tui-light", "crm-tui-contrast"}
        assert app.theme == "crm-tui-dark"
