"""The four CSVs of seed 001 as files in a folder, for ``crm-tui export``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from crm_tui.errors import TargetError
from crm_tui.files import private_folder, target_errors, write_atomic
from crm_tui.handoff.row_file import Rows
from crm_tui.handoff.rows import Tally, build_rows
from crm_tui.handoff.seal import next_seq
from crm_tui.handoff.statement import slice_outcomes
from crm_tui.handoff.views import QueueViews, render_slices
from crm_tui.progress import Progress, nobody
from crm_tui.text import safe_text
from crm_tui.workspace.cases import Cases

FILES = ("sync-ledger.csv", "conflict-queue.csv", "error-log.csv", "first-slice-map.csv")


def export_views(cases: Cases, progress: Progress = nobody) -> dict[str, bytes]:
    """The four views as they stand now, by file name."""
    rows, queues, tally = Rows.empty(), QueueViews(), Tally()
    for built in build_rows(cases, next_seq(cases), progress):
        row = rows.write(built)
        queues.add(row)
        tally.add(row)
    views = queues.files() | render_slices({"slices": slice_outcomes(cases, tally)})
    return {name: b"".join(views[name]) for name in FILES}


def write_views(cases: Cases, folder: Path, progress: Progress = nobody) -> list[Path]:
    """Write the four views into ``folder``; refused where one would replace a file that the review was made from."""
    if folder.exists() and not folder.is_dir():
        raise TargetError(f"{safe_text(str(folder))} is a file; name a folder to write into.")
    views = export_views(cases, progress)
    loaded = {source.sha256 for source in cases.sources.values()}
    for name in views:
        if _digest(folder / name) in loaded:
            raise TargetError(f"{safe_text(str(folder / name))} is a file that was loaded; export into another folder.")
    private_folder(folder)
    for name, data in views.items():
        write_atomic(folder / name, data)
    return [folder / name for name in views]


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with target_errors(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
