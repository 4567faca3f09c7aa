"""The workspace file: what is refused, who may write, and how it lies on disk."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crm_tui.errors import CrmTuiError, WorkspaceBusy, WorkspaceError
from crm_tui.workspace import schema
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from tests.factory import SAMPLE, Bench

posix = pytest.mark.skipif(os.name == "nt", reason="file modes are those of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(path: Path, *words: str) -> None:
    """Opening is one clear sentence that names the file, to read and to write, and changes no byte."""
    before = path.read_bytes() if path.is_file() else None
    for write in (True, False):
        with pytest.raises(WorkspaceError) as caught:
            Store.open(path, write=write).close()
        text = str(caught.value)
        assert path.name in text and "\n" not in text
        assert all(word in text for word in words)
    assert (path.read_bytes() if path.is_file() else None) == before


def altered(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_foreign_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    altered(path, "CREATE TABLE song (title TEXT)")
    refused(path, "no crm-tui workspace")
    assert sorted(one.name for one in tmp_path.iterdir() if not one.name.endswith(".lock")) == ["foreign.db"]


@pytest.mark.parametrize("data", [b"", b"hello", b"SQLite format 3\0" + b"\xff" * 4096, b"PK\x03\x04" * 100])
def test_something_that_is_no_database_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "something.crm"
    path.write_bytes(data)
    refused(path)


def test_a_workspace_of_a_newer_version_is_refused(bench: Bench) -> None:
    bench.sample()
    altered(bench.workspace, f"PRAGMA user_version = {schema.USER_VERSION + 1}")
    refused(bench.workspace, "newer")


def test_a_link_is_refused(bench: Bench) -> None:
    bench.sample()
    link = bench.folder / "link.crm"
    link.symlink_to(bench.workspace)
    refused(link, "link")


def test_a_link_that_leads_nowhere_is_refused_by_a_load(bench: Bench) -> None:
    link = bench.folder / "link.crm"
    link.symlink_to(bench.folder / "elsewhere.crm")
    with pytest.raises(WorkspaceError, match="link"):
        load(link, [SAMPLE])
    assert not (bench.folder / "elsewhere.crm").exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "folder")
    with pytest.raises(CrmTuiError, match="folder"):
        load(tmp_path, [SAMPLE])


def test_a_missing_workspace_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    refused(tmp_path / "missing.crm", "crm-tui load")
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.crm"
    os.mkfifo(pipe)
    refused(pipe, "regular file")


def test_a_parent_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CrmTuiError) as caught:
        load(tmp_path / "file" / "a.crm", [SAMPLE])
    assert caught.value.exit_code == 2


def test_a_second_writer_is_refused_and_a_reader_is_not(bench: Bench) -> None:
    bench.sample()
    with Store.open(bench.workspace):
        with pytest.raises(WorkspaceBusy):
            Store.open(bench.workspace)
        with pytest.raises(WorkspaceBusy):
            load(bench.workspace, [SAMPLE])
        with Store.open(bench.workspace, write=False) as reader:
            assert reader.read_only
            assert reader.connection.execute("SELECT COUNT(*) FROM record").fetchone() == (13,)
            with pytest.raises(WorkspaceError), reader.transaction():
                pass
            with pytest.raises(sqlite3.OperationalError):
                reader.connection.execute("DELETE FROM record")
    Store.open(bench.workspace).close()


def test_a_second_writer_in_another_process_is_refused(bench: Bench) -> None:
    bench.sample()
    script = (
        "import sys; from pathlib import Path; from crm_tui.errors import WorkspaceBusy\n"
        "from crm_tui.workspace.store import Store\n"
        "try:\n    Store.open(Path(sys.argv[1]))\nexcept WorkspaceBusy:\n    sys.exit(7)\n"
    )
    with Store.open(bench.workspace):
        done = subprocess.run([sys.executable, "-c", script, str(bench.workspace)], timeout=60, check=False)
    assert done.returncode == 7


@posix
def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "made" / "here" / "a.crm"
        load(path, [SAMPLE])
        with Store.open(path) as store, store.transaction():
            store.set_meta("x", "y")
            found = {one.name: mode(one) for one in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert "a.crm" in found and "a.crm-wal" in found
    assert set(found.values()) == {0o600}
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TRIGGER extra AFTER INSERT ON decision BEGIN DELETE FROM record; END"],
        ["CREATE VIEW extra AS SELECT * FROM record"],
        ["CREATE TABLE extra (x)"],
        ["CREATE INDEX extra ON record (rule)"],
        ["DROP TRIGGER log_no_update"],
        ["DROP TRIGGER log_no_delete"],
        ["DROP TRIGGER log_in_order"],
        ["DROP TRIGGER log_no_update", "CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT 1; END"],
        ["CREATE TRIGGER extra AFTER INSERT ON _sqlite_migrations BEGIN SELECT 1; END"],
        ["DROP TABLE handoff_row"],
        ["ALTER TABLE meta ADD COLUMN extra TEXT"],
        [
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = 'CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT 1; END'"
            " WHERE name = 'log_no_delete'",
        ],
    ],
    ids=[
        "trigger", "view", "table", "index", "no update guard", "no delete guard", "no order guard", "emptied guard",
        "trigger elsewhere", "table gone", "column added", "writable_schema",
    ],
)  # fmt: skip
def test_a_strange_schema_is_refused(bench: Bench, statements: list[str]) -> None:
    bench.sample()
    altered(bench.workspace, *statements)
    refused(bench.workspace)
    with pytest.raises(WorkspaceError):
        load(bench.workspace, [SAMPLE])


def test_a_schema_without_its_guards_is_named_log_schema(bench: Bench) -> None:
    """handoff.md, attack table of the log: triggers dropped → `log.schema`."""
    bench.sample()
    altered(bench.workspace, "DROP TRIGGER log_no_update")
    with pytest.raises(WorkspaceError) as caught:
        Store.open(bench.workspace)
    assert getattr(caught.value, "code", None) == "log.schema"
    assert caught.value.exit_code == 1


def test_writes_are_full_sync_in_wal_and_the_pragmas_are_in_force(bench: Bench) -> None:
    bench.sample()
    with Store.open(bench.workspace) as store:

        def pragma(name: str) -> object:
            return store.connection.execute(f"PRAGMA {name}").fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("trusted_schema") == 0
        assert pragma("cell_size_check") == 1
        assert pragma("secure_delete") == 1
        assert pragma("application_id") == schema.APPLICATION_ID
        assert pragma("user_version") == schema.USER_VERSION


def test_every_table_is_strict(bench: Bench) -> None:
    bench.sample()
    with Store.open(bench.workspace) as store:
        rows = store.connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    loose = {name for name, strict in rows if not strict and not name.startswith(("sqlite_", "_sqlite"))}
    assert loose == set()


def test_a_write_that_fails_leaves_nothing_of_itself(bench: Bench) -> None:
    bench.sample()
    with Store.open(bench.workspace) as store:
        with pytest.raises(KeyError), store.transaction():
            store.set_meta("half", "done")
            raise KeyError
        with pytest.raises(WorkspaceError), store.transaction():
            store.set_meta("half", "done")
            store.connection.execute("INSERT INTO nowhere VALUES (1)")
        assert store.meta("half") == ""
        with store.transaction():
            store.set_meta("whole", "done")
    with Store.open(bench.workspace, write=False) as store:
        assert (store.meta("half"), store.meta("whole")) == ("", "done")


def test_a_workspace_is_never_replaced(bench: Bench) -> None:
    bench.sample()
    before = bench.workspace.read_bytes()
    with pytest.raises(WorkspaceError, match="exists already"), Store.building(bench.workspace):
        pass
    assert bench.workspace.read_bytes() == before


def test_a_half_built_workspace_never_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.crm"
    with pytest.raises(KeyError), Store.building(path):
        assert not path.exists()
        raise KeyError
    assert [one.name for one in tmp_path.iterdir() if not one.name.endswith(".lock")] == []


def test_a_path_with_odd_characters_opens_the_file_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "50% a?b#c ü.crm"
    load(path, [SAMPLE])
    with Store.open(path, write=False) as store:
        assert store.connection.execute("SELECT COUNT(*) FROM record").fetchone() == (13,)
    assert {one.name for one in tmp_path.iterdir() if not one.name.startswith(".")} <= {
        path.name, f"{path.name}-wal", f"{path.name}-shm"
    }  # fmt: skip
