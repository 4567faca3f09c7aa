"""Trials of the real program under the interposer, and the power-cut states that follow from a recording."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from crm_tui.workspace import integrity
from crm_tui.workspace.store import Store

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
RECORD, KILL_BEFORE, KILL_HALF, KILL_AFTER, FAIL_ONCE, FAIL_ON = range(6)
SECTOR = 512
ACKNOWLEDGED = re.compile(r"^#(\d+) saved", re.MULTILINE)


class Done(NamedTuple):
    """How a trial ended."""

    status: int
    """Exit code, or the negative number of a signal."""
    operations: int
    """File operations; -1 when it was killed."""
    out: str
    err: str

    @property
    def acknowledged(self) -> list[int]:
        """Numbers of the decisions that were said to be saved; a line cut short was read by nobody."""
        return [int(one) for one in ACKNOWLEDGED.findall(self.out[: self.out.rfind("\n") + 1])]


class Rig:
    """The driver process; ``run`` is one trial in a child of it."""

    def __init__(self, library: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CRM_TUI")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.driver"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
            env=environment | {"LD_PRELOAD": str(library), "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip

    def run(
        self,
        folder: Path,
        commands: Sequence[Sequence[str]],
        *,
        mode: int = RECORD,
        at: int = 0,
        errno: int = 0,
        record: bool = False,
        sabotage: str = "",
    ) -> Done:
        """One trial in ``folder``."""
        trial = {"folder": str(folder), "commands": commands, "mode": mode, "at": at, "errno": errno}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({**trial, "record": record, "sabotage": sabotage}) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        out, err = ((folder / name).read_text(errors="replace") for name in ("out", "err"))
        return Done(found["status"], found["operations"], out, err)

    def close(self) -> None:
        """It keeps nothing, so it is simply ended."""
        self._process.kill()
        self._process.communicate()


def fresh(template: Path, folder: Path) -> Path:
    """A copy of a prepared folder in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    return folder


def sound(workspace: Path) -> list[int]:
    """The numbers of the decisions in a workspace that opens, is whole and whose chain holds."""
    with Store.open(workspace) as store:
        assert store.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        integrity.check(store)
        return [row[0] for row in store.connection.execute("SELECT seq FROM log ORDER BY seq")]


def sound_or_reason(workspace: Path, wanted: Sequence[int]) -> str:
    """``""`` when the workspace is sound and holds the decisions wanted, else what is wrong."""
    try:
        lost = set(wanted) - set(sound(workspace))
    except (AssertionError, sqlite3.Error, Exception) as error:
        return f"{type(error).__name__}: {error}"
    return f"lost {sorted(lost)}" if lost else ""


# -- power cuts


class Operation(NamedTuple):
    name: str
    path: str
    other: str
    at: int
    data: bytes


def recorded(log: Path) -> Iterator[Operation]:
    """What the interposer wrote down."""
    with log.open("rb") as stream:
        while head := stream.readline():
            name, one, two, at, size = head.decode().rstrip("\n").split("\t")
            yield Operation(name, one, two, int(at), stream.read(int(size)))


@dataclass
class Inode:
    """A file: what the disk has for certain, and what it may or may not have of what came later."""

    certain: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes), or (size, ``None``) for a truncation."""

    def content(self, lots: Random | None) -> bytes:
        """Everything, or as a power cut leaves it: any of the sectors not yet synced, in any order of arrival."""
        held = bytearray(self.certain)
        for at, data in self.pending:
            if data is None:
                if lots is None or lots.random() < 0.5:
                    held = held[:at] + bytes(max(0, at - len(held)))
                continue
            for start in range(0, len(data), SECTOR):
                if lots is None or lots.random() < 0.5:
                    part = data[start : start + SECTOR]
                    held += bytes(max(0, at + start + len(part) - len(held)))
                    held[at + start : at + start + len(part)] = part
        return bytes(held)


class Disk:
    """A disk that promises no more than POSIX: nothing is certain before ``fsync`` of the file, and of its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = [one for one in folder.rglob("*") if one.is_file()]
        self.seen = {str(one): Inode(one.read_bytes()) for one in files}
        self.certain = dict(self.seen)
        self.changes: list[tuple[str, str, str, Inode | None]] = []

    def do(self, step: Operation) -> None:
        """Carry out one recorded operation."""
        name, path = step.name, step.path
        if name == "create":
            self.seen[path] = Inode()
            self.changes.append((path, "", "", self.seen[path]))
        elif name in ("write", "truncate") and path in self.seen:
            self.seen[path].pending.append((step.at, step.data if name == "write" else None))
        elif name == "unlink":
            self.seen.pop(path, None)
            self.changes.append(("", path, "", None))
        elif name == "rename":
            inode = self.seen.pop(path)
            self.seen[step.other] = inode
            self.changes.append((step.other, path, "", inode))
        elif name == "sync" and path in self.seen:
            inode = self.seen[path]
            inode.certain, inode.pending = inode.content(None), []
        elif name == "sync":
            self._settle(len(self.changes), self.certain)
            self.changes = []

    def _settle(self, number: int, names: dict[str, Inode]) -> None:
        for new, gone, _, inode in self.changes[:number]:
            names.pop(gone, None)
            if new and inode is not None:
                names[new] = inode

    def after_a_cut(self, target: Path, lots: Random) -> None:
        """One state that the disk may be in now, laid out below ``target``."""
        names = dict(self.certain)
        self._settle(lots.randint(0, len(self.changes)), names)
        shutil.rmtree(target, ignore_errors=True)
        for path, inode in names.items():
            place = target / Path(path).relative_to(self.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(inode.content(lots))
