"""Which files a load finds, and what it says of those it cannot read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from crm_tui.intake.files import find_files, left_aside


def sentence(path: Path) -> str:
    found, errors = find_files([path])
    assert found == []
    assert len(errors) == 1
    return str(errors[0])


def made(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text("x")
    return [folder / name for name in names]


def test_a_folder_stands_for_its_tables_by_name(tmp_path: Path) -> None:
    made(tmp_path, "b.csv", "a.TXT", "c.CSV", "notes.md", ".hidden.csv", "noend")
    (tmp_path / "folder.csv").mkdir()
    found, errors = find_files([tmp_path])
    assert [path.name for path in found] == ["a.TXT", "b.csv", "c.CSV"]
    assert errors == []


def test_what_a_folder_holds_beside_its_tables_is_told(tmp_path: Path) -> None:
    made(tmp_path, "a.csv", "notes.md", ".hidden.csv", "noend", "p1.png", "p2.png", "p3.png")
    (tmp_path / "older").mkdir()
    (tmp_path / "base").mkdir()
    (told,) = left_aside([tmp_path, tmp_path / "base"])
    assert told.endswith(": not looked into, name it to load it: noend, notes.md, older/, p1.png, p2.png, 1 more")
    assert left_aside([tmp_path / "base", tmp_path / "a.csv", tmp_path / "missing"]) == []


def test_a_file_that_is_named_may_have_any_suffix_and_keeps_its_place(tmp_path: Path) -> None:
    files = made(tmp_path, "z.dat", ".hidden", "a.csv")
    assert find_files(files) == (files, [])


def test_the_same_file_counts_once_however_it_is_named(tmp_path: Path) -> None:
    (file,) = made(tmp_path, "a.csv")
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    detour = tmp_path / ".." / tmp_path.name / "a.csv"
    assert find_files([link, file, detour, tmp_path]) == ([link], [])


def test_a_link_to_a_regular_file_is_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.data"
    outside.write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.csv").symlink_to(outside)
    assert find_files([folder]) == ([folder / "link.csv"], [])


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    made(tmp_path, "notes.md")
    (tmp_path / "broken.csv").symlink_to(tmp_path / "nowhere")
    assert (
        sentence(tmp_path)
        == f"{tmp_path} holds no export (.csv, .xlsx, .json, .zip …); name another folder, or the files."
    )


def test_a_missing_path_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    (good,) = made(tmp_path, "good.csv")
    found, errors = find_files([tmp_path / "gone.csv", good])
    assert found == [good]
    assert [str(error) for error in errors] == [f"{tmp_path / 'gone.csv'} does not exist; check the path."]


def test_pipes_sockets_and_devices_are_refused_without_opening_them(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert "is a pipe, socket or device; name a regular file" in sentence(pipe)
    assert "is a pipe, socket or device" in sentence(Path(os.devnull))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert "is a pipe, socket or device" in sentence(tmp_path / "s")


@pytest.mark.parametrize("name", ["nul\0byte.csv", "n" * 300, "loop"])
def test_an_impossible_path_is_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read: " in sentence(tmp_path / name)


def test_one_unreadable_file_does_not_keep_the_rest_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, other = made(tmp_path, "a.csv", "b.csv")
    # chmod would not stop root, under whom these tests may run.
    monkeypatch.setattr(os, "access", lambda path, mode: path != secret)
    found, errors = find_files([tmp_path])
    assert found == [other]
    assert [str(error) for error in errors] == [f"{secret} may not be read by you; give yourself the right to read it."]


def test_an_unreadable_folder_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert "cannot be read: Permission denied; check the path" in sentence(tmp_path)


def test_a_hostile_name_is_drawn_safely(tmp_path: Path) -> None:
    assert "\x1b" not in sentence(tmp_path / "\x1b[31mred.csv")
