"""Invariants 1 and 2: no row is lost or counted twice, and what was read can be shown again byte for byte."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from crm_tui.console.session import Session, Tab
from crm_tui.intake.formats import open_sources, records
from crm_tui.model import Queue
from tests.factory import read_csv
from tests.properties.driving import REVIEWER, Desk, exported, handed_off, new_signer, rows_of, scratch, told
from tests.properties.profiles import examples
from tests.properties.strategies import Inputs, Story, damaged_inputs, inputs, next_inputs, stories

VIEWS = {
    Queue.LEDGER: ("sync-ledger.csv", "ledger", Tab.LEDGER),
    Queue.CONFLICT: ("conflict-queue.csv", "conflicts", Tab.CONFLICTS),
    Queue.ERROR: ("error-log.csv", "errors", Tab.ERRORS),
}


def same_everywhere(desk: Desk) -> int:
    """Screen, exports, database and handoff count the same rows; gives how many there are."""
    stored = desk.store.connection.execute("SELECT queue, row_id FROM record").fetchall()
    counts, session, views = (
        desk.cases.counts(),
        Session(desk.cases, REVIEWER),
        exported(desk.path, desk.folder / "csv"),
    )
    rows = desk.rows()
    assert sorted(row["row_id"] for row in rows) == sorted(row_id for _, row_id in stored)
    for queue, (view, name, tab) in VIEWS.items():
        wanted = sorted(row_id for of, row_id in stored if of == queue.value)
        assert getattr(counts, name) == getattr(session.counts, name) == len(wanted), name
        listed = [desk.cases.case(record_id).row_id for record_id in session.ids(tab)]
        assert sorted(listed) == wanted
        assert sorted(row["row_id"] for row in read_csv(views[view])) == wanted
        assert sorted(row["row_id"] for row in rows if row["was"] == queue.value) == wanted
    assert counts.rows == len(stored)
    return len(stored)


@examples(40)
@given(inputs())
def test_rows_in_are_ledger_and_conflict_and_error_on_screen_in_the_export_and_in_the_handoff(found: Inputs) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        assert desk.load(found) == ()
        with desk:
            assert same_everywhere(desk) == found.row_count
            per_source = Counter(
                desk.cases.sources[source_id].name
                for (source_id,) in desk.store.connection.execute("SELECT source_id FROM record")
            )
            for one in found.files:
                if one.judged and one.name in {source.name for source in desk.cases.sources.values()}:
                    assert per_source[one.name] == one.row_count
            members = handed_off(desk, new_signer(folder))
            rows, statement = rows_of(members), json.loads(members["handoff.json"])
            numbers = statement["counts"]
            assert statement["rows_total"] == numbers["rows"] == len(rows) == found.row_count
            assert numbers["ledger"] + numbers["conflicts"] + numbers["errors"] == found.row_count
            assert numbers["ready"] + numbers["rejected"] + numbers["outstanding"] + numbers["errors"] == len(rows)
            judged = [item for item in statement["inputs"] if item["role"] not in ("contact-map", "slice-map")]
            assert sum(item["rows"] for item in judged) == found.row_count


@examples(20)
@given(stories(most=8))
def test_deciding_and_loading_again_lose_and_double_nothing(story: Story) -> None:
    with told(story) as desk:
        same_everywhere(desk)
        counts, states = desk.cases.counts(), [review.state for _, _, review in desk.cases.each()]
        errors = [case.verdict.queue is Queue.ERROR for _, case, _ in desk.cases.each()]
        left = sum(state.outstanding and not error for state, error in zip(states, errors, strict=True))
        assert counts.left == left
        assert counts.decided + counts.left == counts.ledger + counts.conflicts


# Verbatim


def rebuilt(path: Path) -> dict[str, bytes]:
    """Source name → its bytes, put together from what is stored by the offsets that are stored."""
    connection = sqlite3.connect(path)
    try:
        files = {}
        for source, name, header in connection.execute("SELECT id, name, header_raw FROM source").fetchall():
            spans = [(0, header)]
            for table in ("left_out", "record", "reference", "record_version"):
                sql = f"SELECT offset, raw FROM {table} WHERE source_id = ?"
                spans += connection.execute(sql, (source,)).fetchall()
            data = b""
            for offset, raw in sorted(spans):
                assert offset == len(data), "a gap or an overlap"
                data += raw
            files[name] = data
        return files
    finally:
        connection.close()


@examples(60)
@given(damaged_inputs())
def test_the_file_can_be_put_together_again_and_was_not_touched(found: Inputs) -> None:
    with scratch() as folder:
        desk = Desk(folder)
        problems = desk.load(found)
        for one, path in ((one, folder / "desk.crm-in-1" / one.name) for one in found.files):
            assert path.read_bytes() == one.data
        if not desk.path.exists():
            assert len(problems) == len(found.files) and found.policy is None
            return
        originals = {one.name: one.data for one in found.files}
        again = rebuilt(desk.path)
        assert again == {name: originals[name] for name in again}
        copies = len(originals) - len(set(originals.values()))
        assert len(again) + len(problems) + copies >= len(originals)
        connection = sqlite3.connect(desk.path)
        lines = connection.execute(
            "SELECT name, first_line, last_line, record.raw FROM record JOIN source ON source.id = source_id"
        ).fetchall()
        connection.close()
        for name, first, last, raw in lines:
            assert b"".join(originals[name].splitlines(keepends=True)) == originals[name]
            assert last - first + 1 == max(1, len(raw.split(b"\n")) - raw.endswith(b"\n"))
            assert originals[name].split(b"\n")[first - 1].startswith(raw.split(b"\n")[0])
        with desk:
            same_everywhere(desk)


@examples(20)
@given(st.data())
def test_after_a_later_load_every_row_of_the_earlier_one_is_still_there(data: st.DataObject) -> None:
    first = data.draw(inputs())
    second = data.draw(next_inputs(first))
    with scratch() as folder:
        desk = Desk(folder)
        assert desk.load(first) == ()
        desk.load(second)
        connection = sqlite3.connect(desk.path)
        sql = "SELECT raw FROM record UNION SELECT raw FROM record_version UNION SELECT raw FROM reference"
        kept = {raw for (raw,) in connection.execute(sql)}
        connection.close()
        for number, load in ((1, first), (2, second)):
            for one in load.files:
                path = folder / f"desk.crm-in-{number}" / one.name
                assert path.read_bytes() == one.data
                assert {record.raw for record in records(open_sources(path).sources[0])} <= kept
