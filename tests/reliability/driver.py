"""Runs commands of the real program in forked children under the interposer; one trial a line on stdin."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crm_tui import cli
from crm_tui.cli.parser import build_parser
from crm_tui.handoff import export, seal
from crm_tui.workspace import journal, load, store

LIBRARY = ctypes.CDLL(None)


def main() -> None:
    """Answer each trial with how the child ended and how many file operations it came to."""
    build_parser()
    for line in sys.stdin:
        trial = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            one(trial, write)
        os.close(write)
        count = os.read(read, 64).decode()
        os.close(read)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "operations": int(count or -1)}), flush=True)


def one(trial: dict[str, Any], write: int) -> None:
    """The child: it never returns."""
    os.chdir(trial["folder"])
    os.environ["CRM_TUI_DATA_DIR"] = f"{trial['folder']}/data"
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if trial["record"] else -1
    sabotage(trial["sabotage"])
    code = 0
    LIBRARY.fault_arm(trial["folder"].encode(), trial["at"], trial["mode"], trial["errno"], log)
    for command in trial["commands"]:
        code = max(code, cli.run(command))
    os.write(write, str(LIBRARY.fault_count()).encode())
    os._exit(code)


def sabotage(what: str) -> None:
    """Faults that the suites must find: the tests of the tests."""
    if what == "normal":
        careful = store._review_pragmas

        def careless(connection: Any) -> None:
            careful(connection)
            connection.execute("PRAGMA synchronous = NORMAL")

        store._review_pragmas = careless
    elif what == "early":
        append = journal.append

        def boastful(*arguments: Any, **more: Any) -> int:
            seq = append(*arguments, **more)
            print(f"#{seq} saved  before it is", flush=True)
            return seq

        journal.append = boastful
    elif what == "in place":

        def in_place(path: Path, data: bytes | Sequence[bytes | memoryview], **more: Any) -> None:
            with path.open("wb") as stream:
                stream.writelines([data] if isinstance(data, bytes) else data)

        export.write_atomic = in_place
        seal.write_atomic = in_place
    assert load.load


if __name__ == "__main__":
    main()
