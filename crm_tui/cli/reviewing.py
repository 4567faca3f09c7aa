"""``demo``, ``review`` and ``crm-tui`` alone: the commands that open the console."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from crm_tui.cli import shared
from crm_tui.cli.loading import load_files, load_reported
from crm_tui.console.privacy import MASKED
from crm_tui.errors import UsageError, WorkspaceError
from crm_tui.files import data_dir, private_folder, write_atomic
from crm_tui.intake.column_map import read_map
from crm_tui.intake.source import UnknownTable
from crm_tui.text import one_of, safe_text
from crm_tui.workspace.load import create
from crm_tui.workspace.policies import read_policy
from crm_tui.workspace.store import SUFFIX, Store, login_name
from crm_tui.workspace.watch import Arrivals


def last(arguments: argparse.Namespace) -> int:
    """Open the last workspace; without one, or with ``--start``, ask what to open."""
    _read_settings_first()
    path = shared.remembered()
    if path is not None and not arguments.start:
        return _open(path, None, 0, presenting=arguments.present)
    if not shared.is_terminal():
        raise UsageError("there is no workspace yet; start with: crm-tui demo, or: crm-tui review FOLDER")
    return _start(presenting=arguments.present)


def _read_settings_first() -> None:
    """Tell a fault of the settings before anything is loaded or made, where the console is to open."""
    if shared.is_terminal():
        from crm_tui.console.settings import read_settings

        read_settings()


def _start(*, presenting: bool) -> int:
    """The start screen, and what was chosen on it."""
    from crm_tui.console.start import run_start
    from crm_tui.workspace.recent import recent_paths

    def place_for(first: Path) -> Path:
        return _default_workspace(first)

    chosen = run_start(recent_paths(), sorted(_sample_folders()), place_for, presenting=presenting)
    if chosen is None:
        return 0
    if chosen.sample:
        return _demo(chosen.sample, None, presenting=presenting, masked=chosen.masked)
    if chosen.path is None:
        return 0
    if not chosen.path.exists():
        create(chosen.path, login_name())
    return _open(chosen.path, None, 0, unknown=chosen.unknown, presenting=presenting, masked=chosen.masked)


def demo(arguments: argparse.Namespace) -> int:
    """Copy a sample into a new workspace and open it."""
    _read_settings_first()
    return _demo(arguments.name, arguments.reviewer, presenting=arguments.present)


def _demo(name: str, reviewer: str | None, *, presenting: bool, masked: bool = False) -> int:
    samples = _sample_folders()
    if name not in samples:
        raise UsageError(f"there is no sample {safe_text(name, 60)}; there is {one_of(sorted(samples), 'and')}.")
    folder, before = _new_folder(data_dir() / "demo", name)
    _copy(samples[name], folder)
    older = samples[name] / "base"
    base = [private_folder(folder / "base")] if older.is_dir() else []
    if base:
        _copy(older, base[0])
    path = folder / f"{name}{SUFFIX}"
    code = load_files(path, [folder], None, reviewer or "", base, audience=presenting or masked)
    told = ""
    if before and (before / path.name).is_file():
        told = f"This is a new copy of the sample; the one before it: crm-tui review -w {before / path.name}"
        print("note: another copy of the sample is there; crm-tui --start lists them", file=sys.stderr)
    return _open(path, reviewer, code, presenting=presenting, masked=masked, greeting=told)


def _copy(tables: Traversable, folder: Path) -> None:
    for entry in tables.iterdir():
        if entry.name.endswith(".csv"):
            write_atomic(folder / entry.name, entry.read_bytes())


def review(arguments: argparse.Namespace) -> int:
    """Load files, if any are named, and open the console."""
    _read_settings_first()
    path: Path | None = arguments.workspace
    watched: Path | None = arguments.watch
    if watched and not watched.is_dir():
        raise UsageError(f"{safe_text(str(watched))} is no folder; name the folder into which files come.")
    places = [*arguments.paths, *([watched] if watched else [])]
    if path is None and not places:
        raise UsageError("name files or a folder to review, or a workspace with -w.")
    if path is None:
        path = _default_workspace(places[0])
    policy = read_policy(arguments.policy) if arguments.policy else None
    code, before_others = 0, arguments.present or _left_masked(path)
    maps = [read_map(one) for one in arguments.maps]
    unknown: Sequence[UnknownTable] = ()
    if arguments.paths or policy:
        who, said = arguments.reviewer or "", shared.overrides_of(arguments)
        report = load_reported(path, arguments.paths, policy, who, overrides=said, maps=maps, audience=before_others)
        # On a terminal the reviewer is asked what an unknown table is, so that it is no failure yet.
        unknown = report.unknown if shared.is_terminal() else ()
        code = 2 if len(report.problems) > len(unknown) else 0
        if not path.exists() and not watched and not unknown:
            return code
    if (watched or unknown) and not path.exists():
        create(path, safe_text(arguments.reviewer or "", 80) or login_name())
    if arguments.workspace is None and not before_others:
        print(f"workspace: {safe_text(str(path))}", file=sys.stderr)
    arrivals = Arrivals(watched, shared.overrides_of(arguments)) if watched else None
    return _open(path, arguments.reviewer, code, arrivals, unknown, presenting=arguments.present)


def _left_masked(path: Path) -> bool:
    """Whether the console opens masked, because it was left so: then nothing printed before it may name anybody."""
    with suppress(WorkspaceError):
        if path.exists():
            with Store.open(path, write=False) as store:
                return bool(store.meta(MASKED))
    return False


def _open(
    path: Path,
    reviewer: str | None,
    code: int,
    watched: Arrivals | None = None,
    unknown: Sequence[UnknownTable] = (),
    *,
    presenting: bool = False,
    masked: bool = False,
    greeting: str = "",
) -> int:
    """The console on a terminal, else the printed summary; ``code`` is what loading came to."""
    with suppress(WorkspaceError):
        # Only who may write brings a workspace of an earlier version up.
        Store.open(path).close()
    Store.open(path, write=False).close()
    shared.remember(path)
    if shared.is_terminal():
        from crm_tui.console.app import run_console

        shown = run_console(
            path,
            reviewer=reviewer,
            watched=watched,
            unknown=unknown,
            presenting=presenting,
            masked=masked,
            greeting=greeting,
        )
        return shown or code
    with shared.opened(path, write=False) as cases:
        shared.print_summary(cases, path)
    print("no terminal: the console was not opened. Open it with: crm-tui review -w", safe_text(str(path)))
    return code


def _sample_folders() -> dict[str, Traversable]:
    return {entry.name: entry for entry in _samples().iterdir() if (entry / "contact-map.csv").is_file()}


def _samples() -> Traversable:
    """The samples: inside the package in a wheel, beside it in a checkout."""
    inside = resources.files("crm_tui") / "sample_exports"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "sample_exports"


def _new_folder(parent: Path, name: str) -> tuple[Path, Path | None]:
    """A folder of its own for a copy of a sample, and that of the copy before it."""
    number = 1
    while (parent / f"{name}-{number}").exists():
        number += 1
    before = parent / f"{name}-{number - 1}" if number > 1 else None
    return private_folder(parent / f"{name}-{number}"), before


def _default_workspace(first: Path) -> Path:
    """A workspace of its own for each place that files come from, so that clients never mix."""
    place = str(first.absolute())
    stem = first.stem or "review"
    name = f"{stem}-{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}{SUFFIX}"
    folder = private_folder(data_dir() / "workspaces")
    return folder / name
