"""The journal: append-only, chained, without personal data; undo is an entry; the projection is its fold."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui import canonical
from crm_tui.cli import run
from crm_tui.cli.deciding import decisions_in_order, told_in_order
from crm_tui.errors import DecisionRefused, JournalDamaged, WorkspaceError
from crm_tui.intake.formats import open_sources, records
from crm_tui.text import safe_text
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.checking import WholeCheck
from crm_tui.workspace.load import load
from crm_tui.workspace.replay import fold
from crm_tui.workspace.store import Store
from crm_tui.workspace.stored import stored_sources
from tests.factory import SAMPLE, SLICE_HEADER, Bench, Review, appointment, appointments_bytes, change, csv_bytes
from tests.properties.driving import read_log, tops

GUARDS = ("log_no_update", "log_no_delete", "log_in_order")
NAME, REASON, QUESTION, NOTE = "Rita Reviewer", "owner left the firm", "Is this still her number?", "ask Tom on Friday"


@pytest.fixture
def decided(bench: Bench) -> Bench:
    """The sample with a dozen decisions of every kind."""
    bench.sample()
    with bench.open(NAME) as review:
        decide = review.decisions
        decide.approve(review.id("APT-7001"))
        decide.choose(review.id("APT-7002"), "CLOSE-202/GHL-502")
        decide.approve(review.id("APT-7002"))
        decide.reject(review.id("CHG-8802"), REASON)
        decide.ask(review.id("ACT-9104"), QUESTION)
        decide.note(review.id("ACT-9103"), NOTE)
        decide.defer(review.id("ACT-9101"))
        decide.undo(review.id("APT-7001"))
        decide.approve(review.id("ACT-9102"))
    return bench


def code_of(bench: Bench) -> str:
    """What a check says: the code of the damage, or ``""``."""
    with Store.open(bench.workspace, write=False) as store:
        try:
            integrity.check(store)
        except JournalDamaged as error:
            assert "\n" not in str(error)
            return error.code
        return ""


def by_hand(bench: Bench, *statements: str, guards: bool = False, arguments: tuple = ()) -> None:
    """Change the file as another program would; ``guards=False`` takes the triggers away and puts them back."""
    connection = sqlite3.connect(bench.workspace, isolation_level=None)
    sql = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    if not guards:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
    try:
        for statement in statements:
            connection.execute(statement, arguments)
    finally:
        if not guards:
            for name in GUARDS:
                connection.execute(sql[name])
        connection.close()


def entries_of(bench: Bench) -> list[tuple[int, bytes, bytes, bytes]]:
    with Store.open(bench.workspace, write=False) as store:
        return store.connection.execute("SELECT seq, prev, body, hash FROM log ORDER BY seq").fetchall()


def test_a_good_journal_is_good(decided: Bench) -> None:
    assert code_of(decided) == ""


def test_the_chain_is_the_one_that_is_documented(decided: Bench) -> None:
    with Store.open(decided.workspace, write=False) as store:
        prev = hashlib.sha256(b"crm-tui-log-v1\0" + store.meta("workspace_id").encode()).digest()
    for number, (seq, stored_prev, body, stored) in enumerate(entries_of(decided), 1):
        assert (seq, stored_prev) == (number, prev)
        prev = hashlib.sha256(b"crm-tui-log-v1\0" + prev + struct.pack(">QQ", seq, len(body)) + body).digest()
        assert stored == prev
        assert canonical.dumps(canonical.loads(body)) == body


# Attacks that SQLite stops


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET body = x'7b7d' WHERE seq = 3",
        "UPDATE log SET seq = 99 WHERE seq = 3",
        "UPDATE OR REPLACE log SET seq = 4 WHERE seq = 3",
        "DELETE FROM log WHERE seq = 3",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log SELECT seq, kind, row_id, undoes, prev, x'7b7d', hash FROM log WHERE seq = 3",
        "REPLACE INTO log SELECT seq, kind, row_id, undoes, prev, x'7b7d', hash FROM log WHERE seq = 3",
        "INSERT INTO log SELECT seq + 100, kind, row_id, undoes, prev, body, hash FROM log WHERE seq = 3",
        "INSERT INTO log SELECT -1, kind, row_id, undoes, prev, body, hash FROM log WHERE seq = 3",
        "INSERT INTO log SELECT 0, kind, row_id, undoes, prev, body, hash FROM log WHERE seq = 3",
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["our connection", "another program"])
def test_update_delete_replace_and_out_of_order_are_stopped_by_sqlite(
    decided: Bench, statement: str, own: bool
) -> None:
    before = entries_of(decided)
    with pytest.raises((sqlite3.IntegrityError, WorkspaceError)):
        if own:
            with Store.open(decided.workspace) as store, store.transaction():
                store.connection.execute(statement)
        else:
            by_hand(decided, statement, guards=True)
    assert entries_of(decided) == before
    assert code_of(decided) == ""


# Attacks that the check names


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET state = 'approved' WHERE state = 'rejected'",
        "UPDATE decision SET choice = 'no-write' WHERE state = 'approved'",
        "UPDATE decision SET suggested = 'x' WHERE state = 'approved'",
        "UPDATE decision SET by_name = 'Mallory'",
        "UPDATE decision SET at = '2000-01-01T00:00:00Z'",
        "UPDATE decision SET seq = seq + 1 WHERE state = 'rejected'",
        "UPDATE decision SET reason = 'other' WHERE state = 'rejected'",
        "UPDATE decision SET reason = '' WHERE state = 'rejected'",
        "UPDATE decision SET question = 'other' WHERE state = 'needs client'",
        "UPDATE decision SET note = 'other' WHERE note != ''",
        "UPDATE decision SET fingerprint = 'x' WHERE state = 'approved'",
        "UPDATE decision SET row_id = 'row-0000000000000000' WHERE state = 'rejected'",
        "DELETE FROM decision WHERE state = 'rejected'",
        "DELETE FROM decision",
        "INSERT INTO decision SELECT row_id, 'approved', '', '', '', '', 3, '', '', '', '', '', '', 0 FROM record"
        " WHERE event_id = 'CHG-8804'",
    ],
)
def test_a_decision_edited_added_or_deleted_by_hand_is_named(decided: Bench, statement: str) -> None:
    by_hand(decided, statement, guards=True)
    assert code_of(decided) == "log.projection"


def test_the_name_of_the_row_stands_in_the_message(decided: Bench) -> None:
    with decided.open() as review:
        row_id = review.case("CHG-8802").row_id
    by_hand(decided, f"UPDATE decision SET state = 'approved' WHERE row_id = '{row_id}'", guards=True)
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged, match=row_id):
        integrity.check(store)


def test_a_stale_mark_taken_away_by_hand_is_noticed(bench: Bench) -> None:
    """What makes a decision count again is part of the projection."""
    bench.events(appointments=[appointment("A")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", title="Other"))))
    by_hand(bench, "UPDATE decision SET stale = 0", guards=True)
    with bench.open() as review:
        try:
            integrity.check(review.store)
        except JournalDamaged as error:
            assert error.code == "log.projection"
        else:
            assert review.state("A") == "stale"


def test_dropped_guards_are_refused(decided: Bench) -> None:
    for name in GUARDS:
        copy = Bench(decided.folder / name)
        copy.folder.mkdir()
        copy.workspace.write_bytes(decided.workspace.read_bytes())
        by_hand(copy, f"DROP TRIGGER {name}", guards=True)
        with pytest.raises(WorkspaceError):
            Store.open(copy.workspace)


def body_edited(bench: Bench, seq: int, *, own_hash: bool) -> None:
    _, prev, body, old = entries_of(bench)[seq - 1]
    new = body.replace(b'"approve"', b'"reject"')
    assert new != body
    digest = hashlib.sha256(b"crm-tui-log-v1\0" + prev + struct.pack(">QQ", seq, len(new)) + new).digest()
    by_hand(
        bench,
        "UPDATE log SET body = ?, hash = ? WHERE seq = ?",
        arguments=(new, digest if own_hash else old, seq),
    )


def test_an_edited_body_is_named_by_its_hash(decided: Bench) -> None:
    body_edited(decided, 5, own_hash=False)
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged, match="entry 5") as caught:
        integrity.check(store)
    assert caught.value.code == "log.hash"


def test_an_edited_body_with_its_own_hash_breaks_the_link_of_the_next(decided: Bench) -> None:
    body_edited(decided, 5, own_hash=True)
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged, match="entry 6") as caught:
        integrity.check(store)
    assert caught.value.code == "log.link"


def test_what_somebody_else_wrote_into_the_journal_is_named_without_what_it_would_do_to_a_terminal(
    decided: Bench,
) -> None:
    by_hand(decided, "UPDATE log_text SET field = ? WHERE seq = 1", arguments=("\x1b[2J\u202eby",))
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged) as caught:
        integrity.check(store)
    assert str(caught.value) == safe_text(str(caught.value), 1_000)
    assert "[2J" in str(caught.value)


@pytest.mark.parametrize("column", ["table_name", "format", "encoding", "header"])
def test_a_workspace_with_a_file_of_a_kind_that_is_not_known_here_is_one_sentence(decided: Bench, column: str) -> None:
    by_hand(decided, f"UPDATE source SET {column} = 'no such thing'")
    with Store.open(decided.workspace, write=False) as store, pytest.raises(WorkspaceError, match="not known here"):
        stored_sources(store.connection)


def test_what_somebody_else_wrote_into_a_workspace_reaches_a_terminal_drawn(
    decided: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(decided, "INSERT INTO meta VALUES ('keep_until', ?)", arguments=("\x1b[2J",))
    by_hand(decided, "UPDATE record SET rule = ? WHERE queue = 'error'", arguments=("\x1b[2J",))
    policy = decided.put("policy.toml", b"")
    assert run(["policy", "try", str(policy), "-w", str(decided.workspace)]) == 0
    assert run(["review", "-w", str(decided.workspace)]) == 0
    said = capsys.readouterr()
    assert "to be kept until ␛[2J" in said.out and "error (␛[2J)" in said.out
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize("seq", [1, 2, 5])
def test_a_removed_entry_is_a_gap(decided: Bench, seq: int) -> None:
    by_hand(decided, f"DELETE FROM log_text WHERE seq = {seq}", f"DELETE FROM log WHERE seq = {seq}")
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged, match=str(seq)) as caught:
        integrity.check(store)
    assert caught.value.code == "log.gap"


@pytest.mark.parametrize("column", ["kind = 'note'", "row_id = 'row-0000000000000000'", "undoes = 4"])
def test_an_entry_filed_under_something_else_is_named(decided: Bench, column: str) -> None:
    by_hand(decided, f"UPDATE log SET {column} WHERE seq = 5")
    assert code_of(decided).startswith("log.")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_text SET text = 'Mallory' WHERE field = 'by' AND seq = 1",
        "UPDATE log_text SET salt = zeroblob(32) WHERE seq = 1",
        "INSERT INTO log_text VALUES (1, 'reason', zeroblob(32), 'made up')",
        "UPDATE log_text SET field = 'reason' WHERE seq = 1",
    ],
)
def test_a_text_edited_by_hand_is_named(decided: Bench, statement: str) -> None:
    by_hand(decided, statement, guards=True)
    assert code_of(decided) == "log.text"


def test_the_log_of_another_workspace_does_not_link(bench: Bench, tmp_path: Path) -> None:
    bench.sample()
    with Store.open(bench.workspace) as store, store.transaction():
        store.set_meta("workspace_id", "0" * 32)
    assert code_of(bench) == "log.link"


# The two that stay undetected without anchors: nobody shall claim more


def chained_again(bench: Bench, bodies: list[tuple[str, str, int, bytes]]) -> None:
    """Write a whole new chain, as somebody with the file can."""
    with Store.open(bench.workspace, write=False) as store:
        prev = journal.genesis(store.meta("workspace_id"))
    connection = sqlite3.connect(bench.workspace, isolation_level=None)
    guards = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for name in GUARDS:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("DELETE FROM log")
    for seq, (kind, row_id, undoes, told) in enumerate(bodies, 1):
        # Whoever writes the chain anew leaves the marks out of texts that stood under another number.
        kept = {
            name: journal.text_mark(salt, text)
            for name, salt, text in connection.execute("SELECT field, salt, text FROM log_text WHERE seq = ?", (seq,))
        }
        body = told
        if canonical.loads(told)["texts"] != kept:
            body = canonical.dumps({**canonical.loads(told), "texts": {}})
            connection.execute("DELETE FROM log_text WHERE seq = ?", (seq,))
        digest = journal.entry_hash(prev, seq, body)
        connection.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, kind, row_id, undoes, prev, body, digest)
        )
        prev = digest
    connection.execute("DELETE FROM log_text WHERE seq > ?", (len(bodies),))
    for name in GUARDS:
        connection.execute(guards[name])
    connection.execute("DELETE FROM decision")
    connection.close()


def test_a_tail_that_was_cut_stays_undetected_without_anchors(decided: Bench) -> None:
    by_hand(decided, "DELETE FROM log_text WHERE seq > 2", "DELETE FROM log WHERE seq > 2", "DELETE FROM decision")
    assert code_of(decided) == ""
    with decided.open() as review:
        assert review.state("APT-7002") == "to decide"


def test_a_chain_computed_anew_stays_undetected_without_anchors(decided: Bench) -> None:
    with Store.open(decided.workspace, write=False) as store:
        rows = store.connection.execute("SELECT kind, row_id, undoes, body FROM log WHERE seq <= 2").fetchall()
    chained_again(decided, rows)
    assert code_of(decided) == ""


# Personal data


def personal_words() -> set[str]:
    """Every cell of the sample that is no date and no number, and what the reviewer typed."""
    words = {NAME, REASON, QUESTION, NOTE, "Rita", "Friday"}
    for path in SAMPLE.glob("*.csv"):
        for record in records(open_sources(path).sources[0]):
            words.update(cell.strip() for cell in record.cells or ())
    return {word for word in words if len(word) > 5 and not word[:4].isdigit()}


def test_no_body_holds_personal_data(decided: Bench) -> None:
    bodies = b"\n".join(body for _, _, body, _ in entries_of(decided)).lower()
    words = personal_words()
    assert len(words) > 50
    table_names = {"close-appointments", "ghl-contact-changes", "activity-events"}
    assert {word for word in words - table_names if word.lower().encode() in bodies} == set()


def test_equal_texts_stand_under_different_marks(bench: Bench) -> None:
    bench.sample()
    with bench.open(NAME) as review:
        for name in ("APT-7001", "CHG-8804"):
            review.decisions.reject(review.id(name), "yes")
        marks = [entry.body["texts"]["reason"] for entry in journal.entries(review.store.connection, "kind = 'decide'")]
        salts = [row[0] for row in review.store.connection.execute("SELECT salt FROM log_text")]
    assert len(set(marks)) == 2
    assert len(set(salts)) == len(salts) and {len(salt) for salt in salts} == {32}


def test_texts_that_are_gone_without_an_erasure_are_noticed(decided: Bench) -> None:
    """Chance does it too: a page of zeros in the place of the texts is a table without rows."""
    by_hand(decided, "DELETE FROM log_text", guards=True)
    assert code_of(decided) == "log.text"


def test_one_text_that_is_gone_is_named(decided: Bench) -> None:
    by_hand(decided, "DELETE FROM log_text WHERE seq = 1 AND field = 'by'", guards=True)
    with Store.open(decided.workspace, write=False) as store, pytest.raises(JournalDamaged) as caught:
        integrity.check(store)
    assert str(caught.value) == "the by of journal entry 1 is gone, and no erasure took it."


def test_rows_that_are_gone_are_noticed(decided: Bench) -> None:
    by_hand(decided, "DELETE FROM record WHERE queue = 'error'")
    assert code_of(decided) == "log.rows"


def test_a_damaged_index_of_a_large_workspace_is_found_by_the_check_of_every_page(
    decided: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "_AT_ONCE", 0)
    with contextlib.closing(sqlite3.connect(decided.workspace)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'record' AND sql IS NOT NULL"
        page = connection.execute(sql).fetchone()[0]
    data = bytearray(decided.workspace.read_bytes())
    # The number of entries on the page: one less than there are.
    at = (page - 1) * 4096 + 3
    data[at : at + 2] = (int.from_bytes(data[at : at + 2], "big") - 1).to_bytes(2, "big")
    decided.workspace.write_bytes(data)
    with Store.open(decided.workspace, write=False) as store:
        integrity.check(store)
        with pytest.raises(JournalDamaged, match="tables and indexes do not fit"):
            integrity.check(store, every_page=True)
    check = WholeCheck(decided.workspace)
    assert "tables and indexes do not fit" in check.fault()


def test_a_text_that_was_taken_out_shows_as_erased_and_one_that_never_was_as_blank(decided: Bench) -> None:
    with decided.open() as review, review.store.transaction():
        review.store.connection.execute("DELETE FROM log_text WHERE field IN ('by', 'reason')")
    with decided.open() as review:
        found = journal.entries(review.store.connection, "kind = 'decide'")
        (rejected,) = (entry for entry in found if entry.body["choice"] == "reject")
        assert [rejected.shown(*names) for names in (("by",), ("reason", "note"), ("note",))] == [
            "erased",
            "erased",
            "",
        ]
        lines = {line["choice"].split()[0]: line for line in decisions_in_order(review.cases)}
    assert (lines["reject"]["by"], lines["reject"]["words"]) == ("erased", "erased")
    assert lines["needs-client"]["words"] == QUESTION


def test_the_journal_is_told_with_every_value_and_word_and_under_the_mask_without_anybody(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        review.decisions.repair(review.id("APT-7004"), "email", "buyer@clearwater.test", "Zebulon said so")
        review.decisions.edit(review.id("APT-7001"), "title", "Call Quillfeather")
        review.decisions.approve(review.id("APT-7001"))
        review.decisions.undo()
        review.decisions.clear(review.id("APT-7001"))
        told = list(told_in_order(review.cases, masked=False))
        masked = "\n".join(told_in_order(review.cases, masked=True))
    assert [line.split()[2] for line in told] == ["APT-7004", *["APT-7001"] * 4]
    assert "typed over: e-mail buyer@clearwater.test · “Zebulon said so”" in told[0]
    assert "chose a field: title Call Quillfeather" in told[1]
    assert "approved " in told[2] and "title Call Quillfeather, neither source's" in told[2]
    assert told[2].endswith("(undone)") and "took back #" in told[3]
    assert not re.search("clearwater|Zebulon|Quillfeather", masked) and "APT-7004" in masked


# Undo, redo


def states(review: Review, *names: str) -> list[str]:
    return [review.state(name) for name in names]


def test_undo_is_an_entry_and_nothing_is_deleted(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        review.decisions.approve(review.id("APT-7001"))
        before = entries_of(bench)
        review.decisions.undo()
        assert entries_of(bench)[: len(before)] == before
        assert len(entries_of(bench)) == len(before) + 1
        assert review.state("APT-7001") == "to decide"


def test_undo_redo_undo_redo(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        record = review.id("APT-7001")
        review.decisions.approve(record)
        for _ in range(3):
            review.decisions.undo()
            assert review.state("APT-7001") == "to decide"
            review.decisions.redo()
            assert review.state("APT-7001") == "approved"
        with pytest.raises(DecisionRefused):
            review.decisions.redo()
        integrity.check(review.store)


def test_several_undos_are_redone_in_their_order(bench: Bench) -> None:
    bench.sample()
    names = ("APT-7001", "CHG-8804", "ACT-9101")
    with bench.open() as review:
        for name in names:
            review.decisions.approve(review.id(name))
        for _ in names:
            review.decisions.undo()
        assert states(review, *names) == ["to decide"] * 3
        with pytest.raises(DecisionRefused):
            review.decisions.undo()
        review.decisions.redo()
        assert states(review, *names) == ["approved", "to decide", "to decide"]
        review.decisions.redo()
        review.decisions.redo()
        assert states(review, *names) == ["approved"] * 3


def test_several_decisions_on_one_row_are_undone_and_redone_one_by_one(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        record = review.id("APT-7002")
        review.decisions.choose(record, "CLOSE-202/GHL-502")
        review.decisions.approve(record)
        with pytest.raises(DecisionRefused, match="undo it first"):
            review.decisions.reject(record, "after all not")
        seen = []
        for step in ("undo", "undo", "redo", "redo"):
            getattr(review.decisions, step)()
            seen.append(review.state("APT-7002"))
        assert seen == ["chosen", "to decide", "chosen", "approved"]


def test_any_decision_can_be_undone_alone_after_a_restart(bench: Bench) -> None:
    bench.sample()
    names = ("APT-7001", "CHG-8804", "ACT-9101", "APT-7002")
    with bench.open() as review:
        for name in names:
            review.decisions.reject(review.id(name), f"because of {name}")
    with bench.open("Second Person") as review:
        review.decisions.undo(review.id("CHG-8804"))
        assert states(review, *names) == ["rejected", "to decide", "rejected", "rejected"]
    with bench.open() as review:
        assert states(review, *names) == ["rejected", "to decide", "rejected", "rejected"]
        integrity.check(review.store)


def test_undo_takes_back_what_was_done_again_last_and_not_the_highest_number(bench: Bench) -> None:
    bench.sample()
    names = ("APT-7001", "CHG-8804", "ACT-9101")
    with bench.open() as review:
        first = review.decisions.approve(review.id(names[0])).seq
        for name in names[1:]:
            review.decisions.approve(review.id(name))
        review.decisions.undo_entry(first)
        review.decisions.redo()
        assert review.decisions.next_undo() == (first, "approve", names[0], review.id(names[0]), 1, first)
    with bench.open() as review:
        review.decisions.undo()
        assert states(review, *names) == ["to decide", "approved", "approved"]
        review.decisions.undo()
        assert states(review, *names) == ["to decide", "approved", "to decide"]


def test_a_new_decision_empties_what_redo_would_do_again(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        undone = review.decisions.approve(review.id("APT-7001")).seq
        review.decisions.undo()
        assert review.decisions.next_redo() == (undone, "approve", "APT-7001", review.id("APT-7001"), 1, undone)
        review.decisions.note(review.id("CHG-8804"), NOTE)
        review.decisions.undo()
        review.decisions.redo()
        assert review.decisions.next_redo() is None
        with pytest.raises(DecisionRefused, match="nothing to redo"):
            review.decisions.redo()
        assert review.state("APT-7001") == "to decide"
        review.decisions.redo_entry(undone)
        assert review.state("APT-7001") == "approved"


def test_one_row_of_a_set_that_is_taken_back_alone_is_done_again_alone(bench: Bench) -> None:
    bench.sample()
    names = ("APT-7001", "CHG-8804", "ACT-9101")
    with bench.open() as review:
        with review.decisions.together():
            of_set = [review.decisions.approve(review.id(name)).seq for name in names]
        review.decisions.undo_entry(of_set[1])
        review.decisions.redo()
        review.decisions.undo()
        assert states(review, *names) == ["approved", "to decide", "approved"]
        assert review.decisions.next_undo() == (of_set[0], "approve", names[0], review.id(names[0]), 2, of_set[-1])
        assert review.decisions.undo().rows == 2
        review.decisions.redo()
        assert states(review, *names) == ["approved", "to decide", "approved"]
        review.decisions.redo()
        assert states(review, *names) == ["approved"] * 3


def test_a_row_decided_anew_is_not_overwritten_by_a_redo(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        review.decisions.approve(review.id("APT-7001"))
        review.decisions.undo()
        review.decisions.reject(review.id("APT-7001"), "no")
        with pytest.raises(DecisionRefused):
            review.decisions.redo()
        assert review.state("APT-7001") == "rejected"


def test_a_note_decides_nothing_and_outlives_decisions(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        record = review.id("APT-7001")
        review.decisions.note(record, NOTE)
        assert review.state("APT-7001") == "to decide"
        review.decisions.reject(record, "no")
        review.decisions.undo()
        review.decisions.approve(record)
        assert review.cases.review(record).note == NOTE


def test_an_undo_goes_with_the_row_id_when_the_row_is_an_error_now(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", status="x"))))
    with bench.open() as review:
        assert review.state("A") == "stale"
        review.decisions.undo(review.id("A"))
        assert review.state("A") == "to decide"


def test_the_acknowledgement_names_number_row_and_choice(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        saved = review.decisions.choose(review.id("APT-7002"), "CLOSE-202/GHL-502")
        assert saved.line == "#3 saved  APT-7002 → CLOSE-202 · GHL-502"
        assert journal.head(review.store.connection)[0] == 3


def test_an_acknowledged_decision_is_on_disk_for_another_reader(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        review.decisions.approve(review.id("APT-7001"))
        other = sqlite3.connect(f"file:{bench.workspace}?mode=ro", uri=True)
        assert other.execute("SELECT state FROM decision").fetchall() == [("approved",)]
        other.close()


# The fold is the projection

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["approve", "reject", "defer", "ask", "note", "choose", "clear", "undo", "undo row", "redo"]),
        st.integers(0, 3),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bench = Bench(tmp_path_factory.mktemp("template"))
    bench.events(
        appointments=[appointment("A"), appointment("B", close_contact_id="CLOSE-9", email="x@x.test")],
        changes=[change("C", field="owner", new_value="Mallory"), change("D", updated_at="1999-01-01T00:00Z")],
    )
    return bench.workspace


def step(review: Review, what: str, record: int) -> None:
    decide = review.decisions
    case = review.cases.case(record)
    actions: dict[str, Callable[[], object]] = {
        "approve": lambda: decide.approve(record, reason="because"),
        "reject": lambda: decide.reject(record, "because"),
        "defer": lambda: decide.defer(record),
        "ask": lambda: decide.ask(record, "who?"),
        "note": lambda: decide.note(record, "hm"),
        "choose": lambda: decide.choose(record, case.options[-1].token, "because"),
        "clear": lambda: decide.clear(record),
        "undo": lambda: decide.undo(),
        "undo row": lambda: decide.undo(record),
        "redo": lambda: decide.redo(),
    }
    actions[what]()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_the_projection_is_the_fold_of_the_journal_after_any_steps(
    template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("fold"))
    bench.workspace.write_bytes(template.read_bytes())
    history: dict[int, list[str]] = {}
    with bench.open() as review:
        records_ = review.cases.ids()
        for what, index in steps:
            before = journal.head(review.store.connection)[0]
            try:
                step(review, what, records_[index])
            except DecisionRefused:
                assert journal.head(review.store.connection)[0] == before
                continue
            assert journal.head(review.store.connection)[0] == before + 1
            integrity.check(review.store)
            connection = review.store.connection
            taken, again = (
                [turn.decision for turn in act]
                for act in (journal.latest_act(connection), journal.latest_undone(connection))
            )
            assert (taken, again) == tops(read_log(bench.workspace))
            if what in ("undo", "redo", "undo row"):
                continue
            history.setdefault(records_[index], []).append(what)
        for record in records_:
            row_id = review.cases.case(record).row_id
            alone = fold(journal.effective_of_row(review.store.connection, row_id))
            assert review.cases.review(record) == alone
            if not any(what.startswith(("undo", "redo")) for what, _ in steps):
                told = [what for what in history.get(record, []) if what != "note"]
                expected = {
                    "approve": "approved", "reject": "rejected", "defer": "deferred", "ask": "needs client",
                    "choose": "chosen", "clear": "to decide",
                }  # fmt: skip
                assert alone.state.value == (expected[told[-1]] if told else "to decide")
    bench.workspace.unlink()


def test_a_load_is_an_entry_with_the_digests_of_its_files(bench: Bench) -> None:
    bench.sample()
    load(bench.workspace, [bench.put("more.csv", csv_bytes(SLICE_HEADER, []))])
    with bench.open() as review:
        found = journal.entries(review.store.connection)
    assert [entry.kind for entry in found] == ["open", "import", "import"]
    digest = hashlib.sha256((bench.folder / "exports" / "more.csv").read_bytes()).hexdigest()
    assert found[2].body["inputs"] == [[digest, "first-slice-map"]]
