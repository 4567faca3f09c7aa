"""Anchors outside the workspace: with them, a journal that was cut or computed anew is found; a person may go on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from crm_tui.errors import JournalDamaged
from crm_tui.handoff.seal import seal
from crm_tui.workspace import checkpoints, integrity, journal
from crm_tui.workspace.store import Store
from tests.factory import Bench, signer
from tests.workspace.test_journal import GUARDS, NAME, by_hand, chained_again, code_of


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def left(bench: Bench) -> Bench:
    """A review that was decided, given out once, decided further, and left."""
    bench.sample()
    with bench.open(NAME) as review:
        review.decisions.approve(review.id("APT-7001"))
        review.decisions.approve(review.id("ACT-9101"))
        seal(review.cases, bench.folder / "1.zip", signer(bench.folder), NAME)
        review.decisions.reject(review.id("APT-7003"), "owner left the firm")
        review.decisions.approve(review.id("ACT-9102"))
        checkpoints.keep(review.store)
    return bench


def anchored(bench: Bench, workspace: Path | None = None) -> str:
    """What the check against the anchors says: a code, or ``""``."""
    with Store.open(workspace or bench.workspace, write=False) as store:
        integrity.check(store)
        try:
            checkpoints.check(store)
        except JournalDamaged as error:
            assert "\n" not in str(error)
            return error.code
    return ""


def bodies(bench: Bench) -> list[tuple[str, str, int, bytes]]:
    with Store.open(bench.workspace, write=False) as store:
        return store.connection.execute("SELECT kind, row_id, undoes, body FROM log ORDER BY seq").fetchall()


def forget(bench: Bench) -> None:
    """Take away what hangs on the journal, as somebody who rewrites it would."""
    connection = sqlite3.connect(bench.workspace, isolation_level=None)
    for table in ("decision", "handoff_row", "handoff"):
        connection.execute(f"DELETE FROM {table}")
    connection.close()


def tail_cut(bench: Bench) -> None:
    by_hand(bench, "DELETE FROM log_text WHERE seq > 4", "DELETE FROM log WHERE seq > 4")
    forget(bench)
    rebuild(bench)


def emptied(bench: Bench) -> None:
    by_hand(bench, "DELETE FROM log_text", "DELETE FROM decision", "DELETE FROM handoff_row", "DELETE FROM handoff")
    by_hand(bench, "DELETE FROM log")


def removed_and_renumbered(bench: Bench) -> None:
    kept = bodies(bench)
    forget(bench)
    chained_again(bench, [kept[0], kept[1], *kept[3:]])
    rebuild(bench)


def computed_anew(bench: Bench) -> None:
    kept = bodies(bench)
    forget(bench)
    chained_again(bench, [*kept[:2], (*kept[2][:3], kept[2][3].replace(b'"approve"', b'"reject"')), *kept[3:]])
    rebuild(bench)


def extended_anew(bench: Bench) -> None:
    """Rewritten, and longer than it was."""
    kept = bodies(bench)
    forget(bench)
    chained_again(bench, [*kept[:3], *kept[2:], *kept[2:4]])
    rebuild(bench)


def rebuild(bench: Bench) -> None:
    """Bring the projection up to the journal, so that nothing else gives the rewriting away."""
    connection = sqlite3.connect(bench.workspace, isolation_level=None)
    connection.execute("DELETE FROM decision")
    for row in journal.projection(connection):
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT INTO decision VALUES ({marks})", (*row, 0))
    connection.close()


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (tail_cut, "log.truncated"),
        (emptied, "log.truncated"),
        (removed_and_renumbered, "log.rewritten"),
        (computed_anew, "log.rewritten"),
        (extended_anew, "log.rewritten"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_the_chain_alone_cannot_tell_the_anchors_do(
    left: Bench, attack: Callable[[Bench], None], code: str
) -> None:
    assert anchored(left) == ""
    attack(left)
    assert code_of(left) == "", "the journal is consistent in itself: without anchors this stays undetected"
    assert anchored(left) == code


def test_the_first_entry_that_differs_is_named(left: Bench) -> None:
    kept = bodies(left)
    forget(left)
    changed = (*kept[-1][:3], kept[-1][3].replace(b'"approve"', b'"reject"'))
    chained_again(left, [*kept[:-1], changed])
    rebuild(left)
    with Store.open(left.workspace, write=False) as store:
        given_out = journal.entries(store.connection, "kind = 'handoff'")[0].seq
        with pytest.raises(JournalDamaged, match=f"from entry {given_out + 1} on"):
            checkpoints.check(store)


def test_a_review_that_goes_on_holds(left: Bench) -> None:
    with left.open(NAME) as review:
        review.decisions.undo(review.id("ACT-9102"))
        checkpoints.keep(review.store)
    assert anchored(left) == ""
    left.load(left.put("again.csv", b"x"))
    assert anchored(left) == ""


def test_a_handoff_and_a_load_leave_anchors_of_their_own(bench: Bench, data_folder: Path) -> None:
    bench.sample()
    with bench.open(NAME) as review:
        review.decisions.approve(review.id("APT-7001"))
        done = seal(review.cases, bench.folder / "1.zip", signer(bench.folder), NAME)
    lines = [json.loads(line) for line in (data_folder / "checkpoints.jsonl").read_text().splitlines()]
    assert [line["handoff"] for line in lines] == [done.handoff_id]
    assert (data_folder / "checkpoints.jsonl").stat().st_mode & 0o077 == 0
    bench.load(Path(__file__).parents[2] / "sample_exports" / "first-slice" / "contact-map.csv")
    assert anchored(bench) == ""


def test_nothing_is_noted_twice(left: Bench, data_folder: Path) -> None:
    before = (data_folder / "checkpoints.jsonl").read_bytes()
    with left.open(NAME) as review:
        checkpoints.keep(review.store)
        checkpoints.keep(review.store)
    assert (data_folder / "checkpoints.jsonl").read_bytes() == before


def test_a_backup_put_back_is_noticed_and_a_person_may_go_on(left: Bench) -> None:
    backup = left.folder / "backup"
    shutil.copy(left.workspace, backup)
    with left.open(NAME) as review:
        review.decisions.approve(review.id("CHG-8804"))
        checkpoints.keep(review.store)
    shutil.copy(backup, left.workspace)
    assert anchored(left) == "log.truncated"
    with left.open(NAME) as review:
        number = checkpoints.go_on(review.store, NAME, "disk failed")
        entry = journal.entries(review.store.connection, "seq = ?", (number,))[0]
        assert (entry.kind, entry.texts["reason"], entry.texts["by"]) == ("continue", "disk failed", NAME)
        assert b"disk failed" not in journal.canonical.dumps(entry.body)
        assert checkpoints.go_on(review.store, NAME, "again") == 0
    assert anchored(left) == "" == code_of(left)
    with left.open(NAME) as review:
        review.decisions.approve(review.id("CHG-8804"))
        checkpoints.keep(review.store)
    assert anchored(left) == ""
    tail_cut(left)
    assert anchored(left) == "log.truncated", "going on once does not open the door for the next time"


def test_a_copy_elsewhere_has_a_life_of_its_own(left: Bench) -> None:
    copy = left.folder / "copy.crm"
    shutil.copy(left.workspace, copy)
    with left.open(NAME) as review:
        review.decisions.approve(review.id("CHG-8804"))
        checkpoints.keep(review.store)
    assert anchored(left, copy) == ""


def test_a_file_that_was_moved_keeps_its_anchors(left: Bench) -> None:
    tail_cut(left)
    moved = left.folder / "moved.crm"
    left.workspace.rename(moved)
    assert anchored(left, moved) == "log.truncated"


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"\xff", b'{"at":1}', b'{"entries":3', b"null"])
def test_a_line_that_is_none_is_passed_over(left: Bench, data_folder: Path, line: bytes) -> None:
    path = data_folder / "checkpoints.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes() + line)
    assert anchored(left) == ""
    tail_cut(left)
    assert anchored(left) == "log.truncated"


def test_a_data_folder_that_cannot_be_written_stops_nobody(left: Bench, data_folder: Path) -> None:
    (data_folder / "checkpoints.jsonl").unlink()
    (data_folder / "checkpoints.jsonl").mkdir()
    with left.open(NAME) as review:
        review.decisions.approve(review.id("CHG-8804"))
        checkpoints.keep(review.store)
    assert anchored(left) == ""


def test_checkpoints_too_many_to_be_read_are_not_taken_for_none(left: Bench, data_folder: Path) -> None:
    with (data_folder / "checkpoints.jsonl").open("r+b") as stream:
        stream.truncate(65 << 20)
    assert anchored(left) == "log.checkpoint"
    with left.open(NAME) as review, pytest.raises(JournalDamaged, match="over 64 MiB, so nothing tells"):
        checkpoints.keep(review.store)
        checkpoints.go_on(review.store, NAME, "so be it")
    (data_folder / "checkpoints.jsonl").rename(data_folder / "2026.jsonl")
    assert anchored(left) == ""


def test_a_load_into_a_journal_that_was_cut_is_refused(left: Bench) -> None:
    tail_cut(left)
    with pytest.raises(JournalDamaged, match="--continue"):
        left.load(Path(__file__).parents[2] / "sample_exports" / "first-slice" / "contact-map.csv")


def test_the_guards_are_back_after_each_attack(left: Bench) -> None:
    computed_anew(left)
    with Store.open(left.workspace, write=False) as store:
        names = {name for (name,) in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert set(GUARDS) <= names
