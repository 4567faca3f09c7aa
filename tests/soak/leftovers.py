"""Reliability goal 11: however the program ends, no person is found outside the workspace and what was asked for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.benchmarks.measure import ROOT
from tests.factory import SAMPLE

TRIED = "exits, kills and crashes of commands"
_PEOPLE = (b"buyer@clearwater.test", b"ops@northstar.test", b"5550102020", b"Mallory Secret")
"""What the trial's exports and reasons say of people."""
_COMMANDS = (
    ("load", "src", "-w", "ws/w.crm"),
    ("decide", "-w", "ws/w.crm", "--from", "d.csv"),
    ("journal", "-w", "ws/w.crm"),
    ("export", "-w", "ws/w.crm", "-o", "out"),
    ("handoff", "-w", "ws/w.crm", "-o", "out/h.zip"),
    ("review", "-w", "ws/w.crm"),
    ("rows", "src/activity-events.csv"),
    ("load", "nowhere", "-w", "ws/w.crm"),
    ("redact", "src/contact-map.csv", "-o", "out/r.csv"),
)
_ENDS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGABRT, None, None)


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one command that ends by itself or by a signal at a random moment, in a home of its own."""
    shutil.copytree(SAMPLE, folder / "src")
    (folder / "d.csv").write_text("event_id,choice,reason\nCHG-8802,reject,Mallory Secret said so\n")
    for name in ("home", "tmp", "ws", "out"):
        (folder / name).mkdir()
    own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    while True:
        command = lots.choice(_COMMANDS)
        with subprocess.Popen(
            [sys.executable, "-m", "crm_tui", *command], cwd=folder, env=kept | own, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            end = lots.choice(_ENDS)
            if end is not None:
                time.sleep(lots.uniform(0.02, 1.0))
                process.send_signal(end)
            _, told = process.communicate(timeout=120)
        # Until the first line of the program runs, a signal is Python's own.
        assert b"Traceback" not in told or b"crm_tui" not in told, told
        places = [path for name in ("home", "tmp") for path in (folder / name).rglob("*") if path.is_file()]
        for path in [*places, *(path for path in folder.iterdir() if path.is_file() and path.name != "d.csv")]:
            assert not any(person in path.read_bytes() for person in _PEOPLE), path
        for path in folder.rglob("*.crm*"):
            assert path.stat().st_mode & 0o077 == 0, path
        yield 1
