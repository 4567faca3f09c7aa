"""Fixtures of the command-line tests: every one runs the real program, with its data folder inside ``tmp_path``."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import pytest
from cli_environment import REPOSITORY, clean_environment

from crm_tui.cli import run

SAMPLE = REPOSITORY / "sample_exports" / "first-slice"
_PATIENCE = 20.0


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


class Hung(BaseException):
    """The command waits for something that never comes; not an ``Exception``, so that no handler takes it."""


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a copy of the sample in ``src``; the data folder does not exist yet."""
    monkeypatch.setenv("CRM_TUI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SAMPLE, tmp_path / "src")
    return tmp_path


@contextmanager
def patience() -> Iterator[None]:
    """Turn a command that hangs into ``Hung``."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process, without a terminal."""

    def call(*arguments: str | Path) -> Result:
        capsys.readouterr()
        try:
            with patience():
                code = run([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except Hung:
            pytest.fail(f"crm-tui {' '.join(map(str, arguments))!r} hangs for ever")
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def program(place: Path) -> Cli:
    """Run the program as a process of its own."""

    def call(
        *arguments: str | Path,
        before: tuple[str, ...] = (),
        python: tuple[str, ...] = (),
        extra: dict[str, str] | None = None,
        umask: int = -1,
    ) -> Result:
        environment = {**clean_environment(place / "data"), **(extra or {})}
        done = subprocess.run(
            [*before, sys.executable, *python, "-m", "crm_tui", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=place,
            env=environment,
            timeout=30,
            check=False,
            umask=umask,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace with the sample, made by the program."""
    folder = tmp_path_factory.mktemp("loaded")
    subprocess.run(
        [sys.executable, "-m", "crm_tui", "load", str(SAMPLE), "-w", "X.crm", "--reviewer", "Dana"],
        cwd=folder,
        env=clean_environment(folder / "data"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return folder / "X.crm"


@pytest.fixture
def workspace(loaded_once: Path, place: Path) -> Path:
    """``X.crm`` in the working folder: the sample, nothing decided."""
    return Path(shutil.copy(loaded_once, place / "X.crm"))
