"""Damaged and hostile handoffs, journals, policies, maps and lists: a sentence or a result, never anything else.

    CRM_TUI_SOAK=1 python -m pytest -s tests/reliability/test_fuzz.py

runs forty times as many, with other seeds each time.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui import canonical
from crm_tui.classify.policy import default_policy_text, parse_policy
from crm_tui.classify.policy_tables import read_tables
from crm_tui.console.settings import parse_settings
from crm_tui.errors import CrmTuiError, InputError, JournalDamaged, WorkspaceError
from crm_tui.handoff import container, receipts, trust
from crm_tui.handoff.row_file import RowShape
from crm_tui.intake.column_map import parse_map
from crm_tui.workspace import checkpoints, integrity, journal
from crm_tui.workspace.decide_file import apply_lines, read_lines
from crm_tui.workspace.store import Store
from tests.factory import SAMPLE, Bench
from tests.handoff.test_seal_verify import Forge, Made, code, decide_all, made
from tests.properties.profiles import examples

GUARDS = ("log_no_update", "log_no_delete", "log_in_order")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Made]:
    """A complete handoff; behind a call, so that hypothesis does not print it."""
    handoff = made(tmp_path_factory.mktemp("fuzz"), decide_all)
    return lambda: handoff


def in_a_sentence(call: Callable[[], object]) -> None:
    """It succeeds, or says in one line what is wrong."""
    try:
        call()
    except CrmTuiError as error:
        assert str(error).strip() and "\n" not in str(error)


# The verifier


LEAVES = st.none() | st.booleans() | st.integers(-3, 2**53 - 1) | st.text(max_size=8) | st.just([]) | st.just({})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with another leaf at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


FREE = {
    "statement": {"tool", "workspace_name", "slices"},
    "row": {
        "issue", "action", "word", "noun", "evidence", "evidence_text", "notes", "sides", "compared", "fired",
        "event_id", "contact_key", "source", "target", "table", "in_latest_load", "loaded_at", "system",
        "evidence_sha256",
    },
}  # fmt: skip


def same_kind(value: Any, path: tuple[Any, ...], leaf: Any) -> bool:
    """Whether a leaf is of the type of what stands at a place; a value from before may be unknown."""
    for key in path:
        value = value[key]
    kinds = {str, type(None)} if path[-1] == "before" else {type(value)}
    return type(leaf) in kinds


@examples(150, shrink=False)
@given(
    where=st.sampled_from(("statement", "row", "log")),
    at=st.integers(0, 10**6),
    inside=st.integers(0, 10**6),
    leaf=LEAVES,
)
def test_a_handoff_signed_anew_over_any_changed_value_is_refused_or_says_the_same(
    full: Callable[[], Made], where: str, at: int, inside: int, leaf: Any
) -> None:
    """Somebody with a trusted key changes one value of the statement, a row or the log and puts the sums right."""
    forge = Forge(full())
    row, line = at % len(forge.rows), at % len(forge.log)
    old = {"statement": forge.statement, "row": forge.rows[row], "log": json.loads(forge.log[line])}[where]
    place = (there := places(old)[1:])[inside % len(there)]
    new = changed(old, place, leaf)
    if where == "statement":
        forge.statement = new
    elif where == "row":
        forge.rows[row] = new
    else:
        forge.log[line] = canonical.dumps(new)
        forge.chain()
    try:
        found = forge.code()
    except (KeyError, AttributeError, AssertionError):
        return  # The forger cannot draw such pages either.
    if found == "accepted" and new != old:
        # The signer's own word: what the row says of its evidence (the log holds a digest of it), and, for whoever
        # holds the key, another history; but none in which a field is something else than it can be.
        assert same_kind(old, place, leaf), (where, place, leaf)
        assert where == "log" or place[0] in FREE[where], (where, place, leaf)


@examples(200)
@given(line=st.binary(max_size=60) | st.text(max_size=40).map(str.encode), at=st.integers(0, 10_000))
def test_the_quick_reading_of_a_row_takes_what_the_strict_one_takes_and_nothing_else(
    full: Callable[[], Made], line: bytes, at: int
) -> None:
    rows = [canonical.dumps(row) for row in Forge(full()).rows]
    row = rows[at % len(rows)]
    cut = at % len(row)
    for mutant in (row[:cut] + line + row[cut:], row[:cut] + line + row[cut + len(line) :], row[:cut]):
        try:
            value = canonical.Shape(RowShape).loads(mutant)
        except canonical.NotCanonical as error:
            if error.code != "schema":
                with pytest.raises(canonical.NotCanonical) as caught:
                    canonical._strictly(mutant)
                assert caught.value.code == error.code
        else:
            assert canonical._strictly(mutant) == value and canonical.dumps(value) == mutant


@examples(300)
@given(
    at=st.integers(0, 10**9), junk=st.binary(max_size=40), cut=st.integers(0, 400), kind=st.sampled_from(("over", "in"))
)
def test_a_handoff_with_a_piece_overwritten_inserted_or_cut_out_is_refused(
    full: Callable[[], Made], at: int, junk: bytes, cut: int, kind: str
) -> None:
    start = at % len(full().data)
    mutant = full().data[:start] + junk + full().data[start + (len(junk) if kind == "over" else cut) :]
    assert mutant == full().data or code(mutant, full().trust) not in ("accepted", "internal")


@examples(200)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_no_handoff_and_any_list_is_read_or_named(data: bytes, tmp_path_factory: Any) -> None:
    in_a_sentence(lambda: container.read(data))
    in_a_sentence(lambda: trust.parse(data))
    in_a_sentence(lambda: trust.parse_revoked(data))
    path = tmp_path_factory.getbasetemp() / "receipts.jsonl"
    path.write_bytes(data)

    def read() -> None:
        with receipts.opened(path):
            pass

    in_a_sentence(read)


# The journal


STATEMENTS = (
    "UPDATE log SET body = ? WHERE seq = {seq}",
    "UPDATE log SET hash = ? WHERE seq = {seq}",
    "UPDATE log SET prev = ? WHERE seq = {seq}",
    "UPDATE log SET kind = CAST(? AS TEXT) WHERE seq = {seq}",
    "UPDATE log SET row_id = CAST(? AS TEXT) WHERE seq = {seq}",
    "UPDATE log SET undoes = length(?) WHERE seq = {seq}",
    "UPDATE log_text SET text = CAST(? AS TEXT) WHERE seq = {seq}",
    "UPDATE log_text SET salt = ? WHERE seq = {seq}",
    "UPDATE decision SET state = CAST(? AS TEXT) WHERE seq = {seq}",
    "UPDATE decision SET at = CAST(? AS TEXT) WHERE seq = {seq}",
    "DELETE FROM log WHERE seq = {seq} AND ? IS NOT NULL",
    "DELETE FROM decision WHERE seq = {seq} AND ? IS NOT NULL",
    "DELETE FROM log WHERE seq >= {seq} AND ? IS NOT NULL",
    "INSERT OR REPLACE INTO log SELECT seq + 1, kind, row_id, undoes, prev, ?, hash FROM log WHERE seq = {seq}",
)


@pytest.fixture(scope="module")
def kept(full: Callable[[], Made]) -> Bench:
    """A review that was left once, so that its checkpoint lies outside."""
    with full().bench.open() as review:
        checkpoints.keep(review.store)
    return full().bench


@examples(120)
@given(which=st.sampled_from(STATEMENTS), at=st.integers(1, 40), junk=st.binary(max_size=40))
def test_a_journal_changed_by_hand_is_named_or_says_the_same(
    kept: Bench, tmp_path_factory: pytest.TempPathFactory, which: str, at: int, junk: bytes
) -> None:
    with kept.open() as review:
        before = decided(review.store)
        seq = at % journal.head(review.store.connection)[0] + 1
    copy = tmp_path_factory.getbasetemp() / "journal" / kept.workspace.name
    shutil.rmtree(copy.parent, ignore_errors=True)
    copy.parent.mkdir()
    shutil.copy(kept.workspace, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    guards = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for name in GUARDS:
        connection.execute(f"DROP TRIGGER {name}")
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(which.format(seq=seq), (junk,))
    except sqlite3.Error:
        return  # The file's own constraints refuse it.
    finally:
        for name in GUARDS:
            connection.execute(guards[name])
        connection.close()
    shutil.move(kept.workspace, kept.workspace.with_suffix(".away"))
    try:
        with Store.open(copy, write=False) as store:
            integrity.check(store)
            checkpoints.check(store)
            assert decided(store) == before
    except (JournalDamaged, WorkspaceError) as error:
        assert "\n" not in str(error)
    finally:
        shutil.move(kept.workspace.with_suffix(".away"), kept.workspace)


def decided(store: Store) -> list[Any]:
    sql = f"SELECT {journal.PROJECTED} FROM decision ORDER BY row_id"
    return store.connection.execute(sql).fetchall()


# What people write


WORDS = st.sampled_from(
    ["[fields]", "protected", "=", "[", "]", '"', "'", "\n", "#", ",", "{", "}", "route", "true", "1e9", "\x00", "é"]
)
JUNK = st.lists(WORDS | st.text(max_size=6), max_size=8).map("".join)


@examples(200)
@given(
    junk=st.lists(WORDS | st.text(max_size=6), max_size=8).map("".join),
    at=st.integers(0, 10**6),
    cut=st.integers(0, 30),
)
def test_any_policy_is_read_or_told_in_a_sentence(junk: str, at: int, cut: int) -> None:
    text = default_policy_text()
    start = at % len(text)
    in_a_sentence(lambda: parse_policy(text[:start] + junk + text[start + cut :], "policy.toml"))
    in_a_sentence(lambda: parse_policy(junk, "policy.toml"))


FIELD_POLICY = "field_name,direction,winning_system,review_rule\nphone,both,newest,auto\n"


@examples(100)
@given(
    rows=st.lists(
        st.lists(st.sampled_from(FIELD_POLICY.replace("\n", ",").split(",")) | st.text(max_size=5), max_size=5),
        max_size=4,
    )
)
def test_any_policy_table_is_read_or_told_in_a_sentence(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    for start in (FIELD_POLICY, ""):
        in_a_sentence(lambda start=start: read_tables([("field-policy.csv", start + text.getvalue())]))  # type: ignore[misc]


@examples(100)
@given(junk=JUNK, at=st.integers(0, 200), cut=st.integers(0, 30))
def test_any_map_is_read_or_told_in_a_sentence(junk: str, at: int, cut: int) -> None:
    text = 'table = "close-contacts"\n[columns]\n"E-Mail" = "email"\n"Name" = "display_name"\n'
    start = at % len(text)
    for one in (text[:start] + junk + text[start + cut :], junk):
        try:
            parse_map(one, "map.toml")
        except InputError as error:
            assert "map.toml" in str(error) and "\n" not in str(error)


SETTINGS = 'theme = "dark"\ntime_zone = "Europe/Berlin"\n[keys]\ndefer = "d"\napprove = ["a", "f5"]\n'


@examples(100)
@given(junk=JUNK, at=st.integers(0, 200), cut=st.integers(0, 30))
def test_any_settings_are_read_or_told_in_a_sentence(junk: str, at: int, cut: int) -> None:
    start = at % len(SETTINGS)
    for one in (SETTINGS[:start] + junk + SETTINGS[start + cut :], junk):
        in_a_sentence(lambda text=one: parse_settings(text))  # type: ignore[misc]


DECISIONS = b"event_id,choice,field,value,reason\nAPT-7001,approve,,,\nAPT-7002,reject,,,no\nCHG-8801,undo,,,\n"


@examples(60, shrink=False)
@given(junk=st.binary(max_size=12) | JUNK.map(str.encode), at=st.integers(0, 200), cut=st.integers(0, 30))
def test_any_list_of_decisions_is_taken_or_refused_line_by_line(
    full: Callable[[], Made], tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int, cut: int
) -> None:
    start = at % len(DECISIONS)
    path = tmp_path_factory.getbasetemp() / "decisions.csv"
    path.write_bytes(DECISIONS[:start] + junk + DECISIONS[start + cut :])

    def take() -> None:
        with full().bench.open() as review, contextlib.suppress(Untried), review.decisions.together():
            for result in apply_lines(review.cases, review.decisions, read_lines(path)):
                assert "\n" not in result.refusal
            raise Untried

    in_a_sentence(take)


class Untried(Exception):
    """Takes back what was tried."""


def test_the_fuzzers_start_from_what_is_accepted(full: Callable[[], Made]) -> None:
    assert code(full().data, full().trust) == "accepted"
    assert Forge(full()).code() == "accepted"
    assert parse_policy(default_policy_text()).name
    assert read_tables([("field-policy.csv", FIELD_POLICY)])
    assert parse_settings(SETTINGS).keys
    assert len(list(SAMPLE.glob("*.csv"))) > 3
