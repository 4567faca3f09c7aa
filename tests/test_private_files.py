"""Files are written whole; what a killed write has left is taken away, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm_tui import files
from crm_tui.errors import TargetError
from crm_tui.files import append_line, write_atomic

LEFT = ".report.html.0123456789ab.crm-tui-part"

KILLED = """
import os, sys
from pathlib import Path
from crm_tui.files import write_atomic
write_atomic(Path(sys.argv[1]), b"new", before_rename=lambda: os.kill(os.getpid(), 9))
"""


def aged(path: Path, data: bytes = b"half") -> Path:
    path.write_bytes(data)
    long_ago = time.time() - 3_600
    os.utime(path, (long_ago, long_ago))
    return path


def test_what_a_killed_write_left_goes_with_the_next_write(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_bytes(b"old")
    subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    (left,) = set(tmp_path.iterdir()) - {target}
    assert target.read_bytes() == b"old"
    write_atomic(tmp_path / "other.csv", b"x")
    assert left.exists(), "a write that may still go on is left alone"
    os.utime(left, (0, 0))
    write_atomic(tmp_path / "other.csv", b"y")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv", "report.html"]


def test_only_what_is_provably_ours_is_taken_away(tmp_path: Path) -> None:
    names = (".report.html.0123456789ab.tmp", ".x.0123456789AB.crm-tui-part", "report.0123456789ab.crm-tui-part")
    kept = [aged(tmp_path / name) for name in names]
    outside = aged(tmp_path / "letter.txt")
    link = tmp_path / LEFT
    link.symlink_to(outside)
    folder = tmp_path / ".a.0123456789ab.crm-tui-part"
    folder.mkdir()
    second = tmp_path / ".b.0123456789ab.crm-tui-part"
    os.link(outside, second)
    write_atomic(tmp_path / "out.csv", b"x")
    assert all(path.exists() for path in (*kept, outside, link, folder, second))


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody delete a file that is open")
def test_a_write_that_takes_long_keeps_its_file(tmp_path: Path) -> None:
    left = aged(tmp_path / LEFT)
    with left.open("r+b") as stream:
        assert files._is_ours_alone(stream)
        write_atomic(tmp_path / "out.csv", b"x")
        assert left.exists()
    write_atomic(tmp_path / "out.csv", b"x")
    assert not left.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("reader", [False, True])
def test_a_pipe_in_the_place_of_a_list_of_lines_is_refused_and_holds_nobody(tmp_path: Path, reader: bool) -> None:
    path = tmp_path / "checkpoints.jsonl"
    os.mkfifo(path)
    listening = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if reader else None
    try:
        with pytest.raises(TargetError, match="cannot write"):
            append_line(path, b"{}")
    finally:
        if listening is not None:
            assert os.read(listening, 10) == b""
            os.close(listening)
